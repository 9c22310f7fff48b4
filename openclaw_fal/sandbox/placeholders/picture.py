"""A placeholder picture before it is encoded: a palette and rows of palette indices, many of them repeated."""

from __future__ import annotations

from dataclasses import dataclass

from . import font
from .scene import FAINT, GROUND, INK, Color, Scene

_CELLS_ALONG = 64  # blocks along the longer edge
_TILE = 8  # blocks are multiples of it, in pixels


@dataclass(frozen=True)
class Picture:
    """`runs` are pairs from top to bottom: a row of palette indices, and how often it repeats."""

    width: int
    height: int
    palette: list[Color]
    runs: list[tuple[bytes, int]]


def label(width: int, height: int, detail: str, prompt: str) -> list[bytes]:
    """Draw the strip on top with SANDBOX, the details and the prompt: rows of indices, a multiple of 16 of them."""
    scale = max(1, min(width, height * 2) // 360)
    head = font.line("SANDBOX", scale * 2, INK, width)
    aside = font.line(detail, scale, FAINT, max(0, width - (8 * font.ADVANCE * 2 + 6) * scale))
    beside = [b""] * (len(head) - len(aside) - scale) + aside + [b""] * scale
    start = 7 * font.ADVANCE * 2 * scale + 12 * scale
    top = [
        (left[:start] + right).ljust(width, bytes([GROUND]))[:width] for left, right in zip(head, beside, strict=True)
    ]
    text = font.line(prompt, scale, INK, width - 8 * scale)
    rows = [_indent(row, 4 * scale, width) for row in [*top, *[b""] * (2 * scale), *text]]
    blank = bytes([GROUND]) * width
    spare = 4 * scale + -(len(rows) + 4 * scale) % 16
    strip = [blank] * (spare // 2) + rows + [blank] * (spare - spare // 2)
    return strip if len(strip) * 2 <= height else []


def _indent(row: bytes, by: int, width: int) -> bytes:
    return (bytes([GROUND]) * by + row).ljust(width, bytes([GROUND]))[:width]


def paint(key: str, width: int, height: int, detail: str, prompt: str) -> Picture:
    """Paint the placeholder for one key at an exact size."""
    strip = label(width, height, detail, prompt)
    cell = max(_TILE, round(max(width, height) / _CELLS_ALONG / _TILE) * _TILE)
    rest = height - len(strip)
    scene = Scene(key, -(-width // cell), -(-rest // cell))
    runs = _squeezed(strip)
    for number, row in enumerate(zip(*scene.at(0.0), strict=True)):
        pixels = b"".join(bytes([index]) * cell for index in row)[:width]
        runs.append((pixels, min(cell, rest - number * cell)))
    return Picture(width, height, scene.palette, runs)


def _squeezed(rows: list[bytes]) -> list[tuple[bytes, int]]:
    runs: list[tuple[bytes, int]] = []
    for row in rows:
        if runs and runs[-1][0] == row:
            runs[-1] = (row, runs[-1][1] + 1)
        else:
            runs.append((row, 1))
    return runs
