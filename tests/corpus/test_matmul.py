"""Matrix products of the wheel, by their own kernels."""

from __future__ import annotations

from typing import Any

import pytest

from op_pipeline.testing.corpus.programs import split

MATMUL = "matmul/device/kernels/"
WRITER = "eltwise/unary/device/kernels/dataflow/writer_unary_interleaved_start_id.cpp"
NAMED = {"cb_in0": 0, "cb_in1": 1, "cb_out": 4}


@pytest.mark.parametrize(
    ("cores", "fp32", "limit"), [(1, False, 0.03), (1, True, 0.004), (6, True, 0.004)]
)
def test_tiles(real: Any, cores: int, fp32: bool, limit: float) -> None:
    """Every core some tiles of the output. What 16-bit accumulation costs is what the vendor's simulator shows."""
    a, b = real.data(128, 160), real.data(160, 96)
    mt, kt, nt = 4, 5, 3
    program = real.program(cores)
    left, right, target = program.input(a), program.input(b), program.output((128, 96))
    program.buffers({0: 2, 1: 2, 4: 2})

    def read(core: int) -> list[Any]:
        count, first = split(mt * nt, cores, core)
        return [left, right, mt, kt, nt, mt * kt, kt * nt, 1, 1, first, count, mt * nt]

    program.kernel(
        MATMUL + "dataflow/reader_bmm_8bank_output_tiles_partitioned.cpp",
        words=[0, 0, left, right], named=NAMED, args=read,
    )  # fmt: skip
    assert (mt * nt) % cores == 0
    program.kernel(MATMUL + "compute/bmm.cpp", words=[1, 1, kt, mt * nt // cores], named=NAMED, fp32=fp32)
    program.kernel(WRITER, words=[4, target], args=lambda core: [target, *split(mt * nt, cores, core)])
    name = f"matmul         tiles, {'32' if fp32 else '16'}-bit accumulation, {cores} cores"
    real.close(name, program, a @ b, limit)


def test_of_a_batch(real: Any) -> None:
    """Both operands have the batch."""
    a, b = real.data(3, 64, 96), real.data(3, 96, 64)
    program = real.program()
    left, right, target = program.input(a), program.input(b), program.output((3, 64, 64))
    program.buffers({0: 2, 1: 2, 4: 2})
    program.kernel(
        MATMUL + "dataflow/reader_bmm_8bank_output_tiles_partitioned.cpp", words=[0, 0, left, right], named=NAMED,
        args=[left, right, 2, 3, 2, 6, 6, 3, 0, 0, 12, 4],
    )  # fmt: skip
    program.kernel(MATMUL + "compute/bmm.cpp", words=[3, 2, 3, 2], named=NAMED, fp32=True)
    program.kernel(WRITER, words=[4, target], args=[target, 12, 0])
    real.close("matmul         batch of 3", program, a @ b, 0.004)


def test_blocks_with_partial_sums_in_a_buffer(real: Any) -> None:
    """Two blocks along K, subblocks of 2x2 tiles; the columns are split over two cores."""
    a, b = real.data(128, 128), real.data(128, 256)
    program = real.program(cores=2)
    left, right, target = program.input(a), program.input(b), program.output((128, 256))
    program.buffers({0: 16, 1: 16, 4: 16, 24: 16})
    named = {**NAMED, "cb_intermed0": 24}
    program.kernel(
        MATMUL + "dataflow/reader_bmm_tile_layout.cpp", words=[left, right], named=named,
        args=lambda core: [left, 0, 1, 4, 2, 2, 4, 8, right, 4 * core, 1, 8, 16, 4, 2, 8, 2, 16, 32, 1, 1],
    )  # fmt: skip
    program.kernel(
        MATMUL + "compute/bmm_large_block_zm.cpp", words=[2, 2, 8, 4, 2, 8, 4, 2, 2, 2, 4, 1], named=named, fp32=True
    )
    program.kernel(
        MATMUL + "dataflow/writer_bmm_tile_layout.cpp", words=[target], named=named,
        args=lambda core: [target, 4 * core, 1, 8, 2, 16, 2, 2, 4, 2, 2, 32, 1],
    )  # fmt: skip
    real.close("matmul         blocks of 2x2 subblocks", program, a @ b, 0.006)
