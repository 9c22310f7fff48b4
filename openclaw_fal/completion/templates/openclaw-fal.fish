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
            # <<< settings <<<
        end
    end
    switch $kind
        # >>> values >>>
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
        # <<< commands <<<
    end
end

complete -c openclaw-fal -e
complete -c openclaw-fal -n __openclaw_fal_prepare -f -k -a '$__openclaw_fal_suggestions'
