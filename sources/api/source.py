"""``/sources/``: anyone or anything that says things. A protected source goes by its code name, here as everywhere."""

from drf_spectacular.utils import extend_schema_serializer

from factdesk.rest.acts import Writes
from factdesk.rest.fields import Address, Parts, Ref
from factdesk.rest.filters import TEXT, AnyOf, Search, word_of
from factdesk.rest.filters import Parts as Withdrawable
from factdesk.rest.schema import example
from factdesk.rest.shown import Shown
from sources.api import writing
from sources.api.filters import by_id, created_after, of_sources, updated_after
from sources.models import Affiliation, Source
from sources.models.source import Identity, SourceKind


class SourceBrief(Shown[Source]):
    """A source in brief, as it was recorded; `merged_into` is the id of the one as which it is read."""

    merged_into = Ref(Source, by_id=True, allow_null=True)

    class Meta:
        model = Source
        form = "brief"
        fields = ("id", "name", "kind", "identity", "merged_into")


class SourceSummary(Shown[Source]):
    """A source in brief, where it is the root of its merge."""

    class Meta:
        model = Source
        form = None
        fields = ("id", "name", "kind", "identity")


class SourceName(Shown[Source]):
    """A source by name."""

    class Meta:
        model = Source
        form = None
        fields = ("id", "name")


class AffiliationSerializer(Shown[Affiliation]):
    """A source belongs to an organization: in what role, since and until when (inclusive)."""

    class Meta:
        model = Affiliation
        fields = (
            "id source organization role since until version created_at updated_at withdrawn_at withdrawn_because"
        ).split()


@extend_schema_serializer(
    examples=[
        example(
            "An outlet",
            id="7",
            key="the_daily_example",
            url="http://127.0.0.1:8000/api/v1/sources/7/",
            kind="outlet",
            name="The Daily Example",
            description="",
            aliases=["Daily Example"],
            identity="named",
            headcount=None,
            owner={
                "id": "3",
                "name": "Example Media",
                "kind": "organization",
                "identity": "named",
                "merged_into": None,
            },
            reliability="B",
            reliability_on="2026-01-15",
            merged_into=None,
            version=2,
            created_at="2026-03-02T09:30:00.000000Z",
            updated_at="2026-03-02T09:31:00.000000Z",
        )
    ]
)
class SourceSerializer(Shown[Source]):
    """A person, organization, outlet or group that says things."""

    url = Address("source-list")
    affiliations = Parts("sources.Affiliation", "source")
    members = Parts("sources.Affiliation", "organization")
    merged = Parts("sources.Source", "merged_into")

    class Meta:
        model = Source
        fields = (
            "id key url kind name description aliases identity headcount owner reliability reliability_on "
            "merged_into version created_at updated_at affiliations members merged"
        ).split()


class SourceFilters(Search):
    """Filters of ``/sources/``; all that are given must hold."""

    kind = AnyOf(word_of(SourceKind.values), "Person, organization, outlet or group.")
    identity = AnyOf(word_of(Identity.values), "Whether it is known to the desk or the public.")
    key = AnyOf(TEXT, "The key that a record file gave it.")
    owner = by_id("The id of a source that owns it.", method=of_sources("owner"))
    merged_into = by_id("The id of the source as which it is read.")
    organization = by_id(
        "The id of a source that it belongs to, now or once.", method=of_sources("affiliations__organization")
    )
    updated_after, created_after = updated_after(), created_after()


class SourceViewSet(Writes):
    """Sources: whoever says things."""

    acts = writing.SOURCE
    serializer_class = SourceSerializer
    filterset_class = SourceFilters
    orderings = ("id", "-id", "-updated_at", "updated_at")


class AffiliationFilters(Withdrawable):
    """Filters of ``/affiliations/``; all that are given must hold. Sources are read through their roots."""

    source = by_id("The id of the source that belongs to another.", method=of_sources("source"))
    organization = by_id("The id of the source to which others belong.", method=of_sources("organization"))
    updated_after, created_after = updated_after(), created_after()


class AffiliationViewSet(Writes):
    """Affiliations: who belongs to whom."""

    acts = writing.AFFILIATION
    serializer_class = AffiliationSerializer
    filterset_class = AffiliationFilters
