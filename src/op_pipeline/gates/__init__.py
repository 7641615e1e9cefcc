"""Gates: rendered from the spec, sealed, run in a clean process, judged.

Names are imported on first use: the child process needs `kit` and `stream` only and starts faster without the rest.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from op_pipeline.gates.environment import digest_of, environment_of
    from op_pipeline.gates.judge import judge_green, judge_red
    from op_pipeline.gates.render import render_gate
    from op_pipeline.gates.runner import run_gates
    from op_pipeline.gates.seal import restore, verify_seal

_HOME = {
    "digest_of": "environment",
    "environment_of": "environment",
    "judge_green": "judge",
    "judge_red": "judge",
    "render_gate": "render",
    "run_gates": "runner",
    "restore": "seal",
    "verify_seal": "seal",
}
__all__ = [
    "digest_of",
    "environment_of",
    "judge_green",
    "judge_red",
    "render_gate",
    "restore",
    "run_gates",
    "verify_seal",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
