"""`OPENCLAW_FAL_FUZZ=20000 pytest tests/config/test_json5_editor.py` runs the random documents that often."""

import copy
import json
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import json5
import pyjson5
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openclaw_fal.config import json5_editor
from openclaw_fal.config.json5_editor import Json5EditError, PathError, locate, merge, set_value, unset
from openclaw_fal.config.json5_parser import Json5SyntaxError, parse, value_of
from openclaw_fal.config.path import ConfigPath


def read(text: str) -> Any:
    return value_of(parse(text))


def oracle(text: str) -> Any:
    """Read as json5 does, with escaped surrogate pairs joined as JavaScript joins them."""
    return json.loads(json.dumps(json5.loads(text)))


def canonical(value: Any) -> str:
    """Write equal values alike: NaN is NaN, 1.0 is 1, true is not 1."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


# Reading --------------------------------------------------------------------------------------------------------------

VALID = [
    "null", "true", "false", "0", "-0", "+0", "1.", ".5", "+.5", "-1.5e2", "1e5", "1E-5", "1.e5", "0x1F", "-0X1f",
    "NaN", "-NaN", "Infinity", "-Infinity", "+Infinity", "123456789012345678901234567890",
    "''", '""', "'a\"b'", '"a\'b"', r"'it\'s'", r'"\b\f\n\r\t\v\0\\\/\a\x41\u00e9"', r'"\ud83d\ude00"', '"\\\n"',
    '"a\\\r\nb"', '"a\\\rb"', '"a\\\u2028b"', '"\u2028\u2029"', '"\t\x00\x7f"', r'"\٣"',
    "{}", "[]", "[1,]", "{a:1,}", "{a:1,b:{c:[1,{d:2}]}}", "{'a':1,\"b\":2,$_c1:3}", "{a:1,a:2}", "{'__proto__':1}",
    "{ünï:1,ключ:2,名:3}", "{𝒳:1}", "{a\u200c:1}", "{a‿b:1}", r"{\u0061b:1,a\u0062:2}", r"{\ud835\udcb3:1}",
    "{null:1,true:2,NaN:3,Infinity:4}", "{'':1}", "\ufeff{}", "{}\ufeff", "\u00a0\u3000\v\f\t{}\u2029",
    "// c\r1", "//c\u20281", "/***/1", "/* * / */1", "1//", "1/*x*/", "[/*a*/1/*b*/,/*c*/]", "'// no' // yes",
]  # fmt: skip
INVALID = [
    "", " ", "// c", "/* c */", "/*", "/*/", "/", "1/", "01", "-01", "00", "1..", ".", "+", "0x", "0xG", "0x1p3", "1e",
    "1_0", "0b1", "0o7", "- 1", "-/**/1", "1 2", "1a", "٣", "1٣", "foo", "undefined", "nullx", "truefalse", "Nan",
    "'", '"abc', '"a\nb"', "'a\rb'", r'"\x4"', r'"\u12"', r'"\1"', r'"\8"', r'"\01"', r"'\'", "`a`",
    "[", "]", "{", "}", "[,]", "[1,,]", "[,1]", "[1 2]", "[1}", "[1;]", "{,}", "{a}", "{a:}", "{a:1,,}", "{a:1 b:2}",
    "{a:1", "{'a'}", "{1:1}", "{a-b:1}", "{a.b:1}", "{·:1}", "{\u200ca:1}", r"{a\u{62}:1}", "{[a]:1}", "{a:1}}",
    "\x1c1", "\x851", "\u200b1", "\u180e1", "/**/*/1",
]  # fmt: skip


@pytest.mark.parametrize("text", VALID)
def test_a_valid_document_reads_as_in_json5_and_pyjson5(text: str) -> None:
    assert canonical(read(text)) == canonical(oracle(text)) == canonical(pyjson5.decode(text))


@pytest.mark.parametrize("text", INVALID)
def test_an_invalid_document_is_refused_as_in_json5(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json5.loads(text)
    with pytest.raises(Json5SyntaxError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{\n  a: 1\n  b: 2\n}", "line 3, column 3: expected ',' or '}', found 'b'"),
        ("{\r\n  a 1}", "line 2, column 5: expected ':' after the key, found '1'"),
        ("\ufeff[01]", "line 1, column 2: '01' is not a valid number"),
        ("{a-b: 1}", "line 1, column 2: 'a-b' needs quotes to be a key"),
        ("{a: 'x\n'}", "line 1, column 5: the string is not closed on its line"),
        ("{a: 'x\\1'}", "line 1, column 7: the string has an invalid escape"),
        ("[1, /* x", "line 1, column 5: the comment is not closed"),
        ("[1", "line 1, column 3: expected ',' or ']', but the document ends"),
        ("{} {}", "line 1, column 4: expected the end of the document, found '{'"),
        ("[" * 101, "line 1, column 101: nested deeper than 100 levels"),
        ("[" + "9" * 5000 + "]", "line 1, column 2: the number is too long"),
        ("[" + "x" * 50 + "]", f"line 1, column 2: '{'x' * 4}…' is not a value; text needs quotes"),
    ],
)
def test_a_syntax_error_says_in_one_line_what_is_wrong_and_where(text: str, message: str) -> None:
    with pytest.raises(Json5SyntaxError) as caught:
        parse(text)
    assert str(caught.value) == message
    assert message == f"line {caught.value.line}, column {caught.value.column}: {caught.value.message}"


def test_a_document_of_a_hundred_levels_is_read() -> None:
    value = read("[" * 100 + "]" * 100)
    for _ in range(99):
        (value,) = value
    assert value == []


def test_a_value_is_located_by_its_path() -> None:
    text = "// c\r\n{\r\n  a: [1, { 'b c': /* x */ 2 }],\r\n  a: [3],\r\n  d: [1, { 'b c': 2 }],\r\n}"
    assert locate(text, ()) == (2, 1)
    assert locate(text, ("a",)) == (4, 6)
    assert locate(text, ("d", 1, "b c")) == (5, 19)
    for missing in [("x",), ("a", 1), ("a", -1), ("a", "b"), ("a", 0, "b"), (0,)]:
        assert locate(text, missing) is None
    assert locate("// empty", ("a",)) is None


# A whole file ---------------------------------------------------------------------------------------------------------

SAMPLE = r"""// The whole language in one file.
{
  /* a block
     comment */
  gateway: { port: 0x4650, host: 'localhost', }, // one line
  "double": "it's \"quoted\"",
  'single': 'it\'s "quoted"', /* behind */ /* twice */
  größe: .5,
  ключ: 1.,
  $odd_1: +1.5e2,
  \u0061bc: NaN,
  "a.b/c": -Infinity, plus: +Infinity,
  long: 'one \
two',
	// a tab island
	tabs: {
		deep: [
			1,
			2 // no comma
		],
	},
  agents: {
    defaults: {
      // "imageGenerationModel": "commented out",
      imageGenerationModel: {
        primary: 'fal/fal-ai/flux/dev', // the good one
        fallbacks: ["fal/a", "fal/b"],
      },
      'videoGenerationModel': "fal/fal-ai/kling", mediaMaxMb: 0xA,
    },
  },
  empty: {}, none: [], spaced: { },
  twice: 1,
  twice: 2,
  matrix: [
    [1, 0], [0, 1],
    [-0, +0], // rows
  ],
  "url": "http://example.org/*not a comment*/",
  unset: null, yes: true, no: false
  // before the end
}
// after the document
"""
FIVE_EDITS: list[tuple[ConfigPath, Any, str, str]] = [
    (("gateway", "port"), 18001, "0x4650", "18001"),
    (("single",), "now 'other'", r"""'it\'s "quoted"'""", r"'now \'other\''"),
    (("tabs", "deep", 1), {"a": [None]}, "\t\t\t2 ", "\t\t\t{\n\t\t\t\ta: [null]\n\t\t\t} "),
    (("agents", "defaults", "imageGenerationModel", "fallbacks"), [], '["fal/a", "fal/b"]', "[]"),
    (("twice",), False, "twice: 2", "twice: false"),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_file_with_every_syntax_feature_differs_in_the_five_edited_values_alone(newline: str) -> None:
    assert SAMPLE.count("\n") == 43
    text = expected = SAMPLE.replace("\n", newline)
    for path, value, before, after in FIVE_EDITS:
        text = set_value(text, path, value)
        assert expected.count(before) == 1
        expected = expected.replace(before, after.replace("\n", newline))
    assert text == expected
    assert canonical(read(text)) == canonical(pyjson5.decode(text))


def test_members_added_to_that_file_and_removed_again_leave_it_as_it_was() -> None:
    for path in [("gateway", "x"), ("tabs", "x"), ("agents", "defaults", "x", "y"), ("agents", "x")]:
        text = set_value(SAMPLE, path, [1, {"z": "ü"}])
        assert text != SAMPLE
        assert unset(text, path[:3]) == SAMPLE
    assert unset(set_value(SAMPLE, ("x",), 1), ("x",)) == SAMPLE


def test_every_value_of_that_file_can_be_unset_without_losing_a_comment_of_another() -> None:
    for key in read(SAMPLE):
        text = unset(SAMPLE, (key,))
        assert key not in read(text)
        assert canonical(read(text)) == canonical({k: v for k, v in read(SAMPLE).items() if k != key})
        assert text.startswith("// The whole language in one file.\n{\n  /* a block\n     comment */\n")
        assert text.endswith("  // before the end\n}\n// after the document\n")


# Setting --------------------------------------------------------------------------------------------------------------


def check_set(before: str, path: ConfigPath, value: Any, after: str) -> None:
    assert set_value(before, path, value) == after
    assert set_value(before.replace("\n", "\r\n"), path, value) == after.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("{a: 0x10}", ("a",), 16),
        ("{a: 1.}", ("a",), 1),
        ("{a: NaN}", ("a",), float("nan")),
        ("{a: 'x'}", ("a",), "x"),
        (r"{a: '\ud83d\ude00'}", ("a",), "\ud83d\ude00"),
        ("{a: {b: 1, c: [2,],},}", ("a",), {"c": (2,), "b": 1}),
        ("[]", (), []),
    ],
)
def test_a_deeply_equal_value_leaves_the_text_untouched(text: str, path: ConfigPath, value: Any) -> None:
    assert set_value(text, path, value) == text


@pytest.mark.parametrize(
    ("old", "new"), [("1", "true"), ("true", "1"), ("0", "false"), ("[1]", "[true]"), ("''", "null")]
)
def test_values_that_are_equal_only_in_python_are_different(old: str, new: str) -> None:
    assert set_value(f"{{a: {old}}}", ("a",), json.loads(new)) == f"{{a: {new}}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'old'", r"""'it\'s "new"\n'"""),
        ('"old"', r'''"it's \"new\"\n"'''),
        ("12", r'''"it's \"new\"\n"'''),
    ],
)
def test_a_string_keeps_the_quotes_of_the_string_before_it(before: str, after: str) -> None:
    check_set(f"{{a:{before}/**/ }}", ("a",), 'it\'s "new"\n', f"{{a:{after}/**/ }}")


def test_invisible_characters_are_written_as_escapes() -> None:
    assert set_value("1", (), "\u2028\ufeff\x7f\x00\ud800ü😀") == r'"\u2028\ufeff\u007f\u0000\ud800ü😀"'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1e22, "1e+22"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
        (-0.5, "-0.5"),
    ],
)
def test_a_scalar_is_written_as_json5(value: Any, text: str) -> None:
    assert set_value("[0]", (0,), [value]) == f"[[{text}]]"


def test_the_last_of_repeated_keys_is_set_as_it_is_the_one_that_counts() -> None:
    check_set("{ a: 1, 'a': 2, b: 3 }", ("a",), 4, "{ a: 1, 'a': 4, b: 3 }")


def test_a_value_on_a_line_of_its_own_may_grow_into_an_object_of_several_lines() -> None:
    before = "{\n\ta: 1, // one\n\tb: [ {} ],\n}"
    check_set(
        before,
        ("a",),
        {"b c": {"d": []}},
        '{\n\ta: {\n\t\t"b c": {\n\t\t\td: [],\n\t\t},\n\t}, // one\n\tb: [ {} ],\n}',
    )


def test_an_object_of_several_lines_is_replaced_by_one_of_several_lines() -> None:
    check_set("[{\n  b: 1, // b\n}, 2]", (0,), {"c": [], "d": 2}, "[{\n  c: [],\n  d: 2,\n}, 2]")


def test_a_one_line_object_is_replaced_by_a_one_line_object() -> None:
    check_set("{\n  a: { b: 1 },\n}", ("a",), {"c": {"d": [{}]}}, "{\n  a: { c: { d: [{}] } },\n}")
    check_set("{a:{b:1}}", ("a",), {"c": {"d": [1, 2]}}, "{a:{c:{d:[1,2]}}}")


def test_a_new_list_of_plain_values_is_one_line_while_it_is_short() -> None:
    check_set('{\n  "a": 1\n}', ("a",), ["x"] * 3, '{\n  "a": ["x", "x", "x"]\n}')
    check_set('{\n  "a": 1\n}', ("a",), ["x" * 60] * 2, '{\n  "a": [\n    "%s",\n    "%s"\n  ]\n}' % (("x" * 60,) * 2))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{ a: 1 }", "{ a: 1, new: 'v' }"),
        ("{a: 1, b: 2}", "{a: 1, b: 2, new: 'v'}"),
        ("{a:1}", "{a:1,new:'v'}"),
        ("{a :1,b :2}", "{a :1,b :2,new :'v'}"),
        ("{ a: 1, }", "{ a: 1, new: 'v', }"),
        ("{ a: 1 /* one */ }", "{ a: 1 /* one */, new: 'v' }"),
        ("{ a: 1, /* one */ }", "{ a: 1, /* one */ new: 'v', }"),
        ("{ a: 1, // one\n}", "{ a: 1, // one\n  new: 'v',\n}"),
        ("{ a: 1 // one\n}", "{ a: 1, // one\n  new: 'v'\n}"),
        ("{\n    a: 1\n}", "{\n    a: 1,\n    new: 'v'\n}"),
        ("{\n\ta: 1,\n}", "{\n\ta: 1,\n\tnew: 'v',\n}"),
        ("{\n  a: 1 // one\n}", "{\n  a: 1, // one\n  new: 'v'\n}"),
        ("{\n  a: 1 /* one */ // uno\n  // end\n}", "{\n  a: 1, /* one */ // uno\n  new: 'v'\n  // end\n}"),
        ("{\n  a: 1 // one\n  , // two\n}", "{\n  a: 1 // one\n  , // two\n  new: 'v',\n}"),
        ("{\n  'a': 1\n}", "{\n  'a': 1,\n  'new': 'v'\n}"),
        ("{\n  'a': 1, b: 2, 'c d': 3\n}", "{\n  'a': 1, b: 2, 'c d': 3,\n  new: 'v'\n}"),
        ("{\n  a: 1,\n  b: 2 }", "{\n  a: 1,\n  b: 2,\n  new: 'v' }"),
        ("{ a: 1 /* one\n */ }", "{ a: 1 /* one\n */, new: 'v' }"),
        ("{\n  /* a */ a: 1,\n  /* b */ b: 2\n}", "{\n  /* a */ a: 1,\n  /* b */ b: 2,\n  new: 'v'\n}"),
        ("{\u00a0a: 1,\n\u00a0b: 2}", "{\u00a0a: 1,\n\u00a0b: 2,\n\u00a0new: 'v'}"),
        ("{}", "{\n  'new': 'v'\n}"),
        ("// top\n{ } // end", "// top\n{\n  'new': 'v'\n} // end"),
        ("{\n}\n", "{\n  'new': 'v'\n}\n"),
        ("  {\n  }\n", "  {\n    'new': 'v'\n  }\n"),
        ("{ /* c */ }", "{ /* c */ 'new': 'v' }"),
        ("{ // c \n}", "{ // c \n  'new': 'v'\n}"),
        ("{\n    // c\n\n}", "{\n    // c\n    'new': 'v'\n\n}"),
        ("{\n  /* c */ }", "{\n  /* c */\n  'new': 'v'\n}"),
        ("", "{\n  'new': 'v'\n}\n"),
        ("\n \n", "{\n  'new': 'v'\n}\n"),
        ("\ufeff{ }", "\ufeff{\n  'new': 'v'\n}"),
        ("\ufeff", "\ufeff{\n  'new': 'v'\n}\n"),
        ("// only\n/* comments */", "// only\n/* comments */\n{\n  'new': 'v'\n}\n"),
        ("// only\n\n", "// only\n\n{\n  'new': 'v'\n}\n"),
    ],
)
def test_a_new_member_follows_the_last_one_in_the_style_of_the_others(before: str, after: str) -> None:
    if "'" not in before:  # with no example to follow, quotes are JSON's
        after = after.replace("'", '"')
    newline = "\r\n" if "\n" in before else "\n"
    assert set_value(before, ("new",), "v") == after
    assert set_value(before.replace("\n", newline), ("new",), "v") == after.replace("\n", newline)


def test_missing_parents_become_objects_in_the_layout_around_them() -> None:
    check_set("{\n  a: {},\n}", ("a", "b", "c"), 1, "{\n  a: {\n    b: {\n      c: 1,\n    },\n  },\n}")
    check_set("{\n  a: { x: 1 },\n}", ("a", "b", "c"), 1, "{\n  a: { x: 1, b: { c: 1 } },\n}")
    check_set("{ a: {} }", ("a", "b", "c"), 1, "{ a: { b: { c: 1 } } }")
    check_set("// c\n", ("a", "b"), 1, '// c\n{\n  "a": {\n    "b": 1\n  }\n}\n')


def test_the_indent_of_a_new_object_is_the_one_around_it() -> None:
    check_set("{\na: 1\n}", ("b",), {"c": 1}, "{\na: 1,\nb: {\n  c: 1\n}\n}")
    check_set("{\n\ta: {\n  b: 1\n\t},\n}", ("a", "c"), {"d": 1}, "{\n\ta: {\n  b: 1,\n  c: {\n  \td: 1\n  }\n\t},\n}")


def test_a_first_member_has_a_trailing_comma_if_others_have_one() -> None:
    check_set("{\n  a: {\n    // c\n  },\n}", ("a", "b"), 1, "{\n  a: {\n    // c\n    b: 1,\n  },\n}")


def test_a_file_of_plain_json_stays_plain_json() -> None:
    text = set_value('{\n    "a": {"b": 1},\n    "c": []\n}\n', ("d", "e-f"), [{"g": None}])
    text = unset(set_value(unset(text, ("c",)), ("a", "h"), "ü"), ("d", "e-f", 0, "g"))
    assert (
        text == '{\n    "a": {"b": 1, "h": "ü"},\n    "d": {\n        "e-f": [\n            {}\n        ]\n    }\n}\n'
    )
    assert json.loads(unset(text, ("d",))) == {"a": {"b": 1, "h": "ü"}}


def test_the_index_after_the_last_element_appends() -> None:
    check_set("[1, 2]", (2,), 3, "[1, 2, 3]")
    check_set("[1,2]", (2,), 3, "[1,2,3]")
    check_set("[]", (0,), 3, "[3]")
    check_set("[\n  'a', // a\n]", (1,), "b", "[\n  'a', // a\n  'b',\n]")
    check_set("{\n  a: [ // none\n  ]\n}", ("a", 0, "b"), 1, "{\n  a: [ // none\n    {\n      b: 1\n    }\n  ]\n}")


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("{\n a: {'b c': 1}}", ("a", "b c", "d"), 'a["b c"] (line 2) is a number, not an object'),
        ("{a: 'x'}", ("a", 0), "a (line 1) is a string, not an array"),
        ("{a: null}", ("a", "b"), "a (line 1) is null, not an object"),
        ("[[true]]", (0, 0, "b"), "[0][0] (line 1) is true, not an object"),
        ("[]", ("a",), "the document (line 1) is an array, not an object"),
        ("{}", (0,), "the document (line 1) is an object, not an array"),
        ("{a: [1]}", ("a", 2), "a (line 1) has no index 2; the next one free is 1"),
        ("{a: [1]}", ("a", -1), "a (line 1) has no index -1; the next one free is 1"),
        ("{}", ("a", 0), "index 0 needs an array, and there is none yet"),
        ("", (0,), "index 0 needs an array, and there is none yet"),
    ],
)
def test_a_path_that_does_not_fit_is_refused_by_name(text: str, path: ConfigPath, message: str) -> None:
    with pytest.raises(PathError, match=f"^{re.escape(message)}$"):
        set_value(text, path, 1)


@pytest.mark.parametrize("edit", [lambda text: set_value(text, ("b",), 1), lambda text: unset(text, ("a",))])
def test_a_broken_document_is_not_edited(edit: Callable[[str], str]) -> None:
    for text in ("{a: 01}", "{a", "/*"):
        with pytest.raises(Json5SyntaxError):
            edit(text)


def test_a_value_that_json_can_not_express_is_refused() -> None:
    with pytest.raises(TypeError):
        set_value("{}", ("a",), {1, 2})


# Unsetting ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{ x: 1 }", "{}"),
        ("{\n  x: 1,\n}", "{}"),
        ("{ /* c */ x: 1 }", "{ /* c */ }"),
        ("{ x: 1 /* c */, }", "{ /* c */ }"),
        ("{\n  // c\n  x: 1\n}", "{\n  // c\n}"),
        ("{ a: 1, x: 2 }", "{ a: 1 }"),
        ("{ a: 1, x: 2, }", "{ a: 1, }"),
        ("{ x: 1, b: 2 }", "{ b: 2 }"),
        ("{a:1,x:2,c:3}", "{a:1,c:3}"),
        ("{ a: 1, x: /* inner */ 2 /* two */, c: 3 }", "{ a: 1, c: 3 }"),
        ("{ x: 1, /* b */ b: 2 }", "{ /* b */ b: 2 }"),
        ("{ a: 1 /* one */, /* two */ x: 2 }", "{ a: 1 /* one */ /* two */ }"),
        ("{\n  x: 1, // one\n  b: 2, // two\n}", "{\n  b: 2, // two\n}"),
        ("{\n  a: 1, // one\n  x: {\n    y: 1,\n  }, /* x */ // xx\n  c: 3,\n}", "{\n  a: 1, // one\n  c: 3,\n}"),
        ("{\n  a: 1, // one\n  x: 2\n}", "{\n  a: 1 // one\n}"),
        ("{\n  a: 1, // one\n  x: 2 // two\n}", "{\n  a: 1 // one\n  // two\n}"),
        ("{\n  a: 1, // one\n  x: 2, // two\n}", "{\n  a: 1, // one\n  // two\n}"),
        ("{\n  a: 1,\n  // above\n  x: 2,\n  // below\n}", "{\n  a: 1,\n  // above\n  // below\n}"),
        ("{\n  a: 1, x: 2, // both\n  c: 3\n}", "{\n  a: 1, // both\n  c: 3\n}"),
        ("{\n  x: 2 // two\n  // b\n  , b: 3\n}", "{\n  // b\n  b: 3\n}"),
        ("{ x: 1, // one\n  b: 2 }", "{ // one\n  b: 2 }"),
        ("{ x: 1, 'x': 2, b: 3, x: 4 }", "{ b: 3 }"),
        ("{ a: 1 }", "{ a: 1 }"),
        ("// nothing", "// nothing"),
        ("", ""),
        ("[1]", "[1]"),
    ],
)
def test_a_member_is_removed_with_its_lines_and_its_comment_but_no_comment_of_another(before: str, after: str) -> None:
    assert unset(before, ("x",)) == after
    assert unset(before.replace("\n", "\r\n"), ("x",)) == after.replace("\n", "\r\n")


def test_an_element_is_unset_by_its_index() -> None:
    assert unset("[1, 1, 2]", (0,)) == "[1, 2]"
    assert unset("{ a: [\n  1, // one\n  [2]\n] }", ("a", 1, 0)) == "{ a: [\n  1, // one\n  []\n] }"
    elsewhere: list[ConfigPath] = [(2,), (-1,), ("a",), (0, 0)]
    for nothing in elsewhere:
        assert unset("[1, 2]", nothing) == "[1, 2]"


def test_the_whole_document_cannot_be_unset() -> None:
    with pytest.raises(PathError):
        unset("{}", ())


# Merging --------------------------------------------------------------------------------------------------------------


def test_a_merge_edits_the_differences_alone() -> None:
    before = "{\n  a: { // a\n    x: 1, // x\n    y: 0x2, // y\n    z: 3, // z\n  },\n  b: [1],\n}"
    after = "{\n  a: { // a\n    y: 0x2, // y\n    z: 4, // z\n    n: {\n      m: 1,\n    },\n  },\n  b: [2, 3],\n}"
    patch = {"a": {"x": None, "y": 2, "z": 4, "n": {"m": 1, "o": None}, "none": None}, "b": [2, 3]}
    assert merge(before, (), patch) == after
    assert merge(before, ("a",), patch["a"]) == after.replace("[2, 3]", "[1]")
    assert merge(after, (), patch) == after


@pytest.mark.parametrize(
    ("text", "path", "patch", "after"),
    [
        ("{ a: 1 }", ("a",), {"b": {"c": None}}, "{ a: { b: {} } }"),
        ("{ a: [1] }", ("a",), {"b": None}, "{ a: {} }"),
        ("{ a: 1, b: 2 }", ("a",), None, "{ b: 2 }"),
        ("{ a: { b: 1 } }", ("a",), [None], "{ a: [null] }"),
        ("{ a: [{ b: 1, c: 2 }] }", ("a", 0), {"b": None}, "{ a: [{ c: 2 }] }"),
        ("{ a: 1, a: { b: 1 } }", ("a",), {"c": 2}, "{ a: 1, a: { b: 1, c: 2 } }"),
        ("// c", ("a",), {"b": None}, '// c\n{\n  "a": {}\n}\n'),
        ("// c", ("a",), None, "// c"),
        ("1", (), {"a": 1}, '{\n  "a": 1\n}'),
    ],
)
def test_a_merge_follows_the_rfc_where_there_is_nothing_to_merge_with(
    text: str, path: ConfigPath, patch: Any, after: str
) -> None:
    assert merge(text, path, patch) == after


# The check ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", ["{a: 2}", "{a: 1, b: 2}", "{a: }", "{a: true}"])
def test_a_text_that_does_not_hold_the_intended_value_is_never_returned(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json5_editor, "overwrite", lambda *_: wrong)
    with pytest.raises(Json5EditError):
        set_value("{a: 0}", ("a",), 1)


@pytest.mark.parametrize("other", [{"a": 2}, ValueError("no"), RecursionError()])
def test_a_text_that_json5_reads_differently_is_never_returned(other: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def loads(_: str) -> Any:
        if isinstance(other, Exception):
            raise other
        return other

    monkeypatch.setattr(json5, "loads", loads)
    with pytest.raises(Json5EditError):
        set_value("{a: 0}", ("a",), 1)


# Random documents -----------------------------------------------------------------------------------------------------

FUZZ = int(os.environ.get("OPENCLAW_FAL_FUZZ", "0"))
COMMENT_ID = re.compile(r"©\d+©")  # in comments alone, each its own


def fuzz(share: float, in_ci: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a bounded number of fixed examples, or a share of as many new ones as the environment asks for."""
    examples = settings(
        max_examples=int(FUZZ * share) or in_ci,
        derandomize=not FUZZ,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    no_hurry = pytest.mark.timeout(0 if FUZZ else 60)
    return lambda test: no_hurry(examples(test))


SPACES = ["", "", "", " ", "  ", "\n", "\n  ", "\n\t", "\u00a0", "\u2028", "\ufeff", "\u3000\v"]
COMMENTS = [
    "// # it's\n",
    " // #, } \n    ",
    "/*#*/",
    ' /* # \n * " */ ',
    "\n  // # [\n  ",
    "\n/*#*/  ",
    " /***#**/ // #\n",
]
KEYS = [
    "a",
    "b",
    "c",
    "$_1",
    "größe",
    "a\u200c",
    r"\u0061",
    r"b\u0062",
    "NaN",
    "null",
    "'a'",
    '"b"',
    "''",
    '"a b"',
    r"'it\'s'",
]
KEYS += ['"//"', "'/*'", '"}"', "'a.b/c'", r'"\x41\n"', "'__proto__'", '"q\\"\\\nq"', "ключ", '"ü"', '"constructor"']
SCALARS = ["null", "true", "false", "0", "-1", "+2", "1.", ".5", "-.5e-3", "+1.5E2", "0xdecaf", "-0X1f", "NaN", "-NaN"]
SCALARS += [
    "Infinity",
    "-Infinity",
    "''",
    '""',
    "'x'",
    '"y"',
    r"'it\'s \"so\"'",
    '"//no"',
    "'/* no'",
    "'*/'",
    '"},{"',
    "']'",
]
SCALARS += [
    '"a\\\nb"',
    "'\\\n  // no\\\n'",
    r'"\ud83d\ude00 \u00e9\0"',
    "'\u2028ü😀'",
    '"http://a/b"',
    "123456789012345678901",
]
NAMES = st.sampled_from(
    ["a", "b", "c", "bb", "A\n", "a b", "new", "né", "it's", 'q"', "", "null", "x-y", "\u2028", "😀"]
)
PLAIN = st.sampled_from(
    [None, True, False, 0, 1, -1.5, 1e22, float("nan"), float("inf"), "", "x", "it's", 'q"', "\\", "\n\u2028"]
)
VALUES = st.recursive(
    PLAIN,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(NAMES, values, max_size=3),
    max_leaves=6,
)


@dataclass
class Document:
    """A text, and where in it each value and its member stand; `after` is where the next one, or the closer, does."""

    newline: str
    is_tidy: bool = False  # every entry on its line, remarks behind it
    text: str = ""
    comments: int = 0
    starts: dict[ConfigPath, int] = field(default_factory=dict)
    values: dict[ConfigPath, tuple[int, int]] = field(default_factory=dict)
    after: dict[ConfigPath, int] = field(default_factory=dict)
    sizes: dict[ConfigPath, int] = field(default_factory=dict)  # entries as written, of every object and array
    repeated: set[ConfigPath] = field(default_factory=set)

    def write(self, piece: str) -> None:
        while "#" in piece:
            self.comments += 1
            piece = piece.replace("#", f"©{self.comments}©", 1)
        self.text += piece.replace("\n", self.newline)

    def start_member(self, path: ConfigPath, start: int) -> None:
        """Note a member; what stood there before under the same key counts no more."""
        if path in self.starts:
            self.repeated.add(path)
        for spans in (self.starts, self.values, self.after, self.sizes):
            for known in [known for known in spans if known[: len(path)] == path]:
                del spans[known]
        self.starts[path] = start


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Write a document with a gap after every token: anything that may stand there, or what a tidy person puts."""
    document = Document(draw(st.sampled_from(["\n", "\r\n"])), is_tidy=draw(st.booleans()))
    anything = st.sampled_from(SPACES + COMMENTS * draw(st.sampled_from([0, 1, 1, 3])))
    unit, has_last_comma = draw(st.sampled_from(["  ", "    ", "\t"])), draw(st.booleans())
    budget = draw(st.integers(1, 20))

    def gap(*tidy: str, depth: int = 0) -> None:
        piece = draw(st.sampled_from(tidy) if document.is_tidy else anything)
        document.write(piece.replace("@", "\n" + unit * depth))

    def value(path: ConfigPath) -> None:
        nonlocal budget
        budget -= 1
        start = len(document.text)
        kind = draw(st.sampled_from("{{[" if not path else "{[ss" if budget > 0 and len(path) < 5 else "s"))
        if kind == "s":
            document.write(draw(st.sampled_from(SCALARS)))
        else:
            document.write(kind)
            entries(path, is_object=kind == "{")
            document.write("}" if kind == "{" else "]")
        document.values[path] = (start, len(document.text))

    def entries(path: ConfigPath, *, is_object: bool) -> None:
        size = draw(st.sampled_from([0, 1, 2, 3, 3, 4]))
        if size == 0:
            gap("", "", " ", " /*#*/ ", " // #@", "@// #@", depth=len(path))
        else:
            gap("@", "@", " // #@", "@// #@@/* #\n*/@", depth=len(path) + 1)
        for index in range(size):
            is_last, start = index == size - 1, len(document.text)
            entry = (*path, key() if is_object else index)
            document.start_member(entry, start)
            value(entry)
            gap("")
            if not is_last or (has_last_comma if document.is_tidy else draw(st.booleans())):
                document.write(",")
                gap("")
            if document.is_tidy:
                gap("@", "@", " // #@", " /*#*/ // #@", "@// #@", depth=len(path) + (not is_last))
            document.after[entry] = len(document.text)
        document.sizes[path] = size

    def key() -> str:
        written = draw(st.sampled_from(KEYS))
        document.write(written)
        gap("")
        document.write(":")
        gap(" ")
        (name,) = pyjson5.decode("{" + written + ":0}")
        return str(name)

    gap("", "// #\n")
    value(())
    gap("", "\n", " // #\n")
    return document


def comments(text: str) -> Counter[str]:
    return Counter(COMMENT_ID.findall(text))


def is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(char in rest for char in part)


def check_value(text: str, intended: Any) -> None:
    assert canonical(oracle(text)) == canonical(pyjson5.decode(text)) == canonical(read(text)) == canonical(intended)


def changed(value: Any, path: ConfigPath, *, to: Any = ..., without: bool = False) -> Any:
    """Apply an edit to a copy of the value, in the most obvious way."""
    root = {"root": copy.deepcopy(value)}
    parent: Any = root
    steps: ConfigPath = ("root", *path)
    for step in steps[:-1]:
        if isinstance(step, str):
            parent.setdefault(step, {})
        parent = parent[step]
    if without:
        del parent[steps[-1]]
    elif isinstance(parent, list):
        parent[int(steps[-1]) :] = [to, *parent[int(steps[-1]) + 1 :]]
    else:
        parent[steps[-1]] = to
    return root["root"]


@fuzz(0.25, in_ci=100)
@given(st.data())
def test_replacing_a_value_changes_its_own_bytes_alone(data: st.DataObject) -> None:
    document, new = data.draw(documents()), data.draw(VALUES)
    text, path = document.text, data.draw(st.sampled_from(sorted(document.values, key=str)))
    start, end = document.values[path]
    result = set_value(text, path, new)
    check_value(result, changed(pyjson5.decode(text), path, to=new))
    assert result.startswith(text[:start])
    assert result.endswith(text[end:])
    assert comments(result) == comments(text[:start] + text[end:]) or result == text
    assert set_value(result, path, new) == result


@fuzz(0.25, in_ci=100)
@given(st.data())
def test_a_new_value_is_inserted_between_bytes_that_all_stay(data: st.DataObject) -> None:
    document, new = data.draw(documents()), data.draw(VALUES)
    text, value = document.text, pyjson5.decode(document.text)
    parent = data.draw(st.sampled_from(sorted(document.sizes, key=str)))
    start, end = document.values[parent]
    if text[start] == "[":
        path: ConfigPath = (*parent, document.sizes[parent])
    else:
        names = data.draw(
            st.lists(NAMES.filter(lambda name: (*parent, name) not in document.values), min_size=1, max_size=3)
        )
        path = (*parent, *names)
    result = set_value(text, path, new)
    check_value(result, changed(value, path, to=new))
    assert result.startswith(text[:start])
    assert result.endswith(text[end:])
    assert comments(result) == comments(text)
    if document.sizes[parent]:
        assert is_comma_and_entry_inserted(text, result)
        assert not document.is_tidy or unset(result, path[: len(parent) + 1]) == text


def common_start(one: str, other: str) -> int:
    return next((i for i, pair in enumerate(zip(one, other, strict=False)) if len(set(pair)) > 1), len(one))


def is_comma_and_entry_inserted(text: str, result: str) -> bool:
    """Say whether the text became the result by one insertion, or by a comma and, further on, another one."""
    head = common_start(text, result)
    tail = common_start(text[head:][::-1], result[head:][::-1])
    kept = text[head : len(text) - tail]
    return not kept or result[head:].startswith("," + kept)


@fuzz(0.2, in_ci=100)
@given(st.data())
def test_unsetting_removes_a_member_and_no_comment_of_another(data: st.DataObject) -> None:
    document = data.draw(documents())
    text = document.text
    path = data.draw(st.sampled_from([*sorted(document.starts, key=str), ("missing",)]))
    result = unset(text, path)
    if path not in document.starts:
        assert result == text
        return
    check_value(result, changed(pyjson5.decode(text), path, without=True))
    assert is_subsequence(result, text)
    if path not in document.repeated:
        start, after = document.starts[path], document.after[path]
        is_last = text[after] in "]}"
        assert comments(text) - comments(result) <= comments(
            text[start : document.values[path][1] if is_last else after]
        )
        assert is_last or result.endswith(text[after:])


@fuzz(0.15, in_ci=100)
@given(st.data())
def test_a_merge_gives_what_the_rfc_says_and_touches_nothing_around_it(data: st.DataObject) -> None:
    document = data.draw(documents())
    patch = data.draw(st.dictionaries(NAMES, st.none() | VALUES, max_size=4))
    text, value = document.text, pyjson5.decode(document.text)
    path = data.draw(st.sampled_from(sorted(document.values, key=str)))
    start, end = document.values[path]
    result = merge(text, path, patch)
    target = value
    for step in path:
        target = target[step]
    check_value(result, changed(value, path, to=merged(target, patch)))
    assert result.startswith(text[:start])
    assert result.endswith(text[end:])
    assert merge(result, path, patch) == result


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2, word for word."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target


@fuzz(0.15, in_ci=100)
@given(st.data())
def test_a_damaged_document_is_valid_exactly_when_json5_says_so(data: st.DataObject) -> None:
    text = data.draw(documents()).text
    pieces = st.sampled_from(
        [*"{}[]:,'\"\\/*01xeE+-.aNn #\n\r\u2028\x85\x1c\u0663", "", "", "\\u00", "//", "/*", "*/", "0x", "00"]
    )
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(pieces) + text[at + data.draw(st.integers(0, 2)) :]
    try:
        intended = oracle(text)
    except ValueError:
        with pytest.raises(Json5SyntaxError):
            parse(text)
    else:
        assert canonical(read(text)) == canonical(intended)
