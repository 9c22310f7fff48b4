"""OpenClaw's commands that openclaw-fal has under another name, or not at all, and what to run instead.

`unknown_commands` has those of other tools.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command, onboard_command
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence


class Instead(Record):
    """Why there is no such command, and the words of the commands to run instead, or addresses."""

    why: str
    commands: tuple[str, ...]


_SPEECH = Instead(
    "Run fal's speech models by name.",
    ('run fal-ai/kokoro/american-english --prompt "TEXT"', "models list --category text-to-speech"),
)
_TRANSCRIPTION = Instead(
    "Run fal's transcription models by name.",
    ("run fal-ai/wizper -p audio_url=@FILE", "models list --category speech-to-text"),
)
_TEXT = Instead(
    "Run fal's text models by name.",
    ('run openrouter/router --prompt "TEXT" -p model=NAME', "models list --category llm"),
)
_DESCRIPTION = Instead(
    "Run fal's models that describe images by name.",
    ("run fal-ai/florence-2-large/caption -p image_url=@FILE", "models list --category vision"),
)
_VIDEO_DESCRIPTION = Instead(
    "Run fal's models that describe videos by name.",
    ('run fal-ai/video-understanding --prompt "TEXT" -p video_url=@FILE', "models list --category video-to-text"),
)
_IMAGE_MODEL = Instead("`models set` makes a model the default for its kind.", ("models set {}",))
_FALLBACKS = Instead(
    "Fallbacks are a setting.",
    ("config get agents.defaults.mediaModels.image", "config set agents.defaults.mediaModels.image.fallbacks[0] {}"),
)
_MUSIC = Instead("Music has a command of its own.", ('music generate --prompt "TEXT"',))
_ONBOARD = Instead("`onboard` sets everything up.", ("onboard",))
_STATUS = Instead("There is no gateway to ask.", ("models status", "doctor"))
_KEY = Instead("fal uses API keys only.", ("models auth paste-api-key --provider fal", "onboard"))
_PRUNE = Instead("`tasks prune` forgets old tasks.", ("tasks list", "tasks prune"))

INSTEAD = {
    "infer tts": _SPEECH,
    "infer speech": _SPEECH,
    "infer audio": _TRANSCRIPTION,
    "infer model run": _TEXT,
    "infer model providers": Instead("fal is the only provider.", ("image providers", "video providers")),
    "infer embedding": Instead("Run fal's models by name.", ("models list --search embed",)),
    "infer music": _MUSIC,
    "infer image describe": _DESCRIPTION,
    "infer image describe-many": _DESCRIPTION,
    "infer video describe": _VIDEO_DESCRIPTION,
    "models set-image": _IMAGE_MODEL,
    "models set-video": _IMAGE_MODEL,
    "models image-fallbacks": _FALLBACKS,
    "models fallbacks": _FALLBACKS,
    "models scan": Instead("fal's own list has all its models.", ("models list --refresh",)),
    "models refresh": Instead("Use a flag instead.", ("models list --refresh",)),
    "models inspect": Instead("It is called `show`.", ("models show {}",)),
    "models auth add": _KEY,
    "models auth login": _KEY,
    "models auth setup-token": _KEY,
    "models auth paste-token": _KEY,
    "models auth order": Instead("One key is stored at a time.", ("models auth list",)),
    "tasks audit": _PRUNE,
    "tasks maintenance": _PRUNE,
    "tasks flow": _PRUNE,
    "tasks notify": Instead("`tasks wait` ends when a task does.", ("tasks wait ID",)),
    "logout": Instead("It is part of `models auth`.", ("models auth logout",)),
    "wizard": _ONBOARD,
    "reset": Instead("Use a flag instead.", ("onboard --reset",)),
    "health": _STATUS,
    "gateway": _STATUS,
    "daemon": _STATUS,
    "dashboard": Instead("fal has one.", ("https://fal.ai/dashboard",)),
    "update": Instead("Use the package manager that installed it.", ("--version",)),
    "uninstall": Instead("Use the package manager that installed it.", ("models auth logout",)),
}
# What OpenClaw does with chats, agents and devices: fal has no part in it.
_OPENCLAWS = (
    "acp agent agents approvals backup browser channels clawbot cron devices directory dns exec-approvals hooks mcp "
    "memory message node nodes pairing plugins proxy qr sandboxes secrets security sessions skills system tui webhooks"
)


def openclaws_command(words: Sequence[str], rest: Sequence[str]) -> UsageError | None:
    """Return the error for a command that does not exist here, if OpenClaw has it.

    ``words`` lead to it from the program's name on; ``rest`` follows on the command line.
    """
    path = " ".join("infer" if word == "capability" else word for word in words)
    if path not in INSTEAD and path.startswith(("image ", "video ")):
        path = f"infer {path}"
    name = " ".join(words)
    if instead := INSTEAD.get(path):
        model = next((shlex.quote(word) for word in rest if "/" in word and not word.startswith("-")), "REF")
        lines = [_line(words.replace("{}", model)) for words in instead.commands]
        return UsageError(f"There is no command `{name}`. {instead.why}", hint="\n".join(lines))
    if len(words) == 1 and words[0] in _OPENCLAWS.split():
        return UsageError(f"`{name}` is an OpenClaw command that openclaw-fal does not have.", hint=f"openclaw {name}")
    return None


def _line(words: str) -> str:
    if words == "onboard":
        return onboard_command()
    return words if words.startswith("https:") else command(words)
