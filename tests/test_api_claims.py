"""``/claims/``: what a claim says of itself, how lists are narrowed and paged, and whence a claim came."""

import base64
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from claims import origins
from claims.models import Claim
from claims.origins import Origin, Reason, Through
from tests import calls, make
from tests.calls import CLAIMS, Caller, faults, problem

pytestmark = pytest.mark.django_db

QUERIES = json.loads((Path(__file__).parent / "query_counts.json").read_text())


@pytest.fixture
def program(db: None) -> Caller:
    """A program that reads, and has done so a moment ago."""
    found = calls.caller()
    found.get(CLAIMS)
    return found


def _withdraw(record):
    record.withdrawn_at, record.withdrawn_because = timezone.now(), "A mistake."
    record.save(update_fields=["withdrawn_at", "withdrawn_because"])


# Written out again on purpose: API.md says what a claim in a list carries.
CARRIED = (
    "id key url statement kind state verdict flags clearance priority topics revision assignee "
    "independent_origins warnings origins_pending quantities updated_at"
)


def test_a_claim_carries_what_the_page_says_in_a_list_and_alone(program):
    person = make.user("checker", username="ann", first_name="Ann", last_name="Ames")
    claim = make.claim("Police made 162 arrests.", "statistic", key="k.1", topics=["crime"], assignee=person)
    make.quantity(claim, "162", unit="people", as_worded="162", period_from=date(2024, 1, 1))
    make.attribution(claim)
    claim.refresh_from_db()
    [listed] = program.get(CLAIMS).json()["results"]
    answer = program.get(f"{CLAIMS}{claim.pk}/")
    assert listed == answer.json()
    assert " ".join(listed) == CARRIED
    assert answer["ETag"] == f'"{claim.version}"'
    quantities = listed.pop("quantities")
    moment = claim.updated_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
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
    _withdraw(make.quantity(claim, "7"))
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


# ---------------------------------------------------------------- filters


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
    _withdraw(make.accusation(allegation, chief))
    rule = make.claim("A rule.", "rule", state="closed", about_from=date(2024, 6, 1))
    _withdraw(make.attribution(rule, police, document=page))
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


# ---------------------------------------------------------------- pages


def _walk(program, address, key):
    """Follow ``next`` or ``previous`` to the end; the pages' ids."""
    pages = []
    while address:
        told = program.get(address).json()
        pages.append([int(each["id"]) for each in told["results"]])
        address = told[key]
    return pages


ORDERINGS = {"": -1, "-updated_at": -1, "updated_at": 1, "id": 1, "-id": -1}


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_go_through_every_row_once_and_back_again(program, ordering, limit):
    made = [make.claim().pk for _ in range(7)]  # in one transaction: all have one created_at, and some one updated_at
    expected = made[:: ORDERINGS[ordering]]
    start = f"{CLAIMS}?limit={limit}" + (f"&ordering={ordering}" if ordering else "")
    forth = _walk(program, start, "next")
    assert [pk for page in forth for pk in page] == expected
    assert all(len(page) == limit for page in forth[:-1])
    address = start
    while following := program.get(address).json()["next"]:
        address = following
    back = _walk(program, address, "previous")
    assert back == forth[::-1]


def test_the_first_page_has_nothing_before_it_and_a_total_only_when_asked(program):
    for _ in range(3):
        make.claim()
    told = program.get(CLAIMS).json()
    assert list(told) == ["next", "previous", "results"]
    assert (told["next"], told["previous"]) == (None, None)
    told = program.get(f"{CLAIMS}?limit=1&count=1&kind=event").json()
    assert told["count"] == 3
    assert "kind=event" in told["next"]
    assert told["next"].startswith("http://testserver/api/v1/claims/?")
    assert re.search("cursor=[A-Za-z0-9_-]+(&|$)", told["next"])


def test_a_page_does_not_move_when_rows_are_added_or_leave(program):
    made = [make.claim().pk for _ in range(4)]
    first = program.get(f"{CLAIMS}?limit=2&ordering=id").json()
    later = make.claim().pk
    Claim.objects.filter(pk=made[0]).update(state="closed", closed_because="dropped")
    second = program.get(first["next"]).json()
    assert [int(each["id"]) for each in second["results"]] == made[2:]
    assert program.ids("?" + second["next"].partition("?")[2]) == [later]


def test_a_page_is_found_by_key_and_not_by_counting(program, django_assert_max_num_queries):
    for _ in range(3):
        make.claim()
    following = program.get(f"{CLAIMS}?limit=1").json()["next"]
    with django_assert_max_num_queries(4) as ran:
        program.get(following)
    [page] = [query["sql"] for query in ran.captured_queries if 'ORDER BY "claims_claim"' in query["sql"]]
    assert "OFFSET" not in page
    assert 'ROW("claims_claim"."updated_at", "claims_claim"."id") < ROW(' in page


def _cursor(plain):
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


NOW = datetime(2024, 1, 1, tzinfo=UTC).isoformat()
GARBAGE = [
    "x",
    "!",
    "=",
    "é",
    "٣",
    "a" * 401,
    "A" * 5,
    _cursor("n|-updated_at|" + NOW),
    _cursor(f"x|-updated_at|{NOW}|1"),
    _cursor(f"n|updated_at|{NOW}|1"),
    _cursor(f"n|password|{NOW}|1"),
    _cursor("n|-updated_at||1"),
    _cursor("n|-updated_at|2024-01-01|1"),
    _cursor("n|-updated_at|2024-01-01T00:00:00|1"),
    _cursor("n|-updated_at|2024-13-01T00:00:00+00:00|1"),
    _cursor(f"n|-updated_at|{NOW}|0"),
    _cursor(f"n|-updated_at|{NOW}|-1"),
    _cursor(f"n|-updated_at|{NOW}|9223372036854775808"),
    _cursor(f"n|-updated_at|{NOW}|٣"),
    _cursor(f"n|-updated_at|{NOW}|1|1"),
    _cursor(f"n|-updated_at|{NOW}\0|1"),
]


@pytest.mark.parametrize("cursor", GARBAGE, ids=range(len(GARBAGE)))
def test_a_cursor_that_is_none_is_a_400(program, cursor):
    assert faults(program.get(CLAIMS, data={"cursor": cursor})) == {"cursor": "invalid_cursor"}


def test_a_cursor_of_another_ordering_is_a_400(program):
    for _ in range(2):
        make.claim()
    following = program.get(f"{CLAIMS}?limit=1&ordering=id").json()["next"]
    assert faults(program.get(following.replace("ordering=id", "ordering=-id"))) == {"cursor": "invalid_cursor"}


@given(text=st.text(max_size=60), plain=st.booleans())
def test_no_cursor_at_all_makes_a_fault_of_ours(text, plain):
    cursor = text if plain else base64.urlsafe_b64encode(text.encode("utf-8", "ignore")).decode().rstrip("=")
    assert calls.caller().get(CLAIMS, data={"cursor": cursor}).status_code == 400


@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "abc", "1.0", "9" * 5000, "\u0665", "1e1", " 5", "+5", "%2B5", "0x5"]
)
def test_a_limit_that_is_none_is_a_400(program, limit):
    assert set(faults(program.get(f"{CLAIMS}?limit={limit}"))) == {"limit"}


@pytest.mark.parametrize("limit", ["1", "200", "007"])
def test_a_limit_from_1_to_200_is_taken(program, limit):
    assert program.get(f"{CLAIMS}?limit={limit}").status_code == 200


@pytest.mark.parametrize("query", ["ordering=statement", "ordering=--id", "ordering=pk", "ordering=?", "count=0"])
def test_an_ordering_or_total_that_is_none_is_a_400(program, query):
    assert set(faults(program.get(f"{CLAIMS}?{query}"))) == {query.partition("=")[0]}


# ---------------------------------------------------------------- queries


def _fill(claims):
    paper = make.outlet()
    for number in range(claims):
        claim = make.claim(assignee=make.user(), key=f"filled-{number}-{claims}")
        make.quantity(claim), make.quantity(claim)
        body = make.source(kind="organization")
        page = make.passage(make.snapshot("Some words that stand here.", of=make.document(publisher=paper)))
        first = make.attribution(claim, body, passage=page, document=page.snapshot.document)
        make.attribution(claim, body, speaks_for=body)
        make.attribution(claim, paper, relays=first)
    return claim, paper


@pytest.mark.parametrize("rows", [1, 12])
def test_the_number_of_queries_is_the_committed_one_however_many_rows(program, rows, django_assert_num_queries):
    claim, paper = _fill(rows)
    asked = {
        "claims, a list": CLAIMS,
        "claims, a list with a total": f"{CLAIMS}?count=1",
        "claims, a list by source": f"{CLAIMS}?source={paper.pk}",
        "claims, one": f"{CLAIMS}{claim.pk}/",
        "claims, provenance": f"{CLAIMS}{claim.pk}/provenance/",
    }
    assert asked.keys() == QUERIES.keys()
    for name, address in asked.items():
        with django_assert_num_queries(QUERIES[name]):
            assert program.get(address).status_code == 200


# ---------------------------------------------------------------- provenance


def test_provenance_tells_the_chain_the_words_and_why_origins_are_one(program):
    group = make.source("A media group", "organization")
    one, two = make.outlet("One", owner=group), make.outlet("Two", owner=group)
    double = make.outlet("Onne", merged_into=one)
    text = "x" * 40 + "Es brannte \U0001f525 in Ulm." + "y" * 40
    words = make.passage(make.snapshot(text), start=40, end=60, locator="p. 2")
    page = words.snapshot.document
    claim = make.claim()
    first = make.attribution(claim, double, document=page, passage=words, said_on=date(2024, 5, 1))
    second = make.attribution(claim, two, basis="told_by_others", speaks_for=double)
    relay = make.attribution(claim, make.outlet("Three"), stance="reports", relays=first, hedge="is said to")
    denial = make.attribution(claim, make.source("A denier"), stance="denies")
    _withdraw(make.attribution(claim, make.source("Nobody")))
    claim.refresh_from_db()
    told = program.get(f"{CLAIMS}{claim.pk}/provenance/").json()
    shown_one = {"id": str(one.pk), "name": "One", "kind": "outlet", "identity": "named"}
    assert {key: told[key] for key in told if key not in ("hops", "origins")} == {
        "claim": str(claim.pk),
        "independent_origins": 1,
        "warnings": claim.warnings,
        "pending": False,
    }
    assert [(hop["id"], hop["relays"], hop["depth"]) for hop in told["hops"]] == [
        (str(first.pk), None, 0),
        (str(second.pk), None, 0),
        (str(denial.pk), None, 0),
        (str(relay.pk), str(first.pk), 1),
    ]
    assert told["hops"][0] == {
        "id": str(first.pk),
        "speaker": shown_one,
        "document": {"id": str(page.pk), "key": None, "title": "A page", "kind": "article"},
        "passage": {
            "id": str(words.pk),
            "start": 40,
            "end": 60,
            "part": "body",
            "locator": "p. 2",
            "exact": "Es brannte \U0001f525 in Ulm.",
            "prefix": "x" * 32,
            "suffix": "y" * 32,
        },
        "stance": "asserts",
        "manner": "paraphrase",
        "certainty": "flat",
        "hedge": "",
        "basis": "not_stated",
        "link": "in_text",
        "speaks_for": None,
        "said_on": "2024-05-01",
        "terms": "not_known",
        "said": "not_checked",
        "relays": None,
        "depth": 0,
    }
    assert (told["hops"][1]["speaks_for"], told["hops"][1]["document"]) == (shown_one, None)
    assert (told["hops"][3]["hedge"], told["hops"][3]["passage"]) == ("is said to", None)
    tied = [
        {
            "hop": str(first.pk),
            "with": str(second.pk),
            "reason": "same_owner",
            "through": {"id": str(group.pk), "name": "A media group"},
        },
        {
            "hop": str(first.pk),
            "with": str(second.pk),
            "reason": "speaks_for",
            "through": {"id": str(one.pk), "name": "One"},
        },
    ]
    assert told["origins"] == [
        {"id": str(first.pk), "stance": "asserts", "hops": [str(first.pk), str(second.pk)], "reasons": tied},
        {"id": str(denial.pk), "stance": "denies", "hops": [str(denial.pk)], "reasons": []},
    ]


def test_the_words_of_a_sealed_snapshot_are_null(program):
    words = make.passage(make.snapshot(None, sealed="Words that are not here."), 0, 5)
    claim = make.claim()
    make.attribution(claim, document=words.snapshot.document, passage=words)
    [hop] = program.get(f"{CLAIMS}{claim.pk}/provenance/").json()["hops"]
    assert (hop["passage"]["start"], hop["passage"]["end"]) == (0, 5)
    assert [hop["passage"][name] for name in ("exact", "prefix", "suffix")] == [None] * 3


def test_a_claim_without_hops_has_no_origins(program):
    claim = make.claim()
    told = program.get(f"{CLAIMS}{claim.pk}/provenance/").json()
    assert (told["hops"], told["origins"], told["independent_origins"]) == ([], [], 0)


def test_the_origins_of_many_claims_are_read_at_once(django_assert_num_queries):
    body = make.source("A body", "organization")
    one, two, none = make.claim(), make.claim(), make.claim()
    hops = [make.attribution(one, body) for _ in range(3)]
    other = make.attribution(two)
    with django_assert_num_queries(2):
        found = origins.of([one.pk, two.pk, none.pk])
    through = Through(body.pk, "A body")
    a, b, c = (hop.pk for hop in hops)
    pairs = [(a, b), (a, c), (b, c)]
    reasons = tuple(Reason(first, second, "same_source", through) for first, second in pairs)
    assert found == {
        one.pk: [Origin(a, "asserts", (a, b, c), reasons)],
        two.pk: [Origin(other.pk, "asserts", (other.pk,), ())],
        none.pk: [],
    }
    assert origins.of([]) == {}


# ---------------------------------------------------------------- the schema


def test_the_schema_is_whole_and_without_a_warning(program, tmp_path):
    written = tmp_path / "schema.json"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(written))
    answer = program.get("/api/v1/schema/")
    assert answer.status_code == 200
    served, made = answer.json(), json.loads(written.read_text())
    assert served == made
    assert served["openapi"] == "3.1.0"
    assert set(served["paths"]) == {
        "/api/v1/claims/",
        "/api/v1/claims/{id}/",
        "/api/v1/claims/{id}/provenance/",
    }
    for address, operations in served["paths"].items():
        refusals = {"400", "401", "403", "406", "default"} | ({"404"} if "{id}" in address else set())
        assert operations["get"]["responses"].keys() == {"200"} | refusals
        for code in refusals:
            content = operations["get"]["responses"][code]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_the_schema_names_every_parameter_that_a_list_takes(program):
    served = program.get("/api/v1/schema/").json()
    told = {each["name"] for each in served["paths"]["/api/v1/claims/"]["get"]["parameters"]}
    known = problem(program.get(f"{CLAIMS}?x=1"), 400, "bad_query")["errors"][0]["detail"].partition("Known: ")[2]
    assert told == set(known.rstrip(".").split(", "))


def test_what_is_answered_is_what_the_schema_says(program):
    claim, _ = _fill(2)
    served = program.get("/api/v1/schema/").json()
    program.get(CLAIMS)
    for template, address in {
        "/api/v1/claims/": f"{CLAIMS}?limit=1&count=1",
        "/api/v1/claims/{id}/": f"{CLAIMS}{claim.pk}/",
        "/api/v1/claims/{id}/provenance/": f"{CLAIMS}{claim.pk}/provenance/",
    }.items():
        for code, given_address in (("200", address), ("400", address.split("?")[0] + "?x=1")):
            content = served["paths"][template]["get"]["responses"][code]["content"]
            [schema] = [each["schema"] for each in content.values()]
            whole = schema | {"components": served["components"]}
            Draft202012Validator(whole).validate(program.get(given_address).json())


def test_the_docs_have_no_inline_script_or_style_and_nothing_from_outside(program):
    answer = program.get("/api/v1/docs/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert addresses
    assert all(re.match("/(static/drf_spectacular_sidecar|api/v1/docs)/", address) for address in addresses)
    [script] = [address for address in addresses if address.startswith("/api/")]
    answer = program.get(script.replace("&amp;", "&"))
    assert answer["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in answer.content.decode()
    assert "//" not in re.sub(r"(^|\s)//.*", "", answer.content.decode())


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
