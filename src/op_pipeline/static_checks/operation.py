"""Find an operation's sources, run every rule over them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from op_pipeline.static_checks.argument_rules import check_arguments, check_broadcasts, check_formats, dst_limit
from op_pipeline.static_checks.buffer_rules import check_buffers, check_steps
from op_pipeline.static_checks.dst_rules import check_compute
from op_pipeline.static_checks.factory import Factory
from op_pipeline.static_checks.host_rules import check_host, check_reductions
from op_pipeline.static_checks.kernel import Kernel
from op_pipeline.static_checks.model import Finding
from op_pipeline.static_checks.noc_rules import check_transfers
from op_pipeline.static_checks.order_rules import check_order
from op_pipeline.static_checks.program import Program, link
from op_pipeline.static_checks.python_rules import check_python
from op_pipeline.static_checks.report import Report
from op_pipeline.static_checks.source_rules import check_source
from op_pipeline.static_checks.syntax import Source, functions, parse, text, walk
from op_pipeline.static_checks.values import scope_of

_CPP = frozenset({".cpp", ".hpp", ".h", ".inl", ".cc"})
_LARGEST = 1_000_000  # bytes; a larger file is no source anybody wrote


@dataclass
class Sources:
    """Parsed files of an operation, by what they are."""

    kernels: dict[str, Kernel] = field(default_factory=dict)
    kernel_headers: list[Source] = field(default_factory=list)
    host: list[Source] = field(default_factory=list)
    python: list[tuple[str, str]] = field(default_factory=list)
    tests: list[tuple[str, str]] = field(default_factory=list)

    @property
    def cpp(self) -> list[Source]:
        """All C++ files."""
        return [*(kernel.source for kernel in self.kernels.values()), *self.kernel_headers, *self.host]


def check(tree: Path, operation_path: str, *, tests: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """Findings in the operation below `tree / operation_path`, sorted by place; `tests` are paths of its unit tests.

    Missing files are no finding. Raises nothing for sources that do not parse: a compiler says that better.
    """
    report = Report()
    with contextlib.suppress(RecursionError):  # text nested deeper than anybody writes: what was found so far
        _check(read(tree, operation_path, tests), report)
    return report.sorted()


def _check(sources: Sources, report: Report) -> None:
    programs = [
        link(Factory(source), sources.kernels) for source in sources.host if b"KernelDescriptor" in _content(source)
    ]
    _kernels(sources, programs, report)
    for program in programs:
        check_buffers(program, report)
        check_arguments(program, report)
        check_formats(program, report)
    for source in sources.host:
        check_host(source, report)
    check_reductions(list(sources.kernels.values()), sources.cpp, report)
    for path, content in sources.python:
        check_python(path, content, report, test=False)
    for path, content in sources.tests:
        check_python(path, content, report, test=True)


def read(tree: Path, operation_path: str, tests: tuple[str, ...] = ()) -> Sources:
    """Parse the files of an operation. Symbolic links that lead out of the tree are not followed."""
    sources = Sources()
    base = (tree / operation_path).resolve()
    if base.is_relative_to(tree.resolve()):
        files = [base] if base.is_file() else sorted(path for path in base.rglob("*") if path.is_file())
        for path in files:
            _sort(tree, path, sources)
    for name in tests:
        path = tree / name
        if path.is_file() and path.resolve().is_relative_to(tree.resolve()):
            sources.tests.append((name, path.read_text(encoding="utf-8", errors="replace")))
    return sources


def _sort(tree: Path, path: Path, sources: Sources) -> None:
    if path.stat().st_size > _LARGEST or not path.resolve().is_relative_to(tree.resolve()):
        return
    name = path.relative_to(tree.resolve()).as_posix()
    if path.suffix == ".py":
        content = path.read_text(encoding="utf-8", errors="replace")
        (sources.tests if path.name.startswith(("test_", "conftest")) else sources.python).append((name, content))
    elif path.suffix in _CPP and "nanobind" not in path.name:  # bindings compute nothing
        source = parse(name, path.read_bytes())
        if "kernels" not in Path(name).parts:
            sources.host.append(source)
        elif b"kernel_main" in _content(source) or b"MAIN" in _content(source):
            sources.kernels[name] = Kernel(source)
        else:
            sources.kernel_headers.append(source)


def _content(source: Source) -> bytes:
    return source.root.text or b""


def _kernels(sources: Sources, programs: list[Program], report: Report) -> None:
    """Rules that look at one kernel."""
    bound = {item.kernel.source.path: item for program in programs for item in program.kernels}
    declared = frozenset(name for source in sources.cpp for name in _declared(source))
    for path, kernel in sources.kernels.items():
        check_source(kernel.source, declared, report)
        check_transfers(kernel, report)
        check_steps(kernel, report)
        check_order(kernel, report)
        check_compute(kernel, dst_limit(bound.get(path)), report)
        check_broadcasts(kernel, report)
    for source in sources.kernel_headers:
        check_source(source, declared, report)


def _declared(source: Source) -> list[str]:
    """Functions, macros and variables (lambdas among them) that a file defines itself."""
    macros = [
        text(node.child_by_field_name("name")) for node in walk(source.root, "preproc_def", "preproc_function_def")
    ]
    return [*functions(source.root), *macros, *scope_of(source.root).types]
