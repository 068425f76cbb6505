"""The two ways into the database: ``default``, the role that serves, and ``owner``, the role that migrates.

The bargain: the application never holds the owner's rights. Where the owner's address is not known there is
no alias for it, and migrate and harden cannot run. One PostgreSQL dialect; embedded by default, or any
other from 15 on by its URL.
"""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from factdesk import embedded
from factdesk.env import Env

#: What the role that serves waits for at most. A long piece of work (a report, a big import) says
#: ``SET LOCAL statement_timeout`` in its own transaction.
TIMEOUTS = {
    "lock_timeout": "10s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}


def settings_for(env: Env) -> dict[str, dict[str, Any]]:
    """Django's DATABASES: ``default`` is the application's role, ``owner`` the owner's, where it is known.

    In the embedded PostgreSQL that was never started the passwords are empty: nothing can be reached yet.
    """
    databases = {role: _django(parameters, env) for role, parameters in addresses(env).items()}
    default = databases["default"]
    timeouts = " ".join(f"-c {name}={value}" for name, value in TIMEOUTS.items())
    default["OPTIONS"]["options"] = f"{timeouts} {default['OPTIONS'].get('options', '')}".strip()
    if env.pool:
        default["OPTIONS"]["pool"] = {"min_size": 1, "max_size": env.pool, "timeout": 10}
    if "owner" in databases:
        default["TEST"] = {"MIRROR": "owner"}
    return databases


def addresses(env: Env) -> dict[str, dict[str, str]]:
    """libpq's connection parameters by alias: ``default``, and ``owner`` where it is known."""
    if env.embedded:
        cluster = embedded.Cluster.of(env)
        return {"default": cluster.address(embedded.APP), "owner": cluster.address(embedded.OWNER)}
    found = {"default": parameters_of(env.database_url or "")}
    if env.owner_database_url:
        found["owner"] = parameters_of(env.owner_database_url)
    return found


def parameters_of(url: str) -> dict[str, str]:
    """libpq's parameters out of ``postgresql://user:password@host:port/name?sslmode=…``; what is absent is
    left out.

    A ``host`` in the query (a socket's folder) comes before the one in front of the path, as in libpq.
    """
    parts = urlsplit(url)
    found = {
        "dbname": unquote(parts.path.lstrip("/")),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": unquote(parts.hostname or ""),
        "port": str(parts.port or ""),
        **dict(parse_qsl(parts.query)),
    }
    return {name: value for name, value in found.items() if value}


def _django(parameters: dict[str, str], env: Env) -> dict[str, Any]:
    named = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{key: parameters.get(name, "") for key, name in named.items()},
        "CONN_HEALTH_CHECKS": True,  # a connection that died with the server is found out before it is used
        "OPTIONS": {name: value for name, value in parameters.items() if name not in named.values()},
    }
