"""Certificates of gates: wrong implementations made from a real one must all fail, and the kernels must be what counts.

A mutant is the operation with one thing made wrong. The gates are run on each; what they let pass is listed with the
reason, or shows that the gates are weak. See docs/certificates.md.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from op_pipeline.certify.certificate import certify
    from op_pipeline.certify.models import Bound, Certificate, Level, MutantResult, Status

_HOME = {
    "Bound": "models",
    "Certificate": "models",
    "Level": "models",
    "MutantResult": "models",
    "Status": "models",
    "certify": "certificate",
}
__all__ = ["Bound", "Certificate", "Level", "MutantResult", "Status", "certify"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
