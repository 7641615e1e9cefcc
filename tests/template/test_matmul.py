"""Matrix products: what is generated for which formula, and what is refused by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from op_pipeline.backends.template import generate
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec

WriteSpec = Callable[..., Spec]
A = {"name": "a", "dtypes": ["bfloat16"], "rank": [2, 2]}
B = {"name": "b", "dtypes": ["bfloat16"], "rank": [2, 2]}
C = {"name": "c", "dtypes": ["bfloat16"], "rank": [2, 2]}
SHAPES = [[[64, 96], [96, 128]]]
OUTPUT = {"shape": "[a.shape[0], b.shape[1]]", "dtype": "a.dtype"}


@pytest.fixture
def product(write_spec: WriteSpec) -> Callable[..., Spec]:
    """Spec of a formula over a 64×96 and a 96×128 matrix, and c if it is given a shape."""

    def make(formula: str, c: list[int] | None = None, **changes: Any) -> Spec:
        inputs, shapes = [A, B], SHAPES
        if c is not None:
            inputs, shapes = [A, B, C], [[*SHAPES[0], c]]
        values = {"category": "matmul", "inputs": inputs, "shapes": shapes, "output": OUTPUT, "formula": formula}
        return write_spec(**values | changes)

    return make


def kernel(spec: Spec, stage: int, part: str) -> str:
    return next(text for name, text in generate(spec, stage).items() if part in name)


def test_the_plain_product_is_packed_as_it_is(product: Callable[..., Spec]) -> None:
    text = kernel(product("matmul(a, b)"), 7, "compute/")
    assert text.count("matmul_block_init(") == 1
    assert "reconfig" not in text
    assert text.index("tile_regs_acquire") < text.index("matmul_block(\n") < text.index("tile_regs_commit")
    assert "cb_product" not in text


def test_a_chain_of_calls_is_applied_in_dst(product: Callable[..., Spec]) -> None:
    text = kernel(product("relu(matmul(a, b) * 0.5)"), 7, "compute/")
    assert "cb_product" not in text
    calls = [text.index(call) for call in ("matmul_block(\n", "mul_unary_tile(tile", "relu_tile(tile)", "regs_commit")]
    assert calls == sorted(calls)


@pytest.mark.parametrize(
    ("shape", "spread"), [([64, 128], ""), ([1, 128], "ROW"), ([64, 1], "COL"), ([1, 1], "SCALAR")]
)
def test_what_is_added_spreads_as_its_shape_says(shape: list[int], spread: str, product: Callable[..., Spec]) -> None:
    spec = product("matmul(a, b) + c", shape)
    text, reader = kernel(spec, 7, "compute/"), kernel(spec, 6, "reader_")
    assert (f"unary_bcast<BroadcastType::{spread}>(cb_c_id, 0, 1)" in text) == bool(spread)
    assert ("copy_tile(cb_c_id, 0, 1)" in text) == (not spread)
    page = {
        "": "batch * c_batch_tiles + m * n_tiles + n",
        "ROW": "n",
        "COL": "batch * c_batch_tiles + m",
        "SCALAR": "0",
    }
    assert f"{{.page_id = {page[spread]}}}" in reader


def test_a_transposed_operand_is_turned_by_the_unpacker(product: Callable[..., Spec]) -> None:
    spec = product(
        "matmul(a, transpose(b, -1, -2))", shapes=[[[64, 96], [128, 96]]],
        output={"shape": "[a.shape[0], b.shape[0]]", "dtype": "a.dtype"},
    )  # fmt: skip
    assert "constexpr uint32_t transpose_b = 1;" in kernel(spec, 7, "compute/")
    reader = kernel(spec, 6, "reader_")
    assert "b_start + n * k_tiles + k" in reader
    assert "mask(address, b_tile_bytes, 32, k_remainder)" in reader


def test_shapes_are_checked_where_all_ranks_are_known(product: Callable[..., Spec]) -> None:
    text = kernel(product("matmul(a, b) + c", [1, 128]), 2, "device_operation.cpp")
    inner = text.index("input 'b' must have a shape whose height is the width of input 'a'")
    assert text.index("input 'b' must have rank 2") < inner
    assert text.index("input 'c' must have rank 2") < text.index("input 'c' must have a shape of one row")


@pytest.mark.parametrize(
    ("formula", "c", "construct"),
    [
        ("matmul(a, b) + matmul(a, exp(b))", None, "a second matmul(…)"),
        ("matmul(exp(a), b)", None, "exp(…) as an operand of matmul(…)"),
        ("matmul(a, b) + sum(a)", None, "'a' inside and outside of matmul(…)"),
        ("matmul(a, b) + sum(c)", [64, 128], "the reduction sum(…)"),
        ("matmul(a, b) * transpose(c, 0, 1)", [128, 64], "the shapes of 'c' beside the product"),
    ],
)
def test_what_it_cannot_multiply_is_named(
    formula: str, c: list[int] | None, construct: str, product: Callable[..., Spec]
) -> None:
    with pytest.raises(UnsupportedSpecError) as caught:
        generate(product(formula, c), 0)
    assert caught.value.construct == construct


def test_the_first_operand_is_not_transposed(product: Callable[..., Spec]) -> None:
    spec = product(
        "matmul(transpose(a, 0, 1), b)", shapes=[[[96, 64], [96, 128]]],
        output={"shape": "[a.shape[1], b.shape[1]]", "dtype": "a.dtype"},
    )  # fmt: skip
    with pytest.raises(UnsupportedSpecError, match=r"matmul\(transpose\(…\), …\): the matrix unit transposes"):
        generate(spec, 0)
