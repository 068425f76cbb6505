"""Every act of the API makes its one call of the desk, with what was sent; and answers as a GET would."""

import json

import pytest
from django.db import transaction
from django.test import Client

from factdesk.api import RESOURCES
from factdesk.rest.acts import Writes
from tests import acts, calls, make
from tests.acts import CASES, EVERY, Case

pytestmark = pytest.mark.django_db

ROLES = ("reader", "reporter", "checker", "editor", "chief", "legal")
SCOPES = ("read", "write", "review")


def ask(client, case: Case, **headers):
    """Send a case; the answer."""
    if case.version is not None:
        headers.setdefault("If-Match", f'"{case.version}"')
    return client.generic(case.method, case.address, json.dumps(case.body), "application/json", headers=headers)


def who_may(name: str):
    """A person who may do this: the first role of the table."""
    roles, _ = EVERY[name]
    return make.user(next(role for role in ROLES if role in roles))


@pytest.mark.parametrize("name", EVERY)
def test_an_act_makes_its_call_with_what_was_sent_and_answers_as_a_get_would(name, monkeypatch):
    person = who_may(name)
    case = EVERY[name][1](person)
    module, function = case.call
    original, made = getattr(module, function), []

    def spy(**given):
        made.append((given, original(**given)))
        return made[-1][1]

    monkeypatch.setattr(module, function, spy)
    program = calls.caller(person, ["review"])
    answer = ask(program.client, case)
    assert answer.status_code in (200, 201), answer.content
    [(given, _)] = made
    assert given.pop("by") == person
    assert given == case.given
    if answer.status_code == 201 and "Location" in answer:
        again = program.get(answer["Location"])
        assert (again.content, again["ETag"]) == (answer.content, answer["ETag"])
    if case.version is not None and name not in ("decide open: softened", "decide open: unchecked"):
        again = program.get("/".join(case.address.split("/")[:5]) + "/")
        assert (again.content, again["ETag"]) == (answer.content, answer["ETag"])
    assert answer.json()["id"]


def test_the_cases_cover_every_act():
    done = set()
    for _roles, case in EVERY.values():
        with transaction.atomic():
            made = case(make.user("chief"))
            done.add(("".join(step for step in made.address.split("/") if not step.isdigit()), made.method))
            transaction.set_rollback(True)
    for address, viewset in RESOURCES.items():
        assert issubclass(viewset, Writes)
        for name, act in viewset.acts.items():
            below = {"create": "", "partial_update": ""}.get(name, act.at or name)
            assert (f"apiv1{address}{below}", "PATCH" if name == "partial_update" else "POST") in done, (address, name)


# --- who may ---


def answered(client, name, person):
    """The status of the answer; whatever it did is undone."""
    with transaction.atomic():
        answer = ask(client, EVERY[name][1](person))
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what_by_session(role, client):
    person = make.user(role)
    client.force_login(person)
    for name, (roles, _) in CASES.items():
        answer = answered(client, name, person)
        if role in roles:
            assert answer.status_code in (200, 201), (name, answer.content)
        else:
            calls.problem(answer, 403, "not_allowed")


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what_by_token(role, scope):
    person = make.user(role)
    program = calls.caller(person, [scope])
    for name, (roles, _) in CASES.items():
        # a token that writes does what a checker does, if its person may; one that reads does nothing
        may = role in roles and (scope == "review" or (scope == "write" and acts.C in roles))
        if may and scope == "review" and role != "chief":
            continue  # as by session; a chief's are asked all the same
        answer = answered(program.client, name, person)
        if may:
            assert answer.status_code in (200, 201), (name, answer.content)
        else:
            calls.problem(answer, 403, "not_allowed")


def test_what_is_done_by_a_token_is_its_persons_and_history_says_by_the_api():
    person = make.user("checker")
    made = calls.caller(person, ["write"]).post("/api/v1/claims/", {"statement": "It burned.", "kind": "event"}).json()
    assert made["created_by"] == {"id": str(person.pk), "name": person.username}
    [entry] = calls.caller().get(f"/api/v1/claims/{made['id']}/history/").json()["results"]
    assert (entry["by"]["id"], entry["way"]) == (str(person.pk), "api")


def test_nothing_is_deleted_and_nothing_put():
    chief = calls.caller(make.user("chief"), ["review"])
    for address in RESOURCES:
        for verb in ("DELETE", "PUT"):
            for path in (f"/api/v1/{address}/", f"/api/v1/{address}/1/", f"/api/v1/{address}/bulk/"):
                answer = chief.client.generic(verb, path, "{}", content_type="application/json")
                assert answer.status_code in (404, 405), path
                if answer.status_code == 404:
                    assert path.endswith("/bulk/")


def test_what_is_decided_is_not_changed_and_an_object_is_no_list():
    chief = calls.caller(make.user("chief"), ["review"])
    for address in ("passages", "assessments", "sign_offs", "clearances", "reply_requests", "rulings", "copy_changes"):
        calls.problem(chief.client.patch(f"/api/v1/{address}/1/", "{}", "application/json"), 405, "method_not_allowed")
    for address in RESOURCES:
        calls.problem(chief.post(f"/api/v1/{address}/1/", {}), 405, "method_not_allowed")
        calls.problem(chief.client.patch(f"/api/v1/{address}/", "{}", "application/json"), 405, "method_not_allowed")


def test_nobody_unknown_does_anything(client):
    for name, (_, case) in EVERY.items():
        with transaction.atomic():
            answer = ask(client, case(make.user("chief")))
            transaction.set_rollback(True)
        assert answer.status_code == 401, name
    for address in RESOURCES:
        assert client.post(f"/api/v1/{address}/bulk/", "[]", "application/json").status_code == 401


def test_a_session_does_nothing_without_the_csrf_token():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make.user("chief"))
    calls.problem(browser.post("/api/v1/claims/", "{}", "application/json"), 403, "permission_denied")
