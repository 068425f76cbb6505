"""``/claims/``: what a claim says of itself, in how many queries, and to whom."""

import re
from datetime import UTC, date, timedelta

import pytest
from django.utils import timezone

from claims.models import Claim
from tests import calls, make
from tests.calls import CLAIMS, problem

pytestmark = pytest.mark.django_db

# Written out again on purpose: API.md says what a claim in a list carries; alone it carries more.
CARRIED = (
    "id key url statement kind state verdict flags clearance priority topics revision assignee "
    "independent_origins warnings origins_pending quantities updated_at"
)
MORE = (
    "place about_from about_until created_by closed_because duplicate_of look_again last_verdict source_changed "
    "version created_at"
)


def test_a_claim_carries_what_the_page_says_in_a_list_and_alone(program):
    person = make.user("checker", username="ann", first_name="Ann", last_name="Ames")
    claim = make.claim("Police made 162 arrests.", "statistic", key="k.1", topics=["crime"], assignee=person)
    make.quantity(claim, "162", unit="people", as_worded="162", period_from=date(2024, 1, 1))
    make.attribution(claim)
    claim.refresh_from_db()
    [listed] = program.get(CLAIMS).json()["results"]
    answer = program.get(f"{CLAIMS}{claim.pk}/")
    whole = answer.json()
    assert " ".join(listed) == CARRIED
    assert " ".join(whole) == f"{CARRIED} {MORE}"
    assert listed == {name: whole[name] for name in listed}
    assert answer["ETag"] == f'"{claim.version}"'
    quantities = listed.pop("quantities")
    moment = claim.updated_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert listed == {
        "id": str(claim.pk),
        "key": "k.1",
        "url": f"http://testserver/api/v1/claims/{claim.pk}/",
        "statement": "Police made 162 arrests.",
        "kind": "statistic",
        "state": "new",
        "verdict": None,
        "flags": [],
        "clearance": "not_cleared",
        "priority": "should",
        "topics": ["crime"],
        "revision": 1,
        "assignee": {"id": str(person.pk), "name": "Ann Ames"},
        "independent_origins": 1,
        "warnings": [],
        "origins_pending": False,
        "updated_at": moment,
    }
    assert quantities == [
        {
            "id": str(claim.quantities.get().pk),
            "measure": "arrests",
            "comparator": "=",
            "value": "162",
            "upper": None,
            "margin": None,
            "unit": "people",
            "population": "",
            "place": "",
            "period": "",
            "period_from": "2024-01-01",
            "period_until": None,
            "base": None,
            "base_is": None,
            "vintage": "",
            "as_worded": "162",
        }
    ]
    assert program.get(listed["url"]).status_code == 200


def test_moments_are_in_utc_whatever_the_desks_time_zone(program, settings):
    settings.TIME_ZONE = "America/Chicago"
    make.claim()
    [listed] = program.get(CLAIMS).json()["results"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", listed["updated_at"])


@pytest.mark.parametrize("value", ["162", "90.0", "0.00000001", "-3.50", "1000000000000000000000", "0", "1e3"])
def test_a_figure_comes_out_with_the_digits_that_it_went_in_with(program, value):
    make.quantity(make.claim(), value, margin=value.lstrip("-"))
    [listed] = program.get(CLAIMS).json()["results"]
    assert listed["quantities"][0]["value"] == {"1e3": "1000"}.get(value, value)


def test_withdrawn_figures_are_left_out_and_a_base_is_an_id(program):
    claim = make.claim()
    base = make.quantity(claim, "143")
    share = make.quantity(claim, "90", unit="percent", base=base, base_is="share_of")
    calls.withdraw(make.quantity(claim, "7"))
    [listed] = program.get(CLAIMS).json()["results"]
    assert [(each["id"], each["base"]) for each in listed["quantities"]] == [
        (str(base.pk), None),
        (str(share.pk), str(base.pk)),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_claim_whose_origins_wait_says_so(program, owner):
    claim = make.claim()
    owner.execute("INSERT INTO claims_originspending (claim_id) VALUES (%s)", [claim.pk])
    assert program.get(CLAIMS).json()["results"][0]["origins_pending"] is True
    assert program.get(f"{CLAIMS}{claim.pk}/provenance/").json()["pending"] is True


ODD_IDS = ["0", "00", "01", "-1", "abc", "1.0", "1e3", "٣", "\uff19", "9" * 19, "9" * 20, "9" * 400, "1%00", "%20"]


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_id_that_is_none_is_not_found(program, odd):
    for address in (f"{CLAIMS}{odd}/", f"{CLAIMS}{odd}/provenance/"):
        problem(program.get(address), 404, "not_found")


def test_a_token_without_a_scope_reads_neither_claims_nor_schema():
    program = calls.caller(make.user("chief"), [])
    for address in (CLAIMS, f"{CLAIMS}{make.claim().pk}/", "/api/v1/schema/", "/api/v1/docs/"):
        problem(program.get(address), 403, "not_allowed")


def test_somebody_without_the_right_to_read_sees_no_claim():
    make.claim()
    person = make.user("reader")
    assert Claim.objects.visible_to(person).count() == 1
    person.is_active = False
    assert Claim.objects.visible_to(person).count() == 0


def test_a_moment_ago_is_not_after_now(program):
    make.claim()
    later = (timezone.now() + timedelta(days=1)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert program.ids(f"?updated_after={later}") == []
