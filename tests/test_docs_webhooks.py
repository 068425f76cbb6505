"""docs/webhooks.md: the receiver that it shows takes what the desk sends, and nothing else."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from factdesk import outbound, places
from factdesk.webhooks import deliveries, endpoints, sending
from factdesk.webhooks.models import Delivery
from tests import calls, make
from tests.receivers import allow, nobody
from tests.test_docs_api import request_of

ROOT = Path(__file__).resolve().parent.parent
DOCS = (ROOT / "docs/webhooks.md").read_text("utf-8")
[PROGRAM] = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
EXAMPLES = re.findall(r"^    (curl (?:.*\\\n)*.*)$", DOCS, re.MULTILINE)


@pytest.fixture
def shown(tmp_path, settings):
    """The program of the page, but for its port and its secret: how to start it, its port, what it says."""
    port = nobody()
    allow(settings, f"127.0.0.1:{port}")
    processes = []

    def start(secret):
        text = PROGRAM.replace("9000", str(port)).replace("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", secret)
        (tmp_path / "receiver.py").write_text(text, "utf-8")
        with (tmp_path / "said").open("wb") as said:
            command = [sys.executable, "-I", "-u", str(tmp_path / "receiver.py")]
            processes.append(subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL))
        patience = time.monotonic() + 20
        while True:
            try:
                return outbound.send("POST", f"http://127.0.0.1:{port}/").status
            except places.NotSent:
                assert time.monotonic() < patience
                time.sleep(0.1)

    yield start, port, lambda: (tmp_path / "said").read_text("utf-8")
    for each in processes:
        each.terminate()
        each.wait(10)


@pytest.mark.django_db
def test_the_receiver_of_the_page_takes_what_the_desk_sends_once_and_nobody_elses(shown):
    start, port, said = shown
    address = f"http://127.0.0.1:{port}/factdesk"
    made, secret = endpoints.add(by=make.user("checker"), columns={"address": address})
    assert start(secret) == 401  # nobody signed that
    deliveries.send_test(endpoint_id=made.pk, version=None, by=made.person)
    for _ in range(2):
        sending.send_due(made.pk)
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.attempts.latest("id").answered) == ("delivered", 204)
        deliveries.replay(endpoint_id=made.pk, version=None, by=made.person, delivery_id=delivery.pk)
    assert said().splitlines() == [f"webhook.test {{'webhook': '{made.pk}'}}"]

    body = sending.body_of(delivery)
    now = int(time.time())
    for at, signature in ((now, "v1,AAAA"), (now - 600, None), ("x", None), (now, "v2,x v1,")):
        sent = sending.signing.headers("msg_1", sending.timezone.now(), body, [secret])
        sent |= {"webhook-timestamp": str(at)} | ({"webhook-signature": signature} if signature else {})
        assert outbound.send("POST", address, body=body, headers=sent).status == 401


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_its_examples_are_answered(client):
    secret = calls.token(make.user("checker"), ["write"])[1]
    made = None
    assert len(EXAMPLES) == 3
    for typed in EXAMPLES:
        method, path, headers, body = request_of(typed)
        headers |= {"Authorization": f"Bearer {secret}"}
        if made:
            path = path.replace("/3/", f"/{made}/")
            headers["If-Match"] = client.get(f"/api/v1/webhooks/{made}/", headers=headers)["ETag"]
        answer = client.generic(method, path, body.encode(), headers.pop("Content-Type"), headers=headers)
        assert answer.status_code == (200 if made else 201), (typed, answer.content)
        made = made or answer.json()["id"]


@pytest.mark.django_db
def test_what_the_page_says_of_the_desk_is_so(program):
    served = program.get("/api/v1/schema/").json()["paths"]
    for each in re.findall(r"`(webhooks/[a-z_{}/]*)`", DOCS):
        assert f"/api/v1/{each}" in served, each
    hours = [delay.total_seconds() / 3600 for delay in sending.DELAYS]
    assert [round(hour, 4) for hour in hours] == [0.0014, 0.0833, 0.5, 2, 5, 10, 14]
    assert (outbound.TOTAL, outbound.LARGEST, endpoints.MOST) == (15, 2_000, 20)
    example = json.loads(re.search(r'^    (\{"type":.*\})$', DOCS, re.MULTILINE)[1])
    assert example["type"] == "claim.changed"
    assert list(example["data"]) == ["resource", "id", "claim", "version", "url"]
