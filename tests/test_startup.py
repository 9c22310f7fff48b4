"""What a command does not load: its speed, without a clock. `tests/bench/bench_startup.py` measures it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from openclaw_fal import __version__
from openclaw_fal.models.catalog import shipped_models
from openclaw_fal.store.caches import CatalogCache

if TYPE_CHECKING:
    from pathlib import Path

    from openclaw_fal.sandbox import Sandbox

HEAVY = ("httpx", "rich", "json5", "pydantic", "asyncio", "sqlite3")

# Every module that was imported by the time the program ends, one per line, after what it printed.
PROGRAM = """
import sys
from openclaw_fal.cli import main
code = main(sys.argv[1:])
print("loaded:", *sys.modules, file=sys.stderr)
sys.exit(code)
"""


def loaded_by(*arguments: str) -> set[str]:
    """Run the program in a fresh interpreter and return the modules it loaded."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, env=os.environ, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return set(ended.stderr.rpartition("loaded:")[2].split())


@pytest.mark.parametrize("command", [["--version"], ["config", "file"]], ids=" ".join)
def test_local_commands_load_nothing_heavy(command: list[str]) -> None:
    assert loaded_by(*command).isdisjoint(HEAVY)


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_answered_before_typer_is_imported(flag: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "openclaw_fal", flag]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == f"openclaw-fal {__version__}\n"
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert {name for name in loaded if name.startswith("openclaw_fal")} == {"openclaw_fal"}
    assert "typer" not in loaded


def test_reading_a_plain_configuration_loads_no_json5() -> None:
    loaded_by("config", "set", "agents.defaults.mediaMaxMb", "20")
    assert loaded_by("config", "get", "agents.defaults.mediaMaxMb").isdisjoint(HEAVY)


@pytest.mark.usefixtures("fal")
def test_the_task_list_loads_the_journal_and_no_network() -> None:
    loaded_by("image", "generate", "a red fox", "--json")
    assert loaded_by("tasks", "list", "--json").isdisjoint({"httpx", "rich", "json5", "pydantic", "asyncio"})


def test_the_programs_help_imports_no_command() -> None:
    commands = {name.rpartition(".")[2] for name in loaded_by("--help") if name.startswith("openclaw_fal.commands.")}
    assert commands == {"command_classes", "options", "help_pages"}


@pytest.mark.usefixtures("fal")
def test_listing_models_for_a_pipe_draws_nothing() -> None:
    assert loaded_by("models", "list", "--plain").isdisjoint({"rich", "json5", "pydantic", "asyncio"})


def test_a_cached_list_and_a_known_model_are_shown_without_a_network(
    folder: Path,
) -> None:
    unneeded = {"httpx", "httpcore", "rich", "json5", "pydantic", "asyncio", "hashlib", "openclaw_fal.fal.client"}
    assert loaded_by("models", "show", "fal/fal-ai/flux/dev").isdisjoint(unneeded)
    assert loaded_by("image", "generate", "--model", "flux-dev", "--help").isdisjoint(unneeded)
    CatalogCache(folder / "cache" / "fal-models.json").write(tuple(shipped_models()), time.time())
    assert loaded_by("models", "list", "--plain").isdisjoint(unneeded)


def test_an_image_for_a_script_loads_neither_rich_nor_json5_nor_httpx_itself(fal: Sandbox) -> None:
    loaded = loaded_by("image", "generate", "--prompt", "a red fox", "--json")
    assert len(fal.submissions) == 1
    assert "httpcore" in loaded
    assert loaded.isdisjoint(
        {"httpx", "urllib.request", "http.client", "email", "rich", "json5", "pydantic", "asyncio"}
    )
    parts = ("gallery", "rerun", "sidecars", "picture_metadata", "pictures", "PIL")
    assert {name for name in loaded if name.rpartition(".")[2] in parts} == set()


@pytest.mark.usefixtures("fal")
def test_costs_are_loaded_by_those_who_ask_for_them_only() -> None:
    of_costs = {
        *("decimal", "openclaw_fal.core.costs", "openclaw_fal.models.estimates", "openclaw_fal.store.caches"),
        *("openclaw_fal.actions.pricing", "openclaw_fal.actions.spending", "openclaw_fal.actions.step_summary"),
        *("openclaw_fal.fal.billing", "openclaw_fal.fal.history", "openclaw_fal.actions.recovery"),
        "openclaw_fal.actions.dry_run",
    }
    assert not loaded_by("image", "generate", "--prompt", "a red fox") & of_costs
    assert loaded_by("image", "generate", "--prompt", "x", "--max-cost", "1") >= {"openclaw_fal.models.estimates"}


@pytest.mark.usefixtures("fal")
@pytest.mark.parametrize(
    "command",
    [["--version"], ["image", "generate", "--prompt", "x"], ["models", "list"], ["tasks", "list"], ["config", "file"]],
    ids=" ".join,
)
def test_the_sandbox_stays_away_unless_asked_for(command: list[str]) -> None:
    assert not {name for name in loaded_by(*command) if name.startswith("openclaw_fal.sandbox")}


@pytest.mark.parametrize(
    ("command", "group"), [(["config", "file"], "config"), (["tasks", "list"], "tasks_list")], ids=["config", "tasks"]
)
def test_only_the_named_group_of_commands_is_built(command: list[str], group: str) -> None:
    groups = {name for name in loaded_by(*command) if name.startswith("openclaw_fal.commands.")}
    assert groups <= {f"openclaw_fal.commands.{name}" for name in ("command_classes", "options", group)}
