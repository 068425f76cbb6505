"""What every view of the API does, so that each one says only what is its own."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django_filters.rest_framework import FilterSet
from rest_framework import viewsets
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from factdesk import context
from factdesk.people.models import KeptAnswer
from factdesk.rest import building, idempotency, paging, parameters, people, shapes  # noqa: F401 - people: how persons are named
from factdesk.rest.access import asked, asker
from factdesk.rest.filters import ID_PATTERN, AnyOf
from factdesk.rest.shown import Rights, Shown, version_of


class Guarded(APIView):
    """A view that answers nobody unknown, and nothing that it does not understand.

    ``rights`` names the right that each action needs (``factdesk.rest.access``).
    """

    rights: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    #: the body, as bytes, once it was read (``factdesk.rest.parsing``)
    sent: bytes | None = None
    _kept: KeptAnswer | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before the action: who asks (first of all, so that nobody unknown learns anything), may they, with what."""
        if not (request.user and request.user.is_authenticated):
            raise NotAuthenticated
        super().initial(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            context.declare(by=request.user, way="api")
        known = self.known_parameters()
        if known is not None and asked(request, self) is not None:
            parameters.check(request.query_params, known, self.repeatable_parameters())
        if request.method in ("POST", "PATCH") and asked(request, self) is not None:
            self._kept = idempotency.begin(request, self)

    def handle_exception(self, exc: Exception) -> Any:
        """A refusal; or the answer that the same request had before."""
        return exc.response if isinstance(exc, idempotency.Answered) else super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer; what a request with a key did is kept with it."""
        answer: Any = super().finalize_response(request, response, *args, **kwargs)
        if self._kept is not None and answer.status_code < 400:
            if isinstance(answer, Response):
                answer.render()
            idempotency.end(self._kept, answer)
        return answer

    def known_parameters(self) -> set[str] | None:
        """What may stand after the question mark; None: whatever it is, it is not looked at."""
        return set()

    def repeatable_parameters(self) -> set[str]:
        """Those of them that may stand there several times."""
        return set()

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """No answer but the methods that there are, in ``Allow``; nothing that a renderer would have to make."""
        answer = HttpResponse(status=204)
        del answer["Content-Type"]
        return answer


class Nowhere(Guarded):
    """Whatever address the API does not have."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """To those who may know: there is nothing here, and what they may have meant."""
        if not (request.user and request.user.is_authenticated):
            raise NotAuthenticated
        hint = "" if request.path.endswith("/") else " Addresses end in a slash."
        raise NotFound(f"There is nothing at this address.{hint}")


class ReadOnly(Guarded, viewsets.GenericViewSet[Any]):
    """A resource to read: a list by pages, and its objects by id, each with its version as ETag.

    A subclass says its serializer (``factdesk.rest.shown``), filterset, ``rights`` and ``orderings``; ``shown`` says
    for each further action which serializer's records it lists, ``parameters`` what other actions take.
    """

    serializer_class: type[Shown[Any]]
    lookup_value_regex = ID_PATTERN
    filterset_class: ClassVar[type[FilterSet]] = FilterSet
    orderings: ClassVar[tuple[str, ...]] = ("id", "-id")
    rights: ClassVar[Mapping[str, str | tuple[str, ...]]] = {"list": "read", "retrieve": "read"}
    shown: ClassVar[Mapping[str, type[Shown[Any]]]] = {}
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}

    def known_parameters(self) -> set[str] | None:
        """A list's paging, filters, fields and expansions; an object's fields and expansions."""
        if self.action == "list":
            return {"fields", "expand", *paging.PARAMETERS, *self.filterset_class.base_filters}
        if self.action in self.shown:
            return {"fields", "expand", *paging.PARAMETERS}
        if self.action == "retrieve":
            return {"fields", "expand"}
        return set(self.parameters.get(self.action, ()))

    def repeatable_parameters(self) -> set[str]:
        """The filters that take several values."""
        if self.action != "list":
            return set()
        return {name for name, filter_ in self.filterset_class.base_filters.items() if isinstance(filter_, AnyOf)}

    def get_queryset(self) -> QuerySet[Any]:
        """What whoever asks may see."""
        model: Any = self.serializer_class.Meta.model
        if self.request.user.is_anonymous:  # only while the schema is made
            found: QuerySet[Any] = model._default_manager.none()
        else:
            found = model._default_manager.visible_to(asker(self.request))
        return found

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The records that match, by pages."""
        return self.page_of(self.filter_queryset(self.get_queryset()), self.serializer_class, self.orderings)

    def page_of(
        self, queryset: QuerySet[Any], serializer: type[Shown[Any]], orderings: Sequence[str] = ("id", "-id")
    ) -> HttpResponse:
        """A page of these records, as the query asks for them."""
        shape = shapes.asked(self.request.query_params, serializer, listed=True)
        rights = Rights.of(asker(self.request))

        def fetch(page: QuerySet[Any], column: str) -> list[building.Row]:
            return building.rows(page, F(column), shape, self.request, rights)

        return paging.CursorPages().page(queryset, self.request, orderings, fetch)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """One object. ``ETag`` names its state, for ``If-Match``; it is never a reason for a 304."""
        shape = shapes.asked(request.query_params, self.serializer_class, listed=False)
        found = self.get_queryset().filter(pk=kwargs["pk"])
        rows = building.rows(found, version_of(self.serializer_class), shape, request, Rights.of(asker(request)))
        if not rows:
            raise Http404
        return HttpResponse(rows[0].json, content_type="application/json", headers={"ETag": f'"{rows[0].at}"'})
