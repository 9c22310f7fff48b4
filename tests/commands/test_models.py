"""`models list` and `models status`, through `main` and a real socket."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from openclaw_fal.models import facts
from openclaw_fal.models.catalog import BUILT_IN, shipped_models
from openclaw_fal.models.descriptions import json_schema_of
from openclaw_fal.models.refs import model_ref
from openclaw_fal.sandbox import Sandbox
from tests.conftest import KEY, PNG, take_for_fal
from tests.files import configure_defaults

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Runner, Server


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
    take_for_fal(fal, monkeypatch)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return for how many seconds the program has paused, which takes no time here."""
    taken: list[float] = []
    monkeypatch.setattr("tests.conftest.quick_sleep", taken.append)
    return taken


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


def shipped() -> set[str]:
    """The models that are listed without a network."""
    return {model_ref(model.endpoint_id) for model in shipped_models() if not model.is_gone}


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


def test_json_has_openclaws_keys_with_fals_category_and_our_kind(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure_defaults(
        folder, imageGenerationModel={"primary": "fal/fal-ai/flux/dev", "fallbacks": ["fal/fal-ai/nano-banana"]}
    )
    answer = run("models", "list", "--json").json
    assert list(answer) == ["count", "models"]
    assert answer["count"] == len(answer["models"]) > 120
    keys = ["key", "name", "category", "tags", "kind", "input", "contextWindow", "local", "available"]
    assert all(list(model) == keys for model in answer["models"])
    by_key = {model["key"]: model for model in answer["models"]}
    assert by_key["fal/fal-ai/flux/dev"] == {
        "key": "fal/fal-ai/flux/dev",
        "name": "FLUX.1 [dev]",
        "category": "text-to-image",
        "tags": ["lora", "personalization", "default:image"],
        "kind": "image",
        "input": "text",
        "contextWindow": None,
        "local": False,
        "available": True,
    }
    assert by_key["fal/fal-ai/flux/dev/image-to-image"]["input"] == "text+image"
    assert "fallback:image:1" in by_key["fal/fal-ai/nano-banana"]["tags"]
    assert "default:video" in by_key["fal/fal-ai/minimax/video-01-live"]["tags"]


@pytest.mark.parametrize("provider", ["openai", "FALSE", ""])
def test_another_providers_list_is_refused(run: Runner, fal: Sandbox, provider: str) -> None:
    plain = run("models", "list", "--provider", provider)
    assert (plain.code, plain.out) == (2, "")
    assert f"--provider {provider!r}: openclaw-fal lists fal's models only" in plain.err
    assert not fal.requests


def test_deprecated_models_are_listed_on_demand_but_for_those_that_we_document(run: Runner, fal: Sandbox) -> None:
    usual, everything = set(listed(run)), set(listed(run, "--all"))
    assert everything - usual == {"fal/openai/gpt-image-1"}
    assert usual >= PAGE_MODELS
    tags = {model["key"]: model["tags"] for model in run("models", "list", "--all", "--json").json["models"]}
    assert "deprecated" in tags["fal/openai/gpt-image-1"]


def test_a_pipe_gets_a_line_for_each_model_and_what_it_is_used_for(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure_defaults(folder, imageGenerationModel="fal/xai/grok-imagine-image")
    rows = [line.split("\t") for line in run("models", "list").out.splitlines()]
    assert all(len(row) == 4 for row in rows)
    assert [(row[0], row[3]) for row in rows if row[3]] == [
        ("fal/fal-ai/minimax-music/v2.6", "music"),
        ("fal/fal-ai/minimax/video-01-live", "video"),
        ("fal/xai/grok-imagine-image", "image"),
    ]


def test_the_table_fits_a_terminal_of_80_columns(run: Runner, fal: Sandbox) -> None:
    shown = on_terminal(run, "models", "list").splitlines()
    assert max(map(len, shown)) <= 80
    row = next(line for line in shown if line.startswith("  fal/fal-ai/flux/dev "))
    assert row.split() == ["fal/fal-ai/flux/dev", "FLUX.1", "[dev]", "image"]
    assert re.fullmatch(r"\d+ models\. Inputs of one: openclaw-fal models show REF", shown[-1])


def test_a_terminal_shows_each_category_under_a_heading_with_its_number(run: Runner, fal: Sandbox) -> None:
    shown = on_terminal(run, "models", "list").splitlines()
    starts = [number for number, line in enumerate(shown) if line[:1] not in ("", " ")][:-1]
    assert [shown[start].split()[0] for start in starts][:4] == [
        "text-to-image",
        "image-to-image",
        "text-to-video",
        "image-to-video",
    ]
    for start, end in itertools.pairwise(starts):
        assert int(shown[start].split()[1]) == end - start - 2, "an empty line separates two groups"


def test_no_line_of_the_status_is_wider_than_a_terminal(run: Runner, fal: Sandbox) -> None:
    shown = on_terminal(run, "models", "status").splitlines()
    assert shown[0] == "models status"
    assert max(len(line) for line in shown if "openclaw.json" not in line) <= 80


def test_a_broken_configuration_marks_no_defaults(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure_defaults(folder, imageGenerationModel="openai/gpt-image-1")
    done = run("models", "list")
    assert done.code == 0
    assert "has no model of fal: openai/gpt-image-1" in done.err
    assert "\tvideo\n" in done.out


# --- a part of the list ------------------------------------------------------------------------


def test_search_finds_all_words_in_ids_and_names_in_any_letter_case(run: Runner, fal: Sandbox) -> None:
    found = listed(run, "--search", "Kling V2.1 IMAGE")
    assert "fal/fal-ai/kling-video/v2.1/master/image-to-video" in found
    assert all({"kling", "v2.1", "image"} <= set(re.split(r"[/-]", name)) for name in found)
    by_name = run("models", "list", "--search", "FLUX.1 [dev]").out.splitlines()
    assert by_name
    assert all(word in line.split("\t")[2] for line in by_name for word in ("FLUX.1", "[dev]"))


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("image", "fal/fal-ai/flux/dev"),
        ("video", "fal/fal-ai/veo3.1"),
        ("audio", "fal/fal-ai/kokoro/american-english"),
        ("3d", "fal/fal-ai/trellis"),
        ("text", "fal/fal-ai/florence-2-large/caption"),
        ("other", "fal/fal-ai/flux-lora-fast-training"),
    ],
)
def test_a_kind_lists_what_makes_it(run: Runner, fal: Sandbox, kind: str, model: str) -> None:
    rows = run("models", "list", "--kind", kind, "--json").json["models"]
    assert model in {row["key"] for row in rows}
    assert {row["kind"] for row in rows} == {kind}


def test_a_category_is_fals_and_a_wrong_one_is_refused_with_all_of_them(run: Runner, fal: Sandbox) -> None:
    rows = run("models", "list", "--category", "text-to-speech", "--json").json
    assert rows["count"] > 20
    assert {row["category"] for row in rows["models"]} == {"text-to-speech"}
    refused = run("models", "list", "--category", "speech")
    assert refused.code == 2
    assert "text-to-speech" in refused.err
    assert run("models", "list", "--kind", "film").code == 2


def test_a_limit_lists_the_first_ones_and_a_terminal_says_of_how_many(run: Runner, fal: Sandbox) -> None:
    everything = listed(run, "--kind", "video")
    assert listed(run, "--kind", "video", "--limit", "3") == everything[:3]
    shown = on_terminal(run, "models", "list", "--kind", "video", "--limit", "3")
    assert f"3 of {len(everything)} models." in shown
    assert run("models", "list", "--limit", "0").code == 2


def test_nothing_found_is_an_empty_list_and_a_note(run: Runner, fal: Sandbox) -> None:
    none = run("models", "list", "--search", "nothing like this", "--json")
    assert none.json == {"count": 0, "models": []}
    assert "No model matches" in none.err


def test_what_fal_no_longer_lists_is_listed_on_demand_without_a_network(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://127.0.0.1:1")
    gone = run("models", "list", "--search", "hyper-sdxl")
    assert gone.out == ""
    assert "with --all, " in gone.err
    rows = run("models", "list", "--search", "hyper-sdxl", "--all", "--json").json["models"]
    assert {tag for row in rows for tag in row["tags"]} == {"gone"}
    assert not any(row["available"] for row in rows)


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
    run: Runner, fal: Sandbox, folder: Path, pauses: list[float]
) -> None:
    first = listed(run)
    age_catalog(folder, 3 * DAY_S)
    fal.stop()
    done = run("models", "list", "--plain")
    assert sum(pauses) < 20
    assert (done.code, done.out.splitlines()) == (0, first)
    assert "can't be fetched" in done.err
    assert "This catalog is 3 days old" in done.err


def test_without_a_network_and_a_kept_list_the_models_of_the_facts_are_listed(
    run: Runner, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://127.0.0.1:1")
    done = run("models", "list", "--json")
    assert sum(pauses) < 20
    assert done.code == 0
    assert {model["key"] for model in done.json["models"]} == shipped()
    assert "These are the models that fal had on 2026-08-05" in done.err


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
    assert set(done.out.splitlines()) == shipped()
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


def test_the_catalog_of_a_server_in_fals_place_is_cached_apart_from_fals(
    run: Runner, fal: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        take_for_fal(fal, patch)
        listed(run)
    before = (folder / "cache" / "fal-models.json").read_bytes()
    completed = (folder / "cache" / "fal-all-models.txt").read_text().splitlines()
    with Sandbox() as other, Sandbox() as another:
        for arguments in ([], [], ["--refresh"]):
            names = run("models", "list", "--plain", *arguments, env={"OPENCLAW_FAL_BASE_URL": other.url})
            assert len(names.out.splitlines()) > 120
        assert len(other.requests) == 4, "two lists of two pages; the second one was cached"
        run("models", "list", env={"OPENCLAW_FAL_BASE_URL": another.url})
        assert another.requests
    assert (folder / "cache" / "fal-models.json").read_bytes() == before
    assert set(completed) <= {*(folder / "cache" / "fal-all-models.txt").read_text().splitlines()}


@pytest.mark.usefixtures("real")
def test_a_list_of_another_origin_is_not_served(run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(run)
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://127.0.0.1:1")
    assert set(listed(run)) == shipped()


# --- show --------------------------------------------------------------------------------------


def shown(run: Runner, *arguments: str) -> Any:
    done = run("models", "show", *arguments, "--json")
    assert done.code == 0, done.err
    return done.json


def test_a_model_is_shown_with_its_inputs_and_the_flags_that_fill_them(run: Runner, fal: Sandbox) -> None:
    model = shown(run, "flux-dev")
    assert (model["key"], model["name"], model["kind"]) == ("fal/fal-ai/flux/dev", "FLUX.1 [dev]", "image")
    assert (model["status"], model["category"], model["source"]) == ("live", "text-to-image", "facts")
    inputs = {each["name"]: each for each in model["inputs"]}
    assert inputs["prompt"] == {"name": "prompt", "type": ["string"], "required": True, "flags": ["--prompt"]}
    assert inputs["num_images"] == {
        "name": "num_images",
        "type": ["integer"],
        "required": False,
        "minimum": 1,
        "maximum": 4,
        "default": 1,
        "flags": ["--count"],
    }
    assert inputs["image_size"]["flags"] == ["--size", "--aspect-ratio"]
    assert "square_hd" in inputs["image_size"]["values"]
    assert inputs["sync_mode"]["flags"] == []
    assert model["outputs"] == [{"name": "images", "list": True, "url": False}]
    assert model["siblings"] == ["fal/fal-ai/flux/dev/image-to-image", "fal/fal-ai/flux/dev/redux"]
    assert model["links"]["llms"] == "https://fal.ai/models/fal-ai/flux/dev/llms.txt"
    assert model["tags"] == ["default:image"]
    assert not fal.requests, "what is known needs no network"


def test_inputs_for_files_name_the_flags_for_files(run: Runner, fal: Sandbox) -> None:
    video = shown(run, "fal/fal-ai/kling-video/v3/pro/image-to-video")
    flags = {each["name"]: each["flags"] for each in video["inputs"]}
    assert flags["start_image_url"] == ["--image"]
    assert flags["end_image_url"] == ["--last-image"]
    edit = shown(run, "fal/openai/gpt-image-2/edit")
    flags = {each["name"]: each["flags"] for each in edit["inputs"]}
    assert (flags["image_urls"], flags["mask_url"]) == (["--file"], ["--mask"])
    sound = shown(run, "fal/fal-ai/kokoro/american-english")
    assert {flag for each in sound["inputs"] for flag in each["flags"]} == {"--prompt"}, "run has no other"
    music = {each["name"]: each["flags"] for each in shown(run, "fal/fal-ai/stable-audio-25/text-to-audio")["inputs"]}
    assert (music["prompt"], music["seconds_total"], music["seed"]) == (["--prompt"], ["--duration"], ["--seed"])


def test_what_an_object_holds_is_shown_as_the_parameter_to_type(run: Runner, fal: Sandbox) -> None:
    text = run("models", "show", "fal-ai/flux-lora").out
    assert "input loras: list of {path, scale}; default []\ninput loras.0.path: required; text\n" in text
    assert "input loras.0.scale: number; 0 to 4; default 1\n" in text
    loras = next(each for each in shown(run, "fal-ai/flux-lora")["inputs"] if each["name"] == "loras")
    assert [member["name"] for member in loras["members"]] == ["path", "scale"]
    assert "input image_size.width" not in text, "a size is given more simply"


def test_people_read_what_is_required_first_and_no_line_is_wider_than_the_terminal(run: Runner, fal: Sandbox) -> None:
    lines = on_terminal(run, "models", "show", "fal/fal-ai/flux/dev").splitlines()
    assert lines[0] == "fal/fal-ai/flux/dev"
    assert max(map(len, lines)) <= 80
    inputs = lines[lines.index("input") + 1 :]
    assert inputs[0].split() == ["prompt", "required;", "text;", "use", "--prompt"]
    assert any(line.split()[:3] == ["num_images", "integer;", "1"] for line in inputs)


def test_a_pipe_gets_a_line_for_each_fact(run: Runner, fal: Sandbox) -> None:
    lines = run("models", "show", "fal/fal-ai/flux/dev").out.splitlines()
    assert "input num_images: integer; 1 to 4; default 1; use --count" in lines
    assert "sibling: fal/fal-ai/flux/dev/redux" in lines
    assert "known from: openclaw-fal's own facts of 2026-08-05" in lines


def test_refreshing_asks_fal_and_the_answer_stays(run: Runner, fal: Sandbox) -> None:
    assert shown(run, "flux-dev", "--refresh")["source"] == "fal"
    assert len(fal.requests) == 1
    fal.reset()
    again = shown(run, "flux-dev")
    assert (again["source"], again["name"]) == ("fal", "FLUX.1 [dev]")
    assert not fal.requests


@pytest.mark.usefixtures("real")
def test_a_model_that_no_fact_knows_is_listed_and_shown_from_fal(run: Runner, fal: Sandbox) -> None:
    new = "fal/openai/gpt-image-1"
    assert new in listed(run, "--all", "--refresh")
    model = shown(run, new)
    assert (model["source"], model["status"], model["name"]) == ("fal", "deprecated", "GPT Image 1")
    assert {each["name"] for each in model["inputs"]} >= {"prompt", "num_images"}


def test_a_model_that_does_not_exist_is_refused_with_the_closest_three(run: Runner, fal: Sandbox) -> None:
    done = run("models", "show", "fal/fal-ai/flux/devv", "--json")
    assert done.code == 2
    error = done.json["error"]
    assert error["code"] == "model_unknown"
    assert "fal has no such model" in error["message"]
    assert error["hint"].splitlines()[0] == "fal/fal-ai/flux/dev"
    assert len(error["hint"].splitlines()) == 3


def test_without_a_network_known_models_are_shown_and_others_refused(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://127.0.0.1:1")
    refreshed = run("models", "show", "flux-dev", "--refresh")
    assert refreshed.code == 0
    assert "fal did not answer" in refreshed.err
    unknown = run("models", "show", "fal-ai/never/seen")
    assert unknown.code == 2
    assert "fal can't be reached" in unknown.err


def test_a_model_whose_inputs_nobody_has_published_is_shown_without_them(run: Runner, fal: Sandbox) -> None:
    model = shown(run, "fal/blackforestlabs/flux-3/image-to-video")
    assert model["inputs"] is None
    assert "-p NAME=VALUE" in run("models", "show", "fal/blackforestlabs/flux-3/image-to-video").out


def test_the_schema_is_fals_document_once_it_is_cached_and_before_that_a_json_schema(run: Runner, fal: Sandbox) -> None:
    schema = json.loads(run("models", "show", "flux-dev", "--schema").out)
    assert schema["required"] == ["prompt"]
    assert schema["properties"]["num_images"] == {"type": "integer", "minimum": 1, "maximum": 4, "default": 1}
    run("models", "show", "flux-dev", "--refresh")
    document = json.loads(run("models", "show", "flux-dev", "--schema").out)
    assert document["openapi"].startswith("3.")


def test_every_json_schema_of_the_facts_is_one() -> None:
    # A schema is one if it is without its properties, and each of those is. Most properties are those of many models.
    parts = set()
    for schema in facts.all_schemas():
        made = json_schema_of(schema)
        parts |= {json.dumps(part) for part in (made | {"properties": {}}, *made["properties"].values())}
    for part in parts:
        jsonschema.Draft202012Validator.check_schema(json.loads(part))


# --- set ---------------------------------------------------------------------------------------


def configured(folder: Path) -> Any:
    return json.loads((folder / "openclaw.json").read_text())["agents"]["defaults"]


@pytest.mark.parametrize(
    ("model", "name", "kind"),
    [
        ("fal/fal-ai/nano-banana", "imageGenerationModel", "image"),
        ("https://fal.ai/models/fal-ai/veo3.1/playground", "videoGenerationModel", "video"),
    ],
)
def test_a_model_is_set_as_the_default_of_what_it_makes(
    run: Runner, folder: Path, model: str, name: str, kind: str
) -> None:
    done = run("models", "set", model)
    ref = f"fal/{model.partition('models/')[2].removesuffix('/playground') or model.removeprefix('fal/')}"
    assert done.out == f"{ref} is now the default {kind} model (agents.defaults.{name}).\n"
    assert configured(folder) == {name: {"primary": ref}}
    again = run("models", "set", model, "--json").json
    assert (again["changed"], again["before"], again["kind"]) == (False, ref, kind)


def test_the_fallbacks_and_the_form_of_a_default_stay(run: Runner, folder: Path) -> None:
    configure_defaults(
        folder,
        imageGenerationModel={"primary": "fal/fal-ai/flux/dev", "fallbacks": ["fal/krea/v2/large"]},
        videoGenerationModel="fal/fal-ai/veo3",
    )
    run("models", "set", "nano-banana")
    run("models", "set", "veo3.1")
    assert configured(folder) == {
        "imageGenerationModel": {"primary": "fal/fal-ai/nano-banana", "fallbacks": ["fal/krea/v2/large"]},
        "videoGenerationModel": "fal/fal-ai/veo3.1",
    }


def test_a_file_of_newer_openclaw_takes_media_models_only(run: Runner, folder: Path) -> None:
    (folder / "openclaw.json").write_text('{"meta": {"lastTouchedVersion": "2026.9.6"}}')
    assert run("models", "set", "nano-banana").code == 0
    assert configured(folder) == {"mediaModels": {"image": {"primary": "fal/fal-ai/nano-banana"}}}


def test_a_music_model_becomes_the_default_of_music_generate(run: Runner, folder: Path) -> None:
    assert run("models", "set", "fal/fal-ai/ace-step/prompt-to-audio").code == 0
    assert configured(folder) == {"mediaModels": {"music": {"primary": "fal/fal-ai/ace-step/prompt-to-audio"}}}


def test_a_default_that_fal_no_longer_lists_is_warned_of(run: Runner) -> None:
    done = run("models", "set", "fal/bria/text-to-image/3.2")
    assert done.code == 0
    assert "a model that fal no longer lists" in done.err
    assert "warning" not in run("models", "set", "fal/fal-ai/flux/dev").err


def test_a_model_that_makes_neither_is_no_default(run: Runner, folder: Path) -> None:
    done = run("models", "set", "fal/fal-ai/kokoro/french")
    assert done.code == 2
    assert "makes sound" in done.err
    assert not (folder / "openclaw.json").exists()


# --- the model of a request ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    ["FAL/fal-ai/nano-banana", "nano-banana", "https://fal.ai/models/fal-ai/nano-banana/api?x=1", "banana"],
)
def test_a_request_takes_a_model_in_any_form(run: Runner, fal: Sandbox, folder: Path, model: str) -> None:
    configure_defaults(folder, models={"fal/fal-ai/nano-banana": {"alias": "banana"}})
    done = run("image", "generate", "--prompt", "a fox", "--model", model, "--json")
    assert done.code == 0, done.err
    assert done.json["model"] == "fal-ai/nano-banana"


def test_a_request_for_an_unclear_or_misspelled_model_sends_nothing(run: Runner, fal: Sandbox) -> None:
    unclear = run("image", "generate", "--prompt", "a fox", "--model", "flux", "--json")
    assert (unclear.code, unclear.json["error"]["code"]) == (2, "model_ambiguous")
    misspelled = run("image", "generate", "--prompt", "a fox", "--model", "nano-bananna", "--json")
    assert (misspelled.code, misspelled.json["error"]["code"]) == (2, "model_unknown")
    assert "fal/fal-ai/nano-banana" in misspelled.json["error"]["hint"].splitlines()
    assert not fal.requests


@pytest.mark.parametrize("command", [("image", "generate"), ("infer", "image", "edit"), ("video", "generate")])
def test_help_with_a_model_ends_with_its_own_inputs(run: Runner, fal: Sandbox, command: tuple[str, ...]) -> None:
    model = "veo3.1" if command[0] == "video" else "nano-banana"
    plain = run(*command, "--help").out
    for arguments in (("--model", model, "--help"), ("-h", f"--model={model}")):
        shown = run(*command, *arguments).out
        assert shown.startswith(plain.rstrip())
        inputs = shown.removeprefix(plain.rstrip()).strip().splitlines()
        assert inputs[0] == f"Inputs of fal/fal-ai/{model} (-p NAME=VALUE):"
        assert any(line.split()[:2] == ["aspect_ratio", "auto,"] or "16:9" in line for line in inputs[1:])
        assert max(map(len, inputs)) <= 80
    assert not fal.requests


def test_help_of_run_ends_with_the_inputs_of_its_model(run: Runner, fal: Sandbox) -> None:
    shown = run("run", "fal/fal-ai/kokoro/american-english", "--help").out
    assert "Inputs of fal/fal-ai/kokoro/american-english" in shown
    assert "Inputs of" not in run("run", "--help").out
    assert "lyrics" in run("music", "generate", "--model", "fal/fal-ai/minimax-music/v2.6", "-h").out


def test_help_with_a_model_that_is_unknown_says_so(run: Runner, fal: Sandbox) -> None:
    done = run("image", "generate", "--model", "nano-bananna", "--help")
    assert done.code == 0
    assert done.out.splitlines()[-1].startswith("Inputs of nano-bananna: 'nano-bananna' is not a model.")
    assert "not known; give any with -p" in run("image", "generate", "--model", "a/b", "--help").out
    assert not fal.requests


def test_a_model_that_fal_does_not_have_is_refused_before_anything_is_sent(run: Runner, fal: Sandbox) -> None:
    line = ("image", "generate", "--prompt", "a fox", "--model", "fal/fal-ai/flux/devv", "--json")
    done = run(*line)
    assert (done.code, done.json["error"]["code"]) == (2, "model_unknown")
    assert done.json["error"]["hint"].splitlines()[0] == "fal/fal-ai/flux/dev"
    assert not fal.submissions
    run(*line, "--no-validate")
    assert len(fal.submissions) == 1


def test_a_proxy_without_documents_says_nothing_about_a_model(
    run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", KEY)
    result = json.dumps({"images": [{"url": f"{server.url}/fox.png"}]}).encode()
    server.answer(404, 404, (200, result), (200, PNG))
    made = run("image", "generate", "--prompt", "a fox", "--model", "fal/fal-ai/brand-new")
    assert made.code == 0, made.err


def test_an_app_of_the_user_needs_no_public_document(run: Runner, fal: Sandbox) -> None:
    done = run("image", "generate", "--prompt", "a fox", "--model", "fal/jane-doe/my-app", "--json")
    assert done.json["model"] == "jane-doe/my-app"
    assert len(fal.submissions) == 1


# --- status ------------------------------------------------------------------------------------


def status(run: Runner, *arguments: str, **environ: str) -> Any:
    done = run("models", "status", "--json", *arguments, env=environ)
    assert (done.code == 0) is done.json["ok"]
    return done.json


def test_status_names_key_models_and_reasons(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure_defaults(
        folder,
        imageGenerationModel={
            "primary": "fal/fal-ai/nano-banana",
            "fallbacks": ["fal/krea/v2/large", "fal-ai/flux/dev"],
        },
    )
    answer = status(run)
    shown = {"value": "0000…cdef", "source": "environment variable FAL_KEY"}
    [provider] = answer["auth"].pop("providers")
    assert provider == {
        "provider": "fal",
        "effective": {"kind": "env", "detail": "0000…cdef"},
        "profiles": {"count": 0, "oauth": 0, "token": 0, "apiKey": 0, "labels": []},
        "env": shown,
    }
    assert answer == {
        "ok": True,
        "ready": True,
        "configPath": str(folder / "openclaw.json"),
        "configExists": True,
        "agentDir": str(folder),
        "defaultModel": "fal/fal-ai/nano-banana",
        "resolvedDefault": "fal/fal-ai/nano-banana",
        "fallbacks": ["fal/krea/v2/large", "fal/fal-ai/flux/dev"],
        "imageModel": None,
        "imageFallbacks": [],
        "utilityModel": None,
        "aliases": {},
        "allowed": [],
        "baseUrl": fal.url,
        "auth": {
            "provider": "fal",
            "source": shown["source"],
            "key": shown["value"],
            "storePath": str(folder / "fal-credentials.json"),
            "shellEnvFallback": {"enabled": False, "appliedKeys": []},
            "providersWithOAuth": [],
            "missingProvidersInUse": [],
            "unusableProfiles": [],
        },
        "image": [
            {"model": "fal/fal-ai/nano-banana", "why": "primary", "where": "agents.defaults.imageGenerationModel"},
            {"model": "fal/krea/v2/large", "why": "fallback", "where": "agents.defaults.imageGenerationModel"},
            {"model": "fal/fal-ai/flux/dev", "why": "fallback", "where": "agents.defaults.imageGenerationModel"},
        ],
        "video": [{"model": "fal/fal-ai/minimax/video-01-live", "why": "default", "where": None}],
        "music": [{"model": "fal/fal-ai/minimax-music/v2.6", "why": "default", "where": None}],
        "probe": None,
        "problems": [],
    }
    assert not fal.requests


def test_status_is_read_by_people_too(run: Runner, fal: Sandbox, folder: Path) -> None:
    configure_defaults(folder, mediaModels={"video": "fal/bytedance/seedance-2.0/text-to-video"})
    assert run("models", "status", "--probe").out.splitlines() == [
        f"config: {folder / 'openclaw.json'}",
        f"fal at: {fal.url}",
        "key: 0000…cdef",
        "key from: environment variable FAL_KEY",
        "probe: ok",
        "image: fal/fal-ai/flux/dev (default; none is configured)",
        "video: fal/bytedance/seedance-2.0/text-to-video (primary: agents.defaults.mediaModels.video)",
        "music: fal/fal-ai/minimax-music/v2.6 (default; none is configured)",
    ]


def test_plain_status_is_the_two_models(run: Runner, fal: Sandbox, folder: Path) -> None:
    models = {"primary": "fal/fal-ai/nano-banana", "fallbacks": ["fal/krea/v2/large"]}
    configure_defaults(folder, imageGenerationModel=models)
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
    configure_defaults(folder, imageGenerationModel=7, videoGenerationModel="fal/bytedance/seedance-2.0/text-to-video")


def other_provider(_run: Runner, folder: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    configure_defaults(folder, videoGenerationModel={"primary": "google/veo-3"})


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
    assert (answer["auth"]["source"], answer["auth"]["key"]) == ("sandbox", None)
    assert answer["probe"] == "ok"


def test_openclaws_details_of_a_probe_are_accepted(run: Runner, fal: Sandbox) -> None:
    done = run(
        "models", "status", "--probe", "--probe-provider", "fal", "--probe-profile", "a", "--probe-profile", "b",
        "--probe-timeout", "5000", "--probe-concurrency", "1", "--probe-max-tokens", "8", "--agent", "main",
    )  # fmt: skip
    assert done.code == 0
    assert "--probe-provider, --probe-timeout" in done.err
    assert "--agent: no effect" in done.err
    assert run("models", "list", "--local", "--agent", "main", "--json").json == {"count": 0, "models": []}
