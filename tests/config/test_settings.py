from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.config.settings import (
    API_KEY,
    BASE_URL,
    MEDIA_MAX_MB,
    MODEL_PATHS,
    ModelSetting,
    Settings,
    expand_variables,
    read_settings,
)
from openclaw_fal.config.settings_schema import SCHEMA
from openclaw_fal.config.variables import Variables
from openclaw_fal.core.errors import ConfigError
from openclaw_fal.store.keys import SecretRef

if TYPE_CHECKING:
    from openclaw_fal.config.path import ConfigPath
    from openclaw_fal.core.kinds import Kind

NEWER_IMAGE_MODEL, IMAGE_MODEL = MODEL_PATHS["image"]
NEWER_VIDEO_MODEL, VIDEO_MODEL = MODEL_PATHS["video"]


def at(path: ConfigPath, value: Any) -> Any:
    for step in reversed(path):
        value = {step: value}
    return value


def defaults(**values: Any) -> dict[str, Any]:
    return {"agents": {"defaults": values}}


def messages(data: Any) -> list[str]:
    return [str(issue) for issue in read_settings(data)[1]]


def test_an_empty_configuration_sets_nothing_and_has_no_issues() -> None:
    assert read_settings({}) == (Settings(), [])


@pytest.mark.parametrize(
    ("path", "kind"),
    [(IMAGE_MODEL, "image"), (NEWER_IMAGE_MODEL, "image"), (VIDEO_MODEL, "video"), (NEWER_VIDEO_MODEL, "video")],
)
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("fal/a", {"primary": "fal/a"}),
        ({"primary": "fal/a"}, {"primary": "fal/a"}),
        ({"fallbacks": ["fal/b", "fal/c"]}, {"fallbacks": ("fal/b", "fal/c")}),
        ({"primary": "fal/a", "timeoutMs": 90000, "new": 1}, {"primary": "fal/a", "timeout_ms": 90000}),
        ({"timeoutMs": 90000.0}, {"timeout_ms": 90000}),
        ({}, {}),
    ],
)
def test_a_default_model_is_read_in_either_spelling(
    path: ConfigPath, kind: Kind, written: Any, read: dict[str, Any]
) -> None:
    settings, issues = read_settings(at(path, written))
    assert not issues
    assert settings.model(kind) == ModelSetting(**read, where=path)


def test_the_newer_spelling_wins_and_a_warning_says_so() -> None:
    settings, [issue] = read_settings(defaults(imageGenerationModel="fal/old", mediaModels={"image": "fal/new"}))
    assert settings.model("image") == ModelSetting("fal/new", where=NEWER_IMAGE_MODEL)
    assert issue.level == "warning"
    assert issue.path == IMAGE_MODEL
    assert "agents.defaults.mediaModels.image differs, and wins" in issue.message


def test_an_older_name_beside_a_newer_one_is_a_warning_even_if_they_agree() -> None:
    [message] = messages(defaults(imageGenerationModel="fal/a", mediaModels={"image": {"primary": "fal/a"}}))
    assert "OpenClaw 2026.8 and newer refuse a file with this name" in message


def test_one_name_for_images_and_the_other_for_videos_are_both_read_with_a_warning() -> None:
    settings, [issue] = read_settings(defaults(imageGenerationModel="fal/a", mediaModels={"video": "fal/b"}))
    assert (settings.model("image").primary, settings.model("video").primary) == ("fal/a", "fal/b")
    assert (issue.path, issue.level) == (IMAGE_MODEL, "warning")
    assert "this belongs to agents.defaults.mediaModels.image" in issue.message


@pytest.mark.parametrize("version", ["2026.4.12", "2026.7.9", "x", 2027])
def test_older_names_in_the_file_of_an_older_openclaw_are_fine(version: object) -> None:
    data = defaults(imageGenerationModel="fal/a") | {"meta": {"lastTouchedVersion": version}}
    assert not read_settings(data)[1]


@pytest.mark.parametrize("limit", [float("inf"), 1e400, 10**4000, 1e12])
def test_a_limit_beyond_all_files_is_none(limit: float) -> None:
    assert read_settings(at(MEDIA_MAX_MB, limit)) == (Settings(), [])


@pytest.mark.parametrize("limit", [float("inf"), 10**4000, 2**31])
def test_a_time_limit_beyond_all_timers_is_an_error(limit: float) -> None:
    [message] = messages(defaults(imageGenerationModel={"primary": "fal/a", "timeoutMs": limit}))
    assert "timeoutMs: expected" in message


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (MEDIA_MAX_MB, "5", "agents.defaults.mediaMaxMb: expected a number, found a string"),
        (MEDIA_MAX_MB, True, "agents.defaults.mediaMaxMb: expected a number, found a boolean"),
        (MEDIA_MAX_MB, 0, "agents.defaults.mediaMaxMb: expected a number above 0"),
        (MEDIA_MAX_MB, float("nan"), "agents.defaults.mediaMaxMb: expected a number above 0"),
        (IMAGE_MODEL, 5, "agents.defaults.imageGenerationModel: expected a string or an object, found a number"),
        (IMAGE_MODEL, None, "agents.defaults.imageGenerationModel: expected a string or an object, found null"),
        (IMAGE_MODEL, " ", "agents.defaults.imageGenerationModel: must not be empty"),
        (
            VIDEO_MODEL,
            {"fallbacks": "fal/a"},
            "agents.defaults.videoGenerationModel.fallbacks: expected a list, found a string",
        ),
        (
            NEWER_VIDEO_MODEL,
            {"fallbacks": ["a", 2]},
            "agents.defaults.mediaModels.video.fallbacks[1]: expected a string, found a number",
        ),
        (
            NEWER_IMAGE_MODEL,
            {"timeoutMs": 1.5},
            "agents.defaults.mediaModels.image.timeoutMs: expected a whole number, found 1.5",
        ),
        (
            NEWER_IMAGE_MODEL,
            {"timeoutMs": float("inf")},
            "agents.defaults.mediaModels.image.timeoutMs: expected a whole number, found inf",
        ),
        (BASE_URL, "fal.run", "models.providers.fal.baseUrl: expected an http or https URL"),
        (API_KEY, 5, "models.providers.fal.apiKey: expected a string or an object, found a number"),
        (API_KEY, {"source": "env"}, "models.providers.fal.apiKey: id is missing"),
        (
            API_KEY,
            {"source": "moon", "id": "A"},
            "models.providers.fal.apiKey.source: expected one of env, file, exec",
        ),
        (("auth", "profiles", "fal:default"), "x", "auth.profiles.fal:default: expected an object, found a string"),
        (("agents",), [], "agents: expected an object, found a list"),
        ((), [], "expected an object, found a list"),
    ],
)
def test_a_wrong_value_is_an_error_at_its_path_and_counts_as_unset(path: ConfigPath, value: Any, message: str) -> None:
    settings, issues = read_settings(at(path, value))
    assert [(str(issue), issue.level) for issue in issues] == [(message, "error")]
    assert settings.media_max_mb is None
    assert settings.model("image").primary is None
    assert settings.model("image").timeout_ms is None
    assert settings.base_url is None
    assert settings.api_key is None


def test_every_error_is_reported_and_the_rest_is_read() -> None:
    data = defaults(imageGenerationModel={"primary": "fal/a", "fallbacks": ["fal/b", 3]}, mediaMaxMb="x")
    settings, issues = read_settings(data)
    assert len(issues) == 2
    assert settings.model("image") == ModelSetting("fal/a", ("fal/b",), where=IMAGE_MODEL)


def test_a_whole_openclaw_configuration_passes_untouched() -> None:
    data = {
        "gateway": {"port": 18789, "auth": {"token": "x"}},
        "channels": {"telegram": {"botToken": "x"}},
        "plugins": {"entries": {"browser": {"enabled": False}}},
        "agents": {"list": [], "defaults": {"model": "anthropic/x", "mediaMaxMb": 30, "workspace": "~"}},
        "models": {"mode": "merge", "providers": {"openai": {"baseUrl": 7}, "fal": {"api": "fal", "models": []}}},
    }
    assert read_settings(data) == (Settings(media_max_mb=30), [])


def test_a_key_may_be_a_text_or_a_reference() -> None:
    assert read_settings(at(API_KEY, "${FAL_KEY}"))[0].api_key == "${FAL_KEY}"
    reference = {"source": "env", "provider": "default", "id": "FAL_KEY"}
    assert read_settings(at(API_KEY, reference))[0].api_key == SecretRef("env", "FAL_KEY")


def test_a_reference_to_a_secret_provider_that_is_not_set_is_a_warning() -> None:
    [issue] = read_settings(at(API_KEY, {"source": "exec", "provider": "vault", "id": "fal"}))[1]
    assert (issue.level, issue.path) == ("warning", API_KEY)


def test_no_message_repeats_what_may_be_a_secret() -> None:
    secret = "s3cret"
    for path in (BASE_URL, (*API_KEY, "source"), (*API_KEY, "id"), MEDIA_MAX_MB):
        assert all(secret not in message for message in messages(at(path, secret)))


@pytest.mark.parametrize(
    ("text", "expanded"),
    [("${FAL_KEY}", "k"), ("a${FAL_KEY}b${FAL_KEY}", "akbk"), ("$${FAL_KEY}", "${FAL_KEY}"), ("$FAL_KEY", "$FAL_KEY")],
)
def test_variables_are_replaced_by_their_values(text: str, expanded: str) -> None:
    assert expand_variables(text, Variables({"FAL_KEY": "k"})) == expanded


@pytest.mark.parametrize("environ", [{}, {"FAL_KEY": ""}])
def test_the_error_names_a_variable_that_is_not_set(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="environment variable FAL_KEY, which is not set"):
        expand_variables("x${FAL_KEY}", Variables(environ))


def test_the_schema_is_json_and_lets_everything_else_through() -> None:
    def check(schema: dict[str, Any]) -> None:
        for choice in schema.get("anyOf", []):
            check(choice)
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is True or "properties" not in schema
            for inner in schema.get("properties", {}).values():
                check(inner)

    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    check(SCHEMA)


def test_every_setting_that_is_read_is_in_the_schema_with_a_description() -> None:
    for path in (
        IMAGE_MODEL, VIDEO_MODEL, NEWER_IMAGE_MODEL, NEWER_VIDEO_MODEL, MEDIA_MAX_MB, BASE_URL, API_KEY,
    ):  # fmt: skip
        schema = SCHEMA
        for step in path:
            schema = schema["properties"][step]
        assert schema["description"].endswith(".")


def test_aliases_of_models_are_read_and_everything_else_there_is_ignored() -> None:
    models = {"fal/fal-ai/flux/dev": {"alias": " flux "}, "a/b": {"params": {}}, "c/d": {"alias": 3}, "e/f": "x"}
    settings, issues = read_settings({"agents": {"defaults": {"models": models}}})
    assert settings.aliases == {"flux": "fal/fal-ai/flux/dev"}
    assert not issues
    assert not read_settings({"agents": {"defaults": {"models": ["x"]}}})[0].aliases
