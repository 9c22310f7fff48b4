"""`python -m openclaw_fal`, and the command `openclaw-fal`."""

# Before everything else, and without `signal`, which imports enum: until `main` handles signals nothing has been done,
# and Ctrl-C ends the process without a traceback.
import _signal  # type: ignore[import-not-found]  # built in

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

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
    from openclaw_fal.cli import main

    return main(arguments)


if __name__ == "__main__":
    run()
