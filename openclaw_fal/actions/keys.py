"""Whether there is a key to send, for commands that can do without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.errors import KeyProblem

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.runtime import Runtime


def has_key(runtime: Runtime, tell: Callable[[str], object] | None = None) -> bool:
    """Tell whether there is a key; ``tell`` hears what is wrong with one that can't be used."""
    try:
        return runtime.sandbox_wanted or runtime.key is not None
    except KeyProblem as problem:
        if tell:
            tell(problem.message)
        return False
