"""Uploads, in each of the ways that fal's clients know."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from .authorization import refusal
from .connection import Reply, json_reply
from .error_replies import NOT_FOUND, answer, failure
from .faults import Script, UnknownFaultError, calls_in_text

if TYPE_CHECKING:
    from .connection import Request
    from .state import State

_TOKEN_LIFETIME = timedelta(hours=1)
_NO_TOKEN = {"detail": "Invalid or missing upload token"}


@dataclass(frozen=True)
class Uploaded:
    """A complete file."""

    data: bytes
    content_type: str


@dataclass
class Pending:
    """An upload that was initiated: the token that allows sending it, and the parts so far."""

    content_type: str
    token: str
    script: Script = field(default_factory=Script)
    parts: dict[int, bytes] = field(default_factory=dict)


def initiate(state: State, request: Request) -> Reply:
    """Answer `POST /storage/upload/initiate` and `.../initiate-multipart`, for all storage types."""
    refused = refusal(request, state.key, spends=True)
    if refused:
        return refused
    try:
        asked = request.json()
        name, content_type = str(asked["file_name"]), str(asked["content_type"])
        script = Script(calls_in_text(name))
    except UnknownFaultError as error:
        return json_reply(400, {"detail": str(error)})
    except (ValueError, TypeError, KeyError) as error:
        return json_reply(422, {"detail": f"file_name and content_type are required: {error}"})
    fault = failure((state.injected, script), "upload")
    if fault:
        return fault
    path, token = _initiate(state, name, content_type, script)
    origin = state.file_origin(request)
    hostile = state.injected.triggers("hostile-upload-url") or script.triggers("hostile-upload-url")
    upload_url = f"{state.hostile_url if hostile else origin}{path}?token={token}"
    return json_reply(200, {"file_url": f"{origin}{path}", "upload_url": upload_url})


def _initiate(state: State, name: str, content_type: str, script: Script) -> tuple[str, str]:
    path = f"/files/b/{secrets.token_hex(4)}/{secrets.token_urlsafe(12)}_{quote(name, safe='')}"
    token = secrets.token_urlsafe(24)
    state.pending[path] = Pending(content_type, token, script)
    return path, token


def put(state: State, request: Request) -> Reply:
    """Answer `PUT upload_url` with raw bytes. The URL alone allows it; a key here is a violation."""
    pending = _initiated(state, request, request.path)
    if isinstance(pending, Reply):
        return pending
    state.uploads[request.path] = Uploaded(request.body, request.headers.get("content-type", pending.content_type))
    return Reply(200)


def put_part(state: State, request: Request, path: str, number: str) -> Reply:
    """Take one part of the JavaScript client's multipart upload; its number ends the path."""
    pending = _initiated(state, request, path)
    if isinstance(pending, Reply):
        return pending
    pending.parts[int(number)] = request.body
    return json_reply(200, {"partNumber": int(number), "etag": _tag(request.body)})


def complete(state: State, request: Request, path: str) -> Reply:
    """Answer `POST {path}/complete`: the parts become the file."""
    pending = _initiated(state, request, path)
    return pending if isinstance(pending, Reply) else _assemble(state, request, path, pending)


def _initiated(state: State, request: Request, path: str) -> Pending | Reply:
    """Find the upload whose URL carries the right token."""
    pending = state.pending.get(path)
    if not pending or request.first("token") != pending.token:
        return json_reply(403, _NO_TOKEN)
    return failure((state.injected, pending.script), "put") or pending


def token(state: State, request: Request) -> Reply:
    """Answer `POST /storage/auth/token` with a token, which the Python client sends to the CDN instead of the key."""
    refused = refusal(request, state.key, spends=True)
    if refused:
        return refused
    fault = failure((state.injected,), "upload")
    if fault:
        return fault
    made = secrets.token_urlsafe(24)
    state.tokens.add(made)
    origin = state.file_origin(request)
    return json_reply(
        200,
        {
            "token": made,
            "token_type": "Bearer",
            "base_url": origin,
            "expires_at": (datetime.now(UTC) + _TOKEN_LIFETIME).isoformat(timespec="seconds"),
        },
    )


def jwt(state: State, request: Request) -> Reply:
    """Answer `POST /tokens/` with a token for websockets, which the sandbox does not have."""
    return refusal(request, state.key) or json_reply(200, f"sandbox.{secrets.token_urlsafe(24)}.token")


def single_shot(state: State, request: Request) -> Reply:
    """Answer `POST /files/upload` with the CDN token."""
    refused = _token_refusal(state, request)
    if refused:
        return refused
    fault = failure((state.injected,), "put")
    if fault:
        return fault
    path, _ = _initiate(state, _name(request), _type(request), Script())
    state.uploads[path] = Uploaded(request.body, _type(request))
    return json_reply(200, {"access_url": state.file_origin(request) + path})


def begin_parts(state: State, request: Request) -> Reply:
    """Answer `POST /files/upload/multipart` with the CDN token."""
    refused = _token_refusal(state, request)
    if refused:
        return refused
    path, upload_id = _initiate(state, _name(request), _type(request), Script())
    return json_reply(200, {"access_url": state.file_origin(request) + path, "uploadId": upload_id})


def token_part(state: State, request: Request, path: str, upload_id: str, number: str) -> Reply:
    """Answer `PUT {access_url}/multipart/{uploadId}/{n}`; `complete` expects the reply's ETag."""
    pending = _started(state, request, path, upload_id)
    if isinstance(pending, Reply):
        return pending
    pending.parts[int(number)] = request.body
    return Reply(200, headers={"etag": f'"{_tag(request.body)}"'})


def token_complete(state: State, request: Request, path: str, upload_id: str) -> Reply:
    """Answer `POST {access_url}/multipart/{uploadId}/complete`."""
    pending = _started(state, request, path, upload_id)
    return pending if isinstance(pending, Reply) else _assemble(state, request, path, pending)


def _started(state: State, request: Request, path: str, upload_id: str) -> Pending | Reply:
    """Find a multipart upload that was started with the CDN token."""
    refused = _token_refusal(state, request)
    if refused:
        return refused
    pending = state.pending.get(path)
    if not pending or pending.token != upload_id:
        return json_reply(404, NOT_FOUND)
    return failure((state.injected,), "put") or pending


def _assemble(state: State, request: Request, path: str, pending: Pending) -> Reply:
    """Join the parts if the caller lists each of them with its tag."""
    try:
        named = {int(part["partNumber"]): str(part["etag"]).strip('"') for part in request.json()["parts"]}
    except (ValueError, TypeError, KeyError):
        return answer("422-string")
    if named != {number: _tag(data) for number, data in pending.parts.items()}:
        return json_reply(400, {"detail": "The parts are not those that were sent"})
    data = b"".join(pending.parts[number] for number in sorted(pending.parts))
    state.uploads[path] = Uploaded(data, pending.content_type)
    return json_reply(200, {})


def _token_refusal(state: State, request: Request) -> Reply | None:
    scheme, _, made = request.authorization.partition(" ")
    return None if scheme.lower() == "bearer" and made in state.tokens else json_reply(401, _NO_TOKEN)


def _tag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _name(request: Request) -> str:
    return request.headers.get("x-fal-file-name", "upload.bin")


def _type(request: Request) -> str:
    return request.headers.get("content-type", "application/octet-stream")
