"""`python -m openclaw_fal`, and the command `openclaw-fal`."""

from __future__ import annotations

import gc
import sys


def run() -> None:
    # Starting up makes many objects and hardly any garbage; looking for some as often as usual takes 5 ms.
    gc.set_threshold(50_000)
    from openclaw_fal.cli import main

    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
