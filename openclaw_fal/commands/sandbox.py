"""`openclaw-fal sandbox`: serve the sandbox until Ctrl-C or while a command runs; list its faults."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.command_classes import Command
from openclaw_fal.core.errors import Interrupted, NothingSent, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.runtime import SANDBOX_KEY

if TYPE_CHECKING:
    from subprocess import Popen

    from openclaw_fal.runtime import PrivateSandbox, Runtime
    from openclaw_fal.signals import Signals


app = typer.Typer()

FAULTS_WORD = "faults"
NOT_EXECUTABLE, NOT_FOUND = 126, 127  # what a shell and `env` return for a command that they can't run
# Python handles a signal that arrives right before a wait only after it, so no wait is long.
_IDLE_S = 0.5
_SLICE_S = 0.02  # the end of the program is noticed after one


class SandboxCommand(Command):
    """A command that leaves everything behind ``--`` to another program."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "--" in args:
            place = args.index("--")
            ctx.meta[__name__] = args[place + 1 :]
            args = args[:place]
        return super().parse_args(ctx, args)


@app.command("sandbox", cls=SandboxCommand)
def serve(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[faults | -- COMMAND…]",
            help="The word `faults` lists the faults; a command after -- runs in the sandbox.",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port on 127.0.0.1; 0 picks a free one.")
    ] = 0,
    speed: Annotated[
        float,
        typer.Option(metavar="X", min=0.01, max=1000, help="Speed of jobs; 10 runs them ten times as fast."),
    ] = 1.0,
    as_json: opt.JsonOption = False,
) -> int | None:
    """Run a local server that behaves like fal, until Ctrl-C.

    It needs no key, costs nothing and makes placeholder files. Run the line that it prints in another terminal, and
    every openclaw-fal command there uses it. With `-- COMMAND`, it runs while the command does, with the variables set,
    and the exit status is the command's, or 127 if there is no such command, and 126 if it can't be run. Its jobs are
    lost when it stops. For a single openclaw-fal command, use --sandbox.

    `sandbox faults` lists the failures that a prompt can cause: "a fox [fault:poll-502*3]".
    """
    runtime = opt.runtime_of(context)
    program = context.meta.get(__name__)
    if words == [FAULTS_WORD] and program is None:
        _list_faults(runtime)
        return None
    if words:
        raise _not_a_word(words, program or [])
    if program is not None:
        return _run(runtime, program, port, speed)
    _serve(runtime, port, speed)
    return None


def _not_a_word(words: Sequence[str], program: Sequence[str]) -> UsageError:
    from difflib import get_close_matches

    means_faults = len(words) == 1 and not program and get_close_matches(words[0], [FAULTS_WORD])
    meant = command("sandbox", FAULTS_WORD) if means_faults else command("sandbox --", *words, *program)
    return UsageError(f"{words[0]!r} is not known here. Put -- before a command to run.", hint=meant)


def _serve(runtime: "Runtime", port: int, speed: float) -> None:
    sandbox = _start(port, speed)
    try:
        runtime.messages.note("The sandbox runs until Ctrl-C. To use it, run this line in another terminal:")
        variables = _variables(sandbox)
        if runtime.json:
            runtime.out.data({"ok": True, "url": sandbox.url, "environment": variables})
        else:
            runtime.out.line("export " + " ".join(f"{name}={value}" for name, value in variables.items()))
        while True:
            time.sleep(_IDLE_S)
    except Interrupted:
        runtime.messages.note("Sandbox stopped.")
    finally:
        sandbox.stop()


def _run(runtime: "Runtime", program: Sequence[str], port: int, speed: float) -> int:
    """Serve while a program runs, and return its exit status. Ctrl-C reaches both; the program decides what it does."""
    import subprocess

    if not program:
        raise UsageError("-- needs a command after it.", hint=command("sandbox -- make test"))
    sandbox = _start(port, speed)
    try:
        # The terminal sends Ctrl-C to both, so the first one is the program's to answer, even while it starts.
        with runtime.signals.first_noted(lambda: None), runtime.signals.held(raise_after=False):
            child = subprocess.Popen(program, env={**runtime.environ, **_variables(sandbox)})
            status = _wait(child, runtime.signals)
    except OSError as error:
        failure = UsageError(f"{program[0]} can't be run: {error.strerror or error}.")
        failure.exit_code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        raise failure from error
    finally:
        sandbox.stop()
    # As in a shell, the status of a program that a signal ended.
    return 128 - status if status < 0 else status


def _wait(child: "Popen[bytes]", signals: "Signals") -> int:
    """Wait for a program to end; a signal ends it. Signals must be held: one raised inside Popen leaves it locked."""
    while (status := child.poll()) is None:
        try:
            signals.pause(time.sleep, _SLICE_S)
        except Interrupted:
            child.terminate()
    return status


def _variables(sandbox: "PrivateSandbox") -> Mapping[str, str]:
    return {"OPENCLAW_FAL_BASE_URL": sandbox.url, "FAL_KEY": SANDBOX_KEY}


def _list_faults(runtime: "Runtime") -> None:
    from openclaw_fal.core.results import Column, Table
    from openclaw_fal.sandbox.faults import FAULTS

    rows = [
        (_marker(name, fault.number), "once" if fault.times else "always", fault.about)
        for name, fault in FAULTS.items()
    ]
    value = [{"fault": name, **fault._asdict()} for name, fault in FAULTS.items()]
    runtime.out.table(
        Table(
            columns=(Column("fault", "key"), Column("how often", "dim"), Column("what happens", shrinks=True)),
            rows=rows,
            value=value,
            footer='Write one into a prompt: "a red fox [fault:poll-502]"; *3 repeats it three times.',
            is_paged=True,
        )
    )


def _marker(name: str, number: int | None) -> str:
    """Return the name of a fault, with its number if it has one."""
    return name if number is None else f"{name}-{number}"


def _start(port: int, speed: float) -> "PrivateSandbox":
    from openclaw_fal.sandbox import Sandbox

    try:
        return Sandbox(port=port, speed=speed).start()
    except OSError as error:
        raise NothingSent(
            f"The sandbox can't listen on port {port} of 127.0.0.1: {error.strerror or error}.",
            code="port_unavailable",
            hint=f"Use a free port: {command('sandbox --port 0')}",
        ) from error
