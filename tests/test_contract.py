"""What a program may count on: with --json, one document on stdout from every command, in success and in failure.

And what nobody may count on: that the key turns up anywhere but in its own file.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.cli import build
from openclaw_fal.core import errors
from tests.command_tree import leaves
from tests.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

ALIASED = ("image generate", "image edit", "video generate")
GENERATIONS = (*ALIASED, "music generate", "run")
OPENCLAWS_KEYS = ["ok", "capability", "transport", "provider", "model", "attempts", "outputs", "ignoredOverrides"]
OPENCLAWS_OUTPUT_KEYS = {"path", "mimeType", "size"}
ERROR_KEYS = {"type", "message", "code", "hint", "httpStatus", "requestId", "taskId", "retryable"}


TREE = dict(leaves(build()))
WITH_JSON = [name for name, command in TREE.items() if any("--json" in each.opts for each in command.params)]
# It serves until it is stopped: a test of its own. A shell reads the other's output, not a program.
APART = {"sandbox"}


@pytest.fixture(autouse=True)
def images(png: bytes) -> None:
    """Put images into the current folder; the large one has to be uploaded."""
    Path("photo.png").write_bytes(png)
    Path("large.png").write_bytes(png + bytes(400_000))


def without_alias(name: str) -> str:
    """Return the name of the command that an alias stands for: `infer image edit` is `image edit`."""
    for alias in ("infer ", "capability "):
        if name.startswith((f"{alias}image", f"{alias}video")):
            return name.removeprefix(alias)
    return name.replace("capability ", "infer ")


def generation(name: str, *more: str) -> list[str]:
    """Return a command line for one of the commands that make something."""
    file = ["--file", "photo.png"] if name.endswith("edit") else []
    model = ["fal-ai/kokoro/american-english"] if name == "run" else []
    return [*name.split(), *model, "--prompt", "a red fox by a long river", *file, *more]


def finished_task(run: Runner) -> str:
    """Make an image and return its task's id."""
    return str(run("image", "generate", "--prompt", "a red fox", "--json").json["taskId"])


def open_task(run: Runner, prompt: str = "waves") -> str:
    """Submit a video and return its task's id."""
    return str(run("video", "generate", "--prompt", prompt, "--detach", "--json").json["taskId"])


def request_id(run: Runner) -> str:
    """Submit a video and return fal's id of the request."""
    return str(run("video", "generate", "--prompt", "waves", "--detach", "--json").json["requestId"])


def a_batch() -> str:
    Path("prompts.txt").write_text("a red fox\nan owl\n")
    return "prompts.txt"


def a_patch() -> str:
    Path("patch.json5").write_text("{agents: {defaults: {mediaMaxMb: 30}}}")
    return "patch.json5"


ALIAS = ("models", "aliases", "add", "dev", "fal-ai/flux/dev")
SETTING = ("config", "set", "agents.defaults.mediaMaxMb", "20")

# The arguments with which each command does its work. A new command with --json has to be added here.
WORKING: dict[str, Callable[[Runner], list[str]]] = {
    "onboard": lambda _: ["--non-interactive", "--accept-risk"],
    "image generate": lambda _: generation("image generate")[2:],
    "image edit": lambda _: generation("image edit")[2:],
    "image providers": lambda _: [],
    "version": lambda _: [],
    "video generate": lambda _: generation("video generate")[2:],
    "video providers": lambda _: [],
    "music generate": lambda _: generation("music generate")[2:],
    "run": lambda _: generation("run")[1:],
    "batch run": lambda _: [a_batch()],
    "batch status": lambda run: [a_batch()] if run("batch", a_batch()).code == 0 else [],
    "batch merge": lambda run: ["results"] if run("batch", a_batch(), "--results", "results").code == 0 else [],
    "models list": lambda _: [],
    "models set": lambda _: ["fal/fal-ai/nano-banana"],
    "models show": lambda _: ["fal/fal-ai/flux/dev"],
    "models auth list": lambda _: [],
    "models auth paste-api-key": lambda _: ["--sandbox"],
    "models auth logout": lambda _: [],
    "models aliases list": lambda _: [],
    "models aliases add": lambda _: ["dev", "fal-ai/flux/dev"],
    "models aliases remove": lambda run: ["dev"] if run(*ALIAS).code == 0 else [],
    "infer model list": lambda _: [],
    "infer model inspect": lambda _: ["fal-ai/flux/dev"],
    "infer model auth status": lambda _: [],
    "infer model auth login": lambda _: ["--sandbox"],
    "infer model auth logout": lambda _: [],
    "models remake-facts": lambda _: ["--output", "facts.tsv", "--only", "fal-ai/flux-pro/v1.1"],
    "models status": lambda _: ["--probe"],
    "tasks list": lambda run: [finished_task(run)][:0],
    "tasks show": lambda run: [finished_task(run)],
    "tasks wait": lambda run: [finished_task(run)],
    "tasks preview": lambda run: [open_task(run)],
    "tasks open": lambda run: [finished_task(run)],
    "tasks adopt": lambda run: [request_id(run), "--model", "fal-ai/minimax/video-01-live"],
    "tasks cancel": lambda run: [open_task(run, "waves [fault:never]")],
    "tasks rerun": lambda run: [finished_task(run)],
    "tasks prune": lambda _: ["--days", "0"],
    "rerun": lambda run: [finished_task(run)],
    "spend": lambda run: [finished_task(run)][:0],
    "gallery": lambda run: [finished_task(run)][:0],
    "upload": lambda _: [a_patch()],
    "config get": lambda run: ["agents.defaults"] if run(*SETTING).code == 0 else [],
    "config set": lambda _: ["agents.defaults.mediaMaxMb", "20"],
    "config unset": lambda run: ["agents.defaults.mediaMaxMb"] if run(*SETTING).code == 0 else [],
    "config patch": lambda _: ["--file", a_patch()],
    "config file": lambda _: [],
    "config schema": lambda _: [],
    "config validate": lambda run: [] if run(*SETTING).code == 0 else ["unreachable"],
    "doctor": lambda _: [],
    "infer list": lambda _: [],
    "infer inspect": lambda _: ["--name", "image.generate"],
    "completion": lambda _: ["--shell", "bash", "--write-state"],
    "help": lambda _: ["exit-codes"],
}


def the_document(ended: Run) -> Any:
    """Return the one document on stdout; more or less than one is an error."""
    document, end = json.JSONDecoder().raw_decode(ended.out)
    assert ended.out[end:] == "\n", "there is more on stdout than the document"
    return document


def assert_failure(ended: Run, kind: type[errors.OpenclawFalError], code: str) -> dict[str, Any]:
    """Check a failure's envelope and exit status, and return what it says of the error."""
    document = the_document(ended)
    assert document["ok"] is False
    error: dict[str, Any] = document["error"]
    assert error["type"] == "cli_error"
    assert error["code"] == code
    assert error["message"]
    assert set(error) <= ERROR_KEYS
    assert ended.code == kind.exit_code
    assert error["message"].splitlines()[0] in ended.err
    return error


def test_every_command_that_knows_json_is_tried_here() -> None:
    assert {without_alias(name) for name in WITH_JSON} == set(WORKING) | APART


@pytest.mark.usefixtures("fal")
@pytest.mark.parametrize("name", [name for name in WITH_JSON if name not in APART])
def test_success_is_one_document(run: Runner, name: str) -> None:
    reads_key = name.endswith(("paste-api-key", "auth login"))
    ended = run(*name.split(), *WORKING[without_alias(name)](run), "--json", stdin=KEY if reads_key else None)
    assert ended.code == 0, ended.err
    document = the_document(ended)
    assert not isinstance(document, dict) or document.get("ok", True) is True


@pytest.mark.parametrize("name", WITH_JSON)
def test_a_flag_that_does_not_exist_is_a_usage_error_in_the_envelope(run: Runner, name: str) -> None:
    error = assert_failure(run(*name.split(), "--no-such-flag", "--json"), errors.UsageError, "usage")
    assert "--no-such-flag" in error["message"]
    assert error["hint"] == f"openclaw-fal {name} --help"


@pytest.mark.parametrize("name", [name for name in WITH_JSON if any(each.required for each in TREE[name].params)])
def test_what_is_required_and_missing_is_named(run: Runner, name: str) -> None:
    error = assert_failure(run(*name.split(), "--json"), errors.UsageError, "usage")
    assert "Missing" in error["message"]


def test_json_before_an_unknown_command_is_heeded_too(run: Runner) -> None:
    assert_failure(run("imagine", "--json"), errors.UsageError, "usage")


@pytest.mark.parametrize("name", GENERATIONS)
def test_a_generations_envelope_has_openclaws_keys_in_openclaws_order(run: Runner, fal: Sandbox, name: str) -> None:
    document = the_document(run(*generation(name), "--json"))
    assert list(document)[: len(OPENCLAWS_KEYS)] == OPENCLAWS_KEYS
    assert document["capability"] == name.replace(" ", ".")
    assert not document["model"].startswith("fal/")
    assert len(fal.submissions) == 1
    for output in document["outputs"]:
        assert set(output) >= OPENCLAWS_OUTPUT_KEYS
        assert Path(output["path"]).is_absolute()
        assert ("width" in output) is name.startswith("image")


@pytest.mark.usefixtures("fal")
@pytest.mark.parametrize("name", ALIASED)
def test_the_aliases_answer_with_the_same_keys(run: Runner, name: str) -> None:
    plain, *aliases = [
        the_document(run(*prefix, *generation(name), "--json")) for prefix in ([], ["infer"], ["capability"])
    ]
    assert [list(alias) for alias in aliases] == [list(plain)] * 2


@pytest.mark.parametrize("name", GENERATIONS)
@pytest.mark.parametrize(
    "wrong",
    [
        ("--prompt", ""),
        ("--size", "banana"),
        ("--aspect-ratio", "x"),
        ("--resolution", "8K"),
        ("--model", "openai/gpt-image-2/but-not-fal:x"),
        ("--timeout-ms", "soon"),
        ("--progress", "loud"),
        ("--on-interrupt", "panic"),
        ("--param", "strength"),
    ],
    ids=" ".join,
)
def test_a_request_that_can_not_be_right_is_a_usage_error_and_sends_nothing(
    run: Runner, fal: Sandbox, name: str, wrong: tuple[str, str]
) -> None:
    assert_failure(run(*generation(name), *wrong, "--json"), errors.UsageError, "usage")
    assert fal.submissions == []


@pytest.mark.parametrize("name", GENERATIONS)
def test_files_that_can_not_be_written_are_not_paid_for(run: Runner, fal: Sandbox, name: str) -> None:
    Path("file").touch()
    ended = run(*generation(name), "--output", "file/fox.png", "--json")
    assert_failure(ended, errors.UsageError, "output_unwritable")
    assert fal.submissions == []


@pytest.mark.parametrize("name", GENERATIONS)
def test_without_a_key_the_command_that_sets_it_is_named(run: Runner, name: str) -> None:
    error = assert_failure(run(*generation(name), "--json"), errors.KeyProblem, "key_missing")
    assert "openclaw-fal onboard" in error["hint"]


@pytest.mark.parametrize("name", GENERATIONS)
@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("submit-401", errors.KeyProblem, "key_refused"),
        ("submit-403-locked", errors.AccountProblem, "balance_exhausted"),
        ("submit-422-list", errors.InputRefused, "input_refused"),
        # The history of requests can't be asked for it.
        ("submit-drop-after] [fault:history-401", errors.SubmitUnknown, "submit_unknown"),
        ("one-of-n-404", errors.Incomplete, "files_missing"),
    ],
)
def test_each_failure_at_fal_has_its_own_code_and_status(
    run: Runner, fal: Sandbox, name: str, fault: str, kind: type[errors.OpenclawFalError], code: str
) -> None:
    ended = run(*generation(name), "--prompt", f"a red fox [fault:{fault}]", "--json")
    error = assert_failure(ended, kind, code)
    if kind is errors.Incomplete:
        assert ended.json["outputs"]  # what is known of the answer stands beside the error
    assert "taskId" in error
    assert len(fal.submissions) <= 1


@pytest.mark.usefixtures("fal")
@pytest.mark.parametrize(
    ("fault", "more", "kind", "code"),
    [
        ("result-content-policy", [], errors.InputRefused, "content_policy"),
        ("completed-error", [], errors.JobFailed, "server_error"),
        ("never", ["--timeout-ms", "3000"], errors.StillRunning, "still_running"),
    ],
)
def test_a_queued_job_that_ends_badly_keeps_its_task(
    run: Runner, fault: str, more: list[str], kind: type[errors.OpenclawFalError], code: str
) -> None:
    ended = run(*generation("video generate"), "--prompt", f"waves [fault:{fault}]", *more, "--json")
    error = assert_failure(ended, kind, code)
    kept = the_document(run("tasks", "show", error["taskId"], "--json"))
    assert kept["taskId"] == error["taskId"]


def test_no_network_and_a_lost_answer_have_different_codes(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("FAL_KEY", "some:key")
    error = assert_failure(
        run(*generation("image generate"), "--timeout-ms", "20000", "--json"),
        errors.NothingSent,
        "unreachable",
    )
    assert error["retryable"] is True


def test_every_kind_of_error_has_a_status_of_its_own() -> None:
    kinds = errors.OpenclawFalError.__subclasses__()
    statuses = [kind.exit_code for kind in kinds if kind is not errors.ConfigError]
    assert len(set(statuses)) == len(statuses)
    assert errors.ConfigError.exit_code == errors.OpenclawFalError.exit_code == 1


def test_the_sandbox_command_prints_where_it_serves_and_ends_quietly(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "openclaw_fal", "sandbox", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=home,
    )
    assert process.stdout is not None
    lines = ""
    while not lines.endswith("}\n}\n") and (line := process.stdout.readline()):
        lines += line.lstrip()
    served = json.loads(lines)
    assert served["ok"] is True
    assert served["environment"]["OPENCLAW_FAL_BASE_URL"] == served["url"]
    process.send_signal(signal.SIGINT)
    rest, told = process.communicate(timeout=60)
    assert rest == ""
    assert "Traceback" not in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
@pytest.mark.parametrize("line", [["models", "list"], ["tasks", "list", "--json"], ["models", "list", "--json"]])
def test_a_stdout_that_is_full_is_no_traceback(fal: Sandbox, line: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "openclaw_fal", *line]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    said = "error: Standard output can't be written: No space left on device.\n"
    assert (ended.returncode, ended.stderr) == (1, said)


# --- the key -----------------------------------------------------------------------------------


def command_lines(run: Runner) -> Iterator[list[str]]:
    """Yield command lines that between them do everything that is done with a key, after it was set up."""
    yield generation("image generate")
    yield generation("image edit", "--file", "large.png", "--model", "fal/fal-ai/nano-banana-2")
    yield generation("video generate")
    yield generation("image generate", "--queue", "--detach")
    task = run("tasks", "list", "--json").json["tasks"][0]["taskId"]
    yield ["tasks", "wait", task]
    yield ["tasks", "show", task]
    yield ["tasks", "cancel", task]
    for fault in ("submit-401", "submit-403-locked", "submit-422-list", "submit-drop-after", "poll-401"):
        yield generation("image generate", "--queue", "--prompt", f"[fault:{fault}]")
    for fault in (
        "hostile-status-redirect",
        "hostile-response-url",
        "hostile-download-redirect",
        "result-stranger-url",
    ):
        yield generation("video generate", "--prompt", f"[fault:{fault}]")
    yield ["models", "list", "--refresh"]
    yield ["models", "status", "--probe"]
    yield ["config", "get"]
    yield ["config", "validate"]
    yield ["image", "providers"]


@pytest.mark.parametrize("output", ["--json", ""], ids=["json", "text"])
@pytest.mark.parametrize("mode", ["plaintext", "ref"])
def test_the_key_is_nowhere_but_in_its_own_file(
    run: Runner, fal: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch, output: str, mode: str
) -> None:
    key = os.environ["FAL_KEY"]
    secret = key.partition(":")[2].encode()
    onboard = ["onboard", "--non-interactive", "--accept-risk", "--secret-input-mode", mode]
    if mode == "plaintext":
        monkeypatch.delenv("FAL_KEY")
    piped = key if mode == "plaintext" else None
    for line in itertools.chain([onboard], command_lines(run)):
        ended = run("--log-level", "trace", *line, *output.split(), stdin=piped if line is onboard else None)
        assert secret not in ended.raw, line
        assert secret.decode() not in ended.err, line
    assert any(request.headers.get("authorization") == f"Key {key}" for request in fal.requests)
    assert fal.violations == []
    holding = [path.name for path in home.parent.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert holding == (["fal-credentials.json"] if mode == "plaintext" else [])
