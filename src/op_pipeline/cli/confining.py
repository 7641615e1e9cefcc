"""Which sandbox a command uses, and one warning when it is not the strongest that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from op_pipeline.cli.output import Output
    from op_pipeline.config import Settings
    from op_pipeline.sandbox import Strength


def chosen_strength(out: Output, settings: Settings) -> Strength:
    """What the setting `sandbox` gives here, with a warning when it is weak. InfrastructureError when it cannot be."""
    from op_pipeline import sandbox  # noqa: PLC0415 - keeps help fast

    strength = sandbox.strength(settings.sandbox)
    warn_of_weakness(out, strength)
    return strength


def warn_of_weakness(out: Output, strength: str) -> None:
    """One line on what a sandbox other than bubblewrap does not stop, and the remedy."""
    from op_pipeline import sandbox  # noqa: PLC0415 - keeps help fast

    chosen = sandbox.Strength(strength)
    if chosen is sandbox.Strength.BUBBLEWRAP:
        return
    here = sandbox.possible()
    weaker = [what for what in here.remaining(chosen) if what not in here.remaining(sandbox.Strength.BUBBLEWRAP)]
    remedy = sandbox.HOW_TO_GET_ONE if here.bubblewrap else "bubblewrap works here: sandbox = auto would take it"
    out.warn(f"sandbox {chosen} does not stop {', '.join(weaker)} (docs/sandbox.md); {remedy}")
