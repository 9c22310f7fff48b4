"""Models and their inputs, in files that shells read: TAB starts no Python. See `completion_cache`."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from openclaw_fal.models.facts import find_schema
from openclaw_fal.models.refs import model_ref
from openclaw_fal.store.completion_cache import SAFE_VALUE, replace_file, write_completions
from openclaw_fal.store.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from openclaw_fal.models.catalog import ListedModel
    from openclaw_fal.models.schema import Input, Schema

IMAGE_MODELS_FILE = "fal-image-models.txt"
VIDEO_MODELS_FILE = "fal-video-models.txt"
MUSIC_MODELS_FILE = "fal-music-models.txt"
ALL_MODELS_FILE = "fal-all-models.txt"
MODEL_INPUTS_FILE = "fal-model-inputs.txt"
MODEL_FILES = (IMAGE_MODELS_FILE, VIDEO_MODELS_FILE, MUSIC_MODELS_FILE, ALL_MODELS_FILE, MODEL_INPUTS_FILE)

MAX_VALUES = 60  # of one input
_SAFE_INPUT_VALUE = r"[A-Za-z0-9_./:+-]+"


def write_model_completions(folder: Path, models: Iterable[ListedModel]) -> None:
    """Write the models that make images, those that make videos, those that make music, and all of them."""
    with suppress(OSError):
        make_private_folder(folder)
    current = sorted((model for model in models if not (model.is_deprecated or model.is_gone)), key=_by_id)
    of_kind: dict[str, Callable[[ListedModel], bool]] = {
        IMAGE_MODELS_FILE: lambda model: model.category.endswith("-to-image"),
        VIDEO_MODELS_FILE: lambda model: model.category.endswith("-to-video"),
        MUSIC_MODELS_FILE: _makes_music,
        ALL_MODELS_FILE: lambda _model: True,
    }
    for name, is_wanted in of_kind.items():
        write_completions(
            folder / name, ((model_ref(model.endpoint_id), model.name) for model in current if is_wanted(model))
        )


def _makes_music(model: ListedModel) -> bool:
    """Return whether a model makes music; its category includes speech, but its inputs distinguish the two."""
    if model.category != "text-to-audio":
        return False
    schema = find_schema(model.endpoint_id)
    return schema is None or schema.makes_music


def write_input_completions(file: Path, schemas: Iterable[Schema]) -> None:
    """Write the inputs of models, a model a line; later schemas replace earlier ones of the same model.

    Models that the file already has stay. Shells look for a line by its first bytes, so the lines are sorted.
    """
    with suppress(Exception):
        lines = {line.partition("\t")[0]: line for line in _lines_of(file)}
        for schema in schemas:
            lines[schema.endpoint] = _input_line(schema)
        ordered = sorted(filter(None, lines.values()), key=str.encode)
        make_private_folder(file.parent)
        replace_file(file, "".join(f"{line}\n" for line in ordered))


def _lines_of(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if os.path.exists(file) else []


def _input_line(schema: Schema) -> str:
    """Return the id of a model and its inputs, the required ones first; empty if it has none that a shell may read."""
    inputs = sorted((schema.inputs or {}).items(), key=lambda each: not each[1].is_required)
    fields = [each for name, field in inputs for each in _with_members(name, field)]
    cells = [f"{name}={','.join(_values_of(field))}" for name, field in fields if re.fullmatch(SAFE_VALUE, name)]
    return "\t".join((schema.endpoint, *cells)) if cells and re.fullmatch(SAFE_VALUE, schema.endpoint) else ""


def _with_members(name: str, field: Input) -> Iterator[tuple[str, Input]]:
    """Yield an input and the members of its object, or of the first object of its list, under the names for ``-p``."""
    yield name, field
    object_name, fields = (f"{name}.0", field.items.properties) if field.items else (name, field.properties)
    for member, inner in (fields or {}).items():
        yield from _with_members(f"{object_name}.{member}", inner)


def _values_of(field: Input) -> list[str]:
    values = field.enum or ((True, False) if field.types == ("boolean",) else ())
    texts = (str(value).lower() if isinstance(value, bool) else str(value) for value in values)
    return [text for text in texts if re.fullmatch(_SAFE_INPUT_VALUE, text)][:MAX_VALUES]


def _by_id(model: ListedModel) -> str:
    return model.endpoint_id
