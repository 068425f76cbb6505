"""The only door out: every request that the desk makes of another machine goes through here.

The bargain: whoever names an address does not choose what it reaches. A host's address is looked up once, judged, and
connected to as it was judged (``requests-hardened`` pins it), so that a name that means something else a moment later
gains nothing. Only public addresses are reached, unless the operator names the host (FACTDESK_OUTBOUND_ALLOW): such a
host is then reached wherever it is. No redirect is followed, no proxy or certificate is taken from the environment,
what comes back is read as it comes (never unpacked) and no further than was asked for, and no request outlives its
time.
What is raised says what went wrong in a word of :class:`Trouble`: never an address, which may hold a secret.
"""

import contextlib
import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import requests
from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
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

R = TypeVar("R")

#: seconds: until there is a connection, between two pieces of an answer, and for all of it
CONNECT, READ, TOTAL = 5.0, 10.0, 15.0
#: bytes of an answer that are read, unless whoever asks says otherwise
LARGEST = 2_000
LONGEST_URL = 2_000
#: the ports of hosts that the operator has not named; elsewhere there are no web servers for strangers
PORTS = frozenset({80, 443, 8080, 8443})
AGENT = "factdesk"


class Trouble(TextChoices):
    """Why a request was not made (the first four), or brought no answer."""

    BAD_ADDRESS = "bad_address", _("not an address that the desk takes")
    BAD_PORT = "bad_port", _("a port that the desk does not knock at")
    NOT_PUBLIC = "not_public", _("not a public address")
    NO_SUCH_HOST = "no_such_host", _("no such host")
    NO_CONNECTION = "no_connection", _("no connection")
    NOT_TRUSTED = "not_trusted", _("its certificate does not hold")
    TOO_SLOW = "too_slow", _("too slow")
    BROKE_OFF = "broke_off", _("the connection broke off")


class NotSent(Exception):
    """No answer came. ``trouble`` says why; the address is not told again."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(trouble.value)


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status, the body's first bytes as they came, and whether there was more of it.

    ``wait``: the seconds of ``Retry-After``, where it gives seconds.
    """

    status: int
    body: bytes
    is_cut: bool
    wait: int | None = None


class Place(NamedTuple):
    """Where an address leads; ``is_allowed``: the operator named the host."""

    scheme: str
    host: str
    port: int
    is_allowed: bool


_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<rest>[/?][!-\[\]^_`a-z{|}~]*)?"
)


def place_of(url: str) -> Place:
    """Where ``url`` leads, or NotSent where it is none that may be asked for. Nothing is looked up.

    It is http or https, in ASCII (a name of another script as ``xn--…``), without a user, a password, a fragment, a
    space or a backslash.
    """
    found = _URL.fullmatch(url)
    if found is None or len(url) > LONGEST_URL or "#" in url:
        raise NotSent(Trouble.BAD_ADDRESS)
    scheme, host = found["scheme"], found["host"].lower()
    port = int(found["port"] or {"http": 80, "https": 443}[scheme])
    allowed = any(_is_named(host, port, each.lower()) for each in settings.ENV.outbound_allow)
    if not allowed and port not in PORTS:
        raise NotSent(Trouble.BAD_PORT)
    with contextlib.suppress(ValueError):  # a name, which is judged when it is looked up
        if not allowed and not is_public(ipaddress.ip_address(host.strip("[]"))):
            raise NotSent(Trouble.NOT_PUBLIC)
    return Place(scheme, host, port, allowed)


def _is_named(host: str, port: int, allowed: str) -> bool:
    """Whether ``allowed`` (``host``, ``.domain``, ``host:port``) names this host and port."""
    name, colon, only = allowed.rpartition(":")
    if not colon or allowed.endswith("]"):
        name, only = allowed, ""
    if only and int(only) != port:
        return False
    return host == name or (name.startswith(".") and host.endswith(name))


#: what Python's tables of 3.11 count as global, and nobody should be led to
_ELSEWHERE_4 = [ipaddress.IPv4Network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10")]
#: of IPv6 only what is handed out as global unicast (RFC 4291 §2.4, IANA), and of that not what leads into IPv4
#: (Teredo 2001::/32, 6to4 2002::/16), is no host's (2001:db8::/32, 3fff::/20) or no place's (ORCHID, 2001:10::/28 …)
_UNICAST = ipaddress.IPv6Network("2000::/3")
_ELSEWHERE_6 = [ipaddress.IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether it is a host of the public Internet. An IPv6 address that holds an IPv4 one is none, whichever it is."""
    if isinstance(address, ipaddress.IPv6Address):
        return address in _UNICAST and not any(address in net for net in _ELSEWHERE_6)
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not special and not any(address in net for net in _ELSEWHERE_4)


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
        """Shut it when time is over. A copy: whatever wraps the socket later, the connection is the same."""
        self._held.append(one.dup())
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


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        _clock.get().hold(made)
        return made


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        _clock.get().hold(made)
        return made


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
    """Connects to the address that was looked up and judged, by the package's rules and by ours, and to no other."""

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        judged = super().build_connection_pool_key_attributes
        host, pool = _within(_clock.get().left, lambda: judged(request, verify, cert))
        if not is_public(ipaddress.ip_address(str(host["host"]).strip("[]"))):
            raise InvalidIPAddress
        return host, pool


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


def _session(place: Place, seconds: float) -> requests.Session:
    config = Config(
        ip_filter_enable=False,  # ours, which is stricter, takes its place
        ip_filter_allow_loopback_ips=False,
        never_redirect=True,
        default_timeout=(min(CONNECT, seconds), min(READ, seconds)),
        user_agent_override=AGENT,
    )
    made: requests.Session = HTTPSession(config)
    made.trust_env = False  # no proxy, no netrc, no other certificates
    for scheme in ("http", "https"):
        made.mount(f"{scheme}://", _Timed() if place.is_allowed else _Public(is_https_proto=scheme == "https"))
    return made


def send(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    largest: int = LARGEST,
    seconds: float = TOTAL,
) -> Answer:
    """Ask, and say what was answered: of whatever status, redirects too, which are not followed.

    At most ``largest`` bytes of the answer are read, and it is all over after ``seconds``. Raises NotSent.
    """
    place = place_of(url)
    with _Clock(seconds) as clock, _session(place, seconds) as session, _told(clock):
        token = _clock.set(clock)
        try:
            sent = {"Accept-Encoding": "identity", **(headers or {})}
            with session.request(method, url, data=body or None, headers=sent, stream=True) as response:
                if clock.over:  # its headers were cut short, and look whole all the same
                    raise NotSent(Trouble.TOO_SLOW)
                return _read(response, largest, clock)
        finally:
            _clock.reset(token)


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


def _trouble(error: Exception) -> Trouble:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    for kind, word in _WORDS:
        if any(isinstance(one, kind) for one in (error, reason, error.__context__)):
            return word
    return Trouble.BROKE_OFF
