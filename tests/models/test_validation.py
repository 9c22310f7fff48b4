from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from openclaw_fal.models import facts
from openclaw_fal.models.draft import MediaFile
from openclaw_fal.models.schema import Input, Schema
from openclaw_fal.models.validation import MAX_SHOWN, check, refusal
from tests.models.fal_documents import Document, all_facts

if TYPE_CHECKING:
    from collections.abc import Callable

FACTS = {endpoint: known for endpoint, (_category, known) in all_facts().items() if known.get("i")}
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        1,
        -1,
        2.0,
        2.5,
        10**6,
        "",
        "x",
        "5",
        "auto",
        "a" * 6000,
        [],
        ["a"],
        [1],
        [{}],
        {},
        {"url": "https://a/b"},
    ]
)


def validator(endpoint: str) -> Any:
    """Return the judge that shares no code with ours: jsonschema over the endpoint's document."""
    document = Document(endpoint, "", FACTS[endpoint]).json
    schema = {"$ref": "#/components/schemas/ModelInput", "components": document["components"]}
    return jsonschema.Draft202012Validator(schema)


@st.composite
def fields(draw: Callable[[Any], Any], known: dict[str, Any] | str) -> Any:
    """Draw a value for an input: mostly what it takes, or what it takes just not."""
    if isinstance(known, str):
        known = {"t": known}
    if draw(st.integers(0, 7)) == 0:
        return draw(JUNK)
    kind: str = draw(st.sampled_from(known["t"].split("|")))
    if "e" in known and kind in {"str", "int", "num"}:
        return draw(st.sampled_from(known["e"]))
    match kind:
        case "str":
            sizes = [known[key] + more for key in ("minlen", "maxlen") if key in known for more in (-1, 0, 1)]
            return "https://a.b/" if known.get("m") else "a" * max(0, draw(st.sampled_from(sizes or [3])))
        case "int" | "num":
            bounds = [known[key] + more for key in ("min", "max", "gt", "lt") if key in known for more in (-1, 0, 1)]
            return draw(st.sampled_from([*bounds, known.get("step", 1) * 3, 0.5 if kind == "num" else 7]))
        case "bool":
            return draw(st.booleans())
        case "obj":
            return draw(bodies(known["p"])) if "p" in known else {"any": 1}
        case "list":
            counts = [known[key] + more for key in ("least", "most") if key in known for more in (-1, 0, 1)]
            count = max(0, draw(st.sampled_from(counts or [0, 1, 2])))
            return [draw(fields(known.get("of", "str"))) for _ in range(min(count, 20))]
        case _:
            return draw(JUNK)


@st.composite
def bodies(draw: Callable[[Any], Any], known: dict[str, Any]) -> dict[str, Any]:
    required = [name for name, member in known.items() if "r" in member]
    optional = [name for name in known if name not in required]
    some = draw(st.lists(st.sampled_from(optional), max_size=4, unique=True)) if optional else []
    left_out = draw(st.integers(0, 9)) == 0
    body = {name: draw(fields(known[name])) for name in [*required[left_out:], *some]}
    return body | ({"unknown_name": 1} if draw(st.integers(0, 9)) == 0 else {})


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_body_passes_if_and_only_if_jsonschema_takes_it_and_all_its_names_are_known(data: st.DataObject) -> None:
    endpoint = data.draw(st.sampled_from(sorted(FACTS)))
    body = data.draw(bodies(FACTS[endpoint]["i"]))
    schema = facts.find_schema(endpoint)
    assert schema
    problems = check(schema, body)
    errors = [error for error in deepest(validator(endpoint).iter_errors(body)) if not is_rounding(error)]
    assert bool(errors) <= bool(problems), errors
    # Beyond JSON Schema, names that are not known are refused, and paths where a URL belongs.
    assume(not any(problem.kind == "unknown" or "takes a URL" in problem.message for problem in problems))
    assert bool(problems) == bool(errors), problems


def deepest(errors: Any) -> list[Any]:
    """Return the errors themselves in place of the ``anyOf`` around them."""
    return [inner for error in errors for inner in (deepest(error.context) if error.context else [error])]


def is_rounding(error: Any) -> bool:
    """jsonschema says that 0.15 is not a multiple of 0.05."""
    if error.validator != "multipleOf":
        return False
    quotient = error.instance / error.validator_value
    return math.isclose(quotient, round(quotient))


LORA = {"path": Input(("string",), is_required=True), "scale": Input(("number",))}
SCHEMA = Schema(
    "fal-ai/some/model",
    inputs={
        "prompt": Input(("string",), is_required=True, min_length=1, max_length=10),
        "image_url": Input(("string",), is_required=True, medium="image"),
        "num_images": Input(("integer",), minimum=1, maximum=4, default=1),
        "strength": Input(("number",), above=0, below=1, is_nullable=True),
        "width": Input(("integer",), step=8, minimum=64),
        "aspect_ratio": Input(("string",), enum=("1:1", "16:9", "9:16")),
        "duration": Input(("string",), enum=("5s", "10s")),
        "voice": Input(("string",), enum=("Rachel", "Aria"), is_open=True),
        "voice_id": Input(("string",), enum=("Rachel", "Aria")),
        "tier": Input(("integer", "string"), enum=("auto",), minimum=1),
        "sync_mode": Input(("boolean",)),
        "loras": Input(
            ("array",),
            min_items=1,
            max_items=2,
            items=Input(
                ("object",), properties={"path": Input(("string",), is_required=True), "scale": Input(("number",))}
            ),
        ),
        "anything": Input(),
    },
)
GOOD = {"prompt": "a fox", "image_url": "https://a/b.png"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"num_images": 9}, "-p num_images=… takes 1 to 4, not 9."),
        ({"num_images": 1.5}, "-p num_images=… takes a whole number, not 1.5."),
        ({"num_images": "2"}, '-p num_images=… takes a whole number, not "2". Did you mean 2?'),
        ({"num_images": True}, "-p num_images=… takes a whole number, not true."),
        ({"num_images": None}, "-p num_images=… takes a whole number, not null."),
        ({"strength": 0}, "-p strength=… takes more than 0, less than 1, not 0."),
        ({"strength": math.nan}, "-p strength=… takes a number, not NaN."),
        ({"anything": math.inf}, "-p anything=… takes a finite number, not Infinity."),
        ({"width": 100}, "-p width=… takes at least 64, multiples of 8, not 100."),
        ({"aspect_ratio": "16:10"}, '-p aspect_ratio=… takes 1:1, 16:9, 9:16, not "16:10".'),
        ({"voice_id": "rachl"}, '-p voice_id=… takes Rachel, Aria, not "rachl". Did you mean Rachel?'),
        ({"aspect_ratio": 1}, "-p aspect_ratio=… takes 1:1, 16:9, 9:16, not 1."),
        ({"duration": "5"}, '-p duration=… takes 5s, 10s, not "5". Did you mean 5s?'),
        ({"tier": "best"}, '-p tier=… takes auto, not "best".'),
        ({"tier": 0}, "-p tier=… takes at least 1, not 0."),
        ({"sync_mode": "yes"}, '-p sync_mode=… takes true or false, not "yes". Did you mean true?'),
        ({"prompt": ""}, "-p prompt=… takes at least 1 character, not 0."),
        ({"prompt": "a" * 11}, "-p prompt=… takes at most 10 characters, not 11."),
        ({"promt": "a"}, "There is no input 'promt'. Did you mean -p prompt=…?"),
        ({"image": "a"}, "There is no input 'image'. Did you mean -p image_url=@FILE?"),
        ({"ratio": "1:1"}, "There is no input 'ratio'. Did you mean -p aspect_ratio=…?"),
        ({"lora": []}, "There is no input 'lora'. Did you mean -p loras:=JSON?"),
        (
            {"zzz": 1},
            "There is no input 'zzz'. The inputs are " + ", ".join(list(SCHEMA.inputs or {})[:12]) + ", …",
        ),
        ({"loras": []}, "-p loras=… takes at least 1 value, not 0."),
        ({"loras": {}}, "-p loras:=JSON takes a list, not {}."),
        ({"loras": [{"scale": 1}]}, "The input 'loras.0.path' is required: -p loras.0.path=…"),
        ({"loras": [{"path": "a", "scal": 1}]}, "There is no input 'loras.0.scal'. Did you mean -p loras.0.scale=…?"),
        ({"loras": [{"path": "a", "scale": "x"}]}, '-p loras.0.scale=… takes a number, not "x".'),
        (
            {"image_url": "./fox.png"},
            '-p image_url=… takes a URL, not "./fox.png"; for a file, write -p image_url=@./fox.png.',
        ),
        ({"image_url": ""}, '-p image_url=… takes a URL, not ""; for a file, write -p image_url=@FILE.'),
        (
            {"image_url": "file:///a/fox.png"},
            '-p image_url=… takes a URL, not "file:///a/fox.png"; for a file, write -p image_url=@/a/fox.png.',
        ),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_parameter(more: dict[str, Any], sentence: str) -> None:
    assert [problem.sentence({}) for problem in check(SCHEMA, GOOD | more)] == [sentence]


@pytest.mark.parametrize(
    "more",
    [
        {"voice": "Somebody else"},
        {"tier": 3},
        {"tier": "auto"},
        {"strength": None},
        {"num_images": 2.0},
        {"image_url": MediaFile("image", "fox.png")},
        {"image_url": "data:image/png;base64,AAAA"},
        {"image_url": "A" * 2000},
        {"anything": {"a": [None, True]}},
        {"loras": [{"path": "a"}, {"path": "b", "scale": 0.5}]},
    ],
)
def test_what_the_schema_leaves_open_passes(more: dict[str, Any]) -> None:
    assert check(SCHEMA, GOOD | more) == []


def test_nothing_is_refused_where_nothing_is_known() -> None:
    assert check(Schema("a/b"), {"anything": "goes"}) == []
    assert check(Schema("a/b", inputs={}, takes_others=True), {"anything": "goes"}) == []


def test_a_multiple_is_one_as_far_as_floating_point_can_say() -> None:
    schema = Schema("a/b", inputs={"x": Input(("number",), step=0.1)})
    assert not check(schema, {"x": 0.3})
    assert not check(schema, {"x": 10**400})
    assert check(schema, {"x": 0.35})


def test_all_mistakes_are_named_at_once_with_what_to_do() -> None:
    problems = check(SCHEMA, {"promt": "a", "num_images": 9})
    error = refusal(problems, "fal-ai/some/model", {"prompt": "--prompt TEXT"})
    assert error.exit_code == 2
    assert error.message.splitlines() == [
        "fal/fal-ai/some/model does not take this. Nothing was sent.",
        "The input 'image_url' is required: -p image_url=@FILE",
        "There is no input 'promt'. Did you mean -p prompt=…?",
        "-p num_images=… takes 1 to 4, not 9.",
    ]
    assert error.hint == (
        "See its inputs: openclaw-fal models show fal/fal-ai/some/model\nSend it unchecked: add --no-validate"
    )
    document = error.as_json()
    assert document["code"] == "inputs_invalid"
    assert [(problem["kind"], problem["input"]) for problem in document["problems"]] == [
        ("missing", "prompt"),
        ("missing", "image_url"),
        ("unknown", "promt"),
        ("range", "num_images"),
    ]


def test_no_more_than_a_dozen_allowed_values_are_shown() -> None:
    schema = Schema("a/b", inputs={"voice": Input(("string",), enum=tuple(f"voice{n}" for n in range(40)))})
    (problem,) = check(schema, {"voice": "x"})
    assert problem.sentence({}).count("voice") == MAX_SHOWN + 1
    assert "voice11, …, not" in problem.sentence({})
    assert len(problem.as_json()["allowed"]) == 40


def test_a_message_shows_neither_keys_nor_control_characters_nor_whole_files() -> None:
    key = "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef"
    problems = check(SCHEMA, GOOD | {"sync_mode": key, "width": "\x1b[2J", "loras": "A" * 100_000, "\x1b]0;x": 1})
    message = refusal(problems, "a/b", {}).message
    assert key not in message
    assert "\x1b" not in message
    assert len(message) < 2000
