"""What the desk calls it (DOMAIN.md §5): the one table of labels for pages, commands, e-mails and reports."""

LABELS = {
    "hop": "via",
    "origin": "original source",
    "origins": "original sources",
    "document": "material",
    "snapshot": "saved copy",
    "sealed": "text not held",
    "passage": "marked words",
    "quantity": "figure",
    "quantities": "figures",
    "base": "of what",
    "population": "of whom",
    "evidence": "backing",
    "assessment": "finding",
    "signed_off": "initialled",
    "clearance": "OK to print",
    "reply_request": "request for comment",
    "usage": "where it ran",
    "impact": "what else uses it",
    "coverage": "lines left",
    "dossier": "record file",
    "state": "where the work stands",
    "verdict": "is it so",
    "warnings": "warnings",
    "accusations": "accuses",
    "relations": "other claims",
}

#: why two original sources count as one (the view ``claims_origin``)
REASONS = {
    "same_source": "the same source",
    "same_owner": "one owner: {through}",
    "same_body": "speaking for the same body: {through}",
    "speaks_for": "one speaks for the other: {through}",
    "same_words": "nearly the same words",
    "ruling": "an editor's ruling",
}


def title(name: str) -> str:
    """The label with a capital, for a heading."""
    label = LABELS[name]
    return label[0].upper() + label[1:]
