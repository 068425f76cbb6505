"""What a chief may change about the desk's people: their role, whether they are here, their second factor.

Nobody is deleted: a decision stays somebody's. Whoever leaves is made inactive, which ends their sessions and tokens.
"""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone
from django.utils.translation import gettext as _

from factdesk.context import acting
from factdesk.errors import DomainError, NotAllowed
from factdesk.people import tasks
from factdesk.people.models import Token, User
from factdesk.people.roles import GIVES, Role


class LastChief(DomainError):
    """The desk would be left without anybody who can invite. The database refuses it too (``user_keeps_a_chief``)."""

    code = "user_keeps_a_chief"
    status = 409


def change(*, person_id: int, role: str, is_active: bool, why: str, by: User) -> User:
    """Give a person a role, or let them go (and come back).

    NotAllowed where ``by`` may not give the role; LastChief where no active chief would be left.
    """
    if not by.may("invite") or role not in GIVES[by.role]:
        raise NotAllowed(_("Only a chief changes what somebody is at the desk."), right="invite", role=role)
    with acting(by=by, way="admin", why=why):
        # All chiefs are locked, in one order, so that two who demote each other are judged one after the other.
        chiefs = set(_active_chiefs())
        if by.pk not in chiefs:
            raise NotAllowed(_("You are a chief no longer."), right="invite")
        person = User.objects.select_for_update().get(pk=person_id)
        if (role != Role.CHIEF or not is_active) and chiefs == {person.pk}:
            raise LastChief(_("The desk needs a chief: make somebody else one first."), person=person_id)
        changed_role = person.role != role
        person.role, person.is_active = role, is_active
        person.save(update_fields=["role", "is_active"])
        if not is_active:
            Token.objects.filter(user=person, revoked_at=None).update(revoked_at=timezone.now())
            _sign_out(person)
        elif changed_role:
            tasks.tell.defer(person=person.pk, what="role_changed")
    return person


def reset_second_factor(*, person_id: int, why: str, by: User | None) -> User:
    """Take away a person's second factor and recovery codes, for who lost both, and sign them out everywhere.

    ``by`` None is the operator, at the shell. NotAllowed where ``by`` may not.
    """
    if by is not None and not by.may("invite"):
        raise NotAllowed(_("Only a chief takes a second factor away."), right="invite")
    with acting(by=by, way="admin" if by else "shell", why=why):
        person = User.objects.select_for_update().get(pk=person_id)
        gone, _rows = Authenticator.objects.filter(user=person).delete()
        _sign_out(person)
        if gone:
            tasks.tell.defer(person=person.pk, what="second_factor_reset")
    return person


def _active_chiefs() -> list[int]:
    chiefs = User.objects.select_for_update().filter(role=Role.CHIEF, is_active=True).order_by("pk")
    return [chief.pk for chief in chiefs]


def _sign_out(person: User) -> None:
    for session in UserSession.objects.filter(user=person):
        session.end()
