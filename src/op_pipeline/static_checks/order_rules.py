"""Order within one kernel: pages are reserved, filled, pushed; and waited for, used, popped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from op_pipeline.static_checks.flow import Blocks, Branch, Call, Event, Loop, flat
from op_pipeline.static_checks.kernel import POP, PUSH, READ, RESERVE, UNKNOWN, WAIT, WRITE, Action, Kernel
from op_pipeline.static_checks.report import Report
from op_pipeline.static_checks.syntax import template_arguments, text
from op_pipeline.static_checks.values import Poly, number

_FILL, _USE = "fill", "use"
# Which arguments of a compute call name a buffer it takes tiles from.
_OPERANDS = {
    "copy_tile": (0,), "add_tiles": (0, 1), "sub_tiles": (0, 1), "mul_tiles": (0, 1), "matmul_tiles": (0, 1),
    "reduce_tile": (0, 1), "transpose_tile": (0,),
}  # fmt: skip
# Helpers of kernel_lib that pop their input: the template argument that names it, and the one that can say otherwise.
_POPPING = {"tilize": (1, None), "untilize": (1, None), "reduce": (2, 5)}
_LIBRARY = "compute_kernel_lib"


@dataclass
class _Pages:
    """Pages of one buffer that the kernel may fill and use at a point; None when that is not known."""

    reserved: Poly | None = None
    visible: Poly | None = None


def check_order(kernel: Kernel, report: Report) -> None:
    """CB010, CB011, NOC005 and NOC006, where the calls stand side by side."""
    for block in Blocks().collect(kernel.events):
        _block(kernel, block, report)
        _helpers(kernel, block, report)


def _helpers(kernel: Kernel, block: tuple[Event, ...], report: Report) -> None:
    """CB013: a pop after a helper that pops the same buffer, with no wait of the kernel's own in this block."""
    popped: dict[Poly, Call] = {}
    for event in block:
        if not isinstance(event, Call):
            popped.clear()
            continue
        action = kernel.action(event)
        buffer = _popped_by(kernel, event)
        if buffer is not None:
            popped[buffer] = event
        elif action.kind == WAIT:
            return  # some of the pages may be the kernel's own to pop
        elif action.kind == POP and action.buffer in popped:
            line = popped[action.buffer].node.start_point[0] + 1
            reason = f"{popped[action.buffer].name} in line {line} has popped these pages"
            report.add("CB013", kernel.source, event.node, reason)


def _popped_by(kernel: Kernel, call: Call) -> Poly | None:
    """Buffer that a call of a library helper pops; None for any other call."""
    function = call.node.child_by_field_name("function")
    if call.name not in _POPPING or _LIBRARY not in text(function):
        return None
    which, policy = _POPPING[call.name]
    given = template_arguments(call.node)
    if which >= len(given) or (policy is not None and len(given) > policy and "AndPop" not in text(given[policy])):
        return None
    return kernel.buffer(_expression(given[which]))


def _expression(argument: Node) -> Node:
    """A template argument that is a name reads like a type."""
    return argument.child_by_field_name("type") or argument


def _block(kernel: Kernel, block: tuple[Event, ...], report: Report) -> None:
    pages: dict[Poly, _Pages] = {}
    for position, event in enumerate(block):
        if isinstance(event, Call):
            action = kernel.action(event)
            if action.kind == UNKNOWN:
                pages.clear()
            elif action.buffer is not None and action.kind in {RESERVE, PUSH, WAIT, POP}:
                _move(pages.setdefault(action.buffer, _Pages()), action)
            for kind, buffer in _touches(kernel, action):
                later = {item.kind for item in _rest(kernel, block[position:]) if item.buffer == buffer}
                _judge(kernel, _Touch(kind, buffer, event), pages.get(buffer, _Pages()), later, report)
        else:
            _forget(kernel, event, pages)


def _forget(kernel: Kernel, event: Event, pages: dict[Poly, _Pages]) -> None:
    """After a loop or a choice: what is known of the buffers that it may have moved is no longer known."""
    for inner in flat((event,)):
        if isinstance(inner, (Loop, Branch)):
            continue
        action = kernel.action(inner) if isinstance(inner, Call) else None
        moves = action is not None and action.kind in {RESERVE, PUSH, WAIT, POP}
        if action is None or action.kind == UNKNOWN or (moves and action.buffer is None):
            pages.clear()
        elif moves and action.buffer is not None:
            pages.pop(action.buffer, None)


@dataclass(frozen=True)
class _Touch:
    kind: str
    buffer: Poly
    call: Call


def _move(pages: _Pages, action: Action) -> None:
    amount = action.pages
    if action.kind == RESERVE:
        pages.reserved = amount
    elif action.kind == WAIT:
        pages.visible = amount
    elif action.kind == PUSH:
        pages.reserved = pages.reserved - amount if pages.reserved is not None and amount is not None else None
        pages.visible = None  # what a kernel pushes itself it may use
    else:
        pages.visible = pages.visible - amount if pages.visible is not None and amount is not None else None


def _touches(kernel: Kernel, action: Action) -> Iterator[tuple[str, Poly]]:
    """Buffers whose pages a call fills or uses."""
    given = action.call.given
    if action.kind in {READ, WRITE} and action.buffer is not None:
        yield (_FILL if action.kind == READ else _USE), action.buffer
    elif action.call.name == "pack_tile" and len(given) > 1:
        buffer = kernel.buffer(given[1])
        if buffer is not None:
            yield _FILL, buffer
    else:
        for position in _OPERANDS.get(action.call.name, ()):
            buffer = kernel.buffer(given[position]) if position < len(given) else None
            if buffer is not None:
                yield _USE, buffer


def _rest(kernel: Kernel, block: tuple[Event, ...]) -> Iterator[Action]:
    """Direct calls of the rest of a block."""
    return (kernel.action(event) for event in block if isinstance(event, Call))


def _judge(kernel: Kernel, touch: _Touch, pages: _Pages, later: set[str], report: Report) -> None:
    zero = number(0)
    node = touch.call.node
    if touch.kind == _FILL:
        if pages.reserved == zero:
            report.add("NOC005", kernel.source, node, f"{touch.call.name} fills pages that are pushed already")
        elif pages.reserved is None and RESERVE in later and not _earlier(kernel, touch, {RESERVE, PUSH, WAIT}):
            report.add("CB010", kernel.source, node, f"{touch.call.name} fills pages that are reserved afterwards")
    elif pages.visible == zero:
        report.add("CB011", kernel.source, node, f"{touch.call.name} takes pages that are popped already")
    elif pages.visible is None and WAIT in later and not _earlier(kernel, touch, {WAIT, RESERVE, PUSH}):
        report.add("NOC006", kernel.source, node, f"{touch.call.name} takes pages that are waited for afterwards")


def _earlier(kernel: Kernel, touch: _Touch, kinds: set[str]) -> bool:
    """Whether the kernel may have moved the buffer's pages like that before, or done something unknown."""
    return any(
        item.node.start_byte < touch.call.node.start_byte
        and (item.kind == UNKNOWN or (item.kind in kinds and (item.buffer == touch.buffer or item.buffer is None)))
        for item in kernel.actions
    )
