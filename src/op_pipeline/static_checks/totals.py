"""How many pages a kernel moves over its whole run, and a run of a program's buffers on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from op_pipeline.static_checks.flow import Branch, Call, Event, Jump, Loop, Opaque, flat
from op_pipeline.static_checks.kernel import POP, PUSH, RESERVE, WAIT, Action, Kernel, constant
from op_pipeline.static_checks.values import Poly, number

MOVES = frozenset({RESERVE, PUSH, WAIT, POP})
_STEPS = 20_000  # of a run on paper; longer ones are not decided
_ROUNDS = 12  # what every unknown count is taken to be


def total(kernel: Kernel, sequence: tuple[Event, ...], kind: str, buffer: int) -> Poly | None:
    """Pages of a buffer that the sequence pushes (or pops, ...); None when the text does not tell."""
    out = number(0)
    for event in sequence:
        if isinstance(event, Call):
            action = kernel.action(event)
            if action.kind == kind and action.buffer == number(buffer):
                if action.pages is None:
                    return None
                out += action.pages
        elif isinstance(event, (Loop, Branch)):
            part = _nested(kernel, event, kind, buffer)
            if part is None:
                return None
            out += part
    return out


def _nested(kernel: Kernel, event: Loop | Branch, kind: str, buffer: int) -> Poly | None:
    if isinstance(event, Loop):
        body = total(kernel, event.body, kind, buffer)
        rounds = kernel.resolved(event.rounds)
        if body is None or not body.terms:
            return body
        return body * rounds if rounds is not None else None
    arms = [total(kernel, arm, kind, buffer) for arm in event.arms]
    if not event.complete:
        arms.append(number(0))
    first = arms[0]
    return first if all(arm is not None and first is not None and arm.terms == first.terms for arm in arms) else None


def countable(kernel: Kernel) -> bool:
    """Whether its buffer calls can be counted: all followed, each with a known buffer, no early way out."""
    if not kernel.followed:
        return False
    if any(isinstance(event, (Jump, Opaque)) for event in flat(kernel.events)):
        return False
    return all(
        action.buffer is not None and action.buffer.constant is not None
        for action in kernel.actions
        if action.kind in MOVES
    )


@dataclass(frozen=True)
class Stuck:
    """Where each kernel stands when nobody can go on: the call, or None for one that has ended."""

    calls: tuple[Call | None, ...]


def run_on_paper(kernels: tuple[Kernel, ...], capacity: Mapping[int, int], ready: frozenset[int]) -> Stuck | None:
    """Run the buffer calls of countable kernels with every unknown count at a fixed number.

    Returns where they are stuck; None when they end, or when the text does not tell. Buffers without a capacity are
    endless; pages of those that are `ready` need no push. A buffer some of whose steps are unknown counts as endless,
    too: the host may see to it that they fit.
    """
    stepped = {
        constant(action.buffer)
        for kernel in kernels
        for action in kernel.actions
        if action.kind in MOVES and constant(action.pages) is None
    }
    rooms = {index: pages for index, pages in capacity.items() if index not in stepped}
    try:
        return _run([_steps(kernel, kernel.events, ready) for kernel in kernels], rooms)
    except _UndecidedError:
        return None


class _UndecidedError(Exception):
    """A count or a branch that the text does not decide."""


_Step = tuple[str, int, int, Call]


def _run(runs: list[Iterator[_Step]], capacity: Mapping[int, int]) -> Stuck | None:
    held: dict[int, int] = {}
    waiting: list[_Step | None] = [next(run, None) for run in runs]
    for _ in range(_STEPS):
        moved = False
        for index, step in enumerate(waiting):
            if step is not None and _possible(step, held, capacity):
                kind, buffer, pages, _ = step
                held[buffer] = held.get(buffer, 0) + (pages if kind == PUSH else -pages if kind == POP else 0)
                waiting[index] = next(runs[index], None)
                moved = True
        if not moved:
            return Stuck(tuple(step[3] if step else None for step in waiting)) if any(waiting) else None
    raise _UndecidedError


def _possible(step: _Step, held: Mapping[int, int], capacity: Mapping[int, int]) -> bool:
    kind, buffer, pages, _ = step
    if kind == WAIT:
        return held.get(buffer, 0) >= pages
    room = capacity.get(buffer)
    if kind == RESERVE and room is not None:
        return held.get(buffer, 0) + pages <= room
    return True


def _steps(kernel: Kernel, sequence: tuple[Event, ...], ready: frozenset[int]) -> Iterator[_Step]:
    for event in sequence:
        if isinstance(event, Call):
            yield from _step(kernel.action(event), ready)
        elif isinstance(event, Loop):
            if not _moves(kernel, event.body):
                continue
            rounds = kernel.resolved(event.rounds)
            if rounds is None:
                raise _UndecidedError
            for _ in range(rounds.at(_ROUNDS)):
                yield from _steps(kernel, event.body, ready)
        elif isinstance(event, Branch) and any(_moves(kernel, arm) for arm in event.arms):
            raise _UndecidedError


def _step(action: Action, ready: frozenset[int]) -> Iterator[_Step]:
    if action.kind not in MOVES:
        return
    index = constant(action.buffer)
    if action.pages is None or index is None:
        raise _UndecidedError
    if index not in ready:
        yield action.kind, index, action.pages.at(_ROUNDS), action.call


def _moves(kernel: Kernel, sequence: tuple[Event, ...]) -> bool:
    return any(isinstance(event, Call) and kernel.action(event).kind in MOVES for event in flat(sequence))
