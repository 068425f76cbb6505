"""Which sentences are worth a check, by a few plain rules, until somebody has looked; each with its reasons.

| reason | what is looked for |
|---|---|
| ``number`` | digits, numbers in words (but "one"), percent, days |
| ``quotation`` | quotation marks, of all kinds |
| ``saying`` | a verb of saying, "according to" (English) |
| ``name`` | words with capitals that do not begin the sentence, or a source that the desk knows |

What comes out is a suggestion: a kind (never an allegation: that is for people to say) and a priority.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.search import SearchQuery

from claims.vocabularies import Kind, Priority
from factdesk.people.roles import Asker
from sources.models import Source
from sources.models.document import Part

_COUNTED = frozenset(
    re.findall(
        r"\S+",
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds "
        "thousand thousands million millions billion billions trillion dozen dozens percent half third "
        "quarter twice double doubled tripled halved zero none",
    )
)
_SAYING = frozenset(
    re.findall(
        r"\S+",
        "said says say saying told tells tell added adds claimed claims claim alleged alleges allege accused "
        "accuses accuse accusing argued argues announced announces stated states denied denies confirmed "
        "confirms admitted admits warned warns insisted insists reported reports wrote writes explained "
        "explains noted notes testified testifies ruled acknowledged acknowledges suggested suggests "
        "promised promises vowed called calls described describes stressed stresses apologized apologised "
        "apologizes hailed criticized criticised tweeted posted responded replied asked believe believes "
        "believed understood estimated estimates found finds showed shows revealed reveals declared "
        "according reportedly allegedly",
    )
)
_WORD = re.compile(r"[a-z]+")
_NUMBER = re.compile(r"[\d%]")
_MONTHS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"
#: numbers that count nothing: days, years, times of day, somebody's age between commas
_DATES = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?)?{_MONTHS}(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,? \d{{4}}\b)?"
    r"|\b(?:1[5-9]|20)\d\d(?:s\b|\b)|\b\d{1,2}[:.]\d\d(?: ?[ap]\.?m\b)?|\b\d{1,2} ?[ap]\.?m\b"
    r"|(?<=[a-z]), \d{1,3}(?=,)"
)
_QUOTED = re.compile(r"[“”„«»\"]|(?<!\w)[‘'](?=\w)[^‘’']{2,}[’'](?!\w)")
#: a word with a capital that something other than the end of a sentence stands before
_NAMED = re.compile(r"(?<=[\w,;:)’'\-–—] )(?:[A-Z][\w’'&.-]+|[A-Z]{2,})")
_LEADING = re.compile(r"^[\W_]*(?:The |An? )?[A-Z][\w’'.-]+(?: (?:of |and |for |the |& )?[A-Z][\w’'.-]+)+")
_RUN = re.compile(r"[A-Z][\w’'.-]*(?:(?: (?:of|and|for|the|&))* [A-Z][\w’'-]*)*")
#: so many names are looked up at once
MOST_NAMES = 300

#: the first of the reasons that is there says what it may be
KIND = {
    "number": Kind.STATISTIC,
    "quotation": Kind.QUOTATION,
    "saying": Kind.EVENT,
    "name": Kind.DETAIL,
}
#: kind → priority in the body of a text; what stands over it, or under a picture, is read first and by most
PRIORITY = {
    Kind.STATISTIC: Priority.MUST,
    Kind.ALLEGATION: Priority.MUST,
    Kind.QUOTATION: Priority.SHOULD,
    Kind.EVENT: Priority.SHOULD,
    Kind.CAUSAL: Priority.SHOULD,
    Kind.RULE: Priority.SHOULD,
    Kind.PREDICTION: Priority.COULD,
    Kind.DETAIL: Priority.MUST,
}
PART = {
    Part.HEADLINE: Priority.MUST,
    Part.DECK: Priority.MUST,
    Part.CAPTION: Priority.MUST,
    Part.TEASER: Priority.MUST,
    Part.CREDIT: Priority.COULD,
}


@dataclass(frozen=True)
class Premark:
    """Why a sentence is worth a check (no reasons: it may not be), and what it may be; ``kind`` and ``priority`` are
    empty where there is no reason.
    """

    reasons: tuple[str, ...] = ()
    kind: str = ""
    priority: str = ""


def premark(sentences: Iterable[tuple[str, str]], names: frozenset[str] = frozenset()) -> list[Premark]:
    """For each sentence (its words, and the part of the text that it stands in) why it is worth a check.

    ``names`` are known names in it, as :func:`known_names` gives them.
    """
    return [_one(words, part, names) for words, part in sentences]


def _one(words: str, part: str, names: frozenset[str]) -> Premark:
    found = []
    plain = set(_WORD.findall(words.lower()))
    if _NUMBER.search(words) or not plain.isdisjoint(_COUNTED):
        found.append("number")
    if _QUOTED.search(words):
        found.append("quotation")
    if not plain.isdisjoint(_SAYING):
        found.append("saying")
    if _NAMED.search(words) or _LEADING.match(words) or (names and not names.isdisjoint(runs(words))):
        found.append("name")
    if not found:
        return Premark()
    kind = KIND[found[0]] if part != Part.CREDIT else Kind.DETAIL
    if kind == Kind.STATISTIC and plain.isdisjoint(_COUNTED) and not _NUMBER.search(_DATES.sub("", words)):
        kind = Kind.EVENT  # its only numbers say when
    return Premark(tuple(found), kind.value, preset(kind, part).value)


def preset(kind: str, part: str = Part.BODY) -> Priority:
    """How urgent a claim of this kind is that stands in this part of a text (DOMAIN.md §1, Claim)."""
    return PART.get(Part(part)) or PRIORITY[Kind(kind)]


def runs(words: str) -> list[str]:
    """The runs of words with capitals, as they stand: what may be the name of a source."""
    return [run[0] for run in _RUN.finditer(words)]


def known_names(sentences: Sequence[tuple[str, str]], by: Asker) -> frozenset[str]:
    """Those of the runs in these sentences that are the name, or another name, of a source. One query, by the index of
    the words of sources; of more than ``MOST_NAMES`` runs only the first ones are looked up.
    """
    asked = list(dict.fromkeys(run for words, part in sentences for run in runs(words)))[:MOST_NAMES]
    if not asked:
        return frozenset()
    wanted: Any = reduce(or_, (SearchQuery(run, config="simple", search_type="phrase") for run in asked))
    seen = Source.objects.visible_to(by).filter(search=wanted).values_list("name", "aliases")
    called = {each.casefold() for name, aliases in seen for each in (name, *aliases)}
    return frozenset(run for run in asked if run.casefold() in called)
