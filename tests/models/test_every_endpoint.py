"""Every image and video endpoint of the facts gets a valid body, or a refusal that names what is missing.

Bodies are judged by `strict_judge`. The table of all results is printed after the tests.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.kinds import (
    HINTS,
    Capability,
    Kind,
    MediaKind,
    ReferenceRole,
)
from openclaw_fal.core.requests import Reference, Request
from openclaw_fal.models import facts
from openclaw_fal.models.payload import plan
from openclaw_fal.models.validation import InvalidInputs
from tests.models.strict_judge import faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.models.payload import Plan
    from openclaw_fal.models.schema import Schema

MIN_RATE = 0.95
Verdict = Literal["valid", "named", "refused", "wrong", "lost"]


class Category(NamedTuple):
    """What endpoints of a category make and work from; ``min_rate`` of them must be valid or refused with a name."""

    kind: Kind
    references: tuple[MediaKind, ...] = ()
    min_rate: float = MIN_RATE

    @property
    def capability(self) -> Capability:
        return "video.generate" if self.kind == "video" else "image.edit" if self.references else "image.generate"


CATEGORIES = {
    "text-to-image": Category("image"),
    "image-to-image": Category("image", ("image",)),
    "text-to-video": Category("video"),
    "image-to-video": Category("video", ("image",)),
    "video-to-video": Category("video", ("video",)),
    "audio-to-video": Category("video", ("audio",)),
}
COMMON_FLAGS: dict[str, dict[str, Any]] = {
    "prompt only": {},
    "--aspect-ratio 16:9": {"aspect_ratio": "16:9"},
    "--seed 7": {"seed": 7},
    "--negative-prompt": {"negative_prompt": "blur"},
    "--steps 20": {"steps": 20},
    "--guidance 3.5": {"guidance": 3.5},
}
FLAGS: dict[Kind, dict[str, dict[str, Any]]] = {
    "image": {
        **COMMON_FLAGS,
        "--size 1024x1536": {"size": "1024x1536"},
        "--resolution 2K": {"resolution": "2K"},
        "--count 2": {"count": 2},
        "--output-format webp": {"output_format": "webp"},
        "--quality high": {"quality": "high"},
        "--background": {"background": "transparent"},
    },
    "video": {
        **COMMON_FLAGS,
        "--size 1280x720": {"size": "1280x720"},
        "--resolution 720P": {"resolution": "720P"},
        "--duration 5": {"duration": 5},
        "--no-audio": {"audio": False},
    },
}
CASES = [(name, flag) for name, category in CATEGORIES.items() for flag in FLAGS[category.kind]]


class Outcome(NamedTuple):
    """The outcome of one request. ``named`` is a refusal with the name of the input or the limit."""

    verdict: Verdict
    detail: str = ""
    is_ignored: bool = False
    made: Plan | None = None


@pytest.mark.parametrize(("name", "flag"), CASES)
def test_a_body_is_valid_or_the_refusal_names_the_input(
    name: str, flag: str, record_property: Callable[[str, object], None]
) -> None:
    category = CATEGORIES[name]
    outcomes = {
        endpoint: outcome(endpoint, category, FLAGS[category.kind][flag])
        for endpoint, schema in schemas().items()
        if schema.category == name and schema.inputs is not None
    }
    counts = Counter(each.verdict for each in outcomes.values())
    rate = (counts["valid"] + counts["named"]) / len(outcomes)
    ignored = sum(each.is_ignored for each in outcomes.values())
    verdicts = [counts[verdict] for verdict in ("valid", "named", "refused", "wrong", "lost")]
    record_property("coverage", [name, flag, len(outcomes), *verdicts, ignored, f"{rate:.1%}"])
    assert not {end: each.detail for end, each in outcomes.items() if each.verdict in {"wrong", "lost"}}
    others = {end: each.detail for end, each in outcomes.items() if each.verdict == "refused"}
    assert rate >= category.min_rate, others


SEVERAL_REFERENCES: dict[str, tuple[Kind, tuple[tuple[MediaKind, ReferenceRole], ...]]] = {
    "two images": ("image", (("image", "reference"), ("image", "reference"))),
    "an image and a mask": ("image", (("image", "reference"), ("image", "mask"))),
    "the first and the last image": ("video", (("image", "reference"), ("image", "last image"))),
    "an image, a video and a sound": (
        "video",
        (("image", "reference"), ("video", "reference"), ("audio", "reference")),
    ),
}


@pytest.mark.parametrize("case", SEVERAL_REFERENCES)
def test_several_references_make_a_valid_body_or_are_refused(case: str) -> None:
    kind, given = SEVERAL_REFERENCES[case]
    references = tuple(Reference(medium, f"https://x/{role}", role) for medium, role in given)
    request = Request(capability=Category(kind).capability, prompt="a fox", references=references)
    endpoints = [each.endpoint for each in schemas().values() if each.inputs is not None and each.kind == kind]
    outcomes = {endpoint: judged(request, endpoint) for endpoint in endpoints}
    assert not {endpoint: each.detail for endpoint, each in outcomes.items() if each.verdict == "wrong"}
    assert Counter(each.verdict for each in outcomes.values())["valid"] >= 15


@cache
def schemas() -> dict[str, Schema]:
    return {schema.endpoint: schema for schema in facts.all_schemas()}


def outcome(endpoint: str, category: Category, flags: dict[str, Any]) -> Outcome:
    found = judged(plain(category)._replace(**flags), endpoint)
    if not found.made or not flags:
        return found
    ignored = [name for name in flags if HINTS[name] in found.made.ignored]
    if not ignored and not found.made.normalization and found.made.body == plain_body(category, endpoint):
        return Outcome("lost", str(found.made.body))
    return found._replace(is_ignored=bool(ignored))


@cache
def plain(category: Category) -> Request:
    references = tuple(Reference(medium, f"https://x/{medium}") for medium in category.references)
    return Request(capability=category.capability, prompt="a fox", references=references)


@cache
def plain_body(category: Category, endpoint: str) -> dict[str, Any]:
    return plan(plain(category), endpoint, schemas().get, is_checked=False).body


def judged(request: Request, endpoint: str) -> Outcome:
    """Return the outcome of a request, with the plan of a valid body."""
    try:
        made = plan(request, endpoint, schemas().get)
    except UsageError as error:
        return _refusal(error)
    body = made.with_references([reference.source for reference in request.references])
    wrong = faults(made.endpoint, body)
    return Outcome("wrong", f"{body} {wrong}") if wrong else Outcome("valid", made=made)


def _refusal(error: UsageError) -> Outcome:
    detail = f"{error.message} → {error.hint}"
    if isinstance(error, InvalidInputs):
        # By its own name, or as the flag that fills it.
        is_named = all(
            (problem.path in error.message or re.search(r"--(file|image|video|audio-ref) PATH", error.message))
            and (problem.kind == "missing" or "takes at least" in problem.message)
            for problem in error.problems
        )
        return Outcome("named" if is_named else "wrong", detail)  # the mapping made what the schema refuses
    is_named = "per request" in error.message or "-p " in str(error.hint)
    return Outcome("named" if is_named else "refused", detail)
