"""``wording_drift``: a hop says more than the one that it relays; ``quote_cut``: a quotation leaves words out.

| a hop and the one that it relays | is asked |
|---|---|
| flat in its own words, over hedged or inferred | `wording_drift` |
| a quotation, over marked words that give it in substance and in which it does not stand | `wording_drift` |
| a number without "more than", "about" …, over the same with it | `wording_drift` |
| quoted words, of which the original has more in between, or goes on in the sentence | `quote_cut` |

Words that are quoted carry their hedge with them. A cut that is marked (…) is open about itself.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from django.utils.translation import gettext as _

from claims.labels import FINDING_WORDS
from claims.numbers import numerals
from claims.numbers.facts import Finding, Hop, digest
from claims.numbers.saying import shortened

QUOTED = ("verbatim", "fragment")
UNSURE = ("hedged", "inference")
#: fewer words than this are found in any text
LEAST_QUOTED = 3
_QUOTATION = re.compile(r"[“„«»]([^“”„«»]+)[”“»«]|[\"]([^\"]+)[\"]|(?<!\w)[‘']([^‘’']{8,})[’'](?!\w)")
_TOKEN = re.compile(r"[\w]+(?:[’'-]\w+)*|…|\.\.\.|[.!?;:]")
_ELLIPSIS = ("…", "...")
_ENDS = ".!?;:"


def held(hops: Iterable[Hop], asked: frozenset[int]) -> Iterator[Finding]:
    """What the hops of the claims ``asked`` made of the hops that they relay."""
    by_id = {hop.id: hop for hop in hops}
    for hop in by_id.values():
        inner = by_id.get(hop.relays or 0)
        if inner is not None and hop.claim in asked and "denies" not in (hop.stance, inner.stance):
            yield from _drifts(hop, inner)
            yield from _cuts(hop, inner)


def _drifts(hop: Hop, inner: Hop) -> Iterator[Finding]:
    parts = {"hop": hop.name, "inner": inner.name, "hedge": inner.hedge}
    if inner.certainty in UNSURE and hop.certainty == "flat" and hop.manner not in QUOTED and not _keeps(hop, inner):
        if inner.certainty == "hedged" and inner.hedge:
            yield _finding(hop, inner, _("{inner} hedges it (“{hedge}”), {hop} does not.").format(**parts))
        else:
            parts["certainty"] = str(FINDING_WORDS[inner.certainty])
            yield _finding(hop, inner, _("{inner} has it as {certainty}, {hop} as flat.").format(**parts))
    if hop.words and inner.words:
        yield from _made_literal(hop, inner)
        yield from _made_exact(hop, inner)


def _keeps(hop: Hop, inner: Hop) -> bool:
    """Whether the hop's words have the hedge all the same."""
    return bool(inner.hedge and hop.words and inner.hedge.casefold() in hop.words.casefold())


def _made_literal(hop: Hop, inner: Hop) -> Iterator[Finding]:
    """A quotation of words that the relayed hop gives in substance: its marked words do not have them."""
    if hop.manner not in QUOTED or inner.manner != "paraphrase":
        return
    words = [match[0].casefold() for match in _TOKEN.finditer(inner.words or "")]
    for quoted in quotations(hop.words or ""):
        said = [word.casefold() for word in _TOKEN.findall(quoted) if word not in _ENDS and word not in _ELLIPSIS]
        if len(said) >= LEAST_QUOTED and _at(said, words) is None and not _inside(said, _tokens(inner.words or ""), ""):
            told = _("{hop} puts “{quoted}” in quotation marks; {inner} gives it in substance.")
            yield _finding(hop, inner, told.format(hop=hop.name, quoted=shortened(quoted), inner=inner.name))
            return


def _made_exact(hop: Hop, inner: Hop) -> Iterator[Finding]:
    """A number that lost its "more than" or "about"."""
    bare = {one.value for one in numerals.read(hop.words or "") if not one.comparator}
    for one in numerals.read(inner.words or ""):
        if one.comparator not in ("", "=") and one.value in bare:
            was = (inner.words or "")[max(0, one.start - 24) : one.end + 12].strip()
            told = _("{number} in the words of {hop}; “…{was}…” in those of {inner}.")
            yield _finding(hop, inner, told.format(number=one.value, hop=hop.name, was=was, inner=inner.name))
            return


def _looked_at(hop: Hop) -> list[str]:
    values = (hop.id, hop.stance, hop.manner, hop.certainty, hop.hedge, hop.words or "")
    return [str(value) for value in values]


def _finding(hop: Hop, inner: Hop, says: str, kind: str = "wording_drift", rule: str = "") -> Finding:
    return Finding(
        kind=kind,
        key=digest(rule or f"{kind} {says}", _looked_at(hop), _looked_at(inner)),
        says=says,
        claims=(hop.claim,),
        hops=(hop.id, inner.id),
    )


# --- quotations ---


def _cuts(hop: Hop, inner: Hop) -> Iterator[Finding]:
    original = inner.words or inner.text
    if hop.manner not in QUOTED or not hop.words or not original:
        return
    for quoted in quotations(hop.words) or ([hop.words] if hop.manner == "verbatim" else []):
        what = cut(quoted, original)
        if what:
            told = _("“{quoted}”: the original has “{what}” as well.")
            yield _finding(
                hop,
                inner,
                told.format(quoted=shortened(quoted.rstrip(" ,.")), what=what),
                "quote_cut",
                f"quote_cut {quoted} {what}",
            )


def quotations(words: str) -> list[str]:
    """What stands in quotation marks."""
    return [
        "".join(found[1:]) for found in ((m[0], *(g or "" for g in m.groups())) for m in _QUOTATION.finditer(words))
    ]


def cut(quoted: str, original: str) -> str:
    """The words of the original that a quotation leaves out, in between or behind it in the sentence; "" where it
    leaves out none, marks the cut, or is not found in it.
    """
    said = [token.casefold() for token in _TOKEN.findall(quoted) if token not in _ENDS and token not in _ELLIPSIS]
    if len(said) < LEAST_QUOTED or any(mark in quoted for mark in _ELLIPSIS):
        return ""
    tokens = _tokens(original)
    words = [word for word, start, end in tokens]
    if _at(said, words) is None:
        return _inside(said, tokens, original)
    end = (_at(said, words) or 0) + len(said)
    rest = list(_until_the_end(words[end:]))
    if not rest or quoted.rstrip()[-1:] not in ",.!?":
        return ""
    return original[tokens[end][1] : tokens[end + len(rest) - 1][2]]


def _tokens(text: str) -> list[tuple[str, int, int]]:
    return [(match[0].casefold(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def _at(said: list[str], words: list[str]) -> int | None:
    return next((at for at in range(len(words) - len(said) + 1) if words[at : at + len(said)] == said), None)


def _until_the_end(words: list[str]) -> Iterator[str]:
    for word in words:
        if word in _ENDS:
            return
        yield word


def _inside(said: list[str], tokens: list[tuple[str, int, int]], original: str) -> str:
    """What was left out within one sentence of the original; "" where the words are not all there, in order."""
    sentence: list[tuple[str, int, int]] = []
    for token in chain(tokens, [(".", 0, 0)]):
        if token[0] not in _ENDS:
            sentence.append(token)
            continue
        starts = [at for at, (word, _start, _end) in enumerate(sentence) if word == said[0]]
        for start in starts:
            gaps = _gaps(said, sentence[start:])
            if gaps and not original:
                return "…"
            if gaps:
                return " … ".join(original[gap[0][1] : gap[-1][2]] for gap in gaps)
        sentence = []
    return ""


def _gaps(said: list[str], sentence: list[tuple[str, int, int]]) -> list[list[tuple[str, int, int]]]:
    """The runs of words between those that were quoted; empty where one is missing, or most was left out."""
    gaps: list[list[tuple[str, int, int]]] = [[]]
    at = 0
    for token in sentence:
        if at < len(said) and token[0] == said[at]:
            at += 1
            gaps.append([])
        elif at < len(said):
            gaps[-1].append(token)
    left_out = [gap for gap in gaps if gap]
    return left_out if at == len(said) and sum(map(len, left_out)) <= 3 * len(said) else []
