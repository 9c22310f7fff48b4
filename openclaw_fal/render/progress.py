"""What every display of progress does: pull the events, because work happens only while they are pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from openclaw_fal.core.events import Finished, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.core.events import Event
    from openclaw_fal.core.results import Envelope
    from openclaw_fal.render.messages import Messages
    from openclaw_fal.render.screen import Screen


ProgressForm = Literal["none", "json", "live", "plain"]


def progress_form(mode: str, messages: Messages, screen: Screen) -> ProgressForm:
    """Choose how progress is shown; ``mode`` is that of ``--progress``."""
    match mode:
        case "none" | "json" | "plain":
            return mode
        case _ if not messages.shows("info"):
            return "none"
        case _:
            return "live" if screen.live else "plain"


class Progress(Protocol):
    def follow(self, events: Iterator[Event]) -> Envelope:
        """Show the events as they come and return the answer that the last one carries."""


def pull(events: Iterator[Event], show: Callable[[Event], None]) -> Envelope:
    """Show each event and return the answer. Pulls to the very end: after the answer, the work cleans up."""
    answer = None
    for event in events:
        show(event)
        if isinstance(event, Finished):
            answer = event.envelope
    if answer is None:
        raise RuntimeError("the events ended without an answer")
    return answer


class NoProgress:
    """``--progress none``. Notes are still printed: they are about money, and about what was not sent."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def follow(self, events: Iterator[Event]) -> Envelope:
        return pull(events, self._show)

    def _show(self, event: Event) -> None:
        if isinstance(event, Note):
            self._messages.show(event)
        elif isinstance(event, Finished):
            self._messages.adjustments(event.envelope)
