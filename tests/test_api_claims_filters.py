"""``/claims/?...``: how the list of claims is narrowed, and what cannot be read."""

from datetime import date

import pytest
from django.http import QueryDict

from claims.api.filters import ClaimFilters
from claims.models import Claim
from tests import calls, make
from tests.calls import CLAIMS, faults

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> dict[str, int]:
    """A few claims by name, and whom they are from."""
    names: dict[str, int] = {}
    police, clerk, chief = make.source("Police", "organization"), make.source("A clerk"), make.source("The chief")
    double = make.source("Polcie", "organization", merged_into=police)
    paper, radio = make.outlet("Paper"), make.outlet("Radio")
    page = make.document("Page", key="page", publisher=paper)
    show = make.document("Show", kind="broadcast", key="show", publisher=radio)
    ann = make.user("checker")

    event = make.claim("An event.", topics=["crime", "city, the"], place="Springfield, Ohio", assignee=ann)
    root = make.attribution(event, double, document=page)
    make.attribution(event, clerk, document=show, relays=root)
    statistic = make.claim("A number.", "statistic", about_from=date(2024, 3, 1), about_until=date(2024, 3, 31))
    make.attribution(statistic, police, document=show)
    make.attribution(statistic, clerk)
    allegation = make.claim("An accusation.", "allegation", about_until=date(2024, 1, 5), place="Shelbyville")
    make.accusation(allegation, police)
    calls.withdraw(make.accusation(allegation, chief))
    rule = make.claim("A rule.", "rule", state="closed", about_from=date(2024, 6, 1))
    calls.withdraw(make.attribution(rule, police, document=page))
    signed = make.claim("A detail.", "detail", state="signed_off")
    names |= {"police": police.pk, "double": double.pk, "clerk": clerk.pk, "chief": chief.pk}
    names |= {"paper": paper.pk, "radio": radio.pk, "page": page.pk, "show": show.pk, "ann": ann.pk}
    names |= {"event": event.pk, "statistic": statistic.pk, "allegation": allegation.pk, "rule": rule.pk}
    return names | {"signed": signed.pk}


# query (with {names} of the desk) -> the claims that it gives
NARROWED = {
    "": "event statistic allegation rule signed",
    "kind=event": "event",
    "kind=event&kind=rule": "event rule",
    "kind=event&state=closed": "",
    "state=closed": "rule",
    "state=new": "event statistic allegation",
    "verdict=accurate": "signed",
    "verdict=mixed&verdict=accurate": "signed",
    "clearance=not_cleared": "event statistic allegation rule signed",
    "clearance=clear": "",
    "flag=satire": "",
    "topic=crime": "event",
    "topic=Crime": "",
    "topic=city,%20the": "event",
    "topic=x&topic=crime": "event",
    "place=springfield,%20ohio": "event",
    "place=SHELBYVILLE&place=springfield,%20ohio": "event allegation",
    "place=spring": "",
    "place=%25": "",
    "assignee={ann}": "event",
    "assignee=1": "",
    "document={page}": "event",
    "document={show}": "event statistic",
    "document={page}&document={show}": "event statistic",
    "document=9223372036854775807": "",
    "document_key=page": "event",
    "document_key=none": "",
    "speaker={police}": "event statistic",
    "speaker={double}": "event statistic",
    "speaker={clerk}": "event statistic",
    "speaker={chief}": "",
    "speaker={paper}": "",
    "origin={police}": "event statistic",
    "origin={double}": "event statistic",
    "origin={clerk}": "statistic",
    "publisher={paper}": "event",
    "publisher={radio}": "event statistic",
    "publisher={police}": "",
    "source={police}": "event statistic allegation",
    "source={double}": "event statistic allegation",
    "source={paper}": "event",
    "source={chief}": "",
    "source={paper}&source={clerk}": "event statistic",
    "source={paper}&speaker={clerk}&publisher={radio}": "event",
    "independent_origins_max=0": "allegation rule signed",
    "independent_origins_max=1": "event allegation rule signed",
    "independent_origins_max=2147483647": "event statistic allegation rule signed",
    "warning=single_origin": "event",
    "warning=single_origin&warning=only_unnamed_origins": "event",
    "warning=no_source_given": "",
    "about_after=2024-03-31": "statistic rule",
    "about_after=2024-04-01": "rule",
    "about_before=2024-03-01": "statistic allegation",
    "about_before=2024-02-29": "allegation",
    "about_after=2024-01-01&about_before=2024-01-31": "allegation",
    "updated_after=2000-01-01T00:00:00Z": "event statistic allegation rule signed",
    "updated_after=2999-01-01T00:00:00%2B02:00": "",
    "updated_after=0001-01-01T00:00:00Z": "event statistic allegation rule signed",
    "updated_after=9999-12-31T23:59:59.999999Z": "",
}


@pytest.mark.parametrize("query", NARROWED)
def test_a_filter_gives_the_claims_that_it_should(program, desk, query):
    found = program.ids("?" + query.format(**desk))
    assert sorted(found) == sorted(desk[name] for name in NARROWED[query].split())


UNREADABLE = {
    "kind": ["Event", "x", " event", "event,rule", "%00", "\ud83d".encode("utf-8", "replace").decode()],
    "state": ["open"],
    "verdict": ["null", "true"],
    "clearance": ["yes"],
    "flag": ["flags"],
    "warning": ["any"],
    "independent_origins_max": ["-1", "1.5", "2147483648", "9" * 50, "٣", "x", "1e1"],
    "about_after": ["2024", "20240101", "2024-13-01", "2024-02-30", "01/02/2024", "٢٠٢٤-01-01", "0000-01-01"],
    "about_before": ["2024-W01-1", "today", "2024-01-01T00:00:00Z"],
    "updated_after": [
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00+02:00",
        "2024-01-01T25:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00%2B14:00",
        "0000-01-01T00:00:00Z",
    ],
    "assignee": ["0", "-1", "abc", "1.0", "9223372036854775808", "9" * 400, "٣", "1 "],
} | {name: ["0", "x", "9" * 19 + "9", "٣"] for name in ("document", "source", "speaker", "publisher", "origin")}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, all_ in UNREADABLE.items() for value in all_])
def test_a_value_that_cannot_be_read_is_a_400_that_names_the_parameter(program, name, value):
    # A + that is not escaped arrives as a space: that is what somebody who forgot it sends.
    answer = program.get(f"{CLAIMS}?{name}={value}")
    assert set(faults(answer)) == {name}


def test_too_many_values_are_refused(program):
    assert faults(program.get(CLAIMS + "?kind=rule" + "&topic=a" * 101)) == {"topic": "too_many"}
    assert program.ids("?kind=rule" + "&topic=a" * 100) == []


def test_any_text_is_a_topic_and_a_place(program):
    for odd in ("'; DROP TABLE claims_claim; --", "%", "_", "\\", "{a}", '"', "\u202e", "\U0001f9d1", "a" * 5000):
        for name in ("topic", "place", "document_key"):
            assert program.get(CLAIMS, data={name: odd}).status_code == 200


def test_a_list_makes_a_form_of_the_filters_that_are_named_and_of_no_other():
    named = ClaimFilters(QueryDict("kind=event&state=new&state=closed"), Claim.objects.all())
    assert set(named.form.fields) == {"kind", "state"}
    assert named.is_valid()
    assert set(ClaimFilters.base_filters) > {"kind", "state", "q", "origin"}
