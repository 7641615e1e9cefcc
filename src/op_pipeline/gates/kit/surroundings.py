"""The target as the gate's tests see it: work tree, seed, and the two workers. No candidate code runs in here."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from op_pipeline.gates.kit.failure import from_problem
from op_pipeline.gates.workers.client import Worker
from op_pipeline.gates.workers.pair import Pair
from op_pipeline.gates.workers.remote import DeviceName, Host, Remote
from op_pipeline.gates.workers.running import DEVICE_SECONDS, Programs


class Surroundings:
    """Starts workers when a test first asks for them. `substitute` says what stands in for the kernels, if anything."""

    def __init__(self, config: Mapping[str, Any], workers: Pair | None = None) -> None:
        self.config = config
        self.tree = Path(config["tree"])
        self.seed = str(config["seed"])
        self.substitute: str | None = config.get("substitute")
        self._workers = workers or Pair.of(config)

    @property
    def shows_values(self) -> bool:
        """Whether host code gets the sample's own values: in an agent's tool, where nothing is judged."""
        return bool(self.config.get("shows_values"))

    @property
    def decoy_seed(self) -> str:
        """Seed of the values that the host worker sees: it tells nothing about the run's own."""
        return hashlib.sha256(f"decoys {self.seed}".encode()).hexdigest()

    @cached_property
    def host(self) -> Host:
        """The worker with the candidate's host code. GateFailure when the operation was not built."""
        if self.config["problem"] is not None:
            raise from_problem(self.config["problem"])
        return Host(self._workers.host, list(filter(None, str(self.config["operations"]).split(os.pathsep))))

    @cached_property
    def programs(self) -> Programs:
        """The worker that runs described programs."""
        return Programs(self._workers.device, self.tree, float(self.config.get("device_seconds") or DEVICE_SECONDS))

    @property
    def device_worker(self) -> Worker:
        """The process behind `programs`."""
        return self._workers.device

    @property
    def ttnn(self) -> Any:
        """Names below `ttnn` of the host worker."""
        return Remote(self.host)

    def load_operation(self) -> Any:
        """`ttnn` with the candidate's operation in it. GateFailure when it was not built or cannot be loaded."""
        self.host.load()
        return self.ttnn

    def device(self, grid: str = "8x8") -> DeviceName:
        """The host worker's device with a worker grid of `x` by `y` cores."""
        return DeviceName(grid)

    def close(self) -> None:
        """End both workers."""
        self._workers.close()
