from typing import ClassVar

from django.apps import AppConfig

from factdesk.changes.following import Followed, Hidden

#: What stands on marked words alone is hidden with the document that they are in.
_PASSAGE = "JOIN sources_passage p ON p.id = r.passage_id JOIN sources_snapshot s ON s.id = p.snapshot_id"
_SENTENCE = "JOIN sources_sentence p ON p.id = r.sentence_id JOIN sources_snapshot s ON s.id = p.snapshot_id"
_PIECE = "JOIN claims_piece p ON p.id = r.piece_id"


class ClaimsConfig(AppConfig):
    name = "claims"
    default_auto_field = "django.db.models.BigAutoField"

    #: what of this app the feed of changes tells; a change of state is its claim's
    followed: ClassVar[tuple[Followed, ...]] = (
        Followed("pieces", "claims_piece", 35, hidden=Hidden("sources_document", "restricted", "r.document_id")),
        Followed("claims", "claims_claim", 40, claim="r.id"),
        Followed("quantities", "claims_quantity", 50, claim="r.claim_id"),
        Followed("attributions", "claims_attribution", 52, claim="r.claim_id"),
        Followed("evidence", "claims_evidence", 54, claim="r.claim_id"),
        Followed("accusations", "claims_accusation", 56, claim="r.claim_id"),
        Followed(
            "annotations",
            "claims_annotation",
            58,
            claim="r.claim_id",
            hidden=Hidden("sources_document", "restricted", "s.document_id", _PASSAGE),
        ),
        Followed("relations", "claims_relation", 60, claim="r.claim_id"),
        Followed("usages", "claims_usage", 62, claim="r.claim_id"),
        Followed(
            "copy_changes",
            "claims_copychange",
            64,
            claim="r.claim_id",
            hidden=Hidden("sources_document", "restricted", "p.document_id", _PIECE),
        ),
        Followed("assessments", "claims_assessment", 70, claim="r.claim_id", version="1"),
        Followed(
            "sign_offs",
            "claims_signoff",
            72,
            claim="(SELECT a.claim_id FROM claims_assessment a WHERE a.id = r.assessment_id)",
            version="1",
        ),
        Followed("clearances", "claims_clearance", 74, claim="r.claim_id", version="1"),
        Followed(
            "reply_requests",
            "claims_replyrequest",
            76,
            claim="(SELECT a.claim_id FROM claims_accusation a WHERE a.id = r.accusation_id)",
            version="1",
        ),
        Followed(
            "rulings",
            "claims_ruling",
            78,
            claim="r.claim_id",
            version="1",
            hidden=Hidden("sources_document", "restricted", "s.document_id", _SENTENCE),
        ),
    )
