"""From a request to the JSON body: by the endpoint's schema, else by a row of `families`. No I/O.

What can't be sent is refused here, before a file is read or anything costs money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import RequestError, UsageError
from openclaw_fal.core.kinds import KIND_ROWS, reference_noun
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.models import flag_inputs
from openclaw_fal.models.draft import Draft, media_files, with_urls
from openclaw_fal.models.refs import model_ref
from openclaw_fal.models.schema import Schema, medium_of
from openclaw_fal.models.validation import check, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from openclaw_fal.core.requests import Request
    from openclaw_fal.core.results import Normalized
    from openclaw_fal.models.draft import MediaFile
    from openclaw_fal.models.family_parts import Family, Slot
    from openclaw_fal.models.placement import Placement
    from openclaw_fal.models.sibling_endpoints import FindSchema
# The beginnings of the ids that have a row in `families`. All others are planned without loading the rows.
ROW_PREFIXES = (
    "openai/gpt-image-",
    "google/nano-banana-",
    "fal-ai/nano-banana",
    "xai/grok-imagine-image",
    "krea/v2/",
    "bytedance/seedance-2.0/",
    "fal-ai/heygen/v2/video-agent",
    "fal-ai/minimax-music/",
    "fal-ai/ace-step/",
    "fal-ai/stable-audio-25/",
)


class Plan(Record):
    """What will be sent, and where.

    ``model`` is the endpoint id asked for, ``endpoint`` the one to send to, ``body`` the JSON without references.
    ``ignored`` (not sent) and ``normalization`` (sent as another value) have OpenClaw's names of hints as keys.
    ``placements`` say where the references go, ``slots`` which files they may be. ``schema`` is what the endpoint's
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

    @property
    def files(self) -> list[MediaFile]:
        """The files of ``-p NAME=@FILE`` whose URLs the body waits for."""
        return media_files(self.body)

    @property
    def media_urls(self) -> list[str]:
        """The http(s) URLs that the user gave for inputs of media."""
        inputs = (self.schema and self.schema.inputs) or {}
        given = [value for name, value in self.body.items() if name in inputs and medium_of(inputs[name])]
        single = [one for value in given for one in (value if isinstance(value, list) else [value])]
        return [one for one in single if isinstance(one, str) and one.lower().startswith(("http://", "https://"))]

    def with_references(self, urls: Sequence[str]) -> dict[str, Any]:
        """Return the whole body. ``urls`` (http, https or ``data:``) has that of each reference, then of each file."""
        body, files = self.body, self.files
        if files:
            body = with_urls(body, dict(zip(files, urls[len(urls) - len(files) :], strict=True)))
        for placement in self.placements:
            body = placement.added_to(body, urls)
        return body


def plan(
    request: Request,
    model: str,
    find_schema: FindSchema = lambda _endpoint: None,
    *,
    read_text: Callable[[str], str] = str,
    is_checked: bool = True,
) -> Plan:
    """Work out body and endpoint for ``request`` on that model.

    ``find_schema`` returns what is known of an endpoint, ``read_text`` the text of a file. ``request.parameters`` go in
    last and win. Raises `UsageError` for everything that the model can't do, and `InvalidInputs` for what the schema
    refuses, unless ``is_checked`` is false.
    """
    family = _row(model, request)
    if family:
        _check_references(family, request, model)
        _check_refusals(family.refuses, request)
    try:
        schema = _schema_to_use(request, model, find_schema)
    except UsageError:
        if family is None or family.sibling is None:
            raise
        schema = None  # the row knows an endpoint that has no schema here
    parameters = _parameters(request, schema or Schema(model), read_text)
    if schema is None or schema.inputs is None:
        return _plan_by_row(request, model, parameters)
    planned = _plan_by_schema(request, model, family, schema, parameters)
    if is_checked:
        _check_inputs(request, planned, schema)
    return planned


def _schema_to_use(request: Request, model: str, find_schema: FindSchema) -> Schema | None:
    """Return the schema of the model, or of a sibling that takes the references. Raises as `endpoint_for` does."""
    own = find_schema(model)
    if not request.references and (own is None or own.may_make(request.kind)):
        return own
    from openclaw_fal.models.sibling_endpoints import endpoint_for  # noqa: PLC0415 - most requests have no references

    return endpoint_for(request, model, find_schema)


def _row(model: str, request: Request) -> Family | None:
    """Return the row of a model, if it has one of its own. For most models, no row is loaded."""
    if not model.startswith(ROW_PREFIXES):
        return None
    from openclaw_fal.models.families import find_family  # noqa: PLC0415

    family = find_family(model, request.kind)
    return None if family.is_general else family


def _parameters(request: Request, schema: Schema, read_text: Callable[[str], str]) -> dict[str, Any]:
    if not request.parameters:
        return {}
    # Imported here: most requests have none.
    from openclaw_fal.models.parameters import parameter_values  # noqa: PLC0415

    return parameter_values(request.parameters, schema, read_text)


def _plan_by_schema(
    request: Request, model: str, family: Family | None, schema: Schema, parameters: Mapping[str, Any]
) -> Plan:
    _check_count(request, model, flag_inputs.max_count(schema))
    draft = Draft(request, model, parameters)
    prompt = flag_inputs.prompt_input(schema)
    draft.body = {prompt: request.prompt} if prompt and request.prompt else {}
    for part in family.always if family else ():
        part.fill(draft)
    flag_inputs.fill(draft, schema)
    draft.open.pop("count", None)  # one was asked for, and one is what the endpoint makes
    draft.override(prompt)
    placements = _placements(request, schema, parameters)
    lost = {"prompt": request.prompt} if request.prompt and not prompt else {}
    return Plan(
        model,
        schema.endpoint,
        draft.body,
        lost | draft.ignored,
        draft.normalization,
        family.slots if family else _general_slots(request),
        placements,
        schema,
    )


def _placements(request: Request, schema: Schema, parameters: Mapping[str, Any]) -> tuple[Placement, ...]:
    if not request.references:
        return ()
    from openclaw_fal.models.placement import place  # noqa: PLC0415

    placements = place(request.references, schema)
    _check_given_once(placements, request, parameters)
    return placements


def _check_inputs(request: Request, planned: Plan, schema: Schema) -> None:
    """Raise `InvalidInputs` for a body that the schema refuses, naming the flag that helps."""
    body = planned.with_references(["https://"] * (len(request.references) + len(planned.files)))
    if problems := check(schema, body):
        from openclaw_fal.models.descriptions import flags_that_help  # noqa: PLC0415 - most bodies have no mistake

        raise refusal(problems, schema.endpoint, flags_that_help(schema, request, planned.placements))
    _check_prompt(request, body, schema)
    if request.kind == "music":
        _check_lyrics(body)


def _check_prompt(request: Request, body: Mapping[str, Any], schema: Schema) -> None:
    """Refuse an empty prompt, as an unset variable of the shell gives it. An empty one in JSON is intended."""
    prompt = flag_inputs.prompt_input(schema)
    typed = any(parameter.name == prompt and parameter.form != "json" for parameter in request.parameters)
    if typed and not str(body.get(prompt or "")).strip():
        raise RequestError(f"-p {prompt}= is empty.", hint=f"Send it empty: -p '{prompt}:=\"\"'")


def _check_lyrics(body: Mapping[str, Any]) -> None:
    """Refuse lyrics for an instrumental song. Two flags were refused before; here, one of them is a parameter."""
    sung, wordless = (
        next((name for name in flag_inputs.names_of(hint) if body.get(name)), None)
        for hint in ("lyrics", "instrumental")
    )
    if sung and wordless:
        raise RequestError(f"{sung} and {wordless} contradict each other: leave one of them out.")


def _plan_by_row(request: Request, model: str, parameters: Mapping[str, Any]) -> Plan:
    """Plan for an endpoint without a known schema."""
    from openclaw_fal.models.families import find_body_family  # noqa: PLC0415
    from openclaw_fal.models.family_parts import works_from_references  # noqa: PLC0415
    from openclaw_fal.models.placement import Placement  # noqa: PLC0415

    if KIND_ROWS[request.kind].needs_prompt and not request.prompt.strip():
        raise UsageError("The prompt is empty. Give --prompt TEXT, or --prompt - to read standard input.")
    family = find_body_family(model, request.kind)
    _check_references(family, request, model)
    endpoint = _endpoint(family, request, model, parameters)
    references = bool(request.references) or works_from_references(endpoint)
    _check_count(request, model, family.max_count)
    if references:
        _check_refusals(family.reference_refuses, request)
    draft = Draft(request, model, parameters)
    if not request.prompt:
        draft.body = {}
    for part in family.parts_for(references=references):
        part.fill(draft)
    if family.max_count == 1:
        draft.open.pop("count", None)  # one was asked for, and one is what it makes
    draft.override()
    placements = tuple(
        Placement(slot.field, slot.shape, indexes, "image_url" if slot.shape == "objects" else "")
        for slot in family.slots
        if (indexes := tuple(i for i, given in enumerate(request.references) if given.kind == slot.kind))
    )
    _check_given_once(placements, request, parameters)
    return Plan(model, endpoint, draft.body, draft.ignored, draft.normalization, family.slots, placements)


def _general_slots(request: Request) -> tuple[Slot, ...]:
    """Return the limits of files that count for every endpoint of fal."""
    if not request.references:
        return ()
    from openclaw_fal.models.family_parts import Slot  # noqa: PLC0415

    image = Slot("image", "", 0)
    kinds = dict.fromkeys(reference.kind for reference in request.references)
    return tuple(image if kind == "image" else Slot(kind, "", 0, mime_types=(), max_bytes=None) for kind in kinds)


def _check_given_once(placements: Sequence[Placement], request: Request, parameters: Mapping[str, Any]) -> None:
    for placement in placements:
        if placement.is_given_in(parameters):
            noun = reference_noun(request.references[placement.indexes[0]].kind, 1)
            raise RequestError(f"{placement.name} is given twice: as a {noun} and as a parameter.")


def _check_references(family: Family, request: Request, model: str) -> None:
    """Refuse references of a kind that the row has no slot for, and more than it allows."""
    ref, total = model_ref(model), len(request.references)
    limits = {slot.kind: slot.limit for slot in family.slots}
    for kind in dict.fromkeys(reference.kind for reference in request.references):
        count, limit = len(request.of_kind(kind)), limits.get(kind, 0)
        if not limit:
            raise _unsupported(f"{ref} takes no {reference_noun(kind, 0)}", family.see_also)
        if count > limit:
            noun = reference_noun(kind, limit)
            raise _unsupported(f"{ref} supports at most {limit} {noun}, {count} requested", family.see_also)
    if family.max_references is not None and total > family.max_references:
        raise _unsupported(f"{ref} supports at most {family.max_references} references in all, {total} requested")
    for kind in family.accompanied:
        if total and len(request.of_kind(kind)) == total:
            raise _unsupported(f"{ref} takes a {reference_noun(kind, 1)} only beside at least one image or video")


def _unsupported(message: str, hint: str | None = None) -> UsageError:
    """Mark the one refusal that another model may not share: with it, the next candidate is tried."""
    return UsageError(message, hint=hint, code="references_unsupported")


def _endpoint(family: Family, request: Request, endpoint_id: str, parameters: Mapping[str, Any]) -> str:
    from openclaw_fal.models.family_parts import works_from_references  # noqa: PLC0415

    if request.references:
        sibling = family.sibling.of(endpoint_id) if family.sibling else endpoint_id
        if sibling is None:
            raise _unsupported(
                f"{model_ref(endpoint_id)} takes no references, and no endpoint of it is known that does",
                "Name the endpoint that takes them with --model, such as fal/…/image-to-video. "
                f"All that fal has: {command('models list --all')}",
            )
        return sibling
    given = any("_url" in name for name in parameters)
    flag = KIND_ROWS[request.kind].reference_flags.get("image")
    if flag and works_from_references(endpoint_id) and not given:
        raise RequestError(f"{model_ref(endpoint_id)} works from a reference image.", hint=f"Add {flag} PATH")
    return endpoint_id


def _check_count(request: Request, model: str, limit: int | None) -> None:
    count = request.count or 1
    if limit is not None and count > limit:
        row = KIND_ROWS[request.kind]
        possible = row.counted(1) if limit == 1 else f"1 to {row.counted(limit)}"
        raise RequestError(
            f"{model_ref(model)} makes {possible} per request, not {count}.",
            hint="Several requests at once: " + command("batch FILE"),
        )


def _check_refusals(refuses: Mapping[str, str], request: Request) -> None:
    for hint, sentence in refuses.items():
        if getattr(request, hint) is not None:
            raise UsageError(sentence)
