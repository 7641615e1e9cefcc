"""The fixture `run_program`: runs a compiled program on NumPy arrays the way the device would: DST tiles, circular buffers, sections.

Breaks loudly when a rule is broken: DST index out of range, read of a tile nobody wrote since acquire, copy from a
buffer that was not waited for, pack into a full buffer, a buffer left unbalanced.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import yaml

from op_pipeline.backends.template.graph import Scalar
from op_pipeline.backends.template.program import Program
from op_pipeline.backends.template.schedule import Section, Step
from op_pipeline.spec import Spec, load_spec
from op_pipeline.spec.evaluate import evaluate
from op_pipeline.spec.formula import parse

Array = npt.NDArray[np.float64]
_erf = np.frompyfunc(math.erf, 1, 1)


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


UNARY: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in ("exp", "log", "log1p", "expm1", "exp2", "sqrt", "abs", "sign", "floor")},
    **{name: getattr(np, name) for name in ("ceil", "sin", "cos", "tan", "sinh", "cosh", "tanh", "square", "negative")},
    "round": np.rint,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "recip": lambda x: 1 / x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "erf": lambda x: np.asarray(_erf(x), dtype=float),
    "gelu": lambda x: 0.5 * x * (1 + np.asarray(_erf(x / math.sqrt(2)), dtype=float)),
    "softplus": lambda x, beta, inverse, limit: np.where(beta * x > limit, x, inverse * np.log1p(np.exp(beta * x))),
    "power": lambda x, n: x**n,
    "rpow": lambda x, base: base**x,
    "rdiv": lambda x, value: value / x,
    "clamp": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "unary_max": np.maximum,
    "unary_min": np.minimum,
    "add_unary": np.add,
    "sub_unary": np.subtract,
    "mul_unary": np.multiply,
    "rsub_unary": lambda x, value: value - x,
}
BINARY: dict[str, Callable[..., Any]] = {
    "add_binary": np.add,
    "sub_binary": np.subtract,
    "mul_binary": np.multiply,
    "div_binary": np.divide,
    "power_binary": np.power,
    "binary_max": np.maximum,
    "binary_min": np.minimum,
}
COMPARE = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}


def scalar_value(scalar: Scalar, parameters: Mapping[str, float]) -> float:
    """What the host passes: the value of the scalar's formula."""
    if scalar.value is not None:
        return scalar.value
    return float(evaluate(parse(scalar.text, [], list(parameters)), {}, parameters))


def apply(op: str, tiles: list[Array], scalars: list[float]) -> Array:
    if op in UNARY:
        return np.asarray(UNARY[op](tiles[0], *scalars), dtype=float)
    if op in BINARY:
        return np.asarray(BINARY[op](*tiles), dtype=float)
    if op == "where":
        return np.where(tiles[0] != 0, tiles[1], tiles[2])
    if op.startswith("unary_"):
        return COMPARE[op.removeprefix("unary_")](tiles[0], scalars[0]).astype(float)
    if op.endswith("_binary"):
        return COMPARE[op.removesuffix("_binary")](*tiles).astype(float)
    return COMPARE[op.removesuffix("z")](tiles[0], 0.0).astype(float)


class Machine:
    """One core's work on one tile."""

    def __init__(self, program: Program, inputs: Mapping[str, Array], parameters: Mapping[str, float]) -> None:
        self.program, self.parameters = program, parameters
        self.shape = next(iter(inputs.values())).shape
        self.buffers: dict[str | int, list[Array]] = {name: [values] for name, values in inputs.items()}
        self.waited: set[str | int] = set()
        self.dst: dict[int, Array] = {}

    def run(self) -> Array:
        for section in self.program.schedule.sections:
            self.section(section)
        (result,) = self.buffers.pop("output")
        left = {name: pages for name, pages in self.buffers.items() if isinstance(name, int) and pages}
        assert not left, f"intermediates left behind: {sorted(left, key=str)}"
        return result

    def section(self, section: Section) -> None:
        for name in section.waits:
            assert self.buffers.get(name), f"waits for empty buffer {name}"
            self.waited.add(name)
        self.dst = {}
        for step in section.steps:
            self.step(step)
        for tile, target in section.packs:
            assert not self.buffers.get(target), f"buffer {target} is full"
            self.buffers[target] = [self.dst[tile]]
        for name in section.pops:
            assert name in self.waited
            self.buffers[name].pop(0)
            self.waited.discard(name)

    def step(self, step: Step) -> None:
        assert all(0 <= tile < self.program.schedule.capacity for tile in step.tiles), f"{step} is outside DST"
        node = self.program.graph[step.node]
        target = step.tiles[-1]
        if step.op == "copy":
            assert step.buffer is not None
            assert step.buffer in self.waited, f"copies from {step.buffer} without waiting"
            self.dst[target] = self.buffers[step.buffer][0]
        elif step.op == "fill":
            self.dst[target] = np.full(self.shape, scalar_value(node.scalars[0], self.parameters))
        elif step.op == "move":
            self.dst[target] = self.dst[step.tiles[0]]
        else:
            operands = step.tiles if len(step.tiles) == 1 else step.tiles[:-1]
            scalars = [scalar_value(scalar, self.parameters) for scalar in node.scalars]
            with np.errstate(all="ignore"):
                self.dst[target] = apply(step.op, [self.dst[tile] for tile in operands], scalars)


RunProgram = Callable[[Program, Mapping[str, Array], Mapping[str, float]], Array]


@pytest.fixture(scope="session")
def run_program() -> RunProgram:
    """Program, inputs and parameters → the output tile."""
    return lambda program, inputs, parameters: Machine(program, inputs, parameters).run()


FRONT: dict[str, Any] = {
    "operation": "sample",
    "category": "eltwise",
    "flow": "cpp",
    "inputs": [{"name": "x", "dtypes": ["bfloat16"], "domain": [0.5, 2.0]}],
    "output": {"shape": "x.shape", "dtype": "x.dtype"},
    "formula": "exp(x)",
    "shapes": [[1, 1, 32, 32]],
}

WriteSpec = Callable[..., Spec]


@pytest.fixture
def write_spec(tmp_path: Path) -> WriteSpec:
    def write(**changes: Any) -> Spec:
        front = {key: value for key, value in (FRONT | changes).items() if value is not None}
        path = tmp_path / "spec.md"
        path.write_text(f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n# sample\n")
        return load_spec(path)

    return write
