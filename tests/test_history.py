"""Rules 11 and 13, attacked: history is complete, says who and why, and is nobody's to write; nothing is deleted."""

import json
import uuid

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction

from claims.models import Claim
from factdesk import context, history
from sources.models import Snapshot, Source
from tests import make
from tests.attacks import forbidden, hole, opened, refused

pytestmark = pytest.mark.django_db

EVENTS = sorted(m._meta.db_table for m in apps.get_models() if issubclass(m, history.Event))
DOMAIN = sorted(
    m._meta.db_table for m in apps.get_models() if m._meta.app_label in ("sources", "claims") and m._meta.managed
)


def labels(row) -> list[str]:
    return list(row.events.order_by("pgh_id").values_list("pgh_label", flat=True))


def test_there_are_tables_of_history():
    tracked = "user source affiliation document snapshot claim attribution quantity evidence accusation usage piece"
    assert {f"{name}event" for name in tracked.split()} <= {table.split("_")[1] for table in EVENTS}


def test_history_is_complete_under_bulk_create_and_update():
    sources = Source.objects.bulk_create([Source(name=f"S{n}", kind="person") for n in range(50)])
    for source in sources:
        source.name += "!"
    Source.objects.bulk_update(sources, ["name"])
    Source.objects.filter(pk__in=[s.pk for s in sources]).update(description="x")
    assert {tuple(labels(source)) for source in sources} == {("insert", "update", "update")}
    assert list(sources[7].events.order_by("pgh_id").values_list("name", "description", "version")) == [
        ("S7", "", 1),
        ("S7!", "", 2),
        ("S7!", "x", 3),
    ]


def test_history_is_complete_under_copy(sql):
    with connection.cursor() as cursor, cursor.copy("COPY sources_source (key, kind, name) FROM STDIN") as copy:
        for n in range(20):
            copy.write_row((f"copied-{n}", "person", f"S{n}"))
    assert sql("SELECT count(*) FROM sources_sourceevent WHERE key LIKE 'copied-%%' AND pgh_label = 'insert'") == [
        (20,)
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sources_source SET name = 'changed' WHERE id = {id}",
        "WITH c AS (UPDATE sources_source SET name = 'changed' WHERE id = {id} RETURNING id) SELECT * FROM c",
        "INSERT INTO sources_source (id, kind, name) VALUES ({id}, 'person', 'x')"
        " ON CONFLICT (id) DO UPDATE SET name = 'changed'",
        "MERGE INTO sources_source s USING (VALUES ({id})) v (id) ON s.id = v.id"
        " WHEN MATCHED THEN UPDATE SET name = 'changed'",
        "DO $$ BEGIN UPDATE sources_source SET name = 'changed' WHERE id = {id}; END $$",
        "SET LOCAL pgtrigger.ignore = '{{sources_source,public.sources_source:update_update}}';"
        " UPDATE sources_source SET name = 'changed' WHERE id = {id}",
        "SET LOCAL search_path = pg_temp; UPDATE public.sources_source SET name = 'changed' WHERE id = {id}",
    ],
)
def test_history_is_complete_under_raw_sql(sql, statement):
    source = make.source("before")
    sql(statement.format(id=source.pk))
    sql("SET LOCAL search_path = public")
    assert source.events.latest("pgh_id").name == "changed"


def test_every_trigger_is_deaf_to_being_told_to_keep_still(sql):
    """Each by its own name, as pgtrigger's ``ignore`` would tell it."""
    names = sql(
        """SELECT array_agg(tgrelid::regclass || ':' || regexp_replace(tgname, '^pgtrigger_(.*)_[0-9a-f]{5}$', '\\1'))
        || array_agg(format('public.%I:%s', tgrelid::regclass, tgname)) || array_agg(tgname::text)
        FROM pg_trigger WHERE NOT tgisinternal"""
    )
    sql("SELECT set_config('pgtrigger.ignore', %s::text[]::text, true)", [names[0][0]])
    claim = Claim.objects.create(statement="It is so.", kind="event")
    with refused("claim_state_transition"):
        Claim.objects.filter(pk=claim.pk).update(state="signed_off")
    Claim.objects.filter(pk=claim.pk).update(topics=["x"])
    assert labels(claim) == ["insert", "update"]
    assert claim.events.latest("pgh_id").version == 2


def test_a_row_that_the_owner_deletes_stays_in_history(owner):
    with transaction.atomic(using="owner"):
        made = Source.objects.using("owner").create(kind="person", name="Deleted")
        pk = made.pk
        Source.objects.using("owner").filter(pk=pk).delete()
        events = apps.get_model("sources", "SourceEvent").objects.using("owner").filter(pgh_obj_id=pk)
        assert list(events.order_by("pgh_id").values_list("pgh_label", "name")) == [
            ("insert", "Deleted"),
            ("delete", "Deleted"),
        ]


def test_an_event_says_who_why_and_from_which_request():
    person, request = make.user("chief"), str(uuid.uuid4())
    token = context.request_id.set(request)
    try:
        with context.acting(by=person, why="Renamed.", way="admin"):
            source = make.source()
    finally:
        context.request_id.reset(token)
    event = source.events.get()
    said = {"user": person.pk, "name": person.username, "why": "Renamed.", "way": "admin"}
    assert (event.pgh_context, str(event.pgh_context_id)) == (said, request)
    assert event.pgh_session_user == connection.settings_dict["USER"]


def test_an_event_says_which_role_did_it_whatever_was_declared(sql):
    sql("SELECT set_config('pghistory.context_metadata', %s, true)", [json.dumps({"user": 1, "session_user": "x"})])
    assert make.source().events.get().pgh_session_user == "factdesk_app"
    with transaction.atomic(using="owner"):
        event = Source.objects.using("owner").create(kind="person", name="x").events.using("owner").get()
        assert event.pgh_session_user == "factdesk_owner"
        transaction.set_rollback(True, using="owner")


@pytest.mark.parametrize("table", EVENTS)
def test_history_is_not_the_applications_to_write(sql, table):
    column = "pgh_label"
    for statement in (
        f"INSERT INTO {table} (pgh_label) VALUES ('x')",
        f"COPY {table} ({column}) FROM STDIN",
        f"UPDATE {table} SET {column} = 'x'",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"ALTER TABLE {table} ADD COLUMN x int",
        f"DROP TABLE {table}",
    ):
        with forbidden():
            sql(statement)


@pytest.mark.parametrize("table", DOMAIN)
def test_nothing_of_the_domain_is_deleted(sql, table):
    for statement in (
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
        f"DROP TABLE {table}",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        f"CREATE TRIGGER x AFTER UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION claims_on_source_change()",
    ):
        with forbidden():
            sql(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = 'replica'",
        "SET ROLE factdesk_owner",
        "SET SESSION AUTHORIZATION factdesk_owner",
        "ALTER ROLE factdesk_app SUPERUSER",
        "GRANT factdesk_owner TO factdesk_app",
        "CREATE ROLE forger",
        "CREATE TEMP TABLE sources_source (LIKE sources_source)",
        "CREATE TEMP TABLE claims_claim (id int)",
        "CREATE EXTENSION pageinspect",
        "CREATE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean LANGUAGE sql RETURN true",
        "CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
        "ALTER FUNCTION claims_declared(text) RESET ALL",
        "ALTER DATABASE {database} SET session_replication_role = 'replica'",
        "SELECT setval('sources_sourceevent_pgh_id_seq', 1)",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_application_has_no_way_to_the_owners_rights(sql, statement):
    with forbidden():
        sql(statement.format(database=connection.settings_dict["NAME"]))


@pytest.mark.django_db(transaction=True)
def test_no_function_that_writes_is_the_applications_to_call(sql):
    history.harden()
    callable_by_us = sql(
        """SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        AND has_function_privilege(p.oid, 'EXECUTE') AND (p.prosecdef OR p.provolatile = 'v')
        AND p.proname ~ '^(pgtrigger|_pgh|claims|sources|people)' ORDER BY 1"""
    )
    assert callable_by_us == [("claims_refresh_pending",), ("sources_reveal_identity",)]


def test_every_table_of_the_desk_is_the_owners(sql):
    assert (
        sql(
            """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND pg_has_role(current_user, relowner, 'MEMBER')"""
        )
        == []
    )


@hole("attaching a sealed snapshot's text leaves no event: every tracked column stays as it was")
def test_attaching_a_text_is_in_history():
    sealed = make.snapshot(None, sealed="Some words.")
    Snapshot.objects.filter(pk=sealed.pk).update(text="Some words.")
    assert labels(sealed) == ["insert", "update"]


@hole("a person's id may be changed, and the event's trigger looks for the row under its old id")
def test_a_change_of_role_is_in_history_whatever_else_changes(sql):
    person = make.user("reader")
    try:
        with transaction.atomic():
            sql("UPDATE people_user SET id = id + 1000000, role = 'chief' WHERE id = %s", [person.pk])
    except Exception as refusal:  # noqa: BLE001 - forbidding it is as good
        assert "permission denied" in str(refusal)  # noqa: PT017
        return
    assert sql("SELECT count(*) FROM people_userevent WHERE role = 'chief'") == [(1,)]


@hole("two people may swap ids: whoever signed is then the other, and no event tells")
def test_two_people_do_not_swap(sql):
    one, two = make.user("editor"), make.user("checker")
    with forbidden():
        for old, new in ((one.pk, -1), (two.pk, one.pk), (-1, two.pk)):
            sql("UPDATE people_user SET id = %s WHERE id = %s", [new, old])
        sql("SET CONSTRAINTS ALL IMMEDIATE")


@hole("tokens, invitations and groups have no history, and the application may delete them")
@pytest.mark.parametrize("table", ["people_token", "people_invitation", "people_user_groups", "auth_group"])
def test_who_may_come_in_is_in_history(sql, table):
    assert not sql(f"SELECT 1 WHERE has_table_privilege('{table}', 'DELETE')")


@pytest.mark.parametrize("said", ["no json", "{"])
def test_a_context_that_cannot_be_read_refuses_the_change(sql, said):
    sql("SELECT set_config('pghistory.context_metadata', %s, true)", [said])
    with pytest.raises(DatabaseError), transaction.atomic():
        make.source("unread")
    assert not Source.objects.filter(name="unread").exists()


def test_a_change_that_is_rolled_back_leaves_no_event():
    source = make.source("before")
    spot = transaction.savepoint()
    Source.objects.filter(pk=source.pk).update(name="after")
    transaction.savepoint_rollback(spot)
    assert labels(source) == ["insert"]


def test_hardening_has_no_faults():
    assert history.faults() == []


APP, TEST = "factdesk_app", "{database}"
FAULTS = {
    "the application may write an event": (
        f"GRANT INSERT ON claims_claimevent TO {APP}",
        f"REVOKE INSERT ON claims_claimevent FROM {APP}",
    ),
    "the application may write a transition": (
        f"GRANT UPDATE ON claims_transition TO {APP}",
        f"REVOKE UPDATE ON claims_transition FROM {APP}",
    ),
    "a trigger function is not the owner's": (
        "ALTER FUNCTION claims_on_source_change() SECURITY INVOKER",
        "ALTER FUNCTION claims_on_source_change() SECURITY DEFINER",
    ),
    "a trigger function has no search path": (
        "ALTER FUNCTION claims_on_source_change() RESET search_path",
        "ALTER FUNCTION claims_on_source_change() SET search_path = pg_catalog, public, pg_temp",
    ),
    "a session may silence triggers": (
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean"
        " LANGUAGE sql IMMUTABLE AS 'SELECT true'",
        history._IGNORE_NOTHING,
    ),
}
UNTOLD = {
    "a column of an event may be written": (
        f"GRANT INSERT (pgh_label) ON claims_claimevent TO {APP}",
        f"REVOKE ALL ON claims_claimevent FROM {APP}; GRANT SELECT ON claims_claimevent TO {APP}",
    ),
    "a domain table may be deleted from": (
        f"GRANT DELETE ON claims_claim TO {APP}",
        f"REVOKE DELETE ON claims_claim FROM {APP}",
    ),
    "a decision may be changed": (
        f"GRANT UPDATE ON claims_signoff TO {APP}",
        f"REVOKE UPDATE ON claims_signoff FROM {APP}",
    ),
    "a kept column may be changed": (
        f"GRANT UPDATE (verdict) ON claims_claim TO {APP}",
        f"REVOKE UPDATE (verdict) ON claims_claim FROM {APP}",
    ),
    "a protected name may be read": (
        f"GRANT SELECT ON sources_protectedname TO {APP}",
        f"REVOKE SELECT ON sources_protectedname FROM {APP}",
    ),
    "a disclosure may be deleted": (
        f"GRANT DELETE ON sources_identitydisclosure TO {APP}",
        f"REVOKE DELETE ON sources_identitydisclosure FROM {APP}",
    ),
    "a trigger is disabled": (
        "ALTER TABLE claims_claim DISABLE TRIGGER USER",
        "ALTER TABLE claims_claim ENABLE TRIGGER USER",
    ),
    "a foreign search path": (
        "ALTER FUNCTION claims_on_source_change() SET search_path = pg_temp, public",
        "ALTER FUNCTION claims_on_source_change() SET search_path = pg_catalog, public, pg_temp",
    ),
    "objects may be made in public": (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ),
    "temporary tables may be made": (
        f"GRANT TEMPORARY ON DATABASE {TEST} TO PUBLIC",
        f"REVOKE TEMPORARY ON DATABASE {TEST} FROM PUBLIC",
    ),
    "a function that writes may be called": (
        f"GRANT EXECUTE ON FUNCTION claims_touch(bigint[], boolean, text) TO {APP}",
        f"REVOKE EXECUTE ON FUNCTION claims_touch(bigint[], boolean, text) FROM {APP}",
    ),
}


def told_of(make_it: str, undo: str) -> list[str]:
    """What ``faults`` says while this is so. Committed by the owner, undone after."""
    database = connection.settings_dict["NAME"]
    with opened("owner", autocommit=True) as session:
        session.execute(make_it.format(database=database))
        try:
            return history.faults()
        finally:
            session.execute(undo.format(database=database))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told(fault):
    assert told_of(*FAULTS[fault])
    assert history.faults() == []


def test_it_is_a_fault_when_the_application_is_the_owner(monkeypatch):
    monkeypatch.setattr(history, "connections", {"default": connections["owner"]})
    assert "the application owns table claims_claim" in history.faults()


@pytest.mark.django_db(transaction=True)
@hole("faults() does not look for it")
@pytest.mark.parametrize("fault", UNTOLD)
def test_a_fault_is_told_that_is_not_yet(fault):
    assert told_of(*UNTOLD[fault])


@pytest.mark.django_db(transaction=True)
@hole("harden() leaves a function that was granted once as it is")
def test_hardening_takes_back_what_was_granted(sql):
    make_it, undo = UNTOLD["a function that writes may be called"]
    with opened("owner", autocommit=True) as session:
        session.execute(make_it)
    try:
        history.harden()
        assert sql("SELECT has_function_privilege('claims_touch(bigint[], boolean, text)', 'EXECUTE')") == [(False,)]
    finally:
        with opened("owner", autocommit=True) as session:
            session.execute(undo)
