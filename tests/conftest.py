"""What every test stands on: an empty environment, a home of its own, and the program run in process."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from openclaw_fal.cli import main
from openclaw_fal.runtime import Runtime
from openclaw_fal.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# Read before `home` takes it away.
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f0003860180a5f3a1210000000049454e44ae426082"
)
KEY = "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef"


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


@dataclass(frozen=True)
class Run:
    """What one run of the program came to."""

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
        self, *arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None, terminal: bool = False
    ) -> Run: ...


class Terminal(io.TextIOWrapper):
    """A stream of bytes with a text face, that says whether it is a terminal."""

    def __init__(self, *, is_terminal: bool = False, content: str = "") -> None:
        super().__init__(io.BytesIO(content.encode()), encoding="utf-8", write_through=True)
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal

    @property
    def written(self) -> bytes:
        return self.buffer.getvalue()  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Run the program in process through `main`, with pipes for output as in a script, or on a terminal."""

    def run_program(
        *arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None, terminal: bool = False
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
        return Run(code, out.written, err.written.decode())

    return run_program


@pytest.fixture(scope="session")
def png() -> bytes:
    """An image of one pixel."""
    return PNG


def quick_sleep(seconds: float) -> None:
    """Wait a tenth as long as asked: patient enough to be fair, short enough for a test."""
    time.sleep(seconds / 10)


@pytest.fixture
def fal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox on loopback, ten times as fast as usual, where the program looks for fal; a key that it takes."""
    with Sandbox(speed=10) as sandbox:
        monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", sandbox.url)
        monkeypatch.setenv("FAL_KEY", KEY)
        yield sandbox


SUMMARIES = {
    "fault": ("what became of each fault", ["scenario", "submissions", "exit", "kept"], 1),
    "coverage": (
        "bodies for every endpoint",
        ["category", "flags", "endpoints", "valid", "named", "refused", "wrong", "lost", "ignored", "rate"],
        2,
    ),
}
"""Tables after the tests, by the property in which a test records its row: title, header, columns of names."""


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
