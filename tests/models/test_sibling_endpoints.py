"""Which endpoint a request goes to, and which models are refused before anything is paid."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.requests import Reference, Request
from openclaw_fal.models.facts import find_schema, list_endpoints
from openclaw_fal.models.flag_inputs import prompt_input
from openclaw_fal.models.payload import plan
from openclaw_fal.models.sibling_endpoints import (
    ALTERNATIVES,
    ALTERNATIVES_FOR_SEVERAL,
    endpoint_for,
    possible_siblings,
)

if TYPE_CHECKING:
    from pathlib import Path

    from openclaw_fal.core.kinds import Capability, Kind, MediaKind, ReferenceRole
    from openclaw_fal.models.placement import Subject
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

CAPABILITIES: dict[Kind, Capability] = {"image": "image.generate", "video": "video.generate"}


@pytest.fixture
def picture(tmp_path: Path, png: bytes) -> str:
    path = tmp_path / "picture.png"
    path.write_bytes(png)
    return str(path)


def assert_refused(ended: Run, fal: Sandbox, message: str, *hints: str) -> None:
    assert ended.code == 2
    assert message in ended.err
    for hint in hints:
        assert hint in ended.err
    assert fal.submissions == []


# --- the wrong kind


@pytest.mark.parametrize(
    ("group", "model", "message", "instead"),
    [
        ("video", "fal-ai/flux/dev", "makes images, not videos", "image generate --model fal/fal-ai/flux/dev"),
        (
            "image",
            "fal-ai/wan/v2.2-a14b/text-to-video",
            "makes videos, not images",
            "video generate --model fal/fal-ai/wan/v2.2-a14b/text-to-video",
        ),
        ("image", "fal-ai/kokoro/american-english", "makes sound", "run fal/fal-ai/kokoro/american-english"),
        ("video", "fal-ai/flux-lora-fast-training", "no images or videos", "run fal/fal-ai/flux-lora-fast-training"),
    ],
)
def test_a_model_of_another_kind_is_refused_with_the_command_that_fits(
    run: Runner, fal: Sandbox, group: str, model: str, message: str, instead: str
) -> None:
    ended = run(group, "generate", "--model", f"fal/{model}", "--prompt", "x")
    assert_refused(ended, fal, message, f"openclaw-fal {instead}")


def test_the_kind_counts_before_the_references(run: Runner, fal: Sandbox, picture: str) -> None:
    ended = run("image", "edit", "--file", picture, "--model", "fal/fal-ai/veo3.1", "--prompt", "x")
    assert_refused(ended, fal, "makes videos, not images", "video generate --model fal/fal-ai/veo3.1")


# --- references


@pytest.mark.parametrize(
    ("group", "flags", "model", "endpoint"),
    [
        ("image", ["edit", "--file"], "fal-ai/flux/dev", "fal-ai/flux/dev/image-to-image"),
        ("image", ["edit", "--file"], "fal-ai/flux-2", "fal-ai/flux-2/edit"),
        ("image", ["edit", "--file"], "fal-ai/birefnet", "fal-ai/birefnet"),
        ("video", ["generate", "--image"], "fal-ai/veo3.1", "fal-ai/veo3.1/image-to-video"),
        ("video", ["generate", "--image"], "fal-ai/veo3.1/fast", "fal-ai/veo3.1/fast/image-to-video"),
    ],
)
def test_references_go_to_the_endpoint_that_takes_them_and_the_answer_names_it(
    run: Runner, fal: Sandbox, picture: str, group: str, flags: list[str], model: str, endpoint: str
) -> None:
    ended = run(group, *flags, picture, "--model", f"fal/{model}", "--prompt", "x", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["model"] == endpoint
    [submission] = fal.submissions
    assert submission.endpoint == endpoint


def test_a_model_without_an_endpoint_for_references_is_refused_with_models_that_have_one(
    run: Runner, fal: Sandbox, picture: str
) -> None:
    ended = run("image", "edit", "--file", picture, "--model", "fal/fal-ai/sana", "--prompt", "x")
    assert_refused(ended, fal, "fal/fal-ai/sana takes no reference images", "--model fal/fal-ai/nano-banana-2")


def test_an_input_for_another_use_is_named_rather_than_guessed(run: Runner, fal: Sandbox, picture: str) -> None:
    ended = run("image", "edit", "--file", picture, "--model", "fal/fal-ai/bria/reimagine", "--prompt", "x")
    assert_refused(ended, fal, "takes no reference images", "-p structure_image_url=@FILE")


def test_too_many_references_are_refused_with_a_model_that_takes_several(
    run: Runner, fal: Sandbox, picture: str
) -> None:
    files = ["--file", picture, "--file", picture]
    ended = run("image", "edit", *files, "--model", "fal/fal-ai/cat-vton", "--prompt", "x")
    assert_refused(ended, fal, "supports at most 1 reference image, 2 requested", "-p human_image_url=@FILE")
    assert "fal-ai/nano-banana-2" in ended.err
    assert "fal-ai/flux/dev" not in ended.err


@pytest.mark.parametrize("command", ["image edit", "image generate"])
def test_an_endpoint_that_would_lose_the_prompt_of_an_edit_is_not_taken(
    run: Runner, fal: Sandbox, picture: str, command: str
) -> None:
    typed = (*command.split(), "--file", picture, "--model", "flux/schnell")
    message = "fal/fal-ai/flux/schnell takes a reference image without a prompt only"
    assert_refused(run(*typed, "as a watercolor"), fal, message, "--model fal/fal-ai/nano-banana-2")
    assert run(*typed).code == 0
    assert [submission.endpoint for submission in fal.submissions] == ["fal-ai/flux/schnell/redux"]


def test_a_fallback_that_takes_the_prompt_is_used_instead(
    run: Runner, fal: Sandbox, picture: str, folder: Path
) -> None:
    folder.mkdir()
    models = '{"primary": "flux/schnell", "fallbacks": ["fal/fal-ai/flux/dev"]}'
    folder.joinpath("openclaw.json").write_text(f'{{"agents": {{"defaults": {{"imageGenerationModel": {models}}}}}}}')
    assert run("image", "edit", "--file", picture, "as a watercolor").code == 0
    [submission] = fal.submissions
    assert (submission.endpoint, submission.body["prompt"]) == ("fal-ai/flux/dev/image-to-image", "as a watercolor")


def test_no_sibling_is_taken_that_loses_the_prompt() -> None:
    losing = []
    media: tuple[MediaKind, ...] = ("image", "video")
    for endpoint, *_ in list_endpoints():
        schema = find_schema(endpoint)
        capability = {"image": "image.generate", "video": "video.generate"}.get(schema.kind if schema else "")
        for medium in media if capability else ():
            request = Request(capability=capability, prompt="x", references=(Reference(medium, "x"),))  # type: ignore[arg-type]
            with suppress(UsageError):
                taken = endpoint_for(request, endpoint, find_schema)
                if taken and taken.inputs is not None and taken.endpoint != endpoint and not prompt_input(taken):
                    losing.append((endpoint, taken.endpoint))
    assert losing == []


@pytest.mark.parametrize(("case", "models"), ALTERNATIVES.items(), ids=str)
def test_models_named_as_alternatives_take_such_references(case: tuple[Kind, Subject], models: tuple[str, ...]) -> None:
    kind, subject = case
    medium: MediaKind = "image" if subject in ("mask", "last image") else subject  # type: ignore[assignment]
    role: ReferenceRole = subject if subject in ("mask", "last image") else "reference"
    references = [Reference(medium, "https://x/y", role)]
    if role != "reference":
        references.append(Reference("image", "https://x/y"))
    request = Request(capability=CAPABILITIES[kind], prompt="x", references=tuple(references))
    for model in models:
        assert endpoint_for(request, model, find_schema)


@pytest.mark.parametrize(("kind", "models"), ALTERNATIVES_FOR_SEVERAL.items())
def test_models_named_for_several_references_take_several(kind: Kind, models: tuple[str, ...]) -> None:
    references = (Reference("image", "https://x/y"),) * 9
    for model in models:
        request = Request(capability=CAPABILITIES[kind], prompt="a fox", references=references)
        assert plan(request, model, find_schema).body


@pytest.mark.parametrize(
    ("model", "kind", "media", "likely"),
    [
        ("a/b", "image", ["image"], "a/b/edit"),
        ("a/b/text-to-image", "image", ["image"], "a/b/image-to-image"),
        ("a/text-to-video/turbo", "video", ["image"], "a/image-to-video/turbo"),
        ("a/b/image-to-video", "video", ["video"], "a/b/video-to-video"),
        ("a/b/text-to-video", "video", ["audio"], "a/b"),
    ],
)
def test_siblings_are_looked_for_under_likely_ids(model: str, kind: Kind, media: list[MediaKind], likely: str) -> None:
    ids = [*possible_siblings(model, kind, media)]
    assert likely in ids
    assert model not in ids
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("model", ["fal-ai/veo3.1/lite", "fal-ai/ltx-2.3-quality/deblur"])
def test_another_tier_or_tool_of_a_model_is_not_its_sibling(model: str) -> None:
    medium: MediaKind = "video" if model.endswith("lite") else "image"
    request = Request(capability="video.generate", prompt="x", references=(Reference(medium, "https://x/y"),))
    with pytest.raises(UsageError, match="takes no reference"):
        endpoint_for(request, model, find_schema)


def test_a_sibling_that_makes_something_else_is_not_taken() -> None:
    request = Request(capability="video.generate", prompt="x", references=(Reference("image", "https://x/y"),))
    with pytest.raises(UsageError, match="takes no reference images"):
        endpoint_for(request, "fal-ai/heygen/v2/video-agent", find_schema)
