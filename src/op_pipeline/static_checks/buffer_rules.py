"""Circular buffers across the kernels of one program, and against the sizes the factory gives them."""

from __future__ import annotations

from op_pipeline.static_checks.descriptors import Buffer
from op_pipeline.static_checks.flow import Loop, flat
from op_pipeline.static_checks.kernel import POP, PUSH, RESERVE, WAIT, Action, Kernel, constant
from op_pipeline.static_checks.program import Bound, Program
from op_pipeline.static_checks.report import Report
from op_pipeline.static_checks.totals import MOVES, countable, run_on_paper, total
from op_pipeline.static_checks.values import Poly, number


def check_buffers(program: Program, report: Report) -> None:
    """CB001 to CB009, but for CB006, in one program."""
    for bound in program.kernels:
        for action in bound.kernel.actions:
            buffer = program.factory.buffers.get(_index(action))
            if buffer is not None and action.kind in MOVES:
                _sizes(bound.kernel, action, buffer, report)
        _unasked(bound.kernel, program, report)
    _shared(program, report)
    _declared(program, report)
    if program.complete and all(countable(bound.kernel) for bound in program.kernels):
        _across(program, report)


def _index(action: Action) -> int:
    value = constant(action.buffer)
    return value if value is not None else -1


def _sizes(kernel: Kernel, action: Action, buffer: Buffer, report: Report) -> None:
    """Pages moved at a time against the pages of the buffer."""
    pages, room = constant(action.pages), constant(buffer.pages)
    if pages is None or room is None or buffer.backed:
        return
    name = f"buffer {buffer.index} of {room} page{'s' if room != 1 else ''}"
    if pages > room:
        report.add("CB004", kernel.source, action.node, f"{action.kind} of {pages} pages on {name}")
    elif action.kind == PUSH and room % pages and _in_loop(kernel, action):
        report.add("CB005", kernel.source, action.node, f"push of {pages} pages at a time on {name}")


def _in_loop(kernel: Kernel, action: Action) -> bool:
    """Whether it is repeated: a push that happens once may leave pages unused."""
    loops = [event for event in flat(kernel.events) if isinstance(event, Loop)]
    return any(
        inner is action.call and constant(kernel.resolved(loop.rounds)) != 1
        for loop in loops
        for inner in flat(loop.body)
    )


def check_steps(kernel: Kernel, report: Report) -> None:
    """CB006 in one kernel."""
    sizes: dict[Poly, tuple[int, Action]] = {}
    for action in kernel.actions:
        pages = constant(action.pages)
        if action.kind != PUSH or action.buffer is None or pages is None:
            continue
        known, first = sizes.setdefault(action.buffer, (pages, action))
        if known != pages:
            line = first.node.start_point[0] + 1
            report.add("CB006", kernel.source, action.node, f"push of {pages} pages here and of {known} in line {line}")


def _unasked(kernel: Kernel, program: Program, report: Report) -> None:
    """Pushes of buffers that the kernel never reserves, pops of those it never waits for."""
    if not kernel.followed:
        return
    for move, ask, rule in ((PUSH, RESERVE, "CB007"), (POP, WAIT, "CB008")):
        asked = {action.buffer for action in kernel.actions if action.kind == ask}
        if move == POP:  # what a kernel has pushed itself is there
            asked |= {action.buffer for action in kernel.actions if action.kind == PUSH}
        for action in kernel.actions:
            if action.kind != move or action.buffer is None or action.buffer in asked or None in asked:
                continue
            declared = program.factory.buffers.get(_index(action))
            if declared is not None and not declared.backed:
                word = "reserved" if move == PUSH else "waited for"
                report.add(rule, kernel.source, action.node, f"buffer {declared.index} is never {word} in this kernel")


def _shared(program: Program, report: Report) -> None:
    """One buffer moved by two kernels that run on the same cores."""
    for kind in (PUSH, POP):
        users: dict[int, Bound] = {}
        for bound in program.kernels:
            for index in {_index(action) for action in bound.kernel.actions if action.kind == kind} - {-1}:
                other = users.setdefault(index, bound)
                if other is not bound and other.use.cores == bound.use.cores:
                    action = next(item for item in bound.kernel.actions if item.kind == kind and _index(item) == index)
                    report.add(
                        "CB003",
                        bound.kernel.source,
                        action.node,
                        f"{other.kernel.source.path} also {kind}s buffer {index}",
                    )


def _declared(program: Program, report: Report) -> None:
    """Moves of buffers that the host does not declare, when all its declarations are understood."""
    if not program.factory.declared:
        return
    for bound in program.kernels:
        for action in bound.kernel.actions:
            index = _index(action)
            if action.kind in MOVES and index >= 0 and index not in program.factory.buffers:
                report.add("CB012", bound.kernel.source, action.node, f"the host declares no buffer {index}")


def _across(program: Program, report: Report) -> None:
    """Rules that need every kernel understood."""
    if len({bound.use.cores for bound in program.kernels}) > 1:
        return
    kernels = tuple(bound.kernel for bound in program.kernels)
    indices = sorted({_index(action) for kernel in kernels for action in kernel.actions if action.kind in MOVES})
    balanced = [_balance(program, kernels, index, report) for index in indices]
    if all(balanced):
        _order(program, kernels, report)


def _balance(program: Program, kernels: tuple[Kernel, ...], index: int, report: Report) -> bool:
    """Whether pushes and pops of a buffer are known and equal; findings where they are known and differ."""
    backed = index in program.factory.buffers and program.factory.buffers[index].backed
    here = [(kernel, action) for kernel in kernels for action in kernel.actions if _index(action) == index]
    pushes = [(kernel, action) for kernel, action in here if action.kind == PUSH]
    takes = [(kernel, action) for kernel, action in here if action.kind in {WAIT, POP}]
    if takes and not pushes and not backed:
        kernel, action = takes[0]
        report.add("CB002", kernel.source, action.node, f"no kernel of the program pushes buffer {index}")
        return False
    if any(len({id(kernel) for kernel, action in here if action.kind == kind}) > 1 for kind in (PUSH, POP)):
        return False  # CB003 says so
    sums = []
    for kind in (PUSH, POP):
        parts = [total(kernel, kernel.events, kind, index) for kernel in kernels]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return False
        sums.append(sum(known, number(0)))
    pushed, popped = sums
    if pushed.terms == popped.terms:
        return True
    pops = [(kernel, action) for kernel, action in takes if action.kind == POP]
    room = constant(program.factory.buffers[index].pages) if index in program.factory.buffers else None
    if not pops and pushes and not backed and room is not None and pushed.sign() and pushed.symbols:
        kernel, action = pushes[0]
        reason = f"buffer {index} of {room} pages: {pushed} pages are pushed in all, and nobody pops one"
        report.add("CB001", kernel.source, action.node, reason)
    if pops and not backed and (pushed - popped).sign():
        kernel, action = pops[0]
        producer = pushes[0][0].source.path
        reason = f"buffer {index}: {popped} pages are popped in all, and {producer} pushes {pushed}"
        report.add("CB001", kernel.source, action.node, reason)
    return False


def _order(program: Program, kernels: tuple[Kernel, ...], report: Report) -> None:
    buffers = program.factory.buffers.items()
    rooms = {index: pages for index, buffer in buffers if (pages := constant(buffer.pages)) is not None}
    if any(
        action.kind in {RESERVE, WAIT} and _too_many(action, rooms) for kernel in kernels for action in kernel.actions
    ):
        return  # CB004 says so
    stuck = run_on_paper(kernels, rooms, frozenset(index for index, buffer in buffers if buffer.backed))
    if stuck is None:
        return
    waiting = [(kernel, call) for kernel, call in zip(kernels, stuck.calls, strict=True) if call is not None]
    (kernel, call), others = waiting[0], waiting[1:]
    where = ", ".join(f"{other.source.path}:{there.node.start_point[0] + 1}" for other, there in others)
    reason = f"waits here for ever; so do {where}" if others else "waits here for ever; the other kernels have ended"
    report.add("CB009", kernel.source, call.node, reason)


def _too_many(action: Action, rooms: dict[int, int]) -> bool:
    pages, room = constant(action.pages), rooms.get(_index(action))
    return pages is not None and room is not None and pages > room
