"""What an endpoint can be told of: each resource of the API, by the name of its list."""

from django.apps import apps
from django.db import models


class Resource(models.TextChoices):
    """The resources that the changes feed tells of."""

    SOURCES = "sources"
    AFFILIATIONS = "affiliations"
    DOCUMENTS = "documents"
    PASSAGES = "passages"
    CLAIMS = "claims"
    QUANTITIES = "quantities"
    ATTRIBUTIONS = "attributions"
    EVIDENCE = "evidence"
    ANNOTATIONS = "annotations"
    ACCUSATIONS = "accusations"
    RELATIONS = "relations"
    USAGES = "usages"
    ASSESSMENTS = "assessments"
    SIGN_OFFS = "sign_offs"
    CLEARANCES = "clearances"
    REPLY_REQUESTS = "reply_requests"
    RULINGS = "rulings"
    PIECES = "pieces"
    COPY_CHANGES = "copy_changes"


#: resource -> its model, and the word for one of it
_MODELS = {
    "sources": ("sources.Source", "source"),
    "affiliations": ("sources.Affiliation", "affiliation"),
    "documents": ("sources.Document", "document"),
    "passages": ("sources.Passage", "passage"),
    "claims": ("claims.Claim", "claim"),
    "quantities": ("claims.Quantity", "quantity"),
    "attributions": ("claims.Attribution", "attribution"),
    "evidence": ("claims.Evidence", "evidence"),
    "annotations": ("claims.Annotation", "annotation"),
    "accusations": ("claims.Accusation", "accusation"),
    "relations": ("claims.Relation", "relation"),
    "usages": ("claims.Usage", "usage"),
    "assessments": ("claims.Assessment", "assessment"),
    "sign_offs": ("claims.SignOff", "sign_off"),
    "clearances": ("claims.Clearance", "clearance"),
    "reply_requests": ("claims.ReplyRequest", "reply_request"),
    "rulings": ("claims.Ruling", "ruling"),
    "pieces": ("claims.Piece", "piece"),
    "copy_changes": ("claims.CopyChange", "copy_change"),
}


def model_of(resource: str) -> type[models.Model]:
    """The model whose rows the resource shows."""
    return apps.get_model(_MODELS[resource][0])


def type_of(resource: str | None) -> str:
    """The type of a message of the resource, as in ``claim.changed``; without one it is a test."""
    return f"{_MODELS[resource][1]}.changed" if resource else "webhook.test"


#: every type of message there is
TYPES = [*(type_of(resource) for resource in _MODELS), type_of(None)]
