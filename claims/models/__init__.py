from claims.models.attribution import Attribution, OriginsPending
from claims.models.claim import Claim
from claims.models.evidence import Annotation, Evidence
from claims.models.notice import Notice, NoticeSwitch, ReviewDue
from claims.models.order import ImportOrder
from claims.models.piece import CopyChange, FolderDocument, Piece, Presence
from claims.models.quantity import Quantity
from claims.models.queue import SavedFilter
from claims.models.relation import DossierRow, Relation, Ruling
from claims.models.reply import Accusation, ReplyRequest
from claims.models.reportmail import ReportMail
from claims.models.review import Assessment, Clearance, SignOff, Transition
from claims.models.usage import Usage

__all__ = [
    "Accusation",
    "Annotation",
    "Assessment",
    "Attribution",
    "Claim",
    "Clearance",
    "CopyChange",
    "DossierRow",
    "Evidence",
    "FolderDocument",
    "ImportOrder",
    "Notice",
    "NoticeSwitch",
    "OriginsPending",
    "Piece",
    "Presence",
    "Quantity",
    "Relation",
    "ReplyRequest",
    "ReportMail",
    "ReviewDue",
    "Ruling",
    "SavedFilter",
    "SignOff",
    "Transition",
    "Usage",
]
