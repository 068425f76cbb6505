"""Our own copy for tests: a text with its lines laid down, on its way to print, and a window at it that counts keys."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connections
from django.utils import timezone
from playwright.sync_api import Page

from claims.models import Claim, FolderDocument, Piece
from factdesk.people.models import User
from sources import editing as material
from sources.models import Document
from tests import make
from tests.browsing import WIDE, Desk, desk, sign_in_with

COPY = """Bridge repair costs double

The bridge at Weir Street will close for eleven weeks.

The mayor opened it in 1998. The council paid £204,000 for the work, its register shows. \
Engineer Nell Sarkby said the railing is safe.

The firm's owner took money from the fund, two clerks say. Nobody was hurt. It is a lovely bridge.
"""


def on_its_way(
    text: str = COPY, *, folder: tuple[str, ...] = (), kind: str = "desk_copy", **people: User
) -> tuple[Document, Piece | None]:
    """A copy with its lines, published by the Lantern; for ``desk_copy`` its piece, with this folder."""
    document = make.document("Bridge repair", kind, publisher=make.outlet("The Lantern"))
    by = people.get("checker") or make.user("checker")
    material.add_snapshot(document_id=document.pk, by=by, text=text, captured_from="paste")
    if kind != "desk_copy":
        return document, None
    closes = timezone.now() + timedelta(hours=4)
    piece = Piece.objects.create(document=document, text_closes_at=closes, page_closes_at=closes, **people)
    for title in folder:
        FolderDocument.objects.create(piece=piece, document=make.document(title, "memo"), by=by)
    return document, piece


@dataclass
class Typist:
    """Works at a copy by the keyboard. ``keys`` counts each key that is pressed; prose and numbers are not counted."""

    window: Desk
    place: str
    keys: int = 0
    pressed: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.window.page

    def press(self, *keys: str) -> None:
        """Press them, one after the other; where the desk answers, wait for it. A chord is as many keys as it has."""
        for key in keys:
            self.keys += len(key.split("+"))
            self.pressed.append(key)
            self.page.keyboard.press(key)
            self._wait()

    def _wait(self) -> None:
        for _ in range(500):
            if self.page.evaluate("window.asked === window.answers"):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"The desk did not answer {self.pressed}.")

    def prose(self, words: str) -> None:
        """Words and numbers, instead of what is selected."""
        self.page.keyboard.type(words)

    def at(self, words: str) -> None:
        """Go to the line with these words; not counted."""
        self.page.locator("#copy .line", has_text=words).first.locator(".sign").click()
        self._wait()
        assert words in self.here()
        self.keys, self.pressed = 0, []

    def here(self) -> str:
        """The words of the line at hand."""
        return self.page.locator("#copy .line.now").inner_text()

    def mark(self, words: str) -> str:
        """How the line with these words is marked."""
        return self.page.locator("#copy .line", has_text=words).first.get_attribute("data-mark") or ""

    def told(self) -> str:
        """What the desk says."""
        return self.page.locator("#told").inner_text()


#: Counts what was asked of the server and what was answered and put into the page.
_COUNT = """
    window.asked = 0; window.answers = 0;
    const fetched = window.fetch;
    window.fetch = async (address, options) => {
        if (!/\\/desk\\/copy\\/|\\/find\\//.test(String(address))) return fetched(address, options);
        window.asked += 1;
        try { return await fetched(address, options); }
        finally { setTimeout(() => { window.answers += 1; }, 60); }
    };
"""


@contextmanager
def typist(address: str, session: str, document: int, size: tuple[int, int] = WIDE) -> Iterator[Typist]:
    """Somebody at the copy, by the keyboard."""
    with desk(address, size) as window:
        window.context.add_init_script(_COUNT)
        sign_in_with(session, window)
        place = f"/desk/copy/{document}/"
        window.go(place)
        try:
            yield Typist(window, place)
        finally:
            if "DJANGO_ALLOW_ASYNC_UNSAFE" in os.environ:
                connections.close_all()  # those opened in Playwright's loop, which nobody else would close


def claim_of(words: str) -> Claim:
    """The newest claim that says so."""
    return Claim.objects.filter(statement__contains=words).latest("pk")
