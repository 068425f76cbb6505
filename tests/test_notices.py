"""Who is told of what: by the database, once, never of what they did themselves; in the desk and by mail."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from claims import editing, notices, reply, tasks, workflow
from claims.models import Claim, Notice, NoticeSwitch, Piece
from factdesk.errors import BadInput, NotAllowed
from tests import attacks, make
from tests.test_acts import signed_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def worker_keeps_the_connection(monkeypatch):
    """A job lets go of its connection when it is done: here that would be the test's own transaction."""
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)


def told() -> set[tuple[str, str]]:
    return set(Notice.objects.values_list("person__username", "about"))


@pytest.fixture
def people():
    return [make.user(role, username=role, email=f"{role}@example.org") for role in ("checker", "editor", "chief")]


def asked(people, hours: float = 24):
    checker, editor, _ = people
    claim = make.claim(kind="allegation")
    accusation = make.accusation(claim)
    workflow.take(claim_id=claim.pk, by=checker)
    now = timezone.now()
    reply.request_reply(
        accusation_id=accusation.pk, by=editor, put="Is it so?", channel="mail", sent_at=now - timedelta(days=2),
        deadline=now + timedelta(hours=hours),
    )  # fmt: skip
    return claim, accusation


def test_whoever_is_assigned_is_told_and_who_takes_it_is_not(people):
    checker, editor, _ = people
    claim = make.claim()
    workflow.assign(claim_id=claim.pk, to=checker, by=editor)
    assert told() == {("checker", "assigned")}
    workflow.assign(claim_id=claim.pk, to=None, by=editor)
    workflow.take(claim_id=claim.pk, by=editor)
    assert told() == {("checker", "assigned")}
    notice = Notice.objects.get()
    assert (notice.by, notice.claim, notice.seen_at) == (editor, claim, None)


def test_an_assignment_by_raw_sql_is_told_as_well(people, sql):
    claim = make.claim()
    sql("UPDATE claims_claim SET assignee_id = %s WHERE id = %s", [people[0].pk, claim.pk])
    assert told() == {("checker", "assigned")}


def test_who_has_it_found_it_and_signed_it_hear_of_its_going_back(people):
    checker, editor, chief = people
    claim = make.claim()
    found = workflow.tick(claim_id=claim.pk, revision=1, by=checker)
    workflow.send_back(assessment_id=found.pk, revision=1, by=editor, note="Who saw it?")
    assert told() == {("checker", "sent_back")}
    again = workflow.tick(claim_id=claim.pk, revision=1, by=checker)
    workflow.sign_off(assessment_id=again.pk, revision=1, by=editor)
    workflow.reopen(claim_id=claim.pk, by=chief, reason="A letter.")
    assert told() == {("checker", "sent_back"), ("checker", "reopened"), ("editor", "reopened")}


def test_a_claim_that_reopens_by_itself_is_told_too(people):
    checker, editor, _ = people
    claim = make.claim()
    found = workflow.tick(claim_id=claim.pk, revision=1, by=checker)
    workflow.sign_off(assessment_id=found.pk, revision=1, by=editor)
    claim.refresh_from_db()
    editing.edit(claim_id=claim.pk, version=claim.version, by=checker, columns={"statement": "Otherwise."})
    assert told() == {("editor", "reopened")}


@pytest.mark.parametrize(("hours", "due"), [(24, False), (0.5, True), (-0.5, True)])
def test_a_reply_that_is_due_or_did_not_come_is_told(people, hours, due):
    asked(people, hours)
    tasks.pass_the_time(0)
    assert told() == ({("checker", "reply_due"), ("editor", "reply_due")} if due else set())
    assert tasks.pass_the_time(0) == 0


def test_a_reply_that_came_or_is_not_needed_is_not_asked_for(people):
    _, accusation = asked(people, 0.5)
    reply.record_reply(accusation_id=accusation.pk, by=people[0], outcome="declined")
    _, exempt = asked(people, 0.5)
    reply.exempt(accusation_id=exempt.pk, by=people[1], exempt="dead", because="Died in May.")
    assert tasks.pass_the_time(0) == 0


def test_a_late_reply_is_told_to_who_asked_who_has_it_and_who_cleared_it(people):
    checker, editor, chief = people
    claim, accusation = asked(people, -1)
    claim.refresh_from_db()
    found = workflow.assess(
        claim_id=claim.pk, revision=claim.revision, by=checker, verdict="disputed", rationale="So.", submit=True
    )
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=chief)
    workflow.clear(claim_id=claim.pk, revision=claim.revision, by=chief, value="clear")
    third = make.user("checker", username="third")
    reply.record_reply(accusation_id=accusation.pk, by=third, outcome="replied", reply="I was not there.")
    claim.refresh_from_db()
    assert (claim.clearance, claim.state) == ("hold", "in_check")
    late = {("checker", "late_reply"), ("editor", "late_reply"), ("chief", "late_reply")}
    assert {one for one in told() if one[1] == "late_reply"} == late


def test_a_mention_finds_its_person_by_name_and_only_them(people):
    checker, *_ = people
    claim = make.claim()
    body = "Ask @Editor. Not checker@example.org, nor @nobody; (@chief) knows."
    editing.add(part="annotation", claim_id=claim.pk, by=checker, columns={"kind": "comment", "body": body})
    assert told() == {("editor", "mention"), ("chief", "mention")}


def test_who_has_left_is_told_nothing(people):
    checker, *_ = people
    type(checker).objects.filter(pk=checker.pk).update(is_active=False)
    workflow_claim = make.claim()
    Claim.objects.filter(pk=workflow_claim.pk).update(assignee=checker)
    assert told() == set()


def test_a_day_of_review_marks_the_claim_once(people):
    checker, editor, _ = people
    claim = make.claim()
    found = workflow.assess(
        claim_id=claim.pk, revision=1, by=checker, verdict="accurate", rationale="So.", submit=True,
        review_by=timezone.localdate(),
    )  # fmt: skip
    workflow.sign_off(assessment_id=found.pk, revision=1, by=editor)
    later = make.claim()
    workflow.sign_off(
        assessment_id=workflow.assess(
            claim_id=later.pk, revision=1, by=checker, verdict="accurate", rationale="So.", submit=True,
            review_by=timezone.localdate() + timedelta(days=1),
        ).pk,
        revision=1, by=editor,
    )  # fmt: skip
    assert tasks.ask_for_reviews(0) == 1
    assert told() == {("checker", "review_due"), ("editor", "review_due")}
    assert list(Claim.objects.filter(look_again=True)) == [claim]
    workflow.still_stands(claim_id=claim.pk, by=checker, revision=1)
    assert tasks.ask_for_reviews(0) == 0
    assert not Claim.objects.filter(look_again=True).exists()


def test_an_embargo_that_ends_is_told_to_who_waits_for_it(people):
    checker, editor, _ = people
    claim = make.claim()
    document = make.document(embargo_until=timezone.now() - timedelta(minutes=5))
    make.attribution(claim, document=document)
    claim.refresh_from_db()
    found = workflow.tick(claim_id=claim.pk, revision=claim.revision, by=checker)
    workflow.sign_off(assessment_id=found.pk, revision=claim.revision, by=editor)
    workflow.clear(claim_id=claim.pk, revision=claim.revision, by=editor, value="hold")
    tasks.pass_the_time(0)
    assert told() == {("checker", "embargo_ended"), ("editor", "embargo_ended")}
    assert tasks.pass_the_time(0) == 0


# --- read, switched, mailed ---


def test_each_sees_their_own_and_marks_them_seen(people):
    checker, editor, _ = people
    for _ in range(3):
        workflow.assign(claim_id=make.claim().pk, to=checker, by=editor)
    assert (notices.unseen(checker), notices.unseen(editor)) == (3, 0)
    newest = notices.of(checker).first()
    assert notices.see(by=editor, up_to=newest.pk) == 0
    assert notices.see(by=checker, up_to=newest.pk - 1) == 2
    assert notices.unseen(checker) == 1


def test_whoever_opens_the_page_of_what_they_were_told_of_has_seen_it(people, django_assert_num_queries):
    checker, editor, chief = people
    claim, other = make.claim(), make.claim()
    ours = Piece.objects.create(
        document=make.document("Our story", kind="desk_copy"), checker=checker,
        page_closes_at=timezone.now() + timedelta(minutes=5),
    )  # fmt: skip
    make.attribution(make.claim(priority="must"), document=ours.document)
    for one in (claim, other):
        workflow.assign(claim_id=one.pk, to=checker, by=editor)
    tasks.pass_the_time(0)
    browsers = {person: signed_in(person) for person in people}
    page = reverse("admin:claims_claim_change", args=[claim.pk])
    browsers[editor].get(page)
    assert notices.unseen(checker) == 3  # another's looking is not theirs
    answer = browsers[checker].get(page)
    assert "2 for you" in answer.content.decode()
    assert set(Notice.objects.filter(seen_at__isnull=True).values_list("claim", "piece")) == {
        (other.pk, None), (None, ours.pk),
    }  # fmt: skip
    browsers[checker].get(reverse("admin:sources_document_change", args=[ours.document_id]))
    assert notices.unseen(checker) == 1
    with django_assert_num_queries(1):
        assert notices.opened(by=chief, claim_id=claim.pk) == 0


def test_what_is_switched_off_is_not_told(people):
    checker, editor, _ = people
    assert set(notices.switches(checker).values()) == {(True, True)}
    notices.switch(by=checker, about="assigned", in_desk=False, by_mail=True)
    workflow.assign(claim_id=make.claim().pk, to=checker, by=editor)
    assert notices.unseen(checker) == 0
    assert notices.send("http://desk") == 1
    notices.switch(by=checker, about="assigned", in_desk=False, by_mail=False)
    workflow.assign(claim_id=make.claim().pk, to=checker, by=editor)
    assert Notice.objects.count() == 1
    notices.switch(by=checker, about="assigned", in_desk=True, by_mail=False)
    workflow.assign(claim_id=make.claim().pk, to=checker, by=editor)
    assert notices.unseen(checker) == 2  # the first one is still there
    assert notices.send("http://desk") == 0
    assert NoticeSwitch.objects.count() == 1
    with pytest.raises(BadInput):
        notices.switch(by=checker, about="weather", in_desk=True, by_mail=True)


def test_mail_says_what_and_where_once_and_holds_no_words_of_the_record(people):
    checker, editor, _ = people
    claim = make.claim("The mayor took the money.")
    workflow.assign(claim_id=claim.pk, to=checker, by=editor)
    found = workflow.tick(claim_id=claim.pk, revision=1, by=checker)
    workflow.send_back(assessment_id=found.pk, revision=1, by=editor, note="The secret ledger?")
    nobody = make.user("checker", username="no-mail")
    workflow.assign(claim_id=make.claim().pk, to=nobody, by=editor)
    assert notices.send("http://desk") == 1
    [letter] = mail.outbox
    assert letter.to == ["checker@example.org"]
    assert letter.subject == "factdesk: 2 for you"
    assert f"- Sent back (editor): http://desk/admin/claims/claim/{claim.pk}/change/" in letter.body
    assert "mayor" not in letter.body
    assert "ledger" not in letter.body
    assert notices.send("http://desk") == 0


def test_mail_that_does_not_go_out_is_tried_again(people, monkeypatch):
    checker, editor, _ = people
    workflow.assign(claim_id=make.claim().pk, to=checker, by=editor)

    def down(*args, **kwargs):
        raise OSError("no route")

    with monkeypatch.context() as broken:
        broken.setattr(notices, "get_connection", down)
        with pytest.raises(OSError, match="no route"):
            notices.send("http://desk")
    assert notices.send("http://desk") == 1


def test_one_bad_address_keeps_nobody_elses_mail_back_and_is_told_at_the_end(people, monkeypatch):
    checker, editor, chief = people
    for person, address in ((checker, "checker@nowhere.example"), (chief, "chief@example.org")):
        type(person).objects.filter(pk=person.pk).update(email=address)
        workflow.assign(claim_id=make.claim().pk, to=person, by=editor)
    deliver = notices.send_mail

    def refuse_one(subject, body, sender, to, **kwargs):
        if to == ["checker@nowhere.example"]:
            raise SMTPRecipientsRefused({to[0]: (550, b"no such user")})
        deliver(subject, body, sender, to, **kwargs)

    monkeypatch.setattr(notices, "send_mail", refuse_one)
    for letters in (1, 0):
        mail.outbox.clear()
        with pytest.raises(ExceptionGroup, match=f"1 of {letters + 1} mails") as told:
            notices.send("http://desk")
        assert told.value.subgroup(SMTPRecipientsRefused).exceptions[0].__notes__ == [f"mail to person {checker.pk}"]
        assert [one.to for one in mail.outbox] == [["chief@example.org"]] * letters
    assert set(Notice.objects.filter(mailed_at__isnull=True).values_list("person", flat=True)) == {checker.pk}


def test_nobody_writes_or_deletes_notices(people, sql):
    with attacks.forbidden():
        sql("INSERT INTO claims_notice (created_at, person_id, about, key, claim_id) VALUES (now(), 1, 'm', '', 1)")
    with attacks.forbidden():
        sql("DELETE FROM claims_notice")
    with attacks.forbidden():
        sql("UPDATE claims_notice SET person_id = 1")
    with attacks.forbidden():
        sql("SELECT claims_tell(1, 'mention', 1, NULL, NULL, 'x')")


def test_who_may_not_read_is_told_nothing():
    stranger = make.user("reader", is_active=False)
    with pytest.raises(NotAllowed):
        notices.see(by=stranger, up_to=1)
