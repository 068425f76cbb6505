"""One form, from its opening to its being sent: what stands in it, what is kept of it, what came of it.

The bargain: whatever becomes of a form, all that was typed is in the answer or in the person's draft, unless the act
was done; then the draft goes. The form's page is somebody else's to show.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from factdesk.acts import Act, Asked, WorkForm, drafted
from factdesk.errors import DomainError
from factdesk.people import drafts, keeping
from factdesk.people.drafts import Kept, Sheet, Typed

#: the fields in which a page says what was on it
SEEN = frozenset({"revision", "version", "part_version", "finding"})


@dataclass
class Outcome:
    """What became of a form that was sent: ``made`` by the act if ``done``; else ``doing``, to be shown again.

    ``discarded``: its draft was thrown away, and nothing was asked for.
    """

    done: bool = False
    made: Any = None
    discarded: bool = False
    doing: dict[str, Any] = field(default_factory=dict)
    status: int = 200


def number(text: str | None) -> int | None:
    """A number out of a form or an address; None where it is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def part_seen(part: Any) -> int | None:
    """What of a part has to have been seen by whoever changes it: its version, or what it says of itself."""
    return getattr(part, "seen_as", getattr(part, "version", None))


def seen_in(request: HttpRequest) -> dict[str, int | None]:
    """The numbers of what was on the person's screen, out of the form or the button's address."""
    return {name: number(request.POST.get(name) or request.GET.get(name)) for name in SEEN}


def opened(request: HttpRequest, act: Act, asked: Asked, sheet: Sheet) -> dict[str, Any]:
    """A form as it is shown first: empty, or with the person's draft in it.

    The draft's own ``seen`` is with it: what the person had looked at when they wrote it.
    """
    kept, form = drafts.of(asked.by, sheet.form), act.form
    if form is None:
        raise TypeError(f"{act.name} has no form.")
    if kept is None:
        return _shown(act, asked, sheet, form(asked=asked), None)
    typed = _typed(request, kept)
    doing = _shown(act, asked, sheet, form(drafted(typed), asked=asked, unchecked=True), kept)
    return doing | {"seen_then": {name: number((typed[name] or [""])[0]) for name in SEEN & typed.keys()}}


def _typed(request: HttpRequest, kept: Kept) -> Typed:
    """The draft's text, or that of another window, where ``?draft=`` asks for it."""
    asked = number(request.GET.get("draft"))
    if asked and asked <= len(kept.earlier):
        earlier: Typed = kept.earlier[asked - 1]["typed"]
        return earlier
    return kept.typed


def sent(
    request: HttpRequest, act: Act, asked: Asked, sheet: Sheet, do: Callable[[Asked], Any] | None = None
) -> Outcome:
    """Judge what was sent, and do it: by ``do``, or as the act has it."""
    keeping.taken(request)
    if "discard" in request.POST:
        drafts.discard(person=asked.by, form=sheet.form)
        return Outcome(discarded=True)
    form = act.form(request.POST, files=request.FILES, asked=asked) if act.form else None
    if form is not None:
        if "find" in request.POST:
            form.look_for(request.POST["find"])
            return _again(request, act, asked, sheet, form)
        if not form.is_valid():
            return _again(request, act, asked, sheet, form, status=400)
        asked.given = form.cleaned_data
    try:
        made = (do or act.call)(asked)
    except DomainError as refused:
        if form is not None:
            form.refuse(getattr(refused, "problems", []))
        outcome = _again(request, act, asked, sheet, form, status=refused.status)
        outcome.doing["refused"] = refused
        return outcome
    drafts.done(person=asked.by, form=sheet.form, seen=keeping.number_of(request))
    return Outcome(done=True, made=made)


def _again(
    request: HttpRequest, act: Act, asked: Asked, sheet: Sheet, form: WorkForm | None, *, status: int = 200
) -> Outcome:
    has_typed = form is not None and (form.has_changed() or keeping.number_of(request) > 0)
    kept = drafts.of(asked.by, sheet.form) if has_typed and keeping.keep(request, sheet) else None
    return Outcome(doing=_shown(act, asked, sheet, form, kept) | {"again": True}, status=status)


def _shown(act: Act, asked: Asked, sheet: Sheet, form: WorkForm | None, kept: Kept | None) -> dict[str, Any]:
    return {
        "act": act,
        "form": form,
        "part": asked.part,
        "part_seen": part_seen(asked.part),
        "draft": kept,
        "seal": drafts.seal(sheet),
        "number": kept.number if kept else 0,
        "address": sheet.address,
        "drafts": reverse("account_drafts"),
    }
