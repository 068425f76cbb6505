"""The author's folder of a piece, as acts of its document's page: what is put in, pasted in, taken out."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from claims import folders, pieces
from claims.admin.choosing import chosen
from claims.admin.deciding import reason
from claims.admin.documentwork import TextOrFile, file_field, text_field
from claims.labels import FIELDS
from claims.models import FolderDocument, Piece
from factdesk import columns
from factdesk.acts import Act, Asked, WorkForm
from factdesk.people.models import User
from sources.models import Document
from sources.models.document import DocumentKind

#: what is asked of new material that comes in a folder; the rest is added on its own page
COLUMNS = ("kind", "title", "url", "held_at")


class PutIn(WorkForm):
    document_id = chosen("document", required=True, label=_("Which material"))

    def start(self, asked: Asked) -> dict[str, Any]:
        """Empty: the piece's own document is what it is put in, not what is put in."""
        return {}


class _PasteForm(TextOrFile):
    def start(self, asked: Asked) -> dict[str, Any]:
        return {"kind": DocumentKind.MEMO}


PasteIn = columns.form(
    "PasteIn",
    _PasteForm,
    {**columns.fields(Document, COLUMNS, FIELDS), "text": text_field(required=False), "file": file_field()},
)


class TakeOut(WorkForm):
    because = reason(_("Why"), rows=2)


def _put(asked: Asked) -> FolderDocument:
    return pieces.put_in_folder(piece_id=asked.part.pk, by=asked.by, **asked.given)


def _paste(asked: Asked) -> FolderDocument:
    given = dict(asked.given)
    text, captured = given.pop("text"), given.pop("captured", None)
    return folders.paste_into_folder(piece_id=asked.part.pk, by=asked.by, text=text, captured=captured, columns=given)


def _take(asked: Asked) -> FolderDocument:
    return pieces.take_from_folder(entry_id=asked.part.pk, version=asked.part_version, by=asked.by, **asked.given)


def _is_theirs(entry: FolderDocument, by: User) -> bool:
    return entry.by_id == by.pk or by.may("edit")


ACTS = [
    Act("put-in-folder", _("put in what the desk has"), ("propose",), _put, PutIn, "", _("Put in."), "folder", "",
        _("Put it in")),
    Act("paste-in-folder", _("paste or upload something new"), ("propose",), _paste, PasteIn, "", _("Put in."),
        "folder", "", _("Put it in")),
    Act("take-from-folder", _("take out"), ("propose",), _take, TakeOut, "", _("Taken out."), "in_folder", "",
        _("Take it out"), when=_is_theirs),
]  # fmt: skip


def folder_of(piece: Piece, by: User) -> list[FolderDocument]:
    """What is in it that this person may see, as it was put in."""
    there = FolderDocument.objects.visible_to(by).filter(piece=piece, withdrawn_at__isnull=True)
    return list(there.select_related("document__publisher", "by").order_by("pk"))


def part(by: User, piece: Piece, sort: str, number: int) -> Any:
    """The piece whose folder it is, or one thing in it."""
    if sort == "folder":
        return piece if piece.pk == number else None
    return FolderDocument.objects.visible_to(by).filter(piece=piece, pk=number, withdrawn_at__isnull=True).first()
