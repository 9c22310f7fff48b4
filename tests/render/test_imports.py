"""rich costs tens of milliseconds: only those who draw on a terminal pay for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from openclaw_fal import render

WITH_RICH = ["display", "output_terminal"]
WITHOUT_RICH = sorted({path.stem for path in Path(render.__path__[0]).glob("[a-z]*.py")} - {*WITH_RICH})


def imports_rich(*modules: str) -> bool:
    names = ", ".join(f"openclaw_fal.render.{module}" for module in modules)
    code = f"import sys, {names}; sys.exit('rich' in sys.modules)"
    return bool(subprocess.run([sys.executable, "-c", code], check=False).returncode)


def test_what_needs_no_terminal_never_imports_rich() -> None:
    assert not imports_rich(*WITHOUT_RICH)


@pytest.mark.parametrize("module", WITH_RICH)
def test_the_others_do_so_that_this_list_stays_honest(module: str) -> None:
    assert imports_rich(module)
