"""Where the desk's pages are."""

from django.urls import URLPattern

app_name = "desk"

urlpatterns: list[URLPattern] = []
