"""Read a formula: Python's own parser, then a strict walk that accepts the contract's language and nothing else.

No attribute access, no names but inputs, parameters and the listed functions, no evaluation. Text, tree size and depth
are limited, so that a hostile formula ends with an error and not with a hang.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import TypeVar

from op_pipeline.errors import did_you_mean
from op_pipeline.spec.expression import COMPOSED, FUNCTIONS, SYNONYMS, Call, Expr, Input, Number, Parameter, children

__all__ = ["Call", "Expr", "FormulaError", "Input", "Number", "Parameter", "parse"]

MAX_CHARACTERS = 4000
MAX_NODES = 1500
MAX_DEPTH = 120
MAX_NUMBER = 1e300

_BINARY = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.Pow: "power"}
_COMPARE = {
    ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal", ast.Eq: "equal",
    ast.NotEq: "not_equal",
}  # fmt: skip
_REFUSED: dict[type[ast.AST], str] = {
    ast.MatMult: "'@' is not in the language; write matmul(a, b)",
    ast.Mod: "'%' is not in the language",
    ast.FloorDiv: "'//' is not in the language; write floor(a / b)",
    ast.BoolOp: "'and' and 'or' are not in the language; multiply comparisons, or use where(c, a, b)",
    ast.Not: "'not' is not in the language; write 1 - c",
    ast.Invert: "'~' is not in the language",
    ast.IfExp: "'if' is not in the language; write where(c, a, b)",
    ast.Attribute: "attribute access is not allowed in a formula",
    ast.Lambda: "'lambda' is not in the language",
    ast.Starred: "'*' before an argument is not in the language",
    ast.NamedExpr: "':=' is not in the language",
    ast.Tuple: "a tuple stands only for an axis or for pad widths",
    ast.List: "a list stands only as the first argument of concat",
}

T = TypeVar("T")


class FormulaError(ValueError):
    """A formula that is not in the language. `column` counts from 1; `errors` holds all (column, message) found."""

    def __init__(self, errors: Sequence[tuple[int, str]]) -> None:
        self.errors = tuple(errors)
        self.column, self.message = self.errors[0]
        super().__init__("; ".join(f"column {column}: {message}" for column, message in self.errors))


def parse(text: str, inputs: Sequence[str], parameters: Sequence[str]) -> Expr:
    """The expression DAG of `text`. Raises FormulaError with every mistake found.

    `a ** b` and `pow(a, b)` are both the call `power`. A reduction's `axis` becomes a tuple of ints or None (all axes),
    a slice's `index` a tuple of "..." and (start, stop, step) triples.
    """
    if len(text) > MAX_CHARACTERS:
        raise FormulaError([(1, f"longer than {MAX_CHARACTERS} characters")])
    flat = text.replace("\r", " ").replace("\n", " ")
    shift = len(flat) - len(flat.lstrip())
    if not flat.strip():
        raise FormulaError([(1, "empty formula")])
    if "#" in flat:
        raise FormulaError([(flat.index("#") + 1, "comments are not in the language")])
    try:
        tree = ast.parse(flat[shift:].rstrip(), mode="eval")
    except SyntaxError as error:
        message = (error.msg or "cannot be read").replace(". Perhaps you forgot a comma?", "")
        raise FormulaError([((error.offset or 1) + shift, f"not an expression: {message}")]) from None
    except (ValueError, RecursionError, MemoryError):
        raise FormulaError([(1, "cannot be read: nested too deeply or not text")]) from None
    _check_size(tree)
    reader = _Reader(flat[shift:], shift, inputs, parameters)
    expr = reader.read(tree.body)
    if reader.errors:
        raise FormulaError(sorted(reader.errors))
    return expr


def _check_size(tree: ast.Expression) -> None:
    count, level = 0, [ast.iter_child_nodes(tree)]
    while level:
        node = next(level[-1], None)
        if node is None:
            level.pop()
            continue
        count += 1
        level.append(ast.iter_child_nodes(node))
        if count > MAX_NODES or len(level) > MAX_DEPTH + 2:
            what = f"more than {MAX_NODES} parts" if count > MAX_NODES else f"nested deeper than {MAX_DEPTH}"
            raise FormulaError([(1, f"too large: {what}")])


class _Reader:
    """Walks Python's tree; notes errors and goes on, so that all are reported at once."""

    def __init__(self, text: str, shift: int, inputs: Sequence[str], parameters: Sequence[str]) -> None:
        self.bytes = text.encode()
        self.shift = shift
        self.inputs, self.parameters = tuple(inputs), tuple(parameters)
        self.errors: list[tuple[int, str]] = []
        self.shared: dict[tuple[object, ...], Expr] = {}

    def fail(self, node: ast.AST, message: str) -> Number:
        offset = getattr(node, "col_offset", 0)
        column = len(self.bytes[:offset].decode(errors="replace")) + self.shift + 1
        self.errors.append((column, message))
        return Number(math.nan)

    def share(self, expr: Expr) -> Expr:
        """The one object for this expression; children are shared already, so their identities are its key."""
        options = repr(expr.options) if isinstance(expr, Call) else ""
        head = expr.function if isinstance(expr, Call) else repr(expr)
        return self.shared.setdefault((head, *(id(child) for child in children(expr)), options), expr)

    def call(self, function: str, *arguments: Expr, **options: object) -> Expr:
        return self.share(Call(function, arguments, tuple(options.items())))

    def read(self, node: ast.expr) -> Expr:
        match node:
            case ast.Constant():
                return self.number(node)
            case ast.Name():
                return self.name(node)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as literal):
                value = self.number(literal)
                return self.share(Number(-value.value)) if isinstance(value, Number) else value
            case ast.UnaryOp(op=ast.USub()):
                return self.call("negative", self.read(node.operand))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.read(node.operand)
            case ast.BinOp() if type(node.op) in _BINARY:
                return self.call(_BINARY[type(node.op)], self.read(node.left), self.read(node.right))
            case ast.Compare():
                return self.comparison(node)
            case ast.Call():
                return self.function(node)
            case ast.Subscript():
                return self.call("slice", self.read(node.value), index=self.index(node.slice))
        operator = getattr(node, "op", node)
        message = _REFUSED.get(type(operator)) or _REFUSED.get(type(node))
        return self.fail(node, message or f"{type(node).__name__.lower()} is not in the language")

    def number(self, node: ast.Constant) -> Expr:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            return self.fail(node, f"{node.value!r} is not a number")
        try:
            value = float(node.value)
        except OverflowError:
            value = math.inf
        if abs(value) > MAX_NUMBER:
            return self.fail(node, "number too large")
        return self.share(Number(value))

    def name(self, node: ast.Name) -> Expr:
        if node.id in self.inputs:
            return self.share(Input(node.id))
        if node.id in self.parameters:
            return self.share(Parameter(node.id))
        if node.id in FUNCTIONS:
            return self.fail(node, f"{node.id!r} is a function: {_signature(node.id)}")
        known = [*self.inputs, *self.parameters]
        return self.fail(
            node, f"unknown name {node.id!r}" + (did_you_mean(node.id, known) or f"; known: {', '.join(known)}")
        )

    def comparison(self, node: ast.Compare) -> Expr:
        if len(node.ops) > 1:
            return self.fail(node, "a chain of comparisons is not in the language; multiply two comparisons")
        function = _COMPARE.get(type(node.ops[0]))
        if function is None:
            return self.fail(node, "'in' and 'is' are not in the language")
        return self.call(function, self.read(node.left), self.read(node.comparators[0]))

    def function(self, node: ast.Call) -> Expr:
        if not isinstance(node.func, ast.Name):
            problem = (
                "attribute access is not allowed in a formula"
                if isinstance(node.func, ast.Attribute)
                else "not a function"
            )
            return self.fail(node.func, problem)
        name = node.func.id
        if name not in FUNCTIONS:
            return self.fail(node, f"unknown function {name!r}{_guess(name)}")
        if name in {"max", "min"} and len(node.args) == 2 and isinstance(node.args[1], (ast.Name, ast.Call)):
            return self.fail(node, f"{name} reduces one array along an axis; for two arrays write {name}imum(a, b)")
        bound = self.bind(name, node)
        if bound is None:
            return Number(math.nan)
        if name == "concat":
            return self.concat(node, bound)
        arguments = [self.read(bound[part]) for part in FUNCTIONS[name][0]]
        if name == "transpose":
            return self.call(name, *arguments, i=self.integer(bound["i"]), j=self.integer(bound["j"]))
        if name == "pad":
            return self.call(name, *arguments, widths=self.widths(bound["widths"]))
        if FUNCTIONS[name][1]:
            axis, keepdims = self.axis(bound.get("axis")), self.flag(bound.get("keepdims"))
            if name in COMPOSED:
                return self.spread(name, arguments[0], axis, keepdims=keepdims)
            return self.call(name, *arguments, axis=axis, keepdims=keepdims)
        return self.call("power" if name == "pow" else name, *arguments)

    def spread(self, name: str, x: Expr, axis: tuple[int, ...] | None, *, keepdims: bool) -> Expr:
        """Variance over all elements (not n - 1 of them, as NumPy), or its root."""
        distance = self.call("subtract", x, self.call("mean", x, axis=axis, keepdims=True))
        variance = self.call("mean", self.call("square", distance), axis=axis, keepdims=keepdims)
        return self.call("sqrt", variance) if name == "std" else variance

    def bind(self, name: str, node: ast.Call) -> dict[str, ast.expr] | None:
        """Arguments by name, or None after noting what is wrong."""
        wanted = [*FUNCTIONS[name][0], *FUNCTIONS[name][1]]
        optional = {"axis", "keepdims"} if name != "concat" else set()
        bound = dict(zip(wanted, node.args, strict=False))
        if len(node.args) > len(wanted):
            self.fail(node, f"{_signature(name)} does not take {len(node.args)} arguments")
            return None
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg not in wanted:
                self.fail(keyword, f"{name} has no argument {keyword.arg!r}{did_you_mean(str(keyword.arg), wanted)}")
                return None
            if keyword.arg in bound:
                self.fail(keyword, f"{name} got {keyword.arg!r} twice")
                return None
            bound[keyword.arg] = keyword.value
        missing = [part for part in wanted if part not in bound and part not in optional]
        if missing:
            self.fail(node, f"{name} lacks {', '.join(missing)}: {_signature(name)}")
            return None
        return bound

    def concat(self, node: ast.Call, bound: dict[str, ast.expr]) -> Expr:
        arrays = bound["arrays"]
        if not isinstance(arrays, (ast.List, ast.Tuple)) or not arrays.elts:
            return self.fail(node, "concat takes a list of arrays and an axis: concat([a, b], -1)")
        return self.call("concat", *(self.read(item) for item in arrays.elts), axis=self.integer(bound["axis"]))

    def literal(self, node: ast.expr, kind: type[T], what: str, default: T) -> T:
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            value = None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fail(node, f"{what} must be written out")
            return default
        return value

    def integer(self, node: ast.expr, what: str = "an integer") -> int:
        value = self.literal(node, int, what, 0)
        if abs(value) > 2**31:
            self.fail(node, "integer too large")
            return 0
        return value

    def flag(self, node: ast.expr | None) -> bool:
        return False if node is None else self.literal(node, bool, "keepdims (True or False)", default=False)

    def axis(self, node: ast.expr | None) -> tuple[int, ...] | None:
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return None
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        return tuple(self.integer(item, "an axis, as in axis=-1,") for item in items)

    def widths(self, node: ast.expr) -> tuple[tuple[int, int], ...]:
        value = self.literal(node, tuple, "pad widths, e.g. ((0, 0), (1, 1)),", ())
        pairs = [pair for pair in value if isinstance(pair, tuple) and len(pair) == 2]
        if len(pairs) != len(value) or not all(type(n) is int and 0 <= n <= 2**20 for pair in pairs for n in pair):
            self.fail(node, "pad widths are pairs of integers from 0, one pair a dimension")
            return ()
        return tuple((before, after) for before, after in pairs)

    def index(self, node: ast.expr) -> tuple[object, ...]:
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        result: list[object] = []
        for item in items:
            if isinstance(item, ast.Constant) and item.value is Ellipsis:
                result.append("...")
            elif isinstance(item, ast.Slice):
                step = 1 if item.step is None else self.integer(item.step)
                if step < 1:
                    self.fail(item, "a slice's step must be positive")
                ends = [None if end is None else self.integer(end) for end in (item.lower, item.upper)]
                result.append((*ends, max(step, 1)))
            else:
                self.fail(
                    item, "only slices a:b and ... stand in brackets; write a:a+1 with numbers to keep the dimension"
                )
        if result.count("...") > 1:
            self.fail(node, "... stands once")
        return tuple(result)


def _signature(name: str) -> str:
    expressions, literals = FUNCTIONS[name]
    return f"{name}({', '.join([*expressions, *literals])})"


def _guess(name: str) -> str:
    if name in SYNONYMS:
        return f" (did you mean {SYNONYMS[name]!r}?)"
    return did_you_mean(name, FUNCTIONS) or f"; functions: {', '.join(FUNCTIONS)}"
