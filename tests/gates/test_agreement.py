"""Gate 5 looks at a description, and the image runs: one that says something else is a failure, whatever it says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.gates.kit.agreement import require_agreement
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.workers.described import Launch, Reply
from op_pipeline.models import FailureClass

READER = "ttnn/cpp/ttnn/operations/eltwise/swish/device/kernels/dataflow/reader_swish.cpp"
CORES = [[0, 0], [1, 0]]
Edit = Callable[[dict[str, Any], Path], object]


def launch(tree: Path, edit: Edit | None = None) -> Launch:
    """A launch as a host worker tells it, with an edit of its image; parsed as the judge parses it."""
    kernel = {
        "name": READER, "risc": "NCRISC", "cores": CORES, "compile_time_args": [2, 2048], "config": {},
        "named_compile_time_args": [["pages", 2]], "common_runtime_args": [7],
    }  # fmt: skip
    text = {**kernel, "name": "<source text>", "risc": "BRISC", "runtime_args": {}}
    buffer = {"index": 0, "total_size": 4096, "page_size": 2048, "cores": CORES}
    program = {
        "kernels": [{**kernel, "runtime_args": [[[0, 0], [4096, 1]], [[1, 0], [4096, 2]]]}, text],
        "circular_buffers": [{**buffer, "format": "Float16_b"}],
        "semaphores": [],
    }
    arguments = [{"core": [0, 0], "values": [4096, 1]}, {"core": [1, 0], "values": [4096, 2]}]
    image = {
        "kernels": [
            {**kernel, "source": str(tree / READER), "is_source_text": False, "runtime_args": arguments},
            {**text, "source": "void kernel_main() {}", "is_source_text": True, "runtime_args": []},
        ],
        "circular_buffers": [{**buffer, "format": 5, "address": 105824}],
    }
    image = copy.deepcopy(image)
    if edit is not None:
        edit(image, tree)
    told = {
        "operation": "SwishDeviceOperation", "attributes": [], "phases": ["validate", "descriptor"], "output_specs": [],
        "factory": "", "program": program, "image": image, "error": None, "live": [],
    }  # fmt: skip
    return Reply.parse({"result": {"kind": "plain", "value": None}, "launches": [told]}).launches[0]


def kernel(**changes: Any) -> Edit:
    return lambda image, _: image["kernels"][0].update(changes)


def buffer(**changes: Any) -> Edit:
    return lambda image, _: image["circular_buffers"][0].update(changes)


DIFFERENT: dict[str, tuple[Edit, str]] = {
    "another file under the same name": (
        lambda image, tree: image["kernels"][0].update(source=str(tree / "elsewhere" / READER)),
        f"{READER}: source .*/elsewhere/",
    ),
    "text under a file's name": (kernel(is_source_text=True, source="void kernel_main() {}"), "source .*<source text>"),
    "another processor": (kernel(risc="BRISC"), "processor NCRISC described, BRISC would run"),
    "a core less": (kernel(cores=CORES[:1]), r"cores \[\(0, 0\), \(1, 0\)\] described, \[\(0, 0\)\] would run"),
    "another argument": (
        lambda image, _: image["kernels"][0]["runtime_args"][1]["values"].__setitem__(1, 9),
        r"runtime arguments .*\(1, 0\): \[4096, 2\].*\(1, 0\): \[4096, 9\]",
    ),
    "no arguments": (kernel(runtime_args=[]), r"runtime arguments .* described, \{\} would run"),
    "compile-time arguments": (kernel(compile_time_args=[3, 2048]), "compile-time arguments"),
    "named ones": (kernel(named_compile_time_args=[["pages", 4]]), "named compile-time arguments"),
    "common ones": (kernel(common_runtime_args=[]), "common runtime arguments"),
    "buffer index": (buffer(index=1), "circular buffer c_0: index 0 described, 1 would run"),
    "total size": (buffer(total_size=2048), "total size 4096 described, 2048 would run"),
    "page size": (buffer(page_size=4096), "page size 2048 described, 4096 would run"),
    "format": (buffer(format=0), "format float16_b described, float32 would run"),
    "cores of a buffer": (buffer(cores=CORES[1:]), "c_0: cores"),
    "a kernel more": (
        lambda image, _: image["kernels"].append(image["kernels"][0]),
        "3 kernels and circular buffers are described, 4 would run",
    ),
    "no buffer": (lambda image, _: image["circular_buffers"].clear(), "2 would run"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_an_image_that_says_something_else(tmp_path: Path, name: str) -> None:
    edit, words = DIFFERENT[name]
    with pytest.raises(GateFailure, match=words) as caught:
        require_agreement(launch(tmp_path, edit), tmp_path)
    assert caught.value.kind is FailureClass.PROTOCOL_ERROR
    assert "the description and the program that would run differ" in caught.value.message


NONSENSE: dict[str, Edit] = {
    "no kernels": lambda image, _: image.pop("kernels"),
    "kernels are a number": lambda image, _: image.update(kernels=3),
    "a kernel is a text": lambda image, _: image.update(kernels=["reader", "writer"]),
    "a core is none": kernel(cores=[None]),
    "arguments without values": kernel(runtime_args=[{"core": [0, 0]}]),
    "a buffer without an index": lambda image, _: image["circular_buffers"][0].pop("index"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_an_image_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(GateFailure, match="no program that can run") as caught:
        require_agreement(launch(tmp_path, NONSENSE[name]), tmp_path)
    assert caught.value.kind is FailureClass.PROTOCOL_ERROR


def test_what_says_the_same_passes(tmp_path: Path) -> None:
    require_agreement(launch(tmp_path), tmp_path)
    linked = tmp_path / "linked"
    linked.symlink_to(tmp_path)
    require_agreement(launch(tmp_path), linked)
    require_agreement(launch(tmp_path, lambda image, _: image["kernels"][0]["runtime_args"].reverse()), tmp_path)
