"""What a placeholder shows: a landscape of colored blocks, whose hills, sun and colors come from a key.

Colors are indices into a palette of at most 256, which each format converts once.
The first three belong to the label: ground, ink, faint ink.
"""

from __future__ import annotations

import colorsys
import hashlib
import math
import random
from dataclasses import dataclass
from functools import cache
from operator import add

Color = tuple[int, int, int]

GROUND, INK, FAINT = 0, 1, 2
_LABEL: list[Color] = [(22, 22, 28), (255, 255, 255), (170, 174, 190)]
_SKY_SHADES = 64
_HILL_SHADES = 16
_SKY = len(_LABEL)
_FAR = _SKY + _SKY_SHADES
_NEAR = _FAR + _HILL_SHADES
_SUN = _NEAR + _HILL_SHADES
_GRAIN = 256  # steps that a block may be lighter or darker: a byte
_STEPS_PER_SHADE = 106
_SKY_STEPS = round(1.25 * (_SKY_SHADES - 1) * _STEPS_PER_SHADE)  # the hills hide the last fifth
_SHADES = {first: bytes(first + step // 2 for step in range(2 * _HILL_SHADES)) for first in (_FAR, _NEAR)}


def flat_color(key: str) -> Color:
    """Return the one color of a flat placeholder."""
    red, green, blue = hashlib.sha256(key.encode()).digest()[:3]
    return red, green, blue


@dataclass(frozen=True)
class _Ridge:
    """A line of hills: two waves over the width of the picture, which move through it once in a cycle."""

    base: float
    waves: tuple[tuple[float, int, float], ...]

    def height(self, across: float, phase: float) -> float:
        height = self.base
        for size, count, start in self.waves:
            height += size * math.sin(math.tau * (count * across + start + phase))
        return height


class Scene:
    """A landscape of `columns` by `rows` blocks. The same key gives the same landscape on every machine."""

    def __init__(self, key: str, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        # random.Random gives the same numbers everywhere for the same integer.
        dice = random.Random(int.from_bytes(hashlib.sha256(key.encode()).digest()))  # noqa: S311
        self.palette = _LABEL + _colors(dice)
        self._far = _ridge(dice, 0.62, (1, 2))
        self._near = _ridge(dice, 0.8, (1, 3))
        self._sun = (dice.uniform(0.25, 0.75), dice.uniform(0.22, 0.4), dice.uniform(0.07, 0.13))
        starts = [round(_SKY_STEPS * row / max(1, rows - 1)) for row in range(rows)]
        self._skies = [self._sky(starts, dice.randbytes(rows)) for _ in range(columns)]

    def _sky(self, starts: list[int], grain: bytes) -> bytes:
        """Return a column of the sky: its shades from the top to below the horizon, a bit lighter or darker."""
        return bytes(map(_sky_shades().__getitem__, map(add, starts, grain)))

    def at(self, phase: float) -> list[bytes]:
        """Return the blocks at one moment of the cycle, 0 to 1, column by column."""
        shown = [self._column(number, phase) for number in range(self.columns)]
        self._rise(shown, phase)
        return [bytes(column) for column in shown]

    def _column(self, number: int, phase: float) -> bytearray:
        across = (number + 0.5) / self.columns
        far = min(self.rows, max(0, round(self._far.height(across, phase) * self.rows)))
        near = min(self.rows, max(far, round(self._near.height(across, phase) * self.rows)))
        return bytearray(self._skies[number][:far] + _slope(_FAR, near - far) + _slope(_NEAR, self.rows - near))

    def _rise(self, shown: list[bytearray], phase: float) -> None:
        """Draw the sun into the sky, behind the hills."""
        across, down, size = self._sun
        radius = max(1.2, size * min(self.columns, self.rows))
        middle_x = _halves((across + 0.12 * math.cos(math.tau * phase)) * self.columns)
        middle_y = _halves((down + 0.06 * math.sin(math.tau * phase)) * self.rows)
        for x in range(max(0, int(middle_x - radius)), min(self.columns, int(middle_x + radius) + 1)):
            for y in range(max(0, int(middle_y - radius)), min(self.rows, int(middle_y + radius) + 1)):
                inside = math.hypot(x + 0.5 - middle_x, y + 0.5 - middle_y) <= radius
                if inside and shown[x][y] < _FAR:
                    shown[x][y] = _SUN


@cache
def _sky_shades() -> bytes:
    """Return the color for each step from the top of the sky to below the horizon, with the grain of a byte beyond."""
    last = _SKY_SHADES - 1
    shades = (round((step - _GRAIN / 2) / _STEPS_PER_SHADE) for step in range(_SKY_STEPS + _GRAIN))
    return bytes(_SKY + min(last, max(0, shade)) for shade in shades)


def _halves(place: float) -> float:
    """Round to half a block, so that a disc around it is symmetric."""
    return round(place * 2) / 2


def _slope(first: int, length: int) -> bytes:
    """Return a column of a hill: two blocks of each shade from the top, the rest in the last one."""
    return _SHADES[first][:length].ljust(length, _SHADES[first][-1:])


def _ridge(dice: random.Random, base: float, counts: tuple[int, int]) -> _Ridge:
    waves = ((dice.uniform(0.05, 0.1), counts[0], dice.random()), (dice.uniform(0.02, 0.05), counts[1], dice.random()))
    return _Ridge(base + dice.uniform(-0.04, 0.04), waves)


def _colors(dice: random.Random) -> list[Color]:
    """Choose the colors of the sky from top to horizon, the far and near hills and the sun."""
    hue = dice.random()
    warm = (hue + dice.uniform(0.35, 0.6)) % 1
    sky = _blend((hue, 0.62, 0.5), (warm, 0.35, 0.98), _SKY_SHADES)
    far = _blend((hue, 0.4, 0.52), (hue, 0.5, 0.34), _HILL_SHADES)
    near = _blend(((hue + 0.08) % 1, 0.55, 0.33), ((hue + 0.08) % 1, 0.6, 0.14), _HILL_SHADES)
    return [*sky, *far, *near, _rgb(warm, 0.18, 1.0)]


def _blend(start: tuple[float, float, float], end: tuple[float, float, float], steps: int) -> list[Color]:
    first, last = _rgb(*start), _rgb(*end)
    shares = [step / (steps - 1) for step in range(steps)]
    return [
        (_between(first[0], last[0], share), _between(first[1], last[1], share), _between(first[2], last[2], share))
        for share in shares
    ]


def _between(low: int, high: int, share: float) -> int:
    return round(low + (high - low) * share)


def _rgb(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
