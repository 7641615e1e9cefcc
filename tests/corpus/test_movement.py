"""Data movement of the wheel, by its own kernels: results are equal, not close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from op_pipeline.testing.corpus.programs import Program, bits_of, split

UNARY = "eltwise/unary/device/kernels/dataflow/"
MOVE = "data_movement/"


def write(program: Program, target: Any, tiles: int, out: int = 16) -> None:
    """The general writer of Metal 2.0 programs: each core its share of `tiles`."""

    def part(core: int) -> dict[str, int]:
        count, first = split(tiles, program.cores, core)
        return {"num_pages": count, "start_id": first}

    program.kernel(
        UNARY + "writer_unary_interleaved_start_id_metal2.cpp",
        arguments=part, dfb={"out": out}, tensors={"dst": target},
    )  # fmt: skip


def read(program: Program, source: Any, tiles: int) -> None:
    def part(core: int) -> dict[str, int]:
        count, first = split(tiles, program.cores, core)
        return {"num_pages": count, "start_id": first}

    program.kernel(
        UNARY + "reader_unary_interleaved_start_id_metal2.cpp",
        arguments=part, dfb={"in": 0}, tensors={"src": source},
    )  # fmt: skip


def test_copy(real: Any) -> None:
    x = real.data(96, 128)
    program = real.program(cores=3)
    source, target = program.input(x), program.output(x.shape)
    program.buffers({0: 2, 16: 2})

    def part(core: int) -> dict[str, int]:
        return dict(zip(("num_tiles", "start_id"), split(12, 3, core), strict=True))

    clone = MOVE + "clone/device/kernels/"
    program.kernel(clone + "read_kernel.cpp", arguments=part, dfb={"src": 0}, tensors={"input": source})
    program.kernel(clone + "compute_kernel.cpp", constants={"num_tiles": 4}, dfb={"src": 0, "dst": 16})
    program.kernel(clone + "write_kernel.cpp", arguments=part, dfb={"dst": 16}, tensors={"output": target})
    real.equal("data_movement  clone", program, x)


def test_transpose_of_the_last_two_dimensions(real: Any) -> None:
    x = real.data(2, 64, 96)
    program = real.program()
    source, target = program.input(x), program.output((2, 96, 64))
    program.buffers({0: 2, 16: 2})
    transpose = MOVE + "transpose/device/kernels/"
    program.kernel(
        transpose + "dataflow/reader_unary_transpose_wh_interleaved.cpp", words=[source], args=[source, 2, 2, 3, 6]
    )
    program.kernel(transpose + "compute/transpose_wh.cpp", args=[12])
    write(program, target, 12)
    real.equal("data_movement  transpose WH", program, x.transpose(0, 2, 1))


def test_transpose_of_the_first_two_dimensions(real: Any) -> None:
    x = real.data(3, 2, 32, 64)
    program = real.program()
    source, target = program.input(x), program.output((2, 3, 32, 64))
    program.buffer(0)
    steps = {"N": 3, "C": 2, "HtWt": 2, "batch_step": 2, "channel_step": 10, "num_pages": 12, "start_id": 0}
    program.kernel(
        MOVE + "transpose/device/kernels/dataflow/reader_unary_transpose_cn_interleaved_start_id.cpp",
        constants={"page_size": 2048, "read_size": 2048}, arguments={**steps, "hw": 0, "n": 0},
        dfb={"in0": 0}, tensors={"src": source},
    )  # fmt: skip
    write(program, target, 12, 0)
    real.equal("data_movement  transpose CN", program, x.transpose(1, 0, 2, 3))


def test_tilize(real: Any) -> None:
    x = real.data(96, 128)
    program = real.program(cores=3)
    source, target = program.input(x, rows=True), program.output(x.shape)
    program.buffers({0: 4, 16: 4})
    program.kernel(
        MOVE + "tilize/device/kernels/dataflow/reader_unary_stick_layout_split_rows_multicore.cpp",
        constants={"tile_height": 32, "num_pages_in_row": 1, "size_of_valid_data_in_last_page_in_row": 256},
        arguments=lambda core: {
            "num_rows": 32, "num_tiles_per_block": 4, "block_width_size": 256, "num_full_blocks_in_row": 1,
            "start_page_id": 32 * core},
        dfb={"in": 0}, tensors={"src": source},
    )  # fmt: skip
    program.kernel(MOVE + "tilize/device/kernels/compute/tilize.cpp", words=[0, 16, 1, 4])
    write(program, target, 12)
    real.equal("data_movement  tilize", program, x)


def test_untilize(real: Any) -> None:
    x = real.data(64, 128)
    program = real.program()
    source, target = program.input(x), program.output(x.shape, rows=True)
    program.buffers({0: 4, 16: 4})
    read(program, source, 8)
    program.kernel(MOVE + "untilize/device/kernels/compute/untilize.cpp", words=[2, 4, 0, 16])
    program.kernel(
        MOVE + "untilize/device/kernels/dataflow/writer_unary_stick_layout_split_rows_single_core.cpp",
        constants={"tile_height": 32, "num_blocks_across_height": 2, "num_output_columns_of_blocks": 1,
                   "num_blocks_per_output_column_row": 1, "num_tiles_per_output_block": 4,
                   "output_single_block_width_size": 256},
        dfb={"out": 16}, tensors={"dst": target},
    )  # fmt: skip
    real.equal("data_movement  untilize", program, x)


def test_permute_of_rows(real: Any) -> None:
    x = real.data(2, 3, 5, 64)
    program = real.program()
    source, target = program.input(x, rows=True), program.output((5, 2, 3, 64), rows=True)
    program.buffer(0, 2, page=128)
    permute = MOVE + "permute/device/kernels/dataflow/"
    sizes = {"N": 4, "page_size": 128, "num_rows": 30}
    rows = {"start_row": 0, "end_row": 30}
    program.kernel(
        permute + "reader_permute_interleaved_rm_row_invariant.cpp",
        constants=sizes, arguments=rows, dfb={"cb_src": 0}, tensors={"input": source},
    )  # fmt: skip
    program.kernel(
        permute + "writer_permute_interleaved_rm_row_invariant.cpp",
        constants=sizes, arguments=rows, args=[2, 3, 5, 64, 2, 0, 1, 3, 6, 3, 1, 1],
        dfb={"cb_src": 0}, tensors={"output": target},
    )  # fmt: skip
    real.equal("data_movement  permute of rows", program, x.transpose(2, 0, 1, 3))


def test_concat(real: Any) -> None:
    a, b = real.data(64, 96), real.data(64, 64)
    program = real.program()
    first, second, target = program.input(a), program.input(b), program.output((64, 160))
    program.buffer(0)
    program.kernel(
        MOVE + "concat/device/kernels/dataflow/reader_concat_interleaved_start_id.cpp",
        arguments={"num_tiles": 10, "start_tensor": 0, "start_tensor_id": 0}, args=[3, 2, 0, 0],
        dfb={"in": 0}, tensors={"inputs": (first, second)},
    )  # fmt: skip
    write(program, target, 10, 0)
    real.equal("data_movement  concat of columns", program, np.concatenate([a, b], -1))


def test_slice(real: Any) -> None:
    x = real.data(2, 96, 128)
    program = real.program()
    source, target = program.input(x), program.output((2, 64, 64))
    program.buffer(0)
    program.kernel(
        MOVE + "slice/device/kernels/dataflow/reader_unary_unpad_dims_interleaved_start_id.cpp",
        constants={"num_dims": 3}, arguments={"start_id": 5, "num_tiles": 8}, args=[0, 0, 0],
        common=[2, 2, 2, 2, 4, 0], dfb={"in": 0}, tensors={"src": source}, scratch={"id_per_dim": 12},
    )  # fmt: skip
    write(program, target, 8, 0)
    real.equal("data_movement  slice", program, x[:, 32:96, 32:96])


def test_pad(real: Any) -> None:
    x = real.data(64, 32)
    program = real.program()
    source, target = program.input(x), program.output((96, 64))
    program.buffer(0)
    pad = MOVE + "pad/device/kernels/dataflow/"
    sizes = {"page_size": 2048, "num_dims": 2}
    pages = {"num_pages_to_write": 6, "start_offset": 0}
    shapes = [2, 1, 3, 2, 0, 0, 0, 0]
    program.kernel(
        pad + "reader_pad_tiled.cpp", constants=sizes, arguments=pages, args=shapes,
        dfb={"in0": 0}, tensors={"src": source},
    )  # fmt: skip
    program.kernel(
        pad + "writer_pad_tiled.cpp", constants={**sizes, "pad_value": 0x3FC03FC0, "element_size": 2},
        arguments=pages, args=shapes, dfb={"in0": 0}, tensors={"dst": target}, scratch={"pad": 2048},
    )  # fmt: skip
    real.equal("data_movement  pad of tiles with 1.5", program, np.pad(x, ((0, 32), (0, 32)), constant_values=1.5))


def test_repeat(real: Any) -> None:
    x = real.data(2, 32, 64)
    program = real.program()
    source, target = program.input(x), program.output((6, 32, 64))
    program.kernel(
        MOVE + "repeat/device/kernels/repeat_higher_dim_tile.cpp",
        constants={"original_page_size_bytes": 2048, "LOWER_DIMS": 2, "REP_DIM": 2},
        arguments={"higher_dim_start": 0, "higher_dim_end": 1, "lower_dim_start": 0, "lower_dim_end": 2,
                   "repetitions": 3, "nop": 0},
        dfb={}, tensors={"src": source, "dst": target}, scratch={"in0": 2048},
    )  # fmt: skip
    real.equal("data_movement  repeat", program, np.tile(x, (3, 1, 1)))


@pytest.mark.parametrize("value", [0.0, -2.5])
def test_full(real: Any, value: float) -> None:
    program = real.program(cores=2)
    target = program.output((64, 96), "float32")
    program.buffer(24, 1, "float32")
    program.kernel(
        "full/device/kernels/writer_full.cpp", constants={"elems_per_page": 1024, "page_size": 4096},
        arguments=lambda core: {
            "fill_value": bits_of(value), "num_pages_per_core": split(6, 2, core)[0], "start_id": split(6, 2, core)[1]},
        dfb={"value": 24}, tensors={"output": target}, defines={"OUTPUT_DTYPE_FLOAT32": "1"},
    )  # fmt: skip
    real.equal(f"data_movement  full with {value}", program, np.full((64, 96), value))


def test_fill_of_a_corner(real: Any) -> None:
    program = real.program()
    target = program.output((8, 64), rows=True)
    program.kernel(
        MOVE + "fill_rm/device/kernels/dataflow/fill_rm_interleaved.cpp",
        arguments={"NC": 1, "H": 8, "W": 64, "fillH": 3, "fillW": 20, "val_hi": 0x3F80, "val_lo": 0x4000},
        dfb={}, tensors={"out": target}, scratch={"in0": 128, "in1": 128},
    )  # fmt: skip
    expected = np.full((8, 64), 2.0)
    expected[:3, :20] = 1
    real.equal("data_movement  fill of a corner", program, expected)


def test_arange(real: Any) -> None:
    program = real.program(cores=2)
    target = program.output((1, 128), "float32")
    program.buffer(16, 1, "float32")
    program.kernel(
        "moreh/moreh_arange/device/kernels/writer_moreh_arange.cpp", words=[target],
        args=lambda core: [target, 2 * core, 2, bits_of(3.0), bits_of(0.5)], defines={"OUTPUT_DTYPE_FLOAT32": "1"},
    )  # fmt: skip
    real.equal("data_movement  moreh arange", program, 3 + 0.5 * np.arange(128.0)[None])


def test_embedding(real: Any) -> None:
    weights = real.data(50, 64)
    tokens = real.generator.integers(0, 50, (4, 8)).astype(np.uint32)
    program = real.program()
    index, table = program.input(tokens, "uint32", rows=True), program.input(weights, rows=True)
    target = program.output((4, 8, 64), rows=True)
    program.buffer(0, 2, page=128)
    program.kernel(
        "embedding/device/kernels/dataflow/embeddings.cpp",
        constants={"input_page_size": 32, "weight_stick_size": 128, "rows_per_block": 8, "input_block_size_bytes": 32,
                   "chunk_size": 128, "num_chunks": 1, "last_chunk_size": 128},
        arguments={"batch_offset": 0, "weights_offset": 0, "num_rows": 32, "index_idx": 0},
        dfb={"in0": 0}, tensors={"input": index, "weights": table}, scratch={"in1": 32},
    )  # fmt: skip
    write(program, target, 32, 0)
    real.equal("data_movement  embedding", program, weights[tokens])


def test_argmax(real: Any) -> None:
    x = real.data(6, 64)
    program = real.program()
    source, target = program.input(x, rows=True), program.output((1, 6), "uint32", rows=True)
    program.buffer(0, 1, page=128)
    program.kernel(
        "reduction/argmax/device/kernels/reader_argmax_interleaved_metal2.cpp",
        constants={"src_page_size": 128, "dst_page_size": 24, "outer_dim_units": 1, "inner_dim_units": 6,
                   "red_dim_units": 64, "reduce_all": 0},
        dfb={"src": 0}, tensors={"src": source, "dst": target}, scratch={"dst": 64},
    )  # fmt: skip
    real.equal("reduction      argmax of rows", program, x.argmax(-1)[None])
