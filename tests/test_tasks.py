"""What the worker does by itself."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from claims import pieces, tasks
from claims.models import Attribution, Claim, OriginsPending, Piece
from factdesk.change import change
from factdesk.jobs import app
from sources.models import Source
from tests import make


@pytest.mark.django_db(transaction=True)
def test_pending_origins_are_refreshed_in_chunks_until_none_is_left(monkeypatch):
    monkeypatch.setattr(tasks, "CHUNK", 400)
    one, two = make.source(), make.source()
    claims = Claim.objects.bulk_create(Claim(statement=f"Number {n}.", kind="event") for n in range(1001))
    Attribution.objects.bulk_create(Attribution(claim=c, speaker=s) for c in claims for s in (one, two))
    Source.objects.filter(pk=one.pk).update(merged_into=two)
    assert OriginsPending.objects.count() == 1001
    assert tasks.refresh_pending_origins(0) == 1001
    assert OriginsPending.objects.count() == 0
    assert set(Claim.objects.values_list("independent_origins", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_a_page_that_closes_by_itself_tries_again_after_a_deadlock_and_says_that_it_was_a_job(monkeypatch):
    past = timezone.now() - timedelta(minutes=1)
    ours = Piece.objects.create(document=make.document("Our story", kind="desk_copy"), page_closes_at=past)
    closing, tries = pieces.close_page, []

    @change
    def deadlocked_once(**given):
        tries.append(given["piece_id"])
        if len(tries) == 1:
            raise OperationalError from DeadlockDetected()
        return closing(**given)

    monkeypatch.setattr(pieces, "close_page", deadlocked_once)
    tasks.pass_the_time(0)
    ours.refresh_from_db()
    assert tries == [ours.pk, ours.pk]
    assert ours.closed_at
    said = ours.events.latest("pgh_id").pgh_context
    assert (said["way"], said["why"]) == ("job", "page closed")


def test_the_worker_knows_of_it_every_minute():
    crons = {periodic.task.name: periodic.cron for periodic in app.periodic_registry.periodic_tasks.values()}
    assert crons["claims.tasks.refresh_pending_origins"] == "* * * * *"
