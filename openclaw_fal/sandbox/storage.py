"""Getting a file to fal, in each of the ways that its clients know (fal-http.md §5)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from .authorization import refusal
from .error_replies import answer, failure
from .faults import Script, UnknownFaultError, calls_in_text
from .http_message import Reply, json_reply

if TYPE_CHECKING:
    from .http_message import Request
    from .state import State

_TOKEN_LASTS = timedelta(hours=1)
_NO_TOKEN = {"detail": "Invalid or missing upload token"}
_NOT_FOUND = {"detail": "Not found"}


@dataclass(frozen=True)
class Uploaded:
    """A file that is there."""

    data: bytes
    content_type: str


@dataclass
class Pending:
    """A file that was announced: who may send it, and what of it has come."""

    content_type: str
    token: str
    script: Script = field(default_factory=Script)
    parts: dict[int, bytes] = field(default_factory=dict)


def initiate(state: State, request: Request) -> Reply:
    """`POST /storage/upload/initiate` and `.../initiate-multipart`, of whichever storage type (§5.1, §5.3)."""
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
    struck = failure((state.injected, script), "upload")
    if struck:
        return struck
    path, token = _announce(state, name, content_type, script)
    origin = state.file_origin(request)
    hostile = state.injected.strikes("hostile-upload-url") or script.strikes("hostile-upload-url")
    upload_url = f"{state.hostile_url if hostile else origin}{path}?token={token}"
    return json_reply(200, {"file_url": f"{origin}{path}", "upload_url": upload_url})


def _announce(state: State, name: str, content_type: str, script: Script) -> tuple[str, str]:
    path = f"/files/b/{secrets.token_hex(4)}/{secrets.token_urlsafe(12)}_{quote(name, safe='')}"
    token = secrets.token_urlsafe(24)
    state.pending[path] = Pending(content_type, token, script)
    return path, token


def put(state: State, request: Request) -> Reply:
    """`PUT upload_url`: raw bytes, allowed by the URL alone; a Key here is written down as a violation (§5.1)."""
    pending = _announced(state, request, request.path)
    if isinstance(pending, Reply):
        return pending
    state.uploads[request.path] = Uploaded(request.body, request.headers.get("content-type", pending.content_type))
    return Reply(200)


def put_part(state: State, request: Request, path: str, number: str) -> Reply:
    """One part of the JavaScript client's multipart upload: the number stands before the query (§5.1)."""
    pending = _announced(state, request, path)
    if isinstance(pending, Reply):
        return pending
    pending.parts[int(number)] = request.body
    return json_reply(200, {"partNumber": int(number), "etag": _tag(request.body)})


def complete(state: State, request: Request, path: str) -> Reply:
    """`POST {path}/complete`: the parts become the file."""
    pending = _announced(state, request, path)
    return pending if isinstance(pending, Reply) else _assemble(state, request, path, pending)


def _announced(state: State, request: Request, path: str) -> Pending | Reply:
    """Find the upload whose URL carries the right token."""
    pending = state.pending.get(path)
    if not pending or request.first("token") != pending.token:
        return json_reply(403, _NO_TOKEN)
    return failure((state.injected, pending.script), "put") or pending


def token(state: State, request: Request) -> Reply:
    """`POST /storage/auth/token`: a token for the CDN, which the Python client sends in place of the key (§5.2)."""
    refused = refusal(request, state.key, spends=True)
    if refused:
        return refused
    struck = failure((state.injected,), "upload")
    if struck:
        return struck
    made = secrets.token_urlsafe(24)
    state.tokens.add(made)
    origin = state.file_origin(request)
    return json_reply(
        200,
        {
            "token": made,
            "token_type": "Bearer",
            "base_url": origin,
            "expires_at": (datetime.now(UTC) + _TOKEN_LASTS).isoformat(timespec="seconds"),
        },
    )


def jwt(state: State, request: Request) -> Reply:
    """`POST /tokens/`: a short-lived token for websockets, which the sandbox does not speak (§1.2)."""
    return refusal(request, state.key) or json_reply(200, f"sandbox.{secrets.token_urlsafe(24)}.token")


def single_shot(state: State, request: Request) -> Reply:
    """`POST /files/upload` with the CDN token (§5.2)."""
    refused = _token_refusal(state, request)
    if refused:
        return refused
    struck = failure((state.injected,), "put")
    if struck:
        return struck
    path, _ = _announce(state, _name(request), _type(request), Script())
    state.uploads[path] = Uploaded(request.body, _type(request))
    return json_reply(200, {"access_url": state.file_origin(request) + path})


def begin_parts(state: State, request: Request) -> Reply:
    """`POST /files/upload/multipart` (§5.2)."""
    refused = _token_refusal(state, request)
    if refused:
        return refused
    path, upload_id = _announce(state, _name(request), _type(request), Script())
    return json_reply(200, {"access_url": state.file_origin(request) + path, "uploadId": upload_id})


def token_part(state: State, request: Request, path: str, upload_id: str, number: str) -> Reply:
    """`PUT {access_url}/multipart/{uploadId}/{n}`: the reply's ETag header is what `complete` wants back."""
    pending = _begun(state, request, path, upload_id)
    if isinstance(pending, Reply):
        return pending
    pending.parts[int(number)] = request.body
    return Reply(200, headers={"etag": f'"{_tag(request.body)}"'})


def token_complete(state: State, request: Request, path: str, upload_id: str) -> Reply:
    """`POST {access_url}/multipart/{uploadId}/complete`."""
    pending = _begun(state, request, path, upload_id)
    return pending if isinstance(pending, Reply) else _assemble(state, request, path, pending)


def _begun(state: State, request: Request, path: str, upload_id: str) -> Pending | Reply:
    """Find the upload that a caller with the CDN's token has begun."""
    refused = _token_refusal(state, request)
    if refused:
        return refused
    pending = state.pending.get(path)
    if not pending or pending.token != upload_id:
        return json_reply(404, _NOT_FOUND)
    return failure((state.injected,), "put") or pending


def _assemble(state: State, request: Request, path: str, pending: Pending) -> Reply:
    """Put the parts together if the caller names each of them as it came; else say no."""
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
