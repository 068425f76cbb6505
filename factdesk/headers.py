"""What every answer tells the browser beside the policy of contents (settings.CONTENT_SECURITY_POLICY).

The bargain: an answer that a person or program may see only signed in is kept nowhere, so that going back after
signing out shows nothing; and no page of ours is shown inside a page that is not.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

#: what browsers offer to pages and ours never ask for
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "screen-wake-lock",
        "usb",
        "xr-spatial-tracking",
    )
)


class Headers:
    """Adds them. Files under STATIC_URL are the same for everybody and may be kept; nothing else may."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Permissions-Policy"] = PERMISSIONS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "no-store"
        return response


def embeddable(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view (or method) whose answer our own pages may show inside them, by ``<object>``: a picture of ours.

    Its policy is stricter than a page's but for that: it shows nothing but itself.
    """

    @wraps(view)
    def embedded(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'self'"
        response["X-Frame-Options"] = "SAMEORIGIN"
        return response

    return embedded


def with_data_images(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """A view whose style sheet, not ours, holds its pictures as ``data:`` addresses: the API's docs page alone."""
    return csp_replace({"img-src": [SELF, "data:"]})(view)
