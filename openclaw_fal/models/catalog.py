"""The models that are known without a network, the defaults, and model refs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openclaw_fal.core.kinds import Kind

DEFAULT_IMAGE_MODEL = "fal-ai/flux/dev"
DEFAULT_VIDEO_MODEL = "fal-ai/minimax/video-01-live"
DEFAULT_MUSIC_MODEL = "fal-ai/minimax-music/v2.6"
DEFAULT_MODELS: Mapping[Kind, str] = {
    "image": DEFAULT_IMAGE_MODEL,
    "video": DEFAULT_VIDEO_MODEL,
    "music": DEFAULT_MUSIC_MODEL,
}
DEPRECATED = "deprecated"  # fal's tag of a model that it may remove
GONE = "gone"  # our tag of a model that fal no longer lists


class ListedModel(Record):
    """A model of the catalog, with fal's category and tags."""

    endpoint_id: str
    name: str
    category: str
    tags: tuple[str, ...] = ()

    @property
    def is_deprecated(self) -> bool:
        return DEPRECATED in self.tags

    @property
    def is_gone(self) -> bool:
        return GONE in self.tags


def _listed(category: str, names: dict[str, str]) -> tuple[ListedModel, ...]:
    return tuple(ListedModel(endpoint_id, name, category) for endpoint_id, name in names.items())


BUILT_IN: tuple[ListedModel, ...] = (
    *_listed(
        "text-to-image",
        {
            DEFAULT_IMAGE_MODEL: "FLUX.1 [dev]",
            "fal-ai/nano-banana": "Nano Banana",
            "fal-ai/nano-banana-2": "Nano Banana 2",
            "fal-ai/nano-banana-pro": "Nano Banana Pro",
            "google/nano-banana-2-lite": "Nano Banana 2 Lite",
            "krea/v2/large/text-to-image": "Krea 2 Large",
            "krea/v2/medium/text-to-image": "Krea 2 Medium",
            "openai/gpt-image-2": "GPT Image 2",
            "openai/gpt-image-2.5/flare/text-to-image": "GPT Image 2.5 Flare",
            "openai/gpt-image-2.5/sunburst/text-to-image": "GPT Image 2.5 Sunburst",
            "xai/grok-imagine-image": "Grok Imagine",
        },
    ),
    *_listed(
        "image-to-image",
        {
            "fal-ai/flux/dev/image-to-image": "FLUX.1 [dev] Image to Image",
            "fal-ai/nano-banana/edit": "Nano Banana Edit",
            "fal-ai/nano-banana-2/edit": "Nano Banana 2 Edit",
            "fal-ai/nano-banana-pro/edit": "Nano Banana Pro Edit",
            "openai/gpt-image-2/edit": "GPT Image 2 Edit",
            "openai/gpt-image-2.5/flare/edit": "GPT Image 2.5 Flare Edit",
            "openai/gpt-image-2.5/sunburst/edit": "GPT Image 2.5 Sunburst Edit",
            "xai/grok-imagine-image/edit": "Grok Imagine Edit",
        },
    ),
    *_listed(
        "text-to-video",
        {
            DEFAULT_VIDEO_MODEL: "MiniMax Video 01 Live",
            "bytedance/seedance-2.0/text-to-video": "Seedance 2.0",
            "bytedance/seedance-2.0/fast/text-to-video": "Seedance 2.0 Fast",
            "fal-ai/heygen/v2/video-agent": "HeyGen Video Agent",
            "fal-ai/kling-video/v2.1/master/text-to-video": "Kling 2.1 Master",
            "fal-ai/wan/v2.2-a14b/text-to-video": "Wan 2.2 A14B",
        },
    ),
    *_listed(
        "image-to-video",
        {
            f"{DEFAULT_VIDEO_MODEL}/image-to-video": "MiniMax Video 01 Live Image to Video",
            "bytedance/seedance-2.0/image-to-video": "Seedance 2.0 Image to Video",
            "bytedance/seedance-2.0/reference-to-video": "Seedance 2.0 Reference to Video",
            "bytedance/seedance-2.0/fast/image-to-video": "Seedance 2.0 Fast Image to Video",
            "bytedance/seedance-2.0/fast/reference-to-video": "Seedance 2.0 Fast Reference to Video",
            "fal-ai/kling-video/v2.1/master/image-to-video": "Kling 2.1 Master Image to Video",
            "fal-ai/wan/v2.2-a14b/image-to-video": "Wan 2.2 A14B Image to Video",
        },
    ),
    *_listed(
        "text-to-audio",
        {
            DEFAULT_MUSIC_MODEL: "MiniMax Music 2.6",
            "fal-ai/ace-step/prompt-to-audio": "ACE-Step",
            "fal-ai/stable-audio-25/text-to-audio": "Stable Audio 2.5",
        },
    ),
)


def shipped_models(prefix: str = "") -> Iterator[ListedModel]:
    """Yield the models that are known without a network: those of the facts, and the built-in ones that they lack.

    With a prefix, only those whose ids begin with it.
    """
    from openclaw_fal.models.facts import list_entries  # noqa: PLC0415 - most commands list no models

    found = set()
    for endpoint_id, category, title, is_gone in list_entries(prefix):
        found.add(endpoint_id)
        yield ListedModel(endpoint_id, title or endpoint_id, category, (GONE,) if is_gone else ())
    others = (model for model in BUILT_IN if model.endpoint_id not in found)
    yield from (model for model in others if model.endpoint_id.startswith(prefix))


# OpenClaw's other providers. Some own endpoints at fal, too; their ids need fal/ in front.
OTHER_PROVIDERS = frozenset(
    """
    alibaba amazon-bedrock anthropic azure azure-openai byteplus chutes codex comfy deepgram deepinfra deepseek
    elevenlabs github-copilot google google-vertex groq huggingface litellm lmstudio microsoft minimax minimax-portal
    mistral moonshot nvidia ollama openai openai-codex openrouter perplexity qwen replicate runway stability together
    venice vercel-ai-gateway volcengine vydra xai zai
    """.split()  # noqa: SIM905 - a word on each line would fill a page
)


def model_ref(endpoint_id: str) -> str:
    return f"fal/{endpoint_id}"


def is_of_another_provider(ref: str) -> bool:
    """Return whether a model ref names one of OpenClaw's other providers."""
    first, _, rest = ref.strip().partition("/")
    return first in OTHER_PROVIDERS and bool(rest)


def parse_model_ref(text: str) -> str:
    """Return the endpoint id of ``fal/<endpoint id>``; ``fal/`` may be left out if OpenClaw has no such provider.

    Raises `UsageError` for another provider's model, and for anything that is not an endpoint id.
    """
    first, _, rest = text.strip().partition("/")
    if is_of_another_provider(text):
        raise UsageError(
            f"{text.strip()!r} is a model of {first!r}. openclaw-fal uses fal only.",
            hint=f"fal's endpoint of that name: {model_ref(text.strip())}\n"
            f"All of fal's models: {command('models list --all')}",
        )
    endpoint_id = rest if first == "fal" else text.strip()
    if not re.fullmatch(r"(?!\.+(?:/|$))[\w.-]+(?:/(?!\.+(?:/|$))[\w.-]+)+", endpoint_id, re.ASCII):
        raise UsageError(
            f"{text.strip()!r} is not a model. Give fal/<endpoint id>, such as {model_ref(DEFAULT_IMAGE_MODEL)}.",
            hint=f"List the models: {command('models list')}",
        )
    return endpoint_id


def merged(models: Iterable[ListedModel], others: Iterable[ListedModel]) -> tuple[ListedModel, ...]:
    """Return the models, and those of the others that are not among them, by id."""
    known = {model.endpoint_id: model for model in others} | {model.endpoint_id: model for model in models}
    return tuple(model for _endpoint_id, model in sorted(known.items()))
