"""A real browser for tests: Debian's Chromium, driven over the desk's own pages; what it complains of is kept."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, sync_playwright

from factdesk.people.models import User

CHROMIUM = os.environ.get("FACTDESK_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
WIDE, NARROW = (1440, 900), (360, 740)

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_LISTEN = """
    window.refusedByPolicy = [];
    document.addEventListener('securitypolicyviolation',
        (e) => refusedByPolicy.push(e.violatedDirective + ' ' + e.blockedURI));
"""


class Desk:
    """One browser window on the desk at ``address``. ``complaints``: what the browser said against a page."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {text}")

    def go(self, path: str) -> Page:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        return self.page

    def policy_violations(self) -> list[str]:
        """What the content security policy refused on the page at hand, frames included."""
        return [told for frame in self.page.frames for told in frame.evaluate("window.refusedByPolicy || []")]

    def accessibility_faults(self) -> list[str]:
        """axe-core's findings on the page at hand: rule and the first element that breaks it."""
        found = Axe().run(self.page).response["violations"]
        return [f"{self.page.url}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]

    def sticks_out(self) -> int:
        """How many pixels of the page lie beyond the right edge of the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def tab_to(self, name: str, most: int = 80) -> None:
        """Press Tab until the link or button of this name has the focus."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            focused = (
                "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').trim()"
            )
            if self.page.evaluate(focused).startswith(name):
                return
        raise AssertionError(f"{name} is not reached by {most} Tabs on {self.page.url}")


@contextmanager
def desk(address: str, size: tuple[int, int] = WIDE, *, scripts: bool = True) -> Iterator[Desk]:
    """A fresh browser window. ``scripts=False``: with JavaScript switched off."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts)
        context.set_default_timeout(20_000)
        if scripts:
            context.add_init_script(_LISTEN)
        try:
            yield Desk(context, address)
        finally:
            browser.close()


def session_of(person: User) -> str:
    """The session of somebody who has signed in. Asked for before a window is opened: Playwright runs a loop of its
    own, in which Django takes every query for an asynchronous one.
    """
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def sign_in_with(session: str, window: Desk) -> None:
    """Go on in that session, without the form."""
    window.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": window.address}])
