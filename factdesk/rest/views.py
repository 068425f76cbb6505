"""What every view of the API does, so that each one says only what is its own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from django_filters.rest_framework import FilterSet
from rest_framework import mixins, viewsets
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from factdesk import context
from factdesk.rest import paging, parameters
from factdesk.rest.access import asked
from factdesk.rest.filters import ID_PATTERN, AnyOf


class Guarded(APIView):
    """A view that answers nobody unknown, and nothing that it does not understand.

    ``rights`` names the right that each action needs (``factdesk.rest.access``).
    """

    rights: ClassVar[Mapping[str, str]] = {}

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

    def known_parameters(self) -> set[str] | None:
        """What may stand after the question mark; None: whatever it is, it is not looked at."""
        return set()

    def repeatable_parameters(self) -> set[str]:
        """Those of them that may stand there several times."""
        return set()

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """No answer but the methods that there are, in ``Allow``."""
        return Response(status=204)


class Nowhere(Guarded):
    """Whatever address the API does not have."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """To those who may know: there is nothing here, and what they may have meant."""
        if not (request.user and request.user.is_authenticated):
            raise NotAuthenticated
        hint = "" if request.path.endswith("/") else " Addresses end in a slash."
        raise NotFound(f"There is nothing at this address.{hint}")


class ReadOnly(Guarded, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """A resource to read: a list by pages, and its objects by id, each with its version as ETag.

    A subclass says queryset, serializer, filterset, ``rights`` and ``orderings``. ``parameters`` names what further
    actions take.
    """

    lookup_value_regex = ID_PATTERN
    filterset_class: ClassVar[type[FilterSet]] = FilterSet
    orderings: ClassVar[tuple[str, ...]] = ("id", "-id")
    parameters: ClassVar[Mapping[str, frozenset[str]]] = {}

    def known_parameters(self) -> set[str] | None:
        """A list's paging, filters and fields; an object's fields."""
        if self.action == "list":
            return {"fields", *paging.PARAMETERS, *self.filterset_class.base_filters}
        if self.action == "retrieve":
            return {"fields"}
        return set(self.parameters.get(self.action, ()))

    def repeatable_parameters(self) -> set[str]:
        """The filters that take several values."""
        if self.action != "list":
            return set()
        return {name for name, filter_ in self.filterset_class.base_filters.items() if isinstance(filter_, AnyOf)}

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The serializer, with only the fields that ``?fields=`` asks for."""
        serializer: Any = super().get_serializer(*args, **kwargs)
        fields = getattr(serializer, "child", serializer).fields
        wanted = parameters.wanted_fields(self.request.query_params, fields.keys())
        if wanted is not None:
            for name in fields.keys() - wanted:
                fields.pop(name)
        return serializer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One object. ``ETag`` names its state, for ``If-Match``; it is never a reason for a 304."""
        record = self.get_object()
        return Response(self.get_serializer(record).data, headers={"ETag": f'"{record.version}"'})
