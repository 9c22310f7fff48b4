"""Work that yields events, passed on by other work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.events import translate

if TYPE_CHECKING:
    from collections.abc import Generator


def test_closing_what_passes_on_work_closes_the_work_and_shows_its_error() -> None:
    def work() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            raise KeyboardInterrupt

    events = translate(work(), lambda number: [number, number])
    assert [next(events), next(events)] == [1, 1]
    with pytest.raises(KeyboardInterrupt):
        events.close()
