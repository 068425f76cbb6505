"""Our own copy, saved again and again, and claims that stand on its lines."""

from claims import versions
from claims.models import Attribution, Claim, Clearance
from factdesk.people.models import User
from sources.models import Document, Sentence, Snapshot
from tests import make

PAID = "The council paid 204,000 pounds for the work, its register shows."
LESS = "The council paid 104,000 pounds for the work, its register shows."
HURT = "Nobody was hurt when the railing fell, a spokeswoman said."
CLOSE = "The bridge at Weir Street will close for eleven weeks."
FIRST = f"Bridge closes\n\n{CLOSE} {PAID} {HURT}\n"
SECOND = FIRST.replace(PAID, LESS)


def own_copy(title: str = "Our piece") -> Document:
    return make.document(title, "desk_copy")


def save(document: Document, text: str, by: User | None = None, **facts: object) -> Snapshot:
    return versions.save_copy(
        document_id=document.pk, by=by or make.user("reporter"), text=text, captured_from="paste", **facts
    )


def stands_on(copy: Snapshot, words: str, statement: str = "", *, signed: bool = True, cleared: bool = True) -> Claim:
    """A claim on these words of a copy, initialled and OK to print unless it is said otherwise."""
    start = (copy.text or "").index(words)
    claim = make.claim(statement or words, state="in_check")
    passage = make.passage(copy, start, start + len(words))
    make.attribution(claim, passage=passage, document=copy.document)
    if signed:
        found = make.assessment(claim)
        Claim.objects.filter(pk=claim.pk).update(state="in_review")
        make.sign_off(found)
        claim.refresh_from_db()
        if cleared:
            Clearance.objects.create(claim=claim, revision=claim.revision, value="clear", by=make.user("editor"))
    claim.refresh_from_db()
    return claim


def where(claim: Claim) -> tuple[int, str]:
    """The saved copy in which the claim's hop stands, and the words there."""
    hop = Attribution.objects.select_related("passage__snapshot").get(claim=claim)
    copy = hop.passage.snapshot
    return copy.pk, copy.text[hop.passage.start : hop.passage.end]


def line(copy: Snapshot, words: str) -> Sentence:
    """The sentence of these words."""
    return Sentence.objects.get(snapshot=copy, start=copy.text.index(words))
