"""`--summary`: the table that a CI job shows on its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

pytestmark = pytest.mark.usefixtures("folder")

SUMMARY = Path("summary.md")
IN_CI = {"GITHUB_STEP_SUMMARY": str(SUMMARY)}
IMAGE = ("image", "generate", "--output", "out/{name}-{index}.{ext}", "--prompt")


def rows() -> list[list[str]]:
    """Return the cells of the rows below the headings."""
    lines = [line for line in SUMMARY.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] not in ("prompt", "---|---|---|---:|---:")]


def test_results_are_appended_one_table_a_command(run: Runner, fal: Sandbox) -> None:
    SUMMARY.write_text("# Before\n")
    assert run(*IMAGE, "a red fox", "--count", "2", "--max-cost", "1", "--summary", env=IN_CI).code == 0
    assert run(*IMAGE, "a hen", "--model", "fal-ai/recraft/v3/text-to-image", "--summary", env=IN_CI).code == 0
    first, second = rows()
    assert (first[0], first[1], first[4]) == ("a red fox", "fal-ai/flux/dev", "$0.05")
    assert first[2].count(".png") == 2
    assert first[3].endswith(" s")
    assert (second[0], second[4]) == ("a hen", "unknown")
    text = SUMMARY.read_text()
    assert text.startswith("# Before\n### openclaw-fal\n")
    assert "Cost: $0.05." in text
    assert "unknown for 1 of 1." in text
    assert KEY not in text
    assert len(fal.submissions) == 2


def test_a_failure_is_a_row_too(run: Runner, fal: Sandbox) -> None:
    ran = run(*IMAGE, "x [fault:submit-403-locked]", "--model", "fal-ai/flux/dev", "--summary", env=IN_CI)
    assert ran.code == 4
    ((name, model, outcome, *_),) = rows()
    assert model == "fal-ai/flux/dev"
    assert name == "x \\[fault:submit-403-locked\\]"
    assert outcome.startswith("balance\\_exhausted: ")
    assert fal.submissions == []


def test_each_of_several_reruns_is_a_row(run: Runner, fal: Sandbox) -> None:
    assert run(*IMAGE, "a red fox").code == 0
    assert run(*IMAGE, "x [fault:submit-403-locked]", "--queue").code == 4
    ids = run("tasks", "list", "-q").out.split()
    ran = run("tasks", "rerun", *reversed(ids), "--output", "again/", "--summary", env=IN_CI)
    assert ran.code == 4
    fox, locked = rows()
    assert (fox[0], fox[2].count(".png")) == ("a red fox", 1)
    assert locked[2].startswith("balance\\_exhausted: ")
    assert len(fal.submissions) == 2


def test_what_a_prompt_holds_stays_text(run: Runner, fal: Sandbox) -> None:
    run(*IMAGE, "a | b `c`\n<img src=x> [d](e) ~~f~~", "--summary", env=IN_CI)
    (row,) = [line for line in SUMMARY.read_text().splitlines() if line.startswith("| a")]
    assert row.startswith(r"| a \| b \`c\` &lt;img src=x&gt; \[d\](e) \~\~f\~\~ | ")
    assert len(fal.submissions) == 1


def test_nothing_is_written_without_the_flag(run: Runner, fal: Sandbox) -> None:
    assert run(*IMAGE, "x", env=IN_CI).code == 0
    assert not SUMMARY.exists()
    assert len(fal.submissions) == 1


@pytest.mark.usefixtures("fal")
def test_a_summary_that_can_not_be_written_is_a_warning(run: Runner) -> None:
    unset = run(*IMAGE, "x", "--summary")
    assert (unset.code, "GITHUB_STEP_SUMMARY is not set" in unset.err) == (0, True)
    missing = run(*IMAGE, "y", "--summary", env={"GITHUB_STEP_SUMMARY": "no/such/folder/summary.md"})
    assert missing.code == 0
    assert "warning: The summary no/such/folder/summary.md can't be written" in missing.err


def test_a_batch_writes_its_summary_by_itself(run: Runner, fal: Sandbox) -> None:
    Path("prompts.txt").write_text("a fox\nx [fault:submit-422-string]\n")
    ran = run("batch", "prompts.txt", "--max-cost", "1", env=IN_CI)
    assert ran.code != 0
    fox, refused = rows()
    assert (fox[0], fox[4]) == ("a fox", "$0.025")
    assert refused[1] == "fal-ai/flux/dev"
    assert "input\\_refused" in refused[2]
    assert "### openclaw-fal batch " in SUMMARY.read_text()
    assert len(fal.submissions) == 1
