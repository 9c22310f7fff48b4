"""A WAV file with a quiet tone, whose pitch comes from a key."""

from __future__ import annotations

import hashlib
import math
import struct

_SAMPLES_PER_SECOND = 8000
_MIDDLE = 128  # silence, in 8 bits
_LOUDNESS = 20
_LOWEST_PITCH, _PITCHES = 220, 660  # Hz; whole numbers, so that each second is like the first


def tone(key: str, seconds: float) -> bytes:
    """Encode a tone in mono, 8 bits per sample."""
    pitch = _LOWEST_PITCH + int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % _PITCHES
    count = max(1, round(seconds * _SAMPLES_PER_SECOND))
    angle = math.tau * pitch / _SAMPLES_PER_SECOND
    second = bytes(_MIDDLE + round(_LOUDNESS * math.sin(angle * place)) for place in range(_SAMPLES_PER_SECOND))
    data = (second * (count // _SAMPLES_PER_SECOND + 1))[:count]
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _SAMPLES_PER_SECOND, _SAMPLES_PER_SECOND, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", count) + data + bytes(count % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body
