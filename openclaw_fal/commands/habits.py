"""Flags and commands of other tools, answered with ours. `command_classes.ALIASES` has the flags we understand.

The other tools are fal's own names for inputs, genmedia, replicate, llm, gh and the clients of other image services.
"""

from __future__ import annotations

import difflib
import re
import shlex
from typing import TYPE_CHECKING

from openclaw_fal.commands.command_classes import ALIASES
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Flags that can't simply mean one of ours, with what to use instead.
_ANSWERS: Mapping[str, str] = {
    "--width": "Give width and height together: --size 1024x768",
    "--height": "Give width and height together: --size 1024x768",
    "--timeout": "Give the time limit in milliseconds: --timeout-ms 60000",
    "--output-dir": "Give a folder that ends with a slash: --output FOLDER/",
    "--output-directory": "Give a folder that ends with a slash: --output FOLDER/",
    "--output-folder": "Give a folder that ends with a slash: --output FOLDER/",
    "--dir": "Give a folder that ends with a slash: --output FOLDER/",
    "--save": "Files are always saved. Choose where: --output PATH",
    "--wait": "Commands wait for the result, unless --detach is given.",
    "--sync": "Commands wait for the result, unless --detach is given.",
    "--subscribe": "Commands wait for the result, unless --detach is given.",
    "--logs": "Follow the job line by line: --progress plain",
    "--stream": "Follow the job line by line: --progress plain",
    "--verbose": "See every request and reply: --log-level debug",
    "--debug": "See every request and reply: --log-level debug",
    "-v": "See every request and reply: --log-level debug",
    "--prompt-file": "Read the prompt from a file: --prompt @FILE",
    "--input": "Give a file with --file, and any other input of the model with -p NAME=VALUE.",
    "--web": "See the job in a browser: https://fal.ai/dashboard/requests",
    "--api-key": "Give the key in the variable FAL_KEY, or store it: openclaw-fal onboard",
    "--key": "Give the key in the variable FAL_KEY, or store it: openclaw-fal onboard",
    "--token": "Give the key in the variable FAL_KEY, or store it: openclaw-fal onboard",
    "--price": "See what it will cost: --dry-run",
    "--cost": "See what it will cost: --dry-run",
    "--estimate": "See what it will cost: --dry-run",
    "--budget": "Limit what it may cost, in US dollars: --max-cost 0.50",
    "--show": "Show pictures in the terminal: --preview",
    "--display": "Show pictures in the terminal: --preview",
    "--view": "Show pictures in the terminal: --preview",
    "--n-images": "Give the number of images: --count N",
    "--yes": "Nothing asks for a confirmation.",
    "-y": "Nothing asks for a confirmation.",
    "--all-help": "See every flag in full: openclaw-fal help COMMAND --all",
    "--help-all": "See every flag in full: openclaw-fal help COMMAND --all",
}

_PICTURE = 'image generate "a red fox"'
_VIDEO = 'video generate "waves at dusk"'
_UPSCALE = "run fal-ai/clarity-upscaler -p image_url=@photo.png"
_SPEAK = 'run fal-ai/chatterbox/text-to-speech "Hello there."'
# Commands of other tools and words for tasks, with our commands. Two words are a group and a command of it.
_COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("login", "auth", "setup", "init", "configure", "key", "keys", "signin"), "onboard"),
    **dict.fromkeys(("generate", "create", "make", "draw", "imagine", "img", "picture", "images", "gen"), _PICTURE),
    **dict.fromkeys(("text-to-image", "txt2img", "t2i", "flux", "photo"), _PICTURE),
    **dict.fromkeys(("edit", "image-to-image", "img2img", "inpaint"), 'image edit -i photo.png "make it a watercolor"'),
    **dict.fromkeys(("animate", "image-to-video", "i2v"), 'video generate -i photo.png "the fox turns its head"'),
    **dict.fromkeys(("text-to-video", "t2v", "videos", "movie", "film", "clip"), _VIDEO),
    **dict.fromkeys(("song", "sound", "text-to-audio", "track"), 'music generate "a calm piano piece"'),
    **dict.fromkeys(("upscale", "upscaler", "enhance", "image upscale", "image enhance", "superres"), _UPSCALE),
    "video upscale": "run fal-ai/topaz/upscale/video -p video_url=@clip.mp4",
    **dict.fromkeys(("speak", "speech", "say", "tts", "voice", "audio", "text-to-speech", "music speak"), _SPEAK),
    **dict.fromkeys(("transcribe", "stt", "whisper", "speech-to-text"), "run fal-ai/wizper -p audio_url=@talk.mp3"),
    **dict.fromkeys(
        ("rembg", "remove-background", "background", "image remove-background"),
        "run fal-ai/imageutils/rembg -p image_url=@photo.png",
    ),
    **dict.fromkeys(("3d", "text-to-3d", "image-to-3d"), "models list --category image-to-3d"),
    **dict.fromkeys(("describe", "caption", "vision"), "models list --category vision"),
    **dict.fromkeys(("train", "finetune", "lora"), "models list --category training"),
    **dict.fromkeys(("jobs", "job", "history", "list", "ls", "queue", "log", "logs", "predictions"), "tasks list"),
    **dict.fromkeys(("task", "ps", "recent", "tasks ls", "tasks history", "tasks all"), "tasks list"),
    **dict.fromkeys(("wait", "resume", "fetch", "result", "download", "get", "attach"), "tasks wait ID"),
    **dict.fromkeys(("tasks download", "tasks fetch", "tasks result", "tasks resume", "tasks watch"), "tasks wait ID"),
    **dict.fromkeys(("show", "tasks get", "tasks info", "tasks status", "tasks view", "tasks logs"), "tasks show ID"),
    **dict.fromkeys(("stop", "cancel", "tasks stop", "tasks kill"), "tasks cancel ID"),
    **dict.fromkeys(("search", "find", "models search", "models find", "catalog"), "models list --search WORDS"),
    **dict.fromkeys(("model", "models ls", "models all"), "models list"),
    **dict.fromkeys(("schema", "inputs", "models info", "models schema", "models get", "docs"), "models show REF"),
    **dict.fromkeys(("models use", "models default", "default", "use"), "models set REF"),
    **dict.fromkeys(("status", "whoami", "account", "models key"), "models status"),
    **dict.fromkeys(("env", "check", "diagnose", "info"), "doctor"),
    **dict.fromkeys(("settings", "set", "config show", "config list", "config view"), "config get agents.defaults"),
    **dict.fromkeys(("config path", "config where"), "config file"),
    **dict.fromkeys(("run-model", "exec", "call", "submit", "invoke", "predict", "api"), "run REF"),
    **dict.fromkeys(("bulk", "batches", "many", "image batch", "video batch"), "batch prompts.txt"),
    **dict.fromkeys(("price", "prices", "pricing", "estimate", "dry-run"), f"{_PICTURE} --dry-run"),
    **dict.fromkeys(("cost", "costs", "billing", "usage", "balance", "credits", "money"), "spend"),
    **dict.fromkeys(("again", "redo", "repeat", "retry", "remake", "regenerate", "replay"), "rerun FILE --seed 7"),
    **dict.fromkeys(("vary", "variation", "variations", "image variations", "image vary"), "rerun FILE --seed 7"),
    **dict.fromkeys(("tasks rerun", "tasks retry", "tasks again", "image rerun", "video rerun"), "rerun ID --seed 7"),
    **dict.fromkeys(("web", "browse", "album", "report", "html", "contact-sheet", "view", "open"), "gallery --open"),
    **dict.fromkeys(("preview", "display", "image show", "image preview"), "tasks preview ID"),
    **dict.fromkeys(("upload", "files", "assets"), 'image edit -i photo.png "make it a watercolor"'),
    **dict.fromkeys(("serve", "server", "mock", "fake", "test", "emulator", "demo"), "sandbox"),
    **dict.fromkeys(("completions", "autocomplete", "shell-completion"), "completion --install"),
    **dict.fromkeys(("man", "manual", "usage", "commands"), "help"),
    **{topic: f"help {topic}" for topic in ("exit-codes", "environment", "configuration", "output", "waiting")},
    **dict.fromkeys(("image create", "image make", "image new", "image gen", "image text-to-image"), _PICTURE),
    **dict.fromkeys(("video create", "video make", "video new", "video gen", "video animate", "video edit"), _VIDEO),
    **dict.fromkeys(("music create", "music make", "music new", "music gen"), 'music generate "a calm piano piece"'),
}

# Never proposed for a mistyped word.
_DELETING = {"prune", "unset", "cancel", "clear", "delete", "remove", "rm", "--reset", "--all", "--overwrite"}
_GROUPS_WITH_PROMPTS = {"image": "generate", "video": "generate", "music": "generate"}
_FILE_IN_EXAMPLE = re.compile(r"photo\.png|clip\.mp4|talk\.mp3")
_TEXT_IN_EXAMPLE = re.compile(r'"[^"]+"')
_CLOSE = 0.7  # how alike a suggestion must be, from 0 to 1


def unknown_flag(flag: str, path: str, flags: Iterable[str], *, takes_inputs: bool) -> UsageError:
    """Return the error for a flag that the command at ``path`` does not have.

    ``flags`` are those it has; with ``takes_inputs`` any input of a model may be given with ``-p``.
    """
    message = f"No such option: {flag}."
    if answer := _ANSWERS.get(flag.replace("_", "-")):
        message = f"{message} {answer}"
    elif close := closest(flag, flags):
        message = f"{message} Did you mean {' or '.join(close)}?"
    elif takes_inputs and flag.startswith("--"):
        name = flag[2:].replace("-", "_")
        message = f"{message} The model's own inputs follow -p: -p {name}=VALUE"
    return UsageError(message, hint=f"{path} --help")


def unknown_command(
    words: Sequence[str], names: Iterable[str], arguments: Sequence[str] = (), *, sandbox: bool = False
) -> UsageError:
    """Return the error for the last of ``words``, which is no command; ``names`` are those that could stand there.

    ``arguments`` are what follows it on the command line. What is proposed stays in the ``sandbox``.
    """
    *groups, word = words
    group = " ".join(groups)
    message = f"No such command: {word}."
    help_hint = command(*groups, "--help")
    verb = _GROUPS_WITH_PROMPTS.get(group, "image generate" if not group else "")
    if verb and (any(sign.isspace() for sign in word) or word.startswith("@")):
        made = command(*groups, verb, quoted(word), *map(quoted, arguments), sandbox=sandbox)
        return UsageError(f"{quoted(word)} is not a command.", hint=made)
    if ours := _COMMANDS.get(" ".join((*groups, word.lower()))):
        proposed = _with_own_words(ours, arguments)
        return UsageError(message, hint=f"{command(proposed, sandbox=sandbox)}\n{help_hint}")
    if close := closest(word, names):
        return UsageError(f"{message} Did you mean {' or '.join(close)}?", hint=help_hint)
    as_prompt = (
        f"If it is a prompt: {command(*groups, verb, quoted(word), sandbox=sandbox)}\n" if groups and verb else ""
    )
    return UsageError(message, hint=as_prompt + help_hint)


def _with_own_words(proposed: str, arguments: Sequence[str]) -> str:
    """Return a proposed command with the file or the text that was typed instead of the example's."""
    typed = next((word for word in arguments if not word.startswith("-")), None)
    if typed is None:
        return proposed
    if "photo.png" in proposed or "clip.mp4" in proposed or "talk.mp3" in proposed:
        return _FILE_IN_EXAMPLE.sub(lambda _found: quoted(typed), proposed) if "." in typed else proposed
    example = _TEXT_IN_EXAMPLE.search(proposed)
    return (
        proposed.replace(example[0], quoted(typed)) if example else re.sub(r"\bID\b|\bFILE\b", quoted(typed), proposed)
    )


def understood(flag: str) -> str:
    """Return our flag for one that `ALIASES` has, else the flag itself."""
    return next((ours for ours, theirs in ALIASES.items() if flag in theirs), flag)


def quoted(text: str) -> str:
    """Return a word for a shell, in double quotes where these are enough, as people write them."""
    if text and not set(text) & set('"$`\\!'):
        return text if shlex.quote(text) == text else f'"{text}"'
    return shlex.quote(text)


def closest(word: str, known: Iterable[str]) -> list[str]:
    """Return at most two of the known words that are most like a word; never one that deletes or replaces."""
    names = [name for name in known if name not in _DELETING]
    bare = {name.lstrip("-"): name for name in names if name.startswith("-") == word.startswith("-")}
    found = difflib.get_close_matches(word.lstrip("-").lower().replace("_", "-"), bare, 2, _CLOSE)
    return [bare[name] for name in found]
