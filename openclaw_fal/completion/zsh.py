"""The completion script for zsh."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.completion.template import fill, indented
from openclaw_fal.completion.values import (
    FILES,
    IMAGE_MODELS,
    MODEL_SETTINGS,
    TEXT,
    VIDEO_MODELS,
    built_in_models,
    fixed_words,
    word_files,
)
from openclaw_fal.core.tasks import OPEN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.completion.tree import Argument, Command, Flag, Nodes

_SCRIPT = r"""#compdef openclaw-fal
# Completion of openclaw-fal for zsh, made by: openclaw-fal completion --shell zsh
#
# TAB starts no process: commands, flags and fixed values stand here; models and tasks are read from files that
# openclaw-fal keeps fresh. Put this file into a folder of $fpath as _openclaw-fal, or source it after compinit.

@commands@
# [OPTION...] KIND: offer what a value of this kind may be; the options are for compadd.
_openclaw-fal-values() {
    local kind=$argv[-1] state config cache
    local -a found shown
    argv[-1]=()
    case $kind in
    (config-values)
        case $line[1] in
@settings@
        esac
        ;;
    esac
    case $kind in
@fixed@
    (image-models|video-models|tasks|open-tasks|profiles)
        _openclaw-fal-folders
        _openclaw-fal-words
        ;;
    esac
    # In the order that they have here. A tab and what follows it describes a word.
    if [[ -n ${(M)found:#*$'\t'*} ]]; then
        zformat -a shown ' -- ' "${(@)found/$'\t'/:}"
        found=("${(@)found%%$'\t'*}")
        compadd "${(@)argv:/-J/-V}" -l -d shown -a found
    else
        compadd "${(@)argv:/-J/-V}" -a found
    fi
}

# The same folders as in openclaw_fal/store/paths.py.
_openclaw-fal-folders() {
    local name=${${(Q)opt_args[--profile]}:-$profile} below
    [[ $kind != profiles && -n $name && $name != default ]] && below=/profiles/$name
    if [[ -n $OPENCLAW_STATE_DIR ]]; then
        state=$OPENCLAW_STATE_DIR
        [[ $state == ('~'|'~/'*) ]] && state=$HOME${state#'~'}
        state+=$below config=$state cache=$state/cache
        return
    fi
    state=$HOME/.local/state config=$HOME/.config cache=$HOME/.cache
    if [[ $OSTYPE == darwin* ]]; then
        state="$HOME/Library/Application Support" config=$state cache=$HOME/Library/Caches
    fi
    [[ $XDG_STATE_HOME == /* ]] && state=$XDG_STATE_HOME
    [[ $XDG_CONFIG_HOME == /* ]] && config=$XDG_CONFIG_HOME
    [[ $XDG_CACHE_HOME == /* ]] && cache=$XDG_CACHE_HOME
    state+=/openclaw-fal$below config+=/openclaw-fal$below cache+=/openclaw-fal$below
}

# Find the words that are not in this script; without a catalog, the models that openclaw-fal was made with.
_openclaw-fal-words() {
    case $kind in
    (image-models)
        [[ -r $cache/@image_file@ ]] && found=("${(@f)$(<$cache/@image_file@)}") || found=(
@image_models@
        )
        ;;
    (video-models)
        [[ -r $cache/@video_file@ ]] && found=("${(@f)$(<$cache/@video_file@)}") || found=(
@video_models@
        )
        ;;
    (tasks)
        [[ -r $state/@task_file@ ]] && found=("${(@f)$(<$state/@task_file@)}")
        ;;
    (open-tasks)
        [[ -r $state/@task_file@ ]] && found=(${(M)${(@f)"$(<$state/@task_file@)"}:#*$'\t'(@open@)*})
        ;;
    (profiles)
        found=({$config,$state}/profiles/*(N/:t))
        found=(${(u)found})
        ;;
    esac
}

# Run by TAB the first time, when it was found in $fpath; else sourced.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _openclaw-fal "$@"
else
    compdef _openclaw-fal openclaw-fal
fi
"""

_GROUP = r"""@function@() {
    local curcontext=$curcontext state line ret=1@profile@
    local -A opt_args
    _arguments -C -S -A '-*' : \
@specs@
        '1:command:->command' \
        '*::argument:->below' && ret=0
    case $state in
    (command)
        local -a commands=(
@words@
        )
        _describe -t commands command commands && ret=0
        ;;
    (below)
        curcontext=${curcontext%:*:*}:openclaw-fal-$line[1]:
        profile=${${(Q)opt_args[--profile]}:-$profile}
        case $line[1] in
@calls@
        esac
        ;;
    esac
    return ret
}
"""

_COMMAND = r"""@function@() {
    local line
    local -A opt_args
    _arguments -S : \
@specs@
}
"""


def zsh_script(nodes: Nodes) -> str:
    """Return the script for these commands."""
    fixed = fixed_words(nodes.root)
    return fill(
        _SCRIPT,
        commands="\n".join(_function(name, command, nodes) for command, name in nodes.names.items()),
        fixed=indented(4, (f"({kind}) found=({' '.join(words)}) ;;" for kind, words in fixed.items())),
        settings=indented(8, (f"({'|'.join(paths)}) kind={kind} ;;" for kind, paths in MODEL_SETTINGS.items())),
        open="|".join(OPEN_STATUSES),
        image_models=indented(12, map(_described, built_in_models(IMAGE_MODELS))),
        video_models=indented(12, map(_described, built_in_models(VIDEO_MODELS))),
        **word_files(),
    )


def _function(name: str, command: Command, nodes: Nodes) -> str:
    specs = [spec for flag in command.flags for spec in _flag_specs(flag)]
    if not command.commands:
        specs += _argument_specs(command.arguments)
        return fill(_COMMAND, function=_name(name), specs=" \\\n".join(indented(8, [spec]) for spec in specs))
    return fill(
        _GROUP,
        function=_name(name),
        specs="\n".join(indented(8, [f"{spec} \\"]) for spec in specs),
        words=indented(12, (_quoted(f"{word}:{sub.help}") for word, sub in command.commands)),
        calls=indented(8, (f"({word}) {_name(nodes.names[sub])} && ret=0 ;;" for word, sub in command.commands)),
        # Set by whichever command --profile stands behind, and seen by all below.
        profile="" if name else " profile",
    )


def _name(node: str) -> str:
    return "-".join(["_openclaw-fal", *node.split("/")]) if node else "_openclaw-fal"


def _flag_specs(flag: Flag) -> Iterator[str]:
    """Yield each spelling as `_arguments` wants it: with those that it rules out, or * if it may be repeated."""
    others = "(- *)" if flag.is_final else f"({' '.join(flag.names)})" if len(flag.names) > 1 else ""
    front = "*" if flag.is_repeatable else others
    description = "[" + flag.help.replace("[", r"\[").replace("]", r"\]") + "]"
    value = f":{_message(flag.metavar)}:{_action(flag.kind)}" if flag.kind else ""
    for name in flag.names:
        equals = "" if flag.kind is None else "=" if name.startswith("--") else "+"
        yield _quoted(f"{front}{name}{equals}{description}{value}" if flag.is_offered else f"!{name}{equals}{value}")


def _argument_specs(arguments: tuple[Argument, ...]) -> Iterator[str]:
    for number, argument in enumerate(arguments, start=1):
        place = "*" if argument.is_repeatable else str(number)
        yield _quoted(f"{place}:{_message(argument.metavar)}:{_action(argument.kind)}")


def _message(metavar: str) -> str:
    return metavar.lower().replace(":", r"\:") or "value"


def _action(kind: str) -> str:
    return {FILES: "_files", TEXT: " "}.get(kind, f"_openclaw-fal-values {kind}")


def _described(word: tuple[str, str]) -> str:
    return "$" + _quoted("\\t".join(word))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"
