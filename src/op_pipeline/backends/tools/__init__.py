"""Tools that agents may call: plain functions with a JSON schema, independent of any agent's SDK.

A `Toolbox` belongs to one attempt. Its functions block until they have an answer (a backend with an event loop calls
them in a thread), start children with deadlines only, and change nothing in the tree.
"""

from __future__ import annotations

from op_pipeline.backends.tools.catalogue import TOOLS, Tool, call_tool
from op_pipeline.backends.tools.toolbox import GATE_RUNS, Answer, Toolbox

__all__ = ["GATE_RUNS", "TOOLS", "Answer", "Tool", "Toolbox", "call_tool"]
