"""Put an operation into a checkout of tt-metal: its files, and the lines of the build that name it.

Everything is planned first, as values; writing is one step at the end. Doing it twice changes nothing the second time.
"""

from __future__ import annotations

from op_pipeline.export.exporting import Export, Source, plan_export, source_of, write

__all__ = ["Export", "Source", "plan_export", "source_of", "write"]
