"""What the sandbox keeps while it runs: jobs, uploads, injected faults, and the ledger of all requests."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING

from .error_replies import injectable
from .faults import Script, UnknownFaultError, resolve
from .jobs import Job, without_data

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .connection import Json, Request, Role
    from .storage import Pending, Uploaded

_FAL_HOST = re.compile(r"(?:[a-z0-9-]+\.)*(?:fal\.run|fal\.ai|fal\.media|falrun\.com)")
_CDN = "https://v3b.fal.media"
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEPT_FOR = 30 * 86400  # seconds, as long as fal keeps payloads
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


@dataclass
class State:
    """What all listeners share."""

    clock: Callable[[], float]
    speed: float
    key: str | None
    state_dir: Path | None
    url: str = ""
    queue_url: str = ""
    hostile_url: str = ""
    private_url: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    injected: Script = field(default_factory=Script)
    stopping: Event = field(default_factory=Event)
    jobs: dict[str, Job] = field(default_factory=dict)
    uploads: dict[str, Uploaded] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    scripts: dict[str, Script] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def reset(self) -> None:
        """Forget everything, in memory and on disk."""
        with self.lock:
            self.ledger.reset()
            self.injected = Script()
            self.jobs.clear()
            self.uploads.clear()
            self.pending.clear()
            self.tokens.clear()
            self.scripts.clear()
        for path in self.state_dir.glob("*.json") if self.state_dir and os.path.isdir(self.state_dir) else ():
            path.unlink(missing_ok=True)

    def inject(self, call: str) -> None:
        """Let a fault hit the next request of its kind."""
        name, _ = resolve(call.partition("*")[0])
        if not injectable(name):
            raise UnknownFaultError(f"sandbox: {name} can't be injected; put it into a prompt")
        self.injected.add(call)

    def keep(self, job: Job) -> None:
        """Keep a job, also on disk if there is a folder for it."""
        self.jobs[job.request_id] = job
        if self.state_dir is None:
            return
        self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.state_dir / f"{job.request_id}.json"
        new = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(job.record(), file)
        new.replace(path)

    def find(self, request_id: str) -> Job | None:
        """Find a job of this sandbox, or of another one with the same folder."""
        job = self.jobs.get(request_id)
        if self.state_dir is None or not _REQUEST_ID.fullmatch(request_id):
            return job
        try:
            kept = Job.from_record((self.state_dir / f"{request_id}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return job
        with self.lock:
            job = self.jobs.setdefault(request_id, kept)
            # Another process with the same folder may have canceled it.
            job.cancelled_at = kept.cancelled_at
            return job

    def every_job(self) -> list[Job]:
        """Return all jobs of this sandbox and of others with the same folder, the oldest first."""
        kept = self.state_dir.glob("*.json") if self.state_dir and os.path.isdir(self.state_dir) else ()
        found = (self.find(path.stem) for path in kept)
        jobs = {job.request_id: job for job in found if job} | {**self.jobs}
        return sorted(jobs.values(), key=lambda job: (job.accepted_at, job.request_id))

    def forget_old(self) -> None:
        """Delete the records that fal would no longer have."""
        if self.state_dir is None or not os.path.isdir(self.state_dir):
            return
        for path in self.state_dir.glob("*.json"):
            if path.stat().st_mtime < self.clock() - _KEPT_FOR:
                path.unlink(missing_ok=True)

    def origin(self, request: Request) -> str:
        """Return the origin that the caller used, with which the queue's URLs in a reply begin."""
        if request.role.is_foreign or not request.host:
            return self.url
        return f"{request.scheme}://{request.host}"

    def file_origin(self, request: Request) -> str:
        """Return the origin of files: fal's CDN if the caller used fal's host names, else the main address."""
        name, _, port = request.host.rpartition(":") if ":" in request.host else (request.host, "", "")
        if _FAL_HOST.fullmatch(name):
            return _CDN
        own_port = self.url.rpartition(":")[2]
        return f"{request.scheme}://{name}:{own_port}" if port and not request.role.is_foreign else self.url


def _violation(seen: Seen) -> str:
    """Describe what is wrong: a key may go to fal's own services and nowhere else."""
    if seen.scheme.lower() != "key":
        return ""
    if seen.role.is_foreign:
        return f"the key was sent to another origin: {seen.method} {seen.path}"
    if seen.route in {"put", "download"}:
        return f"the key was sent to the CDN: {seen.method} {seen.path}"
    return ""
