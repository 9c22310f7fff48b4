from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.config.settings_schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVERYTHING = """// A file with everything that JSON5 has.
/* block
   comment */
{
  // plain, quoted and odd keys
  agents: {
    "defaults": {
      'mediaMaxMb': 0x10, // sixteen
      imageGenerationModel: { primary: 'fal/a', fallbacks: ["fal/b", 'fal/c',], /* keep */ },
      videoGenerationModel: "fal/v",
\ttabbed: true,
      $odd_key: .5, _another: 1., plus: +1.5e2,
      ünïcode: "grün",
    },
    list: [
      // nobody yet
    ],
  },
  numbers: [NaN, Infinity, -Infinity, 0, -0x1F, 1e-7],
  strings: {
    "escaped": "a \\"quote\\" and a \\\\",
    'single': 'it\\'s',
    continued: "one \\
two",
    unicode: '\\u00e9',
  },
  gateway: { port: 0x4650, host: '127.0.0.1', bind: 'lan' }, // on one line
  models: {
    providers: {
      fal: {
        baseUrl: 'https://fal.example', apiKey: "${FAL_KEY}",
      },
      other: { apiKey: 's3cret-of-another' },
    }
  },
  auth: { profiles: { 'fal:default': { provider: 'fal', mode: "api_key" } } },

  empty: {}, nothing: null,
  // after the last member
}
// after the document
"""


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    path.mkdir()
    return path


@pytest.fixture
def file(folder: Path) -> Path:
    path = folder / "openclaw.json"
    path.write_bytes(EVERYTHING.encode())
    return path


@pytest.fixture
def config(run: Any, folder: Path) -> Callable[..., Result]:
    def run_config(*arguments: str, stdin: str | None = None, **environ: str) -> Result:
        done = run("config", *arguments, stdin=stdin, env={"OPENCLAW_STATE_DIR": str(folder)} | environ)
        return Result(done.code, done.out, done.err)

    return run_config


Config = Any  # the fixture: a function of the words after `openclaw-fal config`


# --- get ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(
    ("path", "printed"),
    [
        ("agents.defaults.mediaMaxMb", "16\n"),
        ("agents.defaults.videoGenerationModel", "fal/v\n"),
        ("agents.defaults.imageGenerationModel.fallbacks[1]", "fal/c\n"),
        ("agents.defaults.imageGenerationModel.fallbacks.0", "fal/b\n"),
        ('auth.profiles["fal:default"].mode', "api_key\n"),
        ("agents.defaults.tabbed", "true\n"),
        ("nothing", "null\n"),
        ("empty", "{}\n"),
        ('auth.profiles["fal:default"]', '{\n  "provider": "fal",\n  "mode": "api_key"\n}\n'),
        ("models.providers.fal.apiKey", "${FAL_KEY}\n"),
    ],
)  # fmt: skip
def test_get_prints_scalars_bare_and_the_rest_as_json(config: Config, path: str, printed: str) -> None:
    assert config("get", path) == Result(0, printed, "")


@pytest.mark.usefixtures("file")
def test_get_json_prints_every_value_as_json(config: Config) -> None:
    assert config("get", "agents.defaults.videoGenerationModel", "--json").json == "fal/v"
    assert config("get", "gateway.port", "--json").json == 18000
    assert config("get", "--json").json["gateway"]["host"] == "127.0.0.1"


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize("path", ["models.providers.other.apiKey", "models.providers.other", "models", ""])
def test_get_never_prints_a_secret(config: Config, path: str) -> None:
    result = config("get", *filter(None, [path]))
    assert result.code == 0
    assert "s3cret" not in result.out
    assert "__OPENCLAW_REDACTED__" in result.out


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize("path", ["agents.defaults.nothing", "no.such.path", "numbers[9]", "gateway.port.x"])
def test_get_of_an_unset_value_fails(config: Config, path: str) -> None:
    plain, as_json = config("get", path), config("get", path, "--json")
    assert (plain.code, plain.out) == (1, "")
    assert f"error: {path} is not set in" in plain.err
    assert as_json.code == 1
    assert as_json.json["ok"] is False
    assert as_json.json["error"]["code"] == "config_path_missing"


def test_get_of_no_path_is_a_usage_error(config: Config) -> None:
    result = config("get", "a..b", "--json")
    assert (result.code, result.json["error"]["code"]) == (2, "usage")


# --- set ---------------------------------------------------------------------------------------


def test_five_sets_change_five_values_and_not_one_other_byte(config: Config, file: Path) -> None:
    for path, value in (
        ("agents.defaults.mediaMaxMb", "20"),
        ("agents.defaults.imageGenerationModel.fallbacks[1]", "fal/d"),
        ("gateway.bind", "loopback"),
        ("numbers[3]", "7"),
        ("models.providers.fal.baseUrl", "https://other.example"),
    ):
        assert config("set", path, value) == Result(0, f"Changed: {path} in {file}\n", "")
    expected = EVERYTHING
    for old, new in (
        ("0x10", "20"), ("'fal/c'", "'fal/d'"), ("'lan'", "'loopback'"), (", 0,", ", 7,"),
        ("'https://fal.example'", "'https://other.example'"),
    ):  # fmt: skip
        assert expected.count(old) == 1
        expected = expected.replace(old, new)
    assert file.read_bytes().decode() == expected


def test_set_keeps_windows_line_endings(config: Config, file: Path) -> None:
    file.write_bytes(EVERYTHING.replace("\n", "\r\n").encode())
    config("set", "agents.defaults.new.key", "{a: 1}")
    content = file.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert b"// after the document\r\n" in content


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("5", 5), ("true", True), ("null", None), ("fal/fal-ai/flux/dev", "fal/fal-ai/flux/dev"), ('"5"', "5"),
        ("{a: [1,],}", {"a": [1]}), ("hello world", "hello world"), ("'{broken'", "{broken"), ("", ""), ("01", "01"),
    ],
)  # fmt: skip
def test_a_value_is_json5_or_else_text(config: Config, typed: str, value: Any) -> None:
    assert config("set", "ui.y", typed).code == 0
    assert config("get", "ui.y", "--json").json == value


def test_strict_json_takes_no_text(config: Config, file: Path) -> None:
    result = config("set", "ui", "hello", "--strict-json")
    assert result.code == 2
    assert "VALUE is not JSON5" in result.err
    assert file.read_text() == EVERYTHING
    assert config("set", "ui", "{a: 1}", "--strict-json").code == 0


def test_the_first_set_makes_a_private_file(config: Config, folder: Path) -> None:
    umask = os.umask(0)
    result = config("set", "agents.defaults.imageGenerationModel.primary", '"fal/fal-ai/flux/dev"', "--json")
    os.umask(umask)
    assert result.json["ok"] is True
    assert stat.S_IMODE((folder / "openclaw.json").stat().st_mode) == 0o600
    assert config("get", "agents", "--json").json == {
        "defaults": {"imageGenerationModel": {"primary": "fal/fal-ai/flux/dev"}}
    }


def test_set_reports_its_change_in_json(config: Config, file: Path) -> None:
    assert config("set", "agents.defaults.mediaMaxMb", "20", "--json").json == {
        "ok": True,
        "operations": 1,
        "configPath": str(file),
        "inputModes": ["json"],
        "checks": {"schema": True, "resolvability": False, "resolvabilityComplete": False},
        "refsChecked": 0,
        "skippedExecRefs": 0,
        "errors": [],
        "changed": True,
        "dryRun": False,
    }
    assert config("set", "agents.defaults.mediaMaxMb", "20", "--json").json["changed"] is False
    assert config("set", "agents.defaults.mediaMaxMb", "20").out.startswith("Nothing to change: ")


def test_a_dry_run_writes_nothing_and_reports_errors(config: Config, file: Path) -> None:
    assert config("set", "agents.defaults.mediaMaxMb", "20", "--dry-run").out.startswith("Would change: ")
    assert config("set", "agents.defaults.mediaMaxMb", "20", "--dry-run", "--json").json["dryRun"] is True
    wrong = config("set", "agents.defaults.mediaMaxMb", "'much'", "--dry-run", "--json")
    assert (wrong.code, wrong.json["ok"]) == (1, False)
    assert wrong.json["errors"] == [
        {
            "kind": "schema",
            "path": "agents.defaults.mediaMaxMb",
            "message": "expected a number, found a string",
            "line": 8,
        }
    ]
    assert "Not written" in wrong.err
    assert config("unset", "gateway", "--dry-run").code == 0
    assert config("patch", "--stdin", "--dry-run", stdin="{ui: {a: 1}}").code == 0
    assert file.read_text() == EVERYTHING
    assert [entry.name for entry in file.parent.iterdir()] == ["openclaw.json"]


def test_a_wrong_value_is_refused_with_path_and_line(config: Config, file: Path) -> None:
    result = config("set", "agents.defaults.imageGenerationModel.fallbacks", "'fal/x'", "--json")
    assert result.code == 1
    assert "fallbacks: expected a list, found a string (line 9)" in result.json["error"]["message"]
    assert file.read_text() == EVERYTHING


def test_merge_adds_and_replace_removes(config: Config, file: Path) -> None:
    refused = config("set", "models.providers", "{fal: {}}")
    assert refused.code == 1
    assert "would remove other from models.providers" in refused.err
    assert "--merge adds" in refused.err
    assert file.read_text() == EVERYTHING
    assert config("set", "models.providers", "{new: {a: 1}}", "--merge").code == 0
    assert list(config("get", "models.providers").json) == ["fal", "other", "new"]
    assert config("set", "models.providers", "{fal: {}}", "--replace").code == 0
    assert list(config("get", "models.providers").json) == ["fal"]


def test_a_set_can_depend_on_what_is_there(config: Config, file: Path) -> None:
    path = "agents.defaults.mediaMaxMb"
    for expectation in (["--expect-current-json", "17"], ["--expect-current-absent"]):
        result = config("set", path, "20", *expectation, "--json")
        assert (result.code, result.json["error"]["code"]) == (1, "config_changed")
    assert file.read_text() == EVERYTHING
    assert config("set", path, "20", "--expect-current-json", "0x10").code == 0
    assert config("set", "agents.defaults.new", "1", "--expect-current-absent").code == 0


def test_a_batch_is_done_whole_or_not_at_all(config: Config, file: Path, tmp_path: Path) -> None:
    batch = "[{path: 'ui.a', value: 1}, {path: 'ui.b', value: [2]},]"
    assert config("set", "--batch-json", batch).out == f"Changed: ui.a, ui.b in {file}\n"
    (tmp_path / "batch.json5").write_text(batch.replace("ui.", "web."))
    done = config("set", "--batch-file", str(tmp_path / "batch.json5"), "--json")
    assert (done.json["operations"], done.json["inputModes"]) == (2, ["json"])
    assert config("set", "--batch-file", "-", stdin=batch.replace("ui.", "talk.")).code == 0
    assert config("get", "--json").json["talk"] == {"a": 1, "b": [2]}
    before = file.read_text()
    assert config("set", "--batch-json", "[{path: 'ui.a', value: 3}, {path: 'ui.a.b', value: 4}]").code == 2
    assert file.read_text() == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["x"],
        ["x", "1", "--batch-json", "[]"],
        ["--batch-json", "[]", "--batch-file", "f"],
        ["--batch-json", "[]", "--expect-current-absent"],
        ["--batch-json", "{}"],
        ["--batch-json", "[1]"],
        ["--batch-json", "[{path: 'x'}]"],
        ["--batch-json", "[{path: 'x', value: 1, ref: 2}]"],
        ["--batch-json", "["],
        ["--batch-file", "no-such-file"],
        ["x", "1", "--merge", "--replace"],
        ["x", "1", "--expect-current-json", "1", "--expect-current-absent"],
        ["x", "1", "--expect-current-json", "{"],
        ["x[", "1"],
        ["x.token", "__OPENCLAW_REDACTED__"],
    ],
)
def test_a_set_that_makes_no_sense_is_a_usage_error(config: Config, file: Path, arguments: list[str]) -> None:
    result = config("set", *arguments, "--json")
    assert (result.code, result.json["error"]["code"]) == (2, "usage")
    assert file.read_text() == EVERYTHING


# --- unset, patch ------------------------------------------------------------------------------


def test_unset_removes_a_line_and_nothing_else(config: Config, file: Path) -> None:
    assert config("unset", "agents.defaults.videoGenerationModel").code == 0
    assert file.read_text() == EVERYTHING.replace('      videoGenerationModel: "fal/v",\n', "")
    missing = config("unset", "agents.defaults.videoGenerationModel", "--json")
    assert (missing.code, missing.json["error"]["code"]) == (1, "config_path_missing")


def test_patch_merges_objects_and_null_deletes(config: Config, file: Path, tmp_path: Path) -> None:
    assert config("patch", "--stdin", stdin="{gateway: {port: 1, host: null}} // json5").code == 0
    assert config("get", "gateway").json == {"port": 1, "bind": "lan"}
    assert "// on one line" in file.read_text()
    (tmp_path / "patch.json5").write_text("{empty: {a: 1}}")
    assert config("patch", "--file", str(tmp_path / "patch.json5"), "--json").json["operations"] == 1
    assert config("get", "empty.a").out == "1\n"


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [([], ""), (["--stdin", "--file", "x"], "{}"), (["--stdin"], "[1]"), (["--stdin"], "{"), (["--file", "no"], "")],
)
def test_a_patch_that_makes_no_sense_is_a_usage_error(
    config: Config, file: Path, arguments: list[str], stdin: str
) -> None:
    assert config("patch", *arguments, stdin=stdin).code == 2
    assert file.read_text() == EVERYTHING


# --- the file ----------------------------------------------------------------------------------


def test_file_prints_the_path_even_of_a_broken_file(config: Config, file: Path) -> None:
    file.write_text("{")
    assert config("file") == Result(0, f"{file}\n", "")
    assert config("file", "--json").json == {"path": str(file), "exists": True}


def test_the_file_can_be_elsewhere(config: Config, tmp_path: Path) -> None:
    elsewhere = tmp_path / "mine.json5"
    assert config("set", "ui.a", "1", OPENCLAW_CONFIG_PATH=str(elsewhere)).code == 0
    assert config("file", OPENCLAW_CONFIG_PATH=str(elsewhere)).out == f"{elsewhere}\n"
    assert elsewhere.exists()


def test_a_link_stays_a_link(config: Config, file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(file)
    assert config("set", "ui.a", "1", OPENCLAW_CONFIG_PATH=str(link)).code == 0
    assert link.is_symlink()
    assert (tmp_path / "link.json.bak").read_text() == EVERYTHING
    assert "a: 1" in file.read_text()


def test_a_read_only_configuration_refuses_every_writer(config: Config, file: Path) -> None:
    for words in (["set", "a", "1"], ["unset", "gateway"], ["patch", "--stdin"]):
        result = config(*words, "--json", stdin="{a: 1}", OPENCLAW_CONFIG_READONLY="1")
        assert (result.code, result.json["error"]["code"]) == (1, "config_readonly")
    assert file.read_text() == EVERYTHING


def test_schema_prints_the_table_that_is_checked_by(config: Config) -> None:
    assert config("schema").json == SCHEMA == config("schema", "--json").json


# --- validate ----------------------------------------------------------------------------------


def test_a_right_configuration_is_valid(config: Config, file: Path) -> None:
    file.write_text("{gateway: {port: 5}, agents: {defaults: {mediaMaxMb: 5, other: 1}}, ui: {}}")
    assert config("validate") == Result(0, f"Config valid: {file}\n", "")
    assert config("validate", "--json").json == {"valid": True, "path": str(file), "warnings": []}


def test_a_warning_leaves_it_valid(config: Config, file: Path) -> None:
    file.write_text("{agents: {defaults: {imageGenerationModel: 'a',\nmediaModels: {image: 'b'}}}}")
    result = config("validate", "--json")
    assert (result.code, result.json["valid"]) == (0, True)
    [warning] = result.json["warnings"]
    assert (warning["path"], warning["line"]) == ("agents.defaults.imageGenerationModel", 1)
    assert "differs, and wins" in config("validate").err


def test_every_wrong_setting_is_reported_with_its_line(config: Config, file: Path) -> None:
    file.write_text("{agents: {defaults: {\nmediaMaxMb: '5',\nimageGenerationModel: 5}}}")
    result = config("validate", "--json")
    assert result.code == 1
    assert {name: value for name, value in result.json.items() if name != "error"} == {
        "ok": False,
        "valid": False,
        "path": str(file),
        "issues": [
            {"path": "agents.defaults.mediaMaxMb", "message": "expected a number, found a string", "line": 2},
            {
                "path": "agents.defaults.imageGenerationModel",
                "message": "expected a string or an object, found a number",
                "line": 3,
            },
        ],
        "warnings": [],
    }
    plain = config("validate")
    assert (plain.code, plain.out) == (1, "")
    assert "agents.defaults.mediaMaxMb: expected a number, found a string (line 2)" in plain.err


def test_a_broken_file_is_reported_with_its_line(config: Config, file: Path) -> None:
    file.write_text("{\n  a: 1,,\n}")
    result = config("validate", "--json")
    assert (result.code, result.json["valid"]) == (1, False)
    [issue] = result.json["issues"]
    assert (issue["path"], issue["line"]) == ("<root>", 2)
    assert f"{file}:2:8: " in config("validate").err
    assert config("set", "ui.a", "2").code == 1
    assert file.read_text() == "{\n  a: 1,,\n}"


def test_a_missing_file_is_reported(config: Config) -> None:
    result = config("validate", "--json")
    assert (result.code, result.json["issues"]) == (1, [{"path": "<root>", "message": "the file does not exist"}])


# --- names at the top --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        ("max-cost", "0.50", "For one command: --max-cost 0.5"),
        ("spend.limit", "5", "export OPENCLAW_FAL_MAX_COST=5"),
        ("image.model", "fal-ai/flux/dev", "openclaw-fal models set fal-ai/flux/dev"),
        ("default_model", "fal-ai/flux/dev", "openclaw-fal models set fal-ai/flux/dev"),
        ("model", "fal-ai/flux/dev", "openclaw-fal models set fal-ai/flux/dev"),
        ("image.default", "flux/dev", "openclaw-fal models set flux/dev"),
        ("api_key", "0a1b2c3d4e5f", "openclaw-fal onboard"),
        ("fal.key", "0a1b2c3d4e5f", "openclaw-fal models auth paste-api-key --provider fal"),
        ("FAL_KEY", "0a1b2c3d4e5f", "openclaw-fal onboard"),
        ("colour", "red", "openclaw-fal config schema"),
    ],
)
def test_a_name_at_the_top_that_openclaw_refuses_is_refused_with_what_was_meant(
    config: Config, file: Path, path: str, value: str, hint: str
) -> None:
    for dry_run in ([], ["--dry-run"]):
        refused = config("set", path, value, *dry_run)
        assert refused.code == 1
        assert "this name is unknown" in refused.err
        assert hint in refused.err
        assert "0a1b2c3d4e5f" not in refused.err
    assert file.read_text() == EVERYTHING


def test_unread_names_are_listed_by_validate_and_doctor_and_nowhere_else(config: Config, file: Path) -> None:
    file.write_text("{\n'max-cost': 5, agents: {defaults: {mediaMaxMb: 5}}}")
    name = "max-cost: this name is unknown to OpenClaw and to openclaw-fal"
    checked = config("validate")
    assert (checked.code, name in checked.err, "(line 2)" in checked.err) == (0, True, True)
    assert config("set", "agents.defaults.mediaMaxMb", "6") == Result(
        0, f"Changed: agents.defaults.mediaMaxMb in {file}\n", ""
    )
    assert config("unset", "max-cost").code == 0
