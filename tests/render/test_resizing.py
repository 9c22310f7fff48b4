"""The live display in a terminal that wraps, scrolls and brings lines back from its scrollback, as people's do."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import FalClock

ROOT = Path(__file__).parents[2]
PROGRAM = shlex.join([sys.executable, "-m", "openclaw_fal"])
SHELL_LINES = [f"shell line {number}" for number in range(1, 41)]
PROMPTS = ["a red fox " + "in the snow " * 9, "雪の中の赤い狐" * 12, "🦊 👩‍🚀 ❤️ 🏳️‍🌈 " * 9] + ["an owl"] * 9

pytestmark = [pytest.mark.needs("tmux", "seq"), pytest.mark.slow]


class Tmux:
    """A terminal with a shell in it, and the lines that the shell has printed before."""

    def __init__(self, socket: Path, columns: int, rows: int) -> None:
        self._socket = socket
        shell = "env PS1='$ ' bash --norc"
        self._do("-f", os.devnull, "new-session", "-d", "-x", str(columns), "-y", str(rows), shell)
        self.type("seq -f 'shell line %g' 40")
        self.wait_for(lambda: SHELL_LINES[-1] in self.shown and self.shown.endswith("$"))

    def type(self, command: str) -> None:
        self._do("send-keys", command, "Enter")

    def press(self, key: str) -> None:
        self._do("send-keys", key)

    def resize(self, columns: int, rows: int) -> None:
        self._do("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        self._do("kill-server")

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < deadline, self.everything
            time.sleep(0.05)

    @property
    def shown(self) -> str:
        return self._do("capture-pane", "-p").rstrip()

    @property
    def everything(self) -> str:
        """What is shown, below all that can be scrolled back to."""
        return self._do("capture-pane", "-p", "-S", "-").rstrip()

    def _do(self, *arguments: str) -> str:
        command = ["tmux", "-u", "-S", str(self._socket), *arguments]
        # Given by name: readline, which pytest imports, puts COLUMNS into the process's own environment.
        return subprocess.run(command, check=True, capture_output=True, timeout=60, text=True, env=os.environ).stdout


@pytest.fixture
def tmux(fal: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tmux]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTHONUTF8", "1")
    for name in ("CI", "TMUX", "COLUMNS", "LINES", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    terminal = Tmux(tmp_path / "tmux", 120, 40)
    yield terminal
    terminal.close()


def batch_of_twelve() -> str:
    Path("prompts.txt").write_text("".join(f"{prompt} [fault:slow-900]\n" for prompt in PROMPTS))
    return f"{PROGRAM} batch prompts.txt --concurrency 12"


def rows_of(text: str) -> list[int]:
    """Return the numbers of the lines that are under way."""
    return [int(number) for number in re.findall(r"^ +(\d+)  .*(?:running|queued)", text, re.MULTILINE)]


def assert_clean(terminal: Tmux, rows: int) -> None:
    """Everything is there once: the display, and above it all that the shell has printed."""

    def is_drawn() -> bool:
        return rows_of(terminal.shown) == list(range(1, rows + 1))

    def is_clean() -> bool:
        everything = terminal.everything
        return (
            len(re.findall(r"0 of 12 · ", everything)) == 1
            and rows_of(everything) == list(range(1, rows + 1))
            and not re.search(r"(running|queued).*…$", everything, re.MULTILINE)  # the prompt is cut, not the state
            and re.findall(r"^shell line \d+$", everything, re.MULTILINE) == SHELL_LINES
        )

    terminal.wait_for(is_drawn)
    terminal.wait_for(is_clean)  # a picture may be taken in the middle of a frame
    time.sleep(0.15)  # a frame more
    terminal.wait_for(is_clean)


def test_a_batch_stays_whole_when_the_window_is_resized(tmux: Tmux, fal_clock: FalClock) -> None:
    tmux.type(batch_of_twelve())
    assert_clean(tmux, 12)
    tmux.wait_for(lambda: len(re.findall(r"(?m)^ +\d+  an owl .* \d+%$", tmux.shown)) == 9)
    fal_clock.step_s = 0.0  # now the jobs outlast the test on any machine
    for columns, lines, rows in (
        (120, 10, 7),
        (120, 40, 12),
        (80, 24, 12),
        (40, 12, 9),
        (40, 4, 1),
        (120, 40, 12),
        (120, 13, 10),
        (60, 30, 12),
        (120, 24, 12),
    ):
        tmux.resize(columns, lines)
        assert_clean(tmux, rows)
    tmux.press("C-z")
    tmux.wait_for(lambda: tmux.shown.endswith("$"))
    assert "0 of 12 · " not in tmux.everything
    tmux.resize(80, 12)
    tmux.type("fg")
    assert_clean(tmux, 9)
    tmux.resize(120, 40)
    assert_clean(tmux, 12)
    tmux.press("C-c")
    tmux.wait_for(lambda: "press Ctrl-C again" in tmux.shown)
    tmux.press("C-c")
    tmux.wait_for(lambda: tmux.shown.endswith("$"))
    assert "0 of 12 · " not in tmux.everything


def test_a_single_job_stays_whole_when_the_window_is_resized(tmux: Tmux) -> None:
    tmux.type(f"{PROGRAM} video generate --prompt 'waves [fault:slow-900]' --model fal-ai/minimax/video-01-live")
    for columns, lines, shown in (
        (120, 40, "live  task .*\n  (queued|running)"),
        (120, 2, "live  task"),
        (30, 2, "live$"),
    ):
        tmux.resize(columns, lines)
        tmux.wait_for(lambda shown=shown: re.search(shown, tmux.shown) is not None)  # type: ignore[misc]
    tmux.resize(80, 24)
    tmux.wait_for(lambda: re.search("live  task .*\n  (queued|running)", tmux.shown) is not None)

    def is_clean() -> bool:
        everything = tmux.everything
        return (
            len(re.findall(r"running|queued", everything)) == 1
            and len(re.findall(r"task \w{10}$", everything, re.MULTILINE)) == 1
            and re.findall(r"^shell line \d+$", everything, re.MULTILINE) == SHELL_LINES
        )

    tmux.wait_for(is_clean)
