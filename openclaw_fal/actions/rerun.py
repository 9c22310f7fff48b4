"""`rerun`: the request of an earlier task, found by the task, a file that it made, or the sidecar of that file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.sidecars import read_sidecar
from openclaw_fal.core.command_line import lost_part
from openclaw_fal.core.errors import OpenclawFalError, RequestError, UsageError
from openclaw_fal.core.file_names import current_folder, sidecar_of
from openclaw_fal.core.kinds import KIND_ROWS, flag_name
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import Parameter, Request, is_local, local_files
from openclaw_fal.models.refs import model_ref
from openclaw_fal.store.paths import absolute_path, expand_home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.core.tasks import Task
    from openclaw_fal.runtime import Runtime


class Earlier(Record):
    """What was asked, and the model and the seed that were used.

    ``folder`` is where its files went, and ``working_folder`` where its references were named from, if that is known.
    """

    request: Request
    model: str
    seed: int | None
    sandbox: bool
    folder: Path | None
    working_folder: Path | None = None


class Changes(Record):
    """What is to be different this time; ``None`` and empty change nothing. ``hints`` are fields of the request."""

    seed: int | None = None
    model: str | None = None
    prompt: str | None = None
    parameters: tuple[Parameter, ...] = ()
    hints: Mapping[str, Any] = {}


def find_earlier(runtime: Runtime, name: str) -> Earlier:
    """Return what made a file, or what a sidecar or the task with this id says.

    Raises `UsageError` for a file of unknown origin, and as `Journal.get_task` does.
    """
    path = absolute_path(name)
    beside = Path(sidecar_of(str(path)))
    sidecar = read_sidecar(path) or (read_sidecar(beside) if _belongs(beside, path) else {})
    if sidecar:
        return _from_sidecar(runtime, sidecar, path.parent)
    if os.path.isfile(path):
        return _from_task(_task_of(runtime, path) or _raise_unknown(path))
    try:
        return _from_task(runtime.journal.get_task(name))
    except OpenclawFalError as error:
        task = _task_of(runtime, path)
        if task is None and error.code == "task_not_found":
            raise UsageError(
                f"There is no file, sidecar or task {name!r}.", hint=f"The newest tasks: {command('tasks list')}"
            ) from error
        if task is None:
            raise
        return _from_task(task)


def _belongs(sidecar: Path, path: Path) -> bool:
    """Return whether a sidecar is about this file, and not about one that it replaced."""
    digest = read_sidecar(sidecar).get("file", {}).get("sha256")
    return not os.path.isfile(path) or digest is None or digest == _digest(path)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}.") from error


def _task_of(runtime: Runtime, path: Path) -> Task | None:
    """Return the newest task that made a file, by content, wherever it is now; by name if it is not there."""
    key = _digest(path) if os.path.isfile(path) else str(path)
    tasks = runtime.journal.list_tasks()
    return next((task for task in tasks if any(key in (file.sha256, file.path) for file in task.outputs)), None)


def _raise_unknown(path: Path) -> Task:
    raise UsageError(
        f"It is unknown how {path} was made: it has no sidecar, and no task of this machine made it.",
        hint=f"To rerun a task by its id, list the tasks: {command('tasks list')}",
    )


def _from_task(task: Task) -> Earlier:
    if task.request is None:
        raise UsageError(f"The task {task.id} can't be rerun: its request is not known.")
    folder = Path(task.delivery.folder) if task.delivery and task.delivery.folder else None
    working = Path(task.working_folder) if task.working_folder else None
    return Earlier(task.request, model_ref(task.model), task.seed, task.sandbox, folder, working)


def _from_sidecar(runtime: Runtime, sidecar: Mapping[str, Any], folder: Path) -> Earlier:
    try:
        request = Request.from_record(sidecar["request"])
        seed = sidecar.get("seed")
        earlier = Earlier(
            request=request,
            model=str(sidecar["model"]),
            seed=None if seed is None else int(seed),
            sandbox=bool(sidecar.get("sandbox")),
            folder=folder,
        )
        changed(earlier, Changes())  # which checks every value
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"The sidecar is damaged or from another version ({error!r}).") from error
    if not _is_own(runtime, str(sidecar.get("taskId"))):
        _check_files_inside(earlier)
    return earlier


def _is_own(runtime: Runtime, task_id: str) -> bool:
    return any(task.id == task_id for task in runtime.journal.list_tasks())


def _check_files_inside(earlier: Earlier) -> None:
    """Refuse files elsewhere in a sidecar of another machine: its author could ask for any file of this one."""
    here = Path(current_folder())
    places = [here.resolve(), (earlier.folder or here).resolve()]
    for name in local_files(earlier.request):
        path = _found(name, earlier).resolve()
        if not any(path.is_relative_to(place) for place in places):
            raise RequestError(
                f"The sidecar is not from this machine, and asks to send {name}, which is outside its folder.",
                hint="To send it, copy the file beside the sidecar, and give that path in the sidecar.",
            )


def changed(earlier: Earlier, changes: Changes) -> Request:
    """Return the request with the changes, with files that are found from another folder, too.

    Raises `UsageError` for values that no model takes, and for what was not kept and is not given again.
    """
    before = _reshaped(earlier.request, changes.hints)
    seed = changes.seed if changes.seed is not None else before.seed
    new = list(changes.parameters)
    if "seed" not in KIND_ROWS[before.kind].hints:
        new += [] if changes.seed is None else [Parameter("seed", changes.seed, "json")]
        seed = None
    elif seed is None:
        seed = earlier.seed
    names = {parameter.name for parameter in new}
    kept = [_with_file(each, earlier) for each in before.parameters if each.name not in names]
    references = (
        each._replace(source=str(_found(each.source, earlier))) if is_local(each.source) else each
        for each in before.references
    )
    request = before._replace(
        model=changes.model or earlier.model,
        prompt=before.prompt if changes.prompt is None else changes.prompt,
        seed=seed,
        references=tuple(references),
        parameters=(*kept, *new),
    )
    if lost := lost_part(request):
        raise RequestError(f"It can't be rerun unchanged: {lost} was not kept.")
    return request


def _reshaped(before: Request, hints: Mapping[str, Any]) -> Request:
    """Return the request with other hints. A size replaces a ratio and a resolution, and either of these a size."""
    for name in hints:
        if name not in KIND_ROWS[before.kind].hints:
            raise RequestError(
                f"{flag_name(name, before.kind)} is no flag for {before.capability}. "
                "Give the model's own inputs with -p NAME=VALUE."
            )
    if "size" in hints:
        before = before._replace(aspect_ratio=None, resolution=None)
    elif {"aspect_ratio", "resolution"} & hints.keys():
        before = before._replace(size=None)
    return before._replace(**hints)


def _with_file(parameter: Parameter, earlier: Earlier) -> Parameter:
    if parameter.form != "file" or not is_local(parameter.value):
        return parameter
    return parameter._replace(value=str(_found(parameter.value, earlier)))


def _found(name: str, earlier: Earlier) -> Path:
    """Return the path of a file that was named from the current folder of that time.

    If that folder is not known, it may have been the current one, or the one of the results.
    """
    path = expand_home(name)
    there = earlier.working_folder / path if earlier.working_folder else path
    if earlier.working_folder and os.path.exists(there):
        return path if os.path.exists(path) and path.samefile(there) else there
    beside = earlier.folder / path if earlier.folder else path
    return beside if os.path.exists(beside) and not os.path.exists(path) else path
