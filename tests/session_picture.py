"""The picture at the top of the README: a real session in the sandbox, drawn by rich.

python tests/session_picture.py       runs the session and writes the picture
"""

from __future__ import annotations

import io
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = Path(__file__).parent.parent / "openclaw_fal" / "render" / "templates" / "session.svg"
COLUMNS, ROWS, HOME = 80, 15, "/home/me"
COMMANDS = (
    'openclaw-fal --sandbox image generate "a red fox in snow" -o fox.png --preview',
    'openclaw-fal --sandbox video generate -i fox.png "it turns its head" -o f.mp4',
    "openclaw-fal tasks list",
)


def run(command: str, folder: str) -> str:
    """Run a command on a terminal, and return everything that it wrote there."""
    environ = {"HOME": folder, "PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    _name, *arguments = shlex.split(command)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "openclaw_fal", *arguments],
        cwd=folder,
        env=environ | {"PYTHONPATH": str(PICTURE.parents[3]), "LANG": "C.UTF-8"},
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    if child.exitstatus:
        raise RuntimeError(f"{command}: {child.before}")
    return str(child.before)


def session() -> list[Text]:
    """Return the lines of a terminal after the session."""
    screen = pyte.Screen(COLUMNS, 70)
    stream = pyte.Stream(screen)
    with tempfile.TemporaryDirectory() as folder:
        for command in COMMANDS:
            stream.feed(f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m\r\n")
            stream.feed(run(command, folder).replace(folder, HOME))
    lines = [_line(screen.buffer[y]) for y in range(screen.cursor.y + 1)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return lines


def _line(cells: Any) -> Text:
    line = Text()
    for x in range(COLUMNS):
        cell = cells[x]
        line.append(
            cell.data,
            Style(color=_color(cell.fg), bgcolor=_color(cell.bg), bold=cell.bold),
        )
    line.rstrip()
    return line


def _color(name: str) -> str | None:
    if name == "default":
        return None
    return f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else {"brown": "yellow"}.get(name, name)


def draw() -> str:
    """Return the session as SVG, without the addresses of fonts: it needs no network."""
    console = Console(record=True, file=io.StringIO(), width=COLUMNS + 1, force_terminal=True, color_system="truecolor")
    for line in session():
        console.print(line, soft_wrap=True)
    svg = console.export_svg(title="openclaw-fal", theme=MONOKAI, unique_id="session")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    PICTURE.write_text(draw())
