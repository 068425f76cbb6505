"""Where a form's script sends what was typed so far, a second after the last key."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from factdesk.errors import DomainError
from factdesk.people import drafts, keeping


@csrf_exempt
@require_POST
def draft(request: HttpRequest) -> JsonResponse:
    """Keep a draft: ``{"number"}``; 400 for a seal that is not good, 410 for a person who is gone, 413 for too much,
    409 where it holds a name that is protected.

    No session is asked for, and so no CSRF token either: the seal is that, signed, a person's and one form's. So a
    form that is open while its session ends is still kept, for whoever opened it.
    """
    sheet = keeping.sheet_of(request)
    if sheet is None:
        return JsonResponse({"code": "no_seal"}, status=400)
    try:
        kept = drafts.keep(sheet=sheet, typed=drafts.typed_in(request.POST), seen=keeping.number_of(request))
    except DomainError as refused:
        return JsonResponse({"code": refused.code}, status=refused.status)
    finally:
        keeping.taken(request)
    return JsonResponse({"number": kept.number}) if kept else JsonResponse({"code": "gone"}, status=410)


draft.keeps_drafts = True  # type: ignore[attr-defined]
