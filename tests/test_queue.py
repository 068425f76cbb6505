"""The queue: what an address asks for, pages by keyset, many dealt with at once, filters kept under a name."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims import queue, savedfilters, workflow
from claims.models import Annotation, Claim, Piece, SavedFilter
from factdesk.change import Refused
from factdesk.errors import BadInput, NoSuchRecord, NotAllowed
from factdesk.people.models import User
from tests import attacks, lined, make
from tests.test_acts import signed_in
from tests.test_together import told

pytestmark = pytest.mark.django_db

PAGE = "/desk/queue/"


def found(query: str, by: User | None = None) -> list[str]:
    """The statements that an address gives, in their order, all pages."""
    person = by or make.user("checker")
    wanted = queue.read(QueryDict(query))
    assert wanted.unknown == ()
    return [claim.statement for claim in queue.cut(queue.narrowed(wanted, person), wanted).claims]


def shown(browser: Client, query: str = "") -> dict[int, str]:
    """Claim -> what stands behind its row on the page: "12.3.5.8"."""
    answer = browser.get(PAGE + query)
    assert answer.status_code == 200
    rows = {row["claim"].pk: row["seen"] for row in answer.context["rows"]}
    for seen in rows.values():
        assert f'name="row" value="{seen}"' in answer.content.decode() or 'name="claim"' not in answer.content.decode()
    return rows


# --- what is wanted ---


def test_each_filter_narrows_to_what_it_says():
    me = make.user("checker")
    piece = Piece.objects.create(document=make.document("Our story", kind="desk_copy"))
    source = make.source()
    claims: dict[str, dict[str, Any]] = {
        "Plain.": {}, "A must.": {"priority": "must"}, "A rule.": {"kind": "rule"}, "Mine.": {"assignee": me},
        "Theirs.": {"assignee": make.user()}, "In check.": {"state": "in_check"}, "Signed.": {"state": "signed_off"},
        "Closed.": {"state": "closed"}, "In the story.": {}, "Unnamed.": {}, "Waiting.": {}, "Overdue.": {},
        "Asked.": {}, "Look again.": {"look_again": True}, "Held.": {},
    }  # fmt: skip
    made = {statement: make.claim(statement, **facts) for statement, facts in claims.items()}
    make.attribution(made["In the story."], source, document=piece.document)
    make.attribution(made["Unnamed."], make.source(identity="unnamed"))
    attacks.clear(made["Held."], "hold")
    now = timezone.now()
    for statement, until in (("Waiting.", now + timedelta(hours=1)), ("Overdue.", now - timedelta(hours=1))):
        Annotation.objects.create(claim=made[statement], kind="question", body="When?", whom="Ada", until=until, by=me)
    Annotation.objects.create(claim=made["Asked."], kind="question", body="When?", by=me)  # of nobody, until no time
    is_open = set(claims) - {"Signed.", "Closed."}
    expected = {
        "": is_open,
        "state=any": set(claims),
        "state=new": is_open - {"In check."},
        "state=in_check": {"In check."},
        "state=signed_off": {"Signed."},
        "state=closed": {"Closed."},
        "kind=rule": {"A rule."},
        "priority=must": {"A must."},
        "who=me": {"Mine."},
        f"who={made['Theirs.'].assignee_id}": {"Theirs."},
        "who=nobody": is_open - {"Mine.", "Theirs."},
        f"piece={piece.pk}": {"In the story."},
        f"document={piece.document_id}": {"In the story."},
        f"source={source.pk}": {"In the story."},
        "warning=only_unnamed_origins": {"Unnamed."},
        "waits=waiting": {"Waiting.", "Overdue."},
        "waits=overdue": {"Overdue."},
        "waits=parked-not": is_open - {"Waiting.", "Overdue."},
        "again=1": {"Look again."},
        "verdict=accurate&state=any": {"Signed."},
        "clearance=hold": {"Held."},
        "q=story": {"In the story."},
        "q=nothing+of+that": set(),
        "kind=rule&priority=must": set(),
    }
    for query, statements in expected.items():
        assert set(found(query, me)) == statements, query


def test_what_an_address_says_that_nobody_understands_is_told_and_left_out():
    reader = signed_in(make.user("reader"))
    make.claim("It is there.")
    odd = (
        "state=sleeping&kind=gossip&who=you&piece=1;2&again=2&order=random&source=-1&waits=x&document=%00&verdict=good"
    )
    page = reader.get(f"{PAGE}?{odd}&after=nonsense")
    said = page.content.decode()
    for one in ("state=sleeping", "kind=gossip", "who=you", "piece=1;2", "again=2", "order=random", "source=-1",
                "waits=x", "verdict=good"):  # fmt: skip
        assert one in said
    assert "It is there." in said


@pytest.mark.parametrize(
    "place", ["0_", "_1", "3_1", "0_1_2", "2026-11-23_1", "2026-11-23T10:00:00_5", "0_" + "9" * 30, "\u0663_1", "0_-1"]
)  # fmt: skip
@pytest.mark.parametrize("order", ["priority", "changed", "newest"])
def test_a_place_that_is_none_is_the_start(place, order):
    make.claim("It is there.")
    wanted = queue.read({"order": order, "state": "open"})
    person = make.user()
    for way in ("after", "before"):
        assert len(queue.cut(queue.narrowed(wanted, person), wanted, **{way: place}).claims) == 1


def test_what_goes_without_saying_is_left_out_of_the_address():
    assert queue.read({}).query == ""
    assert queue.read({"state": "open", "order": "priority", "q": " ", "kind": ""}).query == ""
    assert queue.read({"q": "a & b", "who": "me"}).query == "who=me&q=a+%26+b"


# --- pages ---


@pytest.mark.parametrize("query", ["", "order=changed", "order=oldest", "order=newest", "state=any", "state=in_check"])
def test_pages_follow_each_other_there_and_back_without_a_gap(query):
    for number in range(11):
        make.claim(f"Number {number}.", priority=("must", "should", "could")[number % 3], state="in_check")
    person, wanted = make.user(), queue.read(QueryDict(query))
    seen: list[list[int]] = []
    page = queue.cut(queue.narrowed(wanted, person), wanted, most=4)
    assert page.before == ""
    while True:
        seen.append([claim.pk for claim in page.claims])
        if not page.after:
            break
        page = queue.cut(queue.narrowed(wanted, person), wanted, after=page.after, most=4)
    flat = [pk for one in seen for pk in one]
    assert (len(flat), len(set(flat)), [len(one) for one in seen]) == (11, 11, [4, 4, 3])
    for expected in reversed(seen[:-1]):
        page = queue.cut(queue.narrowed(wanted, person), wanted, before=page.before, most=4)
        assert [claim.pk for claim in page.claims] == expected
    assert page.before == ""
    assert page.after != ""


def test_a_page_neither_counts_nor_skips():
    for number in range(3):
        make.claim(f"Number {number}.")
    browser = signed_in(make.user("checker"))
    first = shown(browser)
    place = f"1_{max(first)}"
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert shown(browser, f"?after={place}") == {}
    said = " ".join(query["sql"] for query in asked.captured_queries if "claims_claim" in query["sql"])
    assert "OFFSET" not in said
    assert "COUNT(" not in said


@pytest.mark.parametrize(("role", "queries"), [("reader", 9), ("checker", 9), ("chief", 9)])
@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_queries_is_fixed(role, queries, rows, django_assert_num_queries):
    me = make.user(role)
    browser = signed_in(me)
    browser.get(PAGE)
    for number in range(rows):
        claim = make.claim(assignee=me)
        make.attribution(claim, document=make.document(publisher=make.outlet()))
        Annotation.objects.create(claim=claim, kind="question", body="When?", whom="Ada", by=me)
        savedfilters.keep(by=me, name=f"Filter {number}", query="who=me") if number < 20 else None
    with django_assert_num_queries(queries):
        browser.get(PAGE)


def test_restricted_material_is_veiled_in_rows_and_filters():
    secret = make.document("The secret memo", restricted=True)
    claim = make.claim("It is known.")
    make.attribution(claim, document=secret)
    piece = Piece.objects.create(document=make.document("The secret story", kind="desk_copy", restricted=True))
    checker, editor = signed_in(make.user("checker")), signed_in(make.user("editor"))
    for query in ("", f"?document={secret.pk}", f"?piece={piece.pk}"):
        page = checker.get(PAGE + query).content.decode()
        assert "secret" not in page
        assert ("It is known." in page) == (query == "")
    assert "The secret memo" in editor.get(f"{PAGE}?document={secret.pk}").content.decode()


# --- many at once ---


def send(browser: Client, do: str, claims: list[Claim], seen: dict[int, str], query: str = "", **more: str) -> Any:
    sent = {"do": do, "claim": [str(claim.pk) for claim in claims], "row": list(seen.values()), **more}
    return browser.post(PAGE + query, sent, follow=True)


def test_several_are_assigned_to_a_person_each_with_its_result():
    editor, checker = make.user("editor"), make.user("checker")
    good, moved, left = make.claim("Good."), make.claim("Moved."), make.claim("Left.")
    browser = signed_in(editor)
    seen = shown(browser)
    Claim.objects.filter(pk=moved.pk).update(place="Ulm")
    answer = send(browser, "assign_each", [good, moved], seen, "?order=newest", to=str(checker.pk))
    assert answer.redirect_chain == [(f"{PAGE}?order=newest", 302)]
    done, refused = sorted(told(answer), key=lambda one: "not done" in one)
    assert done.startswith("Assign: 1 claim.")
    assert f">{good.pk}</a>" in done
    assert "has changed since you looked" in refused
    assert f">{moved.pk}</a>" in refused
    assert dict(Claim.objects.values_list("pk", "assignee")) == {good.pk: checker.pk, moved.pk: None, left.pk: None}
    send(browser, "assign_each", [good], shown(browser), to="nobody")
    good.refresh_from_db()
    assert good.assignee is None


def test_nobody_is_assigned_who_was_not_chosen_or_may_not_take():
    browser, reader = signed_in(make.user("editor")), make.user("reader")
    claim = make.claim()
    for to in ("", "x", str(reader.pk), "999999999"):
        assert told(send(browser, "assign_each", [claim], shown(browser), to=to)) == ["Say to whom."]
    assert told(send(browser, "assign_each", [], shown(browser), to="nobody")) == ["Choose claims first."]
    claim.refresh_from_db()
    assert claim.assignee is None


def test_several_are_taken_and_what_another_has_is_refused():
    checker, other = make.user("checker"), make.user("checker")
    mine, theirs = make.claim(), make.claim()
    workflow.take(claim_id=theirs.pk, by=other)
    browser = signed_in(checker)
    answer = send(browser, "take_each", [mine, theirs], shown(browser))
    assert any(one.startswith("Take: 1 claim.") for one in told(answer))
    assert any(f"is with {other.username}" in one for one in told(answer))
    mine.refresh_from_db()
    assert (mine.state, mine.assignee) == ("in_check", checker)


def test_what_takes_a_word_more_is_asked_on_its_own_page_and_comes_back_to_the_queue():
    browser, claim = signed_in(make.user("editor")), make.claim()
    answer = send(browser, "close_each", [claim], shown(browser), "?order=newest")
    [(address, _)] = answer.redirect_chain
    assert parse_qs(urlsplit(address).query)["back"] == [f"{PAGE}?order=newest"]
    done = browser.post(address, {"because": "dropped", "reason": "No time."})
    assert done["Location"] == f"{PAGE}?order=newest"
    claim.refresh_from_db()
    assert claim.state == "closed"
    elsewhere = browser.get(
        f"/admin/claims/claim/together/?do=close_each&rows={claim.pk}.1.1.0&back=https://bad.example/?x"
    )
    assert "bad.example" not in re.sub(r'(value|action)="[^"]*"', "", elsewhere.content.decode())


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("reader", ""),
        ("reporter", ""),
        ("checker", "take_each tick_each submit_each still_stands_each"),
        (
            "editor",
            "assign_each take_each tick_each submit_each initial_each still_stands_each send_back_each close_each",
        ),
        ("legal", ""),
    ],
)
def test_whose_role_has_it_not_is_not_offered_it_and_does_not_do_it(role, offered):
    claim, browser = make.claim(), signed_in(make.user(role))
    page = browser.get(PAGE).content.decode()
    assert re.findall(r'name="do" value="(\w+_each)"', page) == offered.split()
    assert ('type="checkbox" name="claim"' in page) == bool(offered)
    every = ["assign_each", "take_each", "tick_each", "submit_each", "initial_each", "still_stands_each",
             "send_back_each", "close_each", "delete_selected", ""]  # fmt: skip
    for name in set(every) - set(offered.split()):
        sent = {"do": name, "claim": str(claim.pk), "row": f"{claim.pk}.1.1.0", "to": "nobody"}
        assert browser.post(PAGE, sent).status_code == 403
    claim.refresh_from_db()
    assert (claim.state, claim.version) == ("new", 1)


def test_what_was_not_shown_is_not_done():
    claim, browser = make.claim(), signed_in(make.user("checker"))
    for odd in ("", "1", "x.1.1.1", f"{claim.pk}.1.1", "1.2.3.4.5", f"{claim.pk}.1.9.0"):
        browser.post(PAGE, {"do": "take_each", "claim": [str(claim.pk)], "row": [odd]})
    claim.refresh_from_db()
    assert claim.state == "new"


# --- filters under a name ---


def test_a_view_is_kept_under_a_name_found_again_written_over_and_dropped():
    checker = make.user("checker")
    browser = signed_in(checker)
    assert browser.post(f"{PAGE}?priority=must&order=priority", {"do": "keep", "name": " Musts "}).status_code == 302
    [kept] = SavedFilter.objects.all()
    assert (kept.name, kept.query, kept.shared, kept.on_today) == ("Musts", "priority=must", False, False)
    assert '<a class="kept" href="?priority=must">Musts' in browser.get(PAGE).content.decode()
    browser.post(f"{PAGE}?priority=could", {"do": "keep", "name": "Musts", "on_today": "on"})
    kept.refresh_from_db()
    assert (kept.query, kept.on_today) == ("priority=could", True)
    assert signed_in(make.user("editor")).get(PAGE).context["kept"] == []
    browser.post(PAGE, {"do": "drop", "filter": str(kept.pk)})
    assert browser.get(PAGE).context["kept"] == []
    assert SavedFilter.objects.filter(pk=kept.pk).exists()  # nothing is deleted
    assert kept.events.count() == 3
    browser.post(PAGE, {"do": "keep", "name": "Musts"})
    assert len(browser.get(PAGE).context["kept"]) == 1


@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "editor", "chief", "legal"])
def test_everybody_keeps_their_own_and_editors_share(role):
    person, other = make.user(role), make.user("checker")
    savedfilters.keep(by=person, name="Mine", query="who=me")
    if role in ("editor", "chief"):
        savedfilters.keep(by=person, name="Ours", query="who=nobody", shared=True)
        assert [one.name for one in savedfilters.of(other)] == ["Ours"]
        page = signed_in(other).get(PAGE).content.decode()
        assert "Ours" in page
        assert "for the whole desk" not in page
        with pytest.raises(NotAllowed):
            savedfilters.drop(by=other, filter_id=SavedFilter.objects.get(name="Ours").pk)
        savedfilters.drop(by=make.user("editor"), filter_id=SavedFilter.objects.get(name="Ours").pk)
    else:
        with pytest.raises(NotAllowed):
            savedfilters.keep(by=person, name="Ours", query="", shared=True)
    with pytest.raises(NoSuchRecord):
        savedfilters.drop(by=other, filter_id=SavedFilter.objects.get(name="Mine").pk)
    assert [one.name for one in savedfilters.of(person)] == ["Mine"]
    with pytest.raises(NotAllowed):
        savedfilters.keep(by=make.user(role, is_active=False), name="Mine", query="")


def test_one_filter_at_a_time_stands_on_today(sql):
    me = make.user()
    for name in ("One", "Two"):
        savedfilters.keep(by=me, name=name, query="who=me", on_today=True)
    assert dict(SavedFilter.objects.values_list("name", "on_today")) == {"One": False, "Two": True}
    with attacks.refused("savedfilter_one_on_today"):
        sql("UPDATE claims_savedfilter SET on_today = true")
    with attacks.refused("savedfilter_once"):
        sql("UPDATE claims_savedfilter SET name = 'One'")
    with attacks.forbidden():
        sql("UPDATE claims_savedfilter SET person_id = %s", [make.user().pk])
    with attacks.forbidden():
        sql("DELETE FROM claims_savedfilter")


def test_a_name_and_no_more_than_thirty_of_them(monkeypatch):
    me = make.user()
    for name in ("", "  "):
        with pytest.raises(Refused) as refused:
            savedfilters.keep(by=me, name=name, query="")
        assert refused.value.code == "savedfilter_has_a_name"
    monkeypatch.setattr(savedfilters, "MOST", 1)
    savedfilters.keep(by=me, name="One", query="")
    with pytest.raises(BadInput):
        savedfilters.keep(by=me, name="Two", query="")
    savedfilters.keep(by=me, name="One", query="who=me")
    browser = signed_in(me)
    answer = browser.post(f"{PAGE}?kind=rule", {"do": "keep", "name": "Two", "on_today": "on"})
    assert answer.status_code == 400
    said = answer.content.decode()
    assert 'value="Two"' in said
    assert "drop one first" in said
    assert '<input type="checkbox" name="on_today" checked>' in said


def test_an_old_filter_that_asks_for_what_is_no_more_still_opens():
    me = make.user()
    SavedFilter.objects.create(person=me, name="Old", query="state=sleeping&who=me&then=1")
    make.claim("Mine.", assignee=me)
    page = signed_in(me).get(f"{PAGE}?state=sleeping&who=me&then=1").content.decode()
    assert "Mine." in page
    assert "Not understood: state=sleeping" in page


def test_the_form_says_the_order_that_the_claims_do_come_in():
    reader = signed_in(make.user("reader"))
    for query, order in (("", "priority"), ("state=any", "changed"), ("state=any&order=newest", "newest")):
        filters = {one.name: one.chosen for one in reader.get(f"{PAGE}?{query}").context["filters"]}
        assert filters["order"] == (order,)


def test_a_filter_takes_several_values_and_says_them_in_its_form():
    me, other = make.user("checker"), make.user("checker", first_name="Zoe", last_name="Quill")
    made = {
        "Mine.": make.claim("Mine.", kind="rule", assignee=me),
        "Theirs.": make.claim("Theirs.", kind="event", assignee=other, priority="must"),
        "Nobody's.": make.claim("Nobody's.", kind="causal"),
        "Signed.": make.claim("Signed.", kind="rule", state="signed_off"),
        "Closed.": make.claim("Closed.", kind="event", state="closed"),
    }
    make.attribution(made["Mine."], make.source(identity="unnamed"))
    make.accusation(made["Mine."])
    make.accusation(made["Theirs."])
    expected = {
        "kind=rule&kind=event": {"Mine.", "Theirs."},
        "who=me&who=nobody": {"Mine.", "Nobody's."},
        f"who={other.pk}&who=nobody": {"Theirs.", "Nobody's."},
        "state=open&state=closed": {"Mine.", "Theirs.", "Nobody's.", "Closed."},
        "state=signed_off&state=closed": {"Signed.", "Closed."},
        "state=closed&state=any": set(made),
        "priority=must&priority=could&kind=event": {"Theirs."},
        "warning=single_origin&warning=only_unnamed_origins": {"Mine."},
        "accuses=somebody": {"Mine.", "Theirs."},
    }
    for query, statements in expected.items():
        assert set(found(query, me)) == statements, query
    filters = {
        one.name: one for one in signed_in(me).get(f"{PAGE}?kind=rule&kind=event&who={other.pk}").context["filters"]
    }
    assert (filters["kind"].told, filters["who"].told, filters["state"].told) == ("Event, Rule", "Zoe Quill", "open")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("state=closed&state=new", "state=new&state=closed"),
        ("state=new&state=in_check&state=in_review", ""),
        ("state=open&state=closed", "state=new&state=in_check&state=in_review&state=closed"),
        ("state=closed&state=any", "state=any"),
        ("kind=rule&kind=rule&kind=gossip", "kind=rule"),
        ("order=newest&order=oldest", "order=oldest"),
    ],
)
def test_the_address_of_several_values_says_each_once(asked, said):
    assert queue.read(QueryDict(asked)).query == said


def test_a_row_leads_to_its_line_while_it_is_checked_and_to_the_claim_after_that():
    _piece, copy = lined.piece()
    checked, reviewed, loose = make.claim(state="in_check"), make.claim(state="in_review"), make.claim()
    lined.stands(checked, copy, "burned")
    lined.stands(reviewed, copy, "hurt")
    secret = lined.copy("The mill burned.", of=make.document("Secret", restricted=True))
    hidden = make.claim()
    lined.stands(hidden, secret, "burned")
    rows = {row["claim"]: row for row in signed_in(make.user("checker")).get(PAGE).context["rows"]}
    at_line = f"/desk/copy/{copy.document_id}/?claim="
    assert rows[checked]["leads"] == f"{at_line}{checked.pk}"
    assert rows[checked]["also"] == f"/admin/claims/claim/{checked.pk}/change/"
    assert rows[reviewed]["leads"] == f"/admin/claims/claim/{reviewed.pk}/change/"
    assert rows[reviewed]["also"] == f"{at_line}{reviewed.pk}"
    for one in (loose, hidden):
        assert (rows[one]["leads"], rows[one]["also"]) == (f"/admin/claims/claim/{one.pk}/change/", "")


def test_the_copy_opens_at_the_line_of_a_claim_and_says_where_it_has_none():
    _piece, copy = lined.piece()
    claim, gone = make.claim(), make.claim()
    lined.stands(claim, copy, "hurt")
    browser, page = signed_in(make.user("checker")), f"/desk/copy/{copy.document_id}/?claim="
    here = browser.get(f"{page}{claim.pk}").context["here"]
    assert (here.claim, "hurt" in here.line.words) == (claim, True)
    assert "This claim stands on no line of this copy." in browser.get(f"{page}{gone.pk}").content.decode()


def test_a_shared_view_says_on_today_to_whom_it_stands_there_alone():
    editor, checker = make.user("editor", first_name="Tom", last_name="Achebe"), make.user("checker")
    savedfilters.keep(by=editor, name="Musts", query="priority=must", shared=True, on_today=True)
    theirs, own = (signed_in(one).get(PAGE).content.decode() for one in (checker, editor))
    assert "Tom Achebe</span>" in theirs
    assert "on Today" not in theirs
    assert "on Today" in own


def test_a_print_of_the_queue_says_what_it_shows():
    page = signed_in(make.user("checker")).get(f"{PAGE}?kind=rule&kind=event&who=me&waits=overdue&q=mill")
    assert page.context["asked"] == ["With: me", "Kind: Event, Rule", "Waits: overdue", "“mill”"]
    assert signed_in(make.user("checker")).get(PAGE).context["asked"] == []
