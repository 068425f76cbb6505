"""The log: plain lines on stderr, each with its request's id.

The bargain: what people wrote, passwords and tokens are in no line. Job arguments are not logged
(procrastinate does so at INFO), nor is the database's account of a failed statement
(``factdesk.embedded``).
"""

import logging
from typing import Any

from factdesk.context import request_id


class WithRequest(logging.Filter):
    """Gives a record its ``request_id``: the present request's, ``-`` where there is none."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = getattr(record, "request_id", None) or request_id.get() or "-"
        return True


#: Django's LOGGING
SETTINGS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"with_request": {"()": WithRequest}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["with_request"]},
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "procrastinate": {"level": "WARNING"},
        # it would tell the paths of the addresses that are asked, which may hold secrets
        "urllib3": {"level": "ERROR"},
    },
}
