"""The results as a page of the documentation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from op_pipeline import numerics
from op_pipeline.gates.contract import KINDS
from op_pipeline.testing.accuracy.measure import DTYPES, PARTS, Result, large_tensor, poles

# Why a mutant that passes is none: the contract or the device allows it.
REASONS = {
    ("bfloat16 cut, not rounded", "bfloat16"): (
        "a 16-bit DST cuts where a function leaves rounding to the store; it costs a sixth of the tolerance"
    ),
    ("result rounded to bfloat16", "float32"): (
        "only of operations with sums: cut operands alone cost the reference half as much or more, "
        "and the limit leaves 3 × that"
    ),
    ("result cut to bfloat16", "float32"): (
        "only of operations that subtract a row's mean: the mean of cut operands is off by about as much"
    ),
}
HEAD = """# What the accuracy check catches

`python -m op_pipeline.testing.accuracy` writes this page: {operations} goldens of elementwise operations,
normalisations, reductions and matrix products in NumPy, on {shapes} shapes of tiles, padding and long rows, with
{kinds} kinds of input, in bfloat16 and float32. For each, an honest reference in device precision
(docs/emulator-numerics.md) and the outputs of wrong kernels are judged with the default limits. A mutant is killed when
one shape and kind refuses it, as in a gate.

- {total} mutants, {killed} killed; those alive are listed below with the reason.
- {honest} honest references, {refused} refused.

## Limits

| output | pcc | relative L2 |
|---|---|---|
| bfloat16 | {bf.pcc} | {bf.rel_l2} |
| float32, elementwise: the vector unit keeps all bits | {fp.pcc} | {fp.rel_l2} |
| float32 with a sum or matrix product, block floats | from a reference run | {room:g} × its error, at least {least} |
| integers | equal | equal |

One pass of float32 through a source register of the matrix unit (10 bits of mantissa, cut) costs relative L2 4e-4, one
rounding to bfloat16 1.7e-3. A tile may have {tile:g} × the relative L2 limit; the signed mean error of a row may reach
the limit, the factor by which a row is too large {gain:g} × it. NaN, +inf and -inf must be in the same places.
"""


def page(results: Sequence[Result]) -> str:
    """The whole text."""
    total = sum(len(result.kills) for result in results)
    alive = sum(len(result.alive) for result in results)
    least = ", ".join(f"{value:g} ({name})" for name, value in numerics.MEASURED_LEAST.items())
    head = HEAD.format(
        operations=len({result.operation.name for result in results}),
        shapes="three or four",
        kinds=len(KINDS),
        total=total,
        killed=total - alive,
        honest=len(results),
        refused=sum(bool(result.refused) for result in results),
        bf=numerics.default_limits("bfloat16"),
        fp=numerics.default_limits("float32"),
        room=numerics.MEASURED_HEADROOM,
        least=least,
        tile=numerics.TILE_SLACK,
        gain=numerics.GAIN_SLACK,
    )
    return "\n".join([head, *_mutants(results), *_kinds(results), *_others(), *_alive(results), *_operations(results)])


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _table(*head: str) -> list[str]:
    return [_row(*head), f"|{'---|' * len(head)}"]


def _mutants(results: Sequence[Result]) -> Iterable[str]:
    """Mutant × part: how many of the operations and dtypes that have it are refused by the part."""
    yield "## By part\n\nOperations and dtypes that have the mutant, and how many of them each part alone refuses.\n"
    yield from _table("mutant", "all", *PARTS, "together")
    found: dict[str, list[Mapping[str, frozenset[str]]]] = defaultdict(list)
    for result in results:
        for name, kinds in result.kills.items():
            found[name].append(kinds)
    for name, runs in found.items():
        by_part = [sum(any(part in parts for parts in kinds.values()) for kinds in runs) for part in PARTS]
        yield _row(name, len(runs), *by_part, sum(any(kinds.values()) for kinds in runs))
    yield ""


def _kinds(results: Sequence[Result]) -> Iterable[str]:
    yield "## By kind of input\n\nMutants that a kind alone leaves alive, and those that only it kills.\n"
    yield from _table("inputs", "alive", "killed by no other kind")
    every = [kinds for result in results for kinds in result.kills.values()]
    for kind in KINDS:
        alive = sum(not kinds[kind] for kinds in every)
        only = sum(bool(kinds[kind]) and not any(kinds[other] for other in KINDS if other != kind) for kinds in every)
        yield _row(kind, alive, only)
    yield ""


def _others() -> Iterable[str]:
    yield "## One tile of 1,024 is zero\n\nbfloat16, 1024×1024, randn: the parts that refuse it.\n"
    yield from _table("operation", "parts")
    yield from (_row(name, ", ".join(parts) or "none") for name, parts in large_tensor().items())
    yield "\n## Where the golden is not finite\n\nbfloat16, 64×64, zeros and negative numbers among the inputs.\n"
    yield from _table("operation", "output", "refused by")
    for name, outputs in poles().items():
        yield from (_row(name, output, ", ".join(parts) or "nothing") for output, parts in outputs.items())
    yield ""


def _alive(results: Sequence[Result]) -> Iterable[str]:
    yield "## Alive\n"
    yield from _table("mutant", "dtype", "operations", "reason")
    for (name, dtype), operations in survivors(results).items():
        yield _row(name, dtype, ", ".join(operations), REASONS.get((name, dtype), "**none known**"))
    yield ""


def survivors(results: Sequence[Result]) -> dict[tuple[str, str], list[str]]:
    """Operations by mutant and dtype, for the mutants that no run refused."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in results:
        for name in result.alive:
            found[name, result.dtype].append(result.operation.name)
    return dict(found)


def _operations(results: Sequence[Result]) -> Iterable[str]:
    yield "## By operation\n\nShare of the relative L2 limit that the honest reference uses, and mutants killed.\n"
    yield from _table("operation", "category", *(f"{dtype}: {what}" for dtype in DTYPES for what in ("used", "killed")))
    rows: dict[str, list[str]] = defaultdict(list)
    for result in results:
        rows[result.operation.name] += cells(result)
    categories = {result.operation.name: result.operation.category for result in results}
    yield from (_row(name, categories[name], *row) for name, row in rows.items())
    yield ""


def cells(result: Result) -> list[str]:
    """The cells of one operation and dtype in the last table."""
    return [f"{result.used:.0%}", f"{len(result.kills) - len(result.alive)} of {len(result.kills)}"]
