"""Processes that ``serve`` starts: each in a group of its own, ended when told, started again when one dies.

The bargain: a Ctrl-C at the terminal reaches the supervisor alone, which ends them in order; their stdin is
the lifeline (``factdesk.lifeline``), so a supervisor that is killed takes them along.
"""

import os
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass, field

from factdesk.env import ROOT
from factdesk.pgprograms import say

STOP_SECONDS = 10
#: so many deaths of one child within so many seconds are not bad luck
DEATHS, WITHIN_SECONDS = 6, 60


class KeepsDying(Exception):
    """A child was started again and again, and does not live."""


@dataclass
class Child:
    """One process that is to live as long as the desk. ``keep``: file descriptors that it inherits."""

    name: str
    command: list[str]
    environ: dict[str, str]
    lifeline: int
    keep: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    again_at: float = 0.0

    def start(self) -> None:
        """Start it now."""
        self.process = subprocess.Popen(  # noqa: S603
            self.command,
            cwd=ROOT,
            env=self.environ,
            stdin=self.lifeline,
            pass_fds=self.keep,
            start_new_session=True,
        )

    def tend(self) -> None:
        """Start it again if it died, after a pause that grows; KeepsDying if that is hopeless."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.again_at:
                self.start()
            return
        status = self.process.poll()
        if status is None:
            return
        self._sweep(signal.SIGTERM)  # its own children, should it have left any
        self.process = None
        self.deaths.append(now)
        recent = sum(1 for died in self.deaths if now - died < WITHIN_SECONDS)
        if recent >= DEATHS:
            raise KeepsDying(f"The {self.name} died {recent} times within {WITHIN_SECONDS} s (last status {status}).")
        pause = 0.25 * 2 ** (recent - 1)
        self.again_at = now + pause
        say(f"the {self.name} ended with status {status}; starting it again in {pause:g} s")

    def ask_to_stop(self) -> None:
        """SIGTERM to the process, which ends its own children."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def see_gone(self, deadline: float) -> None:
        """Wait until ``deadline`` (time.monotonic) for the end, then kill it and whatever it left."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"the {self.name} does not end; killing it")
        self._sweep(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _sweep(self, what: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, what)
        except ProcessLookupError:
            return  # nobody left in its group


def stop_all(children: list[Child]) -> None:
    """Ask all at once, then see each gone within STOP_SECONDS."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.see_gone(deadline)
