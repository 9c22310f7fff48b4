"""The files that a job makes: one plan for each, in the order in which its result names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .dimensions import image_format, image_size, sound_seconds, video_frames, video_size
from .endpoints import endpoint_of
from .placeholders import Plan

if TYPE_CHECKING:
    from .endpoints import Endpoint
    from .jobs import Job

_BEYOND_DOUBLES = 1 << 62
_MAX_FILES = 64  # of one output, where the endpoint sets no limit
_COUNT_NAMES = ("num_images", "num_samples", "num_outputs")
_SAMPLES_PER_SECOND = 1000  # the unit in which a sound's length is planned
# The format of an output's file, and words in the output's name. The first match counts.
_FORMATS = (
    ("fbx", ("fbx",)),
    ("obj", ("model_obj",)),
    ("mtl", ("mtl",)),
    ("ply", ("ply", "splat")),
    ("zip", ("zip", "frames_url", "exr", "dataset", "dir", "world", "result_files", "raw_depths")),
    ("safetensors", ("lora", "latents", "embedding", "preprocessed_data")),
    ("txt", ("caption",)),
    ("json", ("config", "lottie", "preprocessed_output")),
    ("video", ("video", "media")),
    ("wav", ("audio", "bass", "drums", "guitar", "other", "piano", "vocals")),
    ("image", ("image", "thumbnail", "mask", "texture", "sprite", "map", "visualization", "overlay")),
    ("glb", ("glb", "mesh", "model", "scene")),
)
_FORMAT_BY_KIND = {"image": "image", "video": "video", "audio": "wav", "3d": "glb"}


class Artifact(NamedTuple):
    """One file of a job, and the output that names it."""

    output: str
    plan: Plan


def seed_of(job: Job) -> int:
    """Return the requested seed, else one that follows from the request id."""
    asked = job.body.get("seed")
    if isinstance(asked, int) and not isinstance(asked, bool):
        return asked
    seed = int(job.request_id.replace("-", "")[-8:], 16)
    return _BEYOND_DOUBLES | seed << 20 | 1 if "shape-huge-seed" in job.script else seed


def plans(job: Job) -> list[Plan]:
    """Plan the job's files."""
    return [artifact.plan for artifact in artifacts(job)]


def artifacts(job: Job) -> list[Artifact]:
    endpoint = endpoint_of(job.endpoint)
    outputs = {"audio": "."} if "shape-audio" in job.script else endpoint.outputs
    made: list[Artifact] = []
    for name, shape in outputs.items():
        form = format_of(name, endpoint)
        count = _count(job) if shape.endswith("[]") and form == "image" else 1
        for number in range(count):
            made.append(Artifact(name, _plan(job, endpoint, form, len(made), f"{number + 1}/{count}")))
    return made


def _count(job: Job) -> int:
    asked = next((job.body[name] for name in _COUNT_NAMES if name in job.body), 1)
    return min(asked, _MAX_FILES) if isinstance(asked, int) and asked > 0 else 1


def format_of(name: str, endpoint: Endpoint) -> str:
    """Return the format of an output's files, by its name. `image` and `video` stand for several."""
    known = next((form for form, words in _FORMATS if any(word in name for word in words)), "")
    return known or _FORMAT_BY_KIND.get(endpoint.kind, "json")


def _plan(job: Job, endpoint: Endpoint, form: str, number: int, of_count: str) -> Plan:
    size, frames, rate = (0, 0), 0, 0
    if form == "video":
        form, size = "mp4", video_size(endpoint, job.body, job.input_size)
        frames, rate = video_frames(endpoint, job.body)
    elif form == "wav":
        rate = _SAMPLES_PER_SECOND
        frames = round(sound_seconds(endpoint, job.body) * rate)
    elif form == "image":
        form, size = image_format(endpoint, job.body), image_size(endpoint, job.body, job.input_size)
    seed = seed_of(job)
    # The second version of a file that changes between two tries of a download is another picture.
    version = "changed" if job.script.spent("download-changed") else ""
    length = f"{frames / rate:g} s" if rate else of_count
    return Plan(
        format=form,
        key=f"{job.prompt}|{seed}|{number}|{version}",
        size=size,
        detail=f"{job.endpoint} | {size[0]}x{size[1]} | seed {seed} | {length}",
        prompt=job.prompt,
        frames=frames,
        rate=rate,
        megabytes=job.script.number("big"),
    )
