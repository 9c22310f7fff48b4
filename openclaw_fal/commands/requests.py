"""From typed words to the values of a request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.runtime import Runtime


def read_prompt(runtime: Runtime, prompt: str) -> str:
    return runtime.read_stdin().removeprefix("\ufeff").strip() if prompt == "-" else prompt


def read_parameters(given: Sequence[str] | None) -> dict[str, Any]:
    """Read ``NAME=TEXT`` and ``NAME:=JSON``; raise `UsageError` for anything else."""
    parameters: dict[str, Any] = {}
    for parameter in given or ():
        name, equals, value = parameter.partition("=")
        if not equals or not name.removesuffix(":"):
            raise UsageError(f"--param {parameter!r} has no name and value. Give NAME=TEXT or NAME:=JSON.")
        if name.endswith(":"):
            try:
                parameters[name[:-1]] = json.loads(value)
            except ValueError as error:
                raise UsageError(f"--param {parameter!r} is not JSON after ':=': {error}.") from error
        else:
            parameters[name] = value
    return parameters
