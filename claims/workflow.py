"""The work on a claim: take, assess, submit, sign off, send back, reopen, close, clear (DOMAIN.md §1 and §2).

Every function locks the claim first, so that of two people who act at once the second is judged against what the first
one left. Each takes the revision or version that the person saw and makes the same checks, whichever way in it is
called from. The rules themselves are the database's; what is checked here as well is checked to say it better.
"""

from datetime import date

from django.conf import settings

from claims.locking import NoSuchClaim, held
from claims.models import Assessment, Claim, Clearance, SignOff
from claims.transitions import TRANSITIONS
from claims.vocabularies import Action, ClearanceValue, ClosedBecause, SignOffDecision, State, Verdict
from factdesk.change import change, may, say_why
from factdesk.errors import DomainError, NoSuchRecord, NotAllowed, ReasonNeeded
from factdesk.people.models import User

#: states in which there is a finding that may have to be looked at again
FOUND = (State.IN_REVIEW, State.SIGNED_OFF)


class InvalidTransition(DomainError):
    """A claim does not go this way from where it stands."""

    code = "invalid_transition"

    def __init__(self, claim: Claim, action: str, told: str = "") -> None:
        said = (
            told or f"Claim {claim.pk} is {claim.get_state_display().lower()}: {Action(action).label} is not possible."
        )
        super().__init__(said, claim=claim.pk, state=claim.state, action=action)


def _move(claim: Claim, action: str, **columns: object) -> Claim:
    """Along the one arrow that there is for this action from here; the state's trigger writes the Transition."""
    after = TRANSITIONS.get((claim.state, action))
    if after is None:
        raise InvalidTransition(claim, action)
    Claim.objects.filter(pk=claim.pk).update(state=after, **columns)
    claim.refresh_from_db()
    return claim


# --- whose it is ---


@change
def take(*, claim_id: int, by: User, version: int | None = None) -> Claim:
    """Make it one's own: a new claim goes into check; one in check that is nobody's is taken over as it stands."""
    with held(claim_id, by=by, right="take", version=version) as claim:
        if claim.state == State.NEW:
            return _move(claim, Action.TAKE, assignee=by)
        if claim.state != State.IN_CHECK or claim.assignee_id not in (None, by.pk):
            other = claim.assignee.username if claim.assignee else None
            raise InvalidTransition(claim, Action.TAKE, f"Claim {claim_id} is with {other}." if other else "")
        Claim.objects.filter(pk=claim.pk).exclude(assignee=by).update(assignee=by)
        claim.refresh_from_db()
        return claim


@change
def assign(*, claim_id: int, to: User | None, by: User, version: int | None = None) -> Claim:
    """Give the claim to somebody who may take claims, or to nobody. Its state stays."""
    with held(claim_id, by=by, right="assign", version=version) as claim:
        if to is not None and not to.may("take"):
            raise NotAllowed(f"{to.username} may not take claims.", needed=["take"])
        Claim.objects.filter(pk=claim.pk).update(assignee=to)
        claim.refresh_from_db()
        return claim


# --- findings ---


@change
def assess(
    *,
    claim_id: int,
    revision: int,
    by: User,
    verdict: str,
    rationale: str,
    flags: list[str] | None = None,
    as_of: date | None = None,
    review_by: date | None = None,
    submit: bool = False,
) -> Assessment:
    """Propose a verdict on the revision that was seen; ``submit`` hands it on to a second person at once.

    How many must approve is what the settings say today for this kind (FACTDESK_APPROVALS); it stays with the finding.
    """
    with held(claim_id, by=by, right="assess", revision=revision) as claim:
        made = Assessment.objects.create(
            claim=claim,
            revision=revision,
            verdict=verdict,
            flags=flags or [],
            rationale=rationale,
            as_of=as_of,
            review_by=review_by,
            author=by,
            approvals_needed=settings.ENV.approvals[claim.kind],
        )
        if submit:
            _hand_on(claim, by)
        return made


@change
def tick(*, claim_id: int, revision: int, by: User) -> Assessment:
    """The one-key finding: accurate on the backing shown. Takes a claim that is still new, and submits it."""
    with held(claim_id, by=by, right="tick", revision=revision) as claim:
        made = Assessment.objects.create(
            claim=claim,
            revision=revision,
            verdict=Verdict.ACCURATE,
            is_tick=True,
            author=by,
            approvals_needed=settings.ENV.approvals[claim.kind],
        )
        _hand_on(claim, by)
        return made


@change
def propose_again(*, claim_id: int, revision: int, by: User) -> Assessment:
    """What the last finding said, on the revision that was seen, and handed on; a tick where there is none."""
    last = last_finding(claim_id)
    if last is None or last.is_tick:
        return tick(claim_id=claim_id, revision=revision, by=by)
    told = {name: getattr(last, name) for name in ("verdict", "rationale", "flags", "as_of", "review_by")}
    return assess(claim_id=claim_id, revision=revision, by=by, submit=True, **told)


def last_finding(claim_id: int) -> Assessment | None:
    """The newest finding on the claim, on whatever revision."""
    return Assessment.objects.filter(claim=claim_id).order_by("-id").first()


def _hand_on(claim: Claim, by: User) -> None:
    """From where it stands to review: taken first where it is nobody's yet."""
    claim.refresh_from_db()
    if claim.state == State.NEW:
        _move(claim, Action.TAKE, assignee=by)
    if claim.state != State.IN_REVIEW:
        _move(claim, Action.SUBMIT)


@change
def submit(*, claim_id: int, by: User, revision: int | None = None, version: int | None = None) -> Claim:
    """Hand the claim on to a second person. It has a finding on its present revision."""
    with held(claim_id, by=by, right="submit", revision=revision, version=version) as claim:
        return _move(claim, Action.SUBMIT)


# --- the second person ---


@change
def sign_off(*, assessment_id: int, revision: int, by: User, note: str = "") -> SignOff:
    """Approve a finding of somebody else's. The last approval that it needs signs the claim off."""
    return _decide(assessment_id, revision, by, SignOffDecision.APPROVE, note)


@change
def send_back(*, assessment_id: int, revision: int, by: User, note: str) -> SignOff:
    """Send a finding back to its author, saying what has to be done."""
    if not note.strip():
        raise ReasonNeeded("Say what has to be done.")
    return _decide(assessment_id, revision, by, SignOffDecision.SEND_BACK, note)


@change
def take_back(*, assessment_id: int, by: User, reason: str = "Taken back by its author.") -> Claim:
    """Whoever proposed a finding takes it back while nobody has decided on it: the claim goes back into check."""
    found = Assessment.objects.filter(pk=assessment_id).first()
    if found is None:
        raise NoSuchRecord("finding", assessment_id)
    if found.author_id != by.pk:
        raise NotAllowed("Only its author takes a finding back; an editor sends it back.", needed=["send_back"])
    with held(found.claim_id, by=by, right="assess", revision=found.revision, why=reason) as claim:
        newest = Assessment.objects.filter(claim=claim).order_by("-pk").values_list("pk", flat=True).first()
        if newest != assessment_id or SignOff.objects.filter(assessment=found).exists():
            raise DomainError("Somebody has decided on it since, or proposed another.", claim=claim.pk)
        return _move(claim, Action.SEND_BACK)


def _decide(assessment_id: int, revision: int, by: User, decision: str, note: str) -> SignOff:
    found = Assessment.objects.filter(pk=assessment_id).first()
    right = "sign_off" if decision == SignOffDecision.APPROVE else "send_back"
    may(by, right)
    if found is None:
        raise NoSuchRecord("finding", assessment_id)
    with held(found.claim_id, by=by, right=right, revision=revision, why=note):
        return SignOff.objects.create(
            assessment=found, author_id=found.author_id, revision=revision, decision=decision, note=note, by=by
        )


# --- back, and to the end ---


@change
def reopen(*, claim_id: int, by: User, reason: str, version: int | None = None) -> Claim:
    """Take up again what was signed off (it goes into check) or closed (it is new)."""
    say_why(reason)
    with held(claim_id, by=by, right="reopen", version=version, why=reason) as claim:
        if claim.state == State.CLOSED:
            return _move(claim, Action.REOPEN, closed_because=None, duplicate_of=None)
        return _move(claim, Action.REOPEN)


@change
def close(
    *,
    claim_id: int,
    by: User,
    because: str,
    reason: str = "",
    duplicate_of: int | None = None,
    version: int | None = None,
) -> Claim:
    """End the work on a claim; ``because`` is one of ``ClosedBecause``, a duplicate names what it repeats."""
    if (because == ClosedBecause.DUPLICATE) != (duplicate_of is not None):
        raise ReasonNeeded("A duplicate, and only a duplicate, names the claim that it repeats.")
    with held(claim_id, by=by, right="close", version=version, why=reason) as claim:
        if duplicate_of is not None:
            _is_no_duplicate(duplicate_of, by)
        return _move(claim, Action.CLOSE, closed_because=because, duplicate_of=duplicate_of)


@change
def withdraw_claim(*, claim_id: int, by: User, reason: str = "Taken back by whoever made it.") -> Claim:
    """Whoever made a claim takes it back while nobody else has worked on it: it is closed, as dropped."""
    with held(claim_id, by=by, right="propose", why=reason) as claim:
        others = Assessment.objects.filter(claim=claim).exclude(author=by).exists()
        if claim.created_by_id != by.pk or claim.assignee_id not in (None, by.pk) or others:
            raise NotAllowed("Others have worked on this claim: an editor closes it.", needed=["close"])
        return _move(claim, Action.CLOSE, closed_because=ClosedBecause.DROPPED)


def _is_no_duplicate(claim_id: int, by: User) -> None:
    """Whoever repeats a claim names the one that is not closed as a duplicate itself: so nothing points in a circle."""
    first = Claim.objects.select_for_update(no_key=True).visible_to(by).filter(pk=claim_id).first()
    if first is None:
        raise NoSuchClaim(claim_id)
    if first.duplicate_of_id:
        told = f"Claim {claim_id} is itself closed as a duplicate, of {first.duplicate_of_id}: name that one."
        raise DomainError(told, claim=claim_id, duplicate_of=first.duplicate_of_id)


@change
def still_stands(*, claim_id: int, by: User, revision: int | None = None, version: int | None = None) -> Claim:
    """One key after new backing or a changed source: what was signed still stands."""
    with held(claim_id, by=by, right="assess", revision=revision, version=version, why="still stands") as claim:
        Claim.objects.filter(pk=claim.pk).update(look_again=False, source_changed=False)
        claim.refresh_from_db()
        return claim


@change
def look_again(*, claim_id: int, by: User, reason: str, version: int | None = None) -> Claim:
    """Somebody wants a finding to be looked at again, by hand: it stays as it is until one key says that it stands."""
    say_why(reason)
    with held(claim_id, by=by, right="assess", version=version, why=reason) as claim:
        if claim.state not in FOUND or claim.look_again:
            told = (
                "It is to be looked at again already." if claim.look_again else "There is no finding to look at again."
            )
            raise DomainError(told, claim=claim_id, state=claim.state)
        Claim.objects.filter(pk=claim.pk).update(look_again=True)
        claim.refresh_from_db()
        return claim


# --- may we print it ---


@change
def clear(
    *, claim_id: int, revision: int, by: User, value: str, wording: str = "", override_reason: str = "", note: str = ""
) -> Clearance:
    """Decide whether the claim may be printed (rule 8). An override is a chief's; a legal hold has its own function."""
    with held(claim_id, by=by, right="clear", revision=revision, why=override_reason or note) as claim:
        return Clearance.objects.create(
            claim=claim,
            revision=revision,
            value=value,
            wording=wording,
            override_reason=override_reason,
            note=note,
            by=by,
        )


@change
def legal_hold(*, claim_id: int, revision: int, by: User, note: str, lift: bool = False) -> Clearance:
    """Legal alone says that a claim may not be printed, whatever else is decided; or (``lift``) takes that back: the
    claim is then on hold, for an editor to decide.
    """
    say_why(note)
    value = ClearanceValue.HOLD if lift else ClearanceValue.LEGAL_HOLD
    with held(claim_id, by=by, right="legal_hold", revision=revision, why=note) as claim:
        if lift and claim.clearance != ClearanceValue.LEGAL_HOLD:
            raise DomainError(f"Claim {claim_id} is not on legal hold.", claim=claim_id, clearance=claim.clearance)
        return Clearance.objects.create(claim=claim, revision=revision, value=value, note=note, by=by)
