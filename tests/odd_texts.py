"""Texts that break things: random ones, ones that a spreadsheet would compute, and the naughty strings of others."""

import json
from pathlib import Path

import pytest
from django.conf import settings
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

#: what no text of the desk may hold: PostgreSQL stores no NUL, and half a character is none
UNSTORABLE = ("\0", "a\0", "\ud800", "a\udfffb")
#: what JSON and YAML can say, and readers of lines trip over
_OURS = ("\r", "a\r\nb", "\x85", "a\u2028b", "\ufeff", "\x1f", "\U0010ffff\uffff", "\x7f")


def naughty() -> list[str]:
    """Each once, and all of them such as PostgreSQL can store: the Big List of Naughty Strings (two of them blank),
    payloads of CSV injection, and a few of ours. Skips where they are not at hand.
    """
    data = settings.ENV.eval_data or Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = data / "bad_input"
    if not folder.is_dir():
        pytest.skip("the naughty strings are not at hand (FACTDESK_EVAL_DATA names the folder of evaluation data)")
    payloads = (folder / "payloadbox_csv-payload.txt").read_text("utf-8").splitlines()
    found = list(dict.fromkeys([*json.loads((folder / "blns/blns.json").read_text("utf-8")), *payloads, *_OURS]))
    assert len(found) > 500
    return found


def naughty_words() -> list[str]:
    """Those that are not blank: what may stand where a text must be given."""
    return [text for text in naughty() if text.strip()]
