"""The three standard streams: what each can show, and how to write to it.

stdout and stderr are judged apart: in ``… --json | jq`` one is a pipe and the other a terminal.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.records import Record
from openclaw_fal.core.text import encoding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Marks(Record):
    """The signs that decorate what people read; ``spinner`` is rich's name of one."""

    done: str
    missing: str
    arrow: str
    dot: str
    times: str
    ellipsis: str
    track: str
    bar: str
    spinner: str


UNICODE = Marks(done="✓", missing="!", arrow="→", dot="·", times="×", ellipsis="…", track="─", bar="━", spinner="dots")
ASCII = Marks(done="*", missing="!", arrow="->", dot="-", times="x", ellipsis="...", track="-", bar="#", spinner="line")

# Every sign that is not ASCII, those of rich's bar and spinner included.
_UNICODE_SIGNS = "✓→·×…─━╸⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

# Styles, as escape codes number them. The colors are those that the user's theme has made readable.
BOLD, DIM, RED, GREEN, YELLOW, CYAN = 1, 2, 31, 32, 33, 36

_DEFAULT_SIZE = os.terminal_size((80, 24))

# Windows consoles from before 2019 print escape codes instead of obeying them; newer terminals set one of these.
_WINDOWS_TERMINALS = ("WT_SESSION", "TERM_PROGRAM", "ANSICON", "ConEmuANSI", "TERM")


class Screen:
    """The streams and what they can show.

    ``live`` says whether lines of stderr may be redrawn in place, ``attended`` whether a person looks at stdout, on a
    terminal that can show links and pictures. ``columns`` is a width that the user fixed
    (``COLUMNS``); without one the terminal is asked whenever the width matters, because it may change. ``pager`` is
    the user's (``PAGER``); an empty one turns paging off.
    """

    def __init__(
        self,
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
        *,
        stdout_is_terminal: bool = False,
        stderr_is_terminal: bool = False,
        stdout_color: bool = False,
        stderr_color: bool = False,
        live: bool = False,
        attended: bool = False,
        unicode: bool = True,
        columns: int | None = None,
        pager: str | None = None,
    ) -> None:
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.stdout_is_terminal, self.stderr_is_terminal = stdout_is_terminal, stderr_is_terminal
        self.stdout_color, self.stderr_color = stdout_color, stderr_color
        self.live = live
        self.attended = attended
        self.unicode = unicode
        self.columns = columns
        self.pager = pager
        # Set while a live display is open: prints a text above it.
        self.print_above: Callable[[str], None] | None = None

    @classmethod
    def detect(
        cls,
        stdin: TextIO | None,
        stdout: TextIO | None,
        stderr: TextIO | None,
        environ: Mapping[str, str],
    ) -> Screen:
        # Python has no stream at all where the shell closed one (`2>&-`).
        stdin, stdout, stderr = stdin or io.StringIO(), stdout or io.StringIO(), stderr or io.StringIO()
        stdout_is_terminal, stderr_is_terminal = _is_terminal(stdout), _is_terminal(stderr)
        # The log of a CI job may be a terminal, too, and is read as text.
        capable = _obeys_escapes(environ) and not _is_ci(environ)
        forced = any(environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
        refused = bool(environ.get("NO_COLOR"))
        return cls(
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            stdout_is_terminal=stdout_is_terminal,
            stderr_is_terminal=stderr_is_terminal,
            stdout_color=not refused and (forced or (capable and stdout_is_terminal)),
            stderr_color=not refused and (forced or (capable and stderr_is_terminal)),
            attended=stdout_is_terminal and capable,
            live=stderr_is_terminal and capable,
            unicode=_shows_unicode(stdout) and _shows_unicode(stderr),
            columns=_positive(environ.get("COLUMNS", "")),
            pager=environ.get("PAGER"),
        )

    @property
    def marks(self) -> Marks:
        return UNICODE if self.unicode else ASCII

    @property
    def size(self) -> os.terminal_size:
        """Columns and rows at this moment."""
        for stream in (self.stderr, self.stdout, self.stdin):
            # Streams without a file and files that are no terminal raise three kinds of errors.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                found = os.get_terminal_size(stream.fileno())
                columns = self.columns or found.columns or _DEFAULT_SIZE.columns
                return os.terminal_size((columns, found.lines or _DEFAULT_SIZE.lines))
        return os.terminal_size((self.columns or _DEFAULT_SIZE.columns, _DEFAULT_SIZE.lines))

    def read_stdin(self, limit: int) -> str:
        """Return the text of standard input, in UTF-16 only with a byte order mark.

        Raises `UnicodeDecodeError`, and `OverflowError` if it has more than ``limit`` bytes.
        """
        if not hasattr(self.stdin, "buffer"):  # the stream that stands for a closed one
            return self.stdin.read(limit)
        data = self.stdin.buffer.read(limit + 1)
        if len(data) > limit:
            raise OverflowError
        is_utf16 = encoding_of(data) == "utf-16"
        encoding, errors = ("utf-16", "strict") if is_utf16 else (self.stdin.encoding, self.stdin.errors)
        return io.TextIOWrapper(io.BytesIO(data), encoding, errors).read()

    @property
    def width(self) -> int:
        return self.size.columns

    @property
    def is_in_foreground(self) -> bool:
        """Whether the terminal is this process's to draw on; a job that the shell put in the background must not."""
        try:
            return os.tcgetpgrp(self.stderr.fileno()) == os.getpgrp()
        except (OSError, ValueError, AttributeError):  # not our controlling terminal, or Windows
            return True

    def write_stdout(self, text: str) -> None:
        """Write to stdout.

        Raises `BrokenPipeError`, and `OpenclawFalError` (``stdout_failed``) if for example the disk is full.
        """
        try:
            _write(self.stdout, text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OpenclawFalError(
                f"Standard output can't be written: {error.strerror or error}.", code="stdout_failed"
            ) from error

    def write_stderr(self, text: str) -> None:
        """Write to stderr, above the live display if one is open."""
        if self.print_above:
            self.print_above(text)
        else:
            self.draw(text)

    def draw(self, text: str) -> None:
        """Write to stderr as it is; a closed terminal is ignored, because a paid job must not end with it."""
        with contextlib.suppress(OSError, ValueError):
            _write(self.stderr, text)

    def styled_for_stderr(self, text: str, style: int) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.stderr_color else text

    def linked_for_stderr(self, text: str, path: str | None) -> str:
        """Return the path of a file, as a link where a terminal shows links."""
        if path is None or not (self.live and self.stderr_color):
            return text
        return f"\x1b]8;;{file_url(path)}\x1b\\{text}\x1b]8;;\x1b\\"

    def set_echo(self, wanted: bool) -> bool:
        """Let the terminal show typed characters, or not; return whether that changed anything."""
        # A program that we are piped into, such as a pager, may have set the same terminal up for itself.
        if not (self.stdout_is_terminal and self.stderr_is_terminal and _is_terminal(self.stdin)):
            return False
        try:
            import termios  # noqa: PLC0415  # not on Windows
        except ImportError:
            return False
        with contextlib.suppress(OSError, ValueError, termios.error):
            mode = termios.tcgetattr(self.stdin.fileno())
            changes = bool(mode[3] & termios.ECHO) != wanted
            mode[3] ^= termios.ECHO if changes else 0
            termios.tcsetattr(self.stdin.fileno(), termios.TCSANOW, mode)
            return changes
        return False


def file_url(path: str) -> str:
    """Return the address of a file, with this machine's name: a terminal may show what runs on another one."""
    import socket  # noqa: PLC0415 - needed for links only
    from urllib.parse import quote  # noqa: PLC0415

    return f"file://{socket.gethostname()}{quote(os.fsencode(path))}"


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        # A path may hold bytes that are not text, and the stream's encoding may lack characters.
        stream.flush()
        stream.buffer.write(_encoded(text, stream.encoding))
    stream.flush()


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace")


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # it is closed
        return False


def _obeys_escapes(environ: Mapping[str, str]) -> bool:
    if environ.get("TERM") in ("dumb", "unknown"):
        return False
    return sys.platform != "win32" or any(name in environ for name in _WINDOWS_TERMINALS)


def is_multiplexer(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal is that of tmux or screen, which pass on few sequences of the one around them."""
    return bool(environ.get("TMUX")) or environ.get("TERM", "").startswith(("tmux", "screen"))


def _is_ci(environ: Mapping[str, str]) -> bool:
    return environ.get("CI", "").lower() not in ("", "0", "false")


def _shows_unicode(stream: TextIO) -> bool:
    try:
        _UNICODE_SIGNS.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _positive(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None
