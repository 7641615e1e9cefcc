"""What this machine can do, found out by doing it once per process."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from op_pipeline import proc
from op_pipeline.errors import ConfigError, InfrastructureError
from op_pipeline.sandbox.building import in_bubblewrap, in_landlock, in_limits
from op_pipeline.sandbox.launch import landlock_abi
from op_pipeline.sandbox.rules import Rules

VARIABLE = "OP_PIPELINE_SANDBOX"
WANTED = ("auto", "strict", "bubblewrap", "landlock", "limits")
HOW_TO_GET_ONE = "install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap)"
_OLDEST_LANDLOCK = 3  # before, a file could be cut to nothing from inside
_WITH_TCP = 4
_NOTHING = [sys.executable, "-I", "-S", "-c", ""]  # also shows that the interpreter can be reached
_PROBE_SECONDS = 20.0
_SMALL = Rules(read=(), write=(), memory=1 << 30, cpu_seconds=10, file_bytes=1 << 20, processes=16)


class Strength(str, Enum):
    """Strongest first."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    LIMITS = "limits"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Possible:
    """Why a strength is not possible here (empty: it is), and whether the two weaker ones get namespaces."""

    bubblewrap: str
    landlock: str
    namespaces: str
    landlock_abi: int

    @property
    def strongest(self) -> Strength:
        """What `auto` takes."""
        if not self.bubblewrap:
            return Strength.BUBBLEWRAP
        return Strength.LIMITS if self.landlock else Strength.LANDLOCK

    def problem(self, strength: Strength) -> str:
        """Why that one is not possible here; empty when it is."""
        return {Strength.BUBBLEWRAP: self.bubblewrap, Strength.LANDLOCK: self.landlock, Strength.LIMITS: ""}[strength]

    def remaining(self, strength: Strength) -> tuple[str, ...]:
        """What that one does not stop here, in words; all of it is in docs/sandbox.md."""
        if strength is Strength.BUBBLEWRAP:
            return ("faults of the kernel", "filling memory with shared mappings until the deadline")
        network = "the network" if strength is Strength.LIMITS or self.landlock_abi < _WITH_TCP else "sending by UDP"
        outward = () if not self.namespaces else (network,)
        others = () if not self.namespaces else ("reading and ending other processes of yours",)
        if strength is Strength.LANDLOCK:
            return (*outward, "sockets in the file system", *self.remaining(Strength.BUBBLEWRAP))
        return ("reading and writing all files of yours", *outward, *others)


def possible() -> Possible:
    """What works here, by trying. Once per process and bubblewrap that is found on PATH."""
    return Possible(bubblewrap_problem(), _landlock_problem(), _namespaces_problem(), landlock_abi())


def bubblewrap_problem() -> str:
    """Why bubblewrap cannot be used here; empty when it can."""
    return _bubblewrap_problem(shutil.which("bwrap"))


@functools.lru_cache(maxsize=8)
def _bubblewrap_problem(program: str | None) -> str:
    if program is None:
        return "bubblewrap is not installed"
    why = _tried(in_bubblewrap(program, _NOTHING, _SMALL))
    return why and f"bubblewrap does not work here: {why}"


@functools.lru_cache(maxsize=1)
def _landlock_problem() -> str:
    abi = landlock_abi()
    if abi < _OLDEST_LANDLOCK:
        return f"this kernel offers Landlock ABI {abi}, and {_OLDEST_LANDLOCK} (Linux 6.2) is needed"
    return _tried(in_landlock(_NOTHING, _SMALL, namespaces=not _namespaces_problem()))


@functools.lru_cache(maxsize=1)
def _namespaces_problem() -> str:
    return _tried(in_limits(_NOTHING, _SMALL, namespaces=True))


def _tried(argv: Sequence[str]) -> str:
    """Empty when the command ended well, else its words."""
    done = proc.run(argv, deadline=_PROBE_SECONDS)
    if done:
        return ""
    return " ".join(done.output.split())[:200] or ("no answer" if done.timed_out else f"status {done.returncode}")


def strength(wanted: str = "auto") -> Strength:
    """The strength that `wanted` gives here. `auto` follows OP_PIPELINE_SANDBOX, then takes the strongest.

    `strict` is `auto` that refuses limits only. A Strength, other than its name, was found out before and is not tried
    again: another process may hand it on. Raises InfrastructureError when what is wanted is not possible here,
    ConfigError for an unknown word.
    """
    if isinstance(wanted, Strength):
        return wanted
    origin = ""
    if wanted == "auto" and os.environ.get(VARIABLE):
        wanted, origin = os.environ[VARIABLE], f"{VARIABLE}: "
    if wanted not in WANTED:
        raise ConfigError(f"{origin}sandbox is one of {', '.join(WANTED)}, not {wanted!r}")
    problems: dict[Strength, Callable[[], str]] = {
        Strength.BUBBLEWRAP: bubblewrap_problem,
        Strength.LANDLOCK: _landlock_problem,
        Strength.LIMITS: lambda: "",
    }
    if wanted not in {"auto", "strict"}:
        if why := problems[Strength(wanted)]():
            raise InfrastructureError(f"{origin}sandbox = {wanted} is not possible here: {why}", hint=HOW_TO_GET_ONE)
        return Strength(wanted)
    strongest = next(it for it, problem in problems.items() if not problem())
    if wanted == "strict" and strongest is Strength.LIMITS:
        why = f"{bubblewrap_problem()}; {_landlock_problem()}"
        raise InfrastructureError(f"sandbox = strict, and code cannot be confined here: {why}", hint=HOW_TO_GET_ONE)
    return strongest


def confined(argv: Sequence[str | os.PathLike[str]], rules: Rules, *, wanted: str = "auto") -> list[str]:
    """The command line that runs `argv` inside, for `op_pipeline.proc`.

    stdin, stdout, stderr, the working folder and the environment are passed on; set TMPDIR to a folder in
    `rules.write`. Its status is the command's, 128 + n for signal n, 124 for too many processes, 125 when the sandbox
    could not be made, 127 when the program could not be started; the reason of the last three is on stderr, in a line
    that begins with "sandbox:". It dies with the thread that started it, and leaves nothing behind.
    """
    chosen = strength(wanted)
    words = [os.fspath(word) for word in argv]
    if chosen is Strength.BUBBLEWRAP:
        return in_bubblewrap(shutil.which("bwrap") or "bwrap", words, rules)
    namespaces = not _namespaces_problem()
    build = in_landlock if chosen is Strength.LANDLOCK else in_limits
    return build(words, rules, namespaces=namespaces)
