"""Rule 3, attacked: chains have no circle, stay within one claim, and end after 100 hops."""

import random
import threading

import psycopg
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from claims.models import Attribution, Claim
from sources.models import Source
from tests import make
from tests.attacks import forbidden, opened, refused

pytestmark = pytest.mark.django_db

CIRCLE = ("attribution_chain_ends", "attribution_relays_within_its_claim")
NOT_OURS = "attribution_relays_within_its_claim"


def chain(claim: Claim, hops: int, speaker: Source | None = None) -> list[Attribution]:
    """This many hops, the origin first."""
    speaker = speaker or make.source()
    made: list[Attribution] = []
    for _ in range(hops):
        made.append(make.attribution(claim, speaker, relays=made[-1] if made else None))
    return made


def relay(hop: Attribution, relays: Attribution | None) -> None:
    Attribution.objects.filter(pk=hop.pk).update(relays=relays)


def withdraw(hop: Attribution) -> None:
    Attribution.objects.filter(pk=hop.pk).update(withdrawn_at=timezone.now(), withdrawn_because="Misread.")


def depths(hops: list[Attribution]) -> list[int]:
    return list(
        Attribution.objects.filter(pk__in=[hop.pk for hop in hops]).order_by("id").values_list("depth", flat=True)
    )


@pytest.mark.parametrize("hops", [1, 2, 3, 10])
def test_a_circle_is_refused(hops):
    made = chain(make.claim(), hops)
    with refused(*CIRCLE):
        relay(made[0], made[-1])
    assert depths(made) == list(range(hops))


def test_a_circle_is_refused_when_one_statement_makes_it(sql):
    claim = make.claim()
    one, two = chain(claim, 1) + chain(claim, 1)
    with refused(*CIRCLE):
        sql(
            """UPDATE claims_attribution SET relays_id = CASE id WHEN %s THEN %s::bigint ELSE %s END
            WHERE id IN (%s, %s)""",
            [one.pk, two.pk, one.pk, one.pk, two.pk],
        )


def test_a_hop_does_not_arrive_relaying_itself(sql):
    claim, speaker = make.claim(), make.source()
    for given in ("NULL", "0", "-1", "1"):
        with refused(*CIRCLE):
            sql(
                f"""INSERT INTO claims_attribution (id, claim_id, speaker_id, relays_id, relays_depth)
                SELECT n, %s, %s, n, {given} FROM nextval(pg_get_serial_sequence('claims_attribution', 'id')) n""",
                [claim.pk, speaker.pk],
            )


@pytest.mark.parametrize("depth", [None, -1, 0, 1])
def test_another_claims_hop_is_not_relayed(sql, depth):
    [other] = chain(make.claim(), 1)
    claim, speaker = make.claim(), make.source()
    with refused(NOT_OURS):
        sql(
            "INSERT INTO claims_attribution (claim_id, speaker_id, relays_id, relays_depth) VALUES (%s, %s, %s, %s)",
            [claim.pk, speaker.pk, other.pk, depth],
        )
    mine = make.attribution(claim)
    with refused(NOT_OURS):
        relay(mine, other)


def test_a_hop_that_is_not_there_is_not_relayed(sql):
    claim, speaker = make.claim(), make.source()
    for given in ("NULL", "-1", "0"):
        with refused(NOT_OURS):
            sql(
                f"""INSERT INTO claims_attribution (claim_id, speaker_id, relays_id, relays_depth)
                VALUES (%s, %s, 2000000000, {given})""",
                [claim.pk, speaker.pk],
            )


@pytest.mark.parametrize("forged", [-1, 1, 5, 98, 99])
def test_a_forged_depth_is_refused(sql, forged):
    [origin] = chain(make.claim(), 1)
    with refused(NOT_OURS, "attribution_chain_ends"):
        sql(
            "INSERT INTO claims_attribution (claim_id, speaker_id, relays_id, relays_depth) VALUES (%s, %s, %s, %s)",
            [origin.claim_id, origin.speaker_id, origin.pk, forged],
        )


def test_an_origin_has_no_depth_to_forge(sql):
    claim, speaker = make.claim(), make.source()
    [[depth]] = sql(
        "INSERT INTO claims_attribution (claim_id, speaker_id, relays_depth) VALUES (%s, %s, 50) RETURNING depth",
        [claim.pk, speaker.pk],
    )
    assert depth == 0


@pytest.mark.parametrize("column", ["depth", "relays_depth"])
def test_a_depth_is_not_set(sql, column):
    chain(make.claim(), 2)
    with pytest.raises(DatabaseError), transaction.atomic():
        sql(f"UPDATE claims_attribution SET {column} = 0")
    with forbidden():
        sql("UPDATE claims_attribution SET relays_depth = 0")


def test_a_hundred_hops_are_enough():
    claim = make.claim()
    made = chain(claim, 100)
    assert depths(made) == list(range(100))
    with refused("attribution_chain_ends"):
        make.attribution(claim, relays=made[-1])
    origin = make.attribution(claim)
    with refused("attribution_chain_ends"):
        relay(made[0], origin)
    relay(made[1], None)
    assert depths(made) == [0, *range(99)]
    relay(made[0], made[-1])
    assert depths(made)[0] == 99


def test_a_subtree_that_moves_takes_its_depths_along():
    claim = make.claim()
    trunk, branch = chain(claim, 5), chain(claim, 3)
    twig = make.attribution(claim, relays=branch[1])
    relay(branch[0], trunk[-1])
    assert depths([*branch, twig]) == [5, 6, 7, 7]
    relay(branch[0], trunk[1])
    assert depths([*branch, twig]) == [2, 3, 4, 4]
    relay(branch[0], None)
    assert depths([*branch, twig]) == [0, 1, 2, 2]
    claim.refresh_from_db()
    assert claim.independent_origins == 2


def test_a_hop_does_not_move_to_another_claim():
    made, other = chain(make.claim(), 3), make.claim()
    for moved in ([made[0]], [made[1]], [made[2]], made):
        with forbidden():
            Attribution.objects.filter(pk__in=[hop.pk for hop in moved]).update(claim=other)


@pytest.mark.django_db(transaction=True)
def test_a_chain_moves_to_another_claim_whole_or_not_at_all():
    """Not even the owner leaves half of it behind."""
    claim, other = make.claim(), make.claim()
    made = chain(claim, 3)
    move = "UPDATE claims_attribution SET claim_id = %s WHERE id = %s"
    with opened("owner") as session:
        for hop in made[1:]:
            with pytest.raises(psycopg.errors.ForeignKeyViolation) as told:
                session.execute(move, [other.pk, hop.pk])
            assert told.value.diag.constraint_name == NOT_OURS
            session.rollback()
        session.execute(move, [other.pk, made[0].pk])
    assert {hop.claim_id for hop in Attribution.objects.filter(pk__in=[hop.pk for hop in made])} == {other.pk}
    claim.refresh_from_db(), other.refresh_from_db()
    assert (claim.independent_origins, other.independent_origins) == (0, 1)


def test_a_hop_that_others_relay_is_not_withdrawn():
    made = chain(make.claim(), 3)
    for hop in made[:2]:
        with refused("attribution_relays_a_hop_that_counts"):
            withdraw(hop)
    for hop in reversed(made):
        withdraw(hop)
    assert depths(made) == [None] * 3


def test_a_withdrawn_hop_is_not_relayed():
    claim = make.claim()
    [origin] = chain(claim, 1)
    withdraw(origin)
    with refused(NOT_OURS):
        make.attribution(claim, relays=origin)
    other = make.attribution(claim)
    with refused(NOT_OURS):
        relay(other, origin)


def test_a_withdrawn_hop_does_not_come_back_before_the_one_it_relays():
    made = chain(make.claim(), 2)
    withdraw(made[1]), withdraw(made[0])
    with refused(NOT_OURS):
        Attribution.objects.filter(pk=made[1].pk).update(withdrawn_at=None, withdrawn_because="")
    assert depths(made) == [None, None]


def test_a_withdrawn_hop_does_not_come_back_elsewhere():
    """Whatever it is hung on as it comes back counts, and is its claim's."""
    claim = make.claim()
    made, [other] = chain(claim, 2), chain(make.claim(), 1)
    withdraw(made[1]), withdraw(made[0])
    back = Attribution.objects.filter(pk=made[1].pk)
    for relays in (other.pk, made[1].pk, 2_000_000_000):
        with refused(*CIRCLE):
            back.update(withdrawn_at=None, withdrawn_because="", relays_id=relays)
        with refused(*CIRCLE):
            back.update(relays_id=relays)
    origin = make.attribution(claim)
    back.update(withdrawn_at=None, withdrawn_because="", relays=origin)
    assert depths([made[1]]) == [1]


def test_a_withdrawn_chain_comes_back_in_order():
    made = chain(make.claim(), 2)
    withdraw(made[1]), withdraw(made[0])
    for hop in made:
        Attribution.objects.filter(pk=hop.pk).update(withdrawn_at=None, withdrawn_because="")
    assert depths(made) == [0, 1]


def test_a_withdrawn_hop_does_not_leave_its_chain_behind():
    made = chain(make.claim(), 2)
    withdraw(made[1]), withdraw(made[0])
    with forbidden():
        Attribution.objects.filter(pk=made[1].pk).update(claim=make.claim())


def test_a_withdrawn_chain_comes_back_in_one_statement_right_or_not_at_all():
    made = chain(make.claim(), 3)
    for hop in reversed(made):
        withdraw(hop)
    try:
        with transaction.atomic():
            Attribution.objects.filter(claim=made[0].claim).update(withdrawn_at=None, withdrawn_because="")
    except DatabaseError:
        assert depths(made) == [None] * 3
    else:
        assert depths(made) == [0, 1, 2]


def run_together(work: list) -> list[str]:
    """Run these at once, each in its own thread; the errors' classes, if any."""
    barrier, told = threading.Barrier(len(work)), []

    def run(job) -> None:
        with opened() as session:
            session.execute("SELECT 1")
            barrier.wait(10)
            try:
                job(session)
                session.commit()
            except psycopg.Error as refusal:
                told.append(type(refusal).__name__)
                session.rollback()

    threads = [threading.Thread(target=run, args=[job]) for job in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return told


def hangs_on(hop: int, relays: int | None):
    return lambda session: session.execute("UPDATE claims_attribution SET relays_id = %s WHERE id = %s", [relays, hop])


WALK = """
    WITH RECURSIVE walk (id, steps) AS (
        SELECT id, 0 FROM claims_attribution
        UNION ALL
        SELECT a.relays_id, steps + 1 FROM walk JOIN claims_attribution a USING (id)
        WHERE a.relays_id IS NOT NULL AND steps < 200
    )
    SELECT max(steps) FROM walk
"""
WRONG_DEPTH = """
    SELECT a.id FROM claims_attribution a LEFT JOIN claims_attribution b ON b.id = a.relays_id
    WHERE a.depth <> coalesce(b.depth + 1, 0) OR b.claim_id <> a.claim_id
"""


@pytest.mark.django_db(transaction=True)
def test_two_writers_do_not_make_a_circle_together(sql):
    claim, speaker = make.claim(), make.source()
    for _ in range(5):  # PostgreSQL takes a second to see each deadlock
        one, two = make.attribution(claim, speaker), make.attribution(claim, speaker)
        run_together([hangs_on(one.pk, two.pk), hangs_on(two.pk, one.pk)])
        assert sql(WALK)[0][0] < 100
    assert sql(WRONG_DEPTH) == []


@pytest.mark.django_db(transaction=True)
def test_three_writers_do_not_make_a_circle_together(sql):
    claim, speaker = make.claim(), make.source()
    for _ in range(4):
        ring = [make.attribution(claim, speaker).pk for _ in range(3)]
        run_together([hangs_on(ring[n], ring[n - 1]) for n in range(3)])
        assert sql(WALK)[0][0] < 100
    assert sql(WRONG_DEPTH) == []


@pytest.mark.django_db(transaction=True)
def test_writers_at_random_leave_chains_that_end_and_columns_that_are_right(sql):
    claim, speaker = make.claim(), make.source()
    hops = [hop.pk for hop in chain(claim, 8, speaker)]
    dice = random.Random(7)
    for _ in range(10):
        run_together([hangs_on(*dice.sample([*hops], 2)) for _ in range(4)])
    assert sql(WALK)[0][0] < 100
    assert sql(WRONG_DEPTH) == []
    claim.refresh_from_db()
    assert sql("SELECT independent_origins, warnings FROM claims_origin_summary WHERE claim_id = %s", [claim.pk]) == [
        (claim.independent_origins, claim.warnings)
    ]


@pytest.mark.django_db(transaction=True)
def test_a_hop_is_not_hung_on_one_that_is_withdrawn_meanwhile(sql):
    claim, speaker = make.claim(), make.source()
    for _ in range(8):
        origin = make.attribution(claim, speaker)
        run_together(
            [
                lambda session, pk=origin.pk: session.execute(
                    "UPDATE claims_attribution SET withdrawn_at = now(), withdrawn_because = 'x' WHERE id = %s", [pk]
                ),
                lambda session, pk=origin.pk: session.execute(
                    "INSERT INTO claims_attribution (claim_id, speaker_id, relays_id) VALUES (%s, %s, %s)",
                    [claim.pk, speaker.pk, pk],
                ),
            ]
        )
    assert sql(
        """SELECT count(*) FROM claims_attribution a JOIN claims_attribution b ON b.id = a.relays_id
        WHERE a.withdrawn_at IS NULL AND b.withdrawn_at IS NOT NULL"""
    ) == [(0,)]
