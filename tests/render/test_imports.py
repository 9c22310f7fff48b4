"""rich takes tens of milliseconds to load: only what draws on a terminal does so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from openclaw_fal import render

WITH_RICH = ["live_display", "output_terminal", "terminal_table"]
WITHOUT_RICH = sorted({path.stem for path in Path(render.__path__[0]).glob("[a-z]*.py")} - {*WITH_RICH})


def imports_rich(*modules: str) -> bool:
    names = ", ".join(f"openclaw_fal.render.{module}" for module in modules)
    code = f"import sys, {names}; sys.exit('rich' in sys.modules)"
    return bool(subprocess.run([sys.executable, "-c", code], check=False).returncode)


def test_modules_that_need_no_terminal_do_not_import_rich() -> None:
    assert not imports_rich(*WITHOUT_RICH)


@pytest.mark.parametrize("module", WITH_RICH)
def test_the_other_modules_import_rich(module: str) -> None:
    assert imports_rich(module)
