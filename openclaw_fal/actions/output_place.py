"""``--output`` and ``--if-exists``: where the files of a request go, and whether they can, before anything is sent."""

from __future__ import annotations

import os
import os.path
import time
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.file_names import current_folder, default_stem, exact_names, plan_output
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.media import extension_for, mime_for
from openclaw_fal.core.results import RESULT_URL, Asset, Envelope
from openclaw_fal.store.output_check import OutputCheck
from openclaw_fal.store.paths import expand_home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.actions.generation import Options
    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.requests import IfExists, Request
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.models.schema import OutputKind
    from openclaw_fal.runtime import Runtime

# How names of files begin that the user did not choose, by what a model makes.
_STEMS: Mapping[OutputKind, str] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "3d": "model",
    "text": "file",
    "other": "file",
}


def output_of(
    runtime: Runtime,
    request: Request,
    options: Options,
    planned: Sequence[Plan],
    check: OutputCheck | None = None,
) -> OutputPlan:
    """Return where the files of a request go. Raises `UsageError` if they can't be written there."""
    return read_output(
        runtime,
        options.output,
        _stem(request, planned),
        count=request.count or 1,
        overwrite=options.overwrite,
        if_exists=options.if_exists,
        extension=_expected_extension(request),
        sidecar=options.sidecar,
        metadata=options.metadata,
        check=check,
    )


def existing(request: Request, output: OutputPlan, planned: Sequence[Plan]) -> Envelope | None:
    """Return an answer with the files that are there already, ``None`` unless all of them are."""
    paths = existing_files(output, request.count or 1, _expected_extension(request))
    files = tuple(
        Asset(RESULT_URL, mime_type=mime_for(path.suffix), size=path.stat().st_size, path=str(path)) for path in paths
    )
    return Envelope(capability=request.capability, model=planned[0].endpoint, outputs=files) if files else None


def existing_files(output: OutputPlan, count: int, extension: str = "") -> list[Path]:
    """Return the files that have the names of a plan already; none unless all of them do."""
    paths = [Path(name) for name in exact_names(output, count, extension)]
    return paths if all(os.path.isfile(path) for path in paths) else []


def listed(answer: Envelope) -> str:
    """Return a sentence about the files of an answer that `existing` made."""
    names = ", ".join(str(asset.path) for asset in answer.outputs)
    return f"{names} exist{'s' if len(answer.outputs) == 1 else ''} already"


def read_output(
    runtime: Runtime,
    typed: str | None,
    word: str,
    *,
    count: int,
    overwrite: bool,
    if_exists: IfExists | None,
    extension: str = "",
    sidecar: bool = False,
    metadata: bool = False,
    check: OutputCheck | None = None,
) -> OutputPlan:
    """Return where ``count`` files go. Raises `UsageError` if they can't be written there.

    Names that the user did not choose begin with ``word``. ``check`` may remember which folders were checked.
    `OutputPlan` has the meaning of the others.
    """
    overwrite = overwrite or if_exists == "overwrite"
    stem = default_stem(word, time.localtime(runtime.clock.now()))
    if typed and typed.startswith("~/"):  # the shell does not expand it in --output=~/…
        typed = f"{expand_home('~')}{typed[1:]}"
    output = plan_output(typed, cwd=current_folder(), stem=stem, is_folder=os.path.isdir, overwrite=overwrite)
    output = output._replace(sidecar=sidecar, metadata=metadata)
    if output.kind == "stdout":
        _check_stdout(runtime)
        if sidecar:
            raise UsageError("--sidecar writes beside a file, and --output - writes none. Leave one of them out.")
    check = check or OutputCheck()
    check(output, count, extension, may_be_taken=if_exists in ("skip", "rename"))
    return output


def _check_stdout(runtime: Runtime) -> None:
    if runtime.json:
        raise UsageError("--output - and --json both write to standard output. Leave one of them out.")
    if not hasattr(runtime.screen.stdout, "buffer"):
        raise UsageError("--output - writes to standard output, which is closed.", hint="Give another --output.")
    if runtime.screen.stdout_is_terminal:
        raise UsageError(
            "--output - would write the bytes of the file to this terminal.",
            hint="Redirect them, such as: … --output - > fox.png\nOr give another --output.",
        )


def _expected_extension(request: Request) -> str:
    """Return the extension that the files most likely get, to find out before submitting whether a name is taken."""
    asked = mime_for(f".{request.output_format}")
    return extension_for(asked) if asked else KIND_ROWS[request.kind].extension


def _stem(request: Request, planned: Sequence[Plan]) -> str:
    """Return the word with which names of files begin that the user did not choose."""
    schema = planned[0].schema
    return KIND_ROWS[request.kind].stem or _STEMS[schema.kind if schema else "other"]
