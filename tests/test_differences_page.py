"""What the page of a claim shows of what does not agree, who may rule on it there, and an earlier check of the fact."""

import pytest

from claims.models import Claim, Quantity, Ruling
from tests import make
from tests.test_acts import do, offers, open_to, signed_in

pytestmark = pytest.mark.django_db

PAGE = "/admin/claims/claim/{}/change/"


def two(*, many: int = 1):
    """Two claims in two places with ``many`` figures each that do not agree."""
    one, other = (make.claim(kind="statistic", topics=["raids"]) for _ in range(2))
    for number in range(many):
        facts = {"measure": f"people arrested in raid {number}", "unit": "people", "place": "Ulm"}
        make.quantity(one, "162", **facts), make.quantity(other, "180", **facts)
    return one, other


def shown(claim: Claim, role: str = "reader") -> str:
    answer = signed_in(make.user(role)).get(PAGE.format(claim.pk))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_asks_and_leads_to_the_other_claim():
    one, other = two()
    page = shown(one)
    assert "These numbers do not agree?" in page
    assert "162 people and 180 people (people arrested in raid 0). No number is both." in page
    assert f'href="{PAGE.format(other.pk)}"' in page
    assert "Held against each other" not in shown(make.claim())


def test_two_are_in_sight_and_the_rest_on_demand():
    one, _ = two(many=4)
    before, details, after = shown(one).partition("<details><summary>2 more</summary>")
    assert details
    section = before[before.index('id="differences"') :]
    assert (section.count("No number is both."), after.count("No number is both.")) == (2, 2)


def test_figures_of_something_else_do_not_shout():
    one, _ = two()
    Quantity.objects.filter(claim=one).update(place="Berne")
    page = shown(one)
    section = page[page.index('id="differences"') :]
    assert "Other numbers, of something else" in section
    assert 'class="warning"' not in section[: section.index("</section>")]


@pytest.mark.parametrize(("role", "may"), [("reader", False), ("checker", False), ("editor", True), ("chief", True)])
def test_an_editor_is_offered_to_rule_where_there_is_something_to_rule_on(role, may):
    one, _ = two()
    browser = signed_in(make.user(role))
    assert ("settle-difference" in offers(browser, one)) is may
    assert "settle-difference" not in open_to(browser, make.claim())


def test_a_ruling_from_the_page_settles_it_with_its_reason():
    one, other = two()
    editor = make.user("editor", first_name="Tom", last_name="Ember")
    key = signed_in(editor).get(PAGE.format(one.pk)).context["differences"][0]["finding"].key
    answer = do(signed_in(editor), one, "settle-difference", key=key, decision="both_stand", reason="Two raids.")
    assert answer.status_code == 302
    assert Ruling.objects.filter(about="finding", claim=one, key=key).count() == 1
    for claim in (one, other):
        page = shown(claim)
        assert "Both can stand: Two raids. (Tom Ember)" in page
        assert "These numbers do not agree?" not in page


def test_a_ruling_without_a_reason_is_refused_and_what_was_chosen_stays():
    one, _ = two()
    browser = signed_in(make.user("editor"))
    key = browser.get(PAGE.format(one.pk)).context["differences"][0]["finding"].key
    answer = do(browser, one, "settle-difference", key=key, decision="mistake", reason="")
    assert answer.status_code != 302
    assert not Ruling.objects.exists()


def test_an_earlier_check_of_the_same_fact_stands_beside_the_claim_with_its_date():
    said = "The River Board awarded the contract for the mill gate to Osmer & Dray."
    checked = make.claim(said, state="signed_off")
    day = checked.transitions.get(after="signed_off").created_at
    page = shown(make.claim(said))
    section = page[page.index('id="checked"') :]
    assert f'href="{PAGE.format(checked.pk)}"' in section[: section.index("</section>")]
    assert f"{day:%-d %b %Y}" in section
    assert 'id="checked"' not in shown(make.claim("The mill is old."))


@pytest.mark.parametrize(("kind", "priority"), [("statistic", "must"), ("event", "should"), ("prediction", "could")])
def test_a_new_claim_is_as_urgent_as_its_kind_has_it_where_nobody_says(kind, priority):
    browser = signed_in(make.user("checker"))
    address = "/admin/claims/claim/add/"
    doing = browser.get(address).context["doing"]
    sent = {"draft_seal": doing["seal"], "draft_number": str(doing["number"])}
    browser.post(f"{address}?do=propose", {"statement": "It is so.", "kind": kind, "priority": "", **sent})
    browser.post(f"{address}?do=propose", {"statement": "It is not.", "kind": kind, "priority": "could", **sent})
    assert dict(Claim.objects.values_list("statement", "priority")) == {"It is so.": priority, "It is not.": "could"}
