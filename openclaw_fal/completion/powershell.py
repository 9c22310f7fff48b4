"""The completion script for PowerShell, 5.1 and newer."""

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

_SCRIPT = r"""# Completion of openclaw-fal for PowerShell, made by: openclaw-fal completion --shell powershell
#
# TAB starts no process: commands, flags and fixed values stand here; models and tasks are read from files that
# openclaw-fal keeps fresh. Where nothing is offered, PowerShell completes a path.

# What a command takes. A flag is written with the kind of its value and + if it may be repeated: --file=files+
function global:OpenclawFalCommand([string] $node) {
    switch -CaseSensitive ($node) {
@nodes@
    }
}

# The command that a word leads to from another one; none if there is no such command.
function global:OpenclawFalStep([string] $node, [string] $word) {
    switch -CaseSensitive ("$node $word") {
@steps@
    }
}

# The words that a value of this kind may be, and what they mean.
function global:OpenclawFalValue([string] $kind, [string] $userProfile, [string] $first) {
    if ($kind -ceq 'config-values') {
        switch -CaseSensitive ($first) {
@settings@
        }
    }
    $folders = OpenclawFalFolder $(if ($kind -ceq 'profiles') { '' } else { $userProfile })
    switch -CaseSensitive ($kind) {
@fixed@
        'image-models' {
            $file = Join-Path $folders.Cache '@image_file@'
            if (Test-Path -LiteralPath $file) {
                OpenclawFalFile $file
            }
            else {
                [ordered]@{
@image_models@
                }
            }
        }
        'video-models' {
            $file = Join-Path $folders.Cache '@video_file@'
            if (Test-Path -LiteralPath $file) {
                OpenclawFalFile $file
            }
            else {
                [ordered]@{
@video_models@
                }
            }
        }
        'tasks' { OpenclawFalFile (Join-Path $folders.State '@task_file@') }
        'open-tasks' { OpenclawFalFile (Join-Path $folders.State '@task_file@') '^(@open@)' }
        'profiles' {
            $found = [ordered]@{}
            foreach ($folder in @($folders.Config, $folders.State)) {
                Get-ChildItem -Directory -Path (Join-Path $folder 'profiles') -ErrorAction SilentlyContinue |
                    ForEach-Object { $found[$_.Name] = '' }
            }
            $found
        }
    }
}

# The lines of a file: a word, a tab, what it means.
function global:OpenclawFalFile([string] $file, [string] $wanted = '') {
    $found = [ordered]@{}
    if (Test-Path -LiteralPath $file) {
        foreach ($line in [System.IO.File]::ReadAllLines($file)) {
            $word, $description = $line -split "`t", 2
            if ($word -and $description -match $wanted) {
                $found[$word] = $description
            }
        }
    }
    $found
}

# The same folders as in openclaw_fal/store/paths.py.
function global:OpenclawFalFolder([string] $userProfile) {
    $below = if ($userProfile -and $userProfile -cne 'default') { "/profiles/$userProfile" } else { '' }
    if ($env:OPENCLAW_STATE_DIR) {
        $root = ($env:OPENCLAW_STATE_DIR -replace '^~(?=$|[/\\])', $HOME.Replace('$', '$$')) + $below
        return @{ State = $root; Config = $root; Cache = "$root/cache" }
    }
    if ($env:OS -eq 'Windows_NT') {
        $root = Join-Path $env:LOCALAPPDATA 'openclaw-fal'
        return @{ State = "$root$below"; Config = "$root$below"; Cache = "$root/Cache$below" }
    }
    $state, $config, $cache = "$HOME/.local/state", "$HOME/.config", "$HOME/.cache"
    if ($IsMacOS) {
        $state = $config = "$HOME/Library/Application Support"
        $cache = "$HOME/Library/Caches"
    }
    if ("$env:XDG_STATE_HOME".StartsWith('/')) { $state = $env:XDG_STATE_HOME }
    if ("$env:XDG_CONFIG_HOME".StartsWith('/')) { $config = $env:XDG_CONFIG_HOME }
    if ("$env:XDG_CACHE_HOME".StartsWith('/')) { $cache = $env:XDG_CACHE_HOME }
    @{
        State  = "$state/openclaw-fal$below"
        Config = "$config/openclaw-fal$below"
        Cache  = "$cache/openclaw-fal$below"
    }
}

# The kind of a flag's value, and none if it takes no value or is not known.
function global:OpenclawFalKind($command, [string] $flag) {
    foreach ($known in @($command.Flags.Keys) + @($command.Silent)) {
        $name, $kind = "$known" -split '=', 2
        if ($kind -and $name -ceq $flag) {
            return $kind.TrimEnd('+')
        }
    }
}

Register-ArgumentCompleter -Native -CommandName 'openclaw-fal' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $typed = "$wordToComplete".Trim('"', "'")
    $words = @($commandAst.CommandElements |
            Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
            ForEach-Object { $_.Extent.Text.Trim('"', "'") } |
            Select-Object -Skip 1)
    $node, $flag, $userProfile, $onlyArguments = '', '', '', $false
    $passed, $given = @(), @()
    $command = OpenclawFalCommand $node
    foreach ($word in $words) {
        if ($flag) {
            if ($flag -ceq '--profile') { $userProfile = $word }
            $flag = ''
        }
        elseif (-not $onlyArguments -and $word -ceq '--') {
            $onlyArguments = $true
        }
        elseif (-not $onlyArguments -and $word.StartsWith('-')) {
            $name, $value = $word -split '=', 2
            $given += $name
            if ($null -ne $value) {
                if ($name -ceq '--profile') { $userProfile = $value }
            }
            elseif (OpenclawFalKind $command $name) {
                $flag = $name
            }
        }
        elseif ($command.Commands.Count) {
            $next = OpenclawFalStep $node $word
            if ($next) {
                $node = $next
                $command = OpenclawFalCommand $node
            }
        }
        else {
            $passed += $word
        }
    }

    $prefix, $kind, $answers = '', '', [ordered]@{}
    if ($flag) {
        $kind = OpenclawFalKind $command $flag
    }
    elseif (-not $onlyArguments -and $typed -match '^(-[^=]*)=') {
        $prefix = $Matches[0]
        $kind = OpenclawFalKind $command $Matches[1]
    }
    elseif ($onlyArguments -or -not $typed.StartsWith('-')) {
        $answers = $command.Commands
        $arguments = @($command.Arguments)
        if ($passed.Count -lt $arguments.Count) {
            $kind = $arguments[$passed.Count].TrimEnd('+')
        }
        elseif ($arguments.Count -and $arguments[-1].EndsWith('+')) {
            $kind = $arguments[-1].TrimEnd('+')
        }
    }
    if ($kind) {
        $answers = OpenclawFalValue $kind $userProfile "$($passed | Select-Object -First 1)"
    }
    elseif (-not $flag -and -not $prefix -and -not $answers.Count) {
        # Those that were given are not offered again, unless they may be repeated.
        foreach ($known in $command.Flags.Keys) {
            $name = ($known -split '=', 2)[0]
            if ($known.EndsWith('+') -or $given -cnotcontains $name) {
                $answers[$name] = $command.Flags[$known]
            }
        }
    }
    if ($null -eq $answers) {
        return
    }
    foreach ($answer in @($answers.Keys)) {
        $word = "$prefix$answer"
        if ($word.StartsWith($typed, [System.StringComparison]::Ordinal)) {
            $description = if ($answers[$answer]) { $answers[$answer] } else { $answer }
            [System.Management.Automation.CompletionResult]::new($word, $answer, 'ParameterValue', $description)
        }
    }
}
"""


def powershell_script(nodes: Nodes) -> str:
    """Return the script for these commands."""
    return fill(
        _SCRIPT,
        nodes="\n".join(_node(name, command) for command, name in nodes.names.items()),
        steps=indented(8, (f"{_quoted(way)} {{ {_quoted(name)} }}" for name, ways in nodes.steps() for way in ways)),
        fixed=indented(8, (_fixed(kind, words) for kind, words in fixed_words(nodes.root).items())),
        settings=indented(
            12, (f"{_quoted(path)} {{ $kind = '{kind}' }}" for kind, paths in MODEL_SETTINGS.items() for path in paths)
        ),
        open="|".join(OPEN_STATUSES),
        image_models=_entries(20, built_in_models(IMAGE_MODELS)),
        video_models=_entries(20, built_in_models(VIDEO_MODELS)),
        **word_files(),
    )


def _node(name: str, command: Command) -> str:
    return "\n".join(
        [
            *_lines(8, f"{_quoted(name)} {{", "    @{"),
            *_table("Commands", ((word, sub.help) for word, sub in command.commands)),
            *_table("Flags", command.offered),
            *_lines(16, f"Silent = {_array(command.silent)}", f"Arguments = {_array(command.argument_kinds)}"),
            *_lines(8, "    }", "}"),
        ]
    )


def _table(name: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield from _lines(16, f"{name} = [ordered]@{{")
    yield from _entries(20, entries).splitlines()
    yield from _lines(16, "}")


def _entries(width: int, entries: Iterable[tuple[str, str]]) -> str:
    return indented(width, (f"{_quoted(word)} = {_quoted(description)}" for word, description in entries))


def _fixed(kind: str, words: Iterable[str]) -> str:
    entries = "; ".join(f"{_quoted(word)} = ''" for word in words)
    return f"{_quoted(kind)} {{ [ordered]@{{ {entries} }} }}"


def _array(words: Iterable[str]) -> str:
    return f"@({', '.join(map(_quoted, words))})"


def _lines(width: int, *lines: str) -> Iterator[str]:
    yield from indented(width, lines).splitlines()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
