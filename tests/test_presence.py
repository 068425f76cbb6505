"""Who is at which line now: told to the others at that document, for a minute, and kept nowhere."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from claims import presence, tasks
from claims.models import Presence
from factdesk.errors import NoSuchRecord, NotAllowed
from sources.models import Sentence
from tests import make
from tests.test_acts import signed_in

pytestmark = pytest.mark.django_db
HERE = "/desk/presence/"


@pytest.fixture
def copy():
    """A copy with two lines."""
    saved = make.snapshot("It rained. It snowed.", of=make.document(kind="desk_copy"))
    return saved.document, [Sentence.objects.create(snapshot=saved, start=s, end=e) for s, e in ((0, 10), (11, 21))]


def ago(person, seconds: float) -> None:
    Presence.objects.filter(person=person).update(at=timezone.now() - timedelta(seconds=seconds))


def test_the_others_at_a_copy_are_told_with_their_lines_for_a_minute(copy):
    document, (first, second) = copy
    ida, tom = make.user("checker", first_name="Ida"), make.user("editor", username="tom")
    presence.be_at(document.pk, first.pk, by=ida)
    presence.be_at(document.pk, None, by=tom)
    assert [(one.name, one.sentence_id) for one in presence.who_is_at(document.pk, by=tom)] == [("Ida", first.pk)]
    assert [(one.name, one.sentence_id) for one in presence.who_is_at(document.pk, by=ida)] == [("tom", None)]
    presence.be_at(document.pk, second.pk, by=ida)
    assert [one.sentence_id for one in presence.who_is_at(document.pk, by=tom)] == [second.pk]
    ago(ida, 61)
    assert presence.who_is_at(document.pk, by=tom) == []
    elsewhere = make.document()
    presence.be_at(elsewhere.pk, None, by=ida)
    assert presence.who_is_at(document.pk, by=tom) == []
    assert Presence.objects.count() == 2


def test_who_stays_at_a_line_is_written_down_every_ten_seconds_at_the_most(copy):
    document, (first, second) = copy
    ida = make.user()
    presence.be_at(document.pk, first.pk, by=ida)
    for seconds, moves in ((9, False), (11, True)):
        ago(ida, seconds)
        before = Presence.objects.get().at
        presence.be_at(document.pk, first.pk, by=ida)
        assert (Presence.objects.get().at != before) == moves
    before = Presence.objects.get().at
    presence.be_at(document.pk, second.pk, by=ida)
    assert Presence.objects.get().at > before


def test_it_takes_one_statement_beside_the_looks_at_what_may_be_seen(copy, django_assert_num_queries):
    document, (first, _) = copy
    ida = make.user()
    with django_assert_num_queries(3):
        presence.be_at(document.pk, first.pk, by=ida)


def test_nobody_is_at_what_they_may_not_see(copy):
    document, (first, _) = copy
    other = make.document(restricted=True)
    checker, editor = make.user("checker"), make.user("editor")
    for call in (
        lambda: presence.be_at(other.pk, None, by=checker),
        lambda: presence.who_is_at(other.pk, by=checker),
        lambda: presence.be_at(make.document().pk, first.pk, by=checker),
        lambda: presence.be_at(10**12, None, by=checker),
    ):
        with pytest.raises(NoSuchRecord):
            call()
    presence.be_at(other.pk, None, by=editor)
    with pytest.raises(NotAllowed):
        presence.be_at(document.pk, None, by=make.user("reader", is_active=False))
    assert list(Presence.objects.values_list("person", flat=True)) == [editor.pk]


def test_it_is_asked_by_script_with_a_session_and_a_token_against_forgery(copy):
    document, (first, _) = copy
    ida, tom = make.user(username="ida"), make.user(username="tom")
    presence.be_at(document.pk, None, by=tom)
    browser = signed_in(ida)

    def ask(body: str, client: Client = browser):
        return client.post(HERE, body, content_type="application/json")

    answer = ask(json.dumps({"document": document.pk, "sentence": first.pk}))
    [other] = answer.json()["others"]
    assert (other["name"], other["sentence"]) == ("tom", None)
    assert Presence.objects.get(person=ida).sentence == first
    for wrong in ("", "[]", "{}", "null", '{"document": true}', '{"document": 1.5}', '{"document": "1"}',
                  '{"document": 0}', f'{{"document": {document.pk}, "sentence": "x"}}', '{"document": 1e99}',
                  f'{{"document": {2**63}}}'):  # fmt: skip
        assert ask(wrong).status_code == 400
    assert ask(json.dumps({"document": 10**12})).status_code == 404
    assert browser.get(HERE).status_code == 405
    assert ask("{}", Client()).status_code == 302
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(ida)
    assert ask(json.dumps({"document": document.pk}), guarded).status_code == 403


def test_nothing_is_kept_of_it(copy, monkeypatch):
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    document, _ = copy
    ida, tom = make.user(), make.user()
    for person in (ida, tom):
        presence.be_at(document.pk, None, by=person)
    ago(ida, 25 * 3600)
    assert tasks.forget_who_was_where(0) == 1
    assert list(Presence.objects.values_list("person", flat=True)) == [tom.pk]
    assert "presenceevent" not in apps.all_models["claims"]
