"""Downloads, whole and in part, and each way of uploading a file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.conftest import KEY

if TYPE_CHECKING:
    import httpx

    from openclaw_fal.sandbox import Sandbox

CAT = b"GIF89a\x10\x00\x20\x00 not much of a cat"
INITIATE = "/storage/upload/initiate"


@pytest.fixture
def picture(http: httpx.Client) -> str:
    """The URL of a picture that was made."""
    reply = http.post("/fal-ai/flux/dev", json={"prompt": "a fox", "seed": 1}, headers=KEY)
    return str(reply.json()["images"][0]["url"])


def initiate(http: httpx.Client, name: str = "cat.gif", storage: str = "fal-cdn-v3", tail: str = "") -> Any:
    body = {"content_type": "image/gif", "file_name": name}
    reply = http.post(f"{INITIATE}{tail}?storage_type={storage}", json=body, headers=KEY)
    assert reply.status_code == 200
    return reply.json()


def test_a_file_has_a_type_a_length_and_a_strong_tag(http: httpx.Client, picture: str) -> None:
    whole, head = http.get(picture), http.head(picture)
    assert whole.headers["content-length"] == head.headers["content-length"] == str(len(whole.content))
    assert whole.headers["etag"] == head.headers["etag"]
    assert not whole.headers["etag"].startswith("W/"), "a strong tag, which If-Range needs"
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("image/jpeg", "bytes")
    assert head.content == b""


@pytest.mark.parametrize(
    ("asked", "part"), [("0-9", slice(0, 10)), ("100-", slice(100, None)), ("-7", slice(-7, None))]
)
def test_a_part_of_a_file_can_be_fetched(http: httpx.Client, picture: str, asked: str, part: slice) -> None:
    whole = http.get(picture).content
    reply = http.get(picture, headers={"range": f"bytes={asked}"})
    assert (reply.status_code, reply.content) == (206, whole[part])
    start, stop, _ = part.indices(len(whole))
    assert reply.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"


def test_a_part_beyond_the_end_is_refused_with_the_length(http: httpx.Client, picture: str) -> None:
    size = len(http.get(picture).content)
    reply = http.get(picture, headers={"range": f"bytes={size}-"})
    assert (reply.status_code, reply.headers["content-range"]) == (416, f"bytes */{size}")


def test_a_part_of_another_version_is_the_whole_file(http: httpx.Client, picture: str) -> None:
    tag = http.head(picture).headers["etag"]
    same = http.get(picture, headers={"range": "bytes=10-", "if-range": tag})
    other = http.get(picture, headers={"range": "bytes=10-", "if-range": '"another"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_a_range_that_makes_no_sense_is_ignored(http: httpx.Client, picture: str) -> None:
    assert http.get(picture, headers={"range": "bytes=-"}).status_code == 200
    assert http.get(picture, headers={"range": "lines=1-2"}).status_code == 200


def test_a_file_that_was_never_made_is_missing(http: httpx.Client, picture: str) -> None:
    assert http.get("/files/b/0a8f11c2/nothing.png").status_code == 404
    assert http.get(picture.replace("_0_", "_1_")).status_code == 404, "there is only one picture"


def test_a_key_on_a_download_is_a_violation(fal: Sandbox, http: httpx.Client, picture: str) -> None:
    http.get(picture)
    assert fal.violations == []
    http.get(picture, headers=KEY)
    assert fal.violations == [f"the key was sent to the CDN: GET {picture.removeprefix(fal.url)}"]


@pytest.mark.parametrize("storage", ["fal-cdn-v3", "gcs"])
def test_an_upload_can_be_fetched_again(fal: Sandbox, http: httpx.Client, storage: str) -> None:
    urls = initiate(http, storage=storage)
    assert http.get(urls["file_url"]).status_code == 404, "nothing was sent yet"
    assert http.put(urls["upload_url"], content=CAT, headers={"content-type": "image/gif"}).status_code == 200
    reply = http.get(urls["file_url"])
    assert (reply.content, reply.headers["content-type"]) == (CAT, "image/gif")
    assert fal.violations == []


def test_a_file_may_come_in_chunks(http: httpx.Client) -> None:
    urls = initiate(http)
    assert http.put(urls["upload_url"], content=iter([CAT[:5], CAT[5:]])).status_code == 200
    assert http.get(urls["file_url"]).content == CAT


def test_odd_file_names_survive_in_the_url(http: httpx.Client) -> None:
    urls = initiate(http, name="../a b/ü?#.gif")
    assert http.put(urls["upload_url"], content=CAT).status_code == 200
    assert http.get(urls["file_url"]).content == CAT


def test_a_put_needs_the_token_of_its_own_url(http: httpx.Client) -> None:
    urls = initiate(http)
    assert http.put(urls["file_url"], content=CAT).status_code == 403
    assert http.put(urls["upload_url"] + "x", content=CAT).status_code == 403


def test_a_key_on_a_put_is_a_violation(fal: Sandbox, http: httpx.Client) -> None:
    assert http.put(initiate(http)["upload_url"], content=CAT, headers=KEY).status_code == 200
    assert len(fal.violations) == 1


def test_javascripts_parts_become_one_file(http: httpx.Client) -> None:
    urls = initiate(http, tail="-multipart")
    path, _, query = urls["upload_url"].partition("?")
    parts = [http.put(f"{path}/{n}?{query}", content=data).json() for n, data in ((1, CAT[:9]), (2, CAT[9:]))]
    assert [part["partNumber"] for part in parts] == [1, 2]
    wrong = http.post(f"{path}/complete?{query}", json={"parts": parts[:1]})
    assert wrong.status_code == 400
    assert http.post(f"{path}/complete?{query}", json={"parts": parts}).status_code == 200
    assert http.get(urls["file_url"]).content == CAT


def test_a_file_is_uploaded_with_pythons_token_whole_or_in_parts(http: httpx.Client) -> None:
    token = http.post("/storage/auth/token?storage_type=fal-cdn-v3", json={}, headers=KEY).json()
    assert token["expires_at"].endswith("+00:00")
    headers = {"authorization": f"{token['token_type']} {token['token']}", "x-fal-file-name": "cat.gif"}
    whole = http.post("/files/upload", content=CAT, headers=headers).json()["access_url"]
    begun = http.post("/files/upload/multipart", headers=headers).json()
    base = f"{begun['access_url']}/multipart/{begun['uploadId']}"
    tags = [
        http.put(f"{base}/{n}", content=data, headers=headers).headers["etag"]
        for n, data in ((2, CAT[9:]), (1, CAT[:9]))
    ]
    parts = [{"partNumber": n, "etag": tag} for n, tag in zip((2, 1), tags, strict=True)]
    assert http.post(f"{base}/complete", json={"parts": parts}, headers=headers).status_code == 200
    for url in (whole, begun["access_url"]):
        assert hashlib.sha256(http.get(url).content).digest() == hashlib.sha256(CAT).digest()


def test_the_cdn_does_not_accept_a_key_as_a_token(http: httpx.Client) -> None:
    assert http.post("/files/upload", content=CAT, headers=KEY).status_code == 401


def test_an_edit_follows_the_size_of_the_picture_it_was_given(http: httpx.Client) -> None:
    urls = initiate(http)
    http.put(urls["upload_url"], content=CAT)
    body = {"prompt": "x", "image_url": urls["file_url"]}
    image = http.post("/fal-ai/flux/dev/image-to-image", json=body, headers=KEY).json()["images"][0]
    assert (image["width"], image["height"]) == (16, 32)


def test_a_picture_that_is_not_there_is_a_download_error(http: httpx.Client) -> None:
    body = {"prompt": "x", "image_url": initiate(http)["file_url"]}
    reply = http.post("/fal-ai/flux/dev/image-to-image", json=body, headers=KEY)
    assert reply.json()["detail"][0]["type"] == "file_download_error"


def test_a_malformed_initiation_is_refused(http: httpx.Client) -> None:
    for body in ("{}", "[]", '{"file_name": "x"}', "", "{"):
        assert http.post(INITIATE, content=body, headers=KEY).status_code == 422
