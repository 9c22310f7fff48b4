"""Every fault of the sandbox as a row: the command that meets it, and how it must end.

The test run prints the table at its end. A fault without a row fails the suite.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from openclaw_fal.fal.client import READ_TIMEOUT_S, FalClient
from openclaw_fal.sandbox import Sandbox
from openclaw_fal.sandbox.faults import FAULTS
from tests.conftest import KEY, PNG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import FalClock, Run, Runner

# Where fal is silent, it gets this long instead of half a minute; elsewhere a busy machine may need more.
READ_TIMEOUT_IN_TEST_S = 1.0
LIST_TIMEOUT_IN_TEST_S = 5.0  # the sandbox makes a page of the catalog from hundreds of models
HISTORY_TIMEOUT_IN_TEST_S = 2.0
SILENT = ("stall", "silent", "never", "slow")
VIDEO, IMAGE, QUEUED = ("video", "generate"), ("image", "generate"), ("image", "generate", "--queue")
FOUR = (*IMAGE, "--count", "4")
EDIT = ("image", "edit", "--file", "photo.png")
LONG, SHORT = ("--timeout-ms", "60000"), ("--timeout-ms", "2500")


class End(NamedTuple):
    """What a run comes to: exit status, error code, the task's status, accepted submissions, files under their names.

    ``then`` is what the command comes to that the message names, where it names one that fetches the files.
    """

    code: int = 0
    error: str = ""
    status: str = "succeeded"
    submissions: int = 1
    files: int = 1
    then: int | None = None


class Row(NamedTuple):
    fault: str
    command: tuple[str, ...]
    end: End

    def __str__(self) -> str:
        kind = " ".join(word for word in self.command if word.isalpha() and word != "generate")
        extra = "-queue" if "--queue" in self.command else "-four" if "--count" in self.command else ""
        return f"{self.fault}-{kind.replace(' ', '-')}{extra}"


DONE = End()
REFUSED = End(5, "input_refused", "failed", 0, 0)
REFUSED_LATER = End(5, "input_refused", "failed", 1, 0)
UNKNOWN = End(8, "submit_unknown", "unknown", 1, 0)
NEVER_ACCEPTED = End(8, "submit_unknown", "unknown", 0, 0)
# fal gave an id: whoever asks for it learns that no job is there.
ASKED_FOR = End(8, "submit_unknown", "unknown", 0, 0, then=6)
REFUSED_BY_MODEL = End(6, "server_error", "failed", 0, 0)
FAILED = End(6, "server_error", "failed", 1, 0)
UNREADABLE = End(10, "result_unreadable", "succeeded", 1, 0, then=10)
MISSING = End(10, "files_missing", "succeeded", 1, 0, then=10)

# What happens around the submission is the same for the queue and for the synchronous endpoint.
SUBMISSIONS = {
    "submit-401": End(3, "key_refused", "failed", 0, 0),
    "submit-403-locked": End(4, "balance_exhausted", "failed", 0, 0),
    "submit-403-scope": End(3, "access_denied", "failed", 0, 0),
    "submit-404-app": End(5, "model_not_found", "failed", 0, 0),
    "submit-408": NEVER_ACCEPTED,
    "submit-422-list": REFUSED,
    "submit-422-string": REFUSED,
    "submit-422-echo": REFUSED,
    "submit-429": DONE,
    "submit-429-after": DONE,
    "submit-429-date": DONE,
    "submit-429-far": End(4, "rate_limited", "failed", 0, 0),
    "submit-502-nginx": NEVER_ACCEPTED,
    "submit-503-ingress": NEVER_ACCEPTED,  # a proxy in fal's place may have passed it on
    "submit-504-ingress": NEVER_ACCEPTED,
    "submit-504-user": End(6, "timed_out", "timed_out", 0, 0),
    "submit-drop-before": NEVER_ACCEPTED,
    "submit-drop-after": DONE,
    "submit-stall": DONE,
    "submit-stall-before": NEVER_ACCEPTED,
    "submit-cut": DONE,
    "submit-empty": DONE,
    "submit-502-after": DONE,
    "submit-no-urls": DONE,
    "submit-no-id": DONE,
    "hostile-submit-redirect": End(7, "unreachable", "failed", 0, 0),
}
# What happens to a job in the queue, or to its status.
QUEUE = {
    "poll-401": End(3, "key_refused", "queued", 1, 0, then=3),
    "poll-403-locked": End(4, "balance_exhausted", "queued", 1, 0, then=4),
    "poll-404": End(6, "job_lost", "lost", 1, 0),
    "poll-408": DONE,
    "poll-429": DONE,
    "poll-429-after": DONE,
    "poll-429-date": DONE,
    "poll-429-far": End(9, "still_running", "queued", 1, 0, then=9),
    "poll-500": DONE,
    "poll-502": DONE,
    "poll-503": DONE,
    "poll-504": DONE,
    "poll-reset": DONE,
    "poll-stall": DONE,
    "poll-cut": DONE,
    "poll-garbage": DONE,
    "poll-empty": DONE,
    "poll-huge": DONE,
    "stream-404": DONE,
    "stream-405": DONE,
    "stream-silent": DONE,
    "stream-stall": DONE,
    "stream-lies": DONE,
    "stream-garbage": DONE,
    "stream-ends": DONE,
    "stream-cut": DONE,
    "stream-html": DONE,
    "flap": DONE,
    "unknown-status": DONE,
    "status-200": DONE,
    "long-urls": DONE,
    "log-escape": DONE,
    "log-flood": DONE,
    "completed-error": FAILED,
    "completed-error-string": FAILED,
    "completed-error-object": FAILED,
    "result-422": REFUSED_LATER,
    "result-422-string": REFUSED_LATER,
    "result-content-policy": End(5, "content_policy", "failed", 1, 0),
    "error-escape": REFUSED_LATER,
    "result-400-early-once": DONE,
    "result-401": End(3, "key_refused", "running", 1, 0, then=3),
    "result-404": End(6, "result_gone", "lost", 1, 0),
    "result-429-once": DONE,
    "result-500": FAILED,
    "result-500-once": DONE,
    "result-502-once": DONE,
    "result-503-once": DONE,
    "result-504-user": End(6, "timed_out", "timed_out", 1, 0),
    "result-reset-once": DONE,
    "result-stall-once": DONE,
    "result-cut-once": DONE,
    "result-garbage-once": DONE,
    "retention-gone": DONE,
    "hostile-status-url": DONE,
    "hostile-response-url": DONE,
    "hostile-cancel-url": DONE,
    "hostile-status-redirect": DONE,
    "result-stranger-url": DONE,
}
# What happens to files, whichever way their names came.
FILES = {
    "hostile-download-redirect": DONE,
    "result-private-url": MISSING,
    "result-evil-name": DONE,
    "download-404": MISSING,
    "download-429-once": DONE,
    "download-500-once": DONE,
    "download-503-once": DONE,
    "download-reset": DONE,
    "download-stall": DONE,
    "download-cut": DONE,
    "download-cut-norange": DONE,
    "download-changed": DONE,
    "download-bad-range": DONE,
    "download-html": MISSING,
    "download-wrong-type": DONE,
    "download-1-byte": MISSING,
    "download-empty": MISSING,
    "download-no-length": DONE,
    "download-no-length-cut": DONE,
    "download-slow": DONE,
    "big": DONE,
    "shape-strings": DONE,
    "shape-image": DONE,
    "shape-videos": DONE,
    "shape-video-url": DONE,
    "shape-audio": MISSING,  # a sound is neither an image nor a video
    "shape-data-uri": DONE,
    "shape-wrapper": DONE,
    "shape-nested": DONE,
    "shape-no-size": DONE,
    "shape-null-size": DONE,
    "shape-huge-seed": DONE,
    "no-media": End(6, "no_media", "failed", 1, 0),
    "empty-list": End(6, "no_media", "failed", 1, 0),
}
# References go up before anything is submitted. The picture is large enough not to travel inside the request.
UPLOADS = {
    "hostile-upload-url": DONE,
    "upload-403-locked": End(4, "balance_exhausted", "", 0, 0),
    "upload-429": DONE,
    "upload-500": DONE,
    "upload-reset": DONE,
    "upload-garbage": DONE,
    "put-403": End(7, "upload_failed", "", 0, 0),
    "put-500": DONE,
    "put-503": DONE,
    "put-reset": DONE,
    "put-stall": DONE,
}
# The answer to the submission is lost, and then the history of requests does this.
HISTORY = {
    "history-empty": UNKNOWN,
    "history-late": UNKNOWN,
    "history-bare": UNKNOWN,
    "history-401": UNKNOWN,
    "history-429-after": DONE,
    "history-500": DONE,
    "history-stall": DONE,
    "history-garbage": DONE,
}
ROWS = [
    *(Row(fault, command, end) for fault, end in HISTORY.items() for command in (VIDEO, IMAGE)),
    *(Row(fault, command, end) for fault, end in SUBMISSIONS.items() for command in (VIDEO, IMAGE)),
    Row("submit-garbage", VIDEO, DONE),
    Row("submit-garbage", IMAGE, DONE),
    *(Row(fault, VIDEO, end) for fault, end in QUEUE.items()),
    *(Row(fault, command, end) for fault, end in FILES.items() for command in (VIDEO, IMAGE)),
    *(Row(fault, EDIT, end) for fault, end in UPLOADS.items()),
    *(Row(fault, command, ASKED_FOR) for fault in ("submit-500", "submit-503-fal") for command in (VIDEO, QUEUED)),
    *(Row(fault, IMAGE, REFUSED_BY_MODEL) for fault in ("submit-500", "submit-503-fal")),
    Row("slow", (*VIDEO, *SHORT), End(9, "still_running", "running", 1, 0, then=0)),
    Row("slow", (*IMAGE, *SHORT), End(9, "still_running", "running", 1, 0, then=0)),
    Row("slow", (*QUEUED, *SHORT), End(9, "still_running", "running", 1, 0, then=0)),
    Row("never", (*VIDEO, *SHORT), End(9, "still_running", "running", 1, 0, then=9)),
    Row("never", (*IMAGE, *SHORT), End(9, "still_running", "running", 1, 0, then=9)),
    Row("one-of-n-404", FOUR, End(10, "files_missing", "succeeded", 1, 3, then=10)),
    Row("one-of-n-404-once", FOUR, End(10, "files_missing", "succeeded", 1, 3, then=0)),
    Row("one-of-n-html", FOUR, End(10, "files_missing", "succeeded", 1, 3, then=10)),
    Row("retention-gone", FOUR, DONE._replace(files=4)),
    Row("hostile-result-redirect", (*VIDEO, *SHORT), End(9, "still_running", "running", 1, 0, then=9)),
    Row("result-huge", VIDEO, UNREADABLE),
    Row("result-huge", IMAGE, DONE),
    # The synchronous answer is the result itself.
    Row("result-422", IMAGE, REFUSED_LATER),
    Row("result-content-policy", IMAGE, End(5, "content_policy", "failed", 1, 0)),
    Row("result-500", IMAGE, FAILED),
    Row("completed-error", IMAGE, FAILED),
    Row("result-504-user", IMAGE, End(6, "timed_out", "timed_out", 1, 0)),
    Row("result-reset-once", IMAGE, DONE),
    Row("result-stall-once", IMAGE, DONE),
    Row("result-cut-once", IMAGE, DONE),
    Row("result-garbage-once", IMAGE, DONE),
    Row("result-stranger-url", IMAGE, DONE),
]
# The catalog costs nothing and there is always one to show: how many requests that may take.
MODELS = {
    "models-401": 2,
    "models-429": 3,
    "models-429-after": 3,
    "models-500": 3,
    "models-503": 3,
    "models-reset": 3,
    "models-stall": 3,
    "models-cut": 3,
    "models-garbage": 3,
    "models-loop": 100,
}
# With --max-cost, a price that can't be fetched is a refusal, unless the user allows it.
PRICES = ("price-401", "price-429", "price-500", "price-stall", "price-garbage")
# A job that is still running is canceled: exit status, the task's status after it, and what is said.
CANCELLATIONS = {
    "cancel-ignored": (0, "running", "may still finish"),
    "cancel-completed": (1, "running", "too late"),
    "cancel-404": (1, "running", "does not know"),
    "cancel-500": (9, "queued", "HTTP 500"),
    "cancel-200": (0, "cancelled", "has canceled"),
    "cancel-stall": (9, "queued", "no answer in time"),
}
NAMED_NEXT = {8: "show", 9: "wait", 10: "wait"}


@pytest.fixture
def fal(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, fal_clock: FalClock) -> Iterator[Sandbox]:
    """A sandbox at thirty times the usual speed, and a client with short timeouts where nothing comes."""
    stream = FalClient.stream
    given = request.node.callspec.params
    end = given["row"].end if "row" in given else DONE
    fault = given["row"].fault if "row" in given else given["fault"]

    def stream_with_short_timeout(
        client: FalClient, method: str, url: str, *, read_timeout_s: float = READ_TIMEOUT_S, **options: Any
    ) -> Any:
        longest = READ_TIMEOUT_IN_TEST_S
        if "/v1/models" in url:
            longest = LIST_TIMEOUT_IN_TEST_S if "/v1/models?" in url else HISTORY_TIMEOUT_IN_TEST_S
        return stream(client, method, url, read_timeout_s=min(read_timeout_s, longest), **options)

    if any(word in fault for word in SILENT):
        monkeypatch.setattr(FalClient, "stream", stream_with_short_timeout)
    monkeypatch.setattr("openclaw_fal.actions.recovery.SEARCH_TIME_S", 3.0 if end.code == UNKNOWN.code else 30.0)
    if end.status == "running":
        fal_clock.step_s = 0.01  # a busy machine sees the job running all the same
    with Sandbox(speed=30, clock=fal_clock) as sandbox:
        monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", sandbox.url)
        monkeypatch.setenv("FAL_KEY", KEY)
        yield sandbox


def test_every_fault_of_the_sandbox_has_a_row() -> None:
    others = {*MODELS, *CANCELLATIONS, *PRICES, *(name for name in FAULTS if name.startswith("billing-"))}
    assert {row.fault for row in ROWS} | others == FAULTS.keys()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_fault_ends_as_its_row_says(
    run: Runner,
    fal: Sandbox,
    fal_clock: FalClock,
    row: Row,
    home: Path,
    record_property: Callable[[str, object], None],
) -> None:
    Path("photo.png").write_bytes(PNG + b"\0" * 400_000)
    Path("out").mkdir()
    if row.fault in UPLOADS:
        fal.inject(row.fault)
    lost = "[fault:submit-drop-after] " if row.fault in HISTORY else ""
    seconds = "-600" if row.fault == "slow" else ""  # twenty of them at this speed
    prompt = "a fox" if row.fault in UPLOADS else f"a fox {lost}[fault:{row.fault}{seconds}]"
    limit = () if "--timeout-ms" in row.command else LONG
    end = row.end
    ran = run(*row.command, *limit, "--prompt", prompt, "--output", "out/", "--json")
    kept = sorted(path.name for path in Path("out").iterdir() if not path.name.startswith("."))
    tasks = run("tasks", "list", "--json").json["tasks"]
    record_property("fault", [str(row), len(fal.submissions), ran.code, _kept(kept, tasks)])

    assert (ran.code, ran.json.get("error", {}).get("code", "")) == (end.code, end.error), ran.err
    assert [task["status"] for task in tasks] == ([end.status] if end.status else [])
    assert len(fal.submissions) == end.submissions
    assert len(kept) == end.files
    check_files(fal, ran.json)
    check_words(ran, tasks)
    if end.then is not None:
        fal_clock.skip(60)
        check_next_command(run, fal, ran, end)
    check_trust(fal, ran, home)


@pytest.mark.parametrize("fault", MODELS)
def test_a_fault_of_the_catalog_leaves_the_user_with_a_list(
    run: Runner, fal: Sandbox, fault: str, home: Path, record_property: Callable[[str, object], None]
) -> None:
    fal.inject(fault)
    ran = run("models", "list", "--provider", "fal", "--refresh", "--json")
    record_property("fault", [f"{fault}-models-list", len(fal.submissions), ran.code, "the list"])
    assert ran.code == 0, ran.err
    assert "fal/fal-ai/flux/dev" in ran.out
    assert len(fal.requests) <= MODELS[fault]
    assert ("can't be fetched" in ran.err) == (fault == "models-401")
    check_trust(fal, ran, home)


@pytest.mark.parametrize("fault", PRICES)
def test_a_fault_of_the_prices_sends_nothing_over_a_limit(
    run: Runner, fal: Sandbox, fault: str, home: Path, record_property: Callable[[str, object], None]
) -> None:
    fal.inject(f"{fault}*9")
    ran = run(*IMAGE, "--prompt", "a fox", "--max-cost", "1", "--json")
    record_property("fault", [f"{fault}-max-cost", len(fal.submissions), ran.code, "nothing"])
    assert (ran.code, ran.json["error"]["code"]) == (11, "cost_unknown")
    assert fal.submissions == []
    check_words(ran, [])
    allowed = run(*IMAGE, "--prompt", "a fox", "--max-cost", "1", "--allow-unknown-cost", "--json")
    assert (allowed.code, len(fal.submissions)) == (0, 1)
    assert "cost" not in allowed.json  # unknown, and not 0
    check_trust(fal, ran, home)


@pytest.mark.parametrize("fault", CANCELLATIONS)
def test_a_fault_of_canceling_is_reported(
    run: Runner,
    fal: Sandbox,
    fault: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    monkeypatch.setattr("openclaw_fal.actions.tasks.CANCEL_TIMEOUT_S", 3.0)
    monkeypatch.setattr("openclaw_fal.actions.tasks.CANCEL_SETTLE_S", 0.3)
    code, status, said = CANCELLATIONS[fault]
    submitted = run(*VIDEO, "--prompt", f"a fox [fault:never] [fault:{fault}]", "--detach", "--json").json
    ran = run("tasks", "cancel", submitted["taskId"], "--json")
    tasks = run("tasks", "list", "--json").json["tasks"]
    record_property("fault", [f"{fault}-tasks-cancel", len(fal.submissions), ran.code, _kept([], tasks)])
    assert ran.code == code, ran.err
    assert [task["status"] for task in tasks] == [status]
    assert said in ran.err
    assert len(fal.submissions) == 1
    check_words(ran, [])
    check_trust(fal, ran, home)


def check_files(fal: Sandbox, answer: dict[str, Any]) -> None:
    """Check that every file has the reported size and SHA-256, and is byte for byte what fal has."""
    for output in answer.get("outputs", []):
        if "path" not in output:
            assert output["error"]
            continue
        content = Path(output["path"]).read_bytes()
        assert output["size"] == len(content)
        assert output["sha256"] == hashlib.sha256(content).hexdigest()
        made = fal.content(output["url"]) if "url" in output else None
        if made and len(content) > 1:
            assert content == made


def check_words(ran: Run, tasks: list[dict[str, Any]]) -> None:
    """Check that an error says what to do next, and names the task if there is one."""
    if ran.code == 0:
        return
    error = ran.json["error"]
    assert error["hint"], error
    assert error["hint"].splitlines()[0] in ran.err
    if tasks and ran.code in NAMED_NEXT:
        assert f"openclaw-fal tasks {NAMED_NEXT[ran.code]} {tasks[0]['taskId']}" in ran.err


def check_next_command(run: Runner, fal: Sandbox, ran: Run, end: End) -> None:
    """Check that the command in the message works and submits nothing again."""
    named = re.search(r"openclaw-fal (tasks wait \S+)", ran.err)
    assert named
    again = run(*named[1].split(), *(SHORT if end.then == 9 else LONG), "--json")
    assert again.code == end.then, again.err
    assert len(fal.submissions) == end.submissions
    check_files(fal, again.json)
    if again.code == 0:
        assert all("path" in output for output in again.json["outputs"])


def check_trust(fal: Sandbox, ran: Run, home: Path) -> None:
    """Check that the key went to fal alone, and is in no output and no file."""
    assert fal.violations == []
    secret = KEY.encode()
    assert secret not in ran.raw + ran.err.encode()
    for folder in (home, Path()):
        for path in folder.rglob("*"):
            assert not path.is_file() or secret not in path.read_bytes(), path


def _kept(files: list[str], tasks: list[dict[str, Any]]) -> str:
    told = f"{len(files)} file{'s' * (len(files) != 1)}"
    return f"{told}; task {tasks[0]['status']}" if tasks else f"{told}; no task"
