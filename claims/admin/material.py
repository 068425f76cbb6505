"""Documents and sources in the admin. Their pages show claims, so they are here and not with their models."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from claims import heldup, notices, pages
from claims.admin import documentwork, folderwork, piecework, sourcework
from claims.admin.protected import ProtectionPages
from claims.labels import LABELS, title
from claims.wording import in_short
from factdesk.acts import Act
from factdesk.people.models import User
from factdesk.working import WorkingAdmin
from sources.models import Document, Sentence, Source
from sources.models.source import Identity


@admin.register(Source)
class SourceAdmin(ProtectionPages, WorkingAdmin):
    acts: ClassVar[dict[str, Act]] = {act.name: act for act in sourcework.ACTS}
    adds = sourcework.ADDS
    heading = gettext_lazy("Sources")
    list_display = ("entry", "kind", "belongs_to", "one_with", "reliability")
    list_select_related = ("owner", "merged_into")
    list_filter = ("kind", "identity")
    search_fields = ("name", "key")
    ordering = ("name", "id")
    page_template = "claims/source.html"

    def page(self, request: HttpRequest, record: Source) -> dict[str, Any]:
        person = cast(User, request.user)
        told = heldup.of(record) if person.may("weigh_sources") else None
        return {**pages.source_page(record, person), **self.protection(record, person), "held_up": told}

    def hindrances(self, by: User, record: Source, shown: dict[str, Any]) -> dict[str, str]:
        return sourcework.hindrances(record)

    def part(self, by: User, record: Source, act: Act, number: int | None) -> Any:
        return record.affiliations.filter(pk=number or 0, withdrawn_at__isnull=True).first()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        seen = Source.objects.visible_to(cast(User, request.user))
        return seen.prefetch_related("affiliations__organization")

    @admin.display(description=gettext_lazy("source"))
    def entry(self, source: Source) -> SafeString:
        how = "" if source.identity == Identity.NAMED else source.get_identity_display().lower()
        also = "; ".join(source.aliases)
        facts = " · ".join(fact for fact in (how, also) if fact)
        return format_html('<span class="name">{}</span><span class="facts">{}</span>', source.name, facts)

    @admin.display(description=gettext_lazy("belongs to"))
    def belongs_to(self, source: Source) -> str:
        bodies = [one.organization.name for one in source.affiliations.all() if one.withdrawn_at is None]
        owners = [source.owner.name] if source.owner else []
        return "; ".join(owners + bodies)

    @admin.display(description=gettext_lazy("one with"))
    def one_with(self, source: Source) -> str:
        return source.merged_into.name if source.merged_into else ""


@admin.register(Document)
class DocumentAdmin(WorkingAdmin):
    acts: ClassVar[dict[str, Act]] = {act.name: act for act in (*documentwork.ACTS, *piecework.ACTS, *folderwork.ACTS)}
    adds = documentwork.ADDS
    heading = title("document")
    list_display = ("entry", "kind", "publisher_known", "on", "text")
    list_select_related = ("publisher",)
    list_filter = ("kind", "restricted")
    search_fields = ("title", "key")
    ordering = ("-id",)
    page_template = "claims/document.html"

    def page(self, request: HttpRequest, record: Document) -> dict[str, Any]:
        person = cast(User, request.user)
        unseen = {"unseen_count": notices.opened(by=person, document_id=record.pk)}
        return {**pages.document_page(record), **piecework.shown(record, person), **unseen}

    def hindrances(self, by: User, record: Document, shown: dict[str, Any]) -> dict[str, str]:
        found = documentwork.hindrances(record, shown)
        return found | ({"open-piece": ""} if "may_open_piece" in shown else {})

    def part(self, by: User, record: Document, act: Act, number: int | None) -> Any:
        if act.part == "sentence":
            return Sentence.objects.visible_to(by).filter(snapshot__document=record, pk=number or 0).first()
        return piecework.part(by, record, act.part, number or 0)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return pages.with_newest_copy(Document.objects.visible_to(cast(User, request.user)))

    @admin.display(description=LABELS["document"])
    def entry(self, document: Document) -> SafeString:
        facts = ", ".join(document.bylines)
        return format_html('<span class="name">{}</span><span class="facts">{}</span>', in_short(document), facts)

    @admin.display(description=gettext_lazy("published by"))
    def publisher_known(self, document: Document) -> str:
        return document.publisher.name if document.publisher else _("not known")

    @admin.display(description=gettext_lazy("on"))
    def on(self, document: Document) -> str:
        return f"{document.published_on:%-d %b %Y}" if document.published_on else _("not known")

    @admin.display(description=gettext_lazy("text"))
    def text(self, document: Any) -> str:
        """Whether the newest saved copy's text is held."""
        if document.newest_length is None:
            return _("no saved copy")
        held = LABELS["sealed"] if document.newest_is_sealed else _("held")
        return f"{held}, {document.newest_length:,}"
