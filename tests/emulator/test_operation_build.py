from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline.emulator.operation_build import build_operation, operation_sources

TREE = Path(__file__).resolve().parent / "tree"
RELATIVE = "ttnn/cpp/ttnn/operations/eltwise/multiply_add"


@pytest.fixture
def operation(tmp_path: Path) -> Path:
    """A copy of the hand-written operation in a work tree of its own."""
    shutil.copytree(TREE / RELATIVE, tmp_path / RELATIVE)
    return tmp_path / RELATIVE


def edit(path: Path, old: str, new: str) -> int:
    """Replace text once; the line (from 1) where it began."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


def test_kernels_are_no_host_sources(operation: Path) -> None:
    assert [path.name for path in operation_sources(operation)] == [
        "multiply_add_device_operation.cpp",
        "multiply_add_program_factory.cpp",
        "multiply_add.cpp",
        "multiply_add_nanobind.cpp",
    ]


def test_only_what_changed_is_compiled_again_whatever_the_tree(operation: Path, tmp_path: Path) -> None:
    first = build_operation(operation)
    assert first.library is not None, first.problems
    assert first.library.name == "multiply_add.so"
    again = build_operation(operation)
    assert (again.library, again.compiled) == (first.library, 0)
    other = tmp_path / "other" / RELATIVE
    shutil.copytree(operation, other)
    moved = build_operation(other)
    assert (moved.library, moved.compiled) == (first.library, 0)
    edit(other / "multiply_add.cpp", "namespace ttnn {", "namespace ttnn {\n")
    edited = build_operation(other)
    assert edited.compiled == 1
    assert edited.library != first.library


def test_a_changed_header_compiles_those_that_include_it(operation: Path) -> None:
    build_operation(operation)
    edit(operation / "device/multiply_add_device_operation_types.hpp", "struct MultiplyAddInputs", "struct  MultiplyAddInputs")
    result = build_operation(operation)
    assert result.library is not None
    assert result.compiled == 3


Damage = Callable[[Path], tuple[str, int]]


def syntax(operation: Path) -> tuple[str, int]:
    return "multiply_add.cpp", edit(operation / "multiply_add.cpp", "value_or(a.memory_config())", "value_or(a.memory_conf())")


def in_header(operation: Path) -> tuple[str, int]:
    path = "device/multiply_add_device_operation_types.hpp"
    return path, edit(operation / path, "    Tensor b;", "    Tenser b;")


def missing_include(operation: Path) -> tuple[str, int]:
    path = "device/multiply_add_program_factory.cpp"
    return path, edit(operation / path, "<tt-metalium/work_split.hpp>", "<tt-metalium/work_splitting.hpp>")


def forgotten_include(operation: Path) -> tuple[str, int]:
    path = operation / "device/multiply_add_program_factory.cpp"
    edit(path, "#include <tt-metalium/work_split.hpp>\n", "")
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "split_work_to_cores(" in text)
    return "device/multiply_add_program_factory.cpp", line


def no_return(operation: Path) -> tuple[str, int]:
    line = edit(operation / "multiply_add.cpp", "    return ttnn::prim::multiply_add", "    ttnn::prim::multiply_add")
    return "multiply_add.cpp", line + 1


@pytest.mark.parametrize("damage", [syntax, in_header, missing_include, forgotten_include, no_return])
def test_a_compile_error_names_file_and_line(damage: Damage, operation: Path) -> None:
    file, line = damage(operation)
    result = build_operation(operation)
    assert result.library is None
    first = result.problems[0]
    assert (first.file, first.line) == (str(operation / file), line), [str(problem) for problem in result.problems]
    assert first.message


@pytest.mark.parametrize(
    ("file", "old", "new", "symbol"),
    [
        ("multiply_add.cpp", "Tensor multiply_add(\n", "Tensor multiply_add_too(\n", "ttnn::multiply_add("),
        (
            "device/multiply_add_program_factory.cpp",
            "ProgramDescriptor MultiplyAddDeviceOperation::create_descriptor(",
            "ProgramDescriptor somewhere_else(",
            "MultiplyAddDeviceOperation::create_descriptor(",
        ),
    ],
)
def test_a_symbol_that_nobody_defines_is_a_problem_now(
    file: str, old: str, new: str, symbol: str, operation: Path
) -> None:
    edit(operation / file, old, new)
    if "somewhere_else" in new:
        edit(operation / file, "const operation_attributes_t& /*attributes*/, const tensor_args_t& inputs,",
             "const MultiplyAddParams&, const MultiplyAddInputs& inputs,")  # fmt: skip
        edit(operation / file, "tensor_return_value_t& output", "Tensor& output")
    result = build_operation(operation)
    assert result.library is None
    [problem] = result.problems
    assert "undefined reference" in problem.message
    assert symbol in problem.message
    assert problem.line > 0


def test_a_function_defined_twice_is_a_problem(operation: Path) -> None:
    shutil.copy(operation / "multiply_add.cpp", operation / "multiply_add_copy.cpp")
    result = build_operation(operation)
    assert result.library is None
    assert any("multiple definition of 'ttnn::multiply_add(" in problem.message for problem in result.problems)


def test_without_a_binding_there_is_nothing_to_load(operation: Path) -> None:
    (operation / "multiply_add_nanobind.hpp").unlink()
    result = build_operation(operation)
    assert result.library is None
    assert "bind_multiply_add_operation" in result.problems[0].message


def test_a_binding_header_without_the_function_is_a_problem(operation: Path) -> None:
    edit(operation / "multiply_add_nanobind.hpp", "void bind_multiply_add_operation(nb::module_& mod);", "void nothing();")
    result = build_operation(operation)
    assert result.library is None
    assert "bind_multiply_add_operation" in result.problems[0].message
