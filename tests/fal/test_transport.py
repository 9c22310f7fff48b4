"""Connections: certificates, proxies, addresses and time limits."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
import httpx
import pytest
from httpcore import ReadTimeout
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.errors import ConfigError
from openclaw_fal.fal.connections import GuardedBackend, WaitLimit, addresses_of
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.fal.transport import InvalidUrl, read_url
from openclaw_fal.sandbox import Sandbox
from tests.conftest import Server
from tests.fal.conftest import Tunnels
from tests.faults.outcomes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Runner
    from tests.fal.conftest import Harness, OpenHarness, OpenProxy

TLS = Path(__file__).parents[1] / "sandbox" / "tls"


@pytest.fixture
def tls() -> Iterator[Sandbox]:
    """A sandbox with TLS. Its certificate has fal's names, by an authority that is not trusted by default."""
    with Sandbox(speed=10, tls=(TLS / "server.pem", TLS / "server.pem")) as sandbox:
        yield sandbox


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "ca.pem"))


def listed(harness: Harness) -> int:
    """Fetch the catalog."""
    url = f"{harness.client.origins.platform}/v1/models?limit=1"
    return harness.result_of(harness.client.read("GET", url, deadline=harness.deadline(60))).status


# --- URLs ---------------------------------------------------------------------------------------

HOSTS = ["fal.run", "v3.fal.media", "localhost", "127.0.0.1", "1.2.3.4", "a_b-c.test", "x.123", "9", "é.test"]
WORDS = ["a", "Z", "7", "é", "%2F", "%2f", "%zz", "/../", "/./", "/.a", ":443", ":80", ":08", ":0"]
PARTS = st.lists(st.sampled_from([*"/?#%@:&=+.~-_|^[]{}\\\"' \t", *WORDS])).map("".join)
SCHEMES = st.sampled_from(["https://", "http://", "HTTPS://", "ftp://", ""])


@pytest.mark.parametrize("server", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
@pytest.mark.parametrize("port", ["65536", "99999", "7" * 30, "9" * 5000], ids=len)
def test_a_url_whose_port_is_above_65535_is_not_sent_to(harness: Harness, server: str, port: str) -> None:
    with pytest.raises(Unreachable, match="not a valid URL") as caught:
        harness.client.once("GET", f"http://{server}:{port}/x", deadline=harness.deadline(2), with_key=False)
    assert not caught.value.sent
    assert caught.value.is_final


@given(st.builds("{}{}{}".format, SCHEMES, st.sampled_from(HOSTS), PARTS))
def test_a_plain_url_is_read_as_httpx_reads_it(url: str) -> None:
    try:
        expected = httpx.URL(url)
    except httpx.InvalidURL:
        with pytest.raises(InvalidUrl):
            read_url(url)
        return
    read = read_url(url)
    assert (read.scheme, read.host, read.port, read.target) == (
        expected.raw_scheme,
        expected.raw_host,
        expected.port,
        expected.raw_path,
    )


# --- certificates -------------------------------------------------------------------------------


@pytest.mark.usefixtures("trusted")
def test_ssl_cert_file_names_the_trusted_certificates(tls: Sandbox, open_harness: OpenHarness) -> None:
    assert listed(open_harness(tls.url)) == 200
    assert tls.requests[0].scheme == "Key"


def test_an_untrusted_certificate_is_refused_at_once_and_gets_no_key(tls: Sandbox, open_harness: OpenHarness) -> None:
    harness = open_harness(tls.url)
    with pytest.raises(Unreachable, match="SSL_CERT_FILE") as caught:
        listed(harness)
    assert (caught.value.sent, caught.value.is_final, harness.slept) == (False, True, [])
    assert not tls.requests


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(
    tls: Sandbox, open_harness: OpenHarness, leads_to: dict[str, list[list[str]]]
) -> None:
    leads_to["other.test"] = [["127.0.0.1"]]
    harness = open_harness(tls.url.replace("127.0.0.1", "other.test"))
    with pytest.raises(Unreachable) as caught:
        listed(harness)
    assert caught.value.is_final
    assert not tls.requests


@pytest.mark.parametrize(
    ("code", "has_list"),
    [("raise ImportError('not necessary')", True), (f"where = lambda: {str(TLS / 'ca.pem')!r}", False)],
    ids=["in its folder", "elsewhere"],
)
def test_without_variables_the_list_of_certifi_is_trusted(
    code: str, has_list: bool, tls: Sandbox, open_harness: OpenHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packages of a distribution may keep it elsewhere, and are asked."""
    (tmp_path / "certifi").mkdir()
    (tmp_path / "certifi" / "__init__.py").write_text(code)
    if has_list:
        (tmp_path / "certifi" / "cacert.pem").write_bytes((TLS / "ca.pem").read_bytes())
    monkeypatch.delitem(sys.modules, "certifi")
    monkeypatch.syspath_prepend(tmp_path)
    assert listed(open_harness(tls.url)) == 200


@pytest.mark.parametrize("content", [None, "not a certificate"], ids=["missing", "garbage"])
def test_certificates_that_cannot_be_loaded_are_a_configuration_error(
    content: str | None, tls: Sandbox, open_harness: OpenHarness, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "authorities.pem"
    if content:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigError, match="SSL_CERT_FILE") as caught:
        listed(open_harness(tls.url))
    assert caught.value.code == "certificates_invalid"


def test_plain_http_loads_no_certificates(
    server: Server, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssl, "create_default_context", lambda *_args, **_more: pytest.fail("certificates were loaded"))
    harness = open_harness(server.url)
    harness.client.once("GET", server.url, deadline=harness.deadline())
    assert server.requests


def test_the_systems_certificates_are_trusted_beside_certifis(
    tls: Sandbox, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that OpenSSL finds by itself are replaced, because no test may change the machine's."""
    monkeypatch.setattr(
        ssl.SSLContext, "load_default_certs", lambda context: context.load_verify_locations(TLS / "ca.pem")
    )
    harness = open_harness(tls.url)
    url = f"{tls.url}/fal-ai/flux/dev"
    assert harness.client.once("POST", url, deadline=harness.deadline(60), body={"prompt": "x"}).status == 200
    assert [request.method for request in tls.requests] == ["POST"]
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    with pytest.raises(Unreachable, match="SSL_CERT_FILE"):
        listed(open_harness(tls.url))


# --- proxies ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_https_uses_the_proxy_of_the_environment(
    key: str,
    variable: str,
    scheme: str,
    tls: Sandbox,
    open_harness: OpenHarness,
    open_proxy: OpenProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = open_proxy(tls.url)
    monkeypatch.setenv(variable, scheme + proxy.address)
    assert listed(open_harness(Origins())) == 200
    assert proxy.requests[0].startswith("CONNECT api.fal.ai:443 HTTP/1.1")
    assert key not in "".join(proxy.requests)
    assert [(seen.host, seen.scheme) for seen in tls.requests] == [("api.fal.ai", "Key")]


@pytest.mark.usefixtures("trusted")
def test_a_proxy_gets_its_own_password_and_nothing_else(
    tls: Sandbox, open_harness: OpenHarness, open_proxy: OpenProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = open_proxy(tls.url)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@{proxy.address}")
    assert listed(open_harness(Origins())) == 200
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in proxy.requests[0]
    assert "proxy-authorization" not in tls.requests[0].headers


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("exempt", ["127.0.0.1", "*", "localhost,127.0.0.1"])
def test_no_proxy_is_honored(
    exempt: str, tls: Sandbox, open_harness: OpenHarness, open_proxy: OpenProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = open_proxy(tls.url)
    monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert listed(open_harness(tls.url)) == 200
    assert not proxy.requests


def test_plain_http_never_uses_a_proxy(
    server: Server, open_harness: OpenHarness, open_proxy: OpenProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = open_proxy(server.url)
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, f"http://{proxy.address}")
    harness = open_harness(server.url)
    harness.client.once("GET", server.url, deadline=harness.deadline())
    assert server.requests
    assert not proxy.requests


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required", "502 Bad Gateway"])
def test_after_a_proxys_refusal_nothing_was_sent(
    status: str, tls: Sandbox, open_harness: OpenHarness, open_proxy: OpenProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = open_proxy(tls.url, f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode())
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@{proxy.address}")
    harness = open_harness(Origins())
    with pytest.raises(Unreachable, match=status[:3]) as caught:
        harness.client.once("POST", "https://queue.fal.run/fal-ai/flux/dev", deadline=harness.deadline(), body={})
    assert not caught.value.sent
    assert "secret" not in caught.value.reason
    assert not tls.requests


@pytest.mark.parametrize(
    ("scheme", "answer"),
    [
        ("http", Server.silent),
        ("http", b""),
        ("http", b"SSH-2.0-OpenSSH_9.9\r\n"),
        ("http", b"HTTP/1.1 200 Connection est"),
        ("http", (200, b"")),
        ("https", Server.silent),
    ],
    ids=["silence", "nothing", "another protocol", "half a head", "no TLS", "silence before TLS"],
)
def test_whatever_a_proxy_does_before_its_tunnel_is_open_nothing_was_submitted(
    run: Runner, server: Server, key: str, scheme: str, answer: Any
) -> None:
    server.answer(answer)
    environ = {
        "HTTPS_PROXY": server.url.replace("http:", f"{scheme}:"),
        "OPENCLAW_FAL_BASE_URL": "https://fal.invalid",
        "FAL_KEY": key,
    }
    ran = run("image", "generate", "a fox", "--timeout-ms", "1000", "--json", env=environ)
    assert (ran.code, ran.json["error"]["code"]) == (7, "unreachable"), ran.err
    assert key not in str(server.requests)


@pytest.mark.parametrize("proxy", ["ftp://me:secret@127.0.0.1:1", "socks4://127.0.0.1:1", "http://127.0.0.1:port"])
def test_an_unusable_proxy_is_a_configuration_error(
    proxy: str, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError) as caught:
        listed(open_harness(Origins()))
    assert caught.value.code == "proxy_invalid"
    assert "secret" not in caught.value.message


class Socks(Tunnels):
    """A SOCKS 5 proxy that opens every tunnel, or gives prepared replies."""

    def __init__(self, target: str, *replies: bytes) -> None:
        self.hosts: list[bytes] = []
        self.passwords: list[bytes] = []
        self._replies = replies
        super().__init__(target)

    def greet(self, connection: socket.socket) -> bool:
        methods = connection.recv(64)[2:]
        if self._replies:
            for reply in filter(None, self._replies):
                connection.sendall(reply)
                connection.recv(300)
            return False
        if b"\x02" in methods:
            connection.sendall(b"\x05\x02")
            self.passwords.append(connection.recv(300))
            connection.sendall(b"\x01\x00")
        else:
            connection.sendall(b"\x05\x00")
        asked = connection.recv(300)
        self.hosts.append(asked[5:-2] if asked[3] == 3 else asked[4:8])
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        return True


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("variable", "scheme", "user"),
    [
        ("ALL_PROXY", "socks5", ""),
        ("all_proxy", "socks5h", ""),
        ("ALL_PROXY", "socks", ""),
        ("HTTPS_PROXY", "socks5", "me:secret@"),
    ],
)
def test_a_socks_proxy_carries_the_request(
    variable: str,
    scheme: str,
    user: str,
    tls: Sandbox,
    open_harness: OpenHarness,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = Socks(tls.url)
    monkeypatch.setenv(variable, f"{scheme}://{user}{proxy.address}")
    try:
        assert listed(open_harness(Origins())) == 200
    finally:
        proxy.close()
    assert proxy.hosts == [b"api.fal.ai"]  # the proxy looks the name up
    assert proxy.passwords == ([b"\x01\x02me\x06secret"] if user else [])
    assert [(seen.host, seen.scheme) for seen in tls.requests] == [("api.fal.ai", "Key")]


@pytest.mark.parametrize(
    ("replies", "named"),
    [
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "does not speak SOCKS 5"),
        ((b"\x05\xff",), "Requested NO AUTHENTICATION REQUIRED"),
        ((b"\x05\x00", b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"), "Connection refused"),
        ((b"\x05\x00", b"\x05"), "does not speak SOCKS 5"),
        ((b"\x05\x00",), "closed the connection"),
        ((b"",), "closed the connection"),
    ],
)
def test_whatever_a_socks_proxy_refuses_nothing_was_sent(
    replies: tuple[bytes, ...], named: str, tls: Sandbox, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Socks(tls.url, *replies)
    monkeypatch.setenv("ALL_PROXY", f"socks5://{proxy.address}")
    harness = open_harness(Origins())
    try:
        with pytest.raises(Unreachable, match=named) as caught:
            harness.client.once("POST", "https://queue.fal.run/fal-ai/flux/dev", deadline=harness.deadline(60), body={})
    finally:
        proxy.close()
    assert not caught.value.sent
    assert not tls.requests


# --- addresses ----------------------------------------------------------------------------------


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """The addresses of names, for each lookup in turn. No name is really looked up."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host: str | bytes, port: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in known:
            more["flags"] = socket.AI_NUMERICHOST
            return real(host, port, *args, **more)
        addresses = known[name].pop(0) if len(known[name]) > 1 else known[name][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["10.1.2.3"], ["169.254.169.254"]]
)
def test_a_name_in_a_private_network_is_not_connected_to(
    addresses: list[str], server: Server, open_harness: OpenHarness, leads_to: dict[str, list[list[str]]]
) -> None:
    leads_to["cdn.test"] = [addresses]
    harness = open_harness(server.url)
    with pytest.raises(Unreachable, match="private network") as caught:
        harness.client.once("GET", "https://cdn.test/x", deadline=harness.deadline())
    assert (caught.value.sent, caught.value.is_final) == (False, True)
    assert not server.requests


def test_a_name_is_looked_up_once_for_each_connection(
    server: Server, open_harness: OpenHarness, leads_to: dict[str, list[list[str]]]
) -> None:
    """A second lookup could return an address that was not checked."""
    leads_to["fal.test"] = [["127.0.0.1"], ["10.0.0.1"]]
    url = server.url.replace("127.0.0.1", "fal.test")
    harness = open_harness(Origins(url, url, url, url))
    harness.client.once("GET", url, deadline=harness.deadline())
    assert len(server.requests) == 1
    assert leads_to["fal.test"] == [["10.0.0.1"]]


def test_every_address_of_a_host_is_tried(
    server: Server, open_harness: OpenHarness, leads_to: dict[str, list[list[str]]]
) -> None:
    leads_to["fal.test"] = [["::1", "127.0.0.1"]]
    url = server.url.replace("127.0.0.1", "fal.test")
    harness = open_harness(Origins(url, url, url, url))
    harness.client.once("GET", url, deadline=harness.deadline())
    assert len(server.requests) == 1


def test_nothing_is_sent_to_a_name_without_addresses(
    open_harness: OpenHarness, server: Server, leads_to: dict[str, list[list[str]]]
) -> None:
    harness = open_harness(server.url)
    with pytest.raises(Unreachable, match=r"nowhere\.test can't be looked up") as caught:
        harness.client.once("GET", "https://nowhere.test/", deadline=harness.deadline())
    assert not caught.value.sent
    assert not leads_to


def test_an_invalid_name_is_a_connection_error() -> None:
    with pytest.raises(Exception, match="can't be looked up"):
        addresses_of("a" * 70 + ".test", 443, 5)


@pytest.fixture
def silent_lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The server for names does not answer, and a look-up waits for it. Return what is set when one has begun."""
    begun, end = threading.Event(), threading.Event()
    real = socket.getaddrinfo

    def wait(host: str | bytes, *args: Any, **more: Any) -> Any:
        if host == b"127.0.0.1":
            return real(host, *args, **more)
        begun.set()
        return end.wait(60) and []

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    yield begun
    end.set()


@pytest.mark.usefixtures("silent_lookups")
@pytest.mark.parametrize("host", ["fal.test", "gateway1"])
def test_a_lookup_without_an_answer_does_not_outlast_the_deadline(host: str, open_harness: OpenHarness) -> None:
    harness = open_harness(Origins(*[f"https://{host}"] * 4))
    began = time.monotonic()
    with pytest.raises(Unreachable, match="no connection in time") as caught:
        harness.client.once("POST", f"https://{host}/x", deadline=harness.deadline(0.5), body={})
    assert not caught.value.sent
    assert time.monotonic() - began < 20  # the look-up takes a minute


def test_ctrl_c_ends_a_lookup_without_an_answer(
    silent_lookups: threading.Event, run: Runner, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "https://fal.test")
    monkeypatch.setenv("FAL_KEY", key)

    def interrupt() -> None:
        if silent_lookups.wait(60):
            os.kill(os.getpid(), signal.SIGINT)

    began = time.monotonic()
    threading.Thread(target=interrupt).start()
    ended = run("image", "generate", "a red fox", "--json")
    assert ended.code == 130
    assert time.monotonic() - began < 30  # the look-up takes a minute


@pytest.mark.parametrize(
    "proxy", ["socks4://me:hunter2@127.0.0.1:1", "http://me:hunter2/x@host:1", " ftp://me:hunter2@host"]
)
def test_the_error_for_a_proxy_that_cant_be_used_never_shows_its_password(
    proxy: str, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    harness = open_harness(Origins(*["https://fal.test"] * 4))
    with pytest.raises(ConfigError) as caught:
        harness.client.once("GET", "https://fal.test/x", deadline=harness.deadline(0.3))
    assert "hunter2" not in str(caught.value)


# --- waits --------------------------------------------------------------------------------------


def test_a_socks_greeting_has_the_time_limit_of_the_connection(server: Server, open_harness: OpenHarness) -> None:
    """httpcore waits for a SOCKS proxy's greetings without a timeout."""
    server.answer(server.silent)
    harness = open_harness(server.url)
    backend = GuardedBackend(lambda _host, _address: True)
    stream = backend.connect_tcp("127.0.0.1", int(server.url.rpartition(":")[2]), WaitLimit(0.2, harness.deadline()))
    try:
        stream.write(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ReadTimeout):
            stream.read(100)
    finally:
        stream.close()
    wait_until(lambda: bool(server.requests))


# --- connections that stay open -----------------------------------------------------------------


@pytest.mark.parametrize(
    "more", [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", b"\r\n"], ids=["an answer", "a line"]
)
def test_what_follows_an_answer_is_not_taken_for_the_answer_to_the_next_request(
    more: bytes, run: Runner, key: str, server: Server, png: bytes
) -> None:
    def answer(body: bytes) -> Callable[[socket.socket], None]:
        """Answer with a body and more, and keep the connection open."""

        def send(connection: socket.socket) -> None:
            connection.sendall(Server.encoded((200, body, {"connection": "keep-alive"})) + more)
            Server.silent(connection)

        return send

    server.answer(answer(json.dumps({"images": [{"url": f"{server.url}/1.png"}]}).encode()), path="/fal-ai/flux/dev")
    server.answer(answer(png), path="/1.png")
    Path("b.txt").write_text("a red fox\nan owl\n")
    env = {"OPENCLAW_FAL_BASE_URL": server.url, "FAL_KEY": key}
    command = ("batch", "b.txt", "--direct", "--concurrency", "1", "--output", "{line}.png", "--timeout-ms", "60000")
    made = run(*command, env=env)
    assert made.code == 0, made.err
    assert [asked.line.split()[0] for asked in server.requests] == ["POST", "GET"] * 2
    assert [Path(f"{line}.png").read_bytes() for line in (1, 2)] == [png] * 2


# --- ends -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("is_tls", [True, False], ids=["https", "http"])
def test_a_client_that_is_aborted_lets_a_thread_that_waits_for_an_answer_go(
    is_tls: bool, tls: Sandbox, fal: Sandbox, open_harness: OpenHarness
) -> None:
    sandbox = tls if is_tls else fal
    harness = open_harness(sandbox.url)
    failures: list[Unreachable] = []

    def wait() -> None:
        body = {"prompt": "x [fault:slow-1000]"}
        with pytest.raises(Unreachable) as caught:
            harness.client.once("POST", f"{sandbox.url}/fal-ai/flux/dev", deadline=harness.deadline(), body=body)
        failures.append(caught.value)

    waiting = threading.Thread(target=wait)
    waiting.start()
    wait_until(lambda: bool(sandbox.submissions))
    harness.client.abort()
    waiting.join(30)  # without the abortion, a minute
    assert not waiting.is_alive()
    assert failures[0].sent


def test_a_client_that_is_aborted_during_a_lookup_sends_nothing_after_it(
    fal: Sandbox, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, end, real = threading.Event(), threading.Event(), socket.getaddrinfo

    def wait(*args: Any, **more: Any) -> Any:
        began.set()
        end.wait(60)
        return real(*args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    harness = open_harness(fal.url)
    failures: list[Unreachable] = []

    def submit() -> None:
        with pytest.raises(Unreachable) as caught:
            harness.client.once("POST", f"{fal.url}/fal-ai/flux/dev", deadline=harness.deadline(), body={"prompt": "x"})
        failures.append(caught.value)

    submitting = threading.Thread(target=submit)
    submitting.start()
    assert began.wait(60)
    harness.client.abort()
    end.set()
    submitting.join(60)
    assert not failures[0].sent
    assert not fal.submissions
