"""The catalog of models: those that are known without a network, and others joined with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.records import Record
from openclaw_fal.models.refs import DEFAULT_IMAGE_MODEL, DEFAULT_MUSIC_MODEL, DEFAULT_VIDEO_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    """Yield the models that are known without a network: all in the facts, and the built-in ones missing there.

    With a prefix, only those whose ids begin with it.
    """
    from openclaw_fal.models.facts import list_endpoints  # noqa: PLC0415 - most commands list no models

    found = set()
    for endpoint_id, category, title, is_gone in list_endpoints(prefix):
        found.add(endpoint_id)
        yield ListedModel(endpoint_id, title or endpoint_id, category, (GONE,) if is_gone else ())
    others = (model for model in BUILT_IN if model.endpoint_id not in found)
    yield from (model for model in others if model.endpoint_id.startswith(prefix))


def merged(models: Iterable[ListedModel], others: Iterable[ListedModel]) -> tuple[ListedModel, ...]:
    """Return the models and the others, sorted by id; of two with the same id, the one of ``models``."""
    known = {model.endpoint_id: model for model in others} | {model.endpoint_id: model for model in models}
    return tuple(model for _endpoint_id, model in sorted(known.items()))
