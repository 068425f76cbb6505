"""What the worker does for the feed: nothing is kept for ever."""

from django.db import close_old_connections, connection

from factdesk.jobs import app


@app.periodic(cron="41 * * * *")
@app.task(queueing_lock="forget_changes")
def forget_changes(timestamp: int) -> int:
    """Let the changes go that are older than what is kept (90 days), some at a time. Returns how many transactions."""
    forgotten = 0
    try:
        while True:
            with connection.cursor() as cursor:
                cursor.execute("SELECT changes_forget()")
                some: int = cursor.fetchone()[0]
            forgotten += some
            if not some:
                return forgotten
    finally:
        close_old_connections()
