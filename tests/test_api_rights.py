"""Who may read what through the API: role by resource by verb, by session and by token; and what is restricted."""

import pytest
from django.test import Client

from claims.models import Annotation, CopyChange, Piece, Ruling
from sources.models import Sentence
from tests import calls, make, rich
from tests.calls import CLAIMS, problem

pytestmark = pytest.mark.django_db

ROLES = ("reader", "reporter", "checker", "editor", "chief", "legal")
# Written out again on purpose, not read from the router. Every one is a list; those in LONE have an object, too.
LISTS = [
    "sources",
    "affiliations",
    "documents",
    "passages",
    "claims",
    "quantities",
    "attributions",
    "evidence",
    "annotations",
    "accusations",
    "relations",
    "usages",
    "assessments",
    "sign_offs",
    "clearances",
    "reply_requests",
    "rulings",
    "pieces",
    "copy_changes",
]
FURTHER = [
    "claims/{id}/provenance",
    "claims/{id}/history",
    "claims/{id}/transitions",
    "documents/{id}/snapshots",
    "documents/{id}/coverage",
    "documents/{id}/annotated",
    "documents/{id}/difference",
    "documents/{id}/dossier",
]
#: these end in no slash
FILES = ["claims/{id}/provenance.jsonld", "documents/{id}/annotations.jsonld"]

# verb -> the answer to whoever may read. What may be written, and by whom, is in test_api_writing.
VERBS = {"GET": 200, "HEAD": 200, "OPTIONS": 204, "PUT": 405, "DELETE": 405}


def addresses(program):
    """Every list, one object of each, and what further there is on one."""
    found = []
    for resource in LISTS:
        first = program.get(f"/api/v1/{resource}/").json()["results"][0]["id"]
        found += [f"/api/v1/{resource}/", f"/api/v1/{resource}/{first}/"]
        found += [f"/api/v1/{each.format(id=first)}/" for each in FURTHER if each.startswith(f"{resource}/")]
        found += [f"/api/v1/{each.format(id=first)}" for each in FILES if each.startswith(f"{resource}/")]
    assert len(found) == 2 * len(LISTS) + len(FURTHER) + len(FILES)
    return found


def asked(client, address):
    return {verb: client.generic(verb, address, "{}", content_type="application/json").status_code for verb in VERBS}


@pytest.fixture
def every(db):
    rich.desk()
    return addresses(calls.caller(make.user("reader")))


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_every_resource_and_deletes_none(every, role):
    person = make.user(role)
    browser = Client()
    browser.force_login(person)
    clients = {None: browser} | {scope: calls.caller(person, [scope]).client for scope in ("read", "write", "review")}
    # a session reads all; of the tokens one a role asks everywhere, the others at some
    for address in every:
        assert asked(browser, address) == VERBS, address
    for scope, client in clients.items():
        for address in every[:: 1 if scope == "read" else 7]:
            assert asked(client, address) == VERBS, (scope, address)


@pytest.mark.parametrize("role", ROLES)
def test_a_token_without_a_scope_may_nothing(every, role):
    client = calls.caller(make.user(role), []).client
    closed = {verb: 403 if status == 200 else status for verb, status in VERBS.items()}
    for address in every:
        assert asked(client, address) == closed, address


def test_nobody_unknown_may_anything(every):
    for address in every:
        assert set(asked(Client(), address).values()) == {401}, address


# --- restricted documents, and what stands only in them ---

# Who may see them: (role, scope of the token, None for a session).
SEES_RESTRICTED = {
    ("reader", None): False,
    ("reporter", None): False,
    ("checker", None): False,
    ("editor", None): True,
    ("chief", None): True,
    ("legal", None): True,
    ("editor", "read"): False,
    ("editor", "write"): False,
    ("editor", "review"): True,
    ("chief", "read"): False,
    ("chief", "review"): True,
    ("legal", "review"): True,
    ("checker", "review"): False,
    ("reader", "review"): False,
}
SECRET = "Xyzzyqqq"


@pytest.fixture
def secret(db):
    """A restricted document in which all kinds of things stand, and a claim that others share."""
    publisher = make.outlet("An outlet that is known")
    page = make.document(f"{SECRET} title", restricted=True, key="restricted-1", publisher=publisher, bylines=[SECRET])
    text = f"{SECRET} words stand here, and more of them."
    words = make.passage(make.snapshot(text, of=page), 0, 8, locator=SECRET)
    claim = make.claim("A claim that everybody sees.")
    hop = make.attribution(claim, document=page, passage=words)
    make.evidence(claim, document=page, passage=words)
    person = make.user("checker")
    made = {
        "documents": page,
        "passages": words,
        "annotations": Annotation.objects.create(passage=words, kind="comment", body=SECRET, by=person),
        "rulings": Ruling.objects.create(
            about="sentence",
            sentence=Sentence.objects.create(snapshot=words.snapshot, start=0, end=8),
            key="k",
            decision="heading",
            reason=SECRET,
            by=person,
        ),
        "pieces": Piece.objects.create(document=page, author=person),
    }
    made["copy_changes"] = CopyChange.objects.create(
        piece=made["pieces"], passage=words, claim=claim, replacement=SECRET, reason=SECRET, proposed_by=person
    )
    return {**made, "claim": claim, "hop": hop, "publisher": publisher}


def _client(role, scope):
    person = make.user(role)
    if scope:
        return calls.caller(person, [scope]).client
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.mark.parametrize(("role", "scope"), SEES_RESTRICTED)
def test_what_stands_only_in_a_restricted_document_is_for_few(secret, role, scope):
    client, sees = _client(role, scope), SEES_RESTRICTED[role, scope]
    page = secret["documents"].pk
    alone = [
        (resource, secret[resource].pk)
        for resource in ["documents", "passages", "annotations", "rulings", "pieces", "copy_changes"]
    ]
    for resource, pk in alone:
        listed = [each["id"] for each in client.get(f"/api/v1/{resource}/").json()["results"]]
        assert (str(pk) in listed) == sees, resource
        assert client.get(f"/api/v1/{resource}/{pk}/").status_code == (200 if sees else 404), resource
    for further in ("snapshots", "coverage", "annotated", "difference", "dossier"):
        assert client.get(f"/api/v1/documents/{page}/{further}/").status_code == (200 if sees else 404), further
    for found in (
        f"/api/v1/documents/?q={SECRET}",
        "/api/v1/documents/?key=restricted-1",
        f"/api/v1/documents/?publisher={secret['publisher'].pk}",
        f"/api/v1/passages/?document={page}",
        f"/api/v1/rulings/?document={page}",
        f"/api/v1/pieces/?document={page}",
        f"{CLAIMS}?document_key=restricted-1",
        f"{CLAIMS}?publisher={secret['publisher'].pk}",
        f"{CLAIMS}?source={secret['publisher'].pk}",
    ):
        answer = client.get(f"{found}&count=1").json()
        assert bool(answer["results"]) == bool(answer["count"]) == sees, found


@pytest.mark.parametrize(("role", "scope"), SEES_RESTRICTED)
def test_a_claim_that_stands_in_it_is_seen_and_the_document_is_not(secret, role, scope):
    client, sees = _client(role, scope), SEES_RESTRICTED[role, scope]
    claim, hop, page = secret["claim"].pk, secret["hop"].pk, secret["documents"].pk
    parts = "attributions,attributions.document,attributions.passage,evidence,evidence.document,evidence.passage"
    told = [
        client.get(f"{CLAIMS}{claim}/?expand={parts},copy_changes,relations,annotations"),
        client.get(f"{CLAIMS}?expand={parts}"),
        client.get(f"{CLAIMS}?q=everybody&expand=attributions"),
        client.get(f"{CLAIMS}{claim}/provenance/"),
        client.get(f"{CLAIMS}{claim}/history/"),
        client.get(f"{CLAIMS}{claim}/provenance.jsonld"),
        client.get(f"/api/v1/attributions/{hop}/?expand=document,passage,claim"),
        client.get(f"/api/v1/attributions/?document={page}&expand=document,passage"),
        client.get(f"/api/v1/evidence/?claim={claim}&expand=document,passage"),
        client.get(f"/api/v1/sources/{secret['publisher'].pk}/?expand=affiliations,members,merged"),
    ]
    assert [answer.status_code for answer in told] == [200] * len(told)
    if not sees:
        for answer in told:
            assert SECRET not in answer.content.decode()
            assert "restricted-1" not in answer.content.decode()
    [hop_told] = told[3].json()["hops"]
    shown = {"id": str(page), "restricted": True}
    full = shown | {"key": "restricted-1", "title": f"{SECRET} title", "kind": "article"}
    assert hop_told["document"] == (full if sees else shown)
    assert hop_told["passage"] == (
        hop_told["passage"] if sees else {"id": str(secret["passages"].pk), "restricted": True}
    )
    assert told[6].json()["document"].get("title") == (f"{SECRET} title" if sees else None)


def test_a_record_file_that_names_a_restricted_document_is_for_few(secret):
    page = make.document("A page", key="page-1")
    make.attribution(secret["claim"], document=page, passage=make.passage(make.snapshot("Words.", of=page)))
    newest = make.attribution(secret["claim"], document=secret["documents"])
    assert newest.pk
    for (role, scope), sees in SEES_RESTRICTED.items():
        answer = _client(role, scope).get(f"/api/v1/documents/{page.pk}/dossier/")
        assert sees or SECRET not in answer.content.decode()
        if answer.status_code != 200:
            problem(answer, 403, "not_allowed")


def test_a_protected_sources_name_and_terms_are_nowhere(owner):
    from sources.models import ProtectedIdentity

    chief = make.user("chief")
    source = make.source("Heron", identity="protected")
    ProtectedIdentity.objects.create(source=source, terms=SECRET, approved_by=chief)
    make.attribution(make.claim(), source)
    for address in (
        "/api/v1/sources/",
        f"/api/v1/sources/{source.pk}/?expand=affiliations,members,merged,owner",
        "/api/v1/attributions/?expand=speaker",
        f"{CLAIMS}?expand=attributions.speaker",
    ):
        answer = calls.caller(chief, ["review"]).get(address)
        assert "Heron" in answer.content.decode()
        assert SECRET not in answer.content.decode()
    for word in ("protection", "protection__terms", "terms", "known_to", "real_name"):
        for query in (f"{word}=x", f"fields={word}", f"expand={word}", f"ordering={word}"):
            assert calls.caller(chief, ["review"]).get(f"/api/v1/sources/?{query}").status_code == 400
