"""The two workers of a judge, made from what the runner says about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from op_pipeline import proc
from op_pipeline.gates.workers.client import Command, Worker


class Pair:
    """Host worker and device worker; neither runs until it is started."""

    def __init__(self, host: Command, device: Command) -> None:
        self.host = Worker("host worker", host)
        self.device = Worker("device worker", device)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Pair:
        """From the runner's data: `workers` holds argv, cwd and env of each."""
        commands = config["workers"]
        return cls(_command(commands["host"]), _command(commands["device"]))

    def start(self, names: tuple[str, ...]) -> None:
        """Start the named ones now, so that they load while the judge does."""
        for name in names:
            {"host": self.host, "device": self.device}[name].start()

    def close(self) -> None:
        """End both."""
        for worker in (self.host, self.device):
            worker.stop()
        for worker in (self.host, self.device):
            worker.close()


def _command(data: Mapping[str, Any]) -> Command:
    return Command(
        tuple(data["argv"]), Path(data["cwd"]), dict(data["env"]), float(data.get("grace", proc.GRACE_SECONDS))
    )
