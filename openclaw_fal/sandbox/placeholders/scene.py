"""What a placeholder shows: a label, and below it a landscape of colored blocks that comes from a key.

Colors are indices into a palette of at most 256, which each format converts once.
The first three belong to the label: ground, ink, faint ink.
"""

from __future__ import annotations

import colorsys
import hashlib
import math
import random
import unicodedata
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
_COLUMNS = bytes.fromhex(
    "0000000000 00005f0000 0007000700 147f147f14 242a7f2a12 2313086462 3649562050 0008070300"  # space ! " # $ % & '
    "001c224100 0041221c00 2a1c7f1c2a 08083e0808 0080703000 0808080808 0000606000 2010080402"  # ( ) * + , - . /
    "3e5149453e 00427f4000 7249494946 2141494d33 1814127f10 2745454539 3c4a494931 4121110907"  # 0 to 7
    "3649494936 464949291e 0000140000 0040340000 0008142241 1414141414 0041221408 0201590906"  # 8 9 : ; < = > ?
    "3e415d594e 7c1211127c 7f49494936 3e41414122 7f4141413e 7f49494941 7f09090901 3e41415173"  # @ and A to G
    "7f0808087f 00417f4100 2040413f01 7f08142241 7f40404040 7f021c027f 7f0408107f 3e4141413e"  # H to O
    "7f09090906 3e4151215e 7f09192946 2649494932 03017f0103 3f4040403f 1f2040201f 3f4038403f"  # P to W
    "6314081463 0304780403 6159494d43 007f414141 0204081020 004141417f 0402010204 4040404040"  # X Y Z [ \ ] ^ _
    "0003070800 2054547840 7f28444438 3844444428 384444287f 3854545418 00087e0902 18a4a49c78"  # ` and a to g
    "7f08040478 00447d4000 2040403d00 7f10284400 00417f4000 7c04780478 7c08040478 3844444438"  # h to o
    "fc18242418 18242418fc 7c08040408 4854545424 04043f4424 3c4040207c 1c2040201c 3c4030403c"  # p to w
    "4428102844 4c9090907c 4464544c44 0008364100 0000770000 0041360800 0201020402"  # x y z { | } ~
)
_GLYPH_WIDTH = 5
_GLYPH_HEIGHT = 8
_ADVANCE = _GLYPH_WIDTH + 1
_UNKNOWN = b"\x7f\x41\x41\x41\x7f"  # a box, for letters that the font lacks


def label(width: int, height: int, detail: str, prompt: str) -> list[bytes]:
    """Draw the strip on top with SANDBOX, the details and the prompt: rows of indices, a multiple of 16 of them."""
    scale = max(1, min(width, height * 2) // 360)
    head = _line("SANDBOX", scale * 2, INK, width)
    aside = _line(detail, scale, FAINT, max(0, width - (8 * _ADVANCE * 2 + 6) * scale))
    beside = [b""] * (len(head) - len(aside) - scale) + aside + [b""] * scale
    start = 7 * _ADVANCE * 2 * scale + 12 * scale
    top = [
        (left[:start] + right).ljust(width, bytes([GROUND]))[:width] for left, right in zip(head, beside, strict=True)
    ]
    text = _line(prompt, scale, INK, width - 8 * scale)
    rows = [_indent(row, 4 * scale, width) for row in [*top, *[b""] * (2 * scale), *text]]
    blank = bytes([GROUND]) * width
    spare = 4 * scale + -(len(rows) + 4 * scale) % 16
    strip = [blank] * (spare // 2) + rows + [blank] * (spare - spare // 2)
    return strip if len(strip) * 2 <= height else []


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


def _ridge(dice: random.Random, base: float, counts: tuple[int, int]) -> _Ridge:
    waves = ((dice.uniform(0.05, 0.1), counts[0], dice.random()), (dice.uniform(0.02, 0.05), counts[1], dice.random()))
    return _Ridge(base + dice.uniform(-0.04, 0.04), waves)


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


def _indent(row: bytes, by: int, width: int) -> bytes:
    return (bytes([GROUND]) * by + row).ljust(width, bytes([GROUND]))[:width]


def _line(text: str, scale: int, ink: int, width: int) -> list[bytes]:
    """Draw a line of text as rows of `width` pixels, one byte each: `ink` for letters, else 0."""
    columns = b"".join(_glyph(letter) + b"\0" for letter in _plain(text)[: width // (_ADVANCE * scale) + 1])
    rows = []
    for bit in range(_GLYPH_HEIGHT):
        row = b"".join((bytes([ink]) if column >> bit & 1 else b"\0") * scale for column in columns)
        rows += [row[:width].ljust(width, b"\0")] * scale
    return rows


def _plain(text: str) -> str:
    """Remove accents and extra white space, which the font can't show."""
    letters = unicodedata.normalize("NFKD", " ".join(text.split()))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _glyph(letter: str) -> bytes:
    place = ord(letter) - ord(" ")
    if not 0 <= place < len(_COLUMNS) // _GLYPH_WIDTH:
        return _UNKNOWN
    return _COLUMNS[place * _GLYPH_WIDTH : (place + 1) * _GLYPH_WIDTH]
