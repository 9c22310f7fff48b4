from __future__ import annotations

import json
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.store import caches
from openclaw_fal.store.caches import CachedDocument, SchemaCache

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = "fal-ai/flux/dev"
DOCUMENT = {"openapi": "3.0.4", "paths": {}, "odd": "\ud800 ä"}


@pytest.fixture
def cache(tmp_path: Path) -> SchemaCache:
    return SchemaCache(tmp_path / "cache" / "schemas")


@pytest.mark.parametrize("endpoint", [ENDPOINT, "a/../b", "a/b c", "", "../x", "ä/ö", "a/" + "x" * 400, "a\\b", "a\0b"])
def test_a_document_is_read_with_the_time_when_it_was_fetched(endpoint: str, cache: SchemaCache) -> None:
    assert cache.read(endpoint) is None
    cache.write(endpoint, DOCUMENT, 12.5)
    assert cache.read(endpoint) == CachedDocument(DOCUMENT, 12.5)
    (file,) = cache.folder.iterdir()
    assert file.parent == cache.folder


def test_an_endpoint_has_one_file_with_its_name(cache: SchemaCache) -> None:
    cache.write(ENDPOINT, {}, 1)
    cache.write(ENDPOINT, DOCUMENT, 2)
    assert [file.name for file in cache.folder.iterdir()] == ["fal-ai~flux~dev.json"]
    assert cache.read(ENDPOINT) == CachedDocument(DOCUMENT, 2)


def test_documents_of_another_origin_are_kept_apart(cache: SchemaCache) -> None:
    other = SchemaCache(cache.folder, "http://127.0.0.1:8000")
    cache.write(ENDPOINT, "fal's", 1)
    other.write(ENDPOINT, "the other's", 2)
    assert cache.read(ENDPOINT) == CachedDocument("fal's", 1)
    assert other.read(ENDPOINT) == CachedDocument("the other's", 2)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"endpoint": "fal-ai/flux/dev"}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_corrupt_file_counts_as_missing(content: bytes, cache: SchemaCache) -> None:
    cache.write(ENDPOINT, DOCUMENT, 1)
    (file,) = cache.folder.iterdir()
    file.write_bytes(content)
    assert cache.read(ENDPOINT) is None
    cache.write(ENDPOINT, DOCUMENT, 2)
    assert cache.read(ENDPOINT) == CachedDocument(DOCUMENT, 2)


def test_a_file_that_is_about_another_endpoint_counts_as_missing(cache: SchemaCache) -> None:
    cache.write(ENDPOINT, DOCUMENT, 1)
    (file,) = cache.folder.iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"endpoint": "fal-ai/FLUX/dev"}))
    assert cache.read(ENDPOINT) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_files_are_private(cache: SchemaCache) -> None:
    cache.write(ENDPOINT, DOCUMENT, 1)
    (file,) = cache.folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    cache = SchemaCache(tmp_path / "taken" / "schemas")
    cache.write(ENDPOINT, DOCUMENT, 1)
    assert cache.read(ENDPOINT) is None
    assert cache.remove() == []


def test_the_oldest_documents_go_when_there_are_too_many(cache: SchemaCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "MAX_DOCUMENTS", 3)
    for age, name in enumerate(("d", "c", "b", "a")):
        cache.write(f"x/{name}", DOCUMENT, 1)
        os.utime(cache.folder / f"x~{name}.json", (1000 + age, 1000 + age))
    cache.write("x/e", DOCUMENT, 1)
    assert [name for name in "abcde" if cache.read(f"x/{name}")] == ["a", "b", "e"]


def test_all_documents_can_be_removed(cache: SchemaCache) -> None:
    cache.write("a/b", DOCUMENT, 1)
    cache.write("a/c", DOCUMENT, 1)
    assert cache.remove() == [cache.folder]
    assert cache.remove() == []
    assert cache.read("a/b") is None
