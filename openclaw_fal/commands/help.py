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
    "141": "The program that read the output closed the pipe, as `head` does.",
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
    "GITHUB_STEP_SUMMARY": "File to which --summary, and every batch, appends a table of results and costs.",
    "NO_COLOR, FORCE_COLOR": "Turn colors off or on.",
    "CI": "If set, progress is plain lines.",
    "OPENCLAW_FAL_PREVIEW": "1 shows pictures in the terminal after each command; kitty, iterm, sixel or blocks "
    "also sets the format.",
    "COLUMNS": "Width of the output in columns.",
    "HTTPS_PROXY, NO_PROXY": "Proxy for requests, and the hosts to reach without it.",
    "SSL_CERT_FILE, SSL_CERT_DIR": "Certificate authorities to trust.",
}


CONFIGURATION = {
    "config file": "Path of the configuration, a JSON5 file. To use OpenClaw's own: export OPENCLAW_CONFIG_PATH=PATH",
    "config get, config set": "Read or change one value. Comments and layout of the file stay.",
    "models set REF": "Make a model the default for what it makes: images, videos or music.",
    "models status": "Which key and models are used, and where each was set.",
    "onboard": "Store a key and set the default models.",
    "agents.defaults.mediaModels": "Default models: image, video and music, each with primary, fallbacks, timeoutMs.",
    "agents.defaults.mediaMaxMb": "Largest file to download, in MiB.",
    "models.providers.fal.apiKey": "The key, the variable that holds it, or a file or command to read it from.",
    "models.providers.fal.baseUrl": "One address instead of all fal hosts.",
    "--profile NAME": "A separate configuration, key and task list.",
}

OUTPUT = {
    "(nothing)": "KIND-DATE-TIME-N.EXT in the current folder.",
    "-o fox.png": "This file; several files are fox-1.png, fox-2.png. The type decides the extension.",
    "-o foxes/": "This folder, which is created.",
    "-o 'fox-{seed}.{ext}'": "A template: {index}, {name}, {ext}, {task}, {seed} and {model}.",
    "-o -": "The file itself, on standard output.",
    "--overwrite": "Replace existing files. Without it they are kept, and the new one gets a number.",
    "-q": "Print only the paths of the files, one a line.",
    "--json": "Print one JSON document on standard output, errors included.",
    "--progress json": "Print progress as one JSON object a line, on standard error.",
    "standard output": "Only the result. Everything else is on standard error.",
}

SANDBOX = {
    "--sandbox": "On any command: use a private server on this machine instead of fal. No key, no cost.",
    "sandbox": "Run it for other programs until Ctrl-C; it prints the variables to set.",
    "sandbox -- COMMAND…": "Run it while a command runs, with the variables set: sandbox -- make test",
    "sandbox faults": "List the failures that a prompt can cause.",
    "placeholders": "It makes PNG, JPEG, WebP, H.264 and WAV files of the requested size and length.",
    "[fault:NAME]": 'In a prompt, causes a failure: "a fox [fault:poll-502*3]".',
}

MODELS = {
    "(nothing)": "The configured model of the kind, then its fallbacks, else a built-in default.",
    "-m fal/ID": "An endpoint id, such as fal/fal-ai/flux/dev; fal/ may be left out.",
    "-m flux-dev": "A short name, if it means one model only.",
    "-m https://fal.ai/models/…": "The address of a model's page.",
    "models list --search WORDS": "Find models by words; --kind and --category narrow it down.",
    "models show REF": "What a model takes, and which flags fill its inputs.",
    "image generate -m REF --help": "The flags, and then the model's own inputs.",
    "run REF": "Any model: speech, sound, 3-D, upscaling, vision, training.",
    "-p NAME=VALUE": "An input that has no flag. NAME:=JSON for numbers and lists, NAME=@FILE for files.",
}

TOPICS: "Mapping[str, tuple[str, Mapping[str, str]]]" = {
    "exit-codes": ("Exit codes of openclaw-fal. With --json, error.code is more specific.", EXIT_CODES),
    "environment": ("Environment variables of openclaw-fal. An empty variable counts as unset.", VARIABLES),
    "configuration": ("Configuration of openclaw-fal: commands, and the settings that they change.", CONFIGURATION),
    "output": ("Where files go, and what is printed.", OUTPUT),
    "sandbox": ("The sandbox: a server that behaves like fal.", SANDBOX),
    "models": ("Which model is used, and how to find another.", MODELS),
}


@app.command("help")
def show_help(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC|COMMAND]…", help=f"A topic ({', '.join(HELP_TOPICS)}) or a command."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show the full help of each flag.")] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Show help for a command or a topic."""
    from openclaw_fal.commands.pages import page

    runtime = opt.runtime_of(context)
    words = words or []
    root: Any = context.find_root().command
    topic = _topic(words)
    # A word may be both, such as `models`.
    pages = [page(_find(context, words), full=everything)] if not topic or words[0] in root.commands else []
    text = "\n\n".join([*pages, *([topic] if topic else [])])
    if runtime.json:
        runtime.out.data({"help": text})
    else:
        runtime.out.line(text)


def _topic(words: "Sequence[str]") -> str | None:
    if len(words) != 1 or words[0] not in TOPICS:
        return None
    return _text(*TOPICS[words[0]])


def _text(title: str, rows: "Mapping[str, str]", width: int = 80) -> str:
    """Return a title and two columns, wrapped at ``width``."""
    indent = max(map(len, rows)) + 4
    lines = [
        textwrap.fill(
            text,
            width,
            initial_indent=f"  {name}".ljust(indent),
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
        for name, text in rows.items()
    ]
    return "\n".join([title, "", *lines])


def _find(context: typer.Context, words: "Sequence[str]") -> Any:
    """Return the context of the command that the words name; the program's for none."""
    found: Any = context.find_root()
    for number, word in enumerate(words, start=1):
        commands = getattr(found.command, "commands", {})
        if word not in commands:
            raise _unknown(words[:number], commands)
        found = commands[word].make_context(word, [], parent=found, resilient_parsing=True)
    return found


def _unknown(words: "Sequence[str]", commands: "Mapping[str, Any]") -> UsageError:
    from openclaw_fal.commands.habits import closest

    close = closest(words[-1], [*commands, *(HELP_TOPICS if len(words) == 1 else ())])
    instead = f" Did you mean {' or '.join(close)}?" if close else ""
    return UsageError(f"No command or topic {' '.join(words)!r}.{instead}", hint=program.command("help"))
