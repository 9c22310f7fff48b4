"""Which input of an endpoint each reference goes into: by medium, by role, by the names that fal's models use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from openclaw_fal.models.schema import medium_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.core.requests import MediaKind, Reference
    from openclaw_fal.models.schema import Input, Schema

# Inputs for what a model works from, the preferred one first. One that is required is taken before all of them.
REFERENCE_NAMES: dict[MediaKind, tuple[str, ...]] = {
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
        "file_urls",
        "image_style_references",
    ),
    "video": ("video_url", "video_urls", "reference_video_urls", "input_video_url", "source_video_url"),
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
_OTHER_ROLES = frozenset((*MASK_NAMES, *LAST_IMAGE_NAMES))


class Placement(NamedTuple):
    """An input and the references that go into it, by their place in the request.

    ``member`` is the name under which each URL stands in a list of objects.
    """

    name: str
    shape: Literal["url", "list", "objects"]
    indexes: tuple[int, ...]
    member: str = ""

    def value(self, urls: Sequence[str]) -> object:
        """Return the JSON for the input; ``urls`` are those of all references of the request."""
        own = [urls[index] for index in self.indexes]
        if self.shape == "url":
            return own[0]
        return [{self.member: url} for url in own] if self.shape == "objects" else own


class Unplaced(Exception):
    """The endpoint has no input for a reference (``is_absent``), or not for so many; the text says which."""

    def __init__(self, reason: str, *, is_absent: bool = False) -> None:
        super().__init__(reason)
        self.is_absent = is_absent


def place(references: Sequence[Reference], schema: Schema) -> tuple[Placement, ...]:
    """Find an input for every reference; raise `Unplaced` when there is none."""
    inputs = schema.inputs or {}
    placements = [*_named(references, inputs)]
    for role, names in (("mask", MASK_NAMES), ("last image", LAST_IMAGE_NAMES)):
        indexes = _indexes(references, role=role)
        if indexes:
            placements.append(_by_role(role, names, indexes, inputs))
    taken = {placement.name for placement in placements}
    for medium in REFERENCE_NAMES:
        if indexes := _indexes(references, role="reference", medium=medium):
            placements += _by_medium(medium, indexes, inputs, taken)
    return tuple(placements)


def _indexes(references: Sequence[Reference], *, role: str, medium: str | None = None) -> tuple[int, ...]:
    return tuple(
        index
        for index, reference in enumerate(references)
        if reference.role == role and reference.input is None and medium in (None, reference.kind)
    )


def _named(references: Sequence[Reference], inputs: Mapping[str, Input]) -> list[Placement]:
    """Place the references whose input the user named."""
    by_name: dict[str, list[int]] = {}
    for index, reference in enumerate(references):
        if reference.input is not None:
            by_name.setdefault(reference.input, []).append(index)
    return [
        Placement(name, "list" if name in inputs and inputs[name].is_list else "url", tuple(indexes))
        for name, indexes in by_name.items()
    ]


def _by_role(role: str, names: tuple[str, ...], indexes: tuple[int, ...], inputs: Mapping[str, Input]) -> Placement:
    name = next((name for name in names if name in inputs), None)
    if name is None:
        raise Unplaced(f"takes no {role}", is_absent=True)
    return Placement(name, "list" if inputs[name].is_list else "url", indexes)


def _by_medium(
    medium: MediaKind, indexes: tuple[int, ...], inputs: Mapping[str, Input], taken: set[str]
) -> list[Placement]:
    fitting = _fitting(medium, {name: field for name, field in inputs.items() if name not in taken})
    if not fitting:
        raise Unplaced(f"takes no reference {_noun(medium, 0)}", is_absent=True)
    if len(indexes) == 1:
        return [_placement(fitting[0], inputs, indexes)]
    singles = [name for name in fitting if not _holds_several(inputs[name]) and inputs[name].is_required]
    lists = [name for name in fitting if _holds_several(inputs[name])]
    if not lists:
        raise Unplaced(f"supports at most 1 reference {_noun(medium, 1)}, {len(indexes)} requested")
    first = singles[:1]
    rest = indexes[len(first) :]
    limit = inputs[lists[0]].max_items
    if limit is not None and len(rest) > limit:
        most = limit + len(first)
        raise Unplaced(f"supports at most {most} reference {_noun(medium, most)}, {len(indexes)} requested")
    return [*(_placement(name, inputs, indexes[:1]) for name in first), _placement(lists[0], inputs, rest)]


def _fitting(medium: MediaKind, inputs: Mapping[str, Input]) -> list[str]:
    """Return the inputs for what a model works from, in the order in which to try them."""
    names = REFERENCE_NAMES[medium]
    fitting = [
        name
        for name, field in inputs.items()
        if name not in _OTHER_ROLES and _takes(field, medium) and (name in names or field.is_required)
    ]
    return sorted(
        fitting,
        key=lambda name: (not inputs[name].is_required, names.index(name) if name in names else len(names)),
    )


def _takes(field: Input, medium: MediaKind) -> bool:
    return medium_of(field) in (medium, "file") or bool(_member(field, medium))


def _holds_several(field: Input) -> bool:
    return "array" in field.types


def _member(field: Input, medium: MediaKind) -> str:
    """Return the member that takes such media in the objects of a list."""
    members = (field.items.properties if field.items else None) or {}
    return next((name for name, member in members.items() if member.medium == medium), "")


def _placement(name: str, inputs: Mapping[str, Input], indexes: tuple[int, ...]) -> Placement:
    field = inputs[name]
    if not _holds_several(field):
        return Placement(name, "url", indexes)
    member = "" if medium_of(field) else next(filter(None, (_member(field, each) for each in REFERENCE_NAMES)), "")
    return Placement(name, "objects" if member else "list", indexes, member)


def _noun(medium: MediaKind, count: int) -> str:
    noun = "audio file" if medium == "audio" else medium
    return noun if count == 1 else f"{noun}s"
