"""Two and more who act at once, on real transactions in READ COMMITTED: one wins, the others are told so, and what the
record holds afterwards is what it would hold had they come one after the other.

Each race is run ``--race-rounds`` times, each time on records of its own; CONTRIBUTING.md has the long run. No race may
end in a deadlock that a caller sees: ``Crowd.race`` raises it.
"""

from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from claims import editing, reply, workflow
from claims.models import Accusation, Assessment, Claim, Ruling, SignOff
from factdesk.people.models import User
from sources import editing as sources_editing
from sources import merging
from sources.models import Source
from tests import make
from tests.racing import STAGGER, report, the_one_who_did, told

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def in_review(checker: User, *, kind: str = "detail", **facts: Any) -> tuple[Claim, Assessment]:
    """A claim with an accusation, a figure … or none, whose finding waits for a second person."""
    claim = make.claim(kind=kind, **facts)
    return claim, hand_on(claim, checker)


def hand_on(claim: Claim, checker: User) -> Assessment:
    claim.refresh_from_db()
    found = workflow.tick(claim_id=claim.pk, revision=claim.revision, by=checker)
    claim.refresh_from_db()
    return found


def signed_off(claim: Claim, checker: User, editor: User) -> Claim:
    found = hand_on(claim, checker)
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
    claim.refresh_from_db()
    assert claim.state == "signed_off"
    return claim


def steps(claim: Claim) -> list[str]:
    return list(claim.transitions.order_by("pk").values_list("action", flat=True))


def test_the_crowd_reads_what_is_committed(crowd):
    def isolation() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            return str(cursor.fetchone()[0])

    assert crowd.race(*[isolation] * 50) == ["read committed"] * 50


# --- signing off ---


def test_of_fifty_editors_who_sign_off_one_claim_one_does_and_the_others_are_told(crowd, rounds, people):
    editors = [make.user("editor") for _ in range(50)]
    for _ in rounds:
        claim, found = in_review(people["checker"])
        outcomes = crowd.race(
            *[partial(workflow.sign_off, assessment_id=found.pk, revision=claim.revision, by=by) for by in editors]
        )
        assert Counter(told(outcomes)) == {"done": 1, "signoff_in_review": 49}
        claim.refresh_from_db()
        assert (claim.state, claim.verdict) == ("signed_off", "accurate")
        assert steps(claim) == ["take", "submit", "sign_off"]
        assert claim.transitions.latest().by == the_one_who_did(outcomes).by
        assert SignOff.objects.get(assessment__claim=claim) == the_one_who_did(outcomes)


def test_of_ten_editors_where_two_must_approve_two_do_and_the_others_are_told(crowd, rounds, people):
    editors = [make.user("editor") for _ in range(10)]
    for _ in rounds:
        claim = make.claim(kind="allegation")
        make.accusation(claim)
        claim.refresh_from_db()
        seen = {"revision": claim.revision}
        found = workflow.assess(
            claim_id=claim.pk, **seen, by=people["checker"], verdict="mixed", rationale="So.", submit=True
        )
        outcomes = crowd.race(*[partial(workflow.sign_off, assessment_id=found.pk, **seen, by=by) for by in editors])
        assert Counter(told(outcomes)) == {"done": 2, "signoff_in_review": 8}
        claim.refresh_from_db()
        assert (claim.state, claim.verdict) == ("signed_off", "mixed")
        assert steps(claim) == ["take", "submit", "sign_off"]


def test_who_signs_off_twice_at_once_has_signed_off_once(crowd, rounds, people):
    for _ in rounds:
        claim = make.claim()
        found = make.assessment(claim, approvals_needed=2, author=people["checker"])
        claim.refresh_from_db()
        Claim.objects.filter(pk=claim.pk).update(state="in_check")
        Claim.objects.filter(pk=claim.pk).update(state="in_review")
        once = partial(workflow.sign_off, assessment_id=found.pk, revision=claim.revision, by=people["editor"])
        outcomes = crowd.race(once, once)
        assert Counter(told(outcomes)) == {"done": 1, "signoff_once_per_person": 1}
        claim.refresh_from_db()
        assert (claim.state, claim.verdict, found.sign_offs.count()) == ("in_review", None, 1)


def test_a_sign_off_against_a_change_of_substance_never_signs_what_was_not_seen(crowd, rounds, people):
    ends = Counter()
    for number in rounds:
        claim = make.claim(kind="detail", statement="The words that were seen.")
        figure = make.quantity(claim)
        found = hand_on(claim, people["checker"])
        seen = claim.revision
        edit = [
            partial(editing.edit, claim_id=claim.pk, version=claim.version, columns={"statement": "Other words."}),
            partial(editing.add, part="quantity", claim_id=claim.pk, columns={"measure": "arrests", "value": "9"}),
            partial(editing.edit_part, part="quantity", part_id=figure.pk, version=1, columns={"value": "163"}),
        ][number % 3]
        signed, edited = told(
            crowd.race(
                partial(workflow.sign_off, assessment_id=found.pk, revision=seen, by=people["editor"]),
                partial(edit, by=people["checker"]),
                stagger=STAGGER,
            )
        )
        claim.refresh_from_db()
        now = (claim.state, claim.verdict, claim.last_verdict, claim.revision)
        if (signed, edited) == ("done", "done"):
            assert now == ("in_check", None, "accurate", seen + 1)
            assert steps(claim) == ["take", "submit", "sign_off", "reopen"]
            assert claim.transitions.latest().automatic
        elif signed == "done":
            assert (edited, number % 3) == ("stale_version", 0)
            assert now == ("signed_off", "accurate", None, seen)
            assert claim.statement == "The words that were seen."
        else:
            assert (signed, edited) == ("stale_decision", "done")
            assert now == ("in_review", None, None, seen + 1)
            assert (steps(claim), found.sign_offs.count()) == (["take", "submit"], 0)
        ends[f"sign-off {signed}", f"edit {edited}"] += 1
    report(ends)


# --- one claim, wanted by several ---


def test_of_several_who_take_at_once_one_has_it(crowd, rounds, people):
    checkers = [make.user("checker") for _ in range(8)]
    for number in rounds:
        claim = make.claim()
        seen = {"version": claim.version} if number % 2 else {}
        outcomes = crowd.race(*[partial(workflow.take, claim_id=claim.pk, by=by, **seen) for by in checkers])
        assert Counter(told(outcomes)) == {"done": 1, "stale_version" if seen else "invalid_transition": 7}
        claim.refresh_from_db()
        assert (claim.state, claim.assignee) == ("in_check", the_one_who_did(outcomes).assignee)
        assert (steps(claim), claim.transitions.get().by) == (["take"], claim.assignee)


def test_of_two_closings_one_counts(crowd, rounds, people):
    for number in rounds:
        claim = make.claim(state="in_check")
        seen = {"version": claim.version} if number % 2 else {}
        close = partial(workflow.close, claim_id=claim.pk, **seen)
        outcomes = crowd.race(
            partial(close, by=people["editor"], because="dropped"),
            partial(close, by=people["chief"], because="out_of_scope"),
        )
        assert Counter(told(outcomes)) == {"done": 1, "stale_version" if seen else "invalid_transition": 1}
        claim.refresh_from_db()
        assert (claim.state, claim.closed_because) == ("closed", the_one_who_did(outcomes).closed_because)
        assert steps(claim) == ["take", "close"]
        assert claim.transitions.latest().by.role == ("editor" if claim.closed_because == "dropped" else "chief")


@pytest.mark.parametrize("of", ["claim", "figure", "source"])
def test_of_two_edits_of_what_both_saw_one_is_written(crowd, rounds, people, of):
    for _ in rounds:
        claim, source = make.claim(), make.source()
        figure = make.quantity(claim)
        claim.refresh_from_db()
        row, column, edit = {
            "claim": (claim, "statement", partial(editing.edit, claim_id=claim.pk)),
            "figure": (figure, "measure", partial(editing.edit_part, part="quantity", part_id=figure.pk)),
            "source": (source, "name", partial(sources_editing.edit_source, source_id=source.pk)),
        }[of]
        outcomes = crowd.race(
            *[
                partial(edit, version=row.version, by=people[role], columns={column: f"As the {role} says."})
                for role in ("checker", "editor")
            ]
        )
        assert Counter(told(outcomes)) == {"done": 1, "stale_version": 1}
        row.refresh_from_db()
        assert getattr(row, column) == getattr(the_one_who_did(outcomes), column) != ""


# --- the accused, and may we print it ---


def accused(people: dict[str, User]) -> tuple[Claim, Accusation]:
    """A signed-off claim against somebody who was asked and let the deadline pass."""
    claim = make.claim()
    accusation = make.accusation(claim)
    make.reply_request(accusation, hours=-1, by=people["checker"])
    return signed_off(claim, people["checker"], people["editor"]), accusation


def test_a_reply_against_a_clearance_leaves_nothing_to_print(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        claim, accusation = accused(people)
        cleared, replied = told(
            crowd.race(
                partial(workflow.clear, claim_id=claim.pk, revision=claim.revision, by=people["editor"], value="clear"),
                partial(
                    reply.record_reply,
                    accusation_id=accusation.pk,
                    by=people["checker"],
                    outcome="replied",
                    reply="It is not so.",
                ),
                stagger=STAGGER,
            )
        )
        claim.refresh_from_db()
        assert replied == "done"
        assert cleared in ("done", "stale_decision")
        decided = list(claim.clearances.order_by("pk").values_list("value", "automatic"))
        assert decided == ([("clear", False), ("hold", True)] if cleared == "done" else [])
        assert (claim.state, claim.clearance) == ("in_check", "hold" if cleared == "done" else "not_cleared")
        ends[f"clearance {cleared}", f"reply {replied}"] += 1
    report(ends)


def test_an_embargo_against_a_clearance_leaves_nothing_to_print(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        claim, document = make.claim(), make.document()
        make.attribution(claim, document=document)
        signed_off(claim, people["checker"], people["editor"])
        until = {"embargo_until": timezone.now() + timedelta(hours=1)}
        cleared, held = told(
            crowd.race(
                partial(workflow.clear, claim_id=claim.pk, revision=claim.revision, by=people["editor"], value="clear"),
                partial(
                    sources_editing.edit_document,
                    document_id=document.pk,
                    version=document.version,
                    by=people["checker"],
                    columns=until,
                ),
                stagger=STAGGER,
            )
        )
        claim.refresh_from_db()
        assert (held, cleared in ("done", "clearance_after_embargo")) == ("done", True)
        assert claim.clearance == ("hold" if cleared == "done" else "not_cleared")
        ends[f"clearance {cleared}", f"embargo {held}"] += 1
    report(ends)


def test_a_legal_hold_against_a_clearance_holds(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        claim = make.claim(state="signed_off")
        cleared, held = told(
            crowd.race(
                partial(workflow.clear, claim_id=claim.pk, revision=claim.revision, by=people["editor"], value="clear"),
                partial(
                    workflow.legal_hold, claim_id=claim.pk, revision=claim.revision, by=people["legal"], note="A writ."
                ),
                stagger=STAGGER,
            )
        )
        claim.refresh_from_db()
        assert (held, cleared in ("done", "clearance_legal_hold_by_legal")) == ("done", True)
        assert claim.clearance == "legal_hold"
        ends[f"clearance {cleared}", f"legal hold {held}"] += 1
    report(ends)


def test_that_asking_would_endanger_somebody_takes_a_chief_and_legal_even_at_once(crowd, rounds, people):
    for number in rounds:
        accusation = make.accusation(make.claim())
        pair = (people["chief"], people["legal"] if number % 2 else make.user("chief"))
        outcomes = crowd.race(
            *[
                partial(
                    reply.exempt, accusation_id=accusation.pk, by=by, exempt="would_endanger", because="He has a gun."
                )
                for by in pair
            ]
        )
        accusation.refresh_from_db()
        proposals = Ruling.objects.filter(claim_id=accusation.claim_id, about="proposal")
        assert proposals.count() == 1
        if number % 2:
            assert told(outcomes) == ["done", "done"]
            assert accusation.exempt == "would_endanger"
            assert {accusation.exempted_by, accusation.exempt_seconded_by} == set(pair)
            assert proposals.get().by == accusation.exempted_by
        else:
            assert Counter(told(outcomes)) == {"done": 1, "accusation_exemption_by_right": 1}
            assert (accusation.exempt, accusation.exempted_by) == (None, None)


# --- merging sources ---


def merge(source: Source, into: Source, by: User) -> Any:
    return partial(
        merging.merge, source_id=source.pk, into_id=into.pk, version=source.version, by=by, because="The same person."
    )


def roots(*sources: Source) -> list[Source | None]:
    """Where each points now. None of them may point at one that points on."""
    for source in sources:
        source.refresh_from_db()
        assert source.merged_into is None or source.merged_into.merged_into is None
    return [source.merged_into for source in sources]


def test_of_two_merges_into_each_other_one_is_made(crowd, rounds, people):
    for _ in rounds:
        one, other = make.source(), make.source()
        outcomes = crowd.race(merge(one, other, people["editor"]), merge(other, one, people["chief"]))
        assert Counter(told(outcomes)) == {"done": 1, "not_a_root": 1}
        done = the_one_who_did(outcomes)
        assert roots(one, other) == ([other, None] if done == one else [None, one])


def test_of_two_merges_of_one_source_one_is_made(crowd, rounds, people):
    for _ in rounds:
        one, here, there = make.source(), make.source(), make.source()
        outcomes = crowd.race(merge(one, here, people["editor"]), merge(one, there, people["chief"]))
        assert Counter(told(outcomes)) == {"done": 1, "stale_version": 1}
        assert roots(one, here, there) == [the_one_who_did(outcomes).merged_into, None, None]


def test_merges_in_a_row_at_once_make_no_chain(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        one, middle, root = make.source(), make.source(), make.source()
        first, second = told(
            crowd.race(merge(one, middle, people["editor"]), merge(middle, root, people["chief"]), stagger=STAGGER)
        )
        assert (second, first in ("done", "not_a_root")) == ("done", True)
        assert roots(one, middle, root) == [root if first == "done" else None, root, None]
        ends[f"into the middle {first}", f"the middle into the root {second}"] += 1
    report(ends)


def test_a_hop_that_comes_while_its_source_is_merged_is_counted_with_it(crowd, rounds, people):
    ends = Counter()
    for _ in rounds:
        claim, one, other = make.claim(), make.source(), make.source()
        make.attribution(claim, other)
        came = told(
            crowd.race(
                partial(
                    editing.add,
                    part="attribution",
                    claim_id=claim.pk,
                    by=people["checker"],
                    columns={"speaker_id": one.pk},
                ),
                merge(one, other, people["editor"]),
                stagger=STAGGER,
            )
        )
        assert came == ["done", "done"]
        claim.refresh_from_db()
        ends["counted at once" if claim.independent_origins == 1 else "left to the job"] += 1
        with connection.cursor() as cursor:  # the job, for a claim that was held when its source changed
            cursor.execute("SELECT claims_refresh_pending(1000)")
        claim.refresh_from_db()
        assert (claim.independent_origins, claim.attributions.count()) == (1, 2)
        assert roots(one, other) == [other, None]
    report(ends)
