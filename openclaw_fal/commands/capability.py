"""`openclaw-fal capability …`: OpenClaw's older name for `infer …`."""

from openclaw_fal.commands.infer import make_app

app = make_app("capability", "OpenClaw's older name for `infer`.")
