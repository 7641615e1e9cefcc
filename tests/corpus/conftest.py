"""The wheel of the real ttnn, or the reason why these tests are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.testing.wheel import NoWheel, Wheel, find_wheel


@pytest.fixture(scope="session")
def wheel(surroundings: Path) -> Wheel:
    found = find_wheel()
    if isinstance(found, NoWheel):
        pytest.skip(found.reason)
    return found
