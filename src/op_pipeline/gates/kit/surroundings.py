"""The target as the gate's tests see it: the `ttnn` module, devices of several grids, the candidate's library."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from op_pipeline.gates.kit.failure import GateFailure, from_exception, from_problem
from op_pipeline.models import FailureClass


class Surroundings:
    """Loads things when a test first asks for them, so that a crash while loading names a test."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.tree = Path(config["tree"])
        self.seed = str(config["seed"])
        self._devices: dict[str, Any] = {}
        self._loaded: set[str] = set()

    @cached_property
    def ttnn(self) -> ModuleType:
        """The module under which operations are called. Its absence is a matter of the machine."""
        os.environ.pop("OP_PIPELINE_OPERATIONS", None)  # loaded below, where a failure is the candidate's
        try:
            from op_pipeline import emulator  # noqa: PLC0415

            emulator.activate()
            import ttnn  # noqa: PLC0415
        except Exception as error:
            raise GateFailure(
                FailureClass.ENV_ERROR, f"target {self.config['target']} cannot be used: {error}"
            ) from error
        assert isinstance(ttnn, ModuleType)
        return ttnn

    def load_operation(self) -> ModuleType:
        """`ttnn` with the candidate's operation in it. GateFailure when it was not built or cannot be loaded."""
        if self.config["problem"] is not None:
            raise from_problem(self.config["problem"])
        module = self.ttnn
        from op_pipeline import emulator  # noqa: PLC0415

        for path in filter(None, str(self.config["operations"]).split(os.pathsep)):
            if path in self._loaded:
                continue
            try:
                emulator.load_operation(path)
            except ImportError as error:
                raise GateFailure(FailureClass.LINK_ERROR, f"the built operation cannot be loaded: {error}") from error
            except Exception as error:
                message = f"the operation's binding fails: {error}"
                raise (from_exception(error) or GateFailure(FailureClass.MISSING_SYMBOL, message)) from error
            self._loaded.add(path)
        return module

    def device(self, grid: str = "8x8") -> Any:
        """An open device with a worker grid of `x` by `y` cores, shared by all tests."""
        if grid not in self._devices:
            assert self.ttnn is not None
            from op_pipeline import emulator  # noqa: PLC0415

            across, down = (int(word) for word in grid.split("x"))
            try:
                self._devices[grid] = emulator.open_device(grid=(across, down))
            except Exception as error:
                raise GateFailure(FailureClass.ENV_ERROR, f"no device with grid {grid}: {error}") from error
        return self._devices[grid]

    def close(self) -> None:
        """Close all devices."""
        for device in self._devices.values():
            self.ttnn.close_device(device)
        self._devices.clear()
