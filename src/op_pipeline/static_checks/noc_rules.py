"""Data movement in one kernel: reads, writes, their barriers and the pages they fill or empty."""

from __future__ import annotations

from typing import NamedTuple

from op_pipeline.static_checks.flow import Blocks, Branch, Call, Event, Jump, Loop, Opaque, flat
from op_pipeline.static_checks.kernel import (
    FLUSH,
    POP,
    PUSH,
    READ,
    READ_BARRIER,
    UNKNOWN,
    WRITE,
    WRITE_BARRIER,
    Action,
    Kernel,
)
from op_pipeline.static_checks.report import Report
from op_pipeline.static_checks.values import Poly


class _Transfer(NamedTuple):
    """A kind of transfer, how its pages move on, what ends it before."""

    kind: str
    move: str
    ends: frozenset[str]
    rule: str


_TRANSFERS = (
    _Transfer(READ, PUSH, frozenset({READ_BARRIER, UNKNOWN}), "NOC001"),
    _Transfer(WRITE, POP, frozenset({WRITE_BARRIER, FLUSH, UNKNOWN}), "NOC002"),
)


def check_transfers(kernel: Kernel, report: Report) -> None:
    """NOC001 to NOC004 in a kernel that is no compute kernel."""
    if kernel.computes or kernel.main is None:
        return
    for block in Blocks().collect(kernel.events):
        for transfer in _TRANSFERS:
            _pending(kernel, block, transfer, report)
    if kernel.followed:
        _at_the_end(kernel, report)


def _pending(kernel: Kernel, block: tuple[Event, ...], transfer: _Transfer, report: Report) -> None:
    """A transfer of a buffer, then its pages move on, and nothing between them waits for the transfer."""
    under_way: dict[Poly, Action] = {}

    def go(sequence: tuple[Event, ...]) -> None:
        for event in sequence:
            if isinstance(event, Call):
                action = kernel.action(event)
                if action.kind in transfer.ends:
                    under_way.clear()
                elif action.kind == transfer.kind and action.buffer is not None:
                    under_way[action.buffer] = action
                elif action.kind == transfer.move and action.buffer in under_way:
                    started = under_way[action.buffer]
                    line = started.node.start_point[0] + 1
                    what = "read into" if transfer.kind == READ else "write out of"
                    report.add(
                        transfer.rule,
                        kernel.source,
                        event.node,
                        f"no barrier since the {what} these pages in line {line}",
                    )
            elif isinstance(event, Loop) and not _may_end(kernel, event.body, transfer.ends):
                go(event.body)
            elif not isinstance(event, Branch) or any(_may_end(kernel, arm, transfer.ends) for arm in event.arms):
                under_way.clear()

    go(block)


def _may_end(kernel: Kernel, sequence: tuple[Event, ...], ends: frozenset[str]) -> bool:
    return any(
        isinstance(event, (Opaque, Jump)) or (isinstance(event, Call) and kernel.action(event).kind in ends)
        for event in flat(sequence)
    )


def _at_the_end(kernel: Kernel, report: Report) -> None:
    for kind, end, rule in ((WRITE, WRITE_BARRIER, "NOC003"), (READ, READ_BARRIER, "NOC004")):
        last = max((item for item in kernel.actions if item.kind == kind), key=_position, default=None)
        if last is None or any(
            _position(item) > _position(last) for item in kernel.actions if item.kind in {end, UNKNOWN}
        ):
            continue
        what = "write" if kind == WRITE else "read"
        report.add(rule, kernel.source, last.node, f"nothing waits for this {what} before the kernel ends")


def _position(action: Action) -> int:
    return action.node.start_byte
