"""What of a saved copy is not as in another one: each line that changed, moved, is new or gone, with its claims."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from claims import coverage
from claims.api.annotated import snapshot_asked_for
from factdesk.rest.fields import Id
from sources import versions
from sources.models import Document, Part, Sentence, Snapshot

WHAT = ("changed", "gone", "moved", "new")


class LineAsItWas(serializers.Serializer[Any]):
    """A line in one of the two copies."""

    id = Id()
    start = serializers.IntegerField(read_only=True)
    end = serializers.IntegerField(read_only=True)
    part = serializers.ChoiceField(choices=Part.values, read_only=True)
    exact = serializers.CharField(read_only=True, allow_null=True, help_text="Null while the text is not held.")


class DifferentLine(serializers.Serializer[Any]):
    """A line that is not where or what it was. `moved` also says of a changed one that it stands elsewhere."""

    what = serializers.ChoiceField(choices=WHAT, read_only=True)
    moved = serializers.BooleanField(read_only=True)
    before = LineAsItWas(read_only=True, allow_null=True, help_text="Null where it is new.")
    after = LineAsItWas(read_only=True, allow_null=True, help_text="Null where it has gone.")
    claims = serializers.ListField(child=Id(), read_only=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    """Lines in the order of the text, without those that are the same; one that has gone, where it stood."""

    document = Id()
    snapshot = Id(allow_null=True)
    since = Id(allow_null=True)
    lines = DifferentLine(many=True, read_only=True)


def of(document: Document, request: Request) -> dict[str, Any]:
    """What a :class:`DifferenceSerializer` shows: ``?snapshot=`` (the newest) against ``?since=`` (the one before)."""
    rows = Snapshot.objects.filter(document=document).defer("original")
    chosen = rows.filter(pk=snapshot_asked_for(document, request) or 0).first()
    since = None
    if "since" in request.query_params:  # judged also where the document has no saved copy
        since = rows.filter(pk=snapshot_asked_for(document, request, "since") or 0).first()
    elif chosen is not None:
        since = versions.one_before(chosen)
    found = versions.difference(chosen, since) if chosen and since else []
    standing = coverage.claims_of_threads(document.pk) if found else {}
    return {
        "document": document.pk,
        "snapshot": chosen and chosen.pk,
        "since": since and since.pk,
        "lines": [
            {
                "what": one.what,
                "moved": one.is_moved,
                "before": _line(one.before, one.words_before),
                "after": _line(one.after, one.words_after),
                "claims": [pk for side in [one.after or one.before] if side for pk in standing.get(side.thread_of, [])],
            }
            for one in found
        ],
    }


def _line(sentence: Sentence | None, words: str | None) -> dict[str, Any] | None:
    if sentence is None:
        return None
    return {**{name: getattr(sentence, name) for name in ("id", "start", "end", "part")}, "exact": words}
