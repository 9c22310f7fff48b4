"""Default models in the files of a current OpenClaw, which refuses their older names; through `main`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner

CURRENT = '{\n  "meta": { "lastTouchedVersion": "2026.9.6" },\n  "gateway": { "port": 1 }\n}\n'
MODEL = {"primary": "fal/fal-ai/flux/dev"}


@pytest.fixture
def config(folder: Path) -> Path:
    folder.mkdir()
    file = folder / "openclaw.json"
    file.write_text(CURRENT)
    return file


def defaults(config: Path) -> Any:
    data = json.loads(config.read_text())
    assert data["gateway"] == {"port": 1}
    return data.get("agents", {}).get("defaults", {})


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (["set", "agents.defaults.imageGenerationModel.primary", "fal/fal-ai/flux/dev"], None),
        (["set", "agents.defaults.imageGenerationModel", json.dumps(MODEL)], None),
        (["set", "agents.defaults", json.dumps({"imageGenerationModel": MODEL})], None),
        (["set", "agents", json.dumps({"defaults": {"imageGenerationModel": MODEL}}), "--merge"], None),
        (
            [
                "set",
                "--batch-json",
                json.dumps([{"path": "agents.defaults.imageGenerationModel.primary", "value": MODEL["primary"]}]),
            ],
            None,
        ),
        (["patch", "--stdin"], json.dumps({"agents": {"defaults": {"imageGenerationModel": MODEL}}})),
    ],
)
def test_an_older_name_is_written_as_the_newer_one_with_a_note(
    run: Runner, config: Path, words: list[str], stdin: str | None
) -> None:
    done = run("config", *words, stdin=stdin)
    assert done.code == 0, done.err
    assert "Written as agents.defaults.mediaModels.image" in done.err
    assert defaults(config) == {"mediaModels": {"image": MODEL}}
    assert run("models", "status", "--plain").out.splitlines()[0] == "fal/fal-ai/flux/dev"


def test_a_file_with_media_models_is_one_of_a_current_openclaw(run: Runner, config: Path) -> None:
    config.write_text('{"gateway": {"port": 1}, "agents": {"defaults": {"mediaModels": {"video": "fal/a/b"}}}}')
    assert run("config", "set", "agents.defaults.imageGenerationModel", "fal/a/c").code == 0
    assert defaults(config) == {"mediaModels": {"video": "fal/a/b", "image": "fal/a/c"}}
    config.write_text('{"gateway": {"port": 1}}')
    both = json.dumps({"mediaModels": {"image": {"timeoutMs": 5}}, "imageGenerationModel": MODEL})
    assert run("config", "set", "agents.defaults", both).code == 0
    assert defaults(config) == {"mediaModels": {"image": MODEL | {"timeoutMs": 5}}}


def test_onboard_writes_only_what_a_current_openclaw_takes(run: Runner, config: Path) -> None:
    assert run("onboard", "--non-interactive", "--accept-risk", "--skip-health", "--fal-api-key", "a:b").code == 0
    assert list(defaults(config)) == ["mediaModels"]
    assert defaults(config)["mediaModels"]["image"] == MODEL


def test_a_file_of_our_own_keeps_the_older_names(run: Runner, config: Path) -> None:
    config.write_text('{"gateway": {"port": 1}, "meta": {"lastTouchedVersion": "2026.4.12"}}')
    done = run("config", "set", "agents.defaults.imageGenerationModel", "fal/a/c")
    assert (done.code, done.err) == (0, "")
    assert defaults(config) == {"imageGenerationModel": "fal/a/c"}


def test_what_an_older_name_has_can_be_removed(run: Runner, config: Path) -> None:
    config.write_text(CURRENT.replace("\n}", ',\n  "agents": {"defaults": {"imageGenerationModel": "fal/a/b"}}\n}'))
    assert "OpenClaw 2026.8 and newer refuse a file with this name" in run("config", "validate").err
    [warning] = run("config", "validate", "--json").json["warnings"]
    assert warning["path"] == "agents.defaults.imageGenerationModel"
    assert run("models", "status", "--plain").out.splitlines()[0] == "fal/a/b"  # read everywhere
    assert run("config", "unset", "agents.defaults.imageGenerationModel").code == 0
    assert defaults(config) == {}
    assert run("config", "set", "agents.defaults.mediaModels.image", "fal/a/b").code == 0
    assert "Written as" in run("config", "unset", "agents.defaults.imageGenerationModel").err
    assert defaults(config) == {"mediaModels": {}}


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("agents.defaults.imageGenrationModel", "agents.defaults.imageGenerationModel"),
        ("agents.defaults.imagegenerationmodel.primary", "agents.defaults.imageGenerationModel"),
        ("agents.defaults.imageGenerationModel.primry", "agents.defaults.imageGenerationModel.primary"),
        ("agents.defaults.mediaModels.imgae.primary", "agents.defaults.mediaModels.image"),
        ("agents.defaults.mediaModel.image.primary", "agents.defaults.mediaModels"),
        ("agents.default.mediaMaxMb", "agents.defaults"),
        ("models.providers.fal.baseURL", "models.providers.fal.baseUrl"),
        ("models.provider.fal.apiKey", "models.providers"),
    ],
)
def test_a_name_close_to_a_known_one_is_refused_with_the_right_one(
    run: Runner, config: Path, path: str, right: str
) -> None:
    before = '{"gateway": {"port": 1}}'
    config.write_text(before)
    refused = run("config", "set", path, "fal/fal-ai/flux/dev")
    assert refused.code == 1
    assert f"Did you mean {right}?" in refused.err
    assert config.read_text() == before


def test_a_close_name_that_is_there_already_is_a_warning(run: Runner, config: Path) -> None:
    config.write_text('{"agents": {"defaults": {"imageGenrationModel": "fal/a/b"}}}')
    done = run("image", "generate", "--prompt", "x", "--sandbox")
    assert done.code == 0
    assert "Did you mean agents.defaults.imageGenerationModel?" in done.err
    assert run("config", "set", "agents.defaults.mediaMaxMb", "5").code == 0


@pytest.mark.parametrize(
    "path", ["agents.defaults.imageModel", "agents.list", "audio.x", "agents.defaults.model.primary"]
)
def test_other_settings_of_openclaw_are_set_without_a_word(run: Runner, config: Path, path: str) -> None:
    done = run("config", "set", path, "5")
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    "path", ["agents.defaults.nope", "models.providers.fal.nope", "agents.defaults.mediaModels.image.nope"]
)
def test_a_name_that_openclaw_may_refuse_its_file_for_is_noted_in_its_file(
    run: Runner, config: Path, path: str
) -> None:
    config.write_text('{"meta": {"lastTouchedVersion": "2026.9.6"}}')
    note = f"{path} has no effect here. OpenClaw refuses the whole file if it does not know that name."
    done = run("config", "set", path, "5")
    assert (done.code, done.err) == (0, f"note: {note}\n")
    again = run("config", "set", "agents.defaults.mediaMaxMb", "5")
    assert (again.code, again.err) == (0, "")
    known = run("config", "set", "agents.defaults.maxConcurrent", "5")
    assert (known.code, known.err) == (0, "")


def test_an_unknown_kind_of_media_is_a_warning(run: Runner, config: Path) -> None:
    done = run("config", "set", "agents.defaults.mediaModels.hologram", "fal/a/b")
    assert done.code == 0
    assert "agents.defaults.mediaModels.hologram: openclaw-fal does not know this kind" in done.err
    assert not run("config", "set", "agents.defaults.mediaModels.music", "fal/a/b").err


@pytest.mark.parametrize("path", ["image", "image.primary", "image.fallbacks[0]"])
@pytest.mark.parametrize("name", ["fal ai/flux dev", "fal/a/b,fal/a/c", "<model>", "fal/a/b}", "fal/a/b; ls"])
def test_a_value_that_no_model_can_be_is_refused(run: Runner, config: Path, path: str, name: str) -> None:
    refused = run("config", "set", f"agents.defaults.mediaModels.{path}", name)
    assert refused.code == 1
    assert "no model has such a name" in refused.err
    assert "fal/" in refused.err.split("such a name")[1]
    assert config.read_text() == CURRENT


@pytest.mark.parametrize(
    "name", ["flux", "fal/fal-ai/flux/dev", "https://fal.ai/models/fal-ai/flux/dev", "${MODEL}", "my model"]
)
def test_a_ref_a_short_name_a_page_a_variable_and_an_alias_can_be_models(run: Runner, config: Path, name: str) -> None:
    config.write_text(
        CURRENT.replace("\n}", ',\n  "agents": {"defaults": {"models": {"a/b": {"alias": "my model"}}}}\n}')
    )
    assert run("config", "set", "agents.defaults.mediaModels.image.primary", name).code == 0


# --- included files ----------------------------------------------------------------------------


@pytest.fixture
def included(config: Path) -> Path:
    config.write_text("{agents: {$include: './agents.json5'}, gateway: {port: 1}}")
    file = config.with_name("agents.json5")
    file.write_text("{defaults: {mediaMaxMb: 5, mediaModels: {image: {primary: 'fal/a/b', fallbacks: ['fal/a/c']}}}}")
    return file


def test_an_edit_never_changes_an_included_file_and_says_so(run: Runner, config: Path, included: Path) -> None:
    before = included.read_text()
    done = run("config", "set", "agents.defaults.mediaMaxMb", "7")
    assert done.code == 0
    assert "agents.defaults.mediaMaxMb is also set in ./agents.json5" in done.err
    assert run("config", "get", "agents.defaults.mediaMaxMb").out == "7\n"
    assert included.read_text() == before
    assert "$include" in config.read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["set", "agents.defaults.mediaModels.image.fallbacks", "['fal/a/d']"],  # lists would be joined
        ["set", "agents.defaults.mediaModels.image", "{primary: 'fal/a/d'}"],
        ["unset", "agents.defaults.mediaMaxMb"],
    ],
)
def test_an_edit_that_an_included_file_would_undo_is_refused(
    run: Runner, config: Path, included: Path, words: list[str]
) -> None:
    before = config.read_text()
    refused = run("config", *words)
    assert refused.code == 1
    assert "is set in ./agents.json5" in refused.err
    assert config.read_text() == before


# --- large, deep and long ----------------------------------------------------------------------


def test_a_deep_configuration_is_changed_or_refused_without_a_traceback(run: Runner, config: Path) -> None:
    for depth in (50, 90, 110, 2000):
        config.write_text('{"a":' * depth + "1" + "}" * depth)
        for words in (["set", "b", "1"], ["set", ".".join("a" * min(depth, 99)), "1"], ["get"], ["validate"]):
            done = run("config", *words)
            assert done.code in (0, 1, 2), done.err
            assert done.code == 0 or "error: " in done.err
    config.write_text("{}")
    for depth in (50, 99, 150):
        assert run("config", "set", "b", "[" * depth + "]" * depth).code in (0, 1, 2)
        assert run("config", "set", ".".join("b" * depth), "1").code in (0, 1, 2)
        assert run("config", "patch", "--stdin", stdin='{"a":' * depth + "1" + "}" * depth).code in (0, 1, 2)


@pytest.mark.parametrize(("opener", "closer"), [('{"a":', "}"), ("{a:", "}"), ("[", "]")])
@pytest.mark.parametrize("depth", [20, 45, 60, 97])
def test_a_value_of_up_to_a_hundred_levels_is_stored(
    run: Runner, config: Path, depth: int, opener: str, closer: str
) -> None:
    value = opener * depth + "1" + closer * depth
    assert run("config", "set", "ui.y", value).code == 0
    assert run("config", "patch", "--stdin", stdin=f"{{web: {value}}}").code == 0
    found = run("config", "get", "ui.y", "--json").out
    assert (found.count("["), found.count("{")) == ((depth, 0) if opener == "[" else (0, depth))
    assert run("config", "get", "web", "--json").out == found


@pytest.mark.parametrize("depth", [101, 900, 5000])
def test_a_deeper_value_is_refused_with_what_is_allowed(run: Runner, config: Path, depth: int) -> None:
    before = config.read_text()
    value = "{a:" * depth + "1" + "}" * depth
    for refused in (
        run("config", "set", "ui", value),
        run("config", "set", "ui", value, "--json"),
        run("config", "patch", "--stdin", stdin=value),
        run("config", "set", "--batch-json", f"[{{path: 'x', value: {value}}}]"),
    ):
        assert refused.code == 2
        assert "nested deeper than 100 levels. Nothing was written." in refused.err
        assert "its own quotes" not in refused.err
    assert config.read_text() == before


@pytest.mark.parametrize("number", ["9" * 4000, "-" + "9" * 5000, "0x" + "f" * 5000, "1e400", "." + "1" * 5000])
def test_a_long_number_is_an_error_or_a_limit_that_limits_nothing(run: Runner, config: Path, number: str) -> None:
    for path in ("agents.defaults.mediaMaxMb", "agents.defaults.mediaModels.image.timeoutMs", "x"):
        done = run("config", "set", path, number)
        assert done.code in (0, 1, 2), done.err
        config.write_text(f"{{agents: {{defaults: {{mediaMaxMb: {number}}}}}}}")
        assert run("config", "validate").code in (0, 1)
        assert run("config", "get", "--json").code in (0, 1)
        assert run("image", "generate", "--prompt", "x", "--sandbox").code in (0, 1, 2)
        config.write_text(CURRENT)


def test_infinity_is_printed_as_json_has_it(run: Runner, config: Path) -> None:
    assert run("config", "set", "agents.defaults.mediaMaxMb", "Infinity").code == 0
    assert run("config", "get", "agents.defaults.mediaMaxMb").out == "Infinity\n"
    assert run("config", "get", "agents.defaults", "--json").json == {"mediaMaxMb": None}


@pytest.mark.parametrize("head", ["", "// mine\n", "\ufeff"])
def test_a_large_file_is_changed_quickly(run: Runner, config: Path, head: str) -> None:
    import time

    channels = {f"c{i}": {"allow": [f"user{j}" for j in range(20)], "text": "x" * 100} for i in range(2200)}
    config.write_text(head + json.dumps({"channels": channels, "agents": {"defaults": {"mediaMaxMb": 5}}}, indent=2))
    began = time.process_time()
    assert run("config", "set", "agents.defaults.mediaMaxMb", "7").code == 0
    assert time.process_time() - began < 4  # judged whole by json5, it takes half a minute
    assert run("config", "get", "agents.defaults.mediaMaxMb").out == "7\n"


# --- doctor ------------------------------------------------------------------------------------


def test_doctor_moves_older_names_and_keeps_every_other_byte(run: Runner, config: Path) -> None:
    older = "videoGenerationModel: 'fal/a/b', // mine"
    text = (
        "{ meta: { lastTouchedVersion: '2026.9.6' },\n  agents: { defaults: {\n    OLDER\n    mediaMaxMb: 5,\n  } } }\n"
    )
    config.write_text(text.replace("OLDER", older))
    found = run("doctor", "--json", env={"FAL_KEY": "a:b"})
    assert (found.code, found.json["ok"], found.json["fixed"]) == (1, False, [])
    assert "agents.defaults.mediaModels.video" in found.json["issues"][0]["message"]
    assert config.read_text() == text.replace("OLDER", older)
    fixed = run("doctor", "--fix", "--json", env={"FAL_KEY": "a:b"})
    assert (fixed.code, fixed.json["ok"]) == (0, True)
    assert fixed.json["fixed"] == [
        "set agents.defaults.mediaModels.video",
        "removed agents.defaults.videoGenerationModel",
    ]
    assert run("config", "get", "agents.defaults", "--json").json == {
        "mediaMaxMb": 5,
        "mediaModels": {"video": "fal/a/b"},
    }
    assert run("doctor", env={"FAL_KEY": "a:b"}).code == 0
    assert config.with_name("openclaw.json.bak").read_text() == text.replace("OLDER", older)


def test_doctor_keeps_the_newer_name_where_both_are_set(run: Runner, config: Path) -> None:
    config.write_text(
        '{"gateway": {"port": 1}, "agents": {"defaults": '
        '{"imageGenerationModel": "fal/a/b", "mediaModels": {"image": "fal/a/c"}}}}'
    )
    assert run("doctor", "--fix", env={"FAL_KEY": "a:b"}).code == 0
    assert defaults(config) == {"mediaModels": {"image": "fal/a/c"}}


def test_doctor_reports_a_broken_configuration(run: Runner, config: Path) -> None:
    config.write_text("{")
    for words in ([], ["--fix"]):
        assert run("doctor", *words, "--json").code == 1
    assert config.read_text() == "{"
