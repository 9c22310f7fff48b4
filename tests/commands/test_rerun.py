"""`--sidecar` and `rerun`: what made a file is kept beside it, and the same is made again with changes."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

pytestmark = pytest.mark.usefixtures("folder")

SPEECH = "fal/fal-ai/kokoro/american-english"


def sidecar(name: str) -> Any:
    return json.loads(Path(f"{name}.json").read_text())


def sent(fal: Sandbox) -> dict[str, Any]:
    return dict(fal.submissions[-1].body)


# --- sidecars ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("fal")
def test_a_sidecar_says_what_made_the_file(run: Runner) -> None:
    made = run("image", "generate", "a red fox", "--seed", "7", "-n", "2", "-o", "fox.png", "--sidecar", "--json").json
    for number, name in enumerate(("fox-1.png", "fox-2.png")):
        found = sidecar(name)
        assert found["file"]["name"] == name
        assert found["file"]["sha256"] == hashlib.sha256(Path(name).read_bytes()).hexdigest()
        assert found["file"]["url"] == made["outputs"][number]["url"]
        assert found["request"] == {"capability": "image.generate", "prompt": "a red fox", "seed": 7, "count": 2}
        assert (found["model"], found["seed"]) == ("fal/fal-ai/flux/dev", 7)
        assert (found["taskId"], found["requestId"]) == (made["taskId"], made["requestId"])
        assert found["command"].startswith("openclaw-fal image generate --prompt 'a red fox'")


@pytest.mark.usefixtures("fal")
def test_without_the_flag_there_is_none(run: Runner) -> None:
    run("image", "generate", "a red fox", "-o", "fox.png")
    assert [path.name for path in Path().iterdir()] == ["fox.png"]


def test_a_file_that_is_in_the_way_is_found_before_anything_is_sent(run: Runner, fal: Sandbox) -> None:
    Path("fox.png.json").write_text("mine")
    refused = run("image", "generate", "a red fox", "-o", "fox.png", "--sidecar", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "output_exists")
    assert fal.submissions == []
    assert run("image", "generate", "a red fox", "-o", "fox.png", "--sidecar", "--overwrite").code == 0
    assert sidecar("fox.png")["file"]["name"] == "fox.png"


@pytest.mark.usefixtures("fal")
def test_a_file_that_came_in_the_way_meanwhile_is_kept(run: Runner) -> None:
    task = run("video", "generate", "waves", "-o", "waves.mp4", "--sidecar", "--detach", "--json").json["taskId"]
    Path("waves.mp4.json").write_text("mine")
    waited = run("tasks", "wait", task)
    assert waited.code == 0
    assert "waves.mp4.json already exists, so no sidecar was written." in waited.err
    assert Path("waves.mp4.json").read_text() == "mine"


@pytest.mark.usefixtures("fal")
def test_the_wish_travels_with_the_task(run: Runner) -> None:
    task = run("video", "generate", "waves", "-o", "waves.mp4", "--sidecar", "--detach", "--json").json["taskId"]
    assert run("tasks", "wait", task).code == 0
    assert sidecar("waves.mp4")["taskId"] == task
    Path("waves.mp4.json").unlink()
    assert run("tasks", "wait", task).code == 0
    assert sidecar("waves.mp4")["taskId"] == task
    assert run("tasks", "wait", task, "-o", "other.mp4").code == 0
    assert sidecar("other.mp4")["file"]["name"] == "other.mp4"


@pytest.mark.usefixtures("fal")
def test_a_batch_writes_one_beside_each_file(run: Runner) -> None:
    Path("foxes.txt").write_text("one fox\ntwo foxes\n")
    assert run("batch", "foxes.txt", "--sidecar", "--embed-metadata", "-q").code == 0
    for name in ("foxes/0001-one-fox.png", "foxes/0002-two-foxes.png"):
        assert sidecar(name)["file"]["name"] == Path(name).name
        assert b"Description" in Path(name).read_bytes()


def test_a_sidecar_needs_a_file_beside_which_it_is(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "a red fox", "-o", "-", "--sidecar").code == 2
    assert fal.submissions == []


# --- rerun ---------------------------------------------------------------------------------------


def test_the_time_limit_of_several_reruns_is_that_of_the_command(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [run("image", "generate", f"fox {n} [fault:slow-600]", "--detach", "--json") for n in range(5)]
    monkeypatch.setattr("openclaw_fal.actions.job_pool.MAX_AT_ONCE", 1)
    began = time.monotonic()
    again = run("tasks", "rerun", *(one.json["taskId"] for one in made), "--timeout-ms", "2500", "--json")
    assert again.code == 9, again.err
    assert time.monotonic() - began < 10  # with a limit for each they would take 12.5 seconds
    assert len(fal.submissions) == 6


@pytest.mark.parametrize("name", ["fox.png", "fox.png.json", "ID"])
def test_a_file_its_sidecar_and_its_task_are_made_again(run: Runner, fal: Sandbox, name: str) -> None:
    made = run("image", "generate", "a red fox", "--size", "512x512", "-o", "fox.png", "--sidecar", "--json").json
    first = sent(fal)
    again = run("rerun", made["taskId"] if name == "ID" else name, "--json")
    assert again.code == 0, again.err
    assert sent(fal) == first | {"seed": made["seed"]}
    assert Path(again.json["outputs"][0]["path"]).is_file()
    assert "With the same seed" in again.err


def test_what_is_changed_is_changed_and_the_rest_stays(run: Runner, fal: Sandbox) -> None:
    run(
        "image", "generate", "a red fox", "--size", "512x512", "--steps", "9", "-p", "guidance_scale=4", "-o", "fox.png"
    )
    assert run("rerun", "fox.png", "a blue fox", "--seed", "8", "-p", "guidance_scale=5", "-o", "blue.png").code == 0
    assert sent(fal) | {"output_format": "png"} == {
        "prompt": "a blue fox",
        "seed": 8,
        "guidance_scale": 5,
        "image_size": {"width": 512, "height": 512},
        "num_inference_steps": 9,
        "num_images": 1,
        "output_format": "png",
    }


def test_the_shape_is_changed_by_the_flags_that_made_it(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "a red fox", "--size", "1024x768", "--seed", "7", "-o", "fox.png").code == 0
    assert run("rerun", "fox.png", "--aspect-ratio", "16:9", "-n", "2").code == 0
    first, second = (submitted.body for submitted in fal.submissions)
    assert second == first | {"image_size": "landscape_16_9", "num_images": 2}
    assert run("rerun", "fox.png", "--size", "512x512").code == 0
    assert fal.submissions[-1].body == first | {"image_size": {"width": 512, "height": 512}}
    assert run("tasks", "rerun", "last~2", "--size", "640x640").code == 0
    assert fal.submissions[-1].body["image_size"] == {"width": 640, "height": 640}
    refused = run("rerun", "fox.png", "--duration", "5")
    assert (refused.code, len(fal.submissions)) == (2, 4)
    assert "--duration is no flag for image.generate" in refused.err
    assert "out of range" in run("rerun", "fox.png", "-n", "0").err


def test_another_model_gets_what_it_takes(run: Runner, fal: Sandbox) -> None:
    run("image", "generate", "a red fox", "--steps", "9", "-o", "fox.png")
    assert run("rerun", "fox.png", "--model", "nano-banana-2", "--json").json["ignoredOverrides"]
    assert fal.submissions[-1].endpoint == "fal-ai/nano-banana-2"
    assert sent(fal)["prompt"] == "a red fox"


def test_a_seed_of_run_is_an_input_of_the_model(run: Runner, fal: Sandbox) -> None:
    run("run", "fal/fal-ai/flux/dev", "-p", "prompt=a red fox", "-p", "seed:=1", "-o", "fox.jpg")
    assert run("rerun", "fox.jpg", "--seed", "2").code == 0
    assert sent(fal) == {"prompt": "a red fox", "seed": 2}
    assert run("rerun", "fox.jpg").code == 0
    assert sent(fal) == {"prompt": "a red fox", "seed": 1}


def test_a_file_is_known_by_its_content_wherever_it_is(run: Runner, fal: Sandbox) -> None:
    run("image", "generate", "a red fox", "-o", "fox.png")
    Path("fox.png").rename("moved.png")
    for name in ("moved.png", "fox.png"):
        assert run("rerun", name, "--seed", "8").code == 0
        assert sent(fal)["prompt"] == "a red fox"


def test_a_sidecar_of_a_file_that_was_replaced_is_not_believed(run: Runner, fal: Sandbox) -> None:
    run("image", "generate", "a red fox", "-o", "fox.png", "--sidecar")
    run("image", "generate", "a blue fox", "-o", "fox.png", "--overwrite")
    assert run("rerun", "fox.png", "--seed", "8").code == 0
    assert sent(fal)["prompt"] == "a blue fox"


def test_files_are_found_from_another_folder(
    run: Runner, fal: Sandbox, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("photo.png").write_bytes(png)
    run("image", "edit", "-i", "photo.png", "make it blue", "-o", "blue.png", "--sidecar")
    first = sent(fal)
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    assert run("rerun", "../blue.png", "--seed", "8").code == 0
    assert sent(fal) == first | {"seed": 8}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nothing.png", None, "There is no file, sidecar or task 'nothing.png'."),
        ("other.png", b"\x89PNG", "it has no sidecar, and no task of this machine made it"),
        ("bad.json", b'{"openclawFal": "9", "request": []}', "The sidecar is damaged or from another version"),
        ("bad.json", b'{"openclawFal": "9", "model": "fal/x", "request": {"capability": "x"}}', "damaged"),
        ("bad.json", b"[" * 100_000, "no task of this machine made it"),
    ],
)
def test_what_is_not_known_is_refused(run: Runner, fal: Sandbox, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    refused = run("rerun", name)
    assert refused.code == 2
    assert said in refused.err
    assert fal.submissions == []


def test_a_sidecar_from_elsewhere_sends_no_file_from_outside_its_folder(
    run: Runner, fal: Sandbox, png: bytes, tmp_path: Path
) -> None:
    secret, given = tmp_path / "secret.png", Path("given")
    secret.write_bytes(png)
    given.mkdir()
    (given / "photo.png").write_bytes(png)
    request = {"capability": "image.edit", "prompt": "make it blue"}
    document = {"openclawFal": "0.1.0", "model": "fal/fal-ai/flux/dev", "taskId": "theirs"}
    for source, code in ((str(secret), 2), ("../../secret.png", 2), ("photo.png", 0)):
        references = [{"kind": "image", "source": source}]
        Path("given/x.png.json").write_text(json.dumps(document | {"request": request | {"references": references}}))
        assert run("rerun", "given/x.png.json").code == code, source
    assert len(fal.submissions) == 1


@pytest.mark.usefixtures("fal")
def test_what_was_not_kept_is_named(run: Runner, png: bytes) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    made = run("image", "edit", "-i", uri, "make it blue", "--json")
    assert made.code == 0, made.err
    refused = run("rerun", made.json["taskId"])
    assert refused.code == 2
    assert "the content of a data: URI was not kept" in refused.err


def test_what_was_made_in_the_sandbox_is_made_there_again(run: Runner, fal: Sandbox) -> None:
    run("--sandbox", "image", "generate", "a red fox", "-o", "fox.png", "--sidecar")
    again = run("rerun", "fox.png", "--seed", "8", "--json")
    assert again.json["sandbox"] is True
    assert fal.submissions == []


def test_a_seed_may_be_typed_as_an_input(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "a fox", "-o", "fox.png").code == 0
    assert run("rerun", "fox.png", "seed=9").code == 0
    assert (fal.submissions[1].body["seed"], fal.submissions[1].body["prompt"]) == (9, "a fox")


def test_references_are_those_of_the_folder_that_they_were_named_from(
    run: Runner, fal: Sandbox, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("first", "second"):
        Path(folder).mkdir()
        Path(folder, "photo.png").write_bytes(png + folder.encode())
    monkeypatch.chdir("first")
    edit = ("image", "edit", "-i", "photo.png", "as a watercolor")
    assert run(*edit, "-o", "out/a.png").code == 0
    assert "--file photo.png" in run("tasks", "show", "last").out
    monkeypatch.chdir(Path.cwd().with_name("second"))
    again = run("tasks", "show", "last").out
    assert f"--file {Path.cwd().with_name('first') / 'photo.png'}" in again
    assert run("tasks", "rerun", "last", "--seed", "5", "-o", "b.png").code == 0
    assert run("rerun", str(Path.cwd().with_name("first") / "out/a.png"), "--seed", "6", "-o", "c.png").code == 0
    sent = [submission.body["image_url"] for submission in fal.submissions]
    assert len(sent) == 3
    assert len(set(sent)) == 1
