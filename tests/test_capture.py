"""The text out of files (sources/capture.py): to the character, or refused with what to do about it."""

import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factdesk.errors import BadInput
from sources.capture import DEEPEST, LARGEST_PAGE, MOST_TAGS, upload
from sources.sentences import of_blocks

PAGE = """<!doctype html><html><head><title>The Lantern</title><script>var a = "<p>no</p>"</script><style>p{}</style>
</head><body class="has-deck"><!-- hidden --><h1>Mill <em>burns</em>. Two hurt</h1>
<h2>Twelve engines</h2><h2>What we know</h2>
<p>One &amp; two&nbsp;three.
 Four<br>five. <q>Six</q></p><p hidden>no</p><div style="color:red; display: none">no</div>
<figure><img alt="no"><figcaption>The mill. <cite>Ann Ames</cite></figcaption>
<span class="photo-credit">Wire</span></figure>
<blockquote>Quoted.</blockquote><aside class="pull-quote"><p>Pulled.</p></aside>
<p class="article__standfirst">Stands.</p>
<ul><li>a<li>b</ul><table><tr><td>1</td><td>2</td></tr></table><noscript>no</noscript><template>no</template>
<p>bold<b>er</b> &#128512; \u05e9\u05dc\u05d5\u05dd e\u0301</p></body></html>"""


def parts(data: bytes) -> list[tuple[str, str]]:
    found = upload("page.html", data)
    return [(span.part, found.text[span.start : span.end]) for span in of_blocks(found.text, found.blocks or ())]


def test_a_page_is_what_a_reader_would_see_in_its_parts():
    assert parts(PAGE.encode()) == [
        ("headline", "Mill burns. Two hurt"),
        ("deck", "Twelve engines"),
        ("body", "What we know"),
        ("body", "One & two\u00a0three."),
        ("body", "Four\nfive."),
        ("body", "\u201cSix\u201d"),
        ("caption", "The mill."),
        ("credit", "Ann Ames"),
        ("credit", "Wire"),
        ("body", "Quoted."),
        ("pull_quote", "Pulled."),
        ("deck", "Stands."),
        ("body", "a"),
        ("body", "b"),
        ("body", "1\t2"),
        ("body", "bolder \U0001f600 \u05e9\u05dc\u05d5\u05dd e\u0301"),
    ]


def test_blocks_are_paragraphs_and_the_bytes_are_kept():
    data = b"<p>One.</p><p>Two.</p>"
    found = upload("PAGE.HTM", data)
    assert (found.text, found.original) == ("One.\n\nTwo.", data)
    assert found.original_sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Smoke \U0001f600.\r\nIt rose.\n".encode(), "Smoke \U0001f600.\nIt rose.\n"),
        (b"\xef\xbb\xbfSmoke.", "Smoke."),
        ("Smok\u00e9 \U0001f600.\r\n".encode("utf-16"), "Smok\u00e9 \U0001f600.\n"),
        (b"\xfe\xff" + "Smok\u00e9.".encode("utf-16-be"), "Smok\u00e9."),
        (b"a\rb\x0c", "a\rb\x0c"),
    ],
)
def test_a_text_is_what_its_bytes_say(data, text):
    found = upload("notes.txt", data)
    assert (found.text, found.original, found.blocks) == (text, data, None)


@pytest.mark.parametrize(
    ("name", "data", "code", "told"),
    [
        ("a.txt", b"caf\xe9 burned", "not_utf8", "Byte 3 (0xE9) is not UTF-8. Save the file as UTF-8"),
        ("a.txt", b"\xef\xbb\xbfcaf\xe9", "not_utf8", "Byte 6 (0xE9) is not UTF-8."),
        ("a.txt", b"\xff\xfeh\x00i", "not_utf8", "Byte 4 (0x69) is not UTF-16."),
        ("a.txt", b"\xff\xfe\x00\xd8a\x00", "not_utf8", "is not UTF-16."),
        ("a.txt", "no mark".encode("utf-16-le"), "nul", "NUL at character 1"),
        ("a.txt", "x".encode("utf-32"), "not_utf8", "This is UTF-32."),
        ("a.txt", b"a\0b", "nul", "There is a NUL at character 1"),
        ("a.txt", b" \n", "empty", "There is no text"),
        ("a.txt", b"", "empty", "There is no text"),
        ("a.txt", b"a" * 5_000_001, "too_large", "5,000,000 characters"),
        ("a.pdf", b"%PDF-1.7", "wrong_kind", "paste the text"),
        ("a.docx", b"PK", "wrong_kind", "paste the text"),
        ("txt", b"words", "wrong_kind", "paste the text"),
        ("a.html", b'<meta charset="windows-1252"><p>caf\xe9', "not_utf8", "The page says that it is windows-1252."),
        ("a.html", b"<p>a\0b", "nul", "NUL"),
        ("a.html", b"<script>1</script>", "empty", "There is no text"),
        ("a.html", b"<div>" * (DEEPEST + 1) + b"x", "too_deep", "more than 512 deep"),
        ("a.html", b"<p>x" * (MOST_TAGS + 1), "too_large", "200,000 tags"),
        ("a.html", b" " * (LARGEST_PAGE + 1), "too_large", "10,000,000 bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(name, data, code, told):
    with pytest.raises(BadInput) as refused:
        upload(name, data)
    [problem] = refused.value.problems
    assert (problem["path"], problem["code"]) == ("file", code)
    assert told in str(refused.value)


@given(st.text(st.sampled_from("<>/&;\"'=-! \n\tpdivbrh1tablescriptx\u00a0\u05e9\u0301\U0001f600"), max_size=200))
def test_no_page_breaks_it_and_its_blocks_are_its_text(html):
    try:
        found = upload("a.html", html.encode())
    except BadInput:
        return
    assert "\n\n".join(found.text[block.start : block.end] for block in found.blocks or ()) == found.text
    assert all(found.text[one.start : one.end].strip() for one in found.blocks or ())


@pytest.mark.parametrize(
    "html",
    [
        "<p " + "a=b " * 2_000_000 + ">x",
        "&amp;" * 1_900_000,
        "<p>" + " \n" * 4_900_000 + "x",
        "<div>" * 500 + "<p>x" * 150_000,
    ],
    ids=["attributes", "entities", "blanks", "deep"],
)
def test_a_hostile_page_is_read_or_refused_in_seconds(html):
    began = time.process_time()
    assert upload("a.html", html.encode()).text
    assert time.process_time() - began < 10
