"""What a finished job answers: its files, the JSON that names them, and the status code; or fal's own failure."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

from .connection import Reply, json_reply
from .dimensions import image_format, image_size, sound_seconds, video_frames, video_size
from .endpoints import endpoint_of
from .error_replies import infra
from .placeholders import Plan, length_of, render
from .prices import billed_units

if TYPE_CHECKING:
    from .connection import Json
    from .endpoints import Endpoint
    from .jobs import Job
    from .state import State

_CANCELLED = "Request cancelled by the client."
_ESCAPES = "\x1b[2J\x1b[31mThis prompt\x1b[0m [bold]is[/bold]\r not\x07 allowed \x9b1m\u202e."
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
_HOSTILE_NAMES = [
    ("../../x.png", "..%2F..%2Fx.png"),
    ("/etc/openclaw-evil.png", "%2Fetc%2Fopenclaw-evil.png"),
    ("..\\..\\x.png", "..%5C..%5Cx.png"),
    ("a\x1b[31mred\x1b[0m\x07\n.png", "a%1B%5B31mred%0A.png"),
    ("nul\x00byte.png", "nul%00byte.png"),
    ("..", ".."),
    ("CON.png", "CON.png"),
    ("x" * 400 + ".png", "x" * 400 + ".png"),
    ("-rf.png", "-rf.png"),
    ("\u202egnp.exe", "%E2%80%AEgnp.exe"),
]
_TRANSCRIBERS = {"speech-to-text", "audio-to-text"}
_JSON = {"json", "text-to-json"}
_SAID = "A placeholder text from the sandbox."
_USAGE = {"prompt_tokens": 7, "completion_tokens": 7, "total_tokens": 14, "cost": 0.0}


def job_reply(state: State, job: Job, origin: str) -> Reply:
    """Answer a GET of a finished job's result, or a synchronous run."""
    reply = _reply(state, job, origin)
    reply.headers.setdefault("x-fal-request-id", job.request_id)
    return reply


def error_fields(job: Job) -> Json:
    """Return what a COMPLETED status carries after a failure of fal's own; nothing after one of the model's."""
    if job.cancelled_at is not None:
        return {"error": _CANCELLED, "error_type": "client_cancelled"}
    if job.timed_out:
        return {"error": "Request timed out", "error_type": "request_timeout"}
    if "completed-error" in job.script:
        return {"error": "Runner disconnected", "error_type": "runner_disconnected"}
    if "completed-error-string" in job.script:
        return {"error": "The runner died: out of memory"}
    if "completed-error-object" in job.script:
        return {"error": {"message": "The runner died: out of memory", "code": "runner_server_error"}}
    return {}


def _reply(state: State, job: Job, origin: str) -> Reply:
    if job.cancelled_at is not None:
        return infra(499, "client_cancelled", _CANCELLED)
    if job.timed_out:
        return infra(504, "request_timeout", "Request timed out", x_fal_request_timeout_type="user")
    if job.problems:
        return json_reply(422, {"detail": job.problems}, {"x-fal-billable-units": "0"})
    if "completed-error" in job.script:
        return infra(503, "runner_disconnected", "Runner disconnected")
    if "completed-error-string" in job.script or "completed-error-object" in job.script:
        return infra(500, "runner_server_error", "The runner died: out of memory")
    if "error-escape" in job.script:
        return json_reply(422, {"detail": [{"loc": ["body", "prompt"], "msg": _ESCAPES, "type": "value_error"}]})
    body = result_body(job, origin, state.hostile_url, state.private_url)
    return json_reply(200, body, {"x-fal-billable-units": billed_units(job, plans(job))})


def result_body(job: Job, own: str, hostile: str, private: str) -> Json:
    """Make the result; the three origins are where faults say that files are."""
    endpoint = endpoint_of(job.endpoint)
    origin = own
    if "result-stranger-url" in job.script:
        origin = hostile
    if "result-private-url" in job.script:
        origin = private
    media: dict[str, list[Json]] = {}
    for number, (name, plan) in enumerate(artifacts(job)):
        media.setdefault(name, []).append(_file(job, name, plan, number, origin))
    return _in_shape(job, endpoint, media)


def plans(job: Job) -> list[Plan]:
    """Plan the job's files."""
    return [artifact.plan for artifact in artifacts(job)]


class Artifact(NamedTuple):
    """One file of a job, and the output that names it."""

    output: str
    plan: Plan


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


def format_of(name: str, endpoint: Endpoint) -> str:
    """Return the format of an output's files, by its name. `image` and `video` stand for several."""
    known = next((form for form, words in _FORMATS if any(word in name for word in words)), "")
    return known or _FORMAT_BY_KIND.get(endpoint.kind, "json")


def text_result(endpoint: Endpoint, prompt: str = "") -> Json:
    """Make the result of an endpoint that makes text: a transcript, an object or an answer."""
    said = f"{_SAID} Prompt: {prompt}" if prompt else _SAID
    if endpoint.category in _TRANSCRIBERS:
        chunk: dict[str, Any] = {"timestamp": [0.0, 2.5], "text": said}
        return {"text": said, "chunks": [chunk], "inferred_languages": ["en"]}
    if endpoint.category in _JSON:
        return {"output": {"text": said, "score": 0.5}}
    return {"output": said, "usage": _USAGE}


def seed_of(job: Job) -> int:
    """Return the requested seed, else one that follows from the request id."""
    asked = job.body.get("seed")
    if isinstance(asked, int) and not isinstance(asked, bool):
        return asked
    seed = int(job.request_id.replace("-", "")[-8:], 16)
    return _BEYOND_DOUBLES | seed << 20 | 1 if "shape-huge-seed" in job.script else seed


def _in_shape(job: Job, endpoint: Endpoint, media: dict[str, list[Json]]) -> Json:
    script = job.script
    result: Json = {} if "no-media" in script else _named(job, endpoint, media)
    result |= _beside(job, endpoint, sum(map(len, media.values())))
    if "shape-nested" in script:
        return {"data": result}
    if "shape-wrapper" in script:
        return {"status": "COMPLETED", "logs": [], "response": result}
    return result


def _named(job: Job, endpoint: Endpoint, media: dict[str, list[Json]]) -> Json:
    """Put the files under the names that the endpoint gives them, or that a fault gives to the first output."""
    script = job.script
    is_video = endpoint.kind == "video"
    first = next(iter(media.values()), [])
    if first and "shape-audio" not in script:
        if "empty-list" in script:
            return {"videos": []} if is_video else {"images": []}
        if "shape-video-url" in script:
            return {"video_url": first[0]["url"]}
        if "shape-videos" in script:
            return {"videos": first}
        if "shape-image" in script:
            return {"image": first[0]}
        if "shape-strings" in script:
            urls = [one["url"] for one in first]
            return {"video": urls[0]} if is_video else {"images": urls}
    return {name: _shaped(endpoint.outputs.get(name, "."), files) for name, files in media.items()}


def _shaped(shape: str, files: list[Json]) -> Any:
    shown = [file["url"] for file in files] if shape.startswith("url") else files
    return shown if shape.endswith("[]") else shown[0]


def _beside(job: Job, endpoint: Endpoint, count: int) -> Json:
    """Give what stands beside the media."""
    if not endpoint.outputs:
        return text_result(endpoint, job.prompt)
    if _is_flux(job.endpoint) or (endpoint.inputs is None and endpoint.kind == "image"):
        timings, safe = {"inference": 1.2243}, [False] * count
        return {"timings": timings, "seed": seed_of(job), "has_nsfw_concepts": safe, "prompt": job.prompt}
    if "nano-banana" in job.endpoint:
        return {"description": "A placeholder from the sandbox."}
    if "/wan/" in job.endpoint:
        return {"prompt": job.prompt, "seed": seed_of(job)}
    if "seed" in endpoint.takes or endpoint.inputs is None or "shape-huge-seed" in job.script:
        return {"seed": seed_of(job)}
    return {}


def _is_flux(endpoint: str) -> bool:
    return endpoint.startswith("fal-ai/flux/")


def _file(job: Job, output: str, plan: Plan, number: int, origin: str) -> Json:
    """Describe one file as fal's File or Image object does."""
    kind = plan.content_type.partition("/")[0]
    stem = f"image{number}" if output == "images" else output.removesuffix("_url")
    name = tail = f"{stem}.{plan.extension}"
    if "result-evil-name" in job.script:
        name, tail = _HOSTILE_NAMES[(job.script.number("result-evil-name") + number) % len(_HOSTILE_NAMES)]
    compact = job.request_id.replace("-", "")
    url = f"{origin}/files/b/{compact[-8:]}/{compact}_{number}_{tail}"
    if job.body.get("sync_mode") is True or "shape-data-uri" in job.script:
        url = f"data:{plan.content_type};base64,{base64.b64encode(render(plan)).decode()}"
    if kind != "image":
        size = length_of(plan) + (plan.megabytes << 20)
        return {"url": url, "content_type": plan.content_type, "file_name": name, "file_size": size}
    file: Json = {"url": url, "width": plan.size[0], "height": plan.size[1], "content_type": plan.content_type}
    if not _is_flux(job.endpoint) or "result-evil-name" in job.script:
        file |= {"file_name": name, "file_size": None}
    if "nano-banana" in job.endpoint or "shape-null-size" in job.script:
        file |= {"width": None, "height": None}
    if "shape-no-size" in job.script:
        del file["width"], file["height"]
    return file


def _count(job: Job) -> int:
    asked = next((job.body[name] for name in _COUNT_NAMES if name in job.body), 1)
    return min(asked, _MAX_FILES) if isinstance(asked, int) and asked > 0 else 1


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
