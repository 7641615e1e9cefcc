"""Python of an operation: host code of the generic-op path, and unit tests."""

from __future__ import annotations

import ast

from op_pipeline.static_checks.report import Report

# Names that prompts and generated code use and no release of ttnn has had, with what is meant.
_NEVER = {
    "ReaderConfig": "ttnn.ReaderConfigDescriptor()",
    "WriterConfig": "ttnn.WriterConfigDescriptor()",
    "ComputeConfig": "ttnn.ComputeConfigDescriptor(...)",
    "DataFormat": "a dtype such as ttnn.bfloat16",
}
_NO_KEYWORD = {
    ("CBFormatDescriptor", "num_pages"): "total_size of ttnn.CBDescriptor sets the number of pages",
    ("CBDescriptor", "num_pages"): "pass total_size=num_pages * page_size",
}
_POSITIONAL = "allocate_tensor_on_device"
_READS = frozenset({"to_torch", "from_device", "to_list", "to_numpy", "cpu", "numpy"})
_RANDOM = frozenset({"randn", "rand", "randint", "randn_like", "rand_like", "bernoulli"})


def check_python(path: str, content: str, report: Report, *, test: bool) -> None:
    """PY001 to PY004 of one file; a file that does not parse has no findings, running it says more."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return
    if test:
        _seeds(path, tree, report)
        return
    shapes = _shapes(tree)
    aligned = any(
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _tile(node.right) for node in ast.walk(tree)
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_ttnn(node.value) and node.attr in _NEVER:
            _say("PY001", (path, node), f"ttnn.{node.attr} does not exist", f"use {_NEVER[node.attr]}", report)
        elif isinstance(node, ast.Call):
            _call(path, node, report)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and _is_shape(node.value, shapes):
            _say("PY002", (path, node), "ttnn.Shape takes no slice", "make it a list first: list(shape)[...]", report)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv) and not aligned:
            _division(path, node, report)


def _call(path: str, node: ast.Call, report: Report) -> None:
    name = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    for keyword in node.keywords:
        remedy = _NO_KEYWORD.get((name, keyword.arg or ""))
        if remedy:
            _say("PY002", (path, node), f"{name} has no argument {keyword.arg}", remedy, report)
    if name == _POSITIONAL and any(keyword.arg for keyword in node.keywords):
        remedy = "pass shape, dtype, layout, device, memory_config by position"
        _say("PY002", (path, node), f"{name} takes its arguments by position", remedy, report)
    if name == "address" and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        inner = node.func.value.func
        if isinstance(inner, ast.Attribute) and inner.attr == "buffer":
            _say(
                "PY001", (path, node), "tensor.buffer().address() does not exist", "use tensor.buffer_address()", report
            )
    if name in _READS and isinstance(node.func, ast.Attribute):
        _say("PY003", (path, node), f"{name} brings tensor data to the host", "", report)


def _division(path: str, node: ast.BinOp, report: Report) -> None:
    """`shape[...] // 32` on the logical shape; -(-n // 32) and (n + 31) // 32 round up."""
    if not _tile(node.right) or isinstance(node.left, (ast.UnaryOp, ast.BinOp)):
        return
    if any(isinstance(item, ast.Attribute) and item.attr in {"shape", "logical_shape"} for item in ast.walk(node.left)):
        _say("HST001", (path, node), f"{ast.unparse(node)} leaves out a partly filled tile", "", report)


def _tile(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in {32, 1024}
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in {"TILE_SIZE", "TILE_WIDTH", "TILE_HEIGHT", "TILE_HW"}


def _shapes(tree: ast.AST) -> set[str]:
    """Variables that are given a ttnn.Shape and nothing else."""
    given: dict[str, bool] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            given[name] = given.get(name, True) and _is_shape(node.value, set())
    return {name for name, only in given.items() if only}


def _is_shape(node: ast.expr, variables: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in variables
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr == "Shape" and _is_ttnn(node.func.value))
    )


def _is_ttnn(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "ttnn"


def _seeds(path: str, tree: ast.AST, report: Report) -> None:
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if any("seed" in name or name in {"Generator", "default_rng", "generator"} for name in names):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RANDOM:
            _say("PY004", (path, node), f"{ast.unparse(node.func)} draws other numbers in each run", "", report)
            return


def _say(rule: str, place: tuple[str, ast.expr], reason: str, remedy: str, report: Report) -> None:
    path, node = place
    report.at(rule, path, (node.lineno, node.col_offset + 1), reason, remedy)
