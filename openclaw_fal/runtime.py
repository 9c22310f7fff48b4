"""What a command works with: streams, environment, clock, folders, configuration, journal, fal.

Each part is built when it is first used, so a command pays for nothing else. Tests give their own streams and clock.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol, TextIO

from openclaw_fal.core.errors import ConfigError, OpenclawFalError, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from pathlib import Path

    from openclaw_fal.actions.gallery import Gallery
    from openclaw_fal.config.file import Config
    from openclaw_fal.config.key import KeySources
    from openclaw_fal.config.settings import Settings
    from openclaw_fal.config.variables import Variables
    from openclaw_fal.core.events import Event
    from openclaw_fal.core.job_events import JobEvent, Overview
    from openclaw_fal.core.pixels import Pixels
    from openclaw_fal.core.requests import PrintForm
    from openclaw_fal.core.results import Envelope
    from openclaw_fal.core.secrets import Key
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.fal.certificates import Certificates
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Clock, Deadline
    from openclaw_fal.render.messages import Messages
    from openclaw_fal.render.output import Output
    from openclaw_fal.render.progress import Progress, ProgressForm
    from openclaw_fal.render.screen import Screen
    from openclaw_fal.render.terminal_picture import Pictures
    from openclaw_fal.render.window_title import Window
    from openclaw_fal.store.journal import Journal
    from openclaw_fal.store.journal_file import Answers
    from openclaw_fal.store.paths import Paths

SANDBOX_KEY = "sandbox:no-secret-and-no-cost"


class Runtime:
    """Everything outside the program, for one run of it."""

    def __init__(
        self,
        *,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        environ: Mapping[str, str] | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._streams = (stdin or sys.stdin, stdout or sys.stdout, stderr or sys.stderr)
        self.environ = os.environ if environ is None else environ
        self._time = (now, monotonic, sleep)
        self._began_at = now()
        # Whether this is what the process was started for; in a test, a process runs many commands.
        self.is_program = False
        self.signals = Signals()
        # Set by global flags, before any part below is built.
        self.json = False
        self.color = True
        self.profile: str | None = None
        self.log_level = "info"
        self.progress_mode = "auto"
        self.in_sandbox = False
        self.quiet = False
        self.notifies = True
        self.prints: PrintForm | None = None
        # Set by the command line, because only commands may import the sandbox.
        self.open_sandbox: Callable[[Path], PrivateSandbox] | None = None
        self.cancel_on_interrupt = False
        self.not_done = "Nothing was submitted."  # what an interrupt says if there is no task
        self.time_limit: Deadline | None = None  # of the whole command
        self.open_tasks = OpenTasks()
        self._aborted: list[FalClient] = []
        self._earlier: dict[str, list[Task]] = {}
        # Set by `main` when an exception is unexpected.
        self.bug: Exception | None = None

    # --- the user ------------------------------------------------------------------------------

    @cached_property
    def screen(self) -> Screen:
        from openclaw_fal.render.screen import Screen

        environ = dict(self.environ) if self.color else {**self.environ, "NO_COLOR": "1"}
        return Screen.detect(*self._streams, environ)

    @cached_property
    def out(self) -> Output:
        """Results, on stdout."""
        if self.json:
            from openclaw_fal.render.output import JsonOutput

            return JsonOutput(self.screen)
        prints = self.prints or ("path" if self.quiet else None)
        if self.screen.stdout_is_terminal and not prints:
            from openclaw_fal.render.output_terminal import TerminalOutput

            return TerminalOutput(self.screen)
        from openclaw_fal.render.output import PlainOutput

        return PlainOutput(self.screen, prints=prints)

    @cached_property
    def messages(self) -> Messages:
        """Notes, warnings and errors, on stderr."""
        if self.progress_mode == "json":
            from openclaw_fal.render.progress_json import JsonMessages

            return JsonMessages(self.screen, self.clock.now, self.log_level)
        from openclaw_fal.render.messages import Messages

        return Messages(self.screen, level=self._message_level)

    @cached_property
    def progress(self) -> Progress:
        """What happens on the way, on stderr."""
        match self.progress_form:
            case "none":
                from openclaw_fal.render.progress import NoProgress

                return NoProgress(self.messages)
            case "json":
                from openclaw_fal.render.progress_json import JsonProgress

                return JsonProgress(self.screen, self.clock.now, self.expected_seconds)
            case "live":
                from openclaw_fal.render.progress_live import LiveProgress

                return LiveProgress(self.screen, self.clock.now, self._window, self.expected_seconds)
            case _:
                from openclaw_fal.render.progress import PlainProgress

                return PlainProgress(self.screen, self.clock.now)

    def expected_seconds(self, task: Task) -> float | None:
        """Return how long a job most likely takes, ``None`` if too few like it are known."""
        from openclaw_fal.core.eta import expected_seconds

        if task.endpoint not in self._earlier:
            try:
                self._earlier[task.endpoint] = self.journal.succeeded_tasks(task.endpoint)
            except OpenclawFalError:
                self._earlier[task.endpoint] = []
        return expected_seconds(task, self._earlier[task.endpoint])

    @property
    def _window(self) -> Window:
        from openclaw_fal.render.window_title import Window

        return Window(self.screen, self.environ, notifies=self.notifies)

    @property
    def progress_form(self) -> ProgressForm:
        """How progress is shown."""
        from openclaw_fal.render.progress import progress_form

        return progress_form(self.progress_mode, self.messages, self.screen)

    def show_all(self, events: Generator[JobEvent, None, None], overview: Overview) -> None:
        """Show the events of several jobs."""
        from openclaw_fal.render.progress_many import DisplayContext, jobs_progress

        context = DisplayContext(self.screen, self.messages, self._window, self.clock.now, self.expected_seconds)
        progress = jobs_progress(self.progress_form, context, overview)
        with closing(events):
            progress.follow(events)

    def pictures(self, read: Callable[[str, int, int], Pixels | None]) -> Pictures:
        """Return what shows pictures in the terminal; ``read`` returns the pixels of a file."""
        from openclaw_fal.render.terminal_picture import Pictures

        return Pictures(self.screen, self.environ, read)

    @property
    def wants_previews(self) -> bool:
        """Whether the user's variable asks for previews of everything that is made."""
        return self.environ.get("OPENCLAW_FAL_PREVIEW", "").lower() not in ("", "0", "no", "off", "false")

    @property
    def _message_level(self) -> str:
        return "warn" if self.quiet and self.log_level == "info" else self.log_level

    @property
    def stdin_is_terminal(self) -> bool:
        return self.screen.stdin.isatty()

    @cached_property
    def stdin_text(self) -> str:
        """All of standard input. Raises `UsageError` on a terminal, where the user would have to type it."""
        if self.stdin_is_terminal:
            raise UsageError("'-' reads standard input, but nothing is piped into it.")
        from openclaw_fal.store.paths import MAX_TEXT

        try:
            return self.screen.read_stdin(MAX_TEXT)
        except UnicodeDecodeError as error:
            raise UsageError(f"Standard input is not valid UTF-8: {error.reason}.") from error
        except OverflowError as error:
            raise UsageError(f"Standard input is larger than {MAX_TEXT // 1_000_000} MB.") from error

    def show(self, events: Generator[Event, None, None]) -> Envelope:
        """Show the events of some work and return its answer."""
        # Closed before an error is reported: the work records its state and releases connections, files and locks.
        with closing(events):
            return self.progress.follow(events)

    def gallery_page(self, gallery: Gallery) -> tuple[str, str]:
        """Return a gallery as an HTML page, and the text that marks the page as one of ours."""
        from openclaw_fal.render.gallery_page import GENERATOR, gallery_page

        return gallery_page(gallery), GENERATOR

    # --- the machine ---------------------------------------------------------------------------

    @cached_property
    def clock(self) -> Clock:
        from openclaw_fal.fal.clock import Clock

        now, monotonic, sleep = self._time
        return Clock(now, monotonic, lambda seconds: self.signals.pause(sleep, seconds))

    def deadline(self, seconds: float) -> Deadline:
        """Return the end of a step that may take so long, no later than that of the command."""
        return self.time_limit.within(seconds) if self.time_limit else self.clock.deadline(seconds)

    @cached_property
    def paths(self) -> Paths:
        from openclaw_fal.store.paths import find_paths

        return find_paths(self.environ, self.profile)

    @cached_property
    def config(self) -> Config:
        from openclaw_fal.config.file import Config

        return Config.read(self.paths.config_file, self.environ)

    def read_config_again(self) -> None:
        """Read the configuration again at its next use."""
        for name in ("config", "settings", "keys", "base_url"):
            self.__dict__.pop(name, None)

    @cached_property
    def settings(self) -> Settings:
        """The checked configuration. Raises `ConfigError` if a known key has a wrong type."""
        from openclaw_fal.config.settings import with_variables

        broken = [issue for issue in self.config.pressing_issues if issue.level == "error"]
        if broken:
            raise ConfigError(
                f"{self.config.path}: " + "; ".join(str(issue) for issue in broken),
                hint=command("config validate"),
                facts={"issues": [issue.as_json() for issue in broken]},
            )
        for issue in self.config.pressing_issues:
            self.messages.warning(str(issue))
        return with_variables(self.config.settings, self.variables(self.config.settings))

    @cached_property
    def journal(self) -> Journal:
        from openclaw_fal.store.journal import Journal

        return Journal(self.paths.journal_file, self.clock.now, warn=self.messages.warning)

    @cached_property
    def answers(self) -> Answers:
        from openclaw_fal.store.journal_file import Answers

        return Answers(self.paths.answers_dir)

    @cached_property
    def began_at(self) -> float:
        """When the command began, in seconds since the epoch."""
        from openclaw_fal.store.processes import started_at

        started = started_at(self.clock.now()) if self.is_program else None
        return self._began_at if started is None else min(started, self._began_at)

    # --- fal -----------------------------------------------------------------------------------

    @cached_property
    def keys(self) -> KeySources:
        return self.key_sources(self.settings)

    def key_sources(self, settings: Settings) -> KeySources:
        """Return where a key may come from under these settings."""
        from openclaw_fal.config.key import KeySources
        from openclaw_fal.store.openclaw import key_hint

        hint = partial(key_hint, self.environ, self.profile)
        return KeySources(self.variables(settings), self.paths.key_file, settings, self.messages.warning, hint)

    def variables(self, settings: Settings) -> Variables:
        """Return the environment, and the variables that the configuration and OpenClaw's ``.env`` files add."""
        from openclaw_fal.config.variables import Variables
        from openclaw_fal.store.openclaw import env_files

        files = env_files(self.environ, self.profile, self.paths.config_file)
        return Variables(self.environ, settings.env, files, self.messages.warning)

    def require_key(self) -> Key:
        """Return the key to send, the sandbox's own under --sandbox. Raises `KeyProblem` if there is none."""
        from openclaw_fal.core.secrets import Key

        return Key(SANDBOX_KEY, "the sandbox") if self.in_sandbox else self.keys.require()

    def has_key(self, report: Callable[[str], object] | None = None) -> bool:
        """Return whether there is a key to send; call ``report`` with what is wrong with one that can't be used."""
        return self.in_sandbox or self.keys.usable(report) is not None

    @cached_property
    def base_url(self) -> str | None:
        """The origin that replaces all of fal's services, if one is set."""
        if self.in_sandbox:
            return self._private_sandbox.url
        return self.environ.get("OPENCLAW_FAL_BASE_URL") or self._configured_base_url

    @property
    def base_url_setting(self) -> str:
        """Where `base_url` comes from, if it is set."""
        is_variable = bool(self.environ.get("OPENCLAW_FAL_BASE_URL"))
        return "OPENCLAW_FAL_BASE_URL" if is_variable else "models.providers.fal.baseUrl"

    @property
    def _configured_base_url(self) -> str | None:
        from openclaw_fal.config.settings import expand_variables

        configured = self.settings.base_url
        return configured and expand_variables(configured, self.variables(self.settings))

    @property
    def makes_placeholders(self) -> bool:
        """Whether a sandbox makes everything: the private one, or one whose variables are set."""
        return self.in_sandbox or self._uses_given_sandbox

    @property
    def _uses_given_sandbox(self) -> bool:
        return self.environ.get("FAL_KEY") == SANDBOX_KEY and (self.base_url or "").startswith("http:")

    @cached_property
    def _private_sandbox(self) -> PrivateSandbox:
        if self.open_sandbox is None:
            raise RuntimeError("no sandbox is available")
        return self.open_sandbox(self.paths.state_dir / "sandbox")

    @cached_property
    def fal(self) -> FalClient:
        return self.client(self.require_key)

    def client(self, key: Callable[[], Key]) -> FalClient:
        """Return a client; it calls ``key`` when it sends the first request that needs one."""
        from openclaw_fal.fal.client import FalClient
        from openclaw_fal.fal.origins import Origins

        origins = Origins.from_base_url(self.base_url, self.base_url_setting)
        return FalClient(origins, self.clock, key, self._trace, certificates=self._certificates)

    @cached_property
    def _certificates(self) -> Certificates:
        from openclaw_fal.fal.certificates import Certificates

        return Certificates()

    def prepare_client(self) -> None:
        """Begin to read certificates in a thread, before the modules that take long to import."""
        if not self.in_sandbox and not (self.base_url or "").startswith("http:"):
            self._certificates.read_ahead()

    @property
    def _trace(self) -> Callable[[str], None] | None:
        return self.messages.trace if self.log_level in {"debug", "trace"} else None

    def use_sandbox(self, wanted: bool) -> None:
        """Switch to the private sandbox or to fal: a task is known only where it was submitted.

        A sandbox whose variables are set stays: it has the tasks that were submitted to it.
        """
        if wanted != self.in_sandbox and not self._uses_given_sandbox:
            self.in_sandbox = wanted
            self.__dict__.pop("base_url", None)
            if "fal" in self.__dict__:
                self.__dict__.pop("fal").close()

    def abort_requests(self) -> None:
        """End what other threads wait for. The next request goes through a new client."""
        if "fal" in self.__dict__:
            self._aborted.append(self.__dict__.pop("fal"))
            self._aborted[-1].abort()

    def close(self) -> None:
        """Close everything that was opened; the journal first, because it may still have something to write."""
        for name in ("journal", "fal"):
            if name in self.__dict__:
                getattr(self, name).close()
        for client in self._aborted:
            client.close()
        if "_private_sandbox" in self.__dict__:
            self._private_sandbox.stop()


class OpenTasks:
    """The tasks that this run submits or follows, in the order in which they began; threads may share it.

    An interrupt speaks of all of them. A task stays until the command ends, or until another model is tried instead.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Task] = {}

    def put(self, task: Task) -> None:
        """Add a task, or replace what is known of it."""
        self._by_id[task.id] = task

    def drop(self, task_id: str | None) -> None:
        """Forget a task: it has ended, and there is nothing left to do about it."""
        if task_id is not None:
            self._by_id.pop(task_id, None)

    def __iter__(self) -> Iterator[Task]:
        return iter(list(self._by_id.values()))


class PrivateSandbox(Protocol):
    """A sandbox that runs for one command. Its jobs stay in the state folder: the next one continues them."""

    @property
    def url(self) -> str: ...
    def stop(self) -> None: ...
