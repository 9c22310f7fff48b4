"""The record of all requests: what was accepted, where the key went, and what no client should do."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .http_message import Json, Request, Role


_MAX_KEPT_BODY = 1 << 20  # bytes


@dataclass(frozen=True)
class Seen:
    """One request. `scheme` is that of its Authorization header, empty without one.

    `body` is empty if it is longer than a JSON body is likely to be.
    """

    route: str
    method: str
    path: str
    query: str
    host: str
    role: Role
    scheme: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    at: float


@dataclass(frozen=True)
class Submission:
    """One accepted submission, which would have cost money.

    `unknown_inputs` are names that the endpoint has no input for, such as `image_size.depth`; fal ignores those.
    """

    request_id: str
    endpoint: str
    body: Json
    queued: bool
    headers: Mapping[str, str]
    at: float
    unknown_inputs: tuple[str, ...] = ()

    def report(self) -> Json:
        body = json.dumps(self.body, sort_keys=True).encode()
        return {
            "request_id": self.request_id,
            "endpoint": self.endpoint,
            "route": "queue" if self.queued else "run",
            "sha256": hashlib.sha256(body).hexdigest(),
            "body": without_data(self.body),
            "unknown_inputs": list(self.unknown_inputs),
        }


@dataclass
class Ledger:
    """Everything since the last reset."""

    requests: list[Seen] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def note(self, request: Request, route: str, status: int, at: float) -> None:
        """Record one request, with what was wrong about it."""
        scheme = request.authorization.partition(" ")[0]
        seen = Seen(
            route=route,
            method=request.method,
            path=request.path,
            query=request.query_string,
            host=request.host,
            role=request.role,
            scheme=scheme,
            headers=request.headers,
            body=request.body if len(request.body) <= _MAX_KEPT_BODY else b"",
            status=status,
            at=at,
        )
        wrong = _violation(seen)
        with self._lock:
            self.requests.append(seen)
            if wrong:
                self.violations.append(wrong)

    def accept(self, submission: Submission) -> None:
        with self._lock:
            self.submissions.append(submission)

    def reset(self) -> None:
        with self._lock:
            self.requests.clear()
            self.submissions.clear()
            self.violations.clear()

    def report(self) -> Json:
        """Return what `GET /sandbox/ledger` answers."""
        with self._lock:
            requests, submissions, violations = [*self.requests], [*self.submissions], [*self.violations]
        keys = Counter(seen.host for seen in requests if seen.scheme.lower() == "key")
        return {
            "accepted": len(submissions),
            "submissions": [submission.report() for submission in submissions],
            "requests": len(requests),
            "routes": dict(Counter(seen.route for seen in requests)),
            "keys": dict(keys),
            "violations": violations,
        }


def without_data(value: Any) -> Any:
    """Return the same JSON with the contents of data: URIs left out."""
    if isinstance(value, dict):
        return {name: without_data(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_data(item) for item in value]
    if isinstance(value, str) and value.startswith("data:"):
        return f"{value.partition(',')[0]},... ({len(value)} characters)"
    return value


def _violation(seen: Seen) -> str:
    """Describe what is wrong: a key may go to fal's own services and nowhere else."""
    if seen.scheme.lower() != "key":
        return ""
    if seen.role.is_foreign:
        return f"the key was sent to another origin: {seen.method} {seen.path}"
    if seen.route in {"put", "download"}:
        return f"the key was sent to the CDN: {seen.method} {seen.path}"
    return ""
