from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import json5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.config.file import Config, parse_config
from openclaw_fal.config.path import MISSING, look_up, parse_path, resolve_path
from openclaw_fal.config.settings import MODEL_PATHS, Settings
from openclaw_fal.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner

NEWER_IMAGE_MODEL, IMAGE_MODEL = MODEL_PATHS["image"]
NEWER_VIDEO_MODEL, VIDEO_MODEL = MODEL_PATHS["video"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "openclaw.json"


def written(file: Path, text: str) -> Config:
    file.write_bytes(text.encode())
    return Config.read(file, {})


def test_no_file_is_an_empty_configuration(file: Path) -> None:
    config = Config.read(file, {})
    assert (config.exists, config.data, config.text, config.issues) == (False, {}, "", ())
    assert config.settings == Settings()


@pytest.mark.parametrize("text", ["", " \n", "// nothing yet\n", "\ufeff", "/* a */ // b"])
def test_a_file_without_a_value_is_an_empty_configuration(file: Path, text: str) -> None:
    config = written(file, text)
    assert (config.exists, config.data, config.text) == (True, {}, text)


@pytest.mark.parametrize(
    "text",
    [
        '{"agents": {"defaults": {"mediaMaxMb": 5}}}',
        "{agents: {defaults: {mediaMaxMb: +5.,},},} // json5",
        "\ufeff{'agents': {defaults: {mediaMaxMb: 0x5}}}\r\n",
    ],
)
def test_json_and_json5_are_read_alike(file: Path, text: str) -> None:
    config = written(file, text)
    assert config.data == {"agents": {"defaults": {"mediaMaxMb": 5}}}
    assert config.settings.media_max_mb == 5


# json5 leaves an escaped surrogate pair in two halves, where JSON makes it one character.
texts = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(texts, json_values, max_size=4), st.sampled_from([None, 2]), st.booleans())
def test_json_is_read_to_the_same_value_as_by_json5(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any], indent: int | None, is_ascii: bool
) -> None:
    text = json.dumps(data, indent=indent, ensure_ascii=is_ascii)
    path = tmp_path_factory.getbasetemp()
    quick = parse_config(path, text)
    assert quick == data
    # A comment is what sends it the long way round.
    assert json.dumps(parse_config(path, text + "//")) == json.dumps(quick)
    if is_ascii:  # json5 takes no control characters that JSON leaves unescaped
        assert json5.loads(text) == quick


@pytest.mark.parametrize(
    ("text", "place"),
    [("{\n  a: 1,,\n}", "2:8"), ("{a: 01}", "1:5"), ("{", "1:2"), ("[1]", "1:1"), ('"text"', "1:1"), ("{a: }", "1:5")],
)
def test_the_error_for_a_broken_file_has_line_and_column(file: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        written(file, text)
    assert caught.value.message.startswith(f"{file}:{place}: ")
    assert caught.value.hint == "openclaw-fal config validate"


def test_a_file_nested_too_deep_is_an_error(file: Path) -> None:
    with pytest.raises(ConfigError, match="nested deeper"):
        written(file, '{"a":' * 100_000)


def test_a_file_that_is_not_text_is_an_error(file: Path) -> None:
    file.write_bytes(b"{a: '\xff'}")
    with pytest.raises(ConfigError, match="not UTF-8"):
        Config.read(file, {})


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read") as caught:
        Config.read(tmp_path, {})
    assert caught.value.code == "config_unreadable"


def test_an_issue_knows_its_line(file: Path) -> None:
    config = written(file, "{\n  // a cap\n  agents: { defaults: {\n    mediaMaxMb: '5',\n  } },\n}\n")
    [issue] = config.issues
    assert issue.line == 4
    assert str(issue) == "agents.defaults.mediaMaxMb: expected a number, found a string (line 4)"


@pytest.mark.parametrize(
    ("path", "value"),
    [("a", {"b/c": [1, {"d": None}]}), ('a["b/c"][0]', 1), ("a.b/c.0", 1), ('a["b/c"][1].d', None), ("x[7]", "seven")],
)
def test_a_value_is_found_by_its_path(file: Path, path: str, value: Any) -> None:
    config = written(file, "{a: {'b/c': [1, {d: null}]}, x: {7: 'seven'}}".replace("7:", "'7':"))
    assert config.value_at(parse_path(path)) == value


@pytest.mark.parametrize("path", ["b", "a.b", "a[0]", "a[2]", "a.9", "s[0]", "s.length", "n.x"])
def test_a_path_where_nothing_is_set_is_an_error(file: Path, path: str) -> None:
    config = written(file, "{a: [[], 1], s: 'text', n: null}") if path != "a[0]" else written(file, "{a: {}}")
    with pytest.raises(ConfigError, match="is not set in") as caught:
        config.value_at(parse_path(path))
    assert caught.value.code == "config_path_missing"


@given(
    st.recursive(st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("ab01"), inner)),
    st.lists(st.one_of(st.sampled_from("ab01"), st.integers(0, 2)), max_size=4),
)
def test_looking_up_never_fails_and_resolving_keeps_the_length(data: Any, steps: list[str | int]) -> None:
    path = tuple(steps)
    resolved = resolve_path(data, path)
    assert len(resolved) == len(path)
    assert (look_up(data, path) is MISSING) == (look_up(data, resolved) is MISSING)


@pytest.mark.parametrize(
    ("text", "image", "video"),
    [
        ("{}", IMAGE_MODEL, VIDEO_MODEL),
        ("{agents: {defaults: {videoGenerationModel: 'x'}}}", IMAGE_MODEL, VIDEO_MODEL),
        ("{agents: {defaults: {mediaModels: {}}}}", NEWER_IMAGE_MODEL, NEWER_VIDEO_MODEL),
        ("{meta: {lastTouchedVersion: '2026.8.1'}}", NEWER_IMAGE_MODEL, NEWER_VIDEO_MODEL),
        ("{meta: {lastTouchedVersion: '2027.1'}}", NEWER_IMAGE_MODEL, NEWER_VIDEO_MODEL),
        ("{meta: {lastTouchedVersion: '2026.4.12'}}", IMAGE_MODEL, VIDEO_MODEL),
        ("{meta: {lastTouchedVersion: 'x'}}", IMAGE_MODEL, VIDEO_MODEL),
        ("{agents: {defaults: {mediaModels: {image: 'x'}}}}", NEWER_IMAGE_MODEL, NEWER_VIDEO_MODEL),
        (
            "{agents: {defaults: {mediaModels: {image: 'x'}, videoGenerationModel: 'y'}}}",
            NEWER_IMAGE_MODEL,
            NEWER_VIDEO_MODEL,
        ),
    ],
)
def test_a_default_model_is_written_in_the_spelling_that_the_file_uses(
    file: Path, text: str, image: tuple[str, ...], video: tuple[str, ...]
) -> None:
    config = written(file, text)
    assert (config.model_path("image"), config.model_path("video")) == (image, video)


@pytest.mark.parametrize(("value", "is_read_only"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_a_configuration_can_be_read_only(file: Path, value: str, is_read_only: bool) -> None:
    assert Config.read(file, {"OPENCLAW_CONFIG_READONLY": value}).is_read_only is is_read_only


def test_reading_plain_json_loads_neither_json5_nor_the_editor(file: Path) -> None:
    file.write_text('{"a": 1}')
    code = (
        "import sys; before = set(sys.modules); from pathlib import Path; from openclaw_fal.config.file import Config;"
        f"config = Config.read(Path({str(file)!r}), {{}}); config.settings;"
        "heavy = {'json5', 'openclaw_fal.config.json5_editor', 'platformdirs', 'tempfile', 'logging', 'asyncio'};"
        "assert not heavy & (set(sys.modules) - before)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


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
