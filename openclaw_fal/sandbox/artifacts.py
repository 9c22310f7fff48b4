"""What a finished job made: the files, still as plans, and the JSON that names them (fal-http.md §8)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from .dimensions import image_size, video_frames, video_size
from .inputs import schema_of
from .placeholders.plan import Plan, render

if TYPE_CHECKING:
    from .http_message import Json
    from .inputs import Schema
    from .jobs import Job

_BEYOND_DOUBLES = 1 << 62
_MOST = 64  # pictures of one job; where no schema sets a limit
_EVIL_NAMES = [
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


def seed_of(job: Job) -> int:
    """Give the seed that was asked for, else one that follows from the request id."""
    asked = job.body.get("seed")
    if isinstance(asked, int) and not isinstance(asked, bool):
        return asked
    seed = int(job.request_id.replace("-", "")[-8:], 16)
    return _BEYOND_DOUBLES | seed << 20 | 1 if "shape-huge-seed" in job.script else seed


def plans(job: Job) -> list[Plan]:
    """Give the job's files, in order."""
    schema = schema_of(job.endpoint)
    if "shape-audio" in job.script:
        return [_plan(job, "wav", (0, 0), 0, 1, video_frames(job.body))]
    if schema.kind == "video":
        size = video_size(schema, job.body, job.input_size)
        return [_plan(job, "mp4", size, 0, 1, video_frames(job.body))]
    size = image_size(schema, job.body, job.input_size)
    asked = job.body.get("num_images")
    count = min(asked, _MOST) if isinstance(asked, int) and asked > 0 else 1
    form = str(job.body.get("output_format") or schema.format)
    form = form if form in {"png", "jpeg", "webp"} else "png"
    return [_plan(job, form, size, number, count) for number in range(count)]


def _plan(job: Job, form: str, size: tuple[int, int], number: int, count: int, pace: tuple[int, int] = (0, 0)) -> Plan:
    seed = seed_of(job)
    length = f"{pace[0] / pace[1]:g} s" if pace[1] else f"{number + 1}/{count}"
    # The second version of a file that changes between two tries of a download is another picture.
    version = "changed" if job.script.spent("download-changed") else ""
    return Plan(
        format=form,
        key=f"{job.prompt}|{seed}|{number}|{version}",
        size=size,
        detail=f"{job.endpoint} | {size[0]}x{size[1]} | seed {seed} | {length}",
        prompt=job.prompt,
        frames=pace[0],
        rate=pace[1],
        megabytes=job.script.number("big"),
    )


def output(job: Job, own: str, hostile: str, private: str) -> Json:
    """Give the result's JSON; the three origins are where files may be said to be."""
    schema = schema_of(job.endpoint)
    origin = own
    if "result-stranger-url" in job.script:
        origin = hostile
    if "result-private-url" in job.script:
        origin = private
    media = [_media(job, schema, plan, number, origin) for number, plan in enumerate(plans(job))]
    return _in_shape(job, schema, media)


def _media(job: Job, schema: Schema, plan: Plan, number: int, origin: str) -> Json:
    """One File or Image object."""
    kind = plan.content_type.partition("/")[0]
    name = tail = f"{kind}{number if kind == 'image' else ''}.{plan.extension}"
    if "result-evil-name" in job.script:
        name, tail = _EVIL_NAMES[(job.script.number("result-evil-name") + number) % len(_EVIL_NAMES)]
    compact = job.request_id.replace("-", "")
    url = f"{origin}/files/b/{compact[-8:]}/{compact}_{number}_{tail}"
    if job.body.get("sync_mode") is True or "shape-data-uri" in job.script:
        url = f"data:{plan.content_type};base64,{base64.b64encode(render(plan)).decode()}"
    if plan.format in {"mp4", "wav"}:
        size = len(render(plan)) + (plan.megabytes << 20)
        return {"url": url, "content_type": plan.content_type, "file_name": name, "file_size": size}
    media: Json = {"url": url, "width": plan.size[0], "height": plan.size[1], "content_type": plan.content_type}
    if schema.output != "flux" or "result-evil-name" in job.script:
        media |= {"file_name": name, "file_size": None}
    if schema.output == "description" or "shape-null-size" in job.script:
        media |= {"width": None, "height": None}
    if "shape-no-size" in job.script:
        del media["width"], media["height"]
    return media


def _in_shape(job: Job, schema: Schema, media: list[Json]) -> Json:
    script = job.script
    result: Json = {} if "no-media" in script else _named(job, schema, media)
    result |= _beside(job, schema, len(media))
    if "shape-nested" in script:
        return {"data": result}
    if "shape-wrapper" in script:
        return {"status": "COMPLETED", "logs": [], "response": result}
    return result


def _named(job: Job, schema: Schema, media: list[Json]) -> Json:
    """Put the media under the name that the model, or a fault, gives them."""
    script = job.script
    film = schema.kind == "video"
    if "shape-audio" in script:
        return {"audio": media[0]}
    if "empty-list" in script:
        return {"videos": []} if film else {"images": []}
    if "shape-video-url" in script:
        return {"video_url": media[0]["url"]}
    if "shape-videos" in script:
        return {"videos": media}
    if "shape-image" in script:
        return {"image": media[0]}
    if "shape-strings" in script:
        urls = [one["url"] for one in media]
        return {"video": urls[0]} if film else {"images": urls}
    return {"video": media[0]} if film else {"images": media}


def _beside(job: Job, schema: Schema, count: int) -> Json:
    """Give what stands beside the media, model by model."""
    if schema.output == "flux":
        timings, safe = {"inference": 1.2243}, [False] * count
        return {"timings": timings, "seed": seed_of(job), "has_nsfw_concepts": safe, "prompt": job.prompt}
    if schema.output == "description":
        return {"description": "A placeholder from the sandbox."}
    if schema.output == "wan":
        return {"prompt": job.prompt, "seed": seed_of(job)}
    if schema.output == "seeded" or "shape-huge-seed" in job.script:
        return {"seed": seed_of(job)}
    return {}
