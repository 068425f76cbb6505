"""A claim's way to the page, and what was decided on it, in the words of PROV-O (W3C, 30 April 2013).

The bargain: nothing is said here that the record does not say. A hop is an entity (what was said) that came of a
saying, an activity of its speaker; it is derived from the hop that it relays and from the marked words where the desk
read it, which are quoted from a saved copy. ``hadPrimarySource`` goes from the claim to the origin hops that the desk
counts, and to no others; those that count as one are the members of one ``desk:Origin``. The context stands in it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Min

from claims import chains, origins, pages
from claims.chains import OBJECTIONS
from claims.linkeddata import WORDS, Names, axes, moment, published_at
from claims.models import Assessment, Attribution, Claim, Clearance, Evidence, SignOff
from claims.vocabularies import Manner
from claims.wording import called, person
from factdesk.people.models import User
from factdesk.people.roles import Asker
from sources.models import Document, Passage, Snapshot, Source
from sources.models.source import SourceKind

_LINKS = (
    *("actedOnBehalfOf", "agent", "hadActivity", "hadMember", "hadPrimarySource", "qualifiedDelegation"),
    *("specializationOf", "used", "wasAssociatedWith", "wasAttributedTo", "wasDerivedFrom", "wasGeneratedBy"),
    *("wasQuotedFrom", "wasRevisionOf"),
)
_MOMENTS = ("generatedAtTime", "startedAtTime", "endedAtTime")
CONTEXT: dict[str, Any] = {
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "schema": "http://schema.org/",
    "desk": WORDS,
    "id": "@id",
    "type": "@type",
    "name": "schema:name",
    "sha256": "schema:sha256",
    "about": {"@id": "schema:about", "@type": "@id"},
    "publishedAt": {"@id": "schema:url", "@type": "@id"},
    "saidOn": {"@id": "desk:saidOn", "@type": "xsd:date"},
    **{name: {"@id": f"prov:{name}", "@type": "@id"} for name in _LINKS},
    **{name: {"@id": f"prov:{name}", "@type": "xsd:dateTime"} for name in _MOMENTS},
}
#: a group has no one voice: an agent, and no more
_AGENTS: dict[str, str] = {
    SourceKind.PERSON: "prov:Person",
    SourceKind.ORGANIZATION: "prov:Organization",
    SourceKind.OUTLET: "prov:Organization",
}

Node = dict[str, Any]


def of(claim: Claim, asker: Asker, site: str) -> dict[str, Any]:
    """The claim's provenance as JSON-LD. ``site``: where the desk is; names begin with it."""
    return {"@context": CONTEXT, "@graph": [*_Graph(claim, asker, Names(site)).nodes()]}


class _Graph:
    """What is read is read at once; :meth:`nodes` only writes. Agents and material are written where they are named."""

    def __init__(self, claim: Claim, asker: Asker, names: Names) -> None:
        self.claim, self.names = claim, names
        self.hops = pages.hops_of(claim, asker)
        self.chain = chains.read(claim, self.hops, origins.of([claim.pk])[claim.pk])
        live = {"claim": claim, "withdrawn_at__isnull": True}
        evidence = Evidence.objects.filter(**live).select_related("document", "passage", "spoken_to__merged_into")
        self.evidence = pages.veil(evidence.order_by("id"), asker)
        decided = {"claim": claim}
        self.assessments = list(Assessment.objects.filter(**decided).select_related("author").order_by("id"))
        signed = SignOff.objects.filter(assessment__claim=claim)
        self.sign_offs = list(signed.select_related("by").order_by("id"))
        self.clearances = list(Clearance.objects.filter(**decided).select_related("by").order_by("id"))
        events: Any = claim.events  # type: ignore[attr-defined]  # pghistory's
        told = events.order_by().values("revision").annotate(at=Min("pgh_created_at"))
        self.revisions: dict[int, Any] = {one["revision"]: one["at"] for one in told}
        self.material = _Material(self.hops, self.evidence, asker, names)
        self.agents: dict[str, Node] = {}

    def nodes(self) -> Iterator[Node]:
        """Each resource once: the claim, its hops, what they stand in, what was decided, and whoever did any of it."""
        yield from self._claim()
        for hop in self.hops:
            yield from self._hop(hop)
        yield from self._origins()
        for one in self.evidence:
            yield from self._backing(one)
        for assessment in self.assessments:
            used = self._revision(assessment.revision)
            yield from self._decided(
                assessment, "assessing", assessment.author, used, {"desk:verdict": assessment.verdict}
            )
        for signed in self.sign_offs:
            used = self.names.of(Assessment, signed.assessment_id)
            yield from self._decided(signed, "signing", signed.by, used, {"desk:decision": signed.decision})
        for cleared in self.clearances:
            used = self._revision(cleared.revision)
            yield from self._decided(cleared, "clearing", cleared.by, used, {"desk:clearance": cleared.value})
        yield from self.material.nodes(self._source)
        yield from self.agents.values()

    def _revision(self, number: int) -> str:
        return self.names.of(Claim, self.claim.pk, f"revision-{number}")

    # --- the claim ---

    def _claim(self) -> Iterator[Node]:
        whole = self.names.of(Claim, self.claim.pk)
        yield _node(whole, "prov:Entity", "desk:Claim", name=self.claim.statement)
        named = {one.revision for one in self.assessments} | {one.revision for one in self.clearances}
        numbers = sorted({self.claim.revision, *self.revisions, *named})
        for before, number in zip([None, *numbers], numbers, strict=False):
            told: Node = {"specializationOf": whole, "generatedAtTime": self._at(number)}
            if before:
                told["wasRevisionOf"] = self._revision(before)
            if number == self.claim.revision:
                told |= axes(self.claim) | self._comes_from()
            yield _node(self._revision(number), "prov:Entity", "desk:Revision", **told)

    def _at(self, revision: int) -> str | None:
        return moment(self.revisions[revision]) if revision in self.revisions else None

    def _comes_from(self) -> Node:
        """From the outermost hops that carry it, and from the origins that count. Who objects is no source of it."""
        relayed = {hop.relays for hop in self.chain.hops}
        carries = [hop.id for hop in self.chain.hops if hop.id not in relayed and hop.passes_on not in OBJECTIONS]
        counted = [hop for group in self.chain.groups if group.number for hop in group.hops]
        return {
            "wasDerivedFrom": [self.names.of(Attribution, hop) for hop in carries],
            "hadPrimarySource": [self.names.of(Attribution, hop) for hop in counted],
            "desk:independentOrigins": self.chain.counted,
        }

    # --- who said it ---

    def _hop(self, hop: Attribution) -> Iterator[Node]:
        speaker, saying = self._source(hop.speaker), self.names.of(Attribution, hop.pk, "saying")
        derived = [each for each in (self._relayed(hop), self.material.place(hop)) if each]
        told: Node = {
            "about": self.names.of(Claim, self.claim.pk),
            "wasGeneratedBy": saying,
            "wasAttributedTo": speaker,
            "wasDerivedFrom": derived,
            **{
                f"desk:{name}": getattr(hop, name)
                for name in ("stance", "manner", "certainty", "basis", "link", "said")
            },
        }
        if hop.relays_id and hop.manner in (Manner.VERBATIM, Manner.FRAGMENT):
            told["wasQuotedFrom"] = self._relayed(hop)
        yield _node(self.names.of(Attribution, hop.pk), "prov:Entity", "desk:Hop", **told)
        said: Node = {"wasAssociatedWith": speaker, "saidOn": hop.said_on and hop.said_on.isoformat()}
        if hop.relays_id:
            said["used"] = self._relayed(hop)
        yield _node(saying, "prov:Activity", "desk:Saying", **said)
        if hop.speaks_for:
            self._speaks_for(hop.pk, speaker, self._source(hop.speaks_for), saying)

    def _relayed(self, hop: Attribution) -> str | None:
        return self.names.of(Attribution, hop.relays_id) if hop.relays_id else None

    def _speaks_for(self, hop: int, speaker: str, body: str, saying: str) -> None:
        """They speak for the body in this saying; of another nothing is said."""
        if speaker == body:
            return
        delegation = self.names.of(Attribution, hop, "speaks-for")
        agent = self.agents[speaker]
        agent["actedOnBehalfOf"] = _more(agent.get("actedOnBehalfOf"), body)
        agent["qualifiedDelegation"] = _more(agent.get("qualifiedDelegation"), delegation)
        self.agents[delegation] = _node(delegation, "prov:Delegation", agent=body, hadActivity=saying)

    def _origins(self) -> Iterator[Node]:
        for group in self.chain.groups:
            told: Node = {
                "hadMember": [self.names.of(Attribution, hop) for hop in group.hops],
                "desk:stance": group.stance,
                "desk:counted": group.number is not None,
                "desk:reason": list(group.reasons),
            }
            name = self.names.at("claim-provenance", self.claim.pk, f"origin-{min(group.hops)}")
            yield _node(name, "prov:Entity", "prov:Collection", "desk:Origin", **told)

    # --- what bears on it, what was decided ---

    def _backing(self, one: Evidence) -> Iterator[Node]:
        told: Node = {
            "about": self.names.of(Claim, self.claim.pk),
            "wasDerivedFrom": self.material.place(one),
            "generatedAtTime": moment(one.created_at),
            **{f"desk:{name}": getattr(one, name) for name in ("stance", "how", "directness", "outcome")},
        }
        if one.spoken_to:
            told["wasAttributedTo"] = self._source(one.spoken_to)
        yield _node(self.names.of(Evidence, one.pk), "prov:Entity", "desk:Evidence", **told)

    def _decided(self, row: Any, what: str, by: User | None, used: str, facts: Node) -> Iterator[Node]:
        """A decision: the activity, and what came of it."""
        who, doing, at = self._person(by), self.names.of(type(row), row.pk, what), moment(row.created_at)
        yield _node(
            doing, "prov:Activity", f"desk:{what.capitalize()}", used=used, wasAssociatedWith=who, endedAtTime=at
        )
        told = {"wasGeneratedBy": doing, "wasAttributedTo": who, "wasDerivedFrom": used, "generatedAtTime": at}
        yield _node(self.names.of(type(row), row.pk), "prov:Entity", f"desk:{type(row).__name__}", **told, **facts)

    # --- agents ---

    def _source(self, source: Source) -> str:
        """The source as the root of its merge: that is who it is for the desk. A protected one has its code name."""
        root = source.merged_into or source
        name = self.names.of(Source, root.pk)
        told = {"name": root.name, "desk:identity": root.identity, "desk:kind": root.kind}
        self.agents.setdefault(name, _node(name, "prov:Agent", *filter(None, [_AGENTS.get(root.kind)]), **told))
        return name

    def _person(self, by: User | None) -> str:
        """Somebody of the desk; nobody: the desk's own software."""
        name = self.names.person(by.pk) if by else self.names.desk
        kind = "prov:Person" if by else "prov:SoftwareAgent"
        self.agents.setdefault(name, _node(name, "prov:Agent", kind, name=person(by) if by else "factdesk"))
        return name


class _Material:
    """The documents, saved copies and marked words that hops and backing stand in, as far as whoever asks may see them.

    Of a restricted document there is its name, and that it is restricted.
    """

    def __init__(self, hops: Iterable[Any], evidence: Iterable[Any], asker: Asker, names: Names) -> None:
        self.names = names
        rows = [*hops, *evidence]
        self.named = {row.document_id for row in rows if row.document_id}
        seen = Document.objects.visible_to(asker).select_related("publisher__merged_into")
        self.documents: dict[int, Any] = seen.in_bulk(self.named)
        words = {row.passage_id: row.passage for row in rows if row.passage and row.document_id in self.documents}
        self.passages: dict[int, Passage] = dict(sorted(words.items()))
        copies = Snapshot.objects.filter(pk__in={one.snapshot_id for one in self.passages.values()})
        self.copies: dict[int, Any] = copies.defer("text", "original").in_bulk()

    def place(self, row: Any) -> str | None:
        """Where the desk read it: the marked words, or the document."""
        if row.passage_id in self.passages:
            return self.names.of(Passage, row.passage_id)
        return self.names.of(Document, row.document_id) if row.document_id else None

    def nodes(self, agent: Any) -> Iterator[Node]:
        """Words, copies, documents."""
        for passage in self.passages.values():
            told: Node = {"wasQuotedFrom": self._copy(passage.snapshot_id), "desk:part": passage.part}
            told |= {"desk:start": passage.start, "desk:end": passage.end}
            told["wasDerivedFrom"] = told["wasQuotedFrom"]
            yield _node(self.names.of(Passage, passage.pk), "prov:Entity", "desk:Passage", **told)
        for number, copy in sorted(self.copies.items()):
            told = {"specializationOf": self.names.of(Document, copy.document_id), "sha256": copy.sha256}
            told |= {"generatedAtTime": moment(copy.captured_at), "desk:length": copy.length}
            yield _node(self._copy(number), "prov:Entity", "desk:Snapshot", **told)
        for number in sorted(self.named):
            yield self._document(number, agent)

    def _copy(self, number: int) -> str:
        copy = self.copies[number]
        return self.names.at("document-snapshots", copy.document_id, f"snapshot-{number}")

    def _document(self, number: int, agent: Any) -> Node:
        name, document = self.names.of(Document, number), self.documents.get(number)
        if document is None:
            return _node(name, "prov:Entity", "desk:Document", **{"desk:restricted": True})
        told: Node = {"name": called(document), "desk:kind": document.kind}
        if document.publisher:
            told["wasAttributedTo"] = agent(document.publisher)
        if (at := published_at(document, self.names)) != name:
            told["publishedAt"] = at
        return _node(name, "prov:Entity", "desk:Document", **told)


def _node(name: str, /, *types: str, **told: Any) -> Node:
    """A resource; what is not known is left out."""
    return {"id": name, "type": list(types)} | {
        key: value for key, value in told.items() if value not in (None, "", [])
    }


def _more(listed: list[str] | None, one: str) -> list[str]:
    return list(dict.fromkeys([*(listed or []), one]))
