"""Measures start-up, a whole image run over TLS, and memory: `python tests/bench/bench_startup.py [RUNS]`.

Each run is paired with one of its baseline right before it, so that a busy machine slows both. Prints medians of wall
clock and CPU time (user and system), and the median of the pairs' ratios. All modules are compiled first. Exits with 1
if a limit is missed. The program reads certificates in a thread, which only saves time on a free processor: on a busy
machine, run this with a real-time priority (`chrt --rr 10 python …`).
"""

from __future__ import annotations

import compileall
import contextlib
import os
import ssl
import statistics
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import certifi

import openclaw_fal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TLS = Path(__file__).parent.parent / "sandbox" / "tls"
MAX_MEMORY_MIB = 45
LOCAL = ("--help", "config file", "tasks list")
KEY = "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef"

# What a user of the official client writes to get an image on disk.
FAL_CLIENT = """
import fal_client, urllib.request
answer = fal_client.run("fal-ai/flux/dev", arguments={"prompt": "a red fox", "num_images": 1})
urllib.request.urlretrieve(answer["images"][0]["url"], "fal-client.png")
"""

# A forked process starts with its parent's memory, so the parent that measures the peak must be small.
PEAK = """
import os, sys
silent = os.open(os.devnull, os.O_RDWR)
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, silent, 1),
                                                                           (os.POSIX_SPAWN_DUP2, silent, 2)])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss if status == 0 else -1)
"""


class Cost(NamedTuple):
    """The time that one process took, in seconds."""

    wall: float
    cpu: float


class Row(NamedTuple):
    name: str
    command: Sequence[str]
    baseline: str
    limit: float


def measured(command: Sequence[str], environ: dict[str, str]) -> Cost:
    """Run one process to its end. Raises `RuntimeError` if it fails: a failure is quicker than an answer."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}: {errors.decode()}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def peak_mib(command: Sequence[str], environ: dict[str, str]) -> float:
    """Return the largest resident size of one run."""
    measuring = [sys.executable, "-I", "-S", "-c", PEAK, *command]
    peak = int(subprocess.run(measuring, env=environ, capture_output=True, text=True, check=True).stdout)
    if peak < 0:
        raise RuntimeError(f"{command} failed while its memory was measured")
    return peak * (1 if sys.platform == "darwin" else 1024) / 2**20


def png(width: int = 64, height: int = 64) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress((b"\0" + b"\x80\x40\x20" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class InstantFal(BaseHTTPRequestHandler):
    """Answers every request at once, over TLS."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    picture = png()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        url = f"https://{self.headers['Host']}/fox.png"
        answer = (
            f'{{"images": [{{"url": "{url}", "content_type": "image/png", "width": 64, "height": 64}}], "seed": 1}}'
        )
        self._reply(answer.encode(), "application/json")

    def do_GET(self) -> None:
        self._reply(self.picture, "image/png")

    def _reply(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-fal-request-id", "01a202cf-b26e-74d5-b9c4-7ea10c57821b")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextlib.contextmanager
def serving() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), InstantFal) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def rows() -> tuple[dict[str, Sequence[str]], list[Row]]:
    """Return the baselines, and the rows that are compared with them."""
    script = Path(sys.executable).with_name("openclaw-fal")
    program = [str(script)] if script.exists() else [sys.executable, "-m", "openclaw_fal"]
    baselines: dict[str, Sequence[str]] = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import typer": [sys.executable, "-c", "import typer"],
        "fal-client": [sys.executable, "-c", FAL_CLIENT],
    }
    image = [*program, "image", "generate", "--prompt", "a red fox", "--json"]
    return baselines, [
        Row("--version", [*program, "--version"], "python -c pass", 2.5),
        *(Row(name, [*program, *name.split()], "import typer", 1.5) for name in LOCAL),
        Row("image generate --json", image, "fal-client", 0.7),
    ]


def environment(home: str, url: str) -> dict[str, str]:
    """Return an environment without the user's settings, in which both clients use the server at ``url``.

    Certificates are certifi's list and the test's authority: reading the list is part of every real start.
    """
    bundle = Path(home, "authorities.pem")
    bundle.write_bytes(Path(certifi.where()).read_bytes() + (TLS / "ca.pem").read_bytes())
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "SYSTEMROOT"}}
    return kept | {
        "HOME": home,
        "FAL_KEY": KEY,
        "SSL_CERT_FILE": str(bundle),
        "FAL_RUN_HOST": url.removeprefix("https://"),
        "OPENCLAW_FAL_BASE_URL": url,
    }


def main(runs: int) -> int:
    for folder in (Path(openclaw_fal.__path__[0]), sysconfig.get_path("purelib")):
        compileall.compile_dir(folder, quiet=2, workers=0)
    baselines, compared = rows()
    missed = 0
    print(f"{'':24} {'wall ms':>8} {'cpu ms':>8} {'peak MiB':>8} {'wall ×':>7} {'cpu ×':>7} {'limit':>7}")  # noqa: T201
    with tempfile.TemporaryDirectory() as home, serving() as url:
        environ = environment(home, url)
        os.chdir(home)
        for name, command in baselines.items():
            costs = [measured(command, environ) for _ in range(runs)]
            print(_costs(name, costs, peak_mib(command, environ)))  # noqa: T201
        for row in compared:
            pairs = [
                (measured(baselines[row.baseline], environ), measured(row.command, environ)) for _ in range(runs + 1)
            ][1:]  # the first pair fills caches
            missed += report(row, pairs, peak_mib(row.command, environ))
        os.chdir("/")
    return 1 if missed else 0


def report(row: Row, pairs: list[tuple[Cost, Cost]], peak: float) -> bool:
    """Print one row; return whether it misses a limit."""
    wall = statistics.median(ours.wall / base.wall for base, ours in pairs)
    cpu = statistics.median(ours.cpu / base.cpu for base, ours in pairs)
    is_missed = wall > row.limit or peak > MAX_MEMORY_MIB
    ratios = f"{wall:7.2f} {cpu:7.2f} {row.limit:7.1f}  of {row.baseline}"
    print(f"{_costs(row.name, [ours for _, ours in pairs], peak)} {ratios}{'   MISSED' if is_missed else ''}")  # noqa: T201
    return is_missed


def _costs(name: str, costs: list[Cost], peak: float) -> str:
    wall, cpu = (statistics.median(times) * 1000 for times in zip(*costs, strict=True))
    return f"{name:24} {wall:8.0f} {cpu:8.0f} {peak:8.1f}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
