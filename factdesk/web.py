"""Gunicorn's configuration, as ``serve`` starts it: ``gunicorn --config python:factdesk.web --bind fd://N``.

Two processes of four threads: views are synchronous, and two cores are what the desk is measured on. The
application is not preloaded, so that no database connection is older than its process.
"""

from typing import Any

from factdesk import lifeline

wsgi_app = "factdesk.wsgi:application"
workers = 2
threads = 4
worker_class = "gthread"
timeout = 120
graceful_timeout = 6
keepalive = 15
loglevel = "warning"
accesslog = None
proc_name = "factdesk"
control_socket_disable = True


def on_starting(server: Any) -> None:
    """In the master, before there are workers; these end by themselves when the master does."""
    lifeline.watch()
