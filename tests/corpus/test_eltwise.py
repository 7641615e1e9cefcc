"""Elementwise operations of the wheel, by their own kernels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from op_pipeline.testing.corpus.programs import Program, bits_of, split

UNARY = "eltwise/unary/device/kernels/"
READER = UNARY + "dataflow/reader_unary_interleaved_start_id.cpp"
WRITER = UNARY + "dataflow/writer_unary_interleaved_start_id.cpp"


def streams(program: Program, source: Any, target: Any, tiles: int, out: int = 2) -> None:
    """The general reader of buffer 0 and writer of buffer `out`, each core its share."""

    def part(tensor: Any) -> Any:
        return lambda core: [tensor, *split(tiles, program.cores, core)]

    program.kernel(READER, words=[source], args=part(source))
    program.kernel(WRITER, words=[out, target], args=part(target))


def share(program: Program, tiles: int) -> Any:
    return lambda core: [split(tiles, program.cores, core)[0]]


@pytest.mark.parametrize(
    ("name", "chain", "function", "limit"),
    [
        ("relu", "relu_tile_init(); relu_tile(0);", lambda x: np.maximum(x, 0), 1e-9),
        ("exp", "exp_tile_init(); exp_tile(0);", np.exp, 0.004),
        ("tanh", "tanh_tile_init(); tanh_tile(0);", np.tanh, 0.004),
    ],
)
def test_unary(real: Any, *, name: str, chain: str, function: Any, limit: float) -> None:
    x = real.data(96, 160)
    program = real.program(cores=4)
    source, target = program.input(x), program.output(x.shape)
    program.buffers({0: 2, 2: 2})
    streams(program, source, target, 15)
    include = {"relu": "RELU_FAMILY", "exp": "EXP", "tanh": "COMPUTE_KERNEL_API"}[name]
    program.kernel(
        UNARY + "compute/eltwise_sfpu.cpp",
        args=share(program, 15),
        defines={"SFPU_OP_CHAIN_0": chain, f"SFPU_OP_{include}_INCLUDE": "1"},
    )
    real.close(f"eltwise        unary {name}", program, function(x), limit)


def test_typecast_of_a_metal_2_kernel(real: Any) -> None:
    x = np.trunc(real.data(64, 96) * 100)
    program = real.program(cores=3)
    source, target = program.input(x, "float32"), program.output(x.shape, "int32")
    program.buffer(0, 2, "float32")
    program.buffer(2, 2, "int32")
    by_name(program, source, target, 6, into=0, out=2)
    program.kernel(
        "copy/typecast/device/kernels/compute/eltwise_typecast.cpp",
        constants={"per_core_block_cnt": 1, "per_core_block_dim": 2, "in_data_format": 0, "out_data_format": 8},
        dfb={"in": 0, "out": 2},
        fp32=True,
    )
    real.equal("eltwise        typecast float32 to int32", program, x.astype(np.int32))


def by_name(program: Program, source: Any, target: Any, tiles: int, *, into: int, out: int) -> None:
    """The general reader and writer of Metal 2.0 programs."""

    def part(core: int) -> dict[str, int]:
        count, first = split(tiles, program.cores, core)
        return {"num_pages": count, "start_id": first}

    program.kernel(
        UNARY + "dataflow/reader_unary_interleaved_start_id_metal2.cpp",
        arguments=part, dfb={"in": into}, tensors={"src": source},
    )  # fmt: skip
    program.kernel(
        UNARY + "dataflow/writer_unary_interleaved_start_id_metal2.cpp",
        arguments=part, dfb={"out": out}, tensors={"dst": target},
    )  # fmt: skip


def test_unary_of_metal_2_kernels(real: Any) -> None:
    x = real.data(64, 64)
    program = real.program()
    source, target = program.input(x), program.output(x.shape)
    program.buffers({3: 2, 16: 2})
    by_name(program, source, target, 4, into=3, out=16)
    program.kernel(
        UNARY + "compute/eltwise_sfpu_metal2.cpp",
        arguments={"num_tiles": 4},
        dfb={"in": 3, "out": 16},
        defines={"SFPU_OP_CHAIN_0": "gelu_tile_init<0u>(); gelu_tile<0u>(0);", "SFPU_OP_GELU_INCLUDE": "1"},
    )
    exact = np.vectorize(lambda v: 0.5 * v * (1 + math.erf(v / math.sqrt(2))))(x)
    real.close("eltwise        unary gelu (Metal 2.0)", program, exact, 0.004)


@pytest.mark.parametrize(
    ("operation", "kind", "function"), [("add", "ELWADD", np.add), ("mul", "ELWMUL", np.multiply)]
)
def test_binary(real: Any, operation: str, kind: str, function: Any) -> None:
    a, b = real.data(96, 96), real.data(96, 96)
    program = real.program(cores=2)
    first, second, target = program.input(a), program.input(b), program.output(a.shape)
    program.buffers({0: 2, 1: 2, 2: 2})
    program.kernel(
        "eltwise/binary/device/kernels/dataflow/reader_binary_interleaved_start_id.cpp",
        words=[0, first, second],
        args=lambda core: [first, second, *split(9, 2, core), 0, 0, 0],
    )
    program.kernel(WRITER, words=[2, target], args=lambda core: [target, *split(9, 2, core)])
    program.kernel(
        "eltwise/binary/device/kernels/compute/eltwise_binary_kernel.cpp",
        args=lambda core: [split(9, 2, core)[0], 1],
        defines={"ELTWISE_OP": f"{operation}_tiles", "ELTWISE_OP_TYPE": f"EltwiseBinaryType::{kind}"},
    )
    real.close(f"eltwise        binary {operation}", program, function(a, b), 0.004)


NG = "eltwise/binary_ng/device/"
ACTIVATIONS = {f"PROCESS_{side}_ACTIVATIONS(i)": "" for side in ("LHS", "RHS", "POST")}
SUB = {"BINARY_OP": "sub_tiles", "BINARY_OP_TYPE": "EltwiseBinaryType::ELWSUB", **ACTIVATIONS}
DIV = {"BINARY_SFPU_INIT": "div_binary_tile_init();", "BINARY_SFPU_OP": "div_binary_tile", **ACTIVATIONS}


def broadcast(
    program: Program, a: Any, b: Any, out: Any, *, tiles: tuple[int, int], reader: str, defines: dict[str, str]
) -> None:
    """Reader and writer of binary_ng for tensors of one plane; every core a run of the output's tiles."""
    height, width = tiles
    sharded = dict.fromkeys(("SRC_SHARDED", "SRC_SHARDED_B", "DST_SHARDED"), "0")

    def read(core: int) -> list[Any]:
        count, first = split(height * width, program.cores, core)
        return [a, first, 0, count, 0, 0, 0, 0, 0, 1, 1, 1, height, width, 1, b, 0, 0, 0, 0, 0, width, width]

    def write(core: int) -> list[Any]:
        count, first = split(height * width, program.cores, core)
        return [out, first, count, 0, 1, 1, 1, height, width, 1]

    program.kernel(NG + f"kernels_ng/dataflow/reader_interleaved_{reader}.cpp", words=[a, b, 0], args=read, defines={**sharded, **defines})
    program.kernel(
        NG + "kernels_ng/dataflow/writer_interleaved_no_bcast.cpp", words=[out, 0], args=write, defines=sharded
    )


@pytest.mark.parametrize(
    ("name", "reader", "compute", "shape", "switches"),
    [
        ("no broadcast", "no_bcast", "kernels/compute/eltwise_binary_no_bcast", (64, 160), {}),
        ("row", "row_bcast", "kernels_ng/compute/eltwise_binary_row_bcast", (1, 160), {"BCAST_LLK": "1"}),
        ("column", "col_bcast", "kernels_ng/compute/eltwise_binary_col_bcast", (64, 1), {"BCAST_LLK": "1"}),
        ("column, filled by the reader", "col_bcast", "kernels/compute/eltwise_binary", (64, 1), {"BCAST_LLK": "0"}),
        ("scalar", "scalar_bcast", "kernels_ng/compute/eltwise_binary_scalar_bcast", (1, 1), {"BCAST_LLK": "1"}),
    ],
)
def test_binary_with_broadcast(
    real: Any, *, name: str, reader: str, compute: str, shape: tuple[int, int], switches: dict[str, str]
) -> None:
    a = real.data(64, 160)
    b = real.data(64, 160)[: shape[0], : shape[1]]
    program = real.program(cores=3)
    first, second, target = program.input(a), program.input(b), program.output(a.shape)
    program.buffers({0: 2, 1: 2, 2: 2, 6: 2})
    sides = {"SRC_BCAST": "0", "SRC_BCAST_B": "0" if name == "no broadcast" else "1", **switches}
    fill = {f"FILL_TILE_WITH_FIRST_{part}_B": f"fill_tile_with_first_{part.lower()}_bfloat16" for part in
            ("ROW", "COLUMN", "ELEMENT")}  # fmt: skip
    broadcast(program, first, second, target, tiles=(2, 5), reader=reader, defines={**sides, **fill})
    every = {"row": 1, "scalar": 10}.get(name, 5)  # output tiles for each tile that is broadcast

    def part(core: int) -> list[int]:
        count, start = split(10, 3, core)
        return [count] if name in ("no broadcast", "row") else [count, every, start % every]

    program.kernel(
        NG + compute + ".cpp", words=[1], args=part, defines={**SUB, **sides, "BCAST_INPUT": "1"}
    )
    real.close(f"eltwise        binary sub, {name}", program, a - b, 0.004)


def test_binary_by_the_vector_unit(real: Any) -> None:
    a, b = real.data(64, 160), real.data(64, 160, low=0.5, high=3.0)
    program = real.program(cores=2)
    first, second, target = program.input(a, "float32"), program.input(b, "float32"), program.output(a.shape, "float32")
    program.buffers({0: 2, 1: 2, 2: 2}, "float32")
    broadcast(program, first, second, target, tiles=(2, 5), reader="no_bcast", defines={})
    program.kernel(
        NG + "kernels/compute/eltwise_binary_sfpu_no_bcast.cpp",
        words=[1], args=lambda core: [split(10, 2, core)[0]], defines=DIV, fp32=True,
    )  # fmt: skip
    real.close("eltwise        binary div (float32, vector unit)", program, a / b, 1e-4)


@pytest.mark.parametrize(
    ("name", "compute", "defines", "function", "limit"),
    [
        (
            "where", "ternary_sfpu_no_bcast_ttt",
            {"TERNARY_SFPU_OP_INIT": "where_tile_init", "TERNARY_SFPU_OP_FUNC": "where_tile<DataFormat::Float16_b>"},
            lambda p, a, b: np.where(p != 0, a, b), 1e-9,
        ),
        (
            "lerp", "ternary_sfpu_no_bcast_ttt",
            {"TERNARY_SFPU_OP_INIT": "lerp_tile_init", "TERNARY_SFPU_OP_FUNC": "lerp_tile<DataFormat::Float16_b>"},
            lambda p, a, b: p + b * (a - p), 0.006,
        ),
        ("addcmul", "ternary_addc_ops_fpu", {}, lambda p, a, b: p + 2.0 * a * b, 0.006),
    ],
)  # fmt: skip
def test_ternary(real: Any, *, name: str, compute: str, defines: dict[str, str], function: Any, limit: float) -> None:
    p, a, b = real.data(64, 96), real.data(64, 96), real.data(64, 96)
    p[np.abs(p) < 0.7] = 0
    program = real.program(cores=4)
    tensors = [program.input(x) for x in (p, a, b)]
    target = program.output(p.shape)
    program.buffers({0: 2, 1: 2, 2: 2, 3: 2})
    ternary = "eltwise/ternary/device/kernels/"
    program.kernel(
        ternary + "dataflow/ternary_reader_nobcast_ttt.cpp",
        words=[0, 1, 2, *tensors],
        args=lambda core: [*tensors, *split(6, 4, core)],
    )

    def write(core: int) -> list[Any]:
        count, first = split(6, 4, core)
        return [target, count, first, 0, 1, 1, 1, 2, 3, 1]

    program.kernel(
        ternary + "dataflow/ternary_writer_nobcast.cpp", words=[3, target, 0], args=write, defines={"DST_SHARDED": "0"}
    )
    program.kernel(
        ternary + f"compute/{compute}.cpp",
        words=[1],
        args=lambda core: [split(6, 4, core)[0], 0, 0, bits_of(2.0)],
        defines=defines,
    )
    real.close(f"eltwise        ternary {name}", program, function(p, a, b), limit)
