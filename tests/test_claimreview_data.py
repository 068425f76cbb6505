"""Published fact-checks that nobody here wrote: every row is accounted for, and the second run adds nothing.

FACTCK.BR (MIT), LIAR and samples of ClaimsKG, out of the folder of evaluation data; without it these are skipped. Of
LIAR the two smaller parts: a test is one transaction, in which ten thousand rows have no statistics and take minutes.
"""

import json
from collections import Counter

import pytest
from django.conf import settings
from django.core.management import call_command

from claims.models import Attribution, Claim, Evidence
from sources.models import Document, Source

DATA = settings.ENV.eval_data

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA, reason="FACTDESK_EVAL_DATA is not set: no published fact-checks to read"),
]

# file -> options, how many of its rows are made, already there, in conflict, refused; and why
SETS = {
    "cr_factckbr/claims.jsonl": ([], (1296, 0, 0, 17), {"no_claim": 13, "too_long": 4}),
    "cr_claimskg_samples/claims.jsonl": ([], (343, 43, 0, 124), {"no_claim": 124, "twice": 43}),
    "cr_claimskg_topics_gold.jsonl": ([], (625, 0, 0, 0), {}),
    "cr_liar/test.jsonl": (["--set", "outlet=PolitiFact"], (1283, 0, 0, 0), {}),
    "cr_liar/valid.jsonl": (["--set", "outlet=PolitiFact"], (1284, 0, 0, 0), {}),
}
WORDS = ("made", "already_there", "conflict", "refused")


def run(name, options, report):
    path = DATA / "import_claimreview" / name
    call_command("import_claimreview", str(path), *options, "--report", str(report))
    rows = [json.loads(line) for line in report.read_text("utf-8").splitlines()]
    assert len(rows) == len(path.read_text("utf-8").splitlines()), "a row is not accounted for"
    return rows


def everything():
    return [model.objects.count() for model in (Source, Document, Claim, Attribution, Evidence)]


@pytest.mark.parametrize("name", SETS)
def test_every_row_is_accounted_for_and_the_second_run_adds_nothing(name, tmp_path, capsys):
    options, many, why = SETS[name]
    rows = run(name, options, tmp_path / "first.jsonl")
    found = Counter(each["outcome"] for each in rows)
    assert tuple(found[word] for word in WORDS) == many
    assert {code: count for code, count in Counter(each["code"] for each in rows).items() if code} == why
    assert all(each["told"] for each in rows if each["outcome"] in ("refused", "conflict"))
    before = everything()
    again = Counter(each["outcome"] for each in run(name, options, tmp_path / "second.jsonl"))
    assert everything() == before
    assert tuple(again[word] for word in WORDS) == (0, many[0] + many[1], many[2], many[3])
    assert set(Claim.objects.values_list("state", "verdict")) == {("new", None)}
    assert Claim.objects.count() == Evidence.objects.count() == many[0]
