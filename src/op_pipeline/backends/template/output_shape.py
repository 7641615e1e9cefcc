"""`output.shape` of a spec as C++: the shape of an input, or one made of integer expressions over input dimensions."""

from __future__ import annotations

import ast

from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec

_ATOM, _PRODUCT, _SUM = 3, 2, 1
_OPERATORS: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", _SUM),
    ast.Sub: ("-", _SUM),
    ast.Mult: ("*", _PRODUCT),
    ast.FloorDiv: ("/", _PRODUCT),  # dimensions are not negative, so division towards zero is the same
    ast.Mod: ("%", _PRODUCT),
}


def output_shape(spec: Spec) -> tuple[list[str], str]:
    """Lines before, and the C++ expression of the logical shape, over `tensor_args`.

    An input's own shape needs no lines; a list of expressions reads each input's shape by a name of its own.
    """
    tree = ast.parse(spec.output.shape.strip(), mode="eval").body
    if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name):
        return [], f"tensor_args.{tree.value.id}.logical_shape()"
    assert isinstance(tree, (ast.List, ast.Tuple))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = [
        f"const auto& {name}_shape = tensor_args.{name}.logical_shape();" for name in spec.input_names if name in used
    ]
    return lines, f"ttnn::Shape({{{', '.join(_size(item)[0] for item in tree.elts)}}})"


def _size(node: ast.expr) -> tuple[str, int]:
    match node:
        case ast.Constant():
            return str(node.value), _ATOM
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name))):
            return f"{name}_shape[{ast.unparse(node.slice)}]", _ATOM
        case ast.Call(func=ast.Name(id=function)):
            arguments = ", ".join(_size(argument)[0] for argument in node.args)
            many = f"{{{arguments}}}" if len(node.args) > 2 else arguments
            return f"std::{function}<uint32_t>({many})", _ATOM
        case ast.BinOp():
            symbol, precedence = _OPERATORS[type(node.op)]
            left, right = _size(node.left), _size(node.right)
            left_text = left[0] if left[1] >= precedence else f"({left[0]})"
            right_text = right[0] if right[1] > precedence else f"({right[0]})"
            return f"{left_text} {symbol} {right_text}", precedence
    raise UnsupportedSpecError(f"output.shape: {ast.unparse(node)}", "it has no C++ for it")
