"""`openclaw-fal doctor`. Older names of settings are in `tests/config/test_edits_newer_openclaw.py`."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal import __version__
from tests.conftest import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner


@pytest.fixture(autouse=True)
def existing_folder(folder: Path) -> None:
    folder.mkdir()


def checks(shown: Run, name: str) -> list[dict[str, Any]]:
    return [check for check in shown.json["checks"] if check["name"] == name]


def test_a_sound_setup_has_no_problem_and_says_what_is_used(run: Runner, fal: Sandbox) -> None:
    shown = run("doctor", "--json")
    assert (shown.code, shown.json["ok"], shown.json["issues"], shown.err) == (0, True, [], "")
    assert checks(shown, "version")[0]["message"] == f"openclaw-fal {__version__}"
    assert "environment variable FAL_KEY" in checks(shown, "key")[0]["message"]
    assert checks(shown, "fal at")[0]["message"] == f"{fal.url}, from OPENCLAW_FAL_BASE_URL"
    assert "typer 0.28" in checks(shown, "libraries")[0]["message"]
    assert checks(shown, "video")[0]["message"].startswith("fal/fal-ai/minimax/video-01-live")
    assert KEY not in shown.out
    assert not fal.requests


def test_without_a_key_the_command_that_stores_one_is_named(run: Runner) -> None:
    shown = run("doctor", "--json")
    [problem] = shown.json["issues"]
    assert (shown.code, problem["name"], problem["status"]) == (1, "key", "problem")
    assert problem["hint"] == "openclaw-fal onboard --auth-choice fal-api-key"
    rows = [line.split("\t") for line in run("doctor").out.splitlines()]
    assert ["problem", "key", problem["message"], problem["hint"]] in rows
    people = run("doctor", terminal=True)
    assert people.code == 1
    assert "openclaw-fal onboard --auth-choice fal-api-key" in people.out


def test_probe_asks_fal(run: Runner, fal: Sandbox) -> None:
    assert checks(run("doctor", "--probe", "--json"), "probe")[0]["message"] == "fal answers and accepts the key"
    refused = run("doctor", "--probe", "--json", env={"FAL_KEY": "bad:key"})
    assert (refused.code, "refused the key" in refused.json["issues"][0]["message"]) == (1, True)


@pytest.mark.usefixtures("fal")
def test_a_stored_key_that_another_one_wins_over_is_a_warning(run: Runner) -> None:
    assert run("models", "auth", "paste-api-key", stdin=KEY).code == 0
    shown = run("doctor", "--json")
    assert shown.code == 0
    assert "the one from environment variable FAL_KEY wins" in checks(shown, "key")[1]["message"]
    assert "models auth logout" in checks(shown, "key")[1]["hint"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_a_configuration_with_a_key_that_others_can_read_is_closed_by_fix(run: Runner, folder: Path) -> None:
    config = folder / "openclaw.json"
    config.write_text(f'{{models: {{providers: {{fal: {{apiKey: "{KEY}"}}}}}}}}')
    config.chmod(0o644)
    assert "others on this machine can read it" in run("doctor").out
    fixed = run("doctor", "--fix", "--json")
    assert fixed.json["fixed"] == [f"made {config} readable only by you"]
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert KEY not in fixed.out


@pytest.mark.usefixtures("fal")
def test_wrong_settings_and_proxies_are_listed_once_and_without_passwords(run: Runner, folder: Path) -> None:
    (folder / "openclaw.json").write_text("{agents: {defaults: {mediaMaxMb: 'x', mediaModels: {hologram: 'fal/a/b'}}}}")
    shown = run("doctor", "--json", env={"HTTPS_PROXY": "http://me:secret@proxy.test:3128"})
    assert [issue["name"] for issue in shown.json["issues"]] == ["config"]
    assert [check["status"] for check in checks(shown, "config")] == ["ok", "problem", "warning"]
    assert checks(shown, "network")[0]["message"] == "HTTPS_PROXY=proxy.test:3128"
    assert "secret" not in shown.out
    assert shown.err == ""


def test_a_broken_configuration_does_not_hide_the_rest(run: Runner, folder: Path) -> None:
    (folder / "openclaw.json").write_text("{")
    for words in ([], ["--fix"]):
        shown = run("doctor", *words, "--json", env={"FAL_KEY": KEY})
        [issue] = shown.json["issues"]
        assert (shown.code, issue["name"]) == (1, "config")
        assert checks(shown, "key")[0]["status"] == "ok"


def test_tasks_that_need_attention_are_warnings_with_the_command(run: Runner, fal: Sandbox) -> None:
    task = run("video", "generate", "--prompt", "x", "--detach", "--json").json["taskId"]
    shown = run("doctor", "--json")
    assert [check["message"] for check in checks(shown, "tasks")][1:] == ["1 may still be running."]
    run("tasks", "wait", task, "--output", "there.mp4")
    assert len(checks(run("doctor", "--json"), "tasks")) == 1
    run("image", "generate", "--prompt", "x [fault:one-of-n-404]")
    [_, unfetched] = checks(run("doctor", "--json"), "tasks")
    assert unfetched["message"] == "The files of 1 were never fetched."
    assert unfetched["hint"].startswith("openclaw-fal tasks wait ")


def test_a_journal_that_can_not_be_read_is_a_problem(run: Runner, folder: Path) -> None:
    (folder / "fal-tasks.sqlite3").write_bytes(b"no database" * 1000)
    shown = run("doctor", "--json", env={"FAL_KEY": KEY})
    assert shown.code == 1
    assert "tasks" in [issue["name"] for issue in shown.json["issues"]]


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
@pytest.mark.parametrize(
    ("name", "typed", "code", "said"),
    [
        ("fal-tasks.sqlite3", "image generate fox", 7, "Nothing was submitted."),
        ("fal-tasks.sqlite3", "tasks list", 1, "can't be used (not a regular file)."),
        ("fal-tasks.sqlite3-wal", "tasks list", 1, "can't be used (not a regular file)."),
        ("openclaw.json", "image generate fox", 1, "openclaw.json"),
        ("openclaw.json", "config set agents.defaults.mediaMaxMb 20", 1, "openclaw.json"),
        ("fal-credentials.json", "models auth list", 3, "The stored key can't be used"),
        ("fal-credentials.json", "onboard --non-interactive --accept-risk --fal-api-key a:b", 7, "can't be stored"),
    ],
)
def test_what_is_no_file_in_the_place_of_one_is_an_error_at_once(
    run: Runner, fal: Sandbox, folder: Path, kind: str, name: str, typed: str, code: int, said: str
) -> None:
    (folder / "fal-tasks.sqlite3").touch()
    place = folder / name
    place.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to("/dev/zero")
    refused = run(*typed.split())
    assert (refused.code, said in refused.err) == (code, True), refused.err
    assert not fal.submissions
    assert "Traceback" not in refused.err
    if name != "openclaw.json":
        assert f"mv {place} {place}.old" in refused.err
    assert name.split(".", maxsplit=1)[0] in run("doctor").out


def test_names_that_nothing_reads_are_listed(run: Runner, folder: Path, fal: Sandbox) -> None:
    (folder / "openclaw.json").write_text('{"max-cost": 5, "gateway": {}}')
    shown = run("doctor", "--json")
    assert (shown.code, shown.err) == (0, "")
    assert [check["message"] for check in checks(shown, "config")][1:] == [
        "max-cost: this name is unknown to OpenClaw and to openclaw-fal (line 1)"
    ]


@pytest.mark.parametrize("url", ["http://user:pass@127.0.0.1:9", "http://example.com"])
def test_a_base_url_that_can_not_be_used_names_its_setting(run: Runner, folder: Path, url: str) -> None:
    refused = run("image", "generate", "x", env={"OPENCLAW_FAL_BASE_URL": url, "FAL_KEY": "a:b"})
    assert (refused.code, "in OPENCLAW_FAL_BASE_URL" in refused.err) == (1, True)
    folder.mkdir(exist_ok=True)
    (folder / "openclaw.json").write_text(f"{{models: {{providers: {{fal: {{baseUrl: '{url}'}}}}}}}}")
    for words in (["image", "generate", "x"], ["models", "status"], ["doctor"]):
        refused = run(*words, env={"FAL_KEY": "a:b"})
        assert "in models.providers.fal.baseUrl" in refused.out + refused.err, words
