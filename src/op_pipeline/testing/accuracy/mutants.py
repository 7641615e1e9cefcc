"""Outputs of wrong kernels: what each would have written, made from the inputs and the right result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from op_pipeline import numerics
from op_pipeline.spec.emulated import emulate
from op_pipeline.spec.evaluate import apply, evaluate
from op_pipeline.spec.expression import REDUCTIONS, Call, Expr, Input, Number, Parameter, walk
from op_pipeline.testing.accuracy.operations import Operation

Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True)
class Run:
    """One call of an operation: inputs as tensors hold them, the golden, and an honest result in the output's dtype."""

    operation: Operation
    dtype: str
    kind: str
    arrays: Mapping[str, Array]
    golden: Array
    honest: Array

    @property
    def first(self) -> Array:
        """The first input."""
        return self.arrays[self.operation.inputs[0]]

    def formula(self, text: str) -> Array:
        """Another formula on the same inputs, rounded as honestly."""
        return emulate(self.operation.expr(text), self.arrays, {}, output_dtype=self.dtype).values


def outputs(run: Run) -> dict[str, Array]:
    """Output by name of the mutant, those that this operation, shape and dtype can have."""
    found = {name: make(run) for name, make in WHERE.items()}
    found |= {name: make(run) for name, make in WHAT.items()}
    found |= {name: run.formula(text) for name, text in run.operation.wrong.items()}
    found |= _precision(run)
    if run.operation.matrix_unit and run.operation.category != "matmul":
        found |= _statistics(run)
    shape = run.golden.shape
    inputs = [array for array in run.arrays.values() if array.shape == shape]
    if inputs and not np.array_equal(inputs[0], run.golden):
        found["identity"] = inputs[0]
    if len(inputs) > 1:
        found["other input returned"] = inputs[1]
    with np.errstate(all="ignore"):
        return {name: np.asarray(numerics.round_to(array, run.dtype)) for name, array in found.items()}


def _edited(run: Run, index: Any, value: float = 0.0) -> Array:
    changed = np.array(run.honest, dtype=np.float64)
    changed[index] = value
    return changed


def _half(run: Run) -> Array:
    return _edited(run, (slice(run.honest.shape[-2] // 2, None),))


def _stale(run: Run) -> Array:
    """The last tile holds what the one before it in memory holds; of a single tile, nothing."""
    rows, columns = run.honest.shape[-2:]
    last = ((rows - 1) // 32 * 32, (columns - 1) // 32 * 32)
    before = (last[0], last[1] - 32) if last[1] else (last[0] - 32, last[1])
    height, width = rows - last[0], columns - last[1]
    changed = np.array(run.honest, dtype=np.float64)
    source = changed[before[0] :, before[1] :][:height, :width] if min(before) >= 0 else np.zeros((height, width))
    changed[last[0] :, last[1] :] = source
    return changed


def _faces(run: Run) -> Array:
    """Faces two and three of the first tile in each other's place."""
    changed = np.array(run.honest, dtype=np.float64)
    right, below = changed[:16, 16:32].copy(), changed[16:32, :16].copy()
    height, width = min(right.shape[0], below.shape[0]), min(right.shape[1], below.shape[1])
    if not height or not width:
        return np.flip(changed, axis=-2)  # one column: its faces upside down
    changed[:height, 16 : 16 + width] = below[:height, :width]
    changed[16 : 16 + height, :width] = right[:height, :width]
    return changed


def _last_tile(run: Run) -> Array:
    return _edited(run, tuple(slice((extent - 1) // 32 * 32, None) for extent in run.honest.shape))


def _one_row(run: Run) -> Array:
    changed = np.array(run.honest, dtype=np.float64)
    changed[5] *= 1.04
    return changed


def _noise(run: Run) -> Array:
    return run.honest * (1 + 0.05 * np.random.default_rng(1).standard_normal(run.honest.shape))


# Right numbers in the wrong place, or none.
WHERE: dict[str, Callable[[Run], Array]] = {
    "zeros": lambda run: run.honest * 0,
    "half the work": _half,
    "last tile zero": _last_tile,
    "last tile stale": _stale,
    "last row zero": lambda run: _edited(run, (-1,)),
    "last column zero": lambda run: _edited(run, (slice(None), -1)),
    "rows rolled by one": lambda run: np.roll(run.honest, 1, axis=-2),
    "faces swapped": _faces,
    "row 0 everywhere": lambda run: np.broadcast_to(run.honest[:1], run.honest.shape),
}
# Wrong numbers.
WHAT: dict[str, Callable[[Run], Array]] = {
    "constant (mean)": lambda run: np.full_like(run.honest, run.honest.mean()),
    "constant (median)": lambda run: np.full_like(run.honest, np.median(run.honest)),
    "scaled by 1.07": lambda run: run.honest * 1.07,
    "scaled by 1.02": lambda run: run.honest * 1.02,
    "negated": lambda run: -run.honest,
    "one row scaled by 1.04": _one_row,
    "5 % noise": _noise,
    "one NaN": lambda run: _edited(run, (3, 0), np.nan),
    "one infinity": lambda run: _edited(run, (3, 0), np.inf),
}


def _precision(run: Run) -> dict[str, Array]:
    expr = run.operation.expr()
    narrow = emulate(expr, run.arrays, {}, output_dtype=run.dtype, wide=False).values
    if run.dtype == "bfloat16":
        exact = evaluate(expr, run.arrays, {})
        cut: dict[str, Array] = {"bfloat16 cut, not rounded": numerics.cut_bfloat16(exact)}
        return cut | ({"bfloat16 running sum": _hooked(expr, run.arrays, _running)} if _long_sum(run) else {})
    found: dict[str, Array] = {
        "result rounded to bfloat16": numerics.round_bfloat16(run.honest),
        "result cut to bfloat16": numerics.cut_bfloat16(run.honest),
    }
    if _rounds(expr):
        found["16-bit DST"] = narrow
    if not run.operation.matrix_unit:  # there the device itself has no more
        found["result rounded to TF32"] = numerics.round_tf32(run.honest)
        found["inputs cut to TF32"] = evaluate(
            expr, {name: numerics.cut_tf32(array) for name, array in run.arrays.items()}, {}
        )
    return found


def _long_sum(run: Run) -> bool:
    return run.first.shape[-1] >= 1024 and any(
        isinstance(node, Call) and node.function in {"sum", "mean", "matmul"} for node in walk(run.operation.expr())
    )


def _rounds(expr: Expr) -> bool:
    return any(isinstance(node, Call) and node.function not in {"relu", "abs", "max", "min"} for node in walk(expr))


def _statistics(run: Run) -> dict[str, Array]:
    """A row's statistic taken from row 0, or over the tile's padding, which holds 1000 or zeros.

    Zeros do no harm to a sum; what computes the same is no mutant.
    """
    expr, width = run.operation.expr(), run.first.shape[-1]
    found = {"statistic of row 0": _hooked(expr, run.arrays, _row_zero)}
    if width % 32:
        for name, value in (("padding leaked (1000)", 1000.0), ("padding counted (0)", 0.0)):
            found[name] = _hooked(expr, run.arrays, _Padded(value, -width % 32))
    return {name: array for name, array in found.items() if not np.allclose(array, run.golden, rtol=1e-9, atol=1e-12)}


def _row_zero(node: Call, arguments: list[Array]) -> Array:
    result = np.asarray(apply(node, arguments))
    return np.broadcast_to(result[:1], result.shape)


def _running(node: Call, arguments: list[Array]) -> Array:
    """A sum in bfloat16, term by term."""
    if node.function not in {"sum", "mean", "matmul"}:
        return np.asarray(apply(node, arguments))
    if node.function == "matmul":
        left, right = arguments
        terms = (left[:, [k]] * right[[k]] for k in range(left.shape[-1]))
    else:
        terms = (arguments[0][:, [k]] for k in range(arguments[0].shape[-1]))
    total: Array = np.zeros(())
    for term in terms:
        total = np.asarray(numerics.round_bfloat16(total + term), dtype=np.float64)
    return total / arguments[0].shape[-1] if node.function == "mean" else total


@dataclass(frozen=True)
class _Padded:
    value: float
    columns: int

    def __call__(self, node: Call, arguments: list[Array]) -> Array:
        wide = np.pad(arguments[0], ((0, 0), (0, self.columns)), constant_values=self.value)
        return np.asarray(apply(node, [wide]))


def _hooked(expr: Expr, arrays: Mapping[str, Array], reduce: Callable[[Call, list[Array]], Array]) -> Array:
    """The formula with another way to reduce."""
    known: dict[int, Array] = {}
    with np.errstate(all="ignore"):
        for node in walk(expr):
            match node:
                case Input():
                    value = np.asarray(arrays[node.name], dtype=np.float64)
                case Number():
                    value = np.asarray(node.value)
                case Parameter():
                    raise ValueError(node.name)
                case Call():
                    arguments = [known[id(argument)] for argument in node.arguments]
                    reduced = node.function in (*REDUCTIONS, "matmul")
                    value = reduce(node, arguments) if reduced else np.asarray(apply(node, arguments))
            known[id(node)] = value
    return known[id(expr)]
