"""Work of the desk that waits for nobody: done by the worker, once a minute."""

from django.db import close_old_connections, connection

from factdesk.context import acting
from factdesk.jobs import app

#: Claims refreshed in one transaction: few enough that nobody waits long for a claim that is held meanwhile.
CHUNK = 200


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="refresh_pending_origins")
def refresh_pending_origins(timestamp: int) -> int:
    """Bring the kept origins of claims in line that a change of a source left pending. Returns how many."""
    done: int = 0
    try:
        while True:
            with acting(way="job", why="origins pending"), connection.cursor() as cursor:
                cursor.execute("SELECT claims_refresh_pending(%s)", [CHUNK])
                refreshed: int = cursor.fetchone()[0]
            done += refreshed
            if refreshed < CHUNK:
                return done
    finally:
        close_old_connections()
