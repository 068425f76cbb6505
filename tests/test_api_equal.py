"""What PostgreSQL builds is what the serializer renders, field by field, in the same order, to the character."""

import json
from typing import Any

import pytest
from django.db.models import F
from django.test import RequestFactory

from factdesk.api import RESOURCES
from factdesk.people.models import User
from factdesk.rest import building, shapes
from factdesk.rest.shown import Rights, preset
from tests import make, rich

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> User:
    rich.desk()
    return make.user("chief")


def both(serializer: Any, shape: Any, asker: Any, some: bool = False) -> tuple[list[Any], list[Any]]:
    """All that this asker may see, as PostgreSQL tells it and as the serializer does; objects as lists of pairs.

    ``some``: the first and the last few alone.
    """
    request = RequestFactory().get("/api/v1/")
    rights = Rights.of(asker)
    records = serializer.Meta.model._default_manager.visible_to(rights).order_by("pk")
    if some:
        pks = list(records.values_list("pk", flat=True))
        records = records.filter(pk__in=pks[:3] + pks[-3:])
    built = [row.json for row in building.rows(records, F("pk"), shape, request, rights)]
    context = {"request": request, "rights": rights, "shape": shape}
    rendered = [json.dumps(serializer(record, context=context).data) for record in records]
    return tuple([json.loads(each, object_pairs_hook=list) for each in listed] for listed in (built, rendered))  # type: ignore[return-value]


@pytest.mark.parametrize("role", ["chief", "reader"])
def test_a_list_and_an_object_are_what_the_serializer_says(desk, role):
    asker = make.user(role)
    for address, viewset in RESOURCES.items():
        for listed in (True, False):
            shape = preset(viewset.serializer_class, listed=listed)
            built, rendered = both(viewset.serializer_class, shape, asker)
            assert built, f"the desk has no {address}"
            assert built == rendered, address


@pytest.mark.parametrize(("role", "of"), [("chief", set(RESOURCES)), ("reader", {"attributions", "annotations"})])
def test_so_is_whatever_expand_asks_for(desk, role, of):
    asker = make.user(role)
    for address, viewset in RESOURCES.items():
        if address not in of:
            continue  # what a reader may not see is behind these two
        serializer = viewset.serializer_class
        for name in shapes.expansions(serializer):
            if "." in name and address not in ("attributions", "pieces"):
                continue  # the same fields, one step deeper: two resources will do
            query = type("Query", (dict,), {})({"expand": name, "fields": "id"})
            shape = shapes.asked(query, serializer, listed=True)
            built, rendered = both(serializer, shape, asker, some=True)
            assert built == rendered, f"{address}?expand={name}"


# resource -> the fields of which the rich desk has every word; the rest go by rules of their own
USED = {
    "sources": "kind identity reliability",
    "documents": "kind",
    "claims": "kind priority",
    "quantities": "comparator base_is",
    "attributions": "stance manner certainty basis link terms said",
    "evidence": "stance directness how outcome",
    "annotations": "kind",
    "accusations": "outcome legal_status privilege",
    "relations": "kind reason",
    "usages": "owed went_out_open",
    "assessments": "verdict",
    "copy_changes": "force decision",
}


def test_the_desk_uses_every_word_of_every_vocabulary(desk):
    for address, fields in USED.items():
        serializer = RESOURCES[address].serializer_class
        built, _ = both(serializer, preset(serializer), desk)
        for field in fields.split():
            assert set(rich.words(serializer.Meta.model)[field]) <= {dict(each)[field] for each in built}, address


def test_a_moment_on_the_second_and_a_far_year_are_told_alike(desk):
    from sources.api.document import SnapshotSerializer

    built, rendered = both(SnapshotSerializer, preset(SnapshotSerializer), desk)
    assert built == rendered
    assert "2020-01-01T00:00:00.000000Z" in [dict(each)["captured_at"] for each in built]
