"""Where a result is less than what was asked for: fewer files, another size or shape, files that fal has flagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.kinds import HINTS, KIND_ROWS, flag_name
from openclaw_fal.core.requests import Size
from openclaw_fal.core.results import Shortfall
from openclaw_fal.models.family_sizes import distance
from openclaw_fal.models.shapes import ratio_of, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from openclaw_fal.core.results import Asset
    from openclaw_fal.core.tasks import Task

MAX_SHAPE_ERROR = 1.1  # the ratio of two aspect ratios; models round to multiples of 16 and more


def shortfalls(task: Task) -> tuple[Shortfall, ...]:
    """Return where the result of a succeeded task is less than what was asked for."""
    found = [*_fewer_files(task), *_flagged(task)]
    for number, asset in enumerate(task.outputs, start=1):
        found += _other_shape(task, asset, number)
    return tuple(found)


def _fewer_files(task: Task) -> Iterator[Shortfall]:
    sent = _sent(task, "count")
    if isinstance(sent, int) and 0 < len(task.outputs) < sent:
        made = f"{task.endpoint} made only {len(task.outputs)} of {sent} requested files."
        yield Shortfall("fewer_files", made)


def _flagged(task: Task) -> Iterator[Shortfall]:
    """Warn of files that fal's safety checker flagged: they arrive black, without an error."""
    noun = KIND_ROWS[task.kind].noun
    for number, asset in enumerate(task.outputs, start=1):
        if asset.is_flagged:
            text = f"fal's safety checker flagged {noun} {number} (has_nsfw_concepts); it may be black."
            yield Shortfall("flagged", text, number)


def _other_shape(task: Task, asset: Asset, number: int) -> Iterator[Shortfall]:
    if not asset.path or not asset.width or not asset.height:
        return
    made = Size(asset.width, asset.height)
    for hint in ("size", "aspect_ratio"):
        sent = _sent(task, hint)
        wanted = ratio_of(sent) if sent else None
        if not wanted:
            continue
        code = None
        if distance(made.ratio, wanted) > MAX_SHAPE_ERROR:
            code = "other_aspect_ratio"
        elif hint == "size" and size_of(sent) not in (None, made):
            code = "other_size"
        if code:
            text = f"{flag_name(hint, task.kind)} {sent} was sent, but the file has {made} pixels."
            yield Shortfall(code, text, number)
        return


def _sent(task: Task, hint: str) -> Any:
    """Return the value of a hint that was sent, ``None`` if none was."""
    asked, name = getattr(task.request, hint, None), HINTS[hint]
    if asked is None or name in task.ignored:
        return None
    return task.normalization[name].applied if name in task.normalization else asked
