"""What can be done to a resource: a literal table, and the one way in that reads each line of it.

The bargain: an :class:`Act` says who may knock, what the body is and which function of the desk is called with it. The
way in reads the request (the object, the version that was seen, the body), makes that one call, and shows the record as
a GET would, with its new ETag. Rules are the function's; nothing is checked here that it would not check.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

from django.db.models import Model
from django.http import Http404, HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.reverse import reverse

from factdesk.people.models import User
from factdesk.rest import building, bulk, conditions, inputs
from factdesk.rest.access import asker
from factdesk.rest.fields import WHOLE
from factdesk.rest.parsing import LARGEST_BODY
from factdesk.rest.schema import Described
from factdesk.rest.shown import Rights, Shown, preset, version_of
from factdesk.rest.views import ReadOnly


@dataclass(frozen=True)
class Asked:
    """What somebody asks for: ``given`` by columns; of an object its ``id`` and the ``version`` that they saw."""

    by: User
    given: Mapping[str, Any]
    id: int = 0
    version: int = 0

    def __getitem__(self, name: str) -> Any:
        return self.given[name]

    def but(self, *names: str) -> dict[str, Any]:
        """What is given, without these."""
        return {name: value for name, value in self.given.items() if name not in names}


@dataclass(frozen=True)
class Act:
    """One thing that can be done.

    ``told`` says what, ``right`` opens the door (any of them), ``takes`` is the body, ``does`` the call; it returns the
    record that is then shown: one of the resource's, or of the model ``shows``. ``at`` is the address below an object's
    (left out: the act's own name), ``sees``: it takes the object's version, ``made``: it adds a record, ``many``: it
    can be done in bulk, ``largest``: bytes that the body may have.
    """

    told: str
    right: str | tuple[str, ...]
    takes: type[inputs.Written]
    does: Callable[[Asked], Any]
    at: str = ""
    sees: bool = True
    made: bool = False
    many: bool = False
    shows: type[Model] | None = None
    largest: int = LARGEST_BODY

    @property
    def answers(self) -> int:
        """The HTTP status of its answer."""
        return 201 if self.made else 200

    def shown(self, preset: type[Shown[Any]]) -> type[Shown[Any]]:
        """How the record is shown; ``preset``: as the resource is."""
        found: type[Shown[Any]] = WHOLE[self.shows] if self.shows else preset
        return found


class Door(NamedTuple):
    """An act as one action of a view has it: the body (or a row of it), how the record is shown, whether in bulk."""

    act: Act
    body: type[inputs.Written]
    shown: type[Shown[Any]]
    many: bool


#: the acts that have no address of their own: POST of a list, PATCH of an object
ON_LIST, ON_OBJECT = "create", "partial_update"
BULK = "_in_bulk"


class Writes(ReadOnly):
    """A resource that can be written to: ``acts`` by the name of the action. DELETE there is none: 405."""

    acts: ClassVar[Mapping[str, Act]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, act in cls.acts.items():
            _open(cls, name, act)
        rights = {name: act.right for name, act in cls.acts.items()}
        many = {name + BULK: act.right for name, act in cls.acts.items() if act.many}
        cls.rights = {**cls.rights, **rights, **many}
        cls.parameters = {**cls.parameters, **dict.fromkeys(many, frozenset({"atomic"}))}

    def door(self) -> Door | None:
        """Of the action at hand its act, and whether it is done in bulk; None where it only reads."""
        name = self.action or ""
        act = self.acts.get(name.removesuffix(BULK))
        if act is None:
            return None
        many = name.endswith(BULK)
        row = bulk.of_an_object(act.takes, self.serializer_class) if many and not act.made else act.takes
        return Door(act, row, act.shown(self.serializer_class), many)

    @property
    def asks_why(self) -> str:
        """The field of the body in which the reason is given; empty where it has none."""
        door = self.door()
        fields = door.body().fields if door else {}
        return next((name for name in ("reason", "because", "correction", "note") if name in fields), "")

    @property
    def largest(self) -> int:
        """Bytes that a body may have."""
        door = self.door()
        return bulk.LARGEST if door is None or door.many else door.act.largest

    def write(self, name: str, request: Request, pk: str | None) -> HttpResponse:
        """Read the request, make the call, show the record."""
        act = self.acts[name]
        number = version = 0
        if pk is not None:
            number = self.there(pk)
            version = conditions.seen(request) if act.sees else 0
        given = inputs.read(act.takes, request, asker(request))
        made = act.does(Asked(cast(User, request.user), given, number, version))
        return self.show(made, act)

    def there(self, pk: str) -> int:
        """The number of an object that whoever asks may see, or Http404."""
        if not self.get_queryset().filter(pk=pk).exists():
            raise Http404
        return int(pk)

    def show(self, made: Any, act: Act) -> HttpResponse:
        """The record as a GET would show it, with its ETag; of a new one also where it is."""
        [row] = self.rows_of([made.pk], act).values() or [None]
        if row is None:  # they may do it, and not see what came of it
            raise Http404
        answer = HttpResponse(row.json, status=act.answers, content_type="application/json")
        answer["ETag"] = f'"{row.at}"'
        if act.made and act.shows is None:
            answer["Location"] = reverse(f"{self.basename}-detail", [made.pk], request=self.request)
        return answer

    def rows_of(self, ids: Collection[int], act: Act) -> dict[int, building.Row]:
        """The records with these ids as JSON, as far as whoever asks may see them, in one query."""
        serializer, who = act.shown(self.serializer_class), asker(self.request)
        found = inputs.visible(serializer.Meta.model, who).filter(pk__in=ids)
        rows = building.rows(found, version_of(serializer), preset(serializer), self.request, Rights.of(who))
        return {row.id: row for row in rows}

    def write_many(self, name: str, request: Request) -> HttpResponse:
        """The same for each row of a list."""
        act, door = self.acts[name], self.door()
        assert door is not None  # noqa: S101 - the action is this act's
        wants = bulk.Wants(bulk.rows_of(request.data), door.body, bulk.is_whole(request))

        def do(given: Mapping[str, Any]) -> Any:
            rest = {name: value for name, value in given.items() if name not in ("id", "version")}
            about = {} if act.made else {"id": given["id"], "version": given["version"]}
            return act.does(Asked(cast(User, request.user), rest, **about))

        return bulk.answer(request, wants, do, lambda ids: self.rows_of(ids, act), act.answers)


def _open(cls: type[Writes], name: str, act: Act) -> None:
    """Give the viewset the method that the router looks for."""
    way, address = _way(name, act), act.at or name
    reading: Any = getattr(cls, address, None)
    if name in (ON_LIST, ON_OBJECT):
        setattr(cls, name, way)
    elif hasattr(reading, "mapping"):  # what is read at the same address has it already
        reading.mapping["post"] = name
        way.kwargs = {"schema": Described}  # not what is said of reading
        setattr(cls, name, way)
    else:
        setattr(cls, name, action(detail=True, methods=["post"], url_path=address)(way))
    if act.many:
        path = "bulk" if name == ON_LIST else f"{address}/bulk"
        setattr(cls, name + BULK, action(detail=False, methods=["post"], url_path=path)(_way(name, act, many=True)))


def _way(name: str, act: Act, *, many: bool = False) -> Any:
    def way(self: Writes, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.write_many(name, request) if many else self.write(name, request, kwargs.get("pk"))

    way.__name__ = name + BULK if many else name
    way.__doc__ = f"{act.told} For each of up to {bulk.MOST:,} rows." if many else act.told
    return way
