"""The compute protocol in one kernel: start-up, inits, DST sections and indices."""

from __future__ import annotations

from collections.abc import Iterator

from op_pipeline.static_checks.flow import Blocks, Call, Event, Loop, Opaque, flat
from op_pipeline.static_checks.kernel import ACQUIRE, COMMIT, REGS_WAIT, RELEASE, UNKNOWN, Kernel
from op_pipeline.static_checks.names import load
from op_pipeline.static_checks.report import Report
from op_pipeline.static_checks.syntax import text
from op_pipeline.static_checks.values import Poly

_OLD_SECTIONS = frozenset({"acquire_dst", "release_dst"})
_FPU = {
    "copy_tile": "copy", "add_tiles": "add", "sub_tiles": "sub", "mul_tiles": "mul", "matmul_tiles": "matmul",
    "matmul_block": "matmul", "reduce_tile": "reduce", "transpose_tile": "transpose",
}  # fmt: skip
_PACKS = frozenset({"pack_tile", "pack_block"})
# Inits that set up more than the operation of their name.
_BROAD = ("_common", "_sfpu", "binary_op", "binary_tiles", "unary_op", "hw_configure", "reuse_dest", "bcast")
_STARTUPS = ("hw_startup", "hw_configure", "_common", "init_sfpu", "mm_init", "mm_block_init", "init_bcast")
_INDEX = {"copy_tile": (2,), "pack_tile": (0,), "add_tiles": (4,), "sub_tiles": (4,), "mul_tiles": (4,),
          "matmul_tiles": (4,), "matmul_block": (4,), "reduce_tile": (4,), "transpose_tile": (2,)}  # fmt: skip
_WORDS = {
    ACQUIRE: "tile_regs_acquire",
    COMMIT: "tile_regs_commit",
    REGS_WAIT: "tile_regs_wait",
    RELEASE: "tile_regs_release",
}


def check_compute(kernel: Kernel, limit: int, report: Report) -> None:
    """DST001 to DST005. `limit`: tiles that DST holds in the kernel's configuration."""
    if not kernel.computes:
        return
    _indices(kernel, limit, report)
    if kernel.called & _OLD_SECTIONS:
        return
    if kernel.followed:
        _startup(kernel, report)
        _inits(kernel, report)
        _pairs(kernel, report)
    for block in Blocks().collect(kernel.events):
        _section(kernel, block, report)


def _startup(kernel: Kernel, report: Report) -> None:
    first = next((call for call in kernel.calls if _configured(call.name)), None)
    started = [call for call in kernel.calls if any(word in call.name for word in _STARTUPS)]
    if first is None:
        return
    if not started:
        report.add("DST003", kernel.source, first.node, f"{first.name} is called and compute was never started")
    elif started[0].node.start_byte > first.node.start_byte and not any(
        isinstance(event, Loop) and any(inner is started[0] for inner in flat(event.body))
        for event in flat(kernel.events)
    ):
        line = started[0].node.start_point[0] + 1
        report.add(
            "DST003", kernel.source, first.node, f"{first.name} is called before {started[0].name} in line {line}"
        )


def _configured(name: str) -> bool:
    return name in _FPU or name in _PACKS or name.startswith("tile_regs_") or bool(load().init_of(name))


def _inits(kernel: Kernel, report: Report) -> None:
    """An operation whose init is called nowhere in the kernel."""
    inits = [name for name in kernel.called if "init" in name]
    if any(word in name for name in inits for word in _BROAD):
        inits.append("copy_init add_init sub_init mul_init")
    for call in kernel.calls:
        stem = _FPU.get(call.name)
        if stem is not None:
            if not any(stem in name for name in inits):
                report.add(
                    "DST004", kernel.source, call.node, f"{call.name} without {stem}_init", f"call {stem}_init first"
                )
            continue
        init = load().init_of(call.name) if call.name.endswith("_tile") else ""
        if init and not any(name.startswith(init) or init.removesuffix("_tile_init") in name for name in inits):
            report.add("DST004", kernel.source, call.node, f"{call.name} without {init}", f"call {init} first")


def _pairs(kernel: Kernel, report: Report) -> None:
    """One of the four calls stands nowhere in a kernel that has another."""
    kinds = {action.kind for action in kernel.actions}
    present = [action for action in kernel.actions if action.kind in _WORDS]
    if not present:
        return
    for kind, word in _WORDS.items():
        if kind not in kinds:
            name = present[0].call.name
            report.add("DST002", kernel.source, present[0].node, f"{name} is called and {word} never", f"add {word}()")


def _section(kernel: Kernel, block: tuple[Event, ...], report: Report) -> None:
    """Order of the four calls, of math and of pack, where they stand side by side."""
    section: dict[str, Call] = {}
    for event in block:
        if not isinstance(event, Call):
            if isinstance(event, Opaque) or _has_registers(kernel, event):
                section = {}
            else:
                for call in _calls(event):
                    _within(kernel, call, section, report)
            continue
        kind = kernel.action(event).kind
        if kind == UNKNOWN:
            section = {}
        elif kind == ACQUIRE:
            if ACQUIRE in section:
                line = section[ACQUIRE].node.start_point[0] + 1
                report.add("DST002", kernel.source, event.node, f"acquired again, not released since line {line}")
            section = {ACQUIRE: event}
        elif kind == RELEASE:
            _closed(kernel, section, event, report)
            section = {}
        elif kind in _WORDS:
            section[kind] = event
        else:
            _within(kernel, event, section, report)


def _closed(kernel: Kernel, section: dict[str, Call], release: Call, report: Report) -> None:
    if ACQUIRE not in section:
        return
    for kind in (COMMIT, REGS_WAIT):
        if kind not in section:
            report.add(
                "DST002",
                kernel.source,
                release.node,
                f"released without {_WORDS[kind]}",
                f"call {_WORDS[kind]}() before it",
            )


def _within(kernel: Kernel, call: Call, section: dict[str, Call], report: Report) -> None:
    if ACQUIRE not in section:
        return
    if call.name in _PACKS and REGS_WAIT not in section:
        report.add("DST005", kernel.source, call.node, f"{call.name} before tile_regs_wait")
    elif call.name in _FPU and COMMIT in section:
        report.add("DST005", kernel.source, call.node, f"{call.name} after tile_regs_commit")


def _has_registers(kernel: Kernel, event: Event) -> bool:
    return any(
        isinstance(inner, Opaque) or (isinstance(inner, Call) and kernel.action(inner).kind in {*_WORDS, UNKNOWN})
        for inner in flat((event,))
    )


def _calls(event: Event) -> Iterator[Call]:
    return (inner for inner in flat((event,)) if isinstance(inner, Call))


def _indices(kernel: Kernel, limit: int, report: Report) -> None:
    """Constant DST indices, and those of loops with constant bounds."""

    def go(sequence: tuple[Event, ...], highest: dict[str, int]) -> None:
        for event in sequence:
            if isinstance(event, Loop):
                go(event.body, {**highest, **_last(kernel, event)})
            elif isinstance(event, Call):
                _index(kernel, event, highest, limit, report)
            else:
                for arm in getattr(event, "arms", ()):
                    go(arm, highest)

    go(kernel.events, {})


def _index(kernel: Kernel, call: Call, highest: dict[str, int], limit: int, report: Report) -> None:
    given = call.given
    # Functions of the vector unit work on a tile of DST; others with an init of their name begin with a buffer.
    vector = call.name.endswith("_tile") and load().init_of(call.name)
    positions = _INDEX.get(call.name) or ((0,) if vector else ())
    for position in positions:
        if position >= len(given):
            continue
        node = given[position]
        bound: Poly | None = kernel.resolved(kernel.scope.value(node))
        value = bound.constant if bound is not None else highest.get(text(node))
        if value is not None and value >= limit:
            report.add("DST001", kernel.source, node, f"DST index {value}, and DST holds {limit} tiles here")


def _last(kernel: Kernel, loop: Loop) -> dict[str, int]:
    """Highest value of the loop's variable, when it starts at 0 and counts by one to a constant."""
    rounds = kernel.resolved(loop.rounds)
    declaration = loop.node.child_by_field_name("initializer")
    first = declaration.child_by_field_name("declarator") if declaration is not None else None
    update = loop.node.child_by_field_name("update")
    if first is None or first.type != "init_declarator" or rounds is None or not rounds.constant or update is None:
        return {}
    start = kernel.scope.constant(first.child_by_field_name("value"))
    if start is None or update.type != "update_expression":
        return {}
    return {text(first.child_by_field_name("declarator")): start + rounds.constant - 1}
