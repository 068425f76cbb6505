"""Every address of the desk that a browser or a program can read, found in Django's own table of addresses.

A page that is new is asked for without anybody thinking of it; where a part of its address is of a kind that is not
known here, :func:`addresses` fails and says so.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import islice, product
from typing import Any
from zipfile import ZipFile

from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver

from claims.models import ImportOrder
from factdesk.api import RESOURCES
from factdesk.rest import shapes
from factdesk.webhooks.models import Endpoint
from sources.models import KnownTo

#: so many records of a kind are asked for: the first and the newest
SOME = 5
#: parts of addresses that are no record's number
WORDS = {
    "app_label": ["sources", "claims", "people", "webhooks"],
    "content_type_id": ["1"],
    "key": ["x"],
    "name": [
        *("claims", "work", "pieces", "sign-offs", "sources", "by-source", "accusations", "usages", "lines", "weeks")
    ],
    "uidb36": ["1"],
    "url": ["nowhere"],
}
_PART = re.compile(r"\(\?P<(\w+)>[^()]*\)|<(?:\w+:)?(\w+)>")
_MODELS: dict[str, type[Model]] = {
    model._meta.model_name or "": model
    for model in apps.get_models()
    if model._meta.app_label in ("sources", "claims", "people", "webhooks") and not model.__name__.endswith("Event")
} | {"known": KnownTo, "webhooks": Endpoint, "imports": ImportOrder}


def routes(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Every route, as ``admin/claims/claim/<path:object_id>/change/`` or as a regular expression."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern)


def addresses() -> dict[str, list[str]]:
    """route -> the addresses to ask for."""
    return {route: list(_addresses(route)) for route in routes()}


def _addresses(route: str) -> Iterator[str]:
    names = [one or other for one, other in _PART.findall(route)]
    plain = "/" + re.sub(r"[\^$\\]", "", _PART.sub("{}", route)).replace("(?:", "").replace(".*", "")
    for values in product(*(_values(name, route) for name in names)):
        yield plain.format(*values)


def _values(name: str, route: str) -> list[str]:
    if name in WORDS or route.startswith("admin/r/"):
        return WORDS.get(name, ["1"])
    model = _MODELS.get(name.removesuffix("_id"))
    if model is None:
        found = re.search(r"admin/(?:sources|claims|people|webhooks)/(\w+)/|api/v1/\^?(\w+)/", route)
        assert found, f"{route}: say in tests/exits.py what {name} is"
        model = (
            RESOURCES[found[2]].serializer_class.Meta.model if found[2] in RESOURCES else _MODELS[found[1] or found[2]]
        )
    numbers = model._default_manager.order_by("pk").values_list("pk", flat=True)
    return [str(pk) for pk in dict.fromkeys([*numbers[:SOME], *numbers.reverse()[:SOME]])]


def expanded() -> Iterator[str]:
    """Every list of the API with everything that may be asked to come along."""
    for name, viewset in RESOURCES.items():
        listed = iter(shapes.expansions(viewset.serializer_class))
        while some := list(islice(listed, 1)):
            yield f"/api/v1/{name}/?expand={','.join(some)}"


def unpacked(body: bytes) -> bytes:
    """What is in it, where it is an archive (a workbook is); else itself."""
    if not body.startswith(b"PK\x03\x04"):
        return body
    with ZipFile(BytesIO(body)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def read(client: Client, address: str) -> tuple[int, bytes]:
    """The answer's number, and all its bytes: its headers and cookies, and the further pages of a list."""
    told, code = [], 0
    while address:
        answer = client.get(address)
        assert answer.status_code < 500, address
        body = b"".join(answer) if answer.streaming else answer.content
        body = unpacked(body)
        told += [str(answer.headers).encode(), str(answer.cookies).encode(), body]
        code = code or answer.status_code
        further = re.search(rb'"next": ?"([^"]+)"', body[:5000] + body[-5000:]) if address.startswith("/api/") else None
        address = further[1].decode().replace("\\u0026", "&") if further else ""
    return code, b"\n".join(told)
