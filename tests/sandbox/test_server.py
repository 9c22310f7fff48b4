"""Keys, the ledger, and jobs that outlive their sandbox."""

from __future__ import annotations

import ast
import contextlib
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import openclaw_fal.sandbox
from openclaw_fal.sandbox import Sandbox
from tests.sandbox.conftest import KEY

FLUX = "/fal-ai/flux/dev"
VIDEO = "/fal-ai/minimax/video-01-live"
PROBE = "/fal-ai/flux/requests/00000000-0000-4000-8000-000000000000/status"
FOX = {"prompt": "a fox"}


def test_a_free_request_shows_whether_a_key_is_good(http: httpx.Client) -> None:
    good = http.get(PROBE, headers=KEY)
    assert (good.status_code, good.json()) == (404, {"status": "NOT_FOUND"})
    bad = http.get(PROBE, headers={"authorization": "Key bad:secret"})
    assert (bad.status_code, bad.json()) == (401, {"detail": "invalid key credentials"})


@pytest.mark.parametrize(
    "header", ["", "Key", "Key nocolon", "Key a b:c", "Key a:b:c", "Key :b", "Basic a:b", "Bearer a:b"]
)
def test_a_malformed_key_is_refused_before_anything_is_accepted(fal: Sandbox, http: httpx.Client, header: str) -> None:
    reply = http.post(FLUX, json=FOX, headers={"authorization": header})
    assert (reply.status_code, fal.submissions) == (401, [])
    if not header.startswith("Bearer"):
        assert reply.json()["detail"].startswith('Cannot access application "fal-ai/flux".')
    assert reply.headers["x-fal-request-id"]


@pytest.mark.parametrize(
    ("key", "words"), [("locked:x", "User is locked. Reason: Exhausted balance."), ("noscope:x", "may not")]
)
def test_a_locked_account_can_read_but_not_spend(http: httpx.Client, key: str, words: str) -> None:
    headers = {"authorization": f"Key {key}"}
    for url in (FLUX, VIDEO, "/storage/upload/initiate", "/storage/auth/token"):
        reply = http.post(url, json=FOX, headers=headers)
        assert (reply.status_code, words in reply.json()["detail"]) == (403, True)
    job = http.post(VIDEO, json=FOX, headers=KEY).json()
    assert http.get(job["status_url"], headers=headers).status_code in {200, 202}


def test_one_key_can_be_made_the_only_one() -> None:
    with Sandbox(key="only:this") as fal:
        assert httpx.get(fal.url + PROBE, headers={"authorization": "Key only:this"}).status_code == 404
        assert httpx.get(fal.url + PROBE, headers=KEY).status_code == 401


def test_the_ledger_has_what_was_accepted_and_requested(fal: Sandbox, http: httpx.Client) -> None:
    http.post(FLUX, json={**FOX, "image_url": "data:image/png;base64," + "A" * 999}, headers=KEY)
    http.post(FLUX, json={}, headers=KEY)
    http.post(VIDEO, json={}, headers=KEY)
    ledger = http.get("/sandbox/ledger").json()
    assert (ledger["accepted"], ledger["requests"], ledger["routes"]) == (2, 3, {"run": 2, "submit": 1})
    assert ledger["keys"] == {fal.url.removeprefix("http://"): 3}
    first, second = ledger["submissions"]
    assert (first["endpoint"], first["route"]) == ("fal-ai/flux/dev", "run")
    assert first["body"]["image_url"] == "data:image/png;base64,... (1021 characters)"
    assert (second["route"], second["body"]) == ("queue", {})
    assert first["sha256"] != second["sha256"]
    assert fal.submissions[0].body["image_url"].endswith("A" * 999), "a test can see the body as it was sent"
    assert (fal.requests[0].scheme, fal.requests[0].query, fal.requests[1].body) == ("Key", "", b"{}")


def test_a_key_at_another_origin_is_a_violation(fal: Sandbox, http: httpx.Client) -> None:
    http.get(f"{fal.hostile_url}/anything")
    assert fal.violations == []
    http.get(f"{fal.hostile_url}/anything", headers=KEY)
    assert fal.violations == ["the key was sent to another origin: GET /anything"]
    assert [seen.role.value for seen in fal.requests] == ["hostile", "hostile"]


def test_reset_deletes_everything(fal: Sandbox, http: httpx.Client) -> None:
    job = http.post(VIDEO, json=FOX, headers=KEY).json()
    http.post("/sandbox/inject", json={"faults": ["poll-404"]})
    assert http.post("/sandbox/reset").json() == {"ok": True}
    assert (fal.requests, fal.submissions, fal.violations) == ([], [], [])
    assert http.get(job["status_url"], headers=KEY).status_code == 404


def test_a_job_outlives_its_sandbox_with_its_result(tmp_path: Path) -> None:
    def files(reply: Any) -> str:
        return str(reply.json()["images"][0]["url"]).partition("/files/")[2]

    folder = tmp_path / "state"
    headers = {**KEY, "x-fal-queue-priority": "normal"}
    with Sandbox(speed=50, state_dir=folder) as fal:
        job = httpx.post(fal.url + FLUX, json=FOX, headers=headers).json()
        made = httpx.post(fal.url + FLUX, json=FOX, headers=KEY)
        picture = httpx.get(f"{fal.url}/files/{files(made)}").content
    with Sandbox(speed=50, state_dir=folder) as fal:
        base = f"{fal.url}/fal-ai/flux/requests/{job['request_id']}"
        while httpx.get(f"{base}/status", headers=KEY).status_code != 200:
            pass
        again = httpx.get(base, headers=KEY)
        assert httpx.get(f"{fal.url}/files/{files(again)}").status_code == 200
        assert httpx.get(f"{fal.url}/files/{files(made)}").content == picture
        httpx.post(f"{fal.url}/sandbox/reset")
        assert httpx.get(base, headers=KEY).status_code == 404
    assert list(folder.iterdir()) == []


def test_a_canceled_job_stays_canceled_in_the_next_sandbox(tmp_path: Path) -> None:
    with Sandbox(state_dir=tmp_path) as fal:
        job = httpx.post(fal.url + VIDEO, json=FOX, headers=KEY).json()
        httpx.put(job["cancel_url"], headers=KEY)
    with Sandbox(state_dir=tmp_path) as fal:
        url = f"{fal.url}/fal-ai/minimax/requests/{job['request_id']}"
        assert httpx.get(url, headers=KEY).status_code == 499


def test_a_job_can_be_canceled_from_another_sandbox_while_this_one_follows_it(tmp_path: Path) -> None:
    with Sandbox(state_dir=tmp_path) as here, Sandbox(state_dir=tmp_path) as there:
        job = httpx.post(here.url + VIDEO, json=FOX, headers=KEY).json()
        httpx.put(there.url + job["cancel_url"].removeprefix(here.url), headers=KEY)
        assert httpx.get(job["status_url"], headers=KEY).json()["error_type"] == "client_cancelled"


def test_the_front_page_explains_the_sandbox(fal: Sandbox, http: httpx.Client) -> None:
    text = http.get("/").text
    assert f"OPENCLAW_FAL_BASE_URL={fal.url}" in text
    assert "poll-502 " in text


def test_a_request_id_never_becomes_another_path(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    with Sandbox(state_dir=tmp_path / "state") as fal:
        assert httpx.get(f"{fal.url}/a/b/requests/..%2Fsecret/status", headers=KEY).status_code == 404


def test_a_request_whose_sender_dies_before_its_end_is_not_accepted(fal: Sandbox, key: str) -> None:
    head = f"POST /fal-ai/flux/dev HTTP/1.1\r\nhost: fal\r\nauthorization: Key {key}\r\ncontent-length: 30\r\n\r\n"
    for body in ("", '{"prompt": '):
        with socket.create_connection(("127.0.0.1", int(fal.url.rpartition(":")[2]))) as connection:
            connection.sendall((head + body).encode())
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""
    assert fal.submissions == []


def test_stopping_ends_open_connections_at_once() -> None:
    with Sandbox() as fal, httpx.Client(verify=False, timeout=60) as http:
        job = http.post(fal.url + VIDEO, json={"prompt": "[fault:never]"}, headers=KEY).json()
        with http.stream("GET", f"{job['status_url']}/stream", headers=KEY) as reply:
            lines = reply.iter_lines()
            assert next(lines).startswith("data: ")
            fal.stop()
            with contextlib.suppress(httpx.HTTPError):  # cut off or ended properly, as it happens to be caught
                list(lines)


def test_the_sandbox_imports_nothing_but_itself_and_the_standard_library() -> None:
    folder = Path(openclaw_fal.sandbox.__file__).parent
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert (node.module or "").split(".")[0] in sys.stdlib_module_names
            elif isinstance(node, ast.ImportFrom):
                assert node.level <= len(path.relative_to(folder).parts), f"{path} reaches out of the room"


def test_starting_imports_no_media_and_nothing_heavy() -> None:
    script = (
        "import sys; from openclaw_fal.sandbox import Sandbox\n"
        "with Sandbox(): pass\n"
        "unneeded = ('.images', '.mp4', '.scene', '.other_formats', 'asyncio', 'httpx')\n"
        "print([name for name in sys.modules if name.endswith(unneeded)])"
    )
    root = Path(openclaw_fal.sandbox.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "[]\n"
