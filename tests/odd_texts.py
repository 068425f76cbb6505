"""Texts that break things: random ones, ones that a spreadsheet would compute, and the naughty strings of others."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import strategies as st

#: as docs/reports.md has them; not read from the code
DANGEROUS = (
    "=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20\uff07\ufe66\ufe62\ufe63\ufe6b"
    "\u207c\u207a\u207b\u208c\u208a\u208b\u2a75\u2a76\ufb29\u2212"
)

#: whatever PostgreSQL can store
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.one_of(
    st.text(characters, max_size=40),
    st.text(st.sampled_from(DANGEROUS + ';," \\.x'), max_size=12),
)

_DATA = Path(os.environ.get("FACTDESK_EVAL_DATA") or Path(__file__).parent / "../../shared/data").resolve()


def naughty() -> list[str]:
    """The Big List of Naughty Strings and payloads of CSV injection; skips where they are not at hand."""
    folder = _DATA / "bad_input"
    if not folder.is_dir():
        pytest.skip("the naughty strings are not at hand (FACTDESK_EVAL_DATA names the folder of evaluation data)")
    payloads = (folder / "payloadbox_csv-payload.txt").read_text("utf-8").splitlines()
    found = json.loads((folder / "blns/blns.json").read_text("utf-8")) + payloads
    assert len(found) > 500
    return found
