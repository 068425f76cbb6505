"""The page of versions: what became of each line, with its claims, and what lost its initials."""

import html
import re

import pytest
from django.test import Client

from claims.models import Claim
from sources.models import Document, Sentence, Snapshot
from tests import make
from tests.ownlines import CLOSE, FIRST, HURT, LESS, PAID, own_copy, save, stands_on
from tests.test_acts import do, signed_in

pytestmark = pytest.mark.django_db

THEN = f"Bridge closes\n\nIt rained. {HURT} {LESS}\n"


def page(browser: Client, document: Document, query: str = "") -> str:
    answer = browser.get(f"/desk/documents/{document.pk}/versions/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def words(shown: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def entries(shown: str) -> list[str]:
    return [words(one) for one in re.findall(r'<li class="is-.*?</li>', shown, re.S)]


def test_the_page_lists_what_is_not_the_same_with_its_claims_and_what_fell():
    document = own_copy()
    first = save(document, FIRST)
    for line in (PAID, CLOSE, HURT):
        stands_on(first, line, "In words of its own." if line == CLOSE else "")
    save(document, THEN)
    shown = page(signed_in(make.user("reader")), document)
    assert entries(shown) == [
        f"− gone {CLOSE} In words of its own. Event Initialled Accurate OK to print",  # noqa: RUF001
        "+ new It rained.",
        f"↕ moved {HURT} The claim Event Initialled Accurate OK to print",
        "≠ changed The council paid 204,000 104,000 pounds for the work, its register shows. "
        "The claim Event In check Hold lost its initials with this copy",
    ]
    assert "<del>204,000</del><ins>104,000</ins>" in shown
    assert "1 changed · 1 moved · 1 new · 1 gone · 1 the same" in words(shown)
    assert "1 claim lost its initials." in words(shown)


def test_one_who_saves_a_copy_is_led_to_what_changed():
    document = own_copy()
    save(document, FIRST)
    answer = do(signed_in(make.user("checker")), document, "save-copy", text=THEN)
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/documents/{document.pk}/versions/")


def test_any_two_copies_are_held_against_each_other():
    document = own_copy()
    copies = [save(document, text) for text in (FIRST, THEN, FIRST)]
    browser = signed_in(make.user("reader"))
    assert "Nothing differs." in page(browser, document, f"?copy={copies[2].pk}&since={copies[0].pk}")
    assert "There is none before it." in page(browser, document, f"?copy={copies[0].pk}")
    assert "It rained." in page(browser, document, f"?copy={copies[1].pk}")
    for odd in ("?copy=x", "?copy=99999999999999999999", "?copy=0&since=0", f"?since={copies[2].pk}"):
        page(browser, document, odd)
    other = save(own_copy("Other"), "Not this one.\n")
    assert "Not this one." not in page(browser, document, f"?copy={other.pk}&since={other.pk}")


def test_without_copies_lines_or_text_the_page_says_so():
    browser = signed_in(make.user("reader"))
    assert "No saved copy." in words(page(browser, make.document("None", "desk_copy")))
    old = make.snapshot("One copy.")
    make.snapshot("Another copy.", of=old.document)
    assert "It has no lines that could be compared." in words(page(browser, old.document))
    sealed = make.snapshot(None, sealed="Text that is not held.", of=old.document)
    Sentence.objects.create(snapshot=sealed, start=0, end=10)
    assert entries(page(browser, old.document)) == ["+ new text not held, 0–10"]  # noqa: RUF001


def test_restricted_material_has_no_page_for_who_may_not_read_it():
    document = make.document("Secret", "desk_copy", restricted=True)
    save(document, FIRST, by=make.user("editor"))
    address = f"/desk/documents/{document.pk}/versions/"
    assert signed_in(make.user("editor")).get(address).status_code == 200
    assert signed_in(make.user("checker")).get(address).status_code == 404
    assert signed_in(make.user("editor")).get("/desk/documents/0/versions/").status_code == 404
    assert Client().get(address).status_code == 302
    assert signed_in(make.user("editor")).post(address).status_code == 405


def test_no_text_breaks_the_page():
    document = own_copy("<script>alert(1)</script>")
    first = save(document, "<b>One</b> & \u202etwo thousand and six people came to the mill. שלום e\u0301 😀.\n")
    stands_on(first, "people", "<script>alert(2)</script>")
    save(document, "<b>One</b> & \u202etwo thousand and nine people came to the mill. שלום e\u0301 😀!\n")
    shown = page(signed_in(make.user("reader")), document)
    assert "<script>alert" not in shown
    assert "<b>One</b>" not in shown
    assert "<del>six</del><ins>nine</ins>" in shown


def test_the_page_asks_as_much_for_one_line_as_for_many(django_assert_num_queries):
    browser = signed_in(make.user("reader"))
    asked = []
    for size in (1, 12):
        document = own_copy(f"Piece of {size}")
        lines = [f"Ward number {number} gave the mayor {number}3{number} votes on the day." for number in range(size)]
        first = save(document, " ".join(lines))
        for line in lines:
            stands_on(first, line, cleared=False)
        save(document, " ".join(lines).replace("votes", "ballots"))
        save(document, " ".join(lines))
        page(browser, document)
        with django_assert_num_queries(asked[0] if asked else 16, exact=bool(asked)) as counted:
            page(browser, document)
        asked.append(len(counted))
    assert Claim.objects.count() == 13
    assert Snapshot.objects.count() == 6


def test_a_documents_own_page_shows_marks_where_lines_go_on():
    document = own_copy()
    first = save(document, FIRST)
    same, part = stands_on(first, HURT), stands_on(first, "204,000 pounds", "It cost a lot.")
    outside = make.document("Their page", "article")
    theirs = stands_on(save(outside, FIRST), PAID)
    save(document, FIRST.replace(PAID, LESS))
    save(outside, FIRST.replace(PAID, LESS))
    browser = signed_in(make.user("reader"))
    ours = browser.get(f"/admin/sources/document/{document.pk}/change/").content.decode()
    marked = [html.unescape(one) for one in re.findall(r'<mark class="depth-1">(.*?)<sup>', ours)]
    assert marked == [LESS, HURT]
    assert same.statement in html.unescape(ours)
    assert part.statement in ours
    shown = browser.get(f"/admin/sources/document/{outside.pk}/change/").content.decode()
    assert [html.unescape(one) for one in re.findall(r'<mark class="depth-1">(.*?)<sup>', shown)] == [LESS]
    assert theirs.statement in html.unescape(shown)
