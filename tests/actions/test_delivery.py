"""Files come side by side: one that hangs or fails does not block the others, and no time limit is extended for it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import KEY, PNG, Server
from tests.faults.outcomes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Run, Runner

    MakePictures = Callable[..., None]

GENERATE = ("image", "generate", "--prompt", "a fox", "--output", "out/", "--json")


@pytest.fixture
def pictures(server: Server, monkeypatch: pytest.MonkeyPatch) -> MakePictures:
    """Let the server answer a submission with pictures, and each request for one by its number, from 1."""
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", KEY)

    def make(count: int, answers: dict[int, Any]) -> None:
        files = [{"url": f"{server.url}/{number}.png"} for number in range(1, count + 1)]
        server.answer((200, json.dumps({"images": files}).encode()))
        for number in range(1, count + 1):
            server.answer(answers.get(number, (200, PNG + bytes([number]))), path=f"/{number}.png")

    return make


def saved(run: Run) -> list[int]:
    """Return the numbers of the pictures that are on disk as the answer says."""
    paths = [Path(output["path"]) for output in run.json["outputs"] if "path" in output]
    assert sorted(paths) == sorted(path for path in Path("out").absolute().iterdir() if path.name[0] != ".")
    return [path.read_bytes()[-1] for path in paths]


def fetched(server: Server) -> list[str]:
    return [request.path for request in server.requests if request.path.endswith(".png")]


@pytest.mark.parametrize("hanging", [1, 3])
def test_a_file_that_hangs_keeps_no_other_away_and_the_command_ends_with_its_limit(
    run: Runner, server: Server, pictures: MakePictures, hanging: int
) -> None:
    pictures(4, {hanging: Server.silent})
    began = time.monotonic()
    ran = run(*GENERATE, "--count", "4", "--timeout-ms", "2500")
    assert time.monotonic() - began < 2.5 + 2 + 8  # the last is for a busy machine; a stalled file has half a minute
    assert (ran.code, ran.json["error"]["code"]) == (10, "files_missing")
    assert saved(ran) == [number for number in (1, 2, 3, 4) if number != hanging]

    pictures(4, {})
    waited = run("tasks", "wait", ran.json["taskId"], "--json")
    assert (waited.code, saved(waited)) == (0, [1, 2, 3, 4])


@pytest.mark.parametrize("answer", [500, b"", Server.silent], ids=["500", "nothing", "silence"])
def test_the_time_limit_is_the_limit_for_a_host_that_never_gives_the_file(
    run: Runner, server: Server, pictures: MakePictures, answer: Any
) -> None:
    pictures(1, {1: answer})
    began = time.monotonic()
    ran = run(*GENERATE, "--timeout-ms", "2000")
    assert (ran.code, saved(ran)) == (10, [])
    waited = run("tasks", "wait", ran.json["taskId"], "--timeout-ms", "2000")
    assert waited.code == 10
    assert time.monotonic() - began < 2 * (2 + 2 + 5)  # the last is for a busy machine


def test_what_is_arriving_at_the_limit_is_received(run: Runner, server: Server, pictures: MakePictures) -> None:
    content = PNG + bytes(20)
    pieces = [server.encoded((200, b"", {}, len(content))), *(bytes([byte]) for byte in content)]
    pictures(1, {1: Server.slowly(*pieces, every_s=0.02)})
    ran = run(*GENERATE, "--timeout-ms", "1000")
    assert ran.code == 0, ran.err
    assert ran.json["outputs"][0]["sha256"] == hashlib.sha256(content).hexdigest()


def test_what_has_failed_is_tried_after_everything_else(
    run: Runner, server: Server, pictures: MakePictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw_fal.actions.delivery.MAX_AT_ONCE", 2)
    monkeypatch.setattr("openclaw_fal.fal.download.STALL_TIMEOUT_S", 1.0)

    def unavailable(connection: Any) -> None:
        wait_until(lambda: "/1.png" in fetched(server))
        connection.sendall(Server.encoded(503))

    pictures(5, {1: Server.silent, 2: unavailable})
    ran = run(*GENERATE, "--count", "4", "--timeout-ms", "6000")
    assert saved(ran) == [3, 4, 5]
    order = list(dict.fromkeys(fetched(server)))
    assert set(order[:2]) == {"/1.png", "/2.png"}
    again = fetched(server)
    assert max(again.index("/5.png"), again.index("/4.png")) < len(again) - 1
    assert {"/1.png", "/2.png"} == set(again[again.index("/5.png") + 1 :])


def test_a_later_wait_begins_with_files_that_have_not_been_tried(
    run: Runner, server: Server, pictures: MakePictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw_fal.actions.delivery.MAX_AT_ONCE", 1)
    pictures(3, dict.fromkeys((1, 2, 3), Server.silent))
    ran = run(*GENERATE, "--count", "3", "--timeout-ms", "2000")
    assert fetched(server) == ["/1.png"]
    assert [output["error"] for output in ran.json["outputs"][1:]] == ["time ran out before it was tried"] * 2

    server.requests.clear()
    waited = run("tasks", "wait", ran.json["taskId"], "--timeout-ms", "2000", "--json")
    assert (waited.code, fetched(server)) == (10, ["/2.png"])


def test_a_signal_ends_files_that_are_being_fetched_side_by_side(
    run: Runner, pictures: MakePictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In a process of its own, the end of the program ends what its threads wait for.
    monkeypatch.setattr("openclaw_fal.fal.download.STALL_TIMEOUT_S", 1.0)

    def interrupt(connection: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        Server.silent(connection)

    pictures(3, {2: interrupt})
    began = time.monotonic()
    ran = run(*GENERATE, "--count", "3")
    assert (ran.code, ran.json["error"]["code"]) == (130, "interrupted")
    assert time.monotonic() - began < 20  # half a minute, if it were waited for
    pictures(3, {})
    waited = run("tasks", "wait", ran.json["error"]["taskId"], "--json")
    assert (waited.code, saved(waited)) == (0, [1, 2, 3])


def test_what_is_planted_beside_a_download_and_blocks_it_is_named(run: Runner, pictures: MakePictures) -> None:
    pictures(1, {1: 404})
    task_id = run(*GENERATE).json["error"]["taskId"]
    planted = Path("out", f".{task_id}-1.part").absolute()
    planted.mkdir()
    pictures(1, {})
    blocked = run("tasks", "wait", task_id, "--json")
    assert (blocked.code, f"{planted} can't be written" in blocked.json["error"]["message"]) == (10, True)
    planted.rmdir()
    assert run("tasks", "wait", task_id).code == 0


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_gone_is_not_proposed_to_be_fetched_like_any_other(
    run: Runner, pictures: MakePictures, status: int
) -> None:
    pictures(1, {1: status})
    error = run(*GENERATE).json["error"]
    assert (error["hint"].splitlines()[0].split(": ")[1], error.get("retryable")) == (
        f"openclaw-fal tasks rerun {error['taskId']}",
        None,
    )
    pictures(1, {1: 403})
    error = run(*GENERATE).json["error"]
    assert (error["hint"], error["retryable"]) == (f"Fetch them again: openclaw-fal tasks wait {error['taskId']}", True)


@pytest.mark.parametrize("name", ["fox.", "fox..", "fox"])
def test_a_name_without_an_extension_gets_that_of_the_content(run: Runner, pictures: MakePictures, name: str) -> None:
    pictures(1, {})
    made = run("image", "generate", "a fox", "--output", name, "--json")
    assert Path(made.json["outputs"][0]["path"]).name == "fox.png"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_an_answer_that_a_gateway_wrongly_declares_as_compressed_is_read(
    run: Runner, server: Server, pictures: MakePictures, encoding: str
) -> None:
    pictures(1, {})
    body = json.dumps({"images": [{"url": f"{server.url}/1.png"}]}).encode()
    server.answer((200, body, {"content-encoding": encoding}))
    assert saved(run(*GENERATE)) == [1]


def test_an_answer_in_an_unknown_encoding_is_kept(run: Runner, server: Server, pictures: MakePictures) -> None:
    pictures(1, {})
    server.answer((200, b"\x1b\x03\x00", {"content-encoding": "br", "x-fal-request-id": "request-1"}))
    ran = run(*GENERATE)
    error = ran.json["error"]
    assert (ran.code, error["code"], error["requestId"]) == (10, "result_unreadable", "request-1")
    kept = Path(error["message"].partition("It is kept in ")[2].rstrip("."))
    assert kept.read_bytes() == b"\x1b\x03\x00"


# --- content -------------------------------------------------------------------------------------

MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x08moov"
MP3 = b"ID3\x04" + bytes(200)
PAGE = b"<!doctype html><p>This link has expired"
NEITHER = {
    "a page": PAGE,
    "a page behind blanks": b" " * 70_000 + PAGE,
    "a page in UTF-16": PAGE.decode().encode("utf-16"),
    "JSON": b'{"detail": "expired"}',
    "XML": b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "text": b"This link has expired.",
    "a script": b"#!/bin/sh\necho hello\n",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(100),
    "a program for Windows": b"MZ\x90\0" + bytes(100),
    "an archive": b"PK\x03\x04" + bytes(100),
    "gzip": b"\x1f\x8b\x08\0" + bytes(100),
    "a document": b"%PDF-1.7\n" + bytes(100),
    "random bytes": bytes(range(1, 256)) * 4,
    "a sound": MP3,
    "half a picture": PNG[:40],
    "8 bytes of a picture": PNG[:8],
    "nothing": b"",
}


@pytest.mark.parametrize("content", NEITHER.values(), ids=NEITHER)
@pytest.mark.parametrize("declared", ["image/png", "text/html", "application/json", "application/octet-stream"])
def test_what_is_no_picture_is_no_success_whatever_its_host_declares(
    run: Runner, pictures: MakePictures, content: bytes, declared: str
) -> None:
    pictures(1, {1: (200, content, {"content-type": declared})})
    ran = run(*GENERATE)
    assert (ran.code, ran.json["error"]["code"], saved(ran)) == (10, "files_missing", [])
    assert ran.json["outputs"][0]["url"].endswith("/1.png")
    assert list(Path("out").iterdir()) == []


@pytest.mark.parametrize(
    ("command", "content", "said"),
    [
        ("image", MP4, "a video file (video/mp4), not an image"),
        ("image", MP3, "an audio file (audio/mpeg), not an image"),
        ("video", PNG, "an image (image/png), not a video"),
        ("video", MP3, "an audio file (audio/mpeg), not a video"),
        ("video", b"%PDF-1.7\n", "a file of type application/pdf, not a video"),
    ],
    ids=["a film", "a sound", "a picture", "a sound for a film", "a document"],
)
def test_a_file_of_another_kind_is_named(
    run: Runner, server: Server, pictures: MakePictures, command: str, content: bytes, said: str
) -> None:
    pictures(1, {1: (200, content)})
    at = "/fal-ai/minimax/requests/r"
    server.answer((200, b'{"request_id": "r"}'), path="/fal-ai/minimax/video-01-live")
    server.answer(404, path=f"{at}/status/stream")
    server.answer((200, b'{"status": "COMPLETED"}'), path=f"{at}/status")
    server.answer((200, json.dumps({"video": {"url": f"{server.url}/1.png"}}).encode()), path=at)
    model = {"image": "fal/fal-ai/flux/dev", "video": "fal/fal-ai/minimax/video-01-live"}[command]
    ran = run(command, "generate", "--prompt", "x", "--model", model, "--output", "out/", "--json")
    assert f"the server sent {said}" in ran.err
    assert ran.code == 10


def test_a_file_that_the_model_declares_beside_its_pictures_is_saved(
    run: Runner, server: Server, pictures: MakePictures
) -> None:
    pictures(1, {})
    files = {
        "images": [{"url": f"{server.url}/1.png"}],
        "video": {"url": f"{server.url}/2", "content_type": "video/mp4"},
    }
    server.answer((200, json.dumps(files).encode()))
    server.answer((200, MP4), path="/2")
    ran = run(*GENERATE)
    assert ran.code == 0, ran.err
    assert sorted(Path(output["path"]).suffix for output in ran.json["outputs"]) == [".mp4", ".png"]
