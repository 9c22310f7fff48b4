"""Results on a terminal, without colors so that they can be read here."""

from __future__ import annotations

import io
from typing import Any

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.results import Asset, Attempt, Column, Envelope, Normalized, Table
from openclaw_fal.render.output_terminal import TerminalOutput
from openclaw_fal.render.screen import Screen
from openclaw_fal.render.terminal_table import fit

FOX = Asset(url="https://v3.fal.media/1.png", size=1_800_000, width=1024, height=1536, path="/home/me/a  fox.png")
ANSWER = Envelope(capability="image.generate", model="fal-ai/flux/dev", outputs=(FOX,))
MODELS = Table(
    columns=(
        Column("model", "key"),
        Column("name", shrinks=True),
        Column("category", "dim", shrinks=True),
        Column("default", "mark"),
    ),
    rows=[
        ("fal/fal-ai/flux/dev", "FLUX.1 [dev]", "text-to-image", "image"),
        ("fal/bytedance/seedance-2.0/fast/image-to-video", "Seedance 雪の中の赤い狐 with sound", "image-to-video", ""),
    ],
    value={},
    footer="2 models",
)


def output(*, color: bool = False, unicode: bool = True, columns: int = 80) -> tuple[TerminalOutput, io.StringIO]:
    stdout = io.StringIO()
    screen = Screen(io.StringIO(), stdout, io.StringIO(), stdout_color=color, unicode=unicode, columns=columns)
    return TerminalOutput(screen), stdout


def test_one_file_has_its_facts_in_the_headline_and_its_path_on_a_line_of_its_own() -> None:
    shown, stdout = output()
    shown.envelope(
        ANSWER._replace(seed=2**64 - 1, task_id="k3f9x2qd7m", duration_ms=3200, sandbox=True, billable_units="2")
    )
    assert stdout.getvalue() == (
        "✓ fal-ai/flux/dev · 1024 × 1536 · 1.8 MB · 3.2s · sandbox\n"
        "  /home/me/a  fox.png\n"
        "  seed 18446744073709551615 · billable units 2 · task k3f9x2qd7m\n"
    )


def test_facts_wrap_between_facts_in_a_narrow_terminal() -> None:
    shown, stdout = output(columns=40)
    shown.envelope(ANSWER._replace(seed=2**64 - 1, task_id="k3f9x2qd7m", duration_ms=3200, sandbox=True))
    assert stdout.getvalue() == (
        "✓ fal-ai/flux/dev · 1024 × 1536 · 1.8 MB\n"
        "  · 3.2s · sandbox\n"
        "  /home/me/a  fox.png\n"
        "  seed 18446744073709551615\n"
        "    · task k3f9x2qd7m\n"
    )


def test_several_files_each_have_a_path_and_facts() -> None:
    shown, stdout = output()
    shown.envelope(ANSWER._replace(outputs=(FOX, FOX)))
    facts = "  /home/me/a  fox.png\n    1024 × 1536 · 1.8 MB\n"
    assert stdout.getvalue() == "✓ fal-ai/flux/dev · 2 images\n" + facts + facts


def values(result: Any, columns: int = 40) -> list[str]:
    """Return the lines of a result on a terminal."""
    shown, stdout = output(columns=columns)
    shown.envelope(Envelope(capability="run", model="fal-ai/whisper", outputs=(), result=result))
    return stdout.getvalue().splitlines()[1:]


def test_a_text_is_shown_whole_whatever_it_begins_with() -> None:
    lines = values({"text": "[Music] " + "la " * 20 + 'end\n{"mood": "calm"}', "seconds": 2.5})
    assert " ".join(" ".join(lines[:-1]).split()) == "text [Music] " + "la " * 20 + 'end {"mood": "calm"}'
    assert lines[-1] == "  seconds  2.5"
    assert max(map(len, lines)) <= 40


def test_a_nested_value_is_an_outline_with_what_is_short_side_by_side() -> None:
    chunks = [
        {"timestamp": [0.0, 2.5], "text": "It was a dark and stormy night, and the rain fell."},
        {"timestamp": [2.5, 2.8000000000000003], "text": "Yes.", "speaker": None},
    ]
    result = {
        "chunks": chunks,
        "objects": [{"x_min": 0.123456789, "x_max": 0.5, "label": "fox"}],
        "usage": {"prompt_tokens": 700, "completion_tokens": 7, "cost": 1.25e-05},
        "choices": [{"message": {"role": "assistant", "content": "one\ntwo"}}],
        "flags": [True, False],
        "deep": {"a": [[1, 2], [3]]},
    }
    assert values(result) == [
        "  chunks",
        "    - timestamp  0.0, 2.5",
        "      text  It was a dark and stormy",
        "        night, and the rain fell.",
        "    - timestamp  2.5, 2.8",
        "      text  Yes.",
        "      speaker  null",
        "  objects",
        "    - x_min 0.123457, x_max 0.5,",
        "      label fox",
        "  usage  prompt_tokens 700,",
        "    completion_tokens 7, cost 1.25e-05",
        "  choices",
        "    - message",
        "        role  assistant",
        "        content  one",
        "          two",
        "  flags  true, false",
        "  deep",
        "    a",
        "      - 1, 2",
        "      - 3",
    ]


def test_a_list_without_end_is_cut_with_the_number_that_is_left() -> None:
    lines = values({"words": [{"word": "la " * 20}] * 60, "embedding": [0.5] * 300}, columns=80)
    assert "    and 10 more; --json prints all" in lines
    assert lines[-1].endswith("and 240 more; --json prints all")
    assert max(map(len, lines)) <= 80


def test_adjustments_and_failed_models_are_listed() -> None:
    shown, stdout = output()
    shown.envelope(
        ANSWER._replace(
            ignored={"quality": "high"},
            normalization={"size": Normalized("1000x1000", "1024x1024")},
            attempts=(Attempt("fal-ai/other", "HTTP 503", "unavailable"),),
        )
    )
    assert stdout.getvalue().splitlines()[2:] == [
        "  --size 1000x1000 was sent as 1024x1024",
        "  --quality high was not sent: the model does not take it",
        "  fal-ai/other failed first: HTTP 503",
    ]


def test_a_path_is_never_wrapped_or_cut() -> None:
    shown, stdout = output(columns=40, color=True)
    long = "/home/me/" + "a very long name " * 20 + ".png"
    shown.envelope(ANSWER._replace(outputs=(FOX._replace(path=long),)))
    assert long in stdout.getvalue()


def test_markup_and_escape_codes_in_a_path_are_shown_as_text() -> None:
    shown, stdout = output()
    shown.envelope(ANSWER._replace(outputs=(FOX._replace(path="/a[red]b/\x1b[2J:fox:"),)))
    assert "  /a[red]b/�[2J:fox:\n" in stdout.getvalue()


def test_a_missing_file_has_its_address_and_the_reason() -> None:
    shown, stdout = output()
    lost = Asset(url="https://v3.fal.media/2.png", error="larger than mediaMaxMb")
    shown.envelope(ANSWER._replace(outputs=(lost,)))
    assert stdout.getvalue() == (
        "! fal-ai/flux/dev\n  https://v3.fal.media/2.png\n    not saved: larger than mediaMaxMb\n"
    )


def test_a_detached_submission_shows_the_command_that_waits_for_it() -> None:
    shown, stdout = output()
    shown.envelope(ANSWER._replace(outputs=(), task_id="k3f9x2qd7m"))
    assert stdout.getvalue() == (
        "✓ fal-ai/flux/dev submitted\n  task k3f9x2qd7m\n  openclaw-fal tasks wait k3f9x2qd7m\n"
    )


def test_a_table_fits_80_columns_and_never_cuts_its_keys() -> None:
    shown, stdout = output()
    shown.table(MODELS)
    assert stdout.getvalue() == (
        "model                                           name                     default\n"
        "fal/fal-ai/flux/dev                             FLUX.1 [dev]             image\n"
        "fal/bytedance/seedance-2.0/fast/image-to-video  Seedance 雪の中の赤い…\n"
        "\n"
        "2 models\n"
    )


def test_a_wide_terminal_shows_the_whole_table() -> None:
    shown, stdout = output(columns=120)
    shown.table(MODELS)
    assert "Seedance 雪の中の赤い狐 with sound  image-to-video\n" in stdout.getvalue()


def test_an_empty_table_is_its_footer() -> None:
    shown, stdout = output()
    shown.table(Table(columns=(Column("task"),), rows=[], value={}, footer="No tasks."))
    assert stdout.getvalue() == "No tasks.\n"


def test_statuses_have_their_color() -> None:
    shown, stdout = output(color=True)
    columns = (Column("n"), Column("status", "status"))
    shown.table(Table(columns=columns, rows=[("7", "failed"), ("12", "running")], value={}))
    assert stdout.getvalue().splitlines()[1:] == ["7   \x1b[31mfailed\x1b[0m", "12  \x1b[33mrunning\x1b[0m"]


def test_facts_are_aligned() -> None:
    shown, stdout = output()
    shown.facts("Task k3f9x2qd7m", [("status", "queued"), ("created at", "now")])
    assert stdout.getvalue() == "Task k3f9x2qd7m\n  status      queued\n  created at  now\n"


def test_lines_and_data_look_as_in_a_pipe() -> None:
    shown, stdout = output(color=True)
    shown.line("export FAL_KEY=[x]\nexport\tA=1\x1b[2J")
    shown.data({"a": 1})
    shown.failure(UsageError("no"))
    assert stdout.getvalue() == 'export FAL_KEY=[x]\nexport\tA=1�[2J\n{\n  "a": 1\n}\n'


def test_ascii_terminals_get_ascii_marks() -> None:
    shown, stdout = output(unicode=False, columns=66)
    shown.envelope(ANSWER)
    assert stdout.getvalue().splitlines()[0] == "* fal-ai/flux/dev - 1024 x 1536 - 1.8 MB"
    shown.table(Table(columns=(Column("a", shrinks=True),), rows=[("x" * 80,)], value={}))
    assert stdout.getvalue().splitlines()[-1] == "x" * 63 + "..."


def test_columns_of_a_table_that_fits_keep_their_widths() -> None:
    assert fit([10, 20, 8], [False, True, True], 80) == [10, 20, 8]


def test_the_widest_columns_shrink_first_and_keys_never_do() -> None:
    assert fit([46, 60, 14, 7], [False, True, True, False], 100) == [46, 27, 14, 7]
    assert fit([30, 60, 60], [False, True, True], 74) == [30, 20, 20]


def test_columns_that_would_be_too_narrow_are_left_out_from_the_last() -> None:
    assert fit([46, 60, 14, 7], [False, True, True, False], 80) == [46, 23, 0, 7]
    assert fit([46, 60, 14], [False, True, True], 40) == [46, 0, 0]
