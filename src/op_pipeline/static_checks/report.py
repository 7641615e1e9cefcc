"""Collects findings: each place once for each rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from op_pipeline.static_checks.model import Finding
from op_pipeline.static_checks.rules import RULES
from op_pipeline.static_checks.syntax import Source
from op_pipeline.static_checks.syntax import place as place_of


@dataclass
class Report:
    """Findings so far."""

    found: dict[tuple[str, int, int, str], Finding] = field(default_factory=dict)

    def add(self, rule: str, source: Source, node: Node, reason: str, remedy: str = "") -> None:
        """A rule is broken at a node; without `remedy` the rule's own is given."""
        self.at(rule, source.path, place_of(node), reason, remedy)

    def at(self, rule: str, file: str, place: tuple[int, int], reason: str, remedy: str = "") -> None:
        """A rule is broken at a place."""
        row = RULES[rule]
        finding = Finding(file, *place, rule, reason, remedy or row.remedy, row.severity)
        self.found.setdefault((file, *place, rule), finding)

    def sorted(self) -> tuple[Finding, ...]:
        """All of them by place."""
        return tuple(sorted(self.found.values()))
