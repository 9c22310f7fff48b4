"""Several pieces of work in parallel, in threads, as one generator."""

from __future__ import annotations

import threading
from contextlib import closing
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Item = TypeVar("Item")

# Python runs signal handlers in the main thread, which is not woken if the system gave the signal to another one.
_WAKE_UP_S = 0.2
_END_TIMEOUT_S = 0.5  # for work that is closed: it may wait for the network


def in_parallel(
    next_work: Callable[[], Generator[Item, None, None] | None], at_once: int
) -> Generator[Item, None, None]:
    """Run pieces of work in ``at_once`` threads and yield their items as they come.

    ``next_work`` returns ``None`` when there is no work left; one thread at a time calls it. An exception in any of
    them is raised here. When this generator is closed, each of them is closed at its next item.
    """
    works = _SharedState(next_work)
    threads = [threading.Thread(target=works.run, daemon=True) for _ in range(at_once)]
    try:
        for thread in threads:
            thread.start()
        running = at_once
        while running:
            item = works.next_item()
            if not isinstance(item, _Ended):
                yield item
            elif item.error:
                raise item.error
            else:
                running -= 1
    finally:
        works.is_closed.set()
        for thread in threads:
            if thread.ident:
                thread.join(_END_TIMEOUT_S)


class _Ended(Record):
    error: BaseException | None = None


class _SharedState(Generic[Item]):
    """What the threads share."""

    def __init__(self, next_work: Callable[[], Generator[Item, None, None] | None]) -> None:
        self.is_closed = threading.Event()
        self._items: SimpleQueue[Item | _Ended] = SimpleQueue()
        self._next_work = next_work
        self._taking = threading.Lock()

    def next_item(self) -> Item | _Ended:
        while True:
            try:
                return self._items.get(timeout=_WAKE_UP_S)
            except Empty:
                continue

    def run(self) -> None:
        try:
            while work := self._take():
                self._do(work)
        except BaseException as error:  # noqa: BLE001 - raised by the generator
            self._items.put(_Ended(error))
        else:
            self._items.put(_Ended())

    def _take(self) -> Generator[Item, None, None] | None:
        with self._taking:
            return None if self.is_closed.is_set() else self._next_work()

    def _do(self, work: Generator[Item, None, None]) -> None:
        with closing(work):
            for item in work:
                self._items.put(item)
                if self.is_closed.is_set():
                    break
