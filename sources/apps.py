from typing import ClassVar

from django.apps import AppConfig

from factdesk.changes.following import Followed, Hidden


class SourcesConfig(AppConfig):
    name = "sources"
    default_auto_field = "django.db.models.BigAutoField"

    #: what of this app the feed of changes tells
    followed: ClassVar[tuple[Followed, ...]] = (
        Followed("sources", "sources_source", 10),
        Followed("affiliations", "sources_affiliation", 15),
        Followed("documents", "sources_document", 20),
        Followed(
            "documents",  # a saved copy is its document's, and has no address of its own
            "sources_snapshot",
            20,
            object="r.document_id",
            version="(SELECT d.version FROM sources_document d WHERE d.id = r.document_id)",
        ),
        Followed(
            "passages",
            "sources_passage",
            30,
            version="1",
            hidden=Hidden(
                "sources_document", "restricted", "s.document_id", "JOIN sources_snapshot s ON s.id = r.snapshot_id"
            ),
        ),
    )
