"""`onboard`: check a key, store it, set the default image model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from openclaw_fal.actions.models import PROBE_TIMEOUT_S, drained
from openclaw_fal.core.catalog import DEFAULT_IMAGE_MODEL, model_ref
from openclaw_fal.core.errors import KeyProblem, NothingSubmitted
from openclaw_fal.fal.http import Unreachable
from openclaw_fal.fal.platform import check_key
from openclaw_fal.store.config_edits import Edit, Set, change_config, remove_config
from openclaw_fal.store.keys import PROFILE, forget_key, mask, store_key, store_key_reference

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime

ResetScope = Literal["config", "config+creds+sessions", "full"]
RESET_SCOPES: tuple[ResetScope, ...] = ("config", "config+creds+sessions", "full")
CHECK_SKIP_HINT = "To store it unchecked: add --skip-health"


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What was set up. The key is masked; ``stored`` is where it is kept, or which variable holds it."""

    key_masked: str
    stored: str
    checked: bool
    config_path: str
    image_model: str


def onboard(runtime: Runtime, key: str, *, variable: str | None, check: bool) -> Onboarded:
    """Check the key with fal (free of charge), store it or a reference to ``variable``, and set what is not set yet.

    Raises `KeyProblem` when fal refuses the key and `NothingSubmitted` when fal can't be asked: nothing is stored then.
    """
    if check:
        _check(runtime, key)
    if variable:
        store_key_reference(runtime.paths.key_file, variable)
    else:
        store_key(runtime.paths.key_file, key)
    edits: list[Edit] = [Set(("auth", "profiles", PROFILE), {"provider": "fal", "mode": "api_key"}, merge=True)]
    image_model = runtime.config.settings.image.primary
    if not image_model:
        image_model = model_ref(DEFAULT_IMAGE_MODEL)
        edits.append(Set((*runtime.config.model_path("image"), "primary"), image_model))
    change_config(runtime.config, edits)
    return Onboarded(
        key_masked=mask(key),
        stored=f"environment variable {variable}" if variable else str(runtime.paths.key_file),
        checked=check,
        config_path=str(runtime.paths.config_file),
        image_model=image_model,
    )


def _check(runtime: Runtime, key: str) -> None:
    client = runtime.client(lambda: key)
    try:
        drained(check_key(client, runtime.clock.deadline(PROBE_TIMEOUT_S)))
    except KeyProblem as error:
        error.hint = f"Nothing was stored. Copy the key anew from https://fal.ai/dashboard/keys. {CHECK_SKIP_HINT}"
        raise
    except Unreachable as problem:
        raise NothingSubmitted(
            f"The key can't be checked: fal can't be reached ({problem.reason}). Nothing was stored.",
            code="unreachable",
            hint=CHECK_SKIP_HINT,
        ) from problem
    finally:
        client.close()


def reset(runtime: Runtime, scope: ResetScope) -> list[str]:
    """Start over, as far as ``scope`` says, and return what was removed. Tasks stay: some may hold paid results."""
    removed: list[str] = []
    if remove_config(runtime.paths.config_file, runtime.environ):
        removed.append(f"{runtime.paths.config_file} (kept as {runtime.paths.config_backup.name})")
    if scope != "config" and forget_key(runtime.paths.key_file):
        removed.append(str(runtime.paths.key_file))
    if scope == "full" and runtime.paths.catalogue_file.exists():
        runtime.paths.catalogue_file.unlink()
        removed.append(str(runtime.paths.catalogue_file))
    return removed
