"""Django's settings. What an operator may set is read by ``factdesk.env``; the rest is decided here."""

from datetime import timedelta

import pghistory
import pgtrigger

from factdesk import database, env

ENV = env.load()

SECRET_KEY = ENV.secret_key
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "factdesk",
    "factdesk.people",
    "sources",
    "claims",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "factdesk.urls"
WSGI_APPLICATION = "factdesk.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": ["templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = database.settings_for(ENV)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Knox's own token table stays unmade: ours (people.Token) takes its place.
MIGRATION_MODULES = {"knox": None}

AUTH_USER_MODEL = "people.User"
KNOX_TOKEN_MODEL = "people.Token"  # noqa: S105 - a model, no secret
REST_KNOX = {"TOKEN_TTL": timedelta(days=365), "AUTH_HEADER_PREFIX": "Bearer", "TOKEN_PREFIX": "fd_"}

# History: one event a row, written by statement-level triggers, with who and why in the event itself.
# A context table (pghistory's preset) could be rewritten later by whoever reuses its id.
PGHISTORY_LEVEL = pgtrigger.Statement
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_CONTEXT_ID_FIELD = pghistory.ContextUUIDField()
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_constraint=False, related_name="events")
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False, db_constraint=False)
PGHISTORY_BASE_MODEL = "factdesk.history.Event"
PGHISTORY_ADMIN_ALL_EVENTS = False

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = ENV.time_zone

STATIC_URL = "static/"

# The API: what the packages would do otherwise is decided in factdesk.rest; a request has an id and is one transaction.
MIDDLEWARE = ["factdesk.request.RequestId", *MIDDLEWARE, "factdesk.request.OneTransaction"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "factdesk.rest.access.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["factdesk.rest.access.HasRight"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["factdesk.rest.parsing.Json"],
    "DEFAULT_PAGINATION_CLASS": "factdesk.rest.paging.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["factdesk.rest.filters.Filters"],
    "DEFAULT_SCHEMA_CLASS": "factdesk.rest.schema.Described",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "factdesk.rest.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "factdesk",
    "DESCRIPTION": "A newsroom's record of claims: who says so, how do they know, is it so, may we print it.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "ClaimKind": "claims.vocabularies.Kind",
        "SourceKind": "sources.models.source.SourceKind",
        "DocumentKind": "sources.models.document.DocumentKind",
    },
}
