"""Rules 5, 6 and 9, attacked: who judges what, on which revision, and when that is enough."""

import threading
from datetime import timedelta

import psycopg
import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from claims.models import Accusation, Assessment, Claim, Evidence, ReplyRequest, Ruling, SignOff
from tests import make
from tests.attacks import clear, forbidden, move, next_id, opened, refused

pytestmark = pytest.mark.django_db

TRUTH_SCALE = ["accurate", "mostly_accurate", "mixed", "mostly_inaccurate", "inaccurate"]
OFF_THE_SCALE = ["unsupported", "unverifiable", "disputed", "outdated", "not_checkable"]
TICKABLE = ["event", "rule", "detail", "prediction", "quotation"]
NOT_TICKABLE = ["allegation", "statistic", "causal"]


@pytest.mark.parametrize("off_by", [-1, 1, 100])
def test_a_finding_is_on_the_present_revision(off_by):
    claim = make.claim(state="in_check")
    Claim.objects.filter(pk=claim.pk).update(place="Lagos")
    claim.refresh_from_db()
    with refused("assessment_on_present_revision"):
        make.assessment(claim, revision=claim.revision + off_by)


@pytest.mark.parametrize("state", ["signed_off", "closed"])
def test_a_claim_that_is_signed_off_or_closed_is_not_assessed(state):
    claim = make.claim(state=state)
    with refused("assessment_while_open"):
        make.assessment(claim)


@pytest.mark.parametrize("verdict", TRUTH_SCALE)
def test_a_statistic_without_its_figure_is_not_judged_on_the_scale(verdict):
    claim = make.claim(kind="statistic", state="in_check")
    with refused("assessment_statistic_has_quantity"):
        make.assessment(claim, verdict)
    figure = make.quantity(claim)
    make.assessment(claim, verdict)
    figure.__class__.objects.filter(pk=figure.pk).update(withdrawn_at=timezone.now(), withdrawn_because="Misread.")
    with refused("assessment_statistic_has_quantity"):
        make.assessment(claim, verdict)


@pytest.mark.parametrize("verdict", OFF_THE_SCALE)
def test_a_statistic_without_its_figure_is_judged_off_the_scale(verdict):
    make.assessment(make.claim(kind="statistic", state="in_check"), verdict)


def test_the_figure_of_another_claim_is_not_its_figure():
    make.quantity(make.claim(kind="statistic"))
    with refused("assessment_statistic_has_quantity"):
        make.assessment(make.claim(kind="statistic", state="in_check"))


@pytest.mark.parametrize("kind", NOT_TICKABLE)
def test_a_tick_is_not_enough_for_what_can_hurt(kind):
    claim = make.claim(kind=kind, state="in_check")
    make.quantity(claim)
    with refused("assessment_tick_is_enough"):
        make.assessment(claim, is_tick=True, rationale="")


@pytest.mark.parametrize("kind", TICKABLE)
def test_a_tick_is_enough_for_the_rest(kind):
    make.assessment(make.claim(kind=kind, state="in_check"), is_tick=True, rationale="")


# (stance, kind of document) -> whether a tick is enough beside such backing. Which way a fact-check points nobody may
# have read.
BESIDE = {
    ("supports", "article"): True,
    ("context", "article"): True,
    ("refutes", "article"): False,
    ("supports", "fact_check"): True,
    ("context", "fact_check"): False,
    ("refutes", "fact_check"): False,
}


@pytest.mark.parametrize(("stance", "kind"), BESIDE)
def test_a_tick_is_not_enough_against_backing(stance, kind):
    claim = make.claim(kind="detail", state="in_check")
    backing = make.evidence(claim, stance, document=make.document(kind=kind))
    claim.refresh_from_db()
    if not BESIDE[stance, kind]:
        with refused("assessment_tick_is_enough"):
            make.assessment(claim, is_tick=True, rationale="")
        make.assessment(claim, "accurate")
        Evidence.objects.filter(pk=backing.pk).update(withdrawn_at=timezone.now(), withdrawn_because="Not of this.")
        claim.refresh_from_db()
    make.assessment(claim, is_tick=True, rationale="")


def test_a_finding_gives_reasons_and_a_tick_says_accurate():
    claim = make.claim(state="in_check")
    for facts in ({"rationale": ""}, {"rationale": " \n\t"}, {"is_tick": True, "verdict": "mixed"}):
        with refused("assessment_gives_reasons"):
            make.assessment(claim, **facts)
    with refused("assessment_needs_an_approval", "claims_assessment_approvals_needed_check"):
        make.assessment(claim, approvals_needed=0)
    with refused("assessment_flags_are_known"):
        make.assessment(claim, flags=["ugly"])


def test_nobody_signs_off_their_own_finding():
    claim = make.claim(state="in_review")
    found = claim.assessments.get()
    with refused("signoff_by_another_person"):
        make.sign_off(found, by=found.author)
    with refused("signoff_by_another_person"):
        make.sign_off(found, "send_back", by=found.author)


def test_the_author_column_is_not_forged():
    found = make.claim(state="in_review").assessments.get()
    with refused("signoff_author_is_the_author"):
        make.sign_off(found, author=make.user(), by=found.author)


def test_nobody_decides_twice():
    claim = make.claim(state="in_check")
    found = make.assessment(claim, approvals_needed=2)
    move(claim, "in_review")
    editor = make.user("editor")
    make.sign_off(found, by=editor)
    for decision in ("approve", "send_back"):
        with refused("signoff_once_per_person"):
            make.sign_off(found, decision, by=editor)
    claim.refresh_from_db()
    assert claim.state == "in_review"
    make.sign_off(found)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("signed_off", "accurate")


@pytest.mark.parametrize("decision", ["approve", "send_back"])
def test_a_decision_names_the_revision_that_was_seen(decision):
    claim = make.claim(state="in_review")
    for revision in (0, 2):
        with refused("signoff_on_present_revision"):
            make.sign_off(claim.assessments.get(), decision, revision=revision)
    Claim.objects.filter(pk=claim.pk).update(statement="It moved on.")
    for revision in (1, 2):
        with refused("signoff_on_present_revision"):
            make.sign_off(claim.assessments.get(), decision, revision=revision)


def test_only_the_newest_finding_is_decided_on():
    claim = make.claim(state="in_review")
    older = claim.assessments.get()
    newer = make.assessment(claim, "inaccurate")
    with refused("signoff_on_present_revision"):
        make.sign_off(older)
    make.sign_off(newer)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("signed_off", "inaccurate")


def test_what_was_sent_back_is_not_signed_off_later():
    claim = make.claim(state="in_check")
    found = make.assessment(claim, approvals_needed=2)
    move(claim, "in_review")
    make.sign_off(found)
    make.sign_off(found, "send_back")
    claim.refresh_from_db()
    assert claim.state == "in_check"
    for _ in range(2):
        with refused("signoff_on_present_revision"):
            make.sign_off(found)
        with refused("claim_submit_needs_assessment"):
            move(claim, "in_review")
    again = make.assessment(claim, "mixed", approvals_needed=2)
    move(claim, "in_review")
    for decision in ("approve", "send_back"):
        with refused("signoff_on_present_revision"):
            make.sign_off(found, decision)
    make.sign_off(again)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("in_review", None)
    make.sign_off(again)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("signed_off", "mixed")


@pytest.mark.parametrize("way", ["sent back", "reopened", "closed"])
def test_a_finding_is_proposed_again_after_the_claim_went_back(way):
    """Nobody sends it back by a sign-off here: the state alone goes back, by hand."""
    claim = make.claim(state="in_review" if way == "sent back" else "signed_off")
    found = claim.assessments.get()
    if way == "closed":
        move(claim, "closed", closed_because="dropped")
        move(claim, "new", why="Not dropped.", closed_because=None)
    move(claim, "in_check", why="Once more.")
    with refused("claim_submit_needs_assessment"):
        move(claim, "in_review")
    with refused("signoff_on_present_revision"):
        make.sign_off(found)
    make.assessment(claim, "inaccurate")
    move(claim, "in_review")
    with refused("signoff_on_present_revision"):
        make.sign_off(found)


@pytest.mark.parametrize("state", ["in_check", "signed_off", "closed"])
def test_a_decision_is_taken_while_in_review(state):
    claim = make.claim(state="signed_off" if state == "signed_off" else "in_check")
    found = claim.assessments.last() or make.assessment(claim)
    if state == "closed":
        move(claim, "closed", closed_because="dropped")
    for decision in ("approve", "send_back"):
        with refused("signoff_in_review"):
            make.sign_off(found, decision)


def test_sending_back_needs_a_note():
    found = make.claim(state="in_review").assessments.get()
    with refused("signoff_sent_back_with_a_note"):
        make.sign_off(found, "send_back", note="  ")


@pytest.mark.parametrize("table", ["assessment", "signoff", "clearance", "replyrequest", "ruling"])
@pytest.mark.parametrize("change", ["UPDATE claims_{0} SET id = id", "DELETE FROM claims_{0}", "TRUNCATE claims_{0}"])
def test_a_decision_is_not_taken_back(sql, table, change):
    with forbidden():
        sql(change.format(table))


@pytest.mark.parametrize(
    "facts",
    [
        {"role": "reader"},
        {"role": "reporter"},
        {"role": "checker"},
        {"role": "legal"},
        {"role": "editor", "is_active": False},
        {"role": "chief", "is_active": False},
    ],
)
@pytest.mark.parametrize("decision", ["approve", "send_back"])
def test_only_an_active_editor_signs_off(facts, decision):
    found = make.claim(state="in_review").assessments.get()
    with refused("signoff_by_an_editor"):
        make.sign_off(found, decision, by=make.user(**facts))


@pytest.mark.parametrize("role", ["editor", "chief"])
def test_an_editor_and_a_chief_sign_off(role):
    claim = make.claim(state="in_review")
    make.sign_off(claim.assessments.get(), by=make.user(role))
    claim.refresh_from_db()
    assert claim.state == "signed_off"


def test_a_finding_is_not_the_newest_by_giving_it_a_huge_id():
    claim = make.claim(state="in_review")
    with forbidden():
        make.assessment(claim, id=2**62)
    newer = make.assessment(claim, "inaccurate")
    make.sign_off(newer)
    claim.refresh_from_db()
    assert (claim.state, claim.verdict) == ("signed_off", "inaccurate")


#: Written out again on purpose.
APPEND_ONLY = {
    "sources_passage",
    "sources_sentence",
    "claims_assessment",
    "claims_signoff",
    "claims_clearance",
    "claims_replyrequest",
    "claims_ruling",
    "claims_transition",
    "sources_identitydisclosure",
}


def test_what_is_written_once_is_all_of_this():
    assert {model._meta.db_table for model in apps.get_models() if hasattr(model, "append_only")} == APPEND_ONLY


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_what_is_written_once_has_the_databases_number(sql, table):
    for statement in (
        f"INSERT INTO {table} (id) VALUES (4611686018427387904)",
        f"INSERT INTO {table} (id) OVERRIDING SYSTEM VALUE VALUES (4611686018427387904)",
        f"COPY {table} (id) FROM STDIN",
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 4611686018427387904)",
    ):
        with forbidden():
            sql(statement)


def decided(what: str, **facts) -> models.Model:
    """One decision of this kind, with these facts tried."""
    made = {
        "assessment": lambda: make.assessment(make.claim(state="in_check"), **facts),
        "sign-off": lambda: signed(make.claim(state="in_review").assessments.get(), **facts),
        "clearance": lambda: clear(make.claim(state="signed_off"), "hold", **facts),
        "reply request": lambda: asked(make.accusation(make.claim()), **facts),
        "ruling": lambda: ruled(make.claim(), **facts),
    }
    return made[what]()


def signed(found: Assessment, **facts) -> SignOff:
    return SignOff.objects.create(
        assessment=found,
        author=found.author,
        revision=found.revision,
        decision=facts.pop("decision", "approve"),
        by=make.user("editor"),
        **facts,
    )


def asked(on: Accusation, **facts) -> ReplyRequest:
    now = timezone.now()
    return ReplyRequest.objects.create(
        accusation=on,
        put="Is it so?",
        channel="e-mail",
        sent_at=now,
        deadline=now + timedelta(hours=1),
        by=make.user(),
        **facts,
    )


def ruled(claim: Claim, **facts) -> Ruling:
    one, two = make.attribution(claim), make.attribution(claim)
    return Ruling.objects.create(
        about="origins",
        claim=claim,
        first=one,
        second=two,
        key="k",
        decision="independent",
        by=make.user("editor"),
        **facts,
    )


@pytest.mark.parametrize("what", ["assessment", "sign-off", "clearance", "reply request", "ruling"])
@pytest.mark.parametrize("days", [-365, -1, 1, 365])
def test_a_decision_is_not_dated(what, days):
    before = timezone.now()
    made = decided(what, created_at=before + timedelta(days=days))
    made.refresh_from_db()
    assert before - timedelta(seconds=1) < made.created_at < timezone.now() + timedelta(seconds=1)


def test_a_finding_does_not_come_before_its_claim(sql):
    """Two rules at once: a statistic without a figure, ticked, on a revision that nobody saw."""
    number, author = next_id(sql, "claims_claim"), make.user()
    sql("SET CONSTRAINTS ALL DEFERRED")
    with refused():
        Assessment.objects.create(claim_id=number, revision=1, verdict="accurate", is_tick=True, author=author)


def test_a_decision_does_not_come_before_its_finding(sql):
    number, author = next_id(sql, "claims_assessment"), make.user()
    sql("SET CONSTRAINTS ALL DEFERRED")
    with refused():
        SignOff.objects.create(
            assessment_id=number, revision=1, decision="approve", author=author, by=make.user("editor")
        )


@pytest.mark.django_db(transaction=True)
def test_every_decision_raises_the_claims_version():
    """Each in its own transaction: a part raises the version once in one."""
    claim, accusation, found = make.claim(state="in_check"), None, None
    accusation = make.accusation(claim, outcome="declined")

    def propose() -> None:
        nonlocal found
        found = make.assessment(claim, approvals_needed=2)

    steps = {
        "reply request": lambda: asked(accusation),
        "ruling": lambda: ruled(claim),
        "assessment": propose,
        "submit": lambda: move(claim, "in_review"),
        "first approval": lambda: make.sign_off(found),
        "last approval": lambda: make.sign_off(found),
        "clearance": lambda: clear(claim),
        "reopening": lambda: move(claim, "in_check", why="Once more."),
        "assessment again": propose,
        "submit again": lambda: move(claim, "in_review"),
        "sent back": lambda: make.sign_off(found, "send_back"),
    }
    for step, do in steps.items():
        claim.refresh_from_db()
        before = claim.version
        do()
        claim.refresh_from_db()
        assert claim.version > before, step


def test_a_usage_is_due_again_when_the_verdict_changes_again():
    claim = make.claim(state="signed_off")
    usage = claim.usages.create(revision=claim.revision, url="https://example.org/1")
    for verdict in ("inaccurate", "accurate"):
        move(claim, "in_check", why="New facts.")
        found = make.assessment(claim, verdict)
        move(claim, "in_review")
        make.sign_off(found)
        usage.refresh_from_db()
        assert usage.owed == "due"
        claim.usages.update(owed="corrected", correction="It was so.")
    claim.usages.update(owed="retracted", correction="Nothing of it was so.")
    move(claim, "in_check", why="New facts.")
    found = make.assessment(claim, "mixed")
    move(claim, "in_review")
    make.sign_off(found)
    usage.refresh_from_db()
    assert usage.owed == "retracted"


def signer(found: Assessment, author: int, by: int, isolation: psycopg.IsolationLevel):
    """A session that approves and holds its transaction open."""
    session = opened()
    session.isolation_level = isolation
    session.execute("SELECT count(*) FROM claims_signoff")  # the snapshot is taken
    return session, lambda: session.execute(
        """INSERT INTO claims_signoff (assessment_id, author_id, revision, decision, by_id)
        VALUES (%s, %s, %s, 'approve', %s)""",
        [found.pk, author, found.revision, by],
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "isolation",
    [
        psycopg.IsolationLevel.READ_COMMITTED,
        psycopg.IsolationLevel.REPEATABLE_READ,
        psycopg.IsolationLevel.SERIALIZABLE,
    ],
)
def test_of_two_approvals_at_once_the_last_signs_off_or_fails(isolation):
    claim = make.claim(state="in_check")
    found = make.assessment(claim, approvals_needed=2)
    move(claim, "in_review")
    one, approve = signer(found, found.author_id, make.user("editor").pk, isolation)
    other, approve_too = signer(found, found.author_id, make.user("editor").pk, isolation)
    refusals = []

    def second() -> None:
        try:
            approve_too()
            other.commit()
        except psycopg.errors.SerializationFailure as refusal:
            refusals.append(refusal)

    with one, other:
        approve()
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.1)
        one.commit()
        thread.join(10)
    claim.refresh_from_db()
    assert claim.state == "signed_off" or refusals


@pytest.mark.django_db(transaction=True)
def test_an_approval_waits_for_an_edit_and_is_refused():
    """READ COMMITTED: the editor's decision is held against what the checker leaves."""
    claim = make.claim(state="in_review")
    found = claim.assessments.get()
    editor = make.user("editor")
    told = []
    with opened() as checker:
        checker.execute("INSERT INTO claims_quantity (claim_id, measure, value) VALUES (%s, 'arrests', 1)", [claim.pk])
        session, approve = signer(found, found.author_id, editor.pk, psycopg.IsolationLevel.READ_COMMITTED)

        def sign() -> None:
            try:
                approve()
                session.commit()
            except psycopg.errors.CheckViolation as refusal:
                told.append(refusal.diag.constraint_name)
                session.rollback()

        thread = threading.Thread(target=sign)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        checker.commit()
        thread.join(10)
        session.close()
    claim.refresh_from_db()
    assert told == ["signoff_on_present_revision"]
    assert (claim.state, claim.revision) == ("in_review", 2)


@pytest.mark.django_db(transaction=True)
def test_an_edit_waits_for_an_approval_and_reopens():
    claim = make.claim(state="in_review")
    found = claim.assessments.get()
    session, approve = signer(found, found.author_id, make.user("editor").pk, psycopg.IsolationLevel.READ_COMMITTED)
    with session:
        approve()
        thread = threading.Thread(target=late_edit, args=[claim.pk])
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        session.commit()
        thread.join(10)
    claim.refresh_from_db()
    assert (claim.state, claim.revision, claim.verdict, claim.last_verdict) == ("in_check", 2, None, "accurate")


def late_edit(claim: int) -> None:
    with opened() as session:
        session.execute("INSERT INTO claims_quantity (claim_id, measure, value) VALUES (%s, 'arrests', 1)", [claim])
