"""The fixtures that the tests of this folder share; test modules take them with ``pytest_plugins = ("fal_desk",)``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest
from fal_servers import KEY, Proxy, Server

from openclaw_fal.core.fal_key import Key
from openclaw_fal.fal.client import FalClient
from openclaw_fal.fal.clock import Clock, Deadline
from openclaw_fal.fal.origins import Origins

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpx

    from openclaw_fal.sandbox import Sandbox

Value = TypeVar("Value")


class Desk:
    """A client and its clock. Sleeping takes no time, but is noted and moves the clock on.

    The rest of time passes ``speed`` times as fast as it does; at 0 only sleeping moves the clock.
    """

    def __init__(
        self, origins: Origins, key: str = KEY, transport: httpx.BaseTransport | None = None, speed: float = 1.0
    ) -> None:
        self._speed, self._began = speed, time.time()
        self.slept: list[float] = []
        self.told: list[str] = []
        self.events: list[Any] = []
        self.clock = Clock(lambda: self._began + self._passed(), self._passed, self._sleep)
        self.http = FalClient(origins, self.clock, lambda: Key(key, "a test"), self.told.append, transport)

    def _passed(self) -> float:
        return (time.time() - self._began) * self._speed + sum(self.slept)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def deadline(self, seconds: float = 60.0) -> Deadline:
        return self.clock.deadline(seconds)

    def do(self, work: Generator[Any, None, Value]) -> Value:
        """Run a generator to its end, keep what it yields in `events`, and return its value."""
        self.events = []
        while True:
            try:
                self.events.append(next(work))
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]


class OpenDesk(Protocol):
    def __call__(
        self, base_url: str | Origins, *, key: str = KEY, transport: Any = None, speed: float = 1.0
    ) -> Desk: ...


@pytest.fixture
def open_desk() -> Iterator[OpenDesk]:
    desks: list[Desk] = []

    def opened(base_url: str | Origins, *, key: str = KEY, transport: Any = None, speed: float = 1.0) -> Desk:
        origins = base_url if isinstance(base_url, Origins) else Origins.from_base_url(base_url)
        desks.append(Desk(origins, key, transport, speed))
        return desks[-1]

    yield opened
    for desk in desks:
        desk.http.close()


@pytest.fixture
def desk(fal: Sandbox, open_desk: OpenDesk) -> Desk:
    """A client of the sandbox."""
    return open_desk(fal.url)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()
    yield told
    told.close()


class OpenProxy(Protocol):
    def __call__(self, target: str, refusal: bytes = b"") -> Proxy: ...


@pytest.fixture
def open_proxy() -> Iterator[OpenProxy]:
    proxies: list[Proxy] = []

    def opened(target: str, refusal: bytes = b"") -> Proxy:
        proxies.append(Proxy(target, refusal))
        return proxies[-1]

    yield opened
    for proxy in proxies:
        proxy.close()
