"""``--output``, read and tried before anything is sent."""

from __future__ import annotations

import os.path
import time
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.naming import OutputPlan, default_stem, plan_output
from openclaw_fal.store.files import check_writable

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime


def read_output(
    runtime: Runtime, typed: str | None, kind: str, *, count: int, overwrite: bool, extension: str = ""
) -> OutputPlan:
    """Return where ``count`` files go; raise `UsageError` when they can't go there.

    ``kind`` (image, video) begins the names that nobody chose.
    """
    stem = default_stem(kind, time.localtime(runtime.clock.now()))
    if typed and typed.startswith("~/"):  # as the shell does where it sees that it is a path
        typed = f"{Path.home()}{typed[1:]}"
    output = plan_output(typed, cwd=_current_folder(), stem=stem, is_folder=os.path.isdir, overwrite=overwrite)
    if output.kind == "stdout" and runtime.json:
        raise UsageError("--output - and --json both want standard output. Leave one of them out.")
    if output.kind == "stdout" and not hasattr(runtime.screen.stdout, "buffer"):
        raise UsageError("--output - writes to standard output, which is closed.", hint="Give another --output.")
    check_writable(output, count, extension)
    return output


def _current_folder() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        raise UsageError(
            f"The current folder can't be used: {error.strerror}.", hint="Change to another one: cd ~"
        ) from error
