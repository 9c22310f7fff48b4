"""`python -m openclaw_fal`, and the command `openclaw-fal`."""

from __future__ import annotations

import sys


def run() -> None:
    from openclaw_fal.cli import main

    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
