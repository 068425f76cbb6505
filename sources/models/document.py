"""Something published or held, what its text was at a moment, and spans of that text."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import PROTECT, ExpressionWrapper, F, Func, GeneratedField, Q
from django.db.models.functions import Coalesce, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from factdesk.constraints import after_all, bounded, one_of, refuse
from factdesk.records import Entry, Record, remembered
from factdesk.search import Searched, SearchedManager, words_of
from factdesk.visibility import Visible, in_restricted

#: A text may have this many code points, its original this many bytes.
LONGEST_TEXT = 5_000_000
LARGEST_ORIGINAL = 50_000_000


class DocumentKind(models.TextChoices):
    ARTICLE = "article", _("Article")
    RELEASE = "release", _("Press release or official statement")
    TRANSCRIPT = "transcript", _("Transcript")
    INTERVIEW = "interview", _("Interview")
    COURT_RECORD = "court_record", _("Court record")
    LAW = "law", _("Law")
    DATASET = "dataset", _("Dataset")
    BOOK = "book", _("Book")
    EMAIL = "email", _("E-mail")
    MEMO = "memo", _("Memo")
    RECORDING = "recording", _("Recording")
    IMAGE = "image", _("Image")
    SOCIAL_POST = "social_post", _("Social-media post")
    BROADCAST = "broadcast", _("Broadcast")
    FACT_CHECK = "fact_check", _("Fact-check")
    DESK_COPY = "desk_copy", _("Our own copy")


#: What the desk holds and nobody published, and what the desk itself writes. In all else a protected name may stand as
#: it was printed: to refuse a page that names somebody would lose the page, and tell who is protected.
HELD = (
    DocumentKind.TRANSCRIPT,
    DocumentKind.INTERVIEW,
    DocumentKind.EMAIL,
    DocumentKind.MEMO,
    DocumentKind.RECORDING,
    DocumentKind.DESK_COPY,
)
_HELD = ", ".join(f"'{kind.value}'" for kind in HELD)


class CapturedFrom(models.TextChoices):
    PASTE = "paste", _("Paste")
    UPLOAD = "upload", _("Upload")
    URL = "url", _("Web address")
    DOSSIER = "dossier", _("Record file")


class Part(models.TextChoices):
    HEADLINE = "headline", _("Headline")
    DECK = "deck", _("Deck")
    BODY = "body", _("Body")
    CAPTION = "caption", _("Caption")
    PULL_QUOTE = "pull_quote", _("Pull quote")
    CREDIT = "credit", _("Credit")
    TEASER = "teaser", _("Teaser")


class Sha256OfText(Func):
    """The SHA-256 of a text's UTF-8 bytes, in lower-case hexadecimal."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = models.CharField()


class Sha256OfBytes(Func):
    """The SHA-256 of bytes, in lower-case hexadecimal."""

    template = "encode(sha256(%(expressions)s), 'hex')"
    output_field = models.CharField()


class OctetLength(Func):
    """How many bytes."""

    function = "octet_length"
    output_field = models.IntegerField()


class DocumentQuerySet(Searched["Document"]):
    restricted = Q(restricted=True)


class SnapshotQuerySet(Visible["Snapshot"]):
    restricted = in_restricted("document")


class SentenceQuerySet(Visible["Sentence"]):
    restricted = in_restricted("snapshot__document")


class PassageQuerySet(Visible["Passage"]):
    restricted = in_restricted("snapshot__document")


@remembered()
class Document(Record):
    """Something published or held. What it does not say of itself (publisher, day) stays unknown."""

    key = models.CharField(max_length=200, unique=True, null=True, blank=True)
    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    title = models.CharField(max_length=1000, blank=True, default="", db_default="")
    publisher = models.ForeignKey("sources.Source", PROTECT, null=True, blank=True, related_name="published")
    publisher_read_from = models.CharField(max_length=500, blank=True, default="", db_default="")
    bylines = ArrayField(models.CharField(max_length=500), default=list, blank=True, db_default=[])
    bylines_read_from = models.CharField(max_length=500, blank=True, default="", db_default="")
    published_on = models.DateField(null=True, blank=True)
    published_on_read_from = models.CharField(max_length=500, blank=True, default="", db_default="")
    url = models.CharField(max_length=2000, blank=True, default="", db_default="")
    held_at = models.CharField(max_length=2000, blank=True, default="", db_default="")
    language = models.CharField(max_length=35, blank=True, default="", db_default="", help_text="BCP 47")
    embargo_until = models.DateTimeField(null=True, blank=True)
    restricted = models.BooleanField(default=False, db_default=False)
    note = models.TextField(blank=True, default="", db_default="", max_length=10_000)
    search = words_of("simple", title="A", bylines="B")

    objects = SearchedManager.from_queryset(DocumentQuerySet)()

    #: free text in which a protected name is refused only under a condition on the new row ``n``
    names_are_refused_where = dict.fromkeys(("title", "bylines", "url"), f"n.kind IN ({_HELD})")

    class Meta(Record.Meta):
        constraints = [
            one_of("document_kind_is_known", "kind", DocumentKind),
            bounded("document_note_is_bounded", note=10_000),
        ]
        indexes = [
            models.Index(name="document_by_day", fields=["published_on"]),
            GinIndex(name="document_by_words", fields=["search"]),
            models.Index(name="document_by_update", fields=["-updated_at", "-id"]),
            models.Index(
                name="document_by_embargo", fields=["embargo_until"], condition=Q(embargo_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.key or f"document {self.pk}"


@remembered(exclude=["text", "original"])
class Snapshot(models.Model):
    """What a document's text was at a moment. Immutable.

    ``length`` counts code points, ``sha256`` is of the text's UTF-8 bytes. A sealed snapshot holds digest and
    length only; its text can be attached once, and only if it has that digest. A changed page is a new snapshot.
    """

    document = models.ForeignKey("sources.Document", PROTECT, related_name="snapshots", db_index=False)
    text = models.TextField(null=True, blank=True)
    length = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    original = models.BinaryField(null=True, blank=True)
    original_sha256 = models.CharField(max_length=64, null=True, blank=True)
    captured_at = models.DateTimeField()
    captured_by = models.ForeignKey("people.User", PROTECT, null=True, blank=True, related_name="captures")
    captured_from = models.CharField(max_length=7, choices=CapturedFrom.choices)
    attached_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When a sealed text came.")
    sealed = GeneratedField(
        expression=ExpressionWrapper(Q(text__isnull=True), output_field=models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = SnapshotQuerySet.as_manager()

    kept_columns = ("id",)
    names_are_refused_where = {
        "text": f"EXISTS (SELECT FROM sources_document d WHERE d.id = n.document_id AND d.kind IN ({_HELD}))"
    }

    class Meta:
        constraints = [
            one_of("snapshot_captured_from_is_known", "captured_from", CapturedFrom),
            models.CheckConstraint(name="snapshot_digest_is_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="snapshot_text_has_its_digest",
                condition=Q(text__isnull=True) | Q(sha256=Sha256OfText(F("text")), length=Length("text")),
                violation_error_message="The text's digest or length is not the snapshot's: it is another text.",
            ),
            models.CheckConstraint(
                name="snapshot_original_has_its_digest",
                condition=Q(original__isnull=True)
                | Q(original_sha256__isnull=False, original_sha256=Sha256OfBytes(F("original"))),
            ),
            models.CheckConstraint(
                name="snapshot_original_is_bounded",
                condition=Q(original__isnull=True) | Q(LessThanOrEqual(OctetLength("original"), LARGEST_ORIGINAL)),
                violation_error_message=f"An original may have {LARGEST_ORIGINAL:,} bytes at most.",
            ),
            models.CheckConstraint(
                name="snapshot_is_bounded",
                condition=Q(length__lte=LONGEST_TEXT),
                violation_error_message=f"A text may have {LONGEST_TEXT:,} characters at most.",
            ),
            models.UniqueConstraint(name="snapshot_once_per_text", fields=["document", "sha256", "captured_at"]),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="snapshot_is_immutable",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                IF OLD.text IS NOT NULL AND NEW.text IS DISTINCT FROM OLD.text
                    OR OLD.original IS NOT NULL AND NEW.original IS DISTINCT FROM OLD.original
                    OR (NEW.id, NEW.document_id, NEW.length, NEW.sha256, NEW.original_sha256, NEW.captured_at,
                        NEW.captured_by_id, NEW.captured_from) IS DISTINCT FROM
                       (OLD.id, OLD.document_id, OLD.length, OLD.sha256, OLD.original_sha256, OLD.captured_at,
                        OLD.captured_by_id, OLD.captured_from) THEN
                    {refuse("snapshot_is_immutable", "A saved copy never changes; save the new text as another.")}
                END IF;
                NEW.attached_at := OLD.attached_at;
                IF OLD.text IS NULL AND NEW.text IS NOT NULL THEN
                    NEW.attached_at := clock_timestamp();
                END IF;
                RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.document} as of {self.captured_at:%Y-%m-%d %H:%M}"


class Sentence(Entry):
    """A line of one snapshot that coverage counts: a span like a passage's, laid down with the snapshot.

    A line goes on from one saved copy of its document to the next. ``line`` is the first sentence with these words in
    it (null: this one): what was marked, ticked or ruled there stands here. ``thread`` is the first sentence of which
    this is a wording (null: this one): where only the thread is the same, the line's words have changed since.
    """

    snapshot = models.ForeignKey("sources.Snapshot", PROTECT, related_name="sentences", db_index=False)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.BODY, db_default=Part.BODY.value)
    line = models.ForeignKey("self", PROTECT, null=True, blank=True, related_name="same_words")
    thread = models.ForeignKey("self", PROTECT, null=True, blank=True, related_name="wordings")
    line_of = GeneratedField(expression=Coalesce("line", "id"), output_field=models.BigIntegerField(), db_persist=True)
    thread_of = GeneratedField(
        expression=Coalesce("thread", "id"), output_field=models.BigIntegerField(), db_persist=True
    )

    objects = SentenceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(name="sentence_by_line", fields=["line_of"]),
            models.Index(name="sentence_by_thread", fields=["thread_of"]),
        ]
        constraints = [
            one_of("sentence_part_is_known", "part", Part),
            models.CheckConstraint(name="sentence_is_not_empty", condition=Q(start__lt=F("end"))),
            models.UniqueConstraint(name="sentence_starts_once", fields=["snapshot", "start"]),
            models.CheckConstraint(
                name="sentence_line_has_a_thread", condition=Q(line__isnull=True) | Q(thread__isnull=False)
            ),
        ]
        triggers = [
            after_all(
                "sentence_goes_on_in_its_document",
                pgtrigger.Insert,
                f"""
                IF EXISTS (SELECT FROM (
                               SELECT snapshot_id, line_id AS other, thread_of FROM new_rows WHERE line_id IS NOT NULL
                               UNION ALL
                               SELECT snapshot_id, thread_id, NULL FROM new_rows WHERE thread_id IS NOT NULL) n
                           JOIN sources_snapshot s ON s.id = n.snapshot_id
                           JOIN sources_sentence f ON f.id = n.other
                           JOIN sources_snapshot e ON e.id = f.snapshot_id
                           WHERE e.document_id <> s.document_id OR e.id = s.id OR f.thread_of <> n.thread_of) THEN
                    {refuse("sentence_goes_on_in_its_document", "A line goes on in a saved copy of its document.")}
                END IF;
                RETURN NULL;
                """,
            ),
            after_all(
                "sentence_lies_within",
                pgtrigger.Insert,
                f"""
                IF EXISTS (SELECT FROM new_rows n JOIN sources_snapshot s ON s.id = n.snapshot_id
                           WHERE n."end" > s.length) THEN
                    {refuse("sentence_lies_within", "A sentence ends past the end of its text.")}
                END IF;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"


class Passage(Entry):
    """A span of one snapshot: a W3C text-position selector (Web Annotation Data Model §4.2.5).

    ``start`` and ``end`` count Unicode code points from zero; ``end`` is exclusive. The words are the snapshot's and
    are cut from it when shown, so they can never disagree with it. A passage is not moved: other words are another one.
    """

    snapshot = models.ForeignKey("sources.Snapshot", PROTECT, related_name="passages")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.BODY, db_default=Part.BODY.value)
    locator = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="Page, time code or cell, where there is one.",
    )

    objects = PassageQuerySet.as_manager()

    class Meta:
        constraints = [
            one_of("passage_part_is_known", "part", Part),
            models.CheckConstraint(
                name="passage_is_not_empty",
                condition=Q(start__lt=F("end")),
                violation_error_message="A passage must hold at least one character.",
            ),
        ]
        triggers = [
            after_all(
                "passage_lies_within",
                pgtrigger.Insert,
                f"""
                IF EXISTS (SELECT FROM new_rows n JOIN sources_snapshot s ON s.id = n.snapshot_id
                           WHERE n."end" > s.length) THEN
                    {refuse("passage_lies_within", "A passage ends past the end of its text.")}
                END IF;
                RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"
