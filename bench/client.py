"""A small HTTP client that keeps its connections, so that what is measured is the server.

The bargain: HTTP/1.1 over a plain socket, bytes in, bytes out; an answer other than 2xx ends the run, since a fast
refusal is no speed.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Any

PIECE = 1 << 16
#: the server lets go of a connection that nobody used for 15 seconds
IDLE = 10


class Refused(Exception):
    """An answer that is none: the status, and the beginning of what was said."""


class Connection:
    """One kept connection to a server on 127.0.0.1."""

    def __init__(self, port: int, token: str | None) -> None:
        self.port, self.used = port, 0.0
        self.socket = self._connected()
        self.head = f"Host: 127.0.0.1:{port}\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "")

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[dict[str, str], bytes]:
        """The answer's headers (names in lower case) and body; Refused unless it is 2xx."""
        if time.monotonic() - self.used > IDLE:
            self.socket.close()
            self.socket = self._connected()
        status, told, content = self.answer(path, method, body, **headers)
        if not 200 <= status < 300:
            raise Refused(f"{status} to {method} {path}: {content[:300]!r}")
        return told, content

    def answer(
        self, path: str, method: str = "GET", body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of whatever is answered."""
        data = b"" if body is None else json.dumps(body).encode()
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        if body is not None:
            more += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{self.head}{more}\r\n".encode() + data)
        answered = self._read()
        self.used = time.monotonic()
        return answered

    def stream(self, path: str) -> Iterator[bytes]:
        """The body as it comes, in pieces as they are read (with whatever framing it has)."""
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{self.head}Connection: close\r\n\r\n".encode())
        first = self.socket.recv(PIECE)
        if b" 200 " not in first[:20]:
            raise Refused(f"{first[:200]!r} to GET {path}")
        yield first
        while piece := self.socket.recv(PIECE):
            yield piece

    def _connected(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=300)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.used = time.monotonic()
        return made

    def close(self) -> None:
        """Let go of it."""
        self.socket.close()

    def _read(self) -> tuple[int, dict[str, str], bytes]:
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        head, _, content = got.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if "content-length" in headers:
            pieces, have = [content], len(content)
            while have < int(headers["content-length"]):
                pieces.append(self._more())
                have += len(pieces[-1])
            content = b"".join(pieces)
        elif headers.get("transfer-encoding") == "chunked":
            while not content.endswith(b"0\r\n\r\n"):
                content += self._more()
        return int(first.split()[1]), headers, content

    def _more(self) -> bytes:
        piece = self.socket.recv(PIECE)
        if not piece:
            raise Refused("the server closed the connection")
        return piece


class Crowd:
    """So many kept connections, each asked by a thread of its own."""

    def __init__(self, port: int, token: str | None, many: int) -> None:
        self.connections = [Connection(port, token) for _ in range(many)]

    def rate(self, paths: Sequence[str], seconds: float) -> float:
        """Answers a second, all connections asking in turn what ``paths`` name for so long."""
        until, counts, faults = time.perf_counter() + seconds, [0] * len(self.connections), []

        def work(place: int) -> None:
            turn = cycle(paths)
            try:
                while time.perf_counter() < until:
                    self.connections[place].ask(next(turn))
                    counts[place] += 1
            except (Refused, OSError) as fault:
                faults.append(fault)

        began = time.perf_counter()
        threads = [threading.Thread(target=work, args=[place]) for place in range(len(self.connections))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]
        return sum(counts) / (time.perf_counter() - began)

    def close(self) -> None:
        """Let go of all."""
        for connection in self.connections:
            connection.close()


def timed(work: Callable[[], Any]) -> float:
    """The seconds that it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
