"""An endpoint that fal added a minute ago: the program knows nothing of it but what a server in fal's place says."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from openclaw_fal.models import facts
from tests.conftest import KEY, PNG
from tests.models.fal_documents import paths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Runner

PICTURES, EDITOR, CHOIR = "acme/prism-9/text-to-image", "acme/prism-9/edit", "acme/choir-2"
TEXT = {"type": "string"}
COMMON = {
    "prompt": TEXT,
    "num_images": {"type": "integer", "minimum": 1, "maximum": 2, "default": 1},
    "aspect_ratio": {"anyOf": [{"enum": ["1:1", "16:9"], "type": "string"}, {"type": "null"}], "default": "1:1"},
    "seed": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    "palette": {"$ref": "#/components/schemas/Palette"},
}
PALETTE = {"type": "object", "required": ["base"], "properties": {"base": TEXT, "depth": {"type": "number"}}}
INPUTS: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    PICTURES: ("Prism 9", "text-to-image", COMMON, ["prompt"]),
    EDITOR: ("Prism 9 Edit", "image-to-image", {**COMMON, "image_url": TEXT}, ["prompt", "image_url"]),
    CHOIR: (
        "Choir 2",
        "text-to-speech",
        {
            "text": {"type": "string", "maxLength": 20},
            "singer": {"enum": ["alto", "bass"], "type": "string", "default": "alto"},
        },
        ["text"],
    ),
}
WAV = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x08\0\0\0" + b"\0" * 8


def document(endpoint: str) -> Any:
    """Return an OpenAPI document in fal's form: its input is not the last component, the POST not the first path."""
    _title, category, properties, required = INPUTS[endpoint]
    return {
        "openapi": "3.0.4",
        "info": {"title": f"Queue OpenAPI for {endpoint}", "x-fal-metadata": {"category": category}},
        "components": {
            "schemas": {
                "NewInput": {"type": "object", "properties": properties, "required": required},
                "Palette": PALETTE,
                "Output": {"type": "object", "properties": {"images": {"type": "array"}, "audio": {"type": "object"}}},
                "OtherInput": {"type": "object", "properties": {"wrong": TEXT}},
                "QueueStatus": {"type": "object", "properties": {"status": TEXT}},
            }
        },
        "paths": paths(endpoint, "NewInput"),
    }


class Sent(NamedTuple):
    endpoint: str
    body: Any


class Fal:
    """A server with fal's routes and these endpoints alone. It judges nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.submitted: list[Sent] = []
        fal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fal.asked.append(self.path)
                self.answer(*fal.get(urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fal.submitted.append(Sent(self.path.strip("/"), body))
                self.answer(200, fal.accepted(self.path.strip("/")))

            def answer(self, status: int, content: Any) -> None:
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                kind = "application/json"
                if isinstance(content, bytes):
                    kind = "audio/wav" if content is WAV else "image/png"
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def get(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path == "/v1/models":
            return 200, {"models": [listed(endpoint) for endpoint in INPUTS], "has_more": False, "next_cursor": None}
        if path == "/api/openapi/queue/openapi.json":
            [endpoint] = query["endpoint_id"]
            return (200, document(endpoint)) if endpoint in INPUTS else (404, {"detail": "not found"})
        if path.endswith("/status"):
            return 200, {"status": "COMPLETED", **self.accepted("acme/choir-2")}
        if "/requests/" in path:
            return 200, {"audio": {"url": f"{self.url}/files/song.wav", "content_type": "audio/wav"}, "bars": 4}
        if path.startswith("/files/"):
            return 200, WAV if path.endswith(".wav") else PNG
        return 404, {"detail": "not found"}

    def accepted(self, endpoint: str) -> Any:
        """Return what a submission is answered with: the result of a picture, which is asked for directly."""
        if endpoint in (PICTURES, EDITOR):
            return {"images": [{"url": f"{self.url}/files/fox.png", "content_type": "image/png"}]}
        job = f"{self.url}/{endpoint}/requests/01a20000-0000-7000-8000-000000000001"
        return {
            "request_id": "01a20000-0000-7000-8000-000000000001",
            "response_url": job,
            "status_url": f"{job}/status",
            "cancel_url": f"{job}/cancel",
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def listed(endpoint: str) -> Any:
    title, category, _properties, _required = INPUTS[endpoint]
    return {"endpoint_id": endpoint, "metadata": {"display_name": title, "category": category, "status": "active"}}


@pytest.fixture
def fal(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Fal]:
    assert not any(facts.find_schema(endpoint) for endpoint in INPUTS)
    server = Fal()
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", KEY)
    yield server
    server.close()


def test_it_is_listed_and_completed_once_the_list_is_refreshed(run: Runner, fal: Fal, folder: Path) -> None:
    found = run("models", "list", "--refresh", "--search", "acme", "--json")
    assert [(model["key"], model["kind"]) for model in found.json["models"]] == [
        (f"fal/{CHOIR}", "audio"),
        (f"fal/{EDITOR}", "image"),
        (f"fal/{PICTURES}", "image"),
    ]
    completed = {kind: (folder / "cache" / f"fal-{kind}-models.txt").read_text() for kind in ("image", "all")}
    assert f"fal/{PICTURES}\tPrism 9\n" in completed["image"]
    assert f"fal/{CHOIR}\tChoir 2\n" in completed["all"]
    asked = len(fal.asked)
    assert run("models", "list", "--search", "prism").out.count("acme") == 2
    assert len(fal.asked) == asked, "the list is cached"


def test_it_is_shown_and_its_inputs_are_completed(run: Runner, fal: Fal, folder: Path) -> None:
    run("models", "list", "--refresh")
    shown = run("models", "show", "prism-9-text-to-image", "--json")
    assert shown.code == 0, shown.err
    inputs = {each["name"]: each for each in shown.json["inputs"]}
    assert [*inputs] == [*COMMON]
    assert inputs["num_images"]["maximum"] == 2
    assert inputs["aspect_ratio"]["values"] == ["1:1", "16:9"]
    assert inputs["num_images"]["flags"] == ["--count"]
    assert shown.json["siblings"] == [f"fal/{EDITOR}"]
    [line] = [
        line
        for line in (folder / "cache" / "fal-model-inputs.txt").read_text().splitlines()
        if line.startswith(f"{PICTURES}\t")
    ]
    assert "aspect_ratio=1:1,16:9" in line.split("\t")
    assert "use --aspect-ratio" in run("image", "generate", "--model", PICTURES, "--help").out


def test_flags_and_inputs_are_sent_as_its_own_document_has_them(run: Runner, fal: Fal) -> None:
    asked = ("--count", "2", "--aspect-ratio", "2:1", "--resolution", "2K", "-p", "palette.base=red")
    made = run("image", "generate", "--model", f"fal/{PICTURES}", "--prompt", "a fox", *asked, "--json")
    assert made.code == 0, made.err
    body = {"prompt": "a fox", "num_images": 2, "aspect_ratio": "16:9", "palette": {"base": "red"}}
    assert fal.submitted == [Sent(PICTURES, body)]
    assert made.json["normalization"]["aspectRatio"] == {"requested": "2:1", "applied": "16:9"}
    assert made.json["ignoredOverrides"] == [{"key": "resolution", "value": "2K"}]


def test_a_reference_goes_to_its_sibling_in_the_list(run: Runner, fal: Fal, png: bytes, tmp_path: Path) -> None:
    run("models", "list", "--refresh")
    (tmp_path / "in.png").write_bytes(png)
    edited = run("image", "edit", "--model", PICTURES, "--file", str(tmp_path / "in.png"), "--prompt", "x", "--json")
    assert edited.code == 0, edited.err
    assert edited.json["model"] == EDITOR
    assert fal.submitted[0].endpoint == EDITOR
    assert fal.submitted[0].body["image_url"].startswith("data:image/png;base64,")


def test_it_is_run_with_its_own_inputs(run: Runner, fal: Fal) -> None:
    made = run("run", CHOIR, "-p", "text=la", "-p", "singer=BASS", "--output", "song.wav", "--json")
    assert made.code == 0, made.err
    assert fal.submitted == [Sent(CHOIR, {"text": "la", "singer": "bass"})]
    assert made.json["outputs"][0]["mimeType"] == "audio/wav"
    assert made.json["result"]["bars"] == 4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("-p", "txt=la"), "There is no input 'txt'. Did you mean -p text=…?"),
        (("-p", "singer=bass"), "The input 'text' is required: --prompt TEXT"),
        (("--prompt", "la", "-p", "singer=tenor"), '-p singer=… takes alto, bass, not "tenor".'),
        (("--prompt", "la" * 20), "takes at most 20 characters, not 40."),
    ],
)
def test_wrong_inputs_are_refused_before_anything_is_sent(
    run: Runner, fal: Fal, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = run("run", CHOIR, *arguments)
    assert refused.code == 2
    assert sentence in refused.err
    assert not fal.submitted


def test_the_wrong_command_is_refused_with_the_one_that_fits(run: Runner, fal: Fal) -> None:
    for command, model, right in (
        ("video", PICTURES, "image generate --model fal/acme/prism-9/text-to-image"),
        ("image", CHOIR, "run fal/acme/choir-2"),
        ("music", CHOIR, "run fal/acme/choir-2"),
    ):
        refused = run(command, "generate", "--model", model, "--prompt", "x")
        assert refused.code == 2
        assert right in refused.err
    assert not fal.submitted
