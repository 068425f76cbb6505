"""The PostgreSQL that factdesk stands on: embedded by default, or any other from 15 on by its URL."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from factdesk.env import Env


def settings_for(env: Env) -> dict[str, dict[str, Any]]:
    """Django's DATABASES: ``default`` is the application's role, ``owner`` the owner's, where it is known."""
    databases = {"default": _from_url(env.database_url or "")}
    if env.owner_database_url:
        databases["owner"] = _from_url(env.owner_database_url)
        databases["default"]["TEST"] = {"MIRROR": "owner"}
    return databases


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or ""),
        "OPTIONS": {},
    }
