"""Numbers at the ends of a format, put among the `edge` inputs where an honest kernel must get them right.

An element keeps them only where the golden stays finite, flushing denormals to zero changes nothing, and a reference in
the device's precision agrees: x·x overflows for everybody, and nobody is refused for it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from op_pipeline.gates.kit.contract import Array, Contract, Dtypes, Input, Scalar
from op_pipeline.numerics import LARGEST_FINITE, SMALLEST_NORMAL
from op_pipeline.numerics.compare import FAR
from op_pipeline.spec.emulated import emulate
from op_pipeline.spec.expression import COMPARISONS, Call, Expr, walk

SHARE = 1 / 8  # of the elements of each input
TINY = (0.0, -0.0, SMALLEST_NORMAL, -SMALLEST_NORMAL, 2.0**-130, -(2.0**-130), 2.0**-100, -(2.0**-100))
# Not the very end: the reciprocal of something larger is denormal, and a quotient is a product with a reciprocal.
HUGE = (2.0**100, -(2.0**100))
# These only choose among their arguments or flip a sign, and so must be right up to the last finite number.
CHOOSING = frozenset({"abs", "negative", "relu", "maximum", "minimum", "where", "clip", *COMPARISONS})
# Their argument has to be reduced to one period first, which no 24 bits of a huge number can tell.
PERIODIC = frozenset({"sin", "cos", "tan"})
# Elements whose result is between the usual and FAR would hide the others in every norm.
DOMINATES = 8.0


def with_extremes(
    contract: Contract,
    arrays: Mapping[str, Array],
    parameters: Mapping[str, Scalar],
    dtypes: Dtypes,
    rng: np.random.Generator,
) -> dict[str, Array]:
    """The arrays of an elementwise operation with some elements replaced.

    An input that is broadcast keeps a replaced element only where all elements of the output that it goes into agree.
    Unchanged when the golden is a Python file: what lies between its input and its result is not known.
    """
    if contract.expression is None or dtypes.output not in {"bfloat16", "float32"}:
        return dict(arrays)
    proposed = {
        item.name: _proposed(contract.expression, item, dtypes.inputs[item.name], arrays[item.name], rng)
        for item in contract.inputs
    }
    kept = _agreed(contract, arrays, proposed, parameters, dtypes.output)
    if all(array.shape == kept.shape for array in arrays.values()):
        return {name: np.where(kept, proposed[name], array).astype(array.dtype) for name, array in arrays.items()}
    # What an input keeps changes what another one meets: proposals are taken one input at a time.
    found = dict(arrays)
    for name, array in arrays.items():
        kept = _agreed(contract, arrays, {**found, name: proposed[name]}, parameters, dtypes.output)
        found[name] = np.where(where_all(kept, array.shape), proposed[name], array).astype(array.dtype)
    return found


def where_all(kept: npt.NDArray[np.bool_], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """By element of an input of `shape`, whether all elements of the output that it is broadcast into are kept."""
    if kept.shape == shape:
        return kept
    padded = (1,) * (kept.ndim - len(shape)) + shape
    axes = tuple(axis for axis, size in enumerate(padded) if size == 1 and kept.shape[axis] != 1)
    return np.asarray(kept.all(axis=axes, keepdims=True)).reshape(shape)


def candidates(expr: Expr, item: Input, dtype: str) -> tuple[float, ...]:
    """The extremes an input may hold: inside its domain, and none where neighbours share an exponent."""
    if dtype not in {"bfloat16", "float32"}:
        return ()
    functions = {node.function for node in walk(expr) if isinstance(node, Call)}
    values = TINY if functions & PERIODIC else (*TINY, *HUGE)
    if functions <= CHOOSING:
        values = (*values, LARGEST_FINITE[dtype], -LARGEST_FINITE[dtype])
    low, high = item.domain or (-np.inf, np.inf)
    return tuple(value for value in values if low <= value <= high)


def _proposed(expr: Expr, item: Input, dtype: str, array: Array, rng: np.random.Generator) -> Array:
    values = candidates(expr, item, dtype)
    chosen = rng.random(array.shape) < SHARE
    return np.where(chosen, rng.choice(values, array.shape), array) if values else array


def _agreed(
    contract: Contract,
    usual: Mapping[str, Array],
    proposed: Mapping[str, Array],
    parameters: Mapping[str, Scalar],
    output_dtype: str,
) -> npt.NDArray[np.bool_]:
    """Elements at which an honest kernel gives what the golden gives, and which hide no others."""
    with np.errstate(all="ignore"):
        wanted = contract.expected(proposed, parameters)
        flushed = contract.expected({name: _flushed(array) for name, array in proposed.items()}, parameters)
        got = emulate(contract.expression, proposed, parameters, output_dtype=output_dtype)
        # Choosing gives one of its arguments, else a last rounding upwards must not leave the format.
        moved = np.zeros(wanted.shape, dtype=bool)
        for array in proposed.values():
            moved |= np.abs(wanted) == np.abs(array)
        inside = moved | (got.ordinary & (np.abs(wanted) < LARGEST_FINITE[output_dtype] / 4))
        near = np.abs(got.values - wanted) <= 0.01 * np.abs(wanted) + SMALLEST_NORMAL
        stable = np.abs(flushed - wanted) <= 1e-6 * np.abs(wanted) + SMALLEST_NORMAL
        largest = np.abs(contract.expected(usual, parameters)).max(initial=0.0)
        size = np.abs(wanted)
        telling = (size <= DOMINATES * largest) | (size >= FAR)
    return np.asarray(np.isfinite(wanted) & inside & near & stable & telling)


def _flushed(array: Array) -> Array:
    return np.where(np.abs(array) < SMALLEST_NORMAL, 0.0, array)
