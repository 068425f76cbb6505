"""``/webhooks/``: where programs are told of changes, and what was sent there. Each person's own; for chiefs all.

A secret is in one answer, to whoever made it, and in no other: not even in the one that is kept for a request that is
sent again (``Idempotency-Key``).
"""

import json
from typing import Any, ClassVar

from django.http import HttpResponse
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from factdesk.rest import idempotency
from factdesk.rest.acts import ON_LIST, ON_OBJECT, Act, Asked, Door, Writes
from factdesk.rest.fields import Address, Parts, Worked
from factdesk.rest.filters import ONE, One
from factdesk.rest.inputs import Instant, Named, Word, as_in, changed, new, written
from factdesk.rest.schema import example
from factdesk.rest.shown import Shown
from factdesk.webhooks import deliveries, endpoints
from factdesk.webhooks.models import Attempt, Delivery, Endpoint, State
from factdesk.webhooks.resources import TYPES, Resource, type_of

_NUMBER = {"type": ["string", "null"]}


class AttemptInDelivery(Shown[Attempt]):
    """One time that it was sent. Without `seconds` it is under way, or was broken off."""

    class Meta:
        model = Attempt
        form = "brief"
        fields = ("begun_at", "seconds", "answered", "fault")


@extend_schema_serializer(
    examples=[
        example(
            "A delivery that was taken at once",
            id="12",
            webhook="3",
            message="msg_5b1f8a0c4d6e4f0a9b7c2d3e4f5a6b7c",
            type="claim.changed",
            resource="claims",
            object="101",
            claim="101",
            version=4,
            state="delivered",
            fault=None,
            attempted=1,
            happened_at="2026-03-02T09:30:00.000000Z",
            next_attempt_at=None,
            delivered_at="2026-03-02T09:30:00.412000Z",
            attempts=[{"begun_at": "2026-03-02T09:30:00.101000Z", "seconds": "0.311", "answered": 204, "fault": None}],
        )
    ]
)
class DeliverySerializer(Shown[Delivery]):
    """One message to one webhook. `message` is the `webhook-id` under which it went out, each time."""

    webhook = Worked("{row}.endpoint_id::text", lambda row: str(row.endpoint_id), {"type": "string"})
    message = Worked("'msg_' || replace({row}.message::text, '-', '')", lambda row: row.message_id, {"type": "string"})
    type = Worked(
        "CASE {row}.resource "
        + " ".join(f"WHEN '{word}' THEN '{type_of(word)}'" for word in Resource.values)
        + f" ELSE '{type_of(None)}' END",
        lambda row: type_of(row.resource),
        {"type": "string", "enum": TYPES},
    )
    object = Worked("{row}.object_id::text", lambda row: row.object_id and str(row.object_id), _NUMBER)
    claim = Worked("{row}.claim_id::text", lambda row: row.claim_id and str(row.claim_id), _NUMBER)
    version = Worked("{row}.number", lambda row: row.number, {"type": ["integer", "null"]})
    attempts = Parts("webhooks.Attempt", "delivery", brief=AttemptInDelivery)

    class Meta:
        model = Delivery
        fields = (
            *("id", "webhook", "message", "type", "resource", "object", "claim"),
            *("version", "state", "fault", "attempted", "happened_at", "next_attempt_at", "delivered_at", "attempts"),
        )


@extend_schema_serializer(
    examples=[
        example(
            "A planning system",
            id="3",
            url="http://127.0.0.1:8000/api/v1/webhooks/3/",
            person={"id": "7", "name": "Ida Iden"},
            address="https://planning.example/factdesk",
            description="The planning system",
            resources=["claims", "clearances"],
            hears_restricted=False,
            disabled_at=None,
            disabled_because=None,
            old_secret_until=None,
            waiting=0,
            failed=0,
            version=1,
            created_at="2026-03-02T09:30:00.000000Z",
            updated_at="2026-03-02T09:30:00.000000Z",
        )
    ]
)
class EndpointSerializer(Shown[Endpoint]):
    """A webhook: where a program is told of changes, in one person's name."""

    url = Address("endpoint-list")
    waiting = Worked(
        "(SELECT count(*) FROM webhooks_delivery d WHERE d.endpoint_id = {row}.id AND d.state = 'waiting')",
        lambda row: row.deliveries.filter(state=State.WAITING).count(),
        {"type": "integer", "description": "Deliveries that wait."},
    )
    failed = Worked(
        "(SELECT count(*) FROM webhooks_delivery d WHERE d.endpoint_id = {row}.id AND d.state = 'failed')",
        lambda row: row.deliveries.filter(state=State.FAILED).count(),
        {"type": "integer", "description": "Deliveries that were given up, of the last 30 days."},
    )

    class Meta:
        model = Endpoint
        fields = (
            *("id", "url", "person", "address", "description", "resources", "hears_restricted"),
            *(
                "disabled_at",
                "disabled_because",
                "old_secret_until",
                "waiting",
                "failed",
                "version",
                "created_at",
                "updated_at",
            ),
        )


class EndpointWithSecret(EndpointSerializer):
    """A webhook with its new secret, which is told this one time; null where the same request was answered before."""

    secret = Worked("NULL::text", lambda row: None, {"type": ["string", "null"], "pattern": "^whsec_"})

    class Meta(EndpointSerializer.Meta):
        form = None
        fields: tuple[str, ...] = (*EndpointSerializer.Meta.fields, "secret")  # type: ignore[assignment]


# --- what can be done ---

_HEARS = {
    "resources": serializers.ListField(
        child=Word(choices=Resource.choices),
        max_length=len(Resource.values),
        required=False,
        help_text="Tell of these alone; empty: of all.",
    )
}
_COLUMNS = ("address", "description", "hears_restricted")
_RIGHTS = ("webhooks", "tokens")

Nothing = written("NothingToWebhook", "Nothing: `{}`.")
Again = as_in(
    written(
        "Again",
        "Which to send again: one `delivery`, whatever became of it, or all that failed `since`.",
        delivery=Named(Delivery, source="delivery_id", required=False),
        since=Instant(required=False),
    ),
    since="2026-03-02T09:00:00Z",
)


class Told:
    """An endpoint whose secret is new: the answer has it."""

    def __init__(self, made: tuple[Endpoint, str]) -> None:
        self.pk, self.secret = made[0].pk, made[1]


def _replayed(a: Asked) -> Endpoint:
    deliveries.replay(endpoint_id=a.id, version=a.version, by=a.by, **a.given)
    return Endpoint(pk=a.id)


ENDPOINT = {
    ON_LIST: Act(
        "A webhook of one's own. The answer has its `secret`, this one time.", _RIGHTS,
        as_in(
            new(Endpoint, _COLUMNS, **_HEARS), address="https://planning.example/factdesk",
            description="The planning system", resources=["claims", "clearances"],
        ),
        lambda a: Told(endpoints.add(by=a.by, columns=a.given)), made=True,
    ),
    ON_OBJECT: Act(
        "Change where it is and what it hears.", _RIGHTS,
        changed(Endpoint, _COLUMNS, **_HEARS),
        lambda a: endpoints.edit(
            endpoint_id=a.id, version=a.version, by=a.by, columns=a.but("why"), why=a.given.get("why", "")),
    ),
    "disable": Act(
        "Tell it nothing from now on. What waits for it has failed.", _RIGHTS, Nothing,
        lambda a: endpoints.disable(endpoint_id=a.id, version=a.version, by=a.by),
    ),
    "enable": Act(
        "Tell it again, of what changes from now on. What it missed is in the changes feed, or sent again by hand.",
        _RIGHTS, Nothing, lambda a: endpoints.enable(endpoint_id=a.id, version=a.version, by=a.by),
    ),
    "rotate_secret": Act(
        "A new `secret`, in this one answer. For 24 hours messages are signed with both.", _RIGHTS, Nothing,
        lambda a: Told(endpoints.rotate_secret(endpoint_id=a.id, version=a.version, by=a.by)),
    ),
    "test": Act(
        "Send it a message that tells of nothing (`webhook.test`). The answer is the delivery.", _RIGHTS, Nothing,
        lambda a: deliveries.send_test(endpoint_id=a.id, version=a.version, by=a.by), shows=Delivery,
    ),
    "replay": Act("Send deliveries again, under the ids that they had.", _RIGHTS, Again, _replayed),
}  # fmt: skip
#: the acts whose answer has a secret
TELLING = (ON_LIST, "rotate_secret")


class EndpointFilters(FilterSet):  # type: ignore[misc]
    """Filters of ``/webhooks/``."""

    disabled = One(ONE, "`1`: those that are switched off alone.", method="off")

    def off(self, queryset: Any, name: str, value: int) -> Any:
        """Those that are switched off."""
        return queryset.filter(disabled_at__isnull=False) if value else queryset


class EndpointViewSet(Writes):
    """Webhooks: where programs are told of changes."""

    acts = ENDPOINT
    serializer_class = EndpointSerializer
    filterset_class = EndpointFilters
    rights: ClassVar[dict[str, Any]] = dict.fromkeys(("list", "retrieve", "deliveries"), "read")
    shown: ClassVar[dict[str, type[Shown[Delivery]]]] = {"deliveries": DeliverySerializer}

    def known_parameters(self) -> set[str] | None:
        """As every list has them; no other record stands in these."""
        return (super().known_parameters() or set()) - {"expand"}

    def door(self) -> Door | None:
        """As every act has it; the answer of some has a secret in it."""
        found = super().door()
        return found._replace(shown=EndpointWithSecret) if found and self.action in TELLING else found

    def show(self, made: Any, act: Act) -> HttpResponse:
        """The record; with the secret, where it is new."""
        answer = super().show(made, act)
        if isinstance(made, Told):
            answer.content = json.dumps({**json.loads(answer.content), "secret": made.secret}).encode()
        return answer

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer; what is kept of it, for a request that is sent again, is without the secret."""
        kept, self._kept = self._kept, None
        answer = super().finalize_response(request, response, *args, **kwargs)
        if kept is not None and answer.status_code < 400:
            told = json.loads(answer.content)
            told |= {"secret": None} if "secret" in told else {}
            silent = HttpResponse(json.dumps(told), status=answer.status_code, headers=dict(answer.headers))
            idempotency.end(kept, silent)
        return answer

    @extend_schema(responses=DeliverySerializer(many=True), filters=False)
    @action(detail=True)
    def deliveries(self, request: Request, pk: str) -> HttpResponse:
        """What was sent there in the last 30 days, what waits, and what failed; each with its attempts."""
        return self.page_of(Delivery.objects.filter(endpoint=self.there(pk)), DeliverySerializer)
