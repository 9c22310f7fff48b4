"""The gallery's page in headless Chromium: what a person sees, finds and opens."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.chromium import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Runner

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.usefixtures("folder")]

CARDS = "[...document.querySelectorAll('.card .said')].map((each) => each.textContent)"
HOSTILE = "</script><script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"


@pytest.fixture(params=[1280, 390], ids=["wide", "narrow"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    with Page(tmp_path, width=request.param, height=900) as opened:
        yield opened


def until(page: Page, condition: str) -> None:
    """Wait until a JavaScript expression is true."""
    end = time.monotonic() + 10
    while not page.run(f"Boolean({condition})"):
        assert time.monotonic() < end, condition
        time.sleep(0.02)


@pytest.mark.usefixtures("fal")
def test_it_filters_and_opens_a_picture_and_comes_back(run: Runner, page: Page) -> None:
    for prompt in ("a red fox", "a blue whale", "a red kite", HOSTILE):
        assert run("image", "generate", "--prompt", prompt).code == 0
    assert run("gallery").code == 0
    page.open(Path("gallery.html").absolute().as_uri())
    assert page.run(CARDS) == [HOSTILE, "a red kite", "a blue whale", "a red fox"]
    until(page, "[...document.images].every((each) => each.complete && each.naturalWidth)")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")

    page.press("/", "/")
    page.type("RED")
    assert page.run(CARDS) == ["a red kite", "a red fox"]
    assert page.run("document.getElementById('count').textContent") == "2 of 4"

    page.run("document.querySelectorAll('.open')[0].focus()")
    page.press("ArrowRight")
    page.press("Enter", "\r")
    assert page.run("document.getElementById('viewer').open")
    assert page.run("document.getElementById('prompt').textContent") == "a red fox"
    until(page, "document.querySelector('#shown img').naturalWidth")
    assert page.run("document.querySelector('#shown img').alt") == "Image: a red fox"
    page.press("ArrowLeft")
    assert page.run("document.getElementById('prompt').textContent") == "a red kite"
    assert page.run("document.getElementById('before').disabled")
    page.run("document.querySelector('[data-copies=command]').click()")
    until(page, "document.querySelector('[data-copies=command]').textContent === 'Copied'")

    page.press("Escape")
    assert not page.run("document.getElementById('viewer').open")
    until(page, "document.activeElement.querySelector('img')?.alt === 'Image: a red kite'")
    assert page.run("location.hash") == "#q=RED"
    assert page.run("document.title") == "Gallery"
    assert page.complaints == []
    assert {url.partition(":")[0] for url in page.requests} <= {"file", "data"}
