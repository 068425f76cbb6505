"""The record of a document comes out as the dossier that went in, and leads back to the rows that it came from."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from claims import dossiers
from claims.dossiers.checking import Row, Span
from claims.dossiers.names import name_of, named
from claims.dossiers.presets import every_hop
from claims.models import Claim, DossierRow, Relation, Ruling
from factdesk.people.accounts import desk_user
from sources.models import Affiliation, Document, Source
from tests import make
from tests.dossier_example import EXAMPLE, OTHER, PROJECT, load, rows

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

SEEDS = sorted((PROJECT / "seeds").rglob("*.yaml"))


def said(value: Any) -> Any:
    """What a parsed dossier says, without lines and paths; rows with a key without their order."""
    if isinstance(value, Span):
        return value.start, value.end, value.part, value.locator
    if isinstance(value, Row):
        found = {name: said(value[name]) for name in value.said}
        if value.of == "claim":  # where two hops relay one, it may be written out in either
            found["attributions"] = {hop.key: said(hop) for hop in every_hop(value)}
        if value.of == "attribution":
            found["relays"] = value["relays"].key if isinstance(value["relays"], Row) else value["relays"]
        return found
    if isinstance(value, list) and value and isinstance(value[0], Row) and "key" in value[0].said:
        return {row.key: said(row) for row in value}
    return [said(inner) for inner in value] if isinstance(value, list) else value


def parsed(data: bytes) -> dict[str, Any]:
    found = said(dossiers.read(data).root)
    assert isinstance(found, dict)
    return found


def exported(key: str) -> bytes:
    return dossiers.to_yaml(dossiers.export(Document.objects.get(key=key)).tree)


@contextmanager
def an_empty_desk() -> Iterator[None]:
    """What happens in here is undone at its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def nothing_changes(data: bytes) -> bool:
    before = rows()
    loaded = dossiers.load(dossiers.read(data), by=desk_user())
    assert (loaded.conflicts, loaded.pending) == ([], [])
    return before == rows() and not any(loaded.total(word) for word in ("created", "updated", "withdrawn"))


# --- what a dossier brought ---


def test_a_row_has_the_key_that_the_newest_file_gave_it():
    renamed = EXAMPLE.replace("{key: council, accused:", "{key: a_later_one, accused:")
    for text in (EXAMPLE, renamed, EXAMPLE, renamed):
        load(text)
        assert parsed(exported("courier_bridge")) == parsed(text.encode())


def test_the_example_comes_out_equal_after_parsing():
    load(EXAMPLE)
    data = exported("courier_bridge")
    assert parsed(data) == parsed(EXAMPLE.encode())
    assert nothing_changes(data)


def test_what_was_left_out_is_left_out_again():
    load(EXAMPLE)
    tree = yaml.safe_load(exported("courier_bridge"))
    assert list(tree) == ["dossier", "sources", "document", "documents", "snapshot", "claims", "ruled_out"]
    hidden = next(claim for claim in tree["claims"] if claim["key"] == "hidden")
    assert hidden["attributions"] == [
        {
            "key": "courier",
            "speaker": "fernley_courier",
            "passage": [139, 175],
            "relays": {"key": "officer", "speaker": "courier_officer"},
        }
    ]


def test_json_comes_out_as_the_same():
    load(EXAMPLE)
    tree = dossiers.export(Document.objects.get(key="courier_bridge")).tree
    assert parsed(dossiers.to_json(tree)) == parsed(dossiers.to_yaml(tree))


def test_every_seed_comes_out_as_it_went_in_and_changes_nothing_when_it_comes_back():
    assert len(SEEDS) == 9
    for seed in [*SEEDS, *SEEDS]:
        dossiers.load(dossiers.read(seed.read_bytes()), by=desk_user())
    for seed in SEEDS:
        before, data = parsed(seed.read_bytes()), exported(seed.stem)
        after = parsed(data)
        theirs = {seed.stem for seed in SEEDS} & set(before["documents"])
        shared = {**before.pop("sources"), **{key: before["documents"].pop(key) for key in theirs}}
        found = {**after.pop("sources"), **{key: after["documents"].pop(key) for key in theirs}}
        for key, row in shared.items():  # another dossier may have said more of it
            told = {name: value for name, value in row.items() if value not in (None, "", [])}
            assert told.items() <= found[key].items(), key
        assert after == before, seed.stem
        assert nothing_changes(data), seed.stem


def test_on_another_desk_it_makes_a_copy_that_comes_out_the_same():
    with an_empty_desk():
        load(EXAMPLE)
        data = exported("courier_bridge")
    assert not Document.objects.exists()
    dossiers.load(dossiers.read(data), by=desk_user())
    assert exported("courier_bridge") == data


def test_a_relation_to_another_dossier_comes_out_under_its_full_key():
    load(EXAMPLE)
    load(OTHER)
    assert b"other: courier_bridge/cost-up" in exported("council_budget_memo")
    assert nothing_changes(exported("council_budget_memo"))


def test_what_another_dossier_said_of_a_document_comes_out_with_its_own():
    load(EXAMPLE)
    load(OTHER)
    memo = parsed(exported("council_budget_memo"))["document"]
    assert (memo["title"], memo["publisher"]) == ("Memo on the bridge", "fernley_council")
    mentioned = parsed(exported("courier_bridge"))["documents"]["council_budget_memo"]
    assert mentioned == memo


# --- what the desk made by hand ---


def by_hand() -> Document:
    """A document with everything that a dossier can hold, none of it brought by one."""
    paper, council = make.outlet("The Wharf"), make.source("Council", "organization", owner=None)
    clerk, other = make.source("A clerk", identity="unnamed"), make.source("Ina Brook")
    make.affiliation(clerk, council, role="clerk")
    held = make.document("Harbour closes", publisher=paper)
    words = make.passage(make.snapshot("The harbour closes for two of three days.", of=held), 0, 18, part="headline")
    closes = make.claim("The harbour is going to be closed.", priority="could")
    origin = make.attribution(closes, clerk, speaks_for=council)
    make.attribution(closes, paper, relays=origin, stance="questions", passage=words, document=held)
    make.attribution(closes, other, relays=origin, stance="reports")
    days = make.quantity(closes, "3", "days in all")
    make.quantity(closes, "2.50", "days closed", base=days, base_is="part_of", unit="days")
    make.evidence(closes, document=make.document("A notice", "memo"))
    make.accusation(closes, council)
    again = make.claim("It closes.", kind="detail")
    make.attribution(again, paper, passage=words, document=held)
    Relation.objects.create(claim=again, kind="repeats", other=closes)
    return held


def test_rows_that_no_file_has_named_get_names_that_lead_back_to_them():
    held = by_hand()
    data = dossiers.to_yaml(dossiers.export(held).tree)
    assert (DossierRow.objects.count(), Claim.objects.filter(key__isnull=False).count()) == (0, 0)
    before = rows()
    loaded = dossiers.load(dossiers.read(data), by=desk_user())
    assert (loaded.conflicts, loaded.pending, loaded.total("created"), loaded.total("updated")) == ([], [], 0, 0)
    grown = {table for table, count in rows().items() if count != before[table]}
    assert grown == {"claims.DossierRow"}  # it remembers what it looked at
    assert nothing_changes(data)
    assert dossiers.to_yaml(dossiers.export(held).tree) == data


def test_what_the_desk_made_is_whole_in_its_file_and_on_another_desk():
    with an_empty_desk():
        data = dossiers.to_yaml(dossiers.export(by_hand()).tree)
    assert not Claim.objects.exists()
    dossiers.load(dossiers.read(data), by=desk_user())
    again = dossiers.export(Document.objects.get(title="Harbour closes"))
    assert (parsed(dossiers.to_yaml(again.tree)), again.omitted) == (parsed(data), [])
    closes = Claim.objects.get(statement__startswith="The harbour")
    assert (closes.priority, closes.attributions.count(), closes.independent_origins) == ("could", 3, 1)
    assert closes.attributions.get(speaker__name="The Wharf").stance == "questions"


def test_a_name_from_another_desk_leads_nowhere_here():
    source = make.source("Somebody")
    name = name_of(source)
    assert named(Source, [name]) == {name: source}
    assert named(Source, [f"desk-{source.pk}-1", f"desk-{source.pk + 1}-{name.rpartition('-')[2]}", "desk--"]) == {}
    load(f"dossier: 1\ndocument: {{key: d, kind: memo}}\nsources: [{{key: desk-{source.pk}-1, kind: person, name: B}}]")
    assert Source.objects.filter(name="B").exists()


# --- what does not come out ---


def test_decisions_and_what_was_withdrawn_stay_on_the_desk():
    load(EXAMPLE)
    before = parsed(exported("courier_bridge"))
    make.affiliation(Source.objects.get(key="courier_officer"), Source.objects.get(key="fernley_council"))
    Affiliation.objects.filter(source__key="courier_officer").update(
        withdrawn_at="2024-03-07T00:00Z", withdrawn_because="A mistake."
    )
    claim = Claim.objects.get(key="courier_bridge/hidden")
    Claim.objects.filter(pk=claim.pk).update(state="in_check")
    make.assessment(claim, verdict="unverifiable")
    assert parsed(exported("courier_bridge")) == before


def test_a_sentence_that_the_desk_finds_checkable_after_all_is_not_ruled_out():
    load(EXAMPLE)
    ruling = Ruling.objects.get(decision="heading")
    Ruling.objects.create(
        about="sentence", sentence=ruling.sentence, key=ruling.key, decision="checkable", by=make.user("editor")
    )
    assert [list(span)[:2] for span in _ruled_out(exported("courier_bridge"))] == [[176, 186]]


def _ruled_out(data: bytes) -> list[tuple[int, int]]:
    return [row["sentence"] for row in parsed(data)["ruled_out"]]


def test_a_protected_source_comes_out_as_an_unnamed_one_and_is_not_touched_by_its_file():
    load(EXAMPLE)
    with transaction.atomic():
        Source.objects.filter(key="ada_quill").update(identity="protected", name="Kestrel")
    data = exported("courier_bridge")
    source = parsed(data)["sources"]["ada_quill"]
    assert (source["identity"], source["name"]) == ("unnamed", "Kestrel")
    dossiers.load(dossiers.read(data), by=desk_user())
    assert Source.objects.get(key="ada_quill").identity == "protected"


def test_one_saved_copy_comes_out_and_what_lies_in_others_is_told():
    held = by_hand()
    later = make.passage(make.snapshot("The harbour is open.", of=held))
    open_ = make.claim("The harbour is open.")
    make.attribution(open_, passage=later, document=held)
    found = dossiers.export(held)
    assert [claim["statement"] for claim in found.tree["claims"]] == ["The harbour is open."]
    assert found.omitted == ["2 claims whose words are marked in other saved copies are left out."]
    make.snapshot("Nothing marked in it.", of=held)
    assert dossiers.export(held).tree == found.tree


# --- whatever the words ---

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@given(texts=st.lists(texts, min_size=4, max_size=4))
def test_every_text_comes_out_to_the_character(texts):
    title, note, text, statement = texts
    tree = {
        "dossier": 1,
        "document": {"key": "d", "kind": "memo", "title": title, "note": f"{note}\n{title}"},
        "snapshot": {"captured_at": "2024-03-07T00:00:00+00:00", "text": text.replace("\r\n", "\n")},
        "claims": [{"key": "c", "kind": "event", "statement": f"x{statement}", "topics": [title, note]}],
    }
    for data in (dossiers.to_yaml(tree), dossiers.to_json(tree)):
        root = dossiers.read(data).root
        assert (root["document"]["title"], root["document"]["note"]) == (title, f"{note}\n{title}")
        assert root["snapshot"]["text"] == text.replace("\r\n", "\n")
        assert (root["claims"][0]["statement"], root["claims"][0]["topics"]) == (f"x{statement}", [title, note])


# --- the command ---


def test_the_command_writes_one_to_standard_output(capsys):
    load(EXAMPLE)
    call_command("export_dossier", "courier_bridge")
    assert capsys.readouterr().out.encode() == exported("courier_bridge")
    call_command("export_dossier", str(Document.objects.get(key="courier_bridge").pk), "--json")
    assert json.loads(capsys.readouterr().out)["document"]["key"] == "courier_bridge"


def test_the_command_writes_each_to_a_file_of_the_folder(tmp_path: Path, capsys):
    load(EXAMPLE)
    call_command("export_dossier", "courier_bridge", "council_budget_memo", "--to", str(tmp_path))
    written = [tmp_path / "courier_bridge.yaml", tmp_path / "council_budget_memo.yaml"]
    assert capsys.readouterr().out.split() == [str(path) for path in written]
    assert sorted(tmp_path.iterdir()) == sorted(written)
    before = rows()
    call_command("import_dossier", str(tmp_path))
    assert before["claims.Claim"] == rows()["claims.Claim"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["courier_bride"], "There is no document courier_bride. Did you mean courier_bridge?"),
        (["9" * 30], "There is no document 999"),
        (["courier_bridge", "council_budget_memo"], "name a folder with --to"),
        (["courier_bridge", "--to", "/nowhere/at/all"], "/nowhere/at/all/courier_bridge.yaml: No such file"),
    ],
)
def test_the_command_says_what_is_wrong(asked, message):
    load(EXAMPLE)
    with pytest.raises(CommandError, match=message.replace("(", r"\(")):
        call_command("export_dossier", *asked)
