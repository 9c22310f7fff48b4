"""What every viewer does: pull the events, for work happens only while somebody does, and keep the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from openclaw_fal.core.tasks import Finished, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.core.results import Envelope
    from openclaw_fal.core.tasks import Event
    from openclaw_fal.render.messages import Messages


class Progress(Protocol):
    def follow(self, events: Iterator[Event]) -> Envelope:
        """Show the events as they come and return the answer that the last one carries."""


def pull(events: Iterator[Event], show: Callable[[Event], None]) -> Envelope:
    answer = None
    # To the very end: what comes after the answer is the work's own tidying up.
    for event in events:
        show(event)
        if isinstance(event, Finished):
            answer = event.envelope
    if answer is None:
        raise RuntimeError("the events ended without an answer")
    return answer


class NoProgress:
    """``--progress none``. Notes are told all the same: they are about money."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def follow(self, events: Iterator[Event]) -> Envelope:
        return pull(events, self._show)

    def _show(self, event: Event) -> None:
        if isinstance(event, Note):
            self._messages.tell(event)
