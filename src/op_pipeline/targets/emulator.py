"""The embedded emulator: builds the operation's host code here; kernels are compiled when they are launched."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline.errors import InfrastructureError
from op_pipeline.models import Failure, FailureClass
from op_pipeline.targets import Prepared

if TYPE_CHECKING:
    from op_pipeline.errors import Problem
    from op_pipeline.spec import Spec

# The user's compiler and cache are those of kernels too; the last is where the genuine library is, for `--also mock`.
_PASSED_ON = ("CXX", "OP_PIPELINE_CACHE", "OP_PIPELINE_TTNN_PYTHON")
PYTHON_FLOW = "generic-op"
_LINK_WORDS = ("undefined reference", "undefined symbol", "multiple definition", "ld returned", "cannot find -l")


class EmulatorTarget:
    """Runs operations in the emulator on this machine."""

    name = "emulator"

    def identity(self) -> dict[str, str]:
        """Compiler and built extension; see Target."""
        from op_pipeline.emulator.compiler import find_compiler  # noqa: PLC0415 - runs without it start faster

        try:
            compiler = find_compiler().identity
        except InfrastructureError:
            compiler = "none"
        extension = importlib.util.find_spec("op_pipeline.emulator._ttnn")
        file = Path(extension.origin) if extension is not None and extension.origin else None
        built = _digest(file, file.stat().st_mtime_ns) if file is not None and file.is_file() else "none"
        return {"compiler": compiler, "extension": built}

    def prepare(self, spec: Spec, tree: Path, cache: Path | None = None) -> Prepared:
        """Build the shared object of the operation; see Target."""
        from op_pipeline.emulator.compiler import find_compiler  # noqa: PLC0415 - runs without it start faster
        from op_pipeline.emulator.operation_build import build_operation  # noqa: PLC0415

        env = {"TT_METAL_HOME": str(tree), **{name: os.environ[name] for name in _PASSED_ON if name in os.environ}}
        if cache is not None:
            env["OP_PIPELINE_CACHE"] = str(cache)
        started = time.monotonic()
        directory = tree / spec.operation_path
        try:
            find_compiler()  # said before anything is spent, also where there is nothing to build yet
            if spec.flow == PYTHON_FLOW:
                return _prepared_package(spec, directory, env, started)
            if not any(directory.glob("*.cpp")):
                problem = Failure(FailureClass.MISSING_SYMBOL, f"no C++ sources in {spec.operation_path}")
                return Prepared(env, problem, time.monotonic() - started)
            built = build_operation(directory)
        except InfrastructureError as error:
            message = f"{error}: {error.hint}" if error.hint else str(error)
            return Prepared(env, Failure(FailureClass.ENV_ERROR, message), time.monotonic() - started)
        seconds = time.monotonic() - started
        if built.library is None:
            return Prepared(env, _build_failure(built.problems, tree), seconds)
        return Prepared({**env, "OP_PIPELINE_OPERATIONS": str(built.library)}, None, seconds)


def _prepared_package(spec: Spec, directory: Path, env: dict[str, str], started: float) -> Prepared:
    """An operation in Python is not built: it is there or it is not."""
    seconds = time.monotonic() - started
    missing = [name for name in ("__init__.py", f"{spec.operation}.py") if not (directory / name).is_file()]
    if missing:
        problem = Failure(FailureClass.MISSING_SYMBOL, f"no {missing[0]} in {spec.operation_path}")
        return Prepared(env, problem, seconds)
    return Prepared({**env, "OP_PIPELINE_OPERATIONS": str(directory)}, None, seconds)


@functools.lru_cache(maxsize=4)
def _digest(file: Path, mtime: int) -> str:  # noqa: ARG001 - part of the key: a file built anew is read anew
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _build_failure(problems: Sequence[Problem], tree: Path) -> Failure:
    """The first problem that names a file of the tree, else the first; all of them as excerpt."""
    if not problems:
        return Failure(FailureClass.BUILD_ERROR, "the operation does not build, and the compiler said nothing")
    home = str(tree.resolve())
    own = [
        problem
        for problem in problems
        if problem.file.startswith((str(tree), home)) or not problem.file.startswith("/")
    ]
    first = (own or list(problems))[0]
    linking = any(word in first.message for word in _LINK_WORDS)
    file = first.file.removeprefix(home).removeprefix(str(tree)).lstrip("/")
    return Failure(
        FailureClass.LINK_ERROR if linking else FailureClass.BUILD_ERROR,
        first.message,
        file=file,
        line=first.line,
        excerpt="\n".join(str(problem) for problem in problems)[:4000],
    )
