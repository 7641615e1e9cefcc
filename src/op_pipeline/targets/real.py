"""The real library's device, simulated or a card: programs run there, the host side is judged as on the emulator."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.models import Failure, FailureClass
from op_pipeline.remote import Missing, RemoteDevice, find_device
from op_pipeline.targets import Prepared
from op_pipeline.targets.emulator import EmulatorTarget

if TYPE_CHECKING:
    from op_pipeline.remote.settings import Kind
    from op_pipeline.spec import Spec


class RealTarget:
    """Host code is called against the emulator's ttnn and described there; what it describes runs on the device."""

    def __init__(self, kind: Kind) -> None:
        self.name: str = kind
        self._kind: Kind = kind
        self._emulator = EmulatorTarget()

    def identity(self) -> dict[str, str]:
        """Those of the emulator, which builds and describes, and the device; see Target."""
        found = find_device(self._kind, os.environ, cache_folder())
        if isinstance(found, Missing):
            return {**self._emulator.identity(), "device": f"none: {found.reason}"}
        simulator = found.env.get("TT_METAL_SIMULATOR", "")
        status = Path(simulator).stat() if simulator else None
        version = "" if status is None else f" {simulator} {status.st_size} {status.st_mtime_ns}"
        return {**self._emulator.identity(), "library": found.python, "device": f"{found.name}{version}"}

    def prepare(self, spec: Spec, tree: Path, cache: Path | None = None) -> Prepared:
        """Build the operation for the host worker; a device that is not here is said first. See Target."""
        found = find_device(self._kind, os.environ, cache_folder())
        if isinstance(found, Missing):
            message = f"target {self.name}: {found.reason} ({found.remedy})"
            return Prepared({}, Failure(FailureClass.ENV_ERROR, message))
        return replace(self._emulator.prepare(spec, tree, cache), device=RemoteDevice(found, tree.resolve()))


def real_target(name: str) -> RealTarget:
    """The target `simulator` or `hardware`."""
    return RealTarget("simulator" if name == "simulator" else "hardware")
