"""Host code of the operation in C++: sizes, checks, access to tensor data."""

from __future__ import annotations

from tree_sitter import Node

from op_pipeline.static_checks.kernel import Kernel
from op_pipeline.static_checks.report import Report
from op_pipeline.static_checks.syntax import (
    Source,
    arguments,
    called,
    enclosing,
    last_name,
    receiver,
    text,
    walk,
)
from op_pipeline.static_checks.values import scope_of

_TILE = frozenset({"32", "1024", "TILE_WIDTH", "TILE_HEIGHT", "TILE_HW", "TILE_SIZE"})
_LOGICAL = frozenset({"logical_shape", "logical_volume"})
_UNSIGNED = frozenset({"uint32_t", "size_t", "uint64_t", "uint16_t"})
_READS = frozenset({
    "to_vector", "from_device", "host_buffer", "get_host_buffer", "host_storage", "get_raw_host_data_ptr",
    "EnqueueReadBuffer", "EnqueueReadMeshBuffer", "ReadFromBuffer", "ReadFromDeviceL1", "ReadFromDeviceDRAMChannel",
    "ReadShard",
    "to_host", "enqueue_read_mesh_buffer", "enqueue_read_shards", "read_buffer", "memcpy_from_device",
})  # fmt: skip
_READ_METHODS = frozenset({"cpu"})
_PARTS = frozenset({"tensor_args", "attributes", "operation_attributes", "args", "params"})
_MASKING = ("mask", "pad", "fill", "partial", "valid", "tail", "logical", "unaligned", "remainder", "origin")


def check_host(source: Source, report: Report) -> None:
    """HST001 to HST004 of one C++ file that is no kernel."""
    for node in walk(source.root, "call_expression"):
        name = called(node)
        if name in _READS or (name in _READ_METHODS and receiver(node) is not None):
            report.add("HST004", source, node, f"{name} brings tensor data to the host")
        elif name == "TT_FATAL" and len(arguments(node)) > 1:
            _guard(source, node, report)
    _divisions(source, report)
    _remainders(source, report)


def _divisions(source: Source, report: Report) -> None:
    scope = scope_of(source.root)
    operations = list(walk(source.root, "binary_expression"))
    tile = [node for node in operations if last_name(node.child_by_field_name("right")) in _TILE]
    if any(text(node.child_by_field_name("operator")) == "%" for node in tile):
        return  # somebody looks after the rest
    for node in tile:
        left = node.child_by_field_name("left")
        if text(node.child_by_field_name("operator")) != "/" or left is None or "+" in text(left):
            continue
        names = {last_name(item) for item in walk(left, "identifier", "field_identifier")}
        for name in list(names):
            known = scope.node(name)
            if known is not None and "+" not in text(known):
                names |= {last_name(item) for item in walk(known, "field_identifier")}
        if names & _LOGICAL and not names & {"padded_shape", "div_up"}:
            report.add("HST001", source, node, f"{text(node)} leaves out a partly filled tile")


def _remainders(source: Source, report: Report) -> None:
    for node in walk(source.root, "init_declarator"):
        above, value = node.parent, node.child_by_field_name("value")
        if above is None or value is None or last_name(above.child_by_field_name("type")) not in _UNSIGNED:
            continue
        while value is not None and value.type in {"parenthesized_expression", "cast_expression"}:
            value = value.child_by_field_name("value") or next(iter(value.named_children), None)
        if value is None or value.type != "binary_expression" or text(value.child_by_field_name("operator")) != "-":
            continue
        left, right = value.child_by_field_name("left"), value.child_by_field_name("right")
        loop, function = enclosing(node, "for_statement"), enclosing(node, "function_definition")
        if left is None or right is None or loop is None or function is None or "*" not in text(right):
            continue
        start = loop.child_by_field_name("initializer")
        first = start.child_by_field_name("declarator") if start is not None else None
        variable = text(first.child_by_field_name("declarator")) if first is not None else ""
        used = {text(item) for item in walk(right, "identifier")}
        if variable in used and not _compared(function, text(left)):
            report.add("HST002", source, value, f"{text(value)} is below zero when the cores outnumber the work")


def _compared(function: Node, name: str) -> bool:
    """Whether the function compares the quantity with anything, or clamps."""
    for node in walk(function, "binary_expression"):
        if text(node.child_by_field_name("operator")) in {"<", ">", "<=", ">="} and name in text(node):
            return True
    return any(called(node) in {"min", "max", "clamp"} for node in walk(function, "call_expression"))


def _guard(source: Source, call: Node, report: Report) -> None:
    """The inputs that a check's condition is about against the one its message quotes."""
    condition, message = arguments(call)[:2]
    quoted = set()
    for literal in walk(message, "string_literal"):
        quoted |= set(text(literal).split("'")[1::2])
    members = {
        text(node.child_by_field_name("field"))
        for node in walk(source.root, "field_expression")
        if text(node.child_by_field_name("argument")) in _PARTS
    }
    named, tested = quoted & members, _subjects(source, condition, members)
    if named and tested and not named & tested:
        reason = f"the message is about {_list(named)}, the condition about {_list(tested)}"
        report.add("HST003", source, call, reason)


def _subjects(source: Source, condition: Node, members: set[str]) -> set[str]:
    scope = scope_of(enclosing(condition, "function_definition") or source.root)
    found: set[str] = set()
    pending, seen = [condition], set[str]()
    while pending:
        node = pending.pop()
        for item in walk(node, "field_expression", "identifier"):
            if item.type == "field_expression":
                if text(item.child_by_field_name("argument")) in _PARTS:
                    found.add(text(item.child_by_field_name("field")))
            elif text(item) not in seen:
                seen.add(text(item))
                known = scope.node(text(item))
                if known is not None:
                    pending.append(known)
    return found & members


def _list(names: set[str]) -> str:
    return " and ".join(f"'{name}'" for name in sorted(names))


def check_reductions(kernels: list[Kernel], sources: list[Source], report: Report) -> None:
    """HST006: an operation that reduces and mentions padding nowhere."""
    reducing = [
        (kernel, call) for kernel in kernels for call in kernel.calls if call.name == "reduce_tile" and kernel.followed
    ]
    if not reducing:
        return
    for source in sources:
        for node in walk(source.root, "identifier", "field_identifier", "string_content"):
            words = text(node).lower()
            if any(word in words for word in _MASKING):
                return
    kernel, call = reducing[0]
    report.add("HST006", kernel.source, call.node, "reduces whole tiles, and nothing in the operation masks padding")
