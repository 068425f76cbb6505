"""What a dossier may say: one literal table of fields. The checker, the JSON Schema and the page of docs all read it.

A row of a dossier is a mapping; ``TABLE`` gives, for each kind of row, its fields in the order in which they are
written. Every value arrives as text (reading.py), so a field's type says how the text is read:

``text``      any characters but NUL, at most ``longest``
``key``       a row's own stable name: letters, digits, ``_``, ``-`` and ``.``, at most 99
``ref``       the key of another row, of the kind ``of``
``word``      one of ``words``
``integer``   digits, within ``least`` and ``most``
``decimal``   a plain decimal number; how many digits are given is kept
``day``       YYYY-MM-DD; ``moment`` a date and time with its offset (RFC 3339)
``yes_no``    yes or no (true, false)
``digest``    64 hexadecimal digits
``texts``     a list of texts
``span``      [start, end], [start, end, part] or [start, end, part, locator]; code points from 0, end exclusive
``spans``     a list of spans
``row``       one row of the kind ``of``; ``rows`` a list of them
``hop``       a row of the kind ``of``, or the key of one that is written out elsewhere in the same claim
"""

from collections.abc import Sequence
from dataclasses import dataclass

from claims import vocabularies as v
from claims.models.attribution import MOST_HOPS
from sources.models.document import LONGEST_TEXT, DocumentKind, Part
from sources.models.source import Identity, SourceKind

FORMAT = "1"
LARGEST_FILE = 20_000_000
MOST_CLAIMS = 5_000
#: A hop lies one level deeper than the one that relays it; a chain of MOST_HOPS has to fit.
DEEPEST = MOST_HOPS + 20
LONGEST_KEY = 99
#: What a protected source is called is not for files (DOMAIN.md §2, rule 12).
IDENTITIES = tuple(word for word in Identity.values if word != Identity.PROTECTED)


@dataclass(frozen=True)
class Field:
    """One field: its type, what it means, what it may hold. ``default`` is what leaving it out says."""

    type: str
    means: str
    required: bool = False
    words: tuple[str, ...] = ()
    longest: int = 0
    least: int | None = None
    most: int | None = None
    of: str = ""
    default: str | None = None


def _text(longest: int, means: str, *, required: bool = False) -> Field:
    return Field("text", means, required=required, longest=longest, default=None if required else "")


def _key(means: str) -> Field:
    return Field("key", means, required=True)


def _word(words: Sequence[str], means: str, default: str | None = None, *, required: bool = False) -> Field:
    return Field("word", means, required=required, words=tuple(str(word) for word in words), default=default)


def _ref(of: str, means: str, *, required: bool = False) -> Field:
    return Field("ref", means, required=required, of=of)


def _rows(of: str, means: str, most: int | None = None) -> Field:
    return Field("rows", means, of=of, most=most)


TABLE: dict[str, dict[str, Field]] = {
    "dossier": {
        "dossier": _word([FORMAT], "The version of this format.", required=True),
        "sources": _rows("source", "Everyone and everything that says something here, or is accused."),
        "document": Field("row", "What this dossier is about.", required=True, of="document"),
        "piece": Field("row", "Where the document is our own copy: its way to print.", of="piece"),
        "documents": _rows("document", "Other documents that it mentions."),
        "snapshot": Field("row", "What its text was at a moment.", of="snapshot"),
        "claims": _rows("claim", "What it says, each as one checkable proposition.", MOST_CLAIMS),
        "ruled_out": _rows("ruled_out", "Sentences that need no claim."),
    },
    "source": {
        "key": _key("Desk-wide: other dossiers that use it mean the same source."),
        "kind": _word(SourceKind.values, "What it is.", required=True),
        "name": _text(500, "Its name, or what the text calls it.", required=True),
        "description": _text(2000, "What is known of it."),
        "aliases": Field("texts", "Other names.", longest=500),
        "identity": _word(IDENTITIES, "Whether the desk knows who it is.", Identity.NAMED.value),
        "headcount": Field("integer", "How many a group is, if stated.", least=0, most=2_147_483_647),
        "owner": _ref("source", "Whose it is."),
        "affiliations": _rows("affiliation", "What it belongs to."),
    },
    "affiliation": {
        "key": _key("Its own within the source."),
        "organization": _ref("source", "What the source belongs to.", required=True),
        "role": _text(500, "As what."),
        "since": Field("day", "First day; left out: unknown."),
        "until": Field("day", "Last day, inclusive; left out: unknown."),
    },
    "document": {
        "key": _key("Desk-wide: other dossiers that use it mean the same document."),
        "kind": _word(DocumentKind.values, "What it is.", required=True),
        "title": _text(1000, "Its title; left out: unknown."),
        "publisher": _ref("source", "Who published it; left out: unknown."),
        "publisher_read_from": _text(500, "Where the publisher was read."),
        "bylines": Field("texts", "Authors as printed.", longest=500),
        "bylines_read_from": _text(500, "Where the bylines were read."),
        "published_on": Field("day", "The day of publication; left out: unknown."),
        "published_on_read_from": _text(500, "Where the day was read."),
        "url": _text(2000, "Its address."),
        "held_at": _text(2000, "The folder that holds it."),
        "language": _text(35, "BCP 47, such as en or es-MX."),
        "embargo_until": Field("moment", "Not to be cleared before."),
        "restricted": Field("yes_no", "Whether only some of the desk may see it.", default="no"),
        "note": _text(10_000, "Anything else about it."),
    },
    "piece": {
        "text_closes_at": Field("moment", "When the text closes."),
        "page_closes_at": Field("moment", "When the page closes: not before the text."),
    },
    "snapshot": {
        "captured_at": Field("moment", "When the text was taken.", required=True),
        "text": Field(
            "text", "The text itself; left out: sealed, then digest and length are given.", longest=LONGEST_TEXT
        ),
        "sha256": Field("digest", "Digest of the text's UTF-8 bytes. Required where the text is left out."),
        "length": Field("integer", "Code points. Required where the text is left out.", least=0, most=LONGEST_TEXT),
        "sentences": Field("spans", "Every sentence, in order."),
    },
    "claim": {
        "key": _key("Its own within the dossier; on the desk it is `<document key>/<key>`."),
        "kind": _word(v.Kind.values, "What its content is.", required=True),
        "statement": _text(2000, "The proposition in neutral words of our own.", required=True),
        "topics": Field("texts", "What it is filed under.", longest=100),
        "place": _text(500, "Where."),
        "about_from": Field("day", "The first day that it is about."),
        "about_until": Field("day", "The last day, inclusive."),
        "priority": _word(
            v.Priority.values,
            "Left out: `must` for allegations, statistics, claims with a figure or an "
            "accusation, and whatever stands in a headline or caption; else `should`.",
        ),
        "quantities": _rows("quantity", "Its numbers as data."),
        "attributions": _rows("attribution", "Who says so: one chain each, outermost hop first."),
        "evidence": _rows("evidence", "What bears on it."),
        "accusations": _rows("accusation", "Whom it accuses."),
        "relations": _rows("relation", "How it stands to other claims."),
    },
    "quantity": {
        "key": _key("Its own within the claim."),
        "measure": _text(500, "What is counted or measured.", required=True),
        "comparator": _word(v.Comparator.values, "How the number is meant.", v.Comparator.EQUAL.value),
        "value": Field("decimal", "The number; of a range, its beginning.", required=True),
        "upper": Field("decimal", "The end of a range."),
        "margin": Field("decimal", "A plus-minus, in the same unit."),
        "unit": _text(100, "people, percent, USD …"),
        "population": _text(500, "Of whom or of what."),
        "place": _text(500, "Where."),
        "period": _text(500, "When, as worded."),
        "period_from": Field("day", "First day."),
        "period_until": Field("day", "Last day, inclusive."),
        "base": _ref(
            "quantity",
            "The figure that it is a share of or a change from: `<key>` in this claim, or `<claim key>/<key>`.",
        ),
        "base_is": _word(v.BaseIs.values, "How it stands to its base; alone where the base is not given."),
        "vintage": _text(500, "Release or vintage."),
        "as_worded": _text(500, "The few words of the number."),
        "note": _text(2000, "Anything else about it."),
    },
    "attribution": {
        "key": _key("Its own within the claim."),
        "speaker": _ref("source", "Who says so.", required=True),
        "document": _ref("document", "Where it stands. A hop with a passage stands in this dossier's document."),
        "passage": Field("span", "The words, in this dossier's snapshot."),
        "stance": _word(v.Stance.values, "Left out: `reports` for a hop that relays, else `asserts`."),
        "manner": _word(v.Manner.values, "How the words are given.", v.Manner.PARAPHRASE.value),
        "certainty": _word(v.Certainty.values, "How sure they sound.", v.Certainty.FLAT.value),
        "hedge": _text(200, "The word or two that hedge."),
        "basis": _word(v.Basis.values, "How they know.", v.Basis.NOT_STATED.value),
        "link": _word(v.Link.values, "Whether the text itself says from whom this hop has it.", v.Link.IN_TEXT.value),
        "speaks_for": _ref("source", "Whom a spokesperson speaks for."),
        "said_on": Field("day", "When it was said."),
        "terms": _word(v.Terms.values, "On what terms.", v.Terms.NOT_KNOWN.value),
        "note": _text(2000, "Anything else about it."),
        "relays": Field("hop", "The hop that this one has it from; left out: an original source.", of="attribution"),
    },
    "evidence": {
        "key": _key("Its own within the claim."),
        "stance": _word(v.Bearing.values, "How it bears on the claim.", required=True),
        "document": _ref("document", "The document. A passage stands in this dossier's document."),
        "passage": Field("span", "The words, in this dossier's snapshot."),
        "directness": _word(v.Directness.values, "Primary or secondary."),
        "how": _word(v.How.values, "How the desk came by it.", v.How.DOCUMENT.value),
        "spoken_to": _ref("source", "Whom the desk called."),
        "spoken_at": Field("moment", "When."),
        "read_back": _text(10_000, "What was read back."),
        "outcome": _word(v.CallOutcome.values, "What they said to it."),
        "credibility": Field("integer", "1 (confirmed) to 6 (cannot be judged).", least=1, most=6),
        "note": _text(10_000, "Anything else about it."),
    },
    "accusation": {
        "key": _key("Its own within the claim."),
        "accused": _ref("source", "Whom the claim accuses.", required=True),
        "outcome": _word(v.ReplyOutcome.values, "Whether they have had their say.", v.ReplyOutcome.WAITING.value),
        "reply": _text(20_000, "What they replied."),
        "replied_at": Field("moment", "When."),
        "known_position": _text(20_000, "An earlier denial or apology: not a reply."),
        "known_position_passage": Field("span", "Its words, in this dossier's snapshot."),
        "legal_status": _word(v.LegalStatus.values, "Where the law stands."),
        "legal_status_on": Field("day", "As of."),
        "privilege": _word(v.Privilege.values, "Court or parliament.", v.Privilege.NONE.value),
        "note": _text(2000, "Anything else about it."),
    },
    "relation": {
        "key": _key("Its own within the claim."),
        "kind": _word(v.RelationKind.values, "How this claim stands to the other.", required=True),
        "other": _ref(
            "claim", "`<key>` of a claim here, or `<document key>/<key>` of one in another dossier.", required=True
        ),
        "reason": _word(v.RelationReason.values, "Why."),
        "note": _text(2000, "Anything else about it."),
        "resolution": _text(2000, "How it was resolved."),
    },
    "ruled_out": {
        "sentence": Field("span", "[start, end] of one of the snapshot's sentences; that is its key.", required=True),
        "decision": _word(v.SentenceRuling.values, "Why it needs no claim.", required=True),
        "reason": _text(2000, "In words, where the decision does not say enough."),
    },
}

PARTS = tuple(Part.values)
LONGEST_LOCATOR = 200
