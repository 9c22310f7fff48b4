"""The end of a command that makes or fetches files: do the work, show the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.core.requests import Request
    from openclaw_fal.core.results import Envelope
    from openclaw_fal.runtime import Runtime


def generate_and_show(runtime: Runtime, request: Request, flags: Mapping[str, Any]) -> None:
    from openclaw_fal.actions.generation import Options, generate

    options = Options(
        output=flags["output"],
        overwrite=flags["overwrite"],
        timeout_ms=flags["timeout_ms"],
        detach=flags["detach"],
        queue=flags.get("queue", False),
        reuse=flags["reuse"],
    )
    show(runtime, [runtime.show(generate(runtime, request, options))], flags["output"])


def show(runtime: Runtime, envelopes: Sequence[Envelope], output: str | None) -> None:
    """Show what was made, unless standard output has been taken by the file itself."""
    if output == "-":
        return
    if runtime.json and len(envelopes) > 1:
        runtime.out.data({"ok": True, "tasks": [envelope.as_json() for envelope in envelopes]})
        return
    for envelope in envelopes:
        runtime.out.envelope(envelope)
