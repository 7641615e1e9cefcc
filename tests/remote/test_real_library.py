"""The worker with the genuine library on its mock device: its calls are the library's, its numbers are nobody's."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from op_pipeline import mock
from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.mock.boards import BOARDS
from op_pipeline.mock.library import VERSION
from op_pipeline.mock.overlay import overlay
from op_pipeline.models import Failure, FailureClass
from op_pipeline.testing.device import VALUES, Desk, body


@pytest.fixture(scope="module")
def library() -> mock.Library:
    """The installed library; without one there is nothing to test."""
    found = mock.find_library(cache_folder(), os.environ)
    if isinstance(found, mock.Absent):
        pytest.skip(f"the real ttnn is not here: {found.reason} ({found.remedy})")
    if found.version != VERSION:
        pytest.skip(f"ttnn {found.version}, not {VERSION}")
    return found


def test_the_real_library_takes_what_the_worker_makes(desk: Desk, library: mock.Library) -> None:
    (desk.folder / "board.yaml").write_text(BOARDS["n150"].description)
    root = str(overlay(library, "host", cache_folder()))
    env = {
        "TT_METAL_RUNTIME_ROOT": root, "TT_METAL_HOME": root, "TT_METAL_INSPECTOR_RPC": "0", "OMPI_MCA_btl": "self",
        "TT_METAL_MOCK_CLUSTER_DESC_PATH": str(desk.folder / "board.yaml"), "TT_LOGGER_LEVEL": "fatal",
        "OP_PIPELINE_MOCK_REPORT": str(desk.folder / "report.jsonl"),
    }  # fmt: skip
    settings = replace(desk.simulated(), python=str(library.python), env=env, operation_seconds=60, start_seconds=60)
    session = desk.session(**vars(settings))
    answer = session.execute(body(desk.tree), [VALUES])
    assert not isinstance(answer, Failure), answer
    assert answer[1][0].shape == VALUES.shape
    assert answer[1][0].dtype == VALUES.dtype
    missing = session.execute(body(desk.tree, source=str(desk.tree / "none.cpp")), [VALUES])
    assert isinstance(missing, Failure)
    assert missing.kind is FailureClass.MISSING_SYMBOL
    two = body(desk.tree)
    two["launches"][0]["image"]["kernels"] *= 2
    refused = session.execute(two, [VALUES])
    assert isinstance(refused, Failure)
    assert refused.kind is FailureClass.PROTOCOL_ERROR
    session.close()
