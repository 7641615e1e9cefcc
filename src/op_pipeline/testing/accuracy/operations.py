"""Goldens of every category, and the wrong formulas a kernel of each may compute instead."""

from __future__ import annotations

from dataclasses import dataclass, field

from op_pipeline.gates.kit.contract import Input
from op_pipeline.spec.expression import Expr, needs_matrix_unit
from op_pipeline.spec.formula import parse

Shape = tuple[int, ...]
ROWS: tuple[Shape, ...] = ((32, 32), (40, 50), (64, 128))
LONG: tuple[Shape, ...] = (*ROWS, (32, 1024))  # a running sum in 16 bits shows on long rows only


@dataclass(frozen=True)
class Operation:
    """One golden. `wrong` maps the name of a mistake to the formula that has it; `shapes` are the first input's."""

    name: str
    category: str
    formula: str
    wrong: dict[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = ("x",)
    domain: tuple[float, float] | None = None
    shapes: tuple[Shape, ...] = ROWS
    same_shapes: bool = True

    def expr(self, formula: str = "") -> Expr:
        """The golden, or another formula over the same inputs, as an expression."""
        return parse(formula or self.formula, self.inputs, ())

    @property
    def matrix_unit(self) -> bool:
        """Whether float32 goes through the source registers of the matrix unit."""
        return needs_matrix_unit(self.expr())

    def input(self, name: str, dtype: str) -> Input:
        """The input as the gate's generator wants it."""
        return Input(name, (dtype,), "tile", "dram_interleaved", (2, 4), self.domain)

    def input_shapes(self, shape: Shape) -> dict[str, Shape]:
        """Shapes by input for one shape of the first; matrices are chained, a bias has one row."""
        if self.same_shapes:
            return dict.fromkeys(self.inputs, shape)
        rows, inner = shape[-2:]
        others = {"b": (inner, 64), "t": (64, inner), "c": (rows, 64)}
        return {name: others.get(name, shape) for name in self.inputs}


_MEAN = "mean(x, axis=-1, keepdims=True)"
_VARIANCE = f"mean(square(x - {_MEAN}), axis=-1, keepdims=True)"
_MAX = "max(x, axis=-1, keepdims=True)"
_EXP = f"exp(x - {_MAX})"
_SUM = f"sum({_EXP}, axis=-1, keepdims=True)"


def _eltwise(name: str, formula: str, two: bool = False, **wrong: str) -> Operation:
    return Operation(name, "elementwise", formula, _named(wrong), ("a", "b") if two else ("x",))


def _named(wrong: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", " "): formula for name, formula in wrong.items()}


def _rows(name: str, category: str, formula: str, **wrong: str) -> Operation:
    return Operation(name, category, formula, _named(wrong), shapes=LONG)


def _product(name: str, formula: str, inputs: str = "a b", **wrong: str) -> Operation:
    return Operation(name, "matmul", formula, _named(wrong), tuple(inputs.split()), None, LONG, same_shapes=False)


OPERATIONS: tuple[Operation, ...] = (
    _eltwise("relu", "relu(x)", dropped_term="abs(x)"),
    _eltwise("swish", "x * sigmoid(x)", dropped_term="sigmoid(x)", neighbour="gelu(x)"),
    _eltwise("gelu", "gelu(x)", neighbour="x * sigmoid(x)"),
    _eltwise("tanh", "tanh(x)", neighbour="clip(x, -1, 1)"),
    _eltwise("exp", "exp(x)", dropped_term="1 + x"),
    _eltwise("softplus", "softplus(x)", neighbour="relu(x)"),
    _eltwise("sign_times_square", "sign(x) * square(x)", dropped_term="square(x)"),
    _eltwise("add", "a + b", two=True, dropped_term="a", sign="a - b"),
    _eltwise("subtract", "a - b", two=True, dropped_term="a", swapped_operands="b - a"),
    _eltwise("multiply", "a * b", two=True, dropped_term="b"),
    _rows("softmax", "normalisation", f"{_EXP} / {_SUM}", dropped_term=_EXP,
          wrong_statistic=f"exp(x - {_MEAN}) / {_SUM}"),
    _rows("log_softmax", "normalisation", f"x - {_MAX} - log({_SUM})", dropped_term=f"x - {_MAX}"),
    _rows("layer_norm", "normalisation", f"(x - {_MEAN}) / sqrt({_VARIANCE} + 0.00001)",
          dropped_term=f"x / sqrt({_VARIANCE} + 0.00001)",
          wrong_statistic=f"(x - {_MEAN}) * rsqrt(mean(square(x), axis=-1, keepdims=True))"),
    _rows("rms_norm", "normalisation", "x * rsqrt(mean(square(x), axis=-1, keepdims=True) + 0.00001)",
          wrong_statistic=f"x * rsqrt({_VARIANCE} + 0.00001)"),
    _rows("centralize", "normalisation", f"x - {_MEAN}", wrong_statistic=f"x - {_MAX}"),
    _rows("l2_normalize", "normalisation", "x * rsqrt(sum(square(x), axis=-1, keepdims=True) + 0.00001)",
          dropped_term="x * rsqrt(sum(abs(x), axis=-1, keepdims=True) + 0.00001)"),
    _rows("sum", "reduction", "sum(abs(x), axis=-1, keepdims=True)", dropped_term="sum(x, axis=-1, keepdims=True)"),
    _rows("mean", "reduction", "mean(square(x), axis=-1, keepdims=True)",
          scale="sum(square(x), axis=-1, keepdims=True)"),
    _rows("max", "reduction", _MAX, initial_value_0=f"relu({_MAX})",
          wrong_statistic="min(x, axis=-1, keepdims=True)"),
    _rows("logsumexp", "reduction", f"{_MAX} + log({_SUM})", dropped_term=_MAX),
    _rows("norm", "reduction", "sqrt(sum(square(x), axis=-1, keepdims=True))",
          dropped_term="sum(square(x), axis=-1, keepdims=True)"),
    _product("matmul", "matmul(a, b)", sign="matmul(a, -b)"),
    _product("matmul_bias", "matmul(a, b) + c", "a b c", dropped_term="matmul(a, b)"),
    _product("matmul_transposed", "matmul(a, transpose(t, -1, -2))", "a t",
             dropped_term="matmul(a, abs(transpose(t, -1, -2)))"),
)  # fmt: skip
