"""What every test needs: an empty environment, a home of its own, and the program run in process."""

from __future__ import annotations

import io
import json
import math
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import hypothesis
import pytest

from openclaw_fal.cli import main
from openclaw_fal.fal.origins import Origins
from openclaw_fal.runtime import Runtime
from openclaw_fal.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

# Read before `home` takes it away.
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f0003860180a5f3a1210000000049454e44ae426082"
)
KEY = "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef"


# Kept even where the environment forbids it: otherwise each program that a test starts compiles the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# How long one example takes is never what a test is about.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_configure() -> None:
    """Take the signals that a shell's ``&`` and ``nohup`` have every program below ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose marker `needs` names a program that is not here; CI has them all, so there it fails."""
    programs = [program for mark in item.iter_markers("needs") for program in mark.args]
    if missing := [program for program in programs if not shutil.which(program)]:
        (pytest.fail if IN_CI else pytest.skip)(f"not installed: {', '.join(missing)}")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a home folder and nothing else in its environment; the current folder is beside it."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    for name in list(os.environ):
        if name.startswith(("FAL_", "OPENCLAW_", "XDG_")) or name.lower().endswith("_proxy") or name in _DISTURBING:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(work)
    return home


_DISTURBING = {"CI", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "SSL_CERT_FILE", "SSL_CERT_DIR"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use one folder for configuration, state and caches. It does not exist yet."""
    path = tmp_path / "state"
    monkeypatch.setenv("OPENCLAW_STATE_DIR", str(path))
    return path


def take_for_fal(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a sandbox be fal itself, not a server in its place."""
    monkeypatch.setattr(Origins, "_defaults", dict.fromkeys(Origins._fields, sandbox.url))


@dataclass(frozen=True)
class Run:
    """The outcome of one run of the program."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


class Runner(Protocol):
    def __call__(
        self,
        *arguments: str,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        terminal: bool = False,
    ) -> Run: ...


class Terminal(io.TextIOWrapper):
    """A stream of bytes with a text face, that says whether it is a terminal."""

    def __init__(self, *, is_terminal: bool = False, content: str | bytes = "") -> None:
        data = content.encode() if isinstance(content, str) else content
        super().__init__(io.BytesIO(data), encoding="utf-8", write_through=True)
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    @property
    def written(self) -> bytes:
        return self.buffer.getvalue()  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Runner:
    """Run the program in process through `main`, with pipes for output as in a script, or on a terminal.

    An exception that nobody foresaw is raised, except in a test with the marker `bug`.
    """

    def run_program(
        *arguments: str, stdin: str | bytes | None = None, env: Mapping[str, str] | None = None, terminal: bool = False
    ) -> Run:
        out, err = Terminal(is_terminal=terminal), Terminal(is_terminal=terminal)
        source = Terminal(is_terminal=stdin is None, content=stdin or "")
        with monkeypatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            runtime = Runtime(stdin=source, stdout=out, stderr=err, sleep=quick_sleep)
            # Typer writes help and versions to the process's own streams.
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = main(arguments, runtime)
        if runtime.bug and not request.node.get_closest_marker("bug"):
            raise runtime.bug
        return Run(code, out.written, err.written.decode())

    return run_program


@pytest.fixture(scope="session")
def png() -> bytes:
    """An image of one pixel."""
    return PNG


def quick_sleep(seconds: float) -> None:
    """Wait a tenth as long as asked: patient enough to be fair, short enough for a test."""
    time.sleep(seconds / 10)


class FalClock:
    """The time of the sandbox: real time, which a test can move on, so that nobody waits for a slow job.

    No more than ``step_s`` passes between two looks at it: with a small one no job skips a state on a busy machine.
    """

    def __init__(self, step_s: float = math.inf) -> None:
        self.step_s = step_s
        self._ahead_s = 0.0
        self._looked_at = time.time()
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            before, self._looked_at = self._looked_at, time.time()
            self._ahead_s -= max(0.0, self._looked_at - before - self.step_s)
            return self._looked_at + self._ahead_s

    def skip(self, seconds: float) -> None:
        with self._lock:
            self._ahead_s += seconds


@pytest.fixture
def fal_clock() -> FalClock:
    return FalClock()


@pytest.fixture
def fal(monkeypatch: pytest.MonkeyPatch, fal_clock: FalClock) -> Iterator[Sandbox]:
    """A sandbox on loopback, ten times as fast as usual, where the program looks for fal; a key that it takes."""
    with Sandbox(speed=10, clock=fal_clock) as sandbox:
        monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", sandbox.url)
        monkeypatch.setenv("FAL_KEY", KEY)
        yield sandbox


@pytest.fixture
def one_day() -> None:
    """Let the test begin and end on the same day: just before midnight it waits for tomorrow."""
    while time.strftime("%H:%M") == "23:59":
        time.sleep(1)


@contextmanager
def closed_port() -> Iterator[int]:
    """Reserve a port that refuses connections: nobody listens there, and no test beside this one gets it."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


SUMMARIES = {
    "fault": ("what became of each fault", ["scenario", "submissions", "exit", "kept"], 1),
    "coverage": (
        "bodies for every endpoint",
        ["category", "flags", "endpoints", "valid", "named", "refused", "wrong", "lost", "ignored", "rate"],
        2,
    ),
}
"""Tables after the tests, by the property in which a test records its row: title, header, columns of names."""


@pytest.fixture(scope="session")
def key() -> str:
    """A key that the sandbox accepts."""
    return KEY


class ScriptedRequest(NamedTuple):
    """One request that a `Server` received; header names are lower-case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path without a query; empty for what is no request, such as the bytes that begin TLS."""
        words = self.line.split()
        return words[1].partition("?")[0] if len(words) > 1 else ""


class Server:
    """A server on loopback that gives prepared answers, one per connection, and closes the connection after each.

    An answer is raw bytes, a status, a tuple of status, body, headers and ``content-length`` (which may be wrong, and
    is left out if negative), or a function that gets the connection. The last answer is given again and again.
    """

    def __init__(self) -> None:
        self.requests: list[ScriptedRequest] = []
        self.gone = threading.Event()
        self.keep_bodies = True
        self._answers: dict[str, deque[Any]] = {"": deque([500])}
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def answer(self, *answers: Any, path: str = "") -> None:
        """Set the answers of one path, or of all that have none of their own."""
        self._answers[path] = deque(answers)

    @staticmethod
    def encoded(answer: Any) -> bytes:
        """Return the bytes of an answer that is not a function."""
        if isinstance(answer, bytes):
            return answer
        return _message(*answer) if isinstance(answer, tuple) else _message(answer)

    @staticmethod
    def silent(connection: socket.socket) -> None:
        """Answer nothing until the client closes the connection."""
        while connection.recv(1024):
            pass

    @staticmethod
    def dripping(*pieces: bytes, every_s: float = 0.05) -> Callable[[socket.socket], None]:
        """Send the pieces one after the other, and the last one again and again; stay silent without pieces."""
        if not pieces:
            return Server.silent

        def drip(connection: socket.socket) -> None:
            left = deque(pieces)
            while True:
                connection.sendall(left.popleft() if len(left) > 1 else left[0])
                time.sleep(every_s)

        return drip

    @staticmethod
    def slowly(*pieces: bytes, every_s: float) -> Callable[[socket.socket], None]:
        """Send the pieces one after the other and close the connection."""

        def send(connection: socket.socket) -> None:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(every_s)

        return send

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = _read_request(connection, keep_body=self.keep_bodies)
            self.requests.append(request)
            answers = self._answers.get(request.path) or self._answers[""]
            answer = answers.popleft() if len(answers) > 1 else answers[0]
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(self.encoded(answer))
        self.gone.set()


def _read_request(connection: socket.socket, *, keep_body: bool) -> ScriptedRequest:
    file = connection.makefile("rb")
    line = file.readline().decode("latin-1").strip()
    headers: dict[str, str] = {}
    while field := file.readline().decode("latin-1").strip():
        name, _, value = field.partition(":")
        headers[name.lower()] = value.strip()
    left = int(headers.get("content-length", 0))
    if keep_body:
        return ScriptedRequest(line, headers, file.read(left))
    while left:
        left -= len(file.read(min(left, 1 << 16)))
    return ScriptedRequest(line, headers, b"")


def _message(status: int, body: bytes = b"", headers: dict[str, str] | None = None, length: int | None = None) -> bytes:
    fields = {"content-type": "application/json", "connection": "close", **(headers or {})}
    if length is None or length >= 0:
        fields["content-length"] = str(len(body) if length is None else length)
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode("latin-1") + body


@pytest.fixture
def server() -> Iterator[Server]:
    scripted = Server()
    yield scripted
    scripted.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have recorded.

    Of a fault: scenario, submissions counted by the server, exit, kept. Of a flag: how many endpoints got a valid body,
    a refusal that names the input, another refusal, a wrong body; how often the flag was lost, or reported as ignored.
    """
    for name, (title, header, names) in SUMMARIES.items():
        if rows := _recorded(terminalreporter, name):
            rows = [header, *rows]
            widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
            terminalreporter.section(title)
            for row in rows:
                cells = enumerate(zip(row, widths, strict=True))
                aligned = [
                    cell.ljust(width) if column < names else cell.rjust(width) for column, (cell, width) in cells
                ]
                terminalreporter.write_line("  ".join(aligned))


def _recorded(terminalreporter: pytest.TerminalReporter, name: str) -> list[list[str]]:
    """Return the rows that tests have recorded as a property of that name."""
    return sorted(
        [str(cell) for cell in value]
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for key, value in report.user_properties
        if key == name
    )
