"""What a target hands to the gates: the device held for a run, and the command that takes the device worker's place."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from op_pipeline import proc
from op_pipeline.errors import InfrastructureError
from op_pipeline.remote.lock import Dirty, held
from op_pipeline.remote.process import CLOSING_SECONDS
from op_pipeline.remote.resetting import reset
from op_pipeline.remote.settings import Settings

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


@dataclass(frozen=True)
class RemoteDevice:
    """A device of `settings`; `tree` is the work tree whose kernels run."""

    settings: Settings
    tree: Path

    @property
    def answer_seconds(self) -> float:
        """The longest that one request may take."""
        return self.settings.answer_seconds

    @property
    def patience(self) -> float:
        """By how much more time a gate gets than on the emulator."""
        return 10.0 if self.settings.kind == "simulator" else 5.0

    @contextlib.contextmanager
    def reserved(self, logs: Path) -> Iterator[None]:
        """Hold the device; one whose last user left it at work is reset first, and only that one.

        Raises InfrastructureError when it is not to be had: held for too long by somebody else, or lost.
        """
        logs.mkdir(parents=True, exist_ok=True)
        if not self.settings.lock:
            yield
            return
        lock = Path(self.settings.lock)
        with held(lock, self.settings.wait_seconds, lambda holder: _note(logs, f"waiting for {holder}")):
            dirty = Dirty(lock)
            why = dirty.why()
            if why:
                _note(logs, f"reset before the start: {why}")
                problem = reset(self.settings, logs)
                if problem:
                    hint = f"what tt-smi said: {logs / 'tt-smi.log'}"
                    raise InfrastructureError(f"{self.settings.name} is not usable: {problem}", hint=hint)
                dirty.clear()
            yield

    def command(self, folder: Path, logs: Path) -> dict[str, object]:
        """argv, cwd, env and the time to end in, as the judge takes them."""
        argv = [sys.executable, "-I", "-B", str(_SUPERVISOR), self.settings.as_text(), str(self.tree), str(logs)]
        return {
            "argv": argv, "cwd": str(folder), "env": proc.clean_environment(), "grace": CLOSING_SECONDS + 2,
        }  # fmt: skip


def _note(logs: Path, text: str) -> None:
    with (logs / "device.txt").open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")
