"""Record files as nobody writes them: drawn by Hypothesis, spoilt in every way, and full of naughty strings."""

import functools
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, event, given
from hypothesis import strategies as st

from claims import dossiers
from claims.dossiers.fields import TABLE, Field
from claims.models import Accusation, Attribution, Claim, DossierRow, Evidence, Quantity, Relation
from factdesk.errors import BadInput
from factdesk.people.accounts import desk_user
from sources.models import Affiliation, Document, Source
from tests import dossier_strategies as drawn
from tests import odd_texts
from tests.dossier_readback import assert_desk_holds
from tests.test_export_dossier import exported, parsed

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
patient = hypothesis.settings(suppress_health_check=list(HealthCheck))
#: for what loads two dossiers and more an example
fewer = hypothesis.settings(patient, max_examples=hypothesis.settings.default.max_examples // 3)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done in here is undone at the end, so that every example begins with an empty desk."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@fewer
@given(tree=drawn.dossiers(), manner=drawn.MANNERS)
def test_what_is_right_is_loaded_to_the_character_and_twice_changes_nothing(tree, manner):
    with undone():
        data = drawn.written(tree, manner)
        first = dossiers.load(dossiers.read(data), by=desk_user())
        assert first.conflicts == []
        assert_desk_holds(tree)
        for claim in tree["claims"]:
            claim["relations"] = [row for row in claim["relations"] if not row["other"].startswith("elsewhere/")]
        assert parsed(exported(drawn.DOCUMENT)) == parsed(drawn.written(tree, manner))
        again = dossiers.load(dossiers.read(data), by=desk_user())
        assert [again.total(what) for what in ("created", "updated", "withdrawn")] == [0, 0, 0]
        assert (again.conflicts, again.pending) == ([], first.pending)


@fewer
@given(before=drawn.dossiers(), after=drawn.dossiers())
def test_what_nobody_touched_follows_the_file_wherever_it_goes(before, after):
    kept = {claim["key"] for claim in after["claims"]}
    for gone in [claim for claim in before["claims"] if claim["key"] not in kept]:
        for figure in gone["quantities"]:  # a claim that is gone stays, and so does what it rests on
            figure.pop("base", None)
    with undone():
        dossiers.load(dossiers.read(drawn.written(before, "json")), by=desk_user())
        loaded = dossiers.load(dossiers.read(drawn.written(after, "json")), by=desk_user())
        assert {conflict.table for conflict in loaded.conflicts} <= {"claim"}
        assert_desk_holds(after)
        again = dossiers.load(dossiers.read(drawn.written(after, "json")), by=desk_user())
        assert [again.total(what) for what in ("created", "updated", "withdrawn")] == [0, 0, 0]
        assert again.conflicts == loaded.conflicts


#: table -> its model, and the column in which the desk leaves a word of its own
TOUCHED: dict[str, tuple[Any, str]] = {
    "source": (Source, "description"),
    "affiliation": (Affiliation, "role"),
    "document": (Document, "note"),
    "claim": (Claim, "place"),
    "quantity": (Quantity, "note"),
    "attribution": (Attribution, "note"),
    "evidence": (Evidence, "note"),
    "accusation": (Accusation, "note"),
    "relation": (Relation, "note"),
}
OURS = "The desk's own word."


def touch(by_chance: random.Random) -> list[tuple[Any, int, dict[str, Any]]]:
    """The desk changes or withdraws some of what an import brought; gives what each row then says."""
    done = []
    for mark in DossierRow.objects.exclude(table__in=["ruling", "piece"]).order_by("-pk"):
        model, column = TOUCHED[mark.table]
        said = {column: OURS}
        if hasattr(model, "withdrawn_at") and by_chance.random() < 0.3:
            said = {"withdrawn_at": datetime(2024, 1, 1, tzinfo=UTC), "withdrawn_because": OURS}
        relayed = mark.table == "attribution" and Attribution.objects.filter(relays=mark.object_id).exists()
        if by_chance.random() < 0.3 and not (relayed and "withdrawn_at" in said):
            model.objects.filter(pk=mark.object_id).update(**said)
            done.append((model, mark.object_id, said))
    return done


@fewer
@given(before=drawn.dossiers(), after=drawn.dossiers(), seed=st.integers(0, 2**16))
def test_what_the_desk_touched_is_kept_whatever_the_file_says(before, after, seed):
    with undone():
        dossiers.load(dossiers.read(drawn.written(before, "json")), by=desk_user())
        touched = touch(random.Random(seed))
        data = drawn.written(after, "json")
        try:
            loaded = dossiers.load(dossiers.read(data), by=desk_user())
        except BadInput as refused:  # what the desk keeps and what the file wants cannot stand together
            event(refused.problems[0]["code"])
            return
        for model, number, said in touched:
            assert model.objects.filter(pk=number, **said).exists(), (model, said)
        again = dossiers.load(dossiers.read(data), by=desk_user())
        assert [again.total(what) for what in ("created", "updated", "withdrawn")] == [0, 0, 0]
        assert sorted(map(str, again.conflicts)) == sorted(map(str, loaded.conflicts))


@patient
@given(data=drawn.spoilt())
def test_what_is_spoilt_is_refused_with_every_place_or_loaded(data):
    """What passes the reading breaks no rule of the database: one dossier on an empty desk is loaded."""
    desk = desk_user()
    with CaptureQueriesContext(connection) as asked:
        dossier = read_or_refused(data)
    assert len(asked) == 0  # so that nothing has changed
    event("loaded" if dossier else "refused")
    if dossier is None:
        return
    with undone():
        first = dossiers.load(dossier, by=desk)
        assert first.conflicts == []
        again = dossiers.load(dossiers.read(data), by=desk)
        assert [again.total(what) for what in ("created", "updated", "withdrawn")] == [0, 0, 0]
        assert (again.conflicts, again.pending) == ([], first.pending)


def read_or_refused(data: bytes) -> dossiers.Dossier | None:
    """The dossier; None where it was refused as it ought to be."""
    try:
        return dossiers.read(data)
    except BadInput as refused:
        problems = refused.problems
    lines = len(re.split("\r\n?|\n", data.decode("utf-8", "replace")))
    assert problems
    for problem in problems:
        assert problem.keys() == {"line", "path", "code", "message"}
        assert 1 <= problem["line"] <= lines
        assert problem["path"].isprintable()
        assert re.fullmatch("[a-z_0-9]+", problem["code"])
        assert problem["message"].isprintable()
        assert len(problem["message"]) < 1000
    return None


# --- naughty strings ---


@pytest.fixture(scope="module")
def naughty() -> list[str]:
    """Also those that no text may hold: a file can say them."""
    return [*odd_texts.naughty(), *odd_texts.UNSTORABLE]


def may_stand(text: str, field: Field) -> bool:
    """Written again on purpose, from docs/dossiers.md: what a text may be."""
    sound = "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
    return sound and len(text) <= field.longest and (bool(text.split()) or not field.required)


def full_of(text: str, of: str, *, only: bool, **given: Any) -> dict[str, Any]:
    """A row with the text in every field for texts; ``only`` where it may stand, so that nothing is to be refused."""
    row = dict(given)
    for name, field in TABLE[of].items():
        if field.type in ("text", "texts") and name not in given:
            said = text if not only or may_stand(text, field) else "said otherwise" if field.required else None
            if said is not None:
                row[name] = [said, said] if field.type == "texts" else said
    return row


def full_dossier(strings: list[str], *, only: bool) -> dict[str, Any]:
    """A source, a document and a claim with one part of each kind for every string, and all of them in the text."""
    text = "\n".join([*(text for text in strings if may_stand(text, TABLE["snapshot"]["text"])), "x" * len(strings)])
    tree: dict[str, Any] = {"dossier": 1, "sources": [{"key": "s", "kind": "person", "name": "s"}], "claims": []}
    spans = [[at, at + 1] for at in range(len(strings))]
    tree["document"] = {"key": drawn.DOCUMENT, "kind": "memo"}
    tree["snapshot"] = {"captured_at": "2024-03-06T09:30:00Z", "text": text, "sentences": spans}
    tree["documents"], tree["ruled_out"] = [], []
    for number, said in enumerate(strings):
        row = functools.partial(full_of, said, only=only)
        key = f"k{number}"
        tie = row("affiliation", key="t", organization="s")
        tree["sources"].append(row("source", key=key, kind="person", affiliations=[tie]))
        tree["documents"].append(row("document", key=key, kind="memo"))
        tree["ruled_out"].append(row("ruled_out", sentence=spans[number], decision="heading"))
        locator = said if not only or may_stand(said, Field("text", "", longest=200)) else ""
        hop = row("attribution", key="h", speaker=key, passage=[0, 1, "body", locator])
        moment = "2024-03-06T09:30:00Z"
        parts = {
            "quantities": [row("quantity", key="q", value="1")],
            "attributions": [hop],
            "evidence": [row("evidence", key="e", stance="supports", document=key)],
            "accusations": [row("accusation", key="a", accused=key, outcome="waiting", replied_at=moment)],
            "relations": [row("relation", key="r", kind="repeats", other="k1" if number == 0 else "k0")],
        }
        tree["claims"].append(row("claim", key=key, kind="event", **parts))
    return tree


def test_naughty_strings_are_kept_to_the_character_wherever_a_text_may_stand(naughty):
    tree = full_dossier(naughty, only=True)
    dossier = dossiers.read(drawn.written(tree, "ascii"))
    loaded = dossiers.load(dossier, by=desk_user())
    assert (loaded.conflicts, loaded.of("claim", "created")) == ([], len(naughty))
    assert_desk_holds(tree)
    assert parsed(drawn.written(tree, "quoted")) == parsed(drawn.written(tree, "ascii"))


def test_naughty_strings_are_refused_with_their_place_where_they_may_not_stand(naughty):
    bad = [text for text in naughty if full_dossier([text, "x"], only=True) != full_dossier([text, "x"], only=False)]
    assert len(bad) > 5
    for text in bad:
        tree = full_dossier([text, "x"], only=False)
        expected = {path for path, field, said in texts_of(tree) if not may_stand(said, field)}
        with pytest.raises(BadInput) as refused:
            dossiers.read(drawn.written(tree, "ascii"))
        assert {problem["path"] for problem in refused.value.problems} == expected
        assert {problem["code"] for problem in refused.value.problems} <= {
            "nul",
            "half_a_character",
            "blank",
            "too_long",
        }


def test_naughty_strings_are_no_keys(naughty):
    rows = [{"key": text, "kind": "person", "name": "x"} for text in naughty]
    tree = {"dossier": 1, "sources": rows, "document": {"key": "d", "kind": "memo"}}
    keys = {text for text in naughty if re.fullmatch("[A-Za-z0-9][A-Za-z0-9_.-]{0,98}", text)}
    with pytest.raises(BadInput) as refused:
        dossiers.read(drawn.written(tree, "ascii"))
    assert {problem["code"] for problem in refused.value.problems} == {"bad_key"}
    assert len(refused.value.problems) == len(naughty) - len(keys)


def texts_of(tree: Any, of: str = "dossier", path: str = "") -> Iterator[tuple[str, Field, str]]:
    """Every text of a row and of what lies in it, with its path and its field."""
    for name, said in tree.items():
        field, place = TABLE[of][name], f"{path}.{name}".lstrip(".")
        if field.type == "text":
            yield place, field, said
        elif field.type == "texts":
            yield from ((f"{place}[{number}]", field, item) for number, item in enumerate(said))
        elif field.type == "span" and len(said) > 3:
            yield place, Field("text", "", longest=200), said[3]
        elif field.type in ("row", "rows"):
            rows = said if field.type == "rows" else [said]
            for number, row in enumerate(rows):
                yield from texts_of(row, field.of, f"{place}[{number}]" if field.type == "rows" else place)
