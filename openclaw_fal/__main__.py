"""`python -m openclaw_fal`, and the command `openclaw-fal`."""

from __future__ import annotations

import gc
import sys


def run() -> None:
    # Starting up makes many objects and hardly any garbage; looking for some as often as usual takes 5 ms.
    gc.set_threshold(50_000)
    try:
        from openclaw_fal.cli import main

        status = main(sys.argv[1:])
    except KeyboardInterrupt:  # before `main` could look after it: nothing has been done yet
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    run()
