"""How the API speaks: who is let in, what every refusal looks like, what may stand after the question mark."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from claims.models import Claim
from factdesk.people.models import Token
from tests import calls, make
from tests.calls import CLAIMS, Caller, faults, problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.probe_urls")]

EVERYWHERE = [
    CLAIMS,
    f"{CLAIMS}1/",
    f"{CLAIMS}1/provenance/",
    f"{CLAIMS}?limit=0",
    "/api/v1/schema/",
    "/api/v1/docs/",
    "/api/v1/",
    "/api/",
    "/api/v1/nothing/",
    "/api/v1/claims",
    "/api/v1/\n",
    "/api/probe/bug/",
]


@pytest.mark.parametrize("address", EVERYWHERE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nobody_unknown_learns_anything(address, method):
    answer = Client().generic(method, address, headers={"Accept": "image/png"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    if method != "HEAD":
        problem(answer, 401, "not_authenticated")


def _revoked():
    return calls.token(revoked_at=timezone.now())[1]


def _inactive():
    made, secret = calls.token()
    made.user.is_active = False
    made.user.save()
    return secret


TOKENS = {
    "token_unknown": [lambda: "fd_" + "0" * 64, lambda: "x", lambda: "\xff\xfe", lambda: calls.token()[1] + "0"],
    "token_revoked": [_revoked],
    "token_expired": [lambda: calls.token(ended=True)[1]],
    "user_inactive": [_inactive],
    "authentication_failed": [lambda: "two words", lambda: ""],
}


@pytest.mark.parametrize(("code", "secret"), [(code, each) for code, all_ in TOKENS.items() for each in all_])
def test_a_token_that_does_not_hold_is_refused_and_nothing_is_deleted(code, secret):
    answer = Caller(secret()).get(CLAIMS)
    before = Token.objects.count()
    problem(answer, 401, code)
    assert answer["WWW-Authenticate"] == "Bearer"
    assert Token.objects.count() == before


def test_a_tokens_last_use_is_noted_at_most_once_a_minute():
    made, secret = calls.token()
    for _ in range(2):
        Caller(secret).get(CLAIMS)
    made.refresh_from_db()
    first = made.last_used_at
    assert timezone.now() - first < timedelta(seconds=30)
    Caller(secret).get(CLAIMS)
    made.refresh_from_db()
    assert made.last_used_at == first
    Token.objects.filter(pk=made.pk).update(last_used_at=first - timedelta(seconds=61))
    Caller(secret).get(CLAIMS)
    made.refresh_from_db()
    assert made.last_used_at > first


# Written out again on purpose: (role, scopes) -> may read, propose, sign_off, legal_hold.
MAY = {
    ("reader", ()): "no no no no",
    ("reader", ("read",)): "yes no no no",
    ("reader", ("review",)): "yes no no no",
    ("reporter", ("read",)): "yes no no no",
    ("reporter", ("write",)): "yes yes no no",
    ("checker", ("review",)): "yes yes no no",
    ("editor", ("write",)): "yes yes no no",
    ("editor", ("review",)): "yes yes yes no",
    ("editor", ("read", "review")): "yes yes yes no",
    ("chief", ("write", "review")): "yes yes yes no",
    ("legal", ("review",)): "yes no no yes",
    ("legal", ("write",)): "yes no no no",
}


@pytest.mark.parametrize(("role", "scopes"), MAY)
def test_a_token_may_what_its_scopes_and_its_persons_role_both_hold(role, scopes):
    program = calls.caller(make.user(role), list(scopes))
    expected = dict(zip(["read", "propose", "sign_off", "legal_hold"], MAY[role, scopes].split(" "), strict=True))
    if expected["read"] == "no":
        told = problem(program.get("/api/probe/read/"), 403, "not_allowed")
        assert "'read'" in told["detail"]
        return
    found = {right: "yes" if program.get(f"/api/probe/{right}/").json()["may"] else "no" for right in expected}
    assert found == expected


def test_a_right_that_the_role_does_not_hold_is_refused_and_one_that_no_table_names_is_nobodys():
    chief = calls.caller(make.user("chief"), ["review"])
    assert chief.client.put("/api/probe/x/").status_code == 204
    problem(calls.caller(make.user("checker"), ["review"]).client.put("/api/probe/x/"), 403, "not_allowed")
    problem(chief.client.patch("/api/probe/x/"), 403, "not_allowed")


def test_a_person_signs_in_by_session_and_changes_nothing_without_the_csrf_token():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make.user("reader"))
    assert browser.get(CLAIMS).status_code == 200
    problem(browser.post("/api/probe/written/", "{}", content_type="application/json"), 403, "permission_denied")
    assert not Claim.objects.exists()
    browser.cookies["csrftoken"] = "x" * 32
    answer = browser.post(
        "/api/probe/written/", "{}", content_type="application/json", headers={"X-CSRFToken": "x" * 32}
    )
    assert answer.status_code == 204


def test_a_person_who_left_is_nobody():
    browser, person = Client(), make.user("editor")
    browser.force_login(person)
    person.is_active = False
    person.save()
    problem(browser.get(CLAIMS), 401, "not_authenticated")


RAISED = {
    "domain": (409, "stale_decision"),
    "bad-input": (400, "bad_input"),
    "missing": (404, "not_found"),
    "denied": (403, "not_allowed"),
    "django": (400, "bad_input"),
    "throttled": (429, "throttled"),
    "suspicious": (400, "bad_request"),
    "bug": (500, "internal_error"),
}


@pytest.mark.parametrize("what", RAISED)
def test_whatever_goes_wrong_is_a_problem_and_tells_no_secret(what):
    program = calls.caller(raise_request_exception=False)
    answer = program.get(f"/api/probe/{what}/")
    told = problem(answer, *RAISED[what])
    assert "secret" not in answer.content.decode().lower()
    assert told["instance"] == f"/api/probe/{what}/"


def test_a_refusal_of_the_desk_gives_its_facts_and_its_problems():
    program = calls.caller()
    told = problem(program.get("/api/probe/domain/"), 409, "stale_decision")
    assert told["detail"] == "Claim 1 is at revision 3; you decided on revision 2."
    assert told["facts"] == {"claim_id": 1, "now": 3}
    assert told["title"] == "Stale decision"
    told = problem(program.get("/api/probe/bad-input/"), 400, "bad_input")
    assert told["errors"] == [
        {"pointer": "/claims/0", "code": "odd", "detail": "Odd."},
        {"pointer": "", "code": "bad_input", "detail": "", "line": 3},
    ]
    assert program.get("/api/probe/throttled/")["Retry-After"] == "7"


DATABASE = {
    "check": (400, "claim_days_are_in_order", "The last day that the claim is about lies before the first."),
    "nameless-check": (400, "quantity_margin_is_positive", "Quantity margin is positive."),
    "trigger": (409, "claim_state_transition", "A claim does not go from new to signed_off."),
    "unique": (409, "already_exists", "There is one like it already."),
    "named-unique": (409, "accusation_once_per_accused", "Accusation once per accused."),
    "not-null": (400, "missing_value", "Something that is required was left out."),
    "too-long": (400, "unfit_value", "A value is too long"),
    "nul": (400, "unfit_value", "A value is too long"),
}


@pytest.mark.parametrize("what", DATABASE)
def test_what_the_database_refuses_is_told_in_words_and_undone(what):
    make.claim()
    before = Claim.objects.count()
    answer = calls.caller().post(f"/api/probe/{what}/", "{}")
    status, code, detail = DATABASE[what]
    assert problem(answer, status, code)["detail"].startswith(detail)
    assert "Failing row" not in answer.content.decode()
    assert "secret" not in answer.content.decode()
    assert Claim.objects.count() == before


def test_a_fault_of_ours_in_the_database_is_a_500_that_says_nothing():
    answer = calls.caller(raise_request_exception=False).post("/api/probe/programming/", "{}")
    problem(answer, 500, "internal_error")
    assert "secret" not in answer.content.decode()


BODIES = {
    "{": (400, "parse_error"),
    "": (400, "bad_input"),
    '{"statement": NaN}': (400, "parse_error"),
    '{"statement": ' + "9" * 5000 + "}": (400, "parse_error"),
    "[" * 100_000: (400, "parse_error"),
    "\xff": (400, "parse_error"),
    "[]": (400, "bad_input"),
    "null": (400, "bad_input"),
}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
def test_a_body_that_cannot_be_read_is_the_senders_fault(body):
    problem(calls.caller().post("/api/probe/body/", body.encode("latin-1")), *BODIES[body])


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x"])
def test_a_body_of_another_kind_is_not_taken(media_type):
    problem(calls.caller().post("/api/probe/body/", "a=b", media_type), 415, "unsupported_media_type")


def test_every_fault_of_a_body_has_its_pointer():
    body = {"figures": [{"value": 1}, {"value": "x"}, {}], "topics": {"a/b~c": "x"}}
    told = problem(calls.caller().post("/api/probe/body/", body), 400, "bad_input")
    assert {(fault["pointer"], fault["code"]) for fault in told["errors"]} == {
        ("/statement", "required"),
        ("/figures/1/value", "invalid"),
        ("/figures/2/value", "required"),
        ("/topics/a~1b~0c", "invalid"),
    }
    told = problem(calls.caller().post("/api/probe/body/", {"statement": "no"}), 400, "bad_input")
    assert told["errors"] == [{"pointer": "", "code": "not_that", "detail": "Not that one."}]


def test_an_unknown_address_is_a_problem_and_a_missing_slash_is_pointed_out():
    program = calls.caller()
    assert "slash" not in problem(program.get("/api/v1/claim/"), 404, "not_found")["detail"]
    for method in ("GET", "POST", "DELETE"):
        told = problem(program.client.generic(method, "/api/v1/claims"), 404, "not_found")
        assert "slash" in told["detail"]
    for odd in ("/api/", "/api/v2/claims/", "/api/v1/\n", "/api/v1/%00/", "/api/v1/\u0661/", "/api/v1/claims/1/x/"):
        problem(program.get(odd), 404, "not_found")


def test_outside_the_api_django_answers_as_ever():
    answer = Client().get("/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_method_that_is_not_there_is_a_405_that_says_which_are(method):
    answer = calls.caller(make.user("chief"), ["review"]).client.generic(method, CLAIMS)
    problem(answer, 405, "method_not_allowed")
    assert answer["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_head_and_options_answer_without_a_body():
    program = calls.caller()
    head, options = program.client.head(CLAIMS), program.client.options(CLAIMS)
    assert (head.status_code, head.content) == (200, b"")
    assert (options.status_code, options.content) == (204, b"")
    assert options["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("", 406),
        ("text/html", 406),
        ("application/problem+json", 406),
        (";;;", 406),
        ("a/b/c;q=x,=,/", 406),
    ],
)
def test_what_is_accepted_is_json(accept, status):
    answer = calls.caller().get(CLAIMS, headers={"Accept": accept})
    assert answer.status_code == status
    if status == 406:
        problem(answer, 406, "not_acceptable")


UNKNOWN = [
    "kindd",
    "query",
    "page",
    "offset",
    "embed",
    "format",
    "Kind",
    "kind[]",
    "kind__in",
    "",
    "x" * 5000,
    "\0",
    "٣",
]


@pytest.mark.parametrize("name", UNKNOWN, ids=lambda name: repr(name[:10]))
def test_an_unknown_parameter_is_named_and_so_are_the_known_ones(name):
    answer = calls.caller().get(CLAIMS, data={name: "1"})
    told = problem(answer, 400, "bad_query")
    [fault] = told["errors"]
    assert fault["code"] == "unknown_parameter"
    assert fault["parameter"] == name[:100]
    assert fault["pointer"] == "/" + name[:100]
    assert "independent_origins_max" in fault["detail"]


def test_a_near_miss_is_hinted_at():
    told = problem(calls.caller().get(CLAIMS + "?speeker=1"), 400, "bad_query")
    assert "Did you mean 'speaker'?" in told["detail"]


def test_a_single_object_takes_fields_and_nothing_else():
    claim = make.claim()
    program = calls.caller()
    assert faults(program.get(f"{CLAIMS}{claim.pk}/?kind=event")) == {"kind": "unknown_parameter"}
    assert faults(program.get(f"{CLAIMS}{claim.pk}/provenance/?fields=hops")) == {"fields": "unknown_parameter"}


def test_empty_repeated_and_nul_parameters_are_refused_all_at_once():
    answer = calls.caller().get(CLAIMS + "?limit=1&limit=2&kind=&topic=a%00b&cursor=x&cursor=y&kind=event")
    assert faults(answer) == {
        "limit": "repeated",
        "kind": "blank",
        "topic": "null_character",
        "cursor": "repeated",
    }


def test_too_many_parameters_are_a_bad_request():
    problem(calls.caller().get(CLAIMS + "?" + "topic=a&" * 2000), 400, "bad_request")


def test_fields_keeps_what_is_asked_for_and_refuses_what_there_is_not():
    claim = make.claim()
    program = calls.caller()
    assert program.get(f"{CLAIMS}?fields=id,kind").json()["results"] == [{"id": str(claim.pk), "kind": "event"}]
    assert program.get(f"{CLAIMS}{claim.pk}/?fields=kind").json() == {"kind": "event"}
    for address in (CLAIMS, f"{CLAIMS}{claim.pk}/"):
        for wrong in ("id,nothing", "id,", ",", "id, kind", "password", "assignee__password"):
            assert faults(program.get(address, data={"fields": wrong})) == {"fields": "unknown_field"}
