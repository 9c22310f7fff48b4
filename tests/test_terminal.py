"""The program on a real pseudo-terminal, as a person sees it."""

from __future__ import annotations

import json
import math
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.runtime import SANDBOX_KEY
from openclaw_fal.sandbox import Sandbox
from tests.conftest import FalClock

if TYPE_CHECKING:
    from collections.abc import Iterator

termios = pytest.importorskip("termios", reason="no pseudo-terminals")
pyte = pytest.importorskip("pyte")

ROOT = Path(__file__).parent.parent
MODEL = "fal/bytedance/seedance-2.0/fast/text-to-video"
VIDEO = ("video", "generate", "--prompt", "waves at dusk", "--model", MODEL, "--duration", "5", "--resolution", "720P")


class Terminal:
    """One run of the program with a terminal of 80 by 24, and every picture that the terminal showed."""

    def __init__(self, *arguments: str, piped: bool = False) -> None:
        self._screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self._screen)
        self.pictures: list[str] = []
        self._mine, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (24, 80))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "openclaw_fal", *arguments],
            stdin=theirs,
            stdout=subprocess.PIPE if piped else theirs,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            start_new_session=True,
        )
        os.close(theirs)

    def read_until(self, pattern: str | None) -> None:
        """Read until the terminal shows something, or with ``None`` to the end."""
        deadline = time.monotonic() + 100
        while not pattern or not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"{pattern} never came; the terminal shows\n{self.text}"
            if not select.select([self._mine], [], [], 1)[0]:
                continue
            try:
                data = os.read(self._mine, 65536)
            except OSError:  # on Linux: the other end is closed
                data = b""
            if not data:
                assert pattern is None, f"ended without {pattern}; the terminal shows\n{self.text}"
                return
            for part in re.split(rb"(?<=\x1b8)", data):  # a busy machine may read several pictures at once
                self._stream.feed(part)
                self.pictures.append(self.text)

    def type(self, text: str) -> None:
        os.write(self._mine, text.encode())

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Return the exit status and what went into the pipe."""
        self.read_until(None)
        out, _ = self._process.communicate(timeout=60)
        os.close(self._mine)
        return self._process.returncode, (out or b"").decode()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def cursor_is_hidden(self) -> bool:
        return bool(self._screen.cursor.hidden)

    def showed(self, pattern: str) -> bool:
        return any(re.search(pattern, picture) for picture in self.pictures)


class Terminals:
    """Starts programs, and ends those that a failed test leaves behind."""

    def __init__(self) -> None:
        self._open: list[Terminal] = []

    def start(self, *arguments: str, piped: bool = False) -> Terminal:
        self._open.append(Terminal(*arguments, piped=piped))
        return self._open[-1]

    def close(self) -> None:
        for terminal in self._open:
            terminal.close()


@pytest.fixture
def terminals() -> Iterator[Terminals]:
    opened = Terminals()
    yield opened
    opened.close()


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Iterator[FalClock]:
    """Let the time of fal stand still, so that a job stays as it is until the terminal has shown it."""
    clock = FalClock(step_s=0.0)
    with Sandbox(clock=clock) as sandbox:
        monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", sandbox.url)
        monkeypatch.setenv("FAL_KEY", SANDBOX_KEY)
        yield clock


def watch(terminal: Terminal, clock: FalClock) -> None:
    """See a video queued and running, and let its time go on."""
    for pattern, seconds in (
        (r"queued, 2 ahead · \d:\d\d", 0.3),
        (r"queued, 1 ahead", 0.27),
        (r"queued, next in line", 0.3),
        (r"running · \d:\d\d", 1.0),
        (r"running .* \d+%\n\s+denoising \d+%", 0.0),
    ):
        terminal.read_until(pattern)
        clock.skip(seconds)
    clock.step_s = math.inf


def test_a_queued_video_is_shown_from_the_queue_to_its_path(terminals: Terminals, standing: FalClock) -> None:
    terminal = terminals.start(*VIDEO)
    watch(terminal, standing)
    code, _ = terminal.end()
    assert code == 0, terminal.text
    assert terminal.showed(r"seedance-2\.0/fast/text-to-video  task \w{10}\n")
    (video,) = Path.cwd().glob("video-*.mp4")
    assert video.read_bytes()[4:8] == b"ftyp"
    # What stays: the result alone. A long path goes over two lines.
    assert str(video) in "".join(line.strip() for line in terminal.text.splitlines())
    assert not re.search(r"ahead|running ·|denoising", terminal.text)
    assert not terminal.cursor_is_hidden


def test_a_pipe_gets_clean_json_while_the_terminal_shows_progress(terminals: Terminals, standing: FalClock) -> None:
    terminal = terminals.start(*VIDEO, "--json", piped=True)
    watch(terminal, standing)
    code, out = terminal.end()
    assert code == 0, terminal.text
    document = json.loads(out)
    assert document["sandbox"] is True
    assert document["outputs"][0]["mimeType"] == "video/mp4"
    assert out.count("\n") == len(json.dumps(document, indent=2).splitlines())
    assert "\x1b" not in out


def test_a_pipe_without_json_gets_only_openclaws_lines(terminals: Terminals) -> None:
    terminal = terminals.start("--sandbox", "image", "generate", "--prompt", "a red fox", piped=True)
    code, out = terminal.end()
    assert code == 0, terminal.text
    *lines, path = out.splitlines()
    assert lines == ["image.generate via local", "provider: fal", "model: fal-ai/flux/dev", "outputs: 1"]
    assert Path(path).is_file()


def test_ctrl_c_restores_the_terminal_and_shows_how_to_continue(terminals: Terminals) -> None:
    terminal = terminals.start("--sandbox", *VIDEO)
    terminal.read_until(r"running ·")
    terminal.send_signal(signal.SIGINT)
    code, _ = terminal.end()
    assert code == 130
    shown = " ".join(terminal.text.split())
    task = re.search(r"openclaw-fal tasks wait (\w{10})", shown)
    assert task, shown
    assert "keeps running" in shown
    assert "Traceback" not in shown
    assert not terminal.cursor_is_hidden

    resumed = terminals.start("tasks", "wait", task[1])
    code, _ = resumed.end()
    assert code == 0, resumed.text
    assert list(Path.cwd().glob("video-*.mp4"))


def test_enter_while_a_job_runs_leaves_no_lines_behind(terminals: Terminals) -> None:
    terminal = terminals.start("--sandbox", *VIDEO)
    terminal.read_until(r"running ·")
    terminal.type("\n\nls")
    code, _ = terminal.end()
    assert code == 0, terminal.text
    assert [picture for picture in terminal.pictures if picture.count("seedance-2.0") > 1] == []
    assert not re.search(r"running ·|ls", terminal.text)


def test_a_key_that_is_typed_is_not_shown(
    terminals: Terminals, fal: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = os.environ["FAL_KEY"]
    monkeypatch.delenv("FAL_KEY")
    terminal = terminals.start("onboard", "--auth-choice", "fal-api-key")
    terminal.read_until(r"fal API key")
    terminal.type(f"{key}\n")
    code, _ = terminal.end()
    assert code == 0, terminal.text
    assert not terminal.showed(re.escape(key[4:-4]))
    assert any(path.is_file() and key.encode() in path.read_bytes() for path in home.rglob("*"))
    assert fal.requests


def shape(line: str) -> str:
    """Leave out of a line what differs from run to run: ids, numbers, folders, how far the bar is."""
    line = re.sub(r"/\S*/", "/", line)
    line = re.sub(r"\btask \w{10}\b", "task ID", line)
    line = re.sub(r"\((?:ran|queued) .*fetched", "(fetched", line)  # how long each part took, if it took long
    line = re.sub(r"(fetched [\d.]+ \w+) in [\d.]+s", r"\1", line)
    line = re.sub(r"[\u2800-\u28ff]", "*", line)
    return re.sub(r"[━╸─]+", "━", re.sub(r"\d[\d.]*", "0", line)).strip()


def readme_screens() -> list[str]:
    """Return what the README shows of a terminal, the commands included."""
    text = (ROOT / "README.md").read_text().partition("## Any model")[0]
    return re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_a_terminal_shows_what_the_readme_says(terminals: Terminals) -> None:
    live, left = readme_screens()
    command, *lines = live.splitlines()
    terminal = terminals.start(*shlex.split(command)[2:])
    code, _ = terminal.end()
    assert code == 0, terminal.text
    shown = {shape(line) for picture in terminal.pictures for line in picture.splitlines()}
    assert {shape(line) for line in lines} <= shown
    ended = re.sub(r"\n(?=\S)", "", terminal.text)  # a long path goes over two lines
    assert {shape(line) for line in left.splitlines()} <= {shape(line) for line in ended.splitlines()} | shown


IN_A_PIPE = """\
fal-ai/flux/dev: waiting for the answer (task 8w2nq4tz6p)
fal-ai/flux/dev: saved /home/me/fox.png (1024x768, 17.6 kB)
fal-ai/flux/dev: done in 0.0s (fetched 17.6 kB)
image.generate via local
provider: fal
model: fal-ai/flux/dev
outputs: 1
/home/me/fox.png
"""


def test_a_pipe_gets_the_result_alone_and_plain_lines_on_stderr() -> None:
    arguments = ["--sandbox", "image", "generate", "--prompt", "a red fox", "--output", "fox.png"]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "openclaw_fal", *arguments], capture_output=True, text=True, env=environ, check=True
    )
    shown = ended.stderr.splitlines() + ended.stdout.splitlines()
    assert [shape(line) for line in shown] == [shape(line) for line in IN_A_PIPE.splitlines()]


# --- a long list -------------------------------------------------------------------------------


def pager(folder: Path) -> str:
    """Return the command of a pager that keeps what it gets."""
    program = folder / "pager.py"
    program.write_text("import sys; open(sys.argv[1], 'w').write(sys.stdin.read()); print('paged')")
    return shlex.join([sys.executable, str(program), str(folder / "paged.txt")])


@pytest.mark.usefixtures("fal")
def test_a_list_that_is_longer_than_the_screen_is_shown_in_the_pager(
    terminals: Terminals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", pager(tmp_path))
    terminal = terminals.start("models", "list")
    assert terminal.end()[0] == 0
    assert terminal.text.strip() == "paged"
    paged = (tmp_path / "paged.txt").read_text()
    assert "fal/fal-ai/flux/dev" in paged
    assert "models show REF" in paged


@pytest.mark.usefixtures("fal")
@pytest.mark.parametrize(
    ("arguments", "command"),
    [(("--no-pager",), None), (("--limit", "3"), None), ((), ""), ((), "/does/not/exist"), (("--json",), None)],
)
def test_other_lists_are_printed(
    terminals: Terminals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    command: str | None,
) -> None:
    monkeypatch.setenv("PAGER", pager(tmp_path) if command is None else command)
    terminal = terminals.start("models", "list", *arguments)
    assert terminal.end()[0] == 0
    assert not (tmp_path / "paged.txt").exists()
    assert "models show REF" in terminal.text or "--json" in arguments


@pytest.mark.usefixtures("fal")
def test_a_ci_job_with_a_terminal_has_no_pager(
    terminals: Terminals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", pager(tmp_path))
    monkeypatch.setenv("CI", "true")
    terminal = terminals.start("models", "list")
    assert terminal.end()[0] == 0
    assert "paged" not in terminal.text
    assert "models show REF" in terminal.text


@pytest.mark.usefixtures("fal")
@pytest.mark.needs("less")
def test_less_is_the_pager_and_ctrl_c_in_it_ends_nothing(terminals: Terminals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAGER", raising=False)
    monkeypatch.delenv("LESS", raising=False)
    terminal = terminals.start("models", "list")
    terminal.read_until("text-to-image")
    terminal.type("\x03")
    terminal.type("G")
    terminal.read_until("models show REF")
    terminal.type("q")
    assert terminal.end()[0] == 0
