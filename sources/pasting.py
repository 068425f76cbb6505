"""Material that somebody pastes or uploads: the document and its first saved copy, both or neither."""

from collections.abc import Mapping
from typing import Any

from factdesk.change import change
from factdesk.people.models import User
from sources.capture import Captured
from sources.editing import add_document, add_snapshot
from sources.models import Document
from sources.models.document import CapturedFrom


@change
def paste(*, by: User, columns: Mapping[str, Any], text: str, captured: Captured | None = None) -> Document:
    """A new document, with its text where there is one (``captured``: the file that it was read from). Raises what
    ``sources.editing`` raises.
    """
    document = add_document(by=by, columns=columns)
    if text.strip():
        came = CapturedFrom.UPLOAD if captured else CapturedFrom.PASTE
        add_snapshot(document_id=document.pk, by=by, text=text, captured_from=came, captured=captured)
    return document
