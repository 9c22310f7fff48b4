"""Measures what TAB costs: `python tests/bench/bench_completion.py [RUNS]`.

In the shell: our function in a loop, beside a function that does nothing; the fastest of `ROUNDS` means, because other
programs of the machine only make it slower. From outside: the time from TAB to the answer on a terminal, beside the
shell's own completion of a fixed list. Exits with 1 if TAB in bash or fish takes over `LIMIT_MS` longer than that.
"""

from __future__ import annotations

import os
import pty
import select
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPLETIONS = Path(__file__).parents[2] / "completions"
LIMIT_MS = 5.0
ROUNDS = 5
MODELS = 550  # as many as fal has for images, or for videos
TASKS = 50
PROMPT = "<ready>"

LINES = (
    "openclaw-fal ",
    "openclaw-fal im",
    "openclaw-fal image generate --",
    "openclaw-fal image generate --prompt x --size 1024x1024 --aspect-ratio 16:",
    "openclaw-fal image generate --prompt x --model fal/owner-7/",
    "openclaw-fal image generate --prompt x --model ",
    "openclaw-fal image generate --prompt x --model family-77/",
    "openclaw-fal image generate --prompt x --model fal/owner-3/family-77/v2/text-to-image -p ",
    "openclaw-fal tasks show ",
)

IN_BASH = r"""
source {script}
nothing() {{ COMPREPLY=(); return 0; }}
measure() {{
    local function=$1 start end i
    COMP_LINE=$2 COMP_WORDS=($2); [[ $2 == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
    start=$EPOCHREALTIME
    for ((i = 0; i < {runs}; i++)); do $function openclaw-fal "${{COMP_WORDS[COMP_CWORD]}}" x; done
    end=$EPOCHREALTIME
    echo "$(((${{end/./}} - ${{start/./}}) / {runs}))"
}}
for line in {lines}; do echo "$(measure nothing "$line") $(measure _openclaw_fal "$line")"; done
"""

IN_FISH = r"""
source {script}
complete -c nothing -f
function measure
    set -l start (date +%s%N)
    for i in (seq {runs}); complete -C $argv[1] >/dev/null; end
    math "floor(("(date +%s%N)" - $start) / {runs} / 1000)"
end
for line in {lines}; echo (measure (string replace openclaw-fal nothing $line)) (measure $line); end
"""

_BASH = f"""\
PS1='{PROMPT}'; bind 'set enable-bracketed-paste off'; source {{script}}; complete -W 'image video' other
"""
_ZSH = f"""\
PS1='{PROMPT}'; unsetopt zle_bracketed_paste; fpath=({COMPLETIONS} $fpath); autoload -Uz compinit; compinit -D -u
_other() {{{{ compadd image video }}}}; compdef _other other
"""
_FISH = f"""\
function fish_prompt; echo -n '{PROMPT}'; end; set -g fish_greeting; set -g fish_autosuggestion_enabled 0
source {{script}}; complete -c other -f -a 'image video'
"""
ON_A_TERMINAL = {
    "bash": (("bash", "--norc", "--noprofile", "-i"), _BASH),
    "zsh": (("zsh", "-f", "-i"), _ZSH),
    "fish": (("fish", "--no-config", "--interactive"), _FISH),
}
SCRIPTS = {"bash": "openclaw-fal.bash", "zsh": "_openclaw-fal", "fish": "openclaw-fal.fish"}


def in_the_shell(shell: str, text: str, runs: int, home: Path) -> Iterator[tuple[str, float, float]]:
    """Yield each line with the milliseconds that nothing and our function take for it."""
    lines = " ".join(shlex.quote(line) for line in LINES)
    script = text.format(script=COMPLETIONS / SCRIPTS[shell], runs=runs, lines=lines)
    options = ["--no-config"] if shell == "fish" else ["--norc", "--noprofile"]
    rounds = []
    for _ in range(ROUNDS):
        answer = subprocess.run(
            [shell, *options, "-c", script], env=environment(home), capture_output=True, text=True, check=True
        )
        rounds.append([[int(word) / 1000 for word in times.split()] for times in answer.stdout.splitlines()])
    for line, times in zip(LINES, zip(*rounds, strict=True), strict=True):
        nothing, ours = map(min, zip(*times, strict=True))
        yield line, nothing, ours


def on_a_terminal(shell: str, runs: int, home: Path) -> tuple[float, float]:
    """Return the milliseconds from TAB to the answer: of the shell's own completion, and of ours."""
    command, setup = ON_A_TERMINAL[shell]
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command[0], command, environment(home))
    try:
        os.write(terminal, setup.format(script=COMPLETIONS / SCRIPTS[shell]).encode())
        wait_until_quiet(terminal)
        times: dict[str, list[float]] = {"other": [], "openclaw-fal": []}
        for _ in range(runs):
            for name, taken in times.items():
                os.write(terminal, f"{name} im".encode())
                wait_until_quiet(terminal)
                start = time.perf_counter()
                os.write(terminal, b"\t")
                wait_for(terminal, b"age")
                taken.append((time.perf_counter() - start) * 1000)
                os.write(terminal, b"\x15")
                wait_until_quiet(terminal)
        return statistics.median(times["other"]), statistics.median(times["openclaw-fal"])
    finally:
        os.close(terminal)
        os.waitpid(process, 0)


def environment(home: Path) -> dict[str, str]:
    state = str(home / "state")
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
        "OPENCLAW_STATE_DIR": state,
    }


def wait_for(terminal: int, text: bytes) -> None:
    seen = b""
    while text not in seen:
        seen += os.read(terminal, 65536)


def wait_until_quiet(terminal: int, seconds: float = 0.03) -> None:
    time.sleep(seconds)
    while select.select([terminal], [], [], seconds)[0]:
        os.read(terminal, 65536)


def fill(home: Path) -> None:
    """Write the files of models and tasks, as large as those of a busy user."""
    cache = home / "state" / "cache"
    cache.mkdir(parents=True)
    models = (f"fal/owner-{n // 20}/family-{n}/v2/text-to-image\tFamily {n}\n" for n in range(MODELS))
    (cache / "fal-image-models.txt").write_text("".join(models))
    inputs = (
        f"owner-{n // 20}/family-{n}/v2/text-to-image\t"
        + "\t".join(f"input_{i}=one,two,three" for i in range(12))
        + "\n"
        for n in range(MODELS)
    )
    (cache / "fal-model-inputs.txt").write_text("".join(sorted(inputs)))
    tasks = (f"k{n:09}\tsucceeded fal-ai/flux/dev a red fox in the snow, number {n}\n" for n in range(TASKS))
    (home / "state" / "fal-task-ids.txt").write_text("".join(tasks))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    over = 0.0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home)
        say(f"milliseconds; {runs} runs, {MODELS} models, {TASKS} tasks")
        say(f"\n{'in the shell':<80} {'nothing':>8} {'ours':>8}")
        for shell, text in (("bash", IN_BASH), ("fish", IN_FISH)):
            for line, nothing, ours in in_the_shell(shell, text, runs, home):
                over = max(over, ours - nothing)
                say(f"{shell:<5} {line:<74} {nothing:>8.2f} {ours:>8.2f}")
        say(f"\n{'from TAB to the answer, a command':<80} {'fixed':>8} {'ours':>8}")
        for shell in ON_A_TERMINAL:
            fixed, ours = on_a_terminal(shell, runs, home)
            say(f"{shell:<80} {fixed:>8.2f} {ours:>8.2f}")
            if shell != "zsh":
                over = max(over, ours - fixed)
    say(f"\nAt most {over:.2f} ms more than the shell's own (limit {LIMIT_MS:g})")
    return int(over > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
