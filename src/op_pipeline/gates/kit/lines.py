"""Edge inputs of operations that mix elements: lines that sums and maxima go wrong on, and elements that all differ.

A line is what a reduction goes along. The kinds of lines, each a way in which real kernels were wrong: `negative` (a
maximum that starts from 0), `constant` (no variance: what epsilon is for), `offset` (away from zero: variance in one
pass), `far` (exponentials overflow unless the maximum is taken off), `lone` (one element makes up the sum). A tolerance
cannot ask all of them of every operation: the mean of a constant line in 10 bits is not the line. A kind is used where
a reference in the device's precision takes it well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.kit.contract import Array, Contract, Dtypes, Input, Scalar
from op_pipeline.spec.emulated import emulate
from op_pipeline.spec.expression import REDUCTIONS, Call, walk

KINDS = ("negative", "constant", "offset", "far", "lone")
FREE = (-200.0, 200.0)
SHARE = 0.5  # of a limit that the reference may use up
# Where the limit is still to be measured: as often the error of ordinary inputs, or this share of the least limit.
TIMES, OF_LEAST = 2.0, 1 / 3
_LARGEST_VALUE = 2.0**125
LARGEST = 1 << 17  # elements; the smaller cases are enough to tell


def axes_of(contract: Contract) -> tuple[tuple[int, ...], ...]:
    """Sets of axes, counted from the end, along which the formula reduces; () where it does not or is unknown."""
    if contract.expression is None:
        return ()
    found: dict[tuple[int, ...], None] = {}
    for node in walk(contract.expression):
        if isinstance(node, Call) and node.function in REDUCTIONS:
            axes = node.option("axis")
            if isinstance(axes, tuple) and all(axis < 0 for axis in axes):
                found[tuple(sorted(axes))] = None
    return tuple(found)


@dataclass(frozen=True)
class Lines:
    """Puts lines into the arrays of a call of one contract."""

    contract: Contract
    dtypes: Dtypes
    parameters: Mapping[str, Scalar]

    def put(self, arrays: Mapping[str, Array], rng: np.random.Generator) -> dict[str, Array]:
        """The arrays with some lines replaced; as they were where the formula reduces nothing, or no kind is fit."""
        usual = dict(arrays)
        large = sum(array.size for array in usual.values()) > LARGEST
        if large or self.dtypes.output not in {"bfloat16", "float32"} or not axes_of(self.contract):
            return usual
        bound = self._bound(usual)
        found = usual
        for axes in axes_of(self.contract):
            for kind in KINDS:
                proposed = {
                    item.name: self._with(item, found[item.name], axes, kind, rng) for item in self.contract.inputs
                }
                if self._error(proposed) <= bound:
                    found = proposed
        return found

    def _bound(self, usual: Mapping[str, Array]) -> float:
        limits = self.contract.data["tolerance"].get(self.dtypes.output)
        if limits is not None:
            return SHARE * float(limits["rel_l2"])
        return max(TIMES * self._error(usual), OF_LEAST * numerics.MEASURED_LEAST[self.dtypes.output])

    def _error(self, arrays: Mapping[str, Array]) -> float:
        """The relative L2 limit that the reference would just meet; infinite where the golden is not finite."""
        wanted = self.contract.expected(arrays, self.parameters)
        if not np.isfinite(wanted).all() or np.abs(wanted).max(initial=0.0) > _LARGEST_VALUE:
            return float("inf")
        got = emulate(self.contract.expression, arrays, self.parameters, output_dtype=self.dtypes.output).values
        limits = numerics.LOOSEST
        verdict = numerics.compare(
            got, wanted, pcc_limit=limits.pcc, rel_l2_limit=limits.rel_l2, dtype=self.dtypes.output
        )
        return verdict.needed() if verdict else float("inf")

    def _with(self, item: Input, array: Array, axes: tuple[int, ...], kind: str, rng: np.random.Generator) -> Array:
        """One in eight of an input's lines replaced by lines of this kind, inside the domain."""
        inside = tuple(axis for axis in axes if -axis <= array.ndim)
        dtype = self.dtypes.inputs[item.name]
        if not inside or dtype not in {"bfloat16", "float32"} or all(array.shape[axis] == 1 for axis in inside):
            return array
        low, high = item.domain or FREE
        chosen = (
            rng.random([1 if axis - array.ndim in inside else size for axis, size in enumerate(array.shape)]) < 1 / 8
        )
        lines = np.clip(_line(kind, array, chosen.shape, rng), low, high)
        return np.where(chosen, numerics.round_to(lines, dtype), array).astype(array.dtype)


def _line(kind: str, array: Array, line: tuple[int, ...], rng: np.random.Generator) -> Any:
    values = rng.standard_normal(array.shape)
    if kind == "negative":
        return -np.abs(values) - rng.uniform(0.5, 3.0, line)
    if kind == "constant":
        return np.broadcast_to(rng.uniform(-4.0, 4.0, line), array.shape)
    if kind == "offset":
        return values + rng.choice((-1.0, 1.0), line) * rng.uniform(8.0, 14.0, line)
    if kind == "far":
        return values + rng.choice((-1.0, 1.0), line) * rng.uniform(100.0, 140.0, line)
    return np.where(rng.random(array.shape) < 2 / max(array.shape[-1], 2), 10.0 * values, 0.0)


def distinct(shape: tuple[int, ...], dtype: str, low: float, high: float, rng: np.random.Generator) -> Array:
    """Floats between 2^-16 and 2^16 that all differ, as far as the format has enough of them: a wrong order shows.

    What would be outside of the bounds is drawn evenly.
    """
    count = int(np.prod(shape))
    if dtype == "bfloat16":
        values = np.resize(rng.permutation(_bfloat16_numbers()), count)
    else:
        values = rng.choice((-1.0, 1.0), count) * 2.0 ** rng.uniform(-16.0, 16.0, count)
    inside = (values >= low) & (values <= high)
    return numerics.round_to(np.where(inside, values, rng.uniform(low, high, count)).reshape(shape), dtype)


def _bfloat16_numbers() -> Array:
    mantissas = 1 + np.arange(128) / 128
    positive = np.concatenate([mantissas * 2.0**exponent for exponent in range(-16, 16)])
    return np.concatenate([positive, -positive])
