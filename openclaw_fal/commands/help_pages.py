"""Help pages: examples first, then flags in groups. Loaded only for help.

A command with many flags has one line for each; rare flags share a line. `help COMMAND --all` shows all of each.
"""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING, Any

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.kinds import KIND_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MIN_WIDTH, MAX_WIDTH = 40, 120
MAX_NAME = 26  # characters; the text behind a longer name begins below it
MANY = 16  # flags; a command with more has the short page
GAP = 2

# Commands without the program's name. Tests run all of them in the sandbox.
EXAMPLES: Mapping[str, Sequence[str]] = {
    "": (
        'image generate "a red fox in snow"',
        'image edit -i photo.png "make it a watercolor"',
        'video generate "waves at dusk" -o waves.mp4',
        'music generate "a calm piano piece"',
        "run clarity-upscaler -p image_url=@photo.png",
        'run chatterbox/text-to-speech "Hello there."',
    ),
    "image generate": (
        'image generate "a red fox in snow"',
        'image generate "a red fox" -n 4 --size 1024x1536 -o foxes/',
        'image generate -i photo.png "make it a watercolor"',
    ),
    "image edit": (
        'image edit -i photo.png "make it a watercolor"',
        'image edit -i fox.png -i hat.png -m nano-banana-2 "wear it"',
        "image edit -i photo.png -m clarity-upscaler",
    ),
    "video generate": (
        'video generate "waves at dusk"',
        'video generate -i photo.png "the fox turns its head" -o fox.mp4',
        'video generate "waves at dusk" --detach',
    ),
    "music generate": (
        'music generate "a calm piano piece" --instrumental',
        'music generate "a sea shanty" --lyrics @words.txt',
    ),
    "run": (
        "run clarity-upscaler -p image_url=@photo.png",
        'run chatterbox/text-to-speech "Hello there."',
        'run flux-dev "a red fox" -p guidance_scale:=4.5 -p num_images=2',
    ),
    "batch": ("batch prompts.txt", "batch shots.csv --concurrency 4 --results done.jsonl"),
    "image providers": ("image providers", "image providers --json"),
    "video providers": ("video providers", "video providers --json"),
    "batch status": ("batch status prompts.txt", "batch status shots.csv --json"),
    "batch merge": ("batch merge part-1.jsonl part-2.jsonl", "batch merge part-1.jsonl part-2.jsonl --json"),
    "batch run": ("batch run prompts.txt", "batch run shots.csv --concurrency 4 --results done.jsonl"),
    "models list": ("models list --search upscale", "models list --kind video --limit 10"),
    "models show": ("models show flux-dev", "models show flux-dev --price"),
    "models set": ("models set flux/dev", "models set seedance-2.0/fast/text-to-video"),
    "models auth list": ("models auth list",),
    "models auth paste-api-key": ("models auth paste-api-key < key.txt",),
    "models auth logout": ("models auth logout",),
    "models aliases list": ("models aliases list", "models aliases list --plain"),
    "models aliases remove": ("models aliases remove draft",),
    "models aliases add": ("models aliases add draft flux/schnell",),
    "tasks list": ("tasks list --since 7d", "tasks list --status running --status queued"),
    "tasks show": ("tasks show ID",),
    "tasks preview": ("tasks preview last", "tasks preview ID"),
    "tasks open": ("tasks open last", "tasks open ID"),
    "tasks adopt": ("tasks adopt REQUEST_ID --model video-01-live -o waves.mp4",),
    "tasks rerun": ("tasks rerun ID --seed 8",),
    "tasks cancel": ("tasks cancel ID",),
    "tasks prune": ("tasks prune --days 90",),
    "models status": ("models status", "models status --probe"),
    "doctor": ("doctor", "doctor --probe"),
    "completion": ("completion --install --yes", "completion --shell zsh"),
    "spend": ("spend --since 7d --by model",),
    "onboard": ("onboard --sandbox",),
    "config set": ("config set agents.defaults.mediaMaxMb 200", "config set agents.defaults.mediaMaxMb 50 --dry-run"),
    "config get": ("config get agents.defaults.mediaMaxMb", "config get"),
    "config unset": ("config unset agents.defaults.mediaMaxMb", "config unset agents.defaults.mediaMaxMb --dry-run"),
    "config patch": ("config patch --file changes.json5 --dry-run", "config patch --stdin < changes.json5"),
    "config file": ("config file",),
    "config schema": ("config schema",),
    "config validate": ("config validate", "config validate --json"),
    "tasks wait": ("tasks wait ID", "tasks wait ID -o waves.mp4"),
    "help": ("help video generate --all", "help exit-codes"),
    "version": ("version", "version --json"),
    "infer list": ("infer list", "infer list --json"),
    "infer inspect": ("infer inspect --name image.generate",),
    "rerun": (
        "rerun fox.png --seed 8 --size 1536x1024",
        'rerun fox.png "a blue fox" -m nano-banana-2',
        'rerun ID "waves at night"',
    ),
    "upload": ("upload photo.png", "upload photo.png hat.png --json"),
    "gallery": ("gallery", "gallery --since 7d", "gallery --embed -o foxes.html"),
    "sandbox": ("sandbox", 'sandbox -- openclaw-fal image generate "a red fox"', "sandbox faults"),
}

# OpenClaw's names for our commands, whose examples their pages show.
_OURS = {
    "model list": "models list",
    "model inspect": "models show",
    "model auth status": "models status",
    "model auth login": "models auth paste-api-key",
    "model auth logout": "models auth logout",
    "list": "infer list",
    "inspect": "infer inspect",
}

GROUPS: Mapping[str, Sequence[str]] = {
    "From": ("source", "task_ids"),
    "Batch": (
        *("command", "concurrency", "retry_failed", "skip_invalid", "fail_fast", "results", "direct"),
        *("name", "shard", "input_format"),
    ),
    "What to make": (
        *("words", "prompt", "file", "image", "last_image", "video", "audio_ref", "lyrics"),
        *("instrumental", "count", "size"),
        *("aspect_ratio", "resolution", "duration", "audio", "output_format", "quality", "seed", "negative_prompt"),
        *("mask", "background", "watermark", "steps", "guidance"),
    ),
    "Model": ("model", "param", "no_validate", "sandbox"),
    "Output": (
        *("output", "if_exists", "overwrite", "preview", "open_files", "open", "quiet", "as_json", "print_form"),
        *("sidecar", "embed_metadata"),
    ),
    "Waiting": ("detach", "timeout_ms", "progress", "on_interrupt", "reuse", "queue", "notify"),
    "Money": ("dry_run", "max_cost", "as_form", "allow_unknown_cost", "no_price", "summary"),
}
_OTHER = "OpenClaw compatibility"
_HIDDEN_IN_SHORT = {"prompt"}  # its argument says the same
# Named on the short page, without a sentence.
RARE = {
    *("mask", "background", "watermark", "steps", "guidance", "negative_prompt", "quality", "no_validate"),
    *("open_files", "open", "sidecar", "embed_metadata", "print_form", "overwrite", "if_exists"),
    *("on_interrupt", "reuse", "queue", "notify", "audio_ref"),
    *("last_image", "as_form", "allow_unknown_cost", "no_price", "summary"),
}


def page(context: Any, *, full: bool = False) -> str:
    """Return the help page of the command of a context; with ``full``, all that is known of each flag."""
    command = context.command
    is_group = hasattr(command, "commands")
    width = page_width(context)
    path = _path(context)
    options = [each for each in command.params if not getattr(each, "hidden", False)]
    is_short = len(options) > MANY and not full
    lines = [*_usage(context, is_group=is_group), "", *_description(command.help or "", width, is_short=is_short)]
    lines += _examples(path)
    if is_group:
        lines += _commands(context, width)
    lines += _groups(context, options, width) if is_short else _all_flags(context, options, width)
    return "\n".join([*lines, *_footer(path, width, is_group=is_group)])


def _path(context: Any) -> str:
    """Return the words of a command, by our names for it."""
    return str(context.command_path.partition(" ")[2]).removeprefix("infer ").removeprefix("capability ")


def _usage(context: Any, *, is_group: bool) -> list[str]:
    arguments = [str(each.metavar) for each in context.command.params if each.param_type_name == "argument"]
    words = ["COMMAND …"] if is_group else arguments
    return [" ".join(["Usage:", context.command_path, *words, "[FLAGS]"])]


def _description(text: str, width: int, *, is_short: bool) -> list[str]:
    paragraphs = inspect.cleandoc(text).split("\n\n")
    lines = []
    for paragraph in paragraphs[:1] if is_short else paragraphs:
        lines += [*_wrapped(" ".join(paragraph.split()), width), ""]
    return lines


def _examples(path: str) -> list[str]:
    examples = EXAMPLES.get(_OURS.get(path, path), ())
    if not examples:
        return []
    title = "Examples:" if path else "Examples; each works with --sandbox too, without a key and at no cost:"
    return [title, *(f"  openclaw-fal {example}" for example in examples), ""]


def _commands(context: Any, width: int) -> list[str]:
    """Return the commands of a group with their sentences, in sections if it has any."""
    command = context.command
    lines = []
    for heading, summaries in command.summaries().items():
        lines += [f"{heading}:", *_rows(summaries.items(), width), ""]
    return lines


def _groups(context: Any, options: Sequence[Any], width: int) -> list[str]:
    """Return a line for each flag, in groups, and the names of the rarely needed ones."""
    named = {each.name: each for each in options}
    ignored = [named.pop(each.name) for each in options if each.help == opt.IGNORED_HELP]
    lines: list[str] = []
    rare: list[str] = []
    for heading, names in _grouped(named).items():
        rows = [named[name] for name in names if name not in RARE and name not in _HIDDEN_IN_SHORT]
        rare += [_name(named[name]) for name in names if name in RARE]
        if rows:
            lines.append(f"{heading}:")
            for each in rows:
                lines += _row(_names(each, context), _short(each, width - MAX_NAME - GAP), width)
    lines += [f"More, as `openclaw-fal help {_path(context)} --all` explains:"]
    lines += _wrapped(", ".join(rare), width, indent="  ")
    if ignored:
        flags = ", ".join(each.opts[0] for each in ignored)
        lines += _wrapped(f"Ignored, for OpenClaw: {flags}", width, rest="  ")
    return lines


def _grouped(named: Mapping[str, Any]) -> dict[str, list[str]]:
    grouped = {heading: [name for name in names if name in named] for heading, names in GROUPS.items()}
    known = {name for names in GROUPS.values() for name in names}
    return grouped | {_OTHER: [name for name in named if name not in known]}


def _all_flags(context: Any, options: Sequence[Any], width: int) -> list[str]:
    arguments = [each for each in options if each.param_type_name == "argument"]
    flags = [each for each in options if each.param_type_name == "option"]
    rows = [(_names(each, context), _full(each, context)) for each in arguments]
    lines = ["Arguments:", *_rows(rows, width), ""] if rows else []
    if len(flags) <= MANY:
        rows = [(_names(each, context), _full(each, context)) for each in flags]
        rows.append(("-h, --help", "Show this page and exit."))
        return [*lines, "Flags:", *_rows(rows, width)]
    named = {each.name: each for each in flags}
    for heading, names in _grouped(named).items():
        if names:
            rows = [(_names(named[name], context), _full(named[name], context)) for name in names]
            lines += [f"{heading}:", *_rows(rows, width), ""]
    return lines[:-1]


def _footer(path: str, width: int, *, is_group: bool) -> list[str]:
    from openclaw_fal.core.requests import HELP_TOPICS

    if not path:
        topics = f"More: openclaw-fal help TOPIC, with {', '.join(HELP_TOPICS[:-1])} or {HELP_TOPICS[-1]}."
        return ["", *_wrapped(topics, width)]
    if is_group:
        return ["", "Global flags, such as --profile and --log-level: openclaw-fal --help"]
    return []


# --- one flag ----------------------------------------------------------------------------------


def _names(parameter: Any, context: Any) -> str:
    if parameter.name == "words" and any(each.name == "prompt" for each in context.command.params):
        return "PROMPT, --prompt TEXT"
    if parameter.param_type_name == "argument":
        return str(parameter.metavar).replace("[", "").replace("]", "")
    names = [*sorted(parameter.opts, key=len), *parameter.secondary_opts]
    text = ", ".join(names)
    return text if parameter.is_flag else f"{text} {parameter.make_metavar(context)}"


def _name(option: Any) -> str:
    """Return the flag that changes something: ``--no-notify`` of a pair that is on by default."""
    return str(option.secondary_opts[0] if option.default is True and option.secondary_opts else option.opts[-1])


def _short(parameter: Any, room: int) -> str:
    """Return the first sentence about a flag, with its default if that fits into a line."""
    sentence = (parameter.help or "").split(". ")[0].rstrip(".") + "."
    if len(sentence) > room:
        sentence = sentence.split("; ")[0].rstrip(".") + "."
    with_default = f"{sentence} [default: {_default(parameter)}]"
    return with_default if _default(parameter) and len(with_default) <= room else sentence


def _full(parameter: Any, context: Any) -> str:
    default = _default(parameter)
    extra = [f"default: {default}"] if default else []
    if getattr(parameter.type, "min", None) is not None:
        extra.append(_limits(parameter.type))
    if parameter.required and parameter.param_type_name == "option":
        extra.append("required")
    text = parameter.help or ""
    return f"{text} [{'; '.join(extra)}]" if extra else text


def _limits(numbers: Any) -> str:
    return f"at least {numbers.min:g}" if numbers.max is None else f"{numbers.min:g} to {numbers.max:g}"


def _default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    is_shown = parameter.show_default and parameter.default not in (None, False, ()) and parameter.default is not True
    return str(parameter.default) if is_shown else ""


# --- lines -------------------------------------------------------------------------------------


def page_width(context: Any) -> int:
    screen = opt.runtime_of(context).screen
    width = screen.width if screen.stdout_is_terminal else screen.columns or 80
    return max(MIN_WIDTH, min(width, MAX_WIDTH))


def _rows(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    rows = [*rows]
    indent = min(max(len(name) for name, _ in rows), MAX_NAME) + 2 * GAP
    for name, text in rows:
        yield from _row(name, text, width, indent)


def _row(name: str, text: str, width: int, indent: int = MAX_NAME + GAP) -> list[str]:
    first = f"  {name}".ljust(indent)
    if len(first) > indent or not first.endswith("  "):
        lines = _wrapped(text, width, indent=" " * indent)
        return [first.rstrip(), *lines]
    lines = _wrapped(text, width, indent=" " * indent)
    return [first + lines[0][indent:], *lines[1:]]


def _wrapped(text: str, width: int, *, indent: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent if rest is None else rest,
        break_on_hyphens=False,
        break_long_words=False,
    ) or [indent]


def model_inputs(context: Any, text: str) -> str:
    """Return the inputs of the model that a text names, or why they are unknown."""
    from openclaw_fal.actions.models import known_model
    from openclaw_fal.models.descriptions import input_pairs
    from openclaw_fal.models.refs import model_ref

    runtime = opt.runtime_of(context)
    group = context.parent.info_name if context.parent else None
    kind = group if group in KIND_ROWS else None
    try:
        schema = known_model(runtime, text, kind)
    except OpenclawFalError as error:
        return f"Inputs of {text}: {error.message}"
    if schema is None or schema.inputs is None:
        return f"Inputs of {text}: not known; give any with -p NAME=VALUE."
    rows = [line for pair in input_pairs(schema, kind or "any") for line in _row(*pair, page_width(context))]
    return "\n".join([f"Inputs of {model_ref(schema.endpoint)} (-p NAME=VALUE):", *rows])
