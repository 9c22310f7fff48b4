"""Pictures in the terminal: which way is chosen, and the exact bytes of each."""

from __future__ import annotations

import base64
import io
import random
import re
import zlib
from typing import Literal

import pytest

from openclaw_fal.core.pixels import Pixels
from openclaw_fal.render.screen import Screen
from openclaw_fal.render.terminal_picture import (
    Cells,
    Pictures,
    cells_of,
    half_blocks,
    iterm,
    kitty,
    protocol_for,
    sixel,
)

RED, GREEN, BLUE, WHITE = b"\xff\0\0", b"\0\xff\0", b"\0\0\xff", b"\xff\xff\xff"
TINY = Pixels(2, 3, RED + GREEN + BLUE + WHITE + RED + RED)


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({}, "blocks"),
        ({"TERM": "xterm-256color"}, "blocks"),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "mlterm"}, "sixel"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1"}, "blocks"),
        ({"TERM": "screen-256color", "TERM_PROGRAM": "iTerm.app"}, "blocks"),
        ({"TERM": "xterm-256color", "OPENCLAW_FAL_PREVIEW": "sixel"}, "sixel"),
        ({"TERM": "xterm-kitty", "OPENCLAW_FAL_PREVIEW": "blocks"}, "blocks"),
        ({"TERM": "xterm-kitty", "OPENCLAW_FAL_PREVIEW": "1"}, "kitty"),
    ],
)
def test_the_terminal_is_known_by_its_variables(environ: dict[str, str], protocol: str) -> None:
    assert protocol_for(environ) == protocol


def test_half_blocks_have_the_upper_color_in_front_and_the_lower_behind() -> None:
    assert half_blocks(TINY, "truecolor") == (
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[0m\x1b[38;2;0;255;0;48;2;255;255;255m▀\x1b[0m\n"
        "\x1b[38;2;255;0;0m▀\x1b[0m\x1b[38;2;255;0;0m▀\x1b[0m\n"
    )


@pytest.mark.parametrize(("system", "code"), [("256", "38;5;196"), ("standard", r"\[(?:1;)?\d\d;\d+m")])
def test_terminals_with_fewer_colors_get_the_closest(system: Literal["256", "standard"], code: str) -> None:
    # Colors of their own: rich keeps what a style became for the first console that drew it.
    reddish = Pixels(2, 2, b"\xfe\0" + bytes([len(system)]) + b"\0\xfe" + bytes([len(system)]) + WHITE + WHITE)
    shown = half_blocks(reddish, system)
    assert re.search(code, shown)
    assert "38;2;" not in shown


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "38;2;"),
        ({"TERM": "xterm"}, "38;5;"),  # what containers set
        ({"TERM": "linux"}, r"\[(?:1;)?\d\d;\d+m"),
    ],
)
def test_the_number_of_colors_is_known_by_the_variables(environ: dict[str, str], code: str) -> None:
    stdout = io.StringIO()
    screen = Screen(io.StringIO(), stdout, io.StringIO(), stdout_color=True, columns=80)
    # A color of its own: rich keeps what a style became for the first console that drew it.
    color = bytes([sum(code.encode()) % 256, 250, 7])
    assert Pictures(screen, environ, lambda *_: Pixels(1, 2, color * 2)).show("x.png", lambda: b"", "image/png")
    assert re.search(code, stdout.getvalue())


def test_kitty_gets_compressed_pixels_with_both_sizes_in_chunks() -> None:
    assert kitty(TINY, Cells(80, 24)) == (
        f"\x1b_Ga=T,q=2,f=24,o=z,s=2,v=3,c=1,r=1,m=0;{base64.b64encode(zlib.compress(TINY.rgb)).decode()}\x1b\\\n"
    )
    noise = random.Random(1).randbytes(3 * 200 * 100)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", kitty(Pixels(200, 100, noise), Cells(80, 24)))
    assert len(parts) > 1
    assert parts[0][0].startswith("a=T,q=2,f=24,o=z,s=200,v=100,c=20,r=5,")
    assert [keys.rpartition(",")[2] for keys, _ in parts] == ["m=1"] * (len(parts) - 1) + ["m=0"]
    assert max(len(data) for _, data in parts) <= 4096
    assert zlib.decompress(base64.b64decode("".join(data for _, data in parts))) == noise


def test_a_picture_keeps_its_shape_in_cells() -> None:
    assert cells_of(Pixels(640, 480, b""), Cells(80, 24)) == Cells(64, 24)
    assert cells_of(Pixels(800, 80, b""), Cells(40, 24)) == Cells(40, 2)


def test_iterm_gets_the_file_as_it_is() -> None:
    assert iterm(b"picture", Cells(80, 24)) == (
        "\x1b]1337;File=inline=1;size=7;width=80;height=24;preserveAspectRatio=1:cGljdHVyZQ==\x07\n"
    )


def decoded(sixels: str) -> Pixels:
    """Draw Sixels, as a terminal does."""
    size = re.match(r'\x1bPq"1;1;(\d+);(\d+)', sixels)
    assert size
    width, height = int(size[1]), int(size[2])
    colors = {
        int(n): tuple(round(int(v) * 2.55) for v in rgb)
        for n, *rgb in re.findall(r"#(\d+);2;(\d+);(\d+);(\d+)", sixels)
    }
    canvas = bytearray(3 * width * height)
    bands = re.sub(r"#\d+;2;\d+;\d+;\d+", "", sixels[size.end() : sixels.index("\x1b\\")]).rstrip("-").split("-")
    for number, band in enumerate(bands):
        for color, line in re.findall(r"#(\d+)([^$#]*)", band):
            signs = re.sub(r"!(\d+)(.)", lambda run: run[2] * int(run[1]), line)
            for x, sign in enumerate(signs):
                for bit in range(6):
                    if (ord(sign) - 63) >> bit & 1:
                        at = 3 * ((6 * number + bit) * width + x)
                        canvas[at : at + 3] = bytes(colors[int(color)])
    return Pixels(width, height, bytes(canvas))


def test_sixels_draw_the_picture() -> None:
    assert decoded(sixel(TINY)) == TINY
    wide = Pixels(30, 14, (RED * 29 + BLUE) * 7 + (WHITE * 30) * 7)
    assert decoded(sixel(wide)) == wide
    assert "!29" in sixel(wide)
