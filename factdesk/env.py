"""Every setting, read and checked once. Nothing else in factdesk reads the environment."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Env:
    home: Path
    port: int
    database_url: str | None
    owner_database_url: str | None
    time_zone: str
    approvals: dict[str, int]
    secret_key: str


def load(environ: dict[str, str] | None = None) -> Env:
    environ = dict(os.environ if environ is None else environ)
    return Env(
        home=Path(environ.get("FACTDESK_HOME", "var")).resolve(),
        port=int(environ.get("FACTDESK_PORT", "8000")),
        database_url=environ.get("DATABASE_URL"),
        owner_database_url=environ.get("FACTDESK_OWNER_DATABASE_URL"),
        time_zone=environ.get("FACTDESK_TIME_ZONE", "UTC"),
        approvals={"allegation": 2},
        secret_key="insecure-for-now",
    )
