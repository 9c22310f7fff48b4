"""`python -m openclaw_fal`, and the command `openclaw-fal`."""

from __future__ import annotations

import gc
import os
import sys

from openclaw_fal import __version__


def run() -> None:
    """Run the command line of this process and exit with its status."""
    # A process this short makes many objects and hardly any garbage. Collecting it at start and freeing every module
    # at exit take a tenth of the time of an image.
    gc.set_threshold(200_000)
    status = _run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        # The reader may be gone, and a stream that the shell closed (`>&-`) is None.
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
    os._exit(status)


def _run(arguments: list[str]) -> int:
    if arguments[:1] in (["--version"], ["-V"]):
        # Answered here, before typer is imported: that takes longer than everything else.
        print(f"openclaw-fal {__version__}")  # noqa: T201
        return 0
    try:
        from openclaw_fal.cli import main

        return main(arguments)
    except KeyboardInterrupt:  # before `main` handles signals; nothing has been done yet
        return 130


if __name__ == "__main__":
    run()
