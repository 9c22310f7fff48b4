"""`onboard`: check a key, store it, set the default models."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.auth import (
    NOTHING_STORED,
    ask_yes_or_no,
    check_with_fal,
    prompt_for_key,
    read_piped_key,
)
from openclaw_fal.config.change import change_config, plan_change, remove_config
from openclaw_fal.config.edits import Edit, Set
from openclaw_fal.config.file import Config, is_read_only
from openclaw_fal.config.key import KeySources, key_variable, shape_warning
from openclaw_fal.config.settings import MODEL_PATHS, Settings, uses_media_models
from openclaw_fal.config.variables import Variables
from openclaw_fal.core.errors import KeyProblem, UsageError
from openclaw_fal.core.program import onboard_command
from openclaw_fal.core.requests import AUTH_CHOICES, SECRET_INPUT_MODES
from openclaw_fal.core.secrets import Key, clean_key
from openclaw_fal.models.refs import DEFAULT_MODELS, model_ref
from openclaw_fal.store.caches import CatalogCache, PriceCache, SchemaCache
from openclaw_fal.store.keys import PROFILE, SecretRef, forget_key, store_key
from openclaw_fal.store.openclaw import is_linked, link_config, unused_config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.core.requests import ResetScope
    from openclaw_fal.runtime import Runtime

_, BY_REFERENCE = SECRET_INPUT_MODES
_, WITHOUT_KEY = AUTH_CHOICES
MAX_TRIES = 3  # at the prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardRequest:
    """What to set up. ``key`` comes from the command line; ``reset`` is ``None`` unless --reset was given."""

    auth_choice: str
    secret_input_mode: str
    key: str | None
    reset: ResetScope | None
    check: bool
    may_prompt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarded:
    """What was set up. ``key`` is ``None`` if it was skipped. ``models`` are the default models.

    ``stored`` is the key file, or the variable that holds the key; ``None`` under --sandbox too. ``removed`` lists the
    files that --reset removed.
    """

    request: OnboardRequest
    key: Key | None
    stored: str | None
    config_path: str
    models: Mapping[Kind, str]
    removed: tuple[str, ...] = ()
    in_sandbox: bool = False

    @property
    def is_checked(self) -> bool:
        """Whether fal accepted the key."""
        return self.request.check and self.key is not None

    def as_json(self) -> dict[str, Any]:
        """Return OpenClaw's keys, and ours; there is no gateway, service, workspace or skill to set up here."""
        return {
            "ok": True,
            "mode": "local",
            "workspace": None,
            "authChoice": self.request.auth_choice,
            "gateway": None,
            "installDaemon": False,
            "skipSkills": True,
            "skipHealth": not self.request.check,
            "secretInputMode": self.request.secret_input_mode,
            "keyMasked": self.key.masked if self.key else None,
            "keyChecked": self.is_checked,
            "keyStored": self.stored,
            "configPath": self.config_path,
            **{f"{kind}Model": model for kind, model in self.models.items()},
            **({"removed": list(self.removed)} if self.removed else {}),
            **({"sandbox": True} if self.in_sandbox else {}),
        }


def onboard(runtime: Runtime, request: OnboardRequest) -> Onboarded:
    """Check the key with fal (free of charge), store it or a reference to it, and set what is not set yet.

    On a terminal, OpenClaw's own configuration is offered if this tool has none; it is used through a symbolic link.
    --reset removes what was set up, after the new key has been checked. Raises `KeyProblem` when there is no key or
    fal refuses it, and `NothingSent` when fal can't be reached: nothing is stored or removed then. Nothing is stored
    or removed under --sandbox either, because the sandbox accepts keys that fal does not.
    """
    runtime.not_done = NOTHING_STORED
    if request.reset:
        # A broken configuration must not prevent a reset. The file itself is removed below.
        runtime.config = Config(runtime.paths.config_file, {}, is_read_only=is_read_only(runtime.environ))
    elif not runtime.makes_placeholders:
        _offer_openclaws_configuration(runtime, request)
    variable, key = _checked_key(runtime, request) if request.auth_choice != WITHOUT_KEY else (None, None)
    config_path = str(runtime.paths.config_file)
    if runtime.makes_placeholders:
        models = default_models(runtime)
        return Onboarded(request=request, key=key, stored=None, config_path=config_path, models=models, in_sandbox=True)
    runtime.not_done = ""
    removed = _remove(runtime, request.reset) if request.reset else []
    models = _configure(runtime, has_key=key is not None)
    if key:
        store_key(runtime.paths.key_file, SecretRef("env", variable) if variable else key.value)
    return Onboarded(
        request=request,
        key=key,
        stored=f"environment variable {variable}" if variable else str(runtime.paths.key_file) if key else None,
        config_path=config_path,
        models=models,
        removed=tuple(removed),
    )


def _offer_openclaws_configuration(runtime: Runtime, request: OnboardRequest) -> None:
    """Use OpenClaw's own configuration if there is one, this tool has none, and the user agrees."""
    found = unused_config(runtime.environ, runtime.profile, runtime.paths.config_file)
    if found is None:
        return
    if not request.may_prompt or not runtime.stdin_is_terminal:
        runtime.messages.note(
            f"OpenClaw's configuration {found} is not used. "
            f"To use it: export OPENCLAW_CONFIG_PATH={shlex.quote(str(found))}"
        )
    elif ask_yes_or_no(runtime, f"Use OpenClaw's configuration {found}?"):
        runtime.not_done = ""
        link_config(runtime.paths.config_file, found)
        runtime.read_config_again()
        runtime.messages.note(f"{runtime.paths.config_file} is now a link to it.")


def _checked_key(runtime: Runtime, request: OnboardRequest) -> tuple[str | None, Key]:
    """Return the key, and the environment variable that holds it if only its name is to be stored.

    A key that is typed wrong can be typed again.
    """
    for tries in range(1, MAX_TRIES):
        try:
            return _key_once(runtime, request, tries)
        except KeyProblem as problem:
            if not problem.retryable:
                raise
            left = f"{MAX_TRIES - tries} more"
            runtime.messages.warning(f"{problem.message.rstrip('.')}.\nTry again ({left}), or press Ctrl-D to stop.")
    return _key_once(runtime, request, MAX_TRIES)


def _key_once(runtime: Runtime, request: OnboardRequest, tries: int) -> tuple[str | None, Key]:
    if request.secret_input_mode == BY_REFERENCE:
        variable, key = _key_to_refer_to(runtime, request.key)
    else:
        variable, key = None, _choose_key(runtime, request, tries)
    _warn(runtime, key, is_stored=variable is None and not runtime.makes_placeholders)
    try:
        key.check_sendable()
        if request.check:
            check_with_fal(runtime, key)
    except KeyProblem as error:
        error.retryable = key.place == "typed"
        raise
    return variable, key


def _key_to_refer_to(runtime: Runtime, given: str | None) -> tuple[str, Key]:
    """Return the environment variable that holds the key, and the key."""
    name = key_variable(runtime.environ)
    if name is None:
        raise KeyProblem(
            "--secret-input-mode ref stores the name of a variable, and FAL_KEY is not set.",
            code="key_missing",
            hint="export FAL_KEY=…, then run the same command again",
        )
    key = Key(clean_key(runtime.environ[name]), f"environment variable {name}", (name,))
    if given and clean_key(given) != key.value:
        raise UsageError(f"--secret-input-mode ref uses the key in {name}, and --fal-api-key gives another one.")
    return name, key


def _choose_key(runtime: Runtime, request: OnboardRequest, tries: int) -> Key:
    """Take the key from the flag, standard input or the prompt, else the one that is set up already."""
    current = _current_key(runtime, request.reset)
    if request.key and (given := clean_key(request.key)):
        if given != request.key.strip():
            runtime.messages.note("The quotes or words around the key are left out.")
        return Key(given, "--fal-api-key")
    if piped := read_piped_key(runtime, wait=current is None and not runtime.makes_placeholders):
        return piped
    if runtime.makes_placeholders:
        return runtime.require_key()
    if request.may_prompt and runtime.stdin_is_terminal:
        return prompt_for_key(runtime, current, is_first=tries == 1)
    if current:
        runtime.messages.note(f"Using the key from {current.source}.")
        return current
    raise KeyProblem(
        "Missing --fal-api-key (or FAL_KEY in the environment, a key on standard input, or an existing fal profile).",
        code="key_missing",
        hint=f"{onboard_command()} < key.txt",
    )


def _current_key(runtime: Runtime, reset: ResetScope | None) -> Key | None:
    """Return the key that is set up and that ``reset`` keeps; one that can't be read is only a warning."""
    sources = runtime.keys
    if reset not in (None, "config"):
        sources = KeySources(Variables(runtime.environ), None, Settings(), runtime.messages.warning)
    return sources.usable(runtime.messages.warning)


def _warn(runtime: Runtime, key: Key, *, is_stored: bool) -> None:
    if warning := shape_warning(key.value):
        runtime.messages.warning(warning)
    variable = key_variable(runtime.environ)
    if is_stored and variable and clean_key(runtime.environ[variable]) != key.value:
        runtime.messages.warning(f"{variable} is set to another key, and wins over the stored one while it is set.")
    if runtime.makes_placeholders:
        runtime.messages.warning(
            "The sandbox accepts any key of the right shape. fal itself is not asked, and nothing is stored."
        )


def default_models(runtime: Runtime) -> dict[Kind, str]:
    """Return the model of each kind that is used without ``--model``."""
    return {
        kind: runtime.config.settings.model(kind).primary or model_ref(model) for kind, model in DEFAULT_MODELS.items()
    }


def _configure(runtime: Runtime, *, has_key: bool) -> dict[Kind, str]:
    """Add the account to the configuration, set the default models that are not set, and return all of them.

    The one for music has a newer name only, which would make a file one of a newer OpenClaw, so it is set only in
    such files.
    """
    models = default_models(runtime)
    profile = Set(("auth", "profiles", PROFILE), {"provider": "fal", "mode": "api_key"}, merge=True)
    edits: list[Edit] = [profile] if has_key else []
    takes_newer_names = uses_media_models(runtime.config.effective)
    for kind, model in models.items():
        is_set = runtime.config.settings.model(kind).primary is not None
        if not is_set and (takes_newer_names or len(MODEL_PATHS[kind]) > 1):
            edits.append(Set((*runtime.config.model_path(kind), "primary"), model))
    # A read-only configuration is no obstacle to a second run, which changes nothing.
    if not plan_change(runtime.config, edits).is_empty:
        change_config(runtime.config, edits)
    return models


def _remove(runtime: Runtime, scope: ResetScope) -> list[str]:
    """Remove the files that ``scope`` names, and return them. Tasks stay: some may have paid results."""
    removed: list[str] = []
    if is_linked(runtime.environ, runtime.profile, runtime.paths.config_file):
        runtime.paths.config_file.unlink()  # OpenClaw still needs the file itself
        removed.append(str(runtime.paths.config_file))
    elif remove_config(runtime.paths.config_file, runtime.environ):
        removed.append(str(runtime.paths.config_file))
    if scope != "config" and forget_key(runtime.paths.key_file):
        removed.append(str(runtime.paths.key_file))
    if scope == "full":
        try:
            removed += map(str, CatalogCache(runtime.paths.catalog_file).remove())
            removed += map(str, SchemaCache(runtime.paths.schemas_dir).remove())
            removed += map(str, PriceCache(runtime.paths.prices_dir).remove())
        except OSError as error:  # the user still needs the key
            runtime.messages.warning(f"fal's list of models can't be removed: {error.strerror or error}")
    return removed
