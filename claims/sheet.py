"""A claim on one sheet of plain text: its axes, figures, chain, original sources, warnings, and what is owed."""

from collections.abc import Iterable, Iterator

from django.db.models import Q

from claims import origins
from claims.labels import LABELS, REASONS, title
from claims.models import Attribution, Claim, Evidence, Quantity, Relation
from claims.vocabularies import Warning
from claims.wording import amount, figure_facts, owed, where, who
from sources.models import Document, Passage

INDENT = "  "


def sheet(claim: Claim) -> str:
    """The claim as text, one fact a line. Reads the parts that are not withdrawn."""
    hops = list(
        claim.attributions.filter(withdrawn_at__isnull=True)
        .select_related("speaker__merged_into", "document__publisher", "passage__snapshot", "speaks_for")
        .order_by("id")
    )
    sections = [
        (None, _head(claim)),
        (title("quantities"), _figures(claim.quantities.filter(withdrawn_at__isnull=True).select_related("base"))),
        (title("hop"), _chains(hops)),
        (f"{title('origins')}: {claim.independent_origins}", _origins(claim, hops)),
        (title("warnings"), [Warning(word).label + f" ({word})" for word in claim.warnings]),
        (title("accusations"), _accusations(claim)),
        (title("evidence"), _backing(claim)),
        (title("relations"), _relations(claim)),
    ]
    lines: list[str] = []
    for heading, found in sections:
        body = list(found)
        if heading:
            lines += ["", heading] if body else ["", f"{heading}: none"]
        lines += [f"{INDENT if heading else ''}{line}" for line in body]
    return "\n".join(lines)


def _head(claim: Claim) -> Iterator[str]:
    yield f"Claim {claim.pk} · {claim.key or 'no key'}"
    yield claim.statement
    yield f"{claim.get_kind_display()} · {claim.get_priority_display()} · revision {claim.revision}"
    yield f"{title('state')}: {claim.get_state_display()}"
    verdict = claim.get_verdict_display() if claim.verdict else f"no {LABELS['assessment']}"
    yield f"{title('verdict')}: {verdict}{_listed(' (', claim.flags, ')')}"
    yield f"{LABELS['clearance']}: {claim.get_clearance_display()}"
    if claim.place:
        yield f"Place: {claim.place}"
    if claim.about_from or claim.about_until:
        yield f"Days: {claim.about_from or 'unknown'} to {claim.about_until or 'unknown'}"
    if claim.topics:
        yield f"Topics: {', '.join(claim.topics)}"


def _figures(quantities: Iterable[Quantity]) -> Iterator[str]:
    for quantity in quantities:
        facts = [quantity.measure, *(f"{label}: {fact}" for label, fact in figure_facts(quantity))]
        yield f"{amount(quantity)}: {'; '.join(facts)}"
        if quantity.note:
            yield f"{INDENT}note: {quantity.note}"


# --- chains ---


def _chains(hops: list[Attribution]) -> Iterator[str]:
    """Each chain from its outermost hop inwards; a hop that two chains share is printed once and pointed at."""
    by_id = {hop.pk: hop for hop in hops}
    relayed = {hop.relays_id for hop in hops}
    printed: set[int] = set()
    outermost = [hop for hop in hops if hop.pk not in relayed]
    for hop in sorted(outermost, key=lambda hop: (hop.passage.start if hop.passage else 0, hop.pk)):
        depth = 0
        inner: Attribution | None = hop
        while inner is not None:
            if inner.pk in printed:
                yield f"{INDENT * depth}{inner.speaker.name}: as above"
                break
            printed.add(inner.pk)
            for line in _hop(inner):
                yield f"{INDENT * depth}{line}"
            inner, depth = by_id.get(inner.relays_id or 0), depth + 1


def _hop(hop: Attribution) -> Iterator[str]:
    origin = f" ← {LABELS['origin']}" if hop.relays_id is None else ""
    yield f"{who(hop.speaker)}{_in(hop.document)}{origin}"
    certainty = hop.get_certainty_display() + (f" (“{hop.hedge}”)" if hop.hedge else "")
    facts = [hop.get_stance_display(), hop.get_manner_display(), certainty, f"basis: {hop.get_basis_display()}"]
    if hop.relays_id is not None:
        facts.append(f"link: {hop.get_link_display()}")
    if hop.speaks_for:
        facts.append(f"speaks for {hop.speaks_for}")
    if hop.said_on:
        facts.append(f"said on {hop.said_on}")
    yield f"{INDENT}{' · '.join(facts).lower()}"
    if hop.passage:
        yield f"{INDENT}{LABELS['passage']}: {_words(hop.passage)}"
    if hop.note:
        yield f"{INDENT}note: {hop.note}"


def _in(document: Document | None) -> str:
    return f" in {where(document)}" if document else ""


def _words(passage: Passage) -> str:
    """The marked words, cut from the text; their place only, while the text is not held."""
    place = f"[{passage.start}, {passage.end}) {passage.get_part_display().lower()}"
    text = passage.snapshot.text
    return f"{place}, {LABELS['sealed']}" if text is None else f"{place} “{text[passage.start : passage.end]}”"


def _origins(claim: Claim, hops: list[Attribution]) -> Iterator[str]:
    speakers = {hop.pk: hop.speaker.name for hop in hops}
    counted = 0
    for origin in origins.of([claim.pk])[claim.pk]:
        counted += origin.stance == "asserts"
        mark = f"{counted}." if origin.stance == "asserts" else "-"  # a denial is shown and not counted
        yield f"{mark} {', '.join(speakers[hop] for hop in origin.hops)} ({origin.stance})"
        for reason in origin.reasons:
            why = REASONS[reason.reason].format(through=reason.through.name if reason.through else "")
            yield f"{INDENT}counted as one: {speakers[reason.hop]} and {speakers[reason.other]}: {why}"


# --- what is owed, and the rest ---


def _accusations(claim: Claim) -> Iterator[str]:
    rows = claim.accusations.filter(withdrawn_at__isnull=True).select_related("accused").prefetch_related("requests")
    for accusation in rows.order_by("id"):
        yield f"{accusation.accused}: {owed(accusation)}"
        if accusation.known_position:
            yield f"{INDENT}known position (not a reply): {accusation.known_position}"
        if accusation.note:
            yield f"{INDENT}note: {accusation.note}"


def _backing(claim: Claim) -> Iterator[str]:
    rows: Iterable[Evidence] = claim.evidence.filter(withdrawn_at__isnull=True).select_related("document__publisher")
    for evidence in rows:
        yield f"{evidence.get_stance_display()} · {evidence.get_how_display()}{_in(evidence.document)}"


def _relations(claim: Claim) -> Iterator[str]:
    rows: Iterable[Relation] = (
        Relation.objects.filter(Q(claim=claim) | Q(other=claim), withdrawn_at__isnull=True)
        .select_related("claim", "other")
        .order_by("id")
    )
    for relation in rows:
        why = f" ({relation.get_reason_display().lower()})" if relation.reason else ""
        if relation.claim_id == claim.pk:
            yield f"{relation.get_kind_display()}{why} claim {relation.other_id}: {relation.other.statement}"
        else:
            kind = relation.get_kind_display().lower()
            yield f"claim {relation.claim_id} {kind} it{why}: {relation.claim.statement}"
        if relation.note:
            yield f"{INDENT}note: {relation.note}"


def _listed(before: str, words: list[str], after: str) -> str:
    return f"{before}{', '.join(words)}{after}" if words else ""
