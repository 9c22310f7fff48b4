"""Small files of the other formats: weights, archives, JSON, text and plain 3D formats."""

from __future__ import annotations

import io
import json
import struct
import zipfile

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


def document(form: str, detail: str) -> bytes:
    """Make a file of a format that is neither picture, film nor sound; `detail` is written into it."""
    detail = " ".join(detail.split())
    if form == "safetensors":
        return _safetensors(detail)
    if form == "zip":
        return _archive(detail)
    if form == "json":
        return json.dumps({"comment": _CREATOR, "detail": detail}, indent=2).encode()
    return _TEXTS[form].format(_CREATOR, detail).encode()


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
