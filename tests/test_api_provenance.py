"""``/claims/{id}/provenance/``: the chain, the words, and why origins are one."""

from datetime import date

import pytest

from claims import origins
from claims.origins import Origin, Reason, Through
from tests import calls, make
from tests.calls import CLAIMS

pytestmark = pytest.mark.django_db


def test_provenance_tells_the_chain_the_words_and_why_origins_are_one(program):
    group = make.source("A media group", "organization")
    one, two = make.outlet("One", owner=group), make.outlet("Two", owner=group)
    double = make.outlet("Onne", merged_into=one)
    text = "x" * 40 + "Es brannte \U0001f525 in Ulm." + "y" * 40
    words = make.passage(make.snapshot(text), start=40, end=60, locator="p. 2")
    page = words.snapshot.document
    claim = make.claim()
    first = make.attribution(claim, double, document=page, passage=words, said_on=date(2024, 5, 1))
    second = make.attribution(claim, two, basis="told_by_others", speaks_for=double)
    relay = make.attribution(claim, make.outlet("Three"), stance="reports", relays=first, hedge="is said to")
    denial = make.attribution(claim, make.source("A denier"), stance="denies")
    calls.withdraw(make.attribution(claim, make.source("Nobody")))
    claim.refresh_from_db()
    told = program.get(f"{CLAIMS}{claim.pk}/provenance/").json()
    shown_one = {"id": str(one.pk), "name": "One", "kind": "outlet", "identity": "named"}
    assert {key: told[key] for key in told if key not in ("hops", "origins")} == {
        "claim": str(claim.pk),
        "independent_origins": 1,
        "warnings": claim.warnings,
        "pending": False,
    }
    assert [(hop["id"], hop["relays"], hop["depth"]) for hop in told["hops"]] == [
        (str(first.pk), None, 0),
        (str(second.pk), None, 0),
        (str(denial.pk), None, 0),
        (str(relay.pk), str(first.pk), 1),
    ]
    assert told["hops"][0] == {
        "id": str(first.pk),
        "speaker": shown_one,
        "document": {"id": str(page.pk), "restricted": False, "key": None, "title": "A page", "kind": "article"},
        "passage": {
            "id": str(words.pk),
            "start": 40,
            "end": 60,
            "part": "body",
            "locator": "p. 2",
            "exact": "Es brannte \U0001f525 in Ulm.",
            "prefix": "x" * 32,
            "suffix": "y" * 32,
        },
        "stance": "asserts",
        "manner": "paraphrase",
        "certainty": "flat",
        "hedge": "",
        "basis": "not_stated",
        "link": "in_text",
        "speaks_for": None,
        "said_on": "2024-05-01",
        "terms": "not_known",
        "said": "not_checked",
        "relays": None,
        "depth": 0,
    }
    assert (told["hops"][1]["speaks_for"], told["hops"][1]["document"]) == (shown_one, None)
    assert (told["hops"][3]["hedge"], told["hops"][3]["passage"]) == ("is said to", None)
    tied = [
        {
            "hop": str(first.pk),
            "with": str(second.pk),
            "reason": "same_owner",
            "through": {"id": str(group.pk), "name": "A media group"},
        },
        {
            "hop": str(first.pk),
            "with": str(second.pk),
            "reason": "speaks_for",
            "through": {"id": str(one.pk), "name": "One"},
        },
    ]
    assert told["origins"] == [
        {"id": str(first.pk), "stance": "asserts", "hops": [str(first.pk), str(second.pk)], "reasons": tied},
        {"id": str(denial.pk), "stance": "denies", "hops": [str(denial.pk)], "reasons": []},
    ]


def test_the_words_of_a_sealed_snapshot_are_null(program):
    words = make.passage(make.snapshot(None, sealed="Words that are not here."), 0, 5)
    claim = make.claim()
    make.attribution(claim, document=words.snapshot.document, passage=words)
    [hop] = program.get(f"{CLAIMS}{claim.pk}/provenance/").json()["hops"]
    assert (hop["passage"]["start"], hop["passage"]["end"]) == (0, 5)
    assert [hop["passage"][name] for name in ("exact", "prefix", "suffix")] == [None] * 3


def test_a_claim_without_hops_has_no_origins(program):
    claim = make.claim()
    told = program.get(f"{CLAIMS}{claim.pk}/provenance/").json()
    assert (told["hops"], told["origins"], told["independent_origins"]) == ([], [], 0)


def test_the_origins_of_many_claims_are_read_at_once(django_assert_num_queries):
    body = make.source("A body", "organization")
    one, two, none = make.claim(), make.claim(), make.claim()
    hops = [make.attribution(one, body) for _ in range(3)]
    other = make.attribution(two)
    with django_assert_num_queries(2):
        found = origins.of([one.pk, two.pk, none.pk])
    through = Through(body.pk, "A body")
    a, b, c = (hop.pk for hop in hops)
    pairs = [(a, b), (a, c), (b, c)]
    reasons = tuple(Reason(first, second, "same_source", through) for first, second in pairs)
    assert found == {
        one.pk: [Origin(a, "asserts", (a, b, c), reasons)],
        two.pk: [Origin(other.pk, "asserts", (other.pk,), ())],
        none.pk: [],
    }
    assert origins.of([]) == {}
