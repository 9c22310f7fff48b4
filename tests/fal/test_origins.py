"""Which URLs may get the key, and which may be fetched."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.errors import ConfigError
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.transport import InvalidUrl, read_url

FAL = Origins()
LOCAL = Origins.from_base_url("http://127.0.0.1:8080")


@pytest.mark.parametrize(
    "url",
    [
        "https://fal.run/fal-ai/flux/dev",
        "https://queue.fal.run/x?y#z",
        "https://QUEUE.FAL.RUN:443/x",
        "https://rest.fal.ai/",
        "https://api.fal.ai/v1/models",
    ],
)
def test_fals_own_origins_may_get_the_key(url: str) -> None:
    assert FAL.may_see_key(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://queue.fal.run/x",
        "https://queue.fal.run:8443/x",
        "https://queue.fal.run.evil.test/x",
        "https://evil.test/queue.fal.run",
        "https://queue.fal.run@evil.test/",
        "https://me@queue.fal.run/",
        "https://queue.fal.run\\@evil.test/",
        "https://evil.test\\@queue.fal.run/",
        "https://evil.test#@queue.fal.run/",
        "https://evil.test?@queue.fal.run/",
        "https://queue.fal.run%2eevil.test/",
        "https://xqueue.fal.run/",
        "https://v3.fal.media/files/x.png",
        "https://fal.ai/",
        "https://queue.fal.run:99999/",
        "https://[::1/",
        "//queue.fal.run/x",
        "queue.fal.run",
        "",
    ],
)
def test_no_other_url_may_get_the_key(url: str) -> None:
    assert not FAL.may_see_key(url)


HOSTS = st.sampled_from(["queue.fal.run", "evil.test", "fal.run", "127.0.0.1", "[::1]"])
GLUE = st.sampled_from(
    ["", "@", ":", "/", "\\", "?", "#", ".", "%2e", "%40", "\t", "\n", " ", ":443", ":80", "a", "。"]
)
ODD_URLS = st.builds("".join, st.lists(st.one_of(HOSTS, GLUE, st.sampled_from(["https://", "http://"])), max_size=7))


@given(st.one_of(ODD_URLS, ODD_URLS.map("https://{}".format), st.text()))
def test_the_client_connects_to_the_origin_that_was_checked(url: str) -> None:
    """The check and the transport parse URLs differently. A URL that passes the check must mean the same to both."""
    if not FAL.may_see_key(url):
        return
    try:
        read = read_url(url)
    except InvalidUrl:
        return
    own = {(httpx.URL(origin).scheme, httpx.URL(origin).host) for origin in FAL._asdict().values()}
    assert (read.scheme.decode(), read.host.decode()) in own
    assert read.port in {None, 443}
    assert not httpx.URL(url).userinfo


def test_one_base_url_moves_all_services() -> None:
    origins = Origins.from_base_url(" https://gateway.test/fal/ ")
    assert set(origins._asdict().values()) == {"https://gateway.test/fal"}
    assert origins.may_see_key("https://gateway.test/elsewhere")
    assert not origins.may_see_key("https://queue.fal.run/x")


@pytest.mark.parametrize("base", [None, "", "https://fal.run", "https://fal.run/", "https://queue.fal.run:443"])
def test_fals_own_base_urls_and_none_keep_fals_hosts(base: str | None) -> None:
    assert Origins.from_base_url(base) == FAL


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:1", "http://localhost", "http://[::1]:8080", "http://fal.localhost"]
)
def test_plain_http_is_only_for_loopback(base: str) -> None:
    assert Origins.from_base_url(base).queue == base


@pytest.mark.parametrize(
    "base",
    [
        "http://fal.run",
        "http://10.0.0.1",
        "http://localhost.evil.test",
        "http://127.0.0.1.evil.test",
        "ftp://fal.run",
        "fal.run",
        "https://",
        "https://x:port",
        "https://me:secret@fal.test",
        "https://fal.test?x=1",
        "https://fal.test#x",
    ],
)
def test_other_base_urls_are_refused(base: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Origins.from_base_url(base)
    assert caught.value.code == "base_url_invalid"
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "https://v3b.fal.media/files/b/1/x.png",
        "https://storage.googleapis.com/x",
        "https://93.184.215.14/",
        "https://xn--bcher-kva.test/",
    ],
)
def test_files_may_be_on_any_public_https_host(url: str) -> None:
    assert FAL.may_fetch(url) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://v3.fal.media/x.png", "encrypted"),
        ("http://fal.run/x.png", "encrypted"),
        ("http://127.0.0.1/x.png", "encrypted"),
        ("file:///etc/passwd", "URL"),
        ("ftp://x/", "URL"),
        ("javascript:alert(1)", "URL"),
        ("data:image/png;base64,AA", "URL"),
        ("/x.png", "URL"),
        ("https://", "URL"),
        ("https://[::1", "URL"),
        ("https://127.0.0.1/", "private"),
        ("https://127.1/", "private"),
        ("https://2130706433/", "private"),
        ("https://0x7f.0.0.1/", "private"),
        ("https://0177.0.0.1/", "private"),
        ("https://localhost/", "private"),
        ("https://x.localhost/", "private"),
        ("https://0.0.0.0/", "private"),
        ("https://10.1.2.3/", "private"),
        ("https://172.16.0.1/", "private"),
        ("https://192.168.0.1/", "private"),
        ("https://169.254.169.254/latest/meta-data", "private"),
        ("https://100.64.0.1/", "private"),
        ("https://198.18.0.1/", "private"),
        ("https://224.0.0.1/", "private"),
        ("https://255.255.255.255/", "private"),
        ("https://[::1]/", "private"),
        ("https://[::]/", "private"),
        ("https://[fd00::1]/", "private"),
        ("https://[fe80::1]/", "private"),
        ("https://[fec0::1]/", "private"),
        ("https://[::ffff:127.0.0.1]/", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://[64:ff9b::7f00:1]/", "private"),
        ("https://[2002:7f00:1::]/", "private"),
        ("https://[::127.0.0.1]/", "private"),
        ("https://[ff02::1]/", "private"),
    ],
)
def test_urls_in_private_networks_are_refused(url: str, reason: str) -> None:
    assert reason in (FAL.may_fetch(url) or "")


def test_only_fals_own_host_may_be_private() -> None:
    assert LOCAL.may_fetch("http://127.0.0.1:8080/files/x.png") is None
    assert LOCAL.may_fetch("http://127.0.0.1:9090/files/x.png") is None, "its files may be served at another port"
    assert "private" in (LOCAL.may_fetch("https://127.0.0.2:8080/") or "")
    assert "encrypted" in (LOCAL.may_fetch("http://127.0.0.2:8080/") or "")
    corporate = Origins.from_base_url("https://10.0.0.5")
    assert corporate.may_fetch("https://10.0.0.5:9000/x.png") is None
    assert "private" in (corporate.may_fetch("https://10.0.0.6/x.png") or "")
    assert "encrypted" in (corporate.may_fetch("http://10.0.0.5/x.png") or "")


@pytest.mark.parametrize(
    ("host", "address", "may"),
    [
        ("cdn.test", "93.184.215.14", True),
        ("cdn.test", "2606:4700::1", True),
        ("cdn.test", "64:ff9b::5db8:d70e", True),  # a public address, as networks without IPv4 spell it
        ("cdn.test", "198.18.0.7", True),  # where some VPNs put every name
        ("198.18.0.7", "198.18.0.7", False),
        ("cdn.test", "127.0.0.1", False),
        ("cdn.test", "fe80::1%eth0", False),
        ("queue.fal.run", "10.0.0.1", True),
    ],
)
def test_addresses_are_checked_when_they_are_connected_to(host: str, address: str, may: bool) -> None:
    assert FAL.may_reach(host, address) is may
