"""httpcore without what it imports for asyncio, SOCKS and certificates: that took a twentieth of the start of an image.

httpcore does without packages that are not installed. Nothing here uses asyncio, and httpcore imports socksio
again when it meets a SOCKS proxy. It asks certifi only for connections without a context, and all of ours have one.
"""

import sys
from types import ModuleType

_UNUSED = [name for name in ("anyio", "socksio") if name not in sys.modules]
sys.modules.update(dict.fromkeys(_UNUSED))  # type: ignore[arg-type]  # None means that it is not installed
_certifi = sys.modules.setdefault("certifi", ModuleType("certifi"))
try:
    import httpcore
finally:
    for _name in _UNUSED:
        del sys.modules[_name]
    if _certifi.__spec__ is None:
        del sys.modules["certifi"]

__all__ = ["httpcore"]
