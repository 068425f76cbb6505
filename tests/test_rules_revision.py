"""Rule 7, attacked: every column of substance moves the revision, and with it falls what was decided."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import models, transaction
from django.utils import timezone

from claims.models import Accusation, Annotation, Attribution, Claim, Evidence, Quantity, Relation, Usage
from tests import make
from tests.attacks import clear, forbidden, move, newest_transition, opened

#: Most run in one transaction: a claim that has been judged in it is revised again, as if it were another's.
pytestmark = pytest.mark.django_db

#: Columns that are no substance, written out: what is counted, kept, worked out, or a note.
RECORD = {"id", "version", "created_at", "updated_at"}
NOT_SUBSTANCE = {
    Claim: RECORD
    | {"key", "topics", "priority", "assignee", "created_by", "state", "closed_because", "duplicate_of", "look_again"}
    | {"revision", "verdict", "last_verdict", "flags", "clearance", "independent_origins", "warnings"}
    | {"source_changed", "revised_in", "changed_in", "search"},
    Quantity: RECORD | {"note"} | {"claim"},  # may not be updated, as below: MOVES
    Attribution: RECORD | {"note", "depth", "relays_depth"} | {"claim"},  # may not be updated
    Accusation: RECORD | {"note"} | {"claim"},  # may not be updated
    Evidence: RECORD | {"note"} | {"claim"},  # may not be updated
}
#: What ties a part to its claim: the application may not update it.
MOVES = [(part, "claim_id") for part in (Quantity, Attribution, Evidence, Accusation, Annotation, Usage, Relation)]
MOVES += [(Relation, "other_id")]
#: What must be given beside the column, so that the row stays lawful.
BESIDE = {
    (Quantity, "base"): {"base_is": "share_of"},
    (Quantity, "base_is"): {"base": "a quantity"},
    (Accusation, "outcome"): {"reply": "No.", "replied_at": timezone.now()},
}
TOGETHER = {
    "exempt": {"exempt": "dead", "exempted_by": "an editor", "exempt_because": "Dead."},
    "exempted_by": {"exempt": "dead", "exempted_by": "an editor", "exempt_because": "Dead."},
    "withdrawn_at": {"withdrawn_at": timezone.now(), "withdrawn_because": "Wrong."},
    "passage": {"passage": "a passage of the document"},
}
VALUES = {
    "kind": "rule",
    "comparator": "~",
    "base_is": "share_of",
    "stance": "questions",
    "manner": "verbatim",
    "certainty": "hedged",
    "basis": "witnessed",
    "link": "inferred_by_desk",
    "terms": "on_record",
    "said": "altered",
    "directness": "primary",
    "how": "mail",
    "outcome": "confirmed",
    "legal_status": "charged",
    "privilege": "court",
    "upper": Decimal(1000),
    (Evidence, "stance"): "supports",
    (Accusation, "outcome"): "replied",
}
SUBSTANCE = [
    (model, field.name)
    for model, exceptions in NOT_SUBSTANCE.items()
    for field in model._meta.local_fields
    if field.name not in exceptions
]


def part_of(model: type[models.Model], claim: Claim) -> models.Model:
    """One row of substance of this claim (or the claim itself)."""
    if model is Claim:
        return claim
    document = make.document()
    made = {
        Quantity: lambda: make.quantity(claim),
        Attribution: lambda: make.attribution(claim, document=document),
        Accusation: lambda: make.accusation(claim),
        Evidence: lambda: make.evidence(claim, "refutes", document=document),
    }
    return made[model]()


def another(field: models.Field, row: models.Model, claim: Claim) -> object:
    """Another value for this column than the row has."""
    name = field.name
    value = VALUES.get((type(row), name), VALUES.get(name))
    if value is not None:
        return value
    if isinstance(field, models.ForeignKey):
        target = field.related_model.__name__
        within = {
            "Source": make.source,
            "Document": make.document,
            "User": lambda: make.user("editor"),
            "Quantity": lambda: make.quantity(make.claim()),
            "Attribution": lambda: make.attribution(claim),
            "Passage": lambda: make.passage(make.snapshot(of=getattr(row, "document", None) or make.document())),
        }
        return within[target]()
    by_type = {models.DateTimeField: timezone.now(), models.DateField: date(2020, 6, 10), models.CharField: "other"}
    return next((value for kind, value in by_type.items() if isinstance(field, kind)), None) or by_default(field)


def by_default(field: models.Field) -> object:
    return "other words" if isinstance(field, models.TextField) else 3


@pytest.mark.parametrize(("model", "column"), SUBSTANCE, ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_every_column_of_substance_reopens(model, column):
    claim = make.claim(state="in_check")
    row = part_of(model, claim)
    facts = {column: another(model._meta.get_field(column), row, claim)}
    for name, value in (BESIDE.get((model, column), {}) | TOGETHER.get(column, {})).items():
        kinds = {"an editor": "exempted_by", "a quantity": "base", "a passage of the document": "passage"}
        given = kinds.get(value) if isinstance(value, str) else None
        facts[name] = another(model._meta.get_field(given), row, claim) if given else value
    sign(claim)
    clear_without_reply(claim)
    before = claim.revision
    model.objects.filter(pk=row.pk).update(**facts)
    claim.refresh_from_db()
    assert claim.revision == before + 1
    assert (claim.state, claim.verdict, claim.last_verdict, claim.clearance) == ("in_check", None, "accurate", "hold")
    written = newest_transition(claim)
    told = {"about_from": "days", "about_until": "days"}.get(column, column)
    assert (written.action, written.automatic) == ("reopen", True)
    assert written.reason == f"Changed since it was initialled: {told if model is Claim else model._meta.model_name}."


def sign(claim: Claim) -> None:
    found = make.assessment(claim, "accurate")
    move(claim, "in_review")
    make.sign_off(found)
    claim.refresh_from_db()


def clear_without_reply(claim: Claim) -> None:
    clear(claim, role="chief", override_reason="It is urgent.")
    assert claim.clearance == "clear"


@pytest.mark.parametrize("model", [Quantity, Attribution, Accusation, Evidence])
def test_a_new_part_of_substance_reopens(model):
    claim = make.claim(state="signed_off")
    part_of(model, claim)
    claim.refresh_from_db()
    assert (claim.state, claim.revision, claim.verdict) == ("in_check", 2, None)


@pytest.mark.parametrize("model", [Quantity, Attribution, Accusation, Evidence])
def test_a_note_moves_the_version_alone(model):
    claim = make.claim(state="in_check")
    row = part_of(model, claim)
    sign(claim)
    revision = claim.revision
    model.objects.filter(pk=row.pk).update(note="A remark.")
    claim.refresh_from_db()
    assert (claim.revision, claim.state, claim.verdict) == (revision, "signed_off", "accurate")


@pytest.mark.parametrize("facts", [{"topics": ["x"]}, {"priority": "must"}, {"key": "k"}, {"look_again": True}])
def test_what_is_no_substance_leaves_the_decision(facts):
    claim = make.claim(state="signed_off")
    Claim.objects.filter(pk=claim.pk).update(**facts)
    claim.refresh_from_db()
    assert (claim.revision, claim.state) == (1, "signed_off")


def test_how_many_digits_were_given_is_substance():
    claim = make.claim(state="in_check")
    figure = make.quantity(claim, "90")
    sign(claim)
    Quantity.objects.filter(pk=figure.pk).update(value="90.0")
    claim.refresh_from_db()
    assert claim.state == "in_check"


@pytest.mark.parametrize(("part", "column"), MOVES, ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_a_part_does_not_move_to_another_claim(sql, part, column):
    claim, other = make.claim(state="in_check"), make.claim(state="signed_off")
    made = {
        Annotation: lambda: claim.annotations.create(kind="comment", body="Hm.", by=make.user()),
        Usage: lambda: claim.usages.create(revision=1, url="https://example.org/"),
        Relation: lambda: claim.relations.create(kind="repeats", other=make.claim()),
    }
    row = made[part]() if part in made else part_of(part, claim)
    before = (claim.pk, claim.version, other.version)
    table = part._meta.db_table
    for statement in (
        f"UPDATE {table} SET {column} = {other.pk} WHERE id = {row.pk}",
        f"UPDATE {table} SET {column} = {column} WHERE id = {row.pk}",
        f"UPDATE {table} SET id = id + 1000000, {column} = {other.pk} WHERE id = {row.pk}",
        f"INSERT INTO {table} (id, {column}) VALUES ({row.pk}, {other.pk})"
        f" ON CONFLICT (id) DO UPDATE SET {column} = excluded.{column}",
        f"MERGE INTO {table} p USING (VALUES ({row.pk})) v (id) ON p.id = v.id"
        f" WHEN MATCHED THEN UPDATE SET {column} = {other.pk}",
    ):
        with forbidden():
            sql(statement)
    row.refresh_from_db(), other.refresh_from_db()
    assert (row.claim_id, claim.version, other.version) == before
    assert not other.look_again


@pytest.mark.django_db(transaction=True)
def test_a_part_that_moves_to_another_claim_revises_both():
    """The owner may."""
    one, two = make.claim(state="in_check"), make.claim(state="signed_off")
    figure = make.quantity(one)
    sign(one)
    revision = one.revision
    with opened("owner") as session:
        session.execute("UPDATE claims_quantity SET claim_id = %s WHERE id = %s", [two.pk, figure.pk])
    one.refresh_from_db(), two.refresh_from_db()
    assert (one.state, one.revision, two.state, two.revision) == ("in_check", revision + 1, "in_check", 2)
    assert newest_transition(one).automatic
    assert newest_transition(two).automatic


@pytest.mark.parametrize(("before", "after"), [("refutes", "supports"), ("supports", "refutes")])
def test_evidence_that_changes_sides_reopens(before, after):
    claim = make.claim(state="in_check")
    row = make.evidence(claim, before)
    sign(claim)
    Evidence.objects.filter(pk=row.pk).update(stance=after)
    claim.refresh_from_db()
    assert claim.state == "in_check"


@pytest.mark.parametrize("stance", ["supports", "context"])
def test_other_new_evidence_asks_to_look_again(stance):
    claim = make.claim(state="signed_off")
    make.evidence(claim, stance)
    claim.refresh_from_db()
    assert (claim.state, claim.revision, claim.look_again) == ("signed_off", 1, True)
    Claim.objects.filter(pk=claim.pk).update(look_again=False)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("signed_off", "accurate")


def test_one_statement_reopens_several_claims():
    claims = [make.claim(state="signed_off") for _ in range(3)]
    Claim.objects.filter(pk__in=[claim.pk for claim in claims]).update(place="Elsewhere")
    written = [newest_transition(claim) for claim in claims]
    assert {(w.automatic, w.reason) for w in written} == {(True, "Changed since it was initialled: place.")}


def test_one_statement_gives_several_claims_a_part():
    claims = [make.claim(state="signed_off") for _ in range(3)]
    Quantity.objects.bulk_create([Quantity(claim=claim, measure="arrests", value=1) for claim in claims])
    written = [newest_transition(claim) for claim in claims]
    assert {(w.automatic, w.reason) for w in written} == {(True, "Changed since it was initialled: quantity.")}


def test_a_change_after_a_decision_in_one_transaction_moves_the_revision_again():
    claim = make.claim(state="signed_off")
    with transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(place="A")
        Claim.objects.filter(pk=claim.pk).update(place="B")
        claim.refresh_from_db()
        assert claim.revision == 2
        sign(claim)
        Claim.objects.filter(pk=claim.pk).update(place="C")
        make.quantity(claim)
        claim.refresh_from_db()
        assert (claim.revision, claim.state) == (3, "in_check")


@pytest.mark.django_db(transaction=True)
def test_one_transaction_is_one_revision():
    claim = make.claim(state="in_check")
    with transaction.atomic():
        for place in "ABC":
            Claim.objects.filter(pk=claim.pk).update(place=place)
        with transaction.atomic():
            make.quantity(claim)
        make.attribution(claim), make.accusation(claim), make.evidence(claim, "refutes")
    claim.refresh_from_db()
    assert claim.revision == 2
    make.quantity(claim)
    claim.refresh_from_db()
    assert claim.revision == 3


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_rolled_back_leaves_no_revision_behind():
    claim = make.claim(state="signed_off")
    with transaction.atomic():
        spot = transaction.savepoint()
        make.quantity(claim)
        transaction.savepoint_rollback(spot)
        claim.refresh_from_db()
        assert (claim.revision, claim.state) == (1, "signed_off")
        Claim.objects.filter(pk=claim.pk).update(topics=["x"])
    with transaction.atomic():
        make.quantity(claim)
    claim.refresh_from_db()
    assert (claim.revision, claim.state) == (2, "in_check")
    assert newest_transition(claim).automatic


@pytest.mark.django_db(transaction=True)
def test_a_thousand_claims_brought_with_their_parts_stay_at_revision_one():
    speaker, document = make.source(), make.document()
    with transaction.atomic():
        claims = Claim.objects.bulk_create([Claim(statement=f"Number {n}.", kind="event") for n in range(1000)])
        Quantity.objects.bulk_create([Quantity(claim=claim, measure="m", value=1) for claim in claims])
        Attribution.objects.bulk_create([Attribution(claim=claim, speaker=speaker) for claim in claims])
        Accusation.objects.bulk_create([Accusation(claim=claim, accused=speaker) for claim in claims])
        Evidence.objects.bulk_create([Evidence(claim=c, document=document, stance="refutes") for c in claims])
    assert set(Claim.objects.values_list("revision", "independent_origins")) == {(1, 1)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda claim: Claim.objects.filter(pk=claim.pk).update(topics=["x"]),
        make.evidence,
        lambda claim: claim.annotations.create(kind="comment", body="Hm.", by=make.user()),
        lambda claim: claim.usages.create(revision=1, url="https://example.org/"),
        lambda claim: claim.relations.create(kind="repeats", other=make.claim()),
        lambda claim: make.claim().relations.create(kind="repeats", other=claim),
        make.assessment,
    ],
)
def test_the_version_rises_with_every_part(change):
    claim = make.claim(state="in_check")
    before = claim.version
    change(claim)
    claim.refresh_from_db()
    assert (claim.version > before, claim.revision) == (True, 1)


@pytest.mark.django_db(transaction=True)
def test_the_version_rises_where_a_part_is_taken_away():
    """By the owner, who may."""
    claim, other = make.claim(), make.claim()
    remark = claim.annotations.create(kind="comment", body="Hm.", by=make.user())
    claim.refresh_from_db()
    before = claim.version
    with opened("owner") as session:
        session.execute("UPDATE claims_annotation SET claim_id = %s WHERE id = %s", [other.pk, remark.pk])
    claim.refresh_from_db()
    assert claim.version > before


@pytest.mark.django_db(transaction=True)
def test_a_stale_setting_of_a_pooled_session_names_no_reason():
    """What a session was told once (SET, not SET LOCAL) does not become the database's own word."""
    claim = make.claim(state="signed_off")
    with opened() as session:
        session.execute("SET factdesk.revised_because = 'the moon'")
        session.execute("UPDATE claims_claim SET place = 'Here' WHERE id = %s", [claim.pk])
    assert newest_transition(claim).reason == "Changed since it was initialled: place."


def test_the_list_of_columns_is_the_tables():
    for model, exceptions in NOT_SUBSTANCE.items():
        columns = {field.name for field in model._meta.local_fields}
        assert exceptions <= columns, exceptions - columns
