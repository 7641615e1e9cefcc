"""Rebuilds the verdicts of an operation from its repository and its logs alone, and says what differs.

Changes nothing: gates are made and run again in a scratch folder. What cannot be checked, for want of a log or of a
machine like the first one, is said and is no difference.
"""

from __future__ import annotations

from op_pipeline.audit.auditing import audit
from op_pipeline.audit.values import Audit, Difference, RunAudit, StageAudit

__all__ = ["Audit", "Difference", "RunAudit", "StageAudit", "audit"]
