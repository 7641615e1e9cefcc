"""Confines code that nobody has judged yet: its files, network, memory, time and processes.

Three strengths (docs/sandbox.md): bubblewrap, Landlock, limits only. It builds command lines, and `op_pipeline.proc`
runs them.
"""

from op_pipeline.sandbox.launch import REFUSED, TOO_MANY, undumpable
from op_pipeline.sandbox.probing import (
    HOW_TO_GET_ONE,
    WANTED,
    Possible,
    Strength,
    bubblewrap_problem,
    confined,
    possible,
    strength,
)
from op_pipeline.sandbox.rules import Rules

__all__ = [
    "HOW_TO_GET_ONE",
    "REFUSED",
    "TOO_MANY",
    "WANTED",
    "Possible",
    "Rules",
    "Strength",
    "bubblewrap_problem",
    "confined",
    "possible",
    "strength",
    "undumpable",
]
