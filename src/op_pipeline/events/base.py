"""Fields that every event has, and its line in the log."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1


class Event(BaseModel):
    """Fields that every event has. Times are UTC ISO 8601, durations seconds; `chain` is that of chain.py."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    v: int = SCHEMA_VERSION
    ts: str = ""
    seq: int = 0
    run: str = ""
    stage: int | None = None
    attempt: int | None = None
    chain: str = ""

    def as_line(self) -> str:
        """One line of JSON, without its chain.

        Stage and attempt are left out where there are none; other nulls say something.
        """
        absent = {name for name in ("stage", "attempt") if getattr(self, name) is None}
        return self.model_dump_json(exclude={*absent, "chain"})
