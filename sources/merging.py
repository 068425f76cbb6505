"""Duplicates of a source, read as one: merged sources point at one root (a merge is never a chain), and can be freed.

The rows are locked in the order of their numbers: of two merges at once, the second sees what the first one left.
"""

from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Coalesce

from factdesk.change import change, locked, may, say_why
from factdesk.context import acting
from factdesk.errors import DomainError, NoSuchRecord, StaleVersion
from factdesk.people.models import User
from sources.models import Source
from sources.models.source import Identity, SourceKind

#: an outlet is an organization that publishes news; all other kinds are only merged with their own
BODIES = {SourceKind.ORGANIZATION, SourceKind.OUTLET}


class NotARoot(DomainError):
    """One of the two is merged already: ``root`` is where it points."""

    code = "not_a_root"


class OneIsProtected(DomainError):
    """A protected source is merged with protected ones only: the other would tell who it is."""

    code = "one_is_protected"


class OtherKind(DomainError):
    """A person is not an organization, and a group is neither."""

    code = "other_kind"


def merged_with(ids: Iterable[int]) -> list[int]:
    """The ids of all sources that are one with any of these: themselves, their roots, and whatever has those roots.

    An id that is not there adds nothing.
    """
    roots = list(Source.objects.filter(pk__in=ids).values_list(Coalesce("merged_into_id", "id"), flat=True))
    return list(Source.objects.filter(Q(pk__in=roots) | Q(merged_into__in=roots)).values_list("pk", flat=True))


@change
def merge(
    *, source_id: int, into_id: int, version: int, by: User, because: str, into_version: int | None = None
) -> Source:
    """Say that a source is the same as another, and is read as that one from now on; with it whatever was merged into
    it. Their claims' origins are counted anew. Raises :class:`NotARoot` where one of them is merged already.
    """
    may(by, "merge")
    say_why(because)
    with acting(by=by, why=because):
        both = {one.pk: one for one in _locked(by, {source_id, into_id})}
        for number, seen in ((source_id, version), (into_id, into_version)):
            if number not in both:
                raise NoSuchRecord("source", number)
            if seen is not None and both[number].version != seen:
                raise StaleVersion(both[number], seen, sort="source")
        source, into = both[source_id], both[into_id]
        if source is into:
            raise NotARoot("A source is not merged into itself.", source=source_id)
        for one in (source, into):
            if one.merged_into_id:
                raise NotARoot(
                    f"{one.name} is merged into another source already.", source=one.pk, root=one.merged_into_id
                )
        if source.kind != into.kind and {source.kind, into.kind} != BODIES:
            raise OtherKind(f"{source.name} is a {source.kind}, {into.name} a {into.kind}.", source=source_id)
        if (source.identity == Identity.PROTECTED) != (into.identity == Identity.PROTECTED):
            raise OneIsProtected("One of them is protected, and the other would tell who it is.", source=source_id)
        Source.objects.filter(Q(pk=source_id) | Q(merged_into=source_id)).update(merged_into=into)
        source.refresh_from_db()
        return source


@change
def free(*, source_id: int, version: int, by: User, because: str) -> Source:
    """It is another after all: a merged source stands for itself again."""
    may(by, "merge")
    say_why(because)
    with acting(by=by, why=because):
        source: Source = locked(Source.objects.visible_to(by), source_id, version, "source")
        if source.merged_into_id is None:
            raise NotARoot(f"{source.name} is not merged.", source=source_id)
        Source.objects.filter(pk=source_id).update(merged_into=None)
        source.refresh_from_db()
        return source


def _locked(by: User, numbers: set[int]) -> list[Source]:
    return list(Source.objects.visible_to(by).filter(pk__in=numbers).order_by("pk").select_for_update())
