"""A client that openapi-python-client makes of the schema speaks to the desk, types and all, with nothing by hand."""

import importlib
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command
from django.db import connections

from factdesk.wsgi import application
from tests import calls, make, rich

pytestmark = pytest.mark.django_db

#: docs/api.md, "A client of your own", names the same
SETTINGS = (
    "content_type_overrides: {application/yaml: application/octet-stream, text/html: application/octet-stream, "
    "application/xhtml+xml: application/octet-stream, "
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet: application/octet-stream}\n"
)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The package that the generator makes; and what it said."""
    folder = tmp_path_factory.mktemp("client")
    call_command("spectacular", file=str(folder / "schema.yaml"))
    (folder / "client.yaml").write_text(SETTINGS + "post_hooks: []\n", "utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    done = subprocess.run(
        [*command, "--path", "schema.yaml", "--config", "client.yaml", "--output-path", "desk_client"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "arning" not in done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield lambda name: importlib.import_module(f"desk_client.{name}")
        for name in [each for each in sys.modules if each.split(".")[0] == "desk_client"]:
            del sys.modules[name]


@pytest.fixture
def client(generated, monkeypatch):
    """Signed in by the token of a person with this role."""
    for each in connections.all():  # the application answers within the test's transaction
        monkeypatch.setattr(each, "close_if_unusable_or_obsolete", lambda: None)

    def signed_in(role, scope):
        secret = calls.token(make.user(role), [scope])[1]
        transport = httpx.WSGITransport(application)
        return generated("client").AuthenticatedClient(
            "http://127.0.0.1:8000", secret, httpx_args={"transport": transport}
        )

    return signed_in


def test_it_has_a_function_for_every_operation(generated):
    folder = Path(generated("api").__path__[0])
    modules = {f"{path.parent.name}.{path.stem}" for path in folder.glob("*/*.py") if path.stem != "__init__"}
    schema = calls.caller().get("/api/v1/schema/", headers={"Accept": "application/json"}).json()
    operations = {
        f"{operation['tags'][0]}.{operation['operationId']}"
        for address in schema["paths"].values()
        for operation in address.values()
    }
    assert modules == operations
    for module in modules:
        assert callable(generated(f"api.{module}").sync_detailed)


def test_it_reads_a_list_page_by_page_and_a_chain(generated, client):
    rich.desk()
    reader = client("reader", "read")
    claims_list = generated("api.claims.claims_list")
    there = calls.caller().ids("?limit=200&ordering=id")
    page = claims_list.sync(client=reader, limit=2, ordering=generated("models").ClaimsListOrdering.ID)
    seen = [int(each.id) for each in page.results]
    while page.next_:
        cursor = httpx.URL(page.next_).params["cursor"]
        page = claims_list.sync(
            client=reader, limit=2, ordering=generated("models").ClaimsListOrdering.ID, cursor=cursor
        )
        seen += [int(each.id) for each in page.results]
    assert seen == there
    assert len(seen) > 2
    chain = generated("api.claims.claims_provenance_retrieve")
    for number in seen:
        found = chain.sync(str(number), client=reader)
        plain = calls.caller().get(f"/api/v1/claims/{number}/provenance/").json()
        assert found.to_dict() == plain


def test_it_writes_on_what_it_saw_and_reads_why_it_was_refused(generated, client):
    models = generated("models")
    checker = client("checker", "write")
    made = generated("api.claims.claims_create").sync(
        client=checker,
        body=models.ClaimNew(statement="The old mill burned down.", kind=models.ClaimNewKind.DETAIL, topics=["fire"]),
        idempotency_key="mill-1",
    )
    assert isinstance(made, models.Claim)
    assert (made.statement, made.state.value, made.topics) == ("The old mill burned down.", "new", ["fire"])
    change = generated("api.claims.claims_partial_update")
    body = models.ClaimChange(place="Springfield", why="The paper says which.")
    done = change.sync_detailed(made.id, client=checker, body=body, if_match='"1"')
    assert (done.status_code, done.parsed.place, done.headers["etag"]) == (200, "Springfield", '"2"')
    stale = change.sync_detailed(made.id, client=checker, body=body, if_match='"1"')
    assert stale.status_code == 412
    assert isinstance(stale.parsed, models.Problem)
    assert stale.parsed.code == "stale_version"
    refused = generated("api.claims.claims_create").sync(
        client=client("reader", "read"), body=models.ClaimNew(statement="No.", kind=models.ClaimNewKind.DETAIL)
    )
    assert (refused.status, refused.code) == (403, "not_allowed")


def test_it_sends_many_and_finds_what_is_there_already(generated, client):
    models = generated("models")
    checker = client("checker", "write")
    rows = [models.ClaimNew(statement=f"{number} mills burned.", kind=models.ClaimNewKind.DETAIL) for number in (3, 4)]
    done = generated("api.claims.claims_bulk_create").sync(client=checker, body=rows)
    assert [each.status for each in done.results] == [201, 201]
    found = generated("api.match.match_create").sync(
        client=checker, body=models.MatchAsked(text="4 mills burned.", limit=3)
    )
    assert found[0].claim.to_dict()["id"] == done.results[1].record.to_dict()["id"]
