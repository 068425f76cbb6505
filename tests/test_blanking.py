"""What the law orders removed (rule 13): gone from the record and its history, with a tombstone, by the owner alone."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from claims.models import Annotation, Claim
from factdesk.errors import BadInput, DomainError, NoSuchRecord, ReasonNeeded
from sources.blanking import TOMBSTONE, blank
from sources.models import Blanking, Snapshot, Source
from tests import attacks, make

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

SECRET = "Zwickelmaier lives at Elm Street 4"
ORDER = {"ground": "Court of Ulm, 3 O 12/26"}


@pytest.fixture
def two():
    return {"first": make.user("chief", username="one"), "second": make.user("legal", username="two")}


def stands(sql, table: str) -> int:
    [[found]] = sql(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{SECRET}%"])
    return found


def test_a_remark_is_blanked_in_the_record_and_in_its_history(two, sql):
    claim, author = make.claim(), make.user()
    remark = Annotation.objects.create(claim=claim, kind="comment", body=SECRET, by=author)
    Annotation.objects.filter(pk=remark.pk).update(kind="to_do")
    assert (stands(sql, "claims_annotation"), stands(sql, "claims_annotationevent")) == (1, 2)
    made = blank(table="claims_annotation", column="body", record=remark.pk, **ORDER, **two)
    assert (stands(sql, "claims_annotation"), stands(sql, "claims_annotationevent")) == (0, 0)
    remark.refresh_from_db()
    assert (remark.body, remark.version, remark.kind) == (TOMBSTONE, 3, "to_do")
    assert (made.ground, made.first, made.second) == (ORDER["ground"], two["first"], two["second"])
    # the guards speak again
    Annotation.objects.filter(pk=remark.pk).update(kind="comment")
    remark.refresh_from_db()
    assert remark.version == 4
    [[events]] = sql("SELECT count(*) FROM claims_annotationevent WHERE pgh_obj_id = %s", [remark.pk])
    assert events == 3


def test_the_feed_tells_of_it(two, sql):
    claim, copy, relay = make.claim(SECRET), make.snapshot(SECRET), make.affiliation(make.source(), make.source())
    [[last]] = sql("SELECT max(seq) FROM changes_ticket")
    blank(table="claims_claim", column="statement", record=claim.pk, **ORDER, **two)
    blank(table="sources_snapshot", column="text", record=copy.pk, **ORDER, **two)
    blank(table="sources_affiliation", column="role", record=relay.pk, **ORDER, **two)
    told = sql(
        "SELECT c.resource, c.object_id, c.version FROM changes_change c JOIN changes_ticket t ON t.id = c.ticket_id"
        " WHERE t.seq > %s ORDER BY t.seq",
        [last],
    )
    assert told == [("claims", claim.pk, 2), ("documents", copy.document_id, 1), ("affiliations", relay.pk, 2)]


def test_a_statement_a_list_and_a_saved_copy_are_blanked_each_in_its_way(two, sql):
    claim, source, copy = make.claim(SECRET), make.source(aliases=["Ann", SECRET]), make.snapshot(SECRET)
    blank(table="claims_claim", column="statement", record=claim.pk, **ORDER, **two)
    blank(table="sources_source", column="aliases", record=source.pk, **ORDER, **two)
    blank(table="sources_snapshot", column="text", record=copy.pk, **ORDER, **two)
    for table in ("claims_claim", "claims_claimevent", "sources_source", "sources_sourceevent", "sources_snapshot"):
        assert stands(sql, table) == 0
    assert not Claim.objects.matching("Zwickelmaier").exists()
    assert Source.objects.get(pk=source.pk).aliases == [TOMBSTONE]
    held = Snapshot.objects.get(pk=copy.pk)
    assert (held.text, held.sealed, held.sha256) == (None, True, copy.sha256)
    assert Blanking.objects.count() == 3


def test_it_takes_two_a_ground_and_a_text_that_is_there(two):
    claim = make.claim()
    on = {"table": "claims_claim", "column": "statement", "record": claim.pk}
    for wrong, told in (
        ({**on, **ORDER, "first": two["first"], "second": two["first"]}, DomainError),
        ({**on, "ground": " ", **two}, ReasonNeeded),
        ({**on, **ORDER, **two, "record": 0}, NoSuchRecord),
        ({**on, **ORDER, **two, "column": "state"}, BadInput),
        ({**on, **ORDER, **two, "table": "people_user", "column": "password"}, BadInput),
        ({**on, **ORDER, **two, "table": "claims_claimevent"}, BadInput),
    ):
        with pytest.raises(told):
            blank(**wrong)
    claim.refresh_from_db()
    assert claim.version == 1
    assert not Blanking.objects.exists()


def test_the_application_blanks_nothing_and_writes_no_tombstone(two, sql):
    claim = make.claim()
    with attacks.forbidden():
        sql("SELECT sources_blank('claims_claim', 'statement', %s, 'x', 1, 2, 'y')", [claim.pk])
    with attacks.forbidden():
        sql("DELETE FROM sources_blanking")
    with attacks.forbidden():
        sql("UPDATE sources_blanking SET ground = 'another'")


def test_the_command_says_what_it_did_and_what_it_wants(two, capsys):
    claim = make.claim(SECRET)
    call_command("blank", "claims_claim", str(claim.pk), "statement", "--ground=By order.", "--by", "one", "two")
    assert "Older backups still hold it" in capsys.readouterr().out
    for arguments, told in (
        (["claims_claim", str(claim.pk), "statement", "--ground=x", "--by", "one", "nobody"], "nobody"),
        (["claims_claim", str(claim.pk), "words", "--ground=x", "--by", "one", "two"], "Known here: .*statement"),
        (["claims_claim", "0", "statement", "--ground=x", "--by", "one", "two"], "There is no claims_claim 0"),
    ):
        with pytest.raises(CommandError, match=told):
            call_command("blank", *arguments)
    assert connections["owner"].get_autocommit()
