"""Plans for the many requests of a batch, where a few differ in more than their prompt and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.planning import KnownSchemas, format_of_name, plans
from openclaw_fal.models.validation import has_problem

if TYPE_CHECKING:
    from openclaw_fal.actions.planning import Skipped
    from openclaw_fal.core.requests import Request
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime


# What may differ between requests that share the work.
_VARIED = (("prompt", "seed"), ("prompt",))


class Planner:
    """Plans many requests. Those that differ by prompt and seed alone share the work."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, KnownSchemas] = {}
        self._shapes: dict[str, _Shape] = {}

    def plans(self, request: Request, *, is_checked: bool, output: str) -> tuple[list[Plan], list[Skipped]]:
        """Return what the function of this name returns."""
        named = format_of_name(output, request)
        shapes = []
        for varied in _VARIED:
            if all(getattr(request, name) not in (None, "") for name in varied):
                key = f"{is_checked} {named} {varied} {request.without(varied)}"
                shapes.append(self._shapes.setdefault(key, _Shape(varied)))
                if filled := shapes[-1].filled(request):
                    return filled
        made, skipped = plans(self._runtime, request, is_checked=is_checked, output=output, known=self._known_of)
        for shape in shapes:
            shape.learn(request, made, skipped)
        return made, skipped

    def _known_of(self, model: str) -> KnownSchemas:
        return self._known.setdefault(model, KnownSchemas(self._runtime, model))


class _Shape:
    """Requests that differ by some fields alone: if two of them have plans that do so too, all others have."""

    def __init__(self, varied: tuple[str, ...]) -> None:
        self._varied = varied
        self._first: tuple[Request, list[Plan], list[Skipped]] | None = None
        self._inputs: list[dict[str, str]] | None = None

    def learn(self, request: Request, made: list[Plan], skipped: list[Skipped]) -> None:
        before, first, _ = self._first or (request, made, skipped)
        if any(getattr(request, name) == getattr(before, name) for name in self._varied):
            self._first = self._first or (request, made, skipped)
            return
        inputs = [found for plan in first if (found := self._inputs_of(plan, before))]
        if len(inputs) == len(first) and [*map(_with, first, inputs, [request] * len(first))] == made:
            self._inputs = inputs
        else:  # two inputs may have had the same value
            self._first = (request, made, skipped)

    def filled(self, request: Request) -> tuple[list[Plan], list[Skipped]] | None:
        """Return the plans of a request; ``None`` if they have to be made."""
        if self._first is None or self._inputs is None or not request.prompt.strip():
            return None
        _, first, skipped = self._first
        made = [_with(plan, inputs, request) for plan, inputs in zip(first, self._inputs, strict=True)]
        for plan, inputs in zip(made, self._inputs, strict=True):
            if plan.schema and any(has_problem(plan.schema, name, plan.body[name]) for name in inputs):
                return None
        return made, [*skipped]

    def _inputs_of(self, plan: Plan, request: Request) -> dict[str, str] | None:
        """Return the field that fills each input, ``None`` if an input of a field can't be told from others."""
        inputs = {}
        for field in self._varied:
            names = [name for name, value in plan.body.items() if value == getattr(request, field)]
            if len(names) != 1:
                return None
            inputs[names[0]] = field
        return inputs


def _with(plan: Plan, inputs: dict[str, str], request: Request) -> Plan:
    return plan._replace(body=plan.body | {name: getattr(request, field) for name, field in inputs.items()})
