"""Who is asking."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from factdesk.people.models import User


def signed_in(request: HttpRequest) -> User:
    """The person whose session it is; PermissionDenied where it is nobody's."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
