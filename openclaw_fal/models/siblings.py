"""The other endpoints of a model: ids that differ only in what they do, such as ``edit`` or ``image-to-video``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Parts of an id that say what an endpoint does rather than which model it is.
_TASKS = frozenset(
    """
    edit redux remix modify reframe inpaint inpainting outpaint extend generate upscale edit-image image-edit
    edit-video extend-video first-last-frame-to-video t2v i2v v2v t2i i2i
    """.split()  # noqa: SIM905 - a word on each line would fill a page
)
_FROM_TO = r"[a-z0-9]+(?:-[a-z0-9]+)?-to-[a-z0-9]+"


def siblings_of(endpoint: str, endpoints: Iterable[str]) -> list[str]:
    """Return the other endpoints of the same model, in their order."""
    model, prefix = _model_of(endpoint), siblings_prefix(endpoint)
    alike = (other for other in endpoints if other.startswith(prefix) and other != endpoint)
    return sorted(other for other in alike if _model_of(other) == model)


def siblings_prefix(endpoint: str) -> str:
    """Return what the ids of an endpoint and of its siblings begin with."""
    prefix = "/".join(_model_of(endpoint)[:2])
    return prefix if endpoint.startswith(prefix) else endpoint.partition("/")[0]


def _model_of(endpoint: str) -> tuple[str, ...]:
    owner, *parts = endpoint.split("/")
    return (owner, *(part for part in parts if part not in _TASKS and not re.fullmatch(_FROM_TO, part)))
