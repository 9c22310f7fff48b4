"""What the user asks for, and the values that flags accept.

A request is checked when it is made, without disk, network or model: such an error must cost nothing.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from openclaw_fal.core.data_uri import is_data_uri, without_content
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.json_text import TooDeepError, parse_json
from openclaw_fal.core.kinds import FORMATS, KIND_OF_CAPABILITY, RESOLUTIONS, flag_name
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openclaw_fal.core.kinds import Capability, Kind, MediaKind, ReferenceRole

    Word = TypeVar("Word", bound=str)

MAX_COUNT = 4
FORMAT_ALIASES = {"jpg": "jpeg"}
QUALITIES = ("low", "medium", "high", "xhigh", "max", "auto")
BACKGROUNDS = ("transparent", "opaque", "auto")
PROGRESS_MODES = ("auto", "plain", "json", "none")
REQUEST_FORMS = ("curl",)
SpendingGroup = Literal["day", "model", "batch"]
SPENDING_GROUPS: tuple[SpendingGroup, ...] = get_args(SpendingGroup)
INTERRUPT_POLICIES = ("keep", "cancel")
IfExists = Literal["skip", "rename", "overwrite", "fail"]
"""What to do with a request whose file names are taken."""
IF_EXISTS: tuple[IfExists, ...] = get_args(IfExists)
PrintForm = Literal["path", "id", "url"]
"""What is printed of a result, one per line: the files' paths or URLs, or the task's id."""
PRINT_FORMS: tuple[PrintForm, ...] = get_args(PrintForm)
AUTH_CHOICES = ("fal-api-key", "skip")
SECRET_INPUT_MODES = ("plaintext", "ref")
SECRET_SOURCES = ("env", "file", "exec")
ResetScope = Literal["config", "config+creds+sessions", "full"]
HELP_TOPICS = (
    *("exit-codes", "environment", "configuration", "output", "waiting", "batch", "costs", "sandbox", "models"),
)
RESET_SCOPES: tuple[ResetScope, ...] = get_args(ResetScope)
# OpenClaw's `--log-level`: each level prints what those before it print, and more.
LOG_LEVELS = ("silent", "fatal", "error", "warn", "info", "debug", "trace")


def choice(word: str, allowed: Iterable[Word]) -> Word | None:
    """Return the allowed word that equals ``word`` in any letter case; ``None`` if there is none."""
    return next((each for each in allowed if each.casefold() == word.strip().casefold()), None)


# fal's names for sizes in pixels.
SIZE_PRESETS = {
    "square_hd": "1024x1024",
    "square": "512x512",
    "portrait_4_3": "768x1024",
    "portrait_16_9": "576x1024",
    "landscape_4_3": "1024x768",
    "landscape_16_9": "1024x576",
}
# Strings, not patterns: they are compiled when they are first used, and most runs use none.
_SIZE = r"(\d{2,5})[xX](\d{2,5})"
_RATIO = r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)"


class Size(Record):
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def ratio(self) -> float:
        return self.width / self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @classmethod
    def parse(cls, text: str) -> Size:
        """Parse ``WIDTHxHEIGHT``. Raises `UsageError` for anything else."""
        match = re.fullmatch(_SIZE, text.strip())
        if re.fullmatch(_RATIO, text.strip()):
            raise UsageError(f"--size {text!r} is a ratio, not a size. Give --aspect-ratio {text.strip()}.")
        if preset := SIZE_PRESETS.get(text.strip().lower()):
            raise UsageError(
                f"--size {text!r} is fal's name for {preset}. Give --size {preset}, or -p image_size={text.strip()}."
            )
        if not match or not int(match[1]) or not int(match[2]):
            raise UsageError(f"--size {text!r} is not a size. Give WIDTHxHEIGHT in pixels, such as 1024x1536.")
        return cls(int(match[1]), int(match[2]))


def ratio_value(text: str) -> float:
    """Return width over height of ``W:H``. Raises `UsageError` for anything else."""
    match = re.fullmatch(_RATIO, text.strip())
    if not match or not float(match[1]) or not float(match[2]):
        raise UsageError(f"--aspect-ratio {text!r} is not a ratio. Give WIDTH:HEIGHT, such as 9:16 (portrait) or 16:9.")
    return float(match[1]) / float(match[2])


class Reference(Record):
    """An image, video or sound to work from; ``source`` is a path, an http(s) URL or a ``data:`` URI.

    ``role`` marks a mask and a last frame. ``input`` is the model's input that the user named for it.
    """

    kind: MediaKind
    source: str
    role: ReferenceRole = "reference"
    input: str | None = None

    def as_json(self) -> dict[str, str]:
        """Return the reference for the task journal, which holds neither secrets nor media."""
        answer: dict[str, str] = {"kind": self.kind, "source": _recorded(self.source)}
        if self.role != "reference":
            answer["role"] = self.role
        return answer | ({"input": self.input} if self.input else {})


def _recorded(value: Any) -> Any:
    """Return what was typed without the passwords and signatures of URLs; of a ``data:`` URI only the beginning."""
    match value:
        case str() if is_data_uri(value):
            return without_content(value)
        case str() if "://" not in value:
            return value
        case _:
            from openclaw_fal.core.secrets import redact  # noqa: PLC0415 - needed for addresses only

            return redact(value)


class Parameter(Record):
    """One ``-p`` as typed: ``value`` is the text, the JSON value, or the path of the file."""

    name: str
    value: Any
    form: Literal["text", "json", "file"] = "text"

    @property
    def recorded(self) -> Any:
        """The value as the journal keeps it: ``@`` before a path and before text that begins with ``@``."""
        is_text_with_at = self.form == "text" and self.value.startswith("@")
        value = _recorded(self.value)
        return f"@{value}" if self.form == "file" or is_text_with_at else value

    @classmethod
    def from_record(cls, name: str, value: Any) -> Parameter:
        return parse_parameter(f"{name}={value}") if isinstance(value, str) else cls(name, value, "json")


def parse_parameter(text: str) -> Parameter:
    """Read one ``-p``: ``NAME=VALUE``, ``NAME:=JSON`` or ``NAME=@FILE``; raise `UsageError` for anything else."""
    name, equals, value = text.partition("=")
    is_json = name.endswith(":")
    name = name.removesuffix(":").strip()
    if not equals or not name:
        raise UsageError(f"-p {text!r} has no name and value. Use NAME=VALUE, NAME:=JSON or NAME=@FILE.")
    if is_json:
        return Parameter(name, _json_value(name, value), "json")
    if value.startswith("@@"):
        return Parameter(name, value[1:])
    if value.startswith("@"):
        if len(value) == 1:
            raise UsageError(f"-p {name}=@ names no file. Use -p {name}=@FILE, or @@ for text that begins with @.")
        return Parameter(name, value[1:], "file")
    return Parameter(name, value)


def _json_value(name: str, text: str) -> Any:
    try:
        value = parse_json(text, is_strict=True)
        json.dumps(value, allow_nan=False)  # 1e999 is valid JSON, and infinite
    except ValueError as error:
        hint = f"Read it from the file: -p {name}={text}" if text.startswith("@") else None
        problem = f"is {error}" if isinstance(error, TooDeepError) else f"is not JSON: {error}"
        raise UsageError(f"-p {name}:={text[:40]!r} {problem}.", hint=hint) from error
    return value


class Request(Record):
    """One generation. Unset hints are ``None`` and are never sent.

    ``duration`` is in seconds. ``parameters`` are further inputs of the model. Words of a fixed list may be in any
    case, and ``jpg`` means ``jpeg``. Raises `UsageError` for a value that no model accepts.
    """

    capability: Capability
    prompt: str = ""
    model: str | None = None
    references: tuple[Reference, ...] = ()
    count: int | None = None
    size: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    output_format: str | None = None
    quality: str | None = None
    background: str | None = None
    duration: float | None = None
    audio: bool | None = None
    watermark: bool | None = None
    seed: int | None = None
    negative_prompt: str | None = None
    steps: int | None = None
    guidance: float | None = None
    lyrics: str | None = None
    instrumental: bool | None = None
    parameters: tuple[Parameter, ...] = ()

    def _check(self) -> None:
        texts = [
            self.prompt,
            self.lyrics or "",
            json.dumps([each._asdict() for each in self.parameters], ensure_ascii=False, default=str),
        ]
        if not all(map(_is_text, texts)):
            raise UsageError("The prompt, the lyrics or a --param is not valid UTF-8.")
        self._check_lyrics()
        if self.count is not None and self.count < 1:
            raise UsageError(f"--count {self.count} is out of range: give 1 or more.")
        if self.size is not None and self.size != "auto":
            Size.parse(self.size)
        if self.aspect_ratio is not None and self.aspect_ratio != "auto":
            ratio_value(self.aspect_ratio)
        if self.duration is not None and not 0 < self.duration < float("inf"):
            raise UsageError(f"--duration {self.duration:g} is not a duration. Give seconds, more than 0.")
        if self.guidance is not None and not math.isfinite(self.guidance):
            raise UsageError(f"--guidance {self.guidance:g} is not a number. Give one such as 3.5.")
        if self.capability == "image.edit" and not self.references:
            raise UsageError("image edit needs an image: --file PATH.")
        for name, allowed in (
            ("resolution", RESOLUTIONS.get(self.kind, ())),
            ("output_format", FORMATS.get(self.kind, ())),
            ("quality", QUALITIES),
            ("background", BACKGROUNDS),
        ):
            self._choose(name, allowed)

    def _check_lyrics(self) -> None:
        if self.lyrics is None:
            return
        if self.instrumental:
            raise UsageError("--lyrics and --instrumental contradict each other: leave one of them out.")
        if not self.lyrics.strip():
            raise UsageError("The lyrics are empty. Leave --lyrics out, or give --lyrics TEXT.")

    def _choose(self, name: str, allowed: Sequence[str]) -> None:
        """Replace the value of a hint by the allowed word that it means; raise `UsageError` for any other."""
        value = getattr(self, name)
        if value is None:
            return
        word = choice(FORMAT_ALIASES.get(value.lower(), value) if name == "output_format" else value, allowed)
        if word is None:
            flag = flag_name(name, self.kind)
            raise UsageError(f"{flag} {value!r} is not allowed. Choose one of: {', '.join(allowed)}.")
        if name != "resolution":  # models write it in either case, and what was asked is reported as typed
            self.__dict__[name] = word

    def without(self, fields: Sequence[str]) -> str:
        """Return a text that is equal for requests that differ only in these fields."""
        return repr([getattr(self, name) for name in self._fields if name not in fields])

    @property
    def kind(self) -> Kind:
        return KIND_OF_CAPABILITY[self.capability]

    def of_kind(self, kind: MediaKind) -> tuple[Reference, ...]:
        return tuple(reference for reference in self.references if reference.kind == kind)

    def as_json(self) -> dict[str, Any]:
        """Return what was asked, without unset hints, for the task journal."""
        asked = self._asdict()
        asked["references"] = [reference.as_json() for reference in self.references]
        asked["parameters"] = {parameter.name: parameter.recorded for parameter in self.parameters}
        return {name: value for name, value in asked.items() if value not in (None, [], {})}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Request:
        """Restore a request from what `as_json` returned, unchecked: another version may have accepted other values."""
        restored = {name: record.get(name, default) for name, default in cls._defaults.items()}
        restored["capability"] = record.get("capability", "")
        restored["references"] = tuple(
            Reference(given["kind"], given["source"], given.get("role", "reference"), given.get("input"))
            for given in record.get("references", ())
        )
        restored["parameters"] = tuple(Parameter.from_record(*each) for each in record.get("parameters", {}).items())
        request = object.__new__(cls)
        request.__dict__.update(restored)
        return request


def _is_text(text: str) -> bool:
    """Return whether a text has no undecoded bytes, which Python keeps as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_local(source: str) -> bool:
    """Return whether a reference is a file of this computer."""
    return source != "-" and "://" not in source and not is_data_uri(source)


def local_files(request: Request) -> list[str]:
    """Return the files of this computer that a request names."""
    sources = [reference.source for reference in request.references]
    sources += [parameter.value for parameter in request.parameters if parameter.form == "file"]
    return [source for source in sources if is_local(source)]
