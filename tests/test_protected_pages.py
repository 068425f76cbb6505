"""The pages of a protected source: who sees which, what they do, and that a name is on one page alone."""

from dataclasses import replace

import pytest
from django.test import Client

from sources import identity
from sources.models import IdentityDisclosure, KnownTo, ProtectedIdentity, Source
from tests import make
from tests.attacks import opened

pytestmark = pytest.mark.django_db
apart = pytest.mark.django_db(transaction=True)

NAME, CONTACT = "Petra Unknown", "at the bridge"
SAID = {"code_name": "Falcon", "terms": "Never named.", "why": "Would lose her job."}

# Written out. "in": 200; "on": it was done, and leads back; "no": 403. Who knows is a reader who was told.
ROLES = ["nobody", "reader", "reporter", "checker", "editor", "legal", "knows", "chief"]
CHIEFS = "door no no no no no no in"
DONE = "door no no no no no no on"
KNOWN = "door no no no no no in in"
TABLE = {
    "GET {named}protect/": CHIEFS,
    "POST {named}protect/ code_name=F&terms=T&why=W&version=1": CHIEFS,
    "GET {secret}terms/": CHIEFS,
    "POST {secret}terms/ terms=T&why=W&version=1": DONE,
    "GET {secret}tell/": CHIEFS,
    "POST {secret}tell/ person={other}": DONE,
    "GET {secret}untell/{known}/": CHIEFS,
    "POST {secret}untell/{known}/ why=W&version=1": DONE,
    "GET {secret}unprotect/": CHIEFS,
    "POST {secret}unprotect/ name=N&why=W&version={version}": DONE,
    "GET {secret}name/": KNOWN,
    "POST {secret}name/ reason=R": KNOWN,
    "GET {secret}places/": KNOWN,
}


@pytest.fixture
def kept(settings):
    settings.ENV = replace(settings.ENV, protected_names=True)


def at(source: Source) -> str:
    return f"/admin/sources/source/{source.pk}/"


def browser(person=None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def outcome(answer) -> str:
    if answer.status_code == 302:
        return "door" if answer["Location"].startswith(("/admin/login/", "/account/login/")) else "on"
    return {200: "in", 403: "no"}.get(answer.status_code, str(answer.status_code))


@apart
@pytest.mark.parametrize("role", ROLES)
def test_the_table_of_who_may_what(role):
    knows = make.user("reader")
    person = {"nobody": None, "knows": knows}[role] if role in ("nobody", "knows") else make.user(role)
    found = {}
    for request in TABLE:
        made = make.protected(NAME, code_name=f"Falcon {request[:30]}")
        known = KnownTo.objects.create(protection=made, person=knows)
        facts = {
            "named": at(make.source()),
            "secret": at(made.source),
            "known": known.pk,
            "other": make.user().pk,
            "version": made.source.version,
        }
        method, address, *body = request.format(**facts).split(" ", 2)
        form = "application/x-www-form-urlencoded"
        client = browser(person)
        answer = client.get(address) if method == "GET" else client.post(address, body[0], content_type=form)
        found[request] = outcome(answer)
        terms = ProtectedIdentity.objects.filter(withdrawn_at=None, pk=made.pk)
        if found[request] not in ("in", "on"):
            assert terms.exists()
            assert NAME not in answer.content.decode()
            identity.unprotect(
                source_id=made.source_id, version=made.source.version, by=made.approved_by, name="N", because="x"
            )
        elif terms.exists():
            source = Source.objects.get(pk=made.source_id)
            identity.unprotect(source_id=source.pk, version=source.version, by=made.approved_by, name="N", because="x")
    assert found == {request: dict(zip(ROLES, said.split(), strict=True))[role] for request, said in TABLE.items()}


def test_a_chief_protects_a_source_on_a_page(kept):
    source, claim = make.source(NAME, aliases=["Pet the Baker"]), make.claim(f"{NAME} closed the shop.")
    chief, person = make.user("chief"), make.user(username="kay")
    desk = browser(chief)
    page = desk.get(at(source) + "change/").content.decode()
    assert f"{at(source)}protect/" in page
    done = desk.post(
        at(source) + "protect/", SAID | {"version": source.version, "known_to": [person.pk], "contact": CONTACT}
    )
    told = done.content.decode()
    assert "Texts that hold it are refused." in told
    assert "script/manage blank" in told
    assert f'<a href="/admin/claims/claim/{claim.pk}/change/">claim {claim.pk}: statement</a>' in told
    assert f"claim {claim.pk}: statement (in its history)" in told
    page = desk.get(at(source) + "change/").content.decode()
    for words in ("Falcon", "Never named.", "kay", "Show the name", f"{at(source)}unprotect/", str(chief)):
        assert words in page
    for answer in (told, page):
        for words in (NAME, "Baker", CONTACT):
            assert words not in answer


def test_what_a_chief_is_told_where_no_name_is_kept():
    source, desk = make.source(NAME), browser(make.user("chief"))
    form = desk.get(at(source) + "protect/").content.decode()
    assert "this desk keeps no names" in form
    assert 'name="contact"' not in form
    done = desk.post(at(source) + "protect/", SAID | {"version": source.version}).content.decode()
    assert "The desk keeps no name of it" in done
    assert "not kept by the desk" in desk.get(at(source) + "change/").content.decode()


def test_who_is_not_told_sees_the_code_name_and_no_terms(kept):
    made = make.protected(NAME)
    ProtectedIdentity.objects.filter(pk=made.pk).update(terms="Not before May.")
    KnownTo.objects.create(protection=made, person=make.user(username="kay"))
    for role in ("reader", "editor", "legal"):
        page = browser(make.user(role)).get(at(made.source) + "change/").content.decode()
        assert "Protected: who it is is known to few." in page
        for words in ("Not before May.", "kay", "Show the name", "protect/", "/terms/"):
            assert words not in page


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("code_name", NAME),
        ("terms", f"Keep {NAME} out."),
        ("why", f"{NAME} asked."),
        ("description", "pétra unknown"),
    ],
)
def test_a_form_that_is_refused_does_not_come_back_with_the_name(kept, field, words):
    source, desk = make.source("P. U.", aliases=[]), browser(make.user("chief"))
    given = SAID | {"version": source.version, "real_name": NAME, "contact": CONTACT, field: words}
    answer = desk.post(at(source) + "protect/", given)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This holds the name that is secret." in page
    assert "Would lose her job." in page or field == "why"
    for secret in (NAME, words, CONTACT):
        assert secret not in page
    source.refresh_from_db()
    assert source.identity == "named"


def test_a_form_that_came_too_late_says_so():
    source, desk = make.source(NAME), browser(make.user("chief"))
    Source.objects.filter(pk=source.pk).update(kind="organization")
    page = desk.post(at(source) + "protect/", SAID | {"version": source.version}).content.decode()
    assert "has changed since you looked" in page
    assert "Never named." in page


@apart
def test_the_name_stands_on_the_answer_and_nowhere_else(kept):
    made, person = make.protected(NAME), make.user("reporter", username="kay")
    KnownTo.objects.create(protection=made, person=person)
    desk = browser(person)
    form = desk.get(at(made.source) + "name/")
    assert NAME not in form.content.decode()
    answer = desk.post(at(made.source) + "name/", {"reason": "To call her."})
    page = answer.content.decode()
    assert page.count(NAME) == 1
    assert page.count(CONTACT) == 1
    assert answer["Cache-Control"] == "no-store"
    assert NAME not in str(answer.headers) + str(answer.cookies)
    [row] = IdentityDisclosure.objects.all()
    assert (row.by, row.reason) == (person, "To call her.")
    again = desk.get(at(made.source) + "name/").content.decode()
    after = desk.get(at(made.source) + "change/").content.decode()
    assert NAME not in again + after
    assert "To call her." in after
    with opened() as session:
        kept_session = session.execute("SELECT string_agg(session_data, ' ') FROM django_session").fetchone()
    assert NAME not in str(kept_session)


@apart
def test_a_reason_with_the_name_is_refused_and_not_shown_again(kept):
    made = make.protected(NAME)
    desk = browser(make.user("chief"))
    page = desk.post(at(made.source) + "name/", {"reason": f"To call {NAME}."}).content.decode()
    assert "holds a name that is protected" in page
    assert NAME not in page
    assert not IdentityDisclosure.objects.exists()


@apart
def test_nothing_is_shown_by_a_get_nor_without_a_reason(kept):
    made = make.protected(NAME)
    desk = browser(make.user("chief"))
    for answer in (
        desk.get(at(made.source) + "name/?reason=x"),
        desk.post(at(made.source) + "name/", {"reason": " "}),
        desk.put(at(made.source) + "name/", "reason=x"),
    ):
        assert NAME not in answer.content.decode()
    assert not IdentityDisclosure.objects.exists()


def test_a_chief_tells_untells_changes_terms_and_names_again(kept):
    made, person = make.protected(NAME), make.user(username="kay")
    chief = make.user("chief")
    desk, home = browser(chief), at(made.source)
    assert desk.post(home + "tell/", {"person": person.pk, "why": "Her editor."}).status_code == 302
    known = KnownTo.objects.get(protection=made)
    assert "kay" in desk.get(home + "change/").content.decode()
    assert "kay knows already." in desk.post(home + "tell/", {"person": person.pk}).content.decode()
    assert desk.post(f"{home}untell/{known.pk}/", {"version": known.version, "why": "Left."}).status_code == 302
    assert desk.get(f"{home}untell/{known.pk}/").status_code == 404
    desk.post(home + "terms/", {"version": made.version, "terms": "Not before May.", "why": "She asked."})
    made.refresh_from_db()
    assert (made.terms, made.approved_by) == ("Not before May.", chief)
    named = {"version": made.source.version, "name": NAME, "why": f"{NAME} went public."}
    assert desk.post(home + "unprotect/", named).status_code == 302
    assert NAME in desk.get(home + "change/").content.decode()


def test_pages_of_a_source_that_is_not_protected_lead_nowhere():
    source, desk = make.source(), browser(make.user("chief"))
    for page, status in {"terms/": 404, "tell/": 404, "untell/1/": 404, "name/": 403, "places/": 403}.items():
        assert desk.get(at(source) + page).status_code == status, page
    assert desk.get("/admin/sources/source/0/protect/").status_code == 404
