"""Free text that holds a protected name, tried in every column, spelling and way of writing, as the application."""

import json
import threading
from contextlib import contextmanager

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from claims.models import Annotation, Claim, Piece, Usage
from factdesk import context, freetext, history
from factdesk.rest.refusals import explain
from sources.models import Document, KnownTo, ProtectedIdentity, ProtectedName, Snapshot, Source
from tests import make, rich
from tests.attacks import forbidden, move, opened, refused, until_waiting

pytestmark = pytest.mark.django_db

NAME = "Petra Unknown"
RULE = "text_names_a_protected_source"
apart = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept(db) -> ProtectedIdentity:
    return make.protected(NAME, "Pet the Baker")


def holds(words: str) -> bool:
    """Whether a claim with these words is refused."""
    told = None
    try:
        with transaction.atomic():
            make.claim(words)
    except IntegrityError as error:
        told = error.__cause__.diag.constraint_name
    assert told in (RULE, None)
    return told == RULE


def test_nothing_is_composed_of_the_words_of_a_list(kept, sql):
    make.claim("Something.", topics=["petra", "unknown"])
    with refused(RULE):
        make.claim("Something.", topics=["bread", "petra unknown"])


# --- every column ---

# Written out: the columns of text that may hold the name, and why. A new column is refused, or stands here.
FREE = {
    # the desk's people under their own names, and whom it asks in
    "people_user": {"password", "username", "first_name", "last_name", "email"},
    "people_invitation": {"email", "digest"},
    "people_cacheentry": {"cache_key", "value"},
    # written by nobody: the name itself
    "sources_protectedname": {"real_name", "other_names", "contact", "sought", "hint"},
    # what was printed, as it was printed (of a published document)
    "sources_document": {"title", "bylines", "url"},
    "sources_snapshot": {"text", "sha256", "original_sha256"},
    # digests
    "people_token": {"digest", "token_key"},
    "claims_dossierrow": {"digest"},
    "people_keptanswer": {"digest"},
    "people_requestcount": {"digest"},
    "claims_importorder": {"sha256"},
}
# Of tables in which a rich desk has no row: columns of words, not of texts.
EMPTY = {("claims_noticeswitch", "about"), ("claims_notice", "about")}
COLUMNS = """
    SELECT c.table_name::text, c.column_name::text, CASE c.data_type WHEN 'ARRAY' THEN 'ARRAY[%(name)s]::text[]'
        WHEN 'jsonb' THEN 'jsonb_build_object(''x'', %(name)s::text)' ELSE '%(name)s' END
    FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
    AND c.table_name ~ '^(claims|sources|people)_' AND c.table_name !~ 'event$'
    AND (c.data_type IN ('character varying', 'text', 'jsonb') OR c.udt_name IN ('_varchar', '_text'))
    AND coalesce(c.character_maximum_length, 1000) > 12 ORDER BY 1, 2
"""


@apart
def test_every_column_of_text_refuses_the_name_or_says_why_not():
    """As the owner, who may update every column: the triggers ask nobody's rights."""
    with transaction.atomic():
        rich.desk()
    KnownTo.objects.create(protection=make.protected(NAME), person=make.user())
    with opened("owner") as session:
        columns = session.execute(COLUMNS).fetchall()
        taken, refusals = set(), {}
        for table, column, value in columns:
            where = " WHERE kind = 'article'" if (table, column[:3]) == ("sources_document", "tit") else ""
            try:
                with session.transaction(force_rollback=True):
                    done = session.execute(f'UPDATE "{table}" SET "{column}" = {value}{where}', {"name": NAME})
                    taken |= {(table, column)} if done.rowcount else set()
                    refusals |= {} if done.rowcount else {(table, column): "no row"}
            except psycopg.Error as error:
                refusals[table, column] = error.diag.constraint_name or error.sqlstate
    guarded = {(table, column.split(" WHERE ")[0]) for table, (_, *columns) in freetext.guarded() for column in columns}
    for place in [(table, column) for table, column, _ in columns if column not in FREE.get(table, ())]:
        assert place not in taken, place
        assert place in guarded or refusals[place].endswith(("is_known", "are_known")) or place in EMPTY, place
    assert len([place for place in guarded if refusals.get(place) == RULE]) > 50


def test_what_stands_under_a_printed_name_is_held_back_in_what_the_desk_holds(kept):
    for kind in ("article", "release", "court_record", "law", "dataset", "book", "image", "social_post", "broadcast"):
        page = make.document(f"{NAME} opens a shop", kind, bylines=[NAME], url="https://x.org/petra-unknown")
        make.snapshot(f"{NAME} says so.", of=page)
        with refused(RULE):
            Document.objects.filter(pk=page.pk).update(note=f"By {NAME}.")
    for kind in ("transcript", "interview", "email", "memo", "recording", "desk_copy"):
        for facts in ({"title": NAME}, {"bylines": ["A", NAME]}, {"url": "https://x.org/petra-unknown"}):
            with refused(RULE):
                make.document(**{"title": "A page", "kind": kind} | facts)
        with refused(RULE):
            make.snapshot(f"{NAME} says so.", of=make.document("A page", kind))


def test_a_sealed_text_that_holds_the_name_is_not_attached(kept):
    words = f"{NAME} says so."
    sealed = make.snapshot(None, sealed=words, of=make.document("A page", "interview"))
    with refused(RULE):
        Snapshot.objects.filter(pk=sealed.pk).update(text=words)
    printed = make.snapshot(None, sealed=words)
    Snapshot.objects.filter(pk=printed.pk).update(text=words)


# --- ways of writing ---

WAYS = {
    "insert": "INSERT INTO claims_claim (statement, kind) VALUES ({name}, 'event')",
    "many": "INSERT INTO claims_claim (statement, kind) VALUES ('x', 'event'), ({name}, 'event'), ('y', 'event')",
    "select": "INSERT INTO claims_claim (statement, kind) SELECT statement || {name}, 'event' FROM claims_claim",
    "update": "UPDATE claims_claim SET place = {name}",
    "join": "UPDATE claims_claim c SET place = {name} FROM claims_claim d WHERE d.id = c.id",
    "conflict": "INSERT INTO claims_claim (id, statement, kind) OVERRIDING SYSTEM VALUE SELECT id, 'x', 'event'"
    " FROM claims_claim ON CONFLICT (id) DO UPDATE SET statement = {name}",
    "merge": "MERGE INTO claims_claim c USING (VALUES (1)) v (x) ON true WHEN MATCHED THEN UPDATE SET place = {name}",
    "with": "WITH made AS (INSERT INTO claims_claim (statement, kind) VALUES ({name}, 'event') RETURNING id)"
    " TABLE made",
    "do": "DO $$ BEGIN EXECUTE 'UPDATE claims_claim SET place = ' || quote_literal({name}); END $$",
    "parts": "UPDATE claims_claim SET place = concat('Petra ', 'Unk' || 'nown')",
}


@pytest.mark.parametrize("way", WAYS)
def test_whichever_way_it_is_written_it_is_refused(kept, sql, way):
    make.claim("Something.")
    with refused(RULE):
        sql(WAYS[way].format(name=f"'{NAME}'"))
    assert sql("SELECT count(*) FROM claims_claim WHERE statement || place ~ 'Petra'") == [(0,)]


def test_it_is_refused_by_copy(kept):
    connection.ensure_connection()
    copied = "COPY claims_claim (statement, kind) FROM STDIN"
    with (
        pytest.raises(psycopg.errors.CheckViolation) as told,
        transaction.atomic(),
        psycopg.Cursor(connection.connection) as cursor,
        cursor.copy(copied) as to,
    ):
        to.write(f"So says {NAME}.\tevent\n")
    assert told.value.diag.constraint_name == RULE


SILENCERS = [
    "SET pgtrigger.ignore = '{claims_claim:sources_keeps_names_secret_on_update}'",
    "SET search_path = pg_temp, public",
    "SET pghistory.context_metadata = ''",
    "SET transform_null_equals = on",
    "SET standard_conforming_strings = off",
    "SET work_mem = '64kB'",
]


@pytest.mark.parametrize("silencer", SILENCERS)
def test_no_setting_lets_it_through(kept, sql, silencer):
    make.claim("Something.")
    sql(silencer.replace("SET ", "SET LOCAL "))
    with refused(RULE):
        sql(f"UPDATE public.claims_claim SET place = '{NAME}'")


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = 'replica'",
        "ALTER TABLE claims_claim DISABLE TRIGGER sources_keeps_names_secret_on_update",
        "DROP TRIGGER sources_keeps_names_secret_on_update ON claims_claim",
        "ALTER FUNCTION sources_keep_names_secret() RESET ALL",
        "CREATE OR REPLACE FUNCTION sources_names(words text, sought text[], hint text[]) RETURNS boolean LANGUAGE sql"
        " AS 'SELECT false'",
        "UPDATE sources_namesguard SET names = 0",
        "SELECT * FROM sources_namesguard",
        "SELECT sought FROM sources_protectedname",
        "SELECT hint FROM sources_protectedname",
        "SELECT other_names FROM sources_protectedname",
    ],
)
def test_the_guard_is_not_the_applications_to_change_nor_to_read(kept, sql, statement):
    with forbidden():
        sql(statement)


def test_patterns_that_the_application_gives_are_not_kept(sql):
    """What is looked for is worked out from the name, whatever the row says."""
    made = ProtectedIdentity.objects.create(
        source=make.source("F", identity="protected"), approved_by=make.user("chief")
    )
    row = ProtectedName(
        protection=made, real_name=NAME, other_names=[], contact="", sought=["%harmless%"], hint=["%harmless%"]
    )
    row.save(force_insert=True)
    assert holds(NAME)
    assert not holds("harmless")


def test_what_stood_there_before_does_not_stop_the_work():
    claim = make.claim(f"{NAME} closed the bakery.", place="Here")
    make.protected(NAME)
    Claim.objects.filter(pk=claim.pk).update(place="There")
    move(claim, "in_check")
    with refused(RULE):
        Claim.objects.filter(pk=claim.pk).update(statement=f"{NAME} closed her bakery.")
    with refused(RULE):
        Claim.objects.filter(pk=claim.pk).update(place=NAME)
    Claim.objects.filter(pk=claim.pk).update(statement="The bakery was closed.")


def test_the_reason_of_a_change_does_not_carry_it_into_history(kept, sql):
    claim = make.claim("Something.")
    for said in ({"why": f"Says {NAME}."}, {"request": "petra-unknown"}, {"more": {"deep": [NAME]}}):
        with refused(RULE):
            sql("SELECT set_config('pghistory.context_metadata', %s, true)", [json.dumps(said)])
            Claim.objects.filter(pk=claim.pk).update(place="There")
    with refused(RULE):
        move(claim, "in_check", why="") or move(claim, "closed", why=f"Says {NAME}.", closed_because="dropped")
    with refused(RULE), context.acting(by=make.user(), why=f"Because {NAME} says so."):
        KnownTo.objects.create(protection=kept, person=make.user())
    with context.acting(by=make.user(username="petra_unknown"), why="As herself."):  # a colleague of the same name
        Claim.objects.filter(pk=claim.pk).update(place="There")


def test_a_table_without_words_does_not_take_such_a_reason_either(kept):
    document, by = make.document("Ours", "desk_copy"), make.user()
    with refused(RULE), context.acting(by=by, why=f"For {NAME}."):
        Piece.objects.create(document=document)


def test_a_refusal_names_the_place_and_not_the_name(kept):
    place = r"claims_annotation\.body holds a name that is protected"
    with pytest.raises(IntegrityError, match=place) as told, transaction.atomic():
        Annotation.objects.create(claim=make.claim(), kind="comment", body=f"See {NAME}", by=make.user())
    refusal = explain(told.value)
    assert (refusal.status, refusal.code) == (409, RULE)
    said = told.value.__cause__.diag
    everything = [str(getattr(said, part)) for part in dir(said) if part.startswith(("message", "internal", "context"))]
    for words in (str(told.value), refusal.detail, *everything):
        assert "petra" not in words.lower()


# --- what ties the protected ---


def test_a_name_that_stands_in_the_source_itself_is_not_kept():
    for source in (
        make.source(NAME, identity="protected"),
        make.source("F", identity="protected", aliases=[NAME]),
        make.source("F", identity="protected", description=f"{NAME}, a baker"),
        make.source("F", identity="protected", key="petra_unknown"),
    ):
        made = ProtectedIdentity.objects.create(source=source, approved_by=make.user("chief"))
        with refused("protectedname_is_not_public"):
            ProtectedName(protection=made, real_name=NAME, other_names=[]).save(force_insert=True)


@pytest.mark.parametrize(
    "facts", [{"real_name": None}, {"real_name": "\t"}, {"contact": None}, {"protection_id": None}]
)
def test_a_protected_name_that_is_none_is_refused_in_silence(facts, sql):
    made = ProtectedIdentity.objects.create(
        source=make.source("F", identity="protected"), approved_by=make.user("chief")
    )
    row = {"protection_id": made.pk, "real_name": NAME, "contact": "at the bridge"} | facts
    with pytest.raises(Exception, match="not blank") as told, transaction.atomic():
        sql(f"INSERT INTO sources_protectedname ({', '.join(row)}) VALUES (%s, %s, %s)", list(row.values()))
    assert "bridge" not in f"{told.value} {told.value.__cause__.diag.message_detail}"
    assert "Petra" not in f"{told.value} {told.value.__cause__.diag.message_detail}"


def test_the_protected_are_merged_with_the_protected_only():
    falcon, heron = make.source("Falcon", identity="protected"), make.source("Heron", identity="protected")
    named, other = make.source(NAME), make.source("P. Unknown")
    tie = "source_merged_with_its_like"
    for one, into in ((falcon, named), (named, falcon)):
        with refused(tie):
            Source.objects.filter(pk=one.pk).update(merged_into=into)
    with refused(tie):
        make.source("Third", merged_into=falcon)
    Source.objects.filter(pk=heron.pk).update(merged_into=falcon)
    Source.objects.filter(pk=named.pk).update(merged_into=other)
    for pk, identity in ((heron.pk, "named"), (falcon.pk, "unnamed"), (named.pk, "protected"), (other.pk, "protected")):
        with refused(tie):
            Source.objects.filter(pk=pk).update(identity=identity)


def test_terms_in_force_are_of_a_protected_source():
    made = make.protected(NAME)
    tie = "protectedidentity_is_of_a_protected_source"
    with refused(tie):
        Source.objects.filter(pk=made.source_id).update(identity="named")
    with refused(tie):
        ProtectedIdentity.objects.create(source=make.source(), approved_by=made.approved_by)
    with refused("protectedidentity_withdrawn_with_reason"):
        ProtectedIdentity.objects.filter(pk=made.pk).update(withdrawn_at=made.created_at)
    assert holds(NAME)
    ProtectedIdentity.objects.filter(pk=made.pk).update(withdrawn_at=made.created_at, withdrawn_because="Public.")
    assert not holds(NAME)
    Source.objects.filter(pk=made.source_id).update(identity="named")
    with refused(tie):
        ProtectedIdentity.objects.filter(pk=made.pk).update(withdrawn_at=None)


@pytest.mark.parametrize("column", ["is_protected", "merged_into_protected"])
def test_who_is_protected_is_not_set_beside_the_identity(sql, column):
    make.source()
    with pytest.raises(Exception, match=column), transaction.atomic():
        sql(f"UPDATE sources_source SET {column} = true")


# --- two at once ---


@contextmanager
def written(statement: str, isolation: psycopg.IsolationLevel | None = None):
    """A session that has begun: it has looked, and writes when it is told to."""
    session = opened()
    session.isolation_level = isolation
    session.execute("SELECT count(*) FROM claims_claim")
    try:
        yield session, lambda: session.execute(statement)
    finally:
        session.close()


PUT = f"INSERT INTO claims_claim (statement, kind) VALUES ('{NAME} said so.', 'event')"
NAMED = "INSERT INTO sources_protectedname (protection_id, real_name, contact) VALUES (%s, %s, '')"


@pytest.fixture
def terms(transactional_db) -> ProtectedIdentity:
    source = make.source("Falcon", identity="protected")
    return ProtectedIdentity.objects.create(source=source, approved_by=make.user("chief"))


@apart
def test_a_name_waits_for_texts_that_are_being_written(terms):
    """So that the search for where it stands finds them."""
    with written(PUT) as (writer, put), opened() as session:
        put()
        thread = threading.Thread(target=lambda: session.execute(NAMED, [terms.pk, NAME]))
        thread.start()
        until_waiting(1, "advisory")
        writer.commit()
        thread.join(10)
        found = session.execute(
            "SELECT place_table, place_column FROM sources_places_of(%s, %s)", [terms.pk, terms.approved_by_id]
        ).fetchall()
        assert found == [("claims_claim", "statement")] * 2
        session.commit()


@apart
@pytest.mark.parametrize("isolation", ["READ_COMMITTED", "REPEATABLE_READ", "SERIALIZABLE"])
def test_a_text_waits_for_a_name_that_begins_to_be_kept(terms, isolation):
    """Also one whose transaction began to look before the name was there."""
    told = []
    with written(PUT, psycopg.IsolationLevel[isolation]) as (writer, put), opened() as session:
        session.execute(NAMED, [terms.pk, NAME])

        def late() -> None:
            try:
                put()
                writer.commit()
            except psycopg.Error as error:
                told.append(error.diag.constraint_name or error.sqlstate)

        thread = threading.Thread(target=late)
        thread.start()
        until_waiting(1, "advisory")
        session.commit()
        thread.join(10)
    assert told == [RULE if isolation == "READ_COMMITTED" else "40001"]
    assert not Claim.objects.exists()


@apart
def test_a_text_is_taken_when_the_name_is_not_kept_after_all(terms):
    with written(PUT) as (writer, put), opened() as session:
        session.execute(NAMED, [terms.pk, NAME])
        thread = threading.Thread(target=lambda: (put(), writer.commit()))
        thread.start()
        until_waiting(1, "advisory")
        session.rollback()
        thread.join(10)
    assert Claim.objects.count() == 1


@apart
def test_a_merge_and_a_protection_at_once_do_not_both_happen(transactional_db):
    one, into = make.source("P. Unknown"), make.source(NAME)
    told = []
    with opened() as merger, opened() as session:
        merger.execute("UPDATE sources_source SET merged_into_id = %s WHERE id = %s", [into.pk, one.pk])

        def protect() -> None:
            try:
                session.execute("UPDATE sources_source SET identity = 'protected', name = 'F' WHERE id = %s", [into.pk])
                session.commit()
            except psycopg.Error as error:
                told.append(error.diag.constraint_name)

        thread = threading.Thread(target=protect)
        thread.start()
        until_waiting(1)
        merger.commit()
        thread.join(10)
    assert told == ["source_merged_with_its_like"]


# --- whether the guard stands ---


@apart
@pytest.mark.parametrize(
    "broken",
    [
        "DROP TRIGGER sources_keeps_names_secret_on_update ON claims_claim",
        "CREATE OR REPLACE TRIGGER sources_keeps_names_secret_on_insert AFTER INSERT ON claims_claim"
        " REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT"
        " EXECUTE FUNCTION sources_keep_names_secret('id', 'place')",
        "CREATE TRIGGER sources_keeps_names_secret_on_update AFTER UPDATE ON people_user"
        " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT"
        " EXECUTE FUNCTION sources_keep_names_secret('id', 'username')",
    ],
)
def test_a_table_that_is_not_closed_to_names_is_told_and_mended(broken):
    with opened("owner", autocommit=True) as session:
        session.execute(broken)
        try:
            assert "is not closed to protected names" in "".join(history.faults())
        finally:
            history.harden()
    assert history.faults() == []


def test_which_words_are_looked_at_in_a_model():
    assert freetext.free_text(Usage) == [
        "withdrawn_because",
        "url",
        "consumer",
        "printed",
        "correction",
        "open_because",
    ]
    assert freetext.free_text(Source) == ["key", "name", "description", "aliases"]
    assert freetext.free_text(ProtectedIdentity) == ["withdrawn_because", "terms"]
