"""The Jinja environment of the generated sources, and the view of a design that the templates see."""

from __future__ import annotations

import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from op_pipeline.backends.template.design import Design
from op_pipeline.backends.template.graph import float_literal
from op_pipeline.backends.template.requirements import DTYPE_NAMES, LAYOUT_NAMES, host_name
from op_pipeline.numerics import Limits
from op_pipeline.spec import ParameterSpec, Spec

TEMPLATES = Path(__file__).parent / "templates"
SUMS_OF_FLOAT32 = Limits(0.9999, 0.01)
"""For the unit test: operands of the matrix unit have 10 bits of mantissa, and rounding errors may add up a little."""
CPP_TYPES = {"float": "float", "int": "int32_t", "bool": "bool"}


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - C++ and Markdown, not HTML
    )
    environment.globals["wrapped"] = wrapped
    environment.globals["comment"] = comment
    environment.globals["condition_lines"] = condition_lines
    environment.globals["host_name"] = host_name
    environment.globals["stated_limits"] = stated_limits
    return environment


def fragment(template: str, **values: Any) -> str:
    """Text of a part of a file that needs no design, such as a section of the design document."""
    return _environment().get_template(template).render(values)


def render(template: str, design: Design, **extra: Any) -> str:
    """Text of `template` for a design; a name the template uses and nobody gives is an error."""
    return _environment().get_template(template).render(_view(design) | extra)


def _view(design: Design) -> dict[str, Any]:
    spec = design.spec
    return {
        "spec": spec,
        "op": spec.operation,
        "Op": f"{spec.pascal}",
        "namespace": spec.namespace,
        "design": design,
        "inputs": [item.name for item in spec.inputs],
        "parameters": [_parameter(item, position, design) for position, item in enumerate(spec.parameters)],
        "buffers": design.buffers,
        "dtype_enum": DTYPE_NAMES,
        "layout_enum": LAYOUT_NAMES,
        "layout_of": {item.name: LAYOUT_NAMES[item.layout] for item in spec.inputs},
        "folder": spec.operation_path,
    }


def _parameter(item: ParameterSpec, position: int, design: Design) -> dict[str, Any]:
    """Parameter as C++ and Python spell it. A C++ default is legal only when all later parameters have one."""
    trailing = all(later.default is not None for later in design.spec.parameters[position:])
    cpp_default = None if item.default is None else _literal(item)
    return {
        "name": item.name,
        "type": CPP_TYPES[item.type],
        "python_type": item.type,
        "default": cpp_default,
        "declared_default": cpp_default if trailing else None,
        "python_default": None if item.default is None else repr(item.value()),
        "range": item.range,
        "description": item.description,
    }


def _literal(item: ParameterSpec) -> str:
    value = item.value()
    if item.type == "bool":
        return "true" if value else "false"
    return float_literal(float(value)) if item.type == "float" else str(int(value))


def stated_limits(spec: Spec, dtype: str) -> tuple[Limits, str]:
    """Limits for the unit test and as text for the design. Sums of float32 have none of their own until a run tells."""
    limits = spec.limits(dtype)
    if limits is not None:
        return limits, f"{limits} against the formula in float64"
    return SUMS_OF_FLOAT32, "near the formula in float64, as near as a reference run with the device's roundings"


def comment(text: str, indent: int = 0) -> str:
    """C++ comment of as many lines as it needs."""
    pad = " " * indent
    return textwrap.fill(text, 120, initial_indent=f"{pad}// ", subsequent_indent=f"{pad}// ", break_long_words=False)


def condition_lines(text: str, indent: int) -> str:
    """A condition of && terms; one a line where they do not fit into one."""
    pad = " " * indent
    if len(pad) + len(text) < 120:
        return f"{pad}{text}"
    return pad + f" &&\n{pad}    ".join(text.split(" && "))


def wrapped(head: str, items: list[str], tail: str = ");", indent: int = 0, column: int = 120) -> str:
    """Call or signature laid out as tt-metal's clang-format does: one line, all on the next line, or one per line."""
    pad = " " * indent
    flat = f"{pad}{head}{', '.join(items)}{tail}"
    if len(flat) <= column:
        return flat
    inner = f"{pad}    "
    second = f"{inner}{', '.join(items)}{tail}"
    if len(second) <= column:
        return f"{pad}{head}\n{second}"
    return f"{pad}{head}\n{inner}" + f",\n{inner}".join(items) + tail
