# PowerShell completion for openclaw-fal, for 5.1 and newer. Made by: openclaw-fal completion --shell powershell
#
# TAB starts no process. Commands, flags and fixed values are in the tables of this script, between >>> and <<<; models
# and tasks are in files that openclaw-fal keeps up to date. Without suggestions PowerShell completes a path.

# Return what the command at this path takes. A flag is written as name=kind, with a final + if it is repeatable.
function global:OpenclawFalCommand([string] $node) {
    switch -CaseSensitive ($node) {
        # >>> commands >>>
        # <<< commands <<<
    }
}

# Return the path of the subcommand that a word names, if there is one.
function global:OpenclawFalStep([string] $node, [string] $word) {
    switch -CaseSensitive ("$node $word") {
        # >>> steps >>>
        # <<< steps <<<
    }
}

# Return the values of this kind, each with its description; without a catalog, the built-in models.
function global:OpenclawFalValue([string] $kind, [string] $userProfile, [string] $first, [string] $model, [string] $typed) {
    if ($kind -ceq 'config-values') {
        switch -CaseSensitive ($first) {
            # >>> settings >>>
            # <<< settings <<<
        }
    }
    $found = switch -CaseSensitive ($kind) {
        # >>> values >>>
        # <<< values <<<
    }
    $folders = OpenclawFalFolder $(if ($kind -ceq 'profiles') { '' } else { $userProfile })
    $fromFiles = switch -CaseSensitive ($kind) {
        'image-models' { OpenclawFalFile (Join-Path $folders.Cache 'fal-image-models.txt') }
        'video-models' { OpenclawFalFile (Join-Path $folders.Cache 'fal-video-models.txt') }
        'music-models' { OpenclawFalFile (Join-Path $folders.Cache 'fal-music-models.txt') }
        'all-models' { OpenclawFalFile (Join-Path $folders.Cache 'fal-all-models.txt') }
        'model-inputs' {
            $id = $(if ($model) { $model } else { $first }) -creplace '^(.*fal\.ai/models/|fal/)', ''
            OpenclawFalInput (Join-Path $folders.Cache 'fal-model-inputs.txt') $id $typed
        }
        'tasks' { OpenclawFalFile (Join-Path $folders.State 'fal-task-ids.txt') }
        'open-tasks' {
            OpenclawFalFile (Join-Path $folders.State 'fal-task-ids.txt') '^(submitting|unknown|queued|running)'
        }
        'profiles' {
            $names = [ordered]@{}
            foreach ($folder in @($folders.Config, $folders.State)) {
                Get-ChildItem -Directory -Path (Join-Path $folder 'profiles') -ErrorAction SilentlyContinue |
                    ForEach-Object { $names[$_.Name] = '' }
            }
            $names
        }
    }
    if ($null -ne $fromFiles) { $fromFiles } else { $found }
}

# Return the words of a file, if it exists. A line is a word, a tab and a description; wanted is a pattern for the latter.
function global:OpenclawFalFile([string] $file, [string] $wanted = '') {
    if (-not (Test-Path -LiteralPath $file)) {
        return
    }
    $found = [ordered]@{}
    foreach ($line in [System.IO.File]::ReadAllLines($file)) {
        $word, $description = $line -split "`t", 2
        if ($word -and $description -match $wanted) {
            $found[$word] = $description
        }
    }
    $found
}

# Return the inputs of a model, or the values of the input that is typed. A line of the file holds a model and its
# inputs, each as name=value,value.
function global:OpenclawFalInput([string] $file, [string] $id, [string] $typed) {
    $found = [ordered]@{}
    if ($id -and (Test-Path -LiteralPath $file)) {
        # A short name is an id without its owner, perhaps with - for every slash.
        $pattern = if ($id.Contains('/')) { '([^/]+/)?' + [regex]::Escape($id) } else { '[^/]+/' + ($id -creplace '-', '[-/]') }
        $line = [System.IO.File]::ReadAllLines($file) |
            Where-Object { $_ -cmatch "^$pattern`t" } |
            Select-Object -First 1
        foreach ($each in @("$line" -split "`t" | Select-Object -Skip 1)) {
            $name, $values = $each -split '=', 2
            if (-not $typed.Contains('=')) {
                # Members of objects follow a dot.
                if ($typed.Contains('.') -or -not $name.Contains('.')) {
                    $found["$name="] = ''
                }
            }
            elseif ($typed.StartsWith("$name=", [System.StringComparison]::Ordinal)) {
                foreach ($value in @($values -split ',' | Where-Object { $_ })) {
                    $found["$name=$value"] = ''
                }
            }
        }
    }
    $found
}

# Return the same folders as openclaw_fal/store/paths.py.
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

# Return the kind of a flag's value; nothing if it takes none or is unknown.
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
    $node, $flag, $userProfile, $model, $onlyArguments = '', '', '', '', $false
    $passed, $given = @(), @()
    $command = OpenclawFalCommand $node
    foreach ($word in $words) {
        if ($flag) {
            if ($flag -ceq '--profile') { $userProfile = $word }
            if ('--model', '-m' -ccontains $flag) { $model = $word }
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
                if ($name -ceq '--model') { $model = $value }
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
        $after = $typed.Substring($prefix.Length)
        $answers = OpenclawFalValue $kind $userProfile "$($passed | Select-Object -First 1)" $model $after
    }
    elseif (-not $flag -and -not $prefix -and -not $answers.Count) {
        # Suggest the flags that are not given yet, and those that may be repeated.
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
    $matching = @($answers.Keys | Where-Object { "$prefix$_".StartsWith($typed, [System.StringComparison]::Ordinal) })
    if (-not $matching.Count -and $kind.EndsWith('-models')) {
        # A part of a model's name is enough.
        $matching = @($answers.Keys | Where-Object { $_.Contains($typed.Substring($prefix.Length)) })
    }
    foreach ($answer in $matching) {
        $description = if ($answers[$answer]) { $answers[$answer] } else { $answer }
        [System.Management.Automation.CompletionResult]::new("$prefix$answer", $answer, 'ParameterValue', $description)
    }
}
