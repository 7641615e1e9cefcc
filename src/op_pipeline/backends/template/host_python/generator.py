"""Files of the generic-op flow, stage by stage: the same design and kernels as in C++, with a host side in Python."""

from __future__ import annotations

import ast
import re
import textwrap

from op_pipeline.backends.template.design import Buffer, Design, KernelPlan
from op_pipeline.backends.template.factory_builder import build, is_unpacked_to_dest
from op_pipeline.backends.template.host_python.translate import Translator
from op_pipeline.backends.template.rendering import render
from op_pipeline.backends.template.requirements import Requirement, host_name
from op_pipeline.backends.template.scaffolder import documentation, unit_test
from op_pipeline.spec import Spec

_PLACEHOLDER = re.compile(r"\{\}")


def host_files(found: Design, stage: int) -> dict[str, str]:
    """Files of one of the stages 1 to 6 by path below the tree's root; only what that stage adds or changes."""
    folder, name = found.spec.operation_path, found.spec.operation
    files: dict[str, str] = {}
    if stage <= 5:
        files[f"{folder}/{name}.py"] = _entry(found, stage)
    if stage == 1:
        files[f"{folder}/__init__.py"] = render("python/init.py.j2", found)
    if stage == 3:
        files[f"tests/ttnn/unit_tests/operations/{found.spec.category}/test_{name}.py"] = unit_test(found)
    if stage == 5:
        files[f"{folder}/{name}_program_descriptor.py"] = _descriptor(found)
    if stage == 6:
        files = build(found, 6)
    return files


def _translator(spec: Spec) -> Translator:
    return Translator([item.name for item in spec.parameters if item.type == "float"])


def _entry(found: Design, stage: int) -> str:
    spec = found.spec
    translator = _translator(spec)
    signature = [f"{item.name}: ttnn.Tensor" for item in spec.inputs]
    for item in spec.parameters:
        default = f" = {item.value()!r}" if item.default is not None else ""
        signature.append(f"{item.name}: {item.type}{default}")
    dtype, dot, _ = spec.output.dtype.partition(".")
    return render(
        "python/op.py.j2",
        found,
        stage=stage,
        signature=[*signature, "*", "memory_config: ttnn.MemoryConfig | None = None"],
        arguments=[*spec.input_names, *spec.parameter_names, "memory_config"],
        descriptor_arguments=[*spec.input_names, "output", *spec.parameter_names],
        requirements=[_requirement(spec, item, translator) for item in found.requirements],
        doc=documentation(found),
        output_shape=_output_shape(spec),
        output_dtype=f"{dtype}.dtype" if dot else f"ttnn.{dtype}",
        memory=_memory(spec),
        wrapped_python=wrapped,
    )


def _requirement(spec: Spec, item: Requirement, translator: Translator) -> dict[str, str]:
    """Condition and message as Python; what C++ prints in place of `{}` stands in an f-string."""
    message = f"{spec.operation}: {item.format}"
    refused = _negated(_plain(spec, item.condition, translator))
    if not item.shown:
        return {"refused": refused, "message": f'"{message}"'}
    shown = iter(item.shown)
    text = _PLACEHOLDER.sub(lambda _: f"{{{_plain(spec, next(shown), translator)}}}", message)
    return {"refused": refused, "message": f'f"{text}"'}


def _negated(condition: str) -> str:
    """When the condition does not hold."""
    tree = ast.parse(condition, mode="eval").body
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq):
        return f"{ast.unparse(tree.left)} != {ast.unparse(tree.comparators[0])}"
    return f"not ({condition})"


def _plain(spec: Spec, code: str, translator: Translator) -> str:
    """A translated expression in which tensors have the names of the signature."""
    text = translator.expression(code)
    for name in spec.input_names:
        if host_name(name) != name:
            text = re.sub(rf"\b{host_name(name)}\b", name, text)
    # The memory wished for is looked at only when there is one: the default is an input's own.
    return text.replace("output_memory_config", f"(memory_config or {_memory(spec)})")


def _output_shape(spec: Spec) -> str:
    """`output.shape` is Python already; a shape is no list, so it is made one."""
    tree = ast.parse(spec.output.shape.strip(), mode="eval").body
    text = ast.unparse(tree)
    return f"list({text})" if isinstance(tree, ast.Attribute) else text


def _memory(spec: Spec) -> str:
    memory = spec.output.memory or f"{spec.inputs[0].name}.memory"
    name, dot, _ = memory.partition(".")
    if dot:
        return f"{name}.memory_config()"
    return {"dram_interleaved": "ttnn.DRAM_MEMORY_CONFIG", "l1_interleaved": "ttnn.L1_MEMORY_CONFIG"}[memory]


def _descriptor(found: Design) -> str:
    spec, work = found.spec, found.work
    translator = _translator(spec)
    definitions = [line for helper in found.helpers for line in translator.definitions(helper)]
    count, host_lines = translator.statements(work.count), translator.statements(found.host_lines)
    scalars = [(item.name, translator.expression(item.cpp)) for item in found.scalars]
    kernels = found.kernels
    code = "\n".join([*definitions, *count, *host_lines, *(value for _, value in scalars)])
    float32 = [f"{host_name(item.name)}.dtype == ttnn.float32" for item in spec.inputs if "float32" in item.dtypes]
    return render(
        "python/program_descriptor.py.j2",
        found,
        imports=_imports(code, scalars=bool(scalars)),
        definitions=definitions,
        arguments=[*(host_name(name) for name in spec.input_names), "output", *spec.parameter_names],
        count=count,
        host_lines=host_lines,
        number=work.number,
        start=work.start,
        buffers={item.index: _buffer(item, translator) for item in found.buffers},
        formats={item.format for item in found.buffers},
        page_rows=any(item.page_bytes for item in found.buffers),
        roles=list(kernels),
        compile_time={role: _compile_time(kernel, translator) for role, kernel in kernels.items()},
        runtime={role: [translator.expression(it.cpp) for it in kernel.arguments] for role, kernel in kernels.items()},
        scalars=scalars,
        fp32_buffers=[buffer for buffer in found.buffers if is_unpacked_to_dest(found, buffer)],
        varies=[buffer.key for buffer in found.buffers if len(found.formats(buffer)) > 1],
        float32_condition=" or ".join(float32) or "output.dtype == ttnn.float32",
        comment_python=comment,
        wrapped_python=wrapped,
    )


def _buffer(item: Buffer, translator: Translator) -> list[str]:
    """Arguments of `_circular_buffer`."""
    pages = translator.expression(item.host_pages or str(item.pages))
    words = [str(item.index), translator.expression(item.format), pages, "all_cores"]
    return [*words, translator.expression(item.page_bytes)] if item.page_bytes else words


def _imports(code: str, *, scalars: bool) -> list[str]:
    modules = [*(["math"] if "math." in code else []), *(["struct"] if scalars else [])]
    lines = [f"import {name}" for name in modules]
    lines += ["from dataclasses import dataclass"] if "@dataclass" in code else []
    return [*lines, *([""] if lines else []), "import ttnn"]


def _compile_time(kernel: KernelPlan, translator: Translator) -> list[str]:
    words = [f"*ttnn.TensorAccessorArgs({tensor.cpp}).get_compile_time_args()" for tensor in kernel.accessors]
    return [*words, *(translator.expression(constant.cpp) for constant in kernel.constants)]


def comment(text: str, indent: int = 0) -> str:
    """Python comment of as many lines as it needs."""
    pad = f"{' ' * indent}# "
    return textwrap.fill(text, 120, initial_indent=pad, subsequent_indent=pad, break_long_words=False)


def wrapped(head: str, items: list[str], tail: str, indent: int = 0) -> str:
    """A call or signature on one line, or one item a line."""
    pad = " " * indent
    line = f"{pad}{head}{', '.join(items)}{tail}"
    if len(line) <= 120:
        return line
    comma = "," if len(items) > 1 else ""
    return "\n".join([f"{pad}{head}", *(f"{pad}    {item}{comma}" for item in items), f"{pad}{tail}"])
