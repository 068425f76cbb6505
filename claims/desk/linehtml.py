"""A line of a copy as HTML: put together here and not by a template, since a long copy has more than a thousand.

A mark that covers a whole line is not shown: there the line is the claim.
"""

from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from claims.lines import CopyLine, Mark
from claims.premarking import premark


def shown(line: CopyLine, text: str | None, at: int | None, claim: int | None = None) -> SafeString:
    """The line under the id ``line-<number>``: its sign, and its words with their marks. ``at`` and ``claim``: the line
    and the claim at hand.
    """
    is_here = line.pk == at
    classes = ["line", f"mark-{line.mark}"]
    classes += ["is-changed"] if line.is_new or line.has_changed else []
    classes += ["now"] if is_here else []
    classes += ["is-plain"] if line.mark == Mark.BLANK and not line.standings and not _is_worth(line) else []
    sign = line.sign * (2 if line.is_initialled and line.mark == Mark.TICK else 1)
    place = f'<span class="sealed">{line.sentence.start}-{line.sentence.end}</span>'
    words = _words(line, text, claim if is_here else None) if text is not None else place
    names = f' data-names="{escape(" · ".join(sorted(line.names)))}"' if line.names else ""
    return mark_safe(  # noqa: S308 - whatever people wrote is escaped, here and in _words
        f'<span class="{" ".join(classes)}" id="line-{line.pk}" data-line="{line.pk}" data-mark="{line.mark}"{names}>'
        f'<a class="sign" href="?line={line.pk}#line-{line.pk}"{" aria-current=true" if is_here else ""}'
        f' aria-label="{escape(_label(line))}"><span aria-hidden="true">{sign}</span></a>{words}</span>'
    )


def _is_worth(line: CopyLine) -> bool:
    """Whether a plain rule says that it is worth a check."""
    return bool(premark([(line.words, line.sentence.part)])[0].reasons)


def _label(line: CopyLine) -> str:
    parts = [_("Line {number}, {mark}").format(number=line.number, mark=line.mark.label)]
    parts += [_("initialled")] if line.is_initialled else []
    parts += [_("new")] if line.is_new else [_("changed")] if line.has_changed else []
    return ", ".join(parts)


def _words(line: CopyLine, text: str, claim: int | None) -> str:
    """The words, cut at the edges of marks; each piece says at which code point it begins."""
    first, last = line.sentence.start, line.sentence.end
    partial = [one for one in line.spans if (one.start, one.end) != (first, last)]
    numbers = {one.claim.pk: at for at, one in enumerate(line.standings, 1)}
    edges = sorted({first, last, *(edge for one in partial for edge in (one.start, one.end))})
    found = []
    for start, end in pairwise(edges):
        over = {numbers[one.claim] for one in partial if one.start <= start and end <= one.end}
        ends = sorted({numbers[one.claim] for one in partial if one.end == end and one.start <= start})
        tag = "span"
        if over:
            claims = [one.claim for one in partial if one.start <= start and end <= one.end]
            chosen = " chosen" if claim in claims else ""
            listed = " ".join(map(str, dict.fromkeys(claims)))
            tag = f'mark class="depth-{min(len(over), 3)}{chosen}" data-claims="{listed}"'
        found.append(f'<{tag} data-at="{start}">{escape(text[start:end])}</{tag.split(maxsplit=1)[0]}>')
        if ends:
            found.append(f'<sup class="not-copy">{" ".join(map(str, ends))}</sup>')
    return "".join(found)
