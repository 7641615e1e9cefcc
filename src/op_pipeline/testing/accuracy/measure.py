"""Runs of the accuracy check on honest and wrong outputs, per operation and dtype."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.contract import KINDS
from op_pipeline.gates.kit.inputs import draw, generator
from op_pipeline.numerics import Comparison, Limits
from op_pipeline.spec.emulated import emulate
from op_pipeline.spec.evaluate import evaluate
from op_pipeline.testing.accuracy.mutants import Array, Run, outputs
from op_pipeline.testing.accuracy.operations import OPERATIONS, Operation, Shape

DTYPES = ("bfloat16", "float32")
PARTS = ("pcc", "rel L2", "tile", "row bias", "non-finite")


@dataclass(frozen=True)
class Result:
    """One operation in one dtype. `kills`: mutant → kind of input → parts that refused it in some run."""

    operation: Operation
    dtype: str
    limits: Limits
    used: float
    refused: tuple[str, ...]
    kills: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)

    @property
    def alive(self) -> tuple[str, ...]:
        """Mutants that no run refused."""
        return tuple(name for name, kinds in self.kills.items() if not any(kinds.values()))


def measure(operation: Operation, dtype: str) -> Result:
    """Judge the honest reference and all mutants on every shape and kind, with the default limits of the dtype."""
    runs = list(_runs(operation, dtype))
    limits = limits_of(operation, dtype, runs)
    used, refused = 0.0, []
    kills: dict[str, dict[str, frozenset[str]]] = defaultdict(lambda: dict.fromkeys(KINDS, frozenset()))
    for run in runs:
        verdict = _judge(run.honest, run.golden, limits, dtype)
        used = max(used, verdict.needed() / limits.rel_l2)
        if not verdict:
            refused.append(f"{run.kind} {run.first.shape}: {verdict}")
        for name, output in outputs(run).items():
            if not np.array_equal(output, run.honest):  # by chance it may be no mutant on these inputs
                before = kills[name][run.kind]
                kills[name][run.kind] = before | frozenset(_judge(output, run.golden, limits, dtype).parts)
    return Result(operation, dtype, limits, used, tuple(refused), dict(kills))


def limits_of(operation: Operation, dtype: str, runs: list[Run]) -> Limits:
    """The limits that a spec of this operation would have by default."""
    known = numerics.default_limits(dtype, matrix_unit=operation.matrix_unit)
    if known is not None:
        return known
    loosest = numerics.LOOSEST
    return numerics.measured_limits(dtype, max(_judge(run.honest, run.golden, loosest, dtype).needed() for run in runs))


def _runs(operation: Operation, dtype: str) -> Iterator[Run]:
    for shape in operation.shapes:
        for kind in KINDS:
            arrays = {
                name: draw(
                    operation.input(name, dtype),
                    of,
                    dtype,
                    kind,
                    generator(operation.name, name, dtype, kind, str(shape)),
                )
                for name, of in operation.input_shapes(shape).items()
            }
            yield _run(operation, dtype, kind, arrays)


def _run(operation: Operation, dtype: str, kind: str, arrays: dict[str, Array]) -> Run:
    expr = operation.expr()
    honest = emulate(expr, arrays, {}, output_dtype=dtype).values
    return Run(operation, dtype, kind, arrays, evaluate(expr, arrays, {}), honest)


def _judge(output: Array, golden: Array, limits: Limits, dtype: str) -> Comparison:
    return numerics.compare(output, golden, pcc_limit=limits.pcc, rel_l2_limit=limits.rel_l2, dtype=dtype)


LARGE: Shape = (1024, 1024)


def large_tensor() -> dict[str, tuple[str, ...]]:
    """Parts that refuse one zero tile of 1,024, per operation: in a large tensor one bad tile hardly moves a norm."""
    found = {}
    for operation in OPERATIONS:
        if operation.name not in {"swish", "layer_norm"}:
            continue
        arrays = {
            name: draw(operation.input(name, "bfloat16"), LARGE, "bfloat16", "randn", generator("large", name))
            for name in operation.inputs
        }
        run = _run(operation, "bfloat16", "randn", arrays)
        wrong = np.array(run.honest)
        wrong[32:64, 64:96] = 0
        found[operation.name] = _judge(wrong, run.golden, numerics.Limits(0.999, 0.02), "bfloat16").parts
    return found


POLES = {"log": "log(x)", "reciprocal": "1 / x", "sqrt": "sqrt(x)"}


def poles() -> dict[str, dict[str, tuple[str, ...]]]:
    """Parts that refuse wrong classes where the golden is NaN or infinite; operation → mutant → parts."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, formula in POLES.items():
        operation = Operation(name, "elementwise", formula)
        values = np.array(draw(operation.input("x", "bfloat16"), (64, 64), "bfloat16", "edge", generator(name)))
        golden = evaluate(operation.expr(), {"x": values}, {})
        honest = numerics.round_to(golden, "bfloat16")
        largest = numerics.LARGEST_FINITE["bfloat16"]
        wrong = {
            "nothing wrong": honest,
            "NaN is 0": np.where(np.isnan(honest), 0.0, honest),
            "infinity is the largest number": np.clip(honest, -largest, largest),
            "infinity is NaN": np.where(np.isinf(honest), np.nan, honest),
            "infinity of the other sign": np.where(np.isinf(honest), -honest, honest),
        }
        found[name] = {
            mutant: _judge(output, golden, numerics.Limits(0.999, 0.02), "bfloat16").parts
            for mutant, output in wrong.items()
            if mutant == "nothing wrong" or not np.array_equal(output, honest, equal_nan=True)
        }
    return found
