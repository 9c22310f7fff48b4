"""A pretend fal on loopback. It needs only the standard library and this package's facts file.

It speaks fal's protocol, knows every endpoint in the facts, makes real files, records what it accepts and fails on
demand.
"""

from __future__ import annotations

from .server import Sandbox

__all__ = ["Sandbox"]
