"""The beginnings of the ids that have a row in `families`. All others are planned without loading the rows."""

ROW_PREFIXES = (
    "openai/gpt-image-",
    "google/nano-banana-",
    "fal-ai/nano-banana",
    "xai/grok-imagine-image",
    "krea/v2/",
    "bytedance/seedance-2.0/",
    "fal-ai/heygen/v2/video-agent",
    "fal-ai/minimax-music/",
    "fal-ai/ace-step/",
    "fal-ai/stable-audio-25/",
)
