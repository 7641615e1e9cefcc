"""The expression DAG of a formula: four kinds of frozen nodes, and the table of functions.

Equal subexpressions of one formula are one object, so a compiler can count uses by identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Input:
    """A tensor input by name."""

    name: str


@dataclass(frozen=True)
class Parameter:
    """A scalar parameter by name."""

    name: str


@dataclass(frozen=True)
class Number:
    """A number literal."""

    value: float


@dataclass(frozen=True)
class Call:
    """A function or operator applied to expressions; `options` are its literal arguments, sorted as in `FUNCTIONS`."""

    function: str
    arguments: tuple[Expr, ...]
    options: tuple[tuple[str, object], ...] = ()

    def option(self, name: str) -> object:
        """The value of one option. KeyError for a name the function does not have."""
        return dict(self.options)[name]


Expr = Input | Parameter | Number | Call

UNARY: Final = (
    "exp", "log", "log1p", "expm1", "sqrt", "rsqrt", "abs", "sign", "floor", "ceil", "round", "sin", "cos", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf", "sigmoid", "relu", "gelu", "silu", "softplus", "square",
    "reciprocal",
)  # fmt: skip
COMPARISONS: Final = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
REDUCTIONS: Final = ("sum", "mean", "max", "min")
MOVEMENTS: Final = ("transpose", "slice", "concat", "pad")
COMPOSED: Final = ("var", "std")
"""Read as what they are made of: the mean square of the distance from the mean, over all elements, and its root."""
ELEMENTWISE: Final = frozenset(
    {*UNARY, *COMPARISONS, "add", "subtract", "multiply", "divide", "power", "negative", "maximum", "minimum", "where",
     "clip"}
)  # fmt: skip

# What can be called in a formula: the names of the expression arguments, then those of the literal ones.
FUNCTIONS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    **dict.fromkeys(UNARY, (("x",), ())),
    "pow": (("x", "y"), ()),
    "maximum": (("x", "y"), ()),
    "minimum": (("x", "y"), ()),
    "where": (("condition", "x", "y"), ()),
    "clip": (("x", "lo", "hi"), ()),
    **dict.fromkeys((*REDUCTIONS, *COMPOSED), (("x",), ("axis", "keepdims"))),
    "matmul": (("a", "b"), ()),
    "transpose": (("x",), ("i", "j")),
    "concat": (("arrays",), ("axis",)),
    "pad": (("x",), ("widths",)),
}

# Names that other libraries use for something in the table.
SYNONYMS: Final = {
    "power": "pow", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "absolute": "abs", "fabs": "abs",
    "amax": "max", "amin": "min", "concatenate": "concat", "cat": "concat", "clamp": "clip", "select": "where",
    "sigm": "sigmoid", "swish": "silu", "logistic": "sigmoid", "inv": "reciprocal", "ln": "log", "permute": "transpose",
    "rint": "round", "neg": "-x", "negative": "-x", "add": "a + b", "subtract": "a - b", "sub": "a - b",
    "multiply": "a * b", "mul": "a * b", "divide": "a / b", "div": "a / b", "dot": "matmul", "bmm": "matmul",
    "mm": "matmul", "variance": "var",
}  # fmt: skip


def children(expr: Expr) -> tuple[Expr, ...]:
    """The arguments of a call; nothing for a leaf."""
    return expr.arguments if isinstance(expr, Call) else ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Every distinct node once, arguments before the calls that use them (an evaluation order)."""
    done: set[int] = set()
    stack: list[tuple[Expr, bool]] = [(expr, False)]
    while stack:
        node, expanded = stack.pop()
        if id(node) in done:
            continue
        if expanded or not children(node):
            done.add(id(node))
            yield node
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children(node)))


def input_names(expr: Expr) -> frozenset[str]:
    """Names of the inputs an expression reads."""
    return frozenset(node.name for node in walk(expr) if isinstance(node, Input))


def parameter_names(expr: Expr) -> frozenset[str]:
    """Names of the parameters an expression reads."""
    return frozenset(node.name for node in walk(expr) if isinstance(node, Parameter))


def is_elementwise(expr: Expr) -> bool:
    """Whether every call works element by element (with broadcasting)."""
    return all(node.function in ELEMENTWISE for node in walk(expr) if isinstance(node, Call))


def moves_only(expr: Expr) -> bool:
    """Whether elements are put elsewhere and nothing is computed: the result must be equal, bit for bit."""
    return all(node.function in MOVEMENTS for node in walk(expr) if isinstance(node, Call))


def needs_matrix_unit(expr: Expr) -> bool:
    """Whether a reduction or a matrix product occurs: the device does these in its matrix unit."""
    return any(node.function in (*REDUCTIONS, "matmul") for node in walk(expr) if isinstance(node, Call))
