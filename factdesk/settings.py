"""Django's settings. What an operator may set is read by ``factdesk.env``; the rest is decided here."""

from datetime import timedelta

import pghistory
import pgtrigger
from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from factdesk import database, env, logs

ENV = env.load_or_exit()

SECRET_KEY = ENV.secret_key or env.kept_secret(ENV.home / "secret-key")
DEBUG = False
ALLOWED_HOSTS = ENV.allowed_hosts

# The desk itself speaks http on loopback; https is a proxy's work in front of it, and FACTDESK_HTTPS says
# that there is one. Without it a "secure" cookie would lock everybody out, so these follow the one switch.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked on loopback, by whoever watches the process
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.https else None
SECURE_HSTS_SECONDS = 365 * 86400 if ENV.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV.https
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a long shift without a click; who leaves the machine signs out
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        # The chain's picture is an <object>, which browsers take for a frame, too. What may be embedded says so
        # (factdesk.headers.embeddable).
        "object-src": [SELF],
        "frame-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

INSTALLED_APPS = [
    "factdesk",
    "factdesk.people.apps.PeopleConfig",
    "factdesk.webhooks.apps.WebhooksConfig",
    "factdesk.changes.apps.ChangesConfig",
    "sources",
    "claims",
    "factdesk.people.apps.DeskAdminConfig",
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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
]

MIDDLEWARE = [
    # These two speak last, so that whatever answers (a refused host, a fault, a file) carries their headers.
    "csp.middleware.CSPMiddleware",
    "factdesk.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "factdesk.people.keeping.KeepsWhatWasTyped",
    "allauth.account.middleware.AccountMiddleware",
    "factdesk.people.secondfactor.RequireSecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "factdesk.urls"
WSGI_APPLICATION = "factdesk.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.ROOT / "templates"],
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

# Counts what must count for all web processes together: failed sign-ins, used codes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_cacheentry",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # whoever fills it up makes it forget: not in a hurry
    }
}

AUTH_USER_MODEL = "people.User"
# The one way in for people: passwords are asked for by allauth alone, which counts failures and wants second factors.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "MinimumLengthValidator": {"min_length": 12},
        "UserAttributeSimilarityValidator": {},
        "CommonPasswordValidator": {},
    }.items()
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = LOGOUT_REDIRECT_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("desk:today")
ACCOUNT_ADAPTER = "factdesk.people.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]  # for allauth's own checks: nobody signs up
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is known to be somebody's by the invitation that came there
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True  # not by mail: the worker is asked all the same (people.adapters)
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key"}
ACCOUNT_FORMS = {
    "login": "factdesk.people.forms.SignIn",
    "change_password": "factdesk.people.forms.ChangePassword",
    "reset_password": "factdesk.people.forms.ForgottenPassword",
    "reset_password_from_key": "factdesk.people.forms.NewPassword",
    "reauthenticate": "factdesk.people.forms.PasswordAgain",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENV.https else 0
MFA_ADAPTER = "factdesk.people.adapters.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "factdesk"
MFA_TOTP_TOLERANCE = 1  # clocks go wrong by half a minute
MFA_FORMS = {
    "authenticate": "factdesk.people.forms.Code",
    "reauthenticate": "factdesk.people.forms.CodeAgain",
    "activate_totp": "factdesk.people.forms.FirstCode",
}
SECOND_FACTOR_ROLES = frozenset(ENV.mfa_required)

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
STATICFILES_DIRS = [env.ROOT / "static"]
# Static files are served as they lie in the packages: nothing to collect, so nothing that can be stale.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ENV.mail_host else 'console'}.EmailBackend"
EMAIL_HOST = ENV.mail_host or ""
EMAIL_PORT = ENV.mail_port
EMAIL_HOST_USER = ENV.mail_user
EMAIL_HOST_PASSWORD = ENV.mail_password
EMAIL_USE_TLS = ENV.mail_tls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.mail_from

LOGGING = logs.SETTINGS

# The API: what the packages would do otherwise is decided in factdesk.rest; a request has an id and is one transaction.
MIDDLEWARE = [
    "factdesk.request.RequestId",
    *MIDDLEWARE,
    "factdesk.rest.limits.Tells",
    "factdesk.request.OneTransaction",
]
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
    "COMPONENT_SPLIT_PATCH": False,  # what may change has a body of its own
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # A vocabulary stands where it is used, as in the answer.
    "POSTPROCESSING_HOOKS": ["factdesk.rest.schema.without_marks", "claims.api.dossier.with_record_files"],
}
