"""The claims in the admin: to look at. The review workflow comes with its own functions."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Prefetch, Q, QuerySet, Value
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from claims import editing, notices, pages, queue
from claims.admin import asking, choosing, deciding, offering, past, running, saying, since, telling
from claims.admin.chain import chain_picture
from claims.admin.parts import PART_ACTS, ClaimForm
from claims.admin.together import WorksTogether, with_newest_finding
from claims.api import audit
from claims.labels import LABELS, title
from claims.models import Attribution, Claim, Usage
from claims.vocabularies import Stance, Warning
from claims.wording import where
from factdesk import doing
from factdesk.acts import Act, Asked
from factdesk.differences import Changed
from factdesk.people.models import User
from sources.models import Document, Source
from sources.models.source import Identity

#: So many warnings are shown at once; the rest on demand.
MOST_WARNINGS = 2


class Rests(admin.SimpleListFilter):
    """Claims that a record stands behind: shown only while it is asked for, since the choices would be thousands."""

    model: type[Source] | type[Document]

    def has_output(self) -> bool:
        return self.value() is not None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        number = self.value() or ""
        seen = self.model.objects.visible_to(cast(User, request.user))
        found = seen.filter(pk=number).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
        return [(number, str(found))] if found else []


class BySource(Rests):
    title = _("source")
    parameter_name = "source"
    model = Source

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        if not self.lookup_choices:
            return queryset.none() if self.value() else queryset
        return queryset.filter(pk__in=pages.resting_on(int(self.value() or 0)))


class ByDocument(Rests):
    title = LABELS["document"]
    parameter_name = "document"
    model = Document

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        if not self.lookup_choices:
            return queryset.none() if self.value() else queryset
        hops = Attribution.objects.filter(document=int(self.value() or 0), withdrawn_at__isnull=True)
        return queryset.filter(pk__in=hops.values("claim"))


class With(admin.SimpleListFilter):
    """Whose work it is."""

    title = _("person")
    parameter_name = "with"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("me", _("With me")), ("nobody", _("With nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        if self.value() not in ("me", "nobody"):
            return queryset
        return queryset.filter(assignee=request.user.pk if self.value() == "me" else None)


class ByWarning(admin.SimpleListFilter):
    title = LABELS["warnings"]
    parameter_name = "warning"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Warning.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        return queryset.filter(warnings__contains=[self.value()]) if self.value() else queryset


def _propose(asked: Asked) -> Claim:
    return editing.propose(by=asked.by, columns=asked.given)


@admin.register(Claim)
class ClaimAdmin(WorksTogether):
    acts: ClassVar[dict[str, Act]] = {
        act.name: act for act in (*deciding.ACTS, *PART_ACTS, *running.ACTS, *asking.ACTS)
    }
    adds = Act(
        "propose", _("A new claim"), ("propose",), _propose, ClaimForm, told=_("Added."), button=_("Add it"),
        onward=lambda claim: reverse("admin:claims_claim_change", args=[claim.pk]),
    )  # fmt: skip
    heading = _("Claims")
    list_display = ("claim", "says_so", "stands_in", "stands", "so", "printable", "changed")
    list_filter = (With, "state", "priority", "kind", "verdict", "clearance", ByWarning, BySource, ByDocument)
    search_fields = ("statement",)
    ordering = ("-updated_at", "-id")
    page_template = "claims/claim.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        person = cast(User, request.user)
        hidden = Value(False) if person.may("read_restricted") else Q(document__restricted=True)
        hops = (
            Attribution.objects.filter(withdrawn_at__isnull=True)
            .select_related("speaker__merged_into", "document__publisher")
            .annotate(hidden=ExpressionWrapper(hidden, output_field=BooleanField()))
            .order_by("id")
        )
        seen = with_newest_finding(Claim.objects.visible_to(person).select_related("assignee"))
        return seen.prefetch_related(Prefetch("attributions", queryset=hops, to_attr="hops"))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Claim | None:
        """The claim for its own page, without what the list shows of its parts."""
        number = doing.number(object_id)
        seen = Claim.objects.visible_to(cast(User, request.user)).select_related("assignee")
        return seen.filter(pk=number).first() if number else None

    def get_urls(self) -> list[Any]:
        picture = self.admin_site.admin_view(chain_picture)
        return [
            path("<int:claim_id>/chain.svg", picture, name="claims_claim_chain"),
            *choosing.addresses(self.admin_site),
            *telling.addresses(self.admin_site),
            *super().get_urls(),
        ]

    def page(self, request: HttpRequest, record: Claim) -> dict[str, Any]:
        person = cast(User, request.user)
        shown = {**pages.claim_page(record, person), "history": past.told(record, person)}
        if shown["chain"].hops:
            shown["chain_picture"] = reverse("admin:claims_claim_chain", args=[record.pk])
        accusations = [accusation for accusation, due in shown["accusations"]]
        backing = [one.document for one in shown["evidence"] if one.document]
        standing = offering.Standing(
            record,
            person,
            shown["assessments"],
            accusations,
            [*shown["documents"], *backing],
            len(shown["origins"]),
            shown["to_settle"],
        )
        shown["at_line"] = queue.line_of(record.pk, queue.standing_in([record], person).get(record.pk))
        shown |= {"standing": standing, "printing": saying.may_be_printed(standing, shown["decision"])}
        shown["audits"] = person.may(audit.RIGHT)
        return shown | {"unseen_count": notices.opened(by=person, claim_id=record.pk)}

    def hindrances(self, by: User, record: Claim, shown: dict[str, Any]) -> dict[str, str]:
        standing: offering.Standing = shown["standing"]
        found = offering.hindrances(standing)
        shown["next"] = saying.next_step(standing, found, self.acts)
        if "same-again" in found:
            shown["fallen"] = since.signed(record, by)
        return found

    def part(self, by: User, record: Claim, act: Act, number: int | None) -> Any:
        model: Any = Usage if act.part == "usage" else editing.PARTS[act.part].model
        found = model.objects.visible_to(by).filter(claim=record, pk=number or 0, withdrawn_at__isnull=True).first()
        if found is not None and act.part == "usage":
            pages.veil([found], by)
        return found

    def seen(self, record: Claim, shown: dict[str, Any]) -> dict[str, int]:
        newest = shown["assessments"][:1]
        return {
            "revision": record.revision,
            "version": record.version,
            **({"finding": newest[0].pk} if newest else {}),
        }

    def difference(self, by: User, record: Claim, seen: dict[str, int | None]) -> list[Changed]:
        return past.since(past.told(record, by), past.moved(record, seen))

    @admin.display(description=_("claim"))
    def claim(self, claim: Claim) -> SafeString:
        return format_html(
            '<span class="statement">{}</span><span class="facts">{} · {}{}</span>',
            claim.statement, claim.get_kind_display(), claim.get_priority_display().lower(),
            f" · {claim.assignee}" if claim.assignee else "",
        )  # fmt: skip

    @admin.display(description=LABELS["origins"])
    def says_so(self, claim: Any) -> SafeString:
        """How many original sources, the first few by name, and what the record warns of."""
        names = _once(hop.speaker.merged_into or hop.speaker for hop in claim.hops if _is_counted(hop))
        shown = "; ".join(name if len(name) <= 60 else f"{name[:59]}…" for name in names[:2])
        more = f" +{len(names) - 2}" if len(names) > 2 else ""
        told = [Warning(word).label for word in claim.warnings]
        warned = format_html_join("", '<span class="warning">{}</span>', ([label] for label in told[:MOST_WARNINGS]))
        rest = f"+{len(told) - MOST_WARNINGS}" if len(told) > MOST_WARNINGS else ""
        return format_html('<b class="count">{}</b> {}{} {}{}', claim.independent_origins, shown, more, warned, rest)

    @admin.display(description=LABELS["document"])
    def stands_in(self, claim: Any) -> str:
        relayed = {hop.relays_id for hop in claim.hops}
        outermost = [hop for hop in claim.hops if hop.document and hop.pk not in relayed]
        named = (str(pages.RESTRICTED) if hop.hidden else where(hop.document) for hop in outermost)
        found = list(dict.fromkeys(named))
        return "; ".join(found[:2]) + (f" +{len(found) - 2}" if len(found) > 2 else "")

    @admin.display(description=title("state"))
    def stands(self, claim: Claim) -> str:
        return claim.get_state_display()

    @admin.display(description=title("verdict"))
    def so(self, claim: Claim) -> str:
        return claim.get_verdict_display() or "-"

    @admin.display(description=LABELS["clearance"])
    def printable(self, claim: Claim) -> str:
        return claim.get_clearance_display()

    @admin.display(description=_("changed"))
    def changed(self, claim: Claim) -> SafeString:
        at = claim.updated_at
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), f"{at:%-d %b %Y}")


def _is_counted(hop: Attribution) -> bool:
    return hop.relays_id is None and hop.stance in (Stance.ASSERTS, Stance.REPORTS)


def _once(sources: Iterable[Source]) -> list[str]:
    """Each by name, once; who is not named says so."""
    found: dict[int, str] = {}
    for source in sources:
        how = "" if source.identity == Identity.NAMED else f" ({source.get_identity_display().lower()})"
        found.setdefault(source.pk, f"{source.name}{how}")
    return list(found.values())
