"""`image generate` and `image edit`, through `main` and a real socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Runner

    from openclaw_fal.sandbox import Sandbox


def test_an_image_is_made_and_its_path_printed(run: Runner, fal: Sandbox) -> None:
    made = run("image", "generate", "--prompt", "a red fox", "--output", "fox.png")
    assert made.code == 0, made.err
    assert made.out.splitlines()[:4] == ["image.generate via local", "provider: fal", "model: fal-ai/flux/dev", "outputs: 1"]
    assert made.out.splitlines()[4].endswith("/fox.png")
