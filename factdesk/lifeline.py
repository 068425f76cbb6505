"""A child of ``serve`` must not outlive it, not even after kill -9.

The bargain: the supervisor holds the writing end of a pipe whose reading end is the child's stdin, and
never writes. The end of the supervisor, however it came, is the end of that file.
"""

import os
import signal
import threading
import time

GRACE_SECONDS = 8


def watch() -> None:
    """From now on, end this process when its stdin ends: politely, and after GRACE_SECONDS at once."""
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
