"""Days as they are written out in English texts, and texts without them: years and days are no amounts."""

import re
from datetime import date

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sep sept", "october oct", "november nov", "december dec"), 1)
    for name in names.split()
}  # fmt: skip
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
#: "15 November 2026", "November 15, 2026", "2026-11-15"; the year may be left out of the first two
DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{MONTH})\b"
    rf"|(?P<month2>{MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b)(?:,?\s+(?P<year>\d{{4}})\b)?"
    r"|\b(?P<iso>\d{4}-\d{2}-\d{2})\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d{2}\b(?!\s*(?:people|men|women|%|percent))")
_CLOCK = re.compile(r"\b\d{1,2}(?:[.:]\d{2})?\s*(?:[ap]\.?m\.?(?!\w)|o[’']clock)|\b\d{1,2}:\d{2}\b", re.IGNORECASE)


def day_of(match: re.Match[str], year: int | None = None) -> date | None:
    """The day that a match of ``DATE`` means; ``year`` where it gives none. None: no year, or no such day."""
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        given = int(match["year"]) if match["year"] else year
        if not given:
            return None
        return date(given, MONTHS[(match["month"] or match["month2"]).lower()], int(match["day"] or match["day2"]))
    except ValueError:
        return None


def named(text: str) -> frozenset[date]:
    """The days that a text names with their years."""
    return frozenset(day for match in DATE.finditer(text) if (day := day_of(match)))


def without(text: str) -> str:
    """The text without days, years and times of day, each replaced by as much space."""
    for pattern in (DATE, _YEAR, _CLOCK):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text
