"""Why a mutant may survive: what is wrong in it cannot show on this target or under this contract."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from op_pipeline.certify.models import MutantResult, Status
from op_pipeline.certify.symmetry import symmetric_pair
from op_pipeline.spec import Spec


@dataclass(frozen=True)
class Reason:
    """Mutants of `kind` whose id holds all `words` may survive when `holds`, because of `why`."""

    kind: str
    words: tuple[str, ...]
    why: str
    holds: Callable[[Spec], bool] = lambda _: True


REASONS: tuple[Reason, ...] = (
    Reason(
        "swapped operands",
        (),
        "the golden is the same with two of its inputs exchanged, so their order in a call cannot show",
        lambda spec: symmetric_pair(spec) is not None,
    ),
    Reason(
        "validation missing",
        ("interleaved", "input"),
        "the emulator has no sharded tensors, so none can be refused; gate 2 on hardware would see it",
    ),
)


def excuse(result: MutantResult, spec: Spec) -> MutantResult:
    """The result, with the stated reason when the mutant survived and there is one. Trivial ones have no excuse."""
    if result.status is not Status.SURVIVED or result.trivial or result.failure:
        return result
    for reason in REASONS:
        if reason.kind == result.kind and all(word in result.id for word in reason.words) and reason.holds(spec):
            return replace(result, reason=reason.why, excused=True)
    return result
