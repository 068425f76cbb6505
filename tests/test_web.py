"""What gunicorn refuses by itself is answered as the application would answer it."""

import json
import socket
import subprocess
import sys

import pytest
from gunicorn import util

from factdesk import env, web


def refused(status: int, reason: str, told: str) -> tuple[str, dict[str, str], dict[str, object]]:
    """The first line, the headers and the body of what goes out."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        web.refuse(ours, status, reason, told)
        ours.shutdown(socket.SHUT_WR)
        came = b"".join(iter(lambda: theirs.recv(65_536), b""))
    head, _, body = came.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), json.loads(body)


# Written out again on purpose.
CODES = {
    400: "bad_request",
    403: "bad_request",
    414: "uri_too_long",
    431: "headers_too_large",
    500: "fault",
    501: "fault",
}


@pytest.mark.parametrize(("status", "code"), CODES.items())
def test_what_does_not_reach_the_application_is_a_problem_too_and_quotes_nothing(status, code):
    first, headers, told = refused(status, "A Reason", "Invalid <b>secret</b> header")
    assert first.startswith(f"HTTP/1.1 {status} ")
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Connection"] == "close"
    assert int(headers["Content-Length"]) == len(json.dumps(told).encode())
    assert (told["status"], told["code"], told["type"]) == (status, code, f"/problems/{code}")
    assert told["request_id"] == headers["X-Request-ID"]
    assert "secret" not in json.dumps(told)


def test_whoever_has_gone_is_no_fault():
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        web.refuse(ours, 414, "URI Too Long", "")


def test_gunicorn_answers_so_and_takes_long_addresses():
    assert util.write_error is web.refuse
    assert (web.limit_request_line, web.limit_request_field_size) == (8190, 8190)


def test_a_worker_does_not_look_through_the_application_again():
    program = (
        "import gc, factdesk.wsgi\nfrom factdesk import web\nweb.post_worker_init(None)\nprint(gc.get_freeze_count())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=env.ROOT)
    assert int(done.stdout) > 100_000
