"""`image providers` and `video providers`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.models.capabilities import built_in, capabilities

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run, Runner

DEFAULTS = {"image": "fal-ai/flux/dev", "video": "fal-ai/minimax/video-01-live"}
SETTINGS = {"image": "imageGenerationModel", "video": "videoGenerationModel"}
OPENCLAWS_KEYS = {"id", "label", "available", "configured", "selected", "defaultModel", "models", "capabilities"}

KINDS = pytest.mark.parametrize("kind", ["image", "video"])


@pytest.fixture(autouse=True)
def existing_folder(folder: Path) -> None:
    folder.mkdir()


def configure(folder: Path, kind: str, value: object) -> None:
    (folder / "openclaw.json").write_text(json.dumps({"agents": {"defaults": {SETTINGS[kind]: value}}}))


def provider_of(shown: Run) -> Any:
    """Return the one provider of an answer, whose shape differs between images and videos as in OpenClaw."""
    document = shown.json
    if isinstance(document, dict):
        assert document.pop("description") == []
        assert list(document) == ["generation"]
        document = document["generation"]
    [fal] = document
    return fal


@KINDS
@pytest.mark.parametrize("alias", [[], ["infer"], ["capability"]])
def test_there_is_one_provider_in_openclaws_shape(run: Runner, kind: Any, alias: list[str]) -> None:
    shown = run(*alias, kind, "providers", "--json")
    assert isinstance(shown.json, dict if kind == "video" else list)
    fal = provider_of(shown)
    assert set(fal) == OPENCLAWS_KEYS | {"model"}
    assert (fal["id"], fal["label"], fal["available"], fal["defaultModel"]) == ("fal", "fal", True, DEFAULTS[kind])
    assert fal["models"] == built_in(kind)
    assert fal["capabilities"] == capabilities(kind).as_json()


@KINDS
def test_configured_is_about_the_key_and_selected_about_the_setting(run: Runner, folder: Path, kind: str) -> None:
    def answer(**environ: str) -> tuple[bool, bool, str]:
        fal = provider_of(run(kind, "providers", "--json", env=environ))
        return fal["configured"], fal["selected"], fal["model"]

    assert answer() == (False, False, DEFAULTS[kind])
    assert answer(FAL_KEY="a:b") == (True, False, DEFAULTS[kind])
    configure(folder, kind, {"primary": "fal/some/model"})
    assert answer() == (False, True, "some/model")


@KINDS
def test_an_unusable_key_counts_as_missing(run: Runner, kind: str) -> None:
    shown = run(kind, "providers", "--json", env={"FAL_KEY": "a:\nb"})
    assert shown.code == 0
    assert provider_of(shown)["configured"] is False
    assert "can't be sent" in shown.err


@KINDS
def test_another_providers_model_is_not_the_one_in_use(run: Runner, folder: Path, kind: str) -> None:
    configure(folder, kind, "openai/gpt-image-1")
    shown = run(kind, "providers", "--json")
    assert shown.code == 0
    assert (provider_of(shown)["selected"], provider_of(shown)["model"]) == (False, None)
    assert "openai/gpt-image-1" in shown.err


@KINDS
def test_people_read_the_limits_and_the_models(run: Runner, kind: Any) -> None:
    lines = run(kind, "providers").out.splitlines()
    assert lines[:3] == [
        "provider: fal",
        "configured: no: openclaw-fal onboard --auth-choice fal-api-key",
        f"model: fal/{DEFAULTS[kind]}",
    ]
    expected = {
        "image": ["images per request: 1 to 4", "resolutions: 1K, 2K, 4K", "file types: png, jpeg, webp"],
        "video": ["videos per request: 1", "resolutions: 360P, 480P, 540P, 720P, 768P, 1080P"],
    }[kind]
    assert set(expected) <= set(lines)
    assert [line for line in lines if line.startswith("known model: ")] == [
        f"known model: fal/{model}" for model in built_in(kind)
    ]


@KINDS
def test_the_sandbox_needs_no_key(run: Runner, kind: str) -> None:
    assert provider_of(run(kind, "providers", "--sandbox", "--json"))["configured"] is True
