"""Helpers for tests of this program and of projects that use it: real trees, real git, quick gates, scripted agents."""

from __future__ import annotations

from op_pipeline.backends.scripted import ScriptedBackend
from op_pipeline.testing.bench import Bench
from op_pipeline.testing.gates import ScriptGates
from op_pipeline.testing.project import GOOD, STAGES, TOY_PATH, script_file, tiny_project, write_good
from op_pipeline.testing.trees import build_file_tree, commit_all, git, init_repository, snapshot

__all__ = [
    "GOOD",
    "STAGES",
    "TOY_PATH",
    "Bench",
    "ScriptGates",
    "ScriptedBackend",
    "build_file_tree",
    "commit_all",
    "git",
    "init_repository",
    "script_file",
    "snapshot",
    "tiny_project",
    "write_good",
]
