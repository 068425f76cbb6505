"""The only door out: what it does not reach, however it is asked; and what it takes of an answer."""

import gzip
import logging
import socket
import ssl
import time
from contextlib import suppress

import pytest

from factdesk import outbound, places
from factdesk.places import NotSent, Trouble
from tests.receivers import Receiver, allow, nobody


@pytest.fixture
def names(monkeypatch):
    """A resolver of our own: ``names["a.example"] = ["203.0.113.1", …]``, one answer after the other."""
    known: dict[str, list[str]] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        if host in known:
            asked.append(host)
            given = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
            return real(given, port, *args, **kwargs)
        return real(host, port, *args, flags=socket.AI_NUMERICHOST, **{k: v for k, v in kwargs.items() if k != "flags"})

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    known["asked"] = asked  # type: ignore[assignment]
    return known


@pytest.fixture
def connected(monkeypatch):
    """Where connections were really made to; none is."""
    tried = []

    def connect(self, address):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


# What an address leads to -> the name of the probe. Each is refused before anything is connected to.
PROBES = {
    "loopback": "http://127.0.0.1/",
    "loopback, another address of it": "http://127.8.9.1/",
    "loopback as one number": "http://2130706433/",
    "loopback in hexadecimal": "http://0x7f000001/",
    "loopback in octal": "http://0177.0.0.1/",
    "loopback, abbreviated": "http://127.1/",
    "loopback of IPv6": "http://[::1]/",
    "loopback mapped into IPv6": "http://[::ffff:127.0.0.1]/",
    "loopback mapped, in hexadecimal": "http://[::ffff:7f00:1]/",
    "loopback in an IPv4-compatible address": "http://[::7f00:1]/",
    "private 10": "http://10.0.0.1/",
    "private 172.16": "http://172.31.255.1/",
    "private 192.168": "http://192.168.1.1/",
    "private of IPv6": "http://[fd00::1]/",
    "site-local of IPv6": "http://[fec0::1]/",
    "link-local, where clouds tell secrets": "http://169.254.169.254/latest/meta-data/",
    "link-local of IPv6": "http://[fe80::1]/",
    "carrier-grade NAT": "http://100.64.0.1/",
    "unspecified": "http://0.0.0.0/",
    "unspecified, this network": "http://0.1.2.3/",
    "unspecified of IPv6": "http://[::]/",
    "multicast": "http://224.0.0.1/",
    "multicast of IPv6": "http://[ff02::1]/",
    "broadcast": "http://255.255.255.255/",
    "reserved": "http://240.0.0.1/",
    "protocol assignments": "http://192.0.0.8/",
    "benchmarking": "http://198.18.0.1/",
    "documentation": "http://203.0.113.1/",
    "documentation of IPv6": "http://[2001:db8::1]/",
    "6to4 of a private address": "http://[2002:a00:1::]/",
    "6to4 relay": "http://192.88.99.1/",
    "NAT64 of loopback": "http://[64:ff9b::7f00:1]/",
    "NAT64 of a network's own": "http://[64:ff9b:1::a00:1]/",
    "Teredo": "http://[2001:0:a00:1::1]/",
    "segment routing": "http://[5f00::1]/",
}


@pytest.mark.parametrize("url", PROBES.values(), ids=PROBES.keys())
def test_what_is_no_public_address_is_refused_and_nothing_is_connected_to(url, connected):
    with pytest.raises(NotSent) as refused:
        outbound.send("POST", url, body=b"{}")
    assert refused.value.trouble == Trouble.NOT_PUBLIC
    assert connected == []


@pytest.mark.parametrize("url", PROBES.values(), ids=PROBES.keys())
def test_a_name_that_leads_there_is_refused_as_well(url, names, connected):
    names["inside.example"] = [url.split("/")[2].strip("[]")]
    with pytest.raises(NotSent) as refused:
        outbound.send("POST", "https://inside.example/", body=b"{}")
    assert refused.value.trouble == Trouble.NOT_PUBLIC
    assert connected == []


# Addresses that are none -> why.
NOT_TAKEN = {
    "another scheme": ("ftp://news.example/", Trouble.BAD_ADDRESS),
    "a file": ("file:///etc/passwd", Trouble.BAD_ADDRESS),
    "gopher, which says anything to anybody": ("gopher://127.0.0.1:6379/_FLUSHALL", Trouble.BAD_ADDRESS),
    "no scheme": ("//news.example/", Trouble.BAD_ADDRESS),
    "a user": ("https://ann@news.example/", Trouble.BAD_ADDRESS),
    "a password": ("https://ann:secret@news.example/", Trouble.BAD_ADDRESS),
    "two hosts, for readers who differ": ("http://news.example\\@127.0.0.1/", Trouble.BAD_ADDRESS),
    "two hosts, by a number sign": ("http://news.example#@127.0.0.1/", Trouble.BAD_ADDRESS),
    "a line end in it": ("http://news.example/\r\nHost: 127.0.0.1", Trouble.BAD_ADDRESS),
    "a space": ("http://news.example /", Trouble.BAD_ADDRESS),
    "a NUL": ("http://127.0.0.1\x00.news.example/", Trouble.BAD_ADDRESS),
    "digits of another script": ("http://\uff11\uff12\uff17.0.0.1/", Trouble.BAD_ADDRESS),
    "a dot of another script": ("http://127\u30020\u30020\u30021/", Trouble.BAD_ADDRESS),
    "a zone": ("http://[fe80::1%25eth0]/", Trouble.BAD_ADDRESS),
    "no host": ("http:///x", Trouble.BAD_ADDRESS),
    "a port that is none": ("http://news.example:99999999/", Trouble.BAD_ADDRESS),
    "far too long": ("https://news.example/" + "x" * 2_000, Trouble.BAD_ADDRESS),
    "the port of mail": ("http://news.example:25/", Trouble.BAD_PORT),
    "the port of a database": ("http://news.example:5432/", Trouble.BAD_PORT),
    "the port of ssh": ("https://news.example:22/", Trouble.BAD_PORT),
}


@pytest.mark.parametrize(("url", "trouble"), NOT_TAKEN.values(), ids=NOT_TAKEN.keys())
def test_what_is_no_address_for_us_is_refused_before_anything_is_looked_up(url, trouble, names, connected):
    with pytest.raises(NotSent) as refused:
        outbound.send("POST", url)
    assert refused.value.trouble == trouble
    assert names["asked"] == connected == []


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(names, connected):
    """DNS rebinding: public when it is asked for, loopback whenever it is asked again."""
    names["rebinding.example"] = ["93.184.215.14", "127.0.0.1"]
    with pytest.raises(NotSent) as refused:
        outbound.send("POST", "http://rebinding.example/")
    assert refused.value.trouble == Trouble.NO_CONNECTION
    assert names["asked"] == ["rebinding.example"]
    assert connected == [("93.184.215.14", 80)]


def test_where_the_first_address_does_not_answer_the_others_are_tried_and_none_that_is_not_public(
    monkeypatch, connected
):
    given = ["93.184.215.14", "10.0.0.1", "2606:4700::1111", "127.0.0.1", "93.184.215.15", "93.184.215.16", "1.1.1.1"]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in given]
    asked = []
    real = socket.getaddrinfo

    def resolve(host, *args, **kwargs):
        if host == "news.example":
            asked.append(host)
            return found
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(NotSent) as refused:
        outbound.send("POST", "https://news.example/")
    assert refused.value.trouble == Trouble.NO_CONNECTION
    assert [address[0] for address in connected] == given[:1] + given[2:3] + given[4:6]
    assert asked == ["news.example"]


def test_of_several_addresses_the_one_that_answers_is_asked_once_and_first_the_next_time(receiver, monkeypatch):
    """The receiver's address counts as public here, and so does one at which nobody answers."""
    real, tried = socket.socket.connect, []
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.215.14", "93.184.215.15")
    ]

    def connect(self, address):
        tried.append(address[0])
        if address[0] == "93.184.215.14":
            raise ConnectionRefusedError
        return real(self, ("127.0.0.1", receiver.port))

    numeric = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *args, **kw: found if host == "news.example" else numeric(host, *args, **kw)
    )
    monkeypatch.setattr(socket.socket, "connect", connect)
    with outbound.Line() as line:
        assert line.send("POST", "http://news.example/told", body=b"{}").status == 204
        assert line.send("POST", "http://news.example/told", body=b"{}").status == 204
    assert tried[:2] == ["93.184.215.14", "93.184.215.15"]
    assert set(tried[2:]) <= {"93.184.215.15"}
    assert [message.headers["host"] for message in receiver.messages] == ["news.example"] * 2


def _keeps(handler):
    """Answers as HTTP/1.1 does, and keeps the connection."""
    handler.protocol_version = "HTTP/1.1"
    handler.close_connection = False
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.send_header("Set-Cookie", "seen=1; Path=/")
    handler.end_headers()
    handler.wfile.write(b"ok")


def test_a_line_keeps_its_connection_and_nothing_else(receiver, settings, monkeypatch):
    allow(settings, "127.0.0.1")
    receiver.answer = _keeps
    made, real = [], socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: made.append(address) or real(self, address))
    with outbound.Line() as line:
        for number in range(5):
            assert line.send("POST", receiver.url, body=b"%d" % number) == outbound.Answer(200, b"ok", False)
    assert len(made) == 1
    assert [message.body for message in receiver.messages] == [b"0", b"1", b"2", b"3", b"4"]
    assert not any("cookie" in message.headers for message in receiver.messages)
    outbound.send("POST", receiver.url), outbound.send("POST", receiver.url)
    assert len(made) == 3


def test_a_kept_connection_ends_with_the_time_of_its_request(receiver, settings):
    allow(settings, "127.0.0.1")
    receiver.answer = _keeps
    with outbound.Line() as line:
        assert line.send("POST", receiver.url).status == 200
        receiver.answer = _drips
        began = time.monotonic()
        with pytest.raises(NotSent) as refused:
            line.send("POST", receiver.url, seconds=0.6)
        assert time.monotonic() - began < 2
        assert refused.value.trouble == Trouble.TOO_SLOW
        receiver.answer = _keeps
        assert line.send("POST", receiver.url).status == 200


def _drips(handler):
    """Headers that never end, each soon enough for a read's timeout."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(40):
            handler.wfile.write(b"X-%d: y\r\n" % number)
            time.sleep(0.1)
    except OSError:
        return  # the desk has hung up, as it should


def test_a_public_name_is_reached_at_the_ports_of_the_web(names, connected):
    names["news.example"] = ["93.184.215.14"]
    for url in ("https://news.example/a?b=c%20d", "http://news.example:8080/", "https://news.example:8443"):
        with pytest.raises(NotSent):
            outbound.send("POST", url)
    assert connected == [("93.184.215.14", port) for port in (443, 8080, 8443)]


def test_a_public_address_of_ipv6_is_one():
    for text, is_public in {"2a00:1450:4001::1": True, "2606:4700::1111": True, "2001:4860:4860::8888": True}.items():
        assert places.is_public(places.ipaddress.ip_address(text)) == is_public


# What the operator names -> the addresses that it opens.
NAMED = {
    "news.internal": {"http://news.internal/", "https://news.internal:9000/", "http://NEWS.internal/"},
    "news.internal:9000": {"https://news.internal:9000/"},
    ".internal": {"http://news.internal/", "https://news.internal:9000/", "http://NEWS.internal/"},
    "127.0.0.1": {"http://127.0.0.1:9000/"},
    "[::1]:9000": {"http://[::1]:9000/"},
    "[::1]": {"http://[::1]:9000/"},
    "internal": set(),
    "s.internal": set(),
}


@pytest.mark.parametrize("named", NAMED)
def test_the_operator_names_hosts_and_no_others_are_opened(named, settings):
    allow(settings, named)
    found = set()
    for url in set().union(*NAMED.values()):
        with suppress(NotSent):
            found |= {url} if places.place_of(url).is_allowed else set()
    assert found == NAMED[named]


# --- real sockets ---


@pytest.fixture
def receiver(settings):
    with Receiver() as made:
        allow(settings, made.host)
        yield made


def test_a_loopback_server_is_reached_only_if_the_operator_names_it(receiver, settings):
    assert outbound.send("POST", receiver.url, body=b"{}").status == 204
    allow(settings)
    with pytest.raises(NotSent):
        outbound.send("POST", receiver.url, body=b"{}")
    assert [message.body for message in receiver.messages] == [b"{}"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(receiver, status):
    with Receiver() as inside:

        def elsewhere(handler):
            handler.send_response(status)
            handler.send_header("Location", f"http://127.0.0.1:{inside.port}/secrets")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        receiver.answer = elsewhere
        assert outbound.send("POST", receiver.url, body=b"{}").status == status
        assert inside.messages == []
        assert len(receiver.messages) == 1


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 65_536)


def test_of_a_huge_answer_only_so_much_is_read(receiver):
    receiver.answer = endless
    answer = outbound.send("POST", receiver.url, largest=1_000)
    assert (answer.status, len(answer.body), answer.is_cut) == (200, 1_000, True)


def test_an_answer_that_unpacks_to_much_is_not_unpacked(receiver):
    bomb = gzip.compress(b"\0" * 10_000_000)

    def packed(handler):
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(bomb)))
        handler.end_headers()
        handler.wfile.write(bomb)

    receiver.answer = packed
    answer = outbound.send("POST", receiver.url, largest=20_000)
    assert answer.body == bomb
    assert receiver.messages[0].headers["accept-encoding"] == "identity"


def drips(what):
    """An answer of which a byte comes now and then, never late enough for the wait between two of them."""

    def drip(handler):
        with suppress(OSError):
            for byte in what:
                handler.wfile.write(bytes([byte]))
                time.sleep(0.05)

    return drip


@pytest.mark.parametrize(
    "answer",
    [lambda handler: time.sleep(5), drips(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1_000)],
    ids=["says nothing", "drips its headers"],
)
def test_a_slow_receiver_gets_no_more_than_the_whole_time(receiver, answer):
    receiver.answer, began = answer, time.monotonic()
    with pytest.raises(NotSent) as refused:
        outbound.send("POST", receiver.url, seconds=0.6)
    assert refused.value.trouble == Trouble.TOO_SLOW
    assert time.monotonic() - began < 2


def test_of_a_body_that_drips_what_came_in_time_is_taken(receiver):
    receiver.answer, began = drips(b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 1_000), time.monotonic()
    answer = outbound.send("POST", receiver.url, seconds=1.5)
    assert (answer.status, answer.is_cut) == (200, True)
    assert time.monotonic() - began < 3


def test_a_name_that_is_not_answered_in_time_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(3))
    began = time.monotonic()
    with pytest.raises(NotSent) as refused:
        outbound.send("POST", "https://slow.example/", seconds=0.3)
    assert refused.value.trouble == Trouble.TOO_SLOW
    assert time.monotonic() - began < 2


def test_who_hangs_up_is_told_apart_from_who_is_not_there(receiver, settings):
    receiver.answer = lambda handler: handler.connection.close()
    with pytest.raises(NotSent) as broke_off:
        outbound.send("POST", receiver.url)
    empty = f"127.0.0.1:{nobody()}"
    allow(settings, empty)
    with pytest.raises(NotSent) as no_connection:
        outbound.send("POST", f"http://{empty}/")
    assert [broke_off.value.trouble, no_connection.value.trouble] == [Trouble.BROKE_OFF, Trouble.NO_CONNECTION]


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(settings, tmp_path, monkeypatch):
    path = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))  # the environment has no say
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with Receiver(context=context) as secure:
        allow(settings, secure.host)
        with pytest.raises(NotSent) as refused:
            outbound.send("POST", f"https://{secure.host}/")
    assert refused.value.trouble == Trouble.NOT_TRUSTED
    assert secure.messages == []


def self_signed(folder):
    """A key and a certificate for 127.0.0.1, in one file."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "pair.pem"
    form = serialization.Encoding.PEM
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(form))
    return path


def test_no_proxy_of_the_environment_is_asked(receiver, monkeypatch):
    with Receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}/")
        monkeypatch.setenv("no_proxy", "")
        assert outbound.send("POST", receiver.url).status == 204
        assert proxy.messages == []


def test_nothing_of_an_address_but_its_host_is_in_the_log_or_in_what_is_raised(receiver, names, caplog):
    caplog.set_level(logging.INFO)
    names["inside.example"] = ["10.0.0.1"]
    receiver.answer = lambda handler: handler.connection.close()
    told = []
    for url in (receiver.url, "https://inside.example/told", "https://news.example:25/told"):
        with pytest.raises(NotSent) as refused:
            outbound.send("POST", f"{url}?key=Xyzzyqqq", headers={"webhook-signature": "Xyzzyqqq"}, body=b"Xyzzyqqq")
        told.append(f"{refused.value!r} {refused.value.__cause__!r}")
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert "Xyzzyqqq" not in caplog.text + "".join(told)
