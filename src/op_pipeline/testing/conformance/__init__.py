"""The same calls made with the genuine ttnn on a mock device and with the emulator's: what comes out differently.

The calls are Python expressions in `calls/`; `runner` makes them in a process of either side; `table` says which
differences are known, and why. `python -m op_pipeline.testing.conformance` prints them.
"""

from __future__ import annotations

from op_pipeline.testing.conformance.comparing import Difference, Report, compare
from op_pipeline.testing.conformance.table import EXPLAINED

__all__ = ["EXPLAINED", "Difference", "Report", "compare"]
