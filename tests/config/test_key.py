from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.config.key import KeySources, shape_warning
from openclaw_fal.config.settings import Settings
from openclaw_fal.config.variables import Variables
from openclaw_fal.core.errors import KeyProblem
from openclaw_fal.core.secrets import Key
from openclaw_fal.store.keys import SecretRef, forget_key, store_key

if TYPE_CHECKING:
    from pathlib import Path

KEY = "11111111-2222-4333-8444-555555555555:0123456789abcdef0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "fal-credentials.json"


def find(file: Path, settings: Settings | None = None, **environ: str) -> Key | None:
    def no_warning(text: str) -> None:
        raise AssertionError(text)

    return KeySources(Variables(environ), file, settings or Settings(), no_warning).key


def test_the_first_source_wins(file: Path) -> None:
    store_key(file, "stored:key")
    settings = Settings(api_key="configured:key")
    environ = {"FAL_KEY": "one:key", "FAL_API_KEY": "two:key", "FAL_KEY_ID": "three", "FAL_KEY_SECRET": "key"}
    for name, found in (
        ("FAL_KEY", Key("one:key", "environment variable FAL_KEY", ("FAL_KEY",))),
        ("FAL_API_KEY", Key("two:key", "environment variable FAL_API_KEY", ("FAL_API_KEY",))),
        (
            "FAL_KEY_ID",
            Key("three:key", "environment variables FAL_KEY_ID and FAL_KEY_SECRET", ("FAL_KEY_ID", "FAL_KEY_SECRET")),
        ),
    ):
        assert find(file, settings, **environ) == found
        environ[name] = " "  # an empty variable counts as unset
    assert find(file, settings, **environ) == Key("stored:key", f"{file}, where onboard stored it", place="stored")
    forget_key(file)
    assert find(file, settings) == Key("configured:key", "models.providers.fal.apiKey in the configuration")
    assert find(file) is None


def test_half_of_a_divided_key_is_no_key(file: Path) -> None:
    assert find(file, FAL_KEY_ID="id") is None
    assert find(file, FAL_KEY_SECRET="secret") is None


def test_white_space_around_a_key_is_no_part_of_it(file: Path) -> None:
    assert find(file, FAL_KEY=f" {KEY}\n") == Key(KEY, "environment variable FAL_KEY", ("FAL_KEY",))
    store_key(file, f"{KEY}\n")
    assert find(file) == Key(KEY, f"{file}, where onboard stored it", place="stored")


@pytest.mark.parametrize("secret", ["${MY_KEY}", SecretRef("env", "MY_KEY")])
def test_the_configuration_may_name_a_variable(file: Path, secret: str | SecretRef) -> None:
    found = find(file, Settings(api_key=secret), MY_KEY=KEY)
    assert found
    assert found.value == KEY
    assert "models.providers.fal.apiKey" in found.source


def test_a_reference_is_stored_in_place_of_the_key(file: Path) -> None:
    store_key(file, SecretRef("env", "MY_KEY"))
    found = find(file, MY_KEY=KEY)
    source = f"environment variable MY_KEY, named by {file}, where onboard stored it"
    assert found == Key(KEY, source, ("MY_KEY",), "stored")
    assert KEY not in file.read_text()


@pytest.mark.parametrize("secret", ["${MY_KEY}", SecretRef("env", "MY_KEY")])
def test_the_error_names_a_variable_that_is_not_set(file: Path, secret: str | SecretRef) -> None:
    with pytest.raises(KeyProblem, match=r"MY_KEY.* is not set") as caught:
        find(file, Settings(api_key=secret))
    assert caught.value.code == "key_missing"
    store_key(file, SecretRef("env", "OTHER"))
    with pytest.raises(KeyProblem, match=r"OTHER is not set.*MY_KEY"):
        find(file, Settings(api_key=secret))
    found = find(file, Settings(api_key=secret), MY_KEY=KEY)
    assert found
    assert found.value == KEY


def test_a_reference_to_a_provider_that_is_not_configured_is_no_key(file: Path) -> None:
    with pytest.raises(KeyProblem, match=r"secrets\.providers\.default, which is not set"):
        find(file, Settings(api_key=SecretRef("exec", "vault")))


def test_a_key_that_others_could_read_is_used_with_a_warning(file: Path) -> None:
    store_key(file, KEY)
    file.chmod(0o644)
    warnings: list[str] = []
    assert KeySources(Variables({}), file, Settings(), warnings.append).key
    assert [warning.split(" could")[0] for warning in warnings] == [str(file)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", f'{{"profiles": "{KEY}"}}', f'{{"profiles": {{"a": "{KEY}"}}}}'])
def test_a_broken_key_file_is_no_obstacle_to_a_key_in_the_environment(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(KeyProblem, match="no key in the form that onboard writes") as caught:
        find(file)
    assert caught.value.code == "key_unreadable"
    assert caught.value.__suppress_context__
    assert find(file, FAL_KEY=KEY)


def test_a_key_that_can_not_be_used_counts_as_none_and_is_reported(file: Path) -> None:
    reports: list[str] = []
    sources = KeySources(Variables({"FAL_KEY": "with a\nline break"}), file, Settings(), reports.append)
    assert sources.usable(reports.append) is None
    assert reports[0].startswith("The key from environment variable FAL_KEY can't be sent")
    with pytest.raises(KeyProblem, match="can't be sent"):
        sources.require()


def test_a_missing_key_is_an_error_where_one_is_required(file: Path) -> None:
    sources = KeySources(Variables({}), file, Settings(), print)
    assert sources.usable() is None
    with pytest.raises(KeyProblem, match="No fal key was found") as caught:
        sources.require()
    assert caught.value.code == "key_missing"


def test_no_representation_shows_the_key() -> None:
    found = Key(KEY, "environment variable FAL_KEY")
    assert KEY not in f"{found} {found!r}"
    assert "FAL_KEY" in repr(found)


@pytest.mark.parametrize(
    ("key", "shown"), [(KEY, "1111…cdef"), ("a" * 20, "aaaa…aaaa"), ("a" * 19, "********"), ("", "********")]
)
def test_a_mask_shows_the_ends_of_a_long_key_and_nothing_of_a_short_one(key: str, shown: str) -> None:
    assert Key(key, "a test").masked == shown


@pytest.mark.parametrize(
    ("key", "word"),
    [("no-colon", "colon"), ("a:b:c", "colon"), ("a b:c", "white space"), ('"a:b"', "quotes"), ("ä:b", "quotes")],
)
def test_an_odd_key_gives_a_warning_that_does_not_show_it(key: str, word: str) -> None:
    warning = shape_warning(key)
    assert warning
    assert word in warning
    assert key not in warning


def test_a_key_of_the_known_shape_gives_none() -> None:
    assert shape_warning(KEY) is None
