"""The gallery's page in headless Chromium: what a person sees, finds and opens."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.requests import Request
from openclaw_fal.core.results import Asset
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.store.journal import Journal
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
    end = time.monotonic() + 60
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


def a_task(number: int, picture: Path) -> Task:
    at = 1_750_000_000.0 + number * 90_000
    return Task(
        id=f"t{number:03}",
        capability="image.generate",
        model="fal-ai/flux/dev",
        endpoint=f"fal-ai/flux/{'dev' if number % 2 else 'schnell'}",
        transport="queue",
        status=TaskStatus.SUCCEEDED,
        created_at=at,
        updated_at=at,
        digest=str(number),
        request=Request(capability="image.generate", prompt=f"fox number {number:03} " + "word" * (number % 40)),
        outputs=(Asset("https://v3.fal.media/x.png", "image/png", width=1, height=1, path=str(picture)),),
    )


def test_five_hundred_tasks_are_there_and_drawn_as_they_come_near(
    run: Runner, page: Page, folder: Path, png: bytes
) -> None:
    Path("fox.png").write_bytes(png)
    journal = Journal(folder / "fal-tasks.sqlite3", time.time)
    for number in range(500):
        journal.open_task(a_task(number, Path("fox.png").absolute()))
    journal.close()
    assert run("gallery").code == 0
    page.open(Path("gallery.html").absolute().as_uri())
    assert page.run("document.getElementById('count').textContent") == "500"
    assert page.run("document.querySelectorAll('.card').length") < 200
    assert page.run("document.documentElement.scrollWidth <= innerWidth")

    page.run("location.hash = '#id=t100'")  # a link to a picture that is not drawn yet
    until(page, "document.getElementById('viewer').open")
    assert page.run("document.getElementById('place').textContent") == "Image 400 of 500"
    page.press("Escape")
    until(page, "document.activeElement.closest('.card')?.id === 'card-t100'")

    page.run("document.getElementById('model').value = 'fal-ai/flux/dev'")
    page.run("document.getElementById('from').value = '2026-01-01'")
    page.run("document.getElementById('filters').dispatchEvent(new Event('input'))")
    assert 0 < int(page.run("document.getElementById('count').textContent").split()[0]) < 250
    page.run("document.getElementById('reset').click()")
    until(page, "document.getElementById('count').textContent === '500'")
    assert page.complaints == []


@pytest.mark.usefixtures("fal")
def test_every_kind_is_shown_and_what_is_missing_says_how_to_get_it(run: Runner, page: Page, png: bytes) -> None:
    Path("in.png").write_bytes(png)
    for command in (
        ("image", "generate", "gone", "-o", "gone.png"),
        ("run", "fal/fal-ai/florence-2-large/caption", "-p", "image_url=@in.png"),
        ("run", "fal/fal-ai/kokoro/american-english", "-p", "prompt=hello", "-o", "hello.wav"),
        ("video", "generate", "waves", "-o", "waves.mp4"),
    ):
        assert run(*command).code == 0
    Path("gone.png").unlink()
    run("gallery")
    page.prefer(prefers_color_scheme="dark", prefers_reduced_motion="reduce")
    page.open(Path("gallery.html").absolute().as_uri())
    names = page.run(
        "[...document.querySelectorAll('.open')].map((each) => each.ariaLabel ?? each.querySelector('img').alt)"
    )
    assert names == [
        "Video: waves",
        "Sound: hello",
        "Text: fal-ai/florence-2-large/caption",
        "Image: gone (File is missing)",
    ]
    until(page, "document.querySelector('.open video').readyState >= 2")
    assert page.run("document.querySelector('.open video').paused")
    page.run("document.querySelector('.play').click()")
    until(page, "document.querySelector('.play').ariaLabel === 'Pause'")
    page.run("document.querySelectorAll('.open')[0].click()")
    assert page.run("document.querySelector('#shown video').controls")
    page.press("ArrowRight")
    assert page.run("document.querySelector('#shown audio').controls")
    page.press("ArrowRight")
    assert "placeholder" in page.run("document.getElementById('shown').textContent")
    page.press("ArrowRight")
    assert "openclaw-fal tasks wait " in page.run("document.getElementById('shown').textContent")
    assert page.complaints == []
