"""`image providers` and `video providers`: one command for either kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from openclaw_fal.commands import options as opt

if TYPE_CHECKING:
    import typer


def show_providers(context: typer.Context, kind: Literal["image", "video"]) -> None:
    from openclaw_fal.actions.models import provider

    runtime = opt.runtime_of(context)
    fal = provider(runtime, kind)
    if runtime.json:
        runtime.out.data([fal])
        return
    runtime.out.facts(
        "fal",
        [
            ("provider", fal["id"]),
            ("configured", "yes" if fal["configured"] else "no: openclaw-fal onboard --auth-choice fal-api-key"),
            ("model", f"fal/{fal['model']}"),
            *(("known", f"fal/{model}") for model in fal["models"]),
        ],
    )
