"""Play a recorded run again: the model's turns from its transcripts, everything else for real."""

from __future__ import annotations

from op_pipeline.testing.replay.comparison import Divergence
from op_pipeline.testing.replay.play import Replayed, replay
from op_pipeline.testing.replay.workspace import Rehearsal, rehearse

__all__ = ["Divergence", "Rehearsal", "Replayed", "rehearse", "replay"]
