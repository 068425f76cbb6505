"""What others have checked comes in: each review by itself, told, matched on a ground, and twice adds nothing."""

import json
from datetime import date

import pytest
from django.utils import timezone

from claims import claimreview, dossiers
from claims.claimreview import importing, recording
from claims.models import Attribution, Claim, DossierRow, Evidence
from sources.models import Document, Source
from tests import calls, make
from tests.calls import problem
from tests.claimreviews import outcomes, rating, review, send, several, told

pytestmark = pytest.mark.django_db

# Written out again on purpose.
MAY = {"reader": False, "reporter": True, "checker": True, "editor": True, "chief": True, "legal": False}


@pytest.fixture
def checker(db):
    return calls.caller(make.user("checker"), ["write"])


def everything():
    return [model.objects.count() for model in (Source, Document, Claim, Attribution, Evidence, DossierRow)]


# --- what comes in ---


def test_a_review_becomes_a_fact_check_a_claim_its_claimant_and_evidence(checker):
    [row] = told(checker, review())["reviews"]
    assert (row["place"], row["outcome"], row["told"]) == ("/", "made", [])
    claim = Claim.objects.get(pk=row["claim"])
    assert checker.get(row["url"]).json()["statement"] == claim.statement == review()["claimReviewed"]
    assert (claim.state, claim.verdict, claim.kind, claim.priority) == ("new", None, "statistic", "must")
    page = Document.objects.get(pk=row["document"])
    assert (page.kind, page.publisher.name, page.publisher.kind) == ("fact_check", "Example Checks", "outlet")
    assert (page.url, page.title, page.language) == (review()["url"], review()["name"], "en-GB")
    assert (page.published_on, page.published_on_read_from) == (date(2026, 3, 3), "ClaimReview")
    hop = claim.attributions.get()
    assert (hop.speaker.name, hop.speaker.kind, hop.said_on, hop.stance) == (
        "Ada Quill",
        "person",
        date(2026, 3, 1),
        "asserts",
    )
    assert (hop.document.kind, hop.document.url) == ("social_post", "https://posts.example/1")
    assert "https://posts.example/2" in hop.note
    backing = claim.evidence.get()
    assert (backing.stance, backing.directness, backing.how, backing.document) == (
        "refutes",
        "secondary",
        "document",
        page,
    )
    assert backing.note == (
        "Rating: Pants ablaze (1 on a scale of 1 to 5)\n\nThe fire brigade counts four.\n\nWe asked the brigade."
    )


def test_a_rating_never_becomes_a_verdict(checker):
    for verdict in ("True", "accurate", "false"):
        told(checker, review(claimReviewed=f"It is {verdict}.", reviewRating=rating(5, name=verdict)))
    assert set(Claim.objects.values_list("state", "verdict", "clearance")) == {("new", None, "not_cleared")}


def test_the_kind_is_a_plain_rule(checker):
    told(checker, [review(claimReviewed="The mayor is called Ames.", url=None), review(url=None)])
    assert set(Claim.objects.values_list("kind", flat=True)) == {"detail", "statistic"}


def test_what_is_not_stated_is_not_made_up(checker):
    [row] = told(checker, {"@type": "ClaimReview", "claimReviewed": "It is so."})["reviews"]
    claim, page = Claim.objects.get(pk=row["claim"]), Document.objects.get(pk=row["document"])
    assert (claim.attributions.count(), row["sources"]) == (0, [])
    assert (page.publisher, page.published_on, page.url, page.title, page.language) == (None, None, "", "", "")
    assert claim.evidence.get().stance == "context"


def test_words_of_any_script_stay_as_they_are(checker):
    words = "تم إغلاق الجسر 🌉 «بالكامل»"
    [row] = told(checker, review(claimReviewed=words, inLanguage="ar"))["reviews"]
    assert Claim.objects.get(pk=row["claim"]).statement == words
    assert Document.objects.get(pk=row["document"]).language == "ar"


# --- twice ---


def test_the_same_again_adds_nothing_and_changes_nothing(checker):
    feed = {"@graph": [*several(5), review(url=None), review(url=None, identifier="7", author=None)]}
    first = told(checker, feed)
    before = everything(), list(Claim.objects.order_by("pk").values_list("pk", "version"))
    again = told(checker, feed)
    assert (first["counts"]["made"], again["counts"]["already_there"]) == (7, 7)
    assert (everything(), list(Claim.objects.order_by("pk").values_list("pk", "version"))) == before
    assert [each["claim"] for each in again["reviews"]] == [each["claim"] for each in first["reviews"]]


def test_one_page_may_review_several_claims_one_after_the_other(checker):
    told(checker, review())
    told(checker, review(claimReviewed="The mill burnt."))
    assert (Document.objects.filter(kind="fact_check").count(), Claim.objects.count()) == (1, 2)
    assert outcomes(checker, review()) == [("already_there", "")]


def test_twice_in_one_file_is_told(checker):
    other = review(reviewRating=rating(5))
    rows = told(checker, [review(), review(), other])["reviews"]
    assert [(each["outcome"], each["code"]) for each in rows] == [
        ("made", ""),
        ("already_there", "twice"),
        ("conflict", "said_twice"),
    ]
    assert "/0" in rows[2]["told"][0]
    assert outcomes(checker, [review(), review(), other])[0] == ("already_there", "")


def test_a_changed_rating_is_taken_over_where_nobody_has_touched_the_claim(checker):
    editor = calls.caller(make.user("editor"), ["review"])
    told(checker, review())
    changed = review(reviewRating=rating(5, name="True"))
    assert outcomes(calls.caller(make.user("reporter"), ["write"]), changed) == [("refused", "not_allowed")]
    assert outcomes(editor, changed) == [("updated", "")]
    assert Evidence.objects.get().stance == "supports"
    assert outcomes(editor, changed) == [("already_there", "")]


def test_what_the_desk_has_made_of_it_stays_and_is_told_until_one_gives_way(checker):
    told(checker, review())
    Evidence.objects.update(note="We called them.")
    changed = review(reviewRating=rating(3))
    for _ in range(2):
        assert outcomes(checker, changed) == [("conflict", "desk_says_otherwise")]
    assert Evidence.objects.get().note == "We called them."
    assert outcomes(checker, review()) == [("already_there", "")]


def test_a_claim_that_somebody_has_taken_is_theirs(checker):
    told(checker, review())
    Claim.objects.update(state="in_check")
    [row] = told(checker, review(reviewRating=rating(5)))["reviews"]
    assert (row["outcome"], "no longer new" in row["told"][0]) == ("conflict", True)


def test_what_comes_at_once_is_left_as_one_after_the_other_would_leave_it(db):
    """The marks of the way in for many are those of the dossiers' own: told by loading the same once more."""
    desk = make.user("editor")
    reviews = claimreview.of_json(json.dumps(several(3)).encode())
    assert [each.outcome for each in claimreview.take(reviews, by=desk)] == ["made"] * 3
    for one in reviews:
        read = recording.record(one)
        page = Document.objects.get(key=read.dossier.key)
        sources = {row.key: Source.objects.get(name=row["name"]).pk for row in read.dossier.root["sources"]}
        documents = {row.key: page.pk for row in read.dossier.root["documents"]} | {read.dossier.key: page.pk}
        if read.dossier.root["documents"]:
            documents["appearance"] = Document.objects.get(url="https://posts.example/1").pk
        loaded = dossiers.load(read.dossier, by=desk, held=dossiers.Held(page, sources, documents))
        assert (loaded.total("created"), loaded.total("updated"), loaded.conflicts) == (0, 0, [])
        assert loaded.total("unchanged") == 3
    before = {(mark.table, mark.digest) for mark in DossierRow.objects.all()}
    assert {table for table, _ in before} == {"claim", "attribution", "evidence", "claimreview"}


# --- what does not ---


def test_a_row_that_cannot_be_taken_stops_no_other(checker):
    bad = [
        review(claimReviewed=None),
        review(claimReviewed="x" * 2001),
        review(claimReviewed="a NUL \0 in it"),
        review(claimReviewed="half \ud83d a sign"),
        {"@type": "MediaReview"},
    ]
    rows = told(checker, [several(2)[0], *bad, several(2)[1]])["reviews"]
    assert [each["code"] for each in rows if each["outcome"] == "refused"] == [
        "no_claim",
        "too_long",
        "nul",
        "half_a_character",
        "media_review",
    ]
    assert [each["outcome"] for each in rows].count("made") == 2
    assert all(each["told"] for each in rows if each["outcome"] == "refused")


def test_a_protected_name_refuses_its_row_without_repeating_it(checker):
    make.protected("Petra Quirkelbaum")
    said = "Petra Quirkelbaum"
    bad = [
        review(claimReviewed=f"{said} did it."),
        review(url="https://checks.example/b", itemReviewed={"author": {"@type": "Person", "name": said}}),
        review(url="https://checks.example/c", reviewBody=f"It was {said}."),
        review(url="https://checks.example/d", author={"@type": "Organization", "name": said}),
    ]
    answer = send(checker, [*several(2), *bad, *several(4)[2:]])
    rows = answer.json()["reviews"]
    assert [each["outcome"] for each in rows] == ["made"] * 2 + ["refused"] * 4 + ["made"] * 2
    assert b"quirkelbaum" not in answer.content.lower()
    assert all(each["code"] and each["told"] for each in rows[2:6])


def test_a_row_that_repeats_a_refused_one_is_refused_as_well(checker):
    make.protected("Petra Quirkelbaum")
    bad = review(claimReviewed="Petra Quirkelbaum did it.")
    rows = told(checker, [bad, bad, *several(1)])["reviews"]
    assert [each["outcome"] for each in rows] == ["refused", "refused", "made"]
    assert rows[0]["code"] == rows[1]["code"]


def test_a_published_title_may_hold_a_protected_name(checker):
    make.protected("Petra Quirkelbaum")
    assert outcomes(checker, review(name="What Petra Quirkelbaum said")) == [("made", "")]


def test_restricted_material_is_for_few(checker):
    make.document("Secret", "fact_check", url=review()["url"], restricted=True)
    make.document("Secret", "social_post", url="https://posts.example/1", restricted=True)
    rows = told(checker, [review(), *several(1), review(url="https://checks.example/x")])["reviews"]
    assert [each["code"] for each in rows] == ["not_allowed"] * 3
    assert outcomes(calls.caller(make.user("editor"), ["review"]), review()) == [("made", "")]


def test_odd_texts_come_back_as_they_went_in(checker):
    odd = ["=1+1", "'; DROP TABLE claims_claim; --", "%s %(x)s {{ }} {% x %}", "\u202eabc", "\ufeffx", "' OR 1=1"]
    told(checker, [review(claimReviewed=f"{each} end", url=f"https://x.example/{at}") for at, each in enumerate(odd)])
    assert list(Claim.objects.order_by("pk").values_list("statement", flat=True)) == [f"{each} end" for each in odd]


def test_long_texts_are_cut_and_told(checker):
    [row] = told(checker, review(reviewBody="word " * 5_000, name="x" * 1_500))["reviews"]
    assert (row["outcome"], len(row["told"])) == ("made", 2)
    assert len(Evidence.objects.get().note) == 10_000
    assert len(Document.objects.get(kind="fact_check").title) == 1_000


# --- the way in ---


def test_a_page_and_json_are_told_apart_by_their_media_type(checker):
    page = f'<html><script type="application/ld+json">{json.dumps(review())}</script>'.encode()
    for media_type in ("text/html", "text/html; charset=utf-8", "application/xhtml+xml"):
        assert told(checker, page, media_type=media_type)["reviews"][0]["place"] == "script[1]"
    problem(send(checker, page), 400, "bad_input")
    problem(send(checker, review(), media_type="text/html"), 400, "bad_input")
    assert outcomes(checker, review(), media_type="application/json") == [("already_there", "")]
    for media_type in ("text/plain", "text/csv", "application/yaml"):
        problem(send(checker, review(), media_type=media_type), 415, "unsupported_media_type")


def test_a_dry_run_says_the_same_and_changes_nothing(checker):
    before = everything()
    dry = told(checker, several(3), "?dry_run=1")
    assert everything() == before
    assert (dry["dry_run"], dry["counts"]["made"]) == (True, 3)
    assert {(each["claim"], each["document"]) for each in dry["reviews"]} == {(None, None)}
    assert {source["id"] for each in dry["reviews"] for source in each["sources"]} == {None}
    problem(send(checker, review(), "?dry_run=0"), 400, "bad_query")


def test_a_dry_run_names_nothing_that_it_has_undone_even_in_a_later_batch(checker, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 1)
    outlet = make.outlet("Example Checks")
    rows = told(checker, several(3), "?dry_run=1")["reviews"]
    named = [[(each["id"], each["ground"]) for each in row["sources"]] for row in rows]
    assert named == [[(str(outlet.pk), "name"), (None, "made")], *[[(str(outlet.pk), "name"), (None, "address")]] * 2]


def test_what_is_no_review_is_refused_whole(checker):
    for body, code in ((b"", "empty"), (b"{", "not_json"), (b"[]", "no_claimreview"), (b"\xff", "not_utf8")):
        [fault] = problem(send(checker, body), 400, "bad_input")["errors"]
        assert fault["code"] == code
    problem(send(checker, b" " * 20_000_001), 413, "too_large")
    [fault] = problem(send(checker, several(1_001)), 400, "bad_input")["errors"]
    assert fault["code"] == "too_many"
    assert everything() == [0] * 6


@pytest.mark.parametrize(("role", "may"), MAY.items())
def test_who_may_propose_may_bring_them_in(role, may):
    answers = [send(calls.caller(make.user(role), [scope]), review()) for scope in ("write", "review")]
    assert [answer.status_code for answer in answers] == [200 if may else 403] * 2
    problem(send(calls.caller(make.user(role), ["read"]), review()), 403, "not_allowed")


def test_a_request_has_a_key_like_any_other(checker):
    key = {"Idempotency-Key": "feed-1"}
    first = send(checker, review(), **key)
    assert send(checker, review(), **key).content == first.content
    problem(send(checker, several(1), **key), 422, "idempotency_key_reused")


def test_history_says_who_brought_it_in_and_why(checker):
    [row] = told(checker, review())["reviews"]
    [*_, first] = checker.get(f"/api/v1/claims/{row['claim']}/history/").json()["results"]
    assert (first["why"], first["by"]["name"].split("-")[0]) == (importing.WHY, "checker")


def test_a_batch_of_any_size_is_told_in_order(checker, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 3)
    body = several(10)
    body[4]["claimReviewed"] = ""
    rows = told(checker, body)["reviews"]
    assert [each["place"] for each in rows] == [f"/{at}" for at in range(10)]
    assert [each["outcome"] for each in rows] == ["made"] * 4 + ["refused"] + ["made"] * 5
    assert Claim.objects.filter(created_at__lte=timezone.now()).count() == 9
