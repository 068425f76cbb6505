"""What a new version takes away and a later one brings back: marks, findings, and the bar that says so."""

import pytest

from claims import lines, workflow
from claims.lines import Mark
from claims.models import Assessment, Claim
from tests import make
from tests.ownlines import FIRST, HURT, LESS, PAID, SECOND, own_copy, save
from tests.test_copy import at_desk, line_of, marks, place

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: history tells what came before what by its transactions: a test in one would have it all at once
over_time = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
REASONS = "The register has it, page 4."


def found(client, document, words: str) -> Claim:
    """A finding with reasons on a line, handed on."""
    line = line_of(document, words)
    client.post(place(document, line=line.pk, do="mark-as"), {"kind": "causal", "priority": "must"})
    claim = Claim.objects.get()
    given = {"rationale": REASONS, "verdict": "mostly_accurate", "on": "author_notes", "revision": claim.revision}
    assert client.post(place(document, line=line.pk, claim=claim.pk, do="judge"), given).status_code == 302
    return claim


def bars(document, by) -> dict[str, str]:
    copy = lines.read(lines.newest_copy(document.pk), by)
    return {one.words: "new" if one.is_new else "changed" if one.has_changed else "" for one in copy.lines}


@pytest.fixture
def client():
    return at_desk()


@pytest.fixture
def document():
    document = own_copy()
    save(document, FIRST)
    return document


def test_a_line_that_changes_and_changes_back_has_a_bar_both_times(client, document):
    assert set(bars(document, client.person).values()) == {""}
    save(document, SECOND)
    assert bars(document, client.person)[LESS] == "changed"
    save(document, FIRST)
    assert bars(document, client.person)[PAID] == "changed"
    save(document, FIRST)
    assert set(bars(document, client.person).values()) == {""}


def test_a_line_that_goes_and_comes_back_has_its_mark_back_and_a_bar(client, document):
    line = line_of(document, HURT)
    client.post(place(document, line=line.pk, do="drop"))
    save(document, FIRST.replace(HURT, ""))
    save(document, FIRST)
    assert bars(document, client.person)[HURT] == "new"
    assert marks(document, client.person)[HURT] == Mark.DROPPED


@over_time
def test_words_that_were_checked_and_come_back_are_found_again_with_one_key(client, document):
    claim = found(client, document, PAID)
    assert marks(document, client.person)[PAID] == Mark.TICK
    save(document, SECOND)
    changed = client.get(place(document, line=line_of(document, LESS).pk)).content.decode()
    assert "says again" not in changed
    assert "do=same-again" not in changed  # other words, and nobody had initialled the finding
    save(document, FIRST)
    line = line_of(document, PAID)
    assert marks(document, client.person)[PAID] == Mark.BLANK
    back = client.get(place(document, line=line.pk)).content.decode()
    assert "The line says again what it said when this was found" in back
    assert "do=same-again" in back
    claim.refresh_from_db()
    answer = client.post(place(document, line=line.pk, claim=claim.pk, do="same-again"), {"revision": claim.revision})
    assert answer.status_code == 302
    assert marks(document, client.person)[PAID] == Mark.TICK
    newest = Assessment.objects.order_by("-pk").first()
    assert (newest.verdict, newest.rationale, newest.revision) == ("mostly_accurate", REASONS, claim.revision)
    client.post(place(document, line=line.pk, do="undo"))
    assert marks(document, client.person)[PAID] == Mark.BLANK


@over_time
def test_what_was_initialled_may_be_proposed_again_on_changed_words_and_what_was_sent_back_may_not(client, document):
    claim = found(client, document, PAID)
    finding, editor = claim.assessments.get(), make.user("editor")
    claim.refresh_from_db()
    workflow.sign_off(assessment_id=finding.pk, revision=claim.revision, by=editor)
    save(document, SECOND)
    page = client.get(place(document, line=line_of(document, LESS).pk)).content.decode()
    assert "do=same-again" in page
    assert "says again" not in page
    claim.refresh_from_db()
    again = workflow.propose_again(claim_id=claim.pk, revision=claim.revision, by=client.person)
    workflow.send_back(assessment_id=again.pk, revision=claim.revision, by=editor, note="Ask the council.")
    save(document, FIRST)
    save(document, SECOND)
    assert "do=same-again" not in client.get(place(document, line=line_of(document, LESS).pk)).content.decode()


def test_a_finding_that_moved_on_is_not_proposed_again_on_what_was_not_seen(client, document):
    claim = found(client, document, PAID)
    save(document, SECOND)
    save(document, FIRST)
    line = line_of(document, PAID)
    stale = client.post(place(document, line=line.pk, claim=claim.pk, do="same-again"), {"revision": claim.revision})
    assert stale.status_code == 409
    assert Assessment.objects.count() == 1
