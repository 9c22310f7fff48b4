"""What values flags and arguments take, by the name of their parameter: one table for all shells.

A kind has a list of values (`values_by_kind`), or is one of the names below, whose values a shell finds by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from openclaw_fal.completion.install import SHELLS
from openclaw_fal.config.path import ConfigPath, show_path
from openclaw_fal.config.settings import MODEL_PATHS
from openclaw_fal.config.settings_schema import SCHEMA
from openclaw_fal.core.batch_lines import BATCH_FORMATS
from openclaw_fal.core.batch_requests import COMMANDS as COMMANDS_OF_LINES
from openclaw_fal.core.kinds import IMAGE_RESOLUTIONS, KIND_ROWS, MUSIC_FORMATS, OUTPUT_FORMATS, VIDEO_RESOLUTIONS
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import (
    AUTH_CHOICES,
    BACKGROUNDS,
    IF_EXISTS,
    INTERRUPT_POLICIES,
    LOG_LEVELS,
    MAX_COUNT,
    PRINT_FORMS,
    PROGRESS_MODES,
    QUALITIES,
    REQUEST_FORMS,
    RESET_SCOPES,
    SECRET_INPUT_MODES,
    SECRET_SOURCES,
    SPENDING_GROUPS,
)
from openclaw_fal.core.tasks import TaskStatus
from openclaw_fal.models.capabilities import SIZES, capabilities
from openclaw_fal.models.catalog import BUILT_IN
from openclaw_fal.models.facts import list_endpoints
from openclaw_fal.models.refs import model_ref
from openclaw_fal.models.schema import OutputKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openclaw_fal.completion.tree import Command
    from openclaw_fal.core.kinds import Kind

TEXT = "text"  # no suggestions, not even file names
IGNORED = "ignored"  # the value of a flag that does nothing here; such a flag is not suggested
FILES = "files"
PROFILES = "profiles"
TASKS = "tasks"
OPEN_TASKS = "open-tasks"
IMAGE_MODELS = "image-models"
VIDEO_MODELS = "video-models"
MUSIC_MODELS = "music-models"
ALL_MODELS = "all-models"
MODEL_INPUTS = "model-inputs"  # the inputs of the model on the command line, and their values
CONFIG_VALUES = "config-values"
COMMANDS = "commands"  # the words of a command, or a help topic; the tree turns them into subcommands


def _model_settings(settings: Iterable[ConfigPath]) -> tuple[str, ...]:
    return tuple(show_path(path) for setting in settings for path in (setting, (*setting, "primary")))


# Settings that name a model, by the kind of their value.
MODEL_SETTINGS = {
    IMAGE_MODELS: _model_settings(reversed(MODEL_PATHS["image"])),
    VIDEO_MODELS: _model_settings(reversed(MODEL_PATHS["video"])),
    MUSIC_MODELS: _model_settings(MODEL_PATHS["music"]),
}

# By the parameter's name, or by its group or command and its name where these differ.
KINDS = {
    "profile": PROFILES,
    "log_level": "log-levels",
    "prompt": TEXT,
    "words": TEXT,
    "image.model": IMAGE_MODELS,
    "video.model": VIDEO_MODELS,
    "music.model": MUSIC_MODELS,
    "run.model": ALL_MODELS,
    "count": "counts",
    "size": "sizes",
    "image.aspect_ratio": "image-aspect-ratios",
    "video.aspect_ratio": "video-aspect-ratios",
    "image.resolution": "image-resolutions",
    "video.resolution": "video-resolutions",
    "output_format": "output-formats",
    "music.output_format": "music-formats",
    "lyrics": TEXT,
    "music.duration": TEXT,
    "quality": "qualities",
    "background": "backgrounds",
    "duration": "durations",
    "seed": TEXT,
    "negative_prompt": TEXT,
    "steps": TEXT,
    "guidance": TEXT,
    "param": MODEL_INPUTS,
    "models.model": ALL_MODELS,
    "tasks.model": ALL_MODELS,
    "request_id": TEXT,
    "task": TASKS,
    "search": TEXT,
    "category": "model-categories",
    "kind": "model-kinds",
    "file": FILES,
    "image": FILES,
    "last_image": FILES,
    "mask": FILES,
    "video": FILES,
    "audio_ref": FILES,
    "output": FILES,
    "timeout_ms": TEXT,
    "max_cost": TEXT,
    "as_form": "request-forms",
    "by": "spending-groups",
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
    "since": TEXT,
    "gallery.model": ALL_MODELS,
    "limit": TEXT,
    "only": TEXT,
    "days": TEXT,
    "task_id": TASKS,
    "task_ids": TASKS,
    "cancel.task_ids": OPEN_TASKS,
    "path": "config-paths",
    "value": CONFIG_VALUES,
    "expect_current_json": TEXT,
    "batch_json": TEXT,
    "batch_file": FILES,
    "ref_provider": TEXT,
    "ref_source": "secret-sources",
    "ref_id": TEXT,
    "replace_path": "config-paths",
    "profile_id": TEXT,
    "alias": TEXT,
    "help.words": COMMANDS,
    "inspect.model": ALL_MODELS,
    "inspect.name": "capabilities",
    "shell": "shells",
    "batch": TEXT,
    "rerun.model": ALL_MODELS,
    "rerun.resolution": "image-resolutions",
    "rerun.aspect_ratio": "image-aspect-ratios",
    "tasks.kind": "task-kinds",
    "print_form": "print-forms",
    "if_exists": "if-exists",
    "source": FILES,
    "sources": FILES,
    "command": "batch-commands",
    "input_format": "batch-formats",
    "batch.model": ALL_MODELS,
    "batch.resolution": TEXT,
    "batch.aspect_ratio": "image-aspect-ratios",
    "batch.name": TEXT,
    "gallery.batch": TEXT,
    "concurrency": TEXT,
    "results": FILES,
    "shard": TEXT,
    "sandbox.words": "sandbox-words",
    "port": TEXT,
    "speed": TEXT,
}


def find_kind(path: tuple[str, ...], name: str) -> str | None:
    """Return the kind of value that a parameter of the command at ``path`` takes; ``None`` if it is not in the table.

    Looks for the command and the name, then the group and the name, then the name alone.
    """
    keys = (*(f"{word}.{name}" for word in reversed(path)), name)
    return next((KINDS[key] for key in keys if key in KINDS), None)


class Word(Record):
    """A value to suggest."""

    text: str
    description: str = ""


def values_by_kind(root: Command) -> dict[str, tuple[Word, ...]]:
    """Return the values of each kind that a script holds; the built-in models are used until a catalog is fetched."""
    return {kind: tuple(map(Word, words)) for kind, words in _fixed_words(root).items()} | {
        IMAGE_MODELS: _built_in_models("-to-image"),
        VIDEO_MODELS: _built_in_models("-to-video"),
        MUSIC_MODELS: _built_in_models("-to-audio"),
        ALL_MODELS: _built_in_models(""),
    }


def _fixed_words(root: Command) -> dict[str, tuple[str, ...]]:
    return {
        "log-levels": LOG_LEVELS,
        "counts": tuple(str(count) for count in range(1, MAX_COUNT + 1)),
        "sizes": (*SIZES, "auto"),
        "image-aspect-ratios": _ratios("image"),
        "video-aspect-ratios": _ratios("video"),
        "image-resolutions": IMAGE_RESOLUTIONS,
        "video-resolutions": VIDEO_RESOLUTIONS,
        "output-formats": OUTPUT_FORMATS,
        "music-formats": MUSIC_FORMATS,
        "qualities": QUALITIES,
        "backgrounds": BACKGROUNDS,
        "durations": _durations(),
        "interrupt-policies": INTERRUPT_POLICIES,
        "request-forms": REQUEST_FORMS,
        "spending-groups": SPENDING_GROUPS,
        "print-forms": PRINT_FORMS,
        "if-exists": IF_EXISTS,
        "task-kinds": tuple(KIND_ROWS),
        "batch-commands": COMMANDS_OF_LINES,
        "batch-formats": BATCH_FORMATS,
        "progress-modes": PROGRESS_MODES,
        "auth-choices": AUTH_CHOICES,
        "secret-input-modes": SECRET_INPUT_MODES,
        "reset-scopes": RESET_SCOPES,
        "secret-sources": SECRET_SOURCES,
        "providers": ("fal",),
        "task-statuses": tuple(TaskStatus),
        "config-paths": tuple(_paths_of(SCHEMA)),
        "model-categories": _categories(),
        "model-kinds": get_args(OutputKind),
        "capabilities": _capability_ids(root),
        "shells": SHELLS,
        "sandbox-words": ("faults",),
    }


def _built_in_models(suffix: str) -> tuple[Word, ...]:
    models = (model for model in BUILT_IN if model.category.endswith(suffix))
    return tuple(Word(model_ref(model.endpoint_id), model.name) for model in models)


def _categories() -> tuple[str, ...]:
    return tuple(sorted({category for _endpoint, category, *_ in list_endpoints() if category}))


def _capability_ids(root: Command) -> tuple[str, ...]:
    """Return what `infer inspect --name` takes: the commands of the groups below `infer`, as ``image.generate``."""
    groups = dict(root.commands)["infer"].commands
    return tuple(f"{group}.{name}" for group, below in groups for name, _command in below.commands)


def _ratios(kind: Kind) -> tuple[str, ...]:
    return (*capabilities(kind).aspect_ratios, "auto")


def _durations() -> tuple[str, ...]:
    known = capabilities("video").durations_by_model.values()
    return tuple(f"{seconds:g}" for seconds in sorted({seconds for each in known for seconds in each}))


def _paths_of(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield the path of each setting, but of an object only where the schema also allows another type."""
    shapes = [schema, *schema.get("anyOf", ())]
    if path and (len(shapes) > 1 or schema.get("type") != "object"):
        yield path
    for shape in shapes:
        for name, below in shape.get("properties", {}).items():
            yield from _paths_of(below, f"{path}.{name}" if path else name)
