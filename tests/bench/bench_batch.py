"""Measures batches: `python tests/bench/bench_batch.py [IMAGES] [ROUNDS]`, with a server on loopback.

A batch of images is made by `batch`, through fal's queue and with --direct, and by `asyncio` scripts with fal's own
client that run and download the same at the same concurrency. Runs alternate, so that a busy machine slows all. Prints
wall clock, CPU time for each image (user and system) and peak memory. A part of the images is also made by `xargs` with
one process each. At last, the time until a batch of 10,000 lines begins to send.

Exits with 1 if a limit is missed: as fast as the client, its CPU time, 150 MiB, five times as fast as `xargs`, 3 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONCURRENCY = 32
JOB_S = 0.3
MAX_MEMORY_MIB = 150
MIN_OVER_XARGS = 5.0
LINES, MAX_START_S = 10_000, 3.0
KEY = "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef"

SCRIPT = """
import asyncio, os, pathlib, sys
import fal_client, fal_client.client, httpx

base, images, concurrency, call, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
fal_client.client.RUN_URL_FORMAT = f"{base}/run/"
fal_client.client.QUEUE_URL_FORMAT = f"{base}/queue/"

async def main():
    limit, fal = asyncio.Semaphore(concurrency), fal_client.AsyncClient(key=os.environ["FAL_KEY"])
    async with httpx.AsyncClient() as files:
        async def make(number):
            async with limit:
                arguments = {"prompt": f"a red fox, number {number}"}
                answer = await getattr(fal, call)("fal-ai/flux/dev", arguments=arguments)
                picture = await files.get(answer["images"][0]["url"])
                pathlib.Path(folder, f"{number}.png").write_bytes(picture.content)
        await asyncio.gather(*map(make, range(images)))

asyncio.run(main())
"""


# --- the server --------------------------------------------------------------------------------


def picture() -> bytes:
    """Return a PNG of noise of some 60 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + os.urandom(384) for _ in range(155))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 128, 155, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


class Fal(asyncio.Protocol):
    """One connection to a server with fal's direct calls, queue and files, which does nothing else."""

    base = ""
    picture = picture()
    ends_at: ClassVar[dict[str, float]] = {}
    posts: ClassVar[list[float]] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.received = b""
        self.is_busy = False

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.is_busy:
            self.serve()

    def serve(self) -> None:
        head, mark, rest = self.received.partition(b"\r\n\r\n")
        if not mark:
            return
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.received, self.is_busy = rest[length:], True
        method, path, _ = first.split(" ")
        self.answer(method, path.partition("?")[0], headers)

    def answer(self, method: str, path: str, headers: dict[str, str]) -> None:
        if path.startswith("/files/"):
            self.reply(self.picture, "image/png")
        elif path == "/posts":
            self.reply(json.dumps(self.posts).encode())
        elif method == "POST":
            self.posts.append(time.time())
            name = f"r{len(self.posts)}"
            if path.startswith("/queue/") or "x-fal-queue-priority" in headers:
                self.accept(name)
            else:
                asyncio.get_running_loop().call_later(JOB_S, self.reply, self.result(name))
        else:
            self.follow(path)

    def accept(self, name: str) -> None:
        self.ends_at[name] = time.monotonic() + JOB_S
        url = f"{self.base}/fal-ai/flux/requests/{name}"
        urls = {"status_url": f"{url}/status", "response_url": url, "cancel_url": f"{url}/cancel"}
        accepted = {"request_id": name, "status": "IN_QUEUE", "queue_position": 0, **urls}
        self.reply(json.dumps(accepted).encode(), name=name)

    def follow(self, path: str) -> None:
        name, _, what = path.partition("/requests/")[2].partition("/")
        left = self.ends_at.get(name, 0) - time.monotonic()
        if what == "status/stream":
            self.transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            )
            self.event(name, "IN_PROGRESS")
            asyncio.get_running_loop().call_later(max(left, 0), self.event, name, "COMPLETED")
        elif what == "status":
            status = "IN_PROGRESS" if left > 0 else "COMPLETED"
            self.reply(json.dumps({"status": status, "request_id": name, "logs": None}).encode())
        else:
            self.reply(self.result(name), name=name)

    def event(self, name: str, status: str) -> None:
        data = b"data: " + json.dumps({"status": status, "request_id": name, "logs": []}).encode() + b"\n\n"
        end = b"0\r\n\r\n" if status == "COMPLETED" else b""
        self.transport.write(b"%x\r\n%b\r\n%b" % (len(data), data, end))
        if end:
            self.is_busy = False
            self.serve()

    def result(self, name: str) -> bytes:
        file = {"url": f"{self.base}/files/{name}.png", "content_type": "image/png", "width": 128, "height": 155}
        return json.dumps({"images": [file], "seed": 7, "has_nsfw_concepts": [False], "prompt": "a red fox"}).encode()

    def reply(self, body: bytes, kind: str = "application/json", name: str = "r") -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nx-fal-request-id: {name}"
        self.transport.write(head.encode() + b"\r\n\r\n" + body)
        self.is_busy = False
        self.serve()


async def serve() -> None:
    """Serve until the end, and print the port."""
    server = await asyncio.get_running_loop().create_server(Fal, "127.0.0.1", 0, backlog=1024)
    Fal.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(Fal.base, flush=True)  # noqa: T201 - read by the parent process
    await asyncio.Event().wait()


@contextlib.contextmanager
def served() -> Iterator[str]:
    with subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.kill()


# --- the measurement ---------------------------------------------------------------------------


class Cost(NamedTuple):
    """What a run took: ``cpu_ms`` for each image, ``memory`` in MiB at its peak."""

    wall_s: float
    cpu_ms: float
    memory: float


def measured(command: Sequence[str], images: int, environment: dict[str, str], folder: Path) -> Cost:
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.monotonic() - began
    made = sum(1 for _ in folder.rglob("*.png"))
    if process.returncode or made != images:
        raise SystemExit(f"{command[:4]}: exit {process.returncode}, {made} of {images}\n{errors.decode()[-2000:]}")
    return Cost(wall_s, (usage.ru_utime + usage.ru_stime) * 1000 / images, usage.ru_maxrss / 1024)


def run(name: str, images: int, base: str) -> Cost:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = environment_of(folder, base)
        write_prompts(folder, images)
        ours = [sys.executable, "-m", "openclaw_fal"]
        commands: dict[str, list[str]] = {
            "batch": [*ours, "batch", "prompts.txt", "--concurrency", str(CONCURRENCY)],
            "batch --direct": [*ours, "batch", "prompts.txt", "--concurrency", str(CONCURRENCY), "--direct"],
            "xargs": ["sh", "-c", xargs(ours)],
        }
        for call in ("run", "subscribe"):
            commands[f"client.{call}"] = [
                *(sys.executable, "-c", SCRIPT, base, str(images), str(CONCURRENCY), call, str(folder))
            ]
        return measured(commands[name], images, environment, folder)


def xargs(program: Sequence[str]) -> str:
    make = f"{' '.join(program)} image generate --output {{}}.png --prompt"
    return f"seq $(wc -l < prompts.txt) | xargs -P{CONCURRENCY} -I{{}} {make} 'a red fox, number {{}}'"


def environment_of(folder: Path, base: str) -> dict[str, str]:
    settings = {"HOME": temporary_home(folder), "OPENCLAW_STATE_DIR": str(folder / "state")}
    python = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": os.environ["PATH"]}
    return settings | python | {"FAL_KEY": KEY, "OPENCLAW_FAL_BASE_URL": base}


def temporary_home(folder: Path) -> str:
    home = folder / "home"
    home.mkdir()
    return str(home)


def write_prompts(folder: Path, lines: int) -> None:
    (folder / "prompts.txt").write_text("".join(f"a red fox, number {number}\n" for number in range(lines)))


def seconds_until_first_post(base: str) -> float:
    """Start a batch of many lines, and stop it once it sends."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = environment_of(folder, base)
        write_prompts(folder, LINES)
        before = len(posts(base))
        began = time.time()
        command = [sys.executable, "-m", "openclaw_fal", "batch", "prompts.txt", "--concurrency", str(CONCURRENCY)]
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            while len(found := posts(base)) <= before and time.time() - began < 60:
                time.sleep(0.05)
            return found[before] - began
        finally:
            process.kill()
            process.wait()


def posts(base: str) -> list[float]:
    with urllib.request.urlopen(f"{base}/posts") as answer:
        return list(json.load(answer))


def main() -> int:
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    names = ("batch", "client.subscribe", "batch --direct", "client.run")
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    with served() as base:
        for _ in range(rounds):
            for name in names:
                costs[name].append(run(name, images, base))
        few = max(images // 10, CONCURRENCY)
        one_by_one = run("xargs", few, base)
        start_s = statistics.median(seconds_until_first_post(base) for _ in range(3))
    say(f"{images} images, {CONCURRENCY} at a time, {JOB_S:g} s each; medians of {rounds}")
    say(f"{'':18}{'wall s':>10}{'CPU ms/image':>14}{'peak MiB':>10}")
    middle = {name: Cost(*map(statistics.median, zip(*each, strict=True))) for name, each in costs.items()}
    for name, cost in middle.items():
        say(f"{name:18}{cost.wall_s:10.2f}{cost.cpu_ms:14.2f}{cost.memory:10.0f}")
    say(f"{'xargs':18}{one_by_one.wall_s * images / few:10.2f}   (of {few} images)")
    checks = {
        "queue: wall / client.subscribe": (ratio(costs, "batch", "client.subscribe", "wall_s"), 1.0),
        "queue: CPU / client.subscribe": (ratio(costs, "batch", "client.subscribe", "cpu_ms"), 1.0),
        "queue: wall / client.run": (ratio(costs, "batch", "client.run", "wall_s"), 1.0),
        "direct: wall / client.run": (ratio(costs, "batch --direct", "client.run", "wall_s"), 1.0),
        "direct: CPU / client.run": (ratio(costs, "batch --direct", "client.run", "cpu_ms"), 1.0),
        "peak MiB": (max(middle[name].memory for name in names if "batch" in name), MAX_MEMORY_MIB),
        "batch / xargs, wall": (middle["batch"].wall_s / (one_by_one.wall_s * images / few), 1 / MIN_OVER_XARGS),
        f"{LINES} lines: s until the first is sent": (start_s, MAX_START_S),
    }
    say(f"queue: CPU / client.run: {ratio(costs, 'batch', 'client.run', 'cpu_ms'):.2f} (four requests for its two)")
    for name, (found, limit) in checks.items():
        say(f"{'ok  ' if found <= limit else 'MISS'} {name}: {found:.2f} (at most {limit:g})")
    return int(any(found > limit for found, limit in checks.values()))


def ratio(costs: dict[str, list[Cost]], ours: str, theirs: str, what: str) -> float:
    """Return the median of the rounds' ratios."""
    pairs = zip(costs[ours], costs[theirs], strict=True)
    return statistics.median(float(getattr(one, what) / getattr(other, what)) for one, other in pairs)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is what it is for


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        asyncio.run(serve())
    sys.exit(main())
