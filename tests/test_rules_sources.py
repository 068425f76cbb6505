"""Sources, attacked: merges end at a root; a protected name has one reader, who is logged; a grade has a day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.utils import timezone

from sources.models import IdentityDisclosure, KnownTo, ProtectedIdentity, ProtectedName, Source
from tests import make
from tests.attacks import forbidden, opened, refused

pytestmark = pytest.mark.django_db

ROOT = "source_merged_into_a_root"
NAME = "Petra Unknown"


def merge(source: Source, root: Source | None) -> None:
    Source.objects.filter(pk=source.pk).update(merged_into=root)


def protected(name: str = NAME) -> ProtectedIdentity:
    return make.protected(name)


def test_a_duplicate_points_at_its_root_and_is_freed_again():
    duplicate, root = make.source(), make.source()
    merge(duplicate, root)
    assert list(root.merged.all()) == [duplicate]
    merge(duplicate, None)
    assert not root.merged.exists()


def test_nothing_is_merged_into_what_is_merged():
    first, second, third = make.source(), make.source(), make.source()
    merge(first, second)
    with refused(ROOT):
        merge(third, first)
    with refused(ROOT):
        merge(second, third)
    with refused(ROOT):
        make.source(merged_into=first)


def test_merges_go_in_no_circle(sql):
    one, two = make.source(), make.source()
    with refused(ROOT):
        merge(one, one)
    merge(one, two)
    with refused(ROOT):
        merge(two, one)
    merge(one, None)
    with refused(ROOT):
        sql(
            """UPDATE sources_source SET merged_into_id = CASE id WHEN %s THEN %s::bigint ELSE %s END
            WHERE id IN (%s, %s)""",
            [one.pk, two.pk, one.pk, one.pk, two.pk],
        )


def test_what_nobody_stated_is_neither_merged_nor_merged_into():
    unstated, other, third = make.source(identity="unstated"), make.source(), make.source()
    with refused("source_unstated_is_never_merged"):
        merge(unstated, other)
    with refused(ROOT):
        merge(other, unstated)
    merge(other, third)
    with refused(ROOT):
        Source.objects.filter(pk=third.pk).update(identity="unstated")
    with refused("source_unstated_is_never_merged"):
        Source.objects.filter(pk=other.pk).update(identity="unstated")


@pytest.mark.parametrize("column", ["is_root", "merged_into_root"])
def test_what_a_root_is_is_not_set(sql, column):
    make.source()
    with pytest.raises(DatabaseError, match=column), transaction.atomic():
        sql(f"UPDATE sources_source SET {column} = true")


def test_a_merge_waits_for_nothing(sql):
    """The tie to the root is not put off until the end of the transaction."""
    one, two = make.source(), make.source()
    sql("SET CONSTRAINTS ALL DEFERRED")
    merge(one, two)
    with refused(ROOT):
        merge(two, one)


def test_a_grade_has_its_day():
    source = make.source()
    for facts in ({"reliability": "A"}, {"reliability_on": date(2020, 1, 1)}):
        with refused("source_grade_is_dated"):
            Source.objects.filter(pk=source.pk).update(**facts)
    with refused("source_reliability_is_known"):
        Source.objects.filter(pk=source.pk).update(reliability="G", reliability_on=date(2020, 1, 1))
    Source.objects.filter(pk=source.pk).update(reliability="A", reliability_on=date(2020, 1, 1))


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"name": " \t"}, "source_has_a_name"),
        ({"kind": "robot"}, "source_kind_is_known"),
        ({"identity": "secret"}, "source_identity_is_known"),
        ({"headcount": 3}, "source_headcount_is_a_groups"),
    ],
)
def test_a_source_is_one_that_can_be(facts, rule):
    with refused(rule):
        Source.objects.filter(pk=make.source().pk).update(**facts)


def test_nobody_owns_themselves():
    source = make.outlet()
    with refused("source_does_not_own_itself"):
        Source.objects.filter(pk=source.pk).update(owner=source)


READ = [
    "SELECT * FROM sources_protectedname",
    "SELECT real_name FROM sources_protectedname",
    "SELECT count(*) FROM sources_protectedname",
    "TABLE sources_protectedname",
    "COPY sources_protectedname TO STDOUT",
    "SELECT p FROM sources_protectedname p",
    "WITH read AS (SELECT real_name FROM sources_protectedname) SELECT * FROM read",
    "INSERT INTO sources_protectedname (protection_id, real_name, contact) VALUES ({id}, 'x', '') RETURNING real_name",
    "INSERT INTO sources_protectedname (protection_id, real_name, contact) VALUES ({id}, 'x', '')"
    " ON CONFLICT (protection_id) DO UPDATE SET real_name = 'x'",
    "UPDATE sources_protectedname SET real_name = 'x'",
    "DELETE FROM sources_protectedname",
    "MERGE INTO sources_protectedname p USING (VALUES ({id})) v (id) ON p.protection_id = v.id"
    " WHEN MATCHED THEN DO NOTHING",
    "LOCK TABLE sources_protectedname IN ACCESS EXCLUSIVE MODE",
    "DO $$ DECLARE name text; BEGIN SELECT real_name INTO name FROM sources_protectedname; RAISE '%', name; END $$",
]


@pytest.mark.parametrize("statement", READ)
def test_a_protected_name_is_not_read_nor_changed(sql, statement):
    made = protected()
    with forbidden():
        sql(statement.format(id=made.pk))


def test_statistics_do_not_tell_a_protected_name(sql):
    assert sql("SELECT count(*) FROM pg_stats WHERE tablename = 'sources_protectedname'") == [(0,)]
    assert sql("SELECT relname FROM pg_class WHERE relname ~ 'protectedname' AND relkind IN ('r', 'v', 'm')") == [
        ("sources_protectedname",)
    ]


def test_a_protected_name_has_no_history():
    assert not [m for m in apps.get_models() if m.__name__ == "ProtectedNameEvent"]


def ask(session: psycopg.Connection, made: ProtectedIdentity, by: int, why: str | None = "To call her.") -> int:
    [number] = session.execute("SELECT sources_ask_identity(%s, %s, %s)", [made.pk, by, why]).fetchone()
    return number


def reveal(session: psycopg.Connection, disclosure: int) -> list[tuple]:
    return session.execute("SELECT * FROM sources_reveal_identity(%s)", [disclosure]).fetchall()


def told(made: ProtectedIdentity, by: int, why: str = "To call her.") -> list[tuple]:
    """Ask, commit, and look."""
    with opened() as session:
        number = ask(session, made, by, why)
    with opened() as session:
        return reveal(session, number)


@contextmanager
def not_told() -> Iterator[None]:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        yield


apart = pytest.mark.django_db(transaction=True)


@apart
@pytest.mark.parametrize("role", ["reader", "reporter", "checker", "editor", "legal"])
def test_who_does_not_know_is_not_told(role):
    made, other = protected(), protected("Somebody Else")
    person = make.user(role)
    KnownTo.objects.create(protection=other, person=person)
    for by in (person.pk, 2_000_000_000, make.user("chief", is_active=False).pk, None):
        with not_told():
            told(made, by)
    assert not IdentityDisclosure.objects.exists()


@apart
def test_who_knows_but_is_not_active_is_not_told():
    made, person = protected(), make.user("editor", is_active=False)
    KnownTo.objects.create(protection=made, person=person)
    with not_told():
        told(made, person.pk)


@apart
def test_who_no_longer_knows_is_not_told():
    made, person = protected(), make.user()
    KnownTo.objects.create(protection=made, person=person)
    assert told(made, person.pk) == [(NAME, "at the bridge")]
    KnownTo.objects.update(withdrawn_at=timezone.now(), withdrawn_because="Left the desk.")
    with not_told():
        told(made, person.pk)


@apart
def test_a_protected_name_is_read_with_a_reason_and_a_row_in_the_log():
    made, chief = protected(), make.user("chief")
    protected("Somebody Else")
    assert told(made, chief.pk) == [(NAME, "at the bridge")]
    [row] = IdentityDisclosure.objects.all()
    assert (row.protection, row.by, row.reason) == (made, chief, "To call her.")
    for why in (" ", "", "\n\t", None):
        with opened() as session, pytest.raises(psycopg.IntegrityError):
            ask(session, made, chief.pk, why)
    assert IdentityDisclosure.objects.count() == 1


@apart
def test_asking_and_reading_in_one_transaction_tells_nothing():
    made, chief = protected(), make.user("chief")
    with opened() as session:
        number = ask(session, made, chief.pk)
        assert reveal(session, number) == []
        session.execute("SAVEPOINT later")
        assert reveal(session, number) == []
        with session.transaction():
            inner = ask(session, made, chief.pk)
            assert reveal(session, inner) == []
        session.execute("RELEASE later")
        assert reveal(session, inner) == []
        both = "SELECT r.* FROM sources_ask_identity(%s, %s, 'x') AS asked, sources_reveal_identity(asked) AS r"
        assert session.execute(both, [made.pk, chief.pk]).fetchall() == []
        session.rollback()
    assert not IdentityDisclosure.objects.exists()


@apart
def test_a_reader_who_rolls_back_reads_nothing():
    """Neither in that transaction, nor after it, nor from another session while it is open."""
    made, chief = protected(), make.user("chief")
    with opened() as session, opened(autocommit=True) as beside:
        number = ask(session, made, chief.pk)
        assert reveal(session, number) == []
        beside.execute("SET default_transaction_isolation = 'read uncommitted'")
        assert reveal(beside, number) == []
        session.rollback()
        assert reveal(session, number) == []
        session.rollback()
        session.execute("SAVEPOINT asked")
        number = ask(session, made, chief.pk)
        session.execute("ROLLBACK TO asked")
        assert reveal(session, number) == []
        session.rollback()
        assert reveal(beside, number) == []
    assert not IdentityDisclosure.objects.exists()


@apart
@pytest.mark.parametrize(("age", "rows"), [("50 seconds", 1), ("61 seconds", 0), ("1 hour", 0), ("1 year", 0)])
def test_a_disclosure_is_good_for_a_minute(age, rows):
    made, chief = protected(), make.user("chief")
    with opened() as session:
        number = ask(session, made, chief.pk)
    with opened("owner") as session:
        session.execute("UPDATE sources_identitydisclosure SET created_at = now() - %s::interval", [age])
    with opened() as session:
        assert len(reveal(session, number)) == rows


@apart
def test_a_number_that_is_guessed_tells_nothing():
    protected()
    with opened() as session:
        for number in (-1, 0, 1, 2**62, None):
            assert reveal(session, number) == []


@apart
@pytest.mark.parametrize("path", ["pg_temp, public", "pg_temp", '"$user", public'])
def test_names_in_the_sessions_own_schema_do_not_fool_the_reader(path):
    """A search path that puts the session first changes nothing: the functions have their own."""
    made, person, chief = protected(), make.user(), make.user("chief")
    with opened() as session:
        session.execute(f"SET search_path = {path}")
        with not_told():
            session.execute("SELECT public.sources_ask_identity(%s, %s, 'x')", [made.pk, person.pk])
        session.rollback()
        session.execute(f"SET search_path = {path}")
        asked = "SELECT public.sources_ask_identity(%s, %s, 'x')"
        [number] = session.execute(asked, [made.pk, chief.pk]).fetchone()
        shown = "SELECT real_name FROM public.sources_reveal_identity(%s)"
        assert session.execute(shown, [number]).fetchall() == []
        session.commit()
        assert session.execute(shown, [number]).fetchall() == [(NAME,)]
    assert IdentityDisclosure.objects.get().by == chief


@apart
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sources_identitydisclosure SET reason = 'x'",
        "UPDATE sources_identitydisclosure SET created_at = now()",
        "UPDATE sources_identitydisclosure SET asked_in = 0",
        "DELETE FROM sources_identitydisclosure",
        "TRUNCATE sources_identitydisclosure",
        "INSERT INTO sources_identitydisclosure (protection_id, by_id, reason) VALUES ({id}, {by}, 'x')",
        "INSERT INTO sources_identitydisclosure (protection_id, by_id, reason, asked_in) VALUES ({id}, {by}, 'x', 0)",
        "COPY sources_identitydisclosure (reason) FROM STDIN",
    ],
)
def test_the_log_of_readers_is_not_touched(sql, statement):
    made, chief = protected(), make.user("chief")
    assert told(made, chief.pk)
    with forbidden():
        sql(statement.format(id=made.pk, by=chief.pk))
    assert IdentityDisclosure.objects.get().reason == "To call her."


def test_a_source_that_becomes_protected_takes_its_name_out_of_history(sql):
    source = make.source(NAME)
    Source.objects.filter(pk=source.pk).update(identity="protected", name="Falcon")
    assert sql("SELECT count(*) FROM sources_sourceevent WHERE name = %s", [NAME]) == [(0,)]


def test_who_has_terms_of_protection_is_protected():
    with refused():
        ProtectedIdentity.objects.create(source=make.source(NAME), approved_by=make.user("chief"))


def test_a_refusal_does_not_repeat_what_is_secret():
    made = ProtectedIdentity.objects.create(source=make.source(identity="protected"), approved_by=make.user("chief"))
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        ProtectedName(protection=made, real_name=" ", contact="at the bridge").save(force_insert=True)
    assert "at the bridge" not in f"{refusal.value} {refusal.value.__cause__.diag.message_detail}"
