"""``--json`` prints exactly one document; a pipe gets OpenClaw's text, byte for byte."""

from __future__ import annotations

import io
import json

import pytest

from openclaw_fal.core.errors import Incomplete, JobFailed, UsageError
from openclaw_fal.core.results import Asset, Attempt, Column, Envelope, Table
from openclaw_fal.render.format import json_text
from openclaw_fal.render.output import JsonOutput, PlainOutput
from openclaw_fal.render.screen import Screen

SAVED = Asset(url="https://v3.fal.media/1.png", mime_type="image/png", size=74, width=8, height=8, path="/out.png")
LOST = Asset(url="https://v3.fal.media/2.png", mime_type="image/png", error="HTTP 503")


def json_output() -> tuple[JsonOutput, io.StringIO]:
    stdout = io.StringIO()
    return JsonOutput(Screen(io.StringIO(), stdout, io.StringIO())), stdout


def plain_output() -> tuple[PlainOutput, io.StringIO]:
    stdout = io.StringIO()
    return PlainOutput(Screen(io.StringIO(), stdout, io.StringIO())), stdout


def test_an_envelope_has_openclaws_keys_in_order() -> None:
    shown, stdout = json_output()
    shown.envelope(Envelope(capability="image.generate", model="fal-ai/flux/dev", outputs=(SAVED,), seed=2**64 - 1))
    assert stdout.getvalue() == (
        "{\n"
        '  "ok": true,\n'
        '  "capability": "image.generate",\n'
        '  "transport": "local",\n'
        '  "provider": "fal",\n'
        '  "model": "fal-ai/flux/dev",\n'
        '  "attempts": [],\n'
        '  "outputs": [\n'
        "    {\n"
        '      "path": "/out.png",\n'
        '      "mimeType": "image/png",\n'
        '      "size": 74,\n'
        '      "width": 8,\n'
        '      "height": 8,\n'
        '      "url": "https://v3.fal.media/1.png"\n'
        "    }\n"
        "  ],\n"
        '  "ignoredOverrides": [],\n'
        '  "seed": 18446744073709551615\n'
        "}\n"
    )


def test_a_failure_has_openclaws_shape_and_omits_unknown_keys() -> None:
    shown, stdout = json_output()
    shown.failure(UsageError("--count 9 is out of range."))
    assert json.loads(stdout.getvalue()) == {
        "ok": False,
        "error": {"type": "cli_error", "message": "--count 9 is out of range.", "code": "usage"},
    }


def test_a_failure_has_every_known_key() -> None:
    shown, stdout = json_output()
    shown.failure(
        JobFailed("No.", hint="Go on.", http_status=500, request_id="019e", task_id="k3f9x2qd7m", retryable=True)
    )
    assert json.loads(stdout.getvalue())["error"] == {
        "type": "cli_error",
        "message": "No.",
        "code": "job_failed",
        "hint": "Go on.",
        "httpStatus": 500,
        "requestId": "019e",
        "taskId": "k3f9x2qd7m",
        "retryable": True,
    }


def test_a_failure_lists_saved_and_missing_files() -> None:
    shown, stdout = json_output()
    attempt = Attempt("fal-ai/other", "HTTP 503", "unavailable")
    answer = Envelope(capability="image.generate", model="fal-ai/x", outputs=(SAVED, LOST), attempts=(attempt,))
    shown.failure(Incomplete("1 of 2 files is missing.", envelope=answer))
    document = json.loads(stdout.getvalue())
    assert (document["ok"], document["error"]["code"]) == (False, "files_missing")
    assert document["outputs"] == [SAVED.as_json(), LOST.as_json()]
    assert (document["model"], document["attempts"]) == ("fal-ai/x", [attempt.as_json()])


def test_there_is_never_a_second_document() -> None:
    shown, stdout = json_output()
    shown.data({"a": 1})
    written = stdout.getvalue()
    shown.failure(UsageError("too late"))
    with pytest.raises(RuntimeError):
        shown.data({"b": 2})
    assert stdout.getvalue() == written


def test_a_bare_line_is_not_printed() -> None:
    shown, stdout = json_output()
    shown.line("hello")
    assert stdout.getvalue() == ""


def test_a_table_is_its_value_and_facts_are_an_object() -> None:
    shown, stdout = json_output()
    shown.table(Table(columns=(Column("key"),), rows=[("a",)], value={"count": 1}))
    assert json.loads(stdout.getvalue()) == {"count": 1}
    shown, stdout = json_output()
    shown.facts("Task", [("status", "queued")])
    assert json.loads(stdout.getvalue()) == {"status": "queued"}
    shown, stdout = json_output()
    shown.facts("Task", [("status", "queued")], value={"id": 1})
    assert json.loads(stdout.getvalue()) == {"id": 1}


def test_control_characters_are_escaped_and_other_text_is_kept() -> None:
    value = {"snow": "雪 é", "half": "\ud83d", "csi": "\x9b2J\x1b", "bidi": "\u202e"}
    text = json_text(value)
    assert text == '{"snow":"雪 é","half":"\\ud83d","csi":"\\u009b2J\\u001b","bidi":"\\u202e"}'
    assert json.loads(text) == value


def test_a_number_that_json_lacks_becomes_null() -> None:
    value = {"a": float("nan"), "b": [float("-inf"), 1.5, (2, True)], "c": "NaN"}
    assert json_text(value) == '{"a":null,"b":[null,1.5,[2,true]],"c":"NaN"}'


def test_an_envelope_is_openclaws_text() -> None:
    shown, stdout = plain_output()
    files = tuple(Asset(url="https://x/1", path=path, size=1) for path in ("/path/one.png", "/path/two  x.png"))
    shown.envelope(Envelope(capability="image.generate", model="fal-ai/flux/dev", outputs=files, seed=1))
    assert stdout.getvalue() == (
        "image.generate via local\nprovider: fal\nmodel: fal-ai/flux/dev\noutputs: 2\n/path/one.png\n/path/two  x.png\n"
    )


def test_a_file_without_a_path_is_shown_by_its_address() -> None:
    shown, stdout = plain_output()
    shown.envelope(Envelope(capability="video.generate", model="m", outputs=(Asset(url="https://x/1.mp4"),)))
    assert stdout.getvalue().endswith("outputs: 1\nhttps://x/1.mp4\n")


def test_a_detached_submission_shows_its_task() -> None:
    shown, stdout = plain_output()
    shown.envelope(Envelope(capability="video.generate", model="m", task_id="k3f9x2qd7m"))
    assert stdout.getvalue() == "video.generate via local\nprovider: fal\nmodel: m\noutputs: 0\ntask: k3f9x2qd7m\n"


def test_a_table_is_tab_separated_and_one_row_a_line() -> None:
    shown, stdout = plain_output()
    columns = (Column("key", "key"), Column("prompt", shrinks=True))
    shown.table(Table(columns=columns, rows=[("a", "x" * 200), ("b", "tab\tline\n\x1b[2J")], value={}, footer="2 rows"))
    assert stdout.getvalue() == f"a\t{'x' * 200}\nb\ttab�line��[2J\n"


def test_an_empty_table_prints_nothing() -> None:
    shown, stdout = plain_output()
    shown.table(Table(columns=(Column("key"),), rows=[], value={}, footer="No tasks."))
    assert stdout.getvalue() == ""


def test_facts_lines_and_data_are_printed_in_openclaws_form() -> None:
    shown, stdout = plain_output()
    shown.facts("Task", [("status", "queued"), ("model", "a/b")])
    shown.line("k3f9x2qd7m")
    shown.data({"a": ["é"]})
    assert stdout.getvalue() == 'status: queued\nmodel: a/b\nk3f9x2qd7m\n{\n  "a": [\n    "é"\n  ]\n}\n'


def test_a_failure_leaves_stdout_alone() -> None:
    shown, stdout = plain_output()
    shown.failure(UsageError("no"))
    assert stdout.getvalue() == ""
