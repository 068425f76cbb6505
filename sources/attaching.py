"""The text of a sealed snapshot, once somebody has it: attached only if it is the text that was sealed."""

import hashlib
from dataclasses import dataclass

from factdesk.context import acting
from factdesk.errors import BadInput, DomainError
from factdesk.people.models import User
from sources.models import Snapshot


class WrongText(DomainError):
    """The text is not the one that was sealed."""

    code = "wrong_text"


@dataclass(frozen=True)
class Attached:
    """``done`` is False where the snapshot holds that text already."""

    snapshot: Snapshot
    done: bool


def text_of(original: bytes) -> str:
    """A text out of its UTF-8 bytes: CRLF to LF, nothing else. Raises :class:`BadInput` for NUL and other encodings."""
    try:
        text = original.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as wrong:
        line = original.count(b"\n", 0, wrong.start) + 1
        problem = {"line": line, "path": "", "code": "not_utf8", "message": f"Byte {wrong.start} is not UTF-8."}
        raise BadInput("The text is not UTF-8.", [problem]) from wrong
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise BadInput(
            "The text holds NUL.",
            [{"line": line, "path": "", "code": "nul", "message": f"NUL at character {text.index(chr(0))}."}],
        )
    return text


def attach(*, snapshot_id: int, original: bytes, by: User | None = None) -> Attached:
    """Attach a sealed snapshot's text. Raises :class:`WrongText` if its digest is another, and changes nothing."""
    text = text_of(original)
    with acting(by=by, why="attach text", way="import"):
        snapshot = Snapshot.objects.select_for_update().get(pk=snapshot_id)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest != snapshot.sha256:
            raise WrongText(
                f"Another text: its digest is {digest[:12]}…, the saved copy's {snapshot.sha256[:12]}….", found=digest
            )
        if not snapshot.sealed:
            return Attached(snapshot, done=False)
        snapshot.text = text
        snapshot.save(update_fields=["text"])
        return Attached(snapshot, done=True)
