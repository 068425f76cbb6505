"""Our own copy on its way to print, as acts of its document's page: people and closing times, the sign-off of all of it
at once, changes of the copy, how an open must goes out, and the closing of the page.
"""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from claims import copydesk, pieces, usages
from claims.admin import folderwork
from claims.admin.choosing import chosen
from claims.admin.deciding import reason
from claims.labels import FIELDS
from claims.models import Claim, CopyChange, Piece
from claims.vocabularies import CopyDecision, Priority, WentOutOpen
from factdesk import columns
from factdesk.acts import Act, Asked, WorkForm
from factdesk.people.models import User

_PEOPLE = [name for name in pieces.PIECE if name.endswith("_id")]


class _PieceForm(WorkForm):
    def start(self, asked: Asked) -> dict[str, Any]:
        if asked.part is None:
            return {}
        return {name: getattr(asked.part, name) for name in pieces.PIECE}

    def prepare(self) -> None:
        """People who are at the desk."""
        for name in _PEOPLE:
            self.fields[name].queryset = User.objects.filter(is_active=True).order_by("username")  # type: ignore[attr-defined]


def _piece_fields() -> dict[str, forms.Field]:
    own: dict[str, forms.Field] = {name: columns.people(User.objects.none(), FIELDS[name]) for name in _PEOPLE}
    return columns.fields(Piece, pieces.PIECE, FIELDS, **own)


PieceForm = columns.form("PieceForm", _PieceForm, _piece_fields())


class _Seen(forms.MultipleChoiceField):
    """Findings, each with the revision of its claim that was seen, "12.3": what is out of date is refused later."""

    def valid_value(self, value: Any) -> bool:
        return re.fullmatch(r"[0-9]{1,18}\.[0-9]{1,9}", str(value), re.ASCII) is not None


class SignPiece(WorkForm):
    claims = _Seen(
        label=_("Findings that you have read"), widget=forms.CheckboxSelectMultiple,
        help_text=_("Allegations, and what is on legal hold, are initialled alone, on their own pages."),
    )  # fmt: skip
    note = reason(_("Note"), required=False, rows=2)

    def prepare(self) -> None:
        """What this person may sign in one act, each with its finding."""
        found = pieces.signable(self.asked.part, self.asked.by)
        told = [
            (f"{finding.pk}.{claim.revision}", f"{claim.statement} - {finding.get_verdict_display()}, {finding.author}")
            for claim, finding in found
        ]
        self.fields["claims"].choices = told  # type: ignore[attr-defined]
        self.initial.setdefault("claims", [value for value, label in told])
        if not told:
            self.nothing = _(
                "Nothing waits for your initials here. Your own findings are somebody else's to initial; allegations, "
                "and what is on legal hold, are initialled on their own pages."
            )


INITIALS_STAY = _("Initials cannot be undone here: an editor sends a finding back, or reopens it.")


class ProposeChange(WorkForm):
    passage_id = chosen("passage", required=True, label=_("In place of which marked words"))
    replacement = reason(FIELDS["replacement"], required=False, rows=3, longest=10_000)
    reason = reason(_("Why"), rows=2)
    force = forms.ChoiceField(label=FIELDS["force"], choices=Priority.choices, initial=Priority.SHOULD)
    claim_id = chosen("claim", label=_("For the sake of which claim"))


class DecideChange(WorkForm):
    decision = forms.ChoiceField(label=_("Decision"), choices=CopyDecision.choices)
    reason = reason(_("Why; or the new words"), required=False, rows=3)


class DecideOpen(WorkForm):
    decision = forms.ChoiceField(label=_("It goes out"))
    because = reason(_("Why"))

    def prepare(self) -> None:
        """Printed unchecked is a chief's to say."""
        unchecked = self.asked.by.may("print_unchecked")
        words = [word for word in WentOutOpen if unchecked or word != WentOutOpen.PRINTED_UNCHECKED]
        self.fields["decision"].choices = [(word.value, word.label) for word in words]  # type: ignore[attr-defined]


def _columns(asked: Asked) -> dict[str, Any]:
    """People by their numbers."""
    return {name: value.pk if isinstance(value, User) else value for name, value in asked.given.items()}


def _open(asked: Asked) -> Piece:
    return pieces.open_piece(document_id=asked.record.pk, by=asked.by, columns=_columns(asked))


def _edit(asked: Asked) -> Piece:
    return pieces.edit_piece(piece_id=asked.part.pk, version=asked.part_version, by=asked.by, columns=_columns(asked))


def sign(asked: Asked) -> Any:
    pairs = (one.split(".") for one in asked.given["claims"])
    seen = {int(finding): int(revision) for finding, revision in pairs}
    return pieces.sign_off_piece(piece_id=asked.part.pk, seen=seen, by=asked.by, note=asked.given["note"])


def _close(asked: Asked) -> Piece:
    return pieces.close_page(piece_id=asked.part.pk, version=asked.part_version, by=asked.by)


def _propose(asked: Asked) -> CopyChange:
    return copydesk.propose_change(piece_id=asked.part.pk, by=asked.by, **asked.given)


def _decide(asked: Asked) -> CopyChange:
    return copydesk.decide_change(change_id=asked.part.pk, version=asked.part_version, by=asked.by, **asked.given)


def _decide_open(asked: Asked) -> Any:
    piece = Piece.objects.visible_to(asked.by).get(document=asked.record)
    return usages.decide_open(
        claim_id=asked.part.pk, piece_id=piece.pk, revision=asked.part_version, by=asked.by, **asked.given
    )


def _is_theirs_to_decide(change: CopyChange, by: User) -> bool:
    return change.decision is None and (by.may("decide_copy") or change.piece.author_id == by.pk)


ACTS = [
    Act("open-piece", _("To print"), ("assign",), _open, PieceForm, "", _("On its way to print."), "", "work",
        _("On its way")),
    Act("edit-piece", _("People and closing times"), ("assign",), _edit, PieceForm, "", _("Changed."), "piece", "",
        _("Change")),
    Act("sign-piece", _("Initial all of it"), ("sign_off",), sign, SignPiece, "", _("Initialled."), "piece", "",
        _("Initial them"), caution=INITIALS_STAY),
    Act("propose-change", _("Change the copy"), ("change_copy",), _propose, ProposeChange, "", _("Proposed."), "piece",
        "", _("Propose it")),
    Act("close-page", _("The page has closed"), ("assign",), _close, None, "", _("Closed."), "piece",
        when=lambda piece, by: piece.closed_at is None),
    Act("decide-change", _("decide"), ("propose",), _decide, DecideChange, "", _("Decided."), "change", "",
        _("Decide"), when=_is_theirs_to_decide),
    Act("decide-open", _("how it goes out"), ("clear", "print_unchecked"), _decide_open, DecideOpen, "", _("Decided."),
        "open", "", _("Decide")),
]  # fmt: skip


def shown(document: Any, by: User) -> dict[str, Any]:
    """The piece, if the document is one on its way to print, with its changes and the claims that are undecided."""
    if document.kind != "desk_copy":
        return {}
    rows = Piece.objects.visible_to(by).filter(document=document)
    piece = rows.select_related("author", "editor", "checker", "second_reader", "lawyer").first()
    if piece is None:
        return {"may_open_piece": True}
    piece.document = document
    changes = (
        CopyChange.objects.visible_to(by)
        .filter(piece=piece)
        .select_related("passage__snapshot", "claim", "proposed_by", "decided_by")
    )
    people = [(FIELDS[name], getattr(piece, name.removesuffix("_id"))) for name in _PEOPLE]
    return {
        "piece": piece,
        "piece_people": [(label, person) for label, person in people if person],
        "changes": [_told(one, piece) for one in changes.order_by("decision", "passage__start", "pk")],
        "folder": folderwork.folder_of(piece, by),
        "undecided": [seen(claim) for claim in pieces.undecided(piece)],
    }


def _told(change: CopyChange, piece: Piece) -> CopyChange:
    change.piece = piece
    text = change.passage.snapshot.text
    change.words = text[change.passage.start : change.passage.end] if text is not None else None  # type: ignore[attr-defined]
    return change


def part(by: User, document: Any, sort: str, number: int) -> Any:
    """The piece, one of its changes, or a claim in it of which it is to be decided how it goes out."""
    piece = Piece.objects.visible_to(by).filter(document=document).first()
    if piece is not None and sort in ("folder", "in_folder"):
        return folderwork.part(by, piece, sort, number)
    if piece is None or sort == "piece":
        return piece if piece is not None and piece.pk == number else None
    if sort == "change":
        return CopyChange.objects.visible_to(by).filter(piece=piece, pk=number).first()
    return seen(Claim.objects.visible_to(by).filter(pk__in=pieces.claims_of(piece).values("pk"), pk=number).first())


def seen(claim: Claim | None) -> Claim | None:
    """A claim as a part of a piece: what is decided on it there is decided on its revision."""
    if claim is not None:
        claim.seen_as = claim.revision  # type: ignore[attr-defined]
    return claim
