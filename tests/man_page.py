"""The man page, made from the tree of commands by `python tests/test_docs.py`."""

from __future__ import annotations

import inspect
import re
from typing import Any

from openclaw_fal import __version__
from openclaw_fal.commands.help import TOPICS
from openclaw_fal.commands.help_pages import EXAMPLES

HEADINGS = {"exit-codes": "EXIT STATUS"}
ALIASES = ("infer", "capability")


def man_page(program: Any) -> str:
    """Return the page in roff: the commands with all of their flags, variables and exit codes."""
    lines = [
        f'.TH OPENCLAW-FAL 1 "" "openclaw-fal {__version__}" "User Commands"',
        ".nh",  # codes and flags must stay whole
        ".ad l",
        ".SH NAME",
        f"openclaw\\-fal \\- {_text(program.help[0].lower() + program.help[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        ".B openclaw\\-fal",
        "COMMAND ... [FLAGS]",
        ".SH EXAMPLES",
        ".nf",
        *(_text(f"openclaw-fal {example}") for example in EXAMPLES[""]),
        ".fi",
        ".SH FLAGS",
        "These may stand before or after any command.",
        *_flags(program),
        ".SH COMMANDS",
    ]
    for name, command in program.commands.items():
        lines += _command((name,), command)
    for topic, (_, rows) in TOPICS.items():
        lines += [f".SH {HEADINGS.get(topic, topic.upper())}", *_table(rows)]
    return "\n".join(lines) + "\n"


def _command(path: tuple[str, ...], command: Any) -> list[str]:
    below = getattr(command, "commands", {})
    if path[0] in ALIASES:
        return [f".SS {' '.join(path)}", _text(command.help)]
    if command.hidden:
        return []
    if below:
        return [line for name, sub in below.items() for line in _command((*path, name), sub)]
    arguments = [str(each.metavar) for each in command.params if each.param_type_name == "argument"]
    paragraphs = inspect.cleandoc(command.help).split("\n\n")
    lines = [f".SS {_text(' '.join((*path, *arguments)))}"]
    for number, paragraph in enumerate(paragraphs):
        lines += [*([".PP"] if number else []), _text(paragraph)]
    if examples := EXAMPLES.get(" ".join(path)):
        lines += [".PP", ".nf", *(f"    {_text(f'openclaw-fal {example}')}" for example in examples), ".fi"]
    explained = {str(each.metavar): each.help for each in command.params if each.param_type_name == "argument"}
    return [*lines, *_table(explained), *_flags(command)]


def _flags(command: Any) -> list[str]:
    rows = {
        ", ".join((*sorted(each.opts, key=len), *each.secondary_opts))
        + ("" if each.is_flag else f" {each.metavar or ''}"): each.help or ""
        for each in command.params
        if each.param_type_name == "option" and not each.hidden
    }
    return _table(rows)


def _table(rows: Any) -> list[str]:
    return [line for name, text in rows.items() for line in (".TP", f"\\fB{_text(name)}\\fR", *_lines(text))]


def _lines(text: str) -> list[str]:
    return "\n.br\n".join(map(_text, text.split("\n"))).split("\n")


def _text(text: str) -> str:
    """Return a text as roff takes it: on one line, with its backslashes, hyphens and leading signs as they are."""
    one_line = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    one_line = re.sub(r"[^ -~]", lambda sign: f"\\[u{ord(sign[0]):04X}]", one_line)
    return re.sub(r"^([.'])", r"\\&\1", one_line)
