"""Today and the queue in a real browser: chosen and assigned by keys alone, and without scripts; axe, policy, width."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import expect

from claims.models import Annotation, Claim, Piece
from factdesk.people.models import User
from sources.models import Sentence
from tests import make
from tests.browsing import NARROW, WIDE, Desk, desk, needs_chromium, session_of, sign_in_with
from tests.signing import somebody

pytestmark = [
    needs_chromium,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def claims() -> list[Claim]:
    """Five open claims, in the order of the queue."""
    return [make.claim(f"Engine {number} came.", priority="must") for number in range(5)]


def open_queue(window: Desk, session: str) -> None:
    sign_in_with(session, window)
    window.go("/desk/queue/")


def assignees() -> dict[int, str | None]:
    return dict(Claim.objects.values_list("pk", "assignee__username"))


def quiet(window: Desk) -> bool:
    """Whether the browser has nothing to say against the page."""
    return not [told for told in window.complaints if "favicon" not in told] and not window.policy_violations()


def test_claims_are_chosen_and_assigned_by_keys_alone(live_server, claims):
    session, checker = session_of(somebody("editor")), somebody("checker", username="zoe")
    first, second, third, *rest = claims
    with desk(live_server.url) as window:
        open_queue(window, session)
        keys, page = window.page.keyboard, window.page
        for key in "jxjjxkx":  # the first, the third, the second
            keys.press(key)
        assert page.locator("#how-many").inner_text() == "3 chosen"
        assert page.locator("tr.is-chosen").count() == 3
        keys.press("x")  # not the second after all
        assert page.locator("#how-many").inner_text() == "2 chosen"
        keys.press("a")
        assert page.evaluate("document.activeElement.id") == "to"
        keys.type("zo")  # letters are a name's now, and no keys
        with page.expect_navigation():
            keys.press("Enter")
        assert "Assign: 2 claims." in page.locator(".messagelist").inner_text()
        keys.press("j")
        with page.expect_navigation():
            keys.press("Enter")
        assert f"/claims/claim/{first.pk}/change/" in page.url
        assert quiet(window)
    nobodys = dict.fromkeys(one.pk for one in (second, *rest))
    assert assignees() == {first.pk: "zoe", third.pk: "zoe", **nobodys}
    assert checker.notices.count() == 2


def moved(claim: int) -> None:
    """Somebody else changes it, on a connection of their own."""
    Claim.objects.filter(pk=claim).update(place="Ulm")
    connections.close_all()


def test_what_changed_meanwhile_is_told_row_by_row(live_server, claims):
    session = session_of(somebody("checker", username="zoe"))
    with desk(live_server.url) as window, ThreadPoolExecutor(1) as meanwhile:
        open_queue(window, session)
        meanwhile.submit(moved, claims[1].pk).result()
        for key in "jxjx":
            window.page.keyboard.press(key)
        with window.page.expect_navigation():
            window.page.keyboard.press("y")
        said = window.page.locator(".messagelist").inner_text()
        assert "Take: 1 claim." in said
        assert "Take: not done." in said
        assert quiet(window)
    assert assignees()[claims[0].pk] == "zoe"
    assert assignees()[claims[1].pk] is None


def test_boxes_and_a_form_do_the_same_without_scripts(live_server, claims):
    session, _ = session_of(somebody("editor")), somebody("checker", username="zoe")
    with desk(live_server.url, NARROW, scripts=False) as window:
        page = window.page
        open_queue(window, session)
        page.get_by_role("checkbox", name=f"claim {claims[3].pk}").check()
        page.get_by_label("Assign to").select_option("zoe")
        page.get_by_role("button", name="Assign").click()
        assert "Assign: 1 claim." in page.locator(".messagelist").inner_text()
        page.get_by_text("With anybody").click()
        page.get_by_role("checkbox", name="nobody").check()
        page.get_by_role("button", name="Show").click()
        expect(page.locator("a.statement")).to_have_count(4)
        page.get_by_text("Keep this view").click()
        page.get_by_role("textbox", name="Name").fill("Nobody's")
        page.get_by_label("first on my Today").check()
        page.get_by_role("button", name="Keep", exact=True).click()
        page.get_by_role("link", name="Today", exact=True).click()
        assert page.get_by_role("heading", name="Nobody's").is_visible()
        page.get_by_role("link", name=claims[0].statement).first.click()
        assert f"/claims/claim/{claims[0].pk}/change/" in page.url
    assert assignees()[claims[3].pk] == "zoe"


def full(person: User) -> None:
    """A desk on which every part of both pages has something in it."""
    now = timezone.now()
    saved = make.snapshot("It rained. It snowed.", of=make.document("Our story", kind="desk_copy"))
    for start, end in ((0, 10), (11, 21)):
        Sentence.objects.create(snapshot=saved, start=start, end=end)
    Piece.objects.create(document=saved.document, editor=person, page_closes_at=now - timedelta(minutes=5))
    Piece.objects.create(document=make.document("Another story", kind="desk_copy"), author=person)
    claim = make.claim("It rained on the mill for " + "days and " * 30, kind="allegation", assignee=person)
    make.attribution(
        claim, make.source(identity="unnamed"), document=saved.document, passage=make.passage(saved, 0, 10)
    )
    make.reply_request(make.accusation(claim), hours=-1)
    asked = {"kind": "question", "whom": "Ada Quill", "until": now - timedelta(hours=1)}
    Annotation.objects.create(claim=claim, body="When was that?", by=person, **asked)
    fallen = make.claim(state="signed_off")
    Claim.objects.filter(pk=fallen.pk).update(place="Ulm")
    make.claim(state="in_review", look_again=True)


@pytest.mark.parametrize(
    "size", [WIDE, NARROW, pytest.param((1280, 900), marks=pytest.mark.long)], ids=["wide", "narrow", "laptop"]
)
@pytest.mark.parametrize("role", ["chief", "reader"])
def test_both_pages_are_clean_for_axe_and_the_policy_and_fit_the_window(live_server, size, role):
    person, faults = somebody(role, username="ann"), []
    full(person)
    session = session_of(person)
    with desk(live_server.url, size) as window:
        sign_in_with(session, window)
        for path in (
            "/desk/",
            "/desk/queue/",
            "/desk/queue/?state=any&verdict=accurate&state=odd",
            "/desk/queue/?kind=rule",
        ):
            window.go(path)
            if "queue" in path:
                window.page.get_by_text("Keep this view").click()
            faults += window.accessibility_faults() + window.policy_violations()
            faults += [f"{path}: {window.sticks_out()} px too wide"] if window.sticks_out() > 0 else []
        faults += [told for told in window.complaints if "favicon" not in told]
    assert faults == []
