"""Rules 11 and 13, attacked: history is complete, says who and why, and is nobody's to write; nothing is deleted."""

import json
import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from claims.models import Claim
from factdesk import context, history
from factdesk.people.models import Invitation, Token
from sources.models import Snapshot, Source
from tests import make
from tests.attacks import forbidden, opened, refused

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
    said = {"user": person.pk, "name": person.username, "why": "Renamed.", "way": "admin", "request": request}
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


#: Written out again on purpose: who is at which line now, of which nothing is kept, and files that were sent.
EXPIRES = ["claims_presence", "claims_importorder"]


@pytest.mark.parametrize("table", DOMAIN)
def test_nothing_of_the_domain_is_deleted(sql, table):
    for statement in (
        *([] if table in EXPIRES else [f"DELETE FROM {table}"]),
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
    doors = ["claims_open_import", "claims_refresh_pending", "claims_tell_due", "claims_tell_reviews"]
    doors += ["claims_weigh_desk", "claims_weigh_import"]
    doors += ["sources_ask_identity", "sources_name_is_kept", "sources_places_of", "sources_reveal_identity"]
    assert callable_by_us == [(door,) for door in doors]


def test_every_table_of_the_desk_is_the_owners(sql):
    assert (
        sql(
            """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND pg_has_role(current_user, relowner, 'MEMBER')"""
        )
        == []
    )


def test_attaching_a_text_is_in_history():
    sealed = make.snapshot(None, sealed="Some words.")
    Snapshot.objects.filter(pk=sealed.pk).update(text="Some words.", attached_at="2000-01-01T00:00Z")
    assert labels(sealed) == ["insert", "update"]
    before, after = sealed.events.order_by("pgh_id").values_list("attached_at", flat=True)
    assert before is None
    assert timezone.now() - timedelta(minutes=1) < after < timezone.now() + timedelta(seconds=1)
    Snapshot.objects.filter(pk=sealed.pk).update(attached_at=None)
    sealed.refresh_from_db()
    assert sealed.attached_at == after


def test_when_a_text_was_attached_is_not_given_for_one_that_is_sealed():
    sealed = make.snapshot(None, sealed="Some words.")
    Snapshot.objects.filter(pk=sealed.pk).update(attached_at="2000-01-01T00:00Z")
    sealed.refresh_from_db()
    assert sealed.attached_at is None


def test_a_change_of_role_is_in_history_whatever_else_changes(sql):
    person = make.user("reader")
    with forbidden():
        sql("UPDATE people_user SET id = id + 1000000, role = 'chief' WHERE id = %s", [person.pk])
    sql("UPDATE people_user SET role = 'chief', username = 'x', last_login = now() WHERE id = %s", [person.pk])
    assert list(person.events.order_by("pgh_id").values_list("role", flat=True)) == ["reader", "chief"]


def test_two_people_do_not_swap(sql):
    one, two = make.user("editor"), make.user("checker")
    sql("SET CONSTRAINTS ALL DEFERRED")
    for statement in (
        "UPDATE people_user SET id = -1 WHERE id = %s AND id <> %s",
        "UPDATE people_user SET id = CASE id WHEN %s THEN %s ELSE id END",
        "MERGE INTO people_user u USING (VALUES (%s, %s)) v (old, new) ON u.id = v.old"
        " WHEN MATCHED THEN UPDATE SET id = v.new",
    ):
        with forbidden():
            sql(statement, [one.pk, two.pk])


@pytest.mark.parametrize(
    "table", ["auth_group", "auth_group_permissions", "people_user_groups", "people_user_user_permissions"]
)
def test_nothing_but_the_role_says_who_may_do_what(sql, table):
    for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert not sql(f"SELECT 1 WHERE has_table_privilege('{table}', '{privilege}')")


@pytest.mark.parametrize("table", ["people_token", "people_invitation"])
def test_who_may_come_in_is_in_history(sql, table):
    assert f"{table}event" in EVENTS
    for privilege in ("DELETE", "TRUNCATE"):
        assert not sql(f"SELECT 1 WHERE has_table_privilege('{table}', '{privilege}')")


def test_what_becomes_of_a_token_and_an_invitation_is_in_history(sql):
    person, chief = make.user(), make.user("chief")
    token, _ = Token.objects.create(user=person, name="A program", scopes=["read"])
    Token.objects.filter(pk=token.pk).update(scopes=["review"])
    Token.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    assert labels(token) == ["insert", "update", "update"]
    asked = Invitation.objects.create(
        email="a@example.org", digest="d", invited_by=chief, expires_at=timezone.now() + timedelta(days=1)
    )
    Invitation.objects.filter(pk=asked.pk).update(role="chief")
    assert list(asked.events.order_by("pgh_id").values_list("role", flat=True)) == ["reader", "chief"]
    for table in ("people_token", "people_invitation"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with forbidden():
                sql(statement)


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
PATH = "pg_catalog, public, pg_temp"
ON_SOURCE = "FUNCTION claims_on_source_change()"
TOUCH = "FUNCTION claims_touch(bigint[], boolean, text)"
RELAYS = "ALTER TABLE claims_attribution ALTER CONSTRAINT attribution_relays_within_its_claim"


def granted(what: str) -> tuple[str, str]:
    """Give the application this, and take it back."""
    return f"GRANT {what} TO {APP}", f"REVOKE {what} FROM {APP}"


def one_column(privilege: str, column: str, table: str, also: str = "") -> tuple[str, str, str]:
    """The application gets this on one column; what is told; and how it is taken back."""
    make_it, undo = granted(f"{privilege} ({column}) ON {table}")
    return f"the application may {privilege} {table}{also}", make_it, undo


#: what is so: (what is told, how it is made so, how it is undone)
FAULTS = {
    "an event may be written": ("may INSERT claims_claimevent", *granted("INSERT ON claims_claimevent")),
    "an event may be deleted": ("may DELETE claims_claimevent", *granted("DELETE ON claims_claimevent")),
    "a column of an event may be written": one_column("INSERT", "pgh_label", "claims_claimevent"),
    "a column of an event may be changed": one_column("UPDATE", "pgh_label", "people_userevent"),
    "a transition may be changed": ("may UPDATE claims_transition", *granted("UPDATE ON claims_transition")),
    "a transition may be written": one_column("INSERT", "claim_id", "claims_transition"),
    "a domain table may be deleted from": ("may DELETE claims_claim", *granted("DELETE ON claims_claim")),
    "a domain table may be emptied": ("may TRUNCATE claims_claim", *granted("TRUNCATE ON claims_claim")),
    "a trigger may be made": ("may TRIGGER claims_claim", *granted("TRIGGER ON claims_claim")),
    "a table may be named by another": ("may REFERENCES claims_claim", *granted("REFERENCES ON claims_claim")),
    "a decision may be changed": ("may UPDATE claims_signoff", *granted("UPDATE ON claims_signoff")),
    "a column of a decision may be changed": one_column("UPDATE", "by_id", "claims_clearance"),
    "a decision's number may be given": one_column("INSERT", "id", "claims_assessment", " (id)"),
    "a kept column may be changed": one_column("UPDATE", "verdict", "claims_claim", " (verdict)"),
    "a part may move": one_column("UPDATE", "claim_id", "claims_quantity", " (claim_id)"),
    "a person's number may be changed": one_column("UPDATE", "id", "people_user", " (id)"),
    "a snapshot's number may be changed": one_column("UPDATE", "id", "sources_snapshot", " (id)"),
    "a token may be deleted": ("may DELETE people_token", *granted("DELETE ON people_token")),
    "an invitation may be deleted": ("may DELETE people_invitation", *granted("DELETE ON people_invitation")),
    "a protected name may be read": ("may SELECT sources_protectedname", *granted("SELECT ON sources_protectedname")),
    "a column of a protected name may be read": one_column("SELECT", "real_name", "sources_protectedname"),
    "a disclosure may be deleted": (
        "may DELETE sources_identitydisclosure",
        *granted("DELETE ON sources_identitydisclosure"),
    ),
    "everybody may delete": (
        "may DELETE sources_source",
        "GRANT DELETE ON sources_source TO PUBLIC",
        "REVOKE DELETE ON sources_source FROM PUBLIC",
    ),
    "a trigger function is not the owner's": (
        "function claims_on_source_change is not hardened",
        f"ALTER {ON_SOURCE} SECURITY INVOKER",
        f"ALTER {ON_SOURCE} SECURITY DEFINER",
    ),
    "a trigger function has no search path": (
        "function claims_on_source_change is not hardened",
        f"ALTER {ON_SOURCE} RESET search_path",
        f"ALTER {ON_SOURCE} SET search_path = {PATH}",
    ),
    "a foreign search path": (
        "function claims_on_source_change is not hardened",
        f"ALTER {ON_SOURCE} SET search_path = pg_temp, public",
        f"ALTER {ON_SOURCE} SET search_path = {PATH}",
    ),
    "a search path in which the session comes first": (
        "function claims_on_source_change is not hardened",
        f"ALTER {ON_SOURCE} SET search_path = pg_catalog, public",
        f"ALTER {ON_SOURCE} SET search_path = {PATH}",
    ),
    "a session may silence triggers": (
        "a session may tell triggers to keep still",
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean"
        " LANGUAGE sql IMMUTABLE AS 'SELECT true'",
        history._IGNORE_NOTHING,
    ),
    "a trigger is disabled": (
        " is off",
        "ALTER TABLE claims_claim DISABLE TRIGGER USER",
        "ALTER TABLE claims_claim ENABLE TRIGGER USER",
    ),
    "a trigger runs on replicas only": (
        "trigger claims_on_embargo is off",
        "ALTER TABLE sources_document ENABLE REPLICA TRIGGER claims_on_embargo",
        "ALTER TABLE sources_document ENABLE TRIGGER claims_on_embargo",
    ),
    "a tie may wait": (
        "foreign key attribution_relays_within_its_claim may wait",
        f"{RELAYS} DEFERRABLE",
        f"{RELAYS} NOT DEFERRABLE",
    ),
    "objects may be made in public": (
        "the application may make objects in public",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ),
    "temporary tables may be made": (
        "the application may make temporary objects",
        f"GRANT TEMPORARY ON DATABASE {TEST} TO PUBLIC",
        f"REVOKE TEMPORARY ON DATABASE {TEST} FROM PUBLIC",
    ),
    "a function that writes may be called": ("the application may call claims_touch", *granted(f"EXECUTE ON {TOUCH}")),
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
    words, make_it, undo = FAULTS[fault]
    told = told_of(make_it, undo)
    assert told
    assert all(words in one for one in told), told
    assert history.faults() == []


def test_it_is_a_fault_when_the_application_is_the_owner(monkeypatch):
    monkeypatch.setattr(history, "connections", {"default": connections["owner"]})
    assert "the application owns table claims_claim" in history.faults()


#: Beyond these, an owner's mistake is not undone by hardening again, only told: a silenced trigger stays silent.
UNDONE = sorted(set(FAULTS) - {"a trigger is disabled", "a trigger runs on replicas only"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", UNDONE)
def test_hardening_takes_back_what_was_granted(fault):
    _, make_it, undo = FAULTS[fault]
    database = connection.settings_dict["NAME"]
    with opened("owner", autocommit=True) as session:
        session.execute(make_it.format(database=database))
        try:
            assert history.faults()
            history.harden()
            assert history.faults() == []
        finally:
            session.execute(undo.format(database=database))
            history.harden()
