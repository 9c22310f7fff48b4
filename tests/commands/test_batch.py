from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.outcomes import tasks_of

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import FalClock, Run, Runner

VIDEO = "fal-ai/minimax/video-01-live"


def write(name: str, *lines: str | dict[str, Any]) -> str:
    Path(name).write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return name


def files() -> list[str]:
    return sorted(str(path.relative_to(Path.cwd())) for path in Path.cwd().rglob("*") if path.suffix in _MEDIA)


_MEDIA = {".png", ".mp4", ".wav", ".mp3", ".jpg", ".webp"}


def states(run: Run) -> dict[int, str]:
    return {job["line"]: job["state"] for job in run.json["jobs"]}


# --- reading ------------------------------------------------------------------------------------


def test_each_prompt_of_a_text_file_becomes_an_image_named_after_it(run: Runner, fal: Sandbox) -> None:
    made = run("batch", write("foxes.txt", "a red fox", "", "# not a prompt", "An owl: at night!"))
    assert made.code == 0, made.err
    assert files() == ["foxes/0001-a-red-fox.png", "foxes/0004-An-owl-at-night.png"]
    assert sorted(made.out.splitlines()) == [str(Path(name).absolute()) for name in files()]
    assert [submission.queued for submission in fal.submissions] == [True, True]  # so that it can be resumed
    assert "2 of 2 lines done" in made.err


def test_answers_for_programs_hold_the_whole_prompt(run: Runner, fal: Sandbox) -> None:
    prompt = "a family 👨\u200d👩\u200d👧 " + "and a fox, " * 40 + "at night"
    lines = write("b.jsonl", {"prompt": prompt})
    made = run("batch", lines, "--json", "--results", "r.jsonl")
    row = json.loads(Path("r.jsonl").read_text())
    assert [made.json["jobs"][0]["prompt"], row["prompt"], fal.submissions[0].body["prompt"]] == [prompt] * 3


def test_the_short_flags_of_other_commands_are_those_of_batches(run: Runner, fal: Sandbox) -> None:
    made = run("batch", write("foxes.txt", "a red fox"), "-m", "fal-ai/nano-banana", "-n", "2", "-o", "out/")
    assert made.code == 0, made.err
    assert len(files()) == 2
    (submission,) = fal.submissions
    assert (submission.endpoint, submission.body["num_images"]) == ("fal-ai/nano-banana", 2)


def test_lines_of_json_may_be_of_any_command_and_have_its_flags(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    lines = write(
        "many.jsonl",
        {"prompt": "a fox", "size": "1024x768", "count": 2},
        {"command": "video generate", "prompt": "waves", "model": VIDEO, "param": {"prompt_optimizer": False}},
        {"command": "music.generate", "prompt": "a calm piano", "duration": 10},
        {"command": "run", "model": "fal-ai/clarity-upscaler", "param": {"image_url": "@photo.png"}},
        {"prompt": "as a watercolor", "file": "photo.png", "output": "edited.png"},
    )
    made = run("batch", lines, "--json")
    assert made.code == 0, made.err
    capabilities = [job["capability"] for job in made.json["jobs"]]
    assert capabilities == ["image.generate", "video.generate", "music.generate", "run", "image.edit"]
    assert len(made.json["jobs"][0]["outputs"]) == 2
    assert {"many/0001-a-fox-1.png", "many/0001-a-fox-2.png", "edited.png"} <= set(files())
    sent = {submission.endpoint: submission.body for submission in fal.submissions}
    assert sent[VIDEO]["prompt_optimizer"] is False
    assert sent["fal-ai/clarity-upscaler"]["image_url"].startswith("data:image/png")


def test_cells_of_csv_are_flags_and_flags_of_the_command_line_are_defaults(run: Runner, fal: Sandbox) -> None:
    Path("list.csv").write_text('prompt,seed,param.guidance_scale\n"two\nlines",7.0,\nan owl,,5.5\n')
    made = run("batch", "list.csv", "--seed", "3", "--size", "512x512", "-p", "guidance_scale=2")
    assert made.code == 0, made.err
    bodies = {submission.body["prompt"]: submission.body for submission in fal.submissions}
    assert [bodies["two\nlines"][name] for name in ("seed", "guidance_scale")] == [7, 2]
    assert [bodies["an owl"][name] for name in ("seed", "guidance_scale")] == [3, 5.5]
    assert all(body["image_size"] == {"width": 512, "height": 512} for body in bodies.values())
    assert files() == ["list/0002-two-lines.png", "list/0004-an-owl.png"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"], ids=["commas", "semicolons", "tabs"])
def test_a_table_is_read_as_spreadsheets_write_it(run: Runner, fal: Sandbox, sign: str, encoding: str) -> None:
    rows = [
        ["", ""],
        ["prompt", "seed"],
        [f'"a fox{sign} an öwl"', "7"],
        ["waves, not; words" if sign == "\t" else "waves"],
    ]
    Path("table.csv").write_text("\r\n".join(map(sign.join, rows)) + "\r\n", encoding, newline="")
    made = run("batch", "table.csv")
    assert made.code == 0, made.err
    sent = {submission.body["prompt"]: submission.body.get("seed") for submission in fal.submissions}
    assert sent == {f"a fox{sign} an öwl": 7, rows[3][0]: None}


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;\r"])
def test_the_first_line_of_a_table_may_name_its_delimiter(run: Runner, fal: Sandbox, first: str) -> None:
    Path("table.csv").write_text(f"\ufeff{first}\nprompt;an,old,name\na fox;7\n", newline="")
    assert "an,old,name" in run("batch", "table.csv").err  # the name of a column, which no flag has
    Path("table.csv").write_text(f"{first}\nprompt\na fox, at night\n", newline="")
    assert run("batch", "table.csv").code == 0
    assert [submission.body["prompt"] for submission in fal.submissions] == ["a fox, at night"]
    assert files() == ["table/0003-a-fox-at-night.png"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('[\n  {"prompt": "a fox"},\n  {\n    "prompt": "an owl [at] {night},\\n",\n    "seed": 7\n  }\n]\n', [2, 3]),
        ('\n[{"prompt": "a fox"}\n,\n{"prompt": "an owl [at] {night},\\n", "seed": 7}]', [2, 4]),
        ('[{"prompt": "a fox"},{"prompt": "an owl [at] {night},\\n", "seed": 7}]', [1, 2]),
    ],
    ids=["indented", "one a line", "all in one line"],
)
@pytest.mark.parametrize("source", ["list.json", "list", "-"])
def test_an_array_of_objects_is_read_as_json_lines(
    run: Runner, fal: Sandbox, source: str, text: str, lines: list[int]
) -> None:
    Path("list.json").write_text(text)
    Path("list").write_text(text)
    made = run("batch", source, "--json", "--name", "foxes", stdin=text if source == "-" else None)
    assert made.code == 0, made.err
    assert [job["line"] for job in made.json["jobs"]] == lines
    sent = {submission.body["prompt"]: submission.body.get("seed") for submission in fal.submissions}
    assert sent == {"a fox": None, "an owl [at] {night},\n": 7}


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ('[\n{"prompt": "a fox"},\n"an owl",\n{"seed": 1}\n]', ["line 3: not an object", "line 4: "]),
        ('[\n{"prompt": "a fox"},\n{"prompt": an owl}\n]', ["line 3: not JSON: Expecting value at column 12."]),
        ('[{"prompt": "a fox"}]\n[{"prompt": "an owl"}]', ["line 2: not JSON: Extra data at column 1."]),
    ],
)
def test_mistakes_in_an_array_are_named_with_their_lines(run: Runner, text: str, mistakes: list[str]) -> None:
    Path("list.json").write_text(text)
    made = run("batch", "list.json")
    assert made.code == 2
    assert [mistake for mistake in mistakes if mistake not in made.err] == [], made.err


def test_objects_on_several_lines_are_refused_with_what_to_do(run: Runner) -> None:
    refused = run("batch", write("b.jsonl", "{", '  "prompt": "a fox"', "}"))
    assert "Write each object on one line, as jq -c does, or all of them as an array." in refused.err


def test_a_prompt_may_begin_with_a_bracket(run: Runner, fal: Sandbox) -> None:
    assert run("batch", write("foxes.txt", "[cinematic] a fox", "[anime] an owl")).code == 0
    assert len(fal.submissions) == 2


def test_numbers_of_a_table_may_have_a_decimal_comma(run: Runner, fal: Sandbox) -> None:
    Path("table.csv").write_text("prompt;guidance;count;seed\na fox;3,5;2,0;7\n")
    assert run("batch", "table.csv").code == 0
    (sent,) = fal.submissions
    assert [sent.body[name] for name in ("guidance_scale", "num_images", "seed")] == [3.5, 2, 7]
    Path("table.csv").write_text("prompt;guidance\na fox;1,024\n")
    assert 'guidance: "1,024" is not a number' in run("batch", "table.csv").err


def test_a_row_of_a_table_ends_only_at_the_end_of_a_line(run: Runner, fal: Sandbox) -> None:
    prompts = [f"a fox{sign}and an owl" for sign in "\u2028\x0b\x0c\x1c\x85"]
    Path("table.csv").write_text("".join(f"{row}\n" for row in ["prompt", *prompts]), "utf-8", newline="")
    assert run("batch", "table.csv").code == 0
    assert sorted(submission.body["prompt"] for submission in fal.submissions) == sorted(prompts)


def test_a_table_with_a_cell_too_many_or_in_another_encoding_is_refused_with_what_to_do(run: Runner) -> None:
    Path("table.csv").write_text("prompt;seed\na fox; an owl;7\n")
    assert (
        "line 2: it has 3 cells, but the header has 2. Put a cell with ; in it in quotes."
        in run("batch", "table.csv").err
    )
    Path("table.csv").write_bytes("prompt;seed\nein Löwe;7\n".encode("latin-1"))
    assert "table.csv can't be read: it is not UTF-8 text; save it as UTF-8." in run("batch", "table.csv").err


def test_members_say_how_a_line_is_carried_out_and_their_names_may_have_spaces(run: Runner, fal: Sandbox) -> None:
    Path("scene.txt").write_text("a red fox")
    Path("there.png").write_bytes(b"kept")
    lines = write(
        "many.jsonl",
        {"prompt": "@scene.txt", "sidecar": True, "output": "made.png"},
        {"prompt": "an owl", "if-exists": "skip", "output": "there.png"},
    )
    assert run("batch", lines).code == 0
    assert [submission.body["prompt"] for submission in fal.submissions] == ["a red fox"]
    assert (Path("made.png.json").is_file(), Path("there.png").read_bytes()) == (True, b"kept")
    Path("list.csv").write_text("Prompt,Aspect Ratio,if exists\na fox,16:9,rename\n")
    assert run("batch", "list.csv", "--output", "there.png").code == 0
    assert Path("there-1.png").is_file()


def test_lines_that_differ_by_prompt_and_seed_are_sent_with_their_own(run: Runner, fal: Sandbox) -> None:
    # Line 5's seed is also the number of images, so the inputs must not be mixed up; lines 6 and 7 have one seed.
    seeds = [11, 12, 13, 0, 1, 7, 7]
    lines = [{"prompt": f"a red fox, number {seed}", "seed": seed} for seed in seeds]
    lines += [{"prompt": "the same words", "seed": seed} for seed in (21, 22, 23)]
    for order in (lines, lines[4:]):
        fal.reset()
        assert run("batch", write(f"{len(order)}.jsonl", *order), "--name", str(len(order)), "-o", "out/").code == 0
        sent = [(each.body["prompt"], each.body["seed"], each.body["num_images"]) for each in fal.submissions]
        assert sorted(sent) == sorted((line["prompt"], line["seed"], 1) for line in order)


@pytest.mark.parametrize(
    ("prompt", "arguments", "name", "value"),
    [
        ("a slow waltz", ("--command", "music.generate", "--instrumental"), "is_instrumental", True),
        ("a slow waltz", ("--command", "music.generate", "--lyrics", "@words.txt"), "lyrics", "la la la la la"),
        ("waves", ("--command", "video.generate", "-i", "photo.png"), "image_url", None),
        ("@alice at the sea", (), "prompt", "@alice at the sea"),
    ],
)
def test_flags_of_every_command_are_defaults_of_lines(
    run: Runner, fal: Sandbox, png: bytes, prompt: str, arguments: tuple[str, ...], name: str, value: object
) -> None:
    Path("photo.png").write_bytes(png)
    Path("words.txt").write_text("la la la la la")
    made = run("batch", write("b.txt", prompt), *arguments)
    assert made.code == 0, made.err
    body = fal.submissions[0].body
    assert body[name] == value or (value is None and str(body[name]).startswith("data:image/png")), body


def test_standard_input_is_a_batch_of_its_own_unless_it_has_a_name(run: Runner, fal: Sandbox) -> None:
    for name, submissions in (((), 1), ((), 2), (("--name", "zoo"), 3), (("--name", "zoo"), 3)):
        assert run("batch", "-", *name, "--output", "out/{task}.png", stdin="a fox\n").code == 0
        assert len(fal.submissions) == submissions


WRONG: dict[int, tuple[str | dict[str, Any], str | None]] = {
    1: ({"prompt": "a", "sise": "1x1"}, "did you mean 'size'"),
    2: ("{bad", "not JSON"),
    3: ({"prompt": "a", "size": "5"}, "not a size"),
    4: ({"prompt": "a", "count": 99}, "1 to 4 images"),
    5: ({"prompt": " "}, "prompt is empty"),
    6: ({"prompt": "a", "count": "many"}, "not a whole number"),
    7: ({"prompt": "a", "file": "missing.png"}, "missing.png"),
    8: ({"command": "image.paint", "prompt": "a"}, "image.generate, image.edit"),
    9: ({"command": "run", "prompt": "a"}, "run needs a model"),
    10: ({"prompt": "a", "model": "fal/fal-ai/flux/deev"}, "no such model"),
    11: ({"prompt": "a", "num_inference_steps": 5}, "goes into param"),
    12: ({"prompt": "a", "param": {"image_size": 5}}, "image_size"),
    13: ('["a"]', "not an object"),
    14: ({"command": "music.generate", "prompt": "a", "size": "1x1"}, "not a member of music.generate"),
    15: ({"prompt": "a", "output": "-"}, "takes the files of only one line"),
    16: ({"prompt": "one", "output": "same.png"}, None),
    17: ({"prompt": "two", "output": "same.png"}, "same name as the file of line 16"),
    18: ({"prompt": "a", "model": ""}, "model: it is empty"),
    19: ({"prompt": "a", "output": " "}, "output: it is empty"),
    20: ({"prompt": "a", "steps": 0}, "steps: 0 is too small; the least is 1"),
    21: ({"prompt": "a", "timeout-ms": -5}, "timeout-ms: -5 is too small"),
    22: ({"prompt": "a", "if-exists": "ask"}, "Choose one of: skip, rename, overwrite, fail"),
    23: ({"prompt": "a", "sidecar": "maybe"}, "neither true nor false"),
    24: ({"prompt": "@missing.txt"}, "missing.txt can't be read"),
}


def test_all_mistakes_of_a_file_are_named_at_once_with_their_lines_and_nothing_is_sent(
    run: Runner, fal: Sandbox
) -> None:
    refused = run("batch", write("bad.jsonl", *(line for line, _ in WRONG.values())), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "batch_invalid")
    told = refused.json["error"]["message"].splitlines()
    assert told[0] == "23 lines are wrong, so nothing was sent."
    for number, (_, words) in WRONG.items():
        found = [line for line in told if line.startswith(f"line {number}: ")]
        assert len(found) == (words is not None)
        assert words is None or words in found[0], found
    assert fal.submissions == []
    assert files() == []


def test_a_mistake_of_many_lines_is_told_once(run: Runner) -> None:
    lines = write("b.txt", *(f"fox {number}" for number in range(30)))
    refused = run("batch", lines, "-o", "{lime}.png")
    assert "30 lines are wrong" in refused.err
    assert refused.err.count("{lime}") == 1
    assert " 19, 20 and 10 more: --output has an unknown placeholder" in " ".join(refused.err.split())


def test_the_folder_that_paths_are_relative_to_is_told(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("list").mkdir()
    Path("list/photo.png").write_bytes(png)
    Path("list/words.txt").write_text("a fox")
    for line in ({"prompt": "a fox", "file": "photo.png"}, {"prompt": "@words.txt"}):
        lines = write("list/b.jsonl", line)
        assert "Paths are relative to the current folder, not to list." in run("batch", lines).err
    os.chdir("list")
    assert run("batch", "b.jsonl").code == 0
    assert [submission.body["prompt"] for submission in fal.submissions] == ["a fox"]


def test_notes_are_ignored_and_a_picture_is_named_as_for_any_command(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    Path("list.csv").write_text("prompt,image,#id\nas a watercolor,photo.png,7\n")
    assert run("batch", "list.csv").code == 0
    lines = write("b.jsonl", {"command": "video.generate", "prompt": "waves", "file": "photo.png", "#": ["a note"]})
    assert run("batch", lines).code == 0
    assert all(submission.body["image_url"].startswith("data:image/png") for submission in fal.submissions)
    assert len(fal.submissions) == 2
    lines = write("b.jsonl", {"prompt": "a", "file": "photo.png", "image": "other.png", "id": 7})
    refused = run("batch", lines).err
    assert "'image' is given twice." in refused
    assert "If it is only a note, name it '#id'." in refused


@pytest.mark.parametrize(
    ("arguments", "content", "words"),
    [
        (("batch", "missing.txt"), None, "missing.txt"),
        (("batch", "empty.txt"), "\n#\n", "no lines"),
        (("batch", "b.txt", "--duration", "5"), "a\n", "No line of the batch can use --duration"),
        (("batch", "b.txt", "--shard", "5/4"), "a\n", "--shard"),
        (("batch", "b.txt", "--output", "fox.png"), "a\nb\n", "same name as the file of line 1"),
        (("batch", "b.csv"), "prompt,prompt2\na,b\n", "did you mean 'prompt'"),
        (("batch", "b.csv"), '"a\n', "not CSV"),
        (("batch", "b.txt", "--output", "{lime}.png"), "a\n", "{lime}. Use any of: {line} {prompt} {batch} {index}"),
        (("batch", "b.txt", "--output", ""), "a\n", "--output is empty"),
        (("batch", "b.txt", "--name", " "), "a\n", "--name is empty"),
        (("batch", ""), None, "FILE is empty"),
        (("batch", "b.txt", "--concurrency", "300"), "a\n", "openclaw-fal batch run --help"),
        (("batch", "b.txt", "--results", "-"), "a\n", "--results - is not a file"),
        (("batch", "b.txt", "--results", "."), "a\n", "--results . can't be written"),
        (("batch", "b.txt", "--results", "binary"), "a\n", "--results binary is a file of something else"),
    ],
)
def test_what_is_wrong_with_a_file_or_flag_is_a_usage_error(
    run: Runner, fal: Sandbox, arguments: tuple[str, ...], content: str | None, words: str
) -> None:
    if content is not None:
        Path(arguments[1]).write_text(content)
    Path("binary").write_bytes(b"\xff\xfe")
    refused = run(*arguments)
    assert refused.code == 2, refused.err
    assert words in refused.err
    assert fal.submissions == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [("[" * 150 + "]" * 150, "nested deeper than 100 levels."), ("9" * 5000, "a number has too many digits.")],
)
def test_a_line_that_is_too_deep_or_long_is_named(run: Runner, fal: Sandbox, value: str, sentence: str) -> None:
    refused = run("batch", write("deep.jsonl", f'{{"prompt": "a fox", "params": {{"x": {value}}}}}'))
    assert (refused.code, f"line 1: {sentence}" in refused.err) == (2, True), refused.err
    assert not fal.requests


def test_lines_that_are_wrong_can_be_skipped(run: Runner, fal: Sandbox) -> None:
    lines = write("some.jsonl", {"prompt": "a"}, {"prompt": "b", "size": "5"}, {"prompt": "c"})
    made = run("batch", lines, "--skip-invalid", "--json")
    assert (made.code, len(fal.submissions)) == (2, 2)
    assert re.search(r"1 line is wrong and skipped\.\s+line 2: .*size", made.err), made.err
    assert states(made) == {1: "done", 2: "invalid", 3: "done"}


# --- again --------------------------------------------------------------------------------------


def test_run_again_only_new_lines_are_made_and_equal_ones_count(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a fox", "a fox", "an owl")
    assert run("batch", lines).code == 0
    assert run("batch", lines).code == 0
    assert len(fal.submissions) == 3
    write("b.txt", "a cat", "an owl", "a fox", "a fox", "a fox")
    again = run("batch", lines, "--json")
    assert (again.code, len(fal.submissions)) == (0, 5)
    assert again.json["counts"]["done"] == 5


def test_a_batch_whose_file_has_moved_is_told_how_it_is_continued(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a fox", "an owl")
    assert "made before" not in run("batch", lines).err
    Path("moved").mkdir()
    Path(lines).rename("moved/b.txt")
    write("moved/b.txt", "a fox", "an owl", "a cat")
    name = str(Path(lines).absolute())
    told = f"made before, by another batch. Continue that one: --name {name}".replace(" ", "")
    for command in (("batch", "moved/b.txt", "--dry-run"), ("batch", "status", "moved/b.txt")):
        assert told in "".join(run(*command).err.split())
    made = run("batch", "moved/b.txt", "--name", name)
    assert (made.code, len(fal.submissions)) == (0, 3)
    assert "made before" not in made.err
    assert files() == ["b/0001-a-fox.png", "b/0002-an-owl.png", "b/0003-a-cat.png"]
    assert "made before" in run("batch", "-", stdin="a fox\n").err


def test_a_batch_that_shares_a_line_with_another_is_no_moved_one(run: Runner, fal: Sandbox) -> None:
    run("batch", write("a.txt", "fox", "owl"))
    assert "made before" not in run("batch", write("b.txt", "fox", "elk", "bee")).err
    assert len(fal.submissions) == 5


def test_the_same_lines_with_other_flags_are_other_requests(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a fox")
    for arguments in ((), ("--seed", "1"), ("--seed", "1"), ("--name", "other")):
        assert run("batch", lines, *arguments).code == 0
    assert len(fal.submissions) == 3


def test_a_run_with_another_output_says_where_the_files_are(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a fox")
    for output in ("out/", "./out/{line}.png", "out/../out/{prompt}.{ext}", "{line}.png"):
        made = run("batch", lines, "--output", output)
        assert (made.code, "done before" in made.err) == (0, False), output
    for output in ("new/", "new/{line}/fox.png"):
        made = run("batch", lines, "--output", output)
        told = " ".join(made.err.split()).replace(" ", "")
        assert f"The files of lines that were done before are in {Path('out').absolute()}.".replace(" ", "") in told
    assert len(fal.submissions) == 1


@pytest.mark.usefixtures("folder")
def test_a_damaged_entry_of_another_task_stops_no_batch(run: Runner, fal: Sandbox, folder: Path) -> None:
    assert run("image", "generate", "a fox", "--detach").code == 0
    with closing(sqlite3.connect(folder / "fal-tasks.sqlite3")) as database, database:
        database.execute("UPDATE tasks SET detail = '{'")
    for _ in range(2):
        assert run("batch", write("two.txt", "a hen", "a cat")).code == 0
        assert run("batch", "status", "two.txt").code == 0
    assert len(fal.submissions) == 3


def test_a_line_that_failed_is_tried_again_only_if_asked(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a [fault:result-422]", "b")
    failed = run("batch", lines, "--json")
    assert (failed.code, states(failed)) == (5, {1: "failed", 2: "done"})
    assert failed.json["error"]["code"] == "input_refused"
    again = run("batch", lines, "--json")
    assert (again.code, states(again), len(fal.submissions)) == (5, {1: "failed", 2: "done"}, 2)
    assert run("batch", lines, "--retry-failed").code == 5
    assert len(fal.submissions) == 3


def test_lines_that_are_tried_again_count_once_and_files_that_are_gone_are_named(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a", "b [fault:result-422]")
    assert run("batch", lines).code == 5
    again = run("batch", lines, "--retry-failed")
    assert "[2/2] line 2: input_refused" in again.err, again.err
    Path("b/0001-a.png").unlink()
    for command in (("batch", lines), ("batch", "status", lines)):
        assert "1 file of finished lines is no longer there" in run(*command).err
    missing = run("tasks", "list", "--missing", "--all", "-q", "--batch", str(Path(lines).absolute())).out.split()
    assert run("tasks", "wait", *missing, "-q").out == f"{Path('b/0001-a.png').absolute()}\n"
    assert "no longer there" not in run("batch", lines).err
    assert len(fal.submissions) == 3


def test_jobs_that_run_on_after_the_time_limit_are_followed_by_the_next_run(
    run: Runner, fal: Sandbox, fal_clock: FalClock
) -> None:
    lines = write("b.txt", "a [fault:slow-600]", "b")
    first = run("batch", lines, "--timeout-ms", "4000", "--json")
    assert (first.code, states(first)) == (9, {1: "running", 2: "done"})
    fal_clock.skip(60)
    second = run("batch", lines, "--json")
    assert (second.code, states(second)) == (0, {1: "done", 2: "done"})
    assert len(fal.submissions) == 2


def test_jobs_are_canceled_at_the_time_limit_if_asked(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a [fault:never]", "b [fault:never]", "c")
    late = run("batch", lines, "--timeout-ms", "4000", "--on-interrupt", "cancel", "--json")
    assert (late.code, late.err.count("fal has canceled the job")) == (9, 2)
    assert states(late) == {1: "canceled", 2: "canceled", 3: "done"}
    assert sorted(task["status"] for task in tasks_of(run)) == ["cancelled", "cancelled", "succeeded"]


def test_a_canceled_line_is_called_so_and_submitted_again_only_if_asked(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a [fault:result-422]", "b [fault:never]", "c")
    assert run("batch", lines, "--timeout-ms", "4000").code in (5, 9)
    (running,) = [task["taskId"] for task in tasks_of(run) if task["status"] in ("queued", "running")]
    assert run("tasks", "cancel", running).code == 0
    again = run("batch", "status", lines)
    assert "Run the batch with --retry-failed to submit failed and canceled lines again." in again.err
    assert states(run("batch", lines, "--json")) == {1: "failed", 2: "canceled", 3: "done"}
    shown = run("batch", lines)
    assert "1 of 3 lines done, 1 failed, 1 canceled." in shown.err
    assert "to do what is missing" not in shown.err
    assert len(fal.submissions) == 3
    assert run("batch", write("b.txt", "b [fault:never]"), "--retry-failed", "--timeout-ms", "2500").code == 9
    assert len(fal.submissions) == 4


def test_a_file_that_could_not_be_fetched_is_fetched_by_the_next_run(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a [fault:download-404*1]", "b")
    first = run("batch", lines, "--json")
    assert (first.code, states(first)) == (10, {1: "incomplete", 2: "done"})
    assert run("batch", lines).code == 0
    assert (len(fal.submissions), len(files())) == (2, 2)


def test_a_submission_whose_answer_was_lost_is_not_made_again(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a [fault:submit-drop-after][fault:history-empty]", "b")
    for _ in range(2):
        made = run("batch", lines, "--json", "--timeout-ms", "4000")
        assert (made.code, states(made)) == (8, {1: "unknown", 2: "done"})
        assert len(fal.submissions) == 2


def test_two_lines_of_different_shards_are_made_by_different_machines(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = write("b.txt", *(f"fox {number}" for number in range(20)))
    numbers = []
    for shard in ("1/3", "2/3", "3/3"):
        monkeypatch.setenv("OPENCLAW_STATE_DIR", str(tmp_path / shard.replace("/", "-")))
        made = run("batch", lines, "--shard", shard, "--json", "--results", f"{shard[0]}.jsonl")
        assert made.code == 0
        assert made.json["shard"] == shard
        numbers += [job["line"] for job in made.json["jobs"]]
    assert sorted(numbers) == list(range(1, 21))
    assert len({submission.body["prompt"] for submission in fal.submissions}) == len(fal.submissions) == 20


# --- many at once ------------------------------------------------------------------------------


def test_as_many_jobs_as_allowed_are_under_way_at_once(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", *(f"fox {number} [fault:slow-3]" for number in range(6)))
    made = run("batch", lines, "--concurrency", "3", "--progress", "json")
    assert made.code == 0
    events = [json.loads(line) for line in made.err.splitlines()]
    under_way, most = 0, 0
    for event in events:
        under_way += {"began": 1, "ended": -1}.get(event["event"], 0)
        most = max(most, under_way)
    assert most == 3
    assert events[-2]["counts"] == {"total": 6, "done": 6, "failed": 0, "running": 0, "left": 0}


def test_the_time_left_comes_from_earlier_jobs_until_the_batch_has_a_pace_of_its_own(run: Runner, fal: Sandbox) -> None:
    def etas(name: str, *more: str) -> list[float | None]:
        lines = write(name, *(f"{name} {number} [fault:slow-1]" for number in range(4)))
        made = run("batch", lines, "--concurrency", "1", "--progress", "json", *more)
        events = [json.loads(line) for line in made.err.splitlines()]
        return [event.get("etaSeconds") for event in events if event["event"] == "ended"]

    first, second, third, last = etas("new.txt")
    assert (first, second, last) == (None, None, 0)
    assert third is not None
    first, second, _, _ = etas("known.txt")
    assert first is not None
    assert second is not None
    assert 0 < second < first < 20
    assert etas("other.txt", "--model", "fal/fal-ai/flux/schnell")[:2] == [None, None]


@pytest.mark.parametrize("more", [[], ["--direct"]], ids=["through the queue", "direct"])
def test_the_time_left_is_known_before_the_first_job_ends(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    monkeypatch.setattr("openclaw_fal.render.progress_many.STATUS_PAUSE_S", 0)
    for name in ("new.txt", "known.txt"):
        lines = write(name, *(f"{name} {number} [fault:slow-1]" for number in range(3)))
        made = run("batch", lines, "--concurrency", "1", "--progress", "plain", *more)
        is_known = re.search(r"^0 of 3 done, 1 under way, about [\d.]+s left", made.err, re.MULTILINE) is not None
        assert is_known == (name == "known.txt"), made.err


def test_too_many_requests_slow_it_down_and_every_line_is_made(run: Runner, fal: Sandbox) -> None:
    fal.inject("submit-429-after*9")
    lines = write("b.txt", *(f"fox {number}" for number in range(12)))
    made = run("batch", lines)
    assert made.code == 0, made.err
    assert len(fal.submissions) == len(files()) == 12
    assert "fal has too many requests: " in made.err


def test_a_line_that_fal_has_no_room_for_lets_the_others_go_first(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw_fal.fal.submission.MAX_TRIES", 1)
    monkeypatch.setattr("openclaw_fal.actions.job_pool.DEFAULT_PAUSE_S", 0.1)
    busy = "a [fault:submit-429]"
    assert run("batch", write("b.txt", busy, "b", "c"), "--concurrency", "1").code == 0
    assert [submission.body["prompt"] for submission in fal.submissions] == ["b", "c", busy]


def test_an_empty_balance_stops_it_at_once_and_the_rest_is_left(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a [fault:submit-403-locked*1]", *(f"fox {number}" for number in range(8)))
    made = run("batch", lines, "--concurrency", "1", "--json")
    assert made.code == 4
    assert made.json["counts"] | {"missing": 9} == made.json["counts"]
    assert "No more jobs start." in made.err
    assert run("batch", lines).code == 0  # nothing was paid, so all of it is still to be done
    assert len(fal.submissions) == 9


def test_fail_fast_begins_no_job_after_a_failure(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a [fault:result-422]", *(f"fox {number}" for number in range(8)))
    made = run("batch", lines, "--concurrency", "1", "--fail-fast", "--json")
    assert (made.code, len(fal.submissions)) == (5, 1)
    assert made.json["counts"]["missing"] == 8


def test_equal_files_are_uploaded_once(run: Runner, fal: Sandbox, png: bytes) -> None:
    for name in ("one.png", "two.png"):
        Path(name).write_bytes(png + bytes(400_000))
    lines = write("b.jsonl", *({"prompt": f"{n}", "file": f"{name}.png"} for n, name in enumerate(["one", "two"] * 3)))
    assert run("batch", lines).code == 0
    assert (len(fal.submissions), len(fal.uploads)) == (6, 1)


# --- answers -----------------------------------------------------------------------------------


def test_results_has_a_line_for_each_that_ended_also_in_an_earlier_run(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a", "b [fault:result-422]")
    run("batch", lines)
    for _ in range(2):
        run("batch", lines, "--results", "out/results.jsonl", "--retry-failed")
    rows = [json.loads(line) for line in Path("out/results.jsonl").read_text().splitlines()]
    assert [(row["line"], row["ok"]) for row in rows].count((1, True)) == 1
    assert rows[0]["outputs"][0]["path"] == str(Path("b/0001-a.png").absolute())
    assert {row["batch"] for row in rows} == {str(Path("b.txt").absolute())}
    assert [row["error"]["code"] for row in rows if row["line"] == 2][-1] == "input_refused"


def test_two_batches_of_the_same_lines_can_share_a_results_file(run: Runner, fal: Sandbox) -> None:
    for more in ([], ["--results", "r.jsonl"]):
        for name in ("one", "two"):
            run("batch", write("b.txt", "a"), "--name", name, *more)
    assert [json.loads(line)["batch"] for line in Path("r.jsonl").read_text().splitlines()] == ["one", "two"]


def test_a_results_file_that_was_cut_short_or_can_not_be_written_costs_no_result(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a", "b")
    Path("results.jsonl").write_text('{"key": ["odd"], "ok": true}\n{"batch": "cut sh')
    assert run("batch", lines, "--results", "results.jsonl").code == 0
    assert [row["line"] for row in run("batch", "merge", "results.jsonl", "--json").json["jobs"]] == [1, 2]
    if Path("/dev/full").exists():
        full = run("batch", write("c.txt", "c", "d"), "--results", "/dev/full")
        assert (full.code, full.err.count("--results can't be written: No space left")) == (0, 1), full.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_a_named_pipe_is_read_as_standard_input_is_and_not_waited_for_without_end(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo("pipe")
    for submissions in (1, 2):
        writer = threading.Thread(target=lambda: Path("pipe").write_text("a fox\n"))
        writer.start()
        assert run("batch", "pipe", "--output", "out/{task}.png").code == 0
        writer.join()
        assert len(fal.submissions) == submissions
    monkeypatch.setattr("openclaw_fal.store.paths.WRITER_WAIT_S", 0.1)
    for arguments, words in (
        (("batch", "pipe"), "no program wrote to this pipe"),
        (("batch", "status", "pipe"), "no program wrote to this pipe"),
        (("image", "generate", "@pipe"), "no program wrote to this pipe"),
        (("rerun", "pipe"), "no file, sidecar or task 'pipe'"),
    ):
        refused = run(*arguments)
        assert (refused.code, words in refused.err) == (2, True), refused.err


def test_the_command_line_of_a_run_is_that_of_its_status_and_summary_asks_for_the_table(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = (write("b.txt", "a"), "--output", "out/", "--concurrency", "2", "--results", "r.jsonl", "--summary")
    made = run("batch", *flags)
    assert (made.code, "GITHUB_STEP_SUMMARY is not set" in made.err) == (0, True)
    assert run("batch", "status", *flags, "--json").json["counts"]["done"] == 1
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    assert run("batch", *flags).code == 0
    assert "| a | fal-ai/flux/dev |" in Path("page.md").read_text()


def test_tasks_know_their_batch_and_pruning_keeps_them(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a")
    run("batch", lines)
    run("image", "generate", "--prompt", "alone")
    assert [task["batch"] for task in tasks_of(run)] == [None, str(Path("b.txt").absolute())]
    assert run("tasks", "prune", "--days", "0").code == 0
    assert [task["batch"] for task in tasks_of(run)] == [str(Path("b.txt").absolute())]
    run("batch", lines)
    assert len(fal.submissions) == 2


def test_status_shows_the_state_of_the_lines_and_sends_nothing(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a", "b [fault:result-422]", "c [fault:never]")
    run("batch", lines, "--timeout-ms", "4000")
    write("b.txt", "a", "b [fault:result-422]", "c [fault:never]", "d")
    before = len(fal.requests)
    told = run("batch", "status", lines, "--json")
    assert (told.code, states(told)) == (5, {1: "done", 2: "failed", 3: "running", 4: "missing"})
    assert len(fal.requests) == before
    plain = run("batch", "status", lines)
    assert {"done: 1", "failed: 1", "running: 1", "missing: 1"} <= set(plain.out.splitlines())
    assert "d" in [row.split("\t")[-1] for row in plain.out.splitlines()]
    other = run("batch", "status", lines, "--seed", "1")
    assert (other.code, "made with other flags" in other.err) == (10, True)


def test_results_of_several_machines_are_merged_into_one_table(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = write("b.txt", *(f"fox {number}" for number in range(6)), "owl [fault:result-500-once]")
    for shard in ("1/2", "2/2", "1/2", "2/2"):
        monkeypatch.setenv("OPENCLAW_STATE_DIR", str(tmp_path / shard[0]))
        run("batch", lines, "--shard", shard, "--results", f"{shard[0]}.jsonl", "--retry-failed")
    Path("1.jsonl").write_text(Path("1.jsonl").read_text() + '{"cut')
    merged = run("batch", "merge", "1.jsonl", "2.jsonl", "--json")
    assert merged.code == 0
    assert [row["line"] for row in merged.json["jobs"]] == list(range(1, 8))
    assert len(run("batch", "merge", "1.jsonl", "2.jsonl").out.splitlines()) == 7


@pytest.mark.parametrize("content", ["", "\n", '{"ok": true, "li'])
def test_a_machine_that_finished_no_line_adds_nothing_to_the_table(run: Runner, fal: Sandbox, content: str) -> None:
    assert run("batch", write("b.txt", "a fox"), "--results", "1.jsonl").code == 0
    Path("2.jsonl").write_text(content)
    merged = run("batch", "merge", "1.jsonl", "2.jsonl", "--json")
    assert (merged.code, [row["line"] for row in merged.json["jobs"]]) == (0, [1])


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "no results in these files"), ("a fox\n", "has no results"), ('{"a": 1}\n', "has no results")],
)
def test_merging_files_without_results_is_no_success(run: Runner, fal: Sandbox, content: str, words: str) -> None:
    Path("r.jsonl").write_text(content)
    refused = run("batch", "merge", "r.jsonl")
    assert (refused.code, words in refused.err) == (2, True), refused.err


def test_a_dry_run_shows_what_all_lines_cost_and_sends_nothing(run: Runner, fal: Sandbox) -> None:
    lines = write("b.jsonl", {"prompt": "a"}, {"prompt": "b", "count": 2})
    dry = run("batch", lines, "--dry-run", "--json")
    assert (dry.code, dry.json["dryRun"], fal.submissions) == (0, True, [])
    assert [job["estimate"]["amount"] for job in dry.json["jobs"]] == [0.025, 0.05]
    assert (dry.json["estimate"]["kind"], dry.json["estimate"]["amount"]) == ("known", pytest.approx(0.075))


def test_the_limit_is_for_all_lines_together(run: Runner, fal: Sandbox) -> None:
    lines = write("b.txt", "a", "b", "c")
    refused = run("batch", lines, "--max-cost", "0.06", "--json")
    assert (refused.code, fal.submissions) == (11, [])
    made = run("batch", lines, "--max-cost", "0.08", "--json")
    assert made.code == 0
    assert made.json["cost"] == {"USD": pytest.approx(0.075)}
    # What is done already costs nothing again.
    write("b.txt", "a", "b", "c", "d")
    assert run("batch", lines, "--max-cost", "0.03").code == 0


def test_without_prices_a_limit_is_checked_without_a_request(run: Runner, fal: Sandbox) -> None:
    ran = run("batch", write("b.txt", "a"), "--dry-run", "--no-price", "--max-cost", "1", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (11, "cost_unknown")
    assert fal.requests == []


def test_the_limit_is_for_fallbacks_too(run: Runner, fal: Sandbox) -> None:
    models = {"primary": "fal/fal-ai/flux/schnell", "fallbacks": ["fal/fal-ai/nano-banana-pro"]}
    run("config", "set", "agents.defaults.mediaModels.image", json.dumps(models))
    made = run("batch", write("b.txt", "a [fault:completed-error]", "b"), "--max-cost", "0.05", "--json")
    assert [sent.endpoint for sent in fal.submissions] == ["fal-ai/flux/schnell"] * 2
    assert states(made) == {1: "failed", 2: "done"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(("-q",), "path"), (("--print", "path"), "path"), (("--print", "id"), "id"), (("--print", "url"), "url")],
)
def test_what_is_printed_of_each_line_can_be_chosen(
    run: Runner, fal: Sandbox, arguments: tuple[str, ...], expected: str
) -> None:
    made = run("batch", write("b.txt", "a"), *arguments)
    (task,) = tasks_of(run)
    output = task["outputs"][0]
    assert made.out == {"path": output["path"], "id": task["taskId"], "url": output["url"]}[expected] + "\n"


def test_lines_whose_files_are_there_can_be_skipped(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("out").mkdir()
    Path("out/1.png").write_bytes(png)
    lines = write("b.txt", "a", "b")
    assert run("batch", lines, "--output", "out/{line}.png").code == 2
    made = run("batch", lines, "--output", "out/{line}.png", "--if-exists", "skip", "--json")
    assert (made.code, states(made)) == (0, {1: "done", 2: "done"})
    assert [submission.body["prompt"] for submission in fal.submissions] == ["b"]
    assert Path("out/1.png").read_bytes() == png


@pytest.mark.parametrize(("form", "printed"), [("path", "fox.png"), ("url", None), ("id", None)])
def test_a_file_that_was_there_has_a_path_but_no_url_or_task(
    run: Runner, fal: Sandbox, form: str, printed: str | None
) -> None:
    Path("fox.png").write_bytes(b"kept")
    answer = run("image", "generate", "a fox", "-o", "fox.png", "--if-exists", "skip", "--print", form)
    assert (answer.code, answer.out) == (0, f"{Path(printed).absolute()}\n" if printed else "")
    assert fal.submissions == []


def test_images_can_go_to_the_synchronous_endpoint(run: Runner, fal: Sandbox) -> None:
    lines = write("b.jsonl", {"prompt": "a"}, {"prompt": "b"}, {"command": "video.generate", "prompt": "waves"})
    assert run("batch", lines, "--direct").code == 0
    assert sorted(submission.queued for submission in fal.submissions) == [False, False, True]


def test_a_batch_of_standard_input_continues_under_the_name_that_is_shown(
    run: Runner, fal: Sandbox, fal_clock: FalClock
) -> None:
    text = "a [fault:slow-600]\nb\n"
    first = run("batch", "-", "--output", "out/{line}.png", "--timeout-ms", "4000", stdin=text)
    assert first.code == 9
    fal_clock.skip(60)
    name = first.err.split("--name ")[1].split()[0]
    assert run("batch", "-", "--output", "out/{line}.png", "--name", name, stdin=text).code == 0
    assert len(fal.submissions) == 2
