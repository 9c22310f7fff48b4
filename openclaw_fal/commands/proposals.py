"""A command of ours for what was typed in other words: its places are filled with the user's own words and flags.

A template such as ``image edit -i {image:photo.png} {text:make it a watercolor}`` has a place for each thing that may
have been typed, with an example. ``{text?}`` may stay empty, and ``{--seed 7}`` is a flag that the user's own replaces.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.commands.command_classes import options_of
from openclaw_fal.commands.prompt import MAX_NAME, is_file, medium_of
from openclaw_fal.core import command_line
from openclaw_fal.core.media import is_known_extension
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.models.schema import Input

_PLACE = re.compile(r"\{(?P<what>--[^}]*|\w+\??)(?::(?P<example>[^}]*))?\}")
_WORD = r"\S*\{[^}]*\}\S*|\S+"
_MEDIA = ("image", "video", "audio", "file")
_FILE_FLAGS = frozenset(
    {"-i", "-f", "--file", "--image", "--video", "--audio", "--input", "--in", "--source", "--photo"}
)
_TEXT_FLAGS = frozenset({"--prompt", "--text", "--instruction"})
_FACTOR = r"(?i)x?(\d+(?:\.\d+)?)x?"  # by which a picture is made larger
# Inputs that other tools have other names for.
_NAMES_OF_INPUTS: Mapping[str, tuple[str, ...]] = {
    "scale": ("upscale_factor", "scale_factor"),
    "factor": ("upscale_factor", "scale_factor"),
    "lang": ("language", "language_code"),
    "language": ("language_code",),
    "voice": ("voice_id", "voice_name"),
    "text": ("prompt", "input", "gen_text"),
    "count": ("num_images",),
}


class Proposal(Record):
    """A command without the program's name. ``left_out`` was typed and has no place in it.

    ``is_example``: some of its words are an example, although others were typed.
    """

    words: str
    left_out: tuple[str, ...] = ()
    is_example: bool = False


def proposal(template: str, arguments: Sequence[str], program: Any) -> Proposal:
    """Fill a template with what was typed. ``program`` is the root of the command tree."""
    command = command_at(template.split(), program)
    schema = _inputs_of(template)
    flags = TypedFlags.read(arguments, options_of(command), schema, takes_text="{text" in template)
    filled = _Filled(list(flags.values))
    factors = [] if "upscale_factor" not in schema else [word for word in filled.left if re.fullmatch(_FACTOR, word)]
    filled.left = [word for word in filled.left if word not in factors]
    kept = [*flags.kept, *(re.sub(_FACTOR, r"-p upscale_factor=\1", factor) for factor in factors[:1])]
    tokens = re.findall(_WORD, template)
    # Files and names are recognized; what is left is the text.
    for index, token in sorted(enumerate(tokens), key=lambda each: "{text" in each[1] or "{words" in each[1]):
        filled.fill(index, token, tokens[index - 1] if index else "", flags.names)
    words = [word for index in range(len(tokens)) for word in filled.words[index]]
    return Proposal(
        " ".join([*words, *kept]),
        (*map(double_quoted, filled.left), *flags.left_out),
        filled.has_example and (filled.has_own or bool(flags.values)),
    )


def command_at(words: Sequence[str], program: Any) -> Any:
    """Return the command that words lead to; from the first word that leads nowhere on, they are ignored."""
    found = program
    for word in words:
        commands = getattr(found, "commands", {})
        if word not in commands:
            break
        found = commands[word]
    if for_files := getattr(found, "for_files", None):
        found = found.commands[for_files]
    return found


def is_flag(word: str) -> bool:
    """Return whether a word of a command line begins a flag; ``-`` and negative numbers do not."""
    return len(word) > 1 and word[0] == "-" and not re.fullmatch(r"-[\d.]+", word)


def medium_of_file(word: str) -> str | None:
    """Return image, video, audio, or file for a word that is the name or the address of one; ``None`` for others."""
    medium = medium_of(word, anywhere=True)
    if medium or word.startswith("@") or len(word) > MAX_NAME:
        return medium
    # Names of pictures may have spaces; that of any other file is a word, unless the file is there.
    is_name = is_known_extension(Path(word).suffix) and not re.search(r"\s", word)
    return "file" if is_name or word.startswith(("http://", "https://", "data:")) or is_file(word) else None


def double_quoted(text: str) -> str:
    """Return a word for a shell, on one line, in double quotes where these are enough, as people write them."""
    posix = command_line.quoted(text)
    has_escapes = posix.startswith("$'")
    if not text or posix == text or has_escapes or set(text) & set('"$`\\!'):
        return posix
    return f'"{text}"'


class TypedFlags(Record):
    """What was typed, with the flags apart from the rest.

    ``kept`` are flags that the command has, with their values, quoted; ``names`` their names; ``values`` what is no
    flag and no value of one; ``left_out`` flags that the command has no use for.
    """

    kept: tuple[str, ...]
    names: frozenset[str]
    values: tuple[str, ...]
    left_out: tuple[str, ...]

    @classmethod
    def read(
        cls, arguments: Sequence[str], options: Mapping[str, Any], inputs: Mapping[str, Input], *, takes_text: bool
    ) -> TypedFlags:
        """Read arguments for a command with these options, and for a model with these inputs."""
        kept: list[str] = []
        names: set[str] = set()
        values: list[str] = []
        left_out: list[str] = []
        rest = [*arguments]
        while rest:
            word = rest.pop(0)
            if word == "--":
                values += rest
                break
            if not is_flag(word):
                values.append(word)
                continue
            name, equals, attached = word.partition("=")
            name = name.replace("_", "-")
            given = attached if equals else rest[0] if rest else ""
            # A template has places for these.
            if (name in _TEXT_FLAGS and takes_text and given) or (name in _FILE_FLAGS and medium_of_file(given)):
                values.append(given)
                rest = rest if equals else rest[1:]
                continue
            option = options.get(name) or options.get(word[:2] if word[1] != "-" else "")
            if option is not None:
                names.update(option.opts)
                is_whole = option.is_flag or equals or (word[1] != "-" and len(word) > 2)
                words = [word] if is_whole or not rest else [word, rest.pop(0)]
                kept += map(double_quoted, words if option.name != "sandbox" else [])
                continue
            needs_text = takes_text and all(map(medium_of_file, values))
            if not equals and rest and _is_value(rest, needs_text=needs_text):
                attached = rest.pop(0)
            if attached and (found := _input_named(name, inputs)):
                kept += ["-p", double_quoted(f"{found}={attached}")]
            else:
                left_out.append(" ".join([name, *([double_quoted(attached)] if attached else [])]))
        return cls(tuple(kept), frozenset(names), tuple(values), tuple(left_out))


def _is_value(rest: Sequence[str], *, needs_text: bool) -> bool:
    """Return whether the next word is the value of an unknown flag: no flag, no file, and not the only text."""
    word = rest[0]
    if is_flag(word) or medium_of_file(word) or " " in word:
        return False
    if re.fullmatch(r"[\d.]+", word):
        return True
    others = [other for other in rest[1:] if not is_flag(other)]
    return bool(others) or not needs_text


def _input_named(flag: str, inputs: Mapping[str, Input]) -> str | None:
    """Return the input that a flag of another tool names."""
    name = flag.lstrip("-").replace("-", "_")
    return next((each for each in (name, *_NAMES_OF_INPUTS.get(name, ())) if each in inputs), None)


def _inputs_of(template: str) -> Mapping[str, Input]:
    first, _space, rest = template.partition(" ")
    if first != "run":
        return {}
    from openclaw_fal.models.facts import find_schema

    schema = find_schema(rest.partition(" ")[0])
    return (schema and schema.inputs) or {}


class _Filled:
    """The tokens of a template with the user's words in their places; ``left`` are the words that have no place yet."""

    def __init__(self, values: list[str]) -> None:
        self.left = values
        self.words: dict[int, list[str]] = {}
        self.has_example = self.has_own = False

    def fill(self, index: int, token: str, before: str, flags: frozenset[str]) -> None:
        place = _PLACE.search(token)
        if place is None:
            self.words[index] = [token]
            return
        what = place["what"]
        if what.startswith("--"):
            self.words[index] = [] if what.split()[0] in flags else [what]
            return
        found = self._take(what.rstrip("?"), is_repeatable=before == "-i")
        if found:
            self.has_own = True
        elif place["example"] is None:
            self.words[index] = []
            return
        else:
            self.has_example = True
            found = [place["example"]]
        first, *others = (token.replace(place[0], double_quoted(each)) for each in found)
        self.words[index] = [first, *(word for other in others for word in (before, other))]

    def _take(self, what: str, *, is_repeatable: bool) -> list[str]:
        """Remove and return the words for a place."""
        if what in _MEDIA:
            found = sorted(filter(medium_of_file, self.left), key=lambda word: medium_of_file(word) != what)
            found = found if is_repeatable else found[:1]
        elif what in ("text", "words"):
            texts = [word for word in self.left if not medium_of_file(word)]
            self.left = [word for word in self.left if word not in texts]
            return [" ".join(texts)] if texts else []
        elif what == "ref":
            names = [word for word in self.left if not re.search(r"\s", word)]
            found = sorted(names, key=lambda word: "/" not in word)[:1]
        elif what == "lines":
            found = [word for word in self.left if word == "-" or is_file(word) or "." in word][:1]
        else:  # a task, or a file that was made
            found = [word for word in self.left if not re.search(r"\s", word)][:1]
        for word in found:
            self.left.remove(word)
        return found
