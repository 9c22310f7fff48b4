"""How a large download compares with curl's, in one run: `python tests/bench/bench_download.py [MEGABYTES [RUNS]]`.

Both fetch the same file from the same server on loopback into the same folder, in turn, so that a busy machine slows
both. Ours is what the program does with a result: streamed into a part, hashed on the way. The row "cut" loses its
connection halfway and goes on from there. Prints medians; exits with 1 when a limit is missed.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_RATIO = 0.5
MAX_MEMORY_MIB = 60
PIECE = bytes(range(256)) * 4096

# Serves one file with Range, by the kernel's own copying; below /cut/ the first answer of each name breaks off halfway.
SERVER = """
import os, re, socketserver, sys
path = sys.argv[1]
size = os.path.getsize(path)
cut = set()
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        name = self.rfile.readline().decode().split()[1]
        start = 0
        while (line := self.rfile.readline().decode().strip()):
            if found := re.fullmatch(r"range: bytes=(\\d+)-", line.lower()):
                start = int(found[1])
        stop = size
        if name.startswith("/cut/") and name not in cut:
            cut.add(name)
            stop = size // 2
        status = f"206 Partial Content\\r\\ncontent-range: bytes {start}-{size - 1}/{size}" if start else "200 OK"
        self.wfile.write(f'HTTP/1.1 {status}\\r\\ncontent-type: video/mp4\\r\\netag: "one"\\r\\nconnection: close\\r\\n'
                         f"content-length: {size - start}\\r\\n\\r\\n".encode())
        with open(path, "rb") as file:
            while start < stop:
                start += os.sendfile(self.connection.fileno(), file.fileno(), start, min(stop - start, 1 << 24))
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""

OURS = """
import resource, sys, time
from openclaw_fal.core.secrets import Key
from openclaw_fal.fal.clock import Clock
from openclaw_fal.fal.download import download
from openclaw_fal.fal.client import FalClient
from openclaw_fal.fal.origins import Origins
from openclaw_fal.store.part_files import open_part
url, folder = sys.argv[1:]
clock = Clock(time.time, time.monotonic, time.sleep)
client = FalClient(Origins.from_base_url("/".join(url.split("/")[:3])), clock, lambda: Key("no:key", "a test"))
with open_part(folder, "bench", 1) as part:
    begun = time.perf_counter()
    for _ in download(client, url, part, clock.deadline(600)):
        pass
    took = time.perf_counter() - begun
    size, digest = part.size, part.sha256
    part.discard()
client.close()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
print(took, size, digest, peak)
"""


class Fetched(NamedTuple):
    seconds: float
    peak_mib: float = 0.0


@contextmanager
def served(path: Path) -> Iterator[str]:
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(path)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def by_us(url: str, folder: Path, size: int) -> Fetched:
    told = subprocess.run(
        [sys.executable, "-c", OURS, url, str(folder)], capture_output=True, text=True, check=True
    ).stdout.split()
    if int(told[1]) != size:
        raise RuntimeError(f"{url}: {told[1]} of {size} bytes")
    return Fetched(float(told[0]), float(told[3]))


def by_curl(url: str, folder: Path, size: int) -> Fetched:
    target = folder / "curl"
    command = [
        "curl",
        "--silent",
        "--fail",
        "--noproxy",
        "*",
        "--output",
        str(target),
        "--write-out",
        "%{time_total}",
        url,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if target.stat().st_size != size:
        raise RuntimeError(f"{url}: {target.stat().st_size} of {size} bytes")
    target.unlink()
    return Fetched(float(told))


def main(megabytes: int, runs: int) -> int:
    if shutil.which("curl") is None:
        raise SystemExit("curl is not here, and there is nothing else to compare with")
    size = megabytes * len(PIECE)
    ours: list[Fetched] = []
    curls: list[Fetched] = []
    cuts: list[Fetched] = []
    with tempfile.TemporaryDirectory(prefix="bench-download-") as name:
        folder = Path(name)
        with (folder / "file").open("wb") as file:
            for _ in range(megabytes):
                file.write(PIECE)
        with served(folder / "file") as url:
            by_us(f"{url}/warm", folder, size)
            for run in range(runs):
                curls.append(by_curl(f"{url}/file", folder, size))
                ours.append(by_us(f"{url}/file", folder, size))
                cuts.append(by_us(f"{url}/cut/{run}-{time.monotonic_ns()}", folder, size))
    return report({"curl": curls, "ours": ours, "ours, cut": cuts}, megabytes)


def report(rows: dict[str, list[Fetched]], megabytes: int) -> int:
    speeds = {name: megabytes / statistics.median(one.seconds for one in row) for name, row in rows.items()}
    peak = max(one.peak_mib for row in rows.values() for one in row)
    lines = [f"{name:<10} {speed:6.0f} MiB/s  {speed / speeds['curl']:5.2f} x curl" for name, speed in speeds.items()]
    lines.append(f"limits: ours {MIN_RATIO} x curl; the cut row includes a pause of half a second")
    lines.append(f"peak memory {peak:.1f} MiB for {megabytes} MiB, at most {MAX_MEMORY_MIB}")
    print("\n".join(lines))  # noqa: T201
    return int(speeds["ours"] < MIN_RATIO * speeds["curl"] or peak > MAX_MEMORY_MIB)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*given, *(500, 5)[len(given) :]))
