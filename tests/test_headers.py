"""What every answer tells the browser: a strict policy of contents that every page of ours keeps to."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from factdesk.headers import embeddable
from tests import calls, make
from tests.signing import browser_of, somebody

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.probe_urls")]

# Written out again on purpose.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'self'",
    "frame-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def policy(answer: HttpResponse) -> dict[str, str]:
    told = answer["Content-Security-Policy"]
    return dict(directive.strip().split(" ", 1) for directive in told.split(";"))


def ask(method: str, address: str, **options) -> HttpResponse:
    client = Client(raise_request_exception=False, **options)
    answer = getattr(client, method)(address)
    if answer.streaming:  # a file
        answer.close()
    return answer


#: every kind of answer: (how it is asked for, its status)
KINDS = {
    "a redirect": (lambda: ask("get", "/"), 302),
    "the sign-in page": (lambda: ask("get", "/account/login/"), 200),
    "a page that nobody has": (lambda: ask("get", "/nothing"), 404),
    "a form without its token": (lambda: ask("post", "/account/login/", enforce_csrf_checks=True), 403),
    "a host that is not ours": (lambda: ask("get", "/account/login/", SERVER_NAME="evil.example"), 400),
    "a method that is not answered": (lambda: ask("delete", "/account/"), 405),
    "an invitation that is over": (lambda: ask("get", "/account/invitation/"), 410),
    "a fault in a page": (lambda: ask("get", "/probe/bug/"), 500),
    "a fault in the API": (lambda: calls.caller(raise_request_exception=False).get("/api/probe/bug/"), 500),
    "an answer of the API": (lambda: calls.caller().get(calls.CLAIMS), 200),
    "a refusal of the API": (lambda: ask("get", calls.CLAIMS), 401),
    "an address that the API has not": (lambda: calls.caller().get("/api/v1/nothing/"), 404),
    "the API's schema": (lambda: calls.caller().get("/api/v1/schema/"), 200),
    "a static file": (lambda: ask("get", "/static/factdesk/account.css"), 200),
    "a static file that is not there": (lambda: ask("get", "/static/factdesk/nothing.css"), 404),
    "whether the process lives": (lambda: ask("get", "/healthz"), 200),
    "a page that is somebody's": (lambda: browser_of(somebody()).get("/account/"), 200),
    "a page of the admin": (lambda: browser_of(somebody()).get("/admin/"), 200),
    "a page of the admin that is not one's own": (lambda: browser_of(somebody()).get("/admin/people/user/"), 403),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_carries_the_policy_and_its_companions(kind):
    asked, status = KINDS[kind]
    answer = asked()
    assert answer.status_code == status
    assert policy(answer) == POLICY
    assert "Content-Security-Policy-Report-Only" not in answer
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    if not kind.startswith("a static file"):
        assert answer["Cache-Control"] == "no-store"


def test_a_static_file_may_be_kept():
    assert "max-age" in ask("get", "/static/factdesk/account.css")["Cache-Control"]


def test_a_refused_http_request_carries_the_policy_too(settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = ask("get", "/account/login/")
    assert (answer.status_code, policy(answer)) == (301, POLICY)


def test_the_docs_page_alone_has_data_images():
    page = calls.caller().get("/api/v1/docs/")
    assert policy(page) == {**POLICY, "img-src": "'self' data:"}


def test_a_picture_of_ours_may_be_shown_in_our_pages():
    answer = ask("get", "/probe/picture.svg")
    assert policy(answer) == {"default-src": "'none'", "frame-ancestors": "'self'"}
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert ask("get", "/probe/picture.svg/page/")["X-Frame-Options"] == "DENY"


def test_what_may_be_embedded_is_a_view_or_a_method():
    class Pages:
        @embeddable
        def picture(self, request):
            return HttpResponse("<svg/>", content_type="image/svg+xml")

    assert Pages().picture(RequestFactory().get("/")).headers["X-Frame-Options"] == "SAMEORIGIN"


class Strict(HTMLParser):
    """Notes what the policy would stop, and where the page leads."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.inside = address, ""
        self.wrong: list[str] = []
        self.leads: set[str] = set()

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.inside = tag if tag == "script" and "src" not in found and found.get("type", "") not in DATA else ""
        for name, given in attrs:
            value = (given or "").strip()
            if name.startswith("on") or name == "style" or value.lower().startswith(("javascript:", "data:")):
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if name in {"src", "href", "action", "data"}:
                where = urlsplit(urljoin(f"http://testserver{self.address}", value))
                if tag == "a" and where.netloc == "testserver":
                    self.leads.add(where.path + (f"?{where.query}" if where.query else ""))
                elif tag != "a" and where.netloc != "testserver":
                    self.wrong.append(f"<{tag} {name}={value!r}> is not ours")
        if tag in {"style", "base", "iframe", "embed"} or "http-equiv" in found:
            self.wrong.append(f"<{tag}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside and data.strip():
            self.wrong.append(f"<script>{data.strip()[:40]}")


#: kinds of script elements that are data and are never run
DATA = {"application/json"}


def read(answer: HttpResponse, address: str) -> Strict:
    page = Strict(address)
    page.feed(answer.content.decode())
    return page


def walk(browser: Client, *begin: str, most: int = 150) -> dict[str, Strict]:
    """Every page that can be reached from these, by links."""
    seen: dict[str, Strict] = {}
    waiting = list(begin)
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        if address in seen:
            continue
        answer = browser.get(address)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            seen[address] = read(answer, address)
            waiting += sorted(seen[address].leads)
    return seen


def test_the_reader_of_pages_sees_what_a_browser_would_stop():
    for page in (
        "<p style='color:red'>",
        "<a href='JavaScript:x()'>",
        "<button onclick=x()>",
        "<script>x()</script>",
        "<script type=module>x()</script>",
        "<script src=https://elsewhere.example/x.js></script>",
        "<style>p{}</style>",
        "<img src=data:image/png;base64,xx>",
        "<base href=/x/>",
    ):
        assert read(HttpResponse(page), "/").wrong, page
    assert not read(HttpResponse("<script src=/x.js></script><script type='application/json'>{}</script>"), "/").wrong


def test_no_page_has_anything_that_the_policy_would_stop():
    claim, _ = calls.fill(2)
    make.user("editor", email="a@example.org")
    browser = browser_of(somebody("chief", second_factor=True))
    seen = walk(browser, "/admin/", "/account/", "/account/logout/", "/account/recovery-codes/new/")
    assert {page: found.wrong for page, found in seen.items() if found.wrong} == {}
    must = {
        "/admin/claims/claim/",
        f"/admin/claims/claim/{claim.pk}/change/",
        "/account/password/",
        "/account/sessions/",
    }
    must |= {"/admin/people/user/", "/admin/people/token/add/", "/admin/people/invitation/add/"}
    assert must <= seen.keys()
    assert len(seen) > 30


ALONE = ["/account/login/", "/account/signup/", "/account/inactive/", "/account/password/reset/", "/nothing"]
ALONE += ["/account/password/reset/done/", "/account/password/new/", "/account/password/reset/1-x/"]
ALONE += ["/account/invitation/", "/probe/bug/"]


@pytest.mark.parametrize("address", ALONE)
def test_no_page_for_nobody_has_anything_that_the_policy_would_stop(address):
    page = read(ask("get", address), address)
    assert page.wrong == []


@pytest.mark.parametrize("address", ["/account/second-factor/on/", "/account/reauthenticate/", "/api/v1/docs/"])
def test_nor_has_a_page_that_no_link_leads_to(address):
    page = read(browser_of(somebody()).get(address), address)
    assert page.wrong == []


def test_nor_has_what_a_chief_is_shown_once():
    browser, person = browser_of(somebody("chief")), make.user()
    invited = browser.post("/admin/people/invitation/add/", {"email": "a@example.org", "role": "reader"})
    token = {"person": person.pk, "name": "x", "scopes": "read", "until": "2001-01-01"}
    for answer in (invited, browser.post("/admin/people/token/add/", token)):
        assert answer.status_code == 200
        assert read(answer, "/admin/").wrong == []
