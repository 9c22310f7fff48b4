from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.program import command, onboard_command, use_profile

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_profile_afterwards() -> Iterator[None]:
    yield
    use_profile(None)


def test_a_command_names_the_program_and_joins_the_words() -> None:
    assert command("tasks wait", "k3f9x2qd7m") == "openclaw-fal tasks wait k3f9x2qd7m"
    assert onboard_command() == "openclaw-fal onboard --auth-choice fal-api-key"


def test_a_command_names_the_profile_of_the_run_and_the_sandbox_where_asked() -> None:
    use_profile("my work")
    assert command("tasks list") == "openclaw-fal --profile 'my work' tasks list"
    assert command("image generate", sandbox=True) == "openclaw-fal --profile 'my work' --sandbox image generate"
