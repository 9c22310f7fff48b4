"""The faults that a caller can order, as data, and the script that counts them down for one job.

A fault is ordered by a marker in the prompt (`[fault:poll-502*3]`, also several), by an endpoint id
(`sandbox/fault/poll-502`, `sandbox/fault/image-submit-401`, joined with `+`), or for the next requests with
`Sandbox.inject`. `*n` says how often it happens; a trailing number (`slow-10`) is the fault's own number.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Fault(NamedTuple):
    """What a fault does, how often by default (None: every time), and the default of its number if it has one."""

    about: str
    times: int | None = None
    number: int | None = None


FAULTS: dict[str, Fault] = {
    # The submission, through the queue or the synchronous endpoint.
    "submit-401": Fault("the key is refused"),
    "submit-403-locked": Fault("the account is locked: exhausted balance"),
    "submit-403-scope": Fault("the key may not use this model"),
    "submit-404-app": Fault("no such application"),
    "submit-408": Fault("request timeout, nothing accepted", 1),
    "submit-422-list": Fault("refused at submit with a list of errors"),
    "submit-422-string": Fault("refused at submit with one sentence"),
    "submit-422-echo": Fault("refused at submit with a sentence that repeats the caller's key"),
    "submit-429": Fault("too many requests, no Retry-After", 1),
    "submit-429-after": Fault("too many requests, Retry-After in seconds", 1, 1),
    "submit-429-date": Fault("too many requests, Retry-After as an HTTP date a number of seconds away", 1, 1),
    "submit-429-far": Fault("too many requests, Retry-After a day away"),
    "submit-500": Fault("internal server error from fal", 1),
    "submit-502-nginx": Fault("bad gateway from the ingress: HTML, no x-fal-request-id", 1),
    "submit-503-ingress": Fault("unavailable, from the ingress", 1),
    "submit-503-fal": Fault("unavailable, from fal itself, with x-fal-request-id", 1),
    "submit-504-ingress": Fault("gateway timeout from the ingress", 1),
    "submit-504-user": Fault("the caller's own start timeout expired"),
    "submit-drop-before": Fault("connection reset, nothing accepted", 1),
    "submit-drop-after": Fault("accepted and counted, then the connection is reset without an answer", 1),
    "submit-stall": Fault("accepted and counted, never answered", 1),
    "submit-stall-before": Fault("neither accepted nor answered", 1),
    "submit-cut": Fault("accepted and counted, the answer is cut short", 1),
    "submit-garbage": Fault("accepted and counted, answered 200 with something that is not JSON", 1),
    "submit-empty": Fault("accepted and counted, answered 200 with nothing", 1),
    "submit-502-after": Fault("accepted and counted, answered with the ingress's 502 page", 1),
    "submit-no-urls": Fault("accepted, but the answer lacks the three URLs"),
    "submit-no-id": Fault("accepted, but the answer lacks the request id", 1),
    # The next read of the status, be it a poll or the opening of a stream.
    "poll-401": Fault("status: the key is refused"),
    "poll-403-locked": Fault("status: the account is locked"),
    "poll-404": Fault("status: the request is not known"),
    "poll-408": Fault("status: request timeout", 1),
    "poll-429": Fault("status: too many requests, no Retry-After", 1),
    "poll-429-after": Fault("status: too many requests, Retry-After in seconds", 1, 1),
    "poll-429-date": Fault("status: too many requests, Retry-After as an HTTP date", 1, 1),
    "poll-429-far": Fault("status: too many requests, Retry-After a day away"),
    "poll-500": Fault("status: internal server error", 1),
    "poll-502": Fault("status: bad gateway from the ingress", 1),
    "poll-503": Fault("status: unavailable", 1),
    "poll-504": Fault("status: gateway timeout", 1),
    "poll-reset": Fault("status: connection reset", 1),
    "poll-stall": Fault("status: never answered", 1),
    "poll-cut": Fault("status: the body is cut short under a larger Content-Length", 1),
    "poll-garbage": Fault("status: 200 with something that is not JSON", 1),
    "poll-empty": Fault("status: 200 with an empty body", 1),
    "poll-huge": Fault("status: JSON without end", 1),
    # The stream of statuses.
    "stream-404": Fault("there is no status stream"),
    "stream-405": Fault("the status stream may not be read"),
    "stream-silent": Fault("the stream opens and stays silent"),
    "stream-stall": Fault("the stream is never answered"),
    "stream-lies": Fault("the stream says COMPLETED at once though the job is not"),
    "stream-garbage": Fault("the stream's data is not JSON"),
    "stream-ends": Fault("the stream ends properly after its first event, every time"),
    "stream-cut": Fault("the stream is reset in the middle of its second event", 1),
    "stream-html": Fault("the stream answers 200 with an HTML page"),
    # The job itself.
    "slow": Fault("runs for a number of seconds", None, 60),
    "never": Fault("never finishes"),
    "flap": Fault("the status goes back to IN_QUEUE now and then while running"),
    "unknown-status": Fault("the status says PREPARING while running"),
    "status-200": Fault("the status code is 200 all the way, as in fal's OpenAPI"),
    "long-urls": Fault("the URLs carry the full endpoint id and /response, as on some pages of fal's documentation"),
    "log-escape": Fault("the logs hold terminal escape codes and markup"),
    "log-flood": Fault("a number of log lines come at once", None, 5000),
    # The end of the job.
    "completed-error": Fault("COMPLETED with error and error_type, the result answers 503"),
    "completed-error-string": Fault("COMPLETED with a plain error, the result answers 500"),
    "completed-error-object": Fault("COMPLETED with an error object, the result answers 500"),
    "result-422": Fault("the result is a 422 with a list of errors"),
    "result-422-string": Fault("the result is a 422 with one sentence"),
    "result-content-policy": Fault("the result is a content policy refusal"),
    "error-escape": Fault("the result is a 422 whose text holds terminal escape codes and markup"),
    "result-400-early-once": Fault("the result says that it is still in progress", 1),
    "result-401": Fault("the result is refused for the key"),
    "result-404": Fault("the result is not known"),
    "result-429-once": Fault("the result: too many requests", 1),
    "result-500": Fault("the result is an internal server error"),
    "result-500-once": Fault("the result is an internal server error", 1),
    "result-502-once": Fault("the result is a bad gateway page", 1),
    "result-503-once": Fault("the result is unavailable", 1),
    "result-504-user": Fault("the result: the caller's own start timeout expired"),
    "result-reset-once": Fault("the result's connection is reset", 1),
    "result-stall-once": Fault("the result is never answered", 1),
    "result-cut-once": Fault("the result is cut short", 1),
    "result-garbage-once": Fault("the result is not JSON", 1),
    "result-huge": Fault("the result is JSON without end"),
    "retention-gone": Fault("the result and each file can be fetched once; after that fal has nothing left"),
    # Canceling.
    "cancel-ignored": Fault("cancel is accepted, the job finishes all the same"),
    "cancel-completed": Fault("cancel says that the job is already completed"),
    "cancel-404": Fault("cancel does not know the request"),
    "cancel-500": Fault("cancel fails"),
    "cancel-200": Fault("cancel answers 200 OK, as on fal's newest page"),
    "cancel-stall": Fault("cancel is never answered"),
    # URLs in replies.
    "hostile-status-url": Fault("status_url is on another origin"),
    "hostile-response-url": Fault("response_url is on another origin"),
    "hostile-cancel-url": Fault("cancel_url is on another origin"),
    "hostile-status-redirect": Fault("the status redirects to another origin"),
    "hostile-result-redirect": Fault("the result redirects to another origin"),
    "hostile-submit-redirect": Fault("the submission is redirected (307) to another origin, nothing accepted"),
    "hostile-download-redirect": Fault("the file redirects to another origin"),
    "hostile-upload-url": Fault("upload_url is on another origin (inject it, or put the marker in the file name)"),
    "result-stranger-url": Fault("the file is on another origin, where it can be fetched"),
    "result-private-url": Fault("the file is at a private address"),
    "result-evil-name": Fault("file names and URL paths that lead out of the folder or into the terminal", None, 0),
    # Downloads.
    "download-404": Fault("the file is not there"),
    "download-429-once": Fault("the file: too many requests", 1),
    "download-500-once": Fault("the file: internal server error", 1),
    "download-503-once": Fault("the file: unavailable, from the ingress", 1),
    "download-reset": Fault("the file's connection is reset before the first byte", 1),
    "download-stall": Fault("half of the file, then silence", 1),
    "download-cut": Fault("half of the file, then the connection closes", 1),
    "download-cut-norange": Fault("half of the file, and the server knows no Range", 1),
    "download-changed": Fault("half of the file, then it is another file under another ETag", 1),
    "download-bad-range": Fault("half of the file, and the rest is then answered from the wrong offset", 1),
    "download-html": Fault("an HTML error page with status 200 as the file's own type"),
    "download-wrong-type": Fault("the file under application/octet-stream"),
    "download-1-byte": Fault("a file of one byte"),
    "download-empty": Fault("a file of no bytes"),
    "download-no-length": Fault("the file without a Content-Length"),
    "download-no-length-cut": Fault("half of the file without a Content-Length, then the connection closes", 1),
    "download-slow": Fault("the file over a number of seconds", None, 5),
    "one-of-n-404": Fault("the last file of several is not there"),
    "one-of-n-404-once": Fault("the last file of several is not there the first time", 1),
    "one-of-n-html": Fault("the last file of several is an HTML page"),
    "big": Fault("each file is a number of megabytes longer", None, 20),
    # Shapes of results.
    "shape-strings": Fault("media as plain URL strings"),
    "shape-image": Fault("`image` instead of `images`"),
    "shape-videos": Fault("`videos` instead of `video`"),
    "shape-video-url": Fault("`video_url`, a string"),
    "shape-audio": Fault("`audio`, a WAV file"),
    "shape-data-uri": Fault("media as data: URIs"),
    "shape-wrapper": Fault("the result inside {status, logs, response}"),
    "shape-nested": Fault("media one level further down"),
    "shape-no-size": Fault("no width and height"),
    "shape-null-size": Fault("width and height are null"),
    "shape-huge-seed": Fault("a seed beyond 2^53"),
    "no-media": Fault("a result without any media"),
    "empty-list": Fault("an empty list of media"),
    # The history of requests. The first three are about one job.
    "history-empty": Fault("the history never lists the request"),
    "history-late": Fault("the history lists the request only a number of seconds after it was accepted", None, 2),
    "history-bare": Fault("the history lists the request without its payloads"),
    "history-401": Fault("the history refuses the key"),
    "history-429-after": Fault("the history: too many requests, Retry-After in seconds", 1, 1),
    "history-500": Fault("the history fails", 1),
    "history-stall": Fault("the history never answers", 1),
    "history-garbage": Fault("the history's answer is not JSON", 1),
    # What a job was billed.
    "billing-late": Fault("the billing event comes only a number of seconds after the end", None, 60),
    "billing-discount": Fault("the billing event has a discount of a number of percent", None, 10),
    # Prices and billing events as a whole: these are for `Sandbox.inject`.
    "price-401": Fault("the prices refuse the key"),
    "price-429": Fault("the prices: too many requests, no Retry-After", 1),
    "price-500": Fault("the prices fail", 1),
    "price-stall": Fault("the prices are never answered", 1),
    "price-garbage": Fault("the prices' answer is not JSON", 1),
    "billing-401": Fault("the billing events refuse the key"),
    "billing-500": Fault("the billing events fail", 1),
    "billing-garbage": Fault("the billing events' answer is not JSON", 1),
    # The catalog and uploads have no prompt: these are for `Sandbox.inject`.
    "models-401": Fault("the catalog refuses the key"),
    "models-429": Fault("the catalog: too many requests, no Retry-After", 1),
    "models-429-after": Fault("the catalog: too many requests, Retry-After in seconds", 1, 1),
    "models-500": Fault("the catalog fails", 1),
    "models-503": Fault("the catalog is unavailable", 1),
    "models-reset": Fault("the catalog's connection is reset", 1),
    "models-stall": Fault("the catalog never answers", 1),
    "models-cut": Fault("the catalog's answer is cut short", 1),
    "models-garbage": Fault("the catalog's answer is not JSON", 1),
    "models-loop": Fault("the catalog's cursor never ends"),
    "upload-403-locked": Fault("upload initiate: the account is locked"),
    "upload-429": Fault("upload initiate: too many requests", 1),
    "upload-500": Fault("upload initiate fails", 1),
    "upload-reset": Fault("upload initiate: connection reset", 1),
    "upload-garbage": Fault("upload initiate: the answer is not JSON", 1),
    "put-403": Fault("the PUT of the bytes is refused"),
    "put-500": Fault("the PUT of the bytes fails", 1),
    "put-503": Fault("the PUT of the bytes: unavailable", 1),
    "put-reset": Fault("the PUT of the bytes: connection reset", 1),
    "put-stall": Fault("the PUT of the bytes is never answered", 1),
}

_MARKER = re.compile(r"\[fault:([^\]]*)\]")
_CALL = re.compile(r"(?P<name>[a-z0-9-]+?)(?:\*(?P<times>\d+))?")
_FOREVER = 1 << 62


class UnknownFaultError(ValueError):
    """There is no such fault. Ignoring it would let a test pass that tests nothing."""


class Script:
    """The faults of one job, each counted down as it happens."""

    def __init__(self, calls: Iterable[str] = ()) -> None:
        self._left: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._lock = Lock()
        for call in calls:
            self.add(call)

    def add(self, call: str) -> None:
        """Add one fault, written as `name`, `name-number`, `name*times` or both."""
        match = _CALL.fullmatch(call)
        name, number = resolve(match["name"] if match else call)
        times = int(match["times"]) if match and match["times"] else FAULTS[name].times
        with self._lock:
            self._left[name] = self._left.get(name, 0) + (_FOREVER if times is None else times)
            self._numbers[name] = number

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def number(self, name: str) -> int:
        return self._numbers.get(name, 0)

    def triggers(self, name: str) -> bool:
        """Say whether this fault happens now, and count it down."""
        if name not in self._left:
            return False
        with self._lock:
            self._left[name] -= 1
            return self._left[name] >= 0

    def names(self, prefix: str) -> list[str]:
        with self._lock:
            return [name for name in self._left if name.startswith(prefix)]

    def spent(self, name: str) -> bool:
        """Say whether this fault was ordered and has happened for the last time."""
        return self._left.get(name, 1) <= 0


def resolve(name: str) -> tuple[str, int]:
    """Find a fault by its name, with or without its number."""
    if name in FAULTS:
        return name, FAULTS[name].number or 0
    base, _, tail = name.rpartition("-")
    if tail.isdigit() and base in FAULTS and FAULTS[base].number is not None:
        return base, int(tail)
    longer = [each for each in FAULTS if each.startswith(f"{name}-")]
    close = longer or get_close_matches(name, FAULTS, 1) or get_close_matches(base, FAULTS, 1)
    instead = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
    raise UnknownFaultError(
        f"sandbox: there is no fault named {name!r}. {instead}All of them: openclaw-fal sandbox faults"
    )


def calls_in_text(text: str) -> list[str]:
    """List the faults that a prompt or a file name orders."""
    return _MARKER.findall(text)


def calls_in_endpoint(endpoint: str) -> list[str]:
    """List the faults that `sandbox/fault/...` orders; `image-` or `video-` in front is the kind of model."""
    prefix = "sandbox/fault/"
    if not endpoint.startswith(prefix):
        return []
    return endpoint.removeprefix(prefix).removeprefix("image-").removeprefix("video-").split("+")
