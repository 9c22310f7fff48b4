"""Which values follow each flag and argument of the real program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup, TyperOption

from openclaw_fal.cli import build
from openclaw_fal.commands.infer import CAPABILITIES
from openclaw_fal.completion.tree import read_tree
from openclaw_fal.completion.values import FILES, IMAGE_MODELS, KINDS, VIDEO_MODELS, find_kind, values_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = build()
VALUES = {kind: [word.text for word in words] for kind, words in values_by_kind(read_tree(PROGRAM)).items()}


def parameters() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each parameter that takes a value, with the path of its command."""

    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for parameter in command.params:
            is_switch = isinstance(parameter, TyperOption) and (parameter.is_flag or parameter.count)
            if not is_switch:
                yield path, parameter
        for name, sub in command.commands.items() if isinstance(command, TyperGroup) else ():
            yield from walk(sub, (*path, name))

    yield from walk(PROGRAM, ())


def test_every_parameter_has_a_kind() -> None:
    missing = [
        f"{' '.join(path)}: {parameter.name}"
        for path, parameter in parameters()
        if not (getattr(parameter, "hidden", False) or find_kind(path, parameter.name))
    ]
    assert not missing, "Add them to KINDS in completion/values.py (TEXT if there is nothing to suggest)"


def test_every_kind_belongs_to_a_parameter() -> None:
    keys = {key for path, each in parameters() for key in (each.name, *(f"{word}.{each.name}" for word in path))}
    assert set(KINDS) <= keys


def test_values_that_the_help_names_are_suggested() -> None:
    named = {}
    for path, parameter in parameters():
        listed = re.search(r": (\w[\w+.-]*(?:, \w[\w+.-]*)+)", getattr(parameter, "help", None) or "")
        if listed:
            named[(*path, parameter.name)] = {word.rstrip(".") for word in listed[1].split(", ")}
    assert len(named) > 20
    suggested = {each: set(VALUES.get(find_kind(each[:-1], each[-1]) or "", ())) for each in named}
    assert {each: words - suggested[each] for each, words in named.items() if not words <= suggested[each]} == {}


def test_a_command_or_group_decides_where_parameters_of_one_name_differ() -> None:
    assert find_kind(("infer", "video", "generate"), "model") == VIDEO_MODELS
    assert find_kind(("infer", "image", "generate"), "model") == IMAGE_MODELS
    assert find_kind(("image", "generate"), "nothing") is None


def test_a_kind_has_values_or_is_one_that_the_shells_find_themselves() -> None:
    found_by_shells = {"text", "ignored", FILES, "profiles", "tasks", "open-tasks", "config-values", "commands"}
    found_by_shells.add("model-inputs")
    assert set(KINDS.values()) == set(VALUES) | found_by_shells


def test_the_capabilities_are_those_that_can_be_inspected() -> None:
    assert VALUES["capabilities"] == list(CAPABILITIES)


def test_values_hold_nothing_that_a_shell_could_expand() -> None:
    for kind, words in VALUES.items():
        assert words, kind
        assert all(re.fullmatch(r"[\w./:+-]+", word) for word in words), kind
