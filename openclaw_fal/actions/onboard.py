"""`onboard`: check a key, store it, set the default image model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openclaw_fal.actions.models import NoAnswer, ask_about_key
from openclaw_fal.config.edits import Edit, Set, change_config, plan_change, remove_config
from openclaw_fal.config.file import Config, is_read_only
from openclaw_fal.config.key import (
    PROFILE,
    FoundKey,
    check_sendable,
    find_key,
    forget_key,
    mask,
    store_key,
    store_key_reference,
)
from openclaw_fal.config.settings import Settings
from openclaw_fal.core.errors import KeyProblem, NothingSent
from openclaw_fal.models.catalog import DEFAULT_IMAGE_MODEL, model_ref
from openclaw_fal.store.catalog_cache import Catalog

if TYPE_CHECKING:
    from openclaw_fal.core.requests import ResetScope
    from openclaw_fal.runtime import Runtime

CHECK_SKIP_HINT = "To store it unchecked: add --skip-health"


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What was set up. The key is masked; ``stored`` is where it is kept, or which variable holds it.

    Under --sandbox nothing is stored: ``None``. ``removed`` names the files that starting over has removed.
    """

    key_masked: str
    stored: str | None
    checked: bool
    config_path: str
    image_model: str
    removed: tuple[str, ...] = ()


def forget_config(runtime: Runtime) -> None:
    """Go on as if there were no configuration: one that is broken must not keep anybody from starting over.

    The file itself is removed by `onboard`, once the new key is known to be good.
    """
    runtime.config = Config(runtime.paths.config_file, is_read_only=is_read_only(runtime.environ))


def known_key(runtime: Runtime, reset: ResetScope | None) -> FoundKey | None:
    """Return the key that is set up already and stays so. Raises as `find_key`."""
    if reset in (None, "config"):
        return runtime.key
    return find_key(runtime.environ, None, Settings(), runtime.messages.warning)


def onboard(runtime: Runtime, key: str, *, variable: str | None, check: bool, reset: ResetScope | None) -> Onboarded:
    """Check the key with fal (free of charge), store it or a reference to ``variable``, and set what is not set yet.

    With ``reset``, what is set up is removed first, but not before the key has been checked. Raises `KeyProblem`
    when fal refuses the key and `NothingSent` when fal can't be asked: nothing is stored or removed then.
    Nor is it with the private sandbox: what it takes for a key must not replace one that fal takes.
    """
    check_sendable(key, "The key")
    if check:
        _check(runtime, key)
    if runtime.sandbox_wanted:
        image_model = runtime.config.settings.model("image").primary or model_ref(DEFAULT_IMAGE_MODEL)
        return Onboarded(mask(key), None, check, str(runtime.paths.config_file), image_model)
    removed = _remove(runtime, reset) if reset else []
    image_model = _configure(runtime)
    if variable:
        store_key_reference(runtime.paths.key_file, variable)
    else:
        store_key(runtime.paths.key_file, key)
    return Onboarded(
        key_masked=mask(key),
        stored=f"environment variable {variable}" if variable else str(runtime.paths.key_file),
        checked=check,
        config_path=str(runtime.paths.config_file),
        image_model=image_model,
        removed=tuple(removed),
    )


def _check(runtime: Runtime, key: str) -> None:
    client = runtime.client(lambda: key)
    try:
        ask_about_key(runtime, client)
    except KeyProblem as error:
        error.hint = f"Nothing was stored. Copy the key anew from https://fal.ai/dashboard/keys. {CHECK_SKIP_HINT}"
        raise
    except NoAnswer as problem:
        raise NothingSent(
            f"The key can't be checked: fal can't be reached ({problem}). Nothing was stored.",
            code="unreachable",
            hint=CHECK_SKIP_HINT,
        ) from problem
    finally:
        client.close()


def _configure(runtime: Runtime) -> str:
    """Name the account in the configuration, set the default image model if none is, and return that model."""
    edits: list[Edit] = [Set(("auth", "profiles", PROFILE), {"provider": "fal", "mode": "api_key"}, merge=True)]
    image_model = runtime.config.settings.model("image").primary
    if not image_model:
        image_model = model_ref(DEFAULT_IMAGE_MODEL)
        edits.append(Set((*runtime.config.model_path("image"), "primary"), image_model))
    # A configuration that may not be changed is none the worse for a second run, which has nothing to change.
    if not plan_change(runtime.config, edits).is_empty:
        change_config(runtime.config, edits)
    return image_model


def _remove(runtime: Runtime, scope: ResetScope) -> list[str]:
    """Start over, as far as ``scope`` says, and return what was removed. Tasks stay: some may hold paid results."""
    removed: list[str] = []
    if remove_config(runtime.paths.config_file, runtime.environ):
        removed.append(str(runtime.paths.config_file))
    if scope != "config" and forget_key(runtime.paths.key_file):
        removed.append(str(runtime.paths.key_file))
    if scope == "full":
        try:
            removed += map(str, Catalog(runtime.paths.catalog_file).remove())
        except OSError as error:  # no reason to leave the user without a key
            runtime.messages.warning(f"fal's list of models can't be removed: {error}")
    return removed
