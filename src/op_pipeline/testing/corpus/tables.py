"""What compiled, by family, and what the failures lack, by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from op_pipeline.testing.corpus.compiling import Outcome
from op_pipeline.testing.corpus.kernels import FAMILIES

# What a compiler's line says is missing, most telling first.
_SAYS = tuple(
    (re.compile(pattern), shown)
    for pattern, shown in (
        (r"error: '([^']+)' was not declared in this scope", r"\1"),
        (r"error: '([^']+)' is not a member of '([^']+)'", r"\2::\1"),
        (r"error: '(?:const )?(?:class|struct) ([^']+)' has no member named '([^']+)'", r"\1.\2"),
        (r"fatal error: ([^:]+): No such file", r"\1 (no such header)"),
        (r"error: '([^']+)' has not been declared", r"\1"),
        (r"error: there are no arguments to '([^']+)' that depend", r"\1"),
        (r"error: no matching function for call to '([^'(]+)", r"\1 (other parameters)"),
        (r"error: '([^']+)' does not name a type", r"\1"),
        (r"error: static assertion failed: (.*)", r"static assertion: \1"),
        (r"(internal compiler error)", r"\1"),
        (r"error: (.*)", r"\1"),
    )
)

# Why some kernels cannot be compiled for the emulator, by what they lack.
_REASONS = (
    (re.compile(r"^tt_metal/fabric/"), "talks to other chips over the fabric"),
    (re.compile(r"^cast to pointer from integer"), "C-style cast of an address: L1 addresses are offsets here"),
    (re.compile(r"^api/dataflow/prefetcher_pipe"), "prefetcher pipe: not modelled"),
    (re.compile(r"^internal compiler error"), "the compiler crashes, another one may not"),
)


def missing_names(outcome: Outcome) -> list[str]:
    """What a failed kernel lacks, as the compiler came upon it, each once."""
    names: dict[str, None] = {}
    for line in outcome.errors:
        for pattern, shown in _SAYS:
            match = pattern.search(line)
            if match:
                names[re.sub(r"<(?:[^<>]|<[^<>]*>)*>", "<>", match.expand(shown))] = None
                break
    return list(names)


def reason(outcome: Outcome) -> str:
    """Why a failed kernel cannot compile, where that is known; else ""."""
    known = (why for name in missing_names(outcome) for pattern, why in _REASONS if pattern.search(name))
    return next(known, "")


def share(outcomes: Sequence[Outcome]) -> float:
    """Compiled kernels of all, 0 to 1."""
    return sum(outcome.compiled for outcome in outcomes) / max(len(outcomes), 1)


def compile_table(outcomes: Sequence[Outcome]) -> str:
    """One line per family and one for all; reader and writer beside compute."""
    lines = [f"{'family':14} {'kernels':>8} {'compiled':>9} {'share':>7}  {'data movement':>13}  {'compute':>9}"]
    rows = {family: [o for o in outcomes if o.kernel.family == family] for family in FAMILIES}
    for family, mine in {**rows, "all": list(outcomes)}.items():
        compute = [outcome for outcome in mine if outcome.kernel.risc == "TRISC"]
        moving = [outcome for outcome in mine if outcome.kernel.risc != "TRISC"]
        lines.append(
            f"{family:14} {len(mine):8} {sum(o.compiled for o in mine):9} {share(mine):7.1%}"
            f"  {_of(moving):>13}  {_of(compute):>9}"
        )
    return "\n".join(lines)


def _of(outcomes: Sequence[Outcome]) -> str:
    return f"{sum(outcome.compiled for outcome in outcomes)} of {len(outcomes)}"


def failure_table(outcomes: Sequence[Outcome], most: int = 60) -> str:
    """The names that come first in failed kernels, ranked by kernels; then every failed kernel with its reason."""
    failed = [outcome for outcome in outcomes if not outcome.compiled]
    first = Counter(missing_names(outcome)[0] for outcome in failed)
    lines = ["kernels  first thing missing"]
    lines += [f"{count:7}  {name[:110]}" for name, count in first.most_common(most)]
    lines += ["", "kernel: what it lacks"]
    for outcome in failed:
        why = reason(outcome)
        lacks = ", ".join(missing_names(outcome)[:3])[:160]
        lines.append(f"{outcome.kernel.short()}: {f'[{why}] ' if why else ''}{lacks}")
    return "\n".join(lines) if failed else "every kernel compiles"
