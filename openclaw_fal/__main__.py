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
    with suppress(OSError, ValueError):  # whoever read it may have gone
        sys.stdout.flush()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
