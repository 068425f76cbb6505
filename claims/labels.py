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

#: what the columns that people write are called in forms
FIELDS = {
    # claim
    "statement": _("Statement"),
    "kind": _("Kind"),
    "topics": _("Topics"),
    "place": _("Place"),
    "about_from": _("First day that it is about"),
    "about_until": _("Last day"),
    "priority": _("Priority"),
    # figure
    "measure": _("What is counted"),
    "comparator": _("How exact"),
    "value": _("Number"),
    "upper": _("Up to"),
    "margin": _("±"),
    "unit": _("Unit"),
    "population": _("Of whom"),
    "period": _("When, as worded"),
    "period_from": _("From"),
    "period_until": _("Until"),
    "base_id": _("Of what"),
    "base_is": _("It is"),
    "vintage": _("Release or vintage"),
    "as_worded": _("As worded"),
    # hop
    "speaker_id": _("Who says so"),
    "document_id": _("In which material"),
    "passage_id": _("Marked words"),
    "relays_id": _("Had it from"),
    "stance": _("Stance"),
    "manner": _("In what form"),
    "certainty": _("How sure"),
    "hedge": _("The words that hedge"),
    "basis": _("How they know"),
    "link": _("The tie"),
    "speaks_for_id": _("Speaks for"),
    "said_on": _("Said on"),
    "terms": _("On what terms"),
    "said": _("Was it said"),
    # backing
    "directness": _("Primary or secondary"),
    "how": _("How we know"),
    "spoken_to_id": _("Spoke to"),
    "spoken_at": _("When"),
    "read_back": _("Read back"),
    "outcome": _("What came of it"),
    "credibility": _("Credibility, 1 (confirmed) to 6 (cannot be judged)"),
    # accusation
    "accused_id": _("Whom it accuses"),
    "known_position": _("Known position (not a reply)"),
    "known_position_passage_id": _("Where that stands"),
    "legal_status": _("Where the law stands"),
    "legal_status_on": _("As of"),
    "privilege": _("Privilege"),
    # other claims, remarks
    "other_id": _("Which claim"),
    "reason": _("Why"),
    "resolution": _("How it was resolved"),
    "asked_of": _("Asked of"),
    "whom": _("Waiting for"),
    "body": _("Remark"),
    "note": _("Note"),
    # source
    "name": _("Name"),
    "description": _("Description"),
    "aliases": _("Also called"),
    "identity": _("Known to us"),
    "headcount": _("How many"),
    "owner_id": _("Belongs to"),
    "organization_id": _("At"),
    "role": _("As what"),
    "since": _("Since"),
    "until": _("Until"),
    "reliability": _("Reliability"),
    # material
    "title": _("Title"),
    "publisher_id": _("Published by"),
    "publisher_read_from": _("Publisher read from"),
    "bylines": _("By"),
    "bylines_read_from": _("Byline read from"),
    "published_on": _("Published on"),
    "published_on_read_from": _("Day read from"),
    "url": _("Web address"),
    "held_at": _("Held at"),
    "language": _("Language (as in en, de-AT)"),
    "embargo_until": _("Embargo until"),
    "restricted": _("Restricted"),
    # our own copy
    "author_id": _("Author"),
    "editor_id": _("Editor"),
    "checker_id": _("Checker"),
    "second_reader_id": _("Second reader"),
    "lawyer_id": _("Lawyer"),
    "text_closes_at": _("Text closes"),
    "page_closes_at": _("Page closes"),
    "replacement": _("Put in its place (empty: cut)"),
    "force": _("Force"),
    # where it ran
    "consumer": _("Who else took it"),
    "went_out_at": _("Went out"),
    "printed": _("The words that were printed"),
    "owed": _("What it is owed"),
    "correction": _("The words of the correction"),
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

#: what the record asks about figures and wordings (``claims.findings``)
FINDINGS = {
    "differs": _("These numbers do not agree"),
    "headline_differs": _("Heading and body do not agree"),
    "share_mismatch": _("Share and count do not agree"),
    "sum_mismatch": _("The parts do not add up"),
    "no_base": _("Of what, or since when?"),
    "actor_differs": _("Another is said to have done it"),
    "measure_differs": _("The same number of another thing"),
    "wording_drift": _("Says more than where it comes from"),
    "quote_cut": _("The quotation leaves something out"),
    "weekday_mismatch": _("Weekday and date do not agree"),
    "date_unresolved": _("Of which day?"),
    "other_scope": _("Other numbers, of something else"),
}

#: how sure a hop is, within a sentence about it
FINDING_WORDS = {"hedged": _("hedged"), "inference": _("inferred")}

#: why a claim may say the same as a text, or why not (``claims.matching``)
MATCHES = {
    "same_words": _("the same words"),
    "near_words": _("nearly the same words"),
    "shared_words": _("shares its rare words"),
    "same_number": _("the same number"),
    "other_number": _("another number"),
    "same_day": _("the same day"),
    "other_day": _("another day"),
    "negation_differs": _("one of them says no"),
}


#: why a line is worth a check (``claims.premarking``)
PREMARKS = {
    "number": _("a number"),
    "quotation": _("a quotation"),
    "saying": _("somebody says so"),
    "name": _("a name"),
}


def title(name: str) -> str:
    """The label with a capital, for a heading."""
    label = str(LABELS[name])
    return label[0].upper() + label[1:]
