"""Prints a formula as PyTorch, for the unit test that the scaffolder writes."""

from __future__ import annotations

from typing import cast

from op_pipeline.spec.expression import COMPARISONS, REDUCTIONS, Call, Expr, Input, Number, Parameter

_SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}
_COMPARE = dict(zip(COMPARISONS, ("<", "<=", ">", ">=", "==", "!="), strict=True))
_FUNCTIONAL = frozenset({"gelu", "silu", "softplus", "relu"})
_REDUCE = {"sum": "sum", "mean": "mean", "max": "amax", "min": "amin"}


def torch_text(expression: Expr) -> str:
    """Expression over tensors and numbers; comparisons give floats 0 and 1, as in the formula."""
    match expression:
        case Input() | Parameter():
            return expression.name
        case Number():
            return repr(int(expression.value) if expression.value == int(expression.value) else expression.value)
    return _call(expression)


def _tensor(expression: Expr) -> str:
    text = torch_text(expression)
    return text if _is_tensor(expression) else f"torch.tensor(float({text}))"


def _is_tensor(expression: Expr) -> bool:
    return isinstance(expression, Input) or (
        isinstance(expression, Call) and any(_is_tensor(argument) for argument in expression.arguments)
    )


def _operand(expression: Expr) -> str:
    text = torch_text(expression)
    negative = isinstance(expression, Number) and expression.value < 0
    infix = isinstance(expression, Call) and expression.function in {*_SYMBOLS, "negative"}
    return f"({text})" if infix or negative else text


def _condition(expression: Expr) -> str:
    if isinstance(expression, Call) and expression.function in _COMPARE and _is_tensor(expression):
        left, right = map(_operand, expression.arguments)
        return f"{left} {_COMPARE[expression.function]} {right}"
    return f"{_tensor(expression)} != 0"


def _call(call: Call) -> str:
    name = call.function
    if name in _SYMBOLS:
        left, right = map(_operand, call.arguments)
        return f"{left} {_SYMBOLS[name]} {right}"
    if name == "negative":
        return f"-{_operand(call.arguments[0])}"
    if name in _COMPARE:
        left, right = map(_operand, call.arguments)
        return (
            f"({left} {_COMPARE[name]} {right}).float()"
            if _is_tensor(call)
            else f"float({left} {_COMPARE[name]} {right})"
        )
    if name == "where":
        condition, chosen, other = call.arguments
        return f"torch.where({_condition(condition)}, {_tensor(chosen)}, {_tensor(other)})"
    arguments = ", ".join(_tensor(argument) for argument in call.arguments)
    if name == "clip":
        value, low, high = (_tensor(argument) for argument in call.arguments)
        return f"torch.minimum(torch.maximum({value}, {low}), {high})"
    if name in REDUCTIONS:
        return _reduction(call, arguments)
    if call.options:
        return _movement(call, arguments)
    return f"torch.nn.functional.{name}({arguments})" if name in _FUNCTIONAL else f"torch.{name}({arguments})"


def _reduction(call: Call, argument: str) -> str:
    axes = cast("tuple[int, ...] | None", call.option("axis"))
    options = [argument]
    if axes is not None:
        options.append(f"dim={axes[0] if len(axes) == 1 else axes}")
        if call.option("keepdims"):
            options.append("keepdim=True")
    elif call.option("keepdims"):
        options += [f"dim=tuple(range({_operand(call.arguments[0])}.dim()))", "keepdim=True"]
    return f"torch.{_REDUCE[call.function]}({', '.join(options)})"


def _movement(call: Call, arguments: str) -> str:
    match call.function:
        case "transpose":
            return f"torch.transpose({arguments}, {call.option('i')}, {call.option('j')})"
        case "concat":
            return f"torch.cat([{arguments}], dim={call.option('axis')})"
        case "pad":  # from the last dimension to the first
            widths = cast("tuple[tuple[int, int], ...]", call.option("widths"))
            return f"torch.nn.functional.pad({arguments}, {tuple(n for pair in reversed(widths) for n in pair)})"
    parts = [_slice(part) for part in cast("tuple[object, ...]", call.option("index"))]
    return f"{_operand(call.arguments[0])}[{', '.join(parts)}]"


def _slice(part: object) -> str:
    if part == "...":
        return "..."
    start, stop, step = cast("tuple[int | None, int | None, int]", part)
    ends = f"{'' if start is None else start}:{'' if stop is None else stop}"
    return ends if step == 1 else f"{ends}:{step}"
