"""Commands of other tools, answered with ours; `proposals` puts the user's own words into them.

The other tools are fal's own names for inputs, genmedia, replicate, llm, gh and the clients of other image
services.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from openclaw_fal.commands.proposals import Proposal, double_quoted, is_flag, medium_of_file, proposal
from openclaw_fal.commands.unknown_flags import closest
from openclaw_fal.core.errors import OpenclawFalError, UsageError
from openclaw_fal.core.program import command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openclaw_fal.runtime import Runtime

_PICTURE = "image generate {text:a red fox}"
_VIDEO = "video generate {text:waves at dusk}"
_MUSIC = "music generate {text:a calm piano piece}"
_EDIT = "image edit -i {image:photo.png} {text:make it a watercolor}"
_ANIMATE = "video generate -i {image:photo.png} {text:the fox turns its head}"
_OF_VIDEO = "-p video_url=@{video:clip.mp4}"
_UPSCALE = "run fal-ai/clarity-upscaler -p image_url=@{image:photo.png}"
_CUT_OUT = "run fal-ai/imageutils/rembg -p image_url=@{image:photo.png}"
_SOUND = "run fal-ai/elevenlabs/sound-effects/v2 {text:a door slams}"
_SPEAK = "run fal-ai/chatterbox/text-to-speech {text:Hello there.}"
_TRANSCRIBE = "run fal-ai/wizper -p audio_url=@{audio:talk.mp3}"
_SHOW = "models show {ref:flux/dev}"
_WAIT = "tasks wait {id}"
_TASK = "tasks show {id:last}"
_SEARCH = "models list --search {words:flux}"
_AGAIN = "rerun {made:last} {text?} {--seed 7}"
# Commands of other tools and words for tasks, with templates of ours (see `proposals`). Two words are a group and a
# command of it, or a word with its first argument.
_COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("login", "auth", "setup", "init", "configure", "key", "keys", "signin"), "onboard"),
    **dict.fromkeys(("auth login", "auth add", "key set", "keys set", "key add", "keys add", "set-key"), "onboard"),
    **dict.fromkeys(("auth status", "auth list", "key show", "keys list", "auth whoami"), "models auth list"),
    **dict.fromkeys(("auth logout", "key remove", "keys remove"), "models auth logout"),
    **dict.fromkeys(("generate", "create", "make", "draw", "imagine", "img", "picture", "images", "gen"), _PICTURE),
    **dict.fromkeys(("prompt", "paint", "render"), _PICTURE),
    **dict.fromkeys(("text-to-image", "txt2img", "t2i", "flux", "photo"), _PICTURE),
    **dict.fromkeys(("edit", "image-to-image", "img2img", "inpaint", "restyle", "retouch"), _EDIT),
    **dict.fromkeys(("animate", "image-to-video", "i2v", "img2video", "video edit"), _ANIMATE),
    **dict.fromkeys(("text-to-video", "t2v", "videos", "movie", "film", "clip"), _VIDEO),
    **dict.fromkeys(("song", "text-to-audio", "track", "tune"), _MUSIC),
    **dict.fromkeys(("sound", "sfx", "sound effect", "sound-effect", "sound effects", "sound-effects"), _SOUND),
    **dict.fromkeys(("chat", "llm", "ask"), "models list --category llm"),
    **dict.fromkeys(("upscale", "upscaler", "enhance", "superres", "super-resolution", "enlarge"), _UPSCALE),
    **dict.fromkeys(
        ("video upscale", "video enhance"), "run fal-ai/topaz/upscale/video -p video_url=@{video:clip.mp4}"
    ),
    **dict.fromkeys(("speak", "speech", "say", "tts", "voice", "audio", "text-to-speech", "voiceover"), _SPEAK),
    **dict.fromkeys(("transcribe", "stt", "whisper", "speech-to-text", "asr", "subtitles", "transcript"), _TRANSCRIBE),
    **dict.fromkeys(("rembg", "remove-background", "background", "remove-bg", "removebg", "bg-remove"), _CUT_OUT),
    **dict.fromkeys(("background-removal", "background-remove", "cutout", "nobg", "no-bg", "bg"), _CUT_OUT),
    **dict.fromkeys(("remove background", "remove bg", "bg remove", "background remove", "bg rm"), _CUT_OUT),
    **dict.fromkeys(
        ("video remove-background", "video remove-bg", "video rembg", "video background-removal"),
        f"run bria/video/background-removal {_OF_VIDEO}",
    ),
    **dict.fromkeys(("3d", "text-to-3d", "image-to-3d"), "models list --category image-to-3d"),
    **dict.fromkeys(
        ("describe", "caption", "vision", "image describe", "image caption"),
        "run fal-ai/florence-2-large/caption -p image_url=@{image:photo.png}",
    ),
    **dict.fromkeys(("train", "finetune", "lora"), "models list --category training"),
    **dict.fromkeys(("jobs", "job", "history", "list", "ls", "queue", "log", "logs", "predictions"), "tasks list"),
    **dict.fromkeys(("runs", "task", "ps", "recent", "tasks ls", "tasks history", "tasks all"), "tasks list"),
    **dict.fromkeys(("wait", "resume", "fetch", "result", "download", "get", "attach", "watch"), _WAIT),
    **dict.fromkeys(
        ("tasks download", "tasks fetch", "tasks result", "tasks resume", "tasks watch"), "tasks wait {id}"
    ),
    **dict.fromkeys(
        ("show", "tasks get", "tasks info", "tasks status", "tasks view", "tasks logs"), "tasks show {id:last}"
    ),
    **dict.fromkeys(("stop", "cancel", "tasks stop", "tasks kill"), "tasks cancel {id:last}"),
    **dict.fromkeys(("search", "find", "models search", "models find", "catalog"), _SEARCH),
    **dict.fromkeys(("models ls", "models all"), "models list {words?}"),
    **dict.fromkeys(("schema", "inputs", "inspect", "options", "docs", "params", "parameters"), _SHOW),
    **dict.fromkeys(
        (f"models {word}" for word in ("info", "schema", "get", "view", "describe", "inputs", "docs")), _SHOW
    ),
    **dict.fromkeys((f"models {word}" for word in ("inspect", "options", "params", "details", "page")), _SHOW),
    **dict.fromkeys(("models price", "models cost", "models pricing"), f"{_SHOW} --price"),
    **dict.fromkeys(("model", "info"), "models show {ref}"),
    **dict.fromkeys(("models use", "models set-default", "models select", "models default"), "models set {ref}"),
    **dict.fromkeys(("use", "switch", "default"), "models set {ref}"),
    **dict.fromkeys(("status", "whoami", "account", "models key"), "models status"),
    **dict.fromkeys(("config model", "config default"), "models set {ref}"),
    **dict.fromkeys(("config key", "config login"), "onboard"),
    **dict.fromkeys(("env", "check", "diagnose"), "doctor"),
    **dict.fromkeys(("settings", "set", "config show", "config list", "config view"), "config get agents.defaults"),
    **dict.fromkeys(("config path", "config where", "config edit", "config open"), "config file"),
    **dict.fromkeys(("run-model", "exec", "call", "submit", "invoke", "predict", "api"), "run {ref} {text?}"),
    **dict.fromkeys(("bulk", "batches", "many", "image batch", "video batch"), "batch {lines:prompts.txt}"),
    **dict.fromkeys(("batch image", "batch images", "batch generate", "batch make"), "batch {lines:prompts.txt}"),
    **dict.fromkeys(("batch video", "batch videos"), "batch {lines:prompts.txt} --command video.generate"),
    **dict.fromkeys(("batch submit", "batch start", "batch create", "batch file"), "batch {lines:prompts.txt}"),
    **dict.fromkeys(("billing", "usage", "balance", "credits", "money", "spending", "expenses"), "spend"),
    **dict.fromkeys(("again", "redo", "repeat", "retry", "remake", "regenerate", "replay"), _AGAIN),
    **dict.fromkeys(("vary", "variation", "variations"), _AGAIN),
    **dict.fromkeys(("tasks retry", "tasks again", "image rerun", "video rerun"), _AGAIN),
    **dict.fromkeys(("web", "browse", "album", "report", "html", "contact-sheet", "view", "open"), "gallery --open"),
    **dict.fromkeys(("preview", "display", "image show", "image preview"), "tasks preview {id:last}"),
    **dict.fromkeys(("files", "assets", "put", "store", "share"), "upload {image:photo.png}"),
    **dict.fromkeys(("serve", "server", "mock", "fake", "test", "emulator", "demo"), "sandbox"),
    **dict.fromkeys(("completions", "autocomplete", "shell-completion"), "completion --install"),
    **dict.fromkeys(("man", "manual", "commands"), "help"),
    **{topic: f"help {topic}" for topic in ("exit-codes", "environment", "configuration", "output", "waiting")},
    **dict.fromkeys(("image create", "image make", "image new", "image gen", "image text-to-image"), _PICTURE),
    **dict.fromkeys(("video create", "video make", "video new", "video gen"), _VIDEO),
    **dict.fromkeys(("music create", "music make", "music new", "music gen"), _MUSIC),
    **dict.fromkeys(("music speak", "music say", "music speech", "music tts"), _SPEAK),
}
_PRICE_WORDS = ("price", "prices", "pricing", "estimate", "dry-run", "cost", "costs", "quote")
_LIMIT_WORDS = ("budget", "limit", "max-cost", "max-price", "spend-limit", "cap")
# Words before a verb, as in `audio transcribe`, and other names of `tasks`.
_GROUPS_ELSEWHERE = frozenset({"audio", "voice", "speech", "sound", "media", "job", "jobs", "runs", "song", "task"})
_VERBS = frozenset({"generate", "create", "make", "new", "gen", "run", "list", "ls", "start"})
# Commands for a word that needs a model, and got none.
_WITHOUT_REF: Mapping[str, str] = {"models default": "models status", "default": "models status", "info": "doctor"}

_ID = r"last(~\d+)?|(?=.*\d)[a-z0-9]{6,}|[0-9a-f-]{36}"
# What may follow a verb: `generate video`.
_KINDS = {
    **dict.fromkeys(("image", "images", "picture", "pictures", "photo", "img"), "image"),
    **dict.fromkeys(("video", "videos", "movie", "clip"), "video"),
    **dict.fromkeys(("music", "song", "track"), "music"),
}
_GROUPS_WITH_PROMPTS = {"image": "generate", "video": "generate", "music": "generate"}


def unknown_command(
    words: Sequence[str], names: Iterable[str], arguments: Sequence[str], program: Any, runtime: Runtime
) -> UsageError:
    """Return the error for the last of ``words``, which is not a command; ``names`` are those that could stand there.

    ``arguments`` are what follows it on the command line, ``program`` is the root of the command tree.
    """
    *groups, word = words
    group = " ".join(groups)
    help_hint = command(*groups, "--help")
    ours = partial(command, sandbox=runtime.in_sandbox)
    if group in ("", *_GROUPS_WITH_PROMPTS) and (any(sign.isspace() for sign in word) or word.startswith("@")):
        verb = _making(group or "image")
        return UsageError(
            f"{double_quoted(word)} is not a command.",
            hint=ours(verb, double_quoted(word), *map(double_quoted, arguments)),
        )
    message = f"No such command: {word}."
    if word.lower() in _LIMIT_WORDS:
        return UsageError(message, hint=_limit(arguments))
    if found := _proposed(groups, word, arguments, program, runtime):
        # What follows a word such as `login` may be a key.
        if found.left_out and not found.words.startswith(("onboard", "models auth")):
            message += f" The command below has no place for: {', '.join(found.left_out)}."
        for_example = "For example: " if found.is_example else ""
        return UsageError(message, hint=f"{for_example}{ours(found.words)}\n{help_hint}")
    if close := closest(word, names):
        return UsageError(f"{message} Did you mean {' or '.join(close)}?", hint=help_hint)
    as_prompt = (
        f"If it is a prompt: {ours(_making(group), double_quoted(word))}\n" if group in _GROUPS_WITH_PROMPTS else ""
    )
    return UsageError(message, hint=as_prompt + help_hint)


def _making(group: str) -> str:
    return f"{group} {_GROUPS_WITH_PROMPTS[group]}"


def _proposed(
    groups: Sequence[str], word: str, arguments: Sequence[str], program: Any, runtime: Runtime
) -> Proposal | None:
    """Return the command that was meant by a word and what follows it, if that is known."""
    group, name = " ".join(groups), word.lower()
    first = arguments[0] if arguments else ""
    if name in _PRICE_WORDS and group != "models":
        return _priced(group, name, arguments, program, runtime)
    if not group and name in _VERBS | {"draw"} and (kind := _KINDS.get(first.lower())):
        return proposal(f"{_making(kind)} {{text:a red fox}}", arguments[1:], program)
    if not group and name in ("status", "log", "logs", "job", "task", "result") and re.fullmatch(_ID, first):
        return proposal(_TASK, arguments, program)
    if found := _template(group, name, arguments):
        template, rest = found
        if "{ref}" in template and all(map(is_flag, rest)):
            return Proposal(_WITHOUT_REF.get(f"{group} {name}".strip(), "models list"))
        return proposal(_for_medium(template, rest), rest, program)
    if group in _GROUPS_WITH_PROMPTS and medium_of_file(word):
        return proposal(_EDIT if group == "image" else _ANIMATE, [word, *arguments], program)
    return _with_model(group, word, arguments, program) if is_model(runtime, word) else None


def _for_medium(template: str, arguments: Sequence[str]) -> str:
    """Return the template for what a text says that it is: ``draw`` with ``a video of waves`` is about a video."""
    text = " ".join(word for word in arguments if not is_flag(word))
    found = re.match(r"(?i)(?:an?|the|some)?\s*(video|movie|film|clip|song|music|tune)s?\b", text)
    if template != _PICTURE or found is None:
        return template
    return _MUSIC if found[1].lower() in ("song", "music", "tune") else _VIDEO


def _limit(arguments: Sequence[str]) -> str:
    """Return how to limit costs, with the amount that was typed."""
    amount = next((word.lstrip("$") for word in arguments if re.fullmatch(r"\$?\d+(\.\d+)?", word)), "0.50")
    return f"For one command, add: --max-cost {amount}\nFor all commands: export OPENCLAW_FAL_MAX_COST={amount}"


def _template(group: str, name: str, arguments: Sequence[str]) -> tuple[str, Sequence[str]] | None:
    """Return the template for a word, and the arguments that are left for it: words for what to do are skipped."""
    path = f"{group} {name}".strip()
    first = arguments[0].lower() if arguments else ""
    if template := _COMMANDS.get(f"{path} {first}"):
        return template, arguments[1:]
    if name in _GROUPS_ELSEWHERE and not group and len(arguments) > 0:
        rest = f"tasks {first}" if name in ("job", "jobs", "runs", "task") else first
        if first in ("cancel", "show", "wait"):
            return (_COMMANDS[first], arguments[1:]) if rest != first else None
        if template := _COMMANDS.get(rest):
            return (_COMMANDS[path] if first in _VERBS else template), arguments[1:]
    # A word for a medium: `image rembg` is `rembg`.
    template = _COMMANDS.get(path) or (_COMMANDS.get(name) if group in ("image", "video", "music", "run") else None)
    if template is None:
        return None
    return template, arguments[1:] if first in _VERBS and path not in ("search", "find") else arguments


def _priced(group: str, name: str, arguments: Sequence[str], program: Any, runtime: Runtime) -> Proposal:
    """Return the command that shows a price: of a model, of a command that was typed, or of a prompt."""
    values = [word for word in arguments if not is_flag(word)]
    if name.startswith("cost") and not group and (not values or is_flag(arguments[0])):
        return proposal("spend", arguments, program)
    first = values[0] if values else ""
    if re.fullmatch(r"last(~\d+)?", first):
        return proposal(_TASK, arguments, program)
    making = getattr(program.commands.get(first), "commands", {}) if not group else {}
    if first in _GROUPS_WITH_PROMPTS and not group:
        rest = [*arguments[arguments.index(first) + 1 :]]
        added = [] if rest and rest[0] in making else [_GROUPS_WITH_PROMPTS[first]]
        return Proposal(" ".join(map(double_quoted, [first, *added, *rest, "--dry-run"])))
    if first in ("run", "batch") and not group:
        return Proposal(" ".join(map(double_quoted, [*arguments[arguments.index(first) :], "--dry-run"])))
    if is_model(runtime, first):
        return proposal(f"{_SHOW} --price", arguments, program)
    verb = _making(group) if group in _GROUPS_WITH_PROMPTS else "image generate"
    return proposal(f"{verb} {{text:a red fox}} --dry-run", arguments, program)


def _with_model(group: str, ref: str, arguments: Sequence[str], program: Any) -> Proposal:
    """Return the command for a model that was typed instead of a command: a making one, else `models show`."""
    if group in _GROUPS_WITH_PROMPTS:
        return proposal(f"{_making(group)} -m {double_quoted(ref)} {{text:a red fox}}", arguments, program)
    if not group and any(not is_flag(word) for word in arguments):
        return Proposal(" ".join(map(double_quoted, ["run", ref, *arguments])))
    return proposal("models show {ref}", [ref, *arguments], program)


def is_known(path: str) -> bool:
    """Return whether other tools have a command with these words."""
    return path in _COMMANDS


def is_model(runtime: Runtime, word: str) -> bool:
    """Return whether a word is the name of a known model."""
    if not word or re.search(r"\s", word) or not re.search(r"[/\d-]", word):
        return False
    from openclaw_fal.actions.models import known_model

    try:
        return known_model(runtime, word) is not None
    except OpenclawFalError:
        return False
