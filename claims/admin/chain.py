"""A claim's chains as a picture: an SVG of its own, so that the pages' policy (no inline style or script) holds."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from claims import chains, origins, pages, picture
from claims.models import Claim
from factdesk.headers import embeddable
from factdesk.people.models import User

LINKS = picture.Links(
    source=lambda source: reverse("admin:sources_source_change", args=[source]),
    document=lambda document: reverse("admin:sources_document_change", args=[document]),
    claim=lambda claim: reverse("admin:claims_claim_change", args=[claim]),
)


@require_safe
@embeddable
def chain_picture(request: HttpRequest, claim_id: int) -> HttpResponse:
    """The picture; ``?narrow`` for a telephone. 404 for who may not read the claim as for one that is not there."""
    person = cast(User, request.user)
    claim = get_object_or_404(Claim.objects.visible_to(person), pk=claim_id)
    told = chains.read(claim, pages.hops_of(claim, person), origins.of([claim.pk])[claim.pk])
    measures = picture.NARROW if "narrow" in request.GET else picture.WIDE
    return HttpResponse(picture.draw(told, LINKS, measures), content_type="image/svg+xml; charset=utf-8")
