"""``If-Match`` (RFC 9110 §13.1.1): who changes something says which state of it they saw.

One strong tag, as the API gave it. ``*`` and weak tags say nothing about what was seen, a list leaves it open: they are
refused, not guessed at.
"""

import re

from rest_framework import exceptions
from rest_framework.request import Request

_TAG = re.compile(r'"([1-9][0-9]{0,9})"')


class VersionNeeded(exceptions.APIException):
    """RFC 6585 §3: the server requires the request to be conditional."""

    status_code = 428
    default_code = "if_match_needed"
    default_detail = "Say which version you saw: If-Match with the ETag of the object."


class BadIfMatch(exceptions.APIException):
    """A tag that this API never gave."""

    status_code = 400
    default_code = "bad_if_match"
    default_detail = 'If-Match names one version, as the ETag gave it: "7". No *, no W/, no list.'


def seen(request: Request) -> int:
    """The version that ``If-Match`` names, or :class:`VersionNeeded`, or :class:`BadIfMatch`."""
    header = request.headers.get("If-Match")
    if header is None:
        raise VersionNeeded
    found = _TAG.fullmatch(header.strip())
    if found is None:
        raise BadIfMatch
    return int(found[1])
