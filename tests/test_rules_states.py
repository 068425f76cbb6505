"""Rules 4, 6 and 10, attacked: the state goes along the arrows only; nothing that the database works out is forged."""

from itertools import product

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.errors import CheckViolation

from claims.models import Claim, Clearance, Transition
from factdesk import context
from tests import make
from tests.attacks import clear, forbidden, move, newest_transition, refused

pytestmark = pytest.mark.django_db

STATES = ["new", "in_check", "in_review", "signed_off", "closed"]
#: Written out again on purpose: the test must not read the table that it checks.
ARROWS = {
    ("new", "in_check"): "take",
    ("in_check", "in_review"): "submit",
    ("in_review", "signed_off"): "sign_off",
    ("in_review", "in_check"): "send_back",
    ("signed_off", "in_check"): "reopen",
    ("new", "closed"): "close",
    ("in_check", "closed"): "close",
    ("in_review", "closed"): "close",
    ("signed_off", "closed"): "close",
    ("closed", "new"): "reopen",
}
BY_HAND = sorted(set(ARROWS) - {("in_review", "signed_off")})
ILLEGAL = sorted({pair for pair in product(STATES, STATES) if pair[0] != pair[1]} - set(ARROWS))
BACKWARDS = [pair for pair in BY_HAND if ARROWS[pair] in ("send_back", "reopen")]


def closing(state: str) -> dict[str, str | None]:
    return {"closed_because": "dropped" if state == "closed" else None}


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_an_illegal_transition_changes_nothing(before, after):
    claim = make.claim(state=before)
    transitions = claim.transitions.count()
    with refused("claim_state_transition"):
        move(claim, after, why="Because I want it.", **closing(after))
    claim.refresh_from_db()
    assert (claim.state, claim.transitions.count()) == (before, transitions)


@pytest.mark.parametrize(("before", "after"), BY_HAND)
def test_a_legal_transition_says_who_and_why(before, after):
    claim, person = make.claim(state=before), make.user("editor")
    if (before, after) == ("in_check", "in_review"):
        make.assessment(claim)
    with context.acting(by=person, why="It has to.", way="shell"):
        Claim.objects.filter(pk=claim.pk).update(state=after, **closing(after))
    written = newest_transition(claim)
    action = ARROWS[before, after]
    reason = {"take": "", "submit": "", "close": "dropped: It has to."}.get(action, "It has to.")
    assert (written.before, written.after, written.action, written.reason) == (before, after, action, reason)
    assert (written.by, written.automatic, written.revision) == (person, False, claim.revision)


@pytest.mark.parametrize("why", ["", None])
@pytest.mark.parametrize(("before", "after"), BACKWARDS)
def test_going_backwards_needs_a_reason(before, after, why):
    claim = make.claim(state=before)
    with refused("transition_has_a_reason"):
        move(claim, after, why=why, **closing(after))


def test_white_space_is_no_reason():
    claim = make.claim(state="signed_off")
    for why in (" \t", "\n", " \r\n "):
        with refused("transition_has_a_reason"):
            move(claim, "in_check", why=why)
        with refused("transition_has_a_reason"), context.acting(by=make.user("editor"), why=why, way="api"):
            Claim.objects.filter(pk=claim.pk).update(state="in_check")


def test_a_claim_is_closed_for_a_reason_and_only_a_closed_one():
    claim = make.claim()
    with refused("claim_closed_for_a_reason"):
        move(claim, "closed")
    with refused("claim_closed_for_a_reason"):
        Claim.objects.filter(pk=claim.pk).update(closed_because="dropped")
    with refused("claim_closed_because_is_known"):
        move(claim, "closed", closed_because="boring")


def test_nothing_is_submitted_without_a_finding_on_the_present_revision():
    claim = make.claim(state="in_check")
    with refused("claim_submit_needs_assessment"):
        move(claim, "in_review")
    make.assessment(claim)
    Claim.objects.filter(pk=claim.pk).update(place="Elsewhere")
    with refused("claim_submit_needs_assessment"):
        move(claim, "in_review")


def test_a_finding_that_was_sent_back_is_not_submitted_again():
    claim = make.claim(state="in_review")
    make.sign_off(claim.assessments.get(), "send_back")
    with refused("claim_submit_needs_assessment"):
        move(claim, "in_review")
    make.assessment(claim)
    move(claim, "in_review")
    assert claim.state == "in_review"


def test_a_reopened_finding_needs_its_approvals_again():
    claim = make.claim(state="in_check", kind="allegation")
    found = make.assessment(claim, approvals_needed=2)
    move(claim, "in_review")
    make.sign_off(found), make.sign_off(found)
    move(claim, "in_check", why="Something is wrong.")
    with refused("claim_submit_needs_assessment"):
        move(claim, "in_review")
    with refused("signoff_on_present_revision"):
        make.sign_off(found)
    again = make.assessment(claim, approvals_needed=2)
    move(claim, "in_review")
    with refused("signoff_on_present_revision"):
        make.sign_off(found)
    make.sign_off(again)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("in_review", None)
    make.sign_off(again)
    claim.refresh_from_db()
    assert claim.state == "signed_off"


SIGN_BY_HAND = [
    "UPDATE claims_claim SET state = 'signed_off' WHERE id = {id}",
    "DO $$ BEGIN UPDATE claims_claim SET state = 'signed_off' WHERE id = {id}; END $$",
    "DO $$ BEGIN EXECUTE 'UPDATE claims_claim SET state = ''signed_off'' WHERE id = {id}'; END $$",
    "WITH done AS (UPDATE claims_claim SET state = 'signed_off' WHERE id = {id} RETURNING id) SELECT * FROM done",
    "MERGE INTO claims_claim c USING (VALUES ({id})) v (id) ON c.id = v.id"
    " WHEN MATCHED THEN UPDATE SET state = 'signed_off'",
    "INSERT INTO claims_claim (id, statement, kind) VALUES ({id}, 'x', 'event')"
    " ON CONFLICT (id) DO UPDATE SET state = 'signed_off'",
]


@pytest.mark.parametrize("statement", SIGN_BY_HAND)
def test_nothing_but_the_last_approval_signs_off(sql, statement):
    claim = make.claim(state="in_review")
    with refused("claim_signed_off_by_approvals"):
        sql(statement.format(id=claim.pk))


@pytest.mark.parametrize("statement", SIGN_BY_HAND)
def test_not_even_with_approvals_is_it_signed_off_by_hand(sql, statement):
    """Neither with those of a finding from before it was reopened nor with all but the last of the present one."""
    claim = make.claim(state="signed_off")
    move(claim, "in_check", why="Look again.")
    again = make.assessment(claim, approvals_needed=2)
    move(claim, "in_review")
    make.sign_off(again)
    with refused("claim_signed_off_by_approvals"):
        sql(statement.format(id=claim.pk))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE FUNCTION pg_temp.forge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TEMP TABLE forge (id int)",
        "CREATE TABLE forge (id int)",
        "CREATE SCHEMA forge",
        "CREATE VIEW forge AS SELECT 1",
        "CREATE RULE forge AS ON UPDATE TO claims_claim DO INSTEAD NOTHING",
        "CREATE TRIGGER forge BEFORE UPDATE ON claims_claim FOR EACH ROW EXECUTE FUNCTION claims_on_text_attached()",
        "SELECT claims_touch(ARRAY[1::bigint], true, 'x')",
        "SELECT claims_refresh_origins(ARRAY[1::bigint])",
        "SELECT claims_warn_of_source(ARRAY[1::bigint])",
        "ALTER TABLE claims_claim DISABLE TRIGGER USER",
        "ALTER TABLE claims_claim DROP CONSTRAINT claim_verdict_needs_sign_off",
        "DROP TRIGGER claims_on_source_change ON sources_source",
    ],
)
def test_the_application_makes_no_way_round_the_guards(sql, statement):
    with forbidden():
        sql(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO claims_transition (claim_id, revision, before, after, action)"
        " VALUES ({id}, 1, 'new', 'in_check', 'take')",
        "UPDATE claims_transition SET reason = 'Another reason.' WHERE claim_id = {id}",
        "DELETE FROM claims_transition WHERE claim_id = {id}",
        "TRUNCATE claims_transition",
        "COPY claims_transition (claim_id) FROM STDIN",
    ],
)
def test_a_transition_is_neither_forged_nor_changed_nor_deleted(sql, statement):
    claim = make.claim(state="in_check")
    with forbidden():
        sql(statement.format(id=claim.pk))


KEPT = {
    "id": "c.id + 1",
    "verdict": "'accurate'",
    "last_verdict": "'accurate'",
    "flags": "ARRAY['satire']",
    "clearance": "'clear'",
    "revision": "c.revision + 1",
    "version": "c.version - 1",
    "independent_origins": "99",
    "warnings": "ARRAY['single_origin']",
    "revised_in": "0",
    "changed_in": "0",
    "created_at": "now()",
    "updated_at": "now()",
}


@pytest.mark.parametrize(("column", "value"), KEPT.items())
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE claims_claim AS c SET {column} = {value} WHERE id = {id}",
        "INSERT INTO claims_claim AS c (id, statement, kind) VALUES ({id}, 'x', 'event')"
        " ON CONFLICT (id) DO UPDATE SET {column} = {value}",
        "MERGE INTO claims_claim c USING (VALUES ({id})) v (new_id) ON c.id = v.new_id"
        " WHEN MATCHED THEN UPDATE SET {column} = {value}",
    ],
)
def test_what_the_database_works_out_is_not_set(sql, statement, column, value):
    claim = make.claim(state="signed_off")
    with forbidden():
        sql(statement.format(id=claim.pk, column=column, value=value))


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "in_check"},
        {"state": "in_review"},
        {"state": "signed_off"},
        {"state": "signed_off", "verdict": "accurate"},
        {"state": "closed", "closed_because": "dropped"},
        {"state": "closed", "closed_because": "dropped", "verdict": "accurate"},
        {"last_verdict": "accurate"},
        {"flags": ["satire"]},
        {"clearance": "hold"},
        {"clearance": "legal_hold"},
        {"revision": 2},
        {"version": 2},
        {"independent_origins": 1},
        {"warnings": ["single_origin"]},
        {"revised_in": 1},
        {"changed_in": 1},
    ],
)
def test_a_claim_arrives_as_new_and_without_a_verdict(facts):
    with refused("claim_arrives_as_new"):
        Claim.objects.bulk_create(
            [Claim(statement="It is so.", kind="event"), Claim(statement="It is so.", kind="event", **facts)]
        )


def test_not_even_copy_brings_a_claim_that_is_signed_off():
    statement = "COPY claims_claim (statement, kind, state, verdict) FROM STDIN"
    with (
        pytest.raises(CheckViolation, match="arrives as new"),
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.write_row(("It is so.", "event", "signed_off", "accurate"))


def test_the_whole_way_leaves_its_transitions_and_a_verdict():
    claim = make.claim(state="signed_off")
    assert list(claim.transitions.order_by("id").values_list("before", "action", "after")) == [
        ("new", "take", "in_check"),
        ("in_check", "submit", "in_review"),
        ("in_review", "sign_off", "signed_off"),
    ]
    assert (claim.verdict, claim.last_verdict) == ("accurate", None)
    clear(claim)
    move(claim, "closed", closed_because="dropped")
    assert (claim.verdict, claim.clearance) == ("accurate", "hold")
    assert Clearance.objects.filter(claim=claim).latest("id").automatic
    move(claim, "new", why="Not dropped after all.", closed_because=None)
    assert (claim.verdict, claim.last_verdict) == (None, "accurate")


def test_sending_back_gives_the_editors_note_as_the_reason():
    claim, editor = make.claim(state="in_review"), make.user("editor")
    with context.acting(by=editor, why="", way="api"):
        make.sign_off(claim.assessments.get(), "send_back", note="Whose figure?", by=editor)
    written = newest_transition(claim)
    assert (written.action, written.reason, written.by) == ("send_back", "Whose figure?", editor)


def test_the_transition_of_a_decision_names_who_decided():
    claim, editor = make.claim(state="in_review"), make.user("editor")
    make.sign_off(claim.assessments.get(), by=editor)
    assert newest_transition(claim).by == editor


@pytest.mark.parametrize("decision", ["approve", "send_back"])
def test_the_transition_of_a_decision_names_nobody_who_was_only_declared(sql, decision):
    claim, editor, other = make.claim(state="in_review"), make.user("editor"), make.user("chief")
    sql("SELECT set_config('factdesk.by', %s, true)", [str(other.pk)])
    sql("SELECT set_config('factdesk.reason', 'the moon', true)")
    with context.acting(by=other, why="Another's reason.", way="api"):
        make.sign_off(claim.assessments.get(), decision, by=editor)
    written = newest_transition(claim)
    reason = "" if decision == "approve" else "Look at it again."
    assert (written.by, written.reason, written.automatic) == (editor, reason, False)


@pytest.mark.parametrize("before", ["signed_off", "closed"])
def test_a_reopening_by_hand_is_not_passed_off_as_the_databases_own(sql, before):
    claim = make.claim(state=before)
    with refused("transition_has_a_reason"):
        for setting in ("reopened", "revised_because", "fell", "automatic"):
            sql(f"SET LOCAL factdesk.{setting} = 'the moon'")
        move(claim, "in_check" if before == "signed_off" else "new", closed_because=None)


@pytest.mark.parametrize("said", ["no json", "{", '{"user": "nobody"}', '{"user": [1]}', '{"user": 1.5}'])
def test_who_cannot_be_read_moves_nothing(sql, said):
    claim = make.claim()
    sql("SELECT set_config('pghistory.context_metadata', %s, true)", [said])
    with pytest.raises(DatabaseError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(state="in_check")
    assert not Transition.objects.filter(claim=claim).exists()


@pytest.mark.parametrize("said", ["[]", "null", "7", '"text"', "{}"])
def test_who_may_be_nobody(sql, said):
    claim = make.claim()
    sql("SELECT set_config('pghistory.context_metadata', %s, true)", [said])
    Claim.objects.filter(pk=claim.pk).update(state="in_check")
    assert newest_transition(claim).by is None


def test_only_a_closed_duplicate_points_at_another():
    claim, other = make.claim(), make.claim()
    move(claim, "closed", closed_because="duplicate", duplicate_of=other)
    with refused("claim_duplicates_another"):
        Claim.objects.filter(pk=claim.pk).update(duplicate_of=claim)
    with refused("claim_duplicates_another"):
        Claim.objects.filter(pk=claim.pk).update(closed_because="dropped")


def test_an_open_claim_duplicates_nothing():
    claim, other = make.claim(), make.claim()
    with refused("claim_duplicates_another"):
        Claim.objects.filter(pk=claim.pk).update(duplicate_of=other)


# --- whoever repeats a claim names the first of them ---


def closed_as(claim: Claim, of: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(state="closed", closed_because="duplicate", duplicate_of=of)


def test_a_claim_does_not_repeat_one_that_repeats_another_itself(sql):
    first, second, third = make.claim(), make.claim(), make.claim()
    closed_as(second, first)
    with refused("claim_duplicates_no_duplicate"):
        closed_as(third, second)
    with refused("claim_duplicates_no_duplicate"):  # nor in a circle
        closed_as(first, second)
    closed_as(third, make.claim())
    with refused("claim_duplicates_no_duplicate"):  # nor by pointing elsewhere later
        sql("UPDATE claims_claim SET duplicate_of_id = %s WHERE id = %s", [second.pk, third.pk])
    one, other = make.claim(), make.claim()
    with refused("claim_duplicates_no_duplicate"):  # nor both in one statement
        sql(
            "UPDATE claims_claim SET state = 'closed', closed_because = 'duplicate', "
            "duplicate_of_id = CASE id WHEN %s THEN %s ELSE %s END WHERE id IN (%s, %s)",
            [one.pk, other.pk, one.pk, one.pk, other.pk],
        )
    assert set(Claim.objects.filter(duplicate_of__isnull=False).values_list("pk", flat=True)) == {second.pk, third.pk}
