"""What the compute kernel of stage 6 writes while the formula is missing: something that is clearly not the result."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from op_pipeline.spec import InputSpec, Spec, golden
from op_pipeline.spec.expression import is_elementwise
from op_pipeline.spec.formula import parse
from op_pipeline.spec.model import Scalar
from op_pipeline.spec.shapes import Shape

CLEARLY_WRONG = 0.3
"""Relative L2 error from which a stub cannot be taken for the operation: the loosest tolerance a spec may state."""
MAX_ASSIGNMENTS = 64
ROUNDED = 1e-9
"""What is left in float64 of a difference that is zero."""


def stub_fill(spec: Spec, *, may_pass: bool = True) -> str | None:
    """What the stub writes: None for the first input, if it `may_pass` and has the output's shape, else a literal.

    A stub that comes near the golden would make stage 7 green before its kernel exists. Gates draw other parameters
    than the defaults, and `x + steps` is the identity for 0 steps; so each candidate is judged by the parameters that
    suit it best, and the first that is clearly wrong even then is taken. Where elements mix, constant inputs count,
    too: a tensor without its mean is zero then.
    """
    random = np.random.default_rng(0)
    shapes = _shapes(spec)
    inputs = {
        item.name: random.uniform(*item.domain, shape) if item.domain is not None else random.standard_normal(shape)
        for item, shape in zip(spec.inputs, shapes, strict=True)
    }
    compute = golden(spec)
    draws = [inputs]
    if not is_elementwise(parse(str(spec.formula), spec.input_names, spec.parameter_names)):
        draws.append({item.name: np.full_like(inputs[item.name], _inside(item)) for item in spec.inputs})
    expected = [compute(drawn, values) for drawn in draws for values in _assignments(spec)]
    candidates: dict[str | None, np.ndarray] = {}
    if may_pass and len({*shapes, expected[0].shape}) == 1:
        candidates[None] = inputs[spec.inputs[0].name]
    candidates |= {f"{value}f": np.full(expected[0].shape, value) for value in (0.0, 1.0, 2.0)}
    errors = {fill: min(_relative_error(values, one) for one in expected) for fill, values in candidates.items()}
    wrong = (fill for fill, error in errors.items() if error > CLEARLY_WRONG)
    return next(wrong, max(errors, key=lambda fill: errors[fill]))


def _inside(item: InputSpec) -> float:
    low, high = item.domain or (0.0, 1.0)
    return low + 0.7 * (high - low)


def _relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    expected = np.where(np.abs(expected) < ROUNDED, 0.0, expected)
    finite = np.isfinite(expected)
    error = float(np.linalg.norm((actual - expected)[finite]))
    size = float(np.linalg.norm(expected[finite]))
    return error / size if size else (np.inf if error else 0.0)


def _assignments(spec: Spec) -> Iterator[dict[str, Scalar]]:
    """Parameter values at which formulas degenerate: the default, 0, 1 and the ends of the range."""
    options: list[list[Scalar]] = []
    for item in spec.parameters:
        low, high = item.range or (-math.inf, math.inf)
        ends = [bound for bound in (low, high) if math.isfinite(bound)]
        values = [item.value(), *(value for value in (0, 1, *ends) if low <= value <= high)]
        options.append([{"bool": bool, "int": int, "float": float}[item.type](value) for value in values])
    choices = itertools.product(*(dict.fromkeys(values) for values in options))
    for choice in itertools.islice(choices, MAX_ASSIGNMENTS):
        yield dict(zip(spec.parameter_names, choice, strict=True))


def _shapes(spec: Spec) -> tuple[Shape, ...]:
    """Shapes to judge candidates on: 64×64 where one shape serves all inputs, else the smallest case."""
    expression = parse(str(spec.formula), spec.input_names, spec.parameter_names)
    alike = all(len(set(case)) == 1 and spec.output_shape(case) == case[0] for case in spec.shapes)
    if alike and is_elementwise(expression):
        return ((64, 64),) * len(spec.inputs)
    return min(spec.shapes, key=lambda case: sum(math.prod(shape) for shape in case))
