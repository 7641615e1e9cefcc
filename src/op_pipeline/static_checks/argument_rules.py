"""Arguments of host and kernel, the compute configuration, formats of buffers."""

from __future__ import annotations

from tree_sitter import Node

from op_pipeline.static_checks.flow import Call
from op_pipeline.static_checks.kernel import PUSH, WAIT, Kernel, constant
from op_pipeline.static_checks.program import Bound, Program, runtime_count
from op_pipeline.static_checks.report import Report
from op_pipeline.static_checks.syntax import arguments, called, last_name, string, template_arguments, text, walk

_BLOCK_FLOATS = frozenset({"Bfp8_b", "Bfp4_b", "Bfp2_b", "Bfp8", "Bfp4", "Bfp2"})


def check_arguments(program: Program, report: Report) -> None:
    """ARG001 to ARG005 for each kernel of a program."""
    for bound in program.kernels:
        calls = list(walk(bound.kernel.source.root, "call_expression"))
        _runtime(program, bound, calls, report)
        _compile_time(bound, calls, report)
        _accessors(bound, report)
    for name, node in program.factory.unused():
        report.add("HST007", program.factory.source, node, f"{name} is not given to the program")


def _runtime(program: Program, bound: Bound, calls: list[Node], report: Report) -> None:
    count = runtime_count(bound.use)
    reads = [call for call in calls if called(call) == "get_arg_val"]
    indices = [bound.kernel.scope.constant(arguments(call)[0]) if arguments(call) else None for call in reads]
    if count is None:
        return
    for call, index in zip(reads, indices, strict=True):
        if index is not None and index >= count:
            report.add("ARG001", bound.kernel.source, call, f"argument {index} is read, and the host sets {count}")
    known = [index for index in indices if index is not None]
    whole = len(known) == len(indices) and bound.kernel.followed and "get_arg_addr" not in bound.kernel.called
    if whole and count > max(known, default=-1) + 1:
        node = bound.use.runtime[0][0]
        read = max(known, default=-1) + 1
        reason = f"{count} arguments are set, and {bound.kernel.source.path} reads {read}"
        report.add("ARG005", program.factory.source, node, reason)


def _compile_time(bound: Bound, calls: list[Node], report: Report) -> None:
    given, named = bound.use.compile_time, bound.use.named
    for call in calls:
        name, items = called(call), arguments(call) or template_arguments(call)
        if len(items) != 1:
            continue
        if name == "get_compile_time_arg_val" and given.plain:
            index = bound.kernel.scope.constant(items[0])
            if index is not None and index >= len(given.items):
                reason = f"compile-time argument {index} is read, and the host gives {len(given.items)}"
                report.add("ARG002", bound.kernel.source, call, reason)
        elif name == "get_named_compile_time_arg_val" and named is not None:
            words = string(items[0])
            if words is not None and words not in named:
                report.add("ARG004", bound.kernel.source, call, f"the host gives no argument named {words}")


def _accessors(bound: Bound, report: Report) -> None:
    """The first accessor's literal offset against the number of arguments that the host puts before it."""
    given = bound.use.compile_time
    if not given.known:
        return
    offsets = [
        (node, bound.kernel.scope.constant(items[0]))
        for node in walk(bound.kernel.source.root, "template_function", "template_type")
        if last_name(node) == "TensorAccessorArgs" and (items := template_arguments(node))
    ]
    literal = [(node, offset) for node, offset in offsets if offset is not None]
    if literal and None not in given.items:
        if all(offset >= len(given.items) for _, offset in literal):
            reason = f"the host gives {len(given.items)} compile-time arguments and no accessor's"
            report.add("ARG003", bound.kernel.source, literal[0][0], reason, "append TensorAccessorArgs on the host")
    elif literal and not any(offset == given.leading for _, offset in literal):
        node, offset = literal[0]
        reason = f"offset {offset}, and the host puts {given.leading} arguments before the first accessor"
        report.add("ARG003", bound.kernel.source, node, reason)


def check_formats(program: Program, report: Report) -> None:
    """DST006 and HST005: what the formats of buffers show."""
    buffers = program.factory.buffers
    for bound in program.kernels:
        kernel = bound.kernel
        if not kernel.computes or not kernel.followed:
            continue
        packed = [call for call in kernel.calls if call.name == "pack_tile" and len(call.given) > 1]
        formats: dict[str, Call] = {}
        for call in packed:
            index = constant(kernel.buffer(call.given[1]))
            form = buffers[index].format if index in buffers else ""
            if last_name_of(form):
                formats.setdefault(last_name_of(form), call)
        if len(formats) > 1 and not any("pack_reconfig" in name for name in kernel.called):
            call = list(formats.values())[1]
            report.add(
                "DST006", kernel.source, call.node, f"packs {' and '.join(formats)} with one setting of the packer"
            )
        pushed, waited = ({constant(a.buffer) for a in kernel.actions if a.kind == kind} for kind in (PUSH, WAIT))
        for index in sorted(index for index in pushed & waited if index is not None):
            if index in buffers and last_name_of(buffers[index].format) in _BLOCK_FLOATS:
                reason = f"buffer {index} holds intermediate results as {last_name_of(buffers[index].format)}"
                report.add("HST005", program.factory.source, buffers[index].node, reason)


def last_name_of(form: str) -> str:
    """Format of `tt::DataFormat::Float32`; "" for a variable."""
    return form.rsplit("::", 1)[-1] if "DataFormat::" in form else ""


def dst_limit(bound: Bound | None) -> int:
    """Tiles that DST holds, as far as the descriptor tells; the largest there is when it does not."""
    compute = bound.use.compute if bound is not None else {}
    if not compute:
        return 16
    wide = text(compute.get("fp32_dest_acc_en")) == "true"
    full = "dst_full_sync_en" in compute and text(compute["dst_full_sync_en"]) != "false"
    return (4 if wide else 8) * (2 if full else 1)


def check_broadcasts(kernel: Kernel, report: Report) -> None:
    """DST007: a buffer that takes row reductions and is used as a scalar."""
    if not kernel.followed:
        return
    rows = any(
        called(node) == "reduce_tile" and any("REDUCE_ROW" in text(item) for item in template_arguments(node))
        for node in walk(kernel.source.root, "call_expression")
    )
    other = any(
        "REDUCE_SCALAR" in text(node) or "REDUCE_COL" in text(node)
        for node in walk(kernel.source.root, "qualified_identifier")
    )
    packed = {kernel.buffer(call.given[1]) for call in kernel.calls if call.name == "pack_tile" and len(call.given) > 1}
    for call in kernel.calls if rows and not other else ():
        if call.name.endswith("_tiles_bcast_scalar") and len(call.given) > 1:
            buffer = kernel.buffer(call.given[1])
            reduced = buffer in packed and buffer is not None
            if reduced and _takes_reduction(kernel, buffer):
                report.add(
                    "DST007", kernel.source, call.node, f"{call.name} takes a tile whose column 0 alone is valid"
                )


def _takes_reduction(kernel: Kernel, buffer: object) -> bool:
    """Whether every pack into the buffer follows a reduction in its DST section."""
    last = ""
    seen = []
    for call in kernel.calls:
        if call.name == "tile_regs_acquire":
            last = ""
        elif call.name == "reduce_tile":
            last = "reduce"
        elif call.name == "pack_tile" and len(call.given) > 1 and kernel.buffer(call.given[1]) == buffer:
            seen.append(last)
    return bool(seen) and all(seen)
