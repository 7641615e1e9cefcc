"""What a hostile worker may answer: read as data, or refused; never an exception of the judge's own."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from op_pipeline.emulator.faults import EmulatorFault, KernelCompileError, make_record
from op_pipeline.gates.workers.described import CandidateError, Reply, TensorInfo, Unfit, exception
from op_pipeline.gates.workers.serving import error_data

LAUNCH: dict[str, Any] = {
    "operation": "a::BDeviceOperation", "attributes": [["beta", "1"]], "phases": ["validate"], "factory": "",
    "output_specs": [{"shape": [1, 2], "dtype": "BFLOAT16", "layout": "TILE", "memory": {"buffer_type": "DRAM"}}],
    "program": {
        "kernels": [{"name": "k", "risc": "BRISC", "cores": [[0, 1]], "runtime_args": [[[0, 1], [1, 2]]],
                     "compile_time_args": [1], "common_runtime_args": [], "config": {}}],
        "circular_buffers": [{"index": 0, "total_size": 4, "page_size": 2, "format": "f", "cores": [[0, 0]]}],
        "semaphores": [],
    },
    "image": {}, "live": [["DRAM", 64, 128], ["L1", 0, 1]], "error": None,
}  # fmt: skip
TENSOR = {
    "kind": "tensor", "number": 1, "shape": [1, 2], "dtype": "BFLOAT16", "layout": "TILE", "memory": "DRAM",
    "address": 64,
}  # fmt: skip
REPLY: dict[str, Any] = {"result": TENSOR, "launches": [LAUNCH]}


def test_a_good_answer_is_read() -> None:
    reply = Reply.parse(json.loads(json.dumps(REPLY)))
    assert reply.value == TensorInfo(1, (1, 2), "bfloat16", "TILE", "DRAM", 64)
    launch = reply.launches[0]
    assert (launch.attributes, launch.live) == ((("beta", "1"),), (("DRAM", 64, 128), ("L1", 0, 1)))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*path, key))
    return found


@pytest.mark.parametrize("path", places(REPLY), ids=lambda path: ".".join(map(str, path)))
def test_anything_else_anywhere_is_refused_or_harmless(path: tuple[Any, ...]) -> None:
    others: list[Any] = [None, True, -1, 2**70, 1.5, float("nan"), "x" * 100_000, "", [], [[]], {}, {"a": 1}]
    for bad in [*others, [None] * 70_000]:
        reply = copy.deepcopy(REPLY)
        place: Any = reply
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = bad
        try:
            parsed = Reply.parse(reply)
        except Unfit:
            continue
        assert isinstance(parsed, Reply)


@pytest.mark.parametrize("body", [{}, {"result": None}, {"result": {"kind": "tensor"}}, {"raised": 1}, {"raised": {}}])
def test_half_an_answer_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Unfit):
        Reply.parse(body)


class OwnError(RuntimeError):
    pass


class Strange(BaseException):
    pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TypeError("a"), TypeError),
        (OwnError("a"), RuntimeError),
        (KeyError("a"), LookupError),
        (UnicodeDecodeError("utf-8", b"", 0, 1, "a"), ValueError),
        (Strange("a"), CandidateError),
        (EmulatorFault([make_record("deadlock", "a")]), EmulatorFault),
        (KernelCompileError([make_record("compile_error", "a")]), KernelCompileError),
    ],
)
def test_exceptions_come_back_as_their_nearest_builtin(error: BaseException, kind: type[Exception]) -> None:
    back = exception(json.loads(json.dumps(error_data(error))))
    assert isinstance(back, (kind, CandidateError))
    assert "a" in str(back)
    if isinstance(error, EmulatorFault):
        assert back.records == error.records  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "eval", "__import__", "GeneratorExit", "object"])
def test_no_name_ends_the_judge(name: str) -> None:
    assert type(exception({"types": [name], "text": "x", "records": []})) is CandidateError
