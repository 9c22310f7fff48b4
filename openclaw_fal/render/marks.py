"""The few signs that are drawn, and what stands in for them where only ASCII can be shown."""

from __future__ import annotations

from typing import NamedTuple


class Marks(NamedTuple):
    done: str
    missing: str
    arrow: str
    dot: str
    times: str
    ellipsis: str
    bar: str
    bar_head: str
    bar_rest: str
    spinner: str


UNICODE = Marks(
    done="✓",
    missing="!",
    arrow="→",
    dot="·",
    times="×",
    ellipsis="…",
    bar="━",
    bar_head="╸",
    bar_rest="─",
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
)
ASCII = Marks(
    done="*",
    missing="!",
    arrow="->",
    dot="-",
    times="x",
    ellipsis="...",
    bar="=",
    bar_head=">",
    bar_rest="-",
    spinner="|/-\\",
)
EVERY_SIGN = "".join(getattr(UNICODE, name) for name in UNICODE._fields)
