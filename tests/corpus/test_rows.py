"""Reductions and normalizations of the wheel, by their own kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from op_pipeline.testing.corpus.programs import Array, Program, bits_of, split

UNARY = "eltwise/unary/device/kernels/dataflow/"
GENERIC = "reduction/generic/device/kernels/"


def writer(program: Program, target: Any, tiles: int, out: int) -> None:
    """The general writer of Metal 2.0 programs: each core its share of `tiles`."""

    def part(core: int) -> dict[str, int]:
        count, first = split(tiles, program.cores, core)
        return {"num_pages": count, "start_id": first}

    program.kernel(
        UNARY + "writer_unary_interleaved_start_id_metal2.cpp",
        arguments=part, dfb={"out": out}, tensors={"dst": target},
    )  # fmt: skip


def of_pool(pool: str, dim: str) -> dict[str, str]:
    return {"REDUCE_OP": f"ckernel::PoolType::{pool}", "REDUCE_DIM": f"ckernel::ReduceDim::{dim}"}




@pytest.mark.parametrize(("pool", "function", "limit"), [("SUM", np.sum, 0.006), ("MAX", np.max, 1e-9)])
def test_reduce_of_rows(real: Any, pool: str, function: Callable[..., Array], limit: float) -> None:
    """dim=-1, Wt tiles a row; every core some rows. MAX of rows that are negative throughout is among them."""
    x = real.data(96, 160)
    program = real.program(cores=2)
    source, target = program.input(x), program.output((96, 1))
    program.buffers({0: 4, 2: 1, 3: 2})

    def read(core: int) -> dict[str, int]:
        rows, first = split(3, 2, core)
        return {"num_tiles": 5 * rows, "start_id": 5 * first, "scaler_bits": bits_of(1.0)}

    defines = of_pool(pool, "REDUCE_ROW")
    program.kernel(
        GENERIC + "dataflow/reader_unary_reduce_universal_start_id.cpp",
        constants={"tiles_per_batch": 1}, arguments=read, dfb={"in0": 0, "scaler": 2}, tensors={"src": source},
        defines={**defines, "ENABLE_FP32_DEST_ACC": "1", "DST_SYNC_FULL": "0"},
    )  # fmt: skip
    program.kernel(
        GENERIC + "compute/reduce.cpp",
        constants={"enable_fp32_sfpu": 0},
        arguments=lambda core: {"Ht": split(3, 2, core)[0], "Wt": 5, "NC": 1},
        dfb={"in0": 0, "scaler": 2, "out": 3}, defines=defines, fp32=True,
    )  # fmt: skip
    writer(program, target, 3, 3)
    real.close(f"reduction      {pool.lower()} of rows", program, function(x, axis=-1, keepdims=True), limit)


@pytest.mark.parametrize(("pool", "function", "limit"), [("SUM", np.sum, 0.006), ("MAX", np.max, 1e-9)])
def test_reduce_of_columns(real: Any, pool: str, function: Callable[..., Array], limit: float) -> None:
    """dim=-2: the reader walks down chunks of columns as wide as DST."""
    x = real.data(96, 192)
    program = real.program()
    source, target = program.input(x), program.output((1, 192))
    program.buffers({0: 8, 2: 1, 3: 2})
    defines = of_pool(pool, "REDUCE_COL")
    program.kernel(
        GENERIC + "dataflow/reader_unary_transpose_wh_universal_input_cols_partitioned.cpp",
        constants={"Ht": 3, "Wt": 6, "HtWt": 18, "use_welford": 0, "enable_fp32_sfpu": 0, "tiles_per_batch": 4,
                   "num_h_slices": 1, "slice_Ht": 3},
        arguments={"col_start_tile_id": 0, "curr_col_in_batch": 0, "num_cols": 6, "scaler_bits": bits_of(1.0)},
        dfb={"in0": 0, "scaler": 2}, tensors={"src": source},
        defines={**defines, "ENABLE_FP32_DEST_ACC": "1", "DST_SYNC_FULL": "0"},
    )  # fmt: skip
    program.kernel(
        GENERIC + "compute/reduce.cpp", constants={"enable_fp32_sfpu": 0}, arguments={"Ht": 3, "Wt": 6, "NC": 1},
        dfb={"in0": 0, "scaler": 2, "out": 3}, defines=defines, fp32=True,
    )  # fmt: skip
    writer(program, target, 6, 3)
    real.close(f"reduction      {pool.lower()} of columns", program, function(x, axis=-2, keepdims=True), limit)


def test_reduce_to_one_number_with_a_scaler(real: Any) -> None:
    """dim=(-2, -1), mean by the scaler: a SCALAR reduction multiplies twice, so the root of 1/N is given."""
    x = real.data(64, 96) + 2
    program = real.program()
    source, target = program.input(x), program.output((1, 1))
    program.buffers({0: 4, 2: 1, 3: 2})
    defines = of_pool("SUM", "REDUCE_SCALAR")
    root = float(np.float32(1 / np.sqrt(x.size)))
    program.kernel(
        GENERIC + "dataflow/reader_unary_reduce_universal_start_id.cpp",
        constants={"tiles_per_batch": 2}, arguments={"num_tiles": 6, "start_id": 0, "scaler_bits": bits_of(root)},
        dfb={"in0": 0, "scaler": 2}, tensors={"src": source},
        defines={**defines, "ENABLE_FP32_DEST_ACC": "1", "DST_SYNC_FULL": "0"},
    )  # fmt: skip
    program.kernel(
        GENERIC + "compute/reduce.cpp", constants={"enable_fp32_sfpu": 0}, arguments={"Ht": 2, "Wt": 3, "NC": 1},
        dfb={"in0": 0, "scaler": 2, "out": 3}, defines=defines, fp32=True,
    )  # fmt: skip
    writer(program, target, 1, 3)
    real.close("reduction      mean of all", program, np.mean(x, keepdims=True), 0.006)


def softmax(x: Array) -> Array:
    e: Array = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


@pytest.mark.parametrize("stable", [True, False])
def test_softmax(real: Any, stable: bool) -> None:
    x = real.data(128, 192)
    program = real.program(cores=2)
    source, target = program.input(x), program.output(x.shape)
    program.buffers({0: 6, 1: 1, 2: 1, 3: 6, 4: 1, 5: 6, 6: 1, 7: 1})
    names = {"in0": 0, "max_scaler": 1, "sum_scaler": 2}
    block = {"blk": 3, "Wt": 6}

    def rows(core: int) -> tuple[int, int]:
        return split(4, 2, core)

    attention = "normalization/softmax/device/kernels/attention/"
    program.kernel(
        attention + "dataflow/reader_unary_interleaved_sm.cpp", constants={"in0_t": 6},
        arguments=lambda core: {**block, "num_rows": rows(core)[0], "tile_offset": 6 * rows(core)[1]},
        dfb=names, tensors={"src": source},
    )  # fmt: skip
    program.kernel(
        attention + "compute/softmax.cpp", constants={"in0_t": 6},
        arguments=lambda core: {**block, "num_rows": rows(core)[0], "Ht": 4, "start_ht": rows(core)[1]},
        dfb={**names, "exps": 3, "recip_sum_exps": 4, "out0": 5, "max": 6, "mask_padded": 7},
        defines={"EXP_APPROX": "0", **({"NUMERIC_STABLE": "1"} if stable else {})}, fp32=True,
    )  # fmt: skip
    program.kernel(
        attention + "dataflow/writer_unary_interleaved_start_id_blocked_sm.cpp",
        constants={"num_datum_padded": 0, "tile_hw": 1024},
        arguments=lambda core: {
            **block, "num_tiles": 6 * rows(core)[0], "tile_offset": 6 * rows(core)[1], "mask_padded_data": 0},
        dfb={"out0": 5, "mask_padded": 7}, tensors={"dst": target},
    )  # fmt: skip
    real.close(f"normalization  softmax{', stable' if stable else ''}", program, softmax(x), 0.008)


@pytest.mark.parametrize("rms", [False, True])
def test_layer_and_rms_norm(real: Any, rms: bool) -> None:
    x, gamma, beta = real.data(96, 256), real.data(1, 256), real.data(1, 256)
    program = real.program(cores=3)
    source, target = program.input(x), program.output(x.shape)
    scale, shift = program.input(gamma), program.input(beta)
    program.buffers({0: 8, 2: 1, 3: 1, 5: 8, 6: 8, 16: 8, 20: 1, 21: 1, 22: 8, 23: 8, 24: 1, 25: 8})
    sizes = {"block_size": 4, "W": 256}
    features = {"FUSE_GAMMA": "1", "FUSE_BETA": "1", **({"RMSNORM": "1"} if rms else {})}
    layernorm = "normalization/layernorm/device/kernels/"
    names = {"in": 0, "scaler": 2, "eps": 3, "gamma": 5, "beta": 6}
    program.kernel(
        layernorm + "dataflow/reader_unary_interleaved_ln.cpp", constants=sizes,
        arguments=lambda core: {"NCHt": 1, "Wt": 8, "reader_start": core, "eps": bits_of(1e-5)},
        dfb=names, tensors={"src": source, "gamma": scale, "beta": shift}, defines=features,
    )  # fmt: skip
    program.kernel(
        layernorm + "compute/layernorm.cpp",
        constants={**sizes, "Wt": 8, "do_gamma": 1, "do_beta": 1, "fp32_dest_acc_en": 1, "float32_reduction": 0,
                   "tile_width": 32},
        arguments={"NCHt": 1}, defines=features, fp32=True,
        dfb={**names, "out": 16, "ex": 20, "ex2": 21, "xmm": 22, "xmm2": 23, "ex2pe": 24, "fusion": 25},
    )  # fmt: skip
    program.kernel(
        layernorm + "dataflow/writer_unary_interleaved_start_id_blocked.cpp", constants={"block_size": 4},
        arguments=lambda core: {"Wt": 8, "num_tile_rows": 1, "writer_start": 8 * core},
        dfb={"out": 16}, tensors={"dst": target},
    )  # fmt: skip
    centred = x if rms else x - x.mean(-1, keepdims=True)
    exact = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * gamma + beta
    real.close(f"normalization  {'rms' if rms else 'layer'} norm, gamma and beta", program, exact, 0.01)
