"""Lines left: which sentences have claims, which were ruled out, what is open."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from claims.coverage import coverage, lines
from claims.models import Attribution, Ruling
from sources.models import Document, Sentence, Snapshot
from tests import make
from tests.dossier_example import EXAMPLE, load

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TEXT = "One thing. Another. A third. The last."
SPANS = [(0, 10), (11, 19), (20, 28), (29, 38)]


@pytest.fixture
def copy() -> Snapshot:
    made = make.snapshot(TEXT, of=make.document("Four sentences", key="four"))
    Sentence.objects.bulk_create([Sentence(snapshot=made, start=start, end=end) for start, end in SPANS])
    return made


def mark(copy: Snapshot, start: int, end: int) -> Attribution:
    made = make.claim()
    return make.attribution(made, passage=make.passage(copy, start, end), document=copy.document)


def rule(copy: Snapshot, start: int, decision: str) -> None:
    sentence = Sentence.objects.get(snapshot=copy, start=start)
    Ruling.objects.create(about="sentence", sentence=sentence, key="k", decision=decision, by=make.user("editor"))


def counted() -> list[tuple[int, int, int, int, int]]:
    return [
        (row.sentences, row.claimed, row.ruled_out, row.left, row.claims) for row in coverage(Document.objects.all())
    ]


def test_every_sentence_is_left_at_first(copy):
    assert counted() == [(4, 0, 0, 4, 0)]
    assert [(line.claims, line.ruled) for line in lines(copy)] == [([], "")] * 4


def test_a_sentence_has_a_claim_where_marked_words_overlap_it(copy):
    across = mark(copy, 5, 15)
    beside = mark(copy, 28, 29)  # the blank between two sentences
    assert counted() == [(4, 2, 0, 2, 2)]
    assert [line.claims for line in lines(copy)] == [[across.claim_id], [across.claim_id], [], []]
    assert beside.claim_id not in {pk for line in lines(copy) for pk in line.claims}


def test_two_claims_of_one_sentence_are_both_named_and_one_claim_of_two_counts_once(copy):
    first, second = mark(copy, 0, 10), mark(copy, 0, 3)
    make.attribution(first.claim, passage=make.passage(copy, 29, 38), document=copy.document)
    assert next(line.claims for line in lines(copy)) == sorted([first.claim_id, second.claim_id])
    assert counted() == [(4, 2, 0, 2, 2)]


def test_a_hop_that_was_withdrawn_does_not_count(copy):
    hop = mark(copy, 0, 10)
    Attribution.objects.filter(pk=hop.pk).update(withdrawn_at=timezone.now(), withdrawn_because="Not there.")
    assert counted() == [(4, 0, 0, 4, 0)]


def test_marked_words_of_another_copy_do_not_count(copy):
    mark(make.snapshot(TEXT), 0, 38)
    assert counted() == [(4, 0, 0, 4, 0)]


def test_the_newest_ruling_counts_and_a_claim_goes_before_it(copy):
    rule(copy, 0, "heading")
    rule(copy, 11, "no_factual_content")
    rule(copy, 20, "duplicate")
    rule(copy, 20, "checkable")
    assert counted() == [(4, 0, 2, 2, 0)]
    assert [line.ruled for line in lines(copy)] == ["heading", "no_factual_content", "", ""]
    mark(copy, 0, 10)
    assert counted() == [(4, 1, 1, 2, 1)]


def test_the_newest_copy_with_sentences_counts(copy):
    make.snapshot("Not yet divided.", of=copy.document)
    assert counted() == [(4, 0, 0, 4, 0)]
    later = make.snapshot("A new page.", of=copy.document)
    Sentence.objects.create(snapshot=later, start=0, end=11)
    assert counted() == [(1, 0, 0, 1, 0)]


def test_many_documents_are_counted_in_few_queries(copy, django_assert_num_queries):
    for number in range(5):
        other = make.snapshot(TEXT, of=make.document(key=f"also-{number}"))
        Sentence.objects.create(snapshot=other, start=0, end=10)
    with django_assert_num_queries(3):
        assert len(coverage(Document.objects.all())) == 6


# --- the command ---


def test_the_command_prints_the_table_and_the_lines_of_one(capsys):
    load(EXAMPLE)
    call_command("coverage")
    head, row = capsys.readouterr().out.splitlines()
    assert head.split() == ["material", "sentences", "with", "claims", "ruled", "out", "lines", "left", "claims"]
    assert row.split() == ["courier_bridge", "4", "2", "2", "0", "2"]
    call_command("coverage", "courier_bridge")
    told = capsys.readouterr().out.splitlines()[3:]
    assert told == [
        "[0, 20] headline         ruled out: heading  “Bridge costs double.”",
        "[21, 138] body           1: cost-up  “The bridge will cost about 90 percent more than the 4 million planned…”",
        "[139, 175] body          1: hidden  “The council hid it, an officer said.”",
        "[176, 186] body          ruled out: no_factual_content  “More soon!”",
    ]


def test_the_command_says_what_is_left_and_where_no_text_is_held(copy, capsys):
    sealed = make.snapshot(None, of=make.document(key="sealed"), sealed="Only a digest.")
    Sentence.objects.create(snapshot=sealed, start=0, end=14)
    call_command("coverage", "sealed")
    assert capsys.readouterr().out.splitlines()[-1] == "[0, 14] body             LEFT"


def test_the_command_says_when_there_is_nothing_to_count():
    make.document("No text", key="bare")
    with pytest.raises(CommandError, match="No text has no sentences"):
        call_command("coverage", "bare")
    with pytest.raises(CommandError, match="There is no document bear"):
        call_command("coverage", "bear")
