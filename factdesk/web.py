"""Gunicorn's configuration, as ``serve`` starts it: ``gunicorn --config python:factdesk.web --bind fd://N``.

Two processes of four threads: views are synchronous, and two cores are what the desk is measured on. The
application is not preloaded, so that no database connection is older than its process.
"""

import contextlib
import gc
import http
import json
import socket
import uuid
from typing import Any

from django.urls import get_resolver
from gunicorn import util

from factdesk import lifeline

wsgi_app = "factdesk.wsgi:application"
workers = 2
threads = 4
worker_class = "gthread"
timeout = 120
graceful_timeout = 6
keepalive = 15
loglevel = "warning"
accesslog = None
proc_name = "factdesk"
control_socket_disable = True
# Bytes of the first line, and of a header: lists of 100 ids make long addresses, and a program's filters have several.
limit_request_line = 8190
limit_request_field_size = 8190

#: HTTP status -> code and words, where the request did not get as far as the application
_REFUSED = {
    414: ("uri_too_long", f"The address is longer than {limit_request_line:,} bytes: ask for fewer values at once."),
    431: ("headers_too_large", f"A header is longer than {limit_request_field_size:,} bytes, or there are too many."),
}


def refuse(client: socket.socket, status: int, reason: str, told: str) -> None:
    """Answer what was refused before the application saw it as ``factdesk.rest.problems`` would, and hang up.

    ``told`` is gunicorn's, and quotes what came: it is not told again.
    """
    code, detail = _REFUSED.get(status, ("bad_request" if status < 500 else "fault", f"{reason}."))
    number = str(uuid.uuid4())
    body = json.dumps(
        {
            "type": f"/problems/{code}",
            "title": code.replace("_", " ").capitalize(),
            "status": status,
            "detail": detail,
            "instance": "/",
            "code": code,
            "request_id": number,
        }
    ).encode()
    head = (
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\nX-Request-ID: {number}\r\n\r\n"
    )
    with contextlib.suppress(OSError):  # whoever asked has gone
        util.write_nonblock(client, head.encode("ascii") + body)  # type: ignore[no-untyped-call]


util.write_error = refuse  # gunicorn has no setting for it, and its own is a page of HTML


def on_starting(server: Any) -> None:
    """In the master, before there are workers; these end by themselves when the master does."""
    lifeline.watch()


def post_worker_init(worker: Any) -> None:
    """The application is there: what it consists of is not looked through for garbage again with every page.

    That took a fifth of the dearest pages' time (Today at 100,000 claims); what an answer leaves behind is collected.
    """
    _ = get_resolver().url_patterns  # every page's module is loaded, and so are their templates' tags
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
