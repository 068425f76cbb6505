"""Rule 8, attacked: nothing is printed before the accused have had their say, under embargo, or on legal hold."""

import threading
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from claims.models import Accusation, Claim, Clearance
from sources.models import Document
from tests import make
from tests.attacks import clear, forbidden, move, newest_transition, next_id, opened, refused

pytestmark = pytest.mark.django_db

#: Written out again on purpose.
PRINTABLE = ["inform_only", "clear_with_attribution", "clear"]
WORDS = {"clear_with_attribution": {"wording": "police say"}}


def accused(kind: str = "allegation", **facts) -> tuple[Claim, Accusation]:
    """A claim in check that accuses somebody; sign it off with :func:`sign`."""
    claim = make.claim(kind=kind, state="in_check")
    return claim, make.accusation(claim, **facts)


def sign(claim: Claim) -> None:
    found = make.assessment(claim)
    move(claim, "in_review")
    make.sign_off(found)
    claim.refresh_from_db()


@pytest.mark.parametrize("value", PRINTABLE)
@pytest.mark.parametrize("state", ["new", "in_check", "in_review", "closed"])
def test_only_what_is_signed_off_is_cleared(state, value):
    with refused("clearance_needs_sign_off"):
        clear(make.claim(state=state), value, **WORDS.get(value, {}))


@pytest.mark.parametrize("kind", ["allegation", "event", "detail"])
@pytest.mark.parametrize("value", PRINTABLE)
def test_nothing_is_cleared_before_the_accused_have_had_their_say(kind, value):
    claim, _ = accused(kind)
    sign(claim)
    with refused("clearance_after_reply"):
        clear(claim, value, **WORDS.get(value, {}))
    clear(claim, "hold")
    assert claim.clearance == "hold"


@pytest.mark.parametrize(
    "facts",
    [
        {"outcome": "replied", "reply": "No.", "replied_at": timezone.now()},
        {"outcome": "declined"},
    ],
)
def test_it_is_cleared_once_they_have_spoken(facts):
    claim, _ = accused(**facts)
    sign(claim)
    clear(claim)
    assert claim.clearance == "clear"


@pytest.mark.parametrize("facts", [{"outcome": "no_answer"}, {"known_position": "He denied it in May."}])
def test_no_answer_and_an_earlier_denial_are_no_reply(facts):
    claim, _ = accused(**facts)
    sign(claim)
    with refused("clearance_after_reply"):
        clear(claim)


def test_a_deadline_must_have_passed():
    claim, accusation = accused()
    make.reply_request(accusation, hours=24)
    sign(claim)
    with refused("clearance_after_reply"):
        clear(claim)
    make.reply_request(accusation, hours=-1)
    clear(claim)
    with refused("replyrequest_gives_time"):
        make.reply_request(accusation, hours=-24 * 31)


def test_a_reply_is_recorded_with_its_words():
    _, accusation = accused()
    for facts in ({}, {"reply": " ", "replied_at": timezone.now()}, {"reply": "No."}):
        with refused("accusation_replied_says_what"):
            Accusation.objects.filter(pk=accusation.pk).update(outcome="replied", **facts)


def test_each_of_the_accused_has_their_say():
    claim, _ = accused(outcome="declined")
    make.accusation(claim)
    sign(claim)
    with refused("clearance_after_reply"):
        clear(claim)


def test_a_second_accused_takes_the_clearance_away():
    claim, first = accused(outcome="declined")
    sign(claim)
    clear(claim)
    make.accusation(claim)
    claim.refresh_from_db()
    assert (claim.state, claim.clearance) == ("in_check", "hold")
    fallen = Clearance.objects.filter(claim=claim).latest("id")
    assert (fallen.value, fallen.automatic, fallen.by, fallen.revision) == ("hold", True, None, claim.revision)
    with refused("accusation_once_per_accused"):
        make.accusation(claim, first.accused)


def test_a_late_reply_takes_the_clearance_away():
    claim, accusation = accused()
    make.reply_request(accusation, hours=-1)
    sign(claim)
    clear(claim)
    Accusation.objects.filter(pk=accusation.pk).update(outcome="replied", reply="No!", replied_at=timezone.now())
    claim.refresh_from_db()
    assert (claim.clearance, newest_transition(claim).reason) == (
        "hold",
        "Changed since it was initialled: accusation.",
    )


def test_an_allegation_without_accused_is_not_cleared():
    claim, accusation = accused()
    Accusation.objects.filter(pk=accusation.pk).update(withdrawn_at=timezone.now(), withdrawn_because="Wrong name.")
    sign(claim)
    with refused("clearance_allegation_names_accused"):
        clear(claim)
    with refused("clearance_allegation_names_accused"):
        clear(claim, role="chief", override_reason="It is urgent.")


def test_a_claim_that_becomes_an_allegation_loses_its_clearance():
    claim = make.claim(kind="event", state="signed_off")
    clear(claim)
    Claim.objects.filter(pk=claim.pk).update(kind="allegation")
    claim.refresh_from_db()
    assert (claim.state, claim.clearance) == ("in_check", "hold")


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "editor", "legal"])
@pytest.mark.parametrize("value", [*PRINTABLE, "hold"])
def test_only_a_chief_overrides(role, value):
    claim, _ = accused()
    sign(claim)
    may = role == "editor" or (role, value) == ("legal", "hold")
    with refused("clearance_override_by_chief" if may else "clearance_by_an_editor"):
        clear(claim, value, role, override_reason="It is urgent.", **WORDS.get(value, {}))


def test_a_chief_overrides_with_a_reason_that_stays():
    claim, _ = accused()
    sign(claim)
    with refused("clearance_after_reply"):
        clear(claim, role="chief")
    assert clear(claim, role="chief", override_reason="It is urgent.").override_reason == "It is urgent."


def test_white_space_is_no_reason_to_override():
    claim, _ = accused()
    sign(claim)
    for reason in (" ", "\n\t"):
        with refused("clearance_override_has_a_reason"):
            clear(claim, role="chief", override_reason=reason)


def test_white_space_is_no_reason_to_withdraw():
    _, accusation = accused()
    with refused("accusation_withdrawn_with_reason"):
        Accusation.objects.filter(pk=accusation.pk).update(withdrawn_at=timezone.now(), withdrawn_because=" ")


@pytest.mark.parametrize("value", [*PRINTABLE, "not_cleared", "hold"])
@pytest.mark.parametrize(
    "facts",
    [
        {"role": "reader"},
        {"role": "reporter"},
        {"role": "checker"},
        {"role": "editor", "is_active": False},
        {"role": "chief", "is_active": False},
        {"role": "legal", "is_active": False},
    ],
)
def test_only_an_active_editor_clears(facts, value):
    claim = make.claim(state="signed_off")
    with refused("clearance_by_an_editor"):
        clear(claim, value, by=make.user(**facts), **WORDS.get(value, {}))


@pytest.mark.parametrize("value", PRINTABLE)
def test_legal_holds_and_does_not_clear(value):
    claim = make.claim(state="signed_off")
    for before in ("hold", "legal_hold"):
        clear(claim, before, "legal")
        with refused("clearance_by_an_editor"):
            clear(claim, value, "legal", **WORDS.get(value, {}))


def test_who_has_left_sets_no_legal_hold():
    claim = make.claim(state="signed_off")
    with refused("clearance_by_an_editor"):
        clear(claim, "legal_hold", by=make.user("legal", is_active=False))


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "editor", "chief"])
def test_only_legal_sets_and_lifts_a_legal_hold(role):
    claim = make.claim(state="signed_off")
    rule = "clearance_legal_hold_by_legal" if role in ("editor", "chief") else "clearance_by_an_editor"
    with refused(rule):
        clear(claim, "legal_hold", role)
    clear(claim, "legal_hold", "legal")
    for value in ("hold", "clear", "not_cleared", "legal_hold"):
        with refused(rule):
            clear(claim, value, role)
    clear(claim, "hold", "legal")
    assert clear(claim, "clear", "editor")


def test_a_legal_hold_stays_when_the_claim_reopens_or_closes():
    claim = make.claim(state="signed_off")
    clear(claim, "legal_hold", "legal")
    make.quantity(claim)
    claim.refresh_from_db()
    assert (claim.state, claim.clearance) == ("in_check", "legal_hold")
    move(claim, "closed", closed_because="dropped")
    assert claim.clearance == "legal_hold"


EMBARGOED = {
    "hop": lambda claim, doc: make.attribution(claim, document=doc),
    "evidence": lambda claim, doc: make.evidence(claim, document=doc),
    "evidence by its passage": lambda claim, doc: make.evidence(
        claim, how="call", document=doc, passage=make.passage(make.snapshot(of=doc))
    ),
}


@pytest.mark.parametrize("way", EMBARGOED)
@pytest.mark.parametrize("override", [{}, {"role": "chief", "override_reason": "It is urgent."}])
def test_nothing_under_an_embargo_is_cleared(way, override):
    claim = make.claim(state="in_check")
    document = make.document(embargo_until=timezone.now() + timedelta(hours=1))
    EMBARGOED[way](claim, document)
    sign(claim)
    with refused("clearance_after_embargo"):
        clear(claim, **override)
    type(document).objects.filter(pk=document.pk).update(embargo_until=timezone.now() - timedelta(hours=1))
    clear(claim, **override)


def test_marked_words_do_not_hide_the_document_that_is_under_embargo():
    claim, document = make.claim(state="in_check"), make.document()
    marked = make.passage(make.snapshot(of=make.document(embargo_until=timezone.now() + timedelta(hours=1))))
    here = make.passage(make.snapshot(of=document))
    for part in (make.evidence, make.attribution):
        rule = f"{part.__name__}_passage_is_the_documents"
        facts = {"how": "call"} if part is make.evidence else {}
        with refused(rule):
            part(claim, document=document, passage=marked, **facts)
        made = part(claim, document=document, passage=here, **facts)
        change = type(made).objects.filter(pk=made.pk)
        with refused(rule):
            change.update(passage=marked)
        with refused(f"{part.__name__}_passage_has_a_document"):
            change.update(passage=marked, document=None)


@pytest.mark.parametrize("way", EMBARGOED)
@pytest.mark.parametrize("value", PRINTABLE)
def test_an_embargo_that_comes_later_takes_the_clearance_away(way, value):
    claim, document = make.claim(state="in_check"), make.document()
    EMBARGOED[way](claim, document)
    sign(claim)
    clear(claim, value, **WORDS.get(value, {}))
    type(document).objects.filter(pk=document.pk).update(embargo_until=timezone.now() + timedelta(hours=1))
    claim.refresh_from_db()
    assert (claim.state, claim.clearance) == ("signed_off", "hold")
    fallen = Clearance.objects.filter(claim=claim).latest("id")
    assert (fallen.value, fallen.automatic, fallen.by, fallen.revision) == ("hold", True, None, claim.revision)
    with refused("clearance_after_embargo"):
        clear(claim, value, **WORDS.get(value, {}))


def test_an_embargo_lifts_no_legal_hold():
    claim, document = make.claim(state="in_check"), make.document()
    make.attribution(claim, document=document)
    sign(claim)
    clear(claim, "legal_hold", "legal")
    type(document).objects.filter(pk=document.pk).update(embargo_until=timezone.now() + timedelta(hours=1))
    claim.refresh_from_db()
    assert claim.clearance == "legal_hold"


def comes_back(claim: Claim, doc: Document) -> None:
    """Evidence that was withdrawn when the claim was cleared counts again."""
    claim.evidence.update(withdrawn_at=None, withdrawn_because="")


def names_another(claim: Claim, doc: Document) -> None:
    """Evidence that was there names this document now."""
    claim.evidence.update(document=doc, withdrawn_at=None, withdrawn_because="")


@pytest.mark.parametrize(
    "way",
    [
        EMBARGOED["hop"],
        EMBARGOED["evidence"],
        EMBARGOED["evidence by its passage"],
        lambda claim, doc: make.evidence(claim, "refutes", document=doc),
        comes_back,
        names_another,
    ],
    ids=["hop", "evidence", "evidence by its passage", "refuting evidence", "comes back", "names another"],
)
def test_material_under_embargo_that_comes_later_takes_the_clearance_away(way):
    claim = make.claim(state="in_check")
    document = make.document(embargo_until=timezone.now() + timedelta(hours=1))
    old = document if way is comes_back else make.document()
    make.evidence(claim, document=old, withdrawn_at=timezone.now(), withdrawn_because="Not now.")
    sign(claim)
    clear(claim)
    assert claim.clearance == "clear"
    way(claim, document)
    claim.refresh_from_db()
    assert claim.clearance == "hold"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["clearance", "embargo"])
def test_an_embargo_and_a_clearance_at_once_do_not_pass_each_other(first):
    claim, document, editor = make.claim(state="in_check"), make.document(), make.user("editor")
    make.attribution(claim, document=document)
    sign(claim)
    work = {
        "clearance": (
            "INSERT INTO claims_clearance (claim_id, revision, value, by_id) VALUES (%s, %s, 'clear', %s)",
            [claim.pk, claim.revision, editor.pk],
        ),
        "embargo": (
            "UPDATE sources_document SET embargo_until = now() + interval '1 hour' WHERE id = %s",
            [document.pk],
        ),
    }
    [second] = set(work) - {first}

    def beside() -> None:
        with suppress(psycopg.Error), opened() as session:
            session.execute(*work[second])

    with suppress(psycopg.Error), opened() as session:
        session.execute(*work[first])
        thread = threading.Thread(target=beside)
        thread.start()
        thread.join(0.3)
        session.commit()
    thread.join(10)
    claim.refresh_from_db(), document.refresh_from_db()
    assert not (claim.clearance == "clear" and document.embargo_until)


#: exemption -> who may give it: (by, seconded by)
GIVEN_BY = {
    "not_identifiable": [("editor", None), ("chief", None)],
    "dead": [("editor", None), ("chief", None)],
    "court_record_only": [("legal", None)],
    "would_endanger": [("chief", "legal"), ("legal", "chief")],
}
ROLES = ["reader", "reporter", "checker", "editor", "chief", "legal"]


@pytest.mark.parametrize("exempt", GIVEN_BY)
@pytest.mark.parametrize("second", [None, "editor", "chief", "legal"])
@pytest.mark.parametrize("first", ROLES)
def test_an_exemption_is_given_by_those_who_may(exempt, first, second):
    claim, accusation = accused()
    seconded = make.user(second) if second else None
    facts = {"exempt": exempt, "exempt_because": "So it is.", "exempted_by": make.user(first)}
    change = Accusation.objects.filter(pk=accusation.pk)
    if (first, second) in GIVEN_BY[exempt] or (exempt != "would_endanger" and (first, None) in GIVEN_BY[exempt]):
        change.update(**facts, exempt_seconded_by=seconded)
        sign(claim)
        clear(claim)
        return
    with refused("accusation_exemption_by_right"):
        change.update(**facts, exempt_seconded_by=seconded)


def test_an_exemption_has_a_reason_and_two_different_people():
    _, accusation = accused()
    change, chief = Accusation.objects.filter(pk=accusation.pk), make.user("chief")
    with refused("accusation_exempt_with_a_reason"):
        change.update(exempt="dead", exempted_by=chief, exempt_because=" ")
    with refused("accusation_exempted_by_somebody"):
        change.update(exempt="dead", exempt_because="He died.")
    with refused("accusation_endangers_needs_two", "accusation_exemption_by_right"):
        change.update(
            exempt="would_endanger", exempted_by=chief, exempt_seconded_by=chief, exempt_because="Her family."
        )


def test_a_decision_names_the_revision_that_was_seen():
    claim = make.claim(state="signed_off")
    for revision in (0, 2):
        with refused("clearance_on_present_revision"):
            clear(claim, revision=revision)


def test_only_the_database_lets_a_clearance_fall_by_itself():
    claim = make.claim(state="signed_off")
    with refused("clearance_automatic_by_database"):
        Clearance.objects.create(claim=claim, revision=1, value="hold", automatic=True)
    with refused("clearance_is_somebodys"):
        Clearance.objects.create(claim=claim, revision=1, value="clear", automatic=True)
    with refused("clearance_is_somebodys"):
        Clearance.objects.create(claim=claim, revision=1, value="hold")


def test_the_column_is_not_written_by_hand(sql):
    claim = make.claim(state="signed_off")
    with forbidden():
        sql("UPDATE claims_claim SET clearance = 'clear' WHERE id = %s", [claim.pk])


@pytest.mark.parametrize("facts", [{"value": "legal_hold"}, {"value": "hold", "override_reason": "Urgent."}])
def test_who_is_not_there_yet_has_no_role(sql, facts):
    """No foreign key waits for the end of the transaction; an unknown role must not compare as NULL."""
    sql("SET CONSTRAINTS ALL DEFERRED")
    claim, number = make.claim(state="signed_off"), next_id(sql, "people_user")
    with refused():
        Clearance.objects.create(claim=claim, revision=1, by_id=number, **facts)


def test_a_clearance_does_not_come_before_its_claim(sql):
    number, editor = next_id(sql, "claims_claim"), make.user("editor")
    sql("SET CONSTRAINTS ALL DEFERRED")
    with refused():
        Clearance.objects.create(claim_id=number, revision=7, value="clear", by=editor)


@pytest.mark.django_db(transaction=True)
def test_a_clearance_waits_for_a_new_accusation_and_is_refused():
    claim, person, editor = make.claim(state="signed_off"), make.source(), make.user("editor")
    told = []

    def late_clearance() -> None:
        with opened() as session:
            try:
                session.execute(
                    "INSERT INTO claims_clearance (claim_id, revision, value, by_id) VALUES (%s, 1, 'clear', %s)",
                    [claim.pk, editor.pk],
                )
            except psycopg.errors.CheckViolation as refusal:
                told.append(refusal.diag.constraint_name)

    with opened() as checker:
        checker.execute("INSERT INTO claims_accusation (claim_id, accused_id) VALUES (%s, %s)", [claim.pk, person.pk])
        thread = threading.Thread(target=late_clearance)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        checker.commit()
        thread.join(10)
    claim.refresh_from_db()
    assert told == ["clearance_on_present_revision"]
    assert (claim.state, claim.clearance) == ("in_check", "not_cleared")
