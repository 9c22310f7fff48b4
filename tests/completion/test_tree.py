"""The command tree, read from small programs and from the real one."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer

from openclaw_fal.cli import build
from openclaw_fal.completion.tree import Command, Flag, command_paths, read_tree, steps_to
from openclaw_fal.core.requests import HELP_TOPICS


@pytest.fixture(scope="module")
def program() -> Command:
    return read_tree(build())


def find(root: Command, *names: str) -> Command:
    for name in names:
        root = dict(root.commands)[name]
    return root


def flag_of(command: Command, name: str) -> Flag:
    (flag,) = (flag for flag in command.flags if name in flag.names)
    return flag


def test_a_command_has_its_flags_arguments_and_the_first_sentence_of_its_help() -> None:
    app = typer.Typer(add_completion=False)

    @app.command()
    def fetch(
        task_ids: Annotated[list[str], typer.Argument(metavar="ID")],
        model: Annotated[str | None, typer.Option("--model", "-m", metavar="REF", help="Model. Just one.")] = None,
        unseen: Annotated[bool, typer.Option("--unseen", hidden=True)] = False,
    ) -> None:
        """Fetch files. All of them."""

    command = read_tree(typer.main.get_command(app))
    assert command.help == "Fetch files"
    assert [(argument.kind, argument.metavar, argument.is_repeatable) for argument in command.arguments] == [
        ("tasks", "ID", True)
    ]
    assert flag_of(command, "-m") == Flag(("--model", "-m"), "Model", kind="text", metavar="REF")
    assert command.suggested_flags == [("--model=text", "Model"), ("--help", "Show this help")]
    assert command.silent_flags == ["-m=text", "--unseen", "-h"]


def test_a_long_description_ends_at_its_colon(program: Command) -> None:
    assert flag_of(program, "--log-level").help == "How much to print on stderr"
    assert flag_of(find(program, "image", "generate"), "--on-interrupt").help.startswith("On Ctrl-C or timeout: ")


def test_a_group_has_its_commands_in_order(program: Command) -> None:
    assert [name for name, _command in find(program, "tasks").commands][:3] == ["list", "show", "wait"]


def test_a_flag_that_openclaw_alone_has_is_known_and_not_suggested(program: Command) -> None:
    command = find(program, "image", "generate")
    assert "--agent=text" in command.silent_flags
    assert not {"--agent", "--openai-background"} & {spec.partition("=")[0] for spec, _help in command.suggested_flags}


def test_a_repeatable_flag_is_marked(program: Command) -> None:
    assert "--file=files+" in [spec for spec, _help in find(program, "image", "edit").suggested_flags]


def test_nothing_follows_version_and_help(program: Command) -> None:
    assert [flag.names[0] for flag in program.flags if flag.is_final] == ["--version", "--help"]


def test_help_has_all_commands_and_topics_below_it(program: Command) -> None:
    below = dict(find(program, "help").commands)
    assert set(below) == {*dict(program.commands), *HELP_TOPICS}
    assert [name for name, _command in below["video"].commands] == ["generate", "providers"]
    assert find(below["video"], "generate").flags == ()


def test_a_command_with_several_names_has_one_path(program: Command) -> None:
    paths = command_paths(program)
    assert paths[program] == ""
    assert paths[find(program, "infer", "image", "generate")] == "image/generate"
    assert steps_to(paths)["image"] == [" image", "infer image", "capability image"]
    assert steps_to(paths)["image/generate"] == ["image generate"]
