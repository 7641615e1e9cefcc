"""The emulator's ttnn, and one device for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from op_pipeline import emulator


@pytest.fixture(scope="session")
def ttnn() -> Any:
    return emulator.activate()


@pytest.fixture(scope="module")
def device(ttnn: Any) -> Iterator[Any]:
    opened = ttnn.open_device(device_id=0)
    yield opened
    ttnn.close_device(opened)
