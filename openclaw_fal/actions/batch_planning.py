"""Plans for the many requests of a batch, where a few differ in more than their prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.planning import KnownSchemas, format_of_name, plans
from openclaw_fal.models.validation import has_problem

if TYPE_CHECKING:
    from openclaw_fal.actions.planning import Skipped
    from openclaw_fal.core.requests import Request
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime


class Planner:
    """Plans many requests. Those that differ by their prompt alone share the work."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, KnownSchemas] = {}
        self._shapes: dict[str, _Shape] = {}

    def plans(self, request: Request, *, is_checked: bool, output: str) -> tuple[list[Plan], list[Skipped]]:
        """Return what the function of this name returns."""
        named = format_of_name(output, request)
        shape = self._shapes.setdefault(f"{is_checked} {named} {request.without_prompt()}", _Shape())
        if filled := shape.filled(request.prompt):
            return filled
        made, skipped = plans(self._runtime, request, is_checked=is_checked, output=output, known=self._known_of)
        shape.learn(request.prompt, made, skipped)
        return made, skipped

    def _known_of(self, model: str) -> KnownSchemas:
        return self._known.setdefault(model, KnownSchemas(self._runtime, model))


class _Shape:
    """Requests that differ by their prompt alone: if two of them have plans that do so too, all others have."""

    def __init__(self) -> None:
        self._first: tuple[str, list[Plan], list[Skipped]] | None = None
        self._inputs: list[str] | None = None

    def learn(self, prompt: str, made: list[Plan], skipped: list[Skipped]) -> None:
        if self._first is None:
            self._first = (prompt, made, skipped)
            return
        before, first, _ = self._first
        if prompt == before or len(made) != len(first):
            return
        names = [[name for name, value in one.body.items() if value == before] for one in first]
        if all(len(each) == 1 for each in names):
            inputs = [name for (name,) in names]
            if [_with(plan, name, prompt) for plan, name in zip(first, inputs, strict=True)] == made:
                self._inputs = inputs

    def filled(self, prompt: str) -> tuple[list[Plan], list[Skipped]] | None:
        """Return the plans with another prompt; ``None`` if they have to be made."""
        if self._first is None or self._inputs is None or not prompt.strip():
            return None
        _, first, skipped = self._first
        made = []
        for one, name in zip(first, self._inputs, strict=True):
            if one.schema is not None and has_problem(one.schema, name, prompt):
                return None
            made.append(_with(one, name, prompt))
        return made, [*skipped]


def _with(one: Plan, name: str, prompt: str) -> Plan:
    return one._replace(body={**one.body, name: prompt})
