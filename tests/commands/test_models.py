"""`models list` and `models status`, through `main` and a real socket."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.fal.origins import Origins
from openclaw_fal.models.catalog import BUILT_IN, model_ref
from openclaw_fal.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runner


DAY_S = 24 * 3600
PAGE_MODELS = {  # of the page that this tool implements
    "fal/fal-ai/flux/dev",
    "fal/fal-ai/minimax/video-01-live",
    "fal/fal-ai/heygen/v2/video-agent",
    "fal/bytedance/seedance-2.0/fast/text-to-video",
    "fal/bytedance/seedance-2.0/fast/image-to-video",
    "fal/bytedance/seedance-2.0/text-to-video",
    "fal/bytedance/seedance-2.0/image-to-video",
}


@pytest.fixture(autouse=True)
def existing_folder(folder: Path) -> None:
    folder.mkdir()


@pytest.fixture
def real(fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the sandbox be fal itself, whose list alone is kept."""
    monkeypatch.setattr(Origins.__new__, "__defaults__", (fal.url,) * len(Origins._fields))


def configure(folder: Path, **defaults: object) -> None:
    (folder / "openclaw.json").write_text(json.dumps({"agents": {"defaults": defaults}}))


def age_catalog(folder: Path, seconds: float) -> None:
    """Make the list that is kept so much older."""
    path = folder / "cache" / "fal-models.json"
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | {"fetchedAt": kept["fetchedAt"] - seconds}))


def on_terminal(run: Runner, *arguments: str) -> str:
    """Return what is printed to stdout on a terminal of 80 columns without colors."""
    done = run(*arguments, env={"COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm"}, terminal=True)
    assert done.code == 0
    return done.out


def listed(run: Runner, *arguments: str) -> list[str]:
    done = run("models", "list", "--plain", *arguments)
    assert done.code == 0, done.err
    return done.out.splitlines()


# --- the list ----------------------------------------------------------------------------------


def test_all_pages_of_fals_catalog_are_listed_with_what_is_built_in(run: Runner, fal: Sandbox) -> None:
    names = listed(run, "--provider", "fal")
    assert names == sorted(set(names))
    assert {model_ref(model.endpoint_id) for model in BUILT_IN} <= set(names)
    assert {"fal/fal-ai/kokoro/american-english", "fal/xai/grok-imagine-image"} <= set(names)
    assert len(names) > 1300
    assert "cursor=" not in fal.requests[0].path


def test_several_pages_make_one_list(run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    in_one = listed(run)
    monkeypatch.setattr("openclaw_fal.fal.platform.PAGE_SIZE", 100)
    fal.reset()
    assert listed(run, "--refresh") == in_one
    assert len(fal.requests) > 10


def test_json_has_openclaws_shape_and_no_other_key(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure(folder, imageGenerationModel={"primary": "fal/fal-ai/flux/dev", "fallbacks": ["fal/fal-ai/nano-banana"]})
    answer = run("models", "list", "--json").json
    assert list(answer) == ["count", "models"]
    assert answer["count"] == len(answer["models"]) > 120
    assert all(list(model) == ["key", "name", "category", "tags"] for model in answer["models"])
    by_key = {model["key"]: model for model in answer["models"]}
    assert by_key["fal/fal-ai/flux/dev"] == {
        "key": "fal/fal-ai/flux/dev",
        "name": "FLUX.1 [dev]",
        "category": "text-to-image",
        "tags": ["lora", "personalization", "default:image"],
    }
    assert "fallback:image:1" in by_key["fal/fal-ai/nano-banana"]["tags"]
    assert "default:video" in by_key["fal/fal-ai/minimax/video-01-live"]["tags"]


@pytest.mark.parametrize("provider", ["openai", "FALSE", ""])
def test_another_providers_list_is_empty_and_says_why(run: Runner, fal: Sandbox, provider: str) -> None:
    plain = run("models", "list", "--provider", provider)
    assert (plain.code, plain.out) == (0, "")
    assert f"not those of {provider!r}" in plain.err
    assert run("models", "list", "--provider", provider, "--json").json == {"count": 0, "models": []}
    assert not fal.requests


def test_deprecated_models_are_listed_on_demand_but_for_those_that_we_document(run: Runner, fal: Sandbox) -> None:
    usual, everything = set(listed(run)), set(listed(run, "--all"))
    assert everything - usual == {"fal/openai/gpt-image-1"}
    assert usual >= PAGE_MODELS
    tags = {model["key"]: model["tags"] for model in run("models", "list", "--all", "--json").json["models"]}
    assert "deprecated" in tags["fal/openai/gpt-image-1"]


def test_a_pipe_gets_a_line_for_each_model_and_what_it_is_used_for(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure(folder, imageGenerationModel="fal/xai/grok-imagine-image")
    rows = [line.split("\t") for line in run("models", "list").out.splitlines()]
    assert all(len(row) == 4 for row in rows)
    assert [(row[0], row[3]) for row in rows if row[3]] == [
        ("fal/fal-ai/minimax/video-01-live", "video"),
        ("fal/xai/grok-imagine-image", "image"),
    ]


def test_the_table_fits_a_terminal_of_80_columns(run: Runner, fal: Sandbox) -> None:
    shown = on_terminal(run, "models", "list").splitlines()
    assert max(map(len, shown)) <= 80
    assert shown[0].split() == ["model", "default"], "fal's longest ids leave no room for the category"
    row = next(line for line in shown if line.startswith("fal/fal-ai/flux/dev "))
    assert row.split() == ["fal/fal-ai/flux/dev", "image"]
    assert shown[-1].endswith(" models")


def test_no_line_of_the_status_is_wider_than_a_terminal(run: Runner, fal: Sandbox) -> None:
    shown = on_terminal(run, "models", "status").splitlines()
    assert shown[0] == "models status"
    assert max(len(line) for line in shown if "openclaw.json" not in line) <= 80


def test_a_broken_configuration_marks_no_defaults(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure(folder, imageGenerationModel="openai/gpt-image-1")
    done = run("models", "list")
    assert done.code == 0
    assert "has no model of fal: openai/gpt-image-1" in done.err
    assert "\tvideo\n" in done.out


# --- fresh, kept, stale ------------------------------------------------------------------------


@pytest.mark.usefixtures("real")
def test_the_list_is_kept_for_a_day(run: Runner, fal: Sandbox, folder: Path) -> None:
    first = listed(run)
    fal.reset()
    age_catalog(folder, DAY_S - 60)
    assert listed(run) == first
    assert not fal.requests
    age_catalog(folder, 120)
    assert listed(run) == first
    assert len(fal.requests) == 2  # pages


@pytest.mark.usefixtures("real")
def test_refresh_fetches_a_fresh_catalog_again(run: Runner, fal: Sandbox) -> None:
    listed(run)
    fal.reset()
    listed(run, "--refresh")
    assert len(fal.requests) == 2  # pages


@pytest.mark.usefixtures("real")
def test_a_list_from_the_future_is_not_trusted(run: Runner, fal: Sandbox, folder: Path) -> None:
    listed(run)
    age_catalog(folder, -3600)
    fal.reset()
    listed(run)
    assert len(fal.requests) == 2  # pages


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize("kept", ["", "[]", "{broken", '{"models": [{}]}', '{"models": [], "fetchedAt": "x"}'])
def test_a_broken_cache_is_fetched_again(run: Runner, fal: Sandbox, folder: Path, kept: str) -> None:
    path = folder / "cache" / "fal-models.json"
    path.parent.mkdir()
    path.write_text(kept)
    assert len(listed(run)) > 120
    assert json.loads(path.read_text())["models"]


@pytest.mark.usefixtures("real")
def test_the_last_list_is_served_with_a_note_when_fal_can_not_be_reached(
    run: Runner, fal: Sandbox, folder: Path
) -> None:
    first = listed(run)
    age_catalog(folder, 3 * DAY_S)
    fal.stop()
    began = time.monotonic()
    done = run("models", "list", "--plain")
    assert time.monotonic() - began < 2
    assert (done.code, done.out.splitlines()) == (0, first)
    assert "can't be fetched" in done.err
    assert "This catalog is 3 days old" in done.err


def test_without_a_network_and_a_kept_list_there_is_what_is_built_in(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://127.0.0.1:1")
    began = time.monotonic()
    done = run("models", "list", "--json")
    assert time.monotonic() - began < 2
    assert done.code == 0
    assert {model["key"] for model in done.json["models"]} == {model_ref(model.endpoint_id) for model in BUILT_IN}
    assert "These are the built-in models alone" in done.err


@pytest.mark.parametrize("fault", ["models-500", "models-garbage", "models-reset", "models-429-after", "models-cut"])
def test_a_passing_fault_does_not_show(run: Runner, fal: Sandbox, fault: str) -> None:
    fal.inject(fault)
    done = run("models", "list", "--plain")
    assert (done.err, len(done.out.splitlines()) > 120) == ("", True)


@pytest.mark.parametrize("fault", ["models-500*9", "models-garbage*9"])
@pytest.mark.usefixtures("real")
def test_half_a_catalog_is_not_used(run: Runner, fal: Sandbox, folder: Path, fault: str) -> None:
    fal.inject(fault)
    done = run("models", "list", "--plain")
    assert len(done.out.splitlines()) == len(BUILT_IN)
    assert "can't be fetched" in done.err
    assert not (folder / "cache" / "fal-models.json").exists()


def test_a_catalog_whose_pages_go_round_in_a_circle_ends(run: Runner, fal: Sandbox) -> None:
    fal.inject("models-loop")
    assert len(listed(run)) > 120


@pytest.mark.parametrize("key", [None, "bad:key", "no\nheader"])
def test_neither_a_missing_nor_a_wrong_key_keeps_anybody_from_the_list(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("FAL_KEY")
    done = run("models", "list", "--plain", env={} if key is None else {"FAL_KEY": key})
    assert (done.code, done.err) == (0, "")
    assert len(done.out.splitlines()) > 120


@pytest.mark.usefixtures("real")
def test_the_private_sandboxes_list_does_not_take_the_place_of_fals(run: Runner, fal: Sandbox, folder: Path) -> None:
    listed(run)
    before = (folder / "cache" / "fal-models.json").read_bytes()
    assert len(listed(run, "--sandbox")) > 120
    assert (folder / "cache" / "fal-models.json").read_bytes() == before


def test_the_catalog_of_a_served_sandbox_is_neither_cached_nor_completed(
    run: Runner, fal: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Origins.__new__, "__defaults__", (fal.url,) * len(Origins._fields))
        listed(run)
    before = {path.name: path.read_bytes() for path in (folder / "cache").iterdir()}
    assert set(before) == {"fal-models.json", "fal-image-models.txt", "fal-video-models.txt"}
    with Sandbox() as other:
        for arguments in ([], ["--refresh"]):
            names = run("models", "list", "--plain", *arguments, env={"OPENCLAW_FAL_BASE_URL": other.url})
            assert len(names.out.splitlines()) > 120
        assert len(other.requests) == 4, "two lists of two pages"
    assert {path.name: path.read_bytes() for path in (folder / "cache").iterdir()} == before


@pytest.mark.usefixtures("real")
def test_a_list_of_another_origin_is_not_served(run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(run)
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://127.0.0.1:1")
    assert len(listed(run)) == len(BUILT_IN)


# --- status ------------------------------------------------------------------------------------


def status(run: Runner, *arguments: str, **environ: str) -> Any:
    done = run("models", "status", "--json", *arguments, env=environ)
    assert (done.code == 0) is done.json["ok"]
    return done.json


def test_status_names_key_models_and_reasons(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure(
        folder,
        imageGenerationModel={
            "primary": "fal/fal-ai/nano-banana",
            "fallbacks": ["fal/krea/v2/large", "fal-ai/flux/dev"],
        },
    )
    assert status(run) == {
        "ok": True,
        "ready": True,
        "configPath": str(folder / "openclaw.json"),
        "configExists": True,
        "baseUrl": fal.url,
        "auth": {"provider": "fal", "source": "environment variable FAL_KEY", "key": "0000…cdef"},
        "image": [
            {"model": "fal/fal-ai/nano-banana", "why": "primary", "where": "agents.defaults.imageGenerationModel"},
            {"model": "fal/krea/v2/large", "why": "fallback", "where": "agents.defaults.imageGenerationModel"},
            {"model": "fal/fal-ai/flux/dev", "why": "fallback", "where": "agents.defaults.imageGenerationModel"},
        ],
        "video": [{"model": "fal/fal-ai/minimax/video-01-live", "why": "default", "where": None}],
        "probe": None,
        "problems": [],
    }
    assert not fal.requests


def test_status_is_read_by_people_too(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure(folder, mediaModels={"video": "fal/bytedance/seedance-2.0/text-to-video"})
    assert run("models", "status", "--probe").out.splitlines() == [
        f"config: {folder / 'openclaw.json'}",
        f"fal at: {fal.url}",
        "key: 0000…cdef",
        "key from: environment variable FAL_KEY",
        "probe: ok",
        "image: fal/fal-ai/flux/dev (default; none is configured)",
        "video: fal/bytedance/seedance-2.0/text-to-video (primary: agents.defaults.mediaModels.video)",
    ]


def test_plain_status_is_the_two_models(run: Runner, fal: Sandbox, folder: Path) -> None:
    models = {"primary": "fal/fal-ai/nano-banana", "fallbacks": ["fal/krea/v2/large"]}
    configure(folder, imageGenerationModel=models)
    done = run("models", "status", "--plain")
    assert done.out == "fal/fal-ai/nano-banana\nfal/fal-ai/minimax/video-01-live\n"


@pytest.mark.parametrize(
    ("environ", "source"),
    [
        ({"FAL_KEY": "", "FAL_API_KEY": "a:b"}, "environment variable FAL_API_KEY"),
        ({"FAL_KEY": ""}, "where onboard stored it"),
    ],
)
def test_status_shows_where_the_key_comes_from(run: Runner, fal: Sandbox, environ: dict[str, str], source: str) -> None:
    run("onboard", "--non-interactive", "--accept-risk", "--fal-api-key", "stored:key")
    answer = status(run, "--check", **environ)
    assert source in answer["auth"]["source"]
    assert answer["auth"]["key"] == "********"


def no_key(_run: Runner, _folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAL_KEY")


def no_variable(run: Runner, _folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("onboard", "--non-interactive", "--accept-risk", "--secret-input-mode", "ref")
    monkeypatch.delenv("FAL_KEY")


def no_json5(_run: Runner, folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "openclaw.json").write_text("{ broken")


def wrong_type(_run: Runner, folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    configure(folder, imageGenerationModel=7, videoGenerationModel="fal/bytedance/seedance-2.0/text-to-video")


def other_provider(_run: Runner, folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    configure(folder, videoGenerationModel={"primary": "google/veo-3"})


def unencrypted(_run: Runner, _folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://fal.example")


def unreadable_config(_run: Runner, folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "openclaw.json").mkdir()


def no_state_folder(_run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_text("")
    monkeypatch.setenv("OPENCLAW_CONFIG_PATH", str(folder / "openclaw.json"))
    monkeypatch.setenv("OPENCLAW_STATE_DIR", str(folder / "file" / "state"))


@pytest.mark.parametrize(
    ("break_it", "named"),
    [
        (no_key, "No fal key was found"),
        (no_variable, "FAL_KEY is not set"),
        (no_json5, "openclaw.json:1:9: "),
        (wrong_type, "imageGenerationModel: expected a string or an object"),
        (other_provider, "agents.defaults.videoGenerationModel has no model of fal: google/veo-3"),
        (unencrypted, "would send your key unencrypted"),
        (unreadable_config, "can't be read"),
        (no_state_folder, "The task journal"),
    ],
)
def test_check_fails_for_what_would_stop_a_generation(
    run: Runner, fal: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, break_it: Any, named: str
) -> None:
    assert status(run, "--check")["ok"] is True
    break_it(run, folder, monkeypatch)
    answer = status(run, "--check")
    assert (answer["ok"], answer["ready"]) == (False, False)
    assert any(named in problem for problem in answer["problems"])
    shown = run("models", "status")
    assert shown.code == 0
    assert shown.err.count(named) == 1
    kinds = ["video" if break_it is other_provider else "image"]
    made = [run(kind, "generate", "--prompt", "x", "--json") for kind in kinds]
    assert all(attempt.code for attempt in made), "what is called a problem must be one"
    assert not fal.submissions


def test_a_configuration_that_is_named_and_not_there_is_pointed_out(run: Runner, fal: Sandbox, folder: Path) -> None:
    shown = run("models", "status", "--check", env={"OPENCLAW_CONFIG_PATH": str(folder / "elsewhere.json")})
    assert (shown.code, shown.err) == (0, "warning: OPENCLAW_CONFIG_PATH names a file that does not exist.\n")


def test_a_mistake_does_not_hide_the_rest_of_the_status(run: Runner, fal: Sandbox, folder: Path) -> None:
    wrong_type(run, folder, pytest.MonkeyPatch())
    answer = status(run)
    assert answer["auth"]["key"] == "0000…cdef"
    assert answer["video"][0]["model"] == "fal/bytedance/seedance-2.0/text-to-video"


@pytest.mark.parametrize(
    ("key", "probe", "named"),
    [
        ("good:key", "ok", None),
        ("bad:key", "key_refused", "fal refused the key"),
    ],
)
def test_probe_checks_the_key_at_no_cost(run: Runner, fal: Sandbox, key: str, probe: str, named: str | None) -> None:
    answer = status(run, "--probe", "--check", FAL_KEY=key)
    assert answer["probe"] == probe
    assert answer["ok"] is (named is None)
    assert [named in problem for problem in answer["problems"]] == ([True] if named else [])
    assert len(fal.requests) == 1
    assert not fal.submissions


def test_probe_reports_that_fal_does_not_answer(run: Runner, fal: Sandbox) -> None:
    fal.stop()
    answer = status(run, "--probe", "--check")
    assert (answer["ok"], answer["probe"]) == (False, "unreachable")
    assert "fal can't be reached" in answer["problems"][0]


def test_the_sandbox_needs_no_key(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = status(run, "--check", "--probe", "--sandbox")
    assert answer["ok"] is True
    assert answer["auth"] == {"provider": "fal", "source": "sandbox", "key": None}
    assert answer["probe"] == "ok"


def test_openclaws_details_of_a_probe_are_accepted(run: Runner, fal: Sandbox) -> None:
    done = run(
        "models", "status", "--probe", "--probe-provider", "fal", "--probe-profile", "a", "--probe-profile", "b",
        "--probe-timeout", "5000", "--probe-concurrency", "1", "--probe-max-tokens", "8", "--agent", "main",
    )  # fmt: skip
    assert done.code == 0
    assert "--agent, --probe-provider, --probe-timeout" in done.err
    assert run("models", "list", "--local", "--agent", "main", "--json").json == {"count": 0, "models": []}
