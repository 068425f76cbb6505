"""Which addresses the desk may ask for, and what is said of one that it does not, or that does not answer.

The bargain: nothing is looked up here and nothing connected to. An address is judged by how it is written, and an IP
address by what it is; ``factdesk.outbound`` asks for both before every request.
"""

import contextlib
import ipaddress
import re
from typing import NamedTuple

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

LONGEST_URL = 2_000
#: the ports of hosts that the operator has not named; elsewhere there are no web servers for strangers
PORTS = frozenset({80, 443, 8080, 8443})


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
