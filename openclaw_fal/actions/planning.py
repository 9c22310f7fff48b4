"""From a request to the plans that may be carried out: one for each model to try, checked before anything is sent."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from openclaw_fal.actions.schemas import (
    CONFIRM_TIMEOUT_S,
    catalog_cache,
    is_fal_itself,
    is_fresh,
    live_schema,
    schema_of,
)
from openclaw_fal.config.candidates import candidates, skipped_models
from openclaw_fal.core.errors import RequestError, UsageError
from openclaw_fal.core.kinds import FORMATS, HINTS
from openclaw_fal.core.media import extension_of
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import FORMAT_ALIASES, choice
from openclaw_fal.core.results import Attempt
from openclaw_fal.core.text import unreadable_reason
from openclaw_fal.models import facts
from openclaw_fal.models.payload import plan
from openclaw_fal.models.refs import DEFAULT_IMAGE_MODEL, unknown_model
from openclaw_fal.store.paths import expand_home
from openclaw_fal.store.paths import read_text as read_file_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.core.requests import Request
    from openclaw_fal.models.catalog import ListedModel
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.models.schema import Schema
    from openclaw_fal.runtime import Runtime


class Skipped(Record):
    """A candidate that can't take the request, and how many that can come before it."""

    attempt: Attempt
    after: int


def plans(
    runtime: Runtime,
    request: Request,
    *,
    is_checked: bool,
    output: str | None = None,
    known: Callable[[str], KnownSchemas] | None = None,
) -> tuple[list[Plan], list[Skipped]]:
    """Return a plan for each candidate that can take the request, and why the others can't.

    A model that has a choice of formats is asked for that of the file name ``output``. Models of other providers come
    first among those that can't take the request. ``known`` returns what is known of a model already. Raises the first
    refusal if none can take it.
    """
    made: list[Plan] = []
    others = skipped_models(runtime.settings, request.kind, request.model)
    skipped = [Skipped(_other_providers(ref), 0) for ref in others]
    refusal: UsageError | None = None
    known_models = partial(_known_models, runtime)
    for candidate in candidates(runtime.settings, request.kind, request.model, known_models):
        try:
            model = candidate.endpoint
            schemas = known(model) if known else KnownSchemas(runtime, model)
            planned = _plan_for_name(runtime, request, model, output, is_checked=is_checked, known=schemas)
            made.append(planned or plan_for(runtime, request, model, is_checked=is_checked, known=schemas))
        except UnreadableText:
            raise
        except UsageError as error:
            refusal = refusal or error
            skipped.append(Skipped(Attempt(candidate.endpoint, error.problem, error.code), len(made)))
    if refusal and not made:
        raise refusal
    return made, skipped


def format_of_name(output: str | None, request: Request) -> str | None:
    """Return the format that the name of the file asks for, if the request does not."""
    if not output or request.output_format:
        return None
    word = extension_of(output).removeprefix(".")
    return choice(FORMAT_ALIASES.get(word, word), FORMATS.get(request.kind, ()))


def _plan_for_name(
    runtime: Runtime, request: Request, model: str, output: str | None, *, is_checked: bool, known: KnownSchemas
) -> Plan | None:
    """Return the plan that asks for the format of the file's name; ``None`` if the model has no such choice."""
    wanted = format_of_name(output, request)
    if wanted is None:
        return None
    try:
        planned = plan_for(runtime, request._replace(output_format=wanted), model, is_checked=is_checked, known=known)
    except UsageError:
        return None
    name = HINTS["output_format"]
    return None if name in planned.ignored or name in planned.normalization else planned


def _other_providers(ref: str) -> Attempt:
    provider, _, model = ref.strip().partition("/")
    message = "openclaw-fal uses fal only, so this model was skipped."
    return Attempt(model, message, "provider_unsupported", provider=provider)


def _known_models(runtime: Runtime) -> list[ListedModel]:
    return [*catalog_cache(runtime).known_models()]


def plan_for(
    runtime: Runtime, request: Request, model: str, *, is_checked: bool = True, known: KnownSchemas | None = None
) -> Plan:
    """Plan a request for one model.

    If schemas that are not fresh refuse it, it is planned again with fal's live documents, if fal answers in time.
    """
    known = known or KnownSchemas(runtime, model)
    if is_checked:
        known.refuse_unknown_model()
    read = partial(read_text, runtime)
    try:
        return plan(request, model, known.find, read_text=read, is_checked=is_checked)
    except UnreadableText:
        raise
    except UsageError:
        if not known.refresh():
            raise
    return plan(request, model, known.find, read_text=read, is_checked=is_checked)


class KnownSchemas:
    """What is known of a model and of the endpoints beside it. fal is asked about endpoints that exist only."""

    def __init__(self, runtime: Runtime, model: str) -> None:
        self._runtime = runtime
        self._model = model
        self._used: dict[str, Schema] = {}
        self._listed: frozenset[str] | None = None

    def find(self, endpoint: str) -> Schema | None:
        """Return what is known of an endpoint, ``None`` for one that may not exist."""
        if endpoint not in self._used:
            found = self._found(endpoint)
            if found is None:
                return None
            self._used[endpoint] = found
        return self._used[endpoint]

    def refuse_unknown_model(self) -> None:
        """Raise `UsageError` with the closest models for one that is known neither here nor to fal.

        A user's own app may have no public document, so only owners of listed models are judged by it.
        """
        known = self.find(self._model)
        if (known and known.inputs is not None) or self._model in self._listed_ids:
            return
        models = _known_models(self._runtime)
        owner = f"{self._model.partition('/')[0]}/"
        if any(model.endpoint_id.startswith(owner) for model in models) and self._is_missing:
            raise unknown_model(self._model, models, "fal has no such model.")

    @property
    def _is_missing(self) -> bool:
        if not schema_of(self._runtime, self._model).is_missing:
            return False
        return is_fal_itself(self._runtime) or self._has_documents

    @property
    def _has_documents(self) -> bool:
        """Whether the server in fal's place has documents at all: a proxy may pass on requests only."""
        known = live_schema(self._runtime, DEFAULT_IMAGE_MODEL, timeout_s=CONFIRM_TIMEOUT_S)
        return known is not None and not known.is_missing

    def refresh(self) -> bool:
        """Replace what is not fresh by fal's live documents; return whether anything was replaced."""
        replaced = False
        for endpoint, schema in self._used.items():
            if schema.inputs is None or is_fresh(self._runtime, schema):
                continue
            live = live_schema(self._runtime, endpoint, timeout_s=CONFIRM_TIMEOUT_S)
            if live and live.schema.inputs is not None:
                self._used[endpoint] = live.schema
                replaced = True
        return replaced

    def _found(self, endpoint: str) -> Schema | None:
        # The list last: to read all of it takes longer than everything else here.
        if endpoint == self._model or facts.find_schema(endpoint) or endpoint in self._listed_ids:
            return schema_of(self._runtime, endpoint).schema
        return None

    @property
    def _listed_ids(self) -> frozenset[str]:
        """The ids of fal's live list, if one is cached."""
        if self._listed is None:
            cached = catalog_cache(self._runtime).read()
            self._listed = frozenset(model.endpoint_id for model in cached.models) if cached else frozenset()
        return self._listed


class UnreadableText(RequestError):
    """A file for an input that takes text can't be read, whatever fal's documents say."""


def named_file(typed: str) -> str | None:
    """Return the path in ``@FILE``, ``None`` for any other text.

    Prompts name references, as in ``@Image1 turns its head``: that is a text, unless there is such a file.
    """
    path = typed.removeprefix("@")
    if path == typed or path.startswith("@"):
        return None
    is_one_word = path.split() == [path]
    return path if is_one_word or os.path.exists(expand_home(path)) else None


def text_of(runtime: Runtime, typed: str) -> str:
    """Return a prompt or lyrics: the text of the file for ``@FILE``; a text that begins with @ is written ``@@``."""
    path = named_file(typed)
    if path is not None:
        return read_text(runtime, path).strip()
    return typed[1:] if typed.startswith("@@") else typed


def read_text(runtime: Runtime, path: str) -> str:
    """Return the text of a file, ``-`` for standard input; raise `UnreadableText` when it has none."""
    if path == "-":
        return runtime.stdin_text
    try:
        return read_file_text(expand_home(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableText(f"{path} can't be read: {unreadable_reason(error)}.") from error
