"""stdout in a pipe: OpenClaw's text, byte for byte."""

from __future__ import annotations

import io

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.results import Asset, Column, Envelope, Table
from openclaw_fal.render.output_plain import PlainOutput
from openclaw_fal.render.screen import Screen


def output() -> tuple[PlainOutput, io.StringIO]:
    stdout = io.StringIO()
    return PlainOutput(Screen(io.StringIO(), stdout, io.StringIO())), stdout


def test_an_envelope_is_openclaws_text() -> None:
    shown, stdout = output()
    files = tuple(Asset(url="https://x/1", path=path, size=1) for path in ("/path/one.png", "/path/two  x.png"))
    shown.envelope(Envelope(capability="image.generate", model="fal-ai/flux/dev", outputs=files, seed=1))
    assert stdout.getvalue() == (
        "image.generate via local\nprovider: fal\nmodel: fal-ai/flux/dev\noutputs: 2\n/path/one.png\n/path/two  x.png\n"
    )


def test_a_file_without_a_path_is_shown_by_its_address() -> None:
    shown, stdout = output()
    shown.envelope(Envelope(capability="video.generate", model="m", outputs=(Asset(url="https://x/1.mp4"),)))
    assert stdout.getvalue().endswith("outputs: 1\nhttps://x/1.mp4\n")


def test_a_detached_submission_shows_its_task() -> None:
    shown, stdout = output()
    shown.envelope(Envelope(capability="video.generate", model="m", task_id="k3f9x2qd7m"))
    assert stdout.getvalue() == "video.generate via local\nprovider: fal\nmodel: m\noutputs: 0\ntask: k3f9x2qd7m\n"


def test_a_table_is_tab_separated_and_one_row_a_line() -> None:
    shown, stdout = output()
    columns = (Column("key", "key"), Column("prompt", shrinks=True))
    shown.table(Table(columns=columns, rows=[("a", "x" * 200), ("b", "tab\tline\n\x1b[2J")], value={}, footer="2 rows"))
    assert stdout.getvalue() == f"a\t{'x' * 200}\nb\ttab�line��[2J\n"


def test_an_empty_table_prints_nothing() -> None:
    shown, stdout = output()
    shown.table(Table(columns=(Column("key"),), rows=[], value={}, footer="No tasks."))
    assert stdout.getvalue() == ""


def test_facts_lines_and_data_are_printed_in_openclaws_form() -> None:
    shown, stdout = output()
    shown.facts("Task", [("status", "queued"), ("model", "a/b")])
    shown.line("k3f9x2qd7m")
    shown.data({"a": ["é"]})
    assert stdout.getvalue() == 'status: queued\nmodel: a/b\nk3f9x2qd7m\n{\n  "a": [\n    "é"\n  ]\n}\n'


def test_a_failure_leaves_stdout_alone() -> None:
    shown, stdout = output()
    shown.failure(UsageError("no"))
    assert stdout.getvalue() == ""
