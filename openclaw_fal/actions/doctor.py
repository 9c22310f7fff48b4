"""`doctor`: what is set up, what is wrong with it, and repairs that lose nothing."""

from __future__ import annotations

import os
import platform
import stat
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal import __version__
from openclaw_fal.actions.model_status import status
from openclaw_fal.config.change import change_config, moves_to_newer_names
from openclaw_fal.config.edits import Set
from openclaw_fal.config.path import show_path
from openclaw_fal.config.settings import with_variables
from openclaw_fal.core.errors import ConfigError, KeyProblem, OpenclawFalError
from openclaw_fal.core.program import command, onboard_command
from openclaw_fal.core.records import Record
from openclaw_fal.core.tasks import OPEN_STATUSES, TaskStatus
from openclaw_fal.models.refs import model_ref
from openclaw_fal.store.bug_reports import bug_reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.actions.model_status import Status
    from openclaw_fal.runtime import Runtime

LIBRARIES = ("typer", "rich", "httpx", "httpcore", "json5", "platformdirs")
PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")
_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH


class Finding(Record):
    """One thing that was looked at. A problem would stop a command; ``hint`` is what to do, one command per line."""

    name: str
    text: str
    level: Literal["ok", "warning", "problem"] = "ok"
    hint: str | None = None

    def as_json(self) -> dict[str, Any]:
        facts = {"name": self.name, "status": self.level, "message": self.text, "hint": self.hint}
        return {name: value for name, value in facts.items() if value is not None}


class Diagnosis(Record):
    """What `doctor` found, and what it has repaired."""

    findings: tuple[Finding, ...]
    fixed: tuple[str, ...] = ()

    @property
    def problems(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == "problem"]


def diagnose(runtime: Runtime, *, fix: bool, probe: bool) -> Diagnosis:
    """Look at everything that a generation needs; with ``fix``, repair first. With ``probe``, fal is asked."""
    fixed = tuple(_repair(runtime)) if fix else ()
    config = list(_configuration(runtime))
    # Its issues are reported above, and need no warning as well.
    if _is_readable(runtime):
        settings = runtime.config.settings
        runtime.settings = with_variables(settings, runtime.variables(settings))
    found = status(runtime, probe=probe)
    return Diagnosis(
        (
            *_versions(),
            *config,
            *_key(found),
            *_network(runtime, found),
            *_models(found),
            *_tasks(runtime),
            *_reports(runtime),
            *_others(found, config),
        ),
        fixed,
    )


def _repair(runtime: Runtime) -> Iterator[str]:
    """Give default models their newer names, and close a configuration with a key to others; yield what was done."""
    if not _is_readable(runtime):
        return
    if edits := moves_to_newer_names(runtime.config):
        change_config(runtime.config, edits)
        runtime.read_config_again()
        yield from (f"{'set' if isinstance(edit, Set) else 'removed'} {show_path(edit.path)}" for edit in edits)
    if _exposes_key(runtime):
        path = runtime.paths.config_file
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~(_OTHERS_READ | stat.S_IWGRP | stat.S_IWOTH))
        yield f"made {path} readable only by you"


def _versions() -> Iterator[Finding]:
    libraries = []
    for name in LIBRARIES:
        try:
            libraries.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            libraries.append(f"{name} ?")
    yield Finding("version", f"openclaw-fal {__version__}")
    yield Finding("python", f"{platform.python_version()}, {platform.platform(terse=True)}")
    yield Finding("libraries", ", ".join(libraries))


def _configuration(runtime: Runtime) -> Iterator[Finding]:
    path = runtime.paths.config_file
    try:
        config = runtime.config
    except ConfigError as error:
        yield Finding("config", error.message, "problem", error.hint)
        return
    linked = f" (a link to {os.path.realpath(path)})" if os.path.islink(path) else ""
    yield Finding("config", f"{path}{linked}" if config.exists else f"{path} (does not exist; it is optional)")
    older = {show_path(edit.path) for edit in moves_to_newer_names(config) if not isinstance(edit, Set)}
    for issue in config.issues:
        is_older = show_path(issue.path) in older
        hint = command("doctor --fix") if is_older else command("config validate")
        yield Finding("config", str(issue), "problem" if is_older or issue.level == "error" else "warning", hint)
    if _exposes_key(runtime):
        yield Finding(
            "config", f"{path} holds a key, and others on this machine can read it.", "warning", command("doctor --fix")
        )
    if config.is_read_only:
        yield Finding("config", "OPENCLAW_CONFIG_READONLY is set, so nothing can be changed.", "warning")


def _exposes_key(runtime: Runtime) -> bool:
    """Return whether others can read a configuration in which a key is written out."""
    secret = runtime.config.settings.api_key
    if os.name == "nt" or not isinstance(secret, str) or "$" in secret or secret.startswith(("secretref", "__env__")):
        return False
    try:
        return bool(runtime.paths.config_file.stat().st_mode & _OTHERS_READ)
    except OSError:
        return False


def _key(found: Status) -> Iterator[Finding]:
    if found.key_source is None:
        return  # one of the problems of the status
    yield Finding("key", f"{found.key_masked or 'not needed'}, from {found.key_source}")
    if found.profiles and found.key_kind != "profiles":
        text = f"A key is stored in {found.key_file} too; the one from {found.key_source} wins."
        yield Finding("key", text, "warning", f"Forget the stored one: {command('models auth logout')}")


def _network(runtime: Runtime, found: Status) -> Iterator[Finding]:
    if found.base_url:
        yield Finding("fal at", f"{found.base_url}, from {runtime.base_url_setting}")
    else:
        yield Finding("fal at", "fal's own hosts")
    for name in PROXY_VARIABLES:
        if value := runtime.environ.get(name):
            shown = value.rpartition("@")[2]  # without a password
            yield Finding("network", f"{name}={shown}")
    if found.probe == "ok":
        yield Finding("probe", "fal answers and accepts the key")


def _models(found: Status) -> Iterator[Finding]:
    for choice in found.choices:
        where = choice.where or "default"
        yield Finding(choice.kind, f"{model_ref(choice.candidate.endpoint)} ({where})")


def _tasks(runtime: Runtime) -> Iterator[Finding]:
    path = runtime.paths.journal_file
    try:
        counts = runtime.journal.counts()
        succeeded = runtime.journal.list_tasks([TaskStatus.SUCCEEDED])
    except OpenclawFalError as error:
        yield Finding("tasks", error.message, "problem", error.hint)
        return
    words = ", ".join(f"{count} {name}" for name, count in counts.items())
    yield Finding("tasks", f"{words or 'none yet'}, in {path}")
    is_open = sum(counts.get(name, 0) for name in OPEN_STATUSES if name is not TaskStatus.UNKNOWN)
    if is_open:
        yield Finding("tasks", f"{is_open} may still be running.", "warning", command("tasks list"))
    if unknown := counts.get(TaskStatus.UNKNOWN):
        hint = f"{command('tasks list --status unknown')}\nLook for them: https://fal.ai/dashboard/requests"
        yield Finding("tasks", f"It is unknown whether fal accepted {unknown} of the tasks.", "warning", hint)
    if unfetched := [task for task in succeeded if task.outputs and not task.is_delivered]:
        ids = " ".join(task.id for task in unfetched[:10])
        yield Finding(
            "tasks", f"The files of {len(unfetched)} were never fetched.", "warning", command("tasks wait", ids)
        )


def _reports(runtime: Runtime) -> Iterator[Finding]:
    if reports := bug_reports(runtime.paths.state_dir):
        text = f"{len(reports)} unexpected failures were recorded; the last one in {reports[0]}"
        yield Finding("bugs", text, "warning")


def _others(found: Status, known: list[Finding]) -> Iterator[Finding]:
    """Yield the problems of the status that are not reported in another way."""
    if found.unused_config:
        yield Finding("openclaw", f"Its configuration {found.unused_config} is not used.", "warning", onboard_command())
    reported = {finding.text for finding in known}
    for problem in found.problems:
        if problem.message not in reported:
            is_key = isinstance(problem, KeyProblem)
            text = problem.message
            yield Finding("key" if is_key else "setup", text, "problem", onboard_command() if is_key else None)


def _is_readable(runtime: Runtime) -> bool:
    try:
        return runtime.config is not None
    except ConfigError:  # it is one of the findings
        return False
