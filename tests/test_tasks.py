"""What the worker does by itself."""

import pytest

from claims import tasks
from claims.models import Attribution, Claim, OriginsPending
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


def test_the_worker_knows_of_it_every_minute():
    crons = {periodic.task.name: periodic.cron for periodic in app.periodic_registry.periodic_tasks.values()}
    assert crons["claims.tasks.refresh_pending_origins"] == "* * * * *"
