"""Plain builders: each makes one row, with as little said as the row allows."""

import hashlib
from datetime import timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from claims.models import Accusation, Assessment, Attribution, Claim, Evidence, Quantity, ReplyRequest, SignOff
from factdesk.people.models import User
from factdesk.webhooks import endpoints
from factdesk.webhooks.models import Endpoint
from sources.models import Affiliation, Document, Passage, ProtectedIdentity, ProtectedName, Snapshot, Source

_numbers = count(1)


def user(role: str = "checker", **facts: Any) -> User:
    return User.objects.create(username=facts.pop("username", f"{role}-{next(_numbers)}"), role=role, **facts)


def source(name: str = "", kind: str = "person", **facts: Any) -> Source:
    return Source.objects.create(name=name or f"Source {next(_numbers)}", kind=kind, **facts)


def outlet(name: str = "", **facts: Any) -> Source:
    return source(name, "outlet", **facts)


def affiliation(member: Source, organization: Source, **facts: Any) -> Affiliation:
    return Affiliation.objects.create(source=member, organization=organization, **facts)


def protected(name: str, *others: str, code_name: str = "Falcon", contact: str = "at the bridge") -> ProtectedIdentity:
    """A protected source whose name the desk keeps."""
    made = ProtectedIdentity.objects.create(source=source(code_name, identity="protected"), approved_by=user("chief"))
    ProtectedName(protection=made, real_name=name, other_names=others, contact=contact).save(force_insert=True)
    return made


def document(title: str = "A page", kind: str = "article", **facts: Any) -> Document:
    return Document.objects.create(title=title, kind=kind, **facts)


def snapshot(text: str | None = "Some words.", of: Document | None = None, **facts: Any) -> Snapshot:
    """A snapshot with this text; ``text=None`` with ``sealed="words"`` makes it sealed over these words."""
    words = facts.pop("sealed", text) if text is None else text
    return Snapshot.objects.create(
        document=of or document(),
        text=text,
        length=len(words),
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        captured_at=facts.pop("captured_at", timezone.now()),
        captured_from="paste",
        **facts,
    )


def passage(of: Snapshot | None = None, start: int = 0, end: int | None = None, **facts: Any) -> Passage:
    of = of or snapshot()
    return Passage.objects.create(snapshot=of, start=start, end=of.length if end is None else end, **facts)


def claim(statement: str = "", kind: str = "event", state: str = "new", **facts: Any) -> Claim:
    """A claim, brought to ``state`` the lawful way (signed off as accurate)."""
    made = Claim.objects.create(statement=statement or f"It happened, number {next(_numbers)}.", kind=kind, **facts)
    if kind == "statistic" and state in ("in_review", "signed_off"):
        quantity(made)
    if state == "closed":
        Claim.objects.filter(pk=made.pk).update(state="closed", closed_because="out_of_scope")
    elif state != "new":
        Claim.objects.filter(pk=made.pk).update(state="in_check")
    if state in ("in_review", "signed_off"):
        found = assessment(made)
        Claim.objects.filter(pk=made.pk).update(state="in_review")
        if state == "signed_off":
            sign_off(found)
    made.refresh_from_db()
    return made


def assessment(on: Claim, verdict: str = "accurate", **facts: Any) -> Assessment:
    on.refresh_from_db()
    return Assessment.objects.create(
        claim=on,
        revision=facts.pop("revision", on.revision),
        verdict=verdict,
        rationale=facts.pop("rationale", "Because."),
        author=facts.pop("author", None) or user("checker"),
        **facts,
    )


def sign_off(of: Assessment, decision: str = "approve", **facts: Any) -> SignOff:
    return SignOff.objects.create(
        assessment=of,
        author=facts.pop("author", of.author),
        revision=facts.pop("revision", of.revision),
        decision=decision,
        note=facts.pop("note", "" if decision == "approve" else "Look at it again."),
        by=facts.pop("by", None) or user("editor"),
    )


def attribution(of: Claim, speaker: Source | None = None, **facts: Any) -> Attribution:
    return Attribution.objects.create(claim=of, speaker=speaker or source(), **facts)


def quantity(of: Claim, value: str = "162", measure: str = "arrests", **facts: Any) -> Quantity:
    return Quantity.objects.create(claim=of, value=value, measure=measure, **facts)


def evidence(of: Claim, stance: str = "supports", **facts: Any) -> Evidence:
    return Evidence.objects.create(claim=of, stance=stance, document=facts.pop("document", None) or document(), **facts)


def accusation(of: Claim, accused: Source | None = None, **facts: Any) -> Accusation:
    return Accusation.objects.create(claim=of, accused=accused or source(), **facts)


def webhook(of: User | None = None, address: str = "https://planning.example/", **facts: Any) -> Endpoint:
    """A webhook of this person's, as the desk makes one."""
    made, _secret = endpoints.add(by=of or user(), columns={"address": address, **facts})
    return made


def reply_request(on: Accusation, hours: float = 24, **facts: Any) -> ReplyRequest:
    """A request whose deadline lies ``hours`` from now (negative: it has passed)."""
    now = timezone.now()
    return ReplyRequest.objects.create(
        accusation=on,
        put="Is it so?",
        channel="e-mail",
        sent_at=now - timedelta(days=30),
        deadline=now + timedelta(hours=hours),
        by=facts.pop("by", None) or user("checker"),
    )
