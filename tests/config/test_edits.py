from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.config.change import change_config, plan_change, remove_config
from openclaw_fal.config.edits import Change, Edit, Expectation, Patch, Set, Unset
from openclaw_fal.config.file import Config
from openclaw_fal.config.path import parse_path
from openclaw_fal.core.errors import ConfigError, NothingSent, OpenclawFalError, UsageError
from openclaw_fal.core.secrets import REDACTED
from openclaw_fal.store.processes import locked
from tests.files import mode, names

if TYPE_CHECKING:
    from pathlib import Path

COMMENTED = """// mine
{
  agents: {
    defaults: {
      mediaMaxMb: 5, // megabytes
      'imageGenerationModel': "fal/a",
    },
  },
  auth: { profiles: { 'fal:default': { provider: 'fal' }, 'openai:x': { provider: 'openai' } } },
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture
def file(folder: Path) -> Path:
    path = folder / "openclaw.json"
    path.write_text(COMMENTED)
    return path


def change(file: Path, *edits: Edit) -> Change:
    return change_config(Config.read(file, {}), edits)


def put(path: str, value: Any, *, merge: bool = False, replace: bool = False, expect: Expectation | None = None) -> Set:
    return Set(parse_path(path), value, merge, replace, expect)


def test_a_set_changes_the_value_and_no_other_byte(file: Path) -> None:
    done = change(file, put("agents.defaults.mediaMaxMb", 20))
    assert file.read_text() == COMMENTED.replace("mediaMaxMb: 5", "mediaMaxMb: 20") == done.after.text
    assert done.before.text == COMMENTED


def test_the_first_set_makes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "openclaw.json"
    change(file, put("agents.defaults.mediaMaxMb", 20))
    assert file.read_text() == '{\n  "agents": {\n    "defaults": {\n      "mediaMaxMb": 20\n    }\n  }\n}\n'
    assert names(file.parent) == ["openclaw.json"]
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)


@pytest.mark.parametrize("given", [0o644, 0o600])
def test_the_previous_version_is_kept_privately_and_the_file_keeps_its_mode(file: Path, given: int) -> None:
    file.chmod(given)
    for value in (20, 30):
        before = file.read_text()
        change(file, put("agents.defaults.mediaMaxMb", value))
        assert (file.parent / "openclaw.json.bak").read_text() == before
    assert {name: mode(file.parent / name) for name in names(file.parent)} == {
        "openclaw.json": given,
        "openclaw.json.bak": 0o600,
    }


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give files away")
def test_root_leaves_the_file_and_what_stands_beside_it_to_their_owner(file: Path) -> None:
    for path in (file.parent, file):
        os.chown(path, 1234, 1234)
    change(file, put("agents.defaults.mediaMaxMb", 20))
    assert {name: (file.parent / name).stat().st_uid for name in names(file.parent)} == {
        "openclaw.json": 1234,
        "openclaw.json.bak": 1234,
    }
    new = file.parent / "profiles" / "work" / "openclaw.json"
    change(new, put("agents.defaults.mediaMaxMb", 20))
    assert [path.stat().st_uid for path in (new, new.parent, new.parent.parent)] == [1234] * 3


def test_what_changes_nothing_writes_nothing(file: Path) -> None:
    stamp = file.stat()
    done = change(file, put("agents.defaults.mediaMaxMb", 5.0), Patch({"agents": {"nothing": None}}))
    assert done.is_empty
    assert file.stat() == stamp
    assert names(file.parent) == ["openclaw.json"]


def test_unset_removes_a_value(file: Path) -> None:
    change(file, Unset(parse_path("agents.defaults.mediaMaxMb")))
    assert "mediaMaxMb" not in file.read_text()
    with pytest.raises(ConfigError, match="is not set in"):
        change(file, Unset(parse_path("agents.defaults.mediaMaxMb")))


def test_a_patch_merges_and_null_deletes(file: Path) -> None:
    change(file, Patch({"agents": {"defaults": {"mediaMaxMb": None, "x": {"y": 1}}}, "auth": None}))
    assert Config.read(file, {}).data == {"agents": {"defaults": {"imageGenerationModel": "fal/a", "x": {"y": 1}}}}


def test_several_edits_are_all_done_or_none(file: Path) -> None:
    with pytest.raises(UsageError):
        change(file, put("agents.defaults.mediaMaxMb", 20), put("agents.defaults.mediaMaxMb.x", 1))
    assert file.read_text() == COMMENTED
    change(file, put("ui.b", [1]), put("ui.b[1]", 2), put("ui.b.0", 0), Unset(("auth",)))
    data = Config.read(file, {}).data
    assert (data["ui"], "auth" in data) == ({"b": [0, 2]}, False)


def test_a_list_is_created_with_its_first_element(file: Path) -> None:
    change(file, put("agents.defaults.videoGenerationModel.fallbacks[0]", "fal/b"))
    assert Config.read(file, {}).settings.model("video").fallbacks == ("fal/b",)
    with pytest.raises(UsageError, match="the first index is 0, not 3"):
        change(file, put("ui.list[3]", "x"))


# --- refusals ----------------------------------------------------------------------------------


def test_a_wrong_value_is_refused_with_its_path(file: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"agents\.defaults\.mediaMaxMb: expected a number, found a string \(line 5\)"
    ):
        change(file, put("agents.defaults.mediaMaxMb", "twenty"))
    assert file.read_text() == COMMENTED


def test_an_older_error_does_not_prevent_fixing_another(file: Path) -> None:
    file.write_text("{agents: {defaults: {mediaMaxMb: 'x', imageGenerationModel: 5}}}")
    change(file, put("agents.defaults.imageGenerationModel", "fal/a"))
    assert file.read_text() == "{agents: {defaults: {mediaMaxMb: 'x', imageGenerationModel: 'fal/a'}}}"


def test_the_placeholder_of_a_secret_is_never_written(file: Path) -> None:
    for edit in (put("a.token", REDACTED), Patch({"a": [{"token": REDACTED}]})):
        with pytest.raises(UsageError, match="placeholder for a secret"):
            change(file, edit)
    assert file.read_text() == COMMENTED


@pytest.mark.parametrize(
    ("path", "value"),
    [("auth.profiles", {"fal:default": {}}), ("auth", {}), ("auth.profiles", None)],
)
def test_entries_of_a_protected_object_are_not_removed_by_accident(file: Path, path: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=r"would remove .*openai:x from auth\.profiles") as caught:
        change(file, put(path, value))
    assert caught.value.code == "config_would_lose"
    assert file.read_text() == COMMENTED


def test_entries_of_a_protected_object_are_removed_on_request(file: Path) -> None:
    change(file, put("auth.profiles", {"fal:x": {"provider": "fal"}}, merge=True))
    assert list(Config.read(file, {}).data["auth"]["profiles"]) == ["fal:default", "openai:x", "fal:x"]
    change(file, put("auth.profiles", {"fal:x": {}}, replace=True))
    assert Config.read(file, {}).data["auth"]["profiles"] == {"fal:x": {}}
    change(file, Unset(parse_path("auth.profiles.fal:x")), put("agents.defaults.mediaMaxMb", 1))
    assert Config.read(file, {}).data["auth"]["profiles"] == {}


def test_merging_needs_two_objects(file: Path) -> None:
    with pytest.raises(UsageError, match="needs an object"):
        change(file, put("auth.profiles", 5, merge=True))
    with pytest.raises(UsageError, match="is not an object"):
        change(file, put("agents.defaults.imageGenerationModel", {"timeoutMs": 5}, merge=True))
    change(file, put("ui.thing", {"a": {"b": 1}}, merge=True))
    assert Config.read(file, {}).data["ui"] == {"thing": {"a": {"b": 1}}}


@pytest.mark.parametrize(
    ("path", "expect", "is_met"),
    [
        ("agents.defaults.mediaMaxMb", Expectation(5), True),
        ("agents.defaults.mediaMaxMb", Expectation(6), False),
        ("agents.defaults.mediaMaxMb", Expectation(absent=True), False),
        ("agents.defaults.x", Expectation(absent=True), True),
        ("agents.defaults.x", Expectation(None), False),
        ("agents.defaults.x", Expectation(1), False),
    ],
)
def test_a_set_can_depend_on_what_is_there(file: Path, path: str, expect: Expectation, is_met: bool) -> None:
    edit = put(path, 7, expect=expect)
    if is_met:
        change(file, edit)
        assert Config.read(file, {}).value_at(parse_path(path)) == 7
    else:
        with pytest.raises(ConfigError, match="which was not expected") as caught:
            change(file, edit)
        assert caught.value.code == "config_changed"
        assert file.read_text() == COMMENTED


def test_an_expectation_distinguishes_one_from_true(file: Path) -> None:
    file.write_text("{a: true}")
    with pytest.raises(ConfigError):
        change(file, put("a", 2, expect=Expectation(1)))


def test_a_read_only_configuration_is_not_written(file: Path) -> None:
    environ = {"OPENCLAW_CONFIG_READONLY": "1"}
    with pytest.raises(ConfigError, match="OPENCLAW_CONFIG_READONLY is set") as caught:
        change_config(Config.read(file, environ), [put("ui", 1)])
    assert caught.value.code == "config_readonly"
    with pytest.raises(ConfigError):
        remove_config(file, environ)
    assert file.read_text() == COMMENTED
    assert plan_change(Config.read(file, environ), [put("ui", 1)]).after.data["ui"] == 1


def test_a_plan_writes_nothing(file: Path) -> None:
    plan = plan_change(Config.read(file, {}), [put("agents.defaults.mediaMaxMb", "x")])
    assert [issue.path for issue in plan.errors] == [("agents", "defaults", "mediaMaxMb")]
    assert file.read_text() == COMMENTED
    assert names(file.parent) == ["openclaw.json"]


def test_a_full_disk_leaves_the_file_unchanged(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(NothingSent, match=r"No space left on device\. It is unchanged") as caught:
        change(file, put("ui", 1))
    assert caught.value.code == "disk_failed"
    assert file.read_text() == COMMENTED
    assert names(file.parent) == ["openclaw.json"]


# --- links, writers, crashes -------------------------------------------------------------------


def test_a_link_to_the_file_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "openclaw.json"
    link.symlink_to(file)
    change(link, put("agents.defaults.mediaMaxMb", 20))
    assert link.is_symlink()
    assert "mediaMaxMb: 20" in file.read_text()
    assert (tmp_path / "openclaw.json.bak").read_text() == COMMENTED
    assert names(file.parent) == ["openclaw.json"]


def test_a_link_and_its_target_share_one_lock(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "openclaw.json"
    link.symlink_to(file)
    monkeypatch.setattr("openclaw_fal.config.change.locked", lambda path: locked(path, wait_s=0.01))
    with locked(file.parent / ".openclaw.json.lock"), pytest.raises(OpenclawFalError, match="holds the lock"):
        change(link, put("ui", 1))


WRITER = """
import sys
from pathlib import Path
from openclaw_fal.config.file import Config
from openclaw_fal.config.edits import Set
from openclaw_fal.config.change import change_config
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    change_config(Config.read(Path(sys.argv[1]), {}), [Set(("ui", sys.argv[2], f"n{number}"), "x" * 500)])
"""


def writer(file: Path, name: str, times: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(file), name, str(times)], stdout=subprocess.PIPE)


def test_writers_at_once_lose_no_edit(folder: Path) -> None:
    file = folder / "openclaw.json"
    writers = [writer(file, f"w{number}", 4) for number in range(4)]
    for process in writers:
        process.communicate()
    assert [process.returncode for process in writers] == [0] * 4
    data = Config.read(file, {}).data["ui"]
    assert {name: sorted(values) for name, values in data.items()} == {
        f"w{number}": ["n0", "n1", "n2", "n3"] for number in range(4)
    }
    assert names(folder) == ["openclaw.json", "openclaw.json.bak"]


def test_a_killed_writer_leaves_a_whole_file_that_the_next_can_change(tmp_path: Path) -> None:
    file = tmp_path / "openclaw.json"
    for number, wait_s in enumerate((0.0, 0.01, 0.03, 0.06)):
        with writer(file, f"w{number}", 10**6) as process:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            time.sleep(wait_s)
            process.send_signal(signal.SIGKILL)
        change(file, put(f"ui.after{number}", True))
        data = Config.read(file, {}).data["ui"]
        assert data[f"after{number}"] is True
        assert data.get(f"w{number}", {}).keys() == {f"n{i}" for i in range(len(data.get(f"w{number}", {})))}


# --- removing the file -----------------------------------------------------------------------------


def test_removing_the_file_keeps_a_backup_even_of_a_broken_one(file: Path) -> None:
    file.write_text("{broken")
    assert remove_config(file, {}) is True
    assert names(file.parent) == ["openclaw.json.bak"]
    assert (file.parent / "openclaw.json.bak").read_text() == "{broken"
    assert mode(file.parent / "openclaw.json.bak") == 0o600
    assert remove_config(file, {}) is False


def test_removing_the_file_keeps_a_symbolic_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "openclaw.json"
    link.symlink_to(file)
    remove_config(link, {})
    assert link.is_symlink()
    assert not file.exists()
