"""Parts of a record in the desk's words, each as a phrase: for sheets, pages and whatever else is read by people."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims.labels import LABELS
from claims.models import Accusation, Clearance, Evidence, Quantity
from claims.vocabularies import Bearing, ClearanceValue, Comparator
from factdesk.labelled import label
from factdesk.people.models import User
from sources.models import Document, Source
from sources.models.source import Identity


def amount(quantity: Quantity, *, of: str = "") -> str:
    """The number as it is meant: "more than 162 people", "3 to 5 %". That it is exactly so is not said, nor the unit
    where what it is the number ``of`` begins with it.
    """
    comparator = "" if quantity.comparator == Comparator.EQUAL else f"{label(quantity, 'comparator')} "
    said = f"{comparator}{quantity.value}"
    if quantity.upper is not None:
        said += f" {_('to')} {quantity.upper}"
    if quantity.margin is not None:
        said += f" ± {quantity.margin}"
    return said if of.casefold().startswith(quantity.unit.casefold()) else f"{said} {quantity.unit}"


def figure(quantity: Quantity) -> str:
    """A figure in a line: "204,000 GBP what the council paid, as worded £204,000, in 2025"."""
    facts = (f"{label} {fact}" for label, fact in figure_facts(quantity))
    return ", ".join([f"{amount(quantity, of=quantity.measure)} {quantity.measure}", *facts])


def figure_facts(quantity: Quantity) -> list[tuple[str, str]]:
    """What is known of a figure besides its number, each with its label."""
    base = f"{label(quantity, 'base_is')} {amount(quantity.base)}" if quantity.base else ""
    if not base and quantity.unit == "percent":
        base = _("not said")
    facts = [
        (LABELS["population"], quantity.population),
        (LABELS["base"], base),
        (_("where"), quantity.place),
        (_("when"), quantity.period),
        (_("as of"), quantity.vintage),
        (_("as worded"), quantity.as_worded),
    ]
    return [(str(label), fact) for label, fact in facts if fact]


def who(source: Source) -> str:
    """A source with what one has to know of it: "a commander (person, unnamed)"."""
    facts = [label(source, "kind").lower()]
    if source.identity != Identity.NAMED:
        facts.append(label(source, "identity").lower())
    if source.merged_into:
        facts.append(_("is {name}").format(name=source.merged_into.name))
    return f"{source.name} ({', '.join(facts)})"


def in_short(document: Document) -> str:
    """Its title; where that is not known, what it is and when it came out, or at least its key. For places that name
    the publisher beside it.
    """
    if document.title:
        return document.title
    day = f", {document.published_on:%-d %b %Y}" if document.published_on else ""
    return f"{label(document, 'kind').lower()}{day}" if document.publisher else str(document)


def called(document: Document) -> str:
    """Its title; where that is not known, what it is, whose, and when it came out: "article, The Post, 3 Nov 2025"."""
    if document.title or not document.publisher:
        return in_short(document)
    kind, comma, day = in_short(document).partition(", ")
    return f"{kind}, {document.publisher.name}{comma}{day}"


def where(document: Document | None) -> str:
    """The document with its publisher; nothing where it is not known."""
    if document is None:
        return ""
    return f"{document.title}, {document.publisher.name}" if document.title and document.publisher else called(document)


def span(seconds: float) -> str:
    """How long, as a clock on a desk says it: "20 min", "2 h 10", "26 h 05", "3 days"."""
    minutes = int(abs(seconds) // 60)
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    if minutes < 48 * 60:
        return _("{hours} h {minutes:02}").format(hours=minutes // 60, minutes=minutes % 60)
    days = minutes // (24 * 60)
    return ngettext("{days} day", "{days} days", days).format(days=days)


def clock(moment: datetime) -> str:
    """How far off it is: "in 2 h 10", or, where it has passed, "20 min over"."""
    left = (moment - timezone.now()).total_seconds()
    return (_("in {time}") if left >= 0 else _("{time} over")).format(time=span(left))


@dataclass(frozen=True)
class Say:
    """Where the right of reply stands: ``told`` in words, ``owes``: they have still to have their say, ``until``: the
    last deadline that is still to come.
    """

    told: str
    owes: bool
    until: datetime | None = None


def say(accusation: Accusation, now: datetime) -> Say:
    """Reads ``accusation.requests``."""
    if accusation.exempt:
        return Say(_("need not be asked: {why}").format(why=label(accusation, "exempt").lower()), False)
    if accusation.outcome in ("replied", "declined"):
        return Say(label(accusation, "outcome").lower(), False)
    asked = [one.deadline for one in accusation.requests.all()]
    if not asked:
        return Say(_("not asked yet"), True)
    last = max(asked)
    at = f"{timezone.localtime(last):%-d %b, %H:%M}"
    if last >= now:
        told = _("has until {moment}") if accusation.is_owed_a_say(now) else _("no answer; asked again, until {moment}")
        return Say(told.format(moment=at), accusation.is_owed_a_say(now), last)
    return Say(_("no answer by {moment}").format(moment=at), False)


def owed(accusation: Accusation) -> str:
    """Where the right of reply stands, in the same words everywhere. Reads ``accusation.requests``."""
    return say(accusation, timezone.now()).told


def reason_of(clearance: Clearance | None) -> str:
    """The reason of a decision on printing. Reads ``value_before`` (``claims.pages.clearances``): a legal hold that was
    lifted leaves a hold, for an editor to decide, and why it was lifted is no reason to hold.
    """
    if clearance is None:
        return ""
    before: str | None = getattr(clearance, "value_before", None)
    if clearance.value == ClearanceValue.HOLD and before == ClearanceValue.LEGAL_HOLD:
        why = clearance.note.rstrip(".")
        return _("legal has lifted its hold ({why}); an editor decides").format(why=why)
    return clearance.note


def person(who: User) -> str:
    """Somebody of the desk, by name."""
    return who.get_full_name() or who.username


def backing(one: Evidence) -> str:
    """Backing in a line: "the memo, Fire Brigade", "call: Ada Quill, 3 Nov, 14:02: confirmed", "refutes: …"."""
    told = where(one.document) if one.document else label(one, "how").lower()
    if one.spoken_to:
        at = f", {timezone.localtime(one.spoken_at):%-d %b, %H:%M}" if one.spoken_at else ""
        told = f"{label(one, 'how').lower()}: {one.spoken_to.name}{at}"
    if one.outcome:
        told += f": {label(one, 'outcome').lower()}"
    bears = "" if one.stance == Bearing.SUPPORTS else f"{label(one, 'stance').lower()}: "
    return f"{bears}{told}"
