"""The kept origins equal the computed ones: after random edits, and under writers who do not wait for each other."""

import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from claims.models import Attribution, Claim
from sources.models import Affiliation, Source
from tests import make

DAYS = [None, date(2024, 1, 1), date(2024, 6, 1)]


def disagreements() -> list[tuple]:
    """Claims whose kept columns are not what the view says now."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT c.id, c.independent_origins, s.independent_origins, c.warnings, s.warnings
            FROM claims_claim c JOIN claims_origin_summary s ON s.claim_id = c.id
            WHERE (c.independent_origins, c.warnings) IS DISTINCT FROM (s.independent_origins, s.warnings)
        """)
        return cursor.fetchall()


def independent_origins(claim: Claim) -> int:
    """DOMAIN.md §3 said again, slowly and in Python, without the words and the rulings."""
    sources = {s.pk: s for s in Source.objects.all()}
    affiliations = list(Affiliation.objects.filter(withdrawn_at=None))

    def root(pk: int) -> int:
        return sources[pk].merged_into_id or pk

    def owners(pk: int) -> set[int]:
        above, todo = set(), [root(pk)]
        while todo:
            here = todo.pop()
            for source in sources.values():
                if root(source.pk) == here and source.owner_id and root(source.owner_id) not in above:
                    above.add(root(source.owner_id))
                    todo.append(root(source.owner_id))
        return above

    def voices(hop: Attribution) -> set[int]:
        own = {root(hop.speaker_id)} | ({root(hop.speaks_for_id)} if hop.speaks_for_id else set())
        found = own | {owner for pk in own for owner in owners(pk)}
        named = sources[root(hop.speaker_id)].identity == "named"
        if not (named and hop.basis in ("witnessed", "took_part")):
            found |= {
                root(a.organization_id)
                for a in affiliations
                if root(a.source_id) == root(hop.speaker_id)
                and (hop.said_on is None or ((a.since or hop.said_on) <= hop.said_on <= (a.until or hop.said_on)))
            }
        return found

    groups: list[set[int]] = []
    for hop in claim.attributions.filter(relays=None, withdrawn_at=None, stance__in=["asserts", "reports"]):
        mine = voices(hop)
        joined = [group for group in groups if group & mine]
        groups = [group for group in groups if not group & mine] + [mine.union(*joined)]
    return len(groups)


def hop(draw_from: random.Random, claims: list[Claim], sources: list[Source]) -> None:
    claim = draw_from.choice(claims)
    siblings = list(claim.attributions.filter(withdrawn_at=None))
    Attribution.objects.create(
        claim=claim,
        speaker=draw_from.choice(sources),
        relays=draw_from.choice([None, None, *siblings]),
        speaks_for=draw_from.choice([None, None, *sources]),
        stance=draw_from.choice(["asserts", "asserts", "reports", "denies"]),
        basis=draw_from.choice(["not_stated", "witnessed", "told_by_others"]),
        manner=draw_from.choice(["paraphrase", "own_voice"]),
        said_on=draw_from.choice(DAYS),
    )


def edit(draw_from: random.Random, claims: list[Claim], sources: list[Source]) -> None:
    """One lawful or unlawful edit; what the database refuses changes nothing."""
    some = draw_from.choice(sources)
    hops = Attribution.objects.filter(claim__in=claims)
    one_hop = hops.order_by("?").first()
    choices: list[Callable[[], object]] = [
        lambda: hop(draw_from, claims, sources),
        lambda: Source.objects.filter(pk=some.pk).update(owner=draw_from.choice([None, *sources])),
        lambda: Source.objects.filter(pk=some.pk).update(merged_into=draw_from.choice([None, *sources])),
        lambda: Source.objects.filter(pk=some.pk).update(identity=draw_from.choice(["named", "unnamed", "unstated"])),
        lambda: make.affiliation(some, draw_from.choice(sources), until=draw_from.choice(DAYS)),
        lambda: Affiliation.objects.filter(source=some).update(since=draw_from.choice(DAYS), until=None),
        lambda: Claim.objects.filter(pk=claims[0].pk).update(kind=draw_from.choice(["event", "rule"])),
    ]
    if one_hop:
        chosen = hops.filter(pk=one_hop.pk)
        other = hops.filter(claim=one_hop.claim_id).order_by("?").first()
        choices += [
            lambda: chosen.update(relays=draw_from.choice([None, other])),
            lambda: chosen.update(withdrawn_at="2024-01-01T00:00Z", withdrawn_because="Misread."),
            lambda: chosen.update(withdrawn_at=None),
            lambda: chosen.update(speaker=some),
        ]
    with suppress(IntegrityError), transaction.atomic():  # a circle, a merge into one merged: refused, nothing changed
        draw_from.choice(choices)()


@pytest.mark.django_db
@given(seed=st.integers(0, 2**32), edits=st.integers(1, 25))
def test_after_any_edits_what_is_kept_is_what_is_computed(seed, edits):
    draw_from = random.Random(seed)
    claims = [make.claim() for _ in range(3)]
    sources = [make.source(kind=kind) for kind in ("person", "person", "organization", "outlet", "group")]
    for _ in range(edits):
        edit(draw_from, claims, sources)
    assert disagreements() == []
    for claim in claims:
        claim.refresh_from_db()
        assert claim.independent_origins == independent_origins(claim)


def together(*jobs: Callable[[], object]) -> list[Exception]:
    """Run each job in a thread of its own, all from one starting shot; what the database refused is returned."""
    barrier, refused = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            with transaction.atomic():
                job()
        except DatabaseError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return refused


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_on_one_claim_leave_the_count_right():
    for _ in range(20):
        claim = make.claim()
        speakers = [make.source() for _ in range(4)]
        refused = together(
            *[lambda claim=claim, speaker=speaker: make.attribution(claim, speaker) for speaker in speakers]
        )
        claim.refresh_from_db()
        assert (refused, claim.independent_origins) == ([], 4)


@pytest.mark.django_db(transaction=True)
def test_a_hop_added_while_its_source_is_merged_or_sold_is_counted_with_it():
    for turn in range(30):
        claim = make.claim()
        group, one, two = make.source(kind="organization"), make.outlet(), make.outlet()
        Source.objects.filter(pk=two.pk).update(owner=group)
        make.attribution(claim, two)
        change = {"merged_into": two} if turn % 2 else {"owner": group}
        refused = together(
            lambda claim=claim, one=one: make.attribution(claim, one),
            lambda one=one, change=change: Source.objects.filter(pk=one.pk).update(**change),
        )
        assert refused == []
        with connection.cursor() as cursor:  # the job, for a claim that was held when its source changed
            cursor.execute("SELECT claims_refresh_pending(1000)")
        claim.refresh_from_db()
        assert claim.independent_origins == 1
    assert disagreements() == []


@pytest.mark.django_db(transaction=True)
def test_reparenting_by_many_writers_never_makes_a_circle():
    claim = make.claim()
    hops = [make.attribution(claim) for _ in range(6)]
    for turn in range(25):
        draw_from = random.Random(turn)

        def reparent(draw_from: random.Random = draw_from) -> None:
            child, parent = draw_from.sample(hops, 2)
            Attribution.objects.filter(pk=child.pk).update(relays=parent)

        together(reparent, reparent, reparent)
        parents = dict(Attribution.objects.values_list("id", "relays_id"))
        depths = dict(Attribution.objects.values_list("id", "depth"))
        for start in parents:
            walked, here = 0, start
            while parents[here]:
                here, walked = parents[here], walked + 1
                assert walked < len(parents), "a circle"
            assert depths[start] == walked
        assert disagreements() == []
