"""Texts, days, numbers and addresses as sites give them: what is certain is taken, everything else is left alone."""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

_MARKUP = re.compile(r"<(?:/|!--)?[a-zA-Z][^<>]*>|&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LONGEST_MARKUP = 50_000
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? ([A-Za-z]{3,9})\.?,? (\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    "(?i)jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sep(t(ember)?)?"
    "|oct(ober)?|nov(ember)?|dec(ember)?"
)
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
#: what stands in a field where nothing was to be said
_NOTHING = frozenset({"", '""', "[]", '"[]"', "{}", "nan", "null", "none", "n/a", "-"})
#: a name that says that nobody knows whose it is
_NOBODY = frozenset({"unknown", "anonymous", "not known", "desconhecido", "desconocido", "inconnu", "unbekannt"})


def plain(text: str) -> str:
    """A text without markup, on one line: blanks and ends of lines are one blank."""
    return " ".join(_without_markup(text).split())


def lines(text: str) -> str:
    """A text without markup whose lines stay lines."""
    told = [" ".join(line.split()) for line in _without_markup(text).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(told)).strip()


def _without_markup(text: str) -> str:
    """What looks like HTML is read as HTML; ``5 < 6`` does not, nor what is too long to be a text with some markup."""
    if len(text) > _LONGEST_MARKUP or not _MARKUP.search(text) or "\0" in text:
        return text
    body = LexborHTMLParser(f"<body>{text}").body
    return body.text(deep=True, separator=" " if "<" in text else "") if body is not None else text


def is_nothing(text: str) -> bool:
    return text.strip().casefold() in _NOTHING


def is_nobody(name: str) -> bool:
    return is_nothing(name) or name.strip().casefold() in _NOBODY


def folded(name: str) -> str:
    """A name as it is compared: without regard to case, width and how blanks are written."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def day(text: str) -> date | None:
    """The day that a text names for certain: ISO 8601, RFC 5322, or with the month's English name.

    None where it may be read in two ways (``03/04/2021``), names no single day (``2021-07``), or none of the calendar.
    """
    text = text.strip()[:60]
    try:
        if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
            return date(*(int(each) for each in found.groups()))
        if found := _MONTH_FIRST.fullmatch(text):
            return date(int(found[3]), _month(found[1]), int(found[2]))
        if found := _DAY_FIRST.fullmatch(text):
            return date(int(found[3]), _month(found[2]), int(found[1]))
        return parsedate_to_datetime(text).date() if re.match(r"[A-Z][a-z]{2}, \d", text) else None
    except (ValueError, TypeError, OverflowError):
        return None


def _month(name: str) -> int:
    """1 to 12, or ValueError. What only begins like a month (``Marble``) is none."""
    if not _MONTH.fullmatch(name):
        raise ValueError
    return _MONTHS.index(name.lower()[:3]) + 1


def number(text: str) -> Decimal | None:
    """A plain decimal number, or None: ``4/5`` and ``2,5`` are none."""
    try:
        return Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else None
    except InvalidOperation:
        return None


def language(text: str) -> str:
    """A BCP 47 tag, or nothing."""
    return text.strip() if _LANGUAGE.fullmatch(text.strip()) and len(text.strip()) <= 35 else ""


def is_address(text: str) -> bool:
    """Whether it is an http(s) address with a host, on one line."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and text.isprintable() and " " not in text


def same_address(text: str) -> str:
    """An address as it is compared: without scheme, ``www.``, fragment and the last slash; the host in small letters.

    The path stays as it is (RFC 3986 §6.2.2.1): a channel ``/UCab`` is not the channel ``/UCAB``.
    """
    short = re.sub(r"^[a-z]+:/*", "", text.strip(), flags=re.I).partition("#")[0]
    host, sign, path = re.sub(r"^www\.", "", short, flags=re.I).rstrip("/").partition("/")
    return f"{host.lower()}{sign}{path}"
