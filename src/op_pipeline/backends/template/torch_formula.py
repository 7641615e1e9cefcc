"""Prints a formula as PyTorch, for the unit test that the scaffolder writes."""

from __future__ import annotations

from op_pipeline.spec.expression import COMPARISONS, Call, Expr, Input, Number, Parameter

_SYMBOLS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**"}
_COMPARE = dict(zip(COMPARISONS, ("<", "<=", ">", ">=", "==", "!="), strict=True))
_FUNCTIONAL = frozenset({"gelu", "silu", "softplus", "relu"})


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
    return f"torch.nn.functional.{name}({arguments})" if name in _FUNCTIONAL else f"torch.{name}({arguments})"
