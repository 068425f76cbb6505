"""How far a long command is: on standard error, since standard output is what scripts read."""

import time
from typing import TextIO

#: Where nobody watches: from so many files on there is a line for every EVERY of them, and after SECONDS of silence.
MANY = 20
EVERY = 100
SECONDS = 10


class Progress:
    """On a terminal one line that rewrites itself and is gone at the end; elsewhere a plain line now and then.

    Whoever writes something else to the terminal calls :meth:`clear` first.
    """

    def __init__(self, many: int, out: TextIO) -> None:
        self.many = many
        self.out = out
        self.done = 0
        self.width = 0
        self.watched = out.isatty()
        self.told = many > 1 if self.watched else many > MANY
        self.began = self.last = time.monotonic()

    def step(self, failed: int) -> None:
        """One more is done; ``failed`` of all so far have problems."""
        self.done += 1
        now = time.monotonic()
        if not self.told or self.done == self.many:
            return
        if self.watched:
            line = self._line(failed, now)
            self._write(f"\r{line.ljust(self.width)}")
            self.width = len(line)
        elif self.done % EVERY == 0 or now - self.last > SECONDS:
            self._write(f"{self._line(failed, now)}\n")
            self.last = now

    def clear(self) -> None:
        """Take the line away; the next step brings it back."""
        if self.width:
            self._write(f"\r{' ' * self.width}\r")
            self.width = 0

    def end(self, failed: int) -> None:
        """Say what came of it all."""
        self.clear()
        if self.told:
            seconds = time.monotonic() - self.began
            self._write(f"{self.many:,} files, {failed:,} with problems, in {seconds:,.0f} s\n")

    def _line(self, failed: int, now: float) -> str:
        left = (now - self.began) / self.done * (self.many - self.done)
        parts = [f"{self.done:,} of {self.many:,} files", *([f"{failed:,} with problems"] if failed else [])]
        return " · ".join([*parts, f"{left:,.0f} s left" if left < 100 else f"{left / 60:,.0f} min left"])

    def _write(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()


class Meter:
    """How far one long file is: on a terminal a line that rewrites itself, elsewhere a line every :data:`SECONDS`."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.watched = out.isatty()
        self.width = 0
        self.stage = ""
        self.began = self.entered = self.last = time.monotonic()

    def at(self, stage: str, done: int, of: int, claims: int) -> None:
        """``stage`` has done ``done`` of ``of``, which is so many claims."""
        now = time.monotonic()
        if stage != self.stage:
            self.stage, self.entered = stage, now if self.stage else self.began
        passed = max(now - self.entered, 0.001)
        left = passed / done * (of - done) if done else 0
        line = (
            f"{stage}: {claims:,} claims · {100 * done // max(of, 1)} % · {claims / passed:,.0f}/s · {left:,.0f} s left"
        )
        if self.watched:
            self.out.write(f"\r{line.ljust(self.width)}")
            self.width = len(line)
        elif now - self.last > SECONDS:
            self.out.write(f"{line}\n")
            self.last = now
        self.out.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.width:
            self.out.write(f"\r{' ' * self.width}\r")
            self.width = 0

    def rate(self, made: dict[str, int]) -> str:
        """How long it took, and rows a second."""
        seconds = max(time.monotonic() - self.began, 0.001)
        return f"{sum(made.values()) / seconds:,.0f} rows/s, {seconds:,.1f} s"
