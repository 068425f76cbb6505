"""What an author hands in with a piece and the desk does not have yet: the material and its place in the folder."""

from collections.abc import Mapping
from typing import Any

from claims import pieces
from claims.models import FolderDocument
from factdesk.change import change
from factdesk.people.models import User
from sources import pasting
from sources.capture import Captured


@change
def paste_into_folder(
    *, piece_id: int, by: User, columns: Mapping[str, Any], text: str, captured: Captured | None = None
) -> FolderDocument:
    """New material, with its text where there is one, in the folder of this piece: all of it or nothing.

    Raises what ``sources.pasting.paste`` and ``claims.pieces.put_in_folder`` raise.
    """
    document = pasting.paste(by=by, columns=columns, text=text, captured=captured)
    return pieces.put_in_folder(piece_id=piece_id, document_id=document.pk, by=by)
