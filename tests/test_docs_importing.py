"""What docs/importing.md shows is imported as it stands there, and its columns are those that there are."""

import re
from pathlib import Path

import pytest

from claims.api.imports import ANY_FILE, FORMATS
from claims.importing import bring
from claims.importing.columns import COLUMNS, VIAS
from claims.models import Attribution, Claim
from claims.vocabularies import ImportState
from factdesk.people.accounts import desk_user

DOCS = (Path(__file__).resolve().parent.parent / "docs/importing.md").read_text("utf-8")

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fence", "sort", "keys"), [("json", "jsonl", {"mill-1", "mill-2"}), ("csv", "csv", {"mill-3", "mill-4"})]
)
def test_its_examples_are_imported(tmp_path, fence, sort, keys):
    [example] = re.findall(rf"```{fence}\n(.*?)```", DOCS, re.S)
    (tmp_path / "example").write_text(example, "utf-8")
    assert bring(tmp_path / "example", sort, by=desk_user()).made["claim"] == 2
    assert set(Claim.objects.values_list("key", flat=True)) == keys
    assert Attribution.objects.get(depth=1).relays.speaker.name == "Cap Lee"


def test_every_column_is_in_its_table():
    table = DOCS[DOCS.index("| columns |") : DOCS.index("```csv")]
    words = set(re.findall(r"`(\w+)`", table))
    for column, (owner, _) in COLUMNS.items():
        plain = column.removeprefix("quantity_") if owner == "quantity" else column
        assert any(column.startswith(via) for via in VIAS[1:]) or plain in words, column


def test_what_is_told_of_an_import_over_http_is_in_the_docs():
    told = DOCS[DOCS.index("## Over HTTP") : DOCS.index("## Who is meant")]
    words = set(re.findall(r"`…?/?([\w]+)/?`", told))
    assert set(ImportState.values) <= words
    assert set(FORMATS) | {ANY_FILE} <= set(re.findall(r"`([a-z]+/[a-z-]+)`", told))
    assert {"keep_good=1", "dry_run=1"} <= set(re.findall(r"`(\w+=1)`", told))
    assert {"cancel", "rejects"} <= words
