"""Where the desk's pages are."""

from django.urls import URLPattern

from claims.desk import around

app_name = "desk"

urlpatterns: list[URLPattern] = [*around.urlpatterns]
