"""TAB in real shells: bash, zsh and fish, each on its own terminal. CI skips none of them."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pexpect import spawn

SCRIPTS = Path(__file__).parents[2] / "completions"
SECONDS = 60
MODELS = """\
fal/fal-ai/flux/dev\tFLUX.1 [dev]
fal/fal-ai/flux/schnell\tFLUX.1 [schnell]: fast
fal/new/model.v2/text-to-image\tNew Model
"""
INPUTS = """\
a/b\tx=y
fal-ai/flux/dev\tprompt=\timage_size=square_hd,square,portrait_4_3\tsync_mode=true,false
fal-ai/flux/dev/edit\timage_url=
fal-ai/flux/devil\tseed=
fal-ai/lora\tprompt=\tloras=\tloras.0.path=\tloras.0.scale=1,2\tmask.kind=soft
z/z\tsize=1:1
"""
TASKS = """\
wnewest234\tqueued fal-ai/flux/dev a fox
trunning23\trunning fal-ai/flux/dev $(touch ran) `touch ran`
kdone23456\tsucceeded fal-ai/flux/dev a house: red
"""


class Shell:
    """An interactive shell with the completion script, in a folder with files."""

    start: tuple[str, ...]
    setup: str
    all_matches: str

    def __init__(self, home: Path) -> None:
        self.home = home
        environment = {"HOME": str(home), "ZDOTDIR": str(home), "PATH": os.environ["PATH"]}
        environment |= {"TERM": "dumb", "LC_ALL": "C.UTF-8", "INPUTRC": "/dev/null", "HISTFILE": ""}
        self.terminal: spawn[str] = pexpect.spawn(
            self.start[0],
            list(self.start[1:]),
            env=environment,
            cwd=str(home / "work"),
            encoding="utf-8",
            timeout=SECONDS,
            dimensions=(50, 4000),
            echo=False,
        )
        self.terminal.delaybeforesend = None
        for line in self.setup.strip().splitlines():
            self.terminal.sendline(line)
        self.run("true")

    def run(self, command: str) -> None:
        self.terminal.sendline(f"{command}; echo do''ne")
        self.terminal.expect("done\r\n")

    def set(self, name: str, value: Path | str) -> None:
        self.run(f"export {name}={shlex.quote(str(value))}")

    def unset(self, name: str) -> None:
        self.run(f"unset {name}")

    def tab(self, typed: str) -> str:
        """Return the command line after TAB, without the space that may follow a completed word."""
        return self.keys(typed + "\t").rstrip()

    def all(self, typed: str) -> list[str]:
        """Return every word that is suggested."""
        line = self.keys(typed + self.all_matches)
        words, before = line.split(), typed.split()
        if not typed.endswith(" "):
            before.pop()
        return words[len(before) :]

    def keys(self, keys: str) -> str:
        self.terminal.send(keys + "\x18p")
        self.terminal.expect(r"<<(.*)>>\r\n")
        assert self.terminal.match is not None
        return str(self.terminal.match[1])

    def close(self) -> None:
        self.terminal.close(force=True)


class Bash(Shell):
    start = ("bash", "--norc", "--noprofile", "-i")
    setup = rf"""
        PS1= PS2=
        bind 'set enable-bracketed-paste off'; bind 'set bell-style none'
        show() {{ printf '\n<<%s>>\n' "$READLINE_LINE"; READLINE_LINE=; }}
        bind -x '"\C-xp": show'
        source {SCRIPTS}/openclaw-fal.bash
    """
    all_matches = "\x1b*"


class Zsh(Shell):
    start = ("zsh", "-f", "-i")
    setup = rf"""
        PS1= PS2=; unsetopt zle_bracketed_paste prompt_cr prompt_sp beep
        fpath=({SCRIPTS} $fpath); autoload -Uz compinit; compinit -D -u
        show() {{ print -r -- $'\n'"<<$BUFFER>>"; BUFFER= }}; zle -N show; bindkey '^Xp' show
        zle -C every complete-word _generic; bindkey '^X*' every
        zstyle ':completion:every::::' completer _all_matches _complete
        zstyle ':completion:every:*' insert yes; zstyle ':completion:every:*' old-matches no
    """
    all_matches = "\x18*"


class Fish(Shell):
    start = ("fish", "--no-config", "--interactive")
    setup = rf"""
        function fish_prompt; end; function fish_mode_prompt; end; set -g fish_greeting ''
        set -g fish_autosuggestion_enabled 0
        function show; echo; echo "<<"(commandline | string collect)">>"; commandline -r ''; end; bind \cxp show
        source {SCRIPTS}/openclaw-fal.fish
    """

    def all(self, typed: str) -> list[str]:
        self.terminal.sendline(f"echo; echo '<''<'; complete -C {shlex.quote(typed)}; echo '>''>'")
        self.terminal.expect(r"<<\r\n(.*?)>>\r\n")
        assert self.terminal.match is not None
        return [line.partition("\t")[0] for line in str(self.terminal.match[1]).splitlines()]

    def unset(self, name: str) -> None:
        self.run(f"set -e {name}")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(shell, id=shell.start[0], marks=pytest.mark.needs(shell.start[0])) for shell in (Bash, Zsh, Fish)
    ],
)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    home = tmp_path_factory.mktemp("home")
    work = home / "work"
    (work / "folder").mkdir(parents=True)
    (work / "fox.png").touch()
    (work / "my file.txt").touch()
    shell: Shell = request.param(home)
    yield shell
    shell.close()


@pytest.fixture
def shell(opened: Shell, tmp_path: Path) -> Iterator[Shell]:
    """A shell whose user has no models, tasks or profiles."""
    opened.set("OPENCLAW_STATE_DIR", tmp_path / "state")
    yield opened
    for name in ("OPENCLAW_STATE_DIR", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        opened.unset(name)


def put(file: Path, content: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


# --- commands and flags ------------------------------------------------------------------------


def test_commands_and_subcommands_are_completed(shell: Shell) -> None:
    assert shell.tab("openclaw-fal im") == "openclaw-fal image"
    assert shell.tab("openclaw-fal image gen") == "openclaw-fal image generate"
    everything = set(shell.all("openclaw-fal "))
    assert {"image", "video", "models", "tasks", "config", "onboard", "infer", "capability", "completion"} <= everything
    assert set(shell.all("openclaw-fal tasks ")) >= {"list", "show", "wait", "cancel", "prune"}
    assert shell.tab("true && openclaw-fal --json im") == "true && openclaw-fal --json image"


@pytest.mark.parametrize("alias", ["infer", "capability"])
def test_aliases_have_the_whole_tree(shell: Shell, alias: str) -> None:
    assert set(shell.all(f"openclaw-fal {alias} ")) == {"image", "video", "list", "inspect"}
    assert shell.tab(f"openclaw-fal {alias} video gen") == f"openclaw-fal {alias} video generate"
    assert set(shell.all(f"openclaw-fal {alias} image edit --qual")) & {"--quality", "--quality="}
    assert "image.edit" in shell.all(f"openclaw-fal {alias} inspect --name ")


def test_help_is_followed_by_the_words_of_a_command_or_by_a_topic(shell: Shell) -> None:
    assert shell.tab("openclaw-fal help exit") == "openclaw-fal help exit-codes"
    assert shell.tab("openclaw-fal help im") == "openclaw-fal help image"
    assert shell.tab("openclaw-fal help tasks wa") == "openclaw-fal help tasks wait"
    assert "--prompt" not in shell.all("openclaw-fal help image generate ")


def test_flags_are_suggested_unless_they_are_given_already_or_ignored(shell: Shell) -> None:
    offered = {flag.rstrip("=") for flag in shell.all("openclaw-fal image generate --prompt 'a fox' --json --")}
    assert {"--model", "--resolution", "--param", "--output", "--help"} <= offered
    assert offered.isdisjoint({"--prompt", "--json", "--agent", "--openai-background"})
    repeated = {flag.rstrip("=") for flag in shell.all("openclaw-fal image edit --file a.png --")}
    assert "--file" in repeated
    both = {flag.rstrip("=") for flag in shell.all("openclaw-fal video generate --")}
    assert {"--audio", "--no-audio", "--watermark", "--no-watermark"} <= both


def test_a_value_is_not_taken_for_a_command(shell: Shell) -> None:
    assert shell.tab("openclaw-fal --profile image tas") == "openclaw-fal --profile image tasks"
    assert shell.tab("openclaw-fal --log-level=info tas") == "openclaw-fal --log-level=info tasks"


# --- values ------------------------------------------------------------------------------------


def test_values_of_a_fixed_list_are_completed(shell: Shell) -> None:
    assert shell.all("openclaw-fal image generate --resolution ") == ["1K", "2K", "4K"]
    assert shell.all("openclaw-fal infer video generate --resolution 7") == ["720P", "768P"]
    assert shell.all("openclaw-fal tasks list --status time") == ["timed_out"]
    assert shell.all("openclaw-fal onboard --reset-scope config+") == ["config+creds+sessions"]
    assert shell.tab("openclaw-fal --log-level de") == "openclaw-fal --log-level debug"
    assert shell.tab("openclaw-fal image edit --progress=pl") == "openclaw-fal image edit --progress=plain"
    assert shell.tab("openclaw-fal completion -s pow") == "openclaw-fal completion -s powershell"


@pytest.mark.parametrize(
    "typed", ["--aspect-ratio 2.", "--aspect-ratio 2.35:", "--aspect-ratio=2.", "--aspect-ratio=2.35:"]
)
def test_values_with_a_colon_are_completed(shell: Shell, typed: str) -> None:
    line = f"openclaw-fal image generate --json {typed}"
    assert shell.tab(line) == re.sub(r"2\..*", "2.35:1", line)


def test_values_in_quotes_are_completed(shell: Shell) -> None:
    line = shell.tab('openclaw-fal image generate --aspect-ratio "2.35:')
    assert line == 'openclaw-fal image generate --aspect-ratio "2.35:1"'
    line = shell.tab("openclaw-fal image generate --model 'fal/krea/v2/la")
    assert line == "openclaw-fal image generate --model 'fal/krea/v2/large/text-to-image'"


def test_free_text_is_not_completed(shell: Shell) -> None:
    for typed in ("--prompt fo", "--seed ", "--prompt=fo", "--model nothing/like/th"):
        line = f"openclaw-fal image generate {typed}"
        assert shell.keys(f"{line}\t") == line


def test_settings_are_completed_and_models_where_a_setting_names_one(shell: Shell) -> None:
    assert shell.tab("openclaw-fal config get models.providers.fal.b").endswith(".fal.baseUrl")
    primary = "agents.defaults.videoGenerationModel.primary"
    assert shell.tab(f"openclaw-fal config set {primary} fal/bytedance/seedance-2.0/r").endswith("reference-to-video")
    assert not shell.all("openclaw-fal config set agents.defaults.mediaMaxMb ")


@pytest.mark.parametrize(
    "command",
    [
        "image generate --output",
        "image edit --file",
        "video generate --image",
        "infer video generate --audio-ref",
        "config patch --file",
        "config set --batch-file",
    ],
)
def test_files_are_completed_where_a_flag_takes_a_path(shell: Shell, command: str) -> None:
    assert shell.tab(f"openclaw-fal {command} fo") == f"openclaw-fal {command} fo"
    assert shell.tab(f"openclaw-fal {command} fox") == f"openclaw-fal {command} fox.png"
    assert shell.tab(f"openclaw-fal {command}=fox") == f"openclaw-fal {command}=fox.png"
    assert shell.keys(f"openclaw-fal {command} fol\t") == f"openclaw-fal {command} folder/"
    assert shell.tab(f"openclaw-fal {command} my") in {
        f"openclaw-fal {command} my\\ file.txt",
        f"openclaw-fal {command} 'my file.txt'",
    }


# --- values from files ---------------------------------------------------------------------------


def test_built_in_models_of_the_right_kind_are_suggested_without_a_catalog(shell: Shell) -> None:
    assert shell.tab("openclaw-fal image generate --model fal/krea/v2/l").endswith("/v2/large/text-to-image")
    assert shell.tab("openclaw-fal image generate --model=fal/krea/v2/l").endswith("=fal/krea/v2/large/text-to-image")
    images, videos = shell.all("openclaw-fal image edit --model "), shell.all("openclaw-fal video generate --model ")
    assert "fal/fal-ai/flux/dev" in images
    assert "fal/fal-ai/minimax/video-01-live" in videos
    assert not set(images) & set(videos)


def test_models_of_the_catalog_are_suggested(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path / "state/cache/fal-image-models.txt", MODELS)
    assert shell.tab("openclaw-fal image generate --model fal/n").endswith(" fal/new/model.v2/text-to-image")
    assert shell.tab("openclaw-fal image generate --model=fal/n").endswith("=fal/new/model.v2/text-to-image")
    flux = shell.all("openclaw-fal infer image edit --model fal/fal-ai/")
    assert flux == ["fal/fal-ai/flux/dev", "fal/fal-ai/flux/schnell"]


def test_only_models_that_make_music_are_suggested_for_music(shell: Shell, tmp_path: Path) -> None:
    assert "fal/fal-ai/minimax-music/v2.6" in shell.all("openclaw-fal music generate --model ")
    put(
        tmp_path / "state/cache/fal-music-models.txt",
        "fal/fal-ai/lyria3\tLyria 3\nfal/fal-ai/lyria3/pro\tLyria 3 Pro\n",
    )
    music = shell.all("openclaw-fal music generate --model ")
    assert music == ["fal/fal-ai/lyria3", "fal/fal-ai/lyria3/pro"]
    assert shell.tab("openclaw-fal music generate --model=3/p").endswith("--model=fal/fal-ai/lyria3/pro")


def test_a_part_of_a_model_is_enough(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path / "state/cache/fal-image-models.txt", MODELS)
    put(tmp_path / "state/cache/fal-all-models.txt", MODELS + "fal/fal-ai/kokoro/french\tKokoro\n")
    assert shell.tab("openclaw-fal image generate --model schnell").endswith(" --model fal/fal-ai/flux/schnell")
    assert shell.tab("openclaw-fal image generate --model=schnell").endswith("--model=fal/fal-ai/flux/schnell")
    several = shell.tab("openclaw-fal image generate --model flu").split()[-1]
    assert several.startswith(("fal/fal-ai/flux/", "flu")), "what is typed is never lost"
    assert shell.tab("openclaw-fal models show koko") == "openclaw-fal models show fal/fal-ai/kokoro/french"
    if isinstance(shell, Bash):
        # All three have it, and it is not in what they begin with.
        assert shell.tab("openclaw-fal image generate --model e") == "openclaw-fal image generate --model e"


def test_inputs_of_the_model_on_the_line_are_suggested_with_their_values(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path / "state/cache/fal-model-inputs.txt", INPUTS)
    flux = "openclaw-fal image generate --model fal/fal-ai/flux/dev"
    assert {word.rstrip("=") for word in shell.all(f"{flux} -p ")} == {"prompt", "image_size", "sync_mode"}
    assert shell.tab(f"{flux} -p image_s") == f"{flux} -p image_size="
    assert shell.tab(f"{flux} -p image_size=port") == f"{flux} -p image_size=portrait_4_3"
    assert shell.tab(f"{flux} --param sync_mode=t") == f"{flux} --param sync_mode=true"
    assert shell.tab(f"{flux} --param=sync_mode=t") == f"{flux} --param=sync_mode=true"
    for short in ("-m fal-ai/flux/dev", "-m flux/dev", "--model=flux/dev"):
        line = f"openclaw-fal image generate {short}"
        assert shell.tab(f"{line} -p image_s") == f"{line} -p image_size="
    edit = "openclaw-fal image generate -p x=1 --model=fal-ai/flux/dev/edit"
    assert shell.tab(f"{edit} -p image_u") == f"{edit} -p image_url="
    if not isinstance(shell, Fish):  # it looks for files behind = alone
        assert shell.tab(f"{edit} -p image_url=@fox") == f"{edit} -p image_url=@fox.png"
    for unknown in ("--model fal/fal-ai/flux/de -p i", "-p i", "--model fal/a/c -p x="):
        line = f"openclaw-fal image generate {unknown}"
        assert shell.keys(f"{line}\t") == line


def test_members_of_objects_are_suggested_after_a_dot(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path / "state/cache/fal-model-inputs.txt", INPUTS)
    line = "openclaw-fal image generate -m fal/fal-ai/lora -p"
    assert {word.rstrip("=") for word in shell.all(f"{line} ")} == {"prompt", "loras"}
    for typed in ("loras.", "loras.0."):
        assert {word.rstrip("=") for word in shell.all(f"{line} {typed}")} == {"loras.0.path", "loras.0.scale"}
    assert shell.tab(f"{line} loras.0.p") == f"{line} loras.0.path="
    assert shell.tab(f"{line} mask.kind=s") == f"{line} mask.kind=soft"


def test_inputs_of_a_model_that_is_an_argument_are_suggested(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path / "state/cache/fal-model-inputs.txt", INPUTS)
    page = "run https://fal.ai/models/fal-ai/flux/dev"
    for flux in ("run fal/fal-ai/flux/dev", "run --prompt x -p y=1 fal-ai/flux/dev --json", "run flux-dev", page):
        suggested = {word.rstrip("=") for word in shell.all(f"openclaw-fal {flux} -p ")}
        assert suggested == {"prompt", "image_size", "sync_mode"}
        line = f"openclaw-fal {flux} --param"
        assert shell.tab(f"{line} image_size=port") == f"{line} image_size=portrait_4_3"
    for quoted in ("run 'fal/fal-ai/flux/dev'", 'image generate --model="fal/fal-ai/flux/dev"'):
        assert shell.tab(f"openclaw-fal {quoted} -p image_s") == f"openclaw-fal {quoted} -p image_size="


def test_tasks_are_suggested_newest_first_and_only_open_ones_to_cancel(shell: Shell, tmp_path: Path) -> None:
    assert not [
        word for word in shell.all("openclaw-fal tasks show ") if not word.startswith(("-", "fo", "my", "file"))
    ]
    put(tmp_path / "state/fal-task-ids.txt", TASKS)
    assert shell.all("openclaw-fal tasks show ") == ["wnewest234", "trunning23", "kdone23456"]
    assert shell.all("openclaw-fal tasks cancel wnewest234 ") == ["wnewest234", "trunning23"]
    assert shell.tab("openclaw-fal tasks wait kdone23456 --json tr").endswith(" --json trunning23")
    assert not (shell.home / "work" / "ran").exists()


def test_profiles_have_files_of_their_own(shell: Shell, tmp_path: Path) -> None:
    put(tmp_path / "state/fal-task-ids.txt", TASKS)
    put(tmp_path / "state/profiles/studio/fal-task-ids.txt", "zstudio234\tqueued x y\n")
    put(tmp_path / "state/profiles/studio/cache/fal-video-models.txt", "fal/studio/only\tOnly\n")
    assert shell.tab("openclaw-fal --profile stu") == "openclaw-fal --profile studio"
    assert shell.all("openclaw-fal --profile studio tasks show ") == ["zstudio234"]
    assert shell.all("openclaw-fal --profile=studio video generate --model ") == ["fal/studio/only"]
    assert shell.all("openclaw-fal tasks --profile studio show ") == ["zstudio234"]
    assert shell.all("openclaw-fal tasks show --profile studio ") == ["zstudio234"]
    assert "kdone23456" in shell.all("openclaw-fal --profile default tasks show ")


def test_the_folders_are_those_of_the_tool(shell: Shell, tmp_path: Path) -> None:
    shell.unset("OPENCLAW_STATE_DIR")
    put(shell.home / ".local/state/openclaw-fal/fal-task-ids.txt", "hdefault23\tqueued x y\n")
    put(shell.home / ".cache/openclaw-fal/fal-image-models.txt", "fal/default/cache\tC\n")
    assert shell.all("openclaw-fal tasks show ") == ["hdefault23"]
    assert shell.all("openclaw-fal image edit --model ") == ["fal/default/cache"]
    put(tmp_path / "s/openclaw-fal/profiles/p/fal-task-ids.txt", "xdgstate23\tqueued x y\n")
    put(tmp_path / "c/openclaw-fal/profiles/p/fal-image-models.txt", "fal/xdg/cache\tC\n")
    (tmp_path / "g/openclaw-fal/profiles/configured").mkdir(parents=True)
    for name, folder in (("STATE", "s"), ("CACHE", "c"), ("CONFIG", "g")):
        shell.set(f"XDG_{name}_HOME", tmp_path / folder)
    assert shell.all("openclaw-fal --profile p tasks show ") == ["xdgstate23"]
    assert shell.all("openclaw-fal --profile p image edit --model ") == ["fal/xdg/cache"]
    assert sorted(shell.all("openclaw-fal --profile ")) == ["configured", "p"]
    shell.set("OPENCLAW_STATE_DIR", "~/moved")
    put(shell.home / "moved/fal-task-ids.txt", "mtilde2345\tqueued x y\n")
    assert shell.all("openclaw-fal tasks show ") == ["mtilde2345"]


# --- bash alone --------------------------------------------------------------------------------


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Bash]:
    (tmp_path / "work").mkdir(exist_ok=True)
    shell = Bash(tmp_path)
    yield shell
    shell.close()


@pytest.mark.parametrize("breaks", [" \t\n", " \t\n\"'><;|&(", " \t\n\"'@><=;|&(:"])
def test_bash_completes_with_any_word_breaks(bash: Bash, breaks: str) -> None:
    bash.run(f"COMP_WORDBREAKS=$'{breaks.encode('unicode_escape').decode().replace(chr(39), chr(92) + chr(39))}'")
    for typed in ("--aspect-ratio 2.35:", "--aspect-ratio=2.35:"):
        assert bash.tab(f"openclaw-fal image generate {typed}").endswith("2.35:1")
    assert bash.tab("openclaw-fal image generate --model=fal/krea/v2/l").endswith("=fal/krea/v2/large/text-to-image")


def test_bash_completes_with_any_shell_options(bash: Bash) -> None:
    bash.run("set -u; shopt -s nullglob nocasematch extglob; IFS=:")
    assert bash.tab("openclaw-fal im") == "openclaw-fal image"
    assert bash.all("openclaw-fal image generate --resolution ") == ["1K", "2K", "4K"]
    assert bash.tab("openclaw-fal tasks show --profile x nothing").endswith("nothing")


def test_bash_completes_the_file_of_a_redirection(bash: Bash, tmp_path: Path) -> None:
    (tmp_path / "work" / "report.json").touch()
    assert bash.tab("openclaw-fal models list > rep") == "openclaw-fal models list > report.json"
    assert bash.tab("openclaw-fal 2> err mod") == "openclaw-fal 2> err models"


@pytest.mark.parametrize(
    ("last_word", "after_last_break", "answer"),
    [("--aspect-ratio=2.35:", "", "1"), ("--aspect-ratio=2.", "2.", "2.35:1"), ("--progress=pl", "pl", "plain")],
)
def test_bash_3_breaks_no_words_but_wants_what_follows_a_break(
    bash: Bash, last_word: str, after_last_break: str, answer: str
) -> None:
    line = f"openclaw-fal image generate {last_word}"
    bash.run(f"COMP_LINE='{line}'; COMP_WORDS=({line}); COMP_CWORD=3")
    bash.terminal.sendline(f"_openclaw_fal openclaw-fal '{after_last_break}' x; echo \"<<${{COMPREPLY[@]}}>>\"")
    bash.terminal.expect_exact(f"<<{answer}>>")
