"""``/claims/{id}/history/``: all that happened to a claim and its parts, newest first: what, by whom, why, when.

The bargain: nothing is kept for this. Changes are told by setting each event of the database's history beside the one
before it; decisions, which nobody changes, are told as they stand. Values are written as everywhere in the API. What a
change did to the numbers that the database counts (``version``) is no news of its own.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from claims.api import copy, decisions, parts
from claims.models import Claim
from factdesk.people.roles import Asker
from factdesk.rest import building, paging
from factdesk.rest.access import asker
from factdesk.rest.fields import WHOLE, Id, Linked, Ref
from factdesk.rest.people import PersonBrief
from factdesk.rest.shown import Rights, Shown, fields_of, preset


class Told(NamedTuple):
    """Records that belong to a claim: how they are shown, the way from them to the claim, who made a decision."""

    serializer: type[Shown[Any]]
    claim: tuple[str, ...] = ("claim",)
    by: str = ""


#: resource -> how its records are told; those with ``by`` are written once
TOLD: dict[str, Told] = {
    "quantities": Told(parts.QuantitySerializer),
    "attributions": Told(parts.AttributionSerializer),
    "evidence": Told(parts.EvidenceSerializer),
    "annotations": Told(parts.AnnotationSerializer),
    "accusations": Told(parts.AccusationSerializer),
    "relations": Told(parts.RelationSerializer, ("claim", "other")),
    "usages": Told(parts.UsageSerializer),
    "copy_changes": Told(copy.CopyChangeSerializer),
    "assessments": Told(decisions.AssessmentSerializer, by="author_id"),
    "sign_offs": Told(decisions.SignOffSerializer, ("assessment__claim",), by="by_id"),
    "clearances": Told(decisions.ClearanceSerializer, by="by_id"),
    "transitions": Told(decisions.TransitionSerializer, by="by_id"),
    "rulings": Told(decisions.RulingSerializer, by="by_id"),
    "reply_requests": Told(decisions.ReplyRequestSerializer, ("accusation__claim",), by="by_id"),
}


def serializer_of(resource: str) -> type[Shown[Any]]:
    """How the records of a resource are told here."""
    return TOLD[resource].serializer if resource in TOLD else WHOLE[Claim]


def is_decision(resource: str) -> bool:
    """Whether its records are written once, so that they are told as they stand."""
    return resource in TOLD and bool(TOLD[resource].by)


_COUNTED = {"id", "version", "created_at", "updated_at"}


class ChangeSerializer(serializers.Serializer[Any]):
    """What a field held before and after; before is null where the record is new."""

    before = serializers.JSONField(read_only=True)
    after = serializers.JSONField(read_only=True)


class EntrySerializer(serializers.Serializer[Any]):
    """One thing that happened."""

    at = serializers.DateTimeField(read_only=True)
    resource = serializers.ChoiceField(choices=["claims", *TOLD], read_only=True)
    record = Id(help_text="The id of what was added or changed.")
    action = serializers.ChoiceField(choices=["added", "changed"], read_only=True)
    by = PersonBrief(read_only=True, allow_null=True, help_text="Null: the desk itself.")
    why = serializers.CharField(read_only=True)
    way = serializers.CharField(read_only=True, help_text="How it came in: admin, api, import, job, shell.")
    request = serializers.CharField(read_only=True, allow_null=True, help_text="The id of the request that did it.")
    changes = serializers.DictField(child=ChangeSerializer(), read_only=True)


class _At:
    """How a cursor says where an entry stands: its moment and its resource."""

    def to_python(self, text: str) -> str:
        moment, _, resource = text.partition(" ")
        if datetime.fromisoformat(moment).tzinfo is None or resource not in ("claims", *TOLD):
            raise ValueError
        return text


def of(claim: Claim, request: Request) -> HttpResponse:
    """The page of the claim's history that the query asks for."""
    asked = paging.window(request, ("-at",), lambda column: _At())
    rights = Rights.of(asker(request))
    statement, params = _entries(claim, rights)
    older, place = "", []
    if asked.place:
        moment, _, resource = asked.place.value.partition(" ")
        older = f"WHERE ROW(at, resource, n) {'>' if asked.is_before else '<'} ROW(%s::timestamptz, %s, %s)"
        place = [moment, resource, asked.place.id]
    way = "ASC" if asked.is_before else "DESC"
    page = f"SELECT * FROM ({statement}) entry {older} ORDER BY at {way}, resource {way}, n {way} LIMIT %s"
    person = building.record_sql(preset(PersonBrief), rights, "entry.by")
    told = f"SELECT at, resource, n, {_ENTRY.format(person=person.text)}::text FROM ({page}) entry " + (
        f"ORDER BY at {way}, resource {way}, n {way}"
    )
    rows = building.fetch(told, [*person.params, *params, *place, asked.limit + 1], request)
    shown, cursors = asked.around(rows, lambda row: (f"{row[0].isoformat()} {row[1]}", row[2]))
    return paging.answer(request, cursors, [row[3] for row in shown])


def newest(claim: Claim, who: Asker, most: int) -> list[dict[str, Any]]:
    """The newest entries of the claim's history, as :class:`EntrySerializer` says, ``most`` at the most."""
    return _listed(claim, who, "ORDER BY at DESC, resource DESC, n DESC LIMIT %s", most)


def until(claim: Claim, who: Asker, at: datetime) -> list[dict[str, Any]]:
    """All that had happened to the claim by ``at``, oldest first, as :class:`EntrySerializer` says."""
    return _listed(claim, who, "WHERE at <= %s ORDER BY at, resource, n", at)


def _listed(claim: Claim, who: Asker, which: str, given: int | datetime) -> list[dict[str, Any]]:
    """Entries; ``which`` filters and orders them, and takes one parameter."""
    rights = Rights.of(who)
    statement, params = _entries(claim, rights)
    page = f"SELECT *, row_number() OVER () AS place FROM (SELECT * FROM ({statement}) entry {which}) entry"
    person = building.record_sql(preset(PersonBrief), rights, "entry.by")
    told = f"SELECT {_ENTRY.format(person=person.text)} FROM ({page}) entry ORDER BY place"
    with connection.cursor() as cursor:
        cursor.execute(told, [*person.params, *params, given])
        return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in cursor.fetchall()]


_ENTRY = """json_build_object(
    'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'resource', resource,
    'record', record::text, 'action', CASE WHEN old IS NULL THEN 'added' ELSE 'changed' END, 'by', {person},
    'why', coalesce(context ->> 'why', ''), 'way', coalesce(context ->> 'way', ''), 'request', context ->> 'request',
    'changes', (SELECT coalesce(json_object_agg(key, json_build_object('before', o.value, 'after', n.value)), '{{}}')
        FROM jsonb_each(new) n LEFT JOIN jsonb_each(old) o USING (key)
        WHERE CASE WHEN old IS NULL THEN n.value NOT IN ('null', '""', '[]', 'false') ELSE o.value <> n.value END))"""


def _entries(claim: Claim, rights: Rights) -> tuple[str, list[Any]]:
    """SQL for all entries of one claim: at, resource, n, record, by, context, new, old."""
    from_claim = _events("claims", WHOLE[Claim], f"e.pgh_obj_id = {int(claim.pk)}")
    pieces, params = [from_claim], []
    for resource, told in TOLD.items():
        either = Q()
        for way in told.claim:
            either |= Q(**{way: claim.pk})
        model: Any = told.serializer.Meta.model
        ids, given = model.objects.visible_to(rights).filter(either).order_by().values("pk").query.sql_with_params()
        params += given
        pieces.append(
            _decisions(resource, told, f"e.id IN ({ids})")
            if told.by
            else _events(resource, told.serializer, f"e.pgh_obj_id IN ({ids})")
        )
    return " UNION ALL ".join(pieces), params


def _events(resource: str, serializer: type[Shown[Any]], condition: str) -> str:
    model: Any = serializer.Meta.model
    kept = model._meta.get_field("events").related_model
    told = _values(serializer, {field.column for field in kept._meta.local_fields})
    return (
        "SELECT at, resource, n, record, (context ->> 'user')::bigint AS by, context, new, old FROM ("
        f"SELECT e.pgh_created_at AS at, '{resource}' AS resource, e.pgh_id AS n, e.pgh_obj_id AS record, "
        f"e.pgh_context AS context, {told} AS new, lag({told}) OVER same AS old "
        f"FROM {kept._meta.db_table} e WHERE {condition} "
        "WINDOW same AS (PARTITION BY e.pgh_obj_id ORDER BY e.pgh_id)) event WHERE new IS DISTINCT FROM old"
    )


def _decisions(resource: str, told: Told, condition: str) -> str:
    model: Any = told.serializer.Meta.model
    values = _values(told.serializer, {field.column for field in model._meta.local_fields})
    return (
        f"SELECT e.created_at, '{resource}', e.id, e.id, e.{told.by}, NULL::jsonb, {values}, NULL::jsonb "
        f"FROM {model._meta.db_table} e WHERE {condition}"
    )


def _values(serializer: type[Shown[Any]], columns: set[str]) -> str:
    pairs = ", ".join(f"'{name}', {value}" for name, value in _told(serializer, columns))
    return f"jsonb_build_object({pairs})"


def _told(serializer: type[Shown[Any]], columns: set[str]) -> Iterator[tuple[str, str]]:
    """Field by field, how its value is written, of the row ``e``: references by their id."""
    for name, field in fields_of(serializer).items():
        if name in _COUNTED or (isinstance(field, Linked) and not isinstance(field, Ref)) or field.source == "*":
            continue
        column = building.column_of(field)
        if column in columns:
            yield name, building.plain(Id() if isinstance(field, Ref) else field, f'e."{column}"')
