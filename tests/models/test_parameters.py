from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.requests import Parameter, parse_parameter
from openclaw_fal.models import facts
from openclaw_fal.models.draft import MediaFile, media_files, with_urls
from openclaw_fal.models.parameters import coerced, parameter_values
from openclaw_fal.models.schema import Input, Schema
from openclaw_fal.models.validation import check

SIZE = {"width": Input(("integer",)), "height": Input(("integer",))}
LORA = {"path": Input(("string",)), "scale": Input(("number",))}
SCHEMA = Schema(
    "fal-ai/some/model",
    inputs={
        "prompt": Input(("string",)),
        "negative_prompt": Input(("string",), is_nullable=True),
        "num_images": Input(("integer",), minimum=1, maximum=4),
        "scale": Input(("number",)),
        "seed": Input(("integer",), is_nullable=True),
        "sync_mode": Input(("boolean",)),
        "duration": Input(("string",), enum=("5s", "10s")),
        "frames": Input(("integer",), enum=(81, 161)),
        "format": Input(("string",), enum=("jpeg", "PNG")),
        "voice": Input(("string",), enum=("Rachel",), is_open=True),
        "image_size": Input(("object", "string"), enum=("square", "auto"), properties=SIZE),
        "level": Input(("string", "integer"), default="5"),
        "amount": Input(("string", "integer")),
        "image_url": Input(("string",), medium="image"),
        "image_urls": Input(("array",), medium="image", items=Input(("string",), medium="image")),
        "either_url": Input(("string", "array"), medium="image", items=Input(("string",), medium="image")),
        "mesh_url": Input(("string",), medium="3d"),
        "words": Input(("array",), items=Input(("string",))),
        "numbers": Input(("array",), items=Input(("integer",))),
        "loras": Input(("array",), items=Input(("object",), properties=LORA)),
        "options": Input(("object",), properties={"a": Input(("object",), properties={"b": Input(("boolean",))})}),
        "dotted.name": Input(("integer",)),
        "anything": Input(),
        "anything_url": Input(),
    },
)
FILES = {"text.txt": "words\n", "number.txt": "3\n", "list.json": "[1, 2]"}


def values(*given: str, schema: Schema = SCHEMA) -> dict[str, Any]:
    return parameter_values([parse_parameter(text) for text in given], schema, FILES.__getitem__)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("prompt=a = b", "a = b"),
        ("prompt=2", "2"),
        ("prompt=true", "true"),
        ("prompt=null", "null"),
        ("prompt=", ""),
        ("negative_prompt=null", None),
        ("num_images=2", 2),
        ("num_images= 2 ", 2),
        ("num_images=2.0", 2),
        ("num_images=9", 9),
        ("num_images=two", "two"),
        ("num_images=1.5", "1.5"),
        ("num_images=1_0", "1_0"),
        ("num_images=null", "null"),
        ("seed=null", None),
        ("seed=-1", -1),
        ("seed=12345678901234567890", 12345678901234567890),
        ("scale=2", 2),
        ("scale=.5", 0.5),
        ("scale=1e-3", 0.001),
        ("scale=NaN", "NaN"),
        ("scale=inf", "inf"),
        ("scale=1e999", "1e999"),
        ("sync_mode=true", True),
        ("sync_mode=YES", True),
        ("sync_mode=on", True),
        ("sync_mode=1", True),
        ("sync_mode=False", False),
        ("sync_mode=no", False),
        ("sync_mode=0", False),
        ("sync_mode=maybe", "maybe"),
        ("duration=5s", "5s"),
        ("duration=5S", "5s"),
        ("duration=5", "5"),
        ("frames=81", 81),
        ("frames=81.0", 81),
        ("frames=82", 82),
        ("format=JPEG", "jpeg"),
        ("format=png", "PNG"),
        ("format=webp", "webp"),
        ("voice=rachel", "rachel"),
        ("image_size=Square", "square"),
        ("image_size=1024x768", {"width": 1024, "height": 768}),
        ('image_size={"width": 10, "height": 20}', {"width": 10, "height": 20}),
        ("image_size={broken", "{broken"),
        ("level=5", "5"),
        ("amount=5", 5),
        ("amount=many", "many"),
        ("image_url=https://a/b.png?c=d", "https://a/b.png?c=d"),
        ("words=one, two", ["one, two"]),
        ('words=["one", "two"]', ["one", "two"]),
        ("words=[one", ["[one"]),
        ("words=", []),
        ("numbers=3", [3]),
        ("numbers=[1, 2]", [1, 2]),
        ("numbers=x", ["x"]),
        ("either_url=https://a/b", "https://a/b"),
        ("dotted.name=3", 3),
        ("anything=3", "3"),
        ("unknown=3", "3"),
        ("num_images:=3", 3),
        ("num_images:= null", None),
        ('options:={"a": {"b": [1, 2.5]}}', {"a": {"b": [1, 2.5]}}),
        ("prompt=@text.txt", "words\n"),
        ("num_images=@number.txt", 3),
        ("numbers=@list.json", [1, 2]),
        ("prompt=@@text.txt", "@text.txt"),
        ("image_url=@fox.png", MediaFile("image", "fox.png")),
        ("image_urls=@fox.png", [MediaFile("image", "fox.png")]),
        ("either_url=@fox.png", MediaFile("image", "fox.png")),
        ("mesh_url=@a.glb", MediaFile("3d", "a.glb")),
        ("anything_url=@a.bin", MediaFile("file", "a.bin")),
        ("anything=@text.txt", "words\n"),
    ],
)
def test_a_parameter_is_read_by_the_schema(given: str, expected: Any) -> None:
    (value,) = values(given).values()
    assert value == expected
    assert type(value) is type(expected)


def test_a_list_is_given_by_repeating_the_parameter() -> None:
    assert values("image_urls=@a.png", "image_urls=https://b/c.png") == {
        "image_urls": [MediaFile("image", "a.png"), "https://b/c.png"]
    }
    assert values("numbers=1", "numbers=[2, 3]", "numbers=4") == {"numbers": [1, 2, 3, 4]}
    assert values("either_url=https://a", "either_url=https://b") == {"either_url": ["https://a", "https://b"]}
    assert values("numbers=1", "numbers:=[2]") == {"numbers": [2]}


def test_of_a_single_value_the_last_one_counts() -> None:
    assert values("prompt=a", "prompt=b") == {"prompt": "b"}


def test_dots_lead_into_objects_and_lists() -> None:
    assert values("options.a.b=yes", "options.c=1") == {"options": {"a": {"b": True}, "c": "1"}}
    assert values("loras.0.path=x", "loras.0.scale=0.5", "loras.1.path=y") == {
        "loras": [{"path": "x", "scale": 0.5}, {"path": "y"}]
    }
    assert values('options:={"a": {"z": 1}}', "options.a.b=no") == {"options": {"a": {"z": 1, "b": False}}}
    assert values("numbers.0=7", "numbers.1=8", "numbers.0=9") == {"numbers": [9, 8]}
    assert values("image_size.width=64") == {"image_size": {"width": 64}}


@pytest.mark.parametrize(
    "given", [("prompt=a", "prompt.b=c"), ("numbers.1=1",), ("numbers=1", "numbers.x=1"), ("loras.0=a", "loras.0.b=1")]
)
def test_dots_that_lead_nowhere_are_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(UsageError):
        values(*given)


@pytest.mark.parametrize(
    "given", ["prompt", "=x", ":=1", "prompt=@", "", "a:=NaN", "a:=[-Infinity]", "a:=1e999", "a:={", "a:="]
)
def test_what_is_no_parameter_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="-p "):
        parse_parameter(given)


def test_a_parameter_keeps_what_was_typed() -> None:
    assert parse_parameter("a=b=c") == Parameter("a", "b=c")
    assert parse_parameter("a:=[1]") == Parameter("a", [1], "json")
    assert parse_parameter("a=@b") == Parameter("a", "b", "file")


def test_without_a_schema_text_stays_text_and_names_show_what_is_a_file() -> None:
    given = ("seed=1", "image_url=@fox.png", "prompt=@text.txt", "a.b=c", "a.0=d", "n:=2")
    assert values(*given, schema=Schema("a/b")) == {
        "seed": "1",
        "image_url": MediaFile("image", "fox.png"),
        "prompt": "words\n",
        "a": {"b": "c", "0": "d"},
        "n": 2,
    }


def test_files_are_found_once_each_and_replaced_by_their_urls() -> None:
    fox, owl = MediaFile("image", "fox.png"), MediaFile("image", "owl.png")
    body = {"image_urls": [fox, owl, "https://a"], "elements": [{"image_url": fox}], "prompt": "x"}
    assert media_files(body) == [fox, owl]
    assert with_urls(body, {fox: "u1", owl: "u2"}) == {
        "image_urls": ["u1", "u2", "https://a"],
        "elements": [{"image_url": "u1"}],
        "prompt": "x",
    }


def test_a_file_without_its_url_is_never_sent() -> None:
    with pytest.raises(TypeError):
        json.dumps(MediaFile("image", "fox.png"))


@given(st.sampled_from([*(SCHEMA.inputs or {}).values()]), st.text(max_size=20) | st.sampled_from("[{-+.0e, x×"))
def test_any_text_is_read_without_an_error(field: Input, text: str) -> None:
    json.dumps(coerced(text, field), allow_nan=False)


def test_every_listed_value_of_every_endpoint_can_be_typed() -> None:
    for schema in facts.all_schemas():
        for name, field in (schema.inputs or {}).items():
            for value in field.enum:
                typed = parameter_values([Parameter(name, str(value))], schema, FILES.__getitem__)
                assert typed == {name: value}, schema.endpoint
                assert check(Schema("a/b", inputs={name: field}), typed) == []
