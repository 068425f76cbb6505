"""What can be done to sources, documents and what stands in them: one line each, read by ``factdesk.rest.acts``."""

from factdesk.rest.acts import ON_LIST, ON_OBJECT, Act
from factdesk.rest.bulk import LARGEST
from factdesk.rest.inputs import Day, Instant, Named, Text, Whole, Word, as_in, changed, new, of_column, reason, written
from sources import editing, merging
from sources.models import Affiliation, Document, Passage, Snapshot, Source
from sources.models.document import LONGEST_TEXT, CapturedFrom
from sources.models.source import Reliability

Because = as_in(written("Because", "Why.", because=reason()), because="A mistake of mine.")

SOURCE = {
    ON_LIST: Act(
        "A new source.", "edit",
        as_in(
            new(Source, editing.SOURCE), name="The Daily Example", kind="outlet", aliases=["Daily Example"], owner="3"
        ),
        lambda a: editing.add_source(by=a.by, columns=a.given), made=True, many=True,
    ),
    ON_OBJECT: Act(
        "Change what is known of it.", "edit", changed(Source, editing.SOURCE),
        lambda a: editing.edit_source(
            source_id=a.id, version=a.version, by=a.by, columns=a.but("why"), why=a.given.get("why", "")),
    ),
    "grade": Act(
        "How reliable it has been, as of a day (today); null takes the grade back.", "regrade",
        as_in(written(
            "Grade", "A grade of the Admiralty code.",
            reliability=Word(choices=Reliability.choices, allow_null=True), on=Day(required=False, allow_null=True),
            why=reason(required=False, allow_blank=True),
        ), reliability="B", on="2026-01-15"),
        lambda a: editing.grade(source_id=a.id, version=a.version, by=a.by, **a.given),
    ),
    "merge": Act(
        "It is the same as another, and is read as that one from now on.", "merge",
        as_in(
            written("Merge", "Into which source, and why.", into=Named(Source, source="into_id"), because=reason()),
            into="7", because="The same captain.",
        ),
        lambda a: merging.merge(source_id=a.id, version=a.version, by=a.by, **a.given),
    ),
    "free": Act(
        "It is another after all: a merged source stands for itself again.", "merge", Because,
        lambda a: merging.free(source_id=a.id, version=a.version, by=a.by, because=a["because"]),
    ),
}  # fmt: skip

AFFILIATION = {
    ON_LIST: Act(
        "A source belongs to another.", "edit",
        as_in(
            new(Affiliation, ("source_id", "organization_id", *editing.AFFILIATION)),
            source="9", organization="3", role="captain", since="2020-01-01",
        ),
        lambda a: editing.affiliate(by=a.by, **a.given), made=True, many=True,
    ),
    ON_OBJECT: Act(
        "Change its role and its days.", "edit", changed(Affiliation, editing.AFFILIATION),
        lambda a: editing.edit_affiliation(
            affiliation_id=a.id, version=a.version, by=a.by, columns=a.but("why"), why=a.given.get("why", "")),
    ),
    "withdraw": Act(
        "It never was so. (What merely came to an end gets its `until`.)", "edit", Because,
        lambda a: editing.end_affiliation(affiliation_id=a.id, version=a.version, by=a.by, because=a["because"]),
    ),
}  # fmt: skip

_ON_THE_WEB = {"original_url": of_column(Document._meta.get_field("url"), source="url")}
_DOCUMENT = [column for column in editing.DOCUMENT if column != "url"]

DOCUMENT = {
    ON_LIST: Act(
        "A new document.", "propose",
        as_in(
            new(Document, _DOCUMENT, **_ON_THE_WEB), kind="article", title="Fire at the old mill", publisher="7",
            bylines=["Ann Ames"], published_on="2026-03-01", original_url="https://news.example/mill",
        ),
        lambda a: editing.add_document(by=a.by, columns=a.given), made=True, many=True,
    ),
    ON_OBJECT: Act(
        "Change what is known of it.", "edit", changed(Document, _DOCUMENT, **_ON_THE_WEB),
        lambda a: editing.edit_document(
            document_id=a.id, version=a.version, by=a.by, columns=a.but("why"), why=a.given.get("why", "")),
    ),
    "save_copy": Act(
        "Save what its text was at a moment. It takes no If-Match: nothing that was there changes.", "propose",
        as_in(written(
            "SnapshotNew", "Snapshot: the text, from what it was taken, and when (now).",
            text=Text(max_length=LONGEST_TEXT), captured_at=Instant(required=False, allow_null=True),
            captured_from=Word(choices=CapturedFrom.choices, default=CapturedFrom.UPLOAD.value),
        ), text="Twelve fire engines fought the fire at the mill.", captured_from="paste"),
        lambda a: editing.add_snapshot(document_id=a.id, by=a.by, **a.given),
        at="snapshots", sees=False, made=True, shows=Snapshot, largest=LARGEST,
    ),
}  # fmt: skip

PASSAGE = {
    ON_LIST: Act(
        "Mark words of a saved copy. The same words are marked once: the answer is then what is there.",
        "propose",
        as_in(written(
            "PassageNew", "Passage: the words from `start` up to, but not including, `end`, in code points.",
            snapshot=Named(Snapshot, source="snapshot_id"), start=Whole(min_value=0, max_value=LONGEST_TEXT),
            end=Whole(min_value=1, max_value=LONGEST_TEXT), part=of_column(Passage._meta.get_field("part")),
            locator=of_column(Passage._meta.get_field("locator")),
        ), snapshot="12", start=0, end=19, part="body"),
        lambda a: editing.mark(by=a.by, **a.given), made=True, many=True,
    ),
}  # fmt: skip
