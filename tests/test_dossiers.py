"""Dossiers into the record: what comes in, what stays when they come again, and what the desk keeps."""

import json
from decimal import Decimal

import pytest
import yaml
from django.db import connection

from claims import dossiers
from claims.dossiers.loading import Busy
from claims.models import Accusation, Attribution, Claim, DossierRow, Evidence, Piece, Quantity, Relation, Ruling
from factdesk.errors import BadInput, NotAllowed
from sources.models import Affiliation, Document, Passage, Sentence, Snapshot, Source
from tests import attacks, make
from tests.dossier_example import EXAMPLE, OTHER, changed, load, rows

# "owner" is named so that the test database is made even where these tests run alone: "default" only mirrors it.
pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STATEMENT = "The council kept the rise in cost from the public."


def hidden() -> Claim:
    return Claim.objects.get(key="courier_bridge/hidden")


# --- the first time ---


def test_the_example_of_the_docs_is_loaded_whole():
    loaded = load(EXAMPLE)
    assert loaded.conflicts == loaded.pending == []
    assert loaded.of("claim", "created") == 2
    counted = {
        model.__name__: model.objects.count()
        for model in (Source, Affiliation, Document, Snapshot, Sentence, Claim, Quantity, Attribution, Evidence)
    }
    assert counted == {
        "Source": 4, "Affiliation": 1, "Document": 2, "Snapshot": 1, "Sentence": 4, "Claim": 2, "Quantity": 2,
        "Attribution": 4, "Evidence": 1,
    }  # fmt: skip
    assert Relation.objects.get().other.key == "courier_bridge/cost-up"


def test_claims_arrive_as_new_without_a_verdict_and_at_revision_one():
    load(EXAMPLE)
    facts = Claim.objects.values_list("state", "verdict", "clearance", "revision", "assessments")
    assert set(facts) == {("new", None, "not_cleared", 1, None)}


def test_what_matters_most_is_preset_to_must():
    load(EXAMPLE)
    assert set(Claim.objects.values_list("key", "priority")) == {
        ("courier_bridge/cost-up", "must"),
        ("courier_bridge/hidden", "must"),
    }


def test_a_chain_is_nested_outermost_hop_first():
    load(EXAMPLE)
    outer = Attribution.objects.get(claim__key="courier_bridge/cost-up", relays__isnull=False)
    assert (outer.speaker.key, outer.stance, outer.depth) == ("fernley_courier", "reports", 1)
    assert outer.document.key == "courier_bridge"  # where its words are marked
    inner = outer.relays
    assert (inner.speaker.key, inner.stance, inner.depth) == ("ada_quill", "asserts", 0)
    assert (inner.document.key, inner.speaks_for.key) == ("council_budget_memo", "fernley_council")


def test_a_hop_is_shared_by_its_key():
    officer = "relays: {key: officer, speaker: courier_officer}"
    load(changed((officer, f"{officer}\n      - {{key: again, speaker: ada_quill, relays: officer}}")))
    inner = Attribution.objects.get(speaker__key="courier_officer")
    assert set(inner.relayed_by.values_list("speaker__key", flat=True)) == {"fernley_courier", "ada_quill"}
    assert hidden().independent_origins == 1


def test_figures_keep_their_digits_and_their_base():
    load(changed(("value: 90,", "value: 90.0,")))
    rise = Quantity.objects.get(unit="percent")
    assert (str(rise.value), rise.comparator, rise.base.value) == ("90.0", "~", Decimal(4_000_000))


def test_sentences_are_ruled_out_by_whoever_imports():
    editor = make.user("editor")
    load(EXAMPLE, by=editor)
    ruling = Ruling.objects.get(decision="heading")
    snapshot = Snapshot.objects.get()
    assert ruling.by == editor
    assert (ruling.sentence.start, ruling.sentence.end) == (0, 20)
    [key] = _sql("SELECT encode(sha256(convert_to(%s, 'UTF8')), 'hex')", f"{snapshot.sha256}:0-20")
    assert ruling.key == key


def _sql(statement, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return [value for (value,) in cursor.fetchall()]


def test_words_that_mean_something_to_yaml_mean_what_they_say():
    load(changed(("place: Fernley", "place: no"), ("title: Bridge costs double", "title: 12:30"),
                 ("role: treasurer", "role: 1_000")))  # fmt: skip
    assert Claim.objects.get(key__endswith="cost-up").place == "no"
    assert Document.objects.get(key="courier_bridge").title == "12:30"
    assert Affiliation.objects.get().role == "1_000"


def test_json_says_the_same_as_yaml():
    load(EXAMPLE)
    before = rows()
    texts = yaml.load(EXAMPLE, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader knows texts only
    loaded = load(json.dumps(texts, indent=1, ensure_ascii=True))
    assert (loaded.total("created"), loaded.total("updated"), rows()) == (0, 0, before)


def test_a_byte_order_mark_is_accepted():
    assert dossiers.read(b"\xef\xbb\xbf" + EXAMPLE.encode()).key == "courier_bridge"


def test_history_says_who_imported_what():
    editor = make.user("editor")
    load(EXAMPLE, by=editor)
    declared = {"user": editor.pk, "name": editor.username, "why": "dossier courier_bridge", "way": "import"}
    assert {event.pgh_label for event in hidden().events.all()} == {"insert", "update"}  # the update: its origins
    assert all(event.pgh_context == declared for event in hidden().events.all())


def test_a_reporter_may_propose_claims_but_rules_no_sentence_out():
    reporter = make.user("reporter")
    with pytest.raises(NotAllowed, match="may not rule"):
        load(EXAMPLE, by=reporter)
    load(EXAMPLE[: EXAMPLE.index("ruled_out:")], by=reporter)
    assert hidden().created_by == reporter


def test_a_chain_of_a_hundred_hops_is_loaded():
    load(_chain(100))
    assert max(Attribution.objects.values_list("depth", flat=True)) == 99


def _chain(hops: int) -> str:
    nested = "{key: h0, speaker: courier_officer}"
    for number in range(1, hops):
        nested = f"{{key: h{number}, speaker: courier_officer, relays: {nested}}}"
    return changed(("relays: {key: officer, speaker: courier_officer}", "note: beside it\n      - " + nested))


# --- again ---


def test_importing_twice_changes_nothing():
    load(EXAMPLE)
    before = rows(), list(Claim.objects.values_list("version", "revision", "updated_at"))
    loaded = load(EXAMPLE, by=make.user("chief"))
    assert (loaded.total("created"), loaded.total("updated"), loaded.total("withdrawn")) == (0, 0, 0)
    assert loaded.conflicts == []
    assert before == (rows(), list(Claim.objects.values_list("version", "revision", "updated_at")))


def test_a_dry_run_leaves_nothing():
    before = rows()
    loaded = load(EXAMPLE, dry_run=True)
    assert loaded.of("claim", "created") == 2
    assert rows() == before


def test_what_the_desk_left_alone_is_updated():
    load(EXAMPLE)
    loaded = load(
        changed(
            (STATEMENT, "The council did not publish the rise."),
            ("basis: official_records", "basis: witnessed"),
            ("title: Bridge costs double", "title: A bridge"),
        )
    )
    assert (loaded.total("updated"), loaded.total("created"), loaded.conflicts) == (3, 0, [])
    assert hidden().statement == "The council did not publish the rise."
    assert Attribution.objects.get(speaker__key="ada_quill").basis == "witnessed"


def test_what_the_desk_has_changed_is_kept_and_reported():
    load(EXAMPLE)
    Claim.objects.filter(pk=hidden().pk).update(statement="The desk's own words.")
    assert load(EXAMPLE).conflicts == []  # the file says nothing new
    loaded = load(changed((STATEMENT, "Something else.")))
    [conflict] = loaded.conflicts
    assert (conflict.path, conflict.table, conflict.key) == ("claims[1]", "claim", "hidden")
    assert "statement is \"The desk's own words.\" on the desk, 'Something else.' here" in conflict.message
    assert hidden().statement == "The desk's own words."
    assert len(load(changed((STATEMENT, "Something else."))).conflicts) == 1  # until one side gives way
    assert load(changed((STATEMENT, "The desk's own words."))).conflicts == []


def test_nothing_is_changed_in_a_claim_that_somebody_has_taken():
    load(EXAMPLE)
    Claim.objects.filter(pk=hidden().pk).update(state="in_check")
    loaded = load(changed(
        (STATEMENT, "Something else."),
        ("{key: council, accused: fernley_council}", "{key: council, accused: fernley_council, note: more}"),
        ("relays: {key: officer, speaker: courier_officer}", "relays: {key: officer2, speaker: courier_officer}"),
    ))  # fmt: skip
    assert {conflict.table for conflict in loaded.conflicts} == {"claim", "accusation", "attribution"}
    assert (loaded.total("created"), loaded.total("updated"), loaded.total("withdrawn")) == (0, 0, 0)
    assert hidden().statement == STATEMENT


def test_a_part_that_is_gone_is_withdrawn_and_made_anew_when_it_comes_back():
    load(EXAMPLE)
    without = changed(("        relays: {key: officer, speaker: courier_officer}\n", ""))
    loaded = load(without)
    assert (loaded.of("attribution", "withdrawn"), loaded.of("attribution", "updated")) == (1, 1)
    gone = Attribution.objects.get(speaker__key="courier_officer")
    assert gone.withdrawn_because == "It no longer stands in the record file."
    assert load(without).total("withdrawn") == 0
    assert load(EXAMPLE).of("attribution", "created") == 1
    assert Attribution.objects.get(speaker__key="courier_officer", withdrawn_at__isnull=True).relayed_by.count() == 1


def test_a_whole_chain_that_is_gone_is_withdrawn_outermost_first():
    load(EXAMPLE)
    start, end = EXAMPLE.index("      - key: courier\n        speaker: fernley_courier\n        passage: [139"), 0
    end = EXAMPLE.index("    accusations:")
    loaded = load(EXAMPLE[:start] + "      - {key: other, speaker: ada_quill}\n" + EXAMPLE[end:])
    assert (loaded.of("attribution", "withdrawn"), loaded.of("attribution", "created")) == (2, 1)


def test_what_the_desk_has_withdrawn_stays_withdrawn():
    load(EXAMPLE)
    Evidence.objects.update(withdrawn_at="2025-01-01T00:00Z", withdrawn_because="wrong memo")
    assert load(EXAMPLE).conflicts == []
    [conflict] = load(changed(("directness: primary", "directness: secondary"))).conflicts
    assert conflict.message == "The desk has withdrawn it."
    assert Evidence.objects.get().directness == "primary"


def test_a_claim_that_is_gone_is_reported_and_kept():
    load(EXAMPLE)
    start = EXAMPLE.index("  - key: hidden")
    [conflict] = load(EXAMPLE[:start] + EXAMPLE[EXAMPLE.index("ruled_out:") :]).conflicts
    assert (conflict.table, conflict.key) == ("claim", "hidden")
    assert hidden().state == "new"


def test_an_accusation_that_the_desk_made_already_is_not_made_twice():
    load(changed(("    accusations:\n      - {key: council, accused: fernley_council}\n", ""), ("allegation", "event")))
    make.accusation(hidden(), Source.objects.get(key="fernley_council"))
    loaded = load(EXAMPLE)
    assert (Accusation.objects.count(), loaded.conflicts) == (1, [])


ACCUSED = "{key: council, accused: fernley_council}"


def test_a_part_that_gets_another_key_is_still_the_same_part():
    load(EXAMPLE)
    before = set(Accusation.objects.values_list("pk")), set(Relation.objects.values_list("pk"))
    loaded = load(changed((ACCUSED, "{key: other, accused: fernley_council}"), ("{key: rests-on,", "{key: other,")))
    assert [loaded.total(what) for what in ("created", "updated", "withdrawn")] == [0, 0, 0]
    assert loaded.conflicts == []
    assert before == (set(Accusation.objects.values_list("pk")), set(Relation.objects.values_list("pk")))
    assert load(EXAMPLE).total("updated") == 0


def test_two_accusations_may_change_their_keys():
    two = "{{key: a, accused: {}}}\n      - {{key: b, accused: {}, note: n}}"
    load(changed((ACCUSED, two.format("fernley_council", "ada_quill"))))
    loaded = load(changed((ACCUSED, two.format("ada_quill", "fernley_council"))))
    assert [loaded.of("accusation", what) for what in ("created", "updated", "withdrawn")] == [0, 2, 0]
    assert set(Accusation.objects.values_list("accused__key", "note")) == {("ada_quill", ""), ("fernley_council", "n")}


def test_to_accuse_somebody_else_is_another_accusation():
    load(EXAMPLE)
    other = changed((ACCUSED, "{key: council, accused: ada_quill}"))
    loaded = load(other)
    assert [loaded.of("accusation", what) for what in ("created", "updated", "withdrawn")] == [1, 0, 1]
    assert Accusation.objects.get(withdrawn_at=None).accused.key == "ada_quill"
    assert load(other).total("unchanged") == loaded.total("unchanged") + 1


def test_a_relation_to_another_claim_is_another_relation():
    load(EXAMPLE)
    third = ("ruled_out:", "  - {key: third, kind: event, statement: It rained.}\nruled_out:")
    loaded = load(changed(third, ("other: cost-up", "other: third")))
    assert [loaded.of("relation", what) for what in ("created", "updated", "withdrawn")] == [1, 0, 1]
    loaded = load(changed(third, ("other: cost-up", "other: not_here_yet/third")))
    assert [loaded.of("relation", what) for what in ("created", "updated", "withdrawn")] == [0, 0, 1]
    assert len(loaded.pending) == 1


def test_an_accusation_that_the_desk_has_acted_on_is_not_changed_or_withdrawn():
    load(EXAMPLE)
    make.reply_request(Accusation.objects.get())
    for changes in ("key: council, accused: ada_quill", "key: council, accused: fernley_council, note: more"):
        [conflict] = load(changed((ACCUSED, f"{{{changes}}}"))).conflicts
        assert (conflict.table, conflict.key) == ("accusation", "hidden/council")
    without = changed((f"    accusations:\n      - {ACCUSED}\n", ""), ("kind: allegation", "kind: event"))
    [conflict] = load(without).conflicts
    assert "Withdraw it by hand" in conflict.message
    assert Accusation.objects.get(withdrawn_at=None).accused.key == "fernley_council"


def test_a_quotation_that_the_desk_has_checked_is_not_changed():
    load(EXAMPLE)
    Attribution.objects.filter(speaker__key="courier_officer").update(said="confirmed_verbatim")
    [conflict] = load(changed(("speaker: courier_officer}", "speaker: ada_quill}"))).conflicts
    assert (conflict.table, conflict.key) == ("attribution", "hidden/officer")


def test_an_accusation_that_came_back_by_hand_is_not_made_a_second_time():
    load(EXAMPLE)
    without = changed((f"    accusations:\n      - {ACCUSED}\n", ""), ("kind: allegation", "kind: event"))
    assert load(without).of("accusation", "withdrawn") == 1
    make.accusation(hidden(), Source.objects.get(key="fernley_council"))
    assert load(EXAMPLE).conflicts == []
    assert Accusation.objects.filter(withdrawn_at=None).count() == 1


def test_a_base_that_a_figure_of_the_desk_still_rests_on_is_not_withdrawn():
    load(EXAMPLE)
    Quantity.objects.filter(unit="percent").update(note="The desk's.")
    planned = "      - {key: planned, measure: planned cost of the bridge, value: 4000000, unit: USD}\n"
    loaded = load(changed((planned, ""), (", base: planned", "")))
    assert [conflict.key for conflict in loaded.conflicts] == ["cost-up/rise", "cost-up/planned"]
    assert not Quantity.objects.filter(withdrawn_at__isnull=False).exists()


TREASURER = "{key: council, organization: fernley_council, role: treasurer}"


def test_an_affiliation_that_is_gone_is_withdrawn_and_made_anew_when_it_comes_back():
    load(EXAMPLE)
    without = changed((f"    affiliations:\n      - {TREASURER}\n", ""))
    loaded = load(without)
    assert (loaded.of("affiliation", "withdrawn"), loaded.conflicts) == (1, [])
    assert Affiliation.objects.get().withdrawn_because == "It no longer stands in the record file."
    assert load(without).total("withdrawn") == 0
    assert load(EXAMPLE).of("affiliation", "created") == 1


def test_an_affiliation_that_the_desk_has_changed_is_kept_and_reported_when_it_is_gone():
    load(EXAMPLE)
    Affiliation.objects.update(since="2020-01-01")
    [conflict] = load(changed((f"    affiliations:\n      - {TREASURER}\n", ""))).conflicts
    assert (conflict.table, conflict.key) == ("affiliation", "ada_quill/council")
    assert Affiliation.objects.get().withdrawn_at is None


def test_an_affiliation_may_change_its_key_and_get_a_second_term():
    load(EXAMPLE)
    again = "{key: again, organization: fernley_council, role: treasurer, since: 2030-01-01}"
    loaded = load(changed((TREASURER, f"{again[:-1]}, until: 2031-01-01}}\n      - {TREASURER}")))
    assert (loaded.of("affiliation", "created"), loaded.conflicts) == (1, [])
    loaded = load(changed((TREASURER, again.replace("again", "new"))))
    assert [loaded.of("affiliation", what) for what in ("created", "withdrawn")] == [0, 1]
    assert (loaded.of("affiliation", "updated"), loaded.conflicts) == (1, [])


def test_a_source_that_is_gone_from_the_file_stays_on_the_desk():
    load(EXAMPLE)
    loaded = load("dossier: 1\ndocument: {key: courier_bridge, kind: article}\n")
    assert {conflict.table for conflict in loaded.conflicts} == {"claim"}
    assert Source.objects.filter(key="ada_quill").exists()
    assert Affiliation.objects.get().withdrawn_at is None


def test_a_saved_copy_never_changes():
    load(EXAMPLE)
    [conflict] = load(changed(("2024-03-06T09:30", "2024-03-07T09:30"))).conflicts
    assert (conflict.path, conflict.table) == ("snapshot.captured_at", "snapshot")
    assert "captured_at is 2024-03-06 09:30" in conflict.message


@pytest.mark.parametrize("span", ["[139, 174]", "[130, 139]", "[174, 176]", "[1, 3]"])
def test_a_sentence_never_changes(span):
    load(EXAMPLE)
    all_four = "    - [0, 20, headline]\n    - [21, 138]\n    - [139, 175]\n    - [176, 186]\n"
    text = EXAMPLE[: EXAMPLE.index("ruled_out:")]
    loaded = load(changed((all_four, f"    - {span}\n"), text=text))
    assert {conflict.table for conflict in loaded.conflicts} == {"sentence"}
    assert Sentence.objects.count() == 4


def test_the_desks_own_ruling_on_a_sentence_stands():
    load(EXAMPLE)
    mine = Ruling.objects.get(decision="heading")
    Ruling.objects.create(about="sentence", sentence=mine.sentence, key=mine.key, decision="checkable", by=make.user())
    assert load(EXAMPLE).conflicts == []
    loaded = load(changed(("decision: heading", "decision: duplicate")))
    assert [conflict.table for conflict in loaded.conflicts] == ["ruling"]
    assert Ruling.objects.filter(sentence=mine.sentence).count() == 2


def test_another_ruling_is_added_beside_the_old_one():
    load(EXAMPLE)
    assert load(changed(("decision: heading", "decision: duplicate"))).of("ruling", "updated") == 1
    assert load(changed(("  - {sentence: [0, 20], decision: heading}\n", ""))).of("ruling", "withdrawn") == 1
    assert list(Ruling.objects.filter(sentence__start=0).order_by("pk").values_list("decision", flat=True)) == [
        "heading", "duplicate", "checkable",
    ]  # fmt: skip


def test_an_import_that_cannot_have_its_turn_says_so(monkeypatch):
    monkeypatch.setattr("claims.dossiers.loading.WAIT", "100ms")
    with attacks.opened() as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('claims.dossiers'))")
        with pytest.raises(Busy, match="in the way"):
            load(EXAMPLE)
        other.rollback()
    assert load(EXAMPLE).of("claim", "created") == 2


# --- several dossiers ---


def test_a_source_is_shared_by_its_key():
    load(EXAMPLE)
    load(OTHER)
    assert Source.objects.filter(key="fernley_council").count() == 1
    assert Attribution.objects.filter(speaker__key="fernley_council").count() == 1


def test_another_dossier_may_say_less_of_a_source_but_not_otherwise():
    load(changed(("name: Fernley Town Council}", "name: Fernley Town Council, aliases: [FTC]}")))
    assert load(OTHER).conflicts == []
    [conflict] = load(OTHER.replace("name: Fernley Town Council", "name: Town Council")).conflicts
    assert (conflict.line, conflict.path) == (4, "sources[0]")
    assert Source.objects.get(key="fernley_council").name == "Fernley Town Council"


def test_owners_do_not_go_in_a_circle_over_several_dossiers():
    paper, council = (
        "{key: fernley_courier, kind: outlet, name: P",
        "{key: fernley_council, kind: organization, name: C",
    )
    one = "dossier: 1\nsources: [{}]\ndocument: {{key: {}, kind: memo}}\n"
    load(one.format(f"{paper}}}", "first"))
    load(one.format(f"{paper}}}, {council}, owner: fernley_courier}}", "second"))
    with pytest.raises(BadInput) as refused:
        load(one.format(f"{council}}},\n{paper}, owner: fernley_council}}", "first"))
    assert [tuple(problem.values())[:3] for problem in refused.value.problems] == [(3, "sources[1].owner", "circle")]
    assert Source.objects.get(key="fernley_courier").owner is None


def test_its_own_dossier_completes_a_document_that_another_mentioned():
    load(EXAMPLE)
    loaded = load(OTHER)
    assert (loaded.of("document", "updated"), loaded.conflicts) == (1, [])
    memo = Document.objects.get(key="council_budget_memo")
    assert (memo.publisher.key, memo.note) == ("fernley_council", "")
    assert load(EXAMPLE).conflicts == load(OTHER).conflicts == []


def test_a_relation_to_a_claim_that_is_not_there_waits_for_it():
    loaded = load(OTHER)
    [pending] = loaded.pending
    assert (pending.path, pending.other) == ("claims[0].relations[0]", "courier_bridge/cost-up")
    assert Relation.objects.count() == 0
    load(EXAMPLE)
    loaded = load(OTHER)
    assert (loaded.of("relation", "created"), loaded.pending) == (1, [])


def test_a_sealed_snapshot_gets_its_text_from_a_later_dossier():
    snapshot = dossiers.read(EXAMPLE.encode())
    text = snapshot.text
    start, end = EXAMPLE.index("  text: >-"), EXAMPLE.index("  sentences:")
    [digest] = _sql("SELECT encode(sha256(convert_to(%s, 'UTF8')), 'hex')", text)
    load(f"{EXAMPLE[:start]}  sha256: {digest}\n  length: {len(text)}\n{EXAMPLE[end:]}")
    assert Snapshot.objects.get().sealed
    assert load(EXAMPLE).of("snapshot", "updated") == 1
    assert Snapshot.objects.get().text == text


def test_a_changed_text_is_another_snapshot():
    load(EXAMPLE)
    load(changed(("More soon!", "More to come.")).replace("[176, 186]", "[176, 189]"))
    assert Snapshot.objects.count() == 2
    assert set(Attribution.objects.filter(passage__isnull=False).values_list("passage__snapshot", flat=True)) == {
        Snapshot.objects.latest("pk").pk
    }
    assert Passage.objects.count() == 4


def test_marks_are_kept_for_every_keyed_row():
    load(EXAMPLE)
    tables = set(DossierRow.objects.values_list("table", flat=True))
    assert tables == {
        "source", "affiliation", "document", "claim", "quantity", "attribution", "evidence", "accusation", "relation",
        "ruling",
    }  # fmt: skip


# --- our own copy ---

PIECE = """
dossier: 1
document: {key: our_piece, kind: desk_copy, title: The bridge}
piece: {text_closes_at: 2024-03-07T17:00:00+00:00, page_closes_at: 2024-03-07T19:30:00+01:00}
"""


def test_our_own_copy_brings_its_closing_times():
    loaded = load(PIECE)
    piece = Piece.objects.get()
    assert (piece.document.key, loaded.of("piece", "created")) == ("our_piece", 1)
    closes = [at.isoformat() for at in (piece.text_closes_at, piece.page_closes_at) if at]
    assert closes == ["2024-03-07T17:00:00+00:00", "2024-03-07T18:30:00+00:00"]
    assert load(PIECE).total("unchanged") == 2
    assert load(changed(("T19:30", "T20:30"), text=PIECE)).of("piece", "updated") == 1


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [("kind: desk_copy", "kind: article", "not_our_own_copy"), ("T19:30:00+01:00", "T17:30:00+01:00", "out_of_order")],
)
def test_only_our_own_copy_goes_to_print_and_its_page_closes_last(before, after, code):
    with pytest.raises(BadInput) as refused:
        load(changed((before, after), text=PIECE))
    assert [(problem["line"], problem["code"]) for problem in refused.value.problems] == [(4, code)]
    assert not Piece.objects.exists()
