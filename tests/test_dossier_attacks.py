"""Dossiers that are wrong, by mistake or on purpose: each refused with line and path, and nothing has changed."""

import hashlib
import json
import time
from datetime import datetime

import pytest

from claims import dossiers
from factdesk.errors import BadInput
from factdesk.people.accounts import desk_user
from sources.models import Snapshot
from tests.dossier_example import EXAMPLE, changed, load, rows

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

OFFICER = "relays: {key: officer, speaker: courier_officer}"
LINES = EXAMPLE.splitlines()


def problems(text: str | bytes) -> list[dict]:
    """What is wrong with it; loading it has changed nothing."""
    data = text if isinstance(text, bytes) else text.encode()
    desk = desk_user()
    before = rows()
    with pytest.raises(BadInput) as refused:
        dossiers.load(dossiers.read(data), by=desk)
    assert rows() == before
    assert all(problem.keys() == {"line", "path", "code", "message"} for problem in refused.value.problems)
    return refused.value.problems


def first(text: str | bytes) -> tuple[int, str, str]:
    found = problems(text)[0]
    return found["line"], found["path"], found["code"]


def line(of: str) -> int:
    """The line of the example in which this stands."""
    [number] = [number for number, text in enumerate(LINES, 1) if of in text]
    return number


def edit(before: str, after: str) -> tuple[int, str]:
    """The line of the example that is changed, and the changed example."""
    return line(before), changed((before, after))


# --- notation ---

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", (1, "", "empty")),
        (" \n\n", (1, "", "empty")),
        ("# nothing\n", (1, "", "empty")),
        (b"dossier: 1\nsources: \xe4\n", (2, "", "not_utf8")),
        ("dossier: 1\n".encode("utf-16"), (1, "", "not_utf8")),
        (b"dossier: 1\ndocument: a\0b\n", (2, "", "nul")),
        (b"dossier: 1\rdocument: a\r\n\xff", (3, "", "not_utf8")),
        ("- a\n- b\n", (1, "", "not_a_mapping")),
        ("[]", (1, "", "not_a_mapping")),
        ("just words", (1, "", "not_a_mapping")),
        (BOMB, (1, "a", "anchor")),
        ("a: b\nb: *a\n", (2, "b", "alias")),
        ("a: b\n<<: *a\n", (2, "<<", "alias")),
        ("a: !!python/object/apply:os.system [ls]\n", (1, "a", "tag")),
        ("a: ! x\n", (1, "a", "tag")),
        ("".join(f"%TAG !a{n}! x\n" for n in range(40_000)) + "--- a\n", (1, "", "tag")),
        ("a: b\n...\n%TAG ! x\n--- c\n", (3, "", "tag")),
        ("dossier: 1\n---\ndossier: 1\n", (2, "", "many_documents")),
        ("a: 1\nb: 2\na: 3\n", (3, "a", "twice")),
        ("a: [1, 2\nb: 3\n", (2, "", "not_yaml")),
        ("a:\n\t- b\n", (2, "", "not_yaml")),
        ("a: b\nc", (2, "", "not_yaml")),
        ("a: \x07\n", (1, "", "not_yaml")),
        ("é: ü\n" * 9 + "a: \x07\n", (10, "", "not_yaml")),
        ("a: b\nc: d\x85e\n", (2, "", "not_yaml")),
        ("a: b\rc: d\u2028e\n", (2, "", "not_yaml")),
        ("? [a]\n: b\n", (1, "", "bad_name")),
        ("a: " + "[" * 200_000, None),
        ("a:\n" + "".join("  " * depth + "b:\n" for depth in range(1, 300)), None),
        ('{"a": ' + "[" * 100_000, None),
        ('{"a": 1,\n "a": 2}', (2, "a", "twice")),
        ('{"dossier": 1,\n "document": null}', (2, "document", "null")),
        ('{"a":\n NaN}', (2, "a", "not_json")),
        ('{"a": -Infinity}', (1, "a", "not_json")),
        ('{"a": 1}\n{}', (2, "", "not_json")),
        ('{"a": 1,}', (1, "", "not_json")),
        ('{"a": "\n"}', (1, "a", "not_json")),
        ('{"a" 1}', (1, "a", "not_json")),
        ('{"a": [1 2]}', (1, "a", "not_json")),
        ('{"a":\r\r\n1,\r"b": x}', (4, "b", "not_json")),
    ],
)
def test_what_is_no_dossier_is_refused_with_its_place(text, place):
    began = time.monotonic()
    found = first(text)
    assert time.monotonic() - began < 2
    if place is None:
        assert found[2] == "too_deep"
    else:
        assert found == place


def test_a_file_of_21_megabytes_is_refused():
    assert first(b"# " + b"x" * 21_000_000 + b"\n" + EXAMPLE.encode()) == (1, "", "too_large")


def test_a_dossier_with_5001_claims_is_refused_and_one_with_5000_is_read():
    def claims(many: int) -> str:
        listed = [{"key": f"c{n}", "kind": "event", "statement": f"Number {n}."} for n in range(many)]
        return json.dumps({"dossier": 1, "document": {"key": "many", "kind": "article"}, "claims": listed})

    assert first(claims(5_001)) == (1, "claims", "too_many")
    assert len(dossiers.read(claims(5_000).encode()).root["claims"]) == 5_000


@pytest.mark.parametrize("text", ["- [" + "0," * 100 + "0]", "- 0\n" * 101, "[\n" + "0," * 100 + "0]"])
def test_a_file_of_nothing_but_tiny_values_is_not_read_to_its_end(text, monkeypatch):
    """Each of ten million values in 20 MB would cost some hundred bytes of memory."""
    monkeypatch.setattr("claims.dossiers.reading.MOST_VALUES", 100)
    assert first(text)[2] == "too_many_values"


@pytest.mark.parametrize("name", ["a\\ud800", "a\\u0000", "a\\nb.yaml:1: forged", "a\\u001b[2J", "a" * 9_000_000])
def test_a_name_from_the_file_forges_nothing_where_it_is_shown(name):
    [found, *_] = problems(f'{{"{name}": {{"b": 1, "b": 2}}}}')
    assert len(found["path"]) < 250
    assert found["path"].isprintable()
    assert found["message"].isprintable()
    assert found["message"].isascii()


def test_no_more_than_a_thousand_problems_are_listed():
    found = problems("dossier: 1\n" + "".join(f"x{n}: y\n" for n in range(5_000)))
    assert (len(found), found[-1]["message"]) == (1_001, "… and more.")


# --- fields ---


@pytest.mark.parametrize(
    ("before", "after", "path", "code"),
    [
        ("kind: statistic", "kind: Statistic", "claims[0].kind", "unknown_word"),
        ("basis: official_records", "basis: hearsay", "claims[0].attributions[0].relays.basis", "unknown_word"),
        ("basis: official_records", "bais: official_records", "claims[0].attributions[0].relays.bais", "unknown_field"),
        ("place: Fernley", "verdict: accurate", "claims[0].verdict", "unknown_field"),
        ("place: Fernley", "state: signed_off", "claims[0].state", "unknown_field"),
        ("published_on: 2024-03-05", "published_on: 2024-02-30", "document.published_on", "not_a_day"),
        ("published_on: 2024-03-05", "published_on: 5 March 2024", "document.published_on", "not_a_day"),
        ("published_on: 2024-03-05", "published_on: 20240305", "document.published_on", "not_a_day"),
        ("published_on: 2024-03-05", "published_on: ''", "document.published_on", "not_a_day"),
        ("2024-03-06T09:30:00+00:00", "2024-03-06T09:30:00", "snapshot.captured_at", "not_a_moment"),
        ("2024-03-06T09:30:00+00:00", "9999-12-31T23:59:59-14:00", "snapshot.captured_at", "not_a_moment"),
        ("identity: unnamed", "identity: protected", "sources[3].identity", "unknown_word"),
        ("dossier: 1", "dossier: 2", "dossier", "unknown_word"),
        ("key: courier_bridge", "key: a/b", "document.key", "bad_key"),
        ("title: Bridge costs double", r'title: "a\0b"', "document.title", "nul"),
        ("title: Bridge costs double", "title: [a]", "document.title", "not_a_text"),
        ("title: Bridge costs double", f"title: {'x' * 1001}", "document.title", "too_long"),
        ("topics: [bridge, budget]", "topics: bridge", "claims[0].topics", "not_a_list"),
        ("statement: The council kept", "statement: ' ' #", "claims[1].statement", "blank"),
        ("    - [176, 186]", "    - [176, 187]", "snapshot.sentences[3]", "past_the_end"),
        ("    - [176, 186]", "    - [170, 186]", "snapshot.sentences[3]", "overlaps"),
        ("    - [176, 186]", "    - [186, 176]", "snapshot.sentences[3]", "empty_span"),
        ("    - [176, 186]", "    - [176, 186, footer]", "snapshot.sentences[3]", "unknown_word"),
        ("    - [176, 186]", "    - 176-186", "snapshot.sentences[3]", "not_a_span"),
        ("passage: [139, 175]", "passage: [139, 1750]", "claims[1].attributions[0].passage", "past_the_end"),
        ("passage: [139, 175]", "passage: [-1, 175]", "claims[1].attributions[0].passage", "out_of_range"),
        ("{sentence: [0, 20],", "{sentence: [0, 19],", "ruled_out[0].sentence", "unknown_sentence"),
        ("[176, 186], decision: no_factual_content", "[0, 20], decision: heading",
         "ruled_out[1].sentence", "key_twice"),
        ("accused: fernley_council", "accused: fernley_counsel", "claims[1].accusations[0].accused", "unknown_key"),
        ("other: cost-up", "other: cost-down", "claims[1].relations[0].other", "unknown_key"),
        ("other: cost-up", "other: hidden", "claims[1].relations[0].other", "itself"),
        ("{key: rests-on, kind: qualifies, other: cost-up}", "{key: a, kind: qualifies, other: cost-up}\n"
         "      - {key: b, kind: qualifies, other: courier_bridge/cost-up}", "claims[1].relations[1].other", "twice"),
        ("other: cost-up", "other: a/b/c", "claims[1].relations[0].other", "bad_key"),
        ("- key: hidden", "- key: cost-up", "claims[1].key", "key_twice"),
        ("base: planned", "base: plan", "claims[0].quantities[1].base", "unknown_key"),
        ("base: planned", "base: rise", "claims[0].quantities[1].base", "circle"),
        (", base_is: change_from", "", "claims[0].quantities[1].base_is", "required"),
        ("value: 90,", "value: NaN,", "claims[0].quantities[1].value", "not_a_decimal"),
        ("value: 90,", "value: 1e9,", "claims[0].quantities[1].value", "not_a_decimal"),
        ("value: 90,", "value: 90, upper: 80,", "claims[0].quantities[1].upper", "out_of_order"),
        (OFFICER, "relays: {key: officer, speaker: courier_officer, relays: courier}",
         "claims[1].attributions[0].relays.relays", "circle"),
        (OFFICER, "relays: courier", "claims[1].attributions[0].relays", "circle"),
        (OFFICER, "relays: nobody", "claims[1].attributions[0].relays", "unknown_key"),
        (OFFICER, "relays: {key: courier, speaker: courier_officer}",
         "claims[1].attributions[0].relays.key", "key_twice"),
        (OFFICER, "document: council_budget_memo", "claims[1].attributions[0].passage", "other_document"),
        ("name: The Fernley Courier}", "name: The Courier, owner: fernley_courier}", "sources[0].owner", "circle"),
        ("name: The Fernley Courier}", "name: The Courier, headcount: 3}", "sources[0].headcount", "not_a_group"),
        ("{key: council, accused: fernley_council}", "{key: council, accused: fernley_council, outcome: replied}",
         "claims[1].accusations[0].reply", "missing"),
        ("    accusations:", "    evidence:\n      - {key: e, stance: supports}\n    accusations:",
         "claims[1].evidence[0].document", "missing"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_told_with_line_and_path(before, after, path, code):
    number, text = edit(before, after)
    found = problems(text)
    assert (path, code) in [(problem["path"], problem["code"]) for problem in found]
    [at] = [problem["line"] for problem in found if (problem["path"], problem["code"]) == (path, code)]
    assert abs(at - number) <= 2  # a missing field is told on its row, a whole row on its first line


@pytest.mark.parametrize("offset", ["-23:59", "+14:00", "Z"])
def test_a_moment_may_have_any_offset(offset):
    moment = f"2024-03-06T09:30:00.5{offset}"
    load(changed(("2024-03-06T09:30:00+00:00", moment)))
    assert Snapshot.objects.get().captured_at == datetime.fromisoformat(moment)


def test_every_problem_is_listed_in_the_order_of_the_file():
    text = changed(("kind: statistic", "kind: number"), ("accused: fernley_council", "accused: nobody"),
                   ("dossier: 1", "dossier: 1\nextra: 1"))  # fmt: skip
    assert [problem["code"] for problem in problems(text)] == ["unknown_field", "unknown_word", "unknown_key"]


def test_a_near_miss_is_hinted_at():
    assert problems(changed(("place: Fernley", "plaice: Fernley")))[0]["message"].endswith("Did you mean place?")
    assert problems(changed(("kind: statistic", "kind: statistics")))[0]["message"].endswith("Did you mean statistic?")


def test_hints_do_not_take_longer_than_the_file_is_worth():
    sources = [{"key": f"source{n}", "kind": "person", "name": "x"} for n in range(20_000)]
    hops = [{"key": f"h{n}", "speaker": f"sourze{n}"} for n in range(999)]
    claim = {"key": "c", "kind": "event", "statement": "x", "attributions": hops}
    tree = {"dossier": 1, "sources": sources, "document": {"key": "d", "kind": "article"}, "claims": [claim]}
    began = time.process_time()
    assert len(problems(json.dumps(tree))) == 999
    assert time.process_time() - began < 20


def test_a_text_that_cannot_be_read_is_not_taken_for_a_sealed_one():
    found = problems(changed(("  text: >-", "  text: [a]\n  note: >-")))
    assert [problem["code"] for problem in found] == ["not_a_text", "unknown_field"]


def test_an_allegation_without_an_accused_is_refused():
    text = changed(("    accusations:\n      - {key: council, accused: fernley_council}\n", ""))
    assert first(text) == (line("- key: hidden"), "claims[1].accusations", "missing")


def test_a_chain_of_101_hops_is_refused():
    nested = "{key: h0, speaker: courier_officer}"
    for number in range(1, 101):
        nested = f"{{key: h{number}, speaker: courier_officer, relays: {nested}}}"
    found = problems(changed((OFFICER, "note: x\n      - " + nested)))
    assert [problem["code"] for problem in found] == ["too_many_hops"]


def test_a_wrong_digest_or_length_is_refused():
    digest = hashlib.sha256(b"another text").hexdigest()
    text = changed(("  text: >-", f"  sha256: {digest}\n  length: 5\n  text: >-"))
    assert [(problem["path"], problem["code"]) for problem in problems(text)] == [
        ("snapshot.sha256", "wrong_digest"),
        ("snapshot.length", "wrong_length"),
    ]


def test_a_sealed_snapshot_needs_digest_and_length():
    start, end = EXAMPLE.index("  text: >-"), EXAMPLE.index("  sentences:")
    found = problems(EXAMPLE[:start] + EXAMPLE[end:])
    assert [problem["path"] for problem in found] == ["snapshot.sha256", "snapshot.length"]


def test_marked_words_need_a_snapshot():
    start, end = EXAMPLE.index("snapshot:"), EXAMPLE.index("claims:")
    assert "no_snapshot" in {problem["code"] for problem in problems(EXAMPLE[:start] + EXAMPLE[end:])}


def test_half_a_surrogate_pair_is_refused():
    found = problems('{"dossier": 1, "document": {"key": "a", "kind": "article", "title": "\\ud83d"}}')
    assert (found[0]["path"], found[0]["code"]) == ("document.title", "half_a_character")
    text = '{"dossier": 1, "document": {"key": "a", "kind": "article", "title": "\\ud83d\\ude00"}}'
    assert dossiers.read(text.encode()).root["document"]["title"] == "😀"


def test_an_own_document_that_is_also_mentioned_is_refused():
    text = changed(("{key: council_budget_memo, kind: memo,", "{key: courier_bridge, kind: memo,"))
    assert "key_twice" in {problem["code"] for problem in problems(text)}


def test_one_bad_row_at_the_end_undoes_the_whole_import(monkeypatch):
    """Whatever goes wrong while loading, nothing stays."""
    desk = desk_user()
    before = rows()
    monkeypatch.setattr("claims.dossiers.merging.Merger.keep_marks", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        dossiers.load(dossiers.read(EXAMPLE.encode()), by=desk)
    assert rows() == before


def test_a_rule_that_only_the_database_sees_broken_is_a_problem_and_no_crash():
    """A sealed copy was said to have another length than its text turns out to have."""
    text = dossiers.read(EXAMPLE.encode()).text
    digest = hashlib.sha256(text.encode()).hexdigest()
    start, end = EXAMPLE.index("  text: >-"), EXAMPLE.index("  sentences:")
    load(f"{EXAMPLE[:start]}  sha256: {digest}\n  length: 5000\n{EXAMPLE[end:]}")
    [problem] = problems(EXAMPLE)
    assert problem["code"] == "snapshot_text_has_its_digest"
