"""The annotated copy without a browser: what it shows to whom, what is refused, where words stand, what it costs."""

import pytest
from django.test import Client
from django.urls import reverse

from claims import lines, linework
from claims.lines import Mark
from claims.models import Claim, CopyChange, Ruling
from factdesk.errors import BadInput
from sources import editing as material
from sources.models import Document, Sentence, Snapshot
from tests import make
from tests.copies import on_its_way

pytestmark = pytest.mark.django_db

PRESET = {"kind": "detail", "priority": "should"}
BACKING = {"stance": "supports", "how": "author_notes"}


def at_desk(role: str = "checker") -> Client:
    client = Client()
    client.person = make.user(role)
    client.force_login(client.person)
    return client


def line_of(document: Document, words: str) -> Sentence:
    """The line with these words in the newest copy."""
    snapshot = lines.newest_copy(document.pk)
    found = snapshot.text.index(words)
    return Sentence.objects.get(snapshot=snapshot, start__lte=found, end__gt=found)


def place(document: Document, **query: object) -> str:
    return reverse("desk:copy", args=[document.pk]) + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def marks(document: Document, by) -> dict[str, Mark]:
    copy = lines.read(lines.newest_copy(document.pk), by)
    return {line.words: line.mark for line in copy.lines}


# --- without a script ---


def test_a_line_is_ticked_by_forms_alone():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    page = client.get(place(document, line=line.pk)).content.decode()
    assert f"line={line.pk}&amp;do=tick-on" in page
    opened = client.get(place(document, line=line.pk, do="tick-on"))
    assert "Author&#x27;s notes" in opened.content.decode()
    answer = client.post(place(document, line=line.pk, do="tick-on"), {"on": "author_notes"})
    assert answer.status_code == 302
    following = Sentence.objects.get(pk=int(answer["Location"].split("line=")[1].split("&")[0].split("#")[0]))
    assert following.start > line.start
    claim = Claim.objects.get()
    assert (claim.state, claim.evidence.get().how) == ("in_review", "author_notes")
    assert claim.attributions.get().speaker == document.publisher
    shown = client.get(answer["Location"]).content.decode()
    assert "Ticked." in shown
    assert marks(document, client.person)[claim.statement] == Mark.TICK


def test_what_is_wrong_in_a_form_stays_in_it_and_is_kept():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    address = place(document, line=line.pk, do="change")
    answer = client.post(address, {"replacement": "The railing was safe.", "reason": "", "force": "must"})
    assert answer.status_code == 400
    assert "The railing was safe." in answer.content.decode()
    assert not CopyChange.objects.exists()


def test_undo_is_a_button_and_takes_back_what_one_did():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "Nobody was hurt")
    client.post(place(document, line=line.pk, do="drop"))
    assert marks(document, client.person)["Nobody was hurt."] == Mark.DROPPED
    page = client.get(place(document, line=line.pk)).content.decode()
    assert "do=undo" in page
    client.post(place(document, line=line.pk, do="undo"))
    assert marks(document, client.person)["Nobody was hurt."] == Mark.BLANK
    assert list(Ruling.objects.order_by("pk").values_list("decision", flat=True)) == ["no_factual_content", "checkable"]
    assert "do=undo" not in client.get(place(document, line=line.pk)).content.decode()


def test_whoever_relayed_it_is_undone_with_the_claim_that_the_same_key_made():
    client = at_desk()
    document, _piece = on_its_way()
    line, mayor = line_of(document, "railing is safe"), make.source("Ada Mayor")
    given = {"speaker_id_words": "Ada Mayor", "basis": "not_stated", "manner": "paraphrase"}
    assert client.post(place(document, line=line.pk, do="via"), given).status_code == 302
    claim = Claim.objects.get()
    assert claim.attributions.get(relays=None).speaker == mayor
    client.post(place(document, line=line.pk, do="undo"))
    claim.refresh_from_db()
    assert (claim.state, claim.closed_because) == ("closed", "dropped")
    assert marks(document, client.person)[claim.statement] == Mark.BLANK


def test_somebody_elses_work_is_not_undone():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "Nobody was hurt")
    client.post(place(document, line=line.pk, do="tick-on"), {"on": "author_notes"})
    claim = Claim.objects.get()
    from claims import workflow

    workflow.sign_off(assessment_id=claim.assessments.get().pk, revision=claim.revision, by=make.user("editor"))
    answer = client.post(place(document, line=line.pk, do="undo"), headers={"X-Desk": "parts"})
    assert answer.status_code in (403, 409)
    claim.refresh_from_db()
    assert claim.state == "signed_off"


def test_a_callers_line_is_found_by_their_name():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    wait = {"whom": "Odile Marchetti", "asked_of": "source", "until": "", "body": ""}
    client.post(place(document, line=line.pk, do="wait"), wait)
    other = line_of(document, "Nobody was hurt")
    found = client.get(place(document, line=other.pk, q="marchetti"))
    assert found.context["line"].pk == line.pk
    assert "Waiting for Odile Marchetti." in found.content.decode()


# --- who sees and may what ---


def test_a_reader_reads_and_is_offered_nothing():
    client = at_desk("reader")
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    page = client.get(place(document, line=line.pk)).content.decode()
    assert "railing is safe" in page
    assert "data-key=" not in page.split('id="card"')[1].split("</aside>")[0]
    assert client.post(place(document, line=line.pk, do="tick"), {}).status_code == 403
    assert not Claim.objects.exists()


@pytest.mark.parametrize(("role", "sees"), [("checker", 404), ("editor", 200)])
def test_a_restricted_copy_is_not_there_for_who_may_not_read_it(role, sees):
    client = at_desk(role)
    document, _piece = on_its_way()
    Document.objects.filter(pk=document.pk).update(restricted=True)
    assert client.get(place(document)).status_code == sees


def test_a_document_of_the_folder_that_is_restricted_is_not_offered_to_who_may_not_read_it():
    client = at_desk()
    document, _piece = on_its_way(folder=("Secret memo", "Open letter"))
    Document.objects.filter(title="Secret memo").update(restricted=True)
    line = line_of(document, "railing is safe")
    page = client.get(place(document, line=line.pk, do="tick-on")).content.decode()
    assert "Open letter" in page
    assert "Secret memo" not in page


def test_material_without_a_saved_copy_says_so():
    client = at_desk()
    assert "Its text is not here yet" in client.get(place(make.document("Nothing held"))).content.decode()
    assert client.get(reverse("desk:copy", args=[10**12])).status_code == 404


# --- what changed meanwhile ---


def test_a_line_of_an_older_copy_is_not_worked_on():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    text = lines.newest_copy(document.pk).text.replace("Nobody was hurt.", "One man was hurt.")
    material.add_snapshot(document_id=document.pk, by=client.person, text=text, captured_from="paste")
    with pytest.raises(linework.StaleCopy) as told:
        linework.words_of(line.pk, client.person)
    assert told.value.facts["line"] == line_of(document, "railing is safe").pk


def test_two_who_tick_one_line_at_once_make_one_claim():
    first, second = make.user(), make.user()
    document, _piece = on_its_way()
    at = linework.words_of(line_of(document, "railing is safe").pk, first)
    linework.tick(at=at, claim_id=None, revision=None, by=first, preset=PRESET, columns=BACKING)
    with pytest.raises(linework.LineTaken):
        linework.tick(at=at, claim_id=None, revision=None, by=second, preset=PRESET, columns=BACKING)
    assert Claim.objects.count() == 1


def test_a_tick_on_what_was_not_seen_is_refused():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    client.post(place(document, line=line.pk, do="mark"))
    claim = Claim.objects.get()
    client.post(place(document, line=line.pk, claim=claim.pk, do="back"), {"on": "author_notes"})
    address = place(document, line=line.pk, claim=claim.pk, do="tick")
    answer = client.post(address, {"revision": str(claim.revision + 1)})
    assert answer.status_code == 409
    assert "you decided on revision" in answer.content.decode()
    assert client.post(address, {}).status_code == 400  # who decides says what they saw
    claim.refresh_from_db()
    assert claim.state == "new"
    assert client.post(address, {"revision": str(claim.revision)}).status_code == 302


# --- words ---

ODD = "One 👩‍👩‍👧 came. Cafe\u0301 number 7 shut. קפה נסגר ביום שני. The end of it."


@pytest.mark.parametrize("words", ["👩‍👩‍👧", "Cafe\u0301", "נסגר", "7 shut"])
def test_marked_words_are_code_points(words):
    client = at_desk()
    document, _piece = on_its_way(ODD, kind="article")
    line, start = line_of(document, words), ODD.index(words)
    client.post(place(document, line=line.pk, words=f"{start}-{start + len(words)}", do="mark"))
    claim = Claim.objects.get()
    assert claim.statement == words
    passage = claim.attributions.get().passage
    assert Snapshot.objects.get().text[passage.start : passage.end] == words


def test_words_that_are_not_in_the_copy_are_refused():
    by = make.user()
    document, _piece = on_its_way()
    line = line_of(document, "Nobody")
    for start, end in ((5, 5), (7, 3), (0, 10**6)):
        with pytest.raises(BadInput):
            linework.words_of(line.pk, by, start, end)


def test_marks_that_overlap_stay_distinct():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    text = Snapshot.objects.get().text
    for words in ("Engineer Nell Sarkby said", "Nell Sarkby said the railing", "the railing is safe"):
        start = text.index(words)
        client.post(place(document, line=line.pk, words=f"{start}-{start + len(words)}", do="mark"))
    page = client.get(place(document, line=line.pk)).content.decode()
    assert page.count('class="depth-2') == 2
    assert [f'<sup class="not-copy">{number}</sup>' in page for number in (1, 2, 3)] == [True] * 3
    assert Claim.objects.count() == 3


# --- outside material ---


def test_an_article_without_a_publisher_is_said_by_whoever_published_it():
    client = at_desk()
    document, _piece = on_its_way(kind="article")
    Document.objects.update(publisher=None)
    for words in ("railing is safe", "Nobody was hurt"):
        client.post(place(document, line=line_of(document, words).pk, do="mark"))
    first, second = Claim.objects.order_by("pk")
    speaker = first.attributions.get().speaker
    assert (speaker.identity, speaker.kind) == ("unnamed", "outlet")
    assert second.attributions.get().speaker == speaker
    assert "do=change" not in client.get(place(document)).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_copy(django_assert_max_num_queries):
    client = at_desk()
    short, _piece = on_its_way()
    long, _piece = on_its_way("\n\n".join(f"Line {number} stands here." for number in range(300)))
    client.get(place(short))
    with django_assert_max_num_queries(40) as small:
        client.get(place(short))
    with django_assert_max_num_queries(len(small)):
        client.get(place(long))


def test_a_finding_goes_on_to_the_next_claim_of_the_line():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "railing is safe")
    text = Snapshot.objects.get().text
    for words in ("Engineer Nell Sarkby", "the railing is safe"):
        start = text.index(words)
        client.post(place(document, line=line.pk, words=f"{start}-{start + len(words)}", do="mark-as"), PRESET)
    first, second = Claim.objects.order_by("pk")
    ticked = client.post(
        place(document, line=line.pk, claim=first.pk, do="tick-on"), {"on": "author_notes", "revision": first.revision}
    )
    assert f"line={line.pk}&claim={second.pk}" in ticked["Location"]
    ticked = client.post(
        place(document, line=line.pk, claim=second.pk, do="tick-on"), {"on": "last", "revision": second.revision}
    )
    assert f"line={line.pk}&" not in ticked["Location"]
    assert marks(document, client.person)[line_words(line)] == Mark.TICK


def line_words(line: Sentence) -> str:
    return line.snapshot.text[line.start : line.end]


def test_of_several_accused_the_one_who_has_not_been_asked_is_asked_first():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "took money")
    client.post(place(document, line=line.pk, do="mark-as"), {"kind": "allegation", "priority": "must"})
    claim = Claim.objects.get()
    dead, asked, third = (make.accusation(claim) for _ in range(3))
    dead.__class__.objects.filter(pk=dead.pk).update(
        exempt="dead", exempt_because="1990.", exempted_by=make.user("editor")
    )
    make.reply_request(asked)
    opened = client.get(place(document, line=line.pk, claim=claim.pk, do="ask"))
    assert opened.context["doing"]["part"].pk == third.pk


# --- figures ---


def test_a_figure_that_the_new_version_words_otherwise_is_told_before_the_tick():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "eleven weeks")
    client.post(place(document, line=line.pk, do="mark"))
    claim = Claim.objects.get()
    make.quantity(claim, "11", "weeks", as_worded="Eleven  weeks")
    told = "The figure was “Eleven  weeks”, which the line does not say."
    assert told not in client.get(place(document, line=line.pk, claim=claim.pk)).content.decode()
    text = lines.newest_copy(document.pk).text.replace("eleven weeks", "seven weeks")
    material.add_snapshot(document_id=document.pk, by=client.person, text=text, captured_from="paste")
    line = line_of(document, "seven weeks")
    page = client.get(place(document, line=line.pk, claim=claim.pk)).content.decode()
    assert told in page


def test_a_figure_without_words_is_not_held_against_the_line():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "eleven weeks")
    client.post(place(document, line=line.pk, do="mark"))
    claim = Claim.objects.get()
    make.quantity(claim, "11", "weeks")
    page = client.get(place(document, line=line.pk, claim=claim.pk)).content.decode()
    assert "11" in page
    assert "which the line does not say" not in page


def test_a_figure_that_stands_in_another_line_of_its_claim_is_not_missed_there_nor_in_the_next_version():
    client = at_desk()
    document, _piece = on_its_way()
    line = line_of(document, "eleven weeks")
    client.post(place(document, line=line.pk, do="mark"))
    claim = Claim.objects.get()
    make.quantity(claim, "11", "weeks", as_worded="eleven weeks")
    other = line_of(document, "Nobody was hurt")
    words = make.passage(lines.newest_copy(document.pk), other.start, other.end)
    make.attribution(claim, document=document, passage=words)
    text = lines.newest_copy(document.pk).text.replace("lovely", "fine")
    material.add_snapshot(document_id=document.pk, by=client.person, text=text, captured_from="paste")
    page = client.get(place(document, line=line_of(document, "Nobody was hurt").pk, claim=claim.pk)).content.decode()
    assert "as worded eleven weeks" in page
    assert "which the line does not say" not in page
