"""Limits on the command line: the flags, what they were in an earlier process of the run, and the header's line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from op_pipeline.events import RunStarted
    from op_pipeline.models import Limits

DollarsOption = Annotated[
    str | None, typer.Option("--max-dollars", metavar="USD", help="Most dollars the run may cost; none for no limit.")
]
TokensOption = Annotated[
    str | None,
    typer.Option("--max-tokens", metavar="N", help="Most tokens of the run, cached ones included: 500k, 2M."),
]
TimeOption = Annotated[
    str | None, typer.Option("--max-time", metavar="TIME", help="Most time of the run: seconds, 90m, 2h.")
]
AttemptsOption = Annotated[
    str | None, typer.Option("--max-attempts", metavar="N", help="Most attempts of the run, all stages together.")
]
NAMES = ("max_dollars", "max_tokens", "max_attempts", "max_time")


def given(dollars: str | None, tokens: str | None, attempts: str | None, time: str | None) -> dict[str, object]:
    """The flags by the names of their settings; None where one was not given."""
    return dict(zip(NAMES, (dollars, tokens, attempts, time), strict=True))


def recalled(header: Mapping[str, Any], now: Mapping[str, object]) -> dict[str, object]:
    """Flags of this process over those of an earlier one, as run.json kept them."""
    kept = header.get("limits")
    before = {
        name: _word(entry.get("value"))
        for name, entry in (kept if isinstance(kept, dict) else {}).items()
        if name in NAMES and isinstance(entry, dict) and str(entry.get("source", "")).startswith("--")
    }
    return {**before, **{name: value for name, value in now.items() if value is not None}}


def _word(value: object) -> object:
    return "none" if value is None else value


def limits_line(event: RunStarted) -> str:
    """`limits $20.00, 2h; per stage 6 hard and 10 cheap failures`, and what earlier processes used."""
    from op_pipeline.cli.words import consumed  # noqa: PLC0415 - keeps help fast

    hard, cheap = event.failures_allowed
    line = f"limits {most(event.limits)}; per stage {hard} hard and {cheap} cheap failures"
    return f"{line}; used so far {consumed(event.used)}" if event.resumed else line


def most(limits: Limits) -> str:
    """`$20.00, 2.0M tokens, 2h`, or `none`."""
    from op_pipeline.cli.words import counted_tokens, money  # noqa: PLC0415
    from op_pipeline.config.quantities import written_time  # noqa: PLC0415

    parts = (
        None if limits.dollars is None else money(limits.dollars),
        None if limits.tokens is None else counted_tokens(limits.tokens),
        None if limits.attempts is None else f"{limits.attempts} attempt{'' if limits.attempts == 1 else 's'}",
        None if limits.seconds is None else written_time(limits.seconds),
    )
    return ", ".join(part for part in parts if part is not None) or "none"
