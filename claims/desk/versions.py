"""What became of a document from one saved copy to the next: changed, moved, new and gone lines, with their claims.

The bargain: what is the same is not listed, what is listed is what the record knows (``sources.versions``), and whoever
saved a copy sees at once what it let fall.
"""

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from claims import coverage
from claims.labels import LABELS
from claims.models import Claim, Transition
from claims.wording import called
from factdesk.doing import number
from factdesk.people.models import User
from factdesk.people.who import signed_in
from sources import versions
from sources.models import Document, Sentence, Snapshot
from sources.versions import Difference

#: So many saved copies, and so many lines that differ, stand on the page.
MOST_COPIES, MOST_LINES = 100, 500

#: What became of a line: how it is called beside it, and a sign that reads in black and white.
WHAT = {
    "changed": (gettext_lazy("changed"), "≠"),
    "moved": (gettext_lazy("moved"), "↕"),
    "new": (gettext_lazy("new"), "+"),
    "gone": (gettext_lazy("gone"), "−"),  # noqa: RUF001 - a minus, as it is printed
}


@require_safe
def versions_view(request: HttpRequest, document_id: int) -> HttpResponse:
    """The saved copies; of ``?copy=`` (the newest) what differs from ``?since=`` (the one before)."""
    by = signed_in(request)
    document = Document.objects.visible_to(by).filter(pk=document_id).first()
    if document is None:
        raise Http404
    rows = Snapshot.objects.filter(document=document).order_by("-captured_at", "-pk")
    copies = list(rows.defer("text", "original").select_related("captured_by")[:MOST_COPIES])
    chosen = _one_of(rows, request.GET.get("copy")) or rows.first()
    since = chosen and (_one_of(rows, request.GET.get("since")) or versions.one_before(chosen))
    context = {
        **admin.site.each_context(request),
        "title": _("Versions: {document}").format(document=called(document)),
        "document": document,
        "labels": LABELS,
        "copies": copies,
        "chosen": chosen,
        "since": since,
        **(_compared(document, chosen, since, by) if chosen and since and chosen != since else {}),
    }
    return TemplateResponse(request, "desk/versions.html", context)


def _one_of(rows: Any, asked: str | None) -> Snapshot | None:
    found: Snapshot | None = rows.filter(pk=number(asked) or 0).first() if asked else None
    return found


def _compared(document: Document, chosen: Snapshot, since: Snapshot, by: User) -> dict[str, Any]:
    found = versions.difference(chosen, since)
    standing = coverage.claims_of_threads(document.pk)
    shown = found[:MOST_LINES]
    on = {thread: standing.get(thread, []) for thread in map(_thread, shown)}
    claims = Claim.objects.visible_to(by).in_bulk({pk for listed in on.values() for pk in listed})
    fallen = _fallen(chosen, claims)
    lines = Sentence.objects.filter(snapshot=chosen).count()
    here = sum(one.after is not None for one in found)
    return {
        "entries": [
            {
                "one": one, "label": WHAT[one.what][0], "sign": WHAT[one.what][1],
                "part": (one.after or one.before),
                "words": _wordwise(one),
                "said": one.words_after or one.words_before,
                "claims": [(claims[pk], pk in fallen) for pk in on[_thread(one)] if pk in claims],
            }
            for one in shown
        ],
        "more": len(found) - len(shown),
        "tally": [(label, sum(one.what == what for one in found)) for what, (label, _sign) in WHAT.items()],
        "same": lines - here,
        "fallen": len(fallen),
        "no_lines": not lines,
    }  # fmt: skip


def _thread(one: Difference) -> int:
    sentence = one.after or one.before
    return sentence.thread_of if sentence else 0


def _wordwise(one: Difference) -> list[tuple[str, str]]:
    """``(how, words)`` as ``sources.versions.wordwise`` has it; none while a text is not held."""
    if one.what == "changed" and one.words_before is not None and one.words_after is not None:
        return versions.wordwise(one.words_before, one.words_after)
    words = one.words_before if one.what == "gone" else one.words_after
    return [("gone" if one.what == "gone" else "same", words)] if words is not None else []


def _fallen(snapshot: Snapshot, claims: Collection[int]) -> set[int]:
    """Those of these claims that lost their initials in the transaction that saved this copy.

    History's events of one transaction have one moment, to the microsecond.
    """
    saved = apps.get_model("sources", "SnapshotEvent").objects.filter(pgh_obj=snapshot.pk, pgh_label="insert")
    moment = saved.values_list("pgh_created_at", flat=True).first()
    events = apps.get_model("claims", "ClaimEvent").objects.filter(pgh_obj__in=list(claims), pgh_created_at=moment)
    revised = set(events.values_list("pgh_obj_id", "revision"))
    fell = Transition.objects.filter(claim__in=list(claims), automatic=True, created_at__gte=moment) if moment else ()
    return {one.claim_id for one in fell if (one.claim_id, one.revision) in revised}
