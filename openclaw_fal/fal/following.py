"""Follows a job to its end, by fal's status stream or by polling. `read_status` decides which polls are repeated."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from openclaw_fal.fal.parse import QueueStatus, Result, parse_status
from openclaw_fal.fal.queue import read_status, result
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.queue import Handle

FIRST_POLL_S, MAX_POLL_S, POLL_GROWTH = 0.5, 5.0, 1.4
FIRST_BYTE_TIMEOUT_S = 5.0  # for a stream to begin
SILENCE_TIMEOUT_S = 15.0  # between two bytes of a stream, as in fal's own client
FIRST_CHECK_S = 60.0  # after this long without an event the status is polled, and then less and less often
END_TIMEOUT_S = 0.1  # for a stream to end after the last event
MIN_REOPENED_S = 30.0  # gateways end long streams; one that ended sooner would end again


def follow(
    client: FalClient, handle: Handle, deadline: Deadline
) -> Generator[QueueStatus | Waiting, None, Result | None]:
    """Yield the job's status as it changes, and return its result; ``None`` if time runs out.

    The status comes from the status stream. If there is none, or it falls silent, breaks or sends something else, the
    status is polled: at first every half second, later every five, at most 130 requests in ten minutes.
    A job is over only when its result can be read. The result's HTTP status is the job's outcome, and is raised as the
    error that it stands for (`JobFailed`, `InputRefused`). Raises `Unreachable` if no answer arrives in time, and
    `KeyProblem` or `AccountProblem` if fal refuses to answer.
    """
    status = yield from _stream(client, handle, deadline)
    pause = FIRST_POLL_S
    while True:
        if status and status.state == "completed":
            made = yield from result(client, handle, deadline, has_failed=bool(status.error))
            if made is not None:
                return made
        if status:
            client.clock.sleep(min(pause, deadline.remaining))
            pause = min(pause * POLL_GROWTH, MAX_POLL_S)
        if deadline.is_over:
            return None
        status = yield from read_status(client, handle, deadline)
        yield status


def _stream(
    client: FalClient, handle: Handle, deadline: Deadline
) -> Generator[QueueStatus | Waiting, None, QueueStatus | None]:
    """Yield each status of the stream, and return the last one. A stream that lasted long is opened again."""
    last = None
    while not deadline.is_over:
        opened_at = client.clock.monotonic()
        with suppress(Unreachable):
            last = (yield from _stream_once(client, handle, deadline)) or last
        if last and last.state == "completed":
            break
        if client.clock.monotonic() - opened_at < MIN_REOPENED_S:
            break
    return last


def _stream_once(
    client: FalClient, handle: Handle, deadline: Deadline
) -> Generator[QueueStatus | Waiting, None, QueueStatus | None]:
    last: QueueStatus | None = None
    with client.stream(
        "GET",
        f"{handle.status_url}/stream?logs=1",
        deadline=deadline.within(FIRST_BYTE_TIMEOUT_S),  # until it has begun; a head may come byte by byte
        headers={"Accept": "text/event-stream", "Accept-Encoding": "identity"},
        read_timeout_s=FIRST_BYTE_TIMEOUT_S,
    ) as incoming:
        if incoming.status != 200 or "event-stream" not in incoming.headers.get("content-type", ""):
            return None
        last_event_at, check_after = client.clock.monotonic(), FIRST_CHECK_S
        events = incoming.events()
        for data in events:
            incoming.wait_limit.seconds, incoming.wait_limit.deadline = SILENCE_TIMEOUT_S, deadline
            if data is not None:
                status = _event_status(data)
                last_event_at, check_after = client.clock.monotonic(), FIRST_CHECK_S
            elif client.clock.monotonic() - last_event_at > check_after:
                status = yield from read_status(client, handle, deadline)
                check_after *= 2
            else:
                continue
            if status is None:
                return None
            yield status
            last = status
            if status.state == "completed":
                incoming.read_end(events, END_TIMEOUT_S)
                break
    return last


def _event_status(data: str) -> QueueStatus | None:
    try:
        return parse_status(json.loads(data))
    except (ValueError, RecursionError):
        return None
