"""`image generate` and `image edit`, through `main` and a real socket."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import KEY, PNG
from tests.files import configure

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner, Server


@pytest.fixture
def photo(png: bytes) -> Path:
    path = Path("photo.png")
    path.write_bytes(png)
    return path


def body(fal: Sandbox) -> dict[str, object]:
    """Return what the last submission sent."""
    return fal.submissions[-1].body


def test_an_image_is_made_and_its_path_printed_as_openclaw_prints_it(run: Runner, fal: Sandbox) -> None:
    made = run("image", "generate", "--prompt", "a red fox", "--output", "fox.png")
    path = Path("fox.png").absolute()
    assert made.code == 0, made.err
    assert made.out == f"image.generate via local\nprovider: fal\nmodel: fal-ai/flux/dev\noutputs: 1\n{path}\n"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert body(fal) == {"prompt": "a red fox", "num_images": 1, "output_format": "png"}


def test_the_envelope_has_openclaws_keys_and_ours(run: Runner, fal: Sandbox) -> None:
    answer = run("image", "generate", "--prompt", "a red fox", "--size", "1024x1536", "--count", "2", "--json").json
    assert {name: answer[name] for name in ("ok", "capability", "transport", "provider", "model", "attempts")} == {
        "ok": True,
        "capability": "image.generate",
        "transport": "local",
        "provider": "fal",
        "model": "fal-ai/flux/dev",
        "attempts": [],
    }
    assert [(o["mimeType"], o["width"], o["height"]) for o in answer["outputs"]] == [("image/png", 1024, 1536)] * 2
    assert all(Path(output["path"]).stat().st_size == output["size"] for output in answer["outputs"])
    assert answer["ignoredOverrides"] == []
    assert answer["taskId"]
    assert answer["requestId"]
    assert isinstance(answer["seed"], int)


def test_several_images_get_numbers_and_the_extension_of_their_type(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "--prompt", "foxes", "--count", "3", "--output", "fox.jpg").code == 0
    assert sorted(path.name for path in Path().glob("fox*")) == ["fox-1.jpg", "fox-2.jpg", "fox-3.jpg"]


def test_without_output_names_are_dated_and_nothing_is_replaced(run: Runner, fal: Sandbox) -> None:
    first = run("image", "generate", "--prompt", "one", "--json").json["outputs"][0]["path"]
    second = run("image", "generate", "--prompt", "two", "--json").json["outputs"][0]["path"]
    assert Path(first).name.startswith("image-")
    assert first != second


def test_an_existing_file_is_refused_before_anything_is_sent(run: Runner, fal: Sandbox) -> None:
    Path("fox.png").write_text("mine")
    refused = run("image", "generate", "--prompt", "a fox", "--output", "fox.png")
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert not fal.submissions
    assert Path("fox.png").read_text() == "mine"
    assert run("image", "generate", "--prompt", "a fox", "--output", "fox.png", "--overwrite").code == 0
    assert Path("fox.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_takes_the_files(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "--prompt", "a fox", "--output", "new/folder/").code == 0
    assert [path.suffix for path in Path("new/folder").iterdir()] == [".png"]


def test_a_template_names_the_files(run: Runner, fal: Sandbox) -> None:
    template = "{model}/{task}-{index}.{ext}"
    answer = run("image", "generate", "--prompt", "a fox", "--count", "2", "--output", template, "--json").json
    names = [Path(output["path"]).relative_to(Path.cwd()).as_posix() for output in answer["outputs"]]
    assert names == [f"fal-ai-flux-dev/{answer['taskId']}-{index}.png" for index in (1, 2)]


def test_the_bytes_can_go_to_standard_output(run: Runner, fal: Sandbox) -> None:
    made = run("image", "generate", "--prompt", "a fox", "--output", "-", "--progress", "none")
    assert made.code == 0
    assert made.raw.startswith(b"\x89PNG")
    assert made.raw.endswith(b"IEND\xaeB`\x82")
    assert not list(Path().iterdir())


def test_bytes_are_not_written_onto_a_terminal(run: Runner, fal: Sandbox) -> None:
    refused = run("image", "generate", "--prompt", "a fox", "--output", "-", terminal=True)
    assert (refused.code, refused.raw) == (2, b"")
    assert "> fox.png" in refused.err
    assert fal.requests == []


def test_a_reader_that_wants_no_more_is_not_a_missing_file(fal: Sandbox, home: Path) -> None:
    command = f'"{sys.executable}" -m openclaw_fal image generate --prompt "a fox [fault:big-2]" --output -'
    script = f'{command} | head --bytes 8; echo "${{PIPESTATUS[0]}}" >&2'
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, errors="replace", check=False)
    assert ended.stderr.split()[-1] not in {"1", "10"}
    assert "Traceback" not in ended.stderr
    assert list(home.rglob(".*.part")) == []


@pytest.mark.parametrize(
    ("model", "output", "sent", "saved", "is_told"),
    [
        ("fal/fal-ai/flux/dev", "fox.jpg", "jpeg", "fox.jpg", False),
        ("fal/fal-ai/flux/dev", "fox-{index}.JPG", "jpeg", "fox-1.JPG", False),
        ("fal/fal-ai/flux/dev", "fox.png", "png", "fox.png", False),
        ("fal/fal-ai/flux/dev", "fox", "png", "fox.png", False),
        ("fal/fal-ai/flux/dev", "fox.webp", "png", "fox.png", True),
        ("fal/krea/v2/medium/text-to-image", "fox.webp", None, "fox.png", True),
    ],
)
def test_the_extension_of_the_name_asks_for_the_format_where_the_model_has_a_choice(
    run: Runner, fal: Sandbox, model: str, output: str, sent: str | None, saved: str, is_told: bool
) -> None:
    made = run("image", "generate", "--prompt", "a fox", "--model", model, "--output", output, "--json")
    assert made.code == 0, made.err
    assert fal.submissions[-1].body.get("output_format") == sent
    assert made.json["ignoredOverrides"] == []
    assert Path(made.json["outputs"][0]["path"]).name == saved
    assert ("not as ." in made.err) == is_told


def test_a_format_that_was_asked_for_wins_over_the_name(run: Runner, fal: Sandbox) -> None:
    made = run("image", "generate", "--prompt", "x", "--output", "fox.jpg", "--output-format", "png", "--json")
    assert fal.submissions[-1].body["output_format"] == "png"
    assert "saved as fox.png, not as .jpg" in made.err


def test_standard_output_can_not_take_json_and_a_picture(run: Runner, fal: Sandbox) -> None:
    refused = run("image", "generate", "--prompt", "a fox", "--output", "-", "--json")
    assert refused.code == 2
    assert refused.json["error"]["code"] == "usage"
    assert not fal.submissions


def in_a_shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run the program with ``--output -`` in a process of its own, started by this script as ``"$@"``."""
    command = [sys.executable, "-m", "openclaw_fal", "image", "generate", "--prompt", "a fox", "--output", "-"]
    return subprocess.run(["sh", "-c", script, "sh", *command], capture_output=True, text=True, timeout=30, check=False)


def test_a_closed_standard_output_is_found_before_anything_is_sent(fal: Sandbox) -> None:
    refused = in_a_shell('exec "$@" >&-')
    assert refused.returncode == 2, refused.stderr
    assert "standard output, which is closed" in refused.stderr
    assert fal.requests == []


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")


@FULL
def test_a_failure_to_write_standard_output_is_reported(fal: Sandbox) -> None:
    refused = in_a_shell('exec "$@" --json >/dev/full')
    assert refused.returncode == 2, refused.stderr
    assert "--output - and --json both write to standard output" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert fal.requests == []


@FULL
def test_a_picture_that_standard_output_did_not_take_can_be_fetched_again(run: Runner, fal: Sandbox) -> None:
    full = in_a_shell('exec "$@" >/dev/full')
    assert full.returncode == 10, full.stderr
    assert "it can't be written: No space left on device" in full.stderr
    named = re.search(r"openclaw-fal (tasks wait \S+)", full.stderr)
    assert named
    assert run(*named[1].split(), "--output", "fox.png").code == 0
    assert Path("fox.png").read_bytes().endswith(b"IEND\xaeB`\x82")
    assert len(fal.submissions) == 1


@pytest.mark.parametrize(
    "words", ["image generate --prompt fox", "batch run prompts.txt", "rerun fox.png", "gallery --output page.html"]
)
def test_in_a_folder_that_was_deleted_nothing_is_sent(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path.cwd().rmdir()
    refused = run(*words.split(), "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "usage")
    assert "The current folder can't be used" in refused.err
    assert fal.requests == []


def test_the_prompt_is_read_from_a_pipe(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "--prompt", "-", stdin="a fox\nin snow\n").code == 0
    assert body(fal)["prompt"] == "a fox\nin snow"


def test_a_prompt_from_a_terminal_is_not_waited_for(run: Runner, fal: Sandbox) -> None:
    refused = run("image", "generate", "--prompt", "-")
    assert refused.code == 2
    assert not fal.submissions


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--prompt", ""], "--prompt"),
        (["--prompt", "  "], "--prompt"),
        (["--prompt", "x", "--count", "0"], "1 or more"),
        (["--prompt", "x", "--count", "5"], "1 to 4"),
        (["--prompt", "x", "--count", "many"], "--count"),
        (["--prompt", "x", "--size", "banana"], "WIDTHxHEIGHT"),
        (["--prompt", "x", "--aspect-ratio", "x"], "WIDTH:HEIGHT"),
        (["--prompt", "x", "--resolution", "8K"], "1K, 2K, 4K"),
        (["--prompt", "x", "--output-format", "gif"], "png, jpeg, webp"),
        (["--prompt", "x", "--quality", "best"], "xhigh"),
        (["--prompt", "x", "--background", "blue"], "transparent"),
        (["--prompt", "x", "--guidance", "nan", "--no-validate"], "--guidance nan is not a number"),
        (["--prompt", "x", "--guidance", "inf"], "--guidance inf is not a number"),
        (["--prompt", "x", "--model", "fal-ai/flux-pro/v1/fill", "--mask", "https://x/m.png"], "--file PATH"),
        (["--prompt", "x", "--model", "openai/gpt-image-1"], "openai"),
        (["--prompt", "x", "--model", "banana"], "fal/"),
        (["--prompt", "x", "--output", "/dev/null/folder/fox.png"], "/dev/null"),
        (["--prompt", "x", "--output", "{color}.png"], "{index}"),
        (["--prompt", "x", "--param", "steps"], "NAME"),
        (["--prompt", "x", "--param", "steps:=many"], "JSON"),
        (["--prompt", "x", "--progress", "loud"], "auto, plain, json, none"),
        (["--prompt", "x", "--on-interrupt", "explode"], "keep, cancel"),
        (["--prompt", "x", "--timeout-ms", "0"], "--timeout-ms"),
        (["--prompt", "x", "--no-such-flag"], "--no-such-flag"),
        ([], "--prompt"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_refused_before_anything_is_sent(
    run: Runner, fal: Sandbox, arguments: list[str], named: str
) -> None:
    refused = run("image", "generate", *arguments)
    assert refused.code == 2
    assert named in refused.err
    assert refused.out == ""
    assert {seen.route for seen in fal.requests} <= {"openapi"}  # a refusal is confirmed, for nothing


def test_an_edit_sends_a_small_picture_inside_the_request(run: Runner, fal: Sandbox, photo: Path) -> None:
    made = run("image", "edit", "--file", str(photo), "--prompt", "make it a watercolor", "--json")
    assert made.code == 0, made.err
    assert made.json["model"] == "fal-ai/flux/dev/image-to-image"
    assert str(body(fal)["image_url"]).startswith("data:image/png;base64,")


def test_an_edit_uploads_a_large_picture_once(run: Runner, fal: Sandbox, photo: Path) -> None:
    photo.write_bytes(photo.read_bytes() + bytes(400_000))
    model = "fal/fal-ai/nano-banana"
    made = run("image", "edit", "--file", "photo.png", "--file", "photo.png", "--prompt", "a fox", "--model", model)
    assert made.code == 0, made.err
    sent = body(fal)["image_urls"]
    assert isinstance(sent, list)
    assert sent == sent[:1] * 2
    assert sent[0].startswith(fal.url)
    assert sum(request.method == "PUT" for request in fal.requests) == 1
    assert not fal.violations


def test_an_edit_takes_a_url_as_it_is(run: Runner, fal: Sandbox) -> None:
    url = "https://pictures.example/fox.png"
    assert run("image", "edit", "--file", url, "--prompt", "x").code == 0
    assert body(fal)["image_url"] == url


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("missing.png", "missing.png"),
        ("notes.txt", "not an image"),
        ("ftp://example/fox.png", "http(s) URL"),
        ("data:text/plain,hello", "not an image"),
    ],
)
def test_what_is_no_picture_is_refused(run: Runner, fal: Sandbox, file: str, named: str) -> None:
    Path("notes.txt").write_text("a text, whatever it is called")
    refused = run("image", "edit", "--file", file, "--prompt", "x")
    assert refused.code == 2
    assert named in refused.err
    assert {seen.route for seen in fal.requests} <= {"openapi"}  # a refusal is confirmed, for nothing


def test_a_flag_that_the_edit_endpoint_has_no_input_for_is_reported(run: Runner, fal: Sandbox, photo: Path) -> None:
    edited = run("image", "edit", "--file", str(photo), "--prompt", "x", "--aspect-ratio", "16:9", "--json")
    assert edited.json["ignoredOverrides"] == [{"key": "aspectRatio", "value": "16:9"}]
    assert "--aspect-ratio 16:9" in edited.err
    assert "aspect_ratio" not in fal.submissions[0].body


def test_too_many_references_are_refused_in_openclaws_words(run: Runner, fal: Sandbox, photo: Path) -> None:
    refused = run("image", "edit", "--file", str(photo), "--file", str(photo), "--prompt", "x")
    assert "fal/fal-ai/flux/dev supports at most 1 reference image, 2 requested" in refused.err
    assert {seen.route for seen in fal.requests} <= {"openapi"}  # a refusal is confirmed, for nothing


def test_hints_that_are_not_sent_are_reported(run: Runner, fal: Sandbox) -> None:
    answer = run("image", "generate", "--prompt", "x", "--quality", "high", "--json").json
    assert answer["ignoredOverrides"] == [{"key": "quality", "value": "high"}]
    assert "quality" not in body(fal)


def test_parameters_of_the_model_are_passed_on(run: Runner, fal: Sandbox) -> None:
    made = run("image", "generate", "--prompt", "x", "-p", "num_inference_steps=12", "--param", "acceleration=High")
    assert made.code == 0, made.err
    assert body(fal)["num_inference_steps"] == 12
    assert body(fal)["acceleration"] == "high"


def test_a_seed_of_64_bits_stays_exact(run: Runner, fal: Sandbox) -> None:
    seed = 2**63 - 25
    answer = run("image", "generate", "--prompt", "x", "--seed", str(seed), "--json")
    assert f'"seed": {seed}' in answer.out
    assert body(fal)["seed"] == seed


def test_openclaws_flags_without_a_meaning_here_are_reported(run: Runner, fal: Sandbox) -> None:
    made = run("image", "generate", "--prompt", "x", "--agent", "main", "--openai-moderation", "low")
    assert made.code == 0
    assert "--agent, --openai-moderation" in made.err


def test_images_can_go_through_the_queue(run: Runner, fal: Sandbox) -> None:
    made = run("image", "generate", "--prompt", "x", "--queue")
    assert made.code == 0
    assert any("/status/stream" in request.path for request in fal.requests)


@pytest.mark.parametrize("alias", ["infer", "capability"])
def test_the_aliases_are_the_same_commands(run: Runner, fal: Sandbox, alias: str) -> None:
    answer = run(alias, "image", "generate", "--prompt", "x", "--json").json
    assert answer["capability"] == "image.generate"


def test_the_fallback_answers_when_the_first_choice_fails(run: Runner, fal: Sandbox, home: Path) -> None:
    models = {"primary": "fal/sandbox/fault/image-submit-500", "fallbacks": ["fal/fal-ai/flux/dev"]}
    configure(home, {"agents": {"defaults": {"imageGenerationModel": models}}})
    answer = run("image", "generate", "--prompt", "x", "--json").json
    assert answer["model"] == "fal-ai/flux/dev"
    assert [attempt["model"] for attempt in answer["attempts"]] == ["sandbox/fault/image-submit-500"]
    assert answer["attempts"][0]["error"]


def test_a_candidate_that_can_not_take_the_references_is_skipped(
    run: Runner, fal: Sandbox, home: Path, photo: Path
) -> None:
    models = {"primary": "fal/fal-ai/flux/dev", "fallbacks": ["fal/fal-ai/nano-banana"]}
    configure(home, {"agents": {"defaults": {"imageGenerationModel": models}}})
    answer = run("image", "edit", "--file", str(photo), "--file", str(photo), "--prompt", "a fox", "--json").json
    assert answer["model"] == "fal-ai/nano-banana/edit"
    assert answer["attempts"][0]["code"] == "references_unsupported"


def test_a_content_refusal_is_not_retried_with_another_model(run: Runner, fal: Sandbox, home: Path) -> None:
    models = {"primary": "fal/fal-ai/flux/dev", "fallbacks": ["fal/fal-ai/nano-banana"]}
    configure(home, {"agents": {"defaults": {"imageGenerationModel": models}}})
    refused = run("image", "generate", "--prompt", "x [fault:result-content-policy]", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (5, "content_policy")
    assert "fal-ai/nano-banana" not in {request.path.strip("/") for request in fal.requests}


def test_a_configuration_shared_with_openclaw_may_name_other_providers_models(
    run: Runner, fal: Sandbox, home: Path
) -> None:
    models = {"primary": "openai/gpt-image-1", "fallbacks": ["google/imagen-4", "fal/fal-ai/nano-banana"]}
    configure(home, {"agents": {"defaults": {"imageGenerationModel": models}}})
    assert run("image", "generate", "--prompt", "a fox", "--json").json["model"] == "fal-ai/nano-banana"
    assert run("image", "providers", "--json").json[0]["model"] == "fal-ai/nano-banana"


def test_models_of_other_providers_only_are_not_replaced_by_the_default(run: Runner, fal: Sandbox, home: Path) -> None:
    configure(home, {"agents": {"defaults": {"imageGenerationModel": "openai/gpt-image-1"}}})
    refused = run("image", "generate", "--prompt", "x")
    assert refused.code == 2
    assert "agents.defaults.imageGenerationModel has no model of fal" in refused.err
    assert not fal.submissions
    shown = run("image", "providers", "--json")
    assert (shown.code, shown.json[0]["model"]) == (0, None)


@pytest.mark.parametrize("arguments", [["--prompt", "bad\udcff"], ["--prompt", "x", "--param", "style=\udcff"]])
def test_what_is_no_text_is_refused(run: Runner, fal: Sandbox, arguments: list[str]) -> None:
    refused = run("image", "generate", *arguments)
    assert refused.code == 2
    assert "UTF-8" in refused.err
    assert {seen.route for seen in fal.requests} <= {"openapi"}  # a refusal is confirmed, for nothing


def test_a_byte_order_mark_is_no_part_of_the_prompt(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "--prompt", "-", stdin="\ufeffa fox").code == 0
    assert body(fal)["prompt"] == "a fox"


def test_a_path_below_home_is_expanded_where_the_shell_did_not(run: Runner, fal: Sandbox, home: Path) -> None:
    assert run("image", "generate", "--prompt", "x", "--output", "~/fox.png").code == 0
    assert (home / "fox.png").exists()


def test_commands_in_notes_name_the_profile(run: Runner, fal: Sandbox) -> None:
    first = [
        "--profile",
        "work",
        "image",
        "generate",
        "--prompt",
        "x [fault:submit-drop-after] [fault:history-401]",
        "--queue",
    ]
    assert run(*first).code == 8
    again = run(*first)
    assert "openclaw-fal --profile work tasks " in again.err
    assert "openclaw-fal tasks" not in again.err


@pytest.mark.parametrize("output", ["fox", "fox.jpg", "fox.{ext}"])
def test_an_existing_file_is_found_with_its_extension_too(run: Runner, fal: Sandbox, output: str) -> None:
    Path("fox.png").write_text("mine")
    assert run("image", "generate", "--prompt", "x", "--output", output).code == 2
    assert not fal.submissions


@pytest.mark.parametrize(
    ("flag", "typed", "name", "sent"),
    [
        ("--output-format", "jpg", "output_format", "jpeg"),
        ("--output-format", "JPG", "output_format", "jpeg"),
        ("--output-format", "PNG", "output_format", "png"),
        ("--progress", "None", "num_images", 1),
        ("--on-interrupt", "KEEP", "num_images", 1),
    ],
)
def test_words_of_a_fixed_list_may_be_in_any_case_and_jpg_means_jpeg(
    run: Runner, fal: Sandbox, flag: str, typed: str, name: str, sent: object
) -> None:
    assert run("image", "generate", "--prompt", "x", flag, typed).code == 0
    assert body(fal)[name] == sent


def test_with_a_proxy_that_can_not_be_used_nothing_is_submitted(run: Runner, fal: Sandbox) -> None:
    away = {"OPENCLAW_FAL_BASE_URL": "", "ALL_PROXY": "socks9://me:secret@127.0.0.1:1", "HTTPS_PROXY": ""}
    failed = run("image", "generate", "--prompt", "x", env=away)
    assert failed.code == 7
    assert "Nothing was submitted, nothing was charged." in failed.err
    assert "can't be used" in failed.err
    assert "secret" not in failed.err


# --- answers that are not what was asked for -----------------------------------------------------


@pytest.fixture
def answering(server: Server, key: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Return a function that sets the answer of every submission."""
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", key)
    return lambda answer: server.answer((200, json.dumps(answer).encode()))


def data_uri(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"images": [], "description": "I cannot draw that person."}, "I cannot draw that person."),
        ({"error": {"message": "model overloaded"}}, "model overloaded"),
        ({"images": [], "prompt": "x", "notes": ["No.", "Never."]}, "No.; Never."),
    ],
)
def test_what_fal_says_in_the_place_of_files_is_shown_and_kept(
    run: Runner, answering: Callable[[object], None], answer: object, said: str
) -> None:
    answering(answer)
    failed = run("image", "generate", "--prompt", "x", "--json")
    assert failed.code == 6
    assert failed.json["error"]["code"] == "no_media"
    assert failed.json["error"]["message"] == f"fal-ai/flux/dev finished without making a file. It answered: {said}"
    assert said in run("tasks", "show", failed.json["error"]["taskId"]).out


def test_a_picture_that_was_flagged_is_marked_in_the_answer(
    run: Runner, answering: Callable[[object], None], png: bytes
) -> None:
    files = [{"url": data_uri(content)} for content in (png, png + b"2")]
    answering({"images": files, "has_nsfw_concepts": [False, True]})
    made = run("--log-level", "error", "image", "generate", "--prompt", "x", "--count", "2", "--json")
    assert made.code == 0, made.err
    assert [output.get("flagged") for output in made.json["outputs"]] == [None, True]
    (warning,) = made.json["warnings"]
    assert (warning["code"], warning["file"]) == ("flagged", 2)
    shown = run("tasks", "show", made.json["taskId"])
    assert "fal's safety checker flagged image 2" in shown.out
    assert run("tasks", "show", made.json["taskId"], "--json").json["warnings"] == [warning]


def test_fewer_files_than_asked_for_are_a_warning_in_the_answer_and_the_journal(
    run: Runner, answering: Callable[[object], None], png: bytes
) -> None:
    answering({"images": [{"url": data_uri(png)}]})
    few = run("image", "generate", "--prompt", "x", "--count", "4", "--json")
    assert few.err.count("made only 1 of 4 requested files") == 1
    assert [warning["code"] for warning in few.json["warnings"]] == ["fewer_files"]
    assert run("tasks", "show", few.json["taskId"], "--json").json["warnings"] == few.json["warnings"]
    enough = run("image", "generate", "--prompt", "x", "--overwrite", "--json")
    assert "warnings" not in enough.json
    assert enough.err.count("requested files") == 0


@pytest.mark.parametrize(
    ("asked", "size", "code"),
    [
        (("--aspect-ratio", "9:16"), "1344x768", "other_aspect_ratio"),
        (("--aspect-ratio", "9:16"), "768x1344", None),
        (("--aspect-ratio", "9:16"), "800x1344", None),
        (("--size", "1024x768"), "768x1024", "other_aspect_ratio"),
        (("--size", "1024x768"), "512x384", "other_size"),
        (("--size", "1024x768"), "1024x768", None),
    ],
)
def test_a_picture_of_another_size_or_shape_than_the_one_that_was_sent_is_a_warning(
    run: Runner,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    asked: tuple[str, str],
    size: str,
    code: str | None,
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", KEY)
    width, height = (int(edge).to_bytes(4, "big") for edge in size.split("x"))
    picture = PNG[:16] + width + height + PNG[24:]
    result = json.dumps({"images": [{"url": f"{server.url}/fox.png"}]}).encode()
    server.answer((200, result), (200, picture))
    made = run("image", "generate", "--prompt", "a fox", *asked, "--json")
    assert made.code == 0, made.err
    assert [warning["code"] for warning in made.json.get("warnings", [])] == [code] * bool(code)
    assert (f"{' '.join(asked)} was sent, but the file has {size} pixels." in made.err) is bool(code)


@pytest.mark.parametrize("mode", ["auto", "plain", "none", "json"])
def test_a_flag_that_was_not_sent_is_named_on_stderr_in_every_mode(
    run: Runner, fal: Sandbox, png: bytes, mode: str
) -> None:
    Path("in.png").write_bytes(png)
    asked = ("--file", "in.png", "--prompt", "x", "--size", "512x512", "--model", "fal-ai/esrgan", "--progress", mode)
    made = run("image", "edit", *asked, "--json")
    assert made.code == 0, made.err
    assert "prompt" not in fal.submissions[-1].body
    assert [each["key"] for each in made.json["ignoredOverrides"]] == ["prompt", "size"]
    assert "--prompt was not sent: the model does not take it" in made.err
    assert "--size 512x512 was not sent: the model does not take it" in made.err


def test_a_flag_that_was_not_sent_is_part_of_the_result_on_a_terminal(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("in.png").write_bytes(png)
    asked = ("--file", "in.png", "--prompt", "x", "--model", "fal-ai/esrgan", "--progress", "none")
    made = run("image", "edit", *asked, terminal=True)
    assert "--prompt was not sent" in made.out
    assert "--prompt was not sent" not in made.err


@pytest.mark.parametrize("age_days", [None, 1, 8, 400], ids=lambda days: f"document of {days} days")
def test_a_generation_asks_fal_for_nothing_but_the_image(run: Runner, fal: Sandbox, age_days: int | None) -> None:
    """What is known of the model never costs a request, however old it is."""
    if age_days is not None:
        assert run("models", "show", "fal-ai/flux/dev", "--refresh").code == 0
        [cached] = [file for file in Path.home().rglob("*.json") if file.parent.name == "schemas"]
        document = json.loads(cached.read_text())
        assert document["endpoint"] == "fal-ai/flux/dev"
        cached.write_text(json.dumps(document | {"fetchedAt": document["fetchedAt"] - age_days * 24 * 3600}))
        fal.reset()
    made = run("image", "generate", "--prompt", "a fox", "--size", "512x512", "--seed", "7", "--output", "fox.png")
    assert made.code == 0, made.err
    assert [(seen.method, seen.path.partition("/b/")[0]) for seen in fal.requests] == [
        ("POST", "/fal-ai/flux/dev"),
        ("GET", "/files"),
    ]


def test_programs_learn_how_long_a_job_will_take_once_three_are_known(run: Runner, fal: Sandbox) -> None:
    def is_told() -> bool:
        made = run("image", "generate", "--prompt", "a [fault:slow-6]", "--queue", "--progress", "json")
        (event,) = [event for event in map(json.loads, made.err.splitlines()) if event["event"] == "submitted"]
        return "etaSeconds" in event

    assert [is_told() for _ in range(4)] == [False, False, False, True]
    sync = run("image", "generate", "--prompt", "a", "--progress", "json")
    (first,) = [event for event in map(json.loads, sync.err.splitlines()) if event["event"] == "submitting"]
    assert 0 < first["etaSeconds"] < 10


@pytest.mark.parametrize(
    ("arguments", "code", "submissions", "files"),
    [
        ((), 2, 0, ["fox.png"]),
        (("--if-exists", "fail"), 2, 0, ["fox.png"]),
        (("--if-exists", "skip"), 0, 0, ["fox.png"]),
        (("--if-exists", "rename"), 0, 1, ["fox-1.png", "fox.png"]),
        (("--if-exists", "overwrite"), 0, 1, ["fox.png"]),
        (("--if-exists", "never"), 2, 0, ["fox.png"]),
    ],
)
def test_what_happens_to_a_name_that_is_taken_can_be_chosen(
    run: Runner, fal: Sandbox, png: bytes, arguments: tuple[str, ...], code: int, submissions: int, files: list[str]
) -> None:
    Path("fox.png").write_bytes(png)
    made = run("image", "generate", "--prompt", "a fox", "--output", "fox.png", "--json", *arguments)
    assert (made.code, len(fal.submissions)) == (code, submissions)
    assert sorted(str(path) for path in Path().glob("*.png")) == files
    if code == 0:
        assert made.json["outputs"][0]["path"] == str(Path(files[0]).absolute())
    assert (Path("fox.png").read_bytes() == png) == ("overwrite" not in arguments)
