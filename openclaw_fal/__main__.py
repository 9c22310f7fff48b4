"""`python -m openclaw_fal`, and the command `openclaw-fal`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress


def run() -> None:
    # A process this short makes many objects and hardly any garbage: neither looking for some as it starts nor
    # taking everything apart as it ends is worth the time, together a tenth of what a picture takes.
    gc.set_threshold(50_000)
    try:
        from openclaw_fal.cli import main

        status = main(sys.argv[1:])
    except KeyboardInterrupt:  # before `main` could look after it: nothing has been done yet
        status = 130
    for stream in (sys.stdout, sys.stderr):
        # Whoever read it may have gone; and where the shell closed one (`>&-`) there is none at all.
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
