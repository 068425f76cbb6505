"""What the desk writes to its people. Plain text, one table of subjects and bodies."""

from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.http import int_to_base36
from django.utils.translation import gettext_lazy as _

from factdesk.people.models import Invitation, User

_NOT_YOU = _("If this was not you, tell a chief of your desk at once.")

#: what was done to somebody's account -> what they are told of it
TOLD = {
    "password_changed": _("Your password was changed."),
    "password_reset": _("A new password was set for you, by the link that was sent to this address."),
    "totp_activated": _("A second factor was set up for you: signing in now asks for a code, too."),
    "totp_deactivated": _("Your second factor was turned off: signing in asks for your password only."),
    "recovery_codes_generated": _("You have new recovery codes; the old ones work no longer."),
    "second_factor_reset": _("A chief has taken away your second factor. Set up a new one when you sign in."),
    "token_made": _("A chief has made a token: a program may now use the desk in your name, within your role."),
    "role_changed": _("Your role at the desk has changed."),
}


def tell(*, person: User, what: str) -> None:
    """Write to a person what was done to their account (a word of :data:`TOLD`), if there is an address."""
    if person.email:
        body = f"{_greeting(person)}\n\n{TOLD[what]}\n\n{_NOT_YOU}\n"
        send_mail(_("Your account at factdesk"), body, None, [person.email])


def send_reset(*, person: User, base: str) -> None:
    """Send the link by which a person who forgot their password sets a new one. ``base``: scheme and host."""
    where = {"uidb36": int_to_base36(person.pk), "key": default_token_generator.make_token(person)}
    link = f"{base}{reverse('account_reset_password_from_key', kwargs=where)}"
    body = _(
        "%(greeting)s\n\nwith this link you set a new password. It works once, for one hour.\n\n%(link)s\n\n"
        "Your user name is %(username)s. If you did not ask for this, do nothing: your password stays as it is.\n"
    )
    told = {"greeting": _greeting(person), "link": link, "username": person.username}
    send_mail(_("A new password for factdesk"), body % told, None, [person.email])


def send_invitation(*, invitation: Invitation, link: str) -> None:
    """Send the link by which somebody makes their account. OSError or SMTPException where it cannot be sent."""
    body = _(
        "Hello,\n\n%(by)s invites you to factdesk, the desk's record of claims, as %(role)s. With this link you "
        "choose a user name and a password. It works once, until %(until)s.\n\n%(link)s\n"
    )
    told = {
        "by": invitation.invited_by.get_full_name() or invitation.invited_by.username,
        "role": invitation.get_role_display().lower(),
        "until": f"{invitation.expires_at:%Y-%m-%d}",
        "link": link,
    }
    send_mail(_("You are invited to factdesk"), body % told, None, [invitation.email])


def _greeting(person: User) -> str:
    return str(_("Hello %(name)s,")) % {"name": person.get_full_name() or person.username}
