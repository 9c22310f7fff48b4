"""What a finished job answers: the status code, headers and body of the model's own reply, or of fal's failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .artifacts import plans
from .error_replies import infra
from .http_message import Reply, json_reply
from .prices import billed_units
from .result_body import result_body

if TYPE_CHECKING:
    from .http_message import Json
    from .jobs import Job
    from .state import State

_CANCELLED = "Request cancelled by the client."
_ESCAPES = "\x1b[2J\x1b[31mThis prompt\x1b[0m [bold]is[/bold]\r not\x07 allowed \x9b1m\u202e."


def error_fields(job: Job) -> Json:
    """Return what a COMPLETED status carries after a failure of fal's own; nothing after one of the model's."""
    if job.cancelled_at is not None:
        return {"error": _CANCELLED, "error_type": "client_cancelled"}
    if job.timed_out:
        return {"error": "Request timed out", "error_type": "request_timeout"}
    if "completed-error" in job.script:
        return {"error": "Runner disconnected", "error_type": "runner_disconnected"}
    if "completed-error-string" in job.script:
        return {"error": "The runner died: out of memory"}
    if "completed-error-object" in job.script:
        return {"error": {"message": "The runner died: out of memory", "code": "runner_server_error"}}
    return {}


def job_reply(state: State, job: Job, origin: str) -> Reply:
    """Answer a GET of a finished job's result, or a synchronous run."""
    reply = _reply(state, job, origin)
    reply.headers.setdefault("x-fal-request-id", job.request_id)
    return reply


def _reply(state: State, job: Job, origin: str) -> Reply:
    if job.cancelled_at is not None:
        return infra(499, "client_cancelled", _CANCELLED)
    if job.timed_out:
        return infra(504, "request_timeout", "Request timed out", x_fal_request_timeout_type="user")
    if job.problems:
        return json_reply(422, {"detail": job.problems}, {"x-fal-billable-units": "0"})
    if "completed-error" in job.script:
        return infra(503, "runner_disconnected", "Runner disconnected")
    if "completed-error-string" in job.script or "completed-error-object" in job.script:
        return infra(500, "runner_server_error", "The runner died: out of memory")
    if "error-escape" in job.script:
        return json_reply(422, {"detail": [{"loc": ["body", "prompt"], "msg": _ESCAPES, "type": "value_error"}]})
    body = result_body(job, origin, state.hostile_url, state.private_url)
    return json_reply(200, body, {"x-fal-billable-units": billed_units(job, plans(job))})
