"""A desk with one of everything, every word and odd scripts: for tests that hold two tellings equal."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import cycle, islice, zip_longest
from typing import Any

from django.db import models
from django.utils import timezone

from claims.models import (
    Accusation,
    Annotation,
    Attribution,
    Claim,
    Clearance,
    CopyChange,
    Evidence,
    ImportOrder,
    Piece,
    Quantity,
    Relation,
    ReplyRequest,
    Ruling,
    Usage,
)
from claims.vocabularies import ImportState
from factdesk.context import acting
from factdesk.people.models import User
from factdesk.webhooks.models import Attempt, Delivery
from sources.models import Document, Sentence, Source
from tests import calls, make

#: what texts are made of: quotes, an emoji with its modifier, right-to-left, combining, controls, separators, long ones
ODD = (
    'He said "no" \\ and left.\nThen\t\u2028more\u2029.',
    "Ein Großbrand 🧑🏽‍🚒 in Ulm",
    "שלום, عالم \u202eabc\u202c",
    "e\u0301 Z̤͔a\u0353 \u007f\u0085\u200b\ufeff",
    "{row} %s %(x)s {{}} ' -- ; </script> \x01\x1f",
    "\U0001d518\U0001d52b \U0010ffff" * 12,
)
FIGURES = ("162", "90.0", "0.000000010", "-3.50", "123456789012345678901234567.5", "0", "0.00")
_texts = cycle(ODD)


def words(model: type[models.Model]) -> dict[str, list[Any]]:
    """Field -> the words of its vocabulary, of every field of the model that has one."""
    found: dict[str, list[Any]] = {}
    for field in model._meta.local_fields:
        if field.choices:
            found[field.name] = [value for value, _ in field.choices]
    return found


def every_word(model: type[models.Model], *names: str) -> Iterator[dict[str, Any]]:
    """Facts for as many rows as it takes to use each word of these fields once."""
    listed = {name: words(model)[name] for name in names}
    longest = max(len(each) for each in listed.values())
    for row in islice(zip_longest(*(islice(cycle(each), longest) for each in listed.values())), longest):
        yield dict(zip(listed, row, strict=True))


def text() -> str:
    return next(_texts)


def desk() -> None:
    """Fill the desk. Run it in a transaction."""
    ann = make.user("editor", username="ann", first_name="Ann\u00a0", last_name="Ámes ")
    sources = [
        make.source(text(), aliases=[text(), ""], description=text(), **facts, **_fit(facts))
        for facts in every_word(Source, "kind", "identity", "reliability")
    ]
    body, double = make.source("A body", "organization"), make.source("A duplicate", merged_into=sources[0])
    Source.objects.filter(pk=sources[0].pk).update(owner=body, key="k/1")
    make.affiliation(double, body, role=text(), since=date(1, 1, 1), until=date(9999, 12, 31))
    make.affiliation(sources[1], body)
    pages = [
        make.document(text()[:1000], publisher=publisher, bylines=[text()], note=text(), **facts)
        for facts, publisher in zip(every_word(Document, "kind"), cycle([body, None, double]), strict=False)
    ]
    Document.objects.filter(pk=pages[0].pk).update(
        key="page-1",
        published_on=date(2024, 2, 29),
        embargo_until=datetime(2024, 1, 1, tzinfo=UTC),
        url="https://a/?b=c",
    )
    long_text = "".join(ODD) * 3
    held = make.snapshot(long_text, of=pages[0], captured_by=ann)
    make.snapshot(None, sealed="Not here.", of=pages[0], captured_at=datetime(2020, 1, 1, tzinfo=UTC))
    restricted = make.snapshot("Secret words stand here.", of=make.document("A secret paper", restricted=True))
    spans = [(0, 1), (0, len(long_text)), (5, 40), (31, 33), (40, 41), (len(long_text) - 1, len(long_text))]
    parts = cycle(words(type(make.passage(held, 0, 1)))["part"])
    marked = [make.passage(held, start, end, part=next(parts), locator=text()[:200]) for start, end in spans * 2]
    hidden = make.passage(restricted, 0, 6)
    sentence = Sentence.objects.create(snapshot=held, start=0, end=10)
    _claims(ann, sources, marked, hidden, sentence)
    _copy(ann, pages[0], marked[2])
    _told()


def _fit(facts: dict[str, Any]) -> dict[str, Any]:
    return {"reliability_on": date(2024, 1, 1)} | ({"headcount": 12} if facts["kind"] == "group" else {})


def _claims(ann: Any, sources: list[Any], marked: list[Any], hidden: Any, sentence: Any) -> None:
    claims = [
        make.claim(text()[:2000], topics=[text(), "b"], place=text()[:500], created_by=ann, **facts)
        for facts in every_word(Claim, "kind", "priority")
    ]
    with acting(by=ann, why="because, as it were"):
        Claim.objects.filter(pk=claims[0].pk).update(assignee=ann, about_from=date(2024, 1, 1), key="a/b")
    signed = make.claim("A detail.", "detail", state="signed_off")
    for value in words(Clearance)["value"]:
        if value != "not_cleared":
            by = make.user("legal") if value == "legal_hold" else ann
            Clearance.objects.create(claim=signed, revision=1, value=value, wording=text(), by=by, note=text())
    make.claim(state="closed")
    make.claim("A statistic.", "statistic", state="in_review")
    one, two = claims[0], claims[1]
    figures = [make.quantity(one, value, measure=text()[:500]) for value in FIGURES]
    for facts in every_word(Quantity, "comparator", "base_is"):
        make.quantity(two, "1.10", upper="2.0", margin="0.50", base=figures[0], note=text(), **facts)
    calls.withdraw(make.quantity(one, "7"))
    first = make.attribution(one, sources[0], document=marked[0].snapshot.document, passage=marked[0])
    for number, facts in enumerate(
        every_word(Attribution, "stance", "manner", "certainty", "basis", "link", "terms", "said")
    ):
        passage = marked[number % len(marked)]
        make.attribution(
            one,
            sources[number % len(sources)],
            document=passage.snapshot.document,
            passage=passage,
            relays=first if number % 2 else None,
            speaks_for=sources[1] if number % 3 else None,
            hedge=text()[:200],
            note=text(),
            said_on=date(2024, 1, 2),
            **facts,
        )
    make.attribution(two, sources[0], document=hidden.snapshot.document, passage=hidden)
    calls.withdraw(make.attribution(one, sources[2]))
    _bearing(ann, one, sources, marked, hidden)
    _decided(ann, one, two, first, sentence)


def _bearing(ann: Any, claim: Claim, sources: list[Any], marked: list[Any], hidden: Any) -> None:
    now = timezone.now()
    for facts in every_word(Evidence, "stance", "directness", "how", "outcome"):
        make.evidence(claim, note=text(), read_back=text(), spoken_to=sources[0], spoken_at=now, credibility=3, **facts)
    make.evidence(claim, document=hidden.snapshot.document, passage=hidden)
    for kind in words(Annotation)["kind"]:
        note = Annotation.objects.create(claim=claim, passage=marked[0], kind=kind, body=text(), by=ann)
    Annotation.objects.create(passage=marked[1], kind="question", asked_of="lawyer", body=text(), by=ann, answers=note)
    Annotation.objects.create(passage=hidden, kind="comment", body="On secret words.", by=ann)
    Annotation.objects.filter(pk=note.pk).update(resolved_at=now, resolved_by=ann)
    for accused, facts in zip(sources, every_word(Accusation, "outcome", "legal_status", "privilege"), strict=False):
        said = {"reply": text(), "replied_at": now} if facts["outcome"] == "replied" else {}
        accusation = make.accusation(claim, accused, known_position_passage=marked[0], **facts, **said)
    ReplyRequest.objects.create(
        accusation=accusation,
        put=text(),
        channel="mail",
        sent_at=now,
        deadline=now + timezone.timedelta(days=1),
        by=ann,
    )
    for facts in every_word(Usage, "owed", "went_out_open"):
        Usage.objects.create(
            claim=claim,
            revision=1,
            url="https://x",
            printed=text(),
            correction=text(),
            open_because="so",
            open_decided_by=make.user("chief"),
            **facts,
        )


def _decided(ann: Any, one: Claim, two: Claim, hop: Attribution, sentence: Any) -> None:
    for facts in every_word(Relation, "kind", "reason"):
        Relation.objects.create(claim=one, other=make.claim(), note=text(), **facts)
    Relation.objects.create(claim=two, other=one, kind="repeats")
    other = make.attribution(one)
    Ruling.objects.create(
        about="origins", claim=one, first=hop, second=other, key="k", decision="one_origin", reason=text(), by=ann
    )
    Ruling.objects.create(about="sentence", sentence=sentence, key="k", decision="heading", by=ann)
    flags = [value for value, _ in Claim._meta.get_field("flags").base_field.choices or ()]
    for verdict in words(type(make.assessment(two)))["verdict"]:
        make.assessment(two, verdict, flags=flags, rationale=text(), as_of=date(2024, 1, 1))
    in_review = make.claim("Another detail.", "detail", state="in_review")
    make.sign_off(in_review.assessments.get(), "send_back", note=text())


def _told() -> None:
    """Each of the people has a webhook, with deliveries in every state, and has sent files of claims."""
    now = timezone.now()
    for person in User.objects.filter(is_active=True):
        for state in ImportState.values:
            ended = {} if state in ("waiting", "running") else {"ended_at": now, "began_at": now}
            sent = {"person": person, "format": "csv", "file_name": text(), "file_bytes": 1, "sha256": "0" * 64}
            wrong = [{"line": 2, "path": "kind", "code": "invalid_choice", "message": text()}]
            differing = [{"line": 3, "key": "mill-1"}]
            ImportOrder.objects.create(state=state, problems=wrong, differing=differing, **sent, **ended)
        hook = make.webhook(person, resources=["claims", "documents"], description=text())
        told = {"endpoint": hook, "happened_at": now}
        for state, facts in {
            "waiting": {"next_attempt_at": now, "fault": "too_slow"},
            "failed": {"fault": "no_connection"},
            "delivered": {"delivered_at": now},
        }.items():
            named = {} if state == "failed" else {"resource": "claims", "object_id": 1, "claim_id": 1, "number": 3}
            row = Delivery.objects.create(message=uuid.uuid4(), state=state, **told, **facts, **named)
            Attempt.objects.create(delivery=row, begun_at=now, fault="interrupted")
            Attempt.objects.create(delivery=row, begun_at=now, seconds="0.250", answered=204)


def _copy(ann: Any, ours: Any, passage: Any) -> None:
    piece = Piece.objects.create(document=ours, author=ann, text_closes_at=datetime(2030, 1, 1, tzinfo=UTC))
    for facts in every_word(CopyChange, "force", "decision"):
        CopyChange.objects.create(
            piece=piece,
            passage=passage,
            replacement=text(),
            reason=text(),
            decision_reason="so",
            proposed_by=ann,
            decided_by=ann,
            **facts,
        )
