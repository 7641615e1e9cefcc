"""The genuine library, where it is installed, and a generated operation as the emulator recorded it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator, mock
from op_pipeline.backends.template import generate
from op_pipeline.emulator import inspection
from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.emulator.operation_build import build_operation
from op_pipeline.mock.library import VERSION
from op_pipeline.spec import load_spec

SPECS = Path(__file__).parents[1] / "specs"
NAME = "clip"
TENSORS = (mock.Tensor((1, 1, 64, 64), "bfloat16"),) * 2
Check = Callable[..., mock.Checked]


@pytest.fixture(scope="session")
def library() -> mock.Library:
    """The installed library; without one there is nothing to test."""
    found = mock.find_library(cache_folder(), os.environ)
    if isinstance(found, mock.Absent):
        pytest.skip(f"the real ttnn is not here: {found.reason} ({found.remedy})")
    if found.version != VERSION or found.zig is None:
        pytest.skip(f"ttnn {found.version} with ziglang {found.zig}: not the environment that is asked for")
    return found


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work tree with the generated operation."""
    root = tmp_path_factory.mktemp("tree")
    for stage in range(8):
        for name, text in generate(load_spec(SPECS / f"{NAME}.md"), stage).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    return root


@pytest.fixture(scope="session")
def recorded(tree: Path) -> dict[str, Any]:
    """The lowered program of one call of it, as JSON data."""
    built = build_operation(tree / load_spec(SPECS / f"{NAME}.md").operation_path)
    assert built.library is not None, built.problems
    before = os.environ.get("TT_METAL_HOME")
    os.environ["TT_METAL_HOME"] = str(tree)
    try:
        ttnn = emulator.activate()
        emulator.load_operation(built.library)
        values = np.zeros((1, 1, 64, 64), np.float32)
        device = ttnn.open_device(device_id=0)
        x = ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        with inspection.record(dispatch=False) as log:
            ttnn.clip(x)
    finally:
        os.environ.pop("TT_METAL_HOME")
        if before is not None:
            os.environ["TT_METAL_HOME"] = before
    image: dict[str, Any] = json.loads(json.dumps(log.launches[0].image))
    return image


@pytest.fixture
def program(recorded: dict[str, Any]) -> dict[str, Any]:
    """A copy of the recorded program that a test may change."""
    copied: dict[str, Any] = json.loads(json.dumps(recorded))
    return copied


@pytest.fixture(scope="session")
def check(library: mock.Library, tree: Path) -> Check:
    """`check(program, level=…, board=…)` in the tree."""

    def run(image: dict[str, Any], **options: Any) -> mock.Checked:
        root = options.pop("tree", tree)
        tensors = options.pop("tensors", TENSORS)
        return mock.check(library, mock.Program(image, tensors), root, cache=cache_folder(), **options)

    return run
