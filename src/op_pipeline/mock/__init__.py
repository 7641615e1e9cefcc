"""The genuine ttnn library as second judge, without a card: its host code on a mock device, its headers for kernels.

It never computes. A kernel that "compiled" was compiled and linked, and thrown away.
"""

from __future__ import annotations

from op_pipeline.mock.boards import BOARDS
from op_pipeline.mock.checking import Call, Checked, Program, Tensor, Verdict, check, environment
from op_pipeline.mock.library import Absent, Library, find_library

__all__ = [
    "BOARDS",
    "Absent",
    "Call",
    "Checked",
    "Library",
    "Program",
    "Tensor",
    "Verdict",
    "check",
    "environment",
    "find_library",
]
