"""A binary glTF 2.0 file: a tetrahedron of one color, which comes from a key."""

from __future__ import annotations

import json
import struct

from .scene import flat_color

_MAGIC, _VERSION = b"glTF", 2
_FLOAT, _UNSIGNED_SHORT = 5126, 5123
_VERTICES, _INDICES = 34962, 34963
_POINTS = ((1.0, 1.0, 1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0), (1.0, -1.0, -1.0))
_FACES = (0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3)


def tetrahedron(key: str) -> bytes:
    """Encode the file: a header, a chunk of JSON and a chunk of binary data, each a multiple of four bytes."""
    points = b"".join(struct.pack("<3f", *point) for point in _POINTS)
    faces = struct.pack(f"<{len(_FACES)}H", *_FACES)
    color = [round(value / 255, 3) for value in flat_color(key)]
    scene = {
        "asset": {"version": "2.0", "generator": "openclaw-fal sandbox"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [*color, 1]}}],
        "buffers": [{"byteLength": len(points) + len(faces)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(points), "target": _VERTICES},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(faces), "target": _INDICES},
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": _FLOAT,
                "count": len(_POINTS),
                "type": "VEC3",
                "min": [-1, -1, -1],
                "max": [1, 1, 1],
            },
            {"bufferView": 1, "componentType": _UNSIGNED_SHORT, "count": len(_FACES), "type": "SCALAR"},
        ],
    }
    text = json.dumps(scene, separators=(",", ":")).encode()
    chunks = _chunk(b"JSON", text, b" ") + _chunk(b"BIN\0", points + faces, b"\0")
    return _MAGIC + struct.pack("<II", _VERSION, 12 + len(chunks)) + chunks


def _chunk(kind: bytes, data: bytes, filling: bytes) -> bytes:
    data += filling * (-len(data) % 4)
    return struct.pack("<I4s", len(data), kind) + data
