from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.errors import KeyProblem, NothingSent
from openclaw_fal.store.keys import SecretRef, forget_key, read_key, store_key, stored_profiles

if TYPE_CHECKING:
    from pathlib import Path

KEY = "11111111-2222-4333-8444-555555555555:0123456789abcdef0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "fal-credentials.json"


def read(file: Path) -> str | SecretRef | None:
    def no_warning(text: str) -> None:
        raise AssertionError(text)

    return read_key(file, no_warning)


def test_a_key_is_stored_without_the_white_space_around_it(file: Path) -> None:
    assert read(file) is None
    store_key(file, f"{KEY}\n")
    assert read(file) == KEY


def test_a_reference_is_stored_in_place_of_the_key(file: Path) -> None:
    store_key(file, SecretRef("env", "MY_KEY"))
    assert read(file) == SecretRef("env", "MY_KEY")


def test_the_stored_key_is_private_and_shaped_like_openclaws(file: Path) -> None:
    umask = os.umask(0)
    store_key(file, KEY)
    os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(file.read_text()) == {
        "version": 1,
        "profiles": {"fal:default": {"type": "api_key", "provider": "fal", "key": KEY}},
    }


def test_a_key_that_others_could_read_is_used_with_a_warning(file: Path) -> None:
    store_key(file, KEY)
    file.chmod(0o644)
    warnings: list[str] = []
    assert read_key(file, warnings.append) == KEY
    assert [warning.split(" could")[0] for warning in warnings] == [str(file)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_key_file_is_read_in_every_encoding_that_editors_write(file: Path, encoding: str) -> None:
    store_key(file, KEY)
    file.write_text(file.read_text(), encoding)
    assert (read(file), stored_profiles(file)) == (KEY, ["fal:default"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", f'{{"profiles": "{KEY}"}}', f'{{"profiles": {{"a": "{KEY}"}}}}'])
def test_the_error_for_a_broken_file_does_not_show_its_content(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(KeyProblem, match="no key in the form that onboard writes") as caught:
        read(file)
    assert caught.value.code == "key_unreadable"
    assert caught.value.__suppress_context__


def test_a_file_without_an_entry_for_fal_holds_no_key(file: Path) -> None:
    store_key(file, KEY)
    file.write_text(file.read_text().replace('"fal"', '"openai"'))
    assert read(file) is None


def test_a_key_can_be_removed(file: Path) -> None:
    assert forget_key(file) is False
    store_key(file, KEY)
    assert forget_key(file) is True
    assert read(file) is None


def test_a_key_that_can_not_be_written_is_an_error_that_does_not_show_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NothingSent, match="can't be stored") as caught:
        store_key(tmp_path / "file" / "fal-credentials.json", KEY)
    assert KEY not in str(caught.value)
    assert read(tmp_path / "file" / "fal-credentials.json") is None
