"""The endpoints of a model, which differ in what they do; a request goes to the one that takes its references."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import RequestError, UsageError
from openclaw_fal.core.kinds import KIND_ROWS, reference_noun
from openclaw_fal.core.program import command
from openclaw_fal.models.flag_inputs import prompt_input
from openclaw_fal.models.placement import REFERENCE_NAMES, Unplaced, media_inputs, place
from openclaw_fal.models.refs import model_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from openclaw_fal.core.kinds import Kind, MediaKind
    from openclaw_fal.core.requests import Reference, Request
    from openclaw_fal.models.placement import Subject
    from openclaw_fal.models.schema import OutputKind, Schema

    FindSchema = Callable[[str], Schema | None]

# The segments of an endpoint id that say what it works from, by what is made and from what, the most likely first.
_SEGMENTS: dict[tuple[Kind, MediaKind], tuple[str, ...]] = {
    ("image", "image"): (
        "edit",
        "image-to-image",
        "redux",
        "remix",
        "modify",
        "edit-image",
        "image-edit",
        "reference-to-image",
    ),
    ("video", "image"): ("image-to-video", "reference-to-video", "first-last-frame-to-video"),
    ("video", "video"): ("video-to-video", "reference-to-video", "edit-video", "edit", "extend-video"),
    ("video", "audio"): ("audio-to-video", "reference-to-video", "speech-to-video"),
}
_WITHOUT_REFERENCES = ("text-to-image", "text-to-video", "generate", "t2v", "t2i")
# Last segments that only say what is worked from. Beside any other, such as ``fast`` or ``upscale``, is another model.
_PLAIN_SEGMENTS = frozenset(
    (
        *_WITHOUT_REFERENCES,
        "image-to-image",
        "image-to-video",
        "video-to-video",
        "audio-to-video",
        "reference-to-video",
        "stream",
    )
)
# Parts of an id that say what an endpoint does rather than which model it is.
_TASK_SEGMENTS = frozenset(
    """
    edit redux remix modify reframe inpaint inpainting outpaint extend generate upscale edit-image image-edit
    edit-video extend-video first-last-frame-to-video t2v i2v v2v t2i i2i
    """.split()  # noqa: SIM905 - a word on each line would fill a page
)
_FROM_TO = r"[a-z0-9]+(?:-[a-z0-9]+)?-to-[a-z0-9]+"
MAX_SHOWN = 3  # inputs in a hint
# Models to name when one takes no such reference, by what is made and from what.
ALTERNATIVES: dict[tuple[Kind, Subject], tuple[str, ...]] = {
    ("image", "image"): ("fal-ai/nano-banana-2", "fal-ai/flux/dev"),
    ("image", "mask"): ("openai/gpt-image-2/edit", "fal-ai/flux-pro/v1/fill"),
    ("video", "image"): ("bytedance/seedance-2.0/text-to-video", "fal-ai/wan/v2.2-a14b/text-to-video"),
    ("video", "last image"): ("bytedance/seedance-2.0/image-to-video", "fal-ai/veo3.1/first-last-frame-to-video"),
    ("video", "video"): ("bytedance/seedance-2.0/reference-to-video", "fal-ai/wan/v2.2-a14b/video-to-video"),
    ("video", "audio"): ("fal-ai/wan/v2.2-14b/speech-to-video", "fal-ai/ltx-2-19b/audio-to-video"),
}
ALTERNATIVES_FOR_SEVERAL: dict[Kind, tuple[str, ...]] = {
    "image": ("fal-ai/nano-banana-2",),
    "video": ("bytedance/seedance-2.0/reference-to-video",),
}
_KIND_WORDS: dict[OutputKind, str] = {
    "image": "images",
    "video": "videos",
    "audio": "sound",
    "3d": "3-D models",
    "text": "text",
    "other": "no images or videos",
}


def _check_kind(kind: Kind, schema: Schema) -> None:
    """Raise `UsageError` for a model that makes something else, naming the command that fits."""
    made, wanted = schema.kind, KIND_ROWS[kind].makes
    if wanted is None or schema.may_make(kind):
        return
    ref = model_ref(schema.endpoint)
    is_speech = kind == "music" and schema.makes_speech
    instead = f"{made} generate --model {ref}" if made in ("image", "video") else f"run {ref}"
    what, instead_of = ("speech", "music") if is_speech else (_KIND_WORDS[made], _KIND_WORDS[wanted])
    raise RequestError(
        f"{ref} makes {what}, not {instead_of}.",
        hint=command(instead),
        code="wrong_kind",
    )


def endpoint_for(request: Request, model: str, find_schema: FindSchema) -> Schema | None:
    """Return the schema of the endpoint to send to: the model itself, or a sibling that takes the references.

    Returns ``None`` when nothing is known of the model. Raises `UsageError` when the model makes something else (code
    ``wrong_kind``), and when neither endpoint takes the references (code ``references_unsupported``).
    """
    own = find_schema(model)
    if own is not None:
        _check_kind(request.kind, own)
    if own is None or own.inputs is None or not request.references:
        return own
    refusals: list[Unplaced] = []
    silent: Schema | None = None
    for schema in (own, *_siblings(request, own, find_schema)):
        try:
            place(request.references, schema)
        except Unplaced as problem:
            refusals.append(problem)
        else:
            # What is to be done with a picture is in the prompt. Only a model that was named may go without.
            if schema is own or not request.prompt or prompt_input(schema):
                return schema
            silent = silent or schema
    if silent:
        raise _without_prompt(request, own, silent)
    # That an endpoint takes fewer says more than that another one takes none.
    refusal = next((each for each in refusals if not each.is_absent), refusals[0])
    raise _unsupported(request, own, refusal) from refusal


def _siblings(request: Request, own: Schema, find_schema: FindSchema) -> Iterator[Schema]:
    """Yield the other endpoints of the model that exist, make the same and have known inputs; none for `run`."""
    if request.kind == "any":
        return
    for endpoint in possible_siblings(own.endpoint, request.kind, _media(request.references)):
        schema = find_schema(endpoint)
        if schema is not None and schema.inputs is not None and schema.kind == own.kind:
            yield schema


def possible_siblings(model: str, kind: Kind, media: Sequence[MediaKind]) -> Iterator[str]:
    """Yield the ids that an endpoint of the same model for references may have, the most likely first.

    A segment such as ``text-to-image`` is replaced or left out, or one is added, at the end or beside the last one.
    """
    seen = {model}
    parts = model.split("/")
    segments = [segment for medium in media for segment in _SEGMENTS.get((kind, medium), ())]
    replaced = [
        [segment if part in _WITHOUT_REFERENCES else part for part in parts]
        for segment in segments
        if set(parts) & set(_WITHOUT_REFERENCES)
    ]
    dropped = [part for part in parts if part not in _WITHOUT_REFERENCES]
    added = [[*parts, segment] for segment in segments]
    beside = [[*parts[:-1], segment] for segment in segments if len(parts) > 2 and parts[-1] in _PLAIN_SEGMENTS]
    for candidate in (*replaced, *added, dropped, *beside):
        endpoint = "/".join(candidate)
        if endpoint not in seen:
            seen.add(endpoint)
            yield endpoint


def _media(references: Sequence[Reference]) -> list[MediaKind]:
    return list(dict.fromkeys(reference.kind for reference in references))


def _without_prompt(request: Request, own: Schema, silent: Schema) -> UsageError:
    """Return the refusal of references that only an endpoint without a prompt takes; the next model is tried."""
    medium = request.references[0].kind
    noun = reference_noun(medium, 1)
    others = (model_ref(other) for other in ALTERNATIVES.get((request.kind, medium), ()) if other != own.endpoint)
    return RequestError(
        f"{model_ref(own.endpoint)} takes a {noun} without a prompt only, as {model_ref(silent.endpoint)}.",
        hint="\n".join(f"A model that takes both: --model {other}" for other in others) or None,
        code="references_unsupported",
    )


def _unsupported(request: Request, own: Schema, problem: Unplaced) -> UsageError:
    """Return the one refusal after which the next configured model is tried."""
    medium: MediaKind = (
        "image" if problem.subject == "mask" or problem.subject == "last image" else problem.subject  # noqa: PLR1714
    )
    inputs = [name for name in media_inputs(own, medium) if name not in REFERENCE_NAMES.get(medium, ())]
    others = ALTERNATIVES.get((request.kind, problem.subject), ())
    if not problem.is_absent:
        others = ALTERNATIVES_FOR_SEVERAL.get(request.kind, ())
    lines = [
        *(f"Name the input for it: -p {name}=@FILE" for name in inputs[:MAX_SHOWN]),
        *(f"A model that does: --model {model_ref(other)}" for other in others if other != own.endpoint),
    ]
    if request.kind == "any":  # `run` tries no other
        lines.append(f"Its other endpoints: {command('models show', model_ref(own.endpoint))}")
    return RequestError(
        f"{model_ref(own.endpoint)} {problem}.",
        hint="\n".join(lines) or None,
        code="references_unsupported",
    )


def siblings_of(endpoint: str, endpoints: Iterable[str]) -> list[str]:
    """Return the other endpoints of the same model, in their order."""
    model, prefix = _model_of(endpoint), siblings_prefix(endpoint)
    alike = (other for other in endpoints if other.startswith(prefix) and other != endpoint)
    return sorted(other for other in alike if _model_of(other) == model)


def siblings_prefix(endpoint: str) -> str:
    """Return the common beginning of the ids of an endpoint and its siblings."""
    prefix = "/".join(_model_of(endpoint)[:2])
    return prefix if endpoint.startswith(prefix) else endpoint.partition("/")[0]


def _model_of(endpoint: str) -> tuple[str, ...]:
    owner, *parts = endpoint.split("/")
    return (owner, *(part for part in parts if part not in _TASK_SEGMENTS and not re.fullmatch(_FROM_TO, part)))
