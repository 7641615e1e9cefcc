"""Where wrong values come from, as far as the judge can tell: it knows inputs that only host code saw.

Compared are golden values of decoys (what the host worker's tensors hold), earlier outputs, inputs, and the pattern of
memory that nobody wrote.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.kit.contract import Array, Contract
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.models import FailureClass

if TYPE_CHECKING:
    from op_pipeline.gates.kit.inputs import Sample

MEMORY = 64  # calls that are remembered
LARGEST = 1 << 20  # elements of an output that is remembered
_VALUES = (FailureClass.NUMERICAL_MISMATCH, FailureClass.NAN_OR_INF)


@dataclass(frozen=True)
class _Call:
    decoy: Sample
    output: Array


class Provenance:
    """Remembers calls and explains outputs that are wrong."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._calls: deque[_Call] = deque(maxlen=MEMORY)

    def note(self, decoy: Sample, output: Array) -> None:
        """A call was made with these decoys and gave this output."""
        if output.size <= LARGEST:
            self._calls.append(_Call(decoy, output))

    def explained(self, failure: GateFailure, drawn: Sample, decoy: Sample, output: Array) -> GateFailure:
        """The failure with what is known about the values; unbound_output when they do not follow from the inputs."""
        if failure.kind not in _VALUES:
            return failure
        plain = _plain_reason(drawn, output)
        if plain:
            return _changed(failure, failure.kind, plain)
        if self._is_golden_of(decoy, output):
            reason = "computed by host code: the values are those of inputs that only host code saw"
            return _changed(failure, FailureClass.UNBOUND_OUTPUT, reason)
        for call in self._calls:
            if call.output is output or call.output.shape != output.shape:
                continue
            if np.array_equal(call.output, output, equal_nan=True):
                return _changed(failure, FailureClass.UNBOUND_OUTPUT, "answers by shape: other inputs gave the same")
            if self._is_golden_of(call.decoy, output):
                reason = "answers by shape: the values are those of an earlier call's inputs that only host code saw"
                return _changed(failure, FailureClass.UNBOUND_OUTPUT, reason)
        return failure

    def _is_golden_of(self, decoy: Sample, output: Array) -> bool:
        expected = self._contract.expected(decoy.arrays, decoy.parameters)
        limits = self._contract.limits(decoy.dtypes.output)
        return expected.shape == output.shape and bool(
            numerics.compare(
                output, expected, pcc_limit=limits.pcc, rel_l2_limit=limits.rel_l2, dtype=decoy.dtypes.output
            )
        )


def _plain_reason(drawn: Sample, output: Array) -> str:
    if output.dtype.kind == "f":
        unwritten = int(np.isnan(output).sum())
        if unwritten == output.size:
            return "no element was written: each is NaN, as memory is that nobody wrote"
        if unwritten:
            return f"{unwritten} of {output.size} elements are NaN, as memory is that nobody wrote"
    if not np.any(output):
        return "every element is zero"
    for name, array in drawn.arrays.items():
        if array.shape == output.shape and np.array_equal(numerics.round_to(array, drawn.dtypes.output), output):
            return f"the output is input {name!r} itself"
    if output.size > 1 and bool(np.all(output == output.flat[0])):
        return f"every element is {output.flat[0]:g}"
    return ""


def _changed(failure: GateFailure, kind: FailureClass, reason: str) -> GateFailure:
    message = f"{reason} ({failure.message})"
    return GateFailure(kind, message, file=failure.file, line=failure.line, excerpt=failure.excerpt)
