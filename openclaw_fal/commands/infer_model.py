"""`openclaw-fal infer model …`: OpenClaw's other names for `models …`."""

from __future__ import annotations

import typer

from openclaw_fal.commands import models, models_auth, models_set, models_show

app = typer.Typer(name="model", help="OpenClaw's name for `models`.", hidden=True)
app.command("list")(models.list_models)
app.command("inspect")(models_show.show)

_auth = typer.Typer(name="auth", help="OpenClaw's name for `models auth`.")
_auth.command("status")(models_set.show_status)
_auth.command("login")(models_auth.paste_api_key)
_auth.command("logout")(models_auth.logout)
app.add_typer(_auth)
