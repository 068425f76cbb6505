"""Where everything is."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from factdesk import health
from factdesk.rest.views import Nowhere

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="desk:today")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("account/", include("factdesk.people.urls")),
    path("desk/", include("claims.desk.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("factdesk.api")),
    re_path("^api/", Nowhere.as_view()),
]

handler400 = "factdesk.rest.problems.bad_request"
handler403 = "factdesk.rest.problems.forbidden"
handler404 = "factdesk.rest.problems.not_found"
handler500 = "factdesk.rest.problems.server_error"
