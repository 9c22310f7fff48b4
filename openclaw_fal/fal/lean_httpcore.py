"""httpcore without what it imports for asyncio and SOCKS: that took a twentieth of the start of an image.

httpcore does without packages that are not installed. Nothing here uses asyncio, and httpcore imports socksio
again when it meets a SOCKS proxy.
"""

import sys

_UNUSED = [name for name in ("anyio", "socksio") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNUSED))  # type: ignore[arg-type]  # None means that it is not installed
try:
    import httpcore
finally:
    for _name in _UNUSED:
        del sys.modules[_name]

__all__ = ["httpcore"]
