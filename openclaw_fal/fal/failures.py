"""fal's many error shapes (``fal-http.md`` §4), told as one family of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import AccountProblem, InputRefused, JobFailed, KeyProblem, OpenclawFalError
from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    from openclaw_fal.fal.http import Reply

BILLING = "https://fal.ai/dashboard/billing"
ONBOARD = "openclaw-fal onboard --auth-choice fal-api-key"
SERVER_SIDE_TYPES = frozenset(
    {"downstream_service_error", "downstream_service_unavailable", "generation_timeout", "internal_server_error"}
)


def failure(reply: Reply, doing: str) -> OpenclawFalError:
    """Return the error that an unsuccessful reply stands for.

    ``doing`` names the attempt for the message, such as ``"submitting to fal-ai/flux/dev"``.
    The HTTP status decides, not the text: §10 shows that the texts differ between routes.
    """
    error = _by_status(reply, doing, detail_of(reply))
    error.http_status = reply.status
    error.request_id = reply.headers.get("x-fal-request-id")
    return error


def _by_status(reply: Reply, doing: str, detail: str) -> OpenclawFalError:
    told = f": {detail}" if detail else ""
    kinds = error_types(reply)
    match reply.status:
        case 401:
            return KeyProblem(
                f"fal refused the key while {doing}{told}",
                hint=f"Store a working key: {ONBOARD}",
            )
        case 402 | 403 if reply.status == 402 or _is_account_text(detail):
            return _account_problem(detail)
        case 403:
            return KeyProblem(
                f"fal does not let this key do that ({doing}){told}",
                code="access_denied",
                hint="Check the key's scope and the model's access at https://fal.ai/dashboard/keys",
            )
        case 404:
            return InputRefused(
                f"fal does not know what was asked for while {doing}{told}",
                code="model_not_found",
                hint="See which models there are: openclaw-fal models list --provider fal",
            )
        case 429:
            return AccountProblem(
                f"fal says: too many requests ({doing}){told}",
                code="rate_limited",
                hint="Wait a little and run the same command again, or use --queue.",
                retryable=True,
            )
        case 499:
            return JobFailed(f"The job was cancelled at fal{told}", code="cancelled")
        case 504:
            return JobFailed(f"fal gave up on the job{told}", code="timed_out", retryable=True)
        case status if status >= 500 or kinds & SERVER_SIDE_TYPES:
            return JobFailed(
                f"fal failed while {doing} (HTTP {reply.status}){told}", code="server_error", retryable=True
            )
        case _:
            return _refusal(kinds, detail or f"HTTP {reply.status}")


def _refusal(kinds: set[str], detail: str) -> InputRefused:
    if "content_policy_violation" in kinds:
        return InputRefused(
            f"fal's content policy refused this input: {detail}",
            code="content_policy",
            hint="Change the prompt or the reference; the same input will be refused again.",
        )
    return InputRefused(
        f"fal refused the input: {detail}",
        hint="Change what is named above; the same input will be refused again.",
    )


def _is_account_text(detail: str) -> bool:
    """Tell an account lock from a missing permission: both are 403 (``fal-http.md`` §4.4)."""
    lowered = detail.lower()
    return any(word in lowered for word in ("locked", "balance", "budget", "payment", "archived"))


def _account_problem(detail: str) -> AccountProblem:
    if "balance" in detail.lower():
        return AccountProblem(
            f"Your fal account is locked because its balance is used up. fal says: {detail}",
            code="balance_exhausted",
            hint=f"Top up at {BILLING}; the lock may last up to an hour after that.",
        )
    return AccountProblem(
        f"Your fal account is locked. fal says: {detail}",
        hint=f"See {BILLING}; another key of the same account will not help.",
    )


def detail_of(reply: Reply) -> str:
    """Return what fal says about it in one safe line; every shape of §4.1 is understood."""
    body = reply.json()
    if isinstance(body, dict):
        error = body.get("error")
        for told in (
            body.get("detail"),
            error.get("message") if isinstance(error, dict) else error,
            body.get("status"),
        ):
            if told:
                return printable(_sentence(told), limit=1000)
        return ""
    return "" if b"<html" in reply.body[:500].lower() else printable(reply.body[:1000].decode("utf-8", "replace"))


def _sentence(detail: Any) -> str:
    if isinstance(detail, list):
        return "; ".join(_sentence(entry) for entry in detail)
    if isinstance(detail, dict):
        path = [str(step) for step in detail.get("loc") or [] if step != "body"]
        message = str(detail.get("msg") or detail.get("message") or detail)
        allowed = (detail.get("ctx") or {}).get("expected") if isinstance(detail.get("ctx"), dict) else None
        told = f"{'.'.join(path)}: {message}" if path else message
        return f"{told} (expected: {allowed})" if allowed and str(allowed) not in told else told
    return str(detail)


def error_types(reply: Reply) -> set[str]:
    """Return every machine-readable type in the reply: header, ``error_type`` and those of a detail list."""
    types = {reply.headers.get("x-fal-error-type", "")}
    body = reply.json()
    if isinstance(body, dict):
        types.add(str(body.get("error_type") or ""))
        detail = body.get("detail")
        types |= (
            {str(entry.get("type", "")) for entry in detail or [] if isinstance(entry, dict)}
            if isinstance(detail, list)
            else set()
        )
    return types - {""}
