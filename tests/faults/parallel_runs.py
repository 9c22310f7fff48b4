"""Runs of the program at the same time: `python parallel_runs.py COUNT -- ARGUMENT…` prints their exit statuses.

Forked from one process that has imported everything, so that they really start together.
"""

from __future__ import annotations

import json
import os
import sys

import httpx  # noqa: F401 - imported before the fork, for all of them

from openclaw_fal import actions, commands, fal, render, store  # noqa: F401
from openclaw_fal.cli import main


def run_at_once(count: int, arguments: list[str]) -> list[int]:
    gate, opener = os.pipe()
    children = []
    for _ in range(count):
        child = os.fork()
        if not child:
            os.close(opener)
            os.read(gate, 1)  # returns when the other end is closed everywhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os._exit(main(arguments))
        children.append(child)
    os.close(opener)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


if __name__ == "__main__":
    at = sys.argv.index("--")
    sys.stdout.write(json.dumps(run_at_once(int(sys.argv[1]), sys.argv[at + 1 :])))
