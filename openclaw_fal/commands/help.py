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
    "126, 127": "The program after `sandbox --` can't be run, or there is none.",
    "129, 130, 143": "Interrupted by a closed terminal, Ctrl-C or SIGTERM. The task is kept.",
    "141": "The program that read the output closed the pipe, as `head` does.",
}

# The values of `error.code` in JSON, by exit code.
ERROR_CODES = {
    "1": "base_url_invalid, certificates_invalid, completion_unwritable, config_changed, config_include, "
    "config_invalid, config_path_missing, config_readonly, config_would_lose, declined, failed, internal, "
    "journal_newer, journal_unusable, locked, not_cancelled, proxy_invalid, request_not_found, stdout_failed, "
    "task_ambiguous, task_not_found, variable_missing",
    "2": "batch_invalid, category_unknown, no_home, output_exists, output_unwritable, references_unsupported, usage, "
    "wrong_kind",
    "3": "access_denied, key_malformed, key_missing, key_refused, key_unreadable",
    "4": "account_locked, balance_exhausted, rate_limited",
    "5": "content_policy, input_refused, model_not_found",
    "6": "cancelled, job_failed, no_media, result_gone, server_error, timed_out",
    "7": "disk_failed, disk_full, journal_unwritable, never_submitted, nothing_submitted, port_unavailable, "
    "unreachable, upload_failed",
    "8": "submit_unknown",
    "9": "cancel_unanswered, not_recorded, still_running",
    "10": "files_missing, result_unreadable",
    "11": "cost_too_high, cost_unknown",
    "129, 130, 143": "interrupted",
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
    "HTTPS_PROXY, ALL_PROXY": "Proxy for requests, HTTP or SOCKS 5; NO_PROXY has the hosts to reach without it.",
    "SSL_CERT_FILE, SSL_CERT_DIR": "Certificate authorities to trust.",
}


CONFIGURATION = {
    "config file": "Print the path of the configuration, a JSON5 file. To use OpenClaw's own: "
    "export OPENCLAW_CONFIG_PATH=PATH",
    "config get, config set": "Read or change one value. Comments and layout of the file stay.",
    "models set REF": "Make a model the default for what it makes: images, videos or music.",
    "models status": "Show which key and models are used, and where each was set.",
    "onboard": "Store a key and set the default models.",
    "default models": "agents.defaults.imageGenerationModel and .videoGenerationModel, each with primary, fallbacks "
    "and timeoutMs. agents.defaults.mediaModels (image, video, music) wins. `models set` uses it for music, and for "
    "all models if OpenClaw 2026.8 or newer uses the file.",
    "agents.defaults.mediaMaxMb": "Largest file to download, in MiB.",
    "models.providers.fal.apiKey": 'The key, "$NAME", or a reference to a variable, a file or a command.',
    "models.providers.fal.baseUrl": "One address instead of all fal hosts.",
    "$include": "Read as in OpenClaw. Included files are never changed.",
    "--profile NAME": "A separate configuration, key and task list.",
    "which key": "The first of FAL_KEY, FAL_API_KEY, FAL_KEY_ID with FAL_KEY_SECRET, the key that `onboard` stored, "
    "models.providers.fal.apiKey, the configuration's env block, and OpenClaw's .env file, if its configuration is "
    "used.",
    "files on Linux": "~/.config/openclaw-fal/openclaw.json; key and tasks in ~/.local/state/openclaw-fal/; "
    "model catalog in ~/.cache/openclaw-fal/",
    "files on macOS": "~/Library/Application Support/openclaw-fal/; model catalog in ~/Library/Caches/openclaw-fal/",
}

OUTPUT = {
    "(nothing)": "KIND-DATE-TIME-N.EXT in the current folder.",
    "-o fox.png": "This file; several files are fox-1.png, fox-2.png. The type decides the extension.",
    "-o foxes/": "This folder, which is created.",
    "-o 'fox-{seed}.{ext}'": "A template: {index}, {name}, {ext}, {task}, {seed} and {model}.",
    "-o -": "The file itself, on standard output.",
    "--overwrite": "Replace existing files. Without it they are kept, and the new one gets a number.",
    "-q": "Print only the paths of the files, one per line.",
    "--json": "Print one JSON document on standard output, errors included.",
    "--progress json": "Print progress as one JSON object per line, on standard error.",
    "standard output": "Only the result. Everything else is on standard error.",
}

WAITING = {
    "task": "One submission to fal, with an id. The job keeps running at fal when the command ends.",
    "--detach": "Submit, print the id and exit. `tasks wait ID` fetches the files, as long as fal keeps them.",
    "Ctrl-C": "The command prints how to keep waiting and how to cancel the job. With --on-interrupt cancel, it "
    "cancels the job.",
    "--timeout-ms MS": "Limits the command, not the job: ten minutes for images, twenty for videos and `tasks wait`. "
    "The command ends within two seconds of it, but a file that is arriving gets up to a minute more. The exit code is "
    "9, or 8 for an image without an answer. `tasks wait` continues.",
    "slow files": "Files are fetched in parallel. One that fails does not stop the others. One without a byte for a "
    "minute is given up (exit code 10), and `tasks wait` fetches it.",
    "--reuse": "If the same request is open or its files are missing, follow it instead of paying again. Of several "
    "processes that start at once, only one submits.",
    "--queue": "Images use fal's synchronous endpoint, which is faster. With --queue they can be canceled, as videos "
    "can.",
    "lost answers": "If the connection breaks while a request is sent, fal may have accepted it. The command looks for "
    "it in fal's history, by input and time, for up to five minutes, and so does every later `tasks wait`. Nothing is "
    "sent twice. Until the request is found, the status is unknown and the exit code 8. If several requests match, "
    "none is chosen.",
    "never submitted": "If fal has no such request, the exit code is 7. That is known 15 minutes after a synchronous "
    "run, and a day after a job for the queue, because fal lists a job only when it starts.",
    "tasks adopt ID": "Adopt a request that another machine sent, by its request id and --model. "
    "`tasks wait ID --model REF` also fetches its files.",
}

BATCH = {
    "prompts.txt": "A prompt per line. Lines that begin with # are comments.",
    "shots.jsonl": 'A JSON object per line, with the names of flags: {"prompt": "a fox", "count": 2}. '
    '"command" is a command such as video.generate, and "param" an object. A JSON array of objects also works.',
    "shots.csv": "A table whose header has the same names; cells are separated by commas, semicolons or tabs. "
    "A column whose name begins with # is a note.",
    "flags": "Flags of the command line apply to every line that has no value of its own.",
    "a second run": "Makes only what is missing: it skips finished lines, follows running jobs and fetches missing "
    "files. Lines are recognized by their request, so you may add, remove and reorder them. Of equal lines, each is "
    "made.",
    "queue": "All jobs go through fal's queue, so that the next run can ask about them.",
    "rate limits": "When fal has too many requests, the batch slows down and recovers.",
    "Ctrl-C": "No more jobs start, and the batch waits for those that run. A second Ctrl-C leaves them running at "
    "fal. A locked account or a refused key stops a batch as the first Ctrl-C does.",
    "exit code": "0: all lines are done. 10: some are missing. Otherwise that of the first failure.",
}

COSTS = {
    "--dry-run": "Show the request and an estimate of its cost. Nothing is submitted.",
    "known": "The estimate is the unit price times the units of the request.",
    "at least": "It may cost more: the unit price may be that of a lower resolution, or without sound.",
    "unknown": "The estimate says why. An unknown cost is never shown as 0.",
    "--max-cost USD": "Send nothing that may cost more (exit code 11). It limits all requests of a command together, "
    "and refuses unknown costs unless --allow-unknown-cost is given.",
    "cost": "After a run: the units that fal reported times the unit price, if it was known when the request was sent.",
    "spend": "What your tasks have cost, by day, model or batch. Tasks without a price are counted.",
    "spend --refresh": "Replace computed costs with what fal has billed, after discounts. This needs a key with the "
    "scope ADMIN in FAL_ADMIN_KEY; without one, missing prices are fetched. `tasks show ID --refresh-cost` does this "
    "for one task.",
    "prices": "Fetched from fal with your key, only with these flags and --price, and kept for a day.",
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
    "-m flux-dev": "A short name, if it means one model only, or an alias, made by `models aliases add`.",
    "-m https://fal.ai/models/…": "The address of a model's page.",
    "models list --search WORDS": "Find models by words; --kind and --category narrow it down.",
    "models show REF": "What a model takes, and which flags fill its inputs.",
    "image generate -m REF --help": "The flags, and then the model's own inputs.",
    "run REF": "Any model: speech, sound, 3-D, upscaling, vision, training.",
    "-p NAME=VALUE": "An input that has no flag. Repeat it to fill a list.",
    "-p NAME:=JSON": "The value as JSON.",
    "-p NAME=@FILE": "A file, or its text for an input that takes text. @- is standard input; write @@ to begin a "
    "text with @.",
    "-p loras.0.scale=0.8": "A member of an object or a list.",
    "--no-validate": "Send inputs that the model's schema refuses. Without it, they are an error before anything is "
    "sent.",
}

TOPICS: "Mapping[str, tuple[str, Mapping[str, str]]]" = {
    "exit-codes": (
        "Exit codes of openclaw-fal, and the values of error.code in JSON.",
        {status: f"{meaning}\n{ERROR_CODES.get(status, '')}".strip() for status, meaning in EXIT_CODES.items()},
    ),
    "environment": ("Environment variables of openclaw-fal. An empty variable counts as unset.", VARIABLES),
    "configuration": ("Configuration of openclaw-fal: commands, and the settings that they change.", CONFIGURATION),
    "output": ("Where files go, and what is printed.", OUTPUT),
    "waiting": ("How long commands wait, and how to resume a job.", WAITING),
    "batch": ("What a batch takes, and what a second run does.", BATCH),
    "costs": ("What a request will cost, and what it has cost.", COSTS),
    "sandbox": ("The sandbox: a server that behaves like fal.", SANDBOX),
    "models": ("Which model is used, how to find another, and how to fill its inputs.", MODELS),
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
    from openclaw_fal.commands.help_pages import page, page_width

    runtime = opt.runtime_of(context)
    words = words or []
    root: Any = context.find_root().command
    topic = _topic(words, page_width(context))
    # A word may be both, such as `models`.
    pages = [page(_find(context, words), full=everything)] if not topic or words[0] in root.commands else []
    text = "\n\n".join([*pages, *([topic] if topic else [])])
    if runtime.json:
        runtime.out.data({"help": text})
    else:
        runtime.out.line(text)


def _topic(words: "Sequence[str]", width: int) -> str | None:
    if len(words) != 1 or words[0] not in TOPICS:
        return None
    return _text(*TOPICS[words[0]], width)


def _text(title: str, rows: "Mapping[str, str]", width: int) -> str:
    """Return a title and two columns, wrapped at ``width``; a text may have several lines."""
    indent = max(map(len, rows)) + 4
    lines = [
        textwrap.fill(
            line,
            width,
            initial_indent=" " * indent if number else f"  {name}".ljust(indent),
            subsequent_indent=" " * indent,
            break_on_hyphens=False,
        )
        for name, text in rows.items()
        for number, line in enumerate(text.split("\n"))
    ]
    return "\n".join([title, "", *lines])


def _find(context: typer.Context, words: "Sequence[str]") -> Any:
    """Return the context of the command that the words name; the program's for none."""
    found: Any = context.find_root()
    for number, word in enumerate(words, start=1):
        commands = getattr(found.command, "commands", {})
        if word not in commands:
            raise _unknown(context, words[:number], commands)
        found = commands[word].make_context(word, [], parent=found, resilient_parsing=True)
    return found


def _unknown(context: typer.Context, words: "Sequence[str]", commands: "Mapping[str, Any]") -> UsageError:
    from openclaw_fal.commands.unknown_commands import is_model
    from openclaw_fal.commands.unknown_flags import closest

    if is_model(opt.runtime_of(context), words[-1]):
        return UsageError(f"{words[-1]} is a model.", hint=program.command("models show", words[-1]))
    close = closest(words[-1], [*commands, *(HELP_TOPICS if len(words) == 1 else ())])
    instead = f" Did you mean {' or '.join(close)}?" if close else ""
    return UsageError(f"No command or topic {' '.join(words)!r}.{instead}", hint=program.command("help"))
