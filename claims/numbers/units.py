"""Which units measure the same thing, as a literal table. A unit that is not in it counts: people, homes, cases."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

#: dimension -> its units, each with how many of the first one it is
UNITS: dict[str, dict[str, str]] = {
    "percent": {"percent": "1", "%": "1", "per cent": "1", "pct": "1"},
    "percentage points": {
        "percentage points": "1", "percentage point": "1", "points": "1", "pp": "1", "percent points": "1",
        "per cent points": "1", "basis points": "0.01",
    },
    "length": {
        "metres": "1", "metre": "1", "meters": "1", "meter": "1", "m": "1", "millimetres": "0.001",
        "millimetre": "0.001", "millimeters": "0.001", "mm": "0.001", "centimetres": "0.01", "centimeters": "0.01",
        "cm": "0.01", "kilometres": "1000", "kilometers": "1000", "km": "1000", "feet": "0.3048", "foot": "0.3048",
        "ft": "0.3048", "inches": "0.0254", "inch": "0.0254", "yards": "0.9144", "miles": "1609.344",
        "mile": "1609.344",
    },
    "area": {
        "square metres": "1", "square meters": "1", "m2": "1", "m²": "1", "hectares": "10000", "ha": "10000",
        "square kilometres": "1000000", "square kilometers": "1000000", "km2": "1000000", "km²": "1000000",
        "acres": "4046.8564224", "square miles": "2589988.110336", "square feet": "0.09290304",
    },
    "weight": {
        "kilograms": "1", "kilogram": "1", "kilos": "1", "kg": "1", "grams": "0.001", "g": "0.001", "tonnes": "1000",
        "tonne": "1000", "t": "1000", "tons": "907.18474", "pounds weight": "0.45359237", "lb": "0.45359237",
        "lbs": "0.45359237",
    },
    "volume": {"litres": "1", "liters": "1", "l": "1", "millilitres": "0.001", "ml": "0.001", "cubic metres": "1000",
               "m3": "1000", "m³": "1000", "gallons": "3.785411784"},
    "time": {
        "seconds": "1", "second": "1", "s": "1", "minutes": "60", "minute": "60", "min": "60", "hours": "3600",
        "hour": "3600", "h": "3600", "days": "86400", "day": "86400", "weeks": "604800", "week": "604800",
    },
    "months": {"months": "1", "month": "1", "years": "12", "year": "12", "decades": "120"},
    "speed": {"km/h": "1", "kph": "1", "kilometres an hour": "1", "mph": "1.609344", "miles an hour": "1.609344"},
    "temperature": {"degrees celsius": "1", "°c": "1", "celsius": "1"},
    "GBP": {"gbp": "1", "£": "1", "pounds": "1", "pound": "1", "pounds sterling": "1", "pence": "0.01"},
    "USD": {"usd": "1", "$": "1", "us$": "1", "dollars": "1", "us dollars": "1", "cents": "0.01"},
    "EUR": {"eur": "1", "€": "1", "euros": "1", "euro": "1"},
}  # fmt: skip
#: units that count the same things by another word
COUNTS = {"persons": "people", "person": "people", "individuals": "people", "men and women": "people"}


@dataclass(frozen=True)
class Unit:
    """``dimension``: what two figures must share to be compared; ``factor``: to the dimension's first unit, exactly.

    ``counts``: whole things. A unit that nobody gave counts something.
    """

    dimension: str
    factor: Decimal
    counts: bool

    def fits(self, other: "Unit") -> bool:
        """Whether figures in these units can be held against each other. Where one counts and names no unit, yes."""
        if self.counts and other.counts and not (self.dimension and other.dimension):
            return True
        return self.dimension == other.dimension


_KNOWN = {
    name: Unit(dimension, Decimal(factor), counts=False)
    for dimension, names in UNITS.items()
    for name, factor in names.items()
}


def unit_of(words: Any) -> Unit:
    """The unit that these words name."""
    folded = " ".join(str(words).casefold().split())
    return _KNOWN.get(folded) or Unit(COUNTS.get(folded, folded), Decimal(1), counts=True)
