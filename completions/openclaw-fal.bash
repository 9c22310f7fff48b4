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
    log-levels) found=(silent fatal error warn info debug trace) ;;
    counts) found=(1 2 3 4) ;;
    sizes) found=(1024x1024 1024x1536 1536x1024 1024x1792 1792x1024 auto) ;;
    image-aspect-ratios)
        found=(
            21:9
            16:9
            3:2
            4:3
            5:4
            1:1
            4:5
            3:4
            2:3
            9:16
            4:1
            1:4
            8:1
            1:8
            2.35:1
            2:1
            20:9
            19.5:9
            9:19.5
            9:20
            1:2
            auto
        )
        ;;
    video-aspect-ratios) found=(21:9 16:9 4:3 1:1 3:4 9:16 auto) ;;
    image-resolutions) found=(1K 2K 4K) ;;
    video-resolutions) found=(360P 480P 540P 720P 768P 1080P) ;;
    output-formats) found=(png jpeg webp) ;;
    music-formats) found=(mp3 wav flac pcm opus) ;;
    qualities) found=(low medium high xhigh max auto) ;;
    backgrounds) found=(transparent opaque auto) ;;
    durations) found=(4 5 6 7 8 9 10 11 12 13 14 15) ;;
    interrupt-policies) found=(keep cancel) ;;
    request-forms) found=(curl) ;;
    spending-groups) found=(day model batch) ;;
    print-forms) found=(path id url) ;;
    if-exists) found=(skip rename overwrite fail) ;;
    task-kinds) found=(image video music any) ;;
    batch-commands) found=(image.generate image.edit video.generate music.generate run) ;;
    batch-formats) found=(text jsonl csv) ;;
    progress-modes) found=(auto plain json none) ;;
    auth-choices) found=(fal-api-key skip) ;;
    secret-input-modes) found=(plaintext ref) ;;
    reset-scopes) found=(config config+creds+sessions full) ;;
    secret-sources) found=(env file exec) ;;
    providers) found=(fal) ;;
    task-statuses) found=(submitting unknown queued running succeeded failed timed_out cancelled lost) ;;
    config-paths)
        found=(
            agents.defaults.imageGenerationModel
            agents.defaults.imageGenerationModel.primary
            agents.defaults.imageGenerationModel.fallbacks
            agents.defaults.imageGenerationModel.timeoutMs
            agents.defaults.videoGenerationModel
            agents.defaults.videoGenerationModel.primary
            agents.defaults.videoGenerationModel.fallbacks
            agents.defaults.videoGenerationModel.timeoutMs
            agents.defaults.mediaModels.image
            agents.defaults.mediaModels.image.primary
            agents.defaults.mediaModels.image.fallbacks
            agents.defaults.mediaModels.image.timeoutMs
            agents.defaults.mediaModels.video
            agents.defaults.mediaModels.video.primary
            agents.defaults.mediaModels.video.fallbacks
            agents.defaults.mediaModels.video.timeoutMs
            agents.defaults.mediaModels.music
            agents.defaults.mediaModels.music.primary
            agents.defaults.mediaModels.music.fallbacks
            agents.defaults.mediaModels.music.timeoutMs
            agents.defaults.mediaMaxMb
            models.providers.fal.baseUrl
            models.providers.fal.apiKey
            models.providers.fal.apiKey.source
            models.providers.fal.apiKey.provider
            models.providers.fal.apiKey.id
        )
        ;;
    model-categories)
        found=(
            3d-to-3d
            audio-to-audio
            audio-to-text
            audio-to-video
            image-to-3d
            image-to-image
            image-to-text
            image-to-video
            json
            llm
            speech-to-speech
            speech-to-text
            text-to-3d
            text-to-audio
            text-to-image
            text-to-json
            text-to-speech
            text-to-video
            training
            unknown
            video-to-audio
            video-to-text
            video-to-video
            vision
            workflow
        )
        ;;
    model-kinds) found=(image video audio 3d text other) ;;
    capabilities) found=(image.generate image.edit image.providers video.generate video.providers) ;;
    shells) found=(bash zsh fish powershell) ;;
    sandbox-words) found=(faults) ;;
    image-models)
        found=(
            fal/fal-ai/flux/dev
            fal/fal-ai/nano-banana
            fal/fal-ai/nano-banana-2
            fal/fal-ai/nano-banana-pro
            fal/google/nano-banana-2-lite
            fal/krea/v2/large/text-to-image
            fal/krea/v2/medium/text-to-image
            fal/openai/gpt-image-2
            fal/openai/gpt-image-2.5/flare/text-to-image
            fal/openai/gpt-image-2.5/sunburst/text-to-image
            fal/xai/grok-imagine-image
            fal/fal-ai/flux/dev/image-to-image
            fal/fal-ai/nano-banana/edit
            fal/fal-ai/nano-banana-2/edit
            fal/fal-ai/nano-banana-pro/edit
            fal/openai/gpt-image-2/edit
            fal/openai/gpt-image-2.5/flare/edit
            fal/openai/gpt-image-2.5/sunburst/edit
            fal/xai/grok-imagine-image/edit
        )
        ;;
    video-models)
        found=(
            fal/fal-ai/minimax/video-01-live
            fal/bytedance/seedance-2.0/text-to-video
            fal/bytedance/seedance-2.0/fast/text-to-video
            fal/fal-ai/heygen/v2/video-agent
            fal/fal-ai/kling-video/v2.1/master/text-to-video
            fal/fal-ai/wan/v2.2-a14b/text-to-video
            fal/fal-ai/minimax/video-01-live/image-to-video
            fal/bytedance/seedance-2.0/image-to-video
            fal/bytedance/seedance-2.0/reference-to-video
            fal/bytedance/seedance-2.0/fast/image-to-video
            fal/bytedance/seedance-2.0/fast/reference-to-video
            fal/fal-ai/kling-video/v2.1/master/image-to-video
            fal/fal-ai/wan/v2.2-a14b/image-to-video
        )
        ;;
    music-models)
        found=(
            fal/fal-ai/minimax-music/v2.6
            fal/fal-ai/ace-step/prompt-to-audio
            fal/fal-ai/stable-audio-25/text-to-audio
        )
        ;;
    all-models)
        found=(
            fal/fal-ai/flux/dev
            fal/fal-ai/nano-banana
            fal/fal-ai/nano-banana-2
            fal/fal-ai/nano-banana-pro
            fal/google/nano-banana-2-lite
            fal/krea/v2/large/text-to-image
            fal/krea/v2/medium/text-to-image
            fal/openai/gpt-image-2
            fal/openai/gpt-image-2.5/flare/text-to-image
            fal/openai/gpt-image-2.5/sunburst/text-to-image
            fal/xai/grok-imagine-image
            fal/fal-ai/flux/dev/image-to-image
            fal/fal-ai/nano-banana/edit
            fal/fal-ai/nano-banana-2/edit
            fal/fal-ai/nano-banana-pro/edit
            fal/openai/gpt-image-2/edit
            fal/openai/gpt-image-2.5/flare/edit
            fal/openai/gpt-image-2.5/sunburst/edit
            fal/xai/grok-imagine-image/edit
            fal/fal-ai/minimax/video-01-live
            fal/bytedance/seedance-2.0/text-to-video
            fal/bytedance/seedance-2.0/fast/text-to-video
            fal/fal-ai/heygen/v2/video-agent
            fal/fal-ai/kling-video/v2.1/master/text-to-video
            fal/fal-ai/wan/v2.2-a14b/text-to-video
            fal/fal-ai/minimax/video-01-live/image-to-video
            fal/bytedance/seedance-2.0/image-to-video
            fal/bytedance/seedance-2.0/reference-to-video
            fal/bytedance/seedance-2.0/fast/image-to-video
            fal/bytedance/seedance-2.0/fast/reference-to-video
            fal/fal-ai/kling-video/v2.1/master/image-to-video
            fal/fal-ai/wan/v2.2-a14b/image-to-video
            fal/fal-ai/minimax-music/v2.6
            fal/fal-ai/ace-step/prompt-to-audio
            fal/fal-ai/stable-audio-25/text-to-audio
        )
        ;;
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
    agents.defaults.imageGenerationModel | agents.defaults.imageGenerationModel.primary | agents.defaults.mediaModels.image | agents.defaults.mediaModels.image.primary) kind=image-models ;;
    agents.defaults.videoGenerationModel | agents.defaults.videoGenerationModel.primary | agents.defaults.mediaModels.video | agents.defaults.mediaModels.video.primary) kind=video-models ;;
    agents.defaults.mediaModels.music | agents.defaults.mediaModels.music.primary) kind=music-models ;;
    # <<< settings <<<
    esac
}

# WORD: go to the subcommand of that name.
_openclaw_fal_enter() {
    case "$node $1" in
    # >>> steps >>>
    ' image' | 'infer image' | 'capability image') node='image' ;;
    ' video' | 'infer video' | 'capability video') node='video' ;;
    ' music') node='music' ;;
    ' run') node='run' ;;
    ' batch') node='batch' ;;
    ' upload') node='upload' ;;
    ' models') node='models' ;;
    ' tasks') node='tasks' ;;
    ' rerun') node='rerun' ;;
    ' spend') node='spend' ;;
    ' gallery') node='gallery' ;;
    ' onboard') node='onboard' ;;
    ' config') node='config' ;;
    ' doctor') node='doctor' ;;
    ' completion') node='completion' ;;
    ' sandbox') node='sandbox' ;;
    ' help') node='help' ;;
    ' version') node='version' ;;
    ' infer') node='infer' ;;
    ' capability') node='capability' ;;
    'image generate') node='image/generate' ;;
    'image edit') node='image/edit' ;;
    'image providers') node='image/providers' ;;
    'video generate') node='video/generate' ;;
    'video providers') node='video/providers' ;;
    'music generate') node='music/generate' ;;
    'batch run') node='batch/run' ;;
    'batch status') node='batch/status' ;;
    'batch merge') node='batch/merge' ;;
    'models list') node='models/list' ;;
    'models show') node='models/show' ;;
    'models set') node='models/set' ;;
    'models status') node='models/status' ;;
    'models auth') node='models/auth' ;;
    'models aliases') node='models/aliases' ;;
    'models/auth list') node='models/auth/list' ;;
    'models/auth paste-api-key') node='models/auth/paste-api-key' ;;
    'models/auth logout') node='models/auth/logout' ;;
    'models/aliases list') node='models/aliases/list' ;;
    'models/aliases add') node='models/aliases/add' ;;
    'models/aliases remove') node='models/aliases/remove' ;;
    'tasks list') node='tasks/list' ;;
    'tasks show') node='tasks/show' ;;
    'tasks wait') node='tasks/wait' ;;
    'tasks rerun') node='tasks/rerun' ;;
    'tasks preview') node='tasks/preview' ;;
    'tasks open') node='tasks/open' ;;
    'tasks adopt') node='tasks/adopt' ;;
    'tasks cancel') node='tasks/cancel' ;;
    'tasks prune') node='tasks/prune' ;;
    'config get') node='config/get' ;;
    'config set') node='config/set' ;;
    'config unset') node='config/unset' ;;
    'config patch') node='config/patch' ;;
    'config file') node='config/file' ;;
    'config schema') node='config/schema' ;;
    'config validate') node='config/validate' ;;
    'help image' | 'help/infer image' | 'help/capability image') node='help/image' ;;
    'help video' | 'help/infer video' | 'help/capability video') node='help/video' ;;
    'help music') node='help/music' ;;
    'help run') node='help/run' ;;
    'help batch') node='help/batch' ;;
    'help upload') node='help/upload' ;;
    'help models') node='help/models' ;;
    'help tasks') node='help/tasks' ;;
    'help rerun') node='help/rerun' ;;
    'help spend') node='help/spend' ;;
    'help gallery') node='help/gallery' ;;
    'help onboard') node='help/onboard' ;;
    'help config') node='help/config' ;;
    'help doctor') node='help/doctor' ;;
    'help completion') node='help/completion' ;;
    'help sandbox') node='help/sandbox' ;;
    'help help') node='help/help' ;;
    'help version') node='help/version' ;;
    'help infer') node='help/infer' ;;
    'help capability') node='help/capability' ;;
    'help exit-codes') node='help/exit-codes' ;;
    'help environment') node='help/environment' ;;
    'help configuration') node='help/configuration' ;;
    'help output') node='help/output' ;;
    'help waiting') node='help/waiting' ;;
    'help costs') node='help/costs' ;;
    'help/image generate') node='help/image/generate' ;;
    'help/image edit') node='help/image/edit' ;;
    'help/image providers') node='help/image/providers' ;;
    'help/video generate') node='help/video/generate' ;;
    'help/video providers') node='help/video/providers' ;;
    'help/music generate') node='help/music/generate' ;;
    'help/batch run') node='help/batch/run' ;;
    'help/batch status') node='help/batch/status' ;;
    'help/batch merge') node='help/batch/merge' ;;
    'help/models list') node='help/models/list' ;;
    'help/models show') node='help/models/show' ;;
    'help/models set') node='help/models/set' ;;
    'help/models status') node='help/models/status' ;;
    'help/models auth') node='help/models/auth' ;;
    'help/models aliases') node='help/models/aliases' ;;
    'help/models/auth list') node='help/models/auth/list' ;;
    'help/models/auth paste-api-key') node='help/models/auth/paste-api-key' ;;
    'help/models/auth logout') node='help/models/auth/logout' ;;
    'help/models/aliases list') node='help/models/aliases/list' ;;
    'help/models/aliases add') node='help/models/aliases/add' ;;
    'help/models/aliases remove') node='help/models/aliases/remove' ;;
    'help/tasks list') node='help/tasks/list' ;;
    'help/tasks show') node='help/tasks/show' ;;
    'help/tasks wait') node='help/tasks/wait' ;;
    'help/tasks rerun') node='help/tasks/rerun' ;;
    'help/tasks preview') node='help/tasks/preview' ;;
    'help/tasks open') node='help/tasks/open' ;;
    'help/tasks adopt') node='help/tasks/adopt' ;;
    'help/tasks cancel') node='help/tasks/cancel' ;;
    'help/tasks prune') node='help/tasks/prune' ;;
    'help/config get') node='help/config/get' ;;
    'help/config set') node='help/config/set' ;;
    'help/config unset') node='help/config/unset' ;;
    'help/config patch') node='help/config/patch' ;;
    'help/config file') node='help/config/file' ;;
    'help/config schema') node='help/config/schema' ;;
    'help/config validate') node='help/config/validate' ;;
    'help/infer list' | 'help/capability list') node='help/infer/list' ;;
    'help/infer inspect' | 'help/capability inspect') node='help/infer/inspect' ;;
    'infer list' | 'capability list') node='infer/list' ;;
    'infer inspect' | 'capability inspect') node='infer/inspect' ;;
    # <<< steps <<<
    esac
    _openclaw_fal_load_command
}

# Load what the command at node takes.
_openclaw_fal_load_command() {
    commands='' flags=' ' silent=' ' arguments=''
    case $node in
    # >>> commands >>>
    '')
        commands=' image video music run batch upload models tasks rerun spend gallery onboard config doctor completion sandbox help version infer capability '
        flags=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --version --help '
        silent=' --agent=text --quiet -q -V -h '
        ;;
    'image')
        commands=' generate edit providers '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'image/generate')
        flags=' --prompt=text --file=files+ --model=image-models --count=counts --size=sizes --aspect-ratio=image-aspect-ratios --resolution=image-resolutions --output-format=output-formats --quality=qualities --mask=files --background=backgrounds --seed=text --negative-prompt=text --steps=text --guidance=text --param=model-inputs+ --no-validate --output=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --detach --reuse --max-cost=text --allow-unknown-cost --dry-run --no-price --as=request-forms --summary --quiet --preview --open --notify --no-notify --print=print-forms --queue --json --sandbox --help '
        silent=' -i=files+ -m=image-models -n=counts -p=model-inputs+ -o=files -q --agent=text --openai-background=text --openai-moderation=text --profile=profiles --no-color --log-level=log-levels --version -V -h '
        arguments=' text+ '
        ;;
    'image/edit')
        flags=' --prompt=text --file=files+ --model=image-models --count=counts --size=sizes --aspect-ratio=image-aspect-ratios --resolution=image-resolutions --output-format=output-formats --quality=qualities --mask=files --background=backgrounds --seed=text --negative-prompt=text --steps=text --guidance=text --param=model-inputs+ --no-validate --output=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --detach --reuse --max-cost=text --allow-unknown-cost --dry-run --no-price --as=request-forms --summary --quiet --preview --open --notify --no-notify --print=print-forms --queue --json --sandbox --help '
        silent=' -i=files+ -m=image-models -n=counts -p=model-inputs+ -o=files -q --agent=text --openai-background=text --openai-moderation=text --profile=profiles --no-color --log-level=log-levels --version -V -h '
        arguments=' text+ '
        ;;
    'image/providers')
        flags=' --json --sandbox --help '
        silent=' --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'video')
        commands=' generate providers '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'video/generate')
        flags=' --prompt=text --image=files+ --last-image=files --video=files+ --audio-ref=files+ --model=video-models --size=sizes --aspect-ratio=video-aspect-ratios --resolution=video-resolutions --duration=durations --audio --no-audio --watermark --no-watermark --seed=text --negative-prompt=text --steps=text --guidance=text --param=model-inputs+ --no-validate --output=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --detach --reuse --max-cost=text --allow-unknown-cost --dry-run --no-price --as=request-forms --summary --quiet --preview --open --notify --no-notify --print=print-forms --json --sandbox --help '
        silent=' -i=files+ -m=video-models -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' text+ '
        ;;
    'video/providers')
        flags=' --json --sandbox --help '
        silent=' --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'music')
        commands=' generate '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'music/generate')
        flags=' --prompt=text --lyrics=text --instrumental --duration=text --format=music-formats --model=music-models --seed=text --negative-prompt=text --param=model-inputs+ --no-validate --output=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --detach --reuse --max-cost=text --allow-unknown-cost --dry-run --no-price --as=request-forms --summary --quiet --preview --open --notify --no-notify --print=print-forms --json --sandbox --help '
        silent=' -m=music-models -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' text+ '
        ;;
    'run')
        flags=' --prompt=text --file=files+ --param=model-inputs+ --no-validate --output=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --detach --reuse --max-cost=text --allow-unknown-cost --dry-run --no-price --as=request-forms --summary --quiet --preview --open --notify --no-notify --print=print-forms --json --sandbox --help '
        silent=' -i=files+ -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' all-models text+ '
        ;;
    'batch')
        commands=' run status merge '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'batch/run')
        flags=' --command=batch-commands --model=all-models --count=counts --size=sizes --aspect-ratio=image-aspect-ratios --resolution=text --output-format=output-formats --quality=qualities --background=backgrounds --file=files+ --image=files+ --last-image=files --video=files+ --audio-ref=files+ --mask=files --duration=durations --audio --no-audio --watermark --no-watermark --lyrics=text --instrumental --seed=text --negative-prompt=text --steps=text --guidance=text --param=model-inputs+ --input-format=batch-formats --name=text --shard=text --output=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --concurrency=text --retry-failed --skip-invalid --fail-fast --direct --results=files --no-validate --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --summary --max-cost=text --allow-unknown-cost --dry-run --no-price --quiet --print=print-forms --json --sandbox --help '
        silent=' -m=all-models -n=counts -i=files+ -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' files '
        ;;
    'batch/status')
        flags=' --command=batch-commands --model=all-models --count=counts --size=sizes --aspect-ratio=image-aspect-ratios --resolution=text --output-format=output-formats --quality=qualities --background=backgrounds --file=files+ --image=files+ --last-image=files --video=files+ --audio-ref=files+ --mask=files --duration=durations --audio --no-audio --watermark --no-watermark --lyrics=text --instrumental --seed=text --negative-prompt=text --steps=text --guidance=text --param=model-inputs+ --input-format=batch-formats --name=text --shard=text --json --sandbox --help '
        silent=' -m=all-models -n=counts -i=files+ -p=model-inputs+ --output=files -o=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --concurrency=text --retry-failed --skip-invalid --fail-fast --direct --results=files --no-validate --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --summary --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' files '
        ;;
    'batch/merge')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' files+ '
        ;;
    'upload')
        flags=' --timeout-ms=text --progress=progress-modes --json --sandbox --help '
        silent=' --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' files+ '
        ;;
    'models')
        commands=' list show set status auth aliases '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'models/list')
        flags=' --search=text --category=model-categories --kind=model-kinds --limit=text --provider=providers --all --refresh --price --plain --no-pager --json --sandbox --help '
        silent=' -n=text -L=text --local --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' text+ '
        ;;
    'models/show')
        flags=' --schema --refresh --price --json --sandbox --help '
        silent=' --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' all-models '
        ;;
    'models/set')
        flags=' --json --sandbox --help '
        silent=' --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' all-models text '
        ;;
    'models/status')
        flags=' --check --probe --plain --json --sandbox --help '
        silent=' --status-plain --status-json --probe-provider=text --probe-timeout=text --probe-concurrency=text --probe-max-tokens=text --probe-profile=text+ --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'models/auth')
        commands=' list paste-api-key logout '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'models/auth/list')
        flags=' --provider=providers --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'models/auth/paste-api-key')
        flags=' --provider=providers --profile-id=text --skip-health --json --sandbox --help '
        silent=' --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'models/auth/logout')
        flags=' --provider=providers --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'models/aliases')
        commands=' list add remove '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'models/aliases/list')
        flags=' --plain --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'models/aliases/add')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' text all-models '
        ;;
    'models/aliases/remove')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' text '
        ;;
    'tasks')
        commands=' list show wait rerun preview open adopt cancel prune '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'tasks/list')
        flags=' --status=task-statuses+ --model=all-models --kind=task-kinds --since=text --search=text --batch=text --missing --limit=text --all --quiet --cost --json --help '
        silent=' -n=text -L=text -q --runtime=text --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' text '
        ;;
    'tasks/show')
        flags=' --refresh-cost --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' tasks '
        ;;
    'tasks/wait')
        flags=' --output=files --model=all-models --overwrite --if-exists=if-exists --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --quiet --print=print-forms --preview --open --notify --no-notify --json --sandbox --help '
        silent=' -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' tasks+ '
        ;;
    'tasks/rerun')
        flags=' --prompt=text --model=all-models --seed=text --count=counts --size=sizes --aspect-ratio=image-aspect-ratios --resolution=image-resolutions --duration=durations --param=model-inputs+ --no-validate --output=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --detach --reuse --max-cost=text --allow-unknown-cost --dry-run --no-price --as=request-forms --summary --quiet --preview --open --notify --no-notify --print=print-forms --json --sandbox --help '
        silent=' -m=all-models -n=counts -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' tasks+ '
        ;;
    'tasks/preview')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' tasks+ '
        ;;
    'tasks/open')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' tasks+ '
        ;;
    'tasks/adopt')
        flags=' --model=all-models --task=tasks --output=files --overwrite --if-exists=if-exists --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --quiet --print=print-forms --json --sandbox --help '
        silent=' -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' text '
        ;;
    'tasks/cancel')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' open-tasks+ '
        ;;
    'tasks/prune')
        flags=' --days=text --all --yes --json --help '
        silent=' -y --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'rerun')
        flags=' --prompt=text --model=all-models --seed=text --count=counts --size=sizes --aspect-ratio=image-aspect-ratios --resolution=image-resolutions --duration=durations --param=model-inputs+ --no-validate --output=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --detach --reuse --max-cost=text --allow-unknown-cost --dry-run --no-price --as=request-forms --summary --quiet --preview --open --notify --no-notify --print=print-forms --json --sandbox --help '
        silent=' -m=all-models -n=counts -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' files text+ '
        ;;
    'spend')
        flags=' --since=text --by=spending-groups --refresh --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'gallery')
        flags=' --since=text --model=all-models --batch=text --output=files --overwrite --embed --open --quiet --json --help '
        silent=' -o=files -q --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'onboard')
        flags=' --auth-choice=auth-choices --fal-api-key=text --non-interactive --accept-risk --secret-input-mode=secret-input-modes --reset --reset-scope=reset-scopes --skip-health --json --sandbox --help '
        silent=' --agent-name=text --flow=text --mode=text --workspace=text --gateway-port=text --gateway-bind=text --gateway-auth=text --gateway-token=text --gateway-token-ref-env=text --gateway-password=text --remote-url=text --remote-token=text --tailscale=text --daemon-runtime=text --node-manager=text --import-from=text --import-source=text --classic --import-secrets --install-daemon --no-install-daemon --skip-bootstrap --skip-channels --skip-daemon --skip-hooks --skip-search --skip-skills --skip-ui --suppress-gateway-token-output --tailscale-reset-on-exit --tui --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'config')
        commands=' get set unset patch file schema validate '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'config/get')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' config-paths '
        ;;
    'config/set')
        flags=' --strict-json --merge --replace --expect-current-json=text --expect-current-absent --batch-json=text --batch-file=files --ref-provider=text --ref-source=secret-sources --ref-id=text --dry-run --allow-exec --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' config-paths config-values '
        ;;
    'config/unset')
        flags=' --dry-run --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' config-paths '
        ;;
    'config/patch')
        flags=' --file=files --stdin --replace-path=config-paths+ --dry-run --allow-exec --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'config/file')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'config/schema')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'config/validate')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'doctor')
        flags=' --fix --probe --json --sandbox --help '
        silent=' --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'completion')
        flags=' --shell=shells --install --write-state --yes --json --help '
        silent=' -s=shells -i -y --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'sandbox')
        flags=' --port=text --speed=text --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        arguments=' sandbox-words+ '
        ;;
    'help')
        commands=' image video music run batch upload models tasks rerun spend gallery onboard config doctor completion sandbox help version infer capability exit-codes environment configuration output waiting costs '
        flags=' --all --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'help/image')
        commands=' generate edit providers '
        ;;
    'help/image/generate')
        ;;
    'help/image/edit')
        ;;
    'help/image/providers')
        ;;
    'help/video')
        commands=' generate providers '
        ;;
    'help/video/generate')
        ;;
    'help/video/providers')
        ;;
    'help/music')
        commands=' generate '
        ;;
    'help/music/generate')
        ;;
    'help/run')
        ;;
    'help/batch')
        commands=' run status merge '
        ;;
    'help/batch/run')
        ;;
    'help/batch/status')
        ;;
    'help/batch/merge')
        ;;
    'help/upload')
        ;;
    'help/models')
        commands=' list show set status auth aliases '
        ;;
    'help/models/list')
        ;;
    'help/models/show')
        ;;
    'help/models/set')
        ;;
    'help/models/status')
        ;;
    'help/models/auth')
        commands=' list paste-api-key logout '
        ;;
    'help/models/auth/list')
        ;;
    'help/models/auth/paste-api-key')
        ;;
    'help/models/auth/logout')
        ;;
    'help/models/aliases')
        commands=' list add remove '
        ;;
    'help/models/aliases/list')
        ;;
    'help/models/aliases/add')
        ;;
    'help/models/aliases/remove')
        ;;
    'help/tasks')
        commands=' list show wait rerun preview open adopt cancel prune '
        ;;
    'help/tasks/list')
        ;;
    'help/tasks/show')
        ;;
    'help/tasks/wait')
        ;;
    'help/tasks/rerun')
        ;;
    'help/tasks/preview')
        ;;
    'help/tasks/open')
        ;;
    'help/tasks/adopt')
        ;;
    'help/tasks/cancel')
        ;;
    'help/tasks/prune')
        ;;
    'help/rerun')
        ;;
    'help/spend')
        ;;
    'help/gallery')
        ;;
    'help/onboard')
        ;;
    'help/config')
        commands=' get set unset patch file schema validate '
        ;;
    'help/config/get')
        ;;
    'help/config/set')
        ;;
    'help/config/unset')
        ;;
    'help/config/patch')
        ;;
    'help/config/file')
        ;;
    'help/config/schema')
        ;;
    'help/config/validate')
        ;;
    'help/doctor')
        ;;
    'help/completion')
        ;;
    'help/sandbox')
        ;;
    'help/help')
        ;;
    'help/version')
        ;;
    'help/infer')
        commands=' list inspect image video '
        ;;
    'help/infer/list')
        ;;
    'help/infer/inspect')
        ;;
    'help/capability')
        commands=' list inspect image video '
        ;;
    'help/exit-codes')
        ;;
    'help/environment')
        ;;
    'help/configuration')
        ;;
    'help/output')
        ;;
    'help/waiting')
        ;;
    'help/costs')
        ;;
    'version')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'infer')
        commands=' list inspect image video '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'infer/list')
        flags=' --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'infer/inspect')
        flags=' --name=capabilities --json --help '
        silent=' --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    'capability')
        commands=' list inspect image video '
        flags=' --help '
        silent=' --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h '
        ;;
    # <<< commands <<<
    esac
}

# Only newer bash knows nosort, which keeps the order of the tables.
complete -o bashdefault -o default -o nosort -F _openclaw_fal openclaw-fal 2>/dev/null ||
    complete -o bashdefault -o default -F _openclaw_fal openclaw-fal
