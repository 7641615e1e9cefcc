"""Tile-level dataflow graph of a formula: hash-consed nodes, so that a common subexpression is one node.

A node is an input tile (`load`), a constant tile (`fill`) or one call of `tile_ops.TILE_OPS`. Scalars are kept apart:
they are numbers known now, or C++ expressions that the host evaluates once per call.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

from op_pipeline.backends.template.tile_ops import TILE_OPS

ATOM = 100
"""Precedence of names, calls and literals: never needs parentheses."""


@dataclass(frozen=True)
class Scalar:
    """A value that is the same for all elements. `value` is None when it depends on a parameter.

    `text` is its formula, `cpp` the host expression (float), `name` the stem of its kernel variable.
    """

    text: str
    cpp: str
    value: float | None = None
    precedence: int = ATOM
    name: str = ""

    @property
    def bits(self) -> int:
        """IEEE float32 bits of a known value; out of float32's range counts as infinite."""
        assert self.value is not None
        try:
            return int(struct.unpack("<I", struct.pack("<f", self.value))[0])
        except OverflowError:
            return 0x7F800000 if self.value > 0 else 0xFF800000


def number(value: float) -> Scalar:
    """Scalar for a literal. Its text is what a person would write: 2, 0.5, -1.5."""
    if math.isfinite(value):
        text = str(int(value)) if value == int(value) and abs(value) < 1e7 else repr(value)
    else:
        text = "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return Scalar(text, float_literal(value), value, precedence=ATOM if not text.startswith("-") else 80)


def float_literal(value: float) -> str:
    """C++ float literal: 2.0f, 1e-05f; the non-finite values by std::numeric_limits."""
    if math.isnan(value):
        return "std::numeric_limits<float>::quiet_NaN()"
    if math.isinf(value):
        return f"{'-' if value < 0 else ''}std::numeric_limits<float>::infinity()"
    text = repr(float(value))
    return f"{text}f"


@dataclass(frozen=True)
class Node:
    """One value of tile size. `operands` are indices of nodes; `text` is its formula, for comments.

    A load reads its source tile as it is, or by `mode`: "rows", "cols" or "scalar" spread its first row, first column
    or first value over the whole tile, "reduce" sums or takes the greatest of the source's elements.
    """

    op: str
    operands: tuple[int, ...] = ()
    scalars: tuple[Scalar, ...] = ()
    source: str = ""  # buffer of a load: an input's name, or what a family calls a buffer of its own
    mode: str = ""
    text: str = field(default="", compare=False)
    precedence: int = field(default=ATOM, compare=False)


class Graph:
    """Nodes in order of creation, each structurally distinct."""

    def __init__(self) -> None:
        """Start empty."""
        self.nodes: list[Node] = []
        self._index: dict[Node, int] = {}

    def __getitem__(self, index: int) -> Node:
        return self.nodes[index]

    def add(self, node: Node) -> int:
        """Index of `node`, which is created only when the graph has no equal one."""
        found = self._index.get(node)
        if found is None:
            found = self._index[node] = len(self.nodes)
            self.nodes.append(node)
        return found

    def is_rebuildable(self, index: int) -> bool:
        """Whether the value costs one call to get back: an input tile or a constant."""
        return self.nodes[index].op in {"load", "fill"}

    def reachable(self, root: int) -> list[int]:
        """Indices that `root` depends on, itself included, in order of creation."""
        seen: set[int] = set()
        pending = [root]
        while pending:
            index = pending.pop()
            if index not in seen:
                seen.add(index)
                pending.extend(self.nodes[index].operands)
        return sorted(seen)

    def rounding_operations(self, root: int) -> int:
        """How many operations below `root` round their result."""
        ops = (self.nodes[index].op for index in self.reachable(root))
        return sum(1 for op in ops if op in TILE_OPS and not TILE_OPS[op].exact)
