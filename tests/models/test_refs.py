"""What the text of --model may be, and which endpoint it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.models.catalog import ListedModel, shipped_models
from openclaw_fal.models.refs import (
    closest_models,
    model_ref,
    parse_model_ref,
    resolve_model,
    unknown_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openclaw_fal.models.schema import OutputKind

MODELS = (
    ListedModel("fal-ai/flux/dev", "FLUX.1 [dev]", "text-to-image"),
    ListedModel("fal-ai/flux/dev/image-to-image", "FLUX.1 [dev]", "image-to-image"),
    ListedModel("fal-ai/kling/kolors", "Kolors", "image-to-image"),
    ListedModel("fal-ai/kokoro/french", "Kokoro French", "text-to-speech"),
    ListedModel("fal-ai/kokoro/hindi", "Kokoro Hindi", "text-to-speech"),
    ListedModel("fal-ai/old/thing", "Old Thing", "text-to-image", ("gone",)),
    ListedModel("fal-ai/veo3.1", "Veo 3.1", "text-to-video"),
    ListedModel("maker/pro", "Maker Pro", "text-to-image"),
    ListedModel("other/pro", "Other Pro", "text-to-video"),
)
ALIASES = {"Seed": "fal/bytedance/seedance-2.0/text-to-video", "gpt": "openai/gpt-6", "veo3.1": "fal/my/own"}


def resolved(text: str, makes: OutputKind | None = None) -> str:
    return resolve_model(text, ALIASES, lambda: MODELS, makes)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("fal/fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("FAL/fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("fal/fal-ai/flux/dev/", "fal-ai/flux/dev"),
        ("https://fal.ai/models/fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("https://fal.ai/models/fal-ai/flux/dev/", "fal-ai/flux/dev"),
        ("https://www.fal.ai/models/fal-ai/flux/dev/api?platform=http#schema", "fal-ai/flux/dev"),
        ("HTTPS://FAL.AI/models/fal-ai/flux/dev/playground", "fal-ai/flux/dev"),
        ("fal.ai/models/openai/gpt-image-2", "openai/gpt-image-2"),
        ("fal.ai/fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("https://fal.run/fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("https://queue.fal.run/fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("https://queue.fal.run/fal-ai/flux/dev/requests/0a1b-2c/status", "fal-ai/flux/dev"),
        ("fal-ai/never/seen", "fal-ai/never/seen"),
    ],
)
def test_a_ref_an_id_or_a_page_names_an_endpoint_without_the_list(text: str, endpoint: str) -> None:
    def unwanted() -> Iterable[ListedModel]:
        raise AssertionError("the list is not needed")

    assert resolve_model(text, {}, unwanted) == endpoint


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("flux-dev", "fal-ai/flux/dev"),
        ("Flux_Dev", "fal-ai/flux/dev"),
        ("fal/flux-dev", "fal-ai/flux/dev"),
        ("kolors", "fal-ai/kling/kolors"),
        ("veo-3.1", "fal-ai/veo3.1"),
        ("other-pro", "other/pro"),
        ("kokoro-french", "fal-ai/kokoro/french"),
        ("Kokoro French", "fal-ai/kokoro/french"),
        ("FAL/FAL-AI/Flux/DEV", "fal-ai/flux/dev"),
        ("Maker/Pro", "maker/pro"),
    ],
)
def test_a_name_that_one_model_has_is_enough_in_any_letter_case(text: str, endpoint: str) -> None:
    assert resolved(text) == endpoint


def test_a_short_name_prefers_models_of_the_kind_that_is_wanted() -> None:
    assert resolved("pro", "image") == "maker/pro"
    assert resolved("pro", "video") == "other/pro"
    with pytest.raises(UsageError, match="'pro' names 2 models") as refusal:
        resolved("pro")
    assert refusal.value.hint == "fal/maker/pro\nfal/other/pro"


def test_a_name_that_several_models_share_is_refused_with_all_of_them() -> None:
    with pytest.raises(UsageError, match="'kokoro' names 2 models") as refusal:
        resolved("kokoro")
    assert refusal.value.code == "model_ambiguous"
    assert refusal.value.hint == "fal/fal-ai/kokoro/french\nfal/fal-ai/kokoro/hindi"


def test_a_family_of_one_model_does_not_choose_it() -> None:
    with pytest.raises(UsageError, match="'kling' is not a model") as refusal:
        resolved("kling")
    assert "fal/fal-ai/kling/kolors" in str(refusal.value.hint)


@pytest.mark.parametrize("name", ["flux-dve", "kokoro-frensh", "veo3"])
def test_a_misspelled_name_is_refused_with_what_is_closest(name: str) -> None:
    with pytest.raises(UsageError, match="is not a model") as refusal:
        resolved(name)
    closest = {"flux-dve": "flux/dev", "kokoro-frensh": "kokoro/french", "veo3": "veo3.1"}
    assert str(refusal.value.hint).splitlines()[0] == f"fal/fal-ai/{closest[name]}"


def test_models_that_are_gone_have_no_short_name() -> None:
    with pytest.raises(UsageError, match="is not a model"):
        resolved("old-thing")
    assert "fal-ai/old/thing" not in closest_models("fal-ai/old/thin", MODELS)


def test_an_alias_of_the_configuration_wins_in_any_letter_case() -> None:
    assert resolved("seed") == "bytedance/seedance-2.0/text-to-video"
    assert resolved("VEO3.1") == "my/own"
    with pytest.raises(UsageError, match="is a model of 'openai'"):
        resolved("gpt")


@pytest.mark.parametrize(
    "text", ["", "fal", "fal/", "flux dev", "https://example.com/fal-ai/flux/dev", "fal-ai//x", "...", "-"]
)
def test_other_text_is_no_model(text: str) -> None:
    with pytest.raises(UsageError, match="is not a model"):
        resolved(text)


def test_an_id_that_fal_does_not_have_is_refused_with_the_closest_three() -> None:
    error = unknown_model("fal-ai/flux/devv", shipped_models(), "fal has no such model.")
    assert (error.exit_code, error.code) == (2, "model_unknown")
    assert error.message == "fal/fal-ai/flux/devv: fal has no such model. Nothing was sent."
    closest = str(error.hint).splitlines()
    assert len(closest) == 3
    assert closest[0] == "fal/fal-ai/flux/dev"


def test_shipped_models_are_those_of_the_facts_and_of_the_documentation_and_say_what_is_gone() -> None:
    models = {model.endpoint_id: model for model in shipped_models()}
    assert len(models) > 1350
    assert {"fal-ai/flux/dev", "openai/gpt-image-2.5/flare/edit"} <= models.keys()
    assert models["fal-ai/hyper-sdxl"].is_gone
    assert 30 < sum(model.is_gone for model in models.values()) < 100


@pytest.mark.parametrize(
    ("text", "endpoint_id"),
    [
        ("fal/fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("  fal/fal-ai/flux/dev\n", "fal-ai/flux/dev"),
        ("fal/openai/gpt-image-2.5/flare/text-to-image", "openai/gpt-image-2.5/flare/text-to-image"),
        ("fal/xai/grok-imagine-image", "xai/grok-imagine-image"),
        ("bytedance/seedance-2.0/text-to-video", "bytedance/seedance-2.0/text-to-video"),
        ("krea/v2/medium/text-to-image", "krea/v2/medium/text-to-image"),
        ("SomeBody/my_app-1.5", "SomeBody/my_app-1.5"),
    ],
)
def test_a_model_ref_names_an_endpoint(text: str, endpoint_id: str) -> None:
    assert parse_model_ref(text) == endpoint_id
    assert parse_model_ref(model_ref(endpoint_id)) == endpoint_id


@pytest.mark.parametrize("ref", ["openai/gpt-image-1", "google/veo-3", "xai/grok-imagine", "minimax/h3", "vydra/x"])
def test_a_model_of_another_provider_is_refused_and_fals_own_spelling_named(ref: str) -> None:
    with pytest.raises(UsageError, match="uses fal only") as refusal:
        parse_model_ref(ref)
    assert repr(ref.partition("/")[0]) in str(refusal.value)
    assert f"fal/{ref}" in str(refusal.value.hint)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fal",
        "fal/",
        "flux",
        "openai",
        "fal/flux",
        "fal/fal",
        "/fal-ai/flux",
        "fal-ai//flux",
        "fal-ai/flux/",
        "fal/../flux",
        "fal-ai/./flux",
        "fal-ai/...",
        "fal-ai/flux/../../x",
        "fal-ai/flux dev",
        "fal-ai/flux?x=1",
        "fal-ai/flux#x",
        "fal-ai/flüx",
        "fal-ai/flux\n/dev",
        "fal-ai\\flux",
        "https://fal.run/fal-ai/flux/dev",
        "fal-ai/%2e%2e/flux",
    ],
)
def test_what_is_no_endpoint_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a model"):
        parse_model_ref(text)
