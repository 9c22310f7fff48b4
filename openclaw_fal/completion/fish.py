"""The completion script for fish."""

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
    from collections.abc import Iterable, Iterator

    from openclaw_fal.completion.tree import Command, Nodes

_SCRIPT = r"""# Completion of openclaw-fal for fish, made by: openclaw-fal completion --shell fish
#
# TAB starts no process: commands, flags and fixed values stand here; models and tasks are read from files that
# openclaw-fal keeps fresh. One condition finds all answers, so that no other need be tried.
#
# The functions share the variables of the first one: node is the command that the words lead to, by its path;
# commands, flags (name=kind, a description after a tab), silent (flags that are known but not offered) and arguments
# (kinds) are what it takes.

function __openclaw_fal_prepare --description 'Find what can follow; fail where fish is to complete a path'
    set -g __openclaw_fal_answers
    set -l words (commandline -opc)
    set -l typed (string replace -ra '["\']' '' -- (commandline -ct))
    set -l node ''
    set -l commands
    set -l flags
    set -l silent
    set -l arguments
    set -l flag ''
    set -l profile ''
    set -l only_arguments ''
    set -l given
    set -l passed
    set -l kind ''
    # Variables that are set for this one command stand before it.
    while string match -qr '^\w+=' -- $words[1]
        set -e words[1]
    end
    __openclaw_fal_node
    for word in $words[2..-1]
        __openclaw_fal_take
    end
    if test -n "$flag"
        __openclaw_fal_find_kind
        __openclaw_fal_offer_values ''
    else if test -z "$only_arguments"; and string match -q -- '-*=*' $typed
        set flag (string replace -r '=.*' '' -- $typed)
        __openclaw_fal_find_kind
        __openclaw_fal_offer_values $flag=
    else if test -z "$only_arguments"; and string match -q -- '-*' $typed
        __openclaw_fal_offer_flags
    else if set -q commands[1]
        set -g __openclaw_fal_answers $commands
    else
        __openclaw_fal_offer_argument
    end
    test "$kind" != files
end

# Go one word further along the command line.
function __openclaw_fal_take --no-scope-shadowing
    if test -n "$flag"
        test $flag = --profile; and set profile $word
        set flag ''
    else if test -z "$only_arguments"; and test "$word" = --
        set only_arguments yes
    else if test -z "$only_arguments"; and string match -q -- '-*' $word
        set -l name (string replace -r '=.*' '' -- $word)
        set -a given $name
        if test $name != $word
            test $name = --profile; and set profile (string replace -r '^[^=]*=' '' -- $word)
        else if string match -q -- "$name=*" $flags $silent
            set flag $name
        end
    else if set -q commands[1]
        __openclaw_fal_step
    else
        set -a passed $word
    end
end

function __openclaw_fal_find_kind --no-scope-shadowing
    set kind (string match -- "$flag=*" $flags $silent | string replace -r '^[^=]*=([\w-]+).*' '$1')[1]
end

function __openclaw_fal_offer_flags --no-scope-shadowing
    # Those that were given are not offered again, unless they may be repeated.
    for name in $given
        set flags (string match -rv -- '^'(string escape --style=regex -- $name)'(=[\w-]+)?\t' $flags)
    end
    set -g __openclaw_fal_answers (string replace -r '=[^\t]*' '' -- $flags)
end

function __openclaw_fal_offer_argument --no-scope-shadowing
    set -l place (math (count $passed) + 1)
    set kind $arguments[$place]
    if test -z "$kind"; and string match -q -- '*+' $arguments[-1]
        set kind $arguments[-1]
    end
    if test -n "$kind"
        set kind (string replace '+' '' -- $kind)
        __openclaw_fal_offer_values ''
    else
        __openclaw_fal_offer_flags
    end
end

function __openclaw_fal_offer_values --no-scope-shadowing
    set -l prefix $argv[1]
    set -l found
    set -l below ''
    set -l state
    set -l config
    set -l cache
    if test "$kind" = config-values
        switch $passed[1]
@settings@
        end
    end
    switch $kind
@fixed@
        case image-models video-models tasks open-tasks profiles
            __openclaw_fal_find_folders
            __openclaw_fal_find_words
    end
    set -g __openclaw_fal_answers $prefix$found
end

# The same folders as in openclaw_fal/store/paths.py.
function __openclaw_fal_find_folders --no-scope-shadowing
    if test -n "$profile"; and test $profile != default; and test $kind != profiles
        set below /profiles/$profile
    end
    if test -n "$OPENCLAW_STATE_DIR"
        set state $OPENCLAW_STATE_DIR
        switch $state
            case '~' '~/*'
                set state $HOME(string sub -s 2 -- $state)
        end
        set state $state$below
        set config $state
        set cache $state/cache
        return
    end
    set state $HOME/.local/state
    set config $HOME/.config
    set cache $HOME/.cache
    # macOS, without starting uname to ask.
    if test -d $HOME/Library/Caches
        set state $HOME/Library/Application\ Support
        set config $state
        set cache $HOME/Library/Caches
    end
    string match -q -- '/*' $XDG_STATE_HOME; and set state $XDG_STATE_HOME
    string match -q -- '/*' $XDG_CONFIG_HOME; and set config $XDG_CONFIG_HOME
    string match -q -- '/*' $XDG_CACHE_HOME; and set cache $XDG_CACHE_HOME
    set state $state/openclaw-fal$below
    set config $config/openclaw-fal$below
    set cache $cache/openclaw-fal$below
end

# Find the words that are not in this script; without a catalog, the models that openclaw-fal was made with.
function __openclaw_fal_find_words --no-scope-shadowing
    switch $kind
        case image-models
            if test -r $cache/@image_file@
                set found (string match -r '.+' <$cache/@image_file@)
            else
                set found@image_models@
            end
        case video-models
            if test -r $cache/@video_file@
                set found (string match -r '.+' <$cache/@video_file@)
            else
                set found@video_models@
            end
        case tasks
            test -r $state/@task_file@; and set found (string match -r '.+' <$state/@task_file@)
        case open-tasks
            test -r $state/@task_file@
            and set found (string match -r '^\S+\t(?:@open@).*' <$state/@task_file@)
        case profiles
            set -l folders $config/profiles/*/ $state/profiles/*/
            for folder in (string replace -r '.*/([^/]+)/$' '$1' -- $folders)
                contains -- $folder $found; or set -a found $folder
            end
    end
end

# Go to the command of that name below this one.
function __openclaw_fal_step --no-scope-shadowing
    switch "$node $word"
@steps@
        case '*'
            return
    end
    __openclaw_fal_node
end

function __openclaw_fal_node --no-scope-shadowing
    set commands
    set flags
    set silent
    set arguments
    switch $node
@nodes@
    end
end

complete -c openclaw-fal -e
complete -c openclaw-fal -n __openclaw_fal_prepare -f -k -a '$__openclaw_fal_answers'
"""


def fish_script(nodes: Nodes) -> str:
    """Return the script for these commands."""
    return fill(
        _SCRIPT,
        fixed=_cases((kind, [_set("found", words)]) for kind, words in fixed_words(nodes.root).items()),
        steps=_cases((_list(map(_quoted, ways)), [f"set node {name}"]) for name, ways in nodes.steps()),
        nodes=_cases((_quoted(name), list(_facts(command))) for command, name in nodes.names.items()),
        settings=indented(
            4, _cases((_list(paths), [f"set kind {kind}"]) for kind, paths in MODEL_SETTINGS.items()).splitlines()
        ),
        open="|".join(OPEN_STATUSES),
        image_models=_described(built_in_models(IMAGE_MODELS), 16),
        video_models=_described(built_in_models(VIDEO_MODELS), 16),
        **word_files(),
    )


def _cases(cases: Iterable[tuple[str, list[str]]]) -> str:
    return "\n".join(
        f"{indented(8, [f'case {patterns}'])}\n{indented(12, statements)}" for patterns, statements in cases
    )


def _facts(command: Command) -> Iterator[str]:
    if command.commands:
        yield "set commands" + _described([(word, sub.help) for word, sub in command.commands], 4)
    yield "set flags" + _described(command.offered, 4)
    yield _set("silent", command.silent)
    if command.arguments:
        yield _set("arguments", command.argument_kinds)


def _set(variable: str, words: Iterable[str]) -> str:
    return f"set {variable} {_list(words)}"


def _described(words: Iterable[tuple[str, str]], width: int) -> str:
    """Return the words, each with its description and on a line of its own."""
    return "".join(f" \\\n{' ' * width}{word}\\t{_quoted(text)}" for word, text in words)


def _list(words: Iterable[str]) -> str:
    return " ".join(words)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
