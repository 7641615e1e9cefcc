"""Where operations run. A target builds the candidate and says in which environment its gates run."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from op_pipeline.errors import ConfigError
from op_pipeline.models import Failure

if TYPE_CHECKING:
    from op_pipeline.spec import Spec

TARGETS = ("emulator", "simulator", "hardware")
BESIDE = ("mock",)  # judges that compute nothing: further.py


class Device(Protocol):
    """A device that runs described programs in place of the emulator."""

    @property
    def answer_seconds(self) -> float:
        """The longest that one request may take."""
        ...

    @property
    def patience(self) -> float:
        """By how much more time a gate gets than on the emulator."""
        ...

    def reserved(self, logs: Path) -> AbstractContextManager[None]:
        """Hold it for a run. Raises InfrastructureError when it is not to be had."""
        ...

    def command(self, folder: Path, logs: Path) -> dict[str, Any]:
        """How to start what takes the device worker's place: argv, cwd, env, grace."""
        ...


@dataclass(frozen=True)
class Prepared:
    """What gates need to run on a target.

    `problem` is the candidate's failure to build, seen by the gate's tests; a problem of class env_error says that
    nothing can be said. `seconds` is the build's wall time; `device` runs the programs where it is not the emulator.
    """

    env: dict[str, str] = field(default_factory=dict)
    problem: Failure | None = None
    seconds: float = 0.0
    device: Device | None = None


class Target(Protocol):
    """One place where operations run."""

    name: str

    def prepare(self, spec: Spec, tree: Path, cache: Path | None = None) -> Prepared:
        """Build the operation of `tree`. A build that fails is a value; only broken surroundings raise."""
        ...

    def identity(self) -> dict[str, str]:
        """Named parts of the machine that decide how a verdict comes out: compiler, built extension, device."""
        ...


def load_target(name: str) -> Target:
    """The target called `name`. Raises ConfigError for one that does not exist or is not there yet."""
    if name == "emulator":
        from op_pipeline.targets.emulator import EmulatorTarget  # noqa: PLC0415

        return EmulatorTarget()
    if name in BESIDE:
        hint = f"--target emulator --also {name}"
        raise ConfigError(f"target {name!r} computes no values, so it cannot judge alone", hint=hint)
    if name in TARGETS:
        from op_pipeline.targets.real import real_target  # noqa: PLC0415

        return real_target(name)
    raise ConfigError(f"unknown target {name!r}", hint=f"valid targets: {', '.join((*TARGETS, *BESIDE))}")
