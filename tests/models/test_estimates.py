"""What a request will cost, for every unit that fal has been seen to use, against quantities that are known by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.costs import Cost, Estimate, Price, money
from openclaw_fal.core.requests import Parameter, Request
from openclaw_fal.models import facts
from openclaw_fal.models.estimates import estimate
from openclaw_fal.models.payload import plan

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import Capability

FLUX, SCHNELL, NANO = "fal-ai/flux/dev", "fal-ai/flux/schnell", "fal-ai/nano-banana"
KLING, SEEDANCE = "fal-ai/kling-video/v1.6/pro/text-to-video", "bytedance/seedance-2.0/fast/text-to-video"
WAN, WAN_FRAMES, LTX = "fal-ai/wan/v2.2-a14b/text-to-video", "fal-ai/wan-t2v", "fal-ai/ltx-video-13b-distilled"
MINIMAX, VIDU, VEO = "fal-ai/minimax/video-01-live", "fal-ai/vidu/q1/text-to-video", "fal-ai/veo3"
KOKORO, ELEVEN, STABLE = (
    "fal-ai/kokoro/american-english",
    "fal-ai/elevenlabs/tts/multilingual-v2",
    "fal-ai/stable-audio",
)
VIDEO_INPUT = {"video_url": "https://a.b/c.mp4", "duration": 10, "num_samples": 2}
SOUNDS, SEEDREAM = "mirelo-ai/sfx1.6/text-to-audio", "fal-ai/bytedance/seedream/v4.5/text-to-image"


def estimated(endpoint: str, unit: str, asked: dict[str, Any], amount: str = "0.1") -> Estimate:
    kind = {"image": "image.generate", "video": "video.generate"}
    found = facts.find_schema(endpoint)
    capability: Capability = kind.get(found.kind if found else "", "run")  # type: ignore[assignment]
    parameters = tuple(Parameter(name, value, "json") for name, value in asked.pop("parameters", {}).items())
    request = Request(capability=capability, **({"prompt": "a fox"} | asked), parameters=parameters)
    return estimate(
        plan(request, endpoint, facts.find_schema), Price(endpoint, Decimal(amount), unit, "USD", 1_800_000_000.0)
    )


KNOWN: list[tuple[str, str, dict[str, Any], str]] = [
    # Pieces, whatever the case, the plural and the blanks.
    (NANO, "images", {}, "1"),
    (NANO, "image", {"count": 4}, "4"),
    (NANO, "  Images ", {"count": 2}, "2"),
    (FLUX, "image", {"count": 3}, "3"),
    (MINIMAX, "videos", {}, "1"),
    (MINIMAX, "VIDEO", {}, "1"),
    (VIDU, "Generations", {}, "1"),
    # Megapixels of 1024 x 1024, rounded up for each picture.
    (SCHNELL, "megapixels", {"size": "1024x1024"}, "1"),
    (SCHNELL, "Megapixel", {"size": "1920x1080"}, "2"),
    (SCHNELL, "megapixels", {"size": "512x512"}, "1"),
    (SCHNELL, "megapixels", {"size": "2048x2048", "count": 2}, "8"),
    (SCHNELL, "megapixels", {}, "1"),  # landscape_4_3 by default: 1024 x 768
    # Seconds: asked for, by default, and as frames at the endpoint's own rate.
    (KLING, "seconds", {}, "5"),
    (KLING, "seconds", {"duration": 10.0}, "10"),
    (KLING, "5 seconds", {"duration": 10.0}, "2"),
    (KLING, "5  Seconds", {}, "1"),
    ("fal-ai/elevenlabs/music", "minutes", {"parameters": {"music_length_ms": 120_000}}, "2"),
    (SOUNDS, "seconds", {"parameters": {"num_samples": 4, "duration": 10}}, "40"),
    (STABLE, "seconds", {"parameters": {"seconds_total": 45}}, "45"),
    (STABLE, "second", {}, "30"),
    # Characters.
    (KOKORO, "1000 characters", {"prompt": "x" * 2500}, "2.5"),
    (KOKORO, "1k characters", {"prompt": "x" * 500}, "0.5"),
    (ELEVEN, "characters", {"parameters": {"text": "hello"}, "prompt": ""}, "5"),
]


@pytest.mark.parametrize(("endpoint", "unit", "asked", "quantity"), KNOWN)
def test_a_clear_unit_is_counted(endpoint: str, unit: str, asked: dict[str, Any], quantity: str) -> None:
    found = estimated(endpoint, unit, dict(asked))
    assert (found.kind, found.quantity, found.reason) == ("known", Decimal(quantity), None)
    assert found.amount == Decimal(quantity) * Decimal("0.1")
    assert (found.currency, found.unit, found.unit_price) == ("USD", unit, Decimal("0.1"))


AT_LEAST: list[tuple[str, str, dict[str, Any], str, str]] = [
    (SEEDANCE, "seconds", {"duration": 5.0}, "5", "resolution and sound"),
    (VEO, "seconds", {"duration": 8.0}, "8", "resolution and sound"),
    (WAN, "seconds", {}, "5.0625", "resolution"),  # 81 frames at 16 a second
    (LTX, "seconds", {"parameters": {"num_frames": 240, "frame_rate": 24}}, "10", "resolution"),
    (FLUX, "image", {"size": "2048x2048"}, "1", "the size"),
    ("fal-ai/gpt-image-1.5", "images", {"count": 2}, "2", "quality"),
    (WAN_FRAMES, "frames", {}, "81", "resolution"),
    (WAN_FRAMES, "Frame", {"parameters": {"num_frames": 100}}, "100", "resolution"),
    (KLING, "videos", {"duration": 10.0}, "1", "length"),
    (STABLE, "generations", {}, "1", "length"),
]


@pytest.mark.parametrize(("endpoint", "unit", "asked", "quantity", "reason"), AT_LEAST)
def test_a_price_that_may_depend_on_something_else_is_only_the_least(
    endpoint: str, unit: str, asked: dict[str, Any], quantity: str, reason: str
) -> None:
    found = estimated(endpoint, unit, dict(asked))
    assert (found.kind, found.quantity) == ("at_least", Decimal(quantity))
    assert found.reason is not None
    assert found.reason.endswith(f"depend on {reason}")
    assert found.text.startswith("at least $")


@pytest.mark.parametrize(
    ("endpoint", "unit", "parameters", "quantity", "reason"),
    [
        (SEEDREAM, "images", {"num_images": 2, "max_images": 6}, "2", "the model may make more files"),
        (KLING, "minutes", {"duration": "10"}, "0.167", "a part of a unit may be charged as a whole one"),
        (STABLE, "20 seconds", {"seconds_total": 30}, "1.5", "a part of a unit may be charged as a whole one"),
        ("fal-ai/maya", "characters", {"prompt": "an old man", "text": "hello"}, "5", "the other text may be counted"),
        ("mirelo-ai/sfx1.6/video-to-video", "seconds", VIDEO_INPUT, "20", "the input may be counted"),
    ],
)
def test_what_may_be_more_than_was_counted_is_only_the_least(
    endpoint: str, unit: str, parameters: dict[str, Any], quantity: str, reason: str
) -> None:
    found = estimated(endpoint, unit, {"parameters": parameters})
    assert found.kind == "at_least"
    assert found.quantity is not None
    assert round(found.quantity, 3) == Decimal(quantity)
    assert (found.reason or "").startswith(reason)


def test_where_images_are_an_input_their_megapixels_may_count_as_well() -> None:
    found = estimated(
        "fal-ai/flux/dev/image-to-image", "megapixels", {"parameters": {"image_url": "https://a.b/c.png"}}
    )
    assert (found.kind, found.reason) == ("unknown", "the size is not part of the request")
    sized = {"image_urls": ["https://a.b/c.png"], "image_size": {"width": 1024, "height": 1024}}
    found = estimated("fal-ai/flux-2/edit", "megapixels", {"parameters": sized})
    assert (found.kind, found.quantity) == ("at_least", Decimal(1))
    assert found.reason == "the input may be counted as well"


VAGUE: list[tuple[str, str, dict[str, Any], str]] = [
    (FLUX, "compute seconds", {}, "compute seconds are known only after the run"),
    (FLUX, "Compute  Second", {}, "compute seconds are known only after the run"),
    (FLUX, "units", {}, "fal does not say what a unit is"),
    (FLUX, "", {}, "fal does not say what a unit is"),
    (FLUX, "1", {}, "fal does not say what a unit is"),
    (FLUX, "credits", {}, "fal does not say how many credits a request takes"),
    (FLUX, "1m tokens", {}, "the number of tokens is known only after the run"),
    (FLUX, "input seconds", {}, "it depends on the length of the input"),
    (FLUX, "processed megapixels", {}, "it depends on the size of the input"),
    (FLUX, "video segments", {}, "it depends on how the model cuts the video"),
    (FLUX, "moons", {}, "openclaw-fal does not know the unit 'moons'"),
    (MINIMAX, "seconds", {}, "the length is not part of the request"),
    (MINIMAX, "frames", {}, "the number of frames is not part of the request"),
    (MINIMAX, "megapixels", {}, "the megapixels of a video are known only after the run"),
    (NANO, "megapixels", {}, "the size is not part of the request"),
    (SEEDANCE, "seconds", {}, "the model chooses the length"),
]


@pytest.mark.parametrize(("endpoint", "unit", "asked", "reason"), VAGUE)
def test_a_vague_unit_is_unknown_and_never_zero(endpoint: str, unit: str, asked: dict[str, Any], reason: str) -> None:
    found = estimated(endpoint, unit, dict(asked))
    assert (found.kind, found.amount, found.quantity, found.reason) == ("unknown", None, None, reason)
    assert found.text == f"unknown: {reason}"
    assert found.as_json()["amount"] is None
    assert found.as_json()["unitPrice"] == 0.1


def test_a_price_of_zero_is_unknown() -> None:
    found = estimated(NANO, "images", {}, amount="0")
    assert (found.kind, found.amount) == ("unknown", None)
    assert "may mean that no price is set" in found.text


def test_nothing_known_of_the_inputs_makes_it_the_least() -> None:
    request = Request(capability="image.generate", prompt="a fox")
    found = estimate(plan(request, "someone/app"), Price("someone/app", Decimal(1), "images", "USD", 0.0))
    assert (found.kind, found.reason) == ("at_least", "nothing is known of the model's inputs")


def test_a_price_may_be_in_another_currency() -> None:
    price = Price(NANO, Decimal("0.04"), "images", "EUR", 0.0)
    request = Request(capability="image.generate", prompt="a fox", count=2)
    found = estimate(plan(request, NANO, facts.find_schema), price)
    assert found.text == "0.08 EUR (2 images at 0.04 EUR)"
    assert found.as_json() == {
        "kind": "known",
        "amount": 0.08,
        "currency": "EUR",
        "unit": "images",
        "quantity": 2,
        "unitPrice": 0.04,
    }


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.05", "$0.05"),
        ("0.3", "$0.30"),
        ("0.00111", "$0.00111"),
        ("0.0000123456", "$0.00001235"),
        ("12.3", "$12.30"),
        ("1234.567", "$1,234.57"),
        ("0", "$0.00"),
        ("0.2419", "$0.2419"),
    ],
)
def test_money_has_the_digits_that_matter(amount: str, text: str) -> None:
    assert money(Decimal(amount)) == text


@pytest.mark.parametrize(("units", "amount"), [("2", "0.2"), ("3.008", "0.3008"), ("0", "0")])
def test_a_cost_is_units_times_price(units: str, amount: str) -> None:
    price = Price(NANO, Decimal("0.1"), "seconds", "USD", 0.0)
    cost = Cost.computed(units, price)
    assert cost is not None
    assert (cost.kind, cost.amount) == ("computed", Decimal(amount))
    assert Cost.from_record(cost.as_record()) == cost


@pytest.mark.parametrize("units", [None, "", "many", "NaN", "-1"])
def test_units_that_are_no_number_are_no_cost(units: str | None) -> None:
    assert Cost.computed(units, Price(NANO, Decimal("0.1"), "images", "USD", 0.0)) is None
