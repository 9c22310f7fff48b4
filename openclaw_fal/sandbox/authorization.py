"""Checks keys. Keys whose id, before the colon, starts with bad, locked or noscope are refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .connection import json_reply
from .error_replies import LOCKED, NO_SCOPE, UNKNOWN_KEY

if TYPE_CHECKING:
    from .connection import Reply, Request

_KEY = re.compile(r"[^\s:]+:[^\s:]+")
_BEARER = {"detail": "Could not decode the bearer token: unknown issuer"}
_KEY_REQUIRED = "Authentication is required."


def refusal(request: Request, only_key: str | None, *, app: str = "", spends: bool = False) -> Reply | None:
    """Return the reply that refuses a key; None if the key is accepted.

    `app` is the application of a model call, which its 401 names. `spends` marks routes that cost money: a locked
    account and a key without the scope are refused there. Hosts that are not fal's accept anything.
    """
    if request.role.is_foreign:
        return None
    scheme, _, key = request.authorization.partition(" ")
    if scheme.lower() == "bearer":
        return json_reply(401, _BEARER)
    if scheme.lower() != "key" or not _is_valid(key, only_key):
        named = f'Cannot access application "{app}". Authentication is required to access this application.'
        return json_reply(401, {"detail": named} if app else UNKNOWN_KEY)
    if spends and key.startswith("locked"):
        return json_reply(403, LOCKED)
    if spends and key.startswith("noscope"):
        return json_reply(403, NO_SCOPE)
    return None


def platform_refusal(request: Request, only_key: str | None, *, needed: bool) -> Reply | None:
    """Return the reply that refuses a key for the Platform API, some of whose routes need none."""
    if not request.authorization and not needed:
        return None
    scheme, _, key = request.authorization.partition(" ")
    if scheme.lower() == "key" and _is_valid(key, only_key):
        return None
    return platform_error(401, "authorization_error", _KEY_REQUIRED)


def platform_error(status: int, kind: str, message: str) -> Reply:
    """Make an error of the Platform API's own shape."""
    return json_reply(status, {"error": {"type": kind, "message": message}})


def _is_valid(key: str, only_key: str | None) -> bool:
    if only_key is not None:
        return key == only_key
    return _KEY.fullmatch(key) is not None and not key.startswith("bad")
