"""The JSON of a finished job's result: its files by name, and what stands beside them, model by model."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .artifacts import artifacts, seed_of
from .endpoints import endpoint_of
from .placeholders import render

if TYPE_CHECKING:
    from .endpoints import Endpoint
    from .http_message import Json
    from .jobs import Job
    from .placeholders import Plan

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
        size = len(render(plan)) + (plan.megabytes << 20)
        return {"url": url, "content_type": plan.content_type, "file_name": name, "file_size": size}
    file: Json = {"url": url, "width": plan.size[0], "height": plan.size[1], "content_type": plan.content_type}
    if not _is_flux(job.endpoint) or "result-evil-name" in job.script:
        file |= {"file_name": name, "file_size": None}
    if "nano-banana" in job.endpoint or "shape-null-size" in job.script:
        file |= {"width": None, "height": None}
    if "shape-no-size" in job.script:
        del file["width"], file["height"]
    return file


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


def text_result(endpoint: Endpoint, prompt: str = "") -> Json:
    """Make the result of an endpoint that makes text: a transcript, an object or an answer."""
    said = f"{_SAID} Prompt: {prompt}" if prompt else _SAID
    if endpoint.category in _TRANSCRIBERS:
        chunk: dict[str, Any] = {"timestamp": [0.0, 2.5], "text": said}
        return {"text": said, "chunks": [chunk], "inferred_languages": ["en"]}
    if endpoint.category in _JSON:
        return {"output": {"text": said, "score": 0.5}}
    return {"output": said, "usage": _USAGE}
