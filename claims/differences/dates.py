"""``weekday_mismatch``: a weekday and a day that do not go together; ``date_unresolved``: "last night", and no day.

A weekday beside a date is held against the calendar; its year is the text's, else that of the claim, of what was said,
or of publication. A weekday alone in our own statement is held against the claim's days.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.utils.translation import gettext as _

from claims.numbers.days import MONTH, MONTHS, WEEKDAYS
from claims.numbers.facts import Finding, Hop, Told, digest

_DAY = "|".join(WEEKDAYS)
_DATED = re.compile(
    rf"\b(?P<weekday>{_DAY})\b,?\s+(?:the\s+)?(?:"
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{MONTH})\b"
    rf"|(?P<month2>{MONTH})\b\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b)"
    r"(?:,?\s+(?P<year>\d{4})\b)?",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"\b({_DAY})\b", re.IGNORECASE)
#: days that are told from the day on which somebody speaks
RELATIVE = re.compile(
    r"\b(?:last|this|next) (?:night|week|weekend|month|morning|afternoon|evening|year|spring|summer|"
    rf"autumn|fall|winter|{_DAY})\b|\b(?:yesterday|today|tonight|tomorrow|overnight)\b"
    rf"|\b(?:on|since|until|by) (?:{_DAY})\b(?!,?\s+(?:the\s+)?(?:\d|{MONTH}))"
    r"|\b(?:earlier|later) (?:today|this week|this month)\b|"
    r"\b(?:a|two|three|four|five|six|\d+) (?:days?|weeks?|months?) ago\b",
    re.IGNORECASE,
)


def held(claims: Iterable[Told], hops: Iterable[Hop]) -> Iterator[Finding]:
    """What is to be asked about the days of these claims and of the words that are marked for them."""
    of: dict[int, list[Hop]] = {}
    for hop in hops:
        of.setdefault(hop.claim, []).append(hop)
    for claim in claims:
        own = of.get(claim.id, [])
        yield from _mismatches(claim, own)
        yield from _unresolved(claim, own)


def _mismatches(claim: Told, hops: list[Hop]) -> Iterator[Finding]:
    said = [hop.said_on for hop in hops]
    texts = [(None, claim.statement, None), *((hop, hop.words, hop.published_on) for hop in hops if hop.words)]
    told: set[str] = set()
    for hop, words, published in texts:
        for match in _DATED.finditer(words or ""):
            year = _year(match["year"], claim, [*said, published])
            wrong = _wrong(match, year) if year else ""
            if wrong and wrong not in told:
                told.add(wrong)
                yield _finding("weekday_mismatch", claim, hop, wrong, match[0])
    yield from _against_days(claim, said)


def _year(given: str | None, claim: Told, days: list[date | None]) -> int | None:
    if given:
        return int(given)
    return next((day.year for day in (claim.since, claim.until, *days) if day), None)


def _wrong(match: re.Match[str], year: int) -> str:
    try:
        day = date(year, MONTHS[(match["month"] or match["month2"]).lower()], int(match["day"] or match["day2"]))
    except ValueError:
        return _("“{words}”: there is no such day in {year}.").format(words=match[0], year=year)
    if WEEKDAYS[day.weekday()] == match["weekday"].lower():
        return ""
    return _("“{words}”: {day} is a {weekday}.").format(
        words=match[0], day=f"{day:%-d %b %Y}", weekday=_(WEEKDAYS[day.weekday()].capitalize())
    )


def _against_days(claim: Told, said: list[date | None]) -> Iterator[Finding]:
    """One weekday in our own words, and none of the claim's days is one; nor was it said on one."""
    named = {match.lower() for match in _ALONE.findall(_DATED.sub("", claim.statement))}
    first, last = claim.since or claim.until, claim.until or claim.since
    if len(named) != 1 or first is None or last is None or (last - first).days > 6:
        return
    [weekday] = named
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)] + [day for day in said if day]
    if weekday not in {WEEKDAYS[day.weekday()] for day in days}:
        when = f"{first:%A, %-d %b %Y}" if first == last else f"{first:%-d %b} – {last:%-d %b %Y}"
        told = _("The statement says {weekday}; the claim is about {when}.")
        yield _finding("weekday_mismatch", claim, None, told.format(weekday=weekday.capitalize(), when=when), weekday)


def _unresolved(claim: Told, hops: list[Hop]) -> Iterator[Finding]:
    """A relative day, and no day of the claim, of its publication or on which it was said to count from."""
    if claim.since or claim.until or any(hop.said_on for hop in hops):
        return
    dated = {hop.document for hop in hops if hop.published_on or hop.is_ours}
    for hop, words in [*((hop, hop.words) for hop in hops if hop.words), (None, claim.statement)]:
        found = RELATIVE.search(words or "")
        if not found or (hop.document in dated if hop else bool(dated)):
            continue
        told = _("“{words}”: of which day is not known; neither the claim nor the material has one.")
        yield _finding("date_unresolved", claim, hop, told.format(words=found[0]), found[0])
        return


def _finding(kind: str, claim: Told, hop: Hop | None, says: str, words: str) -> Finding:
    days = [str(day or "") for day in (claim.since, claim.until, hop and hop.said_on, hop and hop.published_on)]
    return Finding(
        kind=kind,
        key=digest(kind, [str(claim.id), words, *days]),
        says=says,
        claims=(claim.id,),
        hops=(hop.id,) if hop else (),
    )
