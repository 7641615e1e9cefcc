"""A card of stand-in programs, and a session on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from op_pipeline.remote.session import Session
from op_pipeline.testing.device import Desk, set_up


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Everything in order, deadlines short."""
    return set_up(tmp_path)


@pytest.fixture
def session(desk: Desk) -> Iterator[Session]:
    """A session on the card of the desk."""
    made = desk.session()
    yield made
    made.close()
