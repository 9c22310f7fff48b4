"""Uploads: the first step with the key, the second without it and never into a private network."""

from __future__ import annotations

import json
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import AccountProblem, KeyProblem, NothingSent, OpenclawFalError
from openclaw_fal.fal import uploads
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
        uploaded(harness, "[fault:put-stall].png", seconds=1.5)
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


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_SIZE_AT_ONCE", 1000)
    monkeypatch.setattr(uploads, "PART_SIZE", 1000)


@pytest.mark.usefixtures("small_parts")
def test_a_file_above_90_mib_is_uploaded_in_parts(fal: Sandbox, harness: Harness) -> None:
    url = uploaded(harness)
    announced, *parts, joined = fal.requests
    path = url.removeprefix(fal.url)
    assert (announced.path, announced.scheme) == ("/storage/upload/initiate-multipart", "Key")
    assert [part.path for part in parts] == [f"{path}/1", f"{path}/2", f"{path}/3"]
    assert [int(part.headers["content-length"]) for part in parts] == [1000, 1000, len(CONTENT) - 2000]
    assert joined.path == f"{path}/complete"
    assert {request.scheme for request in (*parts, joined)} == {""}
    assert harness.events == [1000, 2000, len(CONTENT)]
    assert fal.uploads[path] == CONTENT
    assert not fal.violations


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("fault", ["upload-429", "upload-reset", "put-500", "put-503", "put-reset", "put-500*3"])
def test_only_the_part_that_failed_is_sent_again(fault: str, fal: Sandbox, harness: Harness) -> None:
    fal.inject(fault)
    uploaded(harness)
    assert [event for event in harness.events if isinstance(event, int)] == [1000, 2000, len(CONTENT)]
    assert [*fal.uploads.values()] == [CONTENT]
    failures = 3 if "*3" in fault else 1
    assert len(fal.requests) == 5 + failures


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        (((200, b"{}"),), "fal did not confirm part 1: HTTP 200"),
        (((200, b"<html>"),), "fal did not confirm part 1: the answer is not JSON"),
        (((403, b"{}"),), "HTTP 403"),
        (((200, b'{"etag": "a"}'),) * 3 + ((400, b"{}"),), "HTTP 400"),
    ],
)
def test_a_part_that_is_not_stored_is_an_error(
    answers: tuple[Any, ...], problem: str, server: Server, open_harness: OpenHarness
) -> None:
    urls = {"upload_url": f"{server.url}/put?sig=1", "file_url": "https://v3.fal.media/x"}
    server.answer((200, json.dumps(urls).encode()), *answers)
    with pytest.raises(NothingSent, match=rf"The upload of fox.png failed \({problem}\)"):
        uploaded(open_harness(server.url))


@pytest.mark.usefixtures("small_parts")
def test_the_signature_of_an_upload_address_stays_behind_the_path_of_each_part(
    server: Server, open_harness: OpenHarness
) -> None:
    urls = {"upload_url": f"{server.url}/put/fox.png?sig=1&x=2", "file_url": "https://v3.fal.media/x"}
    server.answer((200, json.dumps(urls).encode()), (200, b'{"etag": "a"}'))
    uploaded(open_harness(server.url))
    targets = [request.line.split()[1] for request in server.requests[1:]]
    assert targets == [f"/put/fox.png/{name}?sig=1&x=2" for name in (1, 2, 3, "complete")]
    assert json.loads(server.requests[-1].body) == {
        "parts": [{"partNumber": number, "etag": "a"} for number in (1, 2, 3)]
    }


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("difference", [-1, 1])
def test_a_large_file_that_changes_while_it_is_sent_is_never_joined(
    difference: int, fal: Sandbox, harness: Harness
) -> None:
    work = upload(
        harness.client, "fox.png", "image/png", len(CONTENT) + difference, lambda: [CONTENT], harness.deadline()
    )
    with pytest.raises(NothingSent, match="changed while it was read"):
        harness.result_of(work)
    assert not fal.uploads


@pytest.mark.parametrize(
    ("size", "most"), [(40 << 20, 8 << 20), pytest.param(100 << 20, 48 << 20, marks=pytest.mark.slow)]
)
def test_a_file_is_sent_without_holding_it_in_memory(
    size: int, most: int, server: Server, open_harness: OpenHarness
) -> None:
    """Of a file that is sent in parts, a few parts are held."""

    def chunks() -> Iterator[bytes]:
        for _ in range(size >> 20):
            yield bytes(1 << 20)

    urls = {"upload_url": f"{server.url}/put", "file_url": "https://v3.fal.media/x"}
    server.answer((200, json.dumps(urls).encode()), (200, b'{"etag": "a"}'))
    harness = open_harness(server.url)
    server.keep_bodies = False
    tracemalloc.start()
    try:
        harness.result_of(upload(harness.client, "big.mp4", "video/mp4", size, chunks, harness.deadline()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most
