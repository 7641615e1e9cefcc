"""docs/static-checks.md, written from the table of rules: `python -m op_pipeline.static_checks.document FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from op_pipeline.static_checks.rules import RULES

_HEAD = """\
# Static checks

What the text of an operation's sources shows before anything is built or run. `pipeline lint` prints the findings like
a compiler; the gates of stages 5 and 6 hold the guard `test_sources_break_no_rule`, which fails on errors. Warnings are
shown only. C++ is read by a parser of the whole language, Python by `ast`.

A rule speaks only when the text decides. Macros, helper functions that are not of the kernel API, computed buffer
numbers, branches and early returns make it silent: a run finds what is left. Kernels are tied to their program through
a factory that fills `KernelDescriptor` and `CBDescriptor` in its text; without one, rules about one kernel still hold.
Counts are compared as polynomials over the host's variables, so `tiles` on one side and `2 * tiles` on the other differ
whatever `tiles` is.

This page is written by `python -m op_pipeline.static_checks.document docs/static-checks.md`. Each rule has a failing
example and a legal neighbour in `tests/static_checks/fixtures`.
"""
_GROUPS = {
    "CB": "Circular buffers",
    "NOC": "Data movement",
    "DST": "Compute",
    "ARG": "Arguments",
    "NAM": "Names",
    "SRC": "Kernel sources",
    "HST": "Host code",
    "PY": "Python: the generic-op path and unit tests",
}


def document() -> str:
    """The page, from the table alone."""
    parts = [_HEAD]
    for group, title in _GROUPS.items():
        rows = [rule for rule in RULES.values() if rule.id.rstrip("0123456789") == group]
        lines = [f"| {r.id} | {r.severity} | {r.title} | {r.why} | {r.remedy} | {r.kind} |" for r in rows]
        head = "| rule | severity | what | why it matters | remedy | class |\n|---|---|---|---|---|---|"
        parts.append("\n".join([f"\n## {title}\n", head, *lines]) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(document(), encoding="utf-8")
