"""Who is told that the desk has switched a webhook off, or cannot tell of a change: those concerned, by mail."""

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from factdesk.people.models import User
from factdesk.people.roles import Role
from factdesk.webhooks.models import Endpoint


def switched_off(endpoint: Endpoint) -> int:
    """Write to its person and to all chiefs who have an address. Returns how many mails.

    The host is named, the rest of the address is not: it may hold a secret.
    """
    concerned = User.objects.filter(Q(pk=endpoint.person_id) | Q(role=Role.CHIEF), is_active=True).exclude(email="")
    page = reverse("admin:webhooks_endpoint_change", args=[endpoint.pk])
    body = _(
        "Hello %(name)s,\n\nfactdesk has switched off the webhook %(webhook)s of %(person)s, which tells %(host)s of "
        "changes: %(why)s.\n\nWhat it missed is in the changes feed. Once its receiver is there again, switch it on:\n"
        "%(page)s\n"
    )
    facts = {
        "webhook": endpoint.pk,
        "person": endpoint.person.get_full_name() or endpoint.person.username,
        "host": endpoint.host,
        "why": endpoint.get_disabled_because_display(),
        "page": f"{settings.ENV.public_url}{page}",
    }
    told = list(concerned)
    for person in told:
        name = person.get_full_name() or person.username
        send_mail(_("A webhook was switched off"), body % {**facts, "name": name}, None, [person.email])
    return len(told)


def set_aside(ticket: int) -> int:
    """Write to all chiefs who have an address that a transaction could not be told. Returns how many mails."""
    told = list(User.objects.filter(role=Role.CHIEF, is_active=True).exclude(email=""))
    body = _(
        "Hello %(name)s,\n\nfactdesk could not make the webhook messages of one transaction (number %(ticket)s in the "
        "feed's tickets); the fault is in the log. It will go on trying, at longer and longer intervals. All later "
        "changes are told meanwhile, and the changes feed has this one, too.\n"
    )
    for person in told:
        name = person.get_full_name() or person.username
        send_mail(_("A change is not told by webhooks"), body % {"name": name, "ticket": ticket}, None, [person.email])
    return len(told)
