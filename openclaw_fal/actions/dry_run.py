"""``--dry-run``: the request that would be sent, and what it will cost. Only the price is asked for."""

from __future__ import annotations

import json
import shlex
from contextlib import closing
from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.cost_limit import check_limit
from openclaw_fal.actions.generation import Options, Prepared, notes_of
from openclaw_fal.actions.output_place import output_of
from openclaw_fal.actions.planning import plans
from openclaw_fal.actions.pricing import estimates
from openclaw_fal.actions.references import References, inline_url, needs_upload
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import kept
from openclaw_fal.core.secrets import redact
from openclaw_fal.core.text import size_text
from openclaw_fal.fal.submission import QUEUE_HEADERS, endpoint_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.actions.references import LoadedReference
    from openclaw_fal.core.costs import Estimate
    from openclaw_fal.core.requests import Request
    from openclaw_fal.core.results import Attempt, Normalized
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime

# A shell passes no longer argument on, so a longer body goes through standard input.
MAX_ARGUMENT = 100_000  # bytes
_KEY_HEADER = "Authorization: Key $FAL_KEY"


class Upload(Record):
    """A reference that would be uploaded first; ``size`` is in bytes."""

    name: str
    size: int
    mime_type: str | None

    @property
    def placeholder(self) -> str:
        """What stands in the body for the URL that only the upload gives."""
        return f"<URL of {self.name}>"


class DryRun(Record):
    """A request that is not sent. ``headers`` are without the key; ``skipped`` are models that can't take it."""

    capability: str
    model: str
    url: str
    headers: dict[str, str]
    body: dict[str, Any]
    ignored: dict[str, Any]
    normalization: dict[str, Normalized]
    uploads: tuple[Upload, ...]
    estimate: Estimate
    skipped: tuple[Attempt, ...] = ()
    fallbacks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def shown_body(self) -> Any:
        """The body with media shortened, and without passwords and signatures in URLs."""
        return redact(kept(self.body))

    def pairs(self) -> list[tuple[str, str]]:
        """Return names and texts for people."""
        changed = [f"{name} {value.requested} as {value.applied}" for name, value in self.normalization.items()]
        return [
            ("request", f"POST {self.url}"),
            ("cost", self.estimate.text),
            *(("adjusted", text) for text in changed),
            *(("not sent", f"{name} {value}") for name, value in self.ignored.items()),
            *(("upload", f"{each.name} ({size_text(each.size)})") for each in self.uploads),
            *(("skipped", f"{each.name}: {each.error}") for each in self.skipped),
            *(("fallback", model) for model in self.fallbacks),
            *(("note", note) for note in self.notes),
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "ok": True,
            "dryRun": True,
            "capability": self.capability,
            "provider": "fal",
            "model": self.model,
            "method": "POST",
            "url": self.url,
            "headers": self.headers,
            "body": self.shown_body,
            "uploads": [{"name": each.name, "size": each.size, "mimeType": each.mime_type} for each in self.uploads],
            "ignoredOverrides": [{"key": key, "value": value} for key, value in self.ignored.items()],
            "normalization": {
                key: {"requested": value.requested, "applied": value.applied}
                for key, value in self.normalization.items()
            },
            "attempts": [each.as_json() for each in self.skipped],
            "fallbacks": list(self.fallbacks),
            "notes": list(self.notes),
            "estimate": self.estimate.as_json(),
        }

    def as_curl(self) -> str:
        """Return a command line that sends the request; a shell puts the key in."""
        lines = [
            f"curl --request POST {shlex.quote(self.url)}",
            f'--header "{_KEY_HEADER}"',
            *(f"--header {shlex.quote(f'{name}: {value}')}" for name, value in self.headers.items()),
        ]
        body = json.dumps(self.body, ensure_ascii=False)
        if len(body.encode()) <= MAX_ARGUMENT:
            return " \\\n  ".join([*lines, f"--data {shlex.quote(body)}"])
        return " \\\n  ".join([*lines, f"--data-binary @- <<'BODY'\n{body}\nBODY"])


def dry_run(runtime: Runtime, request: Request, options: Options, *, fetches_price: bool = True) -> DryRun:
    """Return what a generation would send first. Everything that can be wrong with it is raised, as by `generate`."""
    planned, skipped = plans(runtime, request, is_checked=options.is_checked, output=options.output)
    output_of(runtime, request, options, planned)
    deadline = runtime.deadline(KIND_ROWS[request.kind].timeout_s)
    with closing(References(runtime, deadline, as_they_are=not options.is_checked)) as references:
        first, *others = [Prepared.make(each, request, references) for each in planned]
        body, uploads = _body(first.plan, first.media)
    (cost,) = estimates(runtime, [first.plan], may_ask=fetches_price)
    if options.limit:
        check_limit(options.limit, [first.plan], [cost])
    is_queued = options.is_queued(request)
    origins = runtime.fal.origins
    return DryRun(
        capability=request.capability,
        model=first.plan.endpoint,
        url=endpoint_url(origins.queue if is_queued else origins.run, first.plan.endpoint),
        headers={"Content-Type": "application/json"} | (QUEUE_HEADERS if is_queued else {}),
        body=body,
        ignored=first.plan.ignored,
        normalization=first.plan.normalization,
        uploads=uploads,
        estimate=cost,
        skipped=tuple(each.attempt for each in skipped),
        fallbacks=tuple(each.plan.endpoint for each in others),
        notes=tuple(note.message.partition("\n")[0] for note in notes_of([first])),
    )


def _body(plan: Plan, media: Sequence[LoadedReference]) -> tuple[dict[str, Any], tuple[Upload, ...]]:
    """Return the whole body, and the files whose URLs it lacks."""
    uploads: dict[str, Upload] = {}
    urls = []
    for medium in media:
        if medium.url:
            urls.append(medium.url)
        elif needs_upload(medium):
            upload = uploads.setdefault(medium.identity, Upload(medium.name, medium.size or 0, medium.mime_type))
            urls.append(upload.placeholder)
        else:
            urls.append(inline_url(medium))
    return plan.with_references(urls), tuple(uploads.values())
