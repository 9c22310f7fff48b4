"""From a line of a batch file to a request: its members, under the names of flags or fal's, and the defaults."""

from __future__ import annotations

import json
import math
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.kinds import HINTS, KIND_OF_CAPABILITY, KIND_ROWS, Capability, flag_name
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import (
    IF_EXISTS,
    Parameter,
    Reference,
    Request,
    choice,
    parse_parameter,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from openclaw_fal.core.batch_lines import RawLine
    from openclaw_fal.core.kinds import Kind, MediaKind, ReferenceRole
    from openclaw_fal.core.requests import IfExists

COMMANDS: tuple[Capability, ...] = get_args(Capability)
_NUMBERS = {"count": int, "seed": int, "steps": int, "guidance": float, "duration": float, "timeout-ms": int}
_LEAST = {"steps": 1, "timeout-ms": 1}
_SWITCHES = frozenset(("audio", "watermark", "instrumental", "overwrite", "no-validate", "sidecar", "embed-metadata"))
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_OPTIONS = ("output", "overwrite", "if-exists", "sidecar", "embed-metadata", "timeout-ms", "no-validate")
_ALIASES = {"p": "param", "params": "param", "parameters": "param"}
_OTHER_NAMES = {"file": "image", "image": "file"}
_PARAMETER = re.compile(r"(?:p|params?)[.:](.+)")
_DECIMAL_COMMA = re.compile(r"\s*-?\d+,\d{1,2}\s*")  # 1,024 may be a thousand
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class ParsedLine(Record):
    """A line whose request passed all checks that need no disk, network or model.

    ``output`` is as typed; ``timeout_ms`` applies to this line alone.
    """

    number: int
    request: Request
    output: str | None = None
    overwrite: bool = False
    timeout_ms: int | None = None
    is_checked: bool = True
    if_exists: IfExists | None = None
    sidecar: bool = False
    metadata: bool = False


class LineReader:
    """Makes requests of lines. ``defaults`` are members from the command line; a line's own members win.

    ``command`` is for lines that name none. ``text_of`` returns the text of a file for ``@FILE``, and any other text as
    it is; with ``reads_prompts``, it is used for prompts as well, as for the flag.
    """

    def __init__(
        self,
        command: Capability,
        defaults: Mapping[str, Any],
        text_of: Callable[[str], str] = lambda text: text,
        *,
        reads_prompts: bool = False,
    ) -> None:
        self._command = command
        self._defaults = {_plain(name): value for name, value in defaults.items() if value not in (None, (), [])}
        self._text_of = text_of
        self._reads_prompts = reads_prompts
        self._used: set[str] = set()

    @property
    def unused_defaults(self) -> list[str]:
        """Flags of the command line that no line could take."""
        return [f"--{name}" for name in self._defaults if name not in self._used]

    def parse(self, line: RawLine) -> ParsedLine:
        """Return the request of a line. Raises `UsageError` with all of its mistakes."""
        given = [(_plain(name), value) for name, value in line.members.items() if value is not None and name[:1] != "#"]
        capability = self._capability(dict(given))
        kind = KIND_OF_CAPABILITY[capability]
        allowed = _allowed(capability)
        own: dict[str, Any] = {}
        problems = []
        for typed, value in given:
            name = _name_for(typed, allowed)
            if name in own:
                problems.append(f"{typed!r} is given twice.")
            elif _base(name) not in allowed:
                problems.append(_unknown(name, allowed, capability))
            own[name] = value
        named = {_name_for(name, allowed): name for name in self._defaults}
        defaults = {name: self._defaults[typed] for name, typed in named.items() if _base(name) in allowed}
        self._used.update(named[name] for name in defaults)
        members: dict[str, Any] = {}
        for name, value in (defaults | own).items():
            try:
                members[name] = _converted(name, value)
            except ValueError as error:
                problems.append(f"{name}: {error}")
        if problems:
            raise UsageError(" ".join(problems))
        request = self._request(capability, kind, members, _parameters(defaults) | _parameters(own))
        return ParsedLine(
            line.number,
            request,
            members.get("output"),
            members.get("overwrite", False),
            members.get("timeout-ms"),
            not members.get("no-validate", False),
            members.get("if-exists"),
            members.get("sidecar", False),
            members.get("embed-metadata", False),
        )

    def _capability(self, own: dict[str, Any]) -> Capability:
        word = own.get("command")
        if word is None:
            return self._command
        name = ".".join(str(word).lower().split())
        found = next((known for known in COMMANDS if known == name), None)
        if found is None:
            raise UsageError(f"command {str(word)[:40]!r} is not known. Use one of: {', '.join(COMMANDS)}.")
        return found

    def _request(
        self, capability: Capability, kind: Kind, members: dict[str, Any], parameters: dict[str, Parameter]
    ) -> Request:
        references = tuple(_references(members))
        if capability == "image.generate" and any(one.role == "reference" for one in references):
            capability = "image.edit"
        if capability == "run" and not members.get("model"):
            raise UsageError("run needs a model.")
        hints = {
            hint: members[name] for hint in KIND_ROWS[kind].hints if (name := flag_name(hint, kind)[2:]) in members
        }
        if "lyrics" in hints:
            hints["lyrics"] = self._text_of(hints["lyrics"])
        prompt = str(hints.pop("prompt", ""))
        if self._reads_prompts:
            prompt = self._text_of(prompt)
        if "prompt" in members and not prompt.strip():
            raise UsageError("The prompt is empty.")
        if prompt == "-":
            raise UsageError("The prompt is -, but standard input can't be read for one line.")
        return Request(
            capability=capability,
            prompt=prompt,
            model=members.get("model"),
            references=references,
            parameters=tuple(parameters.values()),
            **hints,
        )


def _name_for(name: str, allowed: frozenset[str]) -> str:
    """Return the name of a flag for a command: the picture of an image is ``--file``, that of a video ``--image``."""
    other = _OTHER_NAMES.get(name)
    return other if other and name not in allowed and other in allowed else name


def _plain(name: str) -> str:
    """Return the name of the flag that a member means: ``aspect_ratio`` and ``aspectRatio`` mean ``aspect-ratio``."""
    if found := _PARAMETER.fullmatch(name.strip()):
        return f"param.{found[1]}"
    plain = "-".join(_CAMEL.sub("-", name.strip().lstrip("-")).replace("_", " ").lower().split())
    return _ALIASES.get(plain, plain)


def _base(name: str) -> str:
    return "param" if name.startswith("param.") else name


def _allowed(capability: Capability) -> frozenset[str]:
    if capability not in _ALLOWED:
        kind = KIND_OF_CAPABILITY[capability]
        row = KIND_ROWS[kind]
        flags = [*row.reference_flags.values(), *filter(None, (row.mask_flag, row.last_image_flag))]
        names = [flag_name(hint, kind) for hint in row.hints] + flags
        _ALLOWED[capability] = frozenset((*(name[2:] for name in names), *_OPTIONS, "model", "param", "command"))
    return _ALLOWED[capability]


_ALLOWED: dict[str, frozenset[str]] = {}


def _unknown(name: str, allowed: frozenset[str], capability: str) -> str:
    if close := get_close_matches(name, sorted(allowed), 1, 0.7):
        return f"{name!r} is not a member of {capability}; did you mean {close[0]!r}?"
    known_hint = name.replace("-", "_") in HINTS
    rest = f" An input of the model goes into param: {{{name!r}: …}}. If it is only a note, name it {'#' + name!r}."
    return f"{name!r} is not a member of {capability}.{'' if known_hint else rest}"


def _converted(name: str, value: Any) -> Any:
    """Convert a member to the type of its flag; in CSV, everything is text. Raises `ValueError`."""
    if name in _NUMBERS:
        return _number(value, _NUMBERS[name], _LEAST.get(name))
    if name in _SWITCHES:
        return _switch(value)
    if _base(name) == "param":
        return value
    if isinstance(value, list) and name in _REFERENCES:
        if value and all(isinstance(each, str) and each.strip() for each in value):
            return value
        raise ValueError("give a path or URL, or a list of them.")
    if isinstance(value, int | float) and not isinstance(value, bool) and name == "prompt":
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is not text.")  # noqa: TRY004
    return value if name in ("prompt", "lyrics") else _word(name, value.strip())


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() in _WORDS:
        return _WORDS[str(value).strip().lower()]
    raise ValueError(f"{_shown(value)} is neither true nor false.")


def _word(name: str, text: str) -> str:
    if not text:
        raise ValueError("it is empty. Leave it out instead.")
    if name != "if-exists":
        return text
    if word := choice(text, IF_EXISTS):
        return word
    raise ValueError(f"{_shown(text)} is not known. Choose one of: {', '.join(IF_EXISTS)}.")


def _number(value: Any, kind: type[int | float], least: int | None) -> float:
    if isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value):
        value = value.replace(",", ".")
    try:
        number = float(value) if not isinstance(value, bool | list | dict) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (kind is int and number != int(number)):
        raise ValueError(f"{_shown(value)} is not a{' whole' if kind is int else ''} number.")
    if least is not None and number < least:
        raise ValueError(f"{_shown(value)} is too small; the least is {least}.")
    if kind is float:
        return number
    try:
        return int(value)  # a seed may have more digits than a float keeps
    except ValueError:
        return int(number)  # spreadsheets write 7.0


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:60]


# Flags of files, with what they are; in the order in which commands pass them on.
_REFERENCES: Mapping[str, tuple[MediaKind, ReferenceRole]] = {
    "file": ("image", "reference"),
    "image": ("image", "reference"),
    "mask": ("image", "mask"),
    "last-image": ("image", "last image"),
    "video": ("video", "reference"),
    "audio-ref": ("audio", "reference"),
}


def _references(members: Mapping[str, Any]) -> Iterator[Reference]:
    for name, (medium, role) in _REFERENCES.items():
        given = members.get(name, ())
        for source in [given] if isinstance(given, str) else given:
            if source == "-":
                raise UsageError(f"{name} is -, but standard input can't be read for one line.")
            yield Reference(medium, source, role)


def _parameters(members: Mapping[str, Any]) -> dict[str, Parameter]:
    """Return the further inputs by name; a later one replaces an earlier one."""
    found = [
        *_listed(members.get("param")),
        *(parse_parameter(f"{name[6:]}={text}") for name, text in members.items() if name.startswith("param.")),
    ]
    return {parameter.name: parameter for parameter in found}


def _listed(given: Any) -> Iterator[Parameter]:
    match given:
        case None:
            return
        case dict():
            for name, value in given.items():
                yield Parameter.from_record(name, value)
        case str():
            yield parse_parameter(given)
        case list() | tuple() if all(isinstance(each, str | Parameter) for each in given):
            for each in given:
                yield each if isinstance(each, Parameter) else parse_parameter(each)
        case _:
            raise UsageError('param: give an object, such as {"steps": 30}, or a list of "NAME=VALUE".')
