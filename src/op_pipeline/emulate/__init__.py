"""One run of an operation on the emulator, to look at: `pipeline emulate`. Nothing in here judges.

`Wish` says what to run, `sample_of` makes the call of it, `run_once` runs it in the workers that gates use; `as_data`
and `as_text` show what came out, `trace_of` makes a trace file's content.
"""

from __future__ import annotations

from op_pipeline.emulate.asking import Wish, sample_of
from op_pipeline.emulate.figures import as_data, as_text, trace_of
from op_pipeline.emulate.running import Outcome, contract_for, run_once

__all__ = ["Outcome", "Wish", "as_data", "as_text", "contract_for", "run_once", "sample_of", "trace_of"]
