"""Prices, estimates, ``--dry-run`` and ``--max-cost``, through `main` and the sandbox."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import KEY, PNG

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner, Server

pytestmark = pytest.mark.usefixtures("folder")

FLUX, SEEDANCE = "fal-ai/flux/dev", "bytedance/seedance-2.0/fast/text-to-video"
IMAGE = ("image", "generate", "--prompt", "a fox")
VIDEO = ("video", "generate", "--prompt", "waves", "--model", SEEDANCE)


def routes(fal: Sandbox) -> dict[str, int]:
    return dict(Counter(seen.route for seen in fal.requests))


# --- no request more ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        (IMAGE, {"run": 1, "download": 1}),
        ((*IMAGE, "--queue"), {"submit": 1, "stream": 1, "result": 1, "download": 1}),
        (VIDEO, {"submit": 1, "stream": 1, "result": 1, "download": 1}),
        (
            ("run", "fal-ai/kokoro/american-english", "--prompt", "hi"),
            {"submit": 1, "stream": 1, "result": 1, "download": 1},
        ),
        (("models", "list"), {"models": 2}),
        (("models", "show", FLUX), {}),
        (("tasks", "list"), {}),
        (("spend",), {}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_no_command_without_a_cost_flag_makes_one_request_more(
    run: Runner, fal: Sandbox, command: tuple[str, ...], asked: dict[str, int]
) -> None:
    ran = run(*command)
    assert ran.code == 0, ran.err
    assert routes(fal) == asked


# --- prices ------------------------------------------------------------------------------------


def test_a_price_is_fetched_when_it_is_asked_for_and_kept_for_a_day(run: Runner, fal: Sandbox, folder: Path) -> None:
    assert "price" not in run("models", "show", FLUX, "--json").json
    asked = run("models", "show", FLUX, "--price", "--json").json["price"]
    assert (asked["amount"], asked["currency"], asked["unit"]) == (0.025, "USD", "image")
    assert routes(fal) == {"pricing": 1}
    shown = run("models", "show", FLUX)
    assert "price: $0.025 per image (fetched less than an hour ago)\n" in shown.out
    listed = run("models", "list", "--search", "flux/dev", "--json").json["models"]
    assert [model["key"] for model in listed if "price" in model] == [f"fal/{FLUX}"]
    assert routes(fal)["pricing"] == 1
    (file,) = (folder / "cache" / "prices").glob("*.json")
    cached = json.loads(file.read_text())
    cached["prices"][0]["fetched_at"] -= 25 * 3600
    file.write_text(json.dumps(cached))
    assert "price" not in run("models", "show", FLUX, "--json").json
    run("models", "show", FLUX, "--price")
    assert routes(fal)["pricing"] == 2


def test_prices_of_many_models_are_asked_for_fifty_at_a_time(run: Runner, fal: Sandbox) -> None:
    listed = run("models", "list", "--kind", "image", "--limit", "120", "--price", "--json").json["models"]
    assert len(listed) == 120
    assert routes(fal) == {"models": 2, "pricing": 3}
    assert sum("price" in model for model in listed) > 100


def test_prices_without_a_key_are_not_asked_for(run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAL_KEY")
    ran = run(*IMAGE, "--dry-run", "--json")
    assert ran.json["estimate"]["kind"] == "unknown"
    assert ran.json["estimate"]["reason"] == "fal shows prices only with a key, and there is none"
    assert fal.requests == []


# --- --dry-run ---------------------------------------------------------------------------------


def test_a_dry_run_shows_the_request_and_its_cost_and_sends_nothing(run: Runner, fal: Sandbox) -> None:
    ran = run(*VIDEO, "--duration", "7", "--resolution", "1080P", "--steps", "3", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    would = ran.json
    assert (would["method"], would["url"]) == ("POST", f"{fal.url}/{SEEDANCE}")
    assert would["body"] == {"prompt": "waves", "duration": "7", "resolution": "720p"}
    assert would["normalization"] == {"resolution": {"requested": "1080P", "applied": "720p"}}
    assert would["ignoredOverrides"] == [{"key": "steps", "value": 3}]
    estimate = would["estimate"]
    assert (estimate["kind"], estimate["quantity"], estimate["unit"]) == ("at_least", 7, "seconds")
    assert estimate["amount"] == pytest.approx(7 * 0.2419)
    assert routes(fal) == {"pricing": 1}
    assert run("tasks", "list", "--json").json["count"] == 0
    assert KEY not in ran.out + ran.err


@pytest.mark.parametrize(
    "command",
    [
        IMAGE,
        ("image", "edit", "--prompt", "x", "--file", "photo.png"),
        VIDEO,
        ("music", "generate", "--prompt", "a long song"),
        ("run", "fal-ai/kokoro/american-english", "--prompt", "hello"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_every_command_that_makes_something_can_be_tried_dry(
    run: Runner, fal: Sandbox, command: tuple[str, ...]
) -> None:
    Path("photo.png").write_bytes(PNG)
    ran = run(*command, "--dry-run")
    assert ran.code == 0, ran.err
    assert "request: POST " in ran.out
    assert "cost: " in ran.out
    assert routes(fal) == {"pricing": 1}
    assert run(*command, "--dry-run", "--no-price", "--json").json["dryRun"] is True
    assert routes(fal) == {"pricing": 1}


def test_media_are_shortened_and_large_ones_are_named_as_uploads(run: Runner, fal: Sandbox) -> None:
    Path("small.png").write_bytes(PNG)
    Path("large.png").write_bytes(PNG + bytes(400_000))
    edit = ("image", "edit", "--prompt", "a fox", "--model", "fal-ai/nano-banana-2", "--dry-run", "--json")
    would = run(*edit, "--file", "small.png", "--file", "large.png", "--file", "https://a.b/c.png?sig=secret").json
    small, large, given = would["body"]["image_urls"]
    assert small.startswith("data:image/png;base64,")
    assert len(small) < 60
    assert large == "<URL of large.png>"
    assert "secret" not in given
    assert would["uploads"] == [{"name": "large.png", "size": len(PNG) + 400_000, "mimeType": "image/png"}]
    assert routes(fal) == {"pricing": 1}
    assert fal.uploads == {}


def test_a_dry_run_finds_what_is_wrong(run: Runner, fal: Sandbox) -> None:
    Path("taken").touch()
    assert run(*IMAGE, "--dry-run", "--output", "taken/fox.png").code == 2
    assert run(*IMAGE, "--dry-run", "--count", "50").code == 2
    assert run(*IMAGE, "--dry-run", "--max-cost", "0.01", "--json").code == 11
    assert fal.submissions == []


@pytest.mark.needs("curl", "sh")
@pytest.mark.parametrize("size", [0, 150_000])
def test_a_curl_line_works_and_has_no_key(run: Runner, fal: Sandbox, size: int) -> None:
    Path("photo.png").write_bytes(PNG + bytes(size))
    edit = ("image", "edit", "--prompt", "it's $HOME `x`", "--file", "photo.png", "--as", "curl")
    line = run(*edit)
    assert line.code == 0, line.err
    assert KEY not in line.out
    assert '"Authorization: Key $FAL_KEY"' in line.out
    assert fal.requests == []
    answered = subprocess.run(["sh"], input=line.out, capture_output=True, text=True, check=True)
    assert json.loads(answered.stdout)["images"]
    (sent,) = fal.submissions
    assert sent.body["prompt"] == "it's $HOME `x`"


# --- --max-cost --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "limit", "code"),
    [
        (IMAGE, "0.01", "cost_too_high"),  # known
        ((*IMAGE, "--count", "4"), "0.09", "cost_too_high"),
        (VIDEO, "0.5", "cost_unknown"),  # the model chooses the length
        ((*VIDEO, "--duration", "5"), "1.2", "cost_too_high"),  # at least
        (("run", "fal-ai/fast-sdxl", "--prompt", "x"), "100", "cost_unknown"),
        ((*IMAGE, "--model", "krea/v2/large"), "100", "cost_unknown"),
    ],
)
def test_what_costs_more_or_nobody_knows_is_not_sent(
    run: Runner, fal: Sandbox, command: tuple[str, ...], limit: str, code: str
) -> None:
    by_flag = run(*command, "--max-cost", limit, "--json")
    by_variable = run(*command, "--json", env={"OPENCLAW_FAL_MAX_COST": limit})
    for ran in (by_flag, by_variable):
        assert (ran.code, ran.json["error"]["code"]) == (11, code), ran.err
        assert "Nothing was sent" in ran.err or "nothing was sent" in ran.err
    assert "--allow-unknown-cost" in by_flag.err or code == "cost_too_high"
    assert not [seen for seen in fal.requests if seen.method == "POST"]
    assert run("tasks", "list", "--json").json["count"] == 0


@pytest.mark.parametrize(("command", "limit"), [(IMAGE, "0.025"), ((*VIDEO, "--duration", "5"), "$1.21")])
def test_what_costs_no_more_is_sent(run: Runner, fal: Sandbox, command: tuple[str, ...], limit: str) -> None:
    ran = run(*command, "--max-cost", limit, "--json")
    assert ran.code == 0, ran.err
    assert len(fal.submissions) == 1
    assert routes(fal)["pricing"] == 1


def test_the_flag_wins_over_the_variable(run: Runner, fal: Sandbox) -> None:
    assert run(*IMAGE, "--max-cost", "1", env={"OPENCLAW_FAL_MAX_COST": "0.001"}).code == 0
    assert len(fal.submissions) == 1


def test_an_unknown_cost_can_be_allowed_but_not_a_known_one_over_the_limit(run: Runner, fal: Sandbox) -> None:
    assert run("run", "fal-ai/fast-sdxl", "--prompt", "x", "--max-cost", "1", "--allow-unknown-cost").code == 0
    assert run(*IMAGE, "--max-cost", "0.01", "--allow-unknown-cost").code == 11
    assert len(fal.submissions) == 1


@pytest.mark.parametrize("text", ["a lot", "-1", "nan", "inf", "1,5", "0.5 EUR", "0_05", "1e9", "٥", "-0"])
def test_a_limit_that_is_no_amount_is_refused(run: Runner, fal: Sandbox, text: str) -> None:
    by_flag = run(*IMAGE, f"--max-cost={text}")
    by_variable = run(*IMAGE, env={"OPENCLAW_FAL_MAX_COST": text})
    assert (by_flag.code, by_variable.code) == (2, 2)
    assert f"--max-cost {text!r} is not an amount" in by_flag.err
    assert f"OPENCLAW_FAL_MAX_COST {text!r} is not an amount" in by_variable.err
    assert fal.requests == []


@pytest.mark.parametrize(
    ("unit_prices", "unit"),
    [((5, 0.001), "images"), ((0,), "images"), ((0.01,), "0 images"), ((-1,), "images"), ((True,), "images")],
)
def test_a_price_that_says_nothing_is_unknown(
    run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch, unit_prices: tuple[float, ...], unit: str
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", KEY)
    rows = [{"endpoint_id": FLUX, "unit_price": price, "unit": unit, "currency": "USD"} for price in unit_prices]
    server.answer((200, json.dumps({"prices": rows}).encode(), {"content-type": "application/json"}))
    ran = run(*IMAGE, "--model", FLUX, "--max-cost", "1", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (11, "cost_unknown"), ran.err
    assert len(server.requests) == 1


def configure(run: Runner, *fallbacks: str) -> None:
    models = {"primary": "fal/fal-ai/flux/schnell", "fallbacks": [f"fal/{each}" for each in fallbacks]}
    run("config", "set", "agents.defaults.mediaModels.image", json.dumps(models))


def test_a_fallback_over_the_limit_is_not_tried_but_the_next_one_is(run: Runner, fal: Sandbox) -> None:
    configure(run, "fal-ai/nano-banana-pro", "fal-ai/flux/dev")
    ran = run("image", "generate", "--prompt", "a [fault:completed-error]", "--queue", "--max-cost", "0.05", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (6, "server_error")  # what was sent and failed, not the refusal
    assert [sent.endpoint for sent in fal.submissions] == ["fal-ai/flux/schnell", "fal-ai/flux/dev"]
    refused = ran.json["attempts"][1]
    assert (refused["model"], refused["code"]) == ("fal-ai/nano-banana-pro", "cost_too_high")
    assert refused["error"].endswith("It was not tried.")


def test_the_last_fallback_over_the_limit_leaves_the_failure_before_it(run: Runner, fal: Sandbox) -> None:
    configure(run, "fal-ai/nano-banana-pro")
    ran = run("image", "generate", "--prompt", "a [fault:completed-error]", "--queue", "--max-cost", "0.05", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (6, "server_error")
    assert [attempt["code"] for attempt in ran.json["attempts"]] == ["server_error", "cost_too_high"]
    assert "Nothing was sent" not in ran.err + ran.out


def test_an_attempt_that_may_be_charged_stays_part_of_the_sum(run: Runner, fal: Sandbox) -> None:
    configure(run, "fal-ai/flux/dev")
    prompt = "a [fault:result-422-string]"
    ran = run("image", "generate", "--prompt", prompt, "--queue", "--max-cost", "0.027", "--json")
    assert [sent.endpoint for sent in fal.submissions] == ["fal-ai/flux/schnell"]
    assert "more than the $0.024 left of --max-cost 0.027" in ran.json["attempts"][-1]["error"]


def test_an_empty_variable_is_no_limit(run: Runner, fal: Sandbox) -> None:
    assert run(*IMAGE, env={"OPENCLAW_FAL_MAX_COST": " "}).code == 0
    assert "pricing" not in routes(fal)


# --- the cost of a run -------------------------------------------------------------------------


def cost(answer: Any) -> tuple[Any, ...]:
    return tuple(answer["cost"][name] for name in ("kind", "amount", "currency", "unit", "quantity"))


@pytest.mark.parametrize("more", [("--max-cost", "1"), ()], ids=["limit", "cached"])
def test_billed_units_times_a_known_price_are_the_computed_cost(
    run: Runner, fal: Sandbox, more: tuple[str, ...]
) -> None:
    assert "cost" not in run(*IMAGE, "--json").json
    if not more:
        run("models", "show", FLUX, "--price")
    ran = run(*IMAGE, "--count", "3", *more, "--json")
    assert cost(ran.json) == ("computed", 0.075, "USD", "image", 3)
    kept = run("tasks", "show", ran.json["taskId"], "--json").json
    assert cost(kept) == cost(ran.json)
    assert "cost: $0.075 computed (3 images at $0.025)" in run("tasks", "show", ran.json["taskId"]).out
    assert routes(fal)["pricing"] == 1


def test_plain_output_names_the_cost_before_the_files(run: Runner, fal: Sandbox) -> None:
    lines = run(*IMAGE, "--max-cost", "1").out.splitlines()
    assert lines[3:5] == ["cost: $0.025 computed (1 image at $0.025)", "outputs: 1"]
    assert Path(lines[-1]).exists()
    assert len(fal.submissions) == 1


def test_a_task_that_is_waited_for_later_has_the_price_of_its_submission(run: Runner, fal: Sandbox) -> None:
    left = run(*VIDEO, "--duration", "5", "--max-cost", "2", "--detach", "--json").json
    assert "cost" not in left
    waited = run("tasks", "wait", left["taskId"], "--json")
    assert waited.code == 0, waited.err
    assert cost(waited.json) == ("computed", pytest.approx(1.2095), "USD", "seconds", 5)
    assert routes(fal)["pricing"] == 1
