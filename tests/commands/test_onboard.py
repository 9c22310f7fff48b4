"""`onboard`, through `main` and a real socket; the prompt on a real pseudo-terminal."""

from __future__ import annotations

import json
import os
import stat
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.cli import main
from openclaw_fal.core.costs import Price
from openclaw_fal.runtime import Runtime
from openclaw_fal.store.caches import CatalogCache, PriceCache, SchemaCache

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

KEY = "99999999-1111-4222-8333-555555555555:fedcba9876543210fedcba9876543210"
OTHER_KEY = "77777777-1111-4222-8333-666666666666:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
MASKED = "9999…3210"
CACHED = (
    "cache/fal-models.json",
    "cache/fal-image-models.txt",
    "cache/fal-video-models.txt",
    "cache/fal-music-models.txt",
    "cache/fal-all-models.txt",
    "cache/schemas",
    "cache/prices",
)
ASK_NOTHING = ("--non-interactive", "--accept-risk")
COMMENTED = """// mine
{
  agents: { defaults: { mediaMaxMb: 20, /* keep */ }, list: [], },
  gateway: { port: 18789 }, // OpenClaw's
}
"""


@pytest.fixture
def config(folder: Path) -> Path:
    folder.mkdir()
    return folder / "openclaw.json"


@pytest.fixture(autouse=True)
def no_key(fal: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the key away that the sandbox's fixture gives, and let nobody have sent what fal would not have taken."""
    monkeypatch.delenv("FAL_KEY")
    yield
    assert not fal.violations
    assert not fal.submissions


def stored(folder: Path) -> Any:
    """Return the entry that `onboard` stored."""
    return json.loads((folder / "fal-credentials.json").read_text())["profiles"]["fal:default"]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def set_up(run: Runner, *arguments: str, key: str = KEY) -> Run:
    done = run("onboard", *ASK_NOTHING, "--fal-api-key", key, *arguments)
    assert done.code == 0, done.err
    return done


# --- success -----------------------------------------------------------------------------------


def test_a_first_run_sets_up_all_that_a_picture_needs(run: Runner, fal: Sandbox, folder: Path) -> None:
    done = set_up(run, "--auth-choice", "fal-api-key")
    assert done.out.splitlines() == [
        f"key: {MASKED} (accepted by fal)",
        f"stored: {folder / 'fal-credentials.json'}",
        f"config: {folder / 'openclaw.json'}",
        "image model: fal/fal-ai/flux/dev",
        "video model: fal/fal-ai/minimax/video-01-live",
        "music model: fal/fal-ai/minimax-music/v2.6",
        'next: openclaw-fal image generate "a red fox in snow"',
        'next: openclaw-fal video generate "waves at dusk"',
    ]
    assert stored(folder) == {"type": "api_key", "provider": "fal", "key": KEY}
    assert json.loads((folder / "openclaw.json").read_text()) == {
        "auth": {"profiles": {"fal:default": {"provider": "fal", "mode": "api_key"}}},
        "agents": {
            "defaults": {
                "imageGenerationModel": {"primary": "fal/fal-ai/flux/dev"},
                "videoGenerationModel": {"primary": "fal/fal-ai/minimax/video-01-live"},
            }
        },
    }
    assert run("models", "status", "--check", "--probe").code == 0


def test_json_has_openclaws_keys_and_ours(run: Runner, folder: Path) -> None:
    assert set_up(run, "--json").json == {
        "ok": True,
        "mode": "local",
        "workspace": None,
        "authChoice": "fal-api-key",
        "gateway": None,
        "installDaemon": False,
        "skipSkills": True,
        "secretInputMode": "plaintext",
        "skipHealth": False,
        "keyMasked": MASKED,
        "keyChecked": True,
        "keyStored": str(folder / "fal-credentials.json"),
        "configPath": str(folder / "openclaw.json"),
        "imageModel": "fal/fal-ai/flux/dev",
        "videoModel": "fal/fal-ai/minimax/video-01-live",
        "musicModel": "fal/fal-ai/minimax-music/v2.6",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_files_are_private_whatever_the_umask(run: Runner, folder: Path) -> None:
    umask = os.umask(0)
    try:
        set_up(run)
        set_up(run, "--reset")
    finally:
        os.umask(umask)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {
        "state": 0o700,
        "openclaw.json": 0o600,
        "openclaw.json.bak": 0o600,
        "fal-credentials.json": 0o600,
    }


def test_a_second_run_changes_nothing(run: Runner, folder: Path) -> None:
    set_up(run)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set_up(run).out.splitlines()[0] == f"key: {MASKED} (accepted by fal)"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_another_key_replaces_the_first(run: Runner, folder: Path) -> None:
    set_up(run, key=OTHER_KEY)
    set_up(run)
    assert stored(folder)["key"] == KEY


# --- where the key comes from ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "piped", "environ", "taken"),
    [
        ("flag:key", "pipe:key", {"FAL_KEY": "env:key"}, "flag:key"),
        (" flag:key ", None, {}, "flag:key"),
        (None, "pipe:key\n", {"FAL_KEY": "env:key"}, "pipe:key"),
        ("", "pipe:key", {}, "pipe:key"),
        (None, "", {"FAL_KEY": "env:key", "FAL_API_KEY": "second:key"}, "env:key"),
        (None, "", {"FAL_KEY": " ", "FAL_API_KEY": "second:key"}, "second:key"),
        (None, None, {"FAL_KEY": "env:key"}, "env:key"),
        (None, "", {}, "stored:key"),
    ],
)
def test_the_key_comes_from_the_flag_a_pipe_the_environment_or_the_store(
    run: Runner, folder: Path, flag: str | None, piped: str | None, environ: dict[str, str], taken: str
) -> None:
    set_up(run, key="stored:key")
    given = [] if flag is None else ["--fal-api-key", flag]
    assert run("onboard", *ASK_NOTHING, *given, stdin=piped, env=environ).code == 0
    assert stored(folder)["key"] == taken


def test_a_piped_key_needs_no_flags(run: Runner, folder: Path) -> None:
    assert run("onboard", stdin=f"{KEY}\n").code == 0
    assert stored(folder)["key"] == KEY


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("command", ["onboard", "models auth paste-api-key"])
def test_a_piped_key_is_read_as_powershell_writes_it(run: Runner, folder: Path, command: str, encoding: str) -> None:
    text = f"\ufeff{KEY}\r\n" if encoding == "utf-16-be" else f"{KEY}\r\n"
    done = run(*command.split(), stdin=text.encode(encoding))
    assert (done.code, stored(folder)["key"]) == (0, KEY), done.err


@pytest.mark.parametrize(
    ("piped", "said"),
    [
        ("schlüssel:geheim".encode("latin-1"), "Standard input holds no key: it is not UTF-8 text; save it as UTF-8."),
        (b"\xff\xfe\0", "Standard input holds no key: it is not UTF-8 text; save it as UTF-8."),
        (b"k" * 20_000, "Standard input is too long for a key."),
    ],
)
def test_what_is_piped_in_and_no_key_is_refused_with_what_to_do(
    run: Runner, folder: Path, piped: bytes, said: str
) -> None:
    refused = run("onboard", stdin=piped)
    assert (refused.code, folder.exists()) == (3, False)
    assert said in refused.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows can't wait for pipes")
def test_an_idle_pipe_is_not_waited_for_when_there_is_a_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openclaw_fal.actions.auth.PIPE_TIMEOUT_S", 0.05)
    monkeypatch.setenv("FAL_KEY", KEY)
    ours, theirs = os.pipe()
    with os.fdopen(ours) as stdin, os.fdopen(theirs, "w"):
        assert main(["onboard", *ASK_NOTHING], Runtime(stdin=stdin)) == 0
    assert stored(folder)["key"] == KEY


def test_a_stored_key_that_can_not_be_read_is_replaced(run: Runner, config: Path, folder: Path) -> None:
    (folder / "fal-credentials.json").write_text("broken")
    (folder / "fal-credentials.json").chmod(0o600)
    done = set_up(run)
    assert "The stored key can't be used" in done.err
    assert stored(folder)["key"] == KEY


def test_the_variable_that_wins_over_the_stored_key_is_named(run: Runner) -> None:
    done = run("onboard", *ASK_NOTHING, "--fal-api-key", KEY, env={"FAL_KEY": OTHER_KEY})
    assert "FAL_KEY is set to another key, and wins" in done.err
    assert "wins" not in run("onboard", *ASK_NOTHING, "--fal-api-key", KEY, env={"FAL_KEY": KEY}).err


# --- a reference in place of the key -----------------------------------------------------------


@pytest.mark.parametrize("variable", ["FAL_KEY", "FAL_API_KEY"])
def test_a_reference_is_stored_in_place_of_the_key(run: Runner, folder: Path, variable: str) -> None:
    done = run("onboard", *ASK_NOTHING, "--secret-input-mode", "ref", "--json", env={variable: KEY})
    assert done.json["keyStored"] == f"environment variable {variable}"
    assert stored(folder) == {
        "type": "api_key",
        "provider": "fal",
        "keyRef": {"source": "env", "provider": "default", "id": variable},
    }
    assert not any(KEY in path.read_text() for path in folder.iterdir())
    assert run("models", "status", "--check", "--json", env={variable: KEY}).json["auth"]["key"] == MASKED


@pytest.mark.parametrize(
    ("arguments", "environ", "code", "named"),
    [
        ([], {}, 3, "FAL_KEY is not set"),
        (["--fal-api-key", OTHER_KEY], {"FAL_KEY": KEY}, 2, "gives another one"),
    ],
)
def test_a_reference_needs_a_variable_that_holds_the_key(
    run: Runner, folder: Path, arguments: list[str], environ: dict[str, str], code: int, named: str
) -> None:
    refused = run("onboard", *ASK_NOTHING, "--secret-input-mode", "ref", *arguments, env=environ)
    assert refused.code == code
    assert named in refused.err
    assert not folder.exists()


# --- refusals        ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--auth-choice", "openai-api-key"], "Choose one of: fal-api-key, skip."),
        (["--non-interactive"], "Run it again with --accept-risk."),
        (["--secret-input-mode", "vault"], "plaintext, ref"),
        (["--reset-scope", "everything"], "config, config+creds+sessions, full"),
    ],
)
def test_a_wrong_option_is_reported_in_openclaws_keys_and_ours(
    run: Runner, fal: Sandbox, folder: Path, arguments: list[str], named: str
) -> None:
    refused = run("onboard", "--fal-api-key", KEY, *arguments, "--json")
    assert refused.code == 2
    answer = refused.json
    assert (answer["ok"], answer["phase"]) == (False, "options")
    assert named in answer["message"]
    assert answer["error"] == {"type": "cli_error", "code": "usage", "message": answer["message"]} | (
        {"hint": answer["error"]["hint"]} if "hint" in answer["error"] else {}
    )
    assert named in refused.err
    assert not fal.requests
    assert not folder.exists()


def test_without_a_key_the_error_lists_the_ways_to_give_one(run: Runner, fal: Sandbox, folder: Path) -> None:
    for refused in (run("onboard", *ASK_NOTHING, "--json"), run("onboard", "--json", stdin="")):
        assert refused.code == 3
        assert refused.json["error"]["code"] == "key_missing"
        for way in ("--fal-api-key", "FAL_KEY", "standard input", "fal profile"):
            assert way in refused.json["error"]["message"]
    assert not fal.requests
    assert not folder.exists()


@pytest.mark.parametrize("key", ["bad:key-of-nobody", "no-colon-at-all"])
def test_a_key_that_fal_refuses_is_not_stored(run: Runner, fal: Sandbox, folder: Path, key: str) -> None:
    refused = run("onboard", *ASK_NOTHING, "--fal-api-key", key, "--json")
    assert refused.code == 3
    assert refused.json["error"]["code"] == "key_refused"
    assert "Nothing was stored" in refused.json["error"]["hint"]
    assert fal.requests
    assert not folder.exists()


def test_a_key_of_an_unusual_shape_is_a_warning(run: Runner) -> None:
    assert "colon" in run("onboard", *ASK_NOTHING, "--fal-api-key", "no-colon-at-all").err


@pytest.mark.parametrize(
    "given",
    [
        f"FAL_KEY={KEY}",
        f'export FAL_KEY="{KEY}"',
        f"'{KEY}'",
        f"Key {KEY}",
        f"Authorization: Bearer {KEY}",
        f"\ufeff{KEY}",
    ],
)
@pytest.mark.parametrize("source", ["flag", "pipe", "variable"])
def test_what_was_copied_with_a_key_is_left_out(run: Runner, folder: Path, given: str, source: str) -> None:
    flag = ["--fal-api-key", given] if source == "flag" else []
    environ = {"FAL_KEY": given} if source == "variable" else {}
    done = run("onboard", *ASK_NOTHING, *flag, stdin=given if source == "pipe" else "", env=environ)
    assert done.code == 0, done.err
    assert stored(folder)["key"] == KEY


@pytest.mark.parametrize("key", ["secret-one:se\ncret-two", "schlüssel:geheimnis", "secret-one:\x1b[31msecret"])
@pytest.mark.parametrize("source", ["flag", "pipe", "variable"])
def test_a_key_that_no_header_can_carry_is_neither_sent_nor_shown(
    run: Runner, fal: Sandbox, folder: Path, key: str, source: str
) -> None:
    """The library beneath would quote it in its error."""
    given = ["--fal-api-key", key] if source == "flag" else []
    environ = {"FAL_KEY": key} if source == "variable" else {}
    refused = run("onboard", *ASK_NOTHING, *given, "--json", stdin=key if source == "pipe" else "", env=environ)
    assert refused.code == 3
    for part in key.split("\n"):
        assert part not in refused.out + refused.err
    assert not fal.requests
    assert not folder.exists()


def test_without_a_network_nothing_is_stored_unless_asked_to(run: Runner, fal: Sandbox, folder: Path) -> None:
    fal.stop()
    refused = run("onboard", *ASK_NOTHING, "--fal-api-key", KEY, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (7, "unreachable")
    assert "--skip-health" in refused.json["error"]["hint"]
    assert not folder.exists()
    unchecked = set_up(run, "--skip-health", "--json").json
    assert (unchecked["keyChecked"], unchecked["skipHealth"]) == (False, True)
    assert stored(folder)["key"] == KEY


def test_skip_health_sends_no_request(run: Runner, fal: Sandbox) -> None:
    assert "(not checked)" in set_up(run, "--skip-health").out
    assert not fal.requests


# --- the configuration -------------------------------------------------------------------------


def test_comments_and_other_settings_stay_and_the_previous_version_is_kept(run: Runner, config: Path) -> None:
    config.write_text(COMMENTED)
    set_up(run)
    text = config.read_text()
    for kept in ("// mine\n", "/* keep */", "gateway: { port: 18789 }, // OpenClaw's\n", "mediaMaxMb: 20"):
        assert kept in text
    assert config.with_name("openclaw.json.bak").read_text() == COMMENTED
    assert run("config", "get", "agents.defaults.imageGenerationModel.primary").out == "fal/fal-ai/flux/dev\n"


@pytest.mark.parametrize(
    ("before", "path", "model"),
    [
        ('{agents: {defaults: {imageGenerationModel: "fal/krea/v2/large"}}}', "imageGenerationModel", None),
        (
            '{agents: {defaults: {imageGenerationModel: {fallbacks: ["fal/krea/v2/large"]}}}}',
            "imageGenerationModel.primary",
            "fal/fal-ai/flux/dev",
        ),
        ("{agents: {defaults: {mediaModels: {}}}}", "mediaModels.image.primary", "fal/fal-ai/flux/dev"),
        ('{agents: {defaults: {mediaModels: {image: "fal/krea/v2/large"}}}}', "mediaModels.image", None),
        ("{}", "imageGenerationModel.primary", "fal/fal-ai/flux/dev"),
    ],
)
def test_a_default_model_is_set_where_the_file_keeps_it_and_only_if_none_is(
    run: Runner, config: Path, before: str, path: str, model: str | None
) -> None:
    config.write_text(before)
    answer = set_up(run, "--json").json
    assert run("config", "get", f"agents.defaults.{path}").out == f"{model or 'fal/krea/v2/large'}\n"
    assert answer["imageModel"] == (model or "fal/krea/v2/large")
    assert ("imageGenerationModel" in config.read_text()) is ("imageGenerationModel" in path)


def test_a_broken_configuration_is_an_error_and_stays_unchanged(run: Runner, config: Path, folder: Path) -> None:
    config.write_text("{ broken")
    refused = run("onboard", *ASK_NOTHING, "--fal-api-key", KEY)
    assert refused.code == 1
    assert f"{config}:1:9: " in refused.err
    assert config.read_text() == "{ broken"
    assert files(folder) == ["openclaw.json"]


def test_a_configuration_that_is_read_only_is_refused_before_the_key_is_stored(
    run: Runner, config: Path, folder: Path
) -> None:
    config.write_text("{}")
    refused = run("onboard", *ASK_NOTHING, "--fal-api-key", KEY, env={"OPENCLAW_CONFIG_READONLY": "1"})
    assert refused.code == 1
    assert "OPENCLAW_CONFIG_READONLY" in refused.err
    assert files(folder) == ["openclaw.json"]


def test_a_read_only_configuration_that_needs_no_change_is_no_obstacle(run: Runner, folder: Path) -> None:
    set_up(run)
    again = run("onboard", *ASK_NOTHING, "--fal-api-key", OTHER_KEY, env={"OPENCLAW_CONFIG_READONLY": "1"})
    assert again.code == 0, again.err
    assert stored(folder)["key"] == OTHER_KEY


def test_a_profile_has_a_configuration_and_a_key_of_its_own(run: Runner, folder: Path) -> None:
    done = run("onboard", *ASK_NOTHING, "--fal-api-key", KEY, "--profile", "work", "--json")
    assert done.json["configPath"] == str(folder / "profiles" / "work" / "openclaw.json")
    assert files(folder) == ["profiles/work/fal-credentials.json", "profiles/work/openclaw.json"]


# --- --reset       -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "removed", "key_needed"),
    [
        (["--reset-scope", "config"], ["openclaw.json"], False),
        ([], ["openclaw.json", "fal-credentials.json"], True),
        (["--reset-scope", "config+creds+sessions"], ["openclaw.json", "fal-credentials.json"], True),
        (["--reset-scope", "full"], ["openclaw.json", "fal-credentials.json", *CACHED], True),
    ],
)
def test_reset_removes_what_its_scope_names(
    run: Runner, config: Path, folder: Path, scope: list[str], removed: list[str], key_needed: bool
) -> None:
    config.write_text(COMMENTED)
    set_up(run)
    CatalogCache(folder / "cache" / "fal-models.json").write((), 0)
    SchemaCache(folder / "cache" / "schemas").write("fal-ai/flux/dev", {}, 0)
    price = Price("fal-ai/flux/dev", Decimal("0.025"), "image", "USD", 0.0)
    PriceCache(folder / "cache" / "prices").add({price.endpoint: price})
    before = config.read_text()
    without_key = run("onboard", *ASK_NOTHING, "--reset", *scope)
    assert without_key.code == (3 if key_needed else 0)
    if key_needed:
        assert config.read_text() == before
        without_key = run("onboard", *ASK_NOTHING, "--reset", *scope, "--json", env={"FAL_KEY": OTHER_KEY})
        assert without_key.json["removed"] == [str(folder / name) for name in removed]
    assert config.with_name("openclaw.json.bak").read_text() == before
    assert "mine" not in config.read_text()
    assert stored(folder)["key"] == (OTHER_KEY if key_needed else KEY)
    assert [name for name in CACHED if (folder / name).exists()] == [name for name in CACHED if name not in removed]


def test_a_model_list_that_can_not_be_removed_is_only_a_warning(run: Runner, folder: Path) -> None:
    (folder / CACHED[0]).mkdir(parents=True)
    done = set_up(run, "--reset", "--reset-scope", "full")
    assert "list of models can't be removed" in done.err
    assert stored(folder)["key"] == KEY


def test_reset_removes_nothing_for_a_key_that_fal_refuses(run: Runner, config: Path, folder: Path) -> None:
    config.write_text(COMMENTED)
    set_up(run)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    refused = run("onboard", *ASK_NOTHING, "--reset", "--reset-scope", "full", "--fal-api-key", "bad:key")
    assert refused.code == 3
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_reset_removes_a_broken_configuration(run: Runner, config: Path) -> None:
    config.write_text("{ broken")
    done = set_up(run, "--reset")
    assert "kept as openclaw.json.bak" in done.err
    assert config.with_name("openclaw.json.bak").read_text() == "{ broken"
    assert run("config", "validate").code == 0


# --- the output   ------------------------------------------------------------------------------


def test_openclaws_other_flags_are_accepted_and_named_in_one_line(run: Runner) -> None:
    done = set_up(
        run, "--flow", "quickstart", "--mode", "local", "--workspace", "w", "--gateway-port", "18789", "--gateway-bind",
        "loopback", "--gateway-token", "s3cret-token", "--install-daemon", "--daemon-runtime", "node",
        "--skip-channels", "--skip-skills", "--skip-search", "--skip-ui", "--skip-hooks", "--skip-bootstrap",
        "--skip-daemon",
        "--suppress-gateway-token-output", "--node-manager", "npm", "--tailscale", "off",
    )  # fmt: skip
    notes = [line for line in done.err.splitlines() if "no effect" in line]
    assert len(notes) == 1
    for flag in ("--flow", "--workspace", "--gateway-token", "--install-daemon", "--skip-ui", "--tailscale"):
        assert flag in notes[0]
    assert "--accept-risk" not in notes[0]
    assert "s3cret-token" not in done.out + done.err


def test_an_unknown_flag_is_an_error(run: Runner) -> None:
    assert run("onboard", *ASK_NOTHING, "--fal-api-key", KEY, "--skip-helth").code == 2


@pytest.mark.parametrize("key", [KEY, "bad:0123456789012345678901234567890123456789"])
def test_of_a_key_no_more_than_both_ends_is_ever_shown(run: Runner, key: str) -> None:
    for extra in ([], ["--json"], ["--log-level", "trace"]):
        done = run("onboard", *ASK_NOTHING, "--fal-api-key", key, *extra)
        assert not any(key[start : start + 8] in done.out + done.err for start in range(0, len(key) - 8, 4))
    assert set_up(run, key="short:key").out.startswith("key: ******** (")


def test_the_sandbox_says_that_fal_was_not_asked(run: Runner) -> None:
    done = set_up(run, "--sandbox", "--json")
    assert done.json["sandbox"] is True
    assert "fal itself is not asked" in done.err


def test_the_sandbox_needs_no_key(run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAL_KEY", raising=False)
    done = run("onboard", "--sandbox")
    assert done.code == 0, done.err
    assert 'next: openclaw-fal --sandbox image generate "a red fox in snow"' in done.out
    assert not (folder / "fal-credentials.json").exists()


@pytest.mark.parametrize("extra", [[], ["--reset", "--reset-scope", "full"], ["--skip-health"]])
def test_the_sandbox_checks_a_key_and_stores_and_removes_nothing(run: Runner, folder: Path, extra: list[str]) -> None:
    set_up(run)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    done = set_up(run, "--sandbox", *extra, key="sandbox:no-secret-and-no-cost")
    assert "nothing is stored" in done.err
    assert "stored: nothing" in done.out
    assert set_up(run, "--sandbox", *extra, "--json", key=OTHER_KEY).json["keyStored"] is None
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    refused = run("onboard", *ASK_NOTHING, "--sandbox", "--fal-api-key", "bad:key", *extra)
    assert refused.code == (0 if extra == ["--skip-health"] else 3)


# --- on a terminal -----------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize(
    ("typed", "environ", "code", "said", "key"),
    [
        (f"{KEY}\n", {}, 0, "accepted by fal", KEY),
        ("\n\n\n", {}, 3, "error: No key was typed", None),
        (f"\nbad:key\n{KEY}\n", {}, 0, "Try again (1 more)", KEY),
        ("bad:key\nbad:key\nbad:key\n", {}, 3, "error: fal refused the key", None),
        (f"FAL_KEY='{KEY}'\n", {}, 0, "The quotes or words around the key are left out", KEY),
        ("\n", {"FAL_KEY": OTHER_KEY}, 0, "Enter keeps 7777…0f0f", OTHER_KEY),
        (f"{KEY}\n", {"FAL_KEY": OTHER_KEY}, 0, "wins over the stored one", KEY),
        ("\x04", {"FAL_KEY": OTHER_KEY}, 3, "\nerror: No key was typed", None),
        ("\x03", {"FAL_KEY": OTHER_KEY}, 130, "\nerror: Interrupted. Nothing was stored.\n", None),
    ],
    ids=[
        "typed",
        "nothing three times",
        "the third",
        "wrong three times",
        "with quotes",
        "kept",
        "another",
        "end of file",
        "ctrl-c",
    ],
)
def test_a_person_is_asked_and_their_input_is_hidden(
    folder: Path, typed: str, environ: dict[str, str], code: int, said: str, key: str | None
) -> None:
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable, ["-m", "openclaw_fal", "onboard"], env={**os.environ, **environ, "TERM": "dumb"},
        timeout=100, encoding="utf-8", dimensions=(24, 200),
    )  # fmt: skip
    shown = ""
    for line in typed.splitlines(keepends=True):
        child.expect("fal API key.*: ")  # what is typed before is thrown away
        shown += f"{child.before}{child.after}"
        child.send(line)
    child.expect(pexpect.EOF)
    child.close()
    shown = (shown + str(child.before)).replace("\r\n", "\n")
    assert child.exitstatus == code, shown
    assert said in shown
    assert KEY[:20] not in shown
    assert (stored(folder)["key"] if folder.exists() else None) == key


# --- OpenClaw's own configuration ---------------------------------------------------------------


@pytest.fixture
def openclaw(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return OpenClaw's configuration in its usual place; this tool has none."""
    monkeypatch.delenv("OPENCLAW_STATE_DIR")
    file = home / ".openclaw" / "openclaw.json"
    file.parent.mkdir()
    file.write_text('{"meta": {"lastTouchedVersion": "2026.9.6"}, "agents": {"defaults": {"mediaMaxMb": 7}}}')
    return file


def test_openclaws_own_configuration_is_mentioned_where_it_is_not_used(run: Runner, openclaw: Path) -> None:
    named = f"OpenClaw's configuration {openclaw} is not used"
    assert named in run("models", "status").err
    assert f"OPENCLAW_CONFIG_PATH={openclaw}" in run("onboard", *ASK_NOTHING, "--fal-api-key", KEY).err
    assert named not in run("models", "status").err  # now there is one of our own
    assert "mediaModels" not in openclaw.read_text()


@pytest.mark.parametrize(
    ("typed", "is_used"), [([""], True), (["y"], True), (["n"], False), (["perhaps", "Yes"], True)]
)
def test_openclaws_own_configuration_is_offered_on_a_terminal(
    openclaw: Path, typed: Sequence[str], is_used: bool
) -> None:
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable, ["-m", "openclaw_fal", "onboard"], env={**os.environ, "TERM": "dumb"},
        timeout=100, encoding="utf-8", dimensions=(24, 200),
    )  # fmt: skip
    for answer in typed:
        child.expect("Use OpenClaw's configuration .*Y/n")
        child.sendline(answer)
    child.expect("fal API key")
    child.sendline(KEY)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    written = json.loads(openclaw.read_text())
    assert ("auth" in written) is is_used
    defaults = {
        "image": {"primary": "fal/fal-ai/flux/dev"},
        "video": {"primary": "fal/fal-ai/minimax/video-01-live"},
        "music": {"primary": "fal/fal-ai/minimax-music/v2.6"},
    }
    models = {"mediaModels": defaults} if is_used else {}
    assert written["agents"]["defaults"] == {"mediaMaxMb": 7} | models


def test_a_reset_leaves_openclaws_own_configuration(run: Runner, openclaw: Path) -> None:
    ours = Path(run("config", "file").out.strip())
    ours.parent.mkdir(parents=True)
    ours.symlink_to(openclaw)
    assert run("config", "get", "agents.defaults.mediaMaxMb").out == "7\n"
    before = openclaw.read_text()
    set_up(run, "--reset")
    assert openclaw.read_text() == before
    assert not ours.is_symlink()
