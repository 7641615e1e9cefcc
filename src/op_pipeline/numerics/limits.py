"""How near is near enough when a spec does not say: limits by the dtype of the output.

What the device can deliver decides. A vector-unit path keeps float32 whole, so an elementwise operation on float32 is
held to less than what one pass through 10 bits of mantissa costs; sums and products of the matrix unit read their
operands through such registers whatever the kernel does, and are held to that: a
reference run says how much it is. docs/accuracy.md has the measurements.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from op_pipeline.numerics.formats import BLOCK_FLOATS, INTEGER_RANGE


@dataclass(frozen=True)
class Limits:
    """Least pcc and least relative L2 error that is too much. A `rel_l2` of 0 means: equal in every element."""

    pcc: float
    rel_l2: float

    @property
    def exact(self) -> bool:
        """Whether every element must be equal."""
        return self.rel_l2 == 0

    def __str__(self) -> str:
        return "equal in every element" if self.exact else f"pcc ≥ {self.pcc:g} and relative L2 < {self.rel_l2:g}"


EXACT = Limits(1.0, 0.0)
BFLOAT16 = Limits(0.999, 0.02)
FLOAT32_VECTOR = Limits(0.99999, 0.0001)
# How much cut operands cost depends on what the sums cancel, and a block float's error on how unlike 16 neighbours are:
# such limits are a reference run's own error times this, and not less than the second.
MEASURED_HEADROOM = 3.0
MEASURED_LEAST = {"float32": 0.002, "bfloat8_b": 0.02, "bfloat4_b": 0.2}
LOOSEST = Limits(0.9, 0.3)  # what a spec may state


def default_limits(dtype: str, *, matrix_unit: bool = False) -> Limits | None:
    """Limits for an output of `dtype`; None where a reference run has to tell (`measured_limits`).

    `matrix_unit`: the formula holds a reduction or a matrix product. ValueError for an unknown name.
    """
    if dtype in INTEGER_RANGE:
        return EXACT
    if dtype in BLOCK_FLOATS:
        return None
    if dtype == "bfloat16":
        return BFLOAT16
    if dtype == "float32":
        return None if matrix_unit else FLOAT32_VECTOR
    raise ValueError(f"no limits for dtype {dtype!r}")


def measured_limits(dtype: str, error: float) -> Limits:
    """Limits from the relative L2 error that an honest reference has in this format."""
    limit = min(max(round_up(MEASURED_HEADROOM * error), MEASURED_LEAST[dtype]), LOOSEST.rel_l2)
    return Limits(pcc_for(limit), limit)


def pcc_for(rel_l2: float) -> float:
    """A pcc that an error of this size leaves room for: 1 - r², three digits of the difference at most.

    Uncorrelated noise of relative size r costs a pcc of r²/2, more where the values have a mean.
    """
    return max(0.9, 1 - float(f"{max(2.5 * rel_l2**2, 1e-6):.0e}"))


def round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 5 or 7 times a power of ten that is greater: 0.0123 → 0.015."""
    if not value > 0 or not math.isfinite(value):
        return value
    power = 10.0 ** math.floor(math.log10(value))
    step = next(step for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0) if step * power > value * (1 + 1e-9))
    return float(f"{step * power:.3g}")
