"""Rules 1 and 2, attacked: a snapshot never changes, a passage lies within it."""

import hashlib

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from sources.models import Document, Passage, Sentence, Snapshot
from tests import make
from tests.attacks import forbidden, next_id, refused

pytestmark = pytest.mark.django_db

#: Astral and combining characters: 1, 1 and 2 (e, acute), 4 (a family: emoji, joiner ...) code points.
ODD = "a\U0001f469\u0065\u0301\U0001f469\u200d\U0001f680\ufe0f\U00020000."


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        "text = 'Other words.'",
        "text = text || ' '",
        "text = NULL",
        "length = length + 1",
        "sha256 = repeat('0', 64)",
        f"text = 'Other words.', length = 12, sha256 = '{digest('Other words.')}'",
        "document_id = %s",
        "captured_at = now() - interval '1 year'",
        "captured_from = 'upload'",
        "original_sha256 = repeat('0', 64)",
    ],
)
def test_a_snapshot_never_changes(sql, change):
    held = make.snapshot("Some words.")
    with refused("snapshot_is_immutable"):
        sql(
            f"UPDATE sources_snapshot SET {change} WHERE id = {held.pk}",
            [make.document().pk] if "%s" in change else None,
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sources_snapshot SET id = id + 1000000 WHERE id = {id}",
        "UPDATE sources_snapshot SET id = id WHERE id = {id}",
        "MERGE INTO sources_snapshot s USING (VALUES ({id})) v (n) ON v.n = s.id"
        " WHEN MATCHED THEN UPDATE SET id = s.id + 1000000",
    ],
)
def test_a_snapshot_keeps_its_number(sql, statement):
    with forbidden():
        sql(statement.format(id=make.snapshot().pk))


def test_a_snapshot_changes_neither_through_on_conflict_nor_merge(sql):
    held = make.snapshot("Some words.")
    columns = "document_id, text, length, sha256, captured_at, captured_from"
    with refused("snapshot_is_immutable"):
        sql(
            f"""INSERT INTO sources_snapshot ({columns}) SELECT {columns} FROM sources_snapshot WHERE id = {held.pk}
            ON CONFLICT (document_id, sha256, captured_at) DO UPDATE SET text = 'Other words.'"""
        )
    with refused("snapshot_is_immutable"):
        sql(
            f"""MERGE INTO sources_snapshot s USING (VALUES ({held.pk})) v (id) ON v.id = s.id
            WHEN MATCHED THEN UPDATE SET text = 'Other words.'"""
        )


@pytest.mark.parametrize("text", ["Some words!", "Some words. ", "some words.", ""])
def test_another_text_is_not_attached_to_a_sealed_snapshot(sql, text):
    sealed = make.snapshot(None, sealed="Some words.")
    with refused("snapshot_text_has_its_digest"):
        sql("UPDATE sources_snapshot SET text = %s WHERE id = %s", [text, sealed.pk])


def test_the_right_text_is_attached_once_and_stays():
    sealed = make.snapshot(None, sealed="Some words.")
    assert sealed.sealed
    Snapshot.objects.filter(pk=sealed.pk).update(text="Some words.")
    sealed.refresh_from_db()
    assert (sealed.text, sealed.sealed) == ("Some words.", False)
    for text in (None, "Other words.", "Some words.\n"):
        with refused("snapshot_is_immutable"):
            Snapshot.objects.filter(pk=sealed.pk).update(text=text)
    Snapshot.objects.filter(pk=sealed.pk).update(text="Some words.")  # the same text changes nothing


@pytest.mark.parametrize(("length", "sha256"), [(12, digest("Some words.")), (11, digest("Other words."))])
def test_a_snapshot_does_not_arrive_with_another_texts_digest_or_length(length, sha256):
    with refused("snapshot_text_has_its_digest"):
        Snapshot.objects.create(
            document=make.document(),
            text="Some words.",
            length=length,
            sha256=sha256,
            captured_at=timezone.now(),
            captured_from="paste",
        )


def test_a_sealed_snapshot_holds_a_real_digest():
    with refused("snapshot_digest_is_sha256"):
        Snapshot.objects.create(
            document=make.document(), length=3, sha256="G" * 64, captured_at=timezone.now(), captured_from="dossier"
        )


def test_a_sealed_snapshots_length_is_checked_when_its_text_is_attached(sql):
    sealed = Snapshot.objects.create(
        document=make.document(), length=10, sha256=digest("Words"), captured_at=timezone.now(), captured_from="dossier"
    )
    with refused("snapshot_text_has_its_digest"):
        sql("UPDATE sources_snapshot SET text = 'Words' WHERE id = %s", [sealed.pk])


def test_whether_it_is_sealed_is_not_ours_to_say(sql):
    held = make.snapshot()
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        sql("UPDATE sources_snapshot SET sealed = true WHERE id = %s", [held.pk])


def test_an_original_has_its_digest_and_stays(sql):
    data = b"%PDF"
    held = make.snapshot(original=data, original_sha256=hashlib.sha256(data).hexdigest())
    for change in ("original = NULL", "original = 'x'::bytea", "original_sha256 = NULL"):
        with refused("snapshot_is_immutable"):
            sql(f"UPDATE sources_snapshot SET {change} WHERE id = {held.pk}")
    with refused("snapshot_original_has_its_digest"):
        make.snapshot(original=data, original_sha256=digest("other"))


def test_an_original_comes_with_its_digest():
    with refused("snapshot_original_has_its_digest"):
        make.snapshot(original=b"%PDF", original_sha256=None)
    with refused("snapshot_original_has_its_digest"):
        Snapshot.objects.filter(pk=make.snapshot().pk).update(original=b"%PDF")


def test_the_right_original_is_attached_once_and_stays():
    held = make.snapshot(original_sha256=hashlib.sha256(b"%PDF").hexdigest())
    change = Snapshot.objects.filter(pk=held.pk)
    with refused("snapshot_original_has_its_digest"):
        change.update(original=b"forged")
    for digests in (None, hashlib.sha256(b"forged").hexdigest()):
        with refused("snapshot_is_immutable"):
            change.update(original=b"forged", original_sha256=digests)
    change.update(original=b"%PDF")
    for data in (None, b"forged", b""):
        with refused("snapshot_is_immutable"):
            change.update(original=data)
    assert bytes(change.get().original) == b"%PDF"


def test_an_original_is_not_slipped_under_an_old_snapshot(sql):
    held = make.snapshot("Some words.")
    with refused("snapshot_is_immutable"):
        sql(
            "UPDATE sources_snapshot SET original = %s, original_sha256 = %s WHERE id = %s",
            [b"forged", hashlib.sha256(b"forged").hexdigest(), held.pk],
        )


def test_code_points_are_counted_not_bytes_nor_utf16_units(sql):
    assert len(ODD) == 10
    held = make.snapshot(ODD)
    assert held.length == 10
    assert sql("SELECT length(text) FROM sources_snapshot WHERE id = %s", [held.pk]) == [(10,)]
    last = make.passage(held, 8, 10)
    assert sql(
        """SELECT substr(s.text, p.start + 1, p."end" - p.start) FROM sources_passage p
        JOIN sources_snapshot s ON s.id = p.snapshot_id WHERE p.id = %s""",
        [last.pk],
    ) == [(ODD[8:10],)]
    utf16 = len(ODD.encode("utf-16-le")) // 2
    for end in (11, utf16, len(ODD.encode())):
        with refused("passage_lies_within"):
            make.passage(held, 0, end)
    with refused("snapshot_text_has_its_digest"):
        Snapshot.objects.create(
            document=make.document(),
            text=ODD,
            length=utf16,
            sha256=digest(ODD),
            captured_at=timezone.now(),
            captured_from="paste",
        )


def test_text_is_kept_as_typed_and_not_normalized():
    composed, decomposed = make.snapshot("\u00e9"), make.snapshot("e\u0301")
    assert (composed.length, decomposed.length) == (1, 2)
    assert Snapshot.objects.get(pk=decomposed.pk).text == "e\u0301"


@pytest.mark.parametrize("model", [Passage, Sentence])
@pytest.mark.parametrize(
    ("start", "end", "rule"),
    [
        (0, 12, "lies_within"),
        (11, 12, "lies_within"),
        (0, 2_000_000_000, "lies_within"),
        (5, 5, "is_not_empty"),
        (6, 5, "is_not_empty"),
        (-1, 5, "start_check"),
    ],
)
def test_a_span_lies_within_its_snapshot(model, start, end, rule):
    held = make.snapshot("Some words.")
    name = model._meta.model_name
    with refused(f"sources_{name}_{rule}" if rule == "start_check" else f"{name}_{rule}"):
        model.objects.create(snapshot=held, start=start, end=end)


@pytest.mark.parametrize("model", [Passage, Sentence])
def test_one_bad_span_among_many_refuses_them_all(model):
    held, short = make.snapshot("Some words."), make.snapshot("Few.")
    with refused(f"{model._meta.model_name}_lies_within"):
        model.objects.bulk_create(
            [model(snapshot=held, start=i, end=i + 2) for i in range(8)] + [model(snapshot=short, start=0, end=5)]
        )
    assert not model.objects.filter(snapshot__in=[held, short]).exists()


def test_a_span_lies_within_a_sealed_snapshot_too():
    sealed = make.snapshot(None, sealed="Some words.")
    make.passage(sealed, 0, 11)
    with refused("passage_lies_within"):
        make.passage(sealed, 0, 12)


@pytest.mark.parametrize("table", ["sources_passage", "sources_sentence"])
@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE {table} SET start = 1, "end" = 2',
        "UPDATE {table} SET snapshot_id = snapshot_id",
        "UPDATE {table} SET part = 'headline'",
        "DELETE FROM {table}",
        "TRUNCATE {table} CASCADE",
    ],
)
def test_a_span_is_neither_moved_nor_deleted(sql, table, statement):
    held = make.snapshot()
    make.passage(held)
    Sentence.objects.create(snapshot=held, start=0, end=4)
    with forbidden():
        sql(statement.format(table=table))


@pytest.mark.parametrize("model", [Passage, Sentence])
def test_a_span_does_not_come_before_its_snapshot(sql, model):
    """Were foreign keys to wait for the end of the transaction, a guard that finds no snapshot would pass."""
    number = next_id(sql, "sources_snapshot")
    sql("SET CONSTRAINTS ALL DEFERRED")
    with refused():
        sql(
            f'INSERT INTO {model._meta.db_table} (snapshot_id, start, "end", part) VALUES (%s, 0, 999, %s)',
            [number, "body"],
        )


def test_a_text_may_have_five_million_characters_and_no_more(sql):
    document = Document.objects.create(kind="book")
    statement = """INSERT INTO sources_snapshot (document_id, length, sha256, captured_at, captured_from)
        VALUES (%s, %s, repeat('0', 64), now(), 'upload')"""
    sql(statement, [document.pk, 5_000_000])
    with refused("snapshot_is_bounded"):
        sql(statement, [document.pk, 5_000_001])


def test_an_original_is_bounded_too(sql):
    statement = """INSERT INTO sources_snapshot
                (document_id, length, sha256, original, original_sha256, captured_at, captured_from)
            SELECT %s, 0, repeat('0', 64), big, encode(sha256(big), 'hex'), now(), 'upload'
            FROM (SELECT convert_to(repeat('x', %s), 'UTF8') AS big) AS made"""
    with refused("snapshot_original_is_bounded"):
        sql(statement, [make.document().pk, 50_000_001])
    sql(statement, [make.document().pk, 50_000_000])
