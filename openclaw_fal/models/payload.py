"""From what was asked to the JSON body: by the endpoint's schema, else by the row of its family. No I/O.

Whatever can't be sent is refused here, before a file is read or anything costs money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command
from openclaw_fal.models import mapping
from openclaw_fal.models.catalog import model_ref
from openclaw_fal.models.endpoints import check_kind, endpoint_for
from openclaw_fal.models.families import find_family
from openclaw_fal.models.parts import Draft, Slot, works_from_references
from openclaw_fal.models.placement import LAST_IMAGE_NAMES, MASK_NAMES, REFERENCE_NAMES, Placement, place
from openclaw_fal.models.schema import medium_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.core.requests import MediaKind, Request
    from openclaw_fal.core.results import Normalized
    from openclaw_fal.models.endpoints import FindSchema
    from openclaw_fal.models.parts import Family
    from openclaw_fal.models.schema import Schema

_NAMES: Mapping[MediaKind, tuple[str, str]] = {
    "image": ("reference image", "reference images"),
    "video": ("reference video", "reference videos"),
    "audio": ("reference audio file", "reference audio files"),
}


class Plan(NamedTuple):
    """What will be sent, and where.

    ``model`` is the endpoint id asked for, ``endpoint`` the one to send to, ``body`` the JSON without references.
    ``ignored`` (not sent) and ``normalization`` (sent as another value) have OpenClaw's names of hints as keys.
    ``placements`` tell where the references go, ``slots`` which files they may be. ``schema`` is what the endpoint's
    inputs were read from, ``None`` when nothing is known of them.
    """

    model: str
    endpoint: str
    body: dict[str, Any]
    ignored: dict[str, Any]
    normalization: dict[str, Normalized]
    slots: tuple[Slot, ...]
    placements: tuple[Placement, ...] = ()
    schema: Schema | None = None

    def with_references(self, urls: Sequence[str]) -> dict[str, Any]:
        """Return the whole body; the URLs (http, https or ``data:``) come in the order of the request's references."""
        return self.body | {placement.name: placement.value(urls) for placement in self.placements}


def plan(request: Request, model: str, find_schema: FindSchema = lambda _endpoint: None) -> Plan:
    """Work out body and endpoint for ``request`` on that model.

    ``find_schema`` returns what is known of an endpoint. ``request.parameters`` go in last and win. Raises `UsageError`
    for everything that the model can't do.
    """
    family = find_family(model, request.kind)
    if not family.is_general:
        _check_references(family, request, model)
        _check_refusals(family, request, references=bool(request.references))
    try:
        schema = endpoint_for(request, model, find_schema)
    except UsageError:
        if family.is_general or family.sibling is None:
            raise
        schema = None  # the row knows of an endpoint whose schema nobody has
    if schema is None or schema.inputs is None:
        return _plan_by_row(request, model, family)
    return _plan_by_schema(request, model, family, schema)


def _plan_by_schema(request: Request, model: str, family: Family, schema: Schema) -> Plan:
    check_kind(request.kind, schema)
    _check_count(request, model, mapping.max_count(schema))
    draft = Draft(request, model)
    prompt = mapping.prompt_input(schema)
    draft.body = {prompt: request.prompt} if prompt and request.prompt else {}
    for part in family.always:
        part.fill(draft)
    mapping.fill(draft, schema)
    draft.open.pop("count", None)  # one was asked for, and one is what the endpoint makes
    draft.override(request.parameters)
    placements = place(request.references, schema)
    _check_given_once(placements, request)
    _check_required(request, schema, {*draft.body, *(placement.name for placement in placements)})
    lost = {"prompt": request.prompt} if request.prompt and not prompt else {}
    return Plan(
        model,
        schema.endpoint,
        draft.body,
        lost | draft.ignored,
        draft.normalization,
        _general_slots(request) if family.is_general else family.slots,
        placements,
        schema,
    )


def _check_required(request: Request, schema: Schema, given: set[str]) -> None:
    """Raise `UsageError` naming every missing input, with the flag that fills it."""
    missing = [name for name in schema.required if name not in given]
    if not missing:
        return
    ref = model_ref(schema.endpoint)
    flags = [flag_for(name, schema, request) for name in missing]
    raise UsageError(
        f"{ref} needs {_listed(missing)}. Nothing was sent.",
        hint="\n".join([f"Add {' '.join(flags)}", f"Its inputs: openclaw-fal models show {ref}"]),
        code="input_missing",
    )


def flag_for(name: str, schema: Schema, request: Request) -> str:
    """Return the flag that fills an input, with the form of its value."""
    field = (schema.inputs or {})[name]
    if name in LAST_IMAGE_NAMES:
        return "--last-image PATH" if request.kind == "video" else f"-p {name}=@PATH"
    if name in MASK_NAMES:
        return "--mask PATH" if request.kind == "image" else f"-p {name}=@PATH"
    for medium, names in REFERENCE_NAMES.items():
        if name in names and not request.of_kind(medium):
            return {"image": _picture_flag(request), "video": "--video PATH", "audio": "--audio-ref PATH"}[medium]
    if name == mapping.prompt_input(schema):
        return "--prompt TEXT"
    value = "@PATH" if medium_of(field) else "|".join(map(str, field.enum[:4])) or "VALUE"
    return f"-p {name}={value}"


def _picture_flag(request: Request) -> str:
    return "--image PATH" if request.kind == "video" else "--file PATH"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _plan_by_row(request: Request, model: str, family: Family) -> Plan:
    """Plan for an endpoint of which no schema is known."""
    if not request.prompt.strip():
        raise UsageError("The prompt is empty. Give --prompt TEXT, or --prompt - to read standard input.")
    _check_references(family, request, model)
    endpoint = _endpoint(family, request, model)
    references = bool(request.references) or works_from_references(endpoint)
    _check_count(request, model, family.max_count)
    _check_refusals(family, request, references=references)
    draft = Draft(request, model)
    for part in family.parts_for(references=references):
        part.fill(draft)
    if family.max_count == 1:
        draft.open.pop("count", None)  # one was asked for, and one is what it makes
    draft.override(request.parameters)
    placements = tuple(
        Placement(slot.field, slot.shape, indexes, "image_url" if slot.shape == "objects" else "")
        for slot in family.slots
        if (indexes := tuple(i for i, given in enumerate(request.references) if given.kind == slot.kind))
    )
    _check_given_once(placements, request)
    return Plan(model, endpoint, draft.body, draft.ignored, draft.normalization, family.slots, placements)


def _general_slots(request: Request) -> tuple[Slot, ...]:
    """Return the limits of files that count for every endpoint of fal."""
    kinds = dict.fromkeys(reference.kind for reference in request.references)
    return tuple(
        Slot(kind, "", 0, mime_types=Slot._field_defaults["mime_types"] if kind == "image" else ()) for kind in kinds
    )


def _check_given_once(placements: Sequence[Placement], request: Request) -> None:
    for placement in placements:
        if placement.name in request.parameters:
            names = _NAMES[request.references[placement.indexes[0]].kind]
            raise UsageError(f"{placement.name} is given twice: as a {names[0]} and as a parameter")


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
                f"All that fal has: {command('models list --all')}",
            )
        return sibling
    given = any("_url" in name for name in request.parameters)
    if works_from_references(endpoint_id) and not family.references_optional and not given:
        flag = "--image" if request.kind == "video" else "--file"
        raise UsageError(
            f"{model_ref(endpoint_id)} works from a reference image. Nothing was sent.", hint=f"Add {flag} PATH"
        )
    return endpoint_id


def _check_count(request: Request, model: str, limit: int | None) -> None:
    count = request.count or 1
    if limit is not None and count > limit:
        possible = f"1 {request.kind}" if limit == 1 else f"1 to {limit} {request.kind}s"
        raise UsageError(f"{model_ref(model)} makes {possible} per request, {count} requested")


def _check_refusals(family: Family, request: Request, *, references: bool) -> None:
    refusals = {**family.refuses, **(family.reference_refuses if references else {})}
    for hint, refusal in refusals.items():
        if getattr(request, hint) is not None:
            raise UsageError(refusal)
