"""Signing in as people do: by the page, with a password, and with a code where one is asked for."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.test import Client

from factdesk.people.models import User
from tests import make

PASSWORD = "seven green kettles"
LOGIN = "/account/login/"
SECRET = base64.b32encode(b"twenty bytes of test").decode()


def somebody(role: str = "reader", **facts: Any) -> User:
    """A person with :data:`PASSWORD`; ``second_factor=True``: and with an app that holds :data:`SECRET`."""
    second_factor = facts.pop("second_factor", False)
    person = make.user(role, **facts)
    person.set_password(PASSWORD)
    person.save()
    if second_factor:
        Authenticator.objects.create(user=person, type="totp", data={"secret": SECRET})
    return person


def try_to(browser: Client, login: str, password: str = PASSWORD, to: str = "", **options: Any) -> HttpResponse:
    """Send the sign-in form."""
    return browser.post(LOGIN, {"login": login, "password": password, "next": to}, **options)


def browser_of(person: User) -> Client:
    """A browser in which this person has signed in by the page (with a code, where they have a second factor)."""
    browser = Client()
    answer = try_to(browser, person.username)
    assert answer.status_code == 302, answer.content.decode()
    if answer["Location"] == "/account/second-factor/code/":
        answer = browser.post(answer["Location"], {"code": code()})
    assert answer["Location"] == "/desk/", answer["Location"]
    return browser


def code(secret: str = SECRET, steps: int = 0) -> str:
    """The six digits that an app shows for this secret now, or some steps of 30 seconds later (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 0xF
    [number] = struct.unpack(">I", digest[start : start + 4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06}"


def who(browser: Client) -> str | None:
    """Whose session the browser holds, by what the account page shows; None for nobody."""
    answer = browser.get("/account/")
    return answer.context["user"].username if answer.status_code == 200 else None
