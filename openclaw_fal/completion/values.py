"""What can follow a flag, by the name of its parameter: the one table for all shells.

A kind is a list of words (`fixed_words`) or one of the names below, which each shell finds out for itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.completion.install import SHELLS
from openclaw_fal.config.path import ConfigPath, show_path
from openclaw_fal.config.schema import SCHEMA
from openclaw_fal.config.settings import MODEL_PATHS
from openclaw_fal.core.requests import (
    AUTH_CHOICES,
    BACKGROUNDS,
    IMAGE_RESOLUTIONS,
    INTERRUPT_POLICIES,
    LOG_LEVELS,
    MAX_COUNT,
    OUTPUT_FORMATS,
    PROGRESS_MODES,
    QUALITIES,
    RESET_SCOPES,
    SECRET_INPUT_MODES,
    VIDEO_RESOLUTIONS,
)
from openclaw_fal.core.tasks import TaskStatus
from openclaw_fal.models.capabilities import SIZES, capabilities
from openclaw_fal.models.catalog import BUILT_IN, model_ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openclaw_fal.completion.tree import Command

TEXT = "text"  # no suggestions, not even file names
IGNORED = "ignored"  # the value of a flag that does nothing here; such a flag is not suggested
FILES = "files"
PROFILES = "profiles"
TASKS = "tasks"
OPEN_TASKS = "open-tasks"
IMAGE_MODELS = "image-models"
VIDEO_MODELS = "video-models"
CONFIG_VALUES = "config-values"


def _model_settings(settings: Iterable[ConfigPath]) -> tuple[str, ...]:
    return tuple(show_path(path) for setting in settings for path in (setting, (*setting, "primary")))


# Settings that name a model, by what their value may be.
MODEL_SETTINGS = {
    IMAGE_MODELS: _model_settings(reversed(MODEL_PATHS["image"])),
    VIDEO_MODELS: _model_settings(reversed(MODEL_PATHS["video"])),
}

# By the parameter's name, or by its group's and its own where groups differ.
KINDS = {
    "profile": PROFILES,
    "log_level": "log-levels",
    "prompt": TEXT,
    "image.model": IMAGE_MODELS,
    "video.model": VIDEO_MODELS,
    "count": "counts",
    "size": "sizes",
    "image.aspect_ratio": "image-aspect-ratios",
    "video.aspect_ratio": "video-aspect-ratios",
    "image.resolution": "image-resolutions",
    "video.resolution": "video-resolutions",
    "output_format": "output-formats",
    "quality": "qualities",
    "background": "backgrounds",
    "duration": "durations",
    "seed": TEXT,
    "param": TEXT,
    "file": FILES,
    "image": FILES,
    "video": FILES,
    "audio_ref": FILES,
    "output": FILES,
    "timeout_ms": TEXT,
    "on_interrupt": "interrupt-policies",
    "progress": "progress-modes",
    "agent": IGNORED,
    "openai_background": IGNORED,
    "openai_moderation": IGNORED,
    "auth_choice": "auth-choices",
    "fal_api_key": TEXT,
    "secret_input_mode": "secret-input-modes",
    "reset_scope": "reset-scopes",
    "provider": "providers",
    "status": "task-statuses",
    "limit": TEXT,
    "days": TEXT,
    "task_id": TASKS,
    "task_ids": TASKS,
    "cancel.task_ids": OPEN_TASKS,
    "path": "config-paths",
    "value": CONFIG_VALUES,
    "expect_current_json": TEXT,
    "batch_json": TEXT,
    "batch_file": FILES,
    "inspect.name": "capabilities",
    "shell": "shells",
    "port": TEXT,
    "speed": TEXT,
}


def find_kind(path: tuple[str, ...], name: str) -> str | None:
    """Return the kind of value that a parameter of the command at ``path`` takes; ``None`` if it is not in the table.

    Looks for the command and the name, then the group and the name, then the name alone.
    """
    keys = (*(f"{word}.{name}" for word in reversed(path)), name)
    return next((KINDS[key] for key in keys if key in KINDS), None)


def fixed_words(program: Command) -> dict[str, tuple[str, ...]]:
    """Return the words of each kind that has a fixed list; ``program`` is the root of the command tree."""
    return {
        "log-levels": LOG_LEVELS,
        "counts": tuple(str(count) for count in range(1, MAX_COUNT + 1)),
        "sizes": (*SIZES, "auto"),
        "image-aspect-ratios": _image_ratios(),
        "video-aspect-ratios": _video_ratios(),
        "image-resolutions": IMAGE_RESOLUTIONS,
        "video-resolutions": VIDEO_RESOLUTIONS,
        "output-formats": OUTPUT_FORMATS,
        "qualities": QUALITIES,
        "backgrounds": BACKGROUNDS,
        "durations": _durations(),
        "interrupt-policies": INTERRUPT_POLICIES,
        "progress-modes": PROGRESS_MODES,
        "auth-choices": AUTH_CHOICES,
        "secret-input-modes": SECRET_INPUT_MODES,
        "reset-scopes": RESET_SCOPES,
        "providers": ("fal",),
        "task-statuses": tuple(TaskStatus),
        "config-paths": tuple(_paths_of(SCHEMA)),
        "capabilities": _capability_ids(program),
        "shells": SHELLS,
    }


def word_files() -> dict[str, str]:
    """Return the names of the files that the tool keeps for completion."""
    from openclaw_fal.store.completion_cache import IMAGE_MODELS_FILE, TASKS_FILE, VIDEO_MODELS_FILE

    return {"image_file": IMAGE_MODELS_FILE, "video_file": VIDEO_MODELS_FILE, "task_file": TASKS_FILE}


def built_in_models(kind: str) -> list[tuple[str, str]]:
    """Return reference and name of the models to offer while the tool has fetched no catalog."""
    suffix = {IMAGE_MODELS: "-to-image", VIDEO_MODELS: "-to-video"}[kind]
    return [(model_ref(model.endpoint_id), model.name) for model in BUILT_IN if model.category.endswith(suffix)]


def _capability_ids(program: Command) -> tuple[str, ...]:
    """Return what `infer inspect` knows: the commands in the groups below `infer`, such as ``image.generate``."""
    groups = dict(program.commands)["infer"].commands
    return tuple(f"{group}.{name}" for group, below in groups for name, _command in below.commands)


def _image_ratios() -> tuple[str, ...]:
    return (*capabilities("image")["geometry"]["aspectRatios"], "auto")


def _video_ratios() -> tuple[str, ...]:
    known = capabilities("video")["geometry"]["aspectRatiosByModel"].values()
    return tuple(dict.fromkeys(ratio for ratios in known for ratio in ratios))


def _durations() -> tuple[str, ...]:
    known = capabilities("video")["generate"]["supportedDurationSecondsByModel"].values()
    return tuple(f"{seconds:g}" for seconds in sorted({seconds for each in known for seconds in each}))


def _paths_of(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield each setting's path that needs no quotes; an object's own too where it may be written otherwise."""
    shapes = [schema, *schema.get("anyOf", ())]
    if path and (len(shapes) > 1 or schema.get("type") != "object"):
        yield path
    for shape in shapes:
        for name, below in shape.get("properties", {}).items():
            yield from _paths_of(below, f"{path}.{name}" if path else name)
