"""How values are written in the API: ids as opaque strings, decimals as they are stored, moments in UTC."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class Id(serializers.CharField):
    """A record's id: a string, whatever it is made of."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
class Exact(serializers.Field[Decimal, Any, str, Any]):
    """A decimal with the digits that it was given: 90 and 90.0 are told apart, and never an exponent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Decimal) -> str:
        return format(value, "f")


class Moment(serializers.DateTimeField):
    """ISO 8601 in UTC, with a Z, whatever the desk's own time zone is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, default_timezone=UTC, **kwargs)
