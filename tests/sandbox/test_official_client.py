"""fal's own Python client, unchanged, in a process of its own: the proof that the sandbox speaks fal.

The client insists on https and on fal's names for uploads. So a proxy on loopback answers its CONNECT for any of them
with the sandbox's TLS port, whose certificate is signed by a test authority that only this test trusts.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.sandbox import Sandbox
from tests.conftest import FalClock

if TYPE_CHECKING:
    from collections.abc import Iterator

TLS = Path(__file__).with_name("tls")
VIDEO = "bytedance/seedance-2.0/fast/text-to-video"
PRELUDE = """
import json, sys
import fal_client, httpx

def report(**values):
    print(json.dumps(values))
"""


class Tunnel(StreamRequestHandler):
    """One CONNECT, wherever to: it ends at the sandbox."""

    def handle(self) -> None:
        server: Any = self.server
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", server.target)) as far:
            back = threading.Thread(target=_pump, args=(far, self.connection), daemon=True)
            back.start()
            _pump(self.connection, far)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side has gone, and so the other may


class Proxy(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    target = 0


@pytest.fixture
def fal() -> Iterator[Sandbox]:
    looked_at_slowly = FalClock(step_s=0.05)  # a busy machine skips no state
    with Sandbox(speed=4, clock=looked_at_slowly, tls=(TLS / "server.pem", TLS / "server.pem")) as sandbox:
        yield sandbox


@pytest.fixture
def official(fal: Sandbox, tmp_path: Path) -> Iterator[Any]:
    """Run a script with the official client and return what it reports."""
    with Proxy(("127.0.0.1", 0), Tunnel) as proxy:
        proxy.target = int(fal.url.rpartition(":")[2])
        threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "FAL_KEY": "official:client",
            "SSL_CERT_FILE": str(TLS / "ca.pem"),
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.server_address[1]}",
        }

        def run(script: str, **more: str) -> Any:
            command = [sys.executable, "-c", PRELUDE + dedent(script)]
            done = subprocess.run(
                command, capture_output=True, text=True, env={**environment, **more}, timeout=100, check=False
            )
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)

        yield run
        proxy.shutdown()


def test_it_makes_an_image_and_loads_it(official: Any, fal: Sandbox) -> None:
    said = official(
        """
        output = fal_client.run("fal-ai/flux/dev", arguments={"prompt": "a fox", "seed": 3, "output_format": "png"})
        (image,) = output["images"]
        report(image=image, seed=output["seed"], start=httpx.get(image["url"]).content[:4].hex())
        """
    )
    assert said["image"]["url"].startswith("https://v3b.fal.media/files/b/")
    assert (said["seed"], said["start"]) == (3, b"\x89PNG".hex())
    assert [seen.host for seen in fal.requests] == ["fal.run", "v3b.fal.media"]
    assert (len(fal.submissions), fal.violations) == (1, [])


def test_it_follows_a_queued_video_with_its_logs(official: Any, fal: Sandbox) -> None:
    said = official(
        f"""
        updates = []
        output = fal_client.subscribe(
            "{VIDEO}", arguments={{"prompt": "waves", "duration": "5"}}, with_logs=True, on_queue_update=updates.append
        )
        kinds = [type(update).__name__ for update in updates]
        positions = [update.position for update in updates if isinstance(update, fal_client.Queued)]
        last = [line["message"] for line in updates[-1].logs]
        report(kinds=kinds, positions=positions, last=last, metrics=updates[-1].metrics, output=output)
        """
    )
    assert list(dict.fromkeys(said["kinds"])) == ["Queued", "InProgress", "Completed"]
    assert set(said["positions"]) <= {2, 1, 0}
    assert "denoising 100%" in said["last"]
    assert said["metrics"] == {"inference_time": 0.5}
    assert said["output"]["video"]["content_type"] == "video/mp4"
    assert {seen.host for seen in fal.requests} == {"queue.fal.run"}


def test_it_streams_an_answer(official: Any, fal: Sandbox) -> None:
    said = official(
        """
        llm = list(fal_client.stream("fal-ai/any-llm", arguments={"prompt": "say it"}))
        (image,) = fal_client.stream("fal-ai/flux/dev", arguments={"prompt": "a fox"})
        (own,) = fal_client.stream("fal-ai/flux-lora/stream", arguments={"prompt": "a fox"}, path="")
        report(texts=[event["output"] for event in llm], image=image, own=own)
        """
    )
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(said["texts"]))
    assert said["texts"][-1] == "A placeholder text from the sandbox. Prompt: say it"
    assert [len(said[name]["images"]) for name in ("image", "own")] == [1, 1]
    assert [made.endpoint for made in fal.submissions] == [
        "fal-ai/any-llm",
        "fal-ai/flux/dev",
        "fal-ai/flux-lora/stream",
    ]


def test_it_uploads_a_file_and_edits_it(official: Any, fal: Sandbox) -> None:
    said = official(
        """
        gif = b"GIF89a" + bytes([16, 0, 32, 0])
        url = fal_client.upload(gif, "image/gif", file_name="cat.gif")
        back = httpx.get(url)
        output = fal_client.run("fal-ai/flux/dev/image-to-image", arguments={"prompt": "x", "image_url": url})
        report(same=back.content == gif, kind=back.headers["content-type"], image=output["images"][0])
        """
    )
    assert (said["same"], said["kind"]) == (True, "image/gif")
    assert (said["image"]["width"], said["image"]["height"]) == (16, 32)
    assert [seen.host for seen in fal.requests][:2] == ["rest.fal.ai", "v3.fal.media"]
    assert fal.violations == []


def test_it_uploads_in_parts(official: Any) -> None:
    """With a smaller size of parts, since the client does so by itself only above 100 MiB."""
    said = official(
        """
        from fal_client.client import MultipartUpload
        client, data = fal_client.SyncClient(), bytes(range(256)) * 1000
        url = MultipartUpload.save(
            client=client._get_cdn_client(), token_manager=client._token_manager,
            file_name="data.bin", data=data, chunk_size=50_000,
        )
        report(same=httpx.get(url).content == data)
        """
    )
    assert said == {"same": True}


def test_its_older_way_of_uploading_works_and_its_carelessness_is_seen(official: Any, fal: Sandbox) -> None:
    """It sends the key to the upload URL too, which a client should not do."""
    said = official(
        """
        url = fal_client.upload(b"hello", "text/plain", file_name="a.txt", repository="fal")
        report(text=httpx.get(url).text)
        """
    )
    assert said == {"text": "hello"}
    assert [wrong.partition(":")[0] for wrong in fal.violations] == ["the key was sent to the CDN"]


def test_it_cancels_a_job(official: Any, fal: Sandbox) -> None:
    said = official(
        f"""
        handle = fal_client.submit("{VIDEO}", arguments={{"prompt": "waves [fault:slow-60]"}})
        handle.cancel()
        status = handle.status()
        try:
            handle.get()
        except fal_client.FalClientHTTPError as error:
            report(type=status.error_type, code=error.status_code, again=error.error_type, message=str(error))
        """
    )
    assert said["type"] == said["again"] == "client_cancelled"
    assert (said["code"], said["message"]) == (499, "Request cancelled by the client.")
    assert len(fal.submissions) == 1


def test_it_reads_errors_as_it_would_read_fals(official: Any) -> None:
    said = official(
        """
        found = {}
        for prompt in ("[fault:submit-403-locked]", "[fault:completed-error]", "[fault:result-content-policy]"):
            try:
                fal_client.subscribe("sandbox/video", arguments={"prompt": prompt})
            except fal_client.FalClientHTTPError as error:
                found[prompt] = [error.status_code, error.error_type, str(error)[:60]]
        report(**found)
        """
    )
    assert said["[fault:submit-403-locked]"] == [
        403,
        None,
        "User is locked. Reason: Exhausted balance. Top up your balance at"[:60],
    ]
    assert said["[fault:completed-error]"] == [503, "runner_disconnected", "Runner disconnected"]
    assert said["[fault:result-content-policy]"][0] == 422


def test_by_host_and_port_it_needs_no_proxy(official: Any, fal: Sandbox) -> None:
    """The variables that it has for the purpose: one origin for runs, another for the queue."""
    script = """
        image = fal_client.run("fal-ai/flux/dev", arguments={"prompt": "a fox"})["images"][0]
        handle = fal_client.submit("fal-ai/flux/dev", arguments={"prompt": "a fox"})
        report(image=image["url"], status=handle.status_url, queued=len(handle.get()["images"]))
        """
    hosts = {"FAL_RUN_HOST": fal.url.partition("//")[2], "FAL_QUEUE_RUN_HOST": fal.queue_url.partition("//")[2]}
    said = official(script, **hosts, HTTPS_PROXY="")
    assert said["image"].startswith(f"{fal.url}/files/")
    assert said["status"].startswith(f"{fal.queue_url}/fal-ai/flux/requests/")
    assert said["queued"] == 1
