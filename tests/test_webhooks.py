"""Webhooks: whose they are, what a message is, and that a secret is told once and never again."""

import base64
import hashlib
import hmac
import io
import json
import logging
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from factdesk.api import RESOURCES
from factdesk.changes.following import followed
from factdesk.errors import BadInput, DomainError, NotAllowed
from factdesk.people.models import KeptAnswer
from factdesk.rest.shown import preset
from factdesk.webhooks import deliveries, endpoints, sending, signing
from factdesk.webhooks.api import DeliverySerializer, EndpointSerializer
from factdesk.webhooks.models import Attempt, Delivery, Endpoint, Spell
from factdesk.webhooks.resources import Resource, model_of
from tests import calls, make, rich
from tests.calls import problem
from tests.receivers import allow
from tests.test_api_equal import both

pytestmark = pytest.mark.django_db

HOOKS = "/api/v1/webhooks/"
ADDRESS = "https://planning.example/factdesk?key=Xyzzyqqq"


def endpoint(of=None, **facts):
    """An endpoint of somebody (a checker), and its secret."""
    columns = {"address": ADDRESS, **facts}
    return endpoints.add(by=of or make.user("checker"), columns=columns)


def changed(claim, **facts):
    return deliveries.Changed("claims", claim.pk, claim.pk, claim.version)


# --- the specification ---


def test_a_signature_is_that_of_the_specification():
    """Its own example ("Signature scheme": the id, the timestamp), reckoned by hand with the standard library."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    sent = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, body, [secret])
    assert sent == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    signed = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body
    by_hand = hmac.digest(base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), signed, hashlib.sha256)
    assert sent["webhook-signature"] == f"v1,{base64.b64encode(by_hand).decode()}"


def test_the_specifications_own_library_takes_a_message_and_no_other():
    made, secret = endpoint()
    delivery = Delivery(endpoint=made, message=uuid.uuid4(), happened_at=timezone.now())
    body = sending.body_of(delivery)
    sent = signing.headers(delivery.message_id, timezone.now(), body, [secret])
    assert Webhook(secret).verify(body, sent) == json.loads(body)
    for wrong in (body + b" ", body.replace(b"test", b"tset")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(wrong, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.new_secret()).verify(body, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, {**sent, "webhook-id": "msg_other"})


def test_a_secret_is_long_random_and_in_the_form_of_the_specification():
    found = {signing.new_secret() for _ in range(100)}
    assert len(found) == 100
    for secret in found:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


def test_a_message_is_thin_and_the_same_each_time(settings):
    claim = make.claim("Words that stay in the house.")
    endpoint()
    deliveries.tell([changed(claim)], at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    delivery = Delivery.objects.get()
    body = sending.body_of(delivery)
    assert json.loads(body) == {
        "type": "claim.changed",
        "timestamp": "2026-03-02T09:30:00.000000Z",
        "data": {
            "resource": "claims",
            "id": str(claim.pk),
            "claim": str(claim.pk),
            "version": claim.version,
            "url": f"{settings.ENV.public_url}/api/v1/claims/{claim.pk}/",
        },
    }
    delivery.attempted, delivery.state = 5, "failed"
    assert sending.body_of(delivery) == body


def test_there_is_an_event_for_each_resource_that_the_feed_follows():
    assert {one.resource for one in followed()} == set(Resource.values)
    assert set(Resource.values) == RESOURCES.keys()
    for resource in Resource.values:
        assert model_of(resource) is RESOURCES[resource].serializer_class.Meta.model
        assert hasattr(model_of(resource)._default_manager, "visible_to")


# --- where it may lead ---


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://planning.example/", "https_needed"),
        ("https://127.0.0.1/", "not_public"),
        ("https://[::ffff:10.0.0.1]/", "not_public"),
        ("https://ann:secret@planning.example/", "bad_address"),
        ("ftp://planning.example/", "bad_address"),
        ("https://planning.example:6379/", "bad_port"),
        ("no address at all", "bad_address"),
    ],
)
def test_an_address_that_nothing_would_be_sent_to_is_refused_at_once(url, code):
    with pytest.raises(BadInput) as refused:
        endpoint(address=url)
    assert [(each["path"], each["code"]) for each in refused.value.problems] == [("address", code)]
    assert "secret" not in str(refused.value)


def test_http_is_for_hosts_that_the_operator_has_named(settings):
    allow(settings, "planning.internal")
    assert endpoint(address="http://planning.internal:9000/x")[0].pk


# --- whose it is ---

# Written out again on purpose: who may make one, by role and the token's scope (None: a session).
MAKES = {
    (role, scope): scope != "read"
    for role in ("reader", "reporter", "checker", "editor", "chief", "legal")
    for scope in ("read", "write", "review", None)
}
MAKES |= {("legal", scope): True for scope in ("review", None)} | {("legal", "write"): True}


def _client(person, scope):
    if scope:
        return calls.caller(person, [scope])
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.mark.parametrize(("role", "scope"), MAKES)
def test_who_may_have_a_webhook(role, scope):
    body = {"address": ADDRESS, "resources": ["claims"]}
    answer = _client(make.user(role), scope).post(HOOKS, json.dumps(body), content_type="application/json")
    assert answer.status_code == (201 if MAKES[role, scope] else 403), answer.content


def test_each_sees_their_own_and_a_chief_all():
    ann, bob, chief = make.user("editor"), make.user("checker"), make.user("chief")
    hers, his = endpoint(ann)[0], endpoint(bob)[0]
    for person, seen in {ann: [hers], bob: [his], chief: [hers, his]}.items():
        program = calls.caller(person, ["review"])
        assert [each["id"] for each in program.get(HOOKS).json()["results"]] == [str(one.pk) for one in seen]
        for one in (hers, his):
            status = 200 if one in seen else 404
            assert program.get(f"{HOOKS}{one.pk}/").status_code == status
            assert program.get(f"{HOOKS}{one.pk}/deliveries/").status_code == status
            for act in ("disable", "enable", "test", "rotate_secret", "replay"):
                body = {"since": "2026-01-01T00:00:00Z"} if act == "replay" else {}
                tag = {"If-Match": f'"{Endpoint.objects.get(pk=one.pk).version}"'}
                answer = program.post(f"{HOOKS}{one.pk}/{act}/", json.dumps(body), headers=tag)
                assert answer.status_code == status, (act, answer.content)
    plain = calls.caller(chief, ["write"])  # a chief's program without the scope is nobody's chief
    assert plain.get(HOOKS).json()["results"] == []


def test_one_who_left_the_desk_may_nothing():
    ann = make.user("editor")
    made, _ = endpoint(ann)
    ann.is_active = False
    with pytest.raises(DomainError):
        endpoints.disable(endpoint_id=made.pk, version=None, by=ann)


def test_nobody_lets_a_webhook_hear_more_than_they_may_see():
    checker, editor, chief = make.user("checker"), make.user("editor"), make.user("chief")
    with pytest.raises(NotAllowed):
        endpoint(checker, hears_restricted=True)
    his, hers = endpoint(checker)[0], endpoint(editor, hears_restricted=True)[0]
    assert hers.hears_restricted
    on = {"endpoint_id": his.pk, "version": None, "columns": {"hears_restricted": True}}
    for by in (checker, chief):
        with pytest.raises(NotAllowed):
            endpoints.edit(**on, by=by)
    answer = calls.caller(editor, ["write"]).post(HOOKS, json.dumps({"address": ADDRESS, "hears_restricted": True}))
    problem(answer, 403, "not_allowed")


def test_who_may_not_hear_of_restricted_material_does_not_send_it_elsewhere():
    editor = make.user("editor")
    made = endpoint(editor, hears_restricted=True)[0]
    there, elsewhere = f"{HOOKS}{made.pk}/", "https://elsewhere.example/"
    written = calls.caller(editor, ["write"])
    problem(patched(written, there, {"address": elsewhere}), 403, "not_allowed")
    made.refresh_from_db()
    assert made.address == ADDRESS
    assert patched(written, there, {"address": elsewhere, "hears_restricted": False}).status_code == 200
    other = endpoint(editor, hears_restricted=True)[0]
    reviewing = calls.caller(editor, ["review"])
    assert patched(reviewing, f"{HOOKS}{other.pk}/", {"address": elsewhere}).status_code == 200


def patched(program, address, body):
    """A change of the object's first version."""
    return program.client.patch(address, json.dumps(body), content_type="application/json", headers={"If-Match": '"1"'})


def test_one_person_has_only_so_many(monkeypatch):
    monkeypatch.setattr(endpoints, "MOST", 2)
    ann = make.user("editor")
    for _ in range(2):
        endpoint(ann)
    with pytest.raises(endpoints.TooMany):
        endpoint(ann)
    endpoint(make.user("editor"))


# --- the API ---


@pytest.fixture
def ann():
    return make.user("editor", first_name="Ann", last_name="Ames")


@pytest.fixture
def program(ann):
    return calls.caller(ann, ["write"])


def post(program, address, body=None, version=None, **headers):
    named = {"If-Match": f'"{version}"'} if version else {}
    return program.post(address, json.dumps(body or {}), headers={**named, **headers})


def test_a_webhook_is_made_changed_switched_off_and_on(program, ann):
    body = {"address": ADDRESS, "description": "Planning", "resources": ["claims", "clearances"]}
    answer = post(program, HOOKS, body)
    assert answer.status_code == 201
    made = answer.json()
    assert made["secret"].startswith("whsec_")
    assert made | body == made
    assert (made["person"], made["disabled_at"], made["waiting"]) == ({"id": str(ann.pk), "name": "Ann Ames"}, None, 0)
    here = f"{HOOKS}{made['id']}/"
    assert answer["Location"].endswith(here)
    assert program.get(here).json() == {name: value for name, value in made.items() if name != "secret"}

    change = {"resources": [], "address": "https://other.example/"}
    answer = program.client.patch(here, json.dumps(change), "application/json", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    assert answer.json()["resources"] == []
    problem(post(program, f"{here}disable/", version=1), 412, "stale_version")
    off = post(program, f"{here}disable/", version=2).json()
    assert (bool(off["disabled_at"]), off["disabled_because"]) == (True, "by_hand")
    problem(post(program, f"{here}test/", version=3), 409, "endpoint_is_disabled")
    assert post(program, f"{here}enable/", version=3).json()["disabled_at"] is None
    assert program.client.delete(here).status_code == 405


def test_what_is_wrong_with_a_body_is_told_by_its_pointer(program):
    body = {"address": "https://10.0.0.1/", "resources": ["claims"]}
    told = problem(post(program, HOOKS, body), 400, "bad_input")
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [("/address", "not_public")]
    told = problem(post(program, HOOKS, {"resources": ["clams"], "url": "x"}), 400, "bad_input")
    assert {each["pointer"] for each in told["errors"]} == {"/address", "/resources/0", "/url"}


def test_a_test_is_a_delivery_and_is_listed(program, ann):
    made, _ = endpoint(ann)
    here = f"{HOOKS}{made.pk}/"
    told = post(program, f"{here}test/", version=1).json()
    assert (told["type"], told["state"], told["attempts"]) == ("webhook.test", "waiting", [])
    assert program.get(f"{here}deliveries/").json()["results"] == [told]
    assert program.get(here).json()["waiting"] == 1


def test_deliveries_are_sent_again_by_hand(program, ann):
    made, _ = endpoint(ann)
    claims = [make.claim() for _ in range(4)]
    deliveries.tell([changed(claim) for claim in claims], at=timezone.now())
    rows = list(Delivery.objects.order_by("id"))
    Delivery.objects.filter(pk__in=[row.pk for row in rows[:3]]).update(
        state="failed", fault="no_connection", next_attempt_at=None, attempted=8
    )
    Delivery.objects.filter(pk=rows[3].pk).update(
        state="delivered", next_attempt_at=None, delivered_at=timezone.now(), attempted=1
    )
    with connection.cursor() as cursor:  # by the test's own role it could not be dated back
        cursor.execute("SELECT has_column_privilege('webhooks_delivery', 'created_at', 'UPDATE')")
        assert cursor.fetchone() == (False,)
    here = f"{HOOKS}{made.pk}/replay/"
    problem(post(program, here, {}, version=1), 400, "bad_input")
    problem(post(program, here, {"delivery": "987654321"}, version=1), 400, "bad_input")
    other = Delivery.objects.create(
        endpoint=endpoint()[0], message=uuid.uuid4(), happened_at=timezone.now(),
        next_attempt_at=timezone.now(),
    )  # fmt: skip
    problem(post(program, here, {"delivery": str(other.pk)}, version=1), 400, "bad_input")
    assert post(program, here, {"delivery": str(rows[3].pk)}, version=1).json()["waiting"] == 1
    later = (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert post(program, here, {"since": later}, version=1).json()["waiting"] == 1
    assert post(program, here, {"since": "2026-01-01T00:00:00Z"}, version=1).json()["waiting"] == 4
    again = list(Delivery.objects.filter(endpoint=made).order_by("id"))
    assert [row.message for row in again] == [row.message for row in rows]
    assert {(row.state, row.attempted, row.fault) for row in again} == {("waiting", 0, None)}


@pytest.mark.parametrize("serializer", [EndpointSerializer, DeliverySerializer])
def test_what_postgresql_builds_is_what_the_serializer_renders(serializer):
    rich.desk()
    built, rendered = both(serializer, preset(serializer), make.user("chief"))
    assert len(built) >= 3
    assert built == rendered


def test_a_list_of_deliveries_costs_the_same_however_many_there_are(program, ann, django_assert_num_queries):
    made, _ = endpoint(ann)
    deliveries.tell([changed(make.claim()) for _ in range(60)], at=timezone.now())
    program.get(HOOKS)
    with django_assert_num_queries(3):
        told = program.get(f"{HOOKS}{made.pk}/deliveries/?ordering=-id&limit=40").json()
    assert len(told["results"]) == 40
    assert len(program.get(told["next"]).json()["results"]) == 20


# --- the admin ---


def test_a_chief_sees_what_was_sent_and_sends_it_again():
    made, _ = endpoint(description="The planning system")
    deliveries.tell([changed(make.claim()) for _ in range(2)], at=timezone.now())
    first, second = Delivery.objects.order_by("id")
    for row in (first, second):
        Attempt.objects.create(delivery=row, begun_at=timezone.now(), seconds="0.250", answered=503, fault=None)
    Delivery.objects.update(state="failed", fault="answered_otherwise", next_attempt_at=None)
    desk = Client()
    desk.force_login(make.user("chief"))
    page = f"/admin/webhooks/endpoint/{made.pk}/change/"
    told = desk.get(page).content.decode()
    for words in (first.message_id, second.message_id, "claim.changed", "another answer than 2xx", "503", "0.250 s"):
        assert words in told
    assert "The planning system" in desk.get("/admin/webhooks/endpoint/").content.decode()

    told = desk.post(page, {"version": 1, "replay": first.pk}, follow=True).content.decode()
    assert "1 is sent again." in told
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["failed", "waiting"]
    told = desk.post(page, {"version": 1, "replay_failed": 1}, follow=True).content.decode()
    assert "1 is sent again." in told
    assert "switched off by hand" in desk.post(page, {"version": 1, "disable": 1}, follow=True).content.decode()
    told = desk.post(page, {"version": 1, "test": 1}, follow=True).content.decode()
    assert "has changed since you looked" in told
    told = desk.post(page, {"version": 2, "enable": 1}, follow=True).content.decode()
    assert "Send a test" in told
    assert desk.post(page, {"version": 3, "replay": 987654321}, follow=True).status_code == 200


# --- the secret ---


def test_a_secret_is_told_once_and_is_nowhere_else(program, ann, caplog, capsys, sql):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "django.db.backends")
    key = {"Idempotency-Key": "planning-1"}
    first = post(program, HOOKS, {"address": ADDRESS}, **key).json()
    made = Endpoint.objects.get()
    second = post(program, f"{HOOKS}{made.pk}/rotate_secret/", version=1).json()
    told = [first["secret"], second["secret"]]
    assert len(set(told)) == 2

    again = post(program, HOOKS, {"address": ADDRESS}, **key)
    assert again.json() == {**first, "secret": None}
    chief = make.user("chief")
    desk = Client()
    desk.force_login(chief)
    post(program, f"{HOOKS}{made.pk}/test/", version=2)
    sending.attempt(Delivery.objects.select_related("endpoint__person").get())
    seen = [
        *(program.get(f"{HOOKS}{rest}").content.decode() for rest in ("", f"{made.pk}/", f"{made.pk}/deliveries/")),
        *(desk.get(f"/admin/webhooks/endpoint/{rest}").content.decode() for rest in ("", f"{made.pk}/change/")),
        str(sql("SELECT * FROM webhooks_endpointevent")),
        str(sql("SELECT * FROM webhooks_endpoint")),
        str(sql("SELECT * FROM webhooks_attempt")),
        str(sql("SELECT args FROM procrastinate_jobs")),
        str([bytes(kept.body) for kept in KeptAnswer.objects.all()]),
        caplog.text,
        repr(made) + str(made.__dict__),
    ]
    backup = io.StringIO()
    call_command("dumpdata", "webhooks", stdout=backup)
    seen.append(backup.getvalue())
    for place, text in enumerate(seen):
        for secret in told:
            assert secret not in text, place
            assert secret.removeprefix("whsec_") not in text, place
    assert KeptAnswer.objects.count() == 1
    # what an address holds beside the host may be a secret, too: its owner alone is shown it
    assert "Xyzzyqqq" not in caplog.text + seen[3] + seen[4]


def test_for_a_day_both_secrets_sign(ann, monkeypatch):
    made, old = endpoint(ann)
    made, new = endpoints.rotate_secret(endpoint_id=made.pk, version=None, by=ann)
    now = timezone.now()
    kept = Endpoint.objects.get()
    assert sending._secrets(kept, now) == [new, old]
    assert sending._secrets(kept, now + timedelta(hours=25)) == [new]
    body, sent = b"{}", signing.headers("msg_1", now, b"{}", [new, old])
    for secret in (old, new):
        assert Webhook(secret).verify(body, sent) == {}


def test_a_secret_of_another_key_is_lost_and_its_webhook_waits_for_a_new_one(ann, settings):
    made, _ = endpoint(ann)
    settings.SECRET_KEY = "another key of a desk that was restored elsewhere, long enough"
    deliveries.send_test(endpoint_id=made.pk, version=None, by=ann)
    sending.send_due(made.pk)
    made.refresh_from_db()
    assert made.disabled_because == "secret_lost"
    assert Delivery.objects.get().fault == "switched_off"
    with pytest.raises(endpoints.IsDisabled):
        endpoints.enable(endpoint_id=made.pk, version=None, by=ann)
    made, secret = endpoints.rotate_secret(endpoint_id=made.pk, version=None, by=ann)
    assert made.old_secret == ""
    assert endpoints.enable(endpoint_id=made.pk, version=None, by=ann).disabled_at is None
    assert sending._secrets(made, timezone.now()) == [secret]


# --- what the database holds ---


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"address": " "}, "endpoint_has_an_address"),
        ({"secret": ""}, "endpoint_has_a_secret"),
        ({"resources": ["clams"]}, "endpoint_resources_are_known"),
        ({"disabled_at": datetime(2026, 1, 1, tzinfo=UTC)}, "endpoint_is_disabled_for_a_reason"),
    ],
)
def test_the_database_refuses_an_endpoint_that_cannot_be(change, constraint):
    made, _ = endpoint()
    with pytest.raises(IntegrityError, match=constraint):
        Endpoint.objects.filter(pk=made.pk).update(**change)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"state": "gone"}, "delivery_state_is_known"),
        ({"resource": "clams", "object_id": 1}, "delivery_resource_is_known"),
        ({"resource": "claims"}, "delivery_names_its_object"),
        ({"next_attempt_at": None}, "delivery_waits_for_a_time"),
        ({"state": "failed", "next_attempt_at": None}, "delivery_that_failed_says_why"),
        ({"state": "delivered", "next_attempt_at": None}, "delivery_is_delivered_at_a_time"),
        ({"fault": "somebody"}, "delivery_fault_is_known"),
    ],
)
def test_the_database_refuses_a_delivery_that_cannot_be(facts, constraint):
    now = timezone.now()
    given = {"endpoint": endpoint()[0], "message": uuid.uuid4(), "happened_at": now}
    with pytest.raises(IntegrityError, match=constraint):
        Delivery.objects.create(**{**given, "next_attempt_at": now, **facts})


def test_the_application_may_not_change_what_a_delivery_says_or_whose_an_endpoint_is(sql):
    for table, column in [
        *(("webhooks_delivery", name) for name in ("message", "resource", "object_id", "number", "happened_at")),
        *(("webhooks_endpoint", name) for name in ("person_id", "version", "created_at")),
    ]:
        assert sql("SELECT has_column_privilege(%s, %s, 'UPDATE')", [table, column]) == [(False,)], (table, column)
    assert sql("SELECT has_table_privilege('webhooks_endpoint', 'DELETE')") == [(False,)]
    assert sql("SELECT has_table_privilege('webhooks_endpointevent', 'INSERT, UPDATE, DELETE')") == [(False,)]


def test_history_has_who_switched_it_off_and_never_its_secret(ann):
    made, _ = endpoint(ann)
    chief = make.user("chief")
    endpoints.disable(endpoint_id=made.pk, version=None, by=chief)
    event = made.events.latest("pgh_id")
    assert (event.disabled_because, event.pgh_context["user"]) == ("by_hand", chief.pk)
    assert not {"secret", "old_secret"} & {field.name for field in event._meta.fields}


def test_deliveries_are_forgotten_after_thirty_days(owner, django_db_blocker, monkeypatch):
    made, _ = endpoint()
    deliveries.tell([changed(make.claim()) for _ in range(3)], at=timezone.now())
    first = Delivery.objects.order_by("id").first()
    Attempt.objects.create(delivery=first, begun_at=timezone.now())
    Spell.objects.create(endpoint=made, since=timezone.now())
    assert deliveries.forget_old() == 0
    monkeypatch.setattr(deliveries, "KEPT", timedelta(days=-1))
    assert deliveries.forget_old() == 3
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()
    assert Endpoint.objects.count() == 1


def test_a_description_that_names_a_protected_source_is_refused(settings):
    with transaction.atomic():
        make.protected("Petra Quirkelbaum")
        with pytest.raises(DomainError) as refused:
            endpoint(description="About Petra Quirkelbaum")
    assert refused.value.code == "text_names_a_protected_source"
    assert "Quirkelbaum" not in str(refused.value)
