"""Placeholder files that are neither picture nor film: a tone, 3D models, weights, archives, JSON and text."""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import zipfile

from .scene import flat_color

_SAMPLES_PER_SECOND = 8000
_SILENCE = 128  # in 8 bits
_LOUDNESS = 20
_LOWEST_PITCH, _PITCHES = 220, 660  # Hz; whole numbers, so that each second is like the first
_GLTF_MAGIC, _GLTF_VERSION = b"glTF", 2
_FLOAT, _UNSIGNED_SHORT = 5126, 5123
_VERTICES, _INDICES = 34962, 34963
_POINTS = ((1.0, 1.0, 1.0), (-1.0, -1.0, 1.0), (-1.0, 1.0, -1.0), (1.0, -1.0, -1.0))
_FACES = (0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3)
_CREATOR = "placeholder from the openclaw-fal sandbox"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the oldest date of a ZIP entry, so that the same plan gives the same bytes
_OBJ = "# {0}\n# {1}\nv 1 1 1\nv -1 -1 1\nv -1 1 -1\nv 1 -1 -1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
_MTL = "# {0}\n# {1}\nnewmtl placeholder\nKd 0.5 0.5 0.5\n"
_PLY = (
    "ply\nformat ascii 1.0\ncomment {0}\ncomment {1}\nelement vertex 3\nproperty float x\nproperty float y\n"
    "property float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
    "0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n"
)
_FBX = "; FBX 7.4.0 project file\n; {0}\n; {1}\nFBXHeaderExtension:  {{\n\tFBXVersion: 7400\n}}\nObjects:  {{\n}}\n"
_TEXTS = {"obj": _OBJ, "mtl": _MTL, "ply": _PLY, "fbx": _FBX, "txt": "{0}\n{1}\n"}


def tone(key: str, seconds: float) -> bytes:
    """Encode a WAV file with a quiet tone, in mono, 8 bits per sample. Its pitch comes from the key."""
    pitch = _LOWEST_PITCH + int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % _PITCHES
    count = max(1, round(seconds * _SAMPLES_PER_SECOND))
    angle = math.tau * pitch / _SAMPLES_PER_SECOND
    second = bytes(_SILENCE + round(_LOUDNESS * math.sin(angle * place)) for place in range(_SAMPLES_PER_SECOND))
    data = (second * (count // _SAMPLES_PER_SECOND + 1))[:count]
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _SAMPLES_PER_SECOND, _SAMPLES_PER_SECOND, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", count) + data + bytes(count % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tetrahedron(key: str) -> bytes:
    """Encode a binary glTF 2.0 file: a header, then JSON and binary data, each a multiple of four bytes."""
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
    return _GLTF_MAGIC + struct.pack("<II", _GLTF_VERSION, 12 + len(chunks)) + chunks


def document(form: str, detail: str) -> bytes:
    """Make a text, an archive or weights; `detail` is written into it."""
    detail = " ".join(detail.split())
    if form == "safetensors":
        return _safetensors(detail)
    if form == "zip":
        return _archive(detail)
    if form == "json":
        return json.dumps({"comment": _CREATOR, "detail": detail}, indent=2).encode()
    return _TEXTS[form].format(_CREATOR, detail).encode()


def _chunk(kind: bytes, data: bytes, filling: bytes) -> bytes:
    data += filling * (-len(data) % 4)
    return struct.pack("<I4s", len(data), kind) + data


def _safetensors(detail: str) -> bytes:
    """Write one tensor of four zeros behind a header of JSON, whose length stands in front."""
    weight = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    header = json.dumps({"__metadata__": {"comment": _CREATOR, "detail": detail}, "weight": weight}).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + bytes(16)


def _archive(detail: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("placeholder.txt", _LONG_AGO), f"{_CREATOR}\n{detail}\n")
    return file.getvalue()
