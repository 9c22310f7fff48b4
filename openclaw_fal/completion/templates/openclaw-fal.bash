# shellcheck shell=bash
# Bash completion for openclaw-fal. Made by: openclaw-fal completion --shell bash
#
# TAB starts no process. Commands, flags and fixed values are in the tables of this script, between >>> and <<<; models
# and tasks are in files that openclaw-fal keeps up to date. Works with bash 3.2 and newer, with or without the package
# bash-completion.
#
# The functions share the variables of the first one:
#   words, typed, strip   the words before the cursor, the word at the cursor, and the part of it that bash keeps
#   node                  the path of the command that the words lead to
#   commands, flags, silent, arguments
#                         what that command takes: subcommands, flags (name=kind, a final + if repeatable), flags
#                         that are not suggested, and the kinds of its arguments
#   flag, profile, model, first
#                         the flag whose value is typed, the values of --profile and --model, the first argument
#   kind, found           the kind of the value that is typed, and the words to suggest

_openclaw_fal() {
    local IFS=$' \t\n'
    local -a words=() found=()
    local typed='' strip='' node='' commands='' flags='' silent='' arguments='' kind=''
    local flag='' profile='' model='' first='' given=' ' only_arguments='' count=0 word
    COMPREPLY=()
    _openclaw_fal_split "${2-}"
    _openclaw_fal_load_command
    for word in ${words[@]+"${words[@]}"}; do
        _openclaw_fal_take "$word"
    done
    if [[ -n $flag ]]; then
        _openclaw_fal_find_kind "$flag"
        _openclaw_fal_suggest_values ''
    elif [[ -z $only_arguments && $typed == -*=* ]]; then
        _openclaw_fal_find_kind "${typed%%=*}"
        _openclaw_fal_suggest_values "${typed%%=*}="
    elif [[ -z $only_arguments && $typed == -* ]]; then
        _openclaw_fal_suggest_flags
    elif [[ -n $commands ]]; then
        for word in $commands; do found+=("$word"); done
        _openclaw_fal_suggest ''
    else
        _openclaw_fal_suggest_argument
    fi
    # Without suggestions bash completes a path. Only for paths is that right.
    if [[ $kind != files && ${BASH_VERSINFO[0]} -gt 3 ]]; then
        compopt +o bashdefault +o default 2>/dev/null
    fi
    return 0
}

# WORD-AT-CURSOR: join what bash has split, such as 16:9 and --flag=value.
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
    *)
        # Bash counts an @ among the words before the cursor, and again with the word at the cursor.
        [[ $current == @"$word" ]] && before=${before%@}
        typed=$before$current
        ;;
    esac
    typed=${typed//[\"\']/}
    strip=${typed%"$current"}
}

# WORD: read one word of the command line.
_openclaw_fal_take() {
    local word=${1//[\"\']/}
    if [[ -n $flag ]]; then
        [[ $flag == --profile ]] && profile=$word
        [[ $flag == --model || $flag == -m ]] && model=$word
        flag=''
        return
    fi
    if [[ $1 == *[\<\>] ]]; then
        flag='>'
        return
    fi
    if [[ -z $only_arguments ]]; then
        case $word in
        --)
            only_arguments=yes
            return
            ;;
        -*)
            given+="${word%%=*} "
            [[ $word == --profile=* ]] && profile=${word#*=}
            [[ $word == --model=* ]] && model=${word#*=}
            [[ $flags$silent == *" $word="* ]] && flag=$word
            return
            ;;
        esac
    fi
    if [[ -n $commands ]]; then
        _openclaw_fal_enter "$word"
    else
        [[ $count -eq 0 ]] && first=$word
        count=$((count + 1))
    fi
}

# FLAG: set kind to the kind of its value.
_openclaw_fal_find_kind() {
    local after="$flags$silent >=files "
    kind=''
    if [[ $after == *" $1="* ]]; then
        after=${after#*" $1="}
        kind=${after%%[ +]*}
    fi
}

# Suggest the flags that are not given yet, and those that may be repeated.
_openclaw_fal_suggest_flags() {
    local word
    for word in $flags; do
        [[ $word != *+ && $given == *" ${word%%=*} "* ]] || found+=("${word%%=*}")
    done
    _openclaw_fal_suggest ''
}

_openclaw_fal_suggest_argument() {
    local word passed=0
    for word in $arguments; do
        if [[ $passed -eq $count || $word == *+ ]]; then
            kind=${word%+}
            _openclaw_fal_suggest_values ''
            return
        fi
        passed=$((passed + 1))
    done
    _openclaw_fal_suggest_flags
}

# PREFIX: suggest the words of found, each after the prefix, if they start with what is typed. In a word, a tab starts
# a description.
_openclaw_fal_suggest() {
    local prefix=$1 tab=$'\t' word
    [[ ${#found[@]} -gt 0 ]] || return # bash before 4.4 takes an empty array for unset, an error under `set -u`
    if [[ -z $typed ]]; then
        COMPREPLY=("${found[@]%%"$tab"*}")
        return
    fi
    if [[ $kind == *-models && $typed != "$prefix"f* ]]; then
        _openclaw_fal_suggest_parts "$prefix"
        return
    fi
    for word in "${found[@]}"; do
        if [[ $prefix$word == "$typed"* ]]; then
            word=$prefix${word%%"$tab"*}
            COMPREPLY+=("${word#"$strip"}")
        fi
    done
    if [[ $kind == *-models && ${#COMPREPLY[@]} -eq 0 ]]; then
        _openclaw_fal_suggest_parts "$prefix"
    fi
}

# PREFIX: suggest the words of found that contain what is typed. All begin with fal/.
_openclaw_fal_suggest_parts() {
    local prefix=$1 tab=$'\t' part=${typed#"$1"} word common=''
    for word in "${found[@]}"; do
        [[ $word == *"$part"* ]] || continue
        word=${word%%"$tab"*}
        if [[ $word == *"$part"* ]]; then
            [[ ${#COMPREPLY[@]} -gt 0 ]] || common=$word
            while [[ $word != "$common"* ]]; do common=${common%?}; done
            word=$prefix$word
            COMPREPLY+=("${word#"$strip"}")
        fi
    done
    # Bash replaces the word by what all suggestions begin with. It keeps the word where they have nothing in common.
    if [[ ${#COMPREPLY[@]} -gt 1 && $common != *"$part"* ]]; then
        COMPREPLY+=(' ')
    fi
}

# PREFIX: suggest the values of this kind.
_openclaw_fal_suggest_values() {
    local cache='' state='' config=''
    [[ $kind == config-values ]] && _openclaw_fal_find_kind_of_setting
    case $kind in
    # >>> values >>>
    # <<< values <<<
    esac
    case $kind in
    *-models | tasks | open-tasks | profiles)
        _openclaw_fal_find_folders
        _openclaw_fal_read_words
        ;;
    model-inputs)
        _openclaw_fal_find_folders
        _openclaw_fal_read_inputs "${typed#"$1"}"
        ;;
    esac
    _openclaw_fal_suggest "$1"
}

# Set state, config and cache to the same folders as openclaw_fal/store/paths.py.
_openclaw_fal_find_folders() {
    local below=''
    [[ $kind != profiles && -n $profile && $profile != default ]] && below=/profiles/$profile
    if [[ -n ${OPENCLAW_STATE_DIR-} ]]; then
        state=$OPENCLAW_STATE_DIR
        # shellcheck disable=SC2088 # a quoted tilde, which no shell has expanded
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

# Read the words that are in files. Without a catalog, the built-in models of the table stay.
_openclaw_fal_read_words() {
    local line
    case $kind in
    image-models) _openclaw_fal_read_lines "$cache/fal-image-models.txt" ;;
    video-models) _openclaw_fal_read_lines "$cache/fal-video-models.txt" ;;
    music-models) _openclaw_fal_read_lines "$cache/fal-music-models.txt" ;;
    all-models) _openclaw_fal_read_lines "$cache/fal-all-models.txt" ;;
    tasks) _openclaw_fal_read_lines "$state/fal-task-ids.txt" ;;
    open-tasks)
        _openclaw_fal_read_lines "$state/fal-task-ids.txt"
        set -- ${found[@]+"${found[@]}"}
        found=()
        for line; do
            case ${line#*$'\t'} in
            submitting* | unknown* | queued* | running*) found+=("$line") ;;
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

# TYPED: put the inputs of the model on the command line into found, or the values of the input that is typed. A line
# of the file holds a model and its inputs, each as name=value,value. The lines are in the order of bytes.
_openclaw_fal_read_inputs() {
    local id=${model:-$first} low=0 high middle line short input values value LC_ALL=C
    id=${id#*fal.ai/models/} id=${id#fal/}
    if [[ $1 == *=@* ]]; then
        # Bash takes what follows @ for the name of a host. Names that need quotes are left out.
        for value in "${1#*=@}"*; do
            [[ -e $value && $value != *[!A-Za-z0-9_./+-]* ]] || continue
            [[ -d $value ]] && value+=/
            found+=("${1%%=@*}=@$value")
        done
        [[ ${BASH_VERSINFO[0]} -gt 3 ]] && compopt -o nospace 2>/dev/null
        return
    fi
    _openclaw_fal_read_lines "$cache/fal-model-inputs.txt"
    high=${#found[@]}
    while [[ $low -lt $high ]]; do
        middle=$(((low + high) / 2))
        if [[ ${found[middle]} < $id ]]; then low=$((middle + 1)); else high=$middle; fi
    done
    set -- "$1" "${found[low]-}"
    if [[ -n $id && $2 != "$id"$'\t'* ]]; then
        # A short name is an id without its owner, perhaps with - for every slash.
        for line in ${found[@]+"${found[@]}"}; do
            short=${line%%$'\t'*} short=${short#*/}
            [[ $short != "$id" && ${short//\//-} != "$id" ]] || set -- "$1" "$id"$'\t'"${line#*$'\t'}"
        done
    fi
    found=()
    [[ $2 == "$id"$'\t'* ]] || return
    local IFS=$'\t'
    for input in ${2#*$'\t'}; do
        if [[ $1 != *=* ]]; then
            # Members of objects follow a dot.
            [[ $1 == *.* || ${input%%=*} != *.* ]] && found+=("${input%%=*}=")
        elif [[ $input == "${1%%=*}="* ]]; then
            values=${input#*=}
            IFS=,
            for value in $values; do found+=("${input%%=*}=$value"); done
            return
        fi
    done
    [[ ${BASH_VERSINFO[0]} -gt 3 ]] && compopt -o nospace 2>/dev/null
}

# FILE: put its lines into found, if there is such a file.
_openclaw_fal_read_lines() {
    local line
    [[ -r $1 ]] || return
    found=()
    if [[ ${BASH_VERSINFO[0]} -gt 3 ]]; then
        mapfile -t found <"$1"
    else
        while IFS= read -r line; do found+=("$line"); done <"$1"
    fi
}

# Set kind to the kind of value that the setting named by the first argument takes.
_openclaw_fal_find_kind_of_setting() {
    case $first in
    # >>> settings >>>
    # <<< settings <<<
    esac
}

# WORD: go to the subcommand of that name.
_openclaw_fal_enter() {
    case "$node $1" in
    # >>> steps >>>
    # <<< steps <<<
    esac
    _openclaw_fal_load_command
}

# Load what the command at node takes.
_openclaw_fal_load_command() {
    commands='' flags=' ' silent=' ' arguments=''
    case $node in
    # >>> commands >>>
    # <<< commands <<<
    esac
}

# Only newer bash knows nosort, which keeps the order of the tables.
complete -o bashdefault -o default -o nosort -F _openclaw_fal openclaw-fal 2>/dev/null ||
    complete -o bashdefault -o default -F _openclaw_fal openclaw-fal
