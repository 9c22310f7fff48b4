"""How quick the program is beside its peers, as ratios in one run: `python tests/bench/bench_startup.py [RUNS]`.

Each row is measured against its baseline in turn, so that a busy machine slows both. Medians of wall clock and of CPU
time (user and system) of processes whose modules have been compiled. Exits with 1 when a limit is missed.
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
MEMORY_LIMIT_MIB = 45
KEY = "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef"

# What a user of the official client writes to have a picture on disk.
FAL_CLIENT = """
import fal_client, urllib.request
answer = fal_client.run("fal-ai/flux/dev", arguments={"prompt": "a red fox", "num_images": 1})
urllib.request.urlretrieve(answer["images"][0]["url"], "fal-client.png")
"""


# A process begins with the memory of the one it was forked from, so the one that asks for the peak has to be small.
PEAK = """
import os, sys
silent = os.open(os.devnull, os.O_RDWR)
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, silent, 1),
                                                                           (os.POSIX_SPAWN_DUP2, silent, 2)])
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss if status == 0 else -1)
"""


class Cost(NamedTuple):
    """What one process took, in seconds."""

    wall: float
    cpu: float


class Row(NamedTuple):
    name: str
    command: Sequence[str]
    baseline: str
    limit: float


def measured(command: Sequence[str], environ: dict[str, str]) -> Cost:
    """Run one process to its end. Raises `RuntimeError` when it fails: a failure is quick, and no answer."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}: {told.decode()}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def peak_mib(command: Sequence[str], environ: dict[str, str]) -> float:
    """Return the largest resident size of one run."""
    asked = [sys.executable, "-I", "-S", "-c", PEAK, *command]
    told = subprocess.run(asked, env=environ, capture_output=True, text=True, check=True).stdout
    if int(told) < 0:
        raise RuntimeError(f"{command} failed when its memory was measured")
    return int(told) * (1 if sys.platform == "darwin" else 1024) / 2**20


def png(width: int = 64, height: int = 64) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress((b"\0" + b"\x80\x40\x20" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class AtOnce(BaseHTTPRequestHandler):
    """A fal that has every picture ready."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    picture = png()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        url = f"{scheme}://{self.headers['Host']}/fox.png"
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
        """Say nothing."""


@contextlib.contextmanager
def serving(*, tls: bool) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), AtOnce) as server:
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS / "server.pem")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def rows() -> tuple[dict[str, Sequence[str]], list[Row]]:
    """Return the baselines, and what is held against them."""
    script = Path(sys.executable).with_name("openclaw-fal")
    program = [str(script)] if script.exists() else [sys.executable, "-m", "openclaw_fal"]
    image: Sequence[str] = [*program, "image", "generate", "--prompt", "a red fox", "--json"]
    baselines: dict[str, Sequence[str]] = {
        "pass": [sys.executable, "-c", "pass"],
        "import typer": [sys.executable, "-c", "import typer"],
        "fal-client, https": [sys.executable, "-c", FAL_CLIENT],
    }
    return baselines, [
        Row("--version", [*program, "--version"], "pass", 2.5),
        Row("config file", [*program, "config", "file"], "import typer", 1.5),
        Row("tasks list", [*program, "tasks", "list"], "import typer", 1.5),
        Row("image generate --json, https", image, "fal-client, https", 0.8),
        Row("image generate --json, http", image, "fal-client, https", 0.8),
    ]


def environments(home: str, https: str, http: str) -> dict[str, dict[str, str]]:
    """Return each program's environment: a home of its own, compiled modules, no settings of the user's.

    Who trusts the test's authority trusts the usual ones too: reading them is a part of every real start.
    """
    bundle = Path(home, "authorities.pem")
    bundle.write_bytes(Path(certifi.where()).read_bytes() + (TLS / "ca.pem").read_bytes())
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "SYSTEMROOT"}}
    clean = kept | {"HOME": home, "FAL_KEY": KEY}
    trusting = clean | {"SSL_CERT_FILE": str(bundle)}
    return {
        "fal-client, https": trusting | {"FAL_RUN_HOST": https.removeprefix("https://")},
        "image generate --json, https": trusting | {"OPENCLAW_FAL_BASE_URL": https},
        "image generate --json, http": clean | {"OPENCLAW_FAL_BASE_URL": http},
        "": clean,
    }


def main(runs: int) -> int:
    for folder in (Path(openclaw_fal.__path__[0]), sysconfig.get_path("purelib")):
        compileall.compile_dir(folder, quiet=2, workers=0)
    baselines, held = rows()
    commands = baselines | {row.name: row.command for row in held}
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as home, serving(tls=True) as https, serving(tls=False) as http:
        environ = environments(home, https, http)
        os.chdir(home)
        peaks = {name: peak_mib(commands[name], environ.get(name, environ[""])) for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                costs[name].append(measured(command, environ.get(name, environ[""])))
        os.chdir("/")
    medians = {name: Cost(*map(statistics.median, zip(*taken, strict=True))) for name, taken in costs.items()}
    return report(medians, peaks, list(baselines), held)


def report(medians: dict[str, Cost], peaks: dict[str, float], baselines: list[str], held: list[Row]) -> int:
    lines = [f"{'':30} {'wall ms':>8} {'cpu ms':>8} {'peak MiB':>8} {'wall ×':>7} {'cpu ×':>7} {'limit':>7}"]
    lines += [_costs(name, medians, peaks) for name in baselines]
    missed = 0
    for row in held:
        cost, base = medians[row.name], medians[row.baseline]
        wall, cpu = cost.wall / base.wall, cost.cpu / base.cpu
        is_missed = wall > row.limit or peaks[row.name] > MEMORY_LIMIT_MIB
        missed += is_missed
        ratios = f"{wall:7.2f} {cpu:7.2f} {row.limit:7.1f}"
        lines.append(f"{_costs(row.name, medians, peaks)} {ratios}{'   MISSED' if is_missed else ''}")
    print("\n".join(lines))  # noqa: T201
    return 1 if missed else 0


def _costs(name: str, medians: dict[str, Cost], peaks: dict[str, float]) -> str:
    return f"{name:30} {medians[name].wall * 1000:8.0f} {medians[name].cpu * 1000:8.0f} {peaks[name]:8.1f}"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 15))
