"""Fixtures of the store's tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import openclaw_fal

if TYPE_CHECKING:
    from collections.abc import Callable

WORKER = Path(__file__).with_name("journal_worker.py")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(openclaw_fal.__file__).parents[1])}


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[bytes]]:
    """Return a function that starts `journal_worker.py` with its arguments, with a pipe for its output."""

    def start_worker(*arguments: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(WORKER), *map(str, arguments)]
        return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE)

    return start_worker
