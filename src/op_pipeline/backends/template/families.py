"""Which family of operations a spec belongs to: the first whose module says the formula is its business."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from op_pipeline.backends.template import blocks, elementwise, matmul, movement
from op_pipeline.backends.template.design import Design, refuse_tensors
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import Expr
from op_pipeline.spec.formula import parse

Family: TypeAlias = tuple[Callable[[Spec, Expr], bool], Callable[[Spec, Expr], Design]]

# A family takes what it claims, and names the construct it cannot generate. The last one takes the rest.
FAMILIES: tuple[Family, ...] = (
    (matmul.claims, matmul.design),
    (movement.claims, movement.design),
    (blocks.claims, blocks.design),
    (elementwise.claims, elementwise.design),
)


def design(spec: Spec) -> Design:
    """Design of `spec`. Raises UnsupportedSpecError for the first construct this backend cannot generate."""
    if spec.formula is None:
        raise UnsupportedSpecError(f"golden: {spec.golden}", "it needs a formula to compile")
    expression = parse(spec.formula, spec.input_names, spec.parameter_names)
    for claims, make in FAMILIES:
        if claims(spec, expression):
            if make is not movement.design:
                refuse_tensors(spec)
            return make(spec, expression)
    raise UnsupportedSpecError(f"formula: {spec.formula}", "no family of operations it knows has all of its functions")
