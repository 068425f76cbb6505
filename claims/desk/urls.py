"""Where the desk's pages are."""

from django.contrib import admin
from django.urls import URLPattern, path

from claims.desk import around
from claims.desk.copy import copy_view
from claims.desk.presence import presence_view
from claims.desk.queue import queue_view
from claims.desk.reports import reports_view
from claims.desk.today import today_view
from claims.desk.versions import versions_view

app_name = "desk"

urlpatterns: list[URLPattern] = [
    path("", admin.site.admin_view(today_view), name="today"),
    path("queue/", admin.site.admin_view(queue_view), name="queue"),
    path("reports/", admin.site.admin_view(reports_view), name="reports"),
    path("reports/<slug:name>/", admin.site.admin_view(reports_view), name="report"),
    path("presence/", admin.site.admin_view(presence_view), name="presence"),
    path("copy/<int:document_id>/", admin.site.admin_view(copy_view), name="copy"),
    path("documents/<int:document_id>/versions/", admin.site.admin_view(versions_view), name="versions"),
    *around.urlpatterns,
]
