"""Pictures in the terminal: as kitty, iTerm2 and Sixel terminals take them, else in half blocks.

The terminal is recognized by its variables. Asking it would take time where it does not answer, and swallow what the
user types ahead.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import TYPE_CHECKING, Literal

from openclaw_fal.core.pixels import Pixels, fitting
from openclaw_fal.core.records import Record
from openclaw_fal.render.screen import is_multiplexer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from openclaw_fal.render.screen import Screen

Protocol = Literal["kitty", "iterm", "sixel", "blocks"]
PROTOCOLS: tuple[Protocol, ...] = ("kitty", "iterm", "sixel", "blocks")
VARIABLE = "OPENCLAW_FAL_PREVIEW"

# Pixels of one cell, approximately: terminals differ, and the size of the picture is stated in cells where that counts.
CELL_WIDTH, CELL_HEIGHT = 10, 20
MAX_COLUMNS, MAX_ROWS = 80, 24
_KITTY_CHUNK = 4096


class Cells(Record):
    columns: int
    rows: int


def protocol_for(environ: Mapping[str, str]) -> Protocol:
    """Return what the terminal understands; the variable may name it."""
    chosen = environ.get(VARIABLE, "").lower()
    if chosen in PROTOCOLS:
        return next(each for each in PROTOCOLS if each == chosen)
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if is_multiplexer(environ):
        return "blocks"
    if environ.get("KITTY_WINDOW_ID") or "kitty" in term or "ghostty" in (term + program).lower():
        return "kitty"
    if program in ("iTerm.app", "WezTerm", "mintty") or environ.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    if re.match(r"(foot|mlterm|yaft|contour)", term) or "sixel" in term:
        return "sixel"
    return "blocks"


class Pictures:
    """Shows pictures on standard output.

    ``read`` returns a picture's pixels, scaled to fit a width and a height, or ``None`` if nothing can read it.
    """

    def __init__(
        self, screen: Screen, environ: Mapping[str, str], read: Callable[[str, int, int], Pixels | None]
    ) -> None:
        self._screen = screen
        self._protocol = protocol_for(environ)
        self._color_system = _color_system(environ)
        self._read = read

    def show(self, path: str, content: Callable[[], bytes], mime_type: str | None) -> bool:
        """Show the file at ``path``, which has this ``content``; return whether it could be shown."""
        room = Cells(min(self._screen.width - 2, MAX_COLUMNS), max(min(self._screen.size.lines - 4, MAX_ROWS), 4))
        if self._protocol == "iterm" and (mime_type or "").startswith("image/"):
            return self._write(iterm(content(), room))
        if self._protocol == "blocks":
            pixels = self._read(path, room.columns, room.rows * 2)
            return pixels is not None and self._write(half_blocks(pixels, self._color_system))
        pixels = self._read(path, room.columns * CELL_WIDTH, room.rows * CELL_HEIGHT)
        if pixels is None:
            return False
        match self._protocol:
            case "kitty":
                return self._write(kitty(pixels, room))
            case "iterm":
                return self._write(iterm(pixels.as_png(), room))
            case "sixel":
                return self._write(sixel(pixels))

    def _write(self, text: str) -> bool:
        self._screen.write_stdout(text)
        return True


def cells_of(pixels: Pixels, room: Cells) -> Cells:
    """Return how many columns and rows a picture takes: both, because kitty stretches it to what it is given."""
    width, height = fitting(pixels.width, pixels.height, room.columns * CELL_WIDTH, room.rows * CELL_HEIGHT)
    return Cells(max(round(width / CELL_WIDTH), 1), max(round(height / CELL_HEIGHT), 1))


def kitty(pixels: Pixels, room: Cells) -> str:
    """Return a picture in kitty's graphics protocol, in chunks, as compressed pixels; q=2 keeps kitty silent."""
    cells = cells_of(pixels, room)
    data = base64.b64encode(zlib.compress(pixels.rgb)).decode()
    chunks = [data[start : start + _KITTY_CHUNK] for start in range(0, len(data), _KITTY_CHUNK)]
    shape = f"a=T,q=2,f=24,o=z,s={pixels.width},v={pixels.height},c={cells.columns},r={cells.rows}"
    parts = []
    for number, chunk in enumerate(chunks):
        keys = [shape] if number == 0 else ["q=2"]
        keys.append(f"m={int(number < len(chunks) - 1)}")
        parts.append(f"\x1b_G{','.join(keys)};{chunk}\x1b\\")
    return "".join(parts) + "\n"


def iterm(content: bytes, room: Cells) -> str:
    """Return an image file as iTerm2 and WezTerm take it; they read the formats themselves."""
    data = base64.b64encode(content).decode()
    size = f"width={room.columns};height={room.rows};preserveAspectRatio=1"
    return f"\x1b]1337;File=inline=1;size={len(content)};{size}:{data}\x07\n"


def half_blocks(pixels: Pixels, color_system: Literal["truecolor", "256", "standard"]) -> str:
    """Return a picture with two pixels in a cell: the upper is the color of the block, the lower that behind it."""
    import io  # noqa: PLC0415 - needed for previews only

    from rich.color import Color  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.style import Style  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=io.StringIO(), force_terminal=True, color_system=color_system, width=pixels.width + 1)
    with console.capture() as captured:
        for y in range(0, pixels.height, 2):
            upper, lower = pixels.row(y), pixels.row(y + 1)
            line = Text()
            for x in range(0, 3 * pixels.width, 3):
                top = Color.from_rgb(*upper[x : x + 3])
                bottom = Color.from_rgb(*lower[x : x + 3]) if lower else None
                line.append("▀", Style(color=top, bgcolor=bottom))
            console.print(line, soft_wrap=True)
    return captured.get()


def sixel(pixels: Pixels) -> str:
    """Return a picture as Sixels: bands of six rows, and in each band a line for every color that occurs."""
    parts = [f'\x1bPq"1;1;{pixels.width};{pixels.height}']
    parts += [
        f"#{number};2;{red * 20};{green * 20};{blue * 20}"
        for number, (red, green, blue) in enumerate((r, g, b) for r in range(6) for g in range(6) for b in range(6))
    ]
    for top in range(0, pixels.height, 6):
        rows = [pixels.row(y) for y in range(top, min(top + 6, pixels.height))]
        parts.append("$".join(f"#{color}{line}" for color, line in _sixel_lines(rows)) + "-")
    return "".join(parts) + "\x1b\\\n"


def _sixel_lines(rows: list[bytes]) -> Iterator[tuple[int, str]]:
    width = len(rows[0]) // 3
    columns: dict[int, bytearray] = {}
    for bit, row in enumerate(rows):
        for x in range(width):
            red, green, blue = row[3 * x : 3 * x + 3]
            color = (red + 25) // 51 * 36 + (green + 25) // 51 * 6 + (blue + 25) // 51
            columns.setdefault(color, bytearray(width))[x] |= 1 << bit
    for color, bits in columns.items():
        signs = "".join(chr(63 + each) for each in bits)
        yield color, re.sub(r"(.)\1{3,}", lambda run: f"!{len(run[0])}{run[1]}", signs)


def _color_system(environ: Mapping[str, str]) -> Literal["truecolor", "256", "standard"]:
    term = environ.get("TERM", "")
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or "direct" in term:
        return "truecolor"
    return "standard" if re.match(r"linux|ansi|vt\d|cygwin|.*-16color", term) else "256"
