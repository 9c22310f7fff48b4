"""Where the key comes from, in all the forms that work with OpenClaw; through `main` and a real socket."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

KEY = "99999999-1111-4222-8333-555555555555:fedcba9876543210fedcba9876543210"
OTHER_KEY = "77777777-1111-4222-8333-666666666666:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
MASKED = "9999…3210"
LOG = """
import json, os, sys
asked = json.load(sys.stdin)
with open(os.path.join(os.path.dirname(__file__), "asked.json"), "w") as file:
    json.dump({"request": asked, "environ": sorted(os.environ), "arguments": sys.argv[1:]}, file)
"""


@pytest.fixture(autouse=True)
def no_key(fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAL_KEY")


@pytest.fixture
def config(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    return folder / "openclaw.json"


def write(config: Path, api_key: Any, **providers: Any) -> None:
    config.write_text(
        json.dumps({"models": {"providers": {"fal": {"apiKey": api_key}}}, "secrets": {"providers": providers}})
    )
    config.chmod(0o600)


def auth(done: Run) -> tuple[str, str]:
    """Return the masked key and its source that `models status --json` reports."""
    assert KEY not in done.out + done.err
    return done.json["auth"]["key"], done.json["auth"]["source"]


def problem(done: Run) -> str:
    """Return why `models status` has no key."""
    assert done.json["auth"]["key"] is None
    assert KEY not in done.out + done.err
    return " ".join(done.json["problems"])


# --- variables ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form", ["${MY_KEY}", "$MY_KEY", " $MY_KEY ", "secretref-env:MY_KEY", "__env__:MY_KEY", "MY_KEY"]
)
def test_a_key_may_name_a_variable_in_every_form_that_openclaw_reads(run: Runner, config: Path, form: str) -> None:
    write(config, form)
    assert run("models", "status", "--probe", "--json", env={"MY_KEY": KEY}).json["probe"] == "ok"
    source = "environment variable MY_KEY, named by models.providers.fal.apiKey in the configuration"
    assert auth(run("models", "status", "--json", env={"MY_KEY": f"Key {KEY}"})) == (MASKED, source)


@pytest.mark.parametrize("form", ["${MY_KEY}", "$MY_KEY", "secretref-env:MY_KEY", {"source": "env", "id": "MY_KEY"}])
def test_a_variable_that_is_not_set_is_named_and_its_mark_is_never_sent(
    run: Runner, fal: Sandbox, config: Path, form: Any
) -> None:
    write(config, form)
    assert "MY_KEY is not set" in problem(run("models", "status", "--json"))
    assert run("image", "generate", "--prompt", "x").code == 3
    assert not fal.submissions


@pytest.mark.parametrize("form", ["$my_key:secret", "$MY-KEY", "SOME_KEY"])
def test_other_text_is_the_key_itself(run: Runner, config: Path, form: str) -> None:
    write(config, form)
    assert (
        run("models", "status", "--json").json["auth"]["source"] == "models.providers.fal.apiKey in the configuration"
    )


def test_a_mark_of_openclaws_own_store_is_no_key(run: Runner, config: Path) -> None:
    write(config, "secretref-managed")
    assert "OpenClaw keeps this secret in its own store" in problem(run("models", "status", "--json"))


def test_a_variable_outside_the_allowlist_is_not_read(run: Runner, config: Path) -> None:
    write(config, {"source": "env", "provider": "v", "id": "MY_KEY"}, v={"source": "env", "allowlist": ["OTHER"]})
    assert "allowlist" in problem(run("models", "status", "--json", env={"MY_KEY": KEY}))


# --- the env block and .env ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "source"),
    [
        ({"FAL_KEY": KEY}, "env.FAL_KEY in the configuration"),
        ({"vars": {"FAL_KEY": KEY}}, "env.FAL_KEY in the configuration"),
        ({"FAL_API_KEY": f" '{KEY}' "}, "env.FAL_API_KEY in the configuration"),
        (
            {"FAL_KEY_ID": KEY.split(":", maxsplit=1)[0], "vars": {"FAL_KEY_SECRET": KEY.split(":")[1]}},
            "env.FAL_KEY_ID in the configuration and env.FAL_KEY_SECRET in the configuration",
        ),
    ],
)
def test_a_key_in_the_env_block_is_used(run: Runner, config: Path, block: Any, source: str) -> None:
    config.write_text(json.dumps({"env": {"shellEnv": {"enabled": True}, **block}}))
    assert auth(run("models", "status", "--json")) == (MASKED, source)
    assert run("image", "generate", "--prompt", "x").code == 0


@pytest.mark.parametrize(
    "line",
    [
        f"FAL_KEY={KEY}",
        f"export FAL_KEY={KEY}",
        f'\ufeffFAL_KEY="{KEY}"',
        f"# mine\r\nOTHER='a\nb'\r\nFAL_KEY = '{KEY}' # the key\r\n",
        f"FAL_KEY={KEY} # the key\n",
        f"FAL_KEY=Key {KEY}",
    ],
)
def test_a_key_in_openclaws_env_file_is_used(run: Runner, config: Path, line: str) -> None:
    file = config.with_name(".env")
    file.write_text(line)
    assert auth(run("models", "status", "--json")) == (MASKED, f"FAL_KEY in {file}")
    assert run("models", "status", "--probe", "--json").json["probe"] == "ok"


def test_openclaws_env_file_counts_only_if_its_configuration_is_used(
    run: Runner, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    openclaw = home / ".openclaw"
    openclaw.mkdir()
    (openclaw / ".env").write_text(f"FAL_KEY={KEY}\n")
    (openclaw / "openclaw.json").write_text("{}")
    assert run("models", "status", "--json").json["auth"]["key"] is None
    source = f"FAL_KEY in {openclaw / '.env'}"
    for variable, path in (
        ("OPENCLAW_CONFIG_PATH", "~/.openclaw/openclaw.json"),
        ("OPENCLAW_STATE_DIR", str(openclaw)),
        ("OPENCLAW_CONFIG_PATH", str(tmp_path / "elsewhere.json")),  # OpenClaw's state stays in ~/.openclaw
    ):
        assert auth(run("models", "status", "--json", env={variable: path})) == (MASKED, source)


def test_the_order_of_keys_is_environment_store_setting_env_block_env_file(run: Runner, config: Path) -> None:
    keys = [f"{number}{KEY[1:]}" for number in range(5)]
    config.with_name(".env").write_text(f"FAL_KEY={keys[4]}")
    config.write_text(json.dumps({"env": {"FAL_KEY": keys[3]}}))
    first = [auth(run("models", "status", "--json"))[0][0]]
    config.write_text(json.dumps({"env": {"FAL_KEY": keys[3]}, "models": {"providers": {"fal": {"apiKey": keys[2]}}}}))
    first.append(auth(run("models", "status", "--json"))[0][0])
    assert run("onboard", "--non-interactive", "--accept-risk", "--skip-health", "--fal-api-key", keys[1]).code == 0
    first.append(auth(run("models", "status", "--json"))[0][0])
    first.append(auth(run("models", "status", "--json", env={"FAL_KEY": keys[0]}))[0][0])
    assert first == ["3", "2", "1", "0"]


def test_variables_of_the_configuration_may_be_referred_to(run: Runner, config: Path) -> None:
    config.write_text(json.dumps({"env": {"MY_KEY": KEY}, "models": {"providers": {"fal": {"apiKey": "${MY_KEY}"}}}}))
    source = "env.MY_KEY in the configuration, named by models.providers.fal.apiKey in the configuration"
    assert auth(run("models", "status", "--json")) == (MASKED, source)


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "provider", "pointer"),
    [
        ({"fal": {"key": KEY}}, {}, "/fal/key"),
        ({"a/b": [{"~": f"Bearer {KEY}"}]}, {"mode": "json"}, "/a~1b/0/~0"),
        (f"{KEY}\n", {"mode": "singleValue"}, "value"),
        (f"\ufeff{KEY}\r\n", {"mode": "singleValue"}, "value"),
    ],
)
def test_a_key_may_be_in_a_file(
    run: Runner, config: Path, content: Any, provider: dict[str, Any], pointer: str
) -> None:
    file = config.with_name("secrets.json")
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    write(
        config, {"source": "file", "provider": "v", "id": pointer}, v={"source": "file", "path": str(file), **provider}
    )
    source = f"{file}, named by models.providers.fal.apiKey in the configuration"
    assert auth(run("models", "status", "--json")) == (MASKED, source)
    assert run("models", "status", "--probe", "--json").json["probe"] == "ok"


@pytest.mark.parametrize(
    ("content", "provider", "pointer", "named"),
    [
        (None, {}, "/fal", "can't be read"),
        (f"{KEY}", {}, "/fal", "is not JSON"),
        (json.dumps({"other": KEY}), {}, "/fal", "has nothing at /fal"),
        (json.dumps({"fal": 5}), {}, "/fal", "not text"),
        (json.dumps({"fal": KEY}), {}, "fal", "JSON pointer"),
        (json.dumps([KEY]), {}, "/1", "has nothing at /1"),
        (KEY, {"mode": "singleValue"}, "/fal", "'value'"),
        (KEY * 10, {"mode": "singleValue", "maxBytes": 100}, "value", "larger than 100 bytes"),
        (KEY, {"path": "relative.json"}, "/fal", "must be an absolute path"),
        (KEY, {"source": "exec", "command": "/bin/true"}, "/fal", "has another one"),
    ],
)
def test_a_file_that_gives_no_key_is_an_error_that_quotes_nothing_of_it(
    run: Runner, config: Path, content: str | None, provider: dict[str, Any], pointer: str, named: str
) -> None:
    file = config.with_name("secrets.json")
    if content is not None:
        file.write_text(content)
    write(
        config, {"source": "file", "provider": "v", "id": pointer}, v={"source": "file", "path": str(file), **provider}
    )
    assert named in problem(run("models", "status", "--json"))


def test_a_pipe_in_place_of_a_file_does_not_hang(run: Runner, config: Path) -> None:
    os.mkfifo(config.with_name("pipe"))
    provider = {"source": "file", "path": str(config.with_name("pipe")), "mode": "singleValue"}
    write(config, {"source": "file", "provider": "v", "id": "value"}, v=provider)
    assert "not a regular file" in problem(run("models", "status", "--json"))


# --- commands ----------------------------------------------------------------------------------


def program(config: Path, body: str) -> Path:
    """Write a command that answers for a secret."""
    path = config.with_name("vault")
    path.write_text(f"#!{sys.executable}\n{LOG}\n{body}\n")
    path.chmod(0o700)
    return path


def refer_to(config: Path, path: Path, **provider: Any) -> None:
    write(
        config,
        {"source": "exec", "provider": "v", "id": "fal/key"},
        v={"source": "exec", "command": str(path), **provider},
    )


ANSWER = f"print(json.dumps({{'protocolVersion': 1, 'values': {{'fal/key': '{KEY}'}}}}))"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows starts no scripts")
def test_a_command_may_give_the_key(run: Runner, config: Path) -> None:
    path = program(config, ANSWER)
    refer_to(config, path, args=["--fal"], env={"OWN": "1"}, passEnv=["PASSED", "ABSENT"])
    done = run("models", "status", "--json", env={"PASSED": "1", "KEPT_BACK": "1"})
    assert auth(done) == (MASKED, f"the command {path}, named by models.providers.fal.apiKey in the configuration")
    asked = json.loads(config.with_name("asked.json").read_text())
    assert asked["request"] == {"protocolVersion": 1, "provider": "v", "ids": ["fal/key"]}
    assert asked["arguments"] == ["--fal"]
    assert {"OWN", "PASSED"} <= set(asked["environ"])
    assert "KEPT_BACK" not in asked["environ"]
    refer_to(config, program(config, f"print('{KEY}')"), jsonOnly=False)
    assert auth(run("models", "status", "--json"))[0] == MASKED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows starts no scripts")
@pytest.mark.parametrize(
    ("body", "provider", "named"),
    [
        (f"print('{KEY}')", {}, "returned no value"),
        (f"print('{KEY}', file=sys.stderr); sys.exit(3)", {}, "exited with status 3"),
        ("import time; time.sleep(60)", {"timeoutMs": 300}, "did not finish within 0.3 s"),
        (f"print('{KEY}' * 10)", {"maxOutputBytes": 10}, "printed too much"),
        ("print('{}')", {}, "returned no value"),
        (ANSWER, {"args": ["\0"]}, "not text"),
        (ANSWER, {"command": "/no/such/program"}, "can't be checked"),
        (ANSWER, {"command": "vault"}, "must be an absolute path"),
    ],
)
def test_a_command_that_gives_no_key_is_an_error_that_quotes_nothing_of_its_output(
    run: Runner, config: Path, body: str, provider: dict[str, Any], named: str
) -> None:
    refer_to(config, program(config, body), **provider)
    assert named in problem(run("models", "status", "--json"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
@pytest.mark.parametrize("changed", ["openclaw.json", "vault", "more.json5"])
def test_no_command_is_run_that_another_user_could_have_written(run: Runner, config: Path, changed: str) -> None:
    refer_to(config, program(config, ANSWER))
    config.write_text(config.read_text().replace("{", '{"$include": "more.json5", ', 1))
    config.with_name("more.json5").write_text("{}")
    assert auth(run("models", "status", "--json"))[0] == MASKED
    config.with_name("asked.json").unlink()
    config.with_name(changed).chmod(0o722)
    assert f"other users can change {config.with_name(changed)}" in problem(run("models", "status", "--json"))
    assert not config.with_name("asked.json").exists()


# --- what a refused or a missing key says -------------------------------------------------------


@pytest.mark.parametrize("name", ["FAL_KEY", "FAL_API_KEY"])
def test_a_refused_key_of_a_variable_is_named_by_it(run: Runner, name: str) -> None:
    refused = run("image", "generate", "--prompt", "x", "--json", env={name: "bad:key-of-nobody"})
    assert refused.code == 3
    assert f"the key from environment variable {name}" in refused.json["error"]["message"]
    assert f"unset {name}" in refused.json["error"]["hint"]


def test_a_refused_key_of_the_store_is_named_by_its_file(run: Runner, folder: Path) -> None:
    assert run("onboard", "--non-interactive", "--accept-risk", "--skip-health", "--fal-api-key", "bad:key").code == 0
    refused = run("image", "generate", "--prompt", "x", "--json")
    assert (
        f"the key from {folder / 'fal-credentials.json'}, where onboard stored it" in refused.json["error"]["message"]
    )
    assert "openclaw-fal onboard" in refused.json["error"]["hint"]
    assert "unset" not in refused.json["error"]["hint"]


def test_a_stored_key_may_have_a_byte_order_mark(run: Runner, folder: Path) -> None:
    assert run("onboard", "--non-interactive", "--accept-risk", "--fal-api-key", KEY).code == 0
    file = folder / "fal-credentials.json"
    file.write_text("\ufeff" + file.read_text())
    assert auth(run("models", "status", "--json"))[0] == MASKED


def test_the_database_of_openclaw_is_named_if_no_key_is_found(run: Runner, config: Path) -> None:
    assert "OpenClaw's own database" not in run("image", "generate", "--prompt", "x").err
    (config.parent / "state").mkdir()
    (config.parent / "state" / "openclaw.sqlite").touch()
    assert "OpenClaw's own database" in run("image", "generate", "--prompt", "x").err
