# Fish completion for openclaw-fal. Made by: openclaw-fal completion --shell fish
#
# TAB starts no process. Commands, flags and fixed values are in the tables of this script, between >>> and <<<; models
# and tasks are in files that openclaw-fal keeps up to date. A single `complete` with a single condition finds all
# suggestions, so that fish has no others to try.
#
# The functions share the variables of the first one:
#   words, typed     the words before the cursor, and the word at the cursor
#   node             the path of the command that the words lead to
#   commands, flags, silent, arguments
#                    what that command takes: subcommands and flags (name=kind, a final + if repeatable), each with a
#                    tab and a description; flags that are not suggested; and the kinds of its arguments
#   flag, profile, model, passed
#                    the flag whose value is typed, the values of --profile and --model, the arguments before the cursor
#   kind, found      the kind of the value that is typed, and the words to suggest

function __openclaw_fal_prepare --description 'Find the suggestions; fail where fish is to complete a path'
    set -g __openclaw_fal_suggestions
    set -l words (commandline -opc)
    set -l typed (string replace -ra '["\']' '' -- (commandline -ct))
    set -l node ''
    set -l commands
    set -l flags
    set -l silent
    set -l arguments
    set -l flag ''
    set -l profile ''
    set -l model
    set -l only_arguments ''
    set -l given
    set -l passed
    set -l kind ''
    # Variables that are set for this command alone stand before it.
    while string match -qr '^\w+=' -- $words[1]
        set -e words[1]
    end
    __openclaw_fal_load_command
    for word in $words[2..-1]
        __openclaw_fal_take
    end
    if test -n "$flag"
        __openclaw_fal_find_kind
        __openclaw_fal_suggest_values ''
    else if test -z "$only_arguments"; and string match -q -- '-*=*' $typed
        set flag (string replace -r '=.*' '' -- $typed)
        __openclaw_fal_find_kind
        __openclaw_fal_suggest_values $flag=
    else if test -z "$only_arguments"; and string match -q -- '-*' $typed
        __openclaw_fal_suggest_flags
    else if set -q commands[1]
        set -g __openclaw_fal_suggestions $commands
    else
        __openclaw_fal_suggest_argument
    end
    test "$kind" != files
end

# Read one word of the command line.
function __openclaw_fal_take --no-scope-shadowing
    if test -n "$flag"
        test $flag = --profile; and set profile $word
        contains -- $flag --model -m; and set model $word
        set flag ''
    else if test -z "$only_arguments"; and test "$word" = --
        set only_arguments yes
    else if test -z "$only_arguments"; and string match -q -- '-*' $word
        set -l name (string replace -r '=.*' '' -- $word)
        set -a given $name
        if test $name != $word
            test $name = --profile; and set profile (string replace -r '^[^=]*=' '' -- $word)
            test $name = --model; and set model (string replace -r '^[^=]*=' '' -- $word)
        else if string match -q -- "$name=*" $flags $silent
            set flag $name
        end
    else if set -q commands[1]
        __openclaw_fal_enter
    else
        set -a passed $word
    end
end

# Set kind to the kind of value that the flag takes.
function __openclaw_fal_find_kind --no-scope-shadowing
    set kind (string match -- "$flag=*" $flags $silent | string replace -r '^[^=]*=([\w-]+).*' '$1')[1]
end

# Suggest the flags that are not given yet, and those that may be repeated.
function __openclaw_fal_suggest_flags --no-scope-shadowing
    for name in $given
        set flags (string match -rv -- '^'(string escape --style=regex -- $name)'(=[\w-]+)?\t' $flags)
    end
    set -g __openclaw_fal_suggestions (string replace -r '=[^\t]*' '' -- $flags)
end

function __openclaw_fal_suggest_argument --no-scope-shadowing
    set -l place (math (count $passed) + 1)
    set kind $arguments[$place]
    if test -z "$kind"; and string match -q -- '*+' $arguments[-1]
        set kind $arguments[-1]
    end
    if test -n "$kind"
        set kind (string replace '+' '' -- $kind)
        __openclaw_fal_suggest_values ''
    else
        __openclaw_fal_suggest_flags
    end
end

# PREFIX: suggest the values of this kind, each after the prefix.
function __openclaw_fal_suggest_values --no-scope-shadowing
    set -l prefix $argv[1]
    set -l found
    set -l below ''
    set -l state
    set -l config
    set -l cache
    if test "$kind" = config-values
        switch $passed[1]
            # >>> settings >>>
            case agents.defaults.imageGenerationModel agents.defaults.imageGenerationModel.primary agents.defaults.mediaModels.image agents.defaults.mediaModels.image.primary
                set kind image-models
            case agents.defaults.videoGenerationModel agents.defaults.videoGenerationModel.primary agents.defaults.mediaModels.video agents.defaults.mediaModels.video.primary
                set kind video-models
            case agents.defaults.mediaModels.music agents.defaults.mediaModels.music.primary
                set kind music-models
            # <<< settings <<<
        end
    end
    switch $kind
        # >>> values >>>
        case log-levels
            set found silent fatal error warn info debug trace
        case counts
            set found 1 2 3 4
        case sizes
            set found 1024x1024 1024x1536 1536x1024 1024x1792 1792x1024 auto
        case image-aspect-ratios
            set found 21:9 16:9 3:2 4:3 5:4 1:1 4:5 3:4 2:3 9:16 4:1 1:4 8:1 1:8 2.35:1 2:1 20:9 19.5:9 9:19.5 9:20 1:2 auto
        case video-aspect-ratios
            set found 21:9 16:9 4:3 1:1 3:4 9:16 auto
        case image-resolutions
            set found 1K 2K 4K
        case video-resolutions
            set found 360P 480P 540P 720P 768P 1080P
        case output-formats
            set found png jpeg webp
        case music-formats
            set found mp3 wav flac pcm opus
        case qualities
            set found low medium high xhigh max auto
        case backgrounds
            set found transparent opaque auto
        case durations
            set found 4 5 6 7 8 9 10 11 12 13 14 15
        case interrupt-policies
            set found keep cancel
        case request-forms
            set found curl
        case spending-groups
            set found day model batch
        case print-forms
            set found path id url
        case if-exists
            set found skip rename overwrite fail
        case task-kinds
            set found image video music any
        case batch-commands
            set found image.generate image.edit video.generate music.generate run
        case batch-formats
            set found text jsonl csv
        case progress-modes
            set found auto plain json none
        case auth-choices
            set found fal-api-key skip
        case secret-input-modes
            set found plaintext ref
        case reset-scopes
            set found config config+creds+sessions full
        case secret-sources
            set found env file exec
        case providers
            set found fal
        case task-statuses
            set found submitting unknown queued running succeeded failed timed_out cancelled lost
        case config-paths
            set found agents.defaults.imageGenerationModel agents.defaults.imageGenerationModel.primary agents.defaults.imageGenerationModel.fallbacks agents.defaults.imageGenerationModel.timeoutMs agents.defaults.videoGenerationModel agents.defaults.videoGenerationModel.primary agents.defaults.videoGenerationModel.fallbacks agents.defaults.videoGenerationModel.timeoutMs agents.defaults.mediaModels.image agents.defaults.mediaModels.image.primary agents.defaults.mediaModels.image.fallbacks agents.defaults.mediaModels.image.timeoutMs agents.defaults.mediaModels.video agents.defaults.mediaModels.video.primary agents.defaults.mediaModels.video.fallbacks agents.defaults.mediaModels.video.timeoutMs agents.defaults.mediaModels.music agents.defaults.mediaModels.music.primary agents.defaults.mediaModels.music.fallbacks agents.defaults.mediaModels.music.timeoutMs agents.defaults.mediaMaxMb models.providers.fal.baseUrl models.providers.fal.apiKey models.providers.fal.apiKey.source models.providers.fal.apiKey.provider models.providers.fal.apiKey.id
        case model-categories
            set found 3d-to-3d audio-to-audio audio-to-text audio-to-video image-to-3d image-to-image image-to-text image-to-video json llm speech-to-speech speech-to-text text-to-3d text-to-audio text-to-image text-to-json text-to-speech text-to-video training unknown video-to-audio video-to-text video-to-video vision workflow
        case model-kinds
            set found image video audio 3d text other
        case capabilities
            set found image.generate image.edit image.providers video.generate video.providers
        case shells
            set found bash zsh fish powershell
        case sandbox-words
            set found faults
        case image-models
            set found \
                fal/fal-ai/flux/dev\t'FLUX.1 [dev]' \
                fal/fal-ai/nano-banana\t'Nano Banana' \
                fal/fal-ai/nano-banana-2\t'Nano Banana 2' \
                fal/fal-ai/nano-banana-pro\t'Nano Banana Pro' \
                fal/google/nano-banana-2-lite\t'Nano Banana 2 Lite' \
                fal/krea/v2/large/text-to-image\t'Krea 2 Large' \
                fal/krea/v2/medium/text-to-image\t'Krea 2 Medium' \
                fal/openai/gpt-image-2\t'GPT Image 2' \
                fal/openai/gpt-image-2.5/flare/text-to-image\t'GPT Image 2.5 Flare' \
                fal/openai/gpt-image-2.5/sunburst/text-to-image\t'GPT Image 2.5 Sunburst' \
                fal/xai/grok-imagine-image\t'Grok Imagine' \
                fal/fal-ai/flux/dev/image-to-image\t'FLUX.1 [dev] Image to Image' \
                fal/fal-ai/nano-banana/edit\t'Nano Banana Edit' \
                fal/fal-ai/nano-banana-2/edit\t'Nano Banana 2 Edit' \
                fal/fal-ai/nano-banana-pro/edit\t'Nano Banana Pro Edit' \
                fal/openai/gpt-image-2/edit\t'GPT Image 2 Edit' \
                fal/openai/gpt-image-2.5/flare/edit\t'GPT Image 2.5 Flare Edit' \
                fal/openai/gpt-image-2.5/sunburst/edit\t'GPT Image 2.5 Sunburst Edit' \
                fal/xai/grok-imagine-image/edit\t'Grok Imagine Edit'
        case video-models
            set found \
                fal/fal-ai/minimax/video-01-live\t'MiniMax Video 01 Live' \
                fal/bytedance/seedance-2.0/text-to-video\t'Seedance 2.0' \
                fal/bytedance/seedance-2.0/fast/text-to-video\t'Seedance 2.0 Fast' \
                fal/fal-ai/heygen/v2/video-agent\t'HeyGen Video Agent' \
                fal/fal-ai/kling-video/v2.1/master/text-to-video\t'Kling 2.1 Master' \
                fal/fal-ai/wan/v2.2-a14b/text-to-video\t'Wan 2.2 A14B' \
                fal/fal-ai/minimax/video-01-live/image-to-video\t'MiniMax Video 01 Live Image to Video' \
                fal/bytedance/seedance-2.0/image-to-video\t'Seedance 2.0 Image to Video' \
                fal/bytedance/seedance-2.0/reference-to-video\t'Seedance 2.0 Reference to Video' \
                fal/bytedance/seedance-2.0/fast/image-to-video\t'Seedance 2.0 Fast Image to Video' \
                fal/bytedance/seedance-2.0/fast/reference-to-video\t'Seedance 2.0 Fast Reference to Video' \
                fal/fal-ai/kling-video/v2.1/master/image-to-video\t'Kling 2.1 Master Image to Video' \
                fal/fal-ai/wan/v2.2-a14b/image-to-video\t'Wan 2.2 A14B Image to Video'
        case music-models
            set found \
                fal/fal-ai/minimax-music/v2.6\t'MiniMax Music 2.6' \
                fal/fal-ai/ace-step/prompt-to-audio\t'ACE-Step' \
                fal/fal-ai/stable-audio-25/text-to-audio\t'Stable Audio 2.5'
        case all-models
            set found \
                fal/fal-ai/flux/dev\t'FLUX.1 [dev]' \
                fal/fal-ai/nano-banana\t'Nano Banana' \
                fal/fal-ai/nano-banana-2\t'Nano Banana 2' \
                fal/fal-ai/nano-banana-pro\t'Nano Banana Pro' \
                fal/google/nano-banana-2-lite\t'Nano Banana 2 Lite' \
                fal/krea/v2/large/text-to-image\t'Krea 2 Large' \
                fal/krea/v2/medium/text-to-image\t'Krea 2 Medium' \
                fal/openai/gpt-image-2\t'GPT Image 2' \
                fal/openai/gpt-image-2.5/flare/text-to-image\t'GPT Image 2.5 Flare' \
                fal/openai/gpt-image-2.5/sunburst/text-to-image\t'GPT Image 2.5 Sunburst' \
                fal/xai/grok-imagine-image\t'Grok Imagine' \
                fal/fal-ai/flux/dev/image-to-image\t'FLUX.1 [dev] Image to Image' \
                fal/fal-ai/nano-banana/edit\t'Nano Banana Edit' \
                fal/fal-ai/nano-banana-2/edit\t'Nano Banana 2 Edit' \
                fal/fal-ai/nano-banana-pro/edit\t'Nano Banana Pro Edit' \
                fal/openai/gpt-image-2/edit\t'GPT Image 2 Edit' \
                fal/openai/gpt-image-2.5/flare/edit\t'GPT Image 2.5 Flare Edit' \
                fal/openai/gpt-image-2.5/sunburst/edit\t'GPT Image 2.5 Sunburst Edit' \
                fal/xai/grok-imagine-image/edit\t'Grok Imagine Edit' \
                fal/fal-ai/minimax/video-01-live\t'MiniMax Video 01 Live' \
                fal/bytedance/seedance-2.0/text-to-video\t'Seedance 2.0' \
                fal/bytedance/seedance-2.0/fast/text-to-video\t'Seedance 2.0 Fast' \
                fal/fal-ai/heygen/v2/video-agent\t'HeyGen Video Agent' \
                fal/fal-ai/kling-video/v2.1/master/text-to-video\t'Kling 2.1 Master' \
                fal/fal-ai/wan/v2.2-a14b/text-to-video\t'Wan 2.2 A14B' \
                fal/fal-ai/minimax/video-01-live/image-to-video\t'MiniMax Video 01 Live Image to Video' \
                fal/bytedance/seedance-2.0/image-to-video\t'Seedance 2.0 Image to Video' \
                fal/bytedance/seedance-2.0/reference-to-video\t'Seedance 2.0 Reference to Video' \
                fal/bytedance/seedance-2.0/fast/image-to-video\t'Seedance 2.0 Fast Image to Video' \
                fal/bytedance/seedance-2.0/fast/reference-to-video\t'Seedance 2.0 Fast Reference to Video' \
                fal/fal-ai/kling-video/v2.1/master/image-to-video\t'Kling 2.1 Master Image to Video' \
                fal/fal-ai/wan/v2.2-a14b/image-to-video\t'Wan 2.2 A14B Image to Video' \
                fal/fal-ai/minimax-music/v2.6\t'MiniMax Music 2.6' \
                fal/fal-ai/ace-step/prompt-to-audio\t'ACE-Step' \
                fal/fal-ai/stable-audio-25/text-to-audio\t'Stable Audio 2.5'
        # <<< values <<<
    end
    switch $kind
        case '*-models' tasks open-tasks profiles
            __openclaw_fal_find_folders
            __openclaw_fal_read_words
        case model-inputs
            __openclaw_fal_find_folders
            __openclaw_fal_read_inputs
    end
    set -g __openclaw_fal_suggestions $prefix$found
end

# Set state, config and cache to the same folders as openclaw_fal/store/paths.py.
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
    # This is macOS. Asking uname would start a process.
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

# Read the words that are in files. Without a catalog, the built-in models of the table stay.
function __openclaw_fal_read_words --no-scope-shadowing
    set -l file $state/fal-task-ids.txt
    switch $kind
        case image-models
            set file $cache/fal-image-models.txt
        case video-models
            set file $cache/fal-video-models.txt
        case music-models
            set file $cache/fal-music-models.txt
        case all-models
            set file $cache/fal-all-models.txt
        case profiles
            set -l folders $config/profiles/*/ $state/profiles/*/
            for folder in (string replace -r '.*/([^/]+)/$' '$1' -- $folders)
                contains -- $folder $found; or set -a found $folder
            end
            return
    end
    test -r $file; or return
    if test $kind = open-tasks
        set found (string match -r '^\S+\t(?:submitting|unknown|queued|running).*' <$file)
    else
        set found (string match -r '.+' <$file)
    end
end

# Read the inputs of the model on the command line, or the values of the input that is typed. A line of the file holds a
# model and its inputs, each as name=value,value.
function __openclaw_fal_read_inputs --no-scope-shadowing
    set -l input (string replace -r -- '^'(string escape --style=regex -- "$prefix") '' $typed)
    if string match -q -- '*=@*' $input
        set kind files
        return
    end
    set -l id $model $passed
    set id (string replace -r '^(.*fal\.ai/models/|fal/)' '' -- $id[1])
    set -l file $cache/fal-model-inputs.txt
    test -n "$id"; and test -r $file; or return
    set -l pattern (string escape --style=regex -- $id)
    # A short name is an id without its owner, perhaps with - for every slash.
    string match -q -- '*/*' $id; and set pattern '(?:[^/\t]+/)?'$pattern; or set pattern '[^/\t]+/'(string replace -ra -- '\\\\?-' '[-/]' $pattern)
    set -l inputs (string match -r -- '^'$pattern'\t.*' <$file | string split \t)[2..-1]
    if string match -q -- '*=*' $input
        set -l name (string replace -r '=.*' '' -- $input)
        set -l values (string match -- $name'=*' $inputs | string replace -r '^[^=]*=' '' | string split , -n)
        set -q values[1]; and set found $name=$values
    else
        set found (string replace -r '=.*' '=' -- $inputs)
        # Members of objects follow a dot.
        string match -q -- '*.*' $input; or set found (string match -v -- '*.*' $found)
    end
end

# Go to the subcommand that the word names.
function __openclaw_fal_enter --no-scope-shadowing
    switch "$node $word"
        # >>> steps >>>
        case ' image' 'infer image' 'capability image'
            set node image
        case ' video' 'infer video' 'capability video'
            set node video
        case ' music'
            set node music
        case ' run'
            set node run
        case ' batch'
            set node batch
        case ' upload'
            set node upload
        case ' models'
            set node models
        case ' tasks'
            set node tasks
        case ' rerun'
            set node rerun
        case ' spend'
            set node spend
        case ' gallery'
            set node gallery
        case ' onboard'
            set node onboard
        case ' config'
            set node config
        case ' doctor'
            set node doctor
        case ' completion'
            set node completion
        case ' sandbox'
            set node sandbox
        case ' help'
            set node help
        case ' version'
            set node version
        case ' infer'
            set node infer
        case ' capability'
            set node capability
        case 'image generate'
            set node image/generate
        case 'image edit'
            set node image/edit
        case 'image providers'
            set node image/providers
        case 'video generate'
            set node video/generate
        case 'video providers'
            set node video/providers
        case 'music generate'
            set node music/generate
        case 'batch run'
            set node batch/run
        case 'batch status'
            set node batch/status
        case 'batch merge'
            set node batch/merge
        case 'models list'
            set node models/list
        case 'models show'
            set node models/show
        case 'models set'
            set node models/set
        case 'models status'
            set node models/status
        case 'models auth'
            set node models/auth
        case 'models aliases'
            set node models/aliases
        case 'models/auth list'
            set node models/auth/list
        case 'models/auth paste-api-key'
            set node models/auth/paste-api-key
        case 'models/auth logout'
            set node models/auth/logout
        case 'models/aliases list'
            set node models/aliases/list
        case 'models/aliases add'
            set node models/aliases/add
        case 'models/aliases remove'
            set node models/aliases/remove
        case 'tasks list'
            set node tasks/list
        case 'tasks show'
            set node tasks/show
        case 'tasks wait'
            set node tasks/wait
        case 'tasks rerun'
            set node tasks/rerun
        case 'tasks preview'
            set node tasks/preview
        case 'tasks open'
            set node tasks/open
        case 'tasks adopt'
            set node tasks/adopt
        case 'tasks cancel'
            set node tasks/cancel
        case 'tasks prune'
            set node tasks/prune
        case 'config get'
            set node config/get
        case 'config set'
            set node config/set
        case 'config unset'
            set node config/unset
        case 'config patch'
            set node config/patch
        case 'config file'
            set node config/file
        case 'config schema'
            set node config/schema
        case 'config validate'
            set node config/validate
        case 'help image' 'help/infer image' 'help/capability image'
            set node help/image
        case 'help video' 'help/infer video' 'help/capability video'
            set node help/video
        case 'help music'
            set node help/music
        case 'help run'
            set node help/run
        case 'help batch'
            set node help/batch
        case 'help upload'
            set node help/upload
        case 'help models'
            set node help/models
        case 'help tasks'
            set node help/tasks
        case 'help rerun'
            set node help/rerun
        case 'help spend'
            set node help/spend
        case 'help gallery'
            set node help/gallery
        case 'help onboard'
            set node help/onboard
        case 'help config'
            set node help/config
        case 'help doctor'
            set node help/doctor
        case 'help completion'
            set node help/completion
        case 'help sandbox'
            set node help/sandbox
        case 'help help'
            set node help/help
        case 'help version'
            set node help/version
        case 'help infer'
            set node help/infer
        case 'help capability'
            set node help/capability
        case 'help exit-codes'
            set node help/exit-codes
        case 'help environment'
            set node help/environment
        case 'help configuration'
            set node help/configuration
        case 'help output'
            set node help/output
        case 'help waiting'
            set node help/waiting
        case 'help costs'
            set node help/costs
        case 'help/image generate'
            set node help/image/generate
        case 'help/image edit'
            set node help/image/edit
        case 'help/image providers'
            set node help/image/providers
        case 'help/video generate'
            set node help/video/generate
        case 'help/video providers'
            set node help/video/providers
        case 'help/music generate'
            set node help/music/generate
        case 'help/batch run'
            set node help/batch/run
        case 'help/batch status'
            set node help/batch/status
        case 'help/batch merge'
            set node help/batch/merge
        case 'help/models list'
            set node help/models/list
        case 'help/models show'
            set node help/models/show
        case 'help/models set'
            set node help/models/set
        case 'help/models status'
            set node help/models/status
        case 'help/models auth'
            set node help/models/auth
        case 'help/models aliases'
            set node help/models/aliases
        case 'help/models/auth list'
            set node help/models/auth/list
        case 'help/models/auth paste-api-key'
            set node help/models/auth/paste-api-key
        case 'help/models/auth logout'
            set node help/models/auth/logout
        case 'help/models/aliases list'
            set node help/models/aliases/list
        case 'help/models/aliases add'
            set node help/models/aliases/add
        case 'help/models/aliases remove'
            set node help/models/aliases/remove
        case 'help/tasks list'
            set node help/tasks/list
        case 'help/tasks show'
            set node help/tasks/show
        case 'help/tasks wait'
            set node help/tasks/wait
        case 'help/tasks rerun'
            set node help/tasks/rerun
        case 'help/tasks preview'
            set node help/tasks/preview
        case 'help/tasks open'
            set node help/tasks/open
        case 'help/tasks adopt'
            set node help/tasks/adopt
        case 'help/tasks cancel'
            set node help/tasks/cancel
        case 'help/tasks prune'
            set node help/tasks/prune
        case 'help/config get'
            set node help/config/get
        case 'help/config set'
            set node help/config/set
        case 'help/config unset'
            set node help/config/unset
        case 'help/config patch'
            set node help/config/patch
        case 'help/config file'
            set node help/config/file
        case 'help/config schema'
            set node help/config/schema
        case 'help/config validate'
            set node help/config/validate
        case 'help/infer list' 'help/capability list'
            set node help/infer/list
        case 'help/infer inspect' 'help/capability inspect'
            set node help/infer/inspect
        case 'infer list' 'capability list'
            set node infer/list
        case 'infer inspect' 'capability inspect'
            set node infer/inspect
        # <<< steps <<<
    end
    __openclaw_fal_load_command
end

# Load what the command at node takes.
function __openclaw_fal_load_command --no-scope-shadowing
    set commands
    set flags
    set silent
    set arguments
    switch $node
        # >>> commands >>>
        case ''
            set commands \
                image\t'Make and edit images' \
                video\t'Make videos' \
                music\t'Make music' \
                run\t'Run any model: speech, sound, 3-D, upscaling, vision, text' \
                batch\t'Make many results from a file; a later run makes only what is missing' \
                upload\t'Upload files to fal, and print the URL of each' \
                models\t'List fal\'s models, show what one takes, and set the defaults' \
                tasks\t'List, wait for and cancel tasks, the jobs that you submitted' \
                rerun\t'Make a file again, with another seed, prompt, model, size or input' \
                spend\t'Show what your tasks have cost' \
                gallery\t'Write a page with everything that you made' \
                onboard\t'Set up your fal key and the default models' \
                config\t'Read and change the configuration file' \
                doctor\t'Check configuration, key, network settings and tasks, and repair old names' \
                completion\t'Set up TAB completion of commands, flags, models and tasks' \
                sandbox\t'Run a local server that behaves like fal, until Ctrl-C' \
                help\t'Show help for a command or a topic' \
                version\t'Show the version' \
                infer\t'OpenClaw\'s name for `image` and `video`' \
                capability\t'OpenClaw\'s older name for `infer`'
            set flags \
                --profile=profiles\t'Use a separate configuration, key and task list under this name' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --no-color\t'Print without colors, as with NO_COLOR=1' \
                --log-level=log-levels\t'How much to print on stderr' \
                --version\t'Show the version and exit' \
                --help\t'Show this help'
            set silent --agent=text --quiet -q -V -h
        case 'image'
            set commands \
                generate\t'Make images from a prompt, or from images' \
                edit\t'Edit images with a prompt' \
                providers\t'Show what fal offers for images, and whether a key is set up'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'image/generate'
            set flags \
                --prompt=text\t'Same as PROMPT, for OpenClaw compatibility' \
                --file=files+\t'Image to edit: a file, URL or data: URI' \
                --model=image-models\t'Model: fal/ID, its page at fal.ai, or a short name' \
                --count=counts\t'Number of images, up to 4' \
                --size=sizes\t'Size in pixels, such as 1024x1536' \
                --aspect-ratio=image-aspect-ratios\t'Aspect ratio: 1:1, 16:9, 2:3 and so on' \
                --resolution=image-resolutions\t'Longer edge: 1K, 2K, 4K' \
                --output-format=output-formats\t'File format: png, jpeg, webp' \
                --quality=qualities\t'Quality: low, medium, high, xhigh, max, auto' \
                --mask=files\t'Mask image for models that edit a part; white is edited' \
                --background=backgrounds\t'Background: transparent, opaque, auto' \
                --seed=text\t'Seed, for reproducible results' \
                --negative-prompt=text\t'What to avoid, if the model supports it' \
                --steps=text\t'Inference steps, if the model supports it' \
                --guidance=text\t'Guidance scale, if the model supports it' \
                --param=model-inputs+\t'Any other input of the model' \
                --no-validate\t'Send inputs that the model\'s schema refuses' \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --sidecar\t'Write FILE.json beside each file: what made it, for `rerun FILE`' \
                --embed-metadata\t'Put prompt, model and seed into PNG and JPEG files' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --detach\t'Submit, print the task id and exit' \
                --reuse\t'Follow an identical open request instead of submitting again' \
                --max-cost=text\t'Send nothing that may cost more, in US dollars' \
                --allow-unknown-cost\t'With --max-cost, send requests whose cost is unknown' \
                --dry-run\t'Show the request and what it will cost' \
                --no-price\t'With --dry-run, fetch no price' \
                --as=request-forms\t'Print the request as a `curl` command; implies --dry-run' \
                --summary\t'Append a table of results and costs to $GITHUB_STEP_SUMMARY' \
                --quiet\t'Print only the paths of the files' \
                --preview\t'Show pictures in the terminal' \
                --open\t'Open the files with the system\'s viewer' \
                --notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --no-notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --queue\t'Submit through fal\'s queue, so that the job can be resumed and canceled' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -i=files+ -m=image-models -n=counts -p=model-inputs+ -o=files -q --agent=text --openai-background=text --openai-moderation=text --profile=profiles --no-color --log-level=log-levels --version -V -h
            set arguments text+
        case 'image/edit'
            set flags \
                --prompt=text\t'Same as PROMPT, for OpenClaw compatibility' \
                --file=files+\t'Image to edit: a file, URL or data: URI' \
                --model=image-models\t'Model: fal/ID, its page at fal.ai, or a short name' \
                --count=counts\t'Number of images, up to 4' \
                --size=sizes\t'Size in pixels, such as 1024x1536' \
                --aspect-ratio=image-aspect-ratios\t'Aspect ratio: 1:1, 16:9, 2:3 and so on' \
                --resolution=image-resolutions\t'Longer edge: 1K, 2K, 4K' \
                --output-format=output-formats\t'File format: png, jpeg, webp' \
                --quality=qualities\t'Quality: low, medium, high, xhigh, max, auto' \
                --mask=files\t'Mask image for models that edit a part; white is edited' \
                --background=backgrounds\t'Background: transparent, opaque, auto' \
                --seed=text\t'Seed, for reproducible results' \
                --negative-prompt=text\t'What to avoid, if the model supports it' \
                --steps=text\t'Inference steps, if the model supports it' \
                --guidance=text\t'Guidance scale, if the model supports it' \
                --param=model-inputs+\t'Any other input of the model' \
                --no-validate\t'Send inputs that the model\'s schema refuses' \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --sidecar\t'Write FILE.json beside each file: what made it, for `rerun FILE`' \
                --embed-metadata\t'Put prompt, model and seed into PNG and JPEG files' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --detach\t'Submit, print the task id and exit' \
                --reuse\t'Follow an identical open request instead of submitting again' \
                --max-cost=text\t'Send nothing that may cost more, in US dollars' \
                --allow-unknown-cost\t'With --max-cost, send requests whose cost is unknown' \
                --dry-run\t'Show the request and what it will cost' \
                --no-price\t'With --dry-run, fetch no price' \
                --as=request-forms\t'Print the request as a `curl` command; implies --dry-run' \
                --summary\t'Append a table of results and costs to $GITHUB_STEP_SUMMARY' \
                --quiet\t'Print only the paths of the files' \
                --preview\t'Show pictures in the terminal' \
                --open\t'Open the files with the system\'s viewer' \
                --notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --no-notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --queue\t'Submit through fal\'s queue, so that the job can be resumed and canceled' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -i=files+ -m=image-models -n=counts -p=model-inputs+ -o=files -q --agent=text --openai-background=text --openai-moderation=text --profile=profiles --no-color --log-level=log-levels --version -V -h
            set arguments text+
        case 'image/providers'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
        case 'video'
            set commands \
                generate\t'Make a video from a prompt' \
                providers\t'Show what fal offers for videos, and whether a key is set up'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'video/generate'
            set flags \
                --prompt=text\t'Same as PROMPT, for OpenClaw compatibility' \
                --image=files+\t'Image to start from: a file, URL or data: URI' \
                --last-image=files\t'Last frame, if the model supports it; given like --image' \
                --video=files+\t'Reference video: a file, URL or data: URI' \
                --audio-ref=files+\t'Reference audio: a file, URL or data: URI' \
                --model=video-models\t'Model: fal/ID, its page at fal.ai, or a short name' \
                --size=sizes\t'Size in pixels, such as 1024x1536' \
                --aspect-ratio=video-aspect-ratios\t'Aspect ratio: 1:1, 16:9, 2:3 and so on' \
                --resolution=video-resolutions\t'Shorter edge: 360P, 480P, 540P, 720P, 768P, 1080P' \
                --duration=durations\t'Length in seconds' \
                --audio\t'Generate audio, if the model supports it' \
                --no-audio\t'Generate audio, if the model supports it' \
                --watermark\t'Add a watermark, if the model supports it' \
                --no-watermark\t'Add a watermark, if the model supports it' \
                --seed=text\t'Seed, for reproducible results' \
                --negative-prompt=text\t'What to avoid, if the model supports it' \
                --steps=text\t'Inference steps, if the model supports it' \
                --guidance=text\t'Guidance scale, if the model supports it' \
                --param=model-inputs+\t'Any other input of the model' \
                --no-validate\t'Send inputs that the model\'s schema refuses' \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --sidecar\t'Write FILE.json beside each file: what made it, for `rerun FILE`' \
                --embed-metadata\t'Put prompt, model and seed into PNG and JPEG files' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --detach\t'Submit, print the task id and exit' \
                --reuse\t'Follow an identical open request instead of submitting again' \
                --max-cost=text\t'Send nothing that may cost more, in US dollars' \
                --allow-unknown-cost\t'With --max-cost, send requests whose cost is unknown' \
                --dry-run\t'Show the request and what it will cost' \
                --no-price\t'With --dry-run, fetch no price' \
                --as=request-forms\t'Print the request as a `curl` command; implies --dry-run' \
                --summary\t'Append a table of results and costs to $GITHUB_STEP_SUMMARY' \
                --quiet\t'Print only the paths of the files' \
                --preview\t'Show pictures in the terminal' \
                --open\t'Open the files with the system\'s viewer' \
                --notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --no-notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -i=files+ -m=video-models -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments text+
        case 'video/providers'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
        case 'music'
            set commands \
                generate\t'Make music from a prompt, with lyrics or without words'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'music/generate'
            set flags \
                --prompt=text\t'Same as PROMPT, for OpenClaw compatibility' \
                --lyrics=text\t'Words to sing, if the model supports it; @FILE reads a file' \
                --instrumental\t'Music without words' \
                --duration=text\t'Length in seconds, if the model supports it' \
                --format=music-formats\t'File format, if the model supports it: mp3, wav, flac, pcm, opus' \
                --model=music-models\t'Model: fal/ID, its page at fal.ai, or a short name' \
                --seed=text\t'Seed, for reproducible results' \
                --negative-prompt=text\t'What to avoid, if the model supports it' \
                --param=model-inputs+\t'Any other input of the model' \
                --no-validate\t'Send inputs that the model\'s schema refuses' \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --sidecar\t'Write FILE.json beside each file: what made it, for `rerun FILE`' \
                --embed-metadata\t'Put prompt, model and seed into PNG and JPEG files' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --detach\t'Submit, print the task id and exit' \
                --reuse\t'Follow an identical open request instead of submitting again' \
                --max-cost=text\t'Send nothing that may cost more, in US dollars' \
                --allow-unknown-cost\t'With --max-cost, send requests whose cost is unknown' \
                --dry-run\t'Show the request and what it will cost' \
                --no-price\t'With --dry-run, fetch no price' \
                --as=request-forms\t'Print the request as a `curl` command; implies --dry-run' \
                --summary\t'Append a table of results and costs to $GITHUB_STEP_SUMMARY' \
                --quiet\t'Print only the paths of the files' \
                --preview\t'Show pictures in the terminal' \
                --open\t'Open the files with the system\'s viewer' \
                --notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --no-notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -m=music-models -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments text+
        case 'run'
            set flags \
                --prompt=text\t'Same as PROMPT, for OpenClaw compatibility' \
                --file=files+\t'File for the model: an image, video or sound' \
                --param=model-inputs+\t'Any other input of the model' \
                --no-validate\t'Send inputs that the model\'s schema refuses' \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --sidecar\t'Write FILE.json beside each file: what made it, for `rerun FILE`' \
                --embed-metadata\t'Put prompt, model and seed into PNG and JPEG files' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --detach\t'Submit, print the task id and exit' \
                --reuse\t'Follow an identical open request instead of submitting again' \
                --max-cost=text\t'Send nothing that may cost more, in US dollars' \
                --allow-unknown-cost\t'With --max-cost, send requests whose cost is unknown' \
                --dry-run\t'Show the request and what it will cost' \
                --no-price\t'With --dry-run, fetch no price' \
                --as=request-forms\t'Print the request as a `curl` command; implies --dry-run' \
                --summary\t'Append a table of results and costs to $GITHUB_STEP_SUMMARY' \
                --quiet\t'Print only the paths of the files' \
                --preview\t'Show pictures in the terminal' \
                --open\t'Open the files with the system\'s viewer' \
                --notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --no-notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -i=files+ -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments all-models text+
        case 'batch'
            set commands \
                run\t'Submit the requests of a file, one per line' \
                status\t'Show which lines of a batch are done, running, failed or missing' \
                merge\t'Merge results files into one table, with the last result of each line'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'batch/run'
            set flags \
                --command=batch-commands\t'Command, if a line has none' \
                --model=all-models\t'Model, if a line has none' \
                --count=counts\t'Images per line, 1 to 4 or the model\'s limit, if a line does not say' \
                --size=sizes\t'Size in pixels, if a line has none' \
                --aspect-ratio=image-aspect-ratios\t'Aspect ratio, if a line has none' \
                --resolution=text\t'Resolution, if a line has none' \
                --output-format=output-formats\t'File format: png, jpeg, webp' \
                --quality=qualities\t'Quality: low, medium, high, xhigh, max, auto' \
                --background=backgrounds\t'Background: transparent, opaque, auto' \
                --file=files+\t'Image to edit, if a line has none' \
                --image=files+\t'First frame, if a line has none' \
                --last-image=files\t'Last frame, if a line has none' \
                --video=files+\t'Reference video, if a line has none' \
                --audio-ref=files+\t'Reference audio, if a line has none' \
                --mask=files\t'Mask image, if a line has none' \
                --duration=durations\t'Seconds, if a line has none' \
                --audio\t'Audio in videos, if a line does not say' \
                --no-audio\t'Audio in videos, if a line does not say' \
                --watermark\t'Watermark in videos, if a line does not say' \
                --no-watermark\t'Watermark in videos, if a line does not say' \
                --lyrics=text\t'Words to sing, if a line has none' \
                --instrumental\t'Music without words, if a line does not say' \
                --seed=text\t'Seed, if a line has none' \
                --negative-prompt=text\t'Negative prompt, if a line has none' \
                --steps=text\t'Steps, if a line has none' \
                --guidance=text\t'Guidance scale, if a line has none' \
                --param=model-inputs+\t'Any other input of the model' \
                --input-format=batch-formats\t'Format of FILE: text, jsonl or csv' \
                --name=text\t'Name of the batch; a later run with it continues the batch' \
                --shard=text\t'Run only part I of N, to share the work between machines' \
                --output=files\t'Folder, or a template with {line}, {prompt}, {batch}, {index}, {ext}, {task}, {seed}, {model}' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --sidecar\t'Write FILE.json beside each file: what made it, for `rerun FILE`' \
                --embed-metadata\t'Put prompt, model and seed into PNG and JPEG files' \
                --concurrency=text\t'Number of jobs at the same time' \
                --retry-failed\t'Submit failed and canceled lines again' \
                --skip-invalid\t'Skip invalid lines' \
                --fail-fast\t'Start no more jobs after a failure' \
                --direct\t'Send images to fal\'s synchronous endpoint' \
                --results=files\t'Append a JSON line to this file as each line ends' \
                --no-validate\t'Send inputs that the model\'s schema refuses' \
                --timeout-ms=text\t'Time limit of each job, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --summary\t'Append a table of results and costs to $GITHUB_STEP_SUMMARY' \
                --max-cost=text\t'Send nothing that may cost more, in US dollars' \
                --allow-unknown-cost\t'With --max-cost, send requests whose cost is unknown' \
                --dry-run\t'Show the request and what it will cost' \
                --no-price\t'With --dry-run, fetch no price' \
                --quiet\t'Print only the paths of the files' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -m=all-models -n=counts -i=files+ -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments files
        case 'batch/status'
            set flags \
                --command=batch-commands\t'Command, if a line has none' \
                --model=all-models\t'Model, if a line has none' \
                --count=counts\t'Images per line, 1 to 4 or the model\'s limit, if a line does not say' \
                --size=sizes\t'Size in pixels, if a line has none' \
                --aspect-ratio=image-aspect-ratios\t'Aspect ratio, if a line has none' \
                --resolution=text\t'Resolution, if a line has none' \
                --output-format=output-formats\t'File format: png, jpeg, webp' \
                --quality=qualities\t'Quality: low, medium, high, xhigh, max, auto' \
                --background=backgrounds\t'Background: transparent, opaque, auto' \
                --file=files+\t'Image to edit, if a line has none' \
                --image=files+\t'First frame, if a line has none' \
                --last-image=files\t'Last frame, if a line has none' \
                --video=files+\t'Reference video, if a line has none' \
                --audio-ref=files+\t'Reference audio, if a line has none' \
                --mask=files\t'Mask image, if a line has none' \
                --duration=durations\t'Seconds, if a line has none' \
                --audio\t'Audio in videos, if a line does not say' \
                --no-audio\t'Audio in videos, if a line does not say' \
                --watermark\t'Watermark in videos, if a line does not say' \
                --no-watermark\t'Watermark in videos, if a line does not say' \
                --lyrics=text\t'Words to sing, if a line has none' \
                --instrumental\t'Music without words, if a line does not say' \
                --seed=text\t'Seed, if a line has none' \
                --negative-prompt=text\t'Negative prompt, if a line has none' \
                --steps=text\t'Steps, if a line has none' \
                --guidance=text\t'Guidance scale, if a line has none' \
                --param=model-inputs+\t'Any other input of the model' \
                --input-format=batch-formats\t'Format of FILE: text, jsonl or csv' \
                --name=text\t'Name of the batch; a later run with it continues the batch' \
                --shard=text\t'Run only part I of N, to share the work between machines' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -m=all-models -n=counts -i=files+ -p=model-inputs+ --output=files -o=files --overwrite --if-exists=if-exists --sidecar --embed-metadata --concurrency=text --retry-failed --skip-invalid --fail-fast --direct --results=files --no-validate --timeout-ms=text --on-interrupt=interrupt-policies --progress=progress-modes --summary --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments files
        case 'batch/merge'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments files+
        case 'upload'
            set flags \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments files+
        case 'models'
            set commands \
                list\t'List fal\'s models' \
                show\t'Show what a model takes and makes' \
                set\t'Make a model the default for images, videos or music' \
                status\t'Show which key and models are used, and why' \
                auth\t'List, store and forget the fal key' \
                aliases\t'List and change your own names for models'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'models/list'
            set flags \
                --search=text\t'Only models whose id or name contains all these words' \
                --category=model-categories\t'Only one of fal\'s categories, such as text-to-image' \
                --kind=model-kinds\t'Only models that make this: image, video, audio, 3d, text, other' \
                --limit=text\t'At most N models' \
                --provider=providers\t'Provider; only fal is supported' \
                --all\t'Include deprecated models' \
                --refresh\t'Fetch fal\'s catalog now, even if the cached one is fresh' \
                --price\t'Fetch the prices of the listed models from fal; they are kept for a day' \
                --plain\t'Print only model references, one per line' \
                --no-pager\t'Do not show a long list in a pager ($PAGER, else less)' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -n=text -L=text --local --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments text+
        case 'models/show'
            set flags \
                --schema\t'Print fal\'s OpenAPI document if it is cached, else a JSON Schema' \
                --refresh\t'Fetch the model\'s document from fal now' \
                --price\t'Fetch the model\'s price from fal; it is kept for a day' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments all-models
        case 'models/set'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments all-models text
        case 'models/status'
            set flags \
                --check\t'Exit with status 1 if a problem would prevent a generation' \
                --probe\t'Check the key with fal, at no cost' \
                --plain\t'Print only the default image and video models, one per line' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --status-plain --status-json --probe-provider=text --probe-timeout=text --probe-concurrency=text --probe-max-tokens=text --probe-profile=text+ --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
        case 'models/auth'
            set commands \
                list\t'List the stored key' \
                paste-api-key\t'Store a key from standard input, or from a prompt' \
                logout\t'Forget the stored key'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'models/auth/list'
            set flags \
                --provider=providers\t'Provider; only fal is supported' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'models/auth/paste-api-key'
            set flags \
                --provider=providers\t'Provider; only fal is supported' \
                --profile-id=text\t'Name of the key; one key is stored at a time' \
                --skip-health\t'Store the key without checking it with fal' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
        case 'models/auth/logout'
            set flags \
                --provider=providers\t'Provider; only fal is supported' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'models/aliases'
            set commands \
                list\t'List the aliases' \
                add\t'Give a model a name of your own' \
                remove\t'Remove an alias'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'models/aliases/list'
            set flags \
                --plain\t'Print an alias and its model per line' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'models/aliases/add'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments text all-models
        case 'models/aliases/remove'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments text
        case 'tasks'
            set commands \
                list\t'List tasks, newest first' \
                show\t'Show a task: its request, status, files and next command' \
                wait\t'Wait for tasks and fetch their files' \
                rerun\t'Send the requests of tasks again, with changes if you like' \
                preview\t'Show the pictures of tasks in the terminal, and the first frames of their videos' \
                open\t'Open the files of tasks in the system\'s viewer' \
                adopt\t'Adopt a request of another machine, or of a task whose answer never arrived, and fetch its files' \
                cancel\t'Ask fal to cancel tasks, and show its answer' \
                prune\t'Forget old finished tasks'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'tasks/list'
            set flags \
                --status=task-statuses+\t'Show only tasks with this status' \
                --model=all-models\t'Show only tasks of models whose id contains this' \
                --kind=task-kinds\t'Show only this kind: image, video, music, any' \
                --since=text\t'Show tasks since then: an age such as 2d or 12h, or a date' \
                --search=text\t'Show only tasks with this in the prompt, id or file names' \
                --batch=text\t'Show only this batch, given by its name or file' \
                --missing\t'Show only succeeded tasks whose files are not here' \
                --limit=text\t'Number of tasks to show' \
                --all\t'Show all tasks' \
                --quiet\t'Print only the ids' \
                --cost\t'Show what each task has cost' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent -n=text -L=text -q --runtime=text --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments text
        case 'tasks/show'
            set flags \
                --refresh-cost\t'Fetch the billed cost from fal (needs FAL_ADMIN_KEY), else the price' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments tasks
        case 'tasks/wait'
            set flags \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --model=all-models\t'Model of jobs that this computer has no record of; ID is then fal\'s request id' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --quiet\t'Print only the paths of the files' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --preview\t'Show pictures in the terminal' \
                --open\t'Open the files with the system\'s viewer' \
                --notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --no-notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments tasks+
        case 'tasks/rerun'
            set flags \
                --prompt=text\t'Same as PROMPT, for OpenClaw compatibility' \
                --model=all-models\t'Use another model' \
                --seed=text\t'Another seed' \
                --count=counts\t'Another number of images' \
                --size=sizes\t'Size in pixels, such as 1024x1536' \
                --aspect-ratio=image-aspect-ratios\t'Aspect ratio: 1:1, 16:9, 2:3 and so on' \
                --resolution=image-resolutions\t'Resolution: 1K, 2K, 4K for images, 720P and so on for videos' \
                --duration=durations\t'Another length of a video or music' \
                --param=model-inputs+\t'Any other input of the model' \
                --no-validate\t'Send inputs that the model\'s schema refuses' \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --sidecar\t'Write FILE.json beside each file: what made it, for `rerun FILE`' \
                --embed-metadata\t'Put prompt, model and seed into PNG and JPEG files' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --detach\t'Submit, print the task id and exit' \
                --reuse\t'Follow an identical open request instead of submitting again' \
                --max-cost=text\t'Send nothing that may cost more, in US dollars' \
                --allow-unknown-cost\t'With --max-cost, send requests whose cost is unknown' \
                --dry-run\t'Show the request and what it will cost' \
                --no-price\t'With --dry-run, fetch no price' \
                --as=request-forms\t'Print the request as a `curl` command; implies --dry-run' \
                --summary\t'Append a table of results and costs to $GITHUB_STEP_SUMMARY' \
                --quiet\t'Print only the paths of the files' \
                --preview\t'Show pictures in the terminal' \
                --open\t'Open the files with the system\'s viewer' \
                --notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --no-notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -m=all-models -n=counts -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments tasks+
        case 'tasks/preview'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments tasks+
        case 'tasks/open'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments tasks+
        case 'tasks/adopt'
            set flags \
                --model=all-models\t'The model that the request was sent to' \
                --task=tasks\t'The task without an answer that the request belongs to' \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --quiet\t'Print only the paths of the files' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments text
        case 'tasks/cancel'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments open-tasks+
        case 'tasks/prune'
            set flags \
                --days=text\t'Forget tasks unchanged for this many days' \
                --all\t'Also forget tasks with files that were never fetched, and unknown ones' \
                --yes\t'Do not ask before --all' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent -y --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'rerun'
            set flags \
                --prompt=text\t'Same as PROMPT, for OpenClaw compatibility' \
                --model=all-models\t'Use another model' \
                --seed=text\t'Another seed' \
                --count=counts\t'Another number of images' \
                --size=sizes\t'Size in pixels, such as 1024x1536' \
                --aspect-ratio=image-aspect-ratios\t'Aspect ratio: 1:1, 16:9, 2:3 and so on' \
                --resolution=image-resolutions\t'Resolution: 1K, 2K, 4K for images, 720P and so on for videos' \
                --duration=durations\t'Another length of a video or music' \
                --param=model-inputs+\t'Any other input of the model' \
                --no-validate\t'Send inputs that the model\'s schema refuses' \
                --output=files\t'File, folder/, template, or `-` for standard output' \
                --overwrite\t'Replace existing files' \
                --if-exists=if-exists\t'If a file name is taken' \
                --sidecar\t'Write FILE.json beside each file: what made it, for `rerun FILE`' \
                --embed-metadata\t'Put prompt, model and seed into PNG and JPEG files' \
                --timeout-ms=text\t'Time limit of the command, in milliseconds' \
                --on-interrupt=interrupt-policies\t'On Ctrl-C or timeout: `keep` the job running, or `cancel` it' \
                --progress=progress-modes\t'Progress on stderr: auto, plain, json or none' \
                --detach\t'Submit, print the task id and exit' \
                --reuse\t'Follow an identical open request instead of submitting again' \
                --max-cost=text\t'Send nothing that may cost more, in US dollars' \
                --allow-unknown-cost\t'With --max-cost, send requests whose cost is unknown' \
                --dry-run\t'Show the request and what it will cost' \
                --no-price\t'With --dry-run, fetch no price' \
                --as=request-forms\t'Print the request as a `curl` command; implies --dry-run' \
                --summary\t'Append a table of results and costs to $GITHUB_STEP_SUMMARY' \
                --quiet\t'Print only the paths of the files' \
                --preview\t'Show pictures in the terminal' \
                --open\t'Open the files with the system\'s viewer' \
                --notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --no-notify\t'Ring the terminal\'s bell and send a notification when a job that took over 20 s ends' \
                --print=print-forms\t'Print only the `path` or `url` of each file, or the task\'s `id`' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent -m=all-models -n=counts -p=model-inputs+ -o=files -q --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments files text+
        case 'spend'
            set flags \
                --since=text\t'Count tasks since then: an age such as 7d or 12h, or a date' \
                --by=spending-groups\t'Group by day, model, batch' \
                --refresh\t'Fetch billed costs from fal (needs FAL_ADMIN_KEY), else missing prices' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'gallery'
            set flags \
                --since=text\t'Show what was made since then: an age such as 7d or 12h, or a date' \
                --model=all-models\t'Show only files of models whose id contains this' \
                --batch=text\t'Show only this batch, given by its name or file' \
                --output=files\t'File or folder for the page; `-` for standard output' \
                --overwrite\t'Replace the file even if this command did not write it' \
                --embed\t'Embed thumbnails and small files, to share the page' \
                --open\t'Open the page in the browser' \
                --quiet\t'Print only the paths of the files' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent -o=files -q --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'onboard'
            set flags \
                --auth-choice=auth-choices\t'Sign-in method: fal-api-key, skip; skip stores no key' \
                --fal-api-key=text\t'The key' \
                --non-interactive\t'Do not prompt' \
                --accept-risk\t'Confirm that generations cost money' \
                --secret-input-mode=secret-input-modes\t'What to store' \
                --reset\t'Remove the existing setup, after the new key has been checked' \
                --reset-scope=reset-scopes\t'What --reset removes' \
                --skip-health\t'Store the key without checking it with fal' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --agent-name=text --flow=text --mode=text --workspace=text --gateway-port=text --gateway-bind=text --gateway-auth=text --gateway-token=text --gateway-token-ref-env=text --gateway-password=text --remote-url=text --remote-token=text --tailscale=text --daemon-runtime=text --node-manager=text --import-from=text --import-source=text --classic --import-secrets --install-daemon --no-install-daemon --skip-bootstrap --skip-channels --skip-daemon --skip-hooks --skip-search --skip-skills --skip-ui --suppress-gateway-token-output --tailscale-reset-on-exit --tui --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
        case 'config'
            set commands \
                get\t'Print a value: strings and numbers as they are, the rest as JSON' \
                set\t'Set a value' \
                unset\t'Remove a value' \
                patch\t'Merge an object into the configuration' \
                file\t'Print the path of the configuration file, existing or not' \
                schema\t'Print the JSON Schema of the settings that openclaw-fal reads' \
                validate\t'Check the configuration'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'config/get'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments config-paths
        case 'config/set'
            set flags \
                --strict-json\t'Refuse a value that is not JSON5, as --json does' \
                --merge\t'Merge an object into the existing one; null deletes a member' \
                --replace\t'Replace a value even if that removes models, providers, plugins or accounts' \
                --expect-current-json=text\t'Write only if the current value equals this' \
                --expect-current-absent\t'Write only if no value is set' \
                --batch-json=text\t'Set several values, all or none: [{path, value}, ...]' \
                --batch-file=files\t'Like --batch-json, from a file; `-` reads standard input' \
                --ref-provider=text\t'Store a reference to a secret of this provider, instead of a value' \
                --ref-source=secret-sources\t'Kind of the reference: env, file or exec' \
                --ref-id=text\t'Variable, JSON pointer or id that the reference names' \
                --dry-run\t'Check the change and report it without writing' \
                --allow-exec\t'Let --dry-run run the commands of exec references' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments config-paths config-values
        case 'config/unset'
            set flags \
                --dry-run\t'Check the change and report it without writing' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments config-paths
        case 'config/patch'
            set flags \
                --file=files\t'JSON5 file with the patch; `-` reads standard input' \
                --stdin\t'Read the patch from standard input' \
                --replace-path=config-paths+\t'Replace the value at this path instead of merging' \
                --dry-run\t'Check the change and report it without writing' \
                --allow-exec\t'Let --dry-run run the commands of exec references' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'config/file'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'config/schema'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'config/validate'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'doctor'
            set flags \
                --fix\t'Give default models the names that a current OpenClaw reads, and close a configuration with a key to other users' \
                --probe\t'Check the key with fal, at no cost' \
                --json\t'Print one JSON document, errors included' \
                --sandbox\t'Use a sandbox instead of fal: no key, no cost' \
                --help\t'Show this help'
            set silent --profile=profiles --no-color --log-level=log-levels --agent=text --version -V -h
        case 'completion'
            set flags \
                --shell=shells\t'Shell: bash, zsh, fish, powershell' \
                --install\t'Set up the shell; repeat this after an update' \
                --write-state\t'Write the script to the state folder; without --shell, the scripts of all shells' \
                --yes\t'Do not ask before --install' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent -s=shells -i -y --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'sandbox'
            set flags \
                --port=text\t'Port on 127.0.0.1; 0 picks a free one' \
                --speed=text\t'Speed of jobs; 10 runs them ten times as fast' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
            set arguments sandbox-words+
        case 'help'
            set commands \
                image\t'Make and edit images' \
                video\t'Make videos' \
                music\t'Make music' \
                run\t'Run any model: speech, sound, 3-D, upscaling, vision, text' \
                batch\t'Make many results from a file; a later run makes only what is missing' \
                upload\t'Upload files to fal, and print the URL of each' \
                models\t'List fal\'s models, show what one takes, and set the defaults' \
                tasks\t'List, wait for and cancel tasks, the jobs that you submitted' \
                rerun\t'Make a file again, with another seed, prompt, model, size or input' \
                spend\t'Show what your tasks have cost' \
                gallery\t'Write a page with everything that you made' \
                onboard\t'Set up your fal key and the default models' \
                config\t'Read and change the configuration file' \
                doctor\t'Check configuration, key, network settings and tasks, and repair old names' \
                completion\t'Set up TAB completion of commands, flags, models and tasks' \
                sandbox\t'Run a local server that behaves like fal, until Ctrl-C' \
                help\t'Show help for a command or a topic' \
                version\t'Show the version' \
                infer\t'OpenClaw\'s name for `image` and `video`' \
                capability\t'OpenClaw\'s older name for `infer`' \
                exit-codes\t'Help on exit codes' \
                environment\t'Help on environment' \
                configuration\t'Help on configuration' \
                output\t'Help on output' \
                waiting\t'Help on waiting' \
                costs\t'Help on costs'
            set flags \
                --all\t'Show the full help of each flag' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'help/image'
            set commands \
                generate\t'Make images from a prompt, or from images' \
                edit\t'Edit images with a prompt' \
                providers\t'Show what fal offers for images, and whether a key is set up'
        case 'help/image/generate'
        case 'help/image/edit'
        case 'help/image/providers'
        case 'help/video'
            set commands \
                generate\t'Make a video from a prompt' \
                providers\t'Show what fal offers for videos, and whether a key is set up'
        case 'help/video/generate'
        case 'help/video/providers'
        case 'help/music'
            set commands \
                generate\t'Make music from a prompt, with lyrics or without words'
        case 'help/music/generate'
        case 'help/run'
        case 'help/batch'
            set commands \
                run\t'Submit the requests of a file, one per line' \
                status\t'Show which lines of a batch are done, running, failed or missing' \
                merge\t'Merge results files into one table, with the last result of each line'
        case 'help/batch/run'
        case 'help/batch/status'
        case 'help/batch/merge'
        case 'help/upload'
        case 'help/models'
            set commands \
                list\t'List fal\'s models' \
                show\t'Show what a model takes and makes' \
                set\t'Make a model the default for images, videos or music' \
                status\t'Show which key and models are used, and why' \
                auth\t'List, store and forget the fal key' \
                aliases\t'List and change your own names for models'
        case 'help/models/list'
        case 'help/models/show'
        case 'help/models/set'
        case 'help/models/status'
        case 'help/models/auth'
            set commands \
                list\t'List the stored key' \
                paste-api-key\t'Store a key from standard input, or from a prompt' \
                logout\t'Forget the stored key'
        case 'help/models/auth/list'
        case 'help/models/auth/paste-api-key'
        case 'help/models/auth/logout'
        case 'help/models/aliases'
            set commands \
                list\t'List the aliases' \
                add\t'Give a model a name of your own' \
                remove\t'Remove an alias'
        case 'help/models/aliases/list'
        case 'help/models/aliases/add'
        case 'help/models/aliases/remove'
        case 'help/tasks'
            set commands \
                list\t'List tasks, newest first' \
                show\t'Show a task: its request, status, files and next command' \
                wait\t'Wait for tasks and fetch their files' \
                rerun\t'Send the requests of tasks again, with changes if you like' \
                preview\t'Show the pictures of tasks in the terminal, and the first frames of their videos' \
                open\t'Open the files of tasks in the system\'s viewer' \
                adopt\t'Adopt a request of another machine, or of a task whose answer never arrived, and fetch its files' \
                cancel\t'Ask fal to cancel tasks, and show its answer' \
                prune\t'Forget old finished tasks'
        case 'help/tasks/list'
        case 'help/tasks/show'
        case 'help/tasks/wait'
        case 'help/tasks/rerun'
        case 'help/tasks/preview'
        case 'help/tasks/open'
        case 'help/tasks/adopt'
        case 'help/tasks/cancel'
        case 'help/tasks/prune'
        case 'help/rerun'
        case 'help/spend'
        case 'help/gallery'
        case 'help/onboard'
        case 'help/config'
            set commands \
                get\t'Print a value: strings and numbers as they are, the rest as JSON' \
                set\t'Set a value' \
                unset\t'Remove a value' \
                patch\t'Merge an object into the configuration' \
                file\t'Print the path of the configuration file, existing or not' \
                schema\t'Print the JSON Schema of the settings that openclaw-fal reads' \
                validate\t'Check the configuration'
        case 'help/config/get'
        case 'help/config/set'
        case 'help/config/unset'
        case 'help/config/patch'
        case 'help/config/file'
        case 'help/config/schema'
        case 'help/config/validate'
        case 'help/doctor'
        case 'help/completion'
        case 'help/sandbox'
        case 'help/help'
        case 'help/version'
        case 'help/infer'
            set commands \
                list\t'List the capabilities' \
                inspect\t'Show a capability: its command, flags and result' \
                image\t'Make and edit images' \
                video\t'Make videos'
        case 'help/infer/list'
        case 'help/infer/inspect'
        case 'help/capability'
            set commands \
                list\t'List the capabilities' \
                inspect\t'Show a capability: its command, flags and result' \
                image\t'Make and edit images' \
                video\t'Make videos'
        case 'help/exit-codes'
        case 'help/environment'
        case 'help/configuration'
        case 'help/output'
        case 'help/waiting'
        case 'help/costs'
        case 'version'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'infer'
            set commands \
                list\t'List the capabilities' \
                inspect\t'Show a capability: its command, flags and result' \
                image\t'Make and edit images' \
                video\t'Make videos'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'infer/list'
            set flags \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'infer/inspect'
            set flags \
                --name=capabilities\t'Capability' \
                --json\t'Print one JSON document, errors included' \
                --help\t'Show this help'
            set silent --profile=profiles --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        case 'capability'
            set commands \
                list\t'List the capabilities' \
                inspect\t'Show a capability: its command, flags and result' \
                image\t'Make and edit images' \
                video\t'Make videos'
            set flags \
                --help\t'Show this help'
            set silent --profile=profiles --json --sandbox --no-color --log-level=log-levels --agent=text --version -V -h
        # <<< commands <<<
    end
end

complete -c openclaw-fal -e
complete -c openclaw-fal -n __openclaw_fal_prepare -f -k -a '$__openclaw_fal_suggestions'
