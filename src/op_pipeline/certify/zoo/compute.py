"""Mutations of the compute kernel: what is computed, and the rules of DST and initialisation."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import Call, Source, before, remove, replace
from op_pipeline.certify.zoo.base import Candidate, Made, Mutant, Mutation
from op_pipeline.certify.zoo.kernels import ARGUMENT, RECONFIGURE, STARTUP, include, math_calls, regions, waited

MOVE = "api/compute/tile_move_copy.h"
FILL = "api/compute/eltwise_unary/fill.h"
SCALAR = "api/compute/eltwise_unary/binop_with_scalar.h"
COMMUTATIVE = ("add", "mul", "binary_max", "binary_min")
# Functions with the same arguments; the first part of a name is replaced in the call and in its initialisation.
OTHER = {
    "add": "sub", "sub": "add", "mul": "add", "div": "mul", "sigmoid": "tanh", "tanh": "sigmoid", "exp": "square",
    "square": "abs", "abs": "square", "sqrt": "abs", "relu": "abs", "log": "abs", "recip": "square", "rsqrt": "recip",
    "negative": "abs", "gelu": "relu", "sin": "cos", "cos": "sin",
}  # fmt: skip
HEADERS = {"recip": "api/compute/eltwise_unary/recip.h", "relu": "api/compute/eltwise_unary/relu.h"}
SYNCHRONISED = tuple(f"tile_regs_{word}" for word in ("acquire", "commit", "wait", "release"))


def inputs_returned(candidate: Candidate) -> list[Mutant]:
    """One input comes out as it is, for each input."""
    source, made = candidate.kernel("compute"), Made()
    region = regions(source)[-1]
    reconfigured = bool(source.calls_of(*RECONFIGURE))
    for position, buffer in enumerate(waited(candidate), 1):
        init = f"reconfig_data_format_srca({buffer}); " if reconfigured else ""
        text = f"{init}copy_init({buffer}); copy_tile({buffer}, 0, {region.result});"
        start, end = region.statements[0].start_byte, region.statements[-1].end_byte
        lines = "\n" * source.data[start:end].count(b"\n")
        made.add(
            source, f"input {position}", region.acquire, [(start, end, text + lines), *include(source, MOVE)], text
        )
    return made.all("no input")


def _at_the_end(header: str, text: str) -> Callable[[Candidate], list[Mutant]]:
    """Something done to the result before it is committed; {0} is its DST index."""

    def make(candidate: Candidate) -> list[Mutant]:
        source, made = candidate.kernel("compute"), Made()
        region = regions(source)[-1]
        added = text.format(region.result)
        made.add(source, "", region.commit, [before(region.commit, added), *include(source, header)], added)
        return made.all("no result")

    return make


def _bits(value: float) -> str:
    return f"0x{struct.unpack('<I', struct.pack('<f', value))[0]:08x}"


def _scalar(function: str, value: float) -> Callable[[Candidate], list[Mutant]]:
    return _at_the_end(SCALAR, f"binop_with_scalar_tile_init(); {function}_unary_tile({{0}}, {_bits(value)});")


def dropped_terms(candidate: Candidate) -> list[Mutant]:
    """Each computing call left out in turn."""
    source, made = candidate.kernel("compute"), Made()
    for call, statement in math_calls(source):
        made.add(source, call.verb, call.node, [remove(source, statement)], f"-{source.of(call.node)}")
    return made.all("the compute kernel calls no function of tiles")


def swapped_operands(candidate: Candidate) -> list[Mutant]:
    """The first two operands of each binary call exchanged."""
    source, made = candidate.kernel("compute"), Made()
    for call, _ in math_calls(source):
        if call.verb.endswith(("_binary_tile", "_tiles")) and len(call.arguments) >= 3:
            first, second = call.arguments[:2]
            edits = [replace(first, source.of(second)), replace(second, source.of(first))]
            same = "the function is commutative" if call.verb.startswith(COMMUTATIVE) else ""
            made.add(source, call.verb, call.node, edits, f"{source.of(second)}, {source.of(first)}", same)
    return made.all("no function of two tiles is called")


def other_functions(candidate: Candidate) -> list[Mutant]:
    """Each computing call replaced by a function that takes the same arguments."""
    source, made = candidate.kernel("compute"), Made()
    for call, _ in math_calls(source):
        head, _, rest = call.verb.partition("_")
        function = call.node.child_by_field_name("function")
        if head not in OTHER or function is None or function.type != "identifier":
            continue
        name = f"{OTHER[head]}_{rest}"
        edits = [replace(function, name), *include(source, HEADERS.get(OTHER[head], MOVE))]
        inits = [item for item in source.calls_of(f"{call.verb}_init") if item.node.start_byte < call.node.start_byte]
        target = inits[-1].node.child_by_field_name("function") if inits else None
        if target is not None:
            edits.append(replace(target, f"{name}_init"))
        made.add(source, call.verb, call.node, edits, f"{call.verb} → {name}")
    return made.all("no function is called whose likeness is known")


def _each_left_out(choose: Callable[[Source], Iterable[str]], why_none: str) -> Callable[[Candidate], list[Mutant]]:
    """Each call of some verbs of the compute kernel left out in turn."""

    def make(candidate: Candidate) -> list[Mutant]:
        source, made = candidate.kernel("compute"), Made()
        for call, statement in source.statements_of(*choose(source)):
            same = _no_effect(source, call) if candidate.one_format else ""
            made.add(source, call.verb, call.node, [remove(source, statement)], f"-{source.of(call.node)}", same)
        return made.all(why_none)

    return make


def _no_effect(source: Source, call: Call) -> str:
    """Why a call does nothing when all circular buffers have one format; "" when it does something."""
    if call.verb in RECONFIGURE:
        return "all circular buffers of a call have one format"
    before_it = [item for item in source.calls if item.node.start_byte < call.node.start_byte]
    # Those of single tiles set up the SFPU only; unpacker and FPU keep what the last one of the others set.
    others = [item.verb for item in before_it if item.verb.endswith("_init") and not item.verb.endswith("_tile_init")]
    if call.verb in {"copy_init", "copy_tile_init"} and others and others[-1] == call.verb:
        return "the same was set up for a circular buffer of the same format just before"
    return ""


def _inits(source: Source) -> set[str]:
    return {call.verb for call in source.calls if call.verb.endswith(("_init", "_init_short"))}


def wrong_operands(candidate: Candidate) -> list[Mutant]:
    """Tile and DST indices that are wrong: a tile that was not waited for, a register beyond the limit."""
    source, made = candidate.kernel("compute"), Made()
    for call in source.calls_of("copy_tile"):
        if len(call.arguments) == 3:
            made.add(
                source, "copies the next tile", call.node, [replace(call.arguments[1], "1")], "tile 1 of the buffer"
            )
            made.add(source, "DST beyond the limit", call.node, [replace(call.arguments[2], "16")], "DST 16")
    for call in source.calls_of("pack_tile"):
        if len(call.arguments) >= 2:
            edits = [replace(call.arguments[0], f"{source.of(call.arguments[0])} + 1")]
            made.add(source, "packs another register", call.node, edits, "DST + 1")
    return made.all("neither copy_tile nor pack_tile is called")


def parameters_in_kernel(candidate: Candidate) -> list[Mutant]:
    """Each parameter's runtime argument replaced: always the default, right for it only, wrong for it only."""
    source, made = candidate.kernel("compute"), Made()
    names = candidate.arguments.get("compute", ())
    for parameter in candidate.parameters:
        value = parameter.value()
        usual = _bits(float(value)) if parameter.type == "float" else str(int(value))
        other = _bits(0.0) if value else _bits(1.0)
        for call in source.calls_of(*ARGUMENT):
            index = source.of(call.arguments[0]) if call.arguments else ""
            if not index.isdigit() or int(index) >= len(names) or parameter.name not in names[int(index)]:
                continue
            given = source.of(call.node)
            for what, text in (
                ("always the default", usual),
                ("right for the default only", f"({given} == {usual} ? {usual} : {other})"),
                ("wrong for the default only", f"({given} == {usual} ? {other} : {given})"),
            ):
                made.add(source, f"{parameter.name} {what}", call.node, [replace(call.node, text)], text)
    return made.all("no runtime argument of the compute kernel is a parameter of the contract")


def _row(
    name: str, kind: str, origin: str, make: Callable[[Candidate], list[Mutant]], *, trivial: bool = False
) -> Mutation:
    return Mutation(name, Level.KERNEL, kind, origin, make, stages=(7, 6, 5, 4, 2, 3, 1), trivial=trivial)


COMPUTE: tuple[Mutation, ...] = (
    _row("input returned", "identity", "design", inputs_returned, trivial=True),
    _row("zeros", "zeros", "design", _at_the_end(FILL, "fill_tile_init(); fill_tile({0}, 0.0f);"), trivial=True),
    _row("ones", "constant", "design", _at_the_end(FILL, "fill_tile_init(); fill_tile({0}, 1.0f);"), trivial=True),
    _row("scaled by 1.03", "scaled", "design", _scalar("mul", 1.03)),
    _row("scaled by 2", "scaled", "design", _scalar("mul", 2.0)),
    _row("negated", "scaled", "design", _scalar("mul", -1.0)),
    _row("shifted by 0.1", "offset", "design", _scalar("add", 0.1)),
    _row("dropped", "dropped term", "design", dropped_terms),
    _row("operands swapped", "swapped operands", "design", swapped_operands),
    _row("other function", "wrong function", "design", other_functions),
    _row("parameter", "hard-coded parameter", "design", parameters_in_kernel),
    _row("left out", "missing startup", "catalogue 17", _each_left_out(lambda _: STARTUP, "no startup is called")),
    _row("left out", "missing init", "catalogue 17", _each_left_out(_inits, "no initialisation is called")),
    _row("left out", "missing reconfiguration", "catalogue 9",
         _each_left_out(lambda _: RECONFIGURE, "no format is reconfigured")),
    _row("left out", "DST not synchronised", "catalogue 17",
         _each_left_out(lambda _: SYNCHRONISED, "no call of tile_regs_… is a statement")),
    _row("wrong index", "wrong register or tile", "catalogue 5", wrong_operands),
)  # fmt: skip
