"""What the sandbox's tests share: keys, a sandbox of their own, a client for it, and a clock that stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from openclaw_fal.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = {"authorization": "Key id:secret"}
ADMIN = {"authorization": "Key admin:secret"}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fal() -> Iterator[Sandbox]:
    with Sandbox(speed=50) as sandbox:
        yield sandbox


@pytest.fixture
def http(fal: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=fal.url, timeout=60, verify=False) as client:
        yield client
