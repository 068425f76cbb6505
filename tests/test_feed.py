"""The feed of changes: what it tells, to whom, by pages; and that nobody but the database writes it."""

import pytest
from django.db import DatabaseError, connection, transaction

from claims.models import Annotation, Claim, CopyChange, Piece, Ruling
from factdesk.changes import cursors
from factdesk.changes.cursors import Position
from sources.models import Document, Sentence
from tests import calls, make, rich
from tests.calls import faults, problem

pytestmark = pytest.mark.django_db

FEED = "/api/v1/changes/"

# Written out again on purpose: table -> resource, what says which object, and its place in a transaction.
FOLLOWED = {
    "sources_source": ("sources", 10),
    "sources_affiliation": ("affiliations", 15),
    "sources_document": ("documents", 20),
    "sources_snapshot": ("documents", 20),
    "sources_passage": ("passages", 30),
    "claims_piece": ("pieces", 35),
    "claims_claim": ("claims", 40),
    "claims_quantity": ("quantities", 50),
    "claims_attribution": ("attributions", 52),
    "claims_evidence": ("evidence", 54),
    "claims_accusation": ("accusations", 56),
    "claims_annotation": ("annotations", 58),
    "claims_relation": ("relations", 60),
    "claims_usage": ("usages", 62),
    "claims_copychange": ("copy_changes", 64),
    "claims_assessment": ("assessments", 70),
    "claims_signoff": ("sign_offs", 72),
    "claims_clearance": ("clearances", 74),
    "claims_replyrequest": ("reply_requests", 76),
    "claims_ruling": ("rulings", 78),
}


def commit():
    """What a commit does to the feed, within the test's transaction: what was changed gets its number."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def page(program, query=""):
    answer = program.get(FEED + query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def moment(program):
    """The cursor of now."""
    commit()
    return page(program, "?since=now")["cursor"]


def told(program, since, query=""):
    """What was changed since: resource, id, version."""
    commit()
    rows = page(program, f"?since={since}&limit=1000{query}")["results"]
    return [(row["resource"], int(row["id"]), row["version"]) for row in rows]


@pytest.fixture
def editor(db):
    return calls.caller(make.user("editor"), ["review"])


def test_an_object_is_told_once_a_transaction_at_the_version_that_it_has_in_the_end(editor):
    since = moment(editor)
    with transaction.atomic():
        claim = make.claim()
        for place in ("Here", "There", "Nowhere"):
            Claim.objects.filter(pk=claim.pk).update(place=place)
    assert told(editor, since) == [("claims", claim.pk, 4)]


def test_what_was_undone_is_not_told(editor):
    claim, since = make.claim(), moment(editor)
    with transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(place="Here")
        transaction.set_rollback(True)
    assert told(editor, since) == []
    with transaction.atomic():
        with transaction.atomic():
            Claim.objects.filter(pk=claim.pk).update(place="Here")
            transaction.set_rollback(True)
        Claim.objects.filter(pk=claim.pk).update(place="There")
    assert told(editor, since) == [("claims", claim.pk, 2)]


def test_a_statement_that_changes_no_row_is_no_change(editor):
    since = moment(editor)
    Claim.objects.filter(pk=-1).update(place="Here")
    commit()
    assert page(editor, f"?since={since}")["cursor"] == since


def test_a_saved_copy_is_its_documents_change(editor):
    document, since = make.document(), moment(editor)
    make.snapshot(of=document)
    assert told(editor, since) == [("documents", document.pk, 1)]


def test_who_names_the_others_comes_after_them(editor):
    since = moment(editor)
    with transaction.atomic():
        claim = make.claim()
        make.attribution(claim, make.source(), document=make.document())
    assert [resource for resource, _, _ in told(editor, since)] == ["sources", "documents", "claims", "attributions"]


def test_every_table_that_the_api_shows_is_followed(sql, editor):
    """By what it tells of a desk that has everything, and by the triggers that there are."""
    since = moment(editor)
    rich.desk()
    seen = {resource for resource, _, _ in told(editor, since)}
    assert seen == {resource for resource, _ in FOLLOWED.values()}
    triggers = sql(
        "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE t.tgname IN ('changes_insert', 'changes_update') GROUP BY 1"
    )
    assert dict(triggers) == dict.fromkeys(FOLLOWED, 2)
    stored = sql("SELECT DISTINCT resource, place FROM changes_change")
    assert set(stored) <= set(FOLLOWED.values())


def test_each_row_is_where_its_address_says(editor):
    since = moment(editor)
    rich.desk()
    commit()
    first = {}
    for row in page(editor, f"?since={since}&limit=1000")["results"]:
        first.setdefault(row["resource"], row)
    for row in first.values():
        answer = editor.get(row["url"])
        assert (answer.status_code, answer.json()["id"]) == (200, row["id"]), row
        assert answer["ETag"] == f'"{row["version"]}"', row
        if "claim" in answer.json():
            claim = answer.json()["claim"]
            assert row["claim"] == (claim["id"] if isinstance(claim, dict) else claim), row


# --- pages ---


def test_a_large_transaction_comes_by_pages_each_row_once(editor):
    since = moment(editor)
    with transaction.atomic():
        claims = [make.claim() for _ in range(25)]
    make.claim()
    commit()
    whole = page(editor, f"?since={since}&limit=1000")["results"]
    assert len(whole) == 26
    assert [int(row["id"]) for row in whole[:25]] == sorted(claim.pk for claim in claims)
    found, address = [], f"{FEED}?since={since}&limit=4"
    for number in range(7):
        got = editor.get(address).json()
        found += got["results"]
        address = got["next"]
        assert got["more"] is (number < 6)
    assert found == whole
    assert editor.get(address).json()["results"] == []


def test_a_row_has_a_cursor_of_its_own(editor):
    since = moment(editor)
    with transaction.atomic():
        for _ in range(3):
            make.claim()
    commit()
    rows = page(editor, f"?since={since}")["results"]
    assert page(editor, f"?since={rows[0]['cursor']}")["results"] == rows[1:]
    assert page(editor, f"?since={rows[2]['cursor']}")["results"] == []


def test_without_since_it_begins_with_the_oldest_that_is_kept(editor, sql):
    make.claim()
    commit()
    [kept] = sql("SELECT count(*) FROM changes_change")
    assert len(page(editor, "?limit=1000")["results"]) == kept[0]


def test_an_empty_page_has_a_cursor_too(editor):
    since = moment(editor)
    again = page(editor, f"?since={since}")
    assert again == {"next": f"http://testserver{FEED}?since={since}", "cursor": since, "more": False, "results": []}


def test_one_resource_alone_may_be_followed(editor):
    claim, since = make.claim(), moment(editor)
    with transaction.atomic():
        figure = make.quantity(claim)
    make.source()
    commit()
    assert told(editor, since, "&resource=quantities") == [("quantities", figure.pk, 1)]
    other = make.claim()
    both = told(editor, since, "&resource=quantities&resource=claims")
    assert both == [("quantities", figure.pk, 1), ("claims", other.pk, 1)]
    empty = page(editor, f"?since={since}&resource=rulings")
    assert empty["results"] == []
    assert page(editor, f"?since={empty['cursor']}")["results"] == []  # it has gone on all the same


# --- what is refused ---


@pytest.mark.parametrize(
    "given",
    [
        "x",
        "1",
        "now-1",
        "0",
        "c0c4b4a683ac-1-40-1",
        "c0c4b4a683ac-1-40-1-00000000",
        "c0c4b4a683ac-01-40-1-66852f50",
        "C0C4B4A683AC-1-40-1-66852F50",
        "c0c4b4a683ac-99999999999999999999-40-1-66852f50",
        Position("c0c4b4a683ac", 2**63, 40, 1).as_cursor(),
        Position("c0c4b4a683ac", 1, 40000, 1).as_cursor(),
        "%00",
        "🙂",
    ],
)
def test_a_cursor_that_was_made_up_is_refused(editor, given):
    answer = editor.get(f"{FEED}?since={calls.quoted(given) if '%' not in given else given}")
    assert faults(answer).keys() == {"since"}


def test_a_cursor_comes_back_as_it_went():
    position = Position("0123456789ab", 7, 40, 12)
    assert cursors.read(position.as_cursor()) == position
    changed = position.as_cursor().replace("-12-", "-13-")
    assert cursors.read(changed) is None


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("?limit=0", "limit"),
        ("?limit=1001", "limit"),
        ("?limit=x", "limit"),
        ("?resource=people", "resource"),
        ("?cursor=x", "cursor"),
        ("?since=now&since=now", "since"),
    ],
)
def test_what_is_not_understood_is_refused(editor, query, named):
    assert faults(editor.get(FEED + query)).keys() == {named}


def test_it_takes_the_right_to_read():
    problem(calls.caller(make.user("chief"), []).get(FEED), 403, "not_allowed")


# --- who sees what ---


def test_whoever_may_not_see_an_object_is_not_told_of_it(editor):
    reader = calls.caller(make.user("reader"))
    claim = make.claim()
    since = moment(reader)
    with transaction.atomic():
        secret = make.document("Sealed", restricted=True)
        words = make.snapshot("Xyzzyqqq stands here. And more.", of=secret)
        passage = make.passage(words, 0, 5)
        remark = Annotation.objects.create(passage=passage, kind="comment", body="Ah.", by=make.user())
        on_claim = Annotation.objects.create(passage=passage, claim=claim, kind="comment", body="Oh.", by=make.user())
        piece = Piece.objects.create(document=make.document("Our copy", "desk_copy", restricted=True))
        change = CopyChange.objects.create(
            piece=piece, passage=passage, reason="No.", proposed_by=make.user(), replacement="x"
        )
        line = Sentence.objects.create(snapshot=words, start=0, end=21)
        ruling = Ruling.objects.create(about="sentence", sentence=line, decision="heading", key="x", by=make.user())
    seen = told(reader, since)
    assert seen == [("annotations", on_claim.pk, 1)]
    whole = {(resource, number) for resource, number, _ in told(editor, since)}
    hidden = {
        ("documents", secret.pk),
        ("documents", piece.document_id),
        ("passages", passage.pk),
        ("pieces", piece.pk),
        ("copy_changes", change.pk),
        ("annotations", remark.pk),
        ("rulings", ruling.pk),
    }
    assert whole == hidden | {("annotations", on_claim.pk)}
    _is_told_when_it_may_be_seen(reader, hidden, [secret, piece.document])


def _is_told_when_it_may_be_seen(reader, hidden, documents):
    since = moment(reader)
    Document.objects.filter(pk__in=[document.pk for document in documents]).update(restricted=False)
    seen = {(resource, number) for resource, number, _ in told(reader, since)}
    assert seen >= hidden


def test_the_cursor_of_who_may_not_see_goes_on_all_the_same():
    reader = calls.caller(make.user("reader"))
    since = moment(reader)
    make.document("Sealed", restricted=True)
    commit()
    got = page(reader, f"?since={since}")
    assert (got["results"], got["more"]) == ([], False)
    assert got["cursor"] != since


# --- only the database writes it ---


@pytest.mark.parametrize(
    "attack",
    [
        "INSERT INTO changes_ticket (xid, seq) VALUES (1, 1)",
        "INSERT INTO changes_change (ticket_id, place, object_id, resource) VALUES (1, 40, 1, 'claims')",
        "UPDATE changes_ticket SET seq = seq + 1000",
        "UPDATE changes_ticket SET at = at - interval '1 year'",
        "UPDATE changes_change SET version = 9",
        "UPDATE changes_epoch SET forgotten_through = 10000",
        "DELETE FROM changes_change",
        "DELETE FROM changes_ticket",
        "TRUNCATE changes_change, changes_ticket",
        "SELECT changes_take_ticket()",
        "SELECT changes_begin_epoch()",
        "SELECT changes_tell('claims_claim', 1)",
        "SELECT setval('changes_seq', 1)",
        "ALTER TABLE changes_ticket DISABLE TRIGGER changes_number",
        "ALTER TABLE claims_claim DISABLE TRIGGER changes_update",
        "DROP TRIGGER changes_update ON claims_claim",
        "CREATE TRIGGER own AFTER UPDATE ON claims_claim FOR EACH STATEMENT EXECUTE FUNCTION changes_of_claims_claim()",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_writes_nothing_here(sql, attack):
    make.claim()
    before = sql("SELECT count(*), max(id) FROM changes_ticket"), sql("SELECT * FROM changes_change ORDER BY 1, 2, 3")
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        sql(attack)
    after = sql("SELECT count(*), max(id) FROM changes_ticket"), sql("SELECT * FROM changes_change ORDER BY 1, 2, 3")
    assert after == before


def test_no_setting_silences_it(sql, editor):
    since = moment(editor)
    for setting in ("pgtrigger.ignore = '{}'", "changes.ticket = '1'", "enable_indexscan = off"):
        sql(f"SET LOCAL {setting}")
    claim = make.claim()
    assert told(editor, since) == [("claims", claim.pk, 1)]


def test_checking_early_does_not_reorder(sql, editor):
    """What comes after an early check gets a later number, and is told at the same commit."""
    since = moment(editor)
    with transaction.atomic():
        one = make.claim()
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        Claim.objects.filter(pk=one.pk).update(place="Here")
        two = make.claim()
        sql("SET CONSTRAINTS ALL DEFERRED")
    found = told(editor, since)
    assert found[0] == ("claims", one.pk, 1)
    assert sorted(found[1:]) == [("claims", one.pk, 2), ("claims", two.pk, 1)]
