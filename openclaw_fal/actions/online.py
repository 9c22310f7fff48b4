"""What `models` and `onboard` ask fal itself, all of it free: is the key good, and which models are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from openclaw_fal.actions.keys import has_key
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.fal.platform import check_key, list_models
from openclaw_fal.fal.replies import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.catalog import BuiltInModel
    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.fal.http import FalHttp
    from openclaw_fal.runtime import Runtime

    Returned = TypeVar("Returned")

PROBE_TIMEOUT_S = 10.0


class NoAnswer(Exception):
    """fal did not tell what was asked; the text says why."""


def fetch_catalogue(runtime: Runtime, timeout_s: float) -> tuple[BuiltInModel, ...]:
    """Fetch all of fal's models. Raises `NoAnswer`."""
    deadline = runtime.clock.deadline(timeout_s)
    try:
        # A key raises the rate limit; nobody needs one to see the list.
        return tuple(_drained(list_models(runtime.fal, deadline, with_key=has_key(runtime))))
    except Unreachable as problem:
        raise NoAnswer(problem.reason) from problem
    except OpenclawFalError as error:
        raise NoAnswer(error.message) from error


def ask_about_key(runtime: Runtime, client: FalHttp) -> None:
    """Find out whether fal takes the client's key. Raises `KeyProblem`, or `NoAnswer` when fal can't be reached."""
    try:
        _drained(check_key(client, runtime.clock.deadline(PROBE_TIMEOUT_S)))
    except Unreachable as problem:
        raise NoAnswer(problem.reason) from problem


def _drained(work: Generator[Waiting, None, Returned]) -> Returned:
    """Do work whose pauses nobody needs to be told of."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
