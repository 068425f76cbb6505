"""Endpoints: made, changed, switched off and on, given a new secret. A person's own; everybody's for chiefs."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from factdesk import places
from factdesk.change import change, known, locked, may, write
from factdesk.context import acting
from factdesk.errors import BadInput, DomainError, NotAllowed
from factdesk.people.models import User
from factdesk.webhooks import signing
from factdesk.webhooks.models import Delivery, Endpoint, Fault, Spell, State, SwitchedOff

#: the columns that people write
COLUMNS = ("address", "description", "resources", "hears_restricted")
#: So long an old secret signs beside the new one, so that its receiver has time to take the new one over.
BOTH = timedelta(hours=24)
#: So many endpoints one person has at the most: each of them is told of everything.
MOST = 20


class IsDisabled(DomainError):
    """The endpoint is switched off."""

    code = "endpoint_is_disabled"
    status = 409


class TooMany(DomainError):
    """A person has as many endpoints as one person may have."""

    code = "too_many_endpoints"
    status = 409


@change
def add(*, by: User, columns: Mapping[str, Any]) -> tuple[Endpoint, str]:
    """An endpoint in this person's name: the row, and its secret, which is told this one time."""
    may(by, "webhooks")
    known("webhook", columns, COLUMNS)
    _check(columns, by)
    with acting(by=by, why="sets up a webhook"):
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if Endpoint.objects.filter(person=by).count() >= MOST:
            raise TooMany(_("One person has %d webhooks at the most.") % MOST, most=MOST)
        secret = signing.new_secret()
        made = Endpoint.objects.create(person=by, secret=signing.locked_up(secret), **columns)
    return made, secret


@change
def edit(*, endpoint_id: int, version: int | None, by: User, columns: Mapping[str, Any], why: str = "") -> Endpoint:
    """Change where it is, what it is for, and what it hears."""
    known("webhook", columns, COLUMNS)
    with acting(by=by, why=why or "changes a webhook"):
        endpoint = _theirs(endpoint_id, version, by)
        _check(columns, by, endpoint)
        write(endpoint, columns)
    return endpoint


@change
def disable(*, endpoint_id: int, version: int | None, by: User) -> Endpoint:
    """Tell it nothing from now on. What waits for it has failed, and can be sent again once it is on."""
    with acting(by=by, why="switches a webhook off"):
        endpoint = _theirs(endpoint_id, version, by)
        if endpoint.disabled_at is None:
            switch_off(endpoint, SwitchedOff.BY_HAND)
    return endpoint


@change
def enable(*, endpoint_id: int, version: int | None, by: User) -> Endpoint:
    """Tell it again, of what changes from now on. What it missed is in the changes feed."""
    with acting(by=by, why="switches a webhook on"):
        endpoint = _theirs(endpoint_id, version, by)
        if endpoint.disabled_at is None:
            return endpoint
        try:
            signing.taken_out(endpoint.secret)
        except signing.SecretLost:
            told = _("Its secret cannot be read any more: make a new one.")
            raise IsDisabled(told, because=SwitchedOff.SECRET_LOST.value) from None
        _end_waiting(endpoint)  # what was being made while it was switched off
        write(endpoint, {"disabled_at": None, "disabled_because": None})
    return endpoint


@change
def rotate_secret(*, endpoint_id: int, version: int | None, by: User) -> tuple[Endpoint, str]:
    """A new secret, which is told this one time. For a day the old one signs as well."""
    with acting(by=by, why="gives a webhook a new secret"):
        endpoint = _theirs(endpoint_id, version, by)
        secret = signing.new_secret()
        columns: dict[str, Any] = {"secret": signing.locked_up(secret), "old_secret": "", "old_secret_until": None}
        if endpoint.disabled_because != SwitchedOff.SECRET_LOST:
            columns |= {"old_secret": endpoint.secret, "old_secret_until": timezone.now() + BOTH}
        write(endpoint, columns)
    return endpoint, secret


def switch_off(endpoint: Endpoint, because: SwitchedOff) -> None:
    """Switch off a locked endpoint: what waits for it has failed. Inside ``acting``."""
    write(endpoint, {"disabled_at": timezone.now(), "disabled_because": because.value})
    _end_waiting(endpoint)


def _end_waiting(endpoint: Endpoint) -> None:
    Spell.objects.filter(endpoint=endpoint).delete()
    waiting = Delivery.objects.filter(endpoint=endpoint, state=State.WAITING)
    waiting.update(state=State.FAILED, fault=Fault.SWITCHED_OFF, next_attempt_at=None)


def theirs(endpoint_id: int, version: int | None, by: User) -> Endpoint:
    """The endpoint, locked, where this person may do something with it; else NoSuchRecord or NotAllowed."""
    return _theirs(endpoint_id, version, by)


def _theirs(endpoint_id: int, version: int | None, by: User) -> Endpoint:
    may(by, "webhooks")
    found: Endpoint = locked(Endpoint.objects.visible_to(by), endpoint_id, version, "webhook")
    return found


def _check(columns: Mapping[str, Any], by: User, endpoint: Endpoint | None = None) -> None:
    if "address" in columns:
        _check_address(columns["address"])
    hears = endpoint is not None and endpoint.hears_restricted
    if "address" in columns and hears and columns.get("hears_restricted", True):  # what it hears would go elsewhere
        may(by, "read_restricted")
    if columns.get("hears_restricted") and not hears:
        if endpoint is not None and endpoint.person_id != by.pk:
            raise NotAllowed(_("Its own person alone lets it hear of restricted material."), right="read_restricted")
        may(by, "read_restricted")


def _check_address(address: str) -> None:
    """BadInput unless it may be asked for. Nothing is looked up: what a name leads to is judged whenever it is used."""
    try:
        place = places.place_of(address)
    except places.NotSent as refused:
        problem = {"path": "address", "code": refused.trouble.value, "message": str(refused.trouble.label)}
        raise BadInput(_("The desk sends nothing to this address."), [problem]) from None
    if place.scheme != "https" and not place.is_allowed:
        told = _("Give an https address; http is for hosts that the desk's operator has named.")
        raise BadInput(told, [{"path": "address", "code": "https_needed", "message": told}])
