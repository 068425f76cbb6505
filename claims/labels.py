"""What the desk calls it (DOMAIN.md §5): the one table of labels for pages, commands, e-mails and reports."""

from django.utils.translation import gettext_lazy as _

LABELS = {
    "hop": _("via"),
    "origin": _("original source"),
    "origins": _("original sources"),
    "document": _("material"),
    "snapshot": _("saved copy"),
    "sealed": _("text not held"),
    "passage": _("marked words"),
    "quantity": _("figure"),
    "quantities": _("figures"),
    "base": _("of what"),
    "population": _("of whom"),
    "evidence": _("backing"),
    "assessment": _("finding"),
    "signed_off": _("initialled"),
    "clearance": _("OK to print"),
    "reply_request": _("request for comment"),
    "usage": _("where it ran"),
    "impact": _("what else uses it"),
    "coverage": _("lines left"),
    "dossier": _("record file"),
    "state": _("where the work stands"),
    "verdict": _("is it so"),
    "warnings": _("warnings"),
    "accusations": _("accuses"),
    "relations": _("other claims"),
}

#: why two original sources count as one (the view ``claims_origin``)
REASONS = {
    "same_source": _("the same source"),
    "same_owner": _("one owner: {through}"),
    "same_body": _("speaking for the same body: {through}"),
    "speaks_for": _("one speaks for the other: {through}"),
    "same_words": _("nearly the same words"),
    "ruling": _("an editor's ruling"),
}


def title(name: str) -> str:
    """The label with a capital, for a heading."""
    label = str(LABELS[name])
    return label[0].upper() + label[1:]
