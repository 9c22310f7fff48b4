"""Which input of an endpoint each reference goes into: by medium, by role, by the names that fal's models use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.kinds import reference_noun
from openclaw_fal.core.records import Record
from openclaw_fal.models.schema import is_archive, medium_of, medium_of_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from openclaw_fal.core.kinds import MediaKind
    from openclaw_fal.core.requests import Reference
    from openclaw_fal.models.schema import Input, Schema

Subject = Literal["image", "video", "audio", "3d", "file", "mask", "last image"]
"""What a reference is: a medium to work from, or a mask or last image."""
Shape = Literal["url", "list", "object", "objects"]
"""How an input holds references: a URL, a list of them, an object with a URL in a member, or a list of such objects."""

# Inputs for what a model works from, the preferred one first. One that is required is taken before all of them.
REFERENCE_NAMES: Mapping[MediaKind, tuple[str, ...]] = {
    "image": (
        "image_url",
        "image_urls",
        "start_image_url",
        "first_frame_url",
        "first_image_url",
        "first_frame_image_url",
        "input_image_urls",
        "input_image_url",
        "reference_image_urls",
        "reference_image_url",
        "ref_image_urls",
        "ref_image_url",
        "source_image_url",
        "initial_image_url",
        "image",
        "images",
        "file_urls",
        "image_style_references",
    ),
    "video": (
        "video_url",
        "video_urls",
        "reference_video_urls",
        "input_video_url",
        "source_video_url",
        "video",
        "videos",
    ),
    "audio": ("audio_url", "audio_urls", "driven_audio_url", "first_audio_url", "reference_audio_url"),
}
MASK_NAMES = ("mask_url", "mask_image_url", "mask_image", "mask", "mask_video_url", "inpaint_mask_url")
LAST_IMAGE_NAMES = (
    "end_image_url",
    "tail_image_url",
    "last_frame_url",
    "last_image_url",
    "last_frame_image_url",
    "end_frame_url",
)
NAMES_OF_ROLE: Mapping[Literal["mask", "last image"], tuple[str, ...]] = {
    "mask": MASK_NAMES,
    "last image": LAST_IMAGE_NAMES,
}
_NAMES_OF_OTHER_ROLES = frozenset((*MASK_NAMES, *LAST_IMAGE_NAMES))


class Placement(Record):
    """An input and the references that go into it, by their index in the request.

    ``member`` is the name of the URL in an object.
    """

    name: str
    shape: Shape
    indexes: tuple[int, ...]
    member: str = ""

    def value(self, urls: Sequence[str]) -> Any:
        """Return the JSON for the input; ``urls`` has the URL of each reference of the request."""
        own = [urls[index] for index in self.indexes]
        match self.shape:
            case "url":
                return own[0]
            case "list":
                return own
            case "object":
                return {self.member: own[0]}
            case "objects":
                return [{self.member: url} for url in own]

    def added_to(self, body: Mapping[str, Any], urls: Sequence[str]) -> dict[str, Any]:
        """Return the body with the references; other members of an object stay."""
        value, ours = self.value(urls), body.get(self.name)
        is_shared = isinstance(value, dict) and isinstance(ours, dict)
        return {**body, self.name: {**ours, **value} if is_shared else value}  # type: ignore[dict-item]

    def is_given_in(self, parameters: Mapping[str, Any]) -> bool:
        """Return whether the user gave the same input as a parameter too."""
        given = parameters.get(self.name, parameters)
        if self.shape == "object" and isinstance(given, dict) and given is not parameters:
            return self.member in given
        return self.name in parameters


class Unplaced(Exception):
    """The endpoint has no input for a reference (``is_absent``), or not for so many; the text says which.

    ``subject`` is the medium, or the role of a mask or last image.
    """

    def __init__(self, reason: str, subject: Subject, *, is_absent: bool = False) -> None:
        super().__init__(reason)
        self.subject = subject
        self.is_absent = is_absent


def place(references: Sequence[Reference], schema: Schema) -> tuple[Placement, ...]:
    """Find an input for every reference; raise `Unplaced` when there is none."""
    inputs = schema.inputs or {}
    placements = [*_named(references, inputs)]
    for role, names in NAMES_OF_ROLE.items():
        if indexes := _indexes(references, role=role):
            placements.append(_by_role(role, names, indexes, inputs))
    for medium in REFERENCE_NAMES:
        if indexes := _indexes(references, role="reference", medium=medium):
            taken = {placement.name for placement in placements}
            free = {name: field for name, field in inputs.items() if name not in taken}
            placements += _by_medium(medium, indexes, free)
    return tuple(placements)


def media_inputs(schema: Schema, medium: MediaKind) -> list[str]:
    """Return all inputs that take such a medium, for any purpose."""
    return [name for name, field in (schema.inputs or {}).items() if _takes(name, field, medium)]


def _indexes(references: Sequence[Reference], *, role: str, medium: str | None = None) -> tuple[int, ...]:
    return tuple(
        index
        for index, reference in enumerate(references)
        if reference.role == role and reference.input is None and medium in (None, reference.kind)
    )


def _named(references: Sequence[Reference], inputs: Mapping[str, Input]) -> Iterator[Placement]:
    """Place the references whose input the user named."""
    for name in dict.fromkeys(reference.input for reference in references if reference.input is not None):
        indexes = tuple(index for index, reference in enumerate(references) if reference.input == name)
        yield Placement(name, "list" if name in inputs and inputs[name].is_list else "url", indexes)


def _by_role(
    role: Literal["mask", "last image"], names: tuple[str, ...], indexes: tuple[int, ...], inputs: Mapping[str, Input]
) -> Placement:
    name = next((name for name in names if name in inputs), None)
    if name is None:
        raise Unplaced(f"takes no {role}", role, is_absent=True)
    return Placement(name, "list" if inputs[name].is_list else "url", indexes)


def _by_medium(medium: MediaKind, indexes: tuple[int, ...], inputs: Mapping[str, Input]) -> list[Placement]:
    """Place the references of a medium: one alone goes into the best input, several into the best list.

    If an input for a single one is required, it gets the first.
    """
    fitting = _fitting(medium, inputs)
    if not fitting:
        raise Unplaced(f"takes no {reference_noun(medium, 0)}", medium, is_absent=True)
    if len(indexes) == 1:
        return [_placement(fitting[0], inputs, indexes, medium)]
    singles = [name for name in fitting if not _holds_several(inputs[name]) and inputs[name].is_required]
    lists = [name for name in fitting if _holds_several(inputs[name])]
    if not lists:
        raise Unplaced(f"supports at most 1 {reference_noun(medium, 1)}, {len(indexes)} requested", medium)
    first = singles[:1]
    rest = indexes[len(first) :]
    limit = inputs[lists[0]].max_items
    if limit is not None and len(rest) > limit:
        most = limit + len(first)
        raise Unplaced(f"supports at most {most} {reference_noun(medium, most)}, {len(indexes)} requested", medium)
    return [
        *(_placement(name, inputs, indexes[:1], medium) for name in first),
        _placement(lists[0], inputs, rest, medium),
    ]


def _fitting(medium: MediaKind, inputs: Mapping[str, Input]) -> list[str]:
    """Return the inputs for what a model works from, in the order in which to try them."""
    names = REFERENCE_NAMES[medium]
    fitting = [
        name
        for name, field in inputs.items()
        if name not in _NAMES_OF_OTHER_ROLES and _takes(name, field, medium) and (name in names or field.is_required)
    ]
    return sorted(
        fitting,
        key=lambda name: (not inputs[name].is_required, names.index(name) if name in names else len(names)),
    )


def _takes(name: str, field: Input, medium: MediaKind) -> bool:
    known = medium_of_input(name, field)
    if known and (known not in (medium, "file") or is_archive(name)):
        return False
    is_url = known is not None and (not field.types or field.takes("string") or field.takes("array"))
    holder = field.items if field.takes("array") and field.items else field
    return is_url or bool(_member(holder, medium))


def _placement(name: str, inputs: Mapping[str, Input], indexes: tuple[int, ...], medium: MediaKind) -> Placement:
    field = inputs[name]
    if _holds_several(field):
        member = _member(field.items, medium) if field.items and not medium_of(field) else ""
        return Placement(name, "objects" if member else "list", indexes, member)
    if field.types and not field.takes("string"):
        return Placement(name, "object", indexes, _member(field, medium))
    return Placement(name, "url", indexes)


def _holds_several(field: Input) -> bool:
    return "array" in field.types


def _member(field: Input, medium: MediaKind) -> str:
    """Return the member of an object that takes such a medium."""
    members = field.properties or {}
    found = (name for name, member in members.items() if member.medium in (medium, "file") or name == "url")
    return next(found, "")
