"""The completion script for bash, 3.2 (as on macOS) and newer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.completion.template import fill, indented
from openclaw_fal.completion.values import (
    IMAGE_MODELS,
    MODEL_SETTINGS,
    VIDEO_MODELS,
    built_in_models,
    fixed_words,
    word_files,
)
from openclaw_fal.core.tasks import OPEN_STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openclaw_fal.completion.tree import Command, Nodes

_SCRIPT = r"""# shellcheck shell=bash
# Completion of openclaw-fal for bash, made by: openclaw-fal completion --shell bash
#
# TAB starts no process: commands, flags and fixed values stand here; models and tasks are read from files that
# openclaw-fal keeps fresh. Works with bash 3.2 and newer, with or without the package bash-completion.
#
# The functions share the variables of the first one:
#   words, typed, strip   the words before the cursor, the one at it, and how much of that bash does not replace
#   node                  the command that the words lead to, by its path; commands, flags (name=kind), silent
#                         (flags that are known but not offered) and arguments (kinds) are what it takes
#   flag, profile, first  the flag whose value is typed, the value of --profile, the first argument

_openclaw_fal() {
    local IFS=$' \t\n'
    local -a words=() found=()
    local typed='' strip='' node='' commands='' flags='' silent='' arguments='' kind=''
    local flag='' profile='' first='' given=' ' only_arguments='' count=0 word
    COMPREPLY=()
    _openclaw_fal_split "${2-}"
    _openclaw_fal_node
    for word in ${words[@]+"${words[@]}"}; do
        _openclaw_fal_take "$word"
    done
    if [[ -n $flag ]]; then
        _openclaw_fal_find_kind "$flag"
        _openclaw_fal_offer_values ''
    elif [[ -z $only_arguments && $typed == -*=* ]]; then
        _openclaw_fal_find_kind "${typed%%=*}"
        _openclaw_fal_offer_values "${typed%%=*}="
    elif [[ -z $only_arguments && $typed == -* ]]; then
        _openclaw_fal_offer_flags
    elif [[ -n $commands ]]; then
        for word in $commands; do found+=("$word"); done
        _openclaw_fal_offer ''
    else
        _openclaw_fal_offer_argument
    fi
    # For paths, no answer is the answer: then bash itself completes them. For anything else it must not.
    if [[ $kind != files && ${BASH_VERSINFO[0]} -gt 3 ]]; then
        compopt +o bashdefault +o default 2>/dev/null
    fi
    return 0
}

# WORD-AT-CURSOR: put together again what bash took apart: 16:9 and --flag=value.
_openclaw_fal_split() {
    local line=${COMP_LINE#*"${COMP_WORDS[0]}"} word='' joined='' before='' gap current=${1//[\"\']/} i
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        gap=${line%%[!$' \t']*}
        line=${line#"$gap"}
        line=${line#"$word"}
        if [[ -z $gap && ($word == [:=@]* || $joined == *[:=@]) ]]; then
            before=$joined
            joined+=$word
        else
            [[ $i -gt 1 ]] && words+=("$joined")
            before=''
            joined=$word
        fi
    done
    if [[ -z $current && $word != *[:=@] ]]; then
        word=''
    fi
    case $word in
    *"$current") typed=$before$word ;;
    *) typed=$before$current ;;
    esac
    typed=${typed//[\"\']/}
    strip=${typed%"$current"}
}

# WORD: go one word further along the command line.
_openclaw_fal_take() {
    if [[ -n $flag ]]; then
        [[ $flag == --profile ]] && profile=${1//[\"\']/}
        flag=''
        return
    fi
    if [[ $1 == *[\<\>] ]]; then
        flag='>'
        return
    fi
    if [[ -z $only_arguments ]]; then
        case $1 in
        --)
            only_arguments=yes
            return
            ;;
        -*)
            given+="${1%%=*} "
            [[ $1 == --profile=* ]] && profile=${1#*=}
            [[ $flags$silent == *" $1="* ]] && flag=$1
            return
            ;;
        esac
    fi
    if [[ -n $commands ]]; then
        _openclaw_fal_step "$1"
    else
        [[ $count -eq 0 ]] && first=$1
        count=$((count + 1))
    fi
}

# FLAG: find what its value may be.
_openclaw_fal_find_kind() {
    local after="$flags$silent >=files "
    kind=''
    if [[ $after == *" $1="* ]]; then
        after=${after#*" $1="}
        kind=${after%%[ +]*}
    fi
}

_openclaw_fal_offer_flags() {
    local word
    for word in $flags; do
        # Those that were given are not offered again, unless they may be repeated.
        [[ $word != *+ && $given == *" ${word%%=*} "* ]] || found+=("${word%%=*}")
    done
    _openclaw_fal_offer ''
}

_openclaw_fal_offer_argument() {
    local word passed=0
    for word in $arguments; do
        if [[ $passed -eq $count || $word == *+ ]]; then
            kind=${word%+}
            _openclaw_fal_offer_values ''
            return
        fi
        passed=$((passed + 1))
    done
    _openclaw_fal_offer_flags
}

# PREFIX: offer what was found and goes on as typed; a tab and what follows it is no part of a word.
_openclaw_fal_offer() {
    local prefix=$1 wanted=${typed#"$1"} word
    [[ ${#found[@]} -gt 0 ]] || return # an empty list counts as unset in older ones, which `set -u` forbids
    for word in "${found[@]}"; do
        case $word in
        "$wanted"*)
            word=$prefix${word%%$'\t'*}
            COMPREPLY+=("${word#"$strip"}")
            ;;
        esac
    done
}

# PREFIX: offer what a value of this kind may be.
_openclaw_fal_offer_values() {
    local cache='' state='' config=''
    [[ $kind == config-values ]] && _openclaw_fal_find_setting
    case $kind in
@fixed@
    image-models | video-models | tasks | open-tasks | profiles)
        _openclaw_fal_find_folders
        _openclaw_fal_find_words
        ;;
    esac
    _openclaw_fal_offer "$1"
}

# The same folders as in openclaw_fal/store/paths.py.
_openclaw_fal_find_folders() {
    local below=''
    [[ $kind != profiles && -n $profile && $profile != default ]] && below=/profiles/$profile
    if [[ -n ${OPENCLAW_STATE_DIR-} ]]; then
        state=$OPENCLAW_STATE_DIR
        # shellcheck disable=SC2088 # a tilde that no shell has replaced
        case $state in
        '~' | '~/'*) state=$HOME${state#'~'} ;;
        esac
        state+=$below config=$state cache=$state/cache
        return
    fi
    state=$HOME/.local/state config=$HOME/.config cache=$HOME/.cache
    if [[ $OSTYPE == darwin* ]]; then
        state="$HOME/Library/Application Support" config=$state cache=$HOME/Library/Caches
    fi
    [[ ${XDG_STATE_HOME-} == /* ]] && state=$XDG_STATE_HOME
    [[ ${XDG_CONFIG_HOME-} == /* ]] && config=$XDG_CONFIG_HOME
    [[ ${XDG_CACHE_HOME-} == /* ]] && cache=$XDG_CACHE_HOME
    state+=/openclaw-fal$below config+=/openclaw-fal$below cache+=/openclaw-fal$below
}

# Find the words that are not in this script; without a catalog, the models that openclaw-fal was made with.
_openclaw_fal_find_words() {
    local line
    case $kind in
    image-models)
        _openclaw_fal_read "$cache/@image_file@" || found=(
@image_models@
        )
        ;;
    video-models)
        _openclaw_fal_read "$cache/@video_file@" || found=(
@video_models@
        )
        ;;
    tasks)
        _openclaw_fal_read "$state/@task_file@"
        ;;
    open-tasks)
        _openclaw_fal_read "$state/@task_file@"
        set -- ${found[@]+"${found[@]}"}
        found=()
        for line; do
            case ${line#*$'\t'} in
            @open@) found+=("$line") ;;
            esac
        done
        ;;
    profiles)
        for line in "$config"/profiles/*/ "$state"/profiles/*/; do
            line=${line%/}
            [[ -d $line && " ${found[*]-} " != *" ${line##*/} "* ]] && found+=("${line##*/}")
        done
        ;;
    esac
}

# FILE: read the lines of a file; fail if there is none.
_openclaw_fal_read() {
    local line
    found=()
    [[ -r $1 ]] || return 1
    if [[ ${BASH_VERSINFO[0]} -gt 3 ]]; then
        mapfile -t found <"$1"
    else
        while IFS= read -r line; do found+=("$line"); done <"$1"
    fi
}

# The value of a setting: a model, if it is one that names a model.
_openclaw_fal_find_setting() {
    case $first in
@settings@
    esac
}

# WORD: go to the command of that name below this one.
_openclaw_fal_step() {
    case "$node $1" in
@steps@
    *) return ;;
    esac
    _openclaw_fal_node
}

_openclaw_fal_node() {
    commands='' flags=' ' silent=' ' arguments=''
    case $node in
@nodes@
    esac
}

# Without the order that is given here, where bash is too old to keep it.
complete -o bashdefault -o default -o nosort -F _openclaw_fal openclaw-fal 2>/dev/null ||
    complete -o bashdefault -o default -F _openclaw_fal openclaw-fal
"""


def bash_script(nodes: Nodes) -> str:
    """Return the script for these commands."""
    return fill(
        _SCRIPT,
        fixed=indented(4, (f"{kind}) found=({' '.join(words)}) ;;" for kind, words in fixed_words(nodes.root).items())),
        steps=indented(4, (f"{_any_of(map(_quoted, ways))}) node={name} ;;" for name, ways in nodes.steps())),
        nodes=indented(4, (_node(name, command) for command, name in nodes.names.items())),
        settings=indented(4, (f"{_any_of(paths)}) kind={kind} ;;" for kind, paths in MODEL_SETTINGS.items())),
        open=_any_of(f"{status}*" for status in OPEN_STATUSES),
        image_models=indented(12, (ref for ref, _name in built_in_models(IMAGE_MODELS))),
        video_models=indented(12, (ref for ref, _name in built_in_models(VIDEO_MODELS))),
        **word_files(),
    )


def _node(name: str, command: Command) -> str:
    facts = {
        "commands": [word for word, _sub in command.commands],
        "flags": [known for known, _help in command.offered],
        "silent": command.silent,
        "arguments": command.argument_kinds,
    }
    lines = [f"    {fact}=' {' '.join(words)} '" for fact, words in facts.items() if words]
    return "\n".join([f"{_quoted(name)})", *lines, "    ;;"])


def _any_of(patterns: Iterable[str]) -> str:
    return " | ".join(patterns)


def _quoted(text: str) -> str:
    return f"'{text}'"
