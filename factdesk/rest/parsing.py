"""Bodies, as they come in: JSON, and bytes for whatever reads its own; nothing else, and no more than a view takes.

The bytes of a JSON body are kept on the view (``view.sent``): ``factdesk.rest.idempotency`` tells by them whether a
request is the same as before.
"""

import json
from typing import Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

#: bytes of a body at the most, where a view says nothing else
LARGEST_BODY = 2_500_000
#: Objects and lists in a body at the most: each costs memory, however short it is.
MOST_PARTS = 500_000


class TooLarge(APIException):
    """RFC 9110 §15.5.14."""

    status_code = 413
    default_code = "too_large"
    default_detail = "The request is larger than the desk takes here."


class Raw(BaseParser):
    """A body as bytes. ``view.largest`` says how many there may be."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The bytes, or :class:`TooLarge`."""
        request: Request = parser_context["request"]
        view: Any = parser_context["view"]
        most = getattr(view, "largest", LARGEST_BODY)
        length = str(request.META.get("CONTENT_LENGTH") or "")
        if length.isdecimal() and int(length) > most:
            raise TooLarge
        view.sent = stream.read(most + 1)
        if len(view.sent) > most:
            raise TooLarge
        return view.sent


class Json(Raw):
    """JSON in UTF-8. A body that is nested too deep, or that says a name twice, is the sender's fault."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The body as Python has it, or ParseError."""
        sent: bytes = super().parse(stream, media_type, parser_context)
        if sent.count(b"{") + sent.count(b"[") > MOST_PARTS:
            raise ParseError(f"The JSON has more than {MOST_PARTS:,} objects and lists.")
        try:
            return json.loads(sent.decode(), parse_constant=_no_number, object_pairs_hook=_once)
        except RecursionError:
            raise ParseError("The JSON is nested too deep.") from None
        except ValueError as wrong:  # no UTF-8, no JSON, or a number with too many digits
            raise ParseError(f"This is no JSON: {wrong}"[:200]) from None


def _no_number(constant: str) -> Any:
    raise ValueError(f"{constant} is no number of JSON.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice.")
    return found
