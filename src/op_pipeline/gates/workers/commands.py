"""How the two workers are started: what each may read, write and use, and the environment it sees."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from op_pipeline import proc, sandbox
from op_pipeline.errors import InfrastructureError
from op_pipeline.sandbox import Rules, Strength

if TYPE_CHECKING:
    from op_pipeline.targets import Prepared

_HERE = Path(__file__).resolve().parent
MEMORY = 4 << 30  # bytes of private memory; device memory is shared memory and does not count
FILE_BYTES = 64 << 20
PROCESSES = 16  # and threads
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for the workers' scratch, gone afterwards with all that is in it."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="op-pipeline-"))
    except OSError as error:
        raise InfrastructureError(f"no folder for temporary files: {error}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def worker_commands(  # noqa: PLR0917 - everything that a worker gets
    prepared: Prepared,
    tree: Path,
    scratch: Path,
    seconds: float,
    schedule: str,
    strength: Strength,
    logs: Path | None = None,  # of a device of the target's own
) -> dict[str, dict[str, Any]]:
    """argv, cwd and env of host worker and device worker, as the judge takes them.

    Neither reads logs, gate files, seeds or the home folder, where the sandbox's strength allows to say so. With `logs`
    the target's own device takes the device worker's place and keeps its logs there; it is not confined.
    """
    libraries = [Path(path) for path in prepared.env.get("OP_PIPELINE_OPERATIONS", "").split(os.pathsep) if path]
    kernels = _kernel_cache(prepared.env)
    readable = {"host": (tree, *libraries), "device": (kernels,)}
    found: dict[str, dict[str, Any]] = {}
    for name, read in readable.items():
        folder = scratch / name
        folder.mkdir()
        rules = Rules(
            read=read,
            write=(folder,),
            memory=MEMORY,
            cpu_seconds=int(seconds) + 10,
            file_bytes=FILE_BYTES,
            processes=PROCESSES,
        )
        command = [sys.executable, "-I", "-B", str(_HERE / f"{name}.py")]
        env = _environment(folder, OP_EMULATOR_SEED=schedule) if name == "device" else _environment(folder)
        if name == "host":
            env["TT_METAL_HOME"] = str(tree)
        argv = sandbox.confined(command, rules, wanted=strength)
        found[name] = {"argv": argv, "cwd": str(folder), "env": env}
    if logs is not None and prepared.device is not None:
        found["device"] = prepared.device.command(scratch / "device", logs)
    return found


def _kernel_cache(env: Mapping[str, str]) -> Path:
    """Where the judge's compiled kernels are; made here, as only a folder that exists can be let in."""
    chosen = env.get("OP_PIPELINE_CACHE")
    folder = (Path(chosen).absolute() if chosen else Path.home() / ".cache" / "op-pipeline") / "kernels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InfrastructureError(f"cannot make the compile cache {folder}: {error}") from error
    return folder


def _environment(folder: Path, **extra: str) -> dict[str, str]:
    kept = {name: value for name, value in proc.clean_environment().items() if name in _KEPT}
    return {
        **kept,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        **proc.ONE_THREAD,
        **extra,
    }
