"""`openclaw-fal upload`: files to fal's storage, and their URLs to standard output."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner


def test_each_file_has_its_url_on_a_line_and_equal_content_is_uploaded_once(run: Runner, fal: Sandbox) -> None:
    for name, text in (("a.txt", "one"), ("b.bin", "two"), ("c.txt", "one")):
        Path(name).write_text(text)
    made = run("upload", "a.txt", "b.bin", "c.txt")
    assert made.code == 0, made.err
    first, second, third = made.out.splitlines()
    assert [fal.content(url) for url in (first, second)] == [b"one", b"two"]
    assert third == first
    assert fal.submissions == []
    assert len(fal.uploads) == 2
    assert "uploading a.txt (3 B), 1 of 3" in made.err


def test_the_url_works_as_a_reference(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    url = run("upload", "photo.png").out.strip()
    assert run("image", "edit", "-i", url, "x").code == 0
    assert fal.submissions[-1].body["image_url"] == url


def test_json_has_what_is_known_of_each_file(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    made = run("upload", "photo.png", "--json")
    answer = json.loads(made.out)
    (file,) = answer["files"]
    assert answer["ok"] is True
    assert (file["path"], file["mimeType"], file["size"]) == (str(Path("photo.png").absolute()), "image/png", len(png))
    assert fal.content(file["url"]) == png


def test_standard_input_is_uploaded_too(run: Runner, fal: Sandbox) -> None:
    made = run("upload", "-", stdin=b"piped")
    assert made.code == 0, made.err
    assert fal.content(made.out.strip()) == b"piped"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("missing.png", "missing.png can't be read: No such file or directory."),
        (".", "is a folder. Give a file."),
        ("https://example.com/a.png", "https://example.com/a.png is a URL already: use it as it is."),
        ("HTTPS://example.com/a.png", "HTTPS://example.com/a.png is a URL already: use it as it is."),
        ("data:text/plain,hello", "data:text/plain,hello is a URL already: use it as it is."),
    ],
)
def test_what_is_no_file_is_refused_before_any_other_is_sent(
    run: Runner, fal: Sandbox, source: str, sentence: str
) -> None:
    Path("a.txt").write_text("one")
    made = run("upload", "a.txt", source)
    assert (made.code, made.out) == (2, "")
    assert sentence in made.err
    assert fal.requests == []


def test_without_a_key_nothing_is_sent(run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAL_KEY")
    Path("a.txt").write_text("one")
    assert run("upload", "a.txt").code == 3
    assert fal.requests == []


def test_a_failed_upload_says_that_nothing_was_submitted(run: Runner, fal: Sandbox) -> None:
    Path("a.txt").write_text("one")
    fal.inject("put-403")
    made = run("upload", "a.txt")
    assert made.code == 7
    assert "The upload of a.txt failed (HTTP 403)." in made.err
