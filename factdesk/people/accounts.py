"""Accounts that the desk makes by itself."""

from django.contrib.auth.hashers import make_password

from factdesk.context import acting
from factdesk.people.models import User
from factdesk.people.roles import Role


def desk_user() -> User:
    """The desk itself, as whom the seeds are loaded at the first start: an editor whom nobody can sign in as.

    Made once; inactive, with a password that no password matches.
    """
    made = {"role": Role.EDITOR, "is_active": False, "password": make_password(None)}
    with acting(why="the desk's own account"):
        desk, _ = User.objects.get_or_create(username="desk", defaults=made)
    return desk
