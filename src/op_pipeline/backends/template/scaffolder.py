"""The scaffolder: stages 1 (the function exists), 2 (validation), 3 (documented and registered)."""

from __future__ import annotations

from typing import Any

from op_pipeline.backends.template.design import PYTHON_FLOW, Design
from op_pipeline.backends.template.graph import float_literal
from op_pipeline.backends.template.output_shape import output_shape
from op_pipeline.backends.template.rendering import CPP_TYPES, render
from op_pipeline.backends.template.requirements import LAYOUT_NAMES
from op_pipeline.backends.template.torch_formula import torch_text
from op_pipeline.spec import InputSpec, Spec
from op_pipeline.spec.formula import parse

MEMORY_CONFIG = "const std::optional<MemoryConfig>& memory_config"
DEFAULT_DOMAIN = (-4.0, 4.0)


def scaffold(found: Design, stage: int) -> dict[str, str]:
    """Files of stage 1, 2 or 3 by path below the tree's root; only what that stage adds or changes."""
    return {1: _api, 2: _validation, 3: _registration}[stage](found)


def _api(found: Design) -> dict[str, str]:
    name = found.spec.operation
    return _in_folder(
        found,
        {
            f"device/{name}_device_operation_types.hpp": render("types.hpp.j2", found),
            f"{name}.hpp": render("op.hpp.j2", found, declared=_declared(found)),
            f"{name}.cpp": render("op.cpp.j2", found, **signatures(found), stage=1),
            f"{name}_nanobind.hpp": render("nanobind.hpp.j2", found),
            f"{name}_nanobind.cpp": render("nanobind.cpp.j2", found, stage=1),
            **_build_files(found, 1),
        },
    )


def _validation(found: Design) -> dict[str, str]:
    name = found.spec.operation
    return _in_folder(
        found,
        {
            f"device/{name}_device_operation.hpp": render("device_operation.hpp.j2", found, **signatures(found)),
            f"device/{name}_device_operation.cpp": device_operation(found, 2),
            f"device/{name}_program_factory.cpp": render("program_factory.cpp.j2", found, stage=2),
            f"{name}.cpp": render("op.cpp.j2", found, **signatures(found), stage=2),
            "sources.cmake": _build_files(found, 2)["sources.cmake"],
        },
    )


def _registration(found: Design) -> dict[str, str]:
    spec = found.spec
    files = _in_folder(
        found,
        {
            f"{spec.operation}_nanobind.cpp": render("nanobind.cpp.j2", found, stage=3, doc=documentation(found)),
            **_build_files(found, 3),
        },
    )
    files[f"tests/ttnn/unit_tests/operations/{spec.category}/test_{spec.operation}.py"] = unit_test(found)
    return files


def _in_folder(found: Design, files: dict[str, str]) -> dict[str, str]:
    return {f"{found.spec.operation_path}/{name}": text for name, text in files.items()}


def _build_files(found: Design, stage: int) -> dict[str, str]:
    names = {
        "macro": f"{found.spec.category}_{found.spec.operation}".upper(),
        "category_name": found.spec.category.capitalize(),
    }
    return {
        "CMakeLists.txt": render("CMakeLists.txt.j2", found, stage=stage, **names),
        "sources.cmake": render("sources.cmake.j2", found, stage=stage, **names),
    }


def device_operation(found: Design, stage: int) -> str:
    """device/{op}_device_operation.cpp; from stage 4 on with the output's specification."""
    spec = found.spec
    dtype, dot, _ = spec.output.dtype.partition(".")
    shape_lines, shape = output_shape(spec)
    values = [
        *(f".{item.name} = {item.name}" for item in spec.parameters),
        f".output_memory_config = memory_config.value_or({_default_memory(found)})",
    ]
    return render(
        "device_operation.cpp.j2",
        found,
        **signatures(found),
        stage=stage,
        attribute_values=values,
        shape_lines=shape_lines,
        output_shape=shape,
        output_dtype=f"tensor_args.{dtype}.dtype()" if dot else f"DataType::{dtype.upper()}",
    )


def _default_memory(found: Design) -> str:
    memory = found.spec.output.memory or f"{found.spec.inputs[0].name}.memory"
    name, dot, _ = memory.partition(".")
    if dot:
        return f"{name}.memory_config()"
    return {"dram_interleaved": "DRAM_MEMORY_CONFIG", "l1_interleaved": "L1_MEMORY_CONFIG"}[memory]


def signatures(found: Design) -> dict[str, list[str]]:
    """Argument lists of the public function as a definition, without names, and as passed on."""
    spec = found.spec
    tensors = [f"const Tensor& {item.name}" for item in spec.inputs]
    scalars = [f"{CPP_TYPES[item.type]} {item.name}" for item in spec.parameters]
    defined = [*tensors, *scalars, MEMORY_CONFIG]
    unnamed = [f"{argument.rpartition(' ')[0]} /*{argument.rpartition(' ')[2]}*/" for argument in defined]
    return {"defined": defined, "unnamed": unnamed, "passed": [argument.rpartition(" ")[2] for argument in defined]}


def _declared(found: Design) -> list[str]:
    """Arguments of the declaration; C++ allows a default only when all later arguments have one."""
    defined = signatures(found)["defined"]
    defaults: list[str] = []
    parameters = found.spec.parameters
    for position, item in enumerate(parameters):
        trailing = all(later.default is not None for later in parameters[position:])
        value = item.value()
        literal = {"float": float_literal(float(value)), "int": str(int(value)), "bool": str(bool(value)).lower()}[
            item.type
        ]
        defaults.append(f" = {literal}" if trailing else "")
    suffixes = [""] * len(found.spec.inputs) + defaults + [" = std::nullopt"]
    return [argument + suffix for argument, suffix in zip(defined, suffixes, strict=True)]


# --- documentation and the unit test ----------------------------------------------------------------------------
def public_name(spec: Spec) -> str:
    """How users call the operation."""
    return spec.operation if spec.flow == PYTHON_FLOW else f"ttnn.{spec.operation}"


def documentation(found: Design) -> dict[str, Any]:
    """What the documentation of the public function says, by section."""
    spec = found.spec
    arguments = [f"{item.name} (ttnn.Tensor): {_input_line(item)}" for item in spec.inputs]
    for parameter in spec.parameters:
        text = (parameter.description or f"Scalar {parameter.name} of the formula").rstrip(".") + "."
        if parameter.range is not None:
            text += f" Range: [{parameter.range[0]:g}, {parameter.range[1]:g}]."
        if parameter.default is not None:
            text += f" Defaults to {parameter.value()!r}."
        optional = ", optional" if parameter.default is not None else ""
        arguments.append(f"{parameter.name} ({parameter.type}{optional}): {text}")
    example = [
        f"{item.name} = ttnn.from_torch(torch.rand({list(shape)}).to(torch.{item.dtypes[0]}), "
        f"layout=ttnn.{LAYOUT_NAMES[item.layout]}_LAYOUT, device=device)"
        for item, shape in zip(spec.inputs, spec.shapes[0], strict=True)
    ]
    keywords = [f"{item.name}={item.value()!r}" for item in spec.parameters]
    example.append(f"output = {public_name(spec)}({', '.join([*spec.input_names, *keywords])})")
    dtype = spec.output.dtype.removesuffix(".dtype")
    kind = f"the dtype of {dtype}" if spec.output.dtype.endswith(".dtype") else dtype
    return {
        "summary": _summary(found),
        "arguments": arguments,
        "memory": _memory_text(found),
        "returns": f"a tensor of {_shape_text(found)}, {kind}, {LAYOUT_NAMES[spec.output.layout]} layout.",
        "example": example,
    }


def _shape_text(found: Design) -> str:
    text = found.spec.output.shape.strip()
    return f"the shape of {text.removesuffix('.shape')}" if text.endswith(".shape") else f"shape {text}"


def _summary(found: Design) -> str:
    if found.summary:
        return found.summary
    names = " and ".join(item.name for item in found.spec.inputs)
    return f"Computes ``{found.spec.formula}`` for each element of {names}."


def _input_line(item: InputSpec) -> str:
    kinds = " or ".join(item.dtypes)
    domain = f", meaningful on [{item.domain[0]:g}, {item.domain[1]:g}]" if item.domain is not None else ""
    rank = f"rank {item.rank[0]} to {item.rank[1]}"
    return f"Input on device, {kinds}, {LAYOUT_NAMES[item.layout]} layout, {rank}, interleaved memory{domain}."


def _memory_text(found: Design) -> str:
    text = _default_memory(found)
    return f"that of {text.partition('.')[0]}" if "." in text else f"ttnn.{text}"


def unit_test(found: Design) -> str:
    """The operation's test in tt-metal's own style."""
    spec = found.spec
    formula = parse(spec.formula or "", spec.input_names, spec.parameter_names)
    domains = {item.name: "{:g}, {:g}".format(*(item.domain or DEFAULT_DOMAIN)) for item in spec.inputs}
    dtypes = [f"torch.{dtype}" for dtype in dict.fromkeys(dtype for item in spec.inputs for dtype in item.dtypes)]
    names = [f"{item.name}_dtype" for item in spec.inputs]
    cases = [
        tuple(
            dtype if dtype in {f"torch.{name}" for name in item.dtypes} else f"torch.{item.dtypes[0]}"
            for item in spec.inputs
        )
        for dtype in dtypes
    ]
    shown = [case[0] if len(case) == 1 else f"({', '.join(case)})" for case in cases]
    shared = all(len(set(case)) == 1 for case in spec.shapes)
    output_is_first = shared and all(spec.output_shape(case) == case[0] for case in spec.shapes)
    golden = [f"{item.name}.float()" for item in spec.inputs] + (["**PARAMETERS"] if spec.parameters else [])
    return render(
        "test_op.py.j2",
        found,
        call=public_name(spec),
        is_python=spec.flow == PYTHON_FLOW,
        torch_formula=torch_text(formula),
        parameter_values=", ".join(f'"{item.name}": {item.value()!r}' for item in spec.parameters),
        dtype_names='"' + ", ".join(names) + '"',
        dtype_cases=f"[{', '.join(dict.fromkeys(shown))}]",
        dtype_arguments=", ".join(names),
        domains=domains,
        golden_arguments=", ".join(golden),
        cases=[_shapes_text(case, shared=shared) for case in spec.shapes],
        shape_names=["shape"] * len(spec.inputs) if shared else [f"{name}_shape" for name in spec.input_names],
        output_is_first=output_is_first,
        exact=found.exact,
    )


def _shapes_text(case: tuple[tuple[int, ...], ...], *, shared: bool) -> str:
    return str(list(case[0])) if shared else f"({', '.join(str(list(shape)) for shape in case)})"
