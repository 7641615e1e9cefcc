"""What the text of an operation's sources shows before anything runs.

`check` reads files and starts nothing. Where text cannot decide (macros, templates, helpers it does not know, computed
buffer ids) it says nothing: refusing good work is worse than missing a mistake that a run finds.
"""

from __future__ import annotations

from op_pipeline.static_checks.model import Finding, Rule, Severity
from op_pipeline.static_checks.operation import check
from op_pipeline.static_checks.rules import RULES

__all__ = ["RULES", "Finding", "Rule", "Severity", "check"]
