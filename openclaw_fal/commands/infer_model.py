"""`openclaw-fal infer model …`: OpenClaw's other names for `models …`."""

from __future__ import annotations

import typer

from openclaw_fal.commands import auth, default_models, model_details, models

app = typer.Typer(name="model", help="OpenClaw's name for `models`.", hidden=True)
app.command("list")(models.list_models)
app.command("inspect")(model_details.show)

_auth = typer.Typer(name="auth", help="OpenClaw's name for `models auth`.")
_auth.command("status")(default_models.show_status)
_auth.command("login")(auth.paste_api_key)
_auth.command("logout")(auth.logout)
app.add_typer(_auth)
