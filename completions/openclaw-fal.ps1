# PowerShell completion for openclaw-fal, for 5.1 and newer. Made by: openclaw-fal completion --shell powershell
#
# TAB starts no process. Commands, flags and fixed values are in the tables of this script, between >>> and <<<; models
# and tasks are in files that openclaw-fal keeps up to date. Without suggestions PowerShell completes a path.

# Return what the command at this path takes. A flag is written as name=kind, with a final + if it is repeatable.
function global:OpenclawFalCommand([string] $node) {
    switch -CaseSensitive ($node) {
        # >>> commands >>>
        '' {
            @{
                Commands  = [ordered]@{
                    'image' = 'Make and edit images'
                    'video' = 'Make videos'
                    'music' = 'Make music'
                    'run' = 'Run any model: speech, sound, 3-D, upscaling, vision, text'
                    'batch' = 'Make many results from a file; a later run makes only what is missing'
                    'upload' = 'Upload files to fal, and print the URL of each'
                    'models' = 'List fal''s models, show what one takes, and set the defaults'
                    'tasks' = 'List, wait for and cancel tasks, the jobs that you submitted'
                    'rerun' = 'Make a file again, with another seed, prompt, model, size or input'
                    'spend' = 'Show what your tasks have cost'
                    'gallery' = 'Write a page with everything that you made'
                    'onboard' = 'Set up your fal key and the default models'
                    'config' = 'Read and change the configuration file'
                    'doctor' = 'Check configuration, key, network settings and tasks, and repair old names'
                    'completion' = 'Set up TAB completion of commands, flags, models and tasks'
                    'sandbox' = 'Run a local server that behaves like fal, until Ctrl-C'
                    'help' = 'Show help for a command or a topic'
                    'version' = 'Show the version'
                    'infer' = 'OpenClaw''s name for `image` and `video`'
                    'capability' = 'OpenClaw''s older name for `infer`'
                }
                Flags     = [ordered]@{
                    '--profile=profiles' = 'Use a separate configuration, key and task list under this name'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--no-color' = 'Print without colors, as with NO_COLOR=1'
                    '--log-level=log-levels' = 'How much to print on stderr'
                    '--version' = 'Show the version and exit'
                    '--help' = 'Show this help'
                }
                Silent    = @('--agent=text', '--quiet', '-q', '-V', '-h')
                Arguments = @()
            }
        }
        'image' {
            @{
                Commands  = [ordered]@{
                    'generate' = 'Make images from a prompt, or from images'
                    'edit' = 'Edit images with a prompt'
                    'providers' = 'Show what fal offers for images, and whether a key is set up'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'image/generate' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--prompt=text' = 'Same as PROMPT, for OpenClaw compatibility'
                    '--file=files+' = 'Image to edit: a file, URL or data: URI'
                    '--model=image-models' = 'Model: fal/ID, its page at fal.ai, or a short name'
                    '--count=counts' = 'Number of images, up to 4'
                    '--size=sizes' = 'Size in pixels, such as 1024x1536'
                    '--aspect-ratio=image-aspect-ratios' = 'Aspect ratio: 1:1, 16:9, 2:3 and so on'
                    '--resolution=image-resolutions' = 'Longer edge: 1K, 2K, 4K'
                    '--output-format=output-formats' = 'File format: png, jpeg, webp'
                    '--quality=qualities' = 'Quality: low, medium, high, xhigh, max, auto'
                    '--mask=files' = 'Mask image for models that edit a part; white is edited'
                    '--background=backgrounds' = 'Background: transparent, opaque, auto'
                    '--seed=text' = 'Seed, for reproducible results'
                    '--negative-prompt=text' = 'What to avoid, if the model supports it'
                    '--steps=text' = 'Inference steps, if the model supports it'
                    '--guidance=text' = 'Guidance scale, if the model supports it'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--no-validate' = 'Send inputs that the model''s schema refuses'
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--sidecar' = 'Write FILE.json beside each file: what made it, for `rerun FILE`'
                    '--embed-metadata' = 'Put prompt, model and seed into PNG and JPEG files'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--detach' = 'Submit, print the task id and exit'
                    '--reuse' = 'Follow an identical open request instead of submitting again'
                    '--max-cost=text' = 'Send nothing that may cost more, in US dollars'
                    '--allow-unknown-cost' = 'With --max-cost, send requests whose cost is unknown'
                    '--dry-run' = 'Show the request and what it will cost'
                    '--no-price' = 'With --dry-run, fetch no price'
                    '--as=request-forms' = 'Print the request as a `curl` command; implies --dry-run'
                    '--summary' = 'Append a table of results and costs to $GITHUB_STEP_SUMMARY'
                    '--quiet' = 'Print only the paths of the files'
                    '--preview' = 'Show pictures in the terminal'
                    '--open' = 'Open the files with the system''s viewer'
                    '--notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--no-notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--queue' = 'Submit through fal''s queue, so that the job can be resumed and canceled'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-i=files+', '-m=image-models', '-n=counts', '-p=model-inputs+', '-o=files', '-q', '--agent=text', '--openai-background=text', '--openai-moderation=text', '--profile=profiles', '--no-color', '--log-level=log-levels', '--version', '-V', '-h')
                Arguments = @('text+')
            }
        }
        'image/edit' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--prompt=text' = 'Same as PROMPT, for OpenClaw compatibility'
                    '--file=files+' = 'Image to edit: a file, URL or data: URI'
                    '--model=image-models' = 'Model: fal/ID, its page at fal.ai, or a short name'
                    '--count=counts' = 'Number of images, up to 4'
                    '--size=sizes' = 'Size in pixels, such as 1024x1536'
                    '--aspect-ratio=image-aspect-ratios' = 'Aspect ratio: 1:1, 16:9, 2:3 and so on'
                    '--resolution=image-resolutions' = 'Longer edge: 1K, 2K, 4K'
                    '--output-format=output-formats' = 'File format: png, jpeg, webp'
                    '--quality=qualities' = 'Quality: low, medium, high, xhigh, max, auto'
                    '--mask=files' = 'Mask image for models that edit a part; white is edited'
                    '--background=backgrounds' = 'Background: transparent, opaque, auto'
                    '--seed=text' = 'Seed, for reproducible results'
                    '--negative-prompt=text' = 'What to avoid, if the model supports it'
                    '--steps=text' = 'Inference steps, if the model supports it'
                    '--guidance=text' = 'Guidance scale, if the model supports it'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--no-validate' = 'Send inputs that the model''s schema refuses'
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--sidecar' = 'Write FILE.json beside each file: what made it, for `rerun FILE`'
                    '--embed-metadata' = 'Put prompt, model and seed into PNG and JPEG files'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--detach' = 'Submit, print the task id and exit'
                    '--reuse' = 'Follow an identical open request instead of submitting again'
                    '--max-cost=text' = 'Send nothing that may cost more, in US dollars'
                    '--allow-unknown-cost' = 'With --max-cost, send requests whose cost is unknown'
                    '--dry-run' = 'Show the request and what it will cost'
                    '--no-price' = 'With --dry-run, fetch no price'
                    '--as=request-forms' = 'Print the request as a `curl` command; implies --dry-run'
                    '--summary' = 'Append a table of results and costs to $GITHUB_STEP_SUMMARY'
                    '--quiet' = 'Print only the paths of the files'
                    '--preview' = 'Show pictures in the terminal'
                    '--open' = 'Open the files with the system''s viewer'
                    '--notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--no-notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--queue' = 'Submit through fal''s queue, so that the job can be resumed and canceled'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-i=files+', '-m=image-models', '-n=counts', '-p=model-inputs+', '-o=files', '-q', '--agent=text', '--openai-background=text', '--openai-moderation=text', '--profile=profiles', '--no-color', '--log-level=log-levels', '--version', '-V', '-h')
                Arguments = @('text+')
            }
        }
        'image/providers' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'video' {
            @{
                Commands  = [ordered]@{
                    'generate' = 'Make a video from a prompt'
                    'providers' = 'Show what fal offers for videos, and whether a key is set up'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'video/generate' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--prompt=text' = 'Same as PROMPT, for OpenClaw compatibility'
                    '--image=files+' = 'Image to start from: a file, URL or data: URI'
                    '--last-image=files' = 'Last frame, if the model supports it; given like --image'
                    '--video=files+' = 'Reference video: a file, URL or data: URI'
                    '--audio-ref=files+' = 'Reference audio: a file, URL or data: URI'
                    '--model=video-models' = 'Model: fal/ID, its page at fal.ai, or a short name'
                    '--size=sizes' = 'Size in pixels, such as 1024x1536'
                    '--aspect-ratio=video-aspect-ratios' = 'Aspect ratio: 1:1, 16:9, 2:3 and so on'
                    '--resolution=video-resolutions' = 'Shorter edge: 360P, 480P, 540P, 720P, 768P, 1080P'
                    '--duration=durations' = 'Length in seconds'
                    '--audio' = 'Generate audio, if the model supports it'
                    '--no-audio' = 'Generate audio, if the model supports it'
                    '--watermark' = 'Add a watermark, if the model supports it'
                    '--no-watermark' = 'Add a watermark, if the model supports it'
                    '--seed=text' = 'Seed, for reproducible results'
                    '--negative-prompt=text' = 'What to avoid, if the model supports it'
                    '--steps=text' = 'Inference steps, if the model supports it'
                    '--guidance=text' = 'Guidance scale, if the model supports it'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--no-validate' = 'Send inputs that the model''s schema refuses'
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--sidecar' = 'Write FILE.json beside each file: what made it, for `rerun FILE`'
                    '--embed-metadata' = 'Put prompt, model and seed into PNG and JPEG files'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--detach' = 'Submit, print the task id and exit'
                    '--reuse' = 'Follow an identical open request instead of submitting again'
                    '--max-cost=text' = 'Send nothing that may cost more, in US dollars'
                    '--allow-unknown-cost' = 'With --max-cost, send requests whose cost is unknown'
                    '--dry-run' = 'Show the request and what it will cost'
                    '--no-price' = 'With --dry-run, fetch no price'
                    '--as=request-forms' = 'Print the request as a `curl` command; implies --dry-run'
                    '--summary' = 'Append a table of results and costs to $GITHUB_STEP_SUMMARY'
                    '--quiet' = 'Print only the paths of the files'
                    '--preview' = 'Show pictures in the terminal'
                    '--open' = 'Open the files with the system''s viewer'
                    '--notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--no-notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-i=files+', '-m=video-models', '-p=model-inputs+', '-o=files', '-q', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('text+')
            }
        }
        'video/providers' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'music' {
            @{
                Commands  = [ordered]@{
                    'generate' = 'Make music from a prompt, with lyrics or without words'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'music/generate' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--prompt=text' = 'Same as PROMPT, for OpenClaw compatibility'
                    '--lyrics=text' = 'Words to sing, if the model supports it; @FILE reads a file'
                    '--instrumental' = 'Music without words'
                    '--duration=text' = 'Length in seconds, if the model supports it'
                    '--format=music-formats' = 'File format, if the model supports it: mp3, wav, flac, pcm, opus'
                    '--model=music-models' = 'Model: fal/ID, its page at fal.ai, or a short name'
                    '--seed=text' = 'Seed, for reproducible results'
                    '--negative-prompt=text' = 'What to avoid, if the model supports it'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--no-validate' = 'Send inputs that the model''s schema refuses'
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--sidecar' = 'Write FILE.json beside each file: what made it, for `rerun FILE`'
                    '--embed-metadata' = 'Put prompt, model and seed into PNG and JPEG files'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--detach' = 'Submit, print the task id and exit'
                    '--reuse' = 'Follow an identical open request instead of submitting again'
                    '--max-cost=text' = 'Send nothing that may cost more, in US dollars'
                    '--allow-unknown-cost' = 'With --max-cost, send requests whose cost is unknown'
                    '--dry-run' = 'Show the request and what it will cost'
                    '--no-price' = 'With --dry-run, fetch no price'
                    '--as=request-forms' = 'Print the request as a `curl` command; implies --dry-run'
                    '--summary' = 'Append a table of results and costs to $GITHUB_STEP_SUMMARY'
                    '--quiet' = 'Print only the paths of the files'
                    '--preview' = 'Show pictures in the terminal'
                    '--open' = 'Open the files with the system''s viewer'
                    '--notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--no-notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-m=music-models', '-p=model-inputs+', '-o=files', '-q', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('text+')
            }
        }
        'run' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--prompt=text' = 'Same as PROMPT, for OpenClaw compatibility'
                    '--file=files+' = 'File for the model: an image, video or sound'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--no-validate' = 'Send inputs that the model''s schema refuses'
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--sidecar' = 'Write FILE.json beside each file: what made it, for `rerun FILE`'
                    '--embed-metadata' = 'Put prompt, model and seed into PNG and JPEG files'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--detach' = 'Submit, print the task id and exit'
                    '--reuse' = 'Follow an identical open request instead of submitting again'
                    '--max-cost=text' = 'Send nothing that may cost more, in US dollars'
                    '--allow-unknown-cost' = 'With --max-cost, send requests whose cost is unknown'
                    '--dry-run' = 'Show the request and what it will cost'
                    '--no-price' = 'With --dry-run, fetch no price'
                    '--as=request-forms' = 'Print the request as a `curl` command; implies --dry-run'
                    '--summary' = 'Append a table of results and costs to $GITHUB_STEP_SUMMARY'
                    '--quiet' = 'Print only the paths of the files'
                    '--preview' = 'Show pictures in the terminal'
                    '--open' = 'Open the files with the system''s viewer'
                    '--notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--no-notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-i=files+', '-p=model-inputs+', '-o=files', '-q', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('all-models', 'text+')
            }
        }
        'batch' {
            @{
                Commands  = [ordered]@{
                    'run' = 'Submit the requests of a file, one per line'
                    'status' = 'Show which lines of a batch are done, running, failed or missing'
                    'merge' = 'Merge results files into one table, with the last result of each line'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'batch/run' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--command=batch-commands' = 'Command, if a line has none'
                    '--model=all-models' = 'Model, if a line has none'
                    '--count=counts' = 'Images per line, 1 to 4 or the model''s limit, if a line does not say'
                    '--size=sizes' = 'Size in pixels, if a line has none'
                    '--aspect-ratio=image-aspect-ratios' = 'Aspect ratio, if a line has none'
                    '--resolution=text' = 'Resolution, if a line has none'
                    '--output-format=output-formats' = 'File format: png, jpeg, webp'
                    '--quality=qualities' = 'Quality: low, medium, high, xhigh, max, auto'
                    '--background=backgrounds' = 'Background: transparent, opaque, auto'
                    '--file=files+' = 'Image to edit, if a line has none'
                    '--image=files+' = 'First frame, if a line has none'
                    '--last-image=files' = 'Last frame, if a line has none'
                    '--video=files+' = 'Reference video, if a line has none'
                    '--audio-ref=files+' = 'Reference audio, if a line has none'
                    '--mask=files' = 'Mask image, if a line has none'
                    '--duration=durations' = 'Seconds, if a line has none'
                    '--audio' = 'Audio in videos, if a line does not say'
                    '--no-audio' = 'Audio in videos, if a line does not say'
                    '--watermark' = 'Watermark in videos, if a line does not say'
                    '--no-watermark' = 'Watermark in videos, if a line does not say'
                    '--lyrics=text' = 'Words to sing, if a line has none'
                    '--instrumental' = 'Music without words, if a line does not say'
                    '--seed=text' = 'Seed, if a line has none'
                    '--negative-prompt=text' = 'Negative prompt, if a line has none'
                    '--steps=text' = 'Steps, if a line has none'
                    '--guidance=text' = 'Guidance scale, if a line has none'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--input-format=batch-formats' = 'Format of FILE: text, jsonl or csv'
                    '--name=text' = 'Name of the batch; a later run with it continues the batch'
                    '--shard=text' = 'Run only part I of N, to share the work between machines'
                    '--output=files' = 'Folder, or a template with {line}, {prompt}, {batch}, {index}, {ext}, {task}, {seed}, {model}'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--sidecar' = 'Write FILE.json beside each file: what made it, for `rerun FILE`'
                    '--embed-metadata' = 'Put prompt, model and seed into PNG and JPEG files'
                    '--concurrency=text' = 'Number of jobs at the same time'
                    '--retry-failed' = 'Submit failed and canceled lines again'
                    '--skip-invalid' = 'Skip invalid lines'
                    '--fail-fast' = 'Start no more jobs after a failure'
                    '--direct' = 'Send images to fal''s synchronous endpoint'
                    '--results=files' = 'Append a JSON line to this file as each line ends'
                    '--no-validate' = 'Send inputs that the model''s schema refuses'
                    '--timeout-ms=text' = 'Time limit of each job, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--summary' = 'Append a table of results and costs to $GITHUB_STEP_SUMMARY'
                    '--max-cost=text' = 'Send nothing that may cost more, in US dollars'
                    '--allow-unknown-cost' = 'With --max-cost, send requests whose cost is unknown'
                    '--dry-run' = 'Show the request and what it will cost'
                    '--no-price' = 'With --dry-run, fetch no price'
                    '--quiet' = 'Print only the paths of the files'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-m=all-models', '-n=counts', '-i=files+', '-p=model-inputs+', '-o=files', '-q', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('files')
            }
        }
        'batch/status' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--command=batch-commands' = 'Command, if a line has none'
                    '--model=all-models' = 'Model, if a line has none'
                    '--count=counts' = 'Images per line, 1 to 4 or the model''s limit, if a line does not say'
                    '--size=sizes' = 'Size in pixels, if a line has none'
                    '--aspect-ratio=image-aspect-ratios' = 'Aspect ratio, if a line has none'
                    '--resolution=text' = 'Resolution, if a line has none'
                    '--output-format=output-formats' = 'File format: png, jpeg, webp'
                    '--quality=qualities' = 'Quality: low, medium, high, xhigh, max, auto'
                    '--background=backgrounds' = 'Background: transparent, opaque, auto'
                    '--file=files+' = 'Image to edit, if a line has none'
                    '--image=files+' = 'First frame, if a line has none'
                    '--last-image=files' = 'Last frame, if a line has none'
                    '--video=files+' = 'Reference video, if a line has none'
                    '--audio-ref=files+' = 'Reference audio, if a line has none'
                    '--mask=files' = 'Mask image, if a line has none'
                    '--duration=durations' = 'Seconds, if a line has none'
                    '--audio' = 'Audio in videos, if a line does not say'
                    '--no-audio' = 'Audio in videos, if a line does not say'
                    '--watermark' = 'Watermark in videos, if a line does not say'
                    '--no-watermark' = 'Watermark in videos, if a line does not say'
                    '--lyrics=text' = 'Words to sing, if a line has none'
                    '--instrumental' = 'Music without words, if a line does not say'
                    '--seed=text' = 'Seed, if a line has none'
                    '--negative-prompt=text' = 'Negative prompt, if a line has none'
                    '--steps=text' = 'Steps, if a line has none'
                    '--guidance=text' = 'Guidance scale, if a line has none'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--input-format=batch-formats' = 'Format of FILE: text, jsonl or csv'
                    '--name=text' = 'Name of the batch; a later run with it continues the batch'
                    '--shard=text' = 'Run only part I of N, to share the work between machines'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-m=all-models', '-n=counts', '-i=files+', '-p=model-inputs+', '--output=files', '-o=files', '--overwrite', '--if-exists=if-exists', '--sidecar', '--embed-metadata', '--concurrency=text', '--retry-failed', '--skip-invalid', '--fail-fast', '--direct', '--results=files', '--no-validate', '--timeout-ms=text', '--on-interrupt=interrupt-policies', '--progress=progress-modes', '--summary', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('files')
            }
        }
        'batch/merge' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('files+')
            }
        }
        'upload' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('files+')
            }
        }
        'models' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List fal''s models'
                    'show' = 'Show what a model takes and makes'
                    'set' = 'Make a model the default for images, videos or music'
                    'status' = 'Show which key and models are used, and why'
                    'auth' = 'List, store and forget the fal key'
                    'aliases' = 'List and change your own names for models'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'models/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--search=text' = 'Only models whose id or name contains all these words'
                    '--category=model-categories' = 'Only one of fal''s categories, such as text-to-image'
                    '--kind=model-kinds' = 'Only models that make this: image, video, audio, 3d, text, other'
                    '--limit=text' = 'At most N models'
                    '--provider=providers' = 'Provider; only fal is supported'
                    '--all' = 'Include deprecated models'
                    '--refresh' = 'Fetch fal''s catalog now, even if the cached one is fresh'
                    '--price' = 'Fetch the prices of the listed models from fal; they are kept for a day'
                    '--plain' = 'Print only model references, one per line'
                    '--no-pager' = 'Do not show a long list in a pager ($PAGER, else less)'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-n=text', '-L=text', '--local', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('text+')
            }
        }
        'models/show' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--schema' = 'Print fal''s OpenAPI document if it is cached, else a JSON Schema'
                    '--refresh' = 'Fetch the model''s document from fal now'
                    '--price' = 'Fetch the model''s price from fal; it is kept for a day'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('all-models')
            }
        }
        'models/set' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('all-models', 'text')
            }
        }
        'models/status' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--check' = 'Exit with status 1 if a problem would prevent a generation'
                    '--probe' = 'Check the key with fal, at no cost'
                    '--plain' = 'Print only the default image and video models, one per line'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--status-plain', '--status-json', '--probe-provider=text', '--probe-timeout=text', '--probe-concurrency=text', '--probe-max-tokens=text', '--probe-profile=text+', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'models/auth' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List the stored key'
                    'paste-api-key' = 'Store a key from standard input, or from a prompt'
                    'logout' = 'Forget the stored key'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'models/auth/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--provider=providers' = 'Provider; only fal is supported'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'models/auth/paste-api-key' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--provider=providers' = 'Provider; only fal is supported'
                    '--profile-id=text' = 'Name of the key; one key is stored at a time'
                    '--skip-health' = 'Store the key without checking it with fal'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'models/auth/logout' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--provider=providers' = 'Provider; only fal is supported'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'models/aliases' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List the aliases'
                    'add' = 'Give a model a name of your own'
                    'remove' = 'Remove an alias'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'models/aliases/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--plain' = 'Print an alias and its model per line'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'models/aliases/add' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('text', 'all-models')
            }
        }
        'models/aliases/remove' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('text')
            }
        }
        'tasks' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List tasks, newest first'
                    'show' = 'Show a task: its request, status, files and next command'
                    'wait' = 'Wait for tasks and fetch their files'
                    'rerun' = 'Send the requests of tasks again, with changes if you like'
                    'preview' = 'Show the pictures of tasks in the terminal, and the first frames of their videos'
                    'open' = 'Open the files of tasks in the system''s viewer'
                    'adopt' = 'Adopt a request of another machine, or of a task whose answer never arrived, and fetch its files'
                    'cancel' = 'Ask fal to cancel tasks, and show its answer'
                    'prune' = 'Forget old finished tasks'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'tasks/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--status=task-statuses+' = 'Show only tasks with this status'
                    '--model=all-models' = 'Show only tasks of models whose id contains this'
                    '--kind=task-kinds' = 'Show only this kind: image, video, music, any'
                    '--since=text' = 'Show tasks since then: an age such as 2d or 12h, or a date'
                    '--search=text' = 'Show only tasks with this in the prompt, id or file names'
                    '--batch=text' = 'Show only this batch, given by its name or file'
                    '--missing' = 'Show only succeeded tasks whose files are not here'
                    '--limit=text' = 'Number of tasks to show'
                    '--all' = 'Show all tasks'
                    '--quiet' = 'Print only the ids'
                    '--cost' = 'Show what each task has cost'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('-n=text', '-L=text', '-q', '--runtime=text', '--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('text')
            }
        }
        'tasks/show' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--refresh-cost' = 'Fetch the billed cost from fal (needs FAL_ADMIN_KEY), else the price'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('tasks')
            }
        }
        'tasks/wait' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--model=all-models' = 'Model of jobs that this computer has no record of; ID is then fal''s request id'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--quiet' = 'Print only the paths of the files'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--preview' = 'Show pictures in the terminal'
                    '--open' = 'Open the files with the system''s viewer'
                    '--notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--no-notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-o=files', '-q', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('tasks+')
            }
        }
        'tasks/rerun' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--prompt=text' = 'Same as PROMPT, for OpenClaw compatibility'
                    '--model=all-models' = 'Use another model'
                    '--seed=text' = 'Another seed'
                    '--count=counts' = 'Another number of images'
                    '--size=sizes' = 'Size in pixels, such as 1024x1536'
                    '--aspect-ratio=image-aspect-ratios' = 'Aspect ratio: 1:1, 16:9, 2:3 and so on'
                    '--resolution=image-resolutions' = 'Resolution: 1K, 2K, 4K for images, 720P and so on for videos'
                    '--duration=durations' = 'Another length of a video or music'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--no-validate' = 'Send inputs that the model''s schema refuses'
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--sidecar' = 'Write FILE.json beside each file: what made it, for `rerun FILE`'
                    '--embed-metadata' = 'Put prompt, model and seed into PNG and JPEG files'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--detach' = 'Submit, print the task id and exit'
                    '--reuse' = 'Follow an identical open request instead of submitting again'
                    '--max-cost=text' = 'Send nothing that may cost more, in US dollars'
                    '--allow-unknown-cost' = 'With --max-cost, send requests whose cost is unknown'
                    '--dry-run' = 'Show the request and what it will cost'
                    '--no-price' = 'With --dry-run, fetch no price'
                    '--as=request-forms' = 'Print the request as a `curl` command; implies --dry-run'
                    '--summary' = 'Append a table of results and costs to $GITHUB_STEP_SUMMARY'
                    '--quiet' = 'Print only the paths of the files'
                    '--preview' = 'Show pictures in the terminal'
                    '--open' = 'Open the files with the system''s viewer'
                    '--notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--no-notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-m=all-models', '-n=counts', '-p=model-inputs+', '-o=files', '-q', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('tasks+')
            }
        }
        'tasks/preview' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('tasks+')
            }
        }
        'tasks/open' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('tasks+')
            }
        }
        'tasks/adopt' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--model=all-models' = 'The model that the request was sent to'
                    '--task=tasks' = 'The task without an answer that the request belongs to'
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--quiet' = 'Print only the paths of the files'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-o=files', '-q', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('text')
            }
        }
        'tasks/cancel' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('open-tasks+')
            }
        }
        'tasks/prune' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--days=text' = 'Forget tasks unchanged for this many days'
                    '--all' = 'Also forget tasks with files that were never fetched, and unknown ones'
                    '--yes' = 'Do not ask before --all'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('-y', '--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'rerun' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--prompt=text' = 'Same as PROMPT, for OpenClaw compatibility'
                    '--model=all-models' = 'Use another model'
                    '--seed=text' = 'Another seed'
                    '--count=counts' = 'Another number of images'
                    '--size=sizes' = 'Size in pixels, such as 1024x1536'
                    '--aspect-ratio=image-aspect-ratios' = 'Aspect ratio: 1:1, 16:9, 2:3 and so on'
                    '--resolution=image-resolutions' = 'Resolution: 1K, 2K, 4K for images, 720P and so on for videos'
                    '--duration=durations' = 'Another length of a video or music'
                    '--param=model-inputs+' = 'Any other input of the model'
                    '--no-validate' = 'Send inputs that the model''s schema refuses'
                    '--output=files' = 'File, folder/, template, or `-` for standard output'
                    '--overwrite' = 'Replace existing files'
                    '--if-exists=if-exists' = 'If a file name is taken'
                    '--sidecar' = 'Write FILE.json beside each file: what made it, for `rerun FILE`'
                    '--embed-metadata' = 'Put prompt, model and seed into PNG and JPEG files'
                    '--timeout-ms=text' = 'Time limit of the command, in milliseconds'
                    '--on-interrupt=interrupt-policies' = 'On Ctrl-C or timeout: `keep` the job running, or `cancel` it'
                    '--progress=progress-modes' = 'Progress on stderr: auto, plain, json or none'
                    '--detach' = 'Submit, print the task id and exit'
                    '--reuse' = 'Follow an identical open request instead of submitting again'
                    '--max-cost=text' = 'Send nothing that may cost more, in US dollars'
                    '--allow-unknown-cost' = 'With --max-cost, send requests whose cost is unknown'
                    '--dry-run' = 'Show the request and what it will cost'
                    '--no-price' = 'With --dry-run, fetch no price'
                    '--as=request-forms' = 'Print the request as a `curl` command; implies --dry-run'
                    '--summary' = 'Append a table of results and costs to $GITHUB_STEP_SUMMARY'
                    '--quiet' = 'Print only the paths of the files'
                    '--preview' = 'Show pictures in the terminal'
                    '--open' = 'Open the files with the system''s viewer'
                    '--notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--no-notify' = 'Ring the terminal''s bell and send a notification when a job that took over 20 s ends'
                    '--print=print-forms' = 'Print only the `path` or `url` of each file, or the task''s `id`'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('-m=all-models', '-n=counts', '-p=model-inputs+', '-o=files', '-q', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('files', 'text+')
            }
        }
        'spend' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--since=text' = 'Count tasks since then: an age such as 7d or 12h, or a date'
                    '--by=spending-groups' = 'Group by day, model, batch'
                    '--refresh' = 'Fetch billed costs from fal (needs FAL_ADMIN_KEY), else missing prices'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'gallery' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--since=text' = 'Show what was made since then: an age such as 7d or 12h, or a date'
                    '--model=all-models' = 'Show only files of models whose id contains this'
                    '--batch=text' = 'Show only this batch, given by its name or file'
                    '--output=files' = 'File or folder for the page; `-` for standard output'
                    '--overwrite' = 'Replace the file even if this command did not write it'
                    '--embed' = 'Embed thumbnails and small files, to share the page'
                    '--open' = 'Open the page in the browser'
                    '--quiet' = 'Print only the paths of the files'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('-o=files', '-q', '--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'onboard' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--auth-choice=auth-choices' = 'Sign-in method: fal-api-key, skip; skip stores no key'
                    '--fal-api-key=text' = 'The key'
                    '--non-interactive' = 'Do not prompt'
                    '--accept-risk' = 'Confirm that generations cost money'
                    '--secret-input-mode=secret-input-modes' = 'What to store'
                    '--reset' = 'Remove the existing setup, after the new key has been checked'
                    '--reset-scope=reset-scopes' = 'What --reset removes'
                    '--skip-health' = 'Store the key without checking it with fal'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--agent-name=text', '--flow=text', '--mode=text', '--workspace=text', '--gateway-port=text', '--gateway-bind=text', '--gateway-auth=text', '--gateway-token=text', '--gateway-token-ref-env=text', '--gateway-password=text', '--remote-url=text', '--remote-token=text', '--tailscale=text', '--daemon-runtime=text', '--node-manager=text', '--import-from=text', '--import-source=text', '--classic', '--import-secrets', '--install-daemon', '--no-install-daemon', '--skip-bootstrap', '--skip-channels', '--skip-daemon', '--skip-hooks', '--skip-search', '--skip-skills', '--skip-ui', '--suppress-gateway-token-output', '--tailscale-reset-on-exit', '--tui', '--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'config' {
            @{
                Commands  = [ordered]@{
                    'get' = 'Print a value: strings and numbers as they are, the rest as JSON'
                    'set' = 'Set a value'
                    'unset' = 'Remove a value'
                    'patch' = 'Merge an object into the configuration'
                    'file' = 'Print the path of the configuration file, existing or not'
                    'schema' = 'Print the JSON Schema of the settings that openclaw-fal reads'
                    'validate' = 'Check the configuration'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'config/get' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('config-paths')
            }
        }
        'config/set' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--strict-json' = 'Refuse a value that is not JSON5, as --json does'
                    '--merge' = 'Merge an object into the existing one; null deletes a member'
                    '--replace' = 'Replace a value even if that removes models, providers, plugins or accounts'
                    '--expect-current-json=text' = 'Write only if the current value equals this'
                    '--expect-current-absent' = 'Write only if no value is set'
                    '--batch-json=text' = 'Set several values, all or none: [{path, value}, ...]'
                    '--batch-file=files' = 'Like --batch-json, from a file; `-` reads standard input'
                    '--ref-provider=text' = 'Store a reference to a secret of this provider, instead of a value'
                    '--ref-source=secret-sources' = 'Kind of the reference: env, file or exec'
                    '--ref-id=text' = 'Variable, JSON pointer or id that the reference names'
                    '--dry-run' = 'Check the change and report it without writing'
                    '--allow-exec' = 'Let --dry-run run the commands of exec references'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('config-paths', 'config-values')
            }
        }
        'config/unset' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--dry-run' = 'Check the change and report it without writing'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('config-paths')
            }
        }
        'config/patch' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--file=files' = 'JSON5 file with the patch; `-` reads standard input'
                    '--stdin' = 'Read the patch from standard input'
                    '--replace-path=config-paths+' = 'Replace the value at this path instead of merging'
                    '--dry-run' = 'Check the change and report it without writing'
                    '--allow-exec' = 'Let --dry-run run the commands of exec references'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'config/file' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'config/schema' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'config/validate' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'doctor' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--fix' = 'Give default models the names that a current OpenClaw reads, and close a configuration with a key to other users'
                    '--probe' = 'Check the key with fal, at no cost'
                    '--json' = 'Print one JSON document, errors included'
                    '--sandbox' = 'Use a sandbox instead of fal: no key, no cost'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'completion' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--shell=shells' = 'Shell: bash, zsh, fish, powershell'
                    '--install' = 'Set up the shell; repeat this after an update'
                    '--write-state' = 'Write the script to the state folder; without --shell, the scripts of all shells'
                    '--yes' = 'Do not ask before --install'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('-s=shells', '-i', '-y', '--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'sandbox' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--port=text' = 'Port on 127.0.0.1; 0 picks a free one'
                    '--speed=text' = 'Speed of jobs; 10 runs them ten times as fast'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @('sandbox-words+')
            }
        }
        'help' {
            @{
                Commands  = [ordered]@{
                    'image' = 'Make and edit images'
                    'video' = 'Make videos'
                    'music' = 'Make music'
                    'run' = 'Run any model: speech, sound, 3-D, upscaling, vision, text'
                    'batch' = 'Make many results from a file; a later run makes only what is missing'
                    'upload' = 'Upload files to fal, and print the URL of each'
                    'models' = 'List fal''s models, show what one takes, and set the defaults'
                    'tasks' = 'List, wait for and cancel tasks, the jobs that you submitted'
                    'rerun' = 'Make a file again, with another seed, prompt, model, size or input'
                    'spend' = 'Show what your tasks have cost'
                    'gallery' = 'Write a page with everything that you made'
                    'onboard' = 'Set up your fal key and the default models'
                    'config' = 'Read and change the configuration file'
                    'doctor' = 'Check configuration, key, network settings and tasks, and repair old names'
                    'completion' = 'Set up TAB completion of commands, flags, models and tasks'
                    'sandbox' = 'Run a local server that behaves like fal, until Ctrl-C'
                    'help' = 'Show help for a command or a topic'
                    'version' = 'Show the version'
                    'infer' = 'OpenClaw''s name for `image` and `video`'
                    'capability' = 'OpenClaw''s older name for `infer`'
                    'exit-codes' = 'Help on exit codes'
                    'environment' = 'Help on environment'
                    'configuration' = 'Help on configuration'
                    'output' = 'Help on output'
                    'waiting' = 'Help on waiting'
                    'costs' = 'Help on costs'
                }
                Flags     = [ordered]@{
                    '--all' = 'Show the full help of each flag'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'help/image' {
            @{
                Commands  = [ordered]@{
                    'generate' = 'Make images from a prompt, or from images'
                    'edit' = 'Edit images with a prompt'
                    'providers' = 'Show what fal offers for images, and whether a key is set up'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/image/generate' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/image/edit' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/image/providers' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/video' {
            @{
                Commands  = [ordered]@{
                    'generate' = 'Make a video from a prompt'
                    'providers' = 'Show what fal offers for videos, and whether a key is set up'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/video/generate' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/video/providers' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/music' {
            @{
                Commands  = [ordered]@{
                    'generate' = 'Make music from a prompt, with lyrics or without words'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/music/generate' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/run' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/batch' {
            @{
                Commands  = [ordered]@{
                    'run' = 'Submit the requests of a file, one per line'
                    'status' = 'Show which lines of a batch are done, running, failed or missing'
                    'merge' = 'Merge results files into one table, with the last result of each line'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/batch/run' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/batch/status' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/batch/merge' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/upload' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List fal''s models'
                    'show' = 'Show what a model takes and makes'
                    'set' = 'Make a model the default for images, videos or music'
                    'status' = 'Show which key and models are used, and why'
                    'auth' = 'List, store and forget the fal key'
                    'aliases' = 'List and change your own names for models'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/show' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/set' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/status' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/auth' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List the stored key'
                    'paste-api-key' = 'Store a key from standard input, or from a prompt'
                    'logout' = 'Forget the stored key'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/auth/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/auth/paste-api-key' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/auth/logout' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/aliases' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List the aliases'
                    'add' = 'Give a model a name of your own'
                    'remove' = 'Remove an alias'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/aliases/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/aliases/add' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/models/aliases/remove' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List tasks, newest first'
                    'show' = 'Show a task: its request, status, files and next command'
                    'wait' = 'Wait for tasks and fetch their files'
                    'rerun' = 'Send the requests of tasks again, with changes if you like'
                    'preview' = 'Show the pictures of tasks in the terminal, and the first frames of their videos'
                    'open' = 'Open the files of tasks in the system''s viewer'
                    'adopt' = 'Adopt a request of another machine, or of a task whose answer never arrived, and fetch its files'
                    'cancel' = 'Ask fal to cancel tasks, and show its answer'
                    'prune' = 'Forget old finished tasks'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/show' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/wait' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/rerun' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/preview' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/open' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/adopt' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/cancel' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/tasks/prune' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/rerun' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/spend' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/gallery' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/onboard' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/config' {
            @{
                Commands  = [ordered]@{
                    'get' = 'Print a value: strings and numbers as they are, the rest as JSON'
                    'set' = 'Set a value'
                    'unset' = 'Remove a value'
                    'patch' = 'Merge an object into the configuration'
                    'file' = 'Print the path of the configuration file, existing or not'
                    'schema' = 'Print the JSON Schema of the settings that openclaw-fal reads'
                    'validate' = 'Check the configuration'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/config/get' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/config/set' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/config/unset' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/config/patch' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/config/file' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/config/schema' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/config/validate' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/doctor' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/completion' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/sandbox' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/help' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/version' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/infer' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List the capabilities'
                    'inspect' = 'Show a capability: its command, flags and result'
                    'image' = 'Make and edit images'
                    'video' = 'Make videos'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/infer/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/infer/inspect' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/capability' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List the capabilities'
                    'inspect' = 'Show a capability: its command, flags and result'
                    'image' = 'Make and edit images'
                    'video' = 'Make videos'
                }
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/exit-codes' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/environment' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/configuration' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/output' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/waiting' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'help/costs' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{}
                Silent    = @()
                Arguments = @()
            }
        }
        'version' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'infer' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List the capabilities'
                    'inspect' = 'Show a capability: its command, flags and result'
                    'image' = 'Make and edit images'
                    'video' = 'Make videos'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'infer/list' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'infer/inspect' {
            @{
                Commands  = [ordered]@{}
                Flags     = [ordered]@{
                    '--name=capabilities' = 'Capability'
                    '--json' = 'Print one JSON document, errors included'
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        'capability' {
            @{
                Commands  = [ordered]@{
                    'list' = 'List the capabilities'
                    'inspect' = 'Show a capability: its command, flags and result'
                    'image' = 'Make and edit images'
                    'video' = 'Make videos'
                }
                Flags     = [ordered]@{
                    '--help' = 'Show this help'
                }
                Silent    = @('--profile=profiles', '--json', '--sandbox', '--no-color', '--log-level=log-levels', '--agent=text', '--version', '-V', '-h')
                Arguments = @()
            }
        }
        # <<< commands <<<
    }
}

# Return the path of the subcommand that a word names, if there is one.
function global:OpenclawFalStep([string] $node, [string] $word) {
    switch -CaseSensitive ("$node $word") {
        # >>> steps >>>
        ' image' { 'image' }
        'infer image' { 'image' }
        'capability image' { 'image' }
        ' video' { 'video' }
        'infer video' { 'video' }
        'capability video' { 'video' }
        ' music' { 'music' }
        ' run' { 'run' }
        ' batch' { 'batch' }
        ' upload' { 'upload' }
        ' models' { 'models' }
        ' tasks' { 'tasks' }
        ' rerun' { 'rerun' }
        ' spend' { 'spend' }
        ' gallery' { 'gallery' }
        ' onboard' { 'onboard' }
        ' config' { 'config' }
        ' doctor' { 'doctor' }
        ' completion' { 'completion' }
        ' sandbox' { 'sandbox' }
        ' help' { 'help' }
        ' version' { 'version' }
        ' infer' { 'infer' }
        ' capability' { 'capability' }
        'image generate' { 'image/generate' }
        'image edit' { 'image/edit' }
        'image providers' { 'image/providers' }
        'video generate' { 'video/generate' }
        'video providers' { 'video/providers' }
        'music generate' { 'music/generate' }
        'batch run' { 'batch/run' }
        'batch status' { 'batch/status' }
        'batch merge' { 'batch/merge' }
        'models list' { 'models/list' }
        'models show' { 'models/show' }
        'models set' { 'models/set' }
        'models status' { 'models/status' }
        'models auth' { 'models/auth' }
        'models aliases' { 'models/aliases' }
        'models/auth list' { 'models/auth/list' }
        'models/auth paste-api-key' { 'models/auth/paste-api-key' }
        'models/auth logout' { 'models/auth/logout' }
        'models/aliases list' { 'models/aliases/list' }
        'models/aliases add' { 'models/aliases/add' }
        'models/aliases remove' { 'models/aliases/remove' }
        'tasks list' { 'tasks/list' }
        'tasks show' { 'tasks/show' }
        'tasks wait' { 'tasks/wait' }
        'tasks rerun' { 'tasks/rerun' }
        'tasks preview' { 'tasks/preview' }
        'tasks open' { 'tasks/open' }
        'tasks adopt' { 'tasks/adopt' }
        'tasks cancel' { 'tasks/cancel' }
        'tasks prune' { 'tasks/prune' }
        'config get' { 'config/get' }
        'config set' { 'config/set' }
        'config unset' { 'config/unset' }
        'config patch' { 'config/patch' }
        'config file' { 'config/file' }
        'config schema' { 'config/schema' }
        'config validate' { 'config/validate' }
        'help image' { 'help/image' }
        'help/infer image' { 'help/image' }
        'help/capability image' { 'help/image' }
        'help video' { 'help/video' }
        'help/infer video' { 'help/video' }
        'help/capability video' { 'help/video' }
        'help music' { 'help/music' }
        'help run' { 'help/run' }
        'help batch' { 'help/batch' }
        'help upload' { 'help/upload' }
        'help models' { 'help/models' }
        'help tasks' { 'help/tasks' }
        'help rerun' { 'help/rerun' }
        'help spend' { 'help/spend' }
        'help gallery' { 'help/gallery' }
        'help onboard' { 'help/onboard' }
        'help config' { 'help/config' }
        'help doctor' { 'help/doctor' }
        'help completion' { 'help/completion' }
        'help sandbox' { 'help/sandbox' }
        'help help' { 'help/help' }
        'help version' { 'help/version' }
        'help infer' { 'help/infer' }
        'help capability' { 'help/capability' }
        'help exit-codes' { 'help/exit-codes' }
        'help environment' { 'help/environment' }
        'help configuration' { 'help/configuration' }
        'help output' { 'help/output' }
        'help waiting' { 'help/waiting' }
        'help costs' { 'help/costs' }
        'help/image generate' { 'help/image/generate' }
        'help/image edit' { 'help/image/edit' }
        'help/image providers' { 'help/image/providers' }
        'help/video generate' { 'help/video/generate' }
        'help/video providers' { 'help/video/providers' }
        'help/music generate' { 'help/music/generate' }
        'help/batch run' { 'help/batch/run' }
        'help/batch status' { 'help/batch/status' }
        'help/batch merge' { 'help/batch/merge' }
        'help/models list' { 'help/models/list' }
        'help/models show' { 'help/models/show' }
        'help/models set' { 'help/models/set' }
        'help/models status' { 'help/models/status' }
        'help/models auth' { 'help/models/auth' }
        'help/models aliases' { 'help/models/aliases' }
        'help/models/auth list' { 'help/models/auth/list' }
        'help/models/auth paste-api-key' { 'help/models/auth/paste-api-key' }
        'help/models/auth logout' { 'help/models/auth/logout' }
        'help/models/aliases list' { 'help/models/aliases/list' }
        'help/models/aliases add' { 'help/models/aliases/add' }
        'help/models/aliases remove' { 'help/models/aliases/remove' }
        'help/tasks list' { 'help/tasks/list' }
        'help/tasks show' { 'help/tasks/show' }
        'help/tasks wait' { 'help/tasks/wait' }
        'help/tasks rerun' { 'help/tasks/rerun' }
        'help/tasks preview' { 'help/tasks/preview' }
        'help/tasks open' { 'help/tasks/open' }
        'help/tasks adopt' { 'help/tasks/adopt' }
        'help/tasks cancel' { 'help/tasks/cancel' }
        'help/tasks prune' { 'help/tasks/prune' }
        'help/config get' { 'help/config/get' }
        'help/config set' { 'help/config/set' }
        'help/config unset' { 'help/config/unset' }
        'help/config patch' { 'help/config/patch' }
        'help/config file' { 'help/config/file' }
        'help/config schema' { 'help/config/schema' }
        'help/config validate' { 'help/config/validate' }
        'help/infer list' { 'help/infer/list' }
        'help/capability list' { 'help/infer/list' }
        'help/infer inspect' { 'help/infer/inspect' }
        'help/capability inspect' { 'help/infer/inspect' }
        'infer list' { 'infer/list' }
        'capability list' { 'infer/list' }
        'infer inspect' { 'infer/inspect' }
        'capability inspect' { 'infer/inspect' }
        # <<< steps <<<
    }
}

# Return the values of this kind, each with its description; without a catalog, the built-in models.
function global:OpenclawFalValue([string] $kind, [string] $userProfile, [string] $first, [string] $model, [string] $typed) {
    if ($kind -ceq 'config-values') {
        switch -CaseSensitive ($first) {
            # >>> settings >>>
            'agents.defaults.imageGenerationModel' { $kind = 'image-models' }
            'agents.defaults.imageGenerationModel.primary' { $kind = 'image-models' }
            'agents.defaults.mediaModels.image' { $kind = 'image-models' }
            'agents.defaults.mediaModels.image.primary' { $kind = 'image-models' }
            'agents.defaults.videoGenerationModel' { $kind = 'video-models' }
            'agents.defaults.videoGenerationModel.primary' { $kind = 'video-models' }
            'agents.defaults.mediaModels.video' { $kind = 'video-models' }
            'agents.defaults.mediaModels.video.primary' { $kind = 'video-models' }
            'agents.defaults.mediaModels.music' { $kind = 'music-models' }
            'agents.defaults.mediaModels.music.primary' { $kind = 'music-models' }
            # <<< settings <<<
        }
    }
    $found = switch -CaseSensitive ($kind) {
        # >>> values >>>
        'log-levels' { [ordered]@{ 'silent' = ''; 'fatal' = ''; 'error' = ''; 'warn' = ''; 'info' = ''; 'debug' = ''; 'trace' = '' } }
        'counts' { [ordered]@{ '1' = ''; '2' = ''; '3' = ''; '4' = '' } }
        'sizes' { [ordered]@{ '1024x1024' = ''; '1024x1536' = ''; '1536x1024' = ''; '1024x1792' = ''; '1792x1024' = ''; 'auto' = '' } }
        'image-aspect-ratios' { [ordered]@{ '21:9' = ''; '16:9' = ''; '3:2' = ''; '4:3' = ''; '5:4' = ''; '1:1' = ''; '4:5' = ''; '3:4' = ''; '2:3' = ''; '9:16' = ''; '4:1' = ''; '1:4' = ''; '8:1' = ''; '1:8' = ''; '2.35:1' = ''; '2:1' = ''; '20:9' = ''; '19.5:9' = ''; '9:19.5' = ''; '9:20' = ''; '1:2' = ''; 'auto' = '' } }
        'video-aspect-ratios' { [ordered]@{ '21:9' = ''; '16:9' = ''; '4:3' = ''; '1:1' = ''; '3:4' = ''; '9:16' = ''; 'auto' = '' } }
        'image-resolutions' { [ordered]@{ '1K' = ''; '2K' = ''; '4K' = '' } }
        'video-resolutions' { [ordered]@{ '360P' = ''; '480P' = ''; '540P' = ''; '720P' = ''; '768P' = ''; '1080P' = '' } }
        'output-formats' { [ordered]@{ 'png' = ''; 'jpeg' = ''; 'webp' = '' } }
        'music-formats' { [ordered]@{ 'mp3' = ''; 'wav' = ''; 'flac' = ''; 'pcm' = ''; 'opus' = '' } }
        'qualities' { [ordered]@{ 'low' = ''; 'medium' = ''; 'high' = ''; 'xhigh' = ''; 'max' = ''; 'auto' = '' } }
        'backgrounds' { [ordered]@{ 'transparent' = ''; 'opaque' = ''; 'auto' = '' } }
        'durations' { [ordered]@{ '4' = ''; '5' = ''; '6' = ''; '7' = ''; '8' = ''; '9' = ''; '10' = ''; '11' = ''; '12' = ''; '13' = ''; '14' = ''; '15' = '' } }
        'interrupt-policies' { [ordered]@{ 'keep' = ''; 'cancel' = '' } }
        'request-forms' { [ordered]@{ 'curl' = '' } }
        'spending-groups' { [ordered]@{ 'day' = ''; 'model' = ''; 'batch' = '' } }
        'print-forms' { [ordered]@{ 'path' = ''; 'id' = ''; 'url' = '' } }
        'if-exists' { [ordered]@{ 'skip' = ''; 'rename' = ''; 'overwrite' = ''; 'fail' = '' } }
        'task-kinds' { [ordered]@{ 'image' = ''; 'video' = ''; 'music' = ''; 'any' = '' } }
        'batch-commands' { [ordered]@{ 'image.generate' = ''; 'image.edit' = ''; 'video.generate' = ''; 'music.generate' = ''; 'run' = '' } }
        'batch-formats' { [ordered]@{ 'text' = ''; 'jsonl' = ''; 'csv' = '' } }
        'progress-modes' { [ordered]@{ 'auto' = ''; 'plain' = ''; 'json' = ''; 'none' = '' } }
        'auth-choices' { [ordered]@{ 'fal-api-key' = ''; 'skip' = '' } }
        'secret-input-modes' { [ordered]@{ 'plaintext' = ''; 'ref' = '' } }
        'reset-scopes' { [ordered]@{ 'config' = ''; 'config+creds+sessions' = ''; 'full' = '' } }
        'secret-sources' { [ordered]@{ 'env' = ''; 'file' = ''; 'exec' = '' } }
        'providers' { [ordered]@{ 'fal' = '' } }
        'task-statuses' { [ordered]@{ 'submitting' = ''; 'unknown' = ''; 'queued' = ''; 'running' = ''; 'succeeded' = ''; 'failed' = ''; 'timed_out' = ''; 'cancelled' = ''; 'lost' = '' } }
        'config-paths' { [ordered]@{ 'agents.defaults.imageGenerationModel' = ''; 'agents.defaults.imageGenerationModel.primary' = ''; 'agents.defaults.imageGenerationModel.fallbacks' = ''; 'agents.defaults.imageGenerationModel.timeoutMs' = ''; 'agents.defaults.videoGenerationModel' = ''; 'agents.defaults.videoGenerationModel.primary' = ''; 'agents.defaults.videoGenerationModel.fallbacks' = ''; 'agents.defaults.videoGenerationModel.timeoutMs' = ''; 'agents.defaults.mediaModels.image' = ''; 'agents.defaults.mediaModels.image.primary' = ''; 'agents.defaults.mediaModels.image.fallbacks' = ''; 'agents.defaults.mediaModels.image.timeoutMs' = ''; 'agents.defaults.mediaModels.video' = ''; 'agents.defaults.mediaModels.video.primary' = ''; 'agents.defaults.mediaModels.video.fallbacks' = ''; 'agents.defaults.mediaModels.video.timeoutMs' = ''; 'agents.defaults.mediaModels.music' = ''; 'agents.defaults.mediaModels.music.primary' = ''; 'agents.defaults.mediaModels.music.fallbacks' = ''; 'agents.defaults.mediaModels.music.timeoutMs' = ''; 'agents.defaults.mediaMaxMb' = ''; 'models.providers.fal.baseUrl' = ''; 'models.providers.fal.apiKey' = ''; 'models.providers.fal.apiKey.source' = ''; 'models.providers.fal.apiKey.provider' = ''; 'models.providers.fal.apiKey.id' = '' } }
        'model-categories' { [ordered]@{ '3d-to-3d' = ''; 'audio-to-audio' = ''; 'audio-to-text' = ''; 'audio-to-video' = ''; 'image-to-3d' = ''; 'image-to-image' = ''; 'image-to-text' = ''; 'image-to-video' = ''; 'json' = ''; 'llm' = ''; 'speech-to-speech' = ''; 'speech-to-text' = ''; 'text-to-3d' = ''; 'text-to-audio' = ''; 'text-to-image' = ''; 'text-to-json' = ''; 'text-to-speech' = ''; 'text-to-video' = ''; 'training' = ''; 'unknown' = ''; 'video-to-audio' = ''; 'video-to-text' = ''; 'video-to-video' = ''; 'vision' = ''; 'workflow' = '' } }
        'model-kinds' { [ordered]@{ 'image' = ''; 'video' = ''; 'audio' = ''; '3d' = ''; 'text' = ''; 'other' = '' } }
        'capabilities' { [ordered]@{ 'image.generate' = ''; 'image.edit' = ''; 'image.providers' = ''; 'video.generate' = ''; 'video.providers' = '' } }
        'shells' { [ordered]@{ 'bash' = ''; 'zsh' = ''; 'fish' = ''; 'powershell' = '' } }
        'sandbox-words' { [ordered]@{ 'faults' = '' } }
        'image-models' {
            [ordered]@{
                'fal/fal-ai/flux/dev' = 'FLUX.1 [dev]'
                'fal/fal-ai/nano-banana' = 'Nano Banana'
                'fal/fal-ai/nano-banana-2' = 'Nano Banana 2'
                'fal/fal-ai/nano-banana-pro' = 'Nano Banana Pro'
                'fal/google/nano-banana-2-lite' = 'Nano Banana 2 Lite'
                'fal/krea/v2/large/text-to-image' = 'Krea 2 Large'
                'fal/krea/v2/medium/text-to-image' = 'Krea 2 Medium'
                'fal/openai/gpt-image-2' = 'GPT Image 2'
                'fal/openai/gpt-image-2.5/flare/text-to-image' = 'GPT Image 2.5 Flare'
                'fal/openai/gpt-image-2.5/sunburst/text-to-image' = 'GPT Image 2.5 Sunburst'
                'fal/xai/grok-imagine-image' = 'Grok Imagine'
                'fal/fal-ai/flux/dev/image-to-image' = 'FLUX.1 [dev] Image to Image'
                'fal/fal-ai/nano-banana/edit' = 'Nano Banana Edit'
                'fal/fal-ai/nano-banana-2/edit' = 'Nano Banana 2 Edit'
                'fal/fal-ai/nano-banana-pro/edit' = 'Nano Banana Pro Edit'
                'fal/openai/gpt-image-2/edit' = 'GPT Image 2 Edit'
                'fal/openai/gpt-image-2.5/flare/edit' = 'GPT Image 2.5 Flare Edit'
                'fal/openai/gpt-image-2.5/sunburst/edit' = 'GPT Image 2.5 Sunburst Edit'
                'fal/xai/grok-imagine-image/edit' = 'Grok Imagine Edit'
            }
        }
        'video-models' {
            [ordered]@{
                'fal/fal-ai/minimax/video-01-live' = 'MiniMax Video 01 Live'
                'fal/bytedance/seedance-2.0/text-to-video' = 'Seedance 2.0'
                'fal/bytedance/seedance-2.0/fast/text-to-video' = 'Seedance 2.0 Fast'
                'fal/fal-ai/heygen/v2/video-agent' = 'HeyGen Video Agent'
                'fal/fal-ai/kling-video/v2.1/master/text-to-video' = 'Kling 2.1 Master'
                'fal/fal-ai/wan/v2.2-a14b/text-to-video' = 'Wan 2.2 A14B'
                'fal/fal-ai/minimax/video-01-live/image-to-video' = 'MiniMax Video 01 Live Image to Video'
                'fal/bytedance/seedance-2.0/image-to-video' = 'Seedance 2.0 Image to Video'
                'fal/bytedance/seedance-2.0/reference-to-video' = 'Seedance 2.0 Reference to Video'
                'fal/bytedance/seedance-2.0/fast/image-to-video' = 'Seedance 2.0 Fast Image to Video'
                'fal/bytedance/seedance-2.0/fast/reference-to-video' = 'Seedance 2.0 Fast Reference to Video'
                'fal/fal-ai/kling-video/v2.1/master/image-to-video' = 'Kling 2.1 Master Image to Video'
                'fal/fal-ai/wan/v2.2-a14b/image-to-video' = 'Wan 2.2 A14B Image to Video'
            }
        }
        'music-models' {
            [ordered]@{
                'fal/fal-ai/minimax-music/v2.6' = 'MiniMax Music 2.6'
                'fal/fal-ai/ace-step/prompt-to-audio' = 'ACE-Step'
                'fal/fal-ai/stable-audio-25/text-to-audio' = 'Stable Audio 2.5'
            }
        }
        'all-models' {
            [ordered]@{
                'fal/fal-ai/flux/dev' = 'FLUX.1 [dev]'
                'fal/fal-ai/nano-banana' = 'Nano Banana'
                'fal/fal-ai/nano-banana-2' = 'Nano Banana 2'
                'fal/fal-ai/nano-banana-pro' = 'Nano Banana Pro'
                'fal/google/nano-banana-2-lite' = 'Nano Banana 2 Lite'
                'fal/krea/v2/large/text-to-image' = 'Krea 2 Large'
                'fal/krea/v2/medium/text-to-image' = 'Krea 2 Medium'
                'fal/openai/gpt-image-2' = 'GPT Image 2'
                'fal/openai/gpt-image-2.5/flare/text-to-image' = 'GPT Image 2.5 Flare'
                'fal/openai/gpt-image-2.5/sunburst/text-to-image' = 'GPT Image 2.5 Sunburst'
                'fal/xai/grok-imagine-image' = 'Grok Imagine'
                'fal/fal-ai/flux/dev/image-to-image' = 'FLUX.1 [dev] Image to Image'
                'fal/fal-ai/nano-banana/edit' = 'Nano Banana Edit'
                'fal/fal-ai/nano-banana-2/edit' = 'Nano Banana 2 Edit'
                'fal/fal-ai/nano-banana-pro/edit' = 'Nano Banana Pro Edit'
                'fal/openai/gpt-image-2/edit' = 'GPT Image 2 Edit'
                'fal/openai/gpt-image-2.5/flare/edit' = 'GPT Image 2.5 Flare Edit'
                'fal/openai/gpt-image-2.5/sunburst/edit' = 'GPT Image 2.5 Sunburst Edit'
                'fal/xai/grok-imagine-image/edit' = 'Grok Imagine Edit'
                'fal/fal-ai/minimax/video-01-live' = 'MiniMax Video 01 Live'
                'fal/bytedance/seedance-2.0/text-to-video' = 'Seedance 2.0'
                'fal/bytedance/seedance-2.0/fast/text-to-video' = 'Seedance 2.0 Fast'
                'fal/fal-ai/heygen/v2/video-agent' = 'HeyGen Video Agent'
                'fal/fal-ai/kling-video/v2.1/master/text-to-video' = 'Kling 2.1 Master'
                'fal/fal-ai/wan/v2.2-a14b/text-to-video' = 'Wan 2.2 A14B'
                'fal/fal-ai/minimax/video-01-live/image-to-video' = 'MiniMax Video 01 Live Image to Video'
                'fal/bytedance/seedance-2.0/image-to-video' = 'Seedance 2.0 Image to Video'
                'fal/bytedance/seedance-2.0/reference-to-video' = 'Seedance 2.0 Reference to Video'
                'fal/bytedance/seedance-2.0/fast/image-to-video' = 'Seedance 2.0 Fast Image to Video'
                'fal/bytedance/seedance-2.0/fast/reference-to-video' = 'Seedance 2.0 Fast Reference to Video'
                'fal/fal-ai/kling-video/v2.1/master/image-to-video' = 'Kling 2.1 Master Image to Video'
                'fal/fal-ai/wan/v2.2-a14b/image-to-video' = 'Wan 2.2 A14B Image to Video'
                'fal/fal-ai/minimax-music/v2.6' = 'MiniMax Music 2.6'
                'fal/fal-ai/ace-step/prompt-to-audio' = 'ACE-Step'
                'fal/fal-ai/stable-audio-25/text-to-audio' = 'Stable Audio 2.5'
            }
        }
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
