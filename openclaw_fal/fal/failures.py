"""Turns fal's error replies, in all their shapes, into the program's errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import (
    AccountProblem,
    Incomplete,
    InputRefused,
    JobFailed,
    KeyProblem,
    NothingSent,
    OpenclawFalError,
)
from openclaw_fal.core.program import command, onboard_command
from openclaw_fal.core.secrets import redact
from openclaw_fal.core.text import printable
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from openclaw_fal.core.errors import ConfigError
    from openclaw_fal.fal.reply import Reply

BILLING = "https://fal.ai/dashboard/billing"
NOT_CHARGED = "Nothing was submitted, nothing was charged."
MAX_DETAIL = 1000  # characters
SERVER_SIDE_TYPES = frozenset(
    {"downstream_service_error", "downstream_service_unavailable", "generation_timeout", "internal_server_error"}
)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_PAGE = re.compile(r"\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE)
_MAX_DEPTH, _MAX_ENTRIES = 5, 20


def failure(reply: Reply, doing: str) -> OpenclawFalError:
    """Return the error for an unsuccessful reply.

    ``doing`` names the attempt for the message, such as ``"submitting to fal-ai/flux/dev"``.
    The HTTP status decides, because fal's texts differ between routes.
    """
    error = _by_status(reply, doing, detail_of(reply))
    error.http_status = reply.status
    error.request_id = reply.request_id
    # The flag has two names, and is a word or a number.
    flag = reply.headers.get("x-fal-retryable") or reply.headers.get("x-fal-needs-retry") or ""
    if flag.lower() in _FLAGS:
        error.retryable = _FLAGS[flag.lower()]
    return error


def no_answer(reply: Reply, *, is_final: bool = False) -> Unreachable:
    """Return the error for a reply that does not answer the request, with fal's explanation if it has one."""
    detail = detail_of(reply) if not reply.is_success else ""
    return Unreachable(f"{reply.problem}: {detail}" if detail else reply.problem, sent=True, is_final=is_final)


def unreadable(reply: Reply, endpoint: str) -> Incomplete:
    """Return the error for the result of a finished job that can't be read."""
    return Incomplete(
        f"{endpoint} has finished, but its result can't be read ({reply.problem}).",
        code="result_unreadable",
        request_id=reply.request_id,
        answer=reply.body,
    )


def nothing_sent(error: ConfigError) -> NothingSent:
    """Return the error for a request that a proxy or certificates that can't be used kept from being sent."""
    return NothingSent(f"{error.problem.rstrip('.')}.", consequence=NOT_CHARGED, hint=error.hint, code=error.code)


def _named(reply: Reply) -> str:
    """Name the key that was sent, by its source."""
    return f"the key from {reply.key.source}" if reply.key else "the key"


def _by_status(reply: Reply, doing: str, detail: str) -> OpenclawFalError:
    explanation = f": {detail}" if detail else ""
    kinds = error_types(reply)
    match reply.status:
        case 401:
            return KeyProblem(
                f"fal refused {_named(reply)} while {doing}{explanation}",
                hint=reply.key.replacement_hint if reply.key else f"Store a working key: {onboard_command()}",
            )
        case 402 | 403 if reply.status == 402 or _is_account_text(detail):
            return _account_problem(detail)
        case 403:
            return KeyProblem(
                f"fal denied {_named(reply)} access while {doing}{explanation}",
                code="access_denied",
                hint="Check the key's scope and the model's access at https://fal.ai/dashboard/keys",
            )
        case 404:
            return InputRefused(
                f"fal found no such model or request while {doing}{explanation}",
                code="model_not_found",
                hint=f"List the models: {command('models list --provider fal')}",
            )
        case 413:
            return InputRefused(
                f"The request is too large for fal{explanation or ' (HTTP 413)'}",
                hint="Give smaller files, or fewer.",
            )
        case 429:
            return AccountProblem(
                f"fal received too many requests ({doing}){explanation}",
                code="rate_limited",
                hint="Wait a while and run the same command again, or use --queue.",
                retryable=True,
            )
        case 499:
            return JobFailed(f"The job was canceled{explanation}", code="cancelled")
        case 504:
            return JobFailed(f"fal gave up on the job{explanation}", code="timed_out", retryable=True)
        case status if status >= 500 or kinds & SERVER_SIDE_TYPES:
            return JobFailed(
                f"fal failed while {doing} (HTTP {reply.status}){explanation}", code="server_error", retryable=True
            )
        case _:
            return _refusal(kinds, detail, reply.status)


def _refusal(kinds: set[str], detail: str, status: int) -> InputRefused:
    reason = detail or f"HTTP {status}"
    if "content_policy_violation" in kinds:
        return InputRefused(
            f"fal's content policy refused this input: {reason}",
            code="content_policy",
            hint="Change the prompt or the reference; the same input is likely to be refused again.",
        )
    return InputRefused(
        f"fal refused the input: {reason}",
        hint="Change the input that is named above; the same one is likely to be refused again."
        if detail
        else "fal gave no reason; the same input is likely to be refused again.",
    )


def _is_account_text(detail: str) -> bool:
    """Return whether a 403 is about the account. A missing permission is a 403 too."""
    lowered = detail.lower()
    return any(word in lowered for word in ("locked", "balance", "budget", "payment", "archived"))


def _account_problem(detail: str) -> AccountProblem:
    if "balance" in detail.lower():
        return AccountProblem(
            f"Your fal account is locked because its balance is used up: {detail}",
            code="balance_exhausted",
            hint=f"Top up at {BILLING}; the lock may last for up to an hour after that.",
        )
    return AccountProblem(
        f"Your fal account is locked: {detail}",
        hint=f"See {BILLING}; another key of the same account won't help.",
    )


def detail_of(reply: Reply) -> str:
    """Return fal's explanation as one line that is safe to print, empty if there is none."""
    body = reply.json
    if isinstance(body, dict):
        error = body.get("error")
        detail = body.get("detail") or (error.get("message") if isinstance(error, dict) else error)
        detail = detail or body.get("status")
        return printable(redact(_sentence(detail)), limit=MAX_DETAIL) if detail else ""
    text = printable(redact(reply.body[: MAX_DETAIL * 4].decode("utf-8", "replace")), limit=MAX_DETAIL)
    return "" if _PAGE.match(text) else text


def _sentence(detail: Any, depth: int = 0) -> str:
    if depth > _MAX_DEPTH:
        return "…"
    if isinstance(detail, list):
        return "; ".join(_sentence(entry, depth + 1) for entry in detail[:_MAX_ENTRIES])
    if isinstance(detail, dict):
        return _entry(detail, depth)
    return str(detail)


def _entry(entry: dict[str, Any], depth: int) -> str:
    """Return one entry of a list of details: the input, the message and the allowed values."""
    given = entry.get("loc")
    path = ".".join(str(step) for step in given if step != "body") if isinstance(given, list) else ""
    text = entry.get("msg") or entry.get("message") or entry.get("detail") or entry.get("type") or [*entry.values()]
    message = _sentence(text, depth + 1)
    context = entry.get("ctx")
    allowed = _sentence(context.get("expected") or "", depth + 1) if isinstance(context, dict) else ""
    text = f"{path}: {message}" if path else message
    return f"{text} (expected: {allowed})" if allowed and allowed not in text else text


def error_types(reply: Reply) -> set[str]:
    """Return the error types in the reply: of the header, of ``error_type`` and of each detail."""
    types: list[Any] = [reply.headers.get("x-fal-error-type")]
    if isinstance(reply.json, dict):
        detail = reply.json.get("detail")
        types.append(reply.json.get("error_type"))
        types += [entry.get("type") for entry in detail if isinstance(entry, dict)] if isinstance(detail, list) else []
    return {kind for kind in types if isinstance(kind, str) and kind}
