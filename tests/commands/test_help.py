"""A reader of `--help` alone can do the job."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.cli import SECTIONS, build
from openclaw_fal.commands.help_pages import EXAMPLES
from openclaw_fal.commands.infer import CAPABILITIES
from openclaw_fal.core import errors
from openclaw_fal.core.kinds import (
    HINTS,
    IMAGE_RESOLUTIONS,
    KIND_ROWS,
    OUTPUT_FORMATS,
    VIDEO_RESOLUTIONS,
    flag_name,
)
from openclaw_fal.core.requests import (
    AUTH_CHOICES,
    BACKGROUNDS,
    HELP_TOPICS,
    INTERRUPT_POLICIES,
    LOG_LEVELS,
    MAX_COUNT,
    PROGRESS_MODES,
    QUALITIES,
    RESET_SCOPES,
    SECRET_INPUT_MODES,
)
from openclaw_fal.core.tasks import TaskStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

PROGRAM: Any = build()

# What a flag takes, by the flag or by the command and the flag.
VALUES: dict[str, tuple[str, ...]] = {
    "--log-level": LOG_LEVELS,
    "--progress": PROGRESS_MODES,
    "--on-interrupt": INTERRUPT_POLICIES,
    "--count": ("1", str(MAX_COUNT)),
    "image generate --resolution": IMAGE_RESOLUTIONS,
    "image edit --resolution": IMAGE_RESOLUTIONS,
    "video generate --resolution": VIDEO_RESOLUTIONS,
    "--output-format": OUTPUT_FORMATS,
    "--quality": QUALITIES,
    "--background": BACKGROUNDS,
    "--auth-choice": AUTH_CHOICES,
    "--secret-input-mode": SECRET_INPUT_MODES,
    "--reset-scope": RESET_SCOPES,
    "--status": tuple(TaskStatus),
    "inspect --name": tuple(CAPABILITIES),
    "--shell": ("bash", "zsh", "fish", "powershell"),
    "--port": ("0", "65535"),
    "--provider": ("fal",),
}
OPENCLAWS = {  # the contract's flags, by our shorter names of its commands
    "": "--profile --no-color --log-level --version -V --help -h",
    "onboard": """--auth-choice --fal-api-key --non-interactive --accept-risk --secret-input-mode --reset --reset-scope
        --skip-health --json --skip-daemon --skip-channels --skip-skills --skip-search --skip-ui --skip-hooks
        --skip-bootstrap --flow --mode --workspace --install-daemon --no-install-daemon""",
    "image generate": """--prompt --model --count --size --aspect-ratio --resolution --output-format --quality
        --background --timeout-ms --output --json --agent --openai-background --openai-moderation""",
    "image edit": "--file --prompt --model --count --size --aspect-ratio --resolution --output --json",
    "image providers": "--json",
    "video generate": """--prompt --model --aspect-ratio --size --resolution --duration --audio --watermark --timeout-ms
        --output --json --image --video --audio-ref""",
    "video providers": "--json",
    "models list": "--provider --all --json --plain --refresh",
    "models status": "--json --plain --check --probe",
    "config set": """--strict-json --merge --replace --dry-run --json --expect-current-json --expect-current-absent
        --batch-json --batch-file""",
    "config get": "--json",
    "config unset": "--dry-run --json",
    "config patch": "--file --stdin --dry-run --json",
    "config file": "--json",
    "config schema": "--json",
    "config validate": "--json",
    "tasks list": "--status --limit --json",
    "tasks show": "--json",
    "tasks wait": "--output --json",
    "tasks cancel": "--json",
    "completion": "--shell --write-state --install -y",
    "infer list": "--json",
    "infer inspect": "--name --json",
}


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every command of the program with what is typed after the program's name."""
    yield " ".join(path), command
    for name, sub in getattr(command, "commands", {}).items():
        yield from walk(sub, (*path, name))


COMMANDS = dict(walk(PROGRAM))
EVERY_COMMAND = pytest.mark.parametrize("name", list(COMMANDS), ids=lambda name: name or "openclaw-fal")


@EVERY_COMMAND
def test_a_page_fits_80_columns_and_cuts_no_sentence(run: Runner, name: str) -> None:
    long, short = run(*name.split(), "--help"), run(*name.split(), "-h")
    assert (long.code, long.err) == (0, "")
    assert short.out == long.out
    assert max(map(len, long.out.splitlines())) <= 80
    assert "..." not in long.out.replace("[ARGS]...", "")
    assert long.out.startswith(f"Usage: openclaw-fal {name} ".replace("  ", " "))


@pytest.mark.parametrize("kind", ["image", "video", "music"])
def test_the_flags_that_are_suggested_for_a_kind_are_those_of_its_command(kind: Kind) -> None:
    flags = {flag for parameter in COMMANDS[f"{kind} generate"].params for flag in parameter.opts}
    assert {hint for hint in ("prompt", *HINTS) if flag_name(hint, kind) in flags} == {*KIND_ROWS[kind].hints}


@EVERY_COMMAND
def test_every_parameter_has_a_sentence(name: str) -> None:
    for parameter in COMMANDS[name].params:
        shown = parameter.help or ""
        assert re.match(r"[A-Z~]|\w+ stores", shown), f"{parameter.name}: {shown!r}"
        assert shown.endswith((".", "openclaw-fal models list")), f"{parameter.name}: {shown!r}"


@EVERY_COMMAND
def test_every_value_and_every_default_is_named(run: Runner, name: str) -> None:
    page = " ".join(run("help", *name.split(), "--all").out.split())
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name != "option" or parameter.hidden:
            continue
        flag = parameter.opts[0]
        keys = [key for key in VALUES if f"{name} {flag}".endswith(key) and (" " in key or key == flag)]
        for value in (value for key in keys for value in VALUES[key]):
            assert value in page, f"{flag} takes {value}"
        if parameter.default not in (None, False, ()) and not parameter.is_flag:
            assert f"[default: {parameter.default}" in page, f"{flag} has a default"
        if parameter.required:
            assert "required]" in page


def test_every_table_above_is_of_use() -> None:
    flags = {f"{name} {flag}".strip() for name, command in COMMANDS.items() for p in command.params for flag in p.opts}
    assert all(any(flag.endswith(key) for flag in flags) for key in VALUES)


@pytest.mark.parametrize("name", OPENCLAWS, ids=lambda name: name or "openclaw-fal")
def test_openclaws_flags_are_all_there(name: str) -> None:
    flags = {flag for parameter in COMMANDS[name].params for flag in (*parameter.opts, *parameter.secondary_opts)}
    assert set(OPENCLAWS[name].split()) <= flags | {"--help", "-h"}


@pytest.mark.parametrize("alias", ["infer", "capability"])
@pytest.mark.parametrize("name", [name for name in COMMANDS if name.startswith(("image ", "video "))])
def test_the_aliases_have_the_same_pages(run: Runner, alias: str, name: str) -> None:
    _, _, plain = run(*name.split(), "--help").out.partition("\n")
    _, _, aliased = run(alias, *name.split(), "--help").out.partition("\n")
    assert aliased == plain


def test_the_program_alone_prints_its_help(run: Runner) -> None:
    alone = run()
    assert (alone.code, alone.err) == (0, "")
    assert alone.out == run("--help").out


def test_a_group_alone_is_an_incomplete_command(run: Runner) -> None:
    for group in [name for name, command in COMMANDS.items() if name and hasattr(command, "commands")]:
        if COMMANDS[group].default:
            continue
        alone = run(*group.split())
        assert (alone.code, alone.out) == (2, "")
        assert alone.err == run(*group.split(), "--help").out
        in_json = run(*group.split(), "--json")
        assert (in_json.code, in_json.json["error"]["message"]) == (2, "Missing command.")


# --- openclaw-fal help -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "image", "image generate", "tasks wait", "infer video generate", "doctor"])
def test_help_shows_the_page_of_a_command(run: Runner, name: str) -> None:
    assert run("help", *name.split()).out == run(*name.split(), "--help").out


@pytest.mark.parametrize("name", ["image generate", "image edit", "video generate", "music generate"])
def test_a_page_of_many_flags_has_a_line_for_each_and_help_all_has_the_rest(run: Runner, name: str) -> None:
    page, everything = run(*name.split(), "--help").out, run("help", *name.split(), "--all").out
    assert len(page.splitlines()) <= 40
    assert f"openclaw-fal help {name} --all" in page
    for option in COMMANDS[name].params:
        if option.param_type_name == "option" and not option.hidden:
            assert option.opts[0] in page or option.name in {"prompt", "notify"}
            assert option.opts[0] in everything
            assert " ".join(option.help.split()) in " ".join(everything.split())
    assert page.index("Examples:") < page.index("What to make:") < page.index("Model:") < page.index("Output:")


def test_a_page_is_as_wide_as_the_terminal(run: Runner) -> None:
    for columns in (60, 80, 120):
        lines = run("help", "image", "generate", "--all", env={"COLUMNS": str(columns)}).out.splitlines()
        widest = max(len(line) for line in lines if not line.startswith(("  openclaw-fal", "Usage:")))
        assert columns - 15 < widest <= columns


def test_the_sentences_of_the_programs_page_are_those_of_the_commands() -> None:
    shown = {name: sentence for names in SECTIONS.values() for name, sentence in names.items()}
    assert shown == {name: command.help.partition("\n\n")[0] for name, command in PROGRAM.commands.items()}


def test_every_command_begins_with_examples(run: Runner) -> None:
    for name in (name for name, command in COMMANDS.items() if not (command.hidden or hasattr(command, "commands"))):
        page = run("help", *name.split()).out
        assert "\nExamples:\n  openclaw-fal " in page, name


def prepare(run: Runner, path: str, png: bytes) -> None:
    """Write the files that the examples name, and do what has to come before those of a command."""
    for name in ("photo.png", "fox.png", "hat.png"):
        Path(name).write_bytes(png)
    Path("words.txt").write_text("Way, hey and up she rises")
    Path("prompts.txt").write_text("a red fox\n")
    Path("shots.csv").write_text("prompt,seed\nan owl,3\n")
    Path("key.txt").write_text("12345678-90ab:cdef\n")
    Path("changes.json5").write_text("{agents: {defaults: {mediaMaxMb: 50}}}")
    before = {
        "rerun": ["image generate fox -o fox.png --overwrite"],
        "tasks preview": ["image generate fox"],
        "tasks open": ["image generate fox"],
        "models aliases remove": ["models aliases add draft flux/schnell"],
        "batch status": ["batch prompts.txt", "batch shots.csv"],
        "config validate": ["config set agents.defaults.mediaMaxMb 200"],
        "config get": ["config set agents.defaults.mediaMaxMb 200"],
        "config unset": ["config set agents.defaults.mediaMaxMb 200"],
        "batch merge": [f"batch prompts.txt --name {part} --results part-{part}.jsonl" for part in (1, 2)],
    }
    for line in before.get(path, ()):
        assert run(*line.split()).code == 0


@pytest.mark.parametrize(("path", "example"), [(path, each) for path, some in EXAMPLES.items() for each in some])
def test_every_example_runs(run: Runner, fal: Sandbox, png: bytes, path: str, example: str) -> None:
    assert example.startswith(path)
    prepare(run, path, png)
    words = shlex.split(example)
    if "ID" in words:
        prompt = "x [fault:never]" if path == "tasks cancel" else "x"
        words[words.index("ID")] = run("video", "generate", prompt, "--detach", "--json").json["taskId"]
    if "REQUEST_ID" in words:
        elsewhere = run("video", "generate", "x", "--detach", "--json", env={"OPENCLAW_STATE_DIR": "elsewhere"})
        words[words.index("REQUEST_ID")] = elsewhere.json["requestId"]
    if words == ["sandbox"] or "--" in words:  # runs until Ctrl-C; tests/commands/test_sandbox.py
        return
    words, redirected = (words[:-2], words[-1]) if "<" in words else (words, None)
    done = run(*words, stdin=redirected and Path(redirected).read_text())
    assert done.code == 0, done.err


@pytest.mark.parametrize("topic", HELP_TOPICS)
def test_a_topic_fits_80_columns_and_is_named_by_the_programs_page(run: Runner, topic: str) -> None:
    shown = run("help", topic)
    assert (shown.code, shown.err) == (0, "")
    assert max(map(len, shown.out.splitlines())) <= 80
    assert re.search(rf"openclaw-fal help TOPIC.*\b{topic}\b", run("--help").out, re.DOTALL)
    assert run("help", topic, "--json").json == {"help": shown.out.removesuffix("\n")}


def test_a_word_that_is_a_command_and_a_topic_shows_both(run: Runner) -> None:
    for word in ("sandbox", "models"):
        assert run("help", word).out.startswith(run(word, "--help").out)
        assert len(run("help", word).out) > len(run(word, "--help").out) + 200


@pytest.mark.parametrize("words", ["bogus", "image bogus", "image generate bogus", "exit-codes bogus"])
def test_help_for_an_unknown_word_is_a_usage_error(run: Runner, words: str) -> None:
    refused = run("help", *words.split())
    assert (refused.code, refused.out) == (2, "")
    assert "openclaw-fal help" in refused.err


def test_help_names_the_closest_command_or_topic(run: Runner) -> None:
    assert "Did you mean environment?" in run("help", "enviroment").err
    assert "Did you mean generate?" in run("help", "image", "genrate").err


def test_every_exit_code_is_explained(run: Runner) -> None:
    kinds: list[type[errors.OpenclawFalError]] = [errors.OpenclawFalError, *errors.OpenclawFalError.__subclasses__()]
    shown = re.findall(r"^  (\d+(?:, \d+)*)  ", run("help", "exit-codes").out, re.MULTILINE)
    exits = sorted({str(kind.exit_code) for kind in kinds}, key=int)
    assert shown == ["0", *exits, "126, 127", "129, 130, 143", "141"]
