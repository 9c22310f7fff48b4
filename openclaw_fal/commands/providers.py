"""`image providers` and `video providers`: one command for either kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.commands import options as opt
from openclaw_fal.models.catalog import model_ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import typer

    from openclaw_fal.core.requests import Kind


def show_providers(context: typer.Context, kind: Kind) -> None:
    from openclaw_fal.actions.providers import provider

    runtime = opt.runtime_of(context)
    fal = provider(runtime, kind)
    if runtime.json:
        runtime.out.data([fal])
        return
    runtime.out.facts(
        fal["label"],
        [
            ("provider", fal["id"]),
            ("configured", "yes" if fal["configured"] else "no: openclaw-fal onboard --auth-choice fal-api-key"),
            ("model", model_ref(fal["model"]) if fal["model"] else "none of fal's is configured"),
            *(_image_facts if kind == "image" else _video_facts)(fal["capabilities"]),
            *(("known model", model_ref(model)) for model in fal["models"]),
        ],
    )


def _image_facts(can: Mapping[str, Any]) -> list[tuple[str, str]]:
    references = can["edit"]["maxInputImagesByModel"].values()
    return [
        ("images per request", f"1 to {can['generate']['maxCount']}"),
        ("reference images", f"{can['edit']['maxInputImages']}, up to {max(references)} with some models"),
        ("resolutions", _listed(can["geometry"]["resolutions"])),
        ("file types", _listed(can["output"]["formats"], *can["output"]["formatsByModel"].values())),
    ]


def _video_facts(can: Mapping[str, Any]) -> list[tuple[str, str]]:
    images, others = can["imageToVideo"], can["videoToVideo"]
    counts = {
        "images": images["maxInputImagesByModel"],
        "videos": others["maxInputVideosByModel"],
        "sounds": others["maxInputAudiosByModel"],
    }
    most = ", ".join(f"{max(by_model.values())} {what}" for what, by_model in counts.items())
    return [
        ("videos per request", str(can["generate"]["maxVideos"])),
        ("references", f"{images['maxInputImages']} image, up to {most} with some models"),
        ("resolutions", _listed(can["geometry"]["resolutions"])),
    ]


def _listed(*lists: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(word for words in lists for word in words))
