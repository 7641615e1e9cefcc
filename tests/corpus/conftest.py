"""The wheel of the real ttnn, or the reason why these tests are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator
from op_pipeline.testing.corpus.programs import Array, Program
from op_pipeline.testing.wheel import NoWheel, Wheel, find_wheel


@pytest.fixture(scope="session")
def wheel(surroundings: Path) -> Wheel:
    found = find_wheel()
    if isinstance(found, NoWheel):
        pytest.skip(found.reason)
    return found


TITLE = "Real operations run unchanged: family, operation, error or equality, limit, cores"


@dataclass
class Operations:
    """Makes programs of real kernels, judges their results and records a line of the table."""

    ttnn: Any
    device: Any
    root: Path
    record: Callable[[str, object], None]
    generator: np.random.Generator

    def program(self, cores: int = 1) -> Program:
        return Program(self.ttnn, self.device, self.root, cores)

    def data(self, *shape: int, low: float | None = None, high: float | None = None) -> Array:
        """bfloat16 numbers: normal, each row with a mean of its own between -4 and 2, or uniform between two."""
        if low is not None and high is not None:
            return bf16(self.generator.uniform(low, high, shape))
        return bf16(self.generator.standard_normal(shape) + np.linspace(-4, 2, shape[-2])[:, None])

    def close(self, name: str, program: Program, expected: Array, limit: float) -> None:
        """Relative L2 distance to `expected` below `limit`."""
        result = np.asarray(program.run(), np.float64).reshape(expected.shape)
        error = float(np.linalg.norm(result - expected) / np.linalg.norm(expected))
        self.record("row", f"{TITLE}\n{name:52} {error:10.2g} {limit:8.2g} {program.cores:4}")
        assert error < limit

    def equal(self, name: str, program: Program, expected: Array) -> None:
        """Equal numbers."""
        result = np.asarray(program.run()).reshape(expected.shape)
        self.record("row", f"{TITLE}\n{name:52} {'equal':>10} {'equal':>8} {program.cores:4}")
        np.testing.assert_array_equal(result, expected)


def bf16(array: Array) -> Array:
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32).astype(np.float64)


@pytest.fixture(scope="module")
def opened(surroundings: Path) -> Iterator[tuple[Any, Any]]:
    ttnn = emulator.activate()
    device = ttnn.open_device(device_id=0)
    yield ttnn, device
    ttnn.close_device(device)


@pytest.fixture
def real(wheel: Wheel, opened: tuple[Any, Any], record_property: Callable[[str, object], None]) -> Operations:
    return Operations(*opened, wheel.root, record_property, np.random.default_rng(7))
