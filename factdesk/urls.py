"""Where everything is."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from procrastinate.contrib.django.models import ProcrastinateJob

from factdesk import health
from factdesk.rest.views import Nowhere

# Who may do what is one table in the code (people.roles); groups would only seem to say more.
admin.site.unregister(Group)
# The queue's rows are nobody's to change: the desk's own pages say what waits.
admin.site.unregister(ProcrastinateJob)
admin.site.enable_nav_sidebar = False

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("admin/", admin.site.urls),
    path("api/v1/", include("factdesk.api")),
    re_path("^api/", Nowhere.as_view()),
]

handler400 = "factdesk.rest.problems.bad_request"
handler403 = "factdesk.rest.problems.forbidden"
handler404 = "factdesk.rest.problems.not_found"
handler500 = "factdesk.rest.problems.server_error"
