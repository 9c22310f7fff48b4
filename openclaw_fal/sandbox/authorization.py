"""Who may come in: fal-http.md §1.2 and §4.4. The id of a key, before its colon, can script a refusal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .error_replies import LOCKED, UNKNOWN_KEY
from .http_message import json_reply

if TYPE_CHECKING:
    from .http_message import Reply, Request

_KEY = re.compile(r"[^\s:]+:[^\s:]+")
_NO_SCOPE = {"detail": "This key may not be used for this endpoint."}
_BEARER = {"detail": "Could not decode the bearer token: unknown issuer"}
_NOT_FOR_A_PLATFORM = "Authentication is required."


def refusal(request: Request, only_key: str | None, *, app: str = "", spends: bool = False) -> Reply | None:
    """Give the reply to a key that may not do this, None for one that may.

    `app` is the application of a model call, whose 401 names it; `spends` is for routes that cost money, which a
    locked account or a key without the scope is kept from. Origins that are not fal's take anything: they are watched.
    """
    if request.role.elsewhere:
        return None
    scheme, _, key = request.authorization.partition(" ")
    if scheme.lower() == "bearer":
        return json_reply(401, _BEARER)
    if scheme.lower() != "key" or not _good(key, only_key):
        named = f'Cannot access application "{app}". Authentication is required to access this application.'
        return json_reply(401, {"detail": named} if app else UNKNOWN_KEY)
    if spends and key.startswith("locked"):
        return json_reply(403, LOCKED)
    if spends and key.startswith("noscope"):
        return json_reply(403, _NO_SCOPE)
    return None


def platform_refusal(request: Request, only_key: str | None, *, needed: bool) -> Reply | None:
    """Do the same for the Platform API, which has its own shape of error and lets some in without a key (§6)."""
    if not request.authorization and not needed:
        return None
    scheme, _, key = request.authorization.partition(" ")
    if scheme.lower() == "key" and _good(key, only_key):
        return None
    return platform_error(401, "authorization_error", _NOT_FOR_A_PLATFORM)


def platform_error(status: int, kind: str, message: str) -> Reply:
    """Shape E of fal-http.md §4.1."""
    return json_reply(status, {"error": {"type": kind, "message": message}})


def _good(key: str, only_key: str | None) -> bool:
    if only_key is not None:
        return key == only_key
    return _KEY.fullmatch(key) is not None and not key.startswith("bad")
