"""An operation in the Metal 2.0 model: the values and the facts of its descriptor form, and what its names give."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.emulator.metal2.conftest import HERE, SHAPE, Operation

from op_pipeline import emulator
from op_pipeline.emulator import execution
from op_pipeline.emulator.toolchain import compile_kernels

Operations = Callable[[str], Operation]


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_the_values_are_those_of_the_descriptor_form(operations: Operations, dtype: str) -> None:
    spec, descriptor = operations("spec"), operations("descriptor")
    inputs = spec.inputs(dtype)
    mine, other = (operation.build()(*inputs).to_numpy() for operation in (spec, descriptor))
    a, b, c = (tensor.to_numpy().astype(np.float64) for tensor in inputs)
    assert np.array_equal(mine, other)
    assert np.abs(mine - (a * b + c)).max() < 0.05


def test_the_program_has_the_facts_of_the_descriptor_form(operations: Operations) -> None:
    mine, other = (operations(form).described() for form in ("spec", "descriptor"))
    assert mine.error is None
    assert (mine.phases, mine.attributes, mine.output_specs) == (other.phases, other.attributes, other.output_specs)
    assert mine.program is not None
    assert other.program is not None
    for one, two in zip(mine.program["kernels"], other.program["kernels"], strict=True):
        for fact in ("name", "risc", "cores", "config", "defines", "compile_time_args"):
            assert one[fact] == two[fact], fact
    for one, two in zip(mine.program["circular_buffers"], other.program["circular_buffers"], strict=True):
        assert {**one, "index": 0} == {**two, "index": 0}


def test_names_count_the_words_of_the_image(operations: Operations) -> None:
    launch = operations("spec").described()
    assert launch.image is not None
    assert launch.program is not None
    reader, writer, compute = launch.image["kernels"]
    names = reader["names"]
    assert [(entry["name"], entry["kind"], entry["value"]) for entry in names["args"]] == [
        ("count", "runtime", 0),
        ("start", "runtime", 1),
    ]
    assert [(entry["name"], entry["buffer"], entry["index"]) for entry in names["dfbs"]] == [
        ("a", "in_a", 0),
        ("b", "in_b", 1),
        ("c", "in_c", 2),
    ]
    assert [(entry["offset"], entry["address"]) for entry in names["tensors"]] == [(0, 0), (2, 1), (4, 2)]
    assert len(set(reader["common_runtime_args"])) == 3
    assert [len(kernel["common_runtime_args"]) for kernel in (writer, compute)] == [1, 0]
    assert reader["runtime_args"][1] == {"core": (0, 1), "values": [1, 1]}
    assert launch.program["kernels"][0]["names"] == names


def test_the_image_runs_in_another_place(operations: Operations, ttnn: Any) -> None:
    spec = operations("spec")
    inputs = spec.inputs()
    expected = spec.build()(*inputs).to_numpy()
    launch, addresses = spec.recorded(inputs)
    told = json.loads(json.dumps({"image": launch.image, "live": launch.live}))
    told["libraries"] = compile_kernels(execution.kernel_requests(told["image"]))
    *places, output = (execution.Placed(SHAPE, "bfloat16", "TILE", "DRAM", address) for address in addresses)
    arrays = [tensor.to_numpy() for tensor in inputs]
    elsewhere = emulator.open_device(grid=(8, 8))
    result = execution.execute(elsewhere, [told], list(zip(places, arrays, strict=True)), output)
    ttnn.close_device(elsewhere)
    np.testing.assert_array_equal(result.output, expected)


@pytest.mark.parametrize(
    ("change", "fault_class", "says"),
    [
        (("dataflow/reader", "        dfb_a.reserve_back(1);\n", ""), "cb_write_before_reserve", "dfb::a"),
        (
            ("dataflow/reader", "dfb_b.push_back(1)", "dfb_b.push_back(3)"),
            "cb_push_without_reserve",
            "cb_push_back(dfb::b, 3)",
        ),
        (("dataflow/reader", "        noc.async_read_barrier();\n", ""), "missing_read_barrier", "dfb::a"),
        (("dataflow/writer", "out.wait_front(1)", "out.wait_front(3)"), "cb_overflow", "cb_wait_front(dfb::out, 3)"),
        (("dataflow/writer", "        out.wait_front(1);\n", ""), "cb_read_before_wait", "dfb::out"),
        (("compute", "        b.pop_front(1);\n", ""), "cb_unbalanced", "dfb::b still holds 1 page"),
        (("compute", "        out.push_back(1);\n", ""), "deadlock", "cb_wait_front(dfb::out, 1)"),
        (("compute", "copy_tile(dfb::b, 0, 1)", "copy_tile(dfb::b, 1, 1)"), "cb_read_before_wait", "dfb::b"),
        (("dataflow/reader", "Noc noc;", "Noc noc; (void)get_vararg(0);"), "runtime_argument", "get_arg_val(2)"),
    ],
)
def test_faults_name_the_dataflow_buffer(
    operations: Operations, change: tuple[str, str, str], fault_class: str, says: str
) -> None:
    records = operations("spec").faults(*change)
    assert records[0]["fault_class"] == fault_class, records[0]
    assert any(says in record["message"] for record in records), records


def test_a_name_nobody_bound_is_a_compile_error(operations: Operations) -> None:
    (record, *_) = operations("spec").faults(
        "dataflow/writer", "DataflowBuffer out(dfb::out)", "DataflowBuffer out(dfb::other)"
    )
    assert record["fault_class"] == "compile_error"
    assert "other" in record["message"]
    assert record["line"] == 10


def test_every_kind_of_name_at_work(operations: Operations) -> None:
    operation = operations("spec")
    shutil.copy(HERE / "kernels/reader_of_everything.cpp", operation.folder / "device/kernels/dataflow")
    operation.change_factory("    // more of the program\n", (HERE / "everything.cpp").read_text())
    path = "device/kernels/dataflow/writer_multiply_add.cpp"
    operation.change(path, '#include "api/tensor', '#include "api/semaphore.h"\n#include "api/tensor')
    operation.change(
        path,
        "        out.wait_front(1);",
        "        Semaphore(sem::done).wait_min(tile - start + 1);\n        out.wait_front(1);",
    )
    inputs = operation.inputs()
    a, b, c = (tensor.to_numpy().astype(np.float64) for tensor in inputs)
    assert np.abs(operation.build()(*inputs).to_numpy() - (a * b + c)).max() < 0.05
    launch, _ = operation.recorded(inputs)
    assert launch.error is None
    assert launch.image is not None
    reader = launch.image["kernels"][0]
    (pad,) = launch.image["scratchpads"]
    # stride; three tensors; the scratchpad; two varargs
    assert reader["common_runtime_args"][0] == 1
    assert reader["common_runtime_args"][4:] == [pad["address"], 7, 2048]
    assert reader["compile_time_args"][:2] == [8, 9]
    assert reader["names"]["semaphores"] == [{"name": "done", "index": 1}]
    ends = [buffer["address"] + buffer["total_size"] for buffer in launch.image["circular_buffers"]]
    assert pad["address"] >= max(ends)


@pytest.fixture
def variants(operations: Operations, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], tuple[Operation, Any]]:
    operation = operations("spec")
    operation.change_factory("    // more of the program\n", (HERE / "variants.cpp").read_text())

    def described(number: int) -> tuple[Operation, Any]:
        """The operation, and the image of its launch with `a` in L1."""
        monkeypatch.setenv("OP_VARIANT", str(number))
        inputs = operation.inputs(memory="L1" if number == 2 else "DRAM")
        launch, addresses = operation.recorded(inputs)
        assert launch.error is None
        assert launch.image is not None
        return operation, {**launch.image, "addresses": addresses}

    return described


def test_aliases_sizes_loans_and_work_units(variants: Callable[[int], tuple[Operation, Any]]) -> None:
    _, shared = variants(0)
    a, b, c, _ = sorted(shared["circular_buffers"], key=lambda buffer: buffer["index"])
    assert b["address"] == c["address"] != a["address"]
    _, larger = variants(1)
    assert [buffer["total_size"] for buffer in larger["circular_buffers"]] == [5 * 2048, 4096, 4096, 4096]
    _, lent = variants(2)
    assert lent["circular_buffers"][0]["address"] == lent["addresses"][0]
    assert [buffer["globally_allocated"] for buffer in lent["circular_buffers"]] == [True, False, False, False]
    operation, split = variants(3)
    assert [len(kernel["cores"]) for kernel in split["kernels"]] == [30, 30, 30]
    inputs = operation.inputs()
    x, y, z = (tensor.to_numpy().astype(np.float64) for tensor in inputs)
    assert np.abs(operation.build()(*inputs).to_numpy() - (x * y + z)).max() < 0.05
