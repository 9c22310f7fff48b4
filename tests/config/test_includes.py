"""``$include``, through `main`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner


@pytest.fixture
def config(folder: Path) -> Path:
    folder.mkdir()
    return folder / "openclaw.json"


@pytest.mark.parametrize(
    ("files", "path", "value"),
    [
        (["{a: {$include: './b.json5'}}", "{x: 1} // comment"], "a.x", 1),
        (["{$include: ['b.json5', 'c.json5']}", "{a: {x: 1, y: 1}}", "{a: {y: 2}}"], "a", {"x": 1, "y": 2}),
        (["{$include: 'b.json5', a: {y: 3}}", "{a: {x: 1, y: 1}}"], "a", {"x": 1, "y": 3}),
        (["{$include: ['b.json5', 'c.json5']}", "{a: [1]}", "{a: [2]}"], "a", [1, 2]),
        (["{a: [{$include: 'b.json5'}]}", "{x: 1}"], "a[0].x", 1),
        (["{$include: 'b.json5'}", "{a: {$include: 'c.json5'}}", "\ufeff{x: 1}"], "a.x", 1),
        (["{$include: 'b.json5', a: {y: 2}}", "{a: {$include: 'c.json5'}}", "{x: 1}"], "a", {"x": 1, "y": 2}),
        (["{a: {$include: 'b.json5'}, c: {$include: 'b.json5'}}", "{x: 1}"], "c.x", 1),
    ],
)
def test_included_files_are_merged_as_in_openclaw(
    run: Runner, config: Path, files: list[str], path: str, value: object
) -> None:
    for name, text in zip(["openclaw.json", "b.json5", "c.json5"], files, strict=False):
        config.with_name(name).write_text(text)
    assert run("config", "get", path, "--json").json == value


def test_paths_are_relative_to_the_file_that_names_them(run: Runner, config: Path) -> None:
    (config.parent / "sub").mkdir()
    config.write_text("{$include: './sub/b.json5'}")
    (config.parent / "sub" / "b.json5").write_text("{$include: ['c.json5', '../d.json5']}")
    (config.parent / "sub" / "c.json5").write_text("{c: 1}")
    (config.parent / "d.json5").write_text("{d: 2}")
    assert run("config", "get", "--json").json == {"c": 1, "d": 2}


def test_a_link_to_the_configuration_includes_beside_its_target(run: Runner, config: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "openclaw.json").write_text("{$include: 'b.json5'}")
    (tmp_path / "real" / "b.json5").write_text("{x: 1}")
    config.symlink_to(tmp_path / "real" / "openclaw.json")
    assert run("config", "get", "x").out == "1\n"


def test_settings_of_an_included_file_are_used(run: Runner, config: Path) -> None:
    config.write_text("{agents: {$include: './agents.json5'}}")
    config.with_name("agents.json5").write_text(
        "{defaults: {imageGenerationModel: {primary: 'fal/fal-ai/flux/schnell'}}}"
    )
    done = run("image", "generate", "--prompt", "x", "--sandbox", "--json")
    assert (done.code, done.json["model"]) == (0, "fal-ai/flux/schnell")


@pytest.mark.parametrize(
    ("files", "named"),
    [
        (["{$include: 'b.json5'}"], "b.json5 does not exist"),
        (["{$include: 'b.json5'}", "{$include: 'openclaw.json'}"], "include each other"),
        (["{a: {$include: 'openclaw.json'}}"], "include each other"),
        (["{$include: 'b.json5'}", "{a: }"], "b.json5:1:5"),
        (["{$include: 5}"], "must be the path of a file"),
        (["{$include: ['b.json5', 5]}", "{}"], "must be the path of a file"),
        (["{$include: []}"], "must be the path of a file"),
        (["{$include: '../../outside.json5'}"], "is outside"),
        (["{$include: '/etc/passwd'}"], "is outside"),
        (["{$include: 'b.json5'}", "[1]"], "expected an object"),
        (["{$include: 'b.json5'}", "{agents: {defaults: {mediaMaxMb: 'x'}}}"], "mediaMaxMb: expected a number"),
    ],
)
def test_an_include_that_can_not_be_used_is_an_error_and_no_default_is_used_instead(
    run: Runner, config: Path, files: list[str], named: str
) -> None:
    for name, text in zip(["openclaw.json", "b.json5"], files, strict=False):
        config.with_name(name).write_text(text)
    assert named in run("config", "validate").err
    assert run("config", "validate", "--json").json["valid"] is False
    refused = run("image", "generate", "--prompt", "x", "--sandbox", "--json")
    assert refused.code == 1
    assert named in refused.json["error"]["message"]


def test_a_link_out_of_the_folder_is_outside(run: Runner, config: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.json5").write_text("{x: 1}")
    config.with_name("b.json5").symlink_to(tmp_path / "outside.json5")
    config.write_text("{$include: 'b.json5'}")
    assert "is outside" in run("config", "get", "x").err
    assert run("config", "get", "x", env={"OPENCLAW_INCLUDE_ROOTS": str(tmp_path)}).out == "1\n"


def test_a_long_chain_of_includes_is_an_error(run: Runner, config: Path) -> None:
    config.write_text("{$include: '0.json'}")
    for number in range(30):
        config.with_name(f"{number}.json").write_text(f"{{$include: '{number + 1}.json'}}")
    assert "more than 10 files" in run("config", "validate").err
