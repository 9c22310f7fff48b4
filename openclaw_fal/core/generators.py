"""Work is a generator: it yields what happens and returns its result. These pass both on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    Item = TypeVar("Item")
    Event = TypeVar("Event")
    Result = TypeVar("Result")


def translate(
    work: Generator[Item, None, Result], events_of: Callable[[Item], Iterable[Event]]
) -> Generator[Event, None, Result]:
    """Do the work, yield the events of each item that it yields, and return its result."""
    while True:
        try:
            item = next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        yield from events_of(item)


def result_of(work: Generator[object, None, Result]) -> Result:
    """Do the work and return its result; what it yields is ignored."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
