"""Test inputs: seeded, of several kinds, inside the contract's domain, rounded to the tensor's dtype.

Each kind lets another class of wrong implementation show: `randn` most of them; `row_affine` (each row its own scale
and shift) a statistic or scalar taken from the wrong row; `heavy_tailed` lost range and wrong accumulation; `edge`
signs, zeros, bounds of the domain, saturation, and the ends of the format.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.kit.contract import Array, Case, Contract, Dtypes, Input, Parameter, Scalar
from op_pipeline.gates.kit.extremes import where_all, with_extremes
from op_pipeline.gates.kit.lines import Lines, distinct
from op_pipeline.gates.shapes import draw_shapes, units_of
from op_pipeline.spec.expression import is_elementwise, moves_only

# Without a domain values stay in here: exp and powers of them are finite in every format.
FREE = (-20.0, 20.0)
WIDE = (-(2.0**16), 2.0**16)  # for numbers that are moved only
LARGEST = {"bfloat16": 2.0**127, "float32": 2.0**127}
EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 2.0**-6, -(2.0**-6), 10.0, -10.0)


def generator(*words: str) -> np.random.Generator:
    """A generator that depends on all words, the same on every machine."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256("\0".join(words).encode()).digest()[:16], "big"))


@dataclass(frozen=True)
class Sample:
    """One call: arrays by input name as the tensors will hold them (bfloat16 as float32), and parameter values."""

    case: Case
    dtypes: Dtypes
    kind: str
    arrays: dict[str, Array]
    parameters: dict[str, Scalar]


def sample(contract: Contract, case: Case, dtypes: Dtypes, kind: str, seed: str) -> Sample:
    """Draw the inputs and parameters of one call.

    `edge` inputs may hit a pole that the domain leaves in: where the golden is not finite, or beyond a quarter of what
    the output's dtype can hold, an ordinary draw stands instead. Where it does no harm, numbers at the ends of the
    format are among them (extremes.py), or lines that reductions go wrong on (lines.py); what is only moved differs in
    every element.
    """
    rng = generator(seed, case.label, dtypes.label, kind)
    parameters = parameter_values(contract, kind, seed)
    arrays = _drawn(contract, case, dtypes, kind, rng)
    if kind == "edge":
        arrays = _edged(contract, case, dtypes, arrays, parameters, rng)
    return Sample(case, dtypes, kind, arrays, parameters)


def _drawn(contract: Contract, case: Case, dtypes: Dtypes, kind: str, rng: np.random.Generator) -> dict[str, Array]:
    return {
        item.name: draw(item, case.shapes[item.name], dtypes.inputs[item.name], kind, rng) for item in contract.inputs
    }


def _edged(  # noqa: PLR0917 - a call and what it is drawn with
    contract: Contract,
    case: Case,
    dtypes: Dtypes,
    arrays: dict[str, Array],
    parameters: dict[str, Scalar],
    rng: np.random.Generator,
) -> dict[str, Array]:
    """The `edge` inputs of a call as an honest kernel can take them."""
    expression = contract.expression
    if expression is not None and moves_only(expression):
        return {item.name: _distinct(item, case, dtypes, rng) for item in contract.inputs}
    one_shape = all(shape == case.output_shape for shape in case.shapes.values())
    elementwise = one_shape if expression is None else is_elementwise(expression)

    def usable(values: dict[str, Array]) -> Array:
        with np.errstate(invalid="ignore"):
            return np.asarray(np.abs(contract.expected(values, parameters)) < LARGEST.get(dtypes.output, np.inf) / 4)

    usual, good = _drawn(contract, case, dtypes, "randn", rng), usable(arrays)
    if elementwise:
        chosen = {name: np.where(where_all(good, array.shape), array, usual[name]) for name, array in arrays.items()}
        # With broadcasting another pair may have come together.
        return with_extremes(contract, chosen if usable(chosen).all() else usual, parameters, dtypes, rng)
    whole = arrays if good.all() else usual
    return whole if expression is None else Lines(contract, dtypes, parameters).put(whole, rng)


def _distinct(item: Input, case: Case, dtypes: Dtypes, rng: np.random.Generator) -> Array:
    dtype, shape = dtypes.inputs[item.name], case.shapes[item.name]
    if dtype in numerics.INTEGER_RANGE:
        least, greatest = item.domain or numerics.INTEGER_RANGE[dtype]
        return numerics.round_to(rng.integers(int(least), int(greatest), shape, endpoint=True), dtype)
    return distinct(shape, dtype, *(_bounds(item, dtype) if item.domain else WIDE), rng)


def hidden_case(contract: Contract, seed: str) -> Case | str:
    """Shapes that the contract allows and does not list; a text with the reason when none follows from it.

    See `shapes` for what ties sizes to one another.
    """
    cases = [case.shapes for case in contract.cases.values()]
    units = units_of(cases, {item.name: item.layout for item in contract.inputs})
    drawn = draw_shapes(contract.rules, cases, units, generator(seed, "hidden shape"))
    return drawn.reason if drawn.shapes is None else Case("hidden", drawn.shapes, drawn.output)


def draw(item: Input, shape: tuple[int, ...], dtype: str, kind: str, rng: np.random.Generator) -> Array:
    """One input's values. Raises ValueError for an unknown kind or dtype."""
    if dtype in numerics.INTEGER_RANGE:
        return _integers(item, shape, dtype, rng)
    low, high = _bounds(item, dtype)
    values = {"randn": _randn, "row_affine": _row_affine, "heavy_tailed": _heavy_tailed, "edge": _edge}[kind](
        rng, shape, low, high, item.domain is not None
    )
    return numerics.round_to(np.clip(numerics.round_to(values, dtype), low, high), dtype)


def parameter_values(contract: Contract, kind: str, seed: str) -> dict[str, Scalar]:
    """The usual values with `randn`; other legal ones with the other kinds, so that none can be hard-coded."""
    if kind == "randn":
        return {item.name: item.usual for item in contract.parameters}
    rng = generator(seed, "parameters", kind)
    return {item.name: _other(item, rng) for item in contract.parameters}


def _other(item: Parameter, rng: np.random.Generator) -> Scalar:
    if item.type == "bool":
        return not item.usual
    if item.range is not None:
        low, high = item.range
        if item.type == "int":
            choices = np.arange(math.ceil(low), math.floor(min(high, low + 2**10)) + 1)
            # With 0 or 1 many formulas collapse to their input, which a kernel without the formula returns too.
            telling = choices[~np.isin(choices, (0, 1, item.usual))]
            return int(rng.choice(telling if telling.size else choices))
        return float(np.float32(low + (min(high, low + 16.0) - low) * rng.uniform(0.1, 0.9)))
    if item.type == "int":
        return int(item.usual) + 1
    usual = float(item.usual)
    return float(np.float32(usual * rng.uniform(0.6, 1.6) if usual else rng.uniform(0.1, 0.5)))


def _integers(item: Input, shape: tuple[int, ...], dtype: str, rng: np.random.Generator) -> Array:
    """Within the domain; where that holds no number of the dtype the tensor is one to be refused, its values any."""
    least, greatest = numerics.INTEGER_RANGE[dtype]
    low, high = item.domain or (0, 100)
    first, last = math.ceil(max(low, least)), math.floor(min(high, greatest))
    if first > last:
        first, last = 0, 100
    return numerics.round_to(rng.integers(first, last + 1, shape), dtype)


def _bounds(item: Input, dtype: str) -> tuple[float, float]:
    """The domain, its ends moved inwards to numbers of the dtype."""
    if item.domain is None:
        return FREE
    low, high = item.domain
    step = {"bfloat16": 2.0**-8, "bfloat8_b": 2.0**-6, "bfloat4_b": 2.0**-2}.get(dtype, 2.0**-24)
    inner_low, inner_high = (float(numerics.round_to(np.asarray(value), dtype)) for value in (low, high))
    if inner_low < low:
        inner_low = float(numerics.round_to(np.asarray(low + 2 * step * abs(low)), dtype))
    if inner_high > high:
        inner_high = float(numerics.round_to(np.asarray(high - 2 * step * abs(high)), dtype))
    return inner_low, inner_high


def _positive_wide(low: float, high: float) -> bool:
    return low >= 0 and high > 64 * max(low, 2.0**-10)


def _randn(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float, bounded: bool) -> Array:
    values = rng.standard_normal(shape)
    if not bounded or (low <= -3 and high >= 3):
        return values
    if _positive_wide(low, high):
        return np.exp(values) + low  # most formulas live near 1, not in the middle of a wide range
    return (low + high) / 2 + (high - low) / 5 * values


def _row_affine(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float, bounded: bool) -> Array:
    rows = (*shape[:-1], 1)
    values = rng.standard_normal(shape)
    if not bounded or (low <= -3 and high >= 3):
        return values * rng.uniform(0.25, 4.0, rows) + rng.uniform(-3.0, 3.0, rows)
    if _positive_wide(low, high):
        return np.exp(0.5 * values + rng.uniform(-1.5, 1.5, rows)) + low
    span = high - low
    return low + span * (rng.uniform(0.25, 0.75, rows) + rng.uniform(0.02, 0.1, rows) * values)


def _heavy_tailed(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float, bounded: bool) -> Array:
    tail = rng.standard_t(2.0, shape)
    if not bounded or (low <= -3 and high >= 3):
        return np.clip(tail, max(low, FREE[0]), min(high, FREE[1]))
    if _positive_wide(low, high):
        least = max(low, min(high, 1.0) / 64)
        return np.exp(rng.uniform(math.log(least), math.log(min(high, 1e4)), shape))
    return (low + high) / 2 + (high - low) / 12 * tail


def _edge(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float, bounded: bool) -> Array:
    values = _randn(rng, shape, low, high, bounded)
    ends = [low, high] if bounded and max(abs(low), abs(high)) <= 1e4 else []
    edges = np.asarray([value for value in (*EDGES, *ends) if low <= value <= high] or [(low + high) / 2])
    chosen = rng.random(shape) < 0.5
    return np.where(chosen, rng.choice(edges, shape), values)
