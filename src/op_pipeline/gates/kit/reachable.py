"""The certificate that a tolerance can be met: a reference in the device's precision passes the accuracy check.

Made before any token is spent, by gate 0 and by `pipeline check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.contract import KINDS, contract_of
from op_pipeline.gates.kit.contract import Array, Contract, Dtypes
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.kit.inputs import Sample, sample
from op_pipeline.models import FailureClass
from op_pipeline.numerics import Comparison, Limits
from op_pipeline.spec.emulated import emulate, store

if TYPE_CHECKING:
    from op_pipeline.spec import Spec

# A suggested limit leaves room for functions that the device evaluates less well than the reference does.
HEADROOM = 1.5


@dataclass(frozen=True)
class Margin:
    """How much of the tolerance the reference uses up, for one combination of dtypes.

    `used`: largest share of a limit, over all cases and kinds; above 1 the tolerance cannot be met. `narrow`: the same
    with a 16-bit DST, on `randn` inputs. `needed`: limits that the reference would meet with some headroom.
    """

    dtype: str
    limits: Limits
    used: float
    where: str
    reason: str
    needed: Limits
    narrow: float
    every_step: bool

    def __bool__(self) -> bool:
        return not self.reason

    def __str__(self) -> str:
        if self.limits.exact:
            return f"{self.dtype}: {self.limits}, as the reference is"
        how = "every step" if self.every_step else "the result (the golden is Python, its steps are not known)"
        text = f"{self.dtype}: {self.limits}; rounding {how} as the device does uses {self.used:.1%} of it"
        if not self.every_step:
            return text
        return f"{text}, with a 16-bit DST {self.narrow:.1%}" if self.narrow < 1 else f"{text}; needs a 32-bit DST"

    @property
    def refusal(self) -> str:
        """What to tell the author; empty when the tolerance can be met."""
        if not self.reason:
            return ""
        remedy = (
            "the golden gives other numbers than integers"
            if self.limits.exact
            else f"{{pcc: {self.needed.pcc:g}, rel_l2: {self.needed.rel_l2:g}}} could be met"
        )
        return (
            f"the tolerance for {self.dtype} ({self.limits}) cannot be met: a reference rounded as the device rounds "
            f"fails on {self.where} ({self.reason}); {remedy}"
        )

    @property
    def figures(self) -> dict[str, float]:
        """The numbers, for logs."""
        return {"margin_used": self.used, "margin_used_dst16": self.narrow, "reachable_rel_l2": self.needed.rel_l2}


def margin(contract: Contract, dtype: str, seed: str, *, elements: int | None = None) -> Margin:
    """Run the reference on every case and kind of the combination `dtype`. Cases above `elements` are left out."""
    combination = contract.dtypes[dtype]
    limits = contract.limits(combination.output)
    worst, narrow = _Worst(limits), _Worst(limits)
    every_step = contract.formula is not None
    for drawn in _samples(contract, combination, seed, elements):
        expected = contract.expected(drawn.arrays, drawn.parameters)
        worst.take(drawn, expected, reference(contract, drawn, expected))
        if every_step and drawn.kind == "randn":
            narrow.take(drawn, expected, reference(contract, drawn, expected, wide=False))
    return Margin(
        combination.output, limits, worst.used, worst.where, worst.reason, worst.needed(), narrow.used, every_step
    )


def margins(spec: Spec, *, elements: int | None = None) -> list[Margin]:
    """The margin of every combination of dtypes of a spec; GateFailure when its golden fails."""
    folder = spec.source.parent / PurePath(str(spec.golden)).parent
    contract = Contract.of(contract_of(spec), folder)
    return [margin(contract, label, "check", elements=elements) for label in contract.dtypes]


def reachable_margin(contract: Contract, dtype: str, seed: str) -> Margin:
    """The margin of one combination, for gate 0. GateFailure names the spec's line and limits that could be met."""
    found = margin(contract, dtype, seed)
    if not found:
        line = contract.tolerance_line
        raise GateFailure(FailureClass.NUMERICAL_MISMATCH, found.refusal, file=contract.spec_file, line=line)
    return found


def reference(contract: Contract, drawn: Sample, expected: Array, *, wide: bool = True) -> Array:
    """What an honest implementation returns; for a golden in Python only its result is rounded."""
    if contract.expression is None:
        return store(expected, drawn.dtypes.output)
    return emulate(
        contract.expression, drawn.arrays, drawn.parameters, output_dtype=drawn.dtypes.output, wide=wide
    ).values


def measured_limits(contract: Contract, combination: Dtypes, seed: str = "limits") -> Limits:
    """Limits for an output whose error depends on the values, from the reference's own error."""
    worst = _Worst(numerics.LOOSEST)
    for drawn in _samples(contract, combination, seed, None):
        expected = contract.expected(drawn.arrays, drawn.parameters)
        worst.take(drawn, expected, reference(contract, drawn, expected))
    return numerics.measured_limits(combination.output, worst.rel_l2)


def _samples(contract: Contract, combination: Dtypes, seed: str, elements: int | None) -> Iterator[Sample]:
    for case in contract.cases.values():
        if elements is None or case.output_tiles * numerics.TILE**2 <= elements:
            yield from (sample(contract, case, combination, kind, seed) for kind in KINDS)


@dataclass
class _Worst:
    """The largest share of a limit so far, and where."""

    limits: Limits
    used: float = 0.0
    where: str = ""
    reason: str = ""
    rel_l2: float = 0.0
    pcc: float = field(default=1.0)

    def take(self, drawn: Sample, expected: Array, got: Array) -> None:
        if not np.isfinite(expected).all():
            return  # another test of gate 0 says so
        limits = self.limits
        dtype = drawn.dtypes.output
        verdict = numerics.compare(got, expected, pcc_limit=limits.pcc, rel_l2_limit=limits.rel_l2, dtype=dtype)
        self.rel_l2, self.pcc = max(self.rel_l2, verdict.needed()), min(self.pcc, verdict.pcc)
        used = _share(verdict, limits)
        if used > self.used or (not verdict and not self.reason):
            self.used = max(used, self.used)
            self.where = f"shape {drawn.case.label}, {drawn.kind} inputs"
        if not verdict and not self.reason:
            self.reason = verdict.reasons[0]

    def needed(self) -> Limits:
        if self.limits.exact:
            return self.limits
        error = min(numerics.round_up(HEADROOM * self.rel_l2), numerics.LOOSEST.rel_l2)
        return Limits(min(self.limits.pcc, numerics.pcc_for(error), self.pcc), max(error, 1e-6))


def _share(verdict: Comparison, limits: Limits) -> float:
    if limits.exact:
        return 0.0 if verdict else 2.0
    by_pcc = (1 - verdict.pcc) / (1 - limits.pcc) if limits.pcc < 1 else 0.0
    share = max(verdict.needed() / limits.rel_l2, by_pcc)
    return share if verdict else max(share, 1.0)
