"""Uploads: the first step with the key, the second without it and never into a private network."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import AccountProblem, KeyProblem, NothingSent, OpenclawFalError
from openclaw_fal.fal.uploads import upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Server
    from tests.fal.conftest import Harness, OpenHarness

CONTENT = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10


def uploaded(harness: Harness, name: str = "fox.png", content: bytes = CONTENT, seconds: float = 60.0) -> str:
    def chunks() -> Iterator[bytes]:
        yield content[:100]
        yield content[100:]

    return harness.result_of(upload(harness.client, name, "image/png", len(content), chunks, harness.deadline(seconds)))


def test_a_file_is_uploaded_in_two_steps(fal: Sandbox, harness: Harness) -> None:
    url = uploaded(harness)
    announced, put = fal.requests
    assert (announced.route, announced.scheme) == ("initiate", "Key")
    assert (put.route, put.scheme) == ("put", "")
    assert put.headers["content-length"] == str(len(CONTENT))
    assert put.headers["content-type"] == "image/png"
    assert "transfer-encoding" not in put.headers
    assert fal.uploads[put.path] == CONTENT
    assert url == f"{fal.url}{put.path}"
    assert not fal.violations


@pytest.mark.parametrize("name", ["../x.png", 'a"b\r\nX-Evil: 1.png', "ü 🦊.png", "\udcff.png"])
def test_a_file_name_is_only_in_the_json(name: str, server: Server, open_harness: OpenHarness) -> None:
    harness = open_harness(server.url)
    urls = {"upload_url": f"{server.url}/put?sig=1", "file_url": f"{server.url}/file"}
    server.answer((200, json.dumps(urls).encode()), 200)
    assert uploaded(harness, name) == f"{server.url}/file"
    announced, put = server.requests
    assert json.loads(announced.body) == {"content_type": "image/png", "file_name": name}
    assert "x-evil" not in {**announced.headers, **put.headers}
    assert put.body == CONTENT


@pytest.mark.parametrize(
    "fault", ["upload-429", "upload-500", "upload-reset", "upload-garbage", "put-500", "put-503", "put-reset"]
)
def test_an_upload_is_repeated_after_temporary_failures(fault: str, fal: Sandbox, harness: Harness) -> None:
    fal.inject(fault)
    uploaded(harness)
    assert len(harness.events) == 1
    assert [*fal.uploads.values()] == [CONTENT]


def test_a_stalled_put_ends_with_the_deadline(harness: Harness) -> None:
    with pytest.raises(NothingSent, match="no answer in time") as caught:
        uploaded(harness, "[fault:put-stall].png", seconds=0.3)
    assert caught.value.code == "upload_failed"


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [("upload-403-locked", AccountProblem, "balance_exhausted"), ("put-403", NothingSent, "upload_failed")],
)
def test_a_refused_upload_gives_its_reason(
    fault: str, kind: type[OpenclawFalError], code: str, fal: Sandbox, harness: Harness
) -> None:
    with pytest.raises(kind) as caught:
        uploaded(harness, f"[fault:{fault}].png")
    assert caught.value.code == code
    assert not harness.events
    assert not fal.uploads


def test_a_bad_key_is_reported_before_a_byte_is_sent(fal: Sandbox, open_harness: OpenHarness) -> None:
    with pytest.raises(KeyProblem):
        uploaded(open_harness(fal.url, key="bad:key"))
    assert [seen.route for seen in fal.requests] == ["initiate"]


@pytest.mark.parametrize("status", [400, 404, 422])
def test_nothing_was_submitted_when_an_upload_fails(status: int, server: Server, open_harness: OpenHarness) -> None:
    server.answer((status, b'{"detail": "odd"}'))
    with pytest.raises(NothingSent, match=r"odd.*Nothing was submitted"):
        uploaded(open_harness(server.url))


def test_an_upload_to_another_host_does_not_get_the_key(key: str, fal: Sandbox, harness: Harness) -> None:
    """The upload address in fal's reply may be on any host, so it does not get the key."""
    fal.inject("hostile-upload-url")
    uploaded(harness)
    assert fal.requests[-1].role.is_foreign
    assert fal.requests[-1].scheme == ""
    assert key not in str(fal.requests[-1].headers)
    assert not fal.violations


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.2/put",
        "http://127.0.0.2/put",
        "https://10.0.0.1/",
        "file:///etc/passwd",
        "https://169.254.169.254/",
    ],
)
def test_an_upload_address_in_a_private_network_is_refused(url: str, server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, json.dumps({"upload_url": url, "file_url": "https://v3.fal.media/x"}).encode()))
    with pytest.raises(NothingSent, match="can't be used"):
        uploaded(open_harness(server.url))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer", [{}, [], {"upload_url": 7, "file_url": "x"}, {"upload_url": "https://x"}, {"file_url": "x"}]
)
def test_an_answer_without_addresses_is_an_error(answer: Any, server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, json.dumps(answer).encode()))
    with pytest.raises(NothingSent, match="returned no upload address"):
        uploaded(open_harness(server.url))


@pytest.mark.parametrize("difference", [-1, 1])
def test_a_file_that_changes_while_it_is_sent_is_an_error(difference: int, harness: Harness) -> None:
    work = upload(
        harness.client, "fox.png", "image/png", len(CONTENT) + difference, lambda: [CONTENT], harness.deadline()
    )
    with pytest.raises(NothingSent, match="changed while it was read"):
        harness.result_of(work)


def test_a_missing_file_is_an_error(harness: Harness, tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        with (tmp_path / "gone.png").open("rb") as file:
            yield file.read()

    with pytest.raises(NothingSent, match="can't be read: No such file"):
        harness.result_of(upload(harness.client, "gone.png", "image/png", 10, chunks, harness.deadline()))


def test_a_large_file_is_uploaded_in_pieces(server: Server, open_harness: OpenHarness) -> None:
    def swallow(connection: Any) -> None:
        connection.sendall(server.encoded(200))

    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield bytes(1 << 20)

    urls = {"upload_url": f"{server.url}/put", "file_url": "https://v3.fal.media/x"}
    server.answer((200, json.dumps(urls).encode()), swallow)
    harness = open_harness(server.url)
    server.keep_bodies = False
    tracemalloc.start()
    try:
        harness.result_of(upload(harness.client, "big.mp4", "video/mp4", 40 << 20, chunks, harness.deadline()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
