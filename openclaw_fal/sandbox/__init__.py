"""A stand-in for fal on loopback: the standard library only, and nothing of the rest of this package.

It speaks fal's wire protocol as `fal-http.md` has it, makes real files, counts what it accepts, and fails on demand.
"""

from __future__ import annotations

from .server import Sandbox

__all__ = ["Sandbox"]
