"""Whether exchanging two inputs changes what an operation has to compute: if not, an exchange is no mistake."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from op_pipeline.errors import ConfigError
from op_pipeline.spec import Spec
from op_pipeline.spec.golden import golden

SHAPE = (32, 32)
FREE = (-4.0, 4.0)


def symmetric(spec: Spec, first: str, second: str) -> bool:
    """Whether the golden gives the same on 1024 random values when the two inputs are exchanged."""
    one, two = (next(item for item in spec.inputs if item.name == name) for name in (first, second))
    if one.dtypes != two.dtypes or any(len(set(case)) > 1 for case in spec.shapes):
        return False
    rng = np.random.default_rng(20261121)
    values = {item.name: rng.uniform(*(item.domain or FREE), SHAPE) for item in spec.inputs}
    parameters = {item.name: _other(item.value(), item.range) for item in spec.parameters}
    exchanged = {**values, first: values[second], second: values[first]}
    try:
        compute = golden(spec)
        with np.errstate(all="ignore"):
            return bool(
                np.allclose(compute(values, parameters), compute(exchanged, parameters), rtol=1e-9, equal_nan=True)
            )
    except ConfigError:
        return False


def symmetric_pair(spec: Spec) -> tuple[str, str] | None:
    """The first two inputs that can be exchanged."""
    pairs = combinations(spec.input_names, 2)
    return next((pair for pair in pairs if symmetric(spec, *pair)), None)


def _other(usual: float | int | bool, bounds: tuple[float, float] | None) -> float | int | bool:  # noqa: PYI041
    """A value that is neither the usual one nor one that makes terms vanish."""
    if isinstance(usual, bool) or bounds is None:
        return usual
    middle = bounds[0] + 0.37 * (bounds[1] - bounds[0])
    return int(middle) if isinstance(usual, int) else middle
