"""Where the desk's pages are."""

from django.contrib import admin
from django.urls import URLPattern, path

from claims.desk.copy import copy_view
from claims.desk.presence import presence_view

app_name = "desk"

urlpatterns: list[URLPattern] = [
    path("presence/", admin.site.admin_view(presence_view), name="presence"),
    path("copy/<int:document_id>/", admin.site.admin_view(copy_view), name="copy"),
]
