"""What the tests of several displays share."""

from __future__ import annotations

import pytest

from openclaw_fal.core.tasks import Task, TaskStatus


@pytest.fixture
def job() -> Task:
    """Return a queued task that was created at second 1000."""
    return Task(
        id="k3f9x2qd7m",
        capability="video.generate",
        model="fal-ai/x",
        endpoint="fal-ai/x",
        transport="queue",
        status=TaskStatus.QUEUED,
        created_at=1000.0,
        updated_at=1000.0,
        digest="",
        request_id="019e",
    )
