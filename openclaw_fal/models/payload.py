"""From what was asked and a row of the catalog to the JSON body: no I/O, so that it can be a table in a test.

Whatever can't be sent is refused here, before a file is read or anything costs money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from openclaw_fal.core.errors import UsageError
from openclaw_fal.models.catalog import model_ref
from openclaw_fal.models.families import find_family
from openclaw_fal.models.parts import Draft, works_from_references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.core.requests import MediaKind, Request
    from openclaw_fal.core.results import Normalized
    from openclaw_fal.models.parts import Family, Slot

_NAMES: Mapping[MediaKind, tuple[str, str]] = {
    "image": ("reference image", "reference images"),
    "video": ("reference video", "reference videos"),
    "audio": ("reference audio file", "reference audio files"),
}


class Plan(NamedTuple):
    """What will be sent, and where.

    ``model`` is the endpoint id asked for, ``endpoint`` the one to send to, ``body`` the JSON without references.
    ``ignored`` (not sent) and ``normalization`` (sent as another value) have OpenClaw's names of hints as keys.
    ``slots`` tell which files the references may be.
    """

    model: str
    endpoint: str
    body: dict[str, Any]
    ignored: dict[str, Any]
    normalization: dict[str, Normalized]
    slots: tuple[Slot, ...]

    def with_references(self, urls_by_kind: Mapping[MediaKind, Sequence[str]]) -> dict[str, Any]:
        """Return the whole body; the URLs (http, https or ``data:``) come in the order of the request's references."""
        urls = {slot: urls_by_kind.get(slot.kind, ()) for slot in self.slots}
        return self.body | {slot.field: slot.value(given) for slot, given in urls.items() if given}


def plan(request: Request, endpoint_id: str) -> Plan:
    """Work out body and endpoint for ``request`` on that model.

    ``request.parameters`` go in last and win. Raises `UsageError` for everything that the model can't do.
    """
    family = find_family(endpoint_id, request.kind)
    _check_references(family, request, endpoint_id)
    endpoint = _endpoint(family, request, endpoint_id)
    references = bool(request.references) or works_from_references(endpoint)
    _check_hints(family, request, endpoint_id, references=references)
    draft = Draft(request, endpoint_id)
    for part in family.parts_for(references=references):
        part.fill(draft)
    if family.max_count == 1:
        draft.open.pop("count", None)  # one was asked for, and one is what it makes
    draft.override(request.parameters)
    return Plan(endpoint_id, endpoint, draft.body, draft.ignored, draft.normalization, family.slots)


def _check_references(family: Family, request: Request, endpoint_id: str) -> None:
    who = model_ref(endpoint_id)
    limits = {slot.kind: slot.limit for slot in family.slots}
    for kind, names in _NAMES.items():
        count, limit = len(request.of_kind(kind)), limits.get(kind, 0)
        if count and not limit:
            raise _unsupported(f"{who} takes no {names[1]}", family.see_also)
        if count > limit:
            noun = names[limit > 1]
            raise _unsupported(f"{who} supports at most {limit} {noun}, {count} requested", family.see_also)
    total = len(request.references)
    if family.max_references is not None and total > family.max_references:
        raise _unsupported(f"{who} supports at most {family.max_references} references in all, {total} requested")
    for kind in family.accompanied:
        if total and len(request.of_kind(kind)) == total:
            raise _unsupported(f"{who} takes a {_NAMES[kind][0]} only beside at least one image or video")
    for slot in family.slots:
        if request.of_kind(slot.kind) and slot.field in request.parameters:
            raise UsageError(f"{slot.field} is given twice: as a {_NAMES[slot.kind][0]} and as a parameter")


def _unsupported(message: str, hint: str | None = None) -> UsageError:
    """Mark the one refusal that another model may not share: with it, the next candidate is tried."""
    return UsageError(message, hint=hint, code="references_unsupported")


def _endpoint(family: Family, request: Request, endpoint_id: str) -> str:
    if request.references:
        sibling = family.sibling.of(endpoint_id) if family.sibling else endpoint_id
        if sibling is None:
            raise _unsupported(
                f"{model_ref(endpoint_id)} takes no references, and no endpoint of it is known that does",
                "Name the endpoint that takes them with --model, such as fal/…/image-to-video. "
                "All that fal has: openclaw-fal models list --all",
            )
        return sibling
    given = any("_url" in name for name in request.parameters)
    if works_from_references(endpoint_id) and not family.references_optional and not given:
        flag = "--image" if request.kind == "video" else "--file"
        raise UsageError(f"{model_ref(endpoint_id)} works from a reference image: give {flag} PATH")
    return endpoint_id


def _check_hints(family: Family, request: Request, endpoint_id: str, *, references: bool) -> None:
    count = request.count or 1
    if count > family.max_count:
        noun = request.kind if family.max_count == 1 else f"{request.kind}s"
        raise UsageError(f"{model_ref(endpoint_id)} makes {family.max_count} {noun} per request, {count} requested")
    refusals = {**family.refuses, **(family.reference_refuses if references else {})}
    for hint, refusal in refusals.items():
        if getattr(request, hint) is not None:
            raise UsageError(refusal)
