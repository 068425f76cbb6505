"""The only door out: every request that the desk makes of another machine goes through here.

The bargain: whoever names an address does not choose what it reaches. A host's addresses are looked up once for each
request, judged (``factdesk.places``), and connected to as they were judged, so that a name that means something else a
moment later gains nothing; where the first does not answer, the others are tried. Only public addresses are reached,
unless the operator names the host (FACTDESK_OUTBOUND_ALLOW): such a host is then reached wherever it is. No redirect is
followed, no proxy or certificate is taken from the environment, what comes back is read as it comes (never unpacked)
and no further than was asked for, and no request outlives its time.
What is raised says what went wrong in a word of :class:`Trouble`: never an address, which may hold a secret.
"""

import contextlib
import ipaddress
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests_hardened.client import HTTPSession
from requests_hardened.config import Config
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from factdesk.places import NotSent, Place, Trouble, is_public, place_of

R = TypeVar("R")

#: seconds: until there is a connection, between two pieces of an answer, and for all of it
CONNECT, READ, TOTAL = 5.0, 10.0, 15.0
#: bytes of an answer that are read, unless whoever asks says otherwise
LARGEST = 2_000
#: addresses of one host that are tried
MOST_ADDRESSES = 4
AGENT = "factdesk"


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status, the body's first bytes as they came, and whether there was more of it.

    ``wait``: the seconds of ``Retry-After``, where it gives seconds.
    """

    status: int
    body: bytes
    is_cut: bool
    wait: int | None = None


# --- a request's end: its socket is shut when its time is over, whatever it is doing ---


class _Clock:
    """The time of one request. ``hold`` what is to be shut at its end."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.over = False
        self._held: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def hold(self, one: socket.socket) -> None:
        """Shut it when time is over. A copy: whatever wraps the socket, the connection is the same."""
        self._held.append(socket.socket(fileno=os.dup(one.fileno())))
        if self.over:  # it was connected to when time was over already
            self._shut()

    @property
    def left(self) -> float:
        return max(self.end - time.monotonic(), 0.0)

    def _shut(self) -> None:
        self.over = True
        for one in self._held:
            with contextlib.suppress(OSError):  # it is shut already
                one.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "_Clock":
        self._timer.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._timer.cancel()
        for one in self._held:
            one.close()


_clock: ContextVar[_Clock] = ContextVar("outbound_clock")


_address: ContextVar[str] = ContextVar("outbound_address")


class _Held:
    """Of each request its clock holds the connection, whether it was made for it or kept from the one before."""

    sock: socket.socket | None

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        _clock.get().hold(made)
        return made

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            _clock.get().hold(self.sock)
        super().putrequest(*args, **kwargs)  # type: ignore[misc]


class _Plain(_Held, HTTPConnection):
    pass


class _Secure(_Held, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Timed(HTTPAdapter):
    """Connections that end with the request's time."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _Public(IPFilterAdapter, _Timed):
    """Connects to an address that was looked up, once it is judged by the package's rules and by ours, and to no other.
    The host keeps its name in the request and for its certificate.
    """

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        named, address = urlsplit(request.url), _address.get()
        pinned = request.copy()
        at = f"[{address}]" if ":" in address else address
        pinned.url = named._replace(netloc=f"{at}:{named.port}" if named.port else at).geturl()
        host, pool = super().build_connection_pool_key_attributes(pinned, verify, cert)
        if not is_public(ipaddress.ip_address(str(host["host"]).strip("[]"))):
            raise InvalidIPAddress
        request.headers["Host"] = named.netloc
        if named.scheme == "https":
            pool |= {"assert_hostname": named.hostname, "server_hostname": named.hostname}
        return host, pool


def _addresses(place: Place, clock: _Clock) -> list[str]:
    """The public addresses of a host that the operator has not named, in the order in which to try them."""
    host = place.host.strip("[]")
    found = _within(clock.left, lambda: socket.getaddrinfo(host, place.port, type=socket.SOCK_STREAM))
    listed = dict.fromkeys(str(address[0]) for *_, address in found)
    public = [one for one in listed if is_public(ipaddress.ip_address(one.partition("%")[0]))]
    if not public:
        raise NotSent(Trouble.NOT_PUBLIC)
    return public[:MOST_ADDRESSES]


def _within(seconds: float, do: Callable[[], R]) -> R:
    """What ``do`` brings, within so many seconds: looking up a name cannot be broken off, only not waited for."""
    brought: list[Any] = []

    def run() -> None:
        try:
            brought.extend((do(), None))
        except Exception as trouble:  # noqa: BLE001 - it is raised below, where it is waited for
            brought.extend((None, trouble))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not brought:
        raise NotSent(Trouble.TOO_SLOW)
    if brought[1] is not None:
        raise brought[1]
    found: R = brought[0]
    return found


def _session(place: Place) -> requests.Session:
    config = Config(
        ip_filter_enable=False,  # ours, which is stricter, takes its place
        ip_filter_allow_loopback_ips=False,
        never_redirect=True,
        default_timeout=(CONNECT, READ),
        user_agent_override=AGENT,
    )
    made: requests.Session = HTTPSession(config)
    made.trust_env = False  # no proxy, no netrc, no other certificates
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # nothing goes from one answer to the next request
    for scheme in ("http", "https"):
        made.mount(f"{scheme}://", _Timed() if place.is_allowed else _Public(is_https_proto=scheme == "https"))
    return made


class Line:
    """Several requests, one after the other, whose connection is kept between them. Each is judged as if it were alone:
    a connection is used again only where its address is still one of the host's.
    """

    def __init__(self) -> None:
        self._sessions: dict[Place, requests.Session] = {}
        self._last: dict[str, str] = {}

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *args: object) -> None:
        for session in self._sessions.values():
            session.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        largest: int = LARGEST,
        seconds: float | None = None,
    ) -> Answer:
        """Ask, and say what was answered: of whatever status, redirects too, which are not followed.

        At most ``largest`` bytes of the answer are read, and it is all over after ``seconds`` (``TOTAL``), however many
        addresses are tried. Raises NotSent.
        """
        place = place_of(url)
        if place not in self._sessions:
            self._sessions[place] = _session(place)
        session = self._sessions[place]
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        with _Clock(TOTAL if seconds is None else seconds) as clock, _told(clock):
            for address, is_last in self._to_try(place, clock):
                try:
                    answer = _ask(
                        clock, session, address, method, url, data=body or None, headers=sent, largest=largest
                    )
                except requests.ConnectionError as error:
                    if (
                        is_last
                        or clock.over
                        or not isinstance(_reason(error), NewConnectionError | ConnectTimeoutError)
                    ):
                        raise
                    continue  # nothing was sent
                self._last[place.host] = address
                return answer
        raise AssertionError("the last address answers or raises")

    def _to_try(self, place: Place, clock: _Clock) -> Iterator[tuple[str, bool]]:
        """The addresses, the one that answered before first, and whether it is the last one. Of a host that the
        operator named, nothing is judged: the connection looks it up.
        """
        listed = [""] if place.is_allowed else _addresses(place, clock)
        listed.sort(key=lambda one: one != self._last.get(place.host))
        yield from ((one, one == listed[-1]) for one in listed)


def _ask(
    clock: _Clock, session: requests.Session, address: str, method: str, url: str, *, largest: int, **given: Any
) -> Answer:
    tokens = _clock.set(clock), _address.set(address)
    timeout = min(CONNECT, clock.left) or 0.001, min(READ, clock.left) or 0.001
    try:
        with session.request(method, url, stream=True, timeout=timeout, **given) as response:
            if clock.over:  # its headers were cut short, and look whole all the same
                raise NotSent(Trouble.TOO_SLOW)
            return _read(response, largest, clock)
    finally:
        _clock.reset(tokens[0])
        _address.reset(tokens[1])


def send(method: str, url: str, **given: Any) -> Answer:
    """One request on a line of its own: see :meth:`Line.send`."""
    with Line() as line:
        return line.send(method, url, **given)


def _read(response: requests.Response, largest: int, clock: _Clock) -> Answer:
    found = bytearray()
    while len(found) <= largest and (piece := response.raw.read1(largest + 1 - len(found), decode_content=False)):
        found += piece
    wait = response.headers.get("Retry-After", "")
    seconds = int(wait) if re.fullmatch("[0-9]{1,6}", wait) else None
    return Answer(response.status_code, bytes(found[:largest]), len(found) > largest or clock.over, seconds)


@contextlib.contextmanager
def _told(clock: _Clock) -> Iterator[None]:
    """Tell what went wrong in a word of ours: what the packages raise quotes the address."""
    try:
        yield
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise NotSent(Trouble.TOO_SLOW if clock.over else _trouble(error)) from None


#: what the packages raise -> what it is, the first that fits
_WORDS: tuple[tuple[type[Exception], Trouble], ...] = (
    (InvalidIPAddress, Trouble.NOT_PUBLIC),
    (requests.exceptions.SSLError, Trouble.NOT_TRUSTED),
    (requests.exceptions.InvalidURL, Trouble.BAD_ADDRESS),
    (UnicodeError, Trouble.BAD_ADDRESS),
    (socket.gaierror, Trouble.NO_SUCH_HOST),
    (NameResolutionError, Trouble.NO_SUCH_HOST),
    (NewConnectionError, Trouble.NO_CONNECTION),
    (requests.Timeout, Trouble.TOO_SLOW),
    (ConnectTimeoutError, Trouble.TOO_SLOW),
    (ReadTimeoutError, Trouble.TOO_SLOW),
    (TimeoutError, Trouble.TOO_SLOW),
)


def _reason(error: Exception) -> Any:
    """Why urllib3 gave up, where the error is about that."""
    return getattr(error.args[0], "reason", None) if error.args else None


def _trouble(error: Exception) -> Trouble:
    reason = _reason(error)
    for kind, word in _WORDS:
        if any(isinstance(one, kind) for one in (error, reason, error.__context__)):
            return word
    return Trouble.BROKE_OFF
