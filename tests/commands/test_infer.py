"""`infer …` and `capability …`: OpenClaw's names, and what can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Runner

ALIASES = ("infer", "capability")
IDS = ["image.generate", "image.edit", "image.providers", "video.generate", "video.providers"]

# What OpenClaw lists for each capability that it shares with us.
OPENCLAWS_FLAGS = {
    "image.generate": """--prompt --model --count --size --aspect-ratio --resolution --output-format --background
        --openai-background --openai-moderation --quality --timeout-ms --output --json""",
    "image.edit": """--file --prompt --model --count --size --aspect-ratio --resolution --output-format --background
        --openai-background --openai-moderation --quality --timeout-ms --output --json""",
    "image.providers": "--json",
    "video.generate": """--prompt --model --size --aspect-ratio --resolution --duration --audio --watermark
        --timeout-ms --output --json""",
    "video.providers": "--json",
}


@pytest.mark.parametrize("alias", ALIASES)
def test_list_names_what_can_be_asked_for(run: Runner, alias: str) -> None:
    listed = run(alias, "list", "--json").json
    assert [entry["id"] for entry in listed] == IDS
    assert all(
        list(entry) == ["id", "description", "transports", "flags", "resultShape", "command"] for entry in listed
    )
    rows = [line.split("\t") for line in run(alias, "list").out.splitlines()]
    assert rows == [[entry["id"], entry["description"]] for entry in listed]


@pytest.mark.parametrize("name", IDS)
def test_inspect_shows_the_flags_that_openclaw_has_and_ours(run: Runner, name: str) -> None:
    entry = run("infer", "inspect", "--name", name, "--json").json
    assert entry in run("infer", "list", "--json").json
    assert entry["transports"] == ["local"]
    assert set(OPENCLAWS_FLAGS[name].split()) <= set(entry["flags"])
    assert len(entry["flags"]) == len(set(entry["flags"]))


def test_inspect_is_read_by_people_too(run: Runner) -> None:
    facts = dict(line.split(": ", 1) for line in run("infer", "inspect", "--name", "video.generate").out.splitlines())
    assert facts["id"] == "video.generate"
    assert facts["flags"].startswith("--prompt, ")
    assert facts["command"] == "openclaw-fal infer video generate"


@pytest.mark.parametrize("name", IDS)
def test_the_command_that_inspect_names_is_there(run: Runner, name: str) -> None:
    command = run("infer", "inspect", "--name", name, "--json").json["command"].split()[1:]
    shown = run(*command, "--help")
    assert shown.code == 0
    assert all(flag in shown.out for flag in run("infer", "inspect", "--name", name, "--json").json["flags"])


@pytest.mark.parametrize("alias", ALIASES)
@pytest.mark.parametrize("arguments", [["inspect", "--name", "audio.transcribe"], ["inspect"], ["transcribe"]])
def test_what_there_is_not_is_refused(run: Runner, alias: str, arguments: list[str]) -> None:
    refused = run(alias, *arguments, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "usage")
    if "audio.transcribe" in arguments:
        assert ", ".join(IDS) in refused.json["error"]["message"]
