"""What OpenClaw 2026.9.6 answers on the same command lines: its keys are ours, or the reason is here."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.conftest import KEY
from tests.files import configure_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

ENVELOPE = "ok error error.type error.message"
STATUS = """configPath agentDir defaultModel resolvedDefault fallbacks imageModel imageFallbacks utilityModel aliases
    utilityModel.ref utilityModel.source
    allowed auth auth.storePath auth.shellEnvFallback auth.shellEnvFallback.enabled auth.shellEnvFallback.appliedKeys
    auth.providersWithOAuth auth.missingProvidersInUse auth.providers auth.providers[].provider
    auth.providers[].effective auth.providers[].effective.kind auth.providers[].effective.detail
    auth.providers[].profiles auth.providers[].profiles.count auth.providers[].profiles.oauth
    auth.providers[].profiles.token auth.providers[].profiles.apiKey auth.providers[].profiles.labels
    auth.providers[].env auth.providers[].env.value auth.providers[].env.source auth.unusableProfiles
    auth.oauth auth.modelRouteIssues auth.runtimeAuthRoutes auth.providers[].modelsJson"""
DRY_RUN = """ok operations configPath inputModes checks checks.schema checks.resolvability checks.resolvabilityComplete
    refsChecked skippedExecRefs"""
ONBOARDED = """ok mode workspace authChoice gateway gateway.port gateway.bind gateway.authMode gateway.tailscaleMode
    installDaemon skipSkills skipHealth"""
IMAGE_PROVIDER = """available configured selected id label defaultModel models capabilities
    capabilities.generate capabilities.generate.maxCount capabilities.generate.supportsSize
    capabilities.generate.supportsAspectRatio capabilities.generate.supportsResolution capabilities.edit
    capabilities.edit.enabled capabilities.edit.maxCount capabilities.edit.maxInputImages
    capabilities.edit.maxInputImagesByModel capabilities.edit.maxInputImagesByModelPrefix
    capabilities.edit.supportsSize capabilities.edit.supportsAspectRatio capabilities.edit.supportsResolution
    capabilities.geometry capabilities.geometry.sizes capabilities.geometry.sizesByModel
    capabilities.geometry.aspectRatios capabilities.geometry.aspectRatiosByModel capabilities.geometry.resolutions
    capabilities.geometry.resolutionsByModel capabilities.output capabilities.output.formats
    capabilities.output.formatsByModel capabilities.output.qualitiesByModel capabilities.output.backgroundsByModel"""
_VIDEO_MODE = """maxVideos maxInputImages maxInputImagesByModel maxInputAudiosByModel supportedDurationSecondsByModel
    supportsAspectRatio supportsResolution supportsSize supportsAudio"""
VIDEO_PROVIDER = """available configured selected id label defaultModel models capabilities capabilities.generate
    capabilities.generate.maxVideos capabilities.generate.supportedDurationSecondsByModel
    capabilities.generate.supportsAspectRatio capabilities.generate.supportsResolution
    capabilities.generate.supportsSize capabilities.generate.supportsAudio capabilities.imageToVideo.enabled
    capabilities.videoToVideo.enabled capabilities.videoToVideo.maxInputVideos
    capabilities.videoToVideo.maxInputVideosByModel""" + "".join(
    f" capabilities.{mode}.{key}" for mode in ("imageToVideo", "videoToVideo") for key in _VIDEO_MODE.split()
)
AUTH_LIST = """agentId agentDir authStatePath provider profiles profiles[].id profiles[].provider profiles[].type
    profiles[].label"""


class Line(NamedTuple):
    """A command line, the keys of OpenClaw's answer (of a list: of its elements), and whether it succeeds."""

    line: str
    keys: str
    succeeds: bool = True
    config: str = ""
    stdin: str | None = None


LINES = (
    Line("config file --json", "path"),
    Line("config validate --json", "valid path warnings", config="{}"),
    Line("config validate --json", f"{ENVELOPE} valid path", succeeds=False),
    Line("config validate --json", f"{ENVELOPE} valid path issues issues[].path issues[].message", False, "{a: [1,"),
    Line("config validate --json", f"{ENVELOPE} issues", False, "{agents: {defaults: {mediaMaxMb: 'x'}}}"),
    Line("infer image generate --prompt x --json", f"{ENVELOPE} issues issues[].path issues[].message", False, "{a:"),
    Line("image generate --prompt x --json", f"{ENVELOPE} issues", False, "{agents: {defaults: {mediaMaxMb: 'x'}}}"),
    Line("config get agents.defaults.nope --json", ENVELOPE, succeeds=False),
    Line("config set agents.defaults.mediaMaxMb 70 --dry-run --json", DRY_RUN),
    Line('config set --batch-json [{"path":"agents.defaults.mediaMaxMb","value":82}] --dry-run --json', DRY_RUN),
    Line("config set agents.defaults.mediaMaxMb x --dry-run --strict-json --json", ENVELOPE, succeeds=False),
    Line('config set agents.defaults.mediaMaxMb "x" --dry-run --json', f"{DRY_RUN} errors errors[].kind", False),
    Line(
        "config set models.providers.fal.apiKey --ref-provider default --ref-source env --ref-id FAL_KEY --dry-run "
        "--json",
        DRY_RUN,
    ),
    Line("config patch --stdin --dry-run --json", DRY_RUN, stdin="{agents: {defaults: {mediaMaxMb: 5}}}"),
    Line("models list --sandbox --json", "count models"),
    Line("models status --json", STATUS),
    Line("models --json", STATUS),
    Line("models --status-json", STATUS),
    Line("models status --probe --probe-provider fal --json", f"{STATUS} auth.probes"),
    Line("infer model auth status --json", f"{STATUS} agentId modelConfig"),
    Line(
        "models aliases list --json", "aliases aliases.flux", config="{agents:{defaults:{models:{a:{alias:'flux'}}}}}"
    ),
    Line("models auth list --json", "agentId agentDir authStatePath provider profiles"),
    Line("models auth list --provider fal --json", "agentId agentDir authStatePath provider profiles"),
    Line("infer model auth logout --provider fal --json", "provider removedProfiles"),
    Line("infer list --json", "id transports description"),
    Line("infer inspect --name image.generate --json", "id description transports flags resultShape"),
    Line("infer inspect --json", ENVELOPE, succeeds=False),
    Line("infer image providers --json", IMAGE_PROVIDER),
    Line("infer image providers --agent main --json", IMAGE_PROVIDER),
    Line("infer video providers --json", "generation description"),
    Line("onboard --non-interactive --accept-risk --skip-health --json", ONBOARDED),
    Line("onboard --auth-choice skip --non-interactive --accept-risk --json", ONBOARDED),
    Line("onboard --non-interactive --json", "ok phase message", succeeds=False),
    Line("onboard --auth-choice nope --json", "ok phase message", succeeds=False),
    Line("tasks list --json", "count runtime status tasks"),
    Line("tasks --json", "count runtime status tasks"),
    Line("tasks list --status running --runtime cli --json", "count runtime status tasks"),
    Line("tasks list --status banana --json", ENVELOPE, succeeds=False),
    Line("tasks show nope --json", ENVELOPE, succeeds=False),
    Line("infer image generate --json", ENVELOPE, succeeds=False),
)

# What is left out, and why.
LEFT_OUT = {
    "auth.oauth": "fal has keys only",
    "auth.modelRouteIssues": "there is one route to a model, fal's queue",
    "auth.runtimeAuthRoutes": "there are no agents that could sign in by themselves",
    "auth.providers[].modelsJson": "there is no second file with a key while the environment has one",
    "auth.probes": "`probe` is the one answer, because there is one key",
    "utilityModel.ref": "a model for chats; `utilityModel` is null",
    "utilityModel.source": "as above",
    "gateway.port": "there is no gateway; `gateway` is null",
    "gateway.bind": "as above",
    "gateway.authMode": "as above",
    "gateway.tailscaleMode": "as above",
    "agentId": "`models status` is the same answer everywhere",
    "modelConfig": "`image`, `video` and `music` say where each model is set",
}


def keys_of(value: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield prefix + name
            yield from keys_of(member, f"{prefix}{name}.")
    if isinstance(value, list) and value:
        yield from keys_of(value[0], f"{prefix.removesuffix('.')}[]." if prefix else "")


@pytest.fixture
def environment(fal: Sandbox, folder: Path) -> Path:
    folder.mkdir()
    return folder


def run_line(run: Runner, folder: Path, line: Line) -> Run:
    if line.config:
        (folder / "openclaw.json").write_text(line.config)
    return run(*line.line.split(), stdin=line.stdin)


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.line} {line.config}".strip())
def test_an_answer_has_openclaws_keys(run: Runner, environment: Path, line: Line) -> None:
    ended = run_line(run, environment, line)
    assert (ended.code == 0) is line.succeeds, ended.err
    missing = [key for key in line.keys.split() if key not in {*keys_of(ended.json), *LEFT_OUT}]
    assert missing == []


def test_what_is_left_out_is_an_answers_key_and_not_ours(run: Runner, environment: Path) -> None:
    answers = {line.line: set(keys_of(run_line(run, environment, line).json)) for line in LINES if not line.config}
    for key in LEFT_OUT:
        lines = [line.line for line in LINES if key in line.keys.split() and not line.config]
        assert any(key not in answers[line] for line in lines), key


def test_the_keys_of_a_video_provider_are_openclaws(run: Runner, environment: Path) -> None:
    [provider] = run("infer", "video", "providers", "--json").json["generation"]
    assert [key for key in VIDEO_PROVIDER.split() if key not in set(keys_of(provider))] == []


def test_a_stored_key_is_listed_with_openclaws_keys(run: Runner, environment: Path) -> None:
    assert run("models", "auth", "paste-api-key", "--provider", "fal", stdin=KEY).code == 0
    listed = run("models", "auth", "list", "--json").json
    assert [key for key in AUTH_LIST.split() if key not in set(keys_of(listed))] == []
    assert listed["profiles"][0]["type"] == "api_key"
    status = run("models", "status", "--json", env={"FAL_KEY": ""}).json
    assert status["auth"]["providers"][0]["effective"]["kind"] == "profiles"
    assert status["auth"]["providers"][0]["profiles"]["labels"] == ["fal:default"]


# --- command lines -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "same_as"),
    [
        ("models", "models status"),
        ("models --json", "models status --json"),
        ("models --status-plain", "models status --plain"),
        ("tasks", "tasks list"),
        ("tasks --status failed --json", "tasks list --status failed --json"),
        ("tasks --json --limit 3", "tasks list --json --limit 3"),
    ],
)
def test_a_group_alone_is_its_main_command(run: Runner, environment: Path, line: str, same_as: str) -> None:
    alone, named = run(*line.split()), run(*same_as.split())
    assert alone.code == 0
    assert (alone.out, alone.err) == (named.out, named.err)


@pytest.mark.parametrize(
    "line",
    [
        "infer image --agent main generate --prompt x --output a.png --json",
        "infer --agent main image generate --prompt x --output a.png --json",
        "image generate --agent main --prompt x --output a.png --json",
        "video --agent main generate --prompt x --output a.mp4 --json",
        "image generate --prompt x --model FAL/fal-ai/flux/dev --output-format JPEG --quality HIGH --json",
        "image generate --prompt x --model Fal/fal-ai/flux/dev --background OPAQUE --json",
        "video generate --prompt x --model fal/bytedance/seedance-2.0/text-to-video --resolution 720p --json",
    ],
)
def test_agents_and_letter_case_are_as_in_openclaw(run: Runner, environment: Path, line: str) -> None:
    made = run(*line.split())
    assert made.code == 0, made.err
    assert made.json["ok"] is True
    assert ("--agent: no effect" in made.err) is ("--agent" in line)


@pytest.mark.parametrize("alias", ["infer", "capability"])
def test_the_same_output_twice_is_replaced_under_openclaws_names_and_protected_under_ours(
    run: Runner, environment: Path, fal: Sandbox, alias: str
) -> None:
    line = ("image", "generate", "--prompt", "x", "--output", "fox.png")
    assert [run(alias, *line).code for _ in range(2)] == [0, 0]
    refused = run(*line, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "output_exists")
    assert len(fal.submissions) == 2


@pytest.mark.parametrize("alias", ["infer", "capability"])
def test_an_empty_model_is_none_under_openclaws_names_and_refused_under_ours(
    run: Runner, environment: Path, fal: Sandbox, alias: str
) -> None:
    line = ("image", "generate", "--prompt", "x", "--model", "", "--json")
    made = run(alias, *line)
    assert (made.code, made.json["model"]) == (0, "fal-ai/flux/dev")
    refused = run(*line)
    assert (refused.code, "--model is empty. Nothing was sent." in refused.err) == (2, True)
    assert len(fal.submissions) == 1


@pytest.mark.parametrize(
    "line",
    [
        "video generate x -m ''",
        "music generate x --model ' '",
        "image edit x -i fox.png -m ''",
        "run '' --prompt x",
        "batch prompts.txt -m ''",
        "tasks rerun last -m ''",
        "rerun fox.png -m ''",
        "image generate -p prompt=",
        "run fal-ai/flux/dev -p prompt=@empty.txt",
    ],
)
def test_an_unset_variable_of_the_shell_sends_nothing(run: Runner, environment: Path, fal: Sandbox, line: str) -> None:
    Path("empty.txt").touch()
    refused = run(*shlex.split(line))
    assert (refused.code, "is empty. Nothing was sent." in refused.err) == (2, True), refused.err
    assert not fal.submissions


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("models set-image fal/fal-ai/flux/dev", "models set fal/fal-ai/flux/dev"),
        ("models set-image --agent main", "models set REF"),
        ("infer tts convert --text hello", 'run fal-ai/kokoro/american-english --prompt "TEXT"'),
        ("capability tts convert --text hello", "models list --category text-to-speech"),
        ("infer audio transcribe --file a.mp3", "models list --category speech-to-text"),
        ("infer image describe --file a.png", "run fal-ai/florence-2-large/caption -p image_url=@FILE"),
        ("infer model run --prompt x", "models list --category llm"),
        ("models fallbacks add fal/fal-ai/flux/dev", "config get agents.defaults.mediaModels.image"),
        ("models auth login --provider fal", "models auth paste-api-key --provider fal"),
        ("models scan", "models list --refresh"),
        ("tasks maintenance --apply", "tasks prune"),
        ("health --all", "doctor"),
        ("wizard", "onboard --auth-choice fal-api-key"),
        ("reset --scope full", "onboard --reset"),
    ],
)
def test_a_command_that_means_nothing_for_fal_names_the_one_that_does(
    run: Runner, environment: Path, line: str, instead: str
) -> None:
    refused = run(*line.split(), "--json")
    error = refused.json["error"]
    assert (refused.code, error["code"]) == (2, "usage")
    assert f"openclaw-fal {instead}" in error["hint"].splitlines()


def test_the_commands_that_are_named_instead_exist(run: Runner, environment: Path) -> None:
    from openclaw_fal.cli import build
    from openclaw_fal.commands.openclaw_commands import INSTEAD
    from openclaw_fal.models.facts import find_schema

    for instead in INSTEAD.values():
        for words in (line.split() for line in instead.commands):
            command: Any = build()
            while words and not words[0].startswith("-") and hasattr(command, "commands"):
                if words[0].startswith("https:"):
                    break
                command = command.commands[words.pop(0)]
            if instead.commands[0].startswith("run ") and words and words[0] != "--category":
                assert find_schema(words[0]), words


def test_a_chats_command_is_openclaws(run: Runner, environment: Path) -> None:
    refused = run("channels", "list", "--json")
    assert (refused.code, refused.json["error"]["hint"]) == (2, "openclaw channels")


# --- fallbacks ---------------------------------------------------------------------------------


def test_a_primary_that_can_not_take_an_option_falls_back(run: Runner, environment: Path, fal: Sandbox) -> None:
    models = {"primary": "fal/krea/v2/medium/text-to-image", "fallbacks": ["fal/fal-ai/flux/dev"]}
    configure_defaults(environment, mediaModels={"image": models})
    made = run("image", "generate", "--prompt", "x", "--resolution", "2K", "--json")
    assert (made.code, made.json["model"]) == (0, "fal-ai/flux/dev")
    [attempt] = made.json["attempts"]
    assert (attempt["provider"], attempt["model"]) == ("fal", "krea/v2/medium/text-to-image")
    assert "Krea 2 does not support resolution overrides" in attempt["error"]
    assert "krea/v2/medium/text-to-image" in made.err
    [submission] = fal.submissions
    assert submission.body["image_size"] == {"width": 2048, "height": 2048}


def test_an_option_that_no_candidate_takes_is_the_primarys_refusal(
    run: Runner, environment: Path, fal: Sandbox
) -> None:
    configure_defaults(environment, mediaModels={"image": {"primary": "fal/krea/v2/medium/text-to-image"}})
    refused = run("image", "generate", "--prompt", "x", "--resolution", "2K", "--json")
    assert (refused.code, "Krea 2" in refused.json["error"]["message"]) == (2, True)
    assert fal.submissions == []


def test_a_primary_of_another_provider_is_an_attempt(run: Runner, environment: Path) -> None:
    models = {"primary": "openai/gpt-image-1", "fallbacks": ["fal/fal-ai/flux/dev", "google/some-image"]}
    configure_defaults(environment, mediaModels={"image": models})
    made = run("image", "generate", "--prompt", "x", "--json")
    assert (made.code, made.json["model"]) == (0, "fal-ai/flux/dev")
    [attempt] = made.json["attempts"]
    assert [attempt[key] for key in ("provider", "model", "code")] == ["openai", "gpt-image-1", "provider_unsupported"]
    assert "openai/gpt-image-1" in made.err


@pytest.mark.parametrize("text", ["${MY_MODEL}", "fal/fal-ai/${PART}", "my-name"])
def test_a_model_may_be_named_by_a_variable(run: Runner, environment: Path, text: str) -> None:
    aliases = {"${MY_MODEL}": {"alias": "my-name"}}
    configure_defaults(environment, mediaModels={"image": {"primary": text}}, models=aliases)
    environ = {"MY_MODEL": "fal/fal-ai/flux/schnell", "PART": "flux/schnell"}
    made = run("image", "generate", "--prompt", "x", "--json", env=environ)
    assert (made.code, made.json["model"]) == (0, "fal-ai/flux/schnell")
    assert run("models", "status", "--json", env=environ).json["defaultModel"] == "fal/fal-ai/flux/schnell"


def test_a_variable_that_is_not_set_is_named(run: Runner, environment: Path, fal: Sandbox) -> None:
    configure_defaults(environment, mediaModels={"image": {"primary": "${MY_MODEL}"}})
    refused = run("image", "generate", "--prompt", "x", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "variable_missing")
    assert "agents.defaults.mediaModels.image" in refused.err
    assert "MY_MODEL" in refused.err
    assert run("video", "generate", "--prompt", "x", "--json").code == 0
    assert len(fal.submissions) == 1


# --- config ------------------------------------------------------------------------------------


def configured(folder: Path) -> Any:
    return json.loads((folder / "openclaw.json").read_text())


def test_a_reference_to_a_secret_is_written_by_flags(run: Runner, environment: Path) -> None:
    line = "config set models.providers.fal.apiKey --ref-provider default --ref-source env --ref-id FAL_KEY"
    assert run(*line.split()).code == 0
    written = configured(environment)["models"]["providers"]["fal"]["apiKey"]
    assert written == {"source": "env", "provider": "default", "id": "FAL_KEY"}


@pytest.mark.parametrize(
    ("reference", "environ", "ok", "checked", "skipped"),
    [
        ("--ref-source env --ref-id FAL_KEY", {}, True, 1, 0),
        ("--ref-source env --ref-id NOT_SET", {}, False, 1, 0),
        ("--ref-source exec --ref-provider v --ref-id k", {}, True, 0, 1),
        ("--ref-source exec --ref-provider v --ref-id k --allow-exec", {}, False, 1, 0),
    ],
)
def test_a_dry_run_follows_references(
    run: Runner, environment: Path, reference: str, environ: dict[str, str], ok: bool, checked: int, skipped: int
) -> None:
    line = f"config set models.providers.fal.apiKey {reference} --dry-run --json"
    ended = run(*line.split(), env=environ)
    report = ended.json
    assert (report["ok"], ended.code == 0) == (ok, ok)
    assert (report["refsChecked"], report["skippedExecRefs"]) == (checked, skipped)
    assert report["inputModes"] == ["builder"]
    assert report["checks"]["resolvabilityComplete"] is (skipped == 0)
    assert not (environment / "openclaw.json").exists()


@pytest.mark.parametrize("half", ["--ref-source env", "--ref-id FAL_KEY", "--ref-source cloud --ref-id x"])
def test_half_a_reference_is_refused(run: Runner, environment: Path, half: str) -> None:
    assert run(*f"config set models.providers.fal.apiKey {half}".split()).code == 2


def test_a_patch_replaces_at_the_paths_that_are_named(run: Runner, environment: Path) -> None:
    before = {"mediaModels": {"image": "fal/a/b", "video": "fal/c/d"}, "mediaMaxMb": 5}
    (environment / "openclaw.json").write_text(json.dumps({"agents": {"defaults": before}}))
    patch = '{agents: {defaults: {mediaModels: {image: "fal/e/f"}, mediaMaxMb: 7}}}'
    line = ("config", "patch", "--stdin", "--replace-path", "agents.defaults.mediaModels")
    assert run(*line, stdin=patch).code == 0
    assert configured(environment)["agents"]["defaults"] == {"mediaModels": {"image": "fal/e/f"}, "mediaMaxMb": 7}
    refused = run("config", "patch", "--stdin", "--replace-path", "agents.nothing", stdin=patch)
    assert (refused.code, "has nothing at this path" in refused.err) == (2, True)


def test_json_makes_config_set_strict_as_in_openclaw(run: Runner, environment: Path) -> None:
    refused = run("config", "set", "ui.y", "hello", "--json")
    assert (refused.code, "VALUE is not JSON5" in refused.err) == (2, True)
    assert run("config", "set", "ui.y", "5", "--json").json["inputModes"] == ["json"]
    assert run("config", "set", "ui.y", "hello").code == 0


def test_an_empty_batch_is_refused(run: Runner, environment: Path) -> None:
    assert run("config", "set", "--batch-json", "[]").code == 2


def test_models_of_another_provider_are_refused(run: Runner, environment: Path) -> None:
    refused = run("models", "list", "--provider", "nope", "--json")
    assert (refused.code, refused.json["ok"]) == (2, False)


# --- the key -----------------------------------------------------------------------------------


def test_a_key_is_stored_from_standard_input_and_forgotten(run: Runner, environment: Path) -> None:
    stored = run("models", "auth", "paste-api-key", "--provider", "fal", "--json", stdin=f'"Key {KEY}"\n')
    assert (stored.code, stored.json["keyChecked"]) == (0, True)
    assert KEY not in stored.out + stored.err
    gone = run("models", "auth", "logout", "--provider", "fal", "--json")
    assert gone.json == {"provider": "fal", "removedProfiles": ["fal:default"]}
    assert "A key still comes from environment variable FAL_KEY" in gone.err
    assert not list(environment.glob("fal-credentials*"))
    assert run("models", "auth", "logout", "--json").json["removedProfiles"] == []


def test_a_key_that_fal_refuses_is_not_stored_and_one_that_can_not_be_checked_is(
    run: Runner, environment: Path
) -> None:
    paste = ("models", "auth", "paste-api-key", "--provider", "fal")
    refused = run(*paste, stdin="bad:key")
    assert (refused.code, list(environment.iterdir())) == (3, [])
    unreached = run(*paste, "--json", stdin="good:key", env={"OPENCLAW_FAL_BASE_URL": "http://127.0.0.1:1"})
    assert (unreached.code, unreached.json["keyChecked"]) == (0, False)
    assert "stored unchecked" in unreached.err


@pytest.mark.parametrize("line", ["models auth logout --provider openai", "models auth paste-api-key --provider x"])
def test_keys_of_other_providers_are_not_kept(run: Runner, environment: Path, line: str) -> None:
    assert run(*line.split(), stdin=KEY).code == 2


def test_aliases_are_listed_added_and_removed(run: Runner, environment: Path) -> None:
    assert run("models", "aliases", "add", "quick", "fal-ai/flux/schnell").code == 0
    assert run("models", "aliases", "list", "--plain").out == "quick fal/fal-ai/flux/schnell\n"
    made = run("image", "generate", "--prompt", "x", "--model", "quick", "--json")
    assert (made.code, made.json["model"]) == (0, "fal-ai/flux/schnell")
    assert run("models", "aliases", "add", "quick", "fal-ai/flux/dev").code == 2
    assert run("models", "aliases", "remove", "quick").code == 0
    assert run("models", "aliases", "remove", "quick").code == 2
