"""What a file was made from, kept with the file: the sidecar beside it, and text inside a picture."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal import __version__
from openclaw_fal.core.command_line import command_line
from openclaw_fal.core.events import Note
from openclaw_fal.core.file_names import sidecar_of
from openclaw_fal.core.json_text import parse_json
from openclaw_fal.core.picture_metadata import CannotHoldText, PictureText, with_text
from openclaw_fal.models.refs import model_ref
from openclaw_fal.store.user_files import write_new

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.results import Asset
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.store.part_files import PartFile

VERSION_KEY = "openclawFal"
"""The member that marks a JSON file as a sidecar; its value is the version that wrote it."""


def write_sidecar(task: Task, asset: Asset, output: OutputPlan) -> Generator[Note, None, None]:
    """Write what is known of a saved file beside it. Replaces other files only with ``--overwrite``."""
    path = Path(sidecar_of(asset.path or ""))
    text = json.dumps(_sidecar(task, asset), ensure_ascii=False, indent=2) + "\n"
    if read_sidecar(path).get("taskId") == task.id:
        return  # written by an earlier run
    try:
        write_new(path, text.encode("utf-8", "replace"), replaces=output.overwrite and output.kind != "folder")
    except FileExistsError:
        yield Note(f"{path} already exists, so no sidecar was written.", "warning")
    except OSError as error:
        yield Note(f"The sidecar {path} can't be written: {error.strerror or error}.", "warning")


def read_sidecar(path: Path) -> dict[str, Any]:
    """Return the content of a sidecar; empty for any other file."""
    try:
        if not os.path.isfile(path):  # a pipe would wait for a program that writes
            return {}
        with path.open("rb") as file:
            found = parse_json(file.read(_MAX_SIDECAR))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and VERSION_KEY in found else {}


_MAX_SIDECAR = 10_000_000  # bytes, more than any request


def _sidecar(task: Task, asset: Asset) -> dict[str, Any]:
    known = {
        VERSION_KEY: __version__,
        "file": {"name": Path(asset.path or "").name} | {k: v for k, v in asset.as_json().items() if k != "path"},
        "capability": task.capability,
        "model": model_ref(task.model),
        "endpoint": task.endpoint,
        "request": task.request.as_json() if task.request else None,
        "seed": task.seed,
        "taskId": task.id,
        "requestId": task.request_id,
        "requestDigest": task.digest,
        "createdAt": _iso(task.created_at),
        "finishedAt": _iso(task.finished_at),
        "billableUnits": task.billable_units,
        "cost": task.cost.as_json() if task.cost else None,
        "sandbox": task.sandbox or None,
        "command": command_line(task, keeps_lines=True) or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def embed_text(task: Task, part: PartFile) -> Generator[Note, None, None]:
    """Put prompt, model and seed into a downloaded picture; other files stay as they are, and a note says so."""
    text = PictureText(
        prompt=task.request.prompt if task.request else "",
        model=model_ref(task.endpoint),
        seed=task.seed,
        software=f"openclaw-fal {__version__}",
    )
    try:
        part.replace(with_text(Path(part.path).read_bytes(), text))
    except CannotHoldText as reason:
        yield Note(f"No metadata was embedded in a file: {reason}.")
    except OSError as error:
        yield Note(f"No metadata was embedded in a file: {error.strerror or error}.", "warning")
