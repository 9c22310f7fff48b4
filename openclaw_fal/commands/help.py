"""`openclaw-fal help`: the program's help, that of a command, or a topic."""

import textwrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core import program
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.requests import HELP_TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

app = typer.Typer()

EXIT_CODES = {
    "0": "Done.",
    "1": "Anything that is not listed below.",
    "2": "Usage: the command line or the request is wrong. Nothing was sent.",
    "3": "The API key is missing, or fal refused it.",
    "4": "The account is locked, out of balance or over its limits.",
    "5": "fal refused the input: validation or content policy.",
    "6": "The job failed, was canceled, or fal lost it.",
    "7": "Network or disk failed before anything was submitted or written.",
    "8": "Unknown whether the job was submitted.",
    "9": "The time limit passed while the job was still running.",
    "10": "Some files are missing; `tasks wait` fetches them again without a new job.",
    "11": "Refused by `--max-cost`: it costs more, or the cost is unknown. Nothing was sent.",
    "130, 143": "Interrupted by Ctrl-C or SIGTERM. The task is kept.",
}

VARIABLES = {
    "FAL_KEY, FAL_API_KEY": "fal API key; wins over the stored key and the configuration.",
    "FAL_KEY_ID, FAL_KEY_SECRET": "The key in two parts, as fal's own clients accept it.",
    "OPENCLAW_CONFIG_PATH": "Configuration file.",
    "OPENCLAW_STATE_DIR": "One folder for configuration, key, tasks and caches.",
    "OPENCLAW_CONFIG_READONLY": "1 refuses every change of the configuration file.",
    "OPENCLAW_INCLUDE_ROOTS": "More folders from which the configuration may include files.",
    "OPENCLAW_FAL_BASE_URL": "One address instead of all fal hosts, such as a sandbox or proxy. Plain http is for "
    "loopback addresses only.",
    "OPENCLAW_FAL_MAX_COST": "US dollars that one command may spend, as with --max-cost.",
    "FAL_ADMIN_KEY": "fal key with the scope ADMIN; only `spend --refresh` and `tasks show --refresh-cost` use it.",
    "NO_COLOR, FORCE_COLOR": "Turn colors off or on.",
    "CI": "If set, progress is plain lines.",
    "COLUMNS": "Width of the output in columns.",
    "HTTPS_PROXY, NO_PROXY": "Proxy for requests, and the hosts to reach without it.",
    "SSL_CERT_FILE, SSL_CERT_DIR": "Certificate authorities to trust.",
}


@app.command("help")
def show_help(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC|COMMAND]…", help=f"A topic ({', '.join(HELP_TOPICS)}) or a command."),
    ] = None,
    as_json: opt.JsonOption = False,
) -> None:
    """Show help for a command or a topic."""
    runtime = opt.runtime_of(context)
    text = _topic(words or []) or _find(context, words or []).get_help()
    if runtime.json:
        runtime.out.data({"help": text})
    else:
        runtime.out.line(text)


def _topic(words: "Sequence[str]") -> str | None:
    if list(words) == ["exit-codes"]:
        return _text("Exit codes of openclaw-fal. With --json, error.code is more specific.", EXIT_CODES)
    if list(words) == ["environment"]:
        return _text("Environment variables of openclaw-fal. An empty variable counts as unset.", VARIABLES)
    return None


def _text(title: str, rows: "Mapping[str, str]", width: int = 80) -> str:
    """Return a title and two columns, wrapped at ``width``."""
    indent = max(map(len, rows)) + 4
    lines = [
        textwrap.fill(text, width, initial_indent=f"  {name}".ljust(indent), subsequent_indent=" " * indent)
        for name, text in rows.items()
    ]
    return "\n".join([title, "", *lines])


def _find(context: typer.Context, words: "Sequence[str]") -> Any:
    """Return the context of the command that the words name; the program's for none."""
    found: Any = context.find_root()
    for number, word in enumerate(words, start=1):
        command = getattr(found.command, "commands", {}).get(word)
        if command is None:
            raise UsageError(f"No command or topic {' '.join(words[:number])!r}.", hint=program.command("help"))
        found = command.make_context(word, [], parent=found, resilient_parsing=True)
    return found
