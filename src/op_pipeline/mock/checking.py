"""One check by the genuine library, in a process of its own: a signal is a verdict like any other."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from op_pipeline import proc, sandbox
from op_pipeline.failures import failure
from op_pipeline.mock import messages
from op_pipeline.mock.boards import BOARDS
from op_pipeline.mock.library import Library
from op_pipeline.mock.overlay import Level, overlay
from op_pipeline.models import Failure, FailureClass, StrEnum

PROBE = Path(__file__).parent / "probe.py"
MEMORY = 8 << 30  # bytes of private memory
FILE_BYTES = 256 << 20
PROCESSES = 1024  # and threads: the library starts a pool, its build one process for each processor
SECONDS = {"host": 60.0, "compile": 180.0}


class Verdict(StrEnum):
    """How a check ended. None says anything about numbers: nothing is computed."""

    ACCEPTED = "accepted"  # the host side: validated, allocated, described, and nothing more
    COMPILED = "compiled"  # the kernels too, against the real headers
    REFUSED = "refused"
    CRASHED = "crashed"  # the library's process ended by a signal
    UNDECIDED = "undecided"  # broken surroundings


@dataclass(frozen=True)
class Tensor:
    """A tensor to allocate. `dtype` as ttnn names it (bfloat16), `layout` tile or row_major, `memory` a kind."""

    shape: tuple[int, ...]
    dtype: str
    layout: str = "tile"
    memory: str = "dram_interleaved"


@dataclass(frozen=True)
class Call:
    """A function of a package below `path`, folders searched for ttnn.operations; parameters are positional."""

    path: tuple[Path, ...]
    module: str
    function: str
    tensors: tuple[Tensor, ...]
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Program:
    """A lowered program as plain data, the form of `emulator.inspection.Launch.image`, and its tensors, output last."""

    image: Mapping[str, Any]
    tensors: tuple[Tensor, ...]


@dataclass(frozen=True)
class Checked:
    """What came out. `compiled` counts pairs of kernel and processor that compiled; `seconds` is the whole process."""

    verdict: Verdict
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    compiled: int = 0
    output: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.verdict in {Verdict.ACCEPTED, Verdict.COMPILED}


def check(
    library: Library,
    subject: Call | Program,
    tree: Path,
    *,
    level: Level = "host",
    board: str = "n150",
    cache: Path,
    confine: str = "auto",
) -> Checked:
    """Have the library take `subject`. Level `host` stops at kernels, `compile` compiles them for all five processors.

    The user's Python and what the kernels include run and are read in the sandbox that `confine` asks for (see
    sandbox.strength). Raises InfrastructureError for a library that is not the one this was made for.
    """
    root = overlay(library, level, cache)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "tmp").mkdir()
        (place / "board.yaml").write_text(BOARDS[board].description)
        (place / "request.json").write_text(json.dumps(_request(subject, tree)))
        command = [str(library.python), "-IB", str(PROBE), str(place / "request.json"), str(place / "answer.json")]
        done = proc.run(
            sandbox.confined(command, _rules(library, root, tree, place, level), wanted=confine),
            cwd=tree,
            env=environment(root, place, tree),
            deadline=SECONDS[level],
        )
        answer = _answer(place / "answer.json")
        report = _report(place / "report.jsonl")
    return _checked(done, answer, report, level, tree, time.monotonic() - started)


def _rules(library: Library, root: Path, tree: Path, place: Path, level: Level) -> sandbox.Rules:
    """What the check may touch: the library's environment, the overlay and the tree; it writes into `place`."""
    interpreter = library.python.resolve().parents[1]
    environment = [library.python.parents[1], library.package.parent, interpreter, PROBE.parent]
    return sandbox.Rules(
        read=(*environment, *([library.zig.parent] if library.zig else []), root, tree),
        write=(place,),
        memory=MEMORY,
        cpu_seconds=int(SECONDS[level]) * 4,
        file_bytes=FILE_BYTES,
        processes=PROCESSES,
        temporary=place / "tmp",
    )


def _request(subject: Call | Program, tree: Path) -> dict[str, Any]:
    tensors = [
        {"shape": list(item.shape), "dtype": item.dtype, "layout": item.layout, "memory": item.memory}
        for item in subject.tensors
    ]
    common = {"tree": str(tree), "tensors": tensors}
    if isinstance(subject, Program):
        return {**common, "kind": "program", "program": subject.image}
    return {
        **common,
        "kind": "call",
        "path": [str(folder) for folder in subject.path],
        "module": subject.module,
        "function": subject.function,
        "parameters": list(subject.parameters),
    }


def environment(root: Path, place: Path, tree: Path) -> dict[str, str]:
    """Nothing of the caller's: no device, no listener, a cache that no run on hardware will look into."""
    return proc.clean_environment(
        HOME=str(place),
        TMPDIR=str(place),
        TT_METAL_RUNTIME_ROOT=str(root),
        TT_METAL_HOME=str(root),
        TT_METAL_KERNEL_PATH=str(tree),
        TT_METAL_MOCK_CLUSTER_DESC_PATH=str(place / "board.yaml"),
        TT_METAL_CACHE=str(place / "cache"),
        TT_METAL_LOGS_PATH=str(place / "logs"),
        TT_METAL_INSPECTOR_RPC="0",
        OMPI_MCA_btl="self",
        TT_LOGGER_LEVEL="fatal",
        LOGURU_LEVEL="ERROR",
        OP_PIPELINE_MOCK_REPORT=str(place / "report.jsonl"),
        **proc.ONE_THREAD,
    )


def _answer(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError):
        return {"step": "start"}
    return told if isinstance(told, dict) else {"step": "start"}


def _report(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


def _checked(  # noqa: PLR0917 - everything that is known
    done: proc.Completed,
    answer: Mapping[str, Any],
    report: Sequence[Mapping[str, Any]],
    level: Level,
    tree: Path,
    seconds: float,
) -> Checked:
    compiled = sum(1 for entry in report if entry["step"] == "link" and not entry["code"])
    bad = messages.compile_failures(report, tree)
    if bad:
        return Checked(Verdict.REFUSED, tuple(bad), seconds, compiled)
    if done.timed_out:
        text = f"the library did not come back within {SECONDS[level]:.0f} s, at step {answer['step']}"
        return Checked(Verdict.CRASHED, (failure(FailureClass.HANG_UNKNOWN, text),), seconds, compiled)
    if "raised" in answer:
        found = messages.host_failure(answer["raised"])
        if answer["step"] in {"start", "import", "device"}:
            broken = failure(FailureClass.ENV_ERROR, f"the library does not start: {found.message}")
            return Checked(Verdict.UNDECIDED, (broken,), seconds)
        return Checked(Verdict.REFUSED, (found,), seconds, compiled)
    if answer["step"] != "end":
        return Checked(Verdict.CRASHED, (_crash(done, str(answer["step"])),), seconds, compiled)
    verdict = Verdict.COMPILED if level == "compile" else Verdict.ACCEPTED
    return Checked(verdict, (), seconds, compiled, answer.get("output", {}))


def _crash(done: proc.Completed, step: str) -> Failure:
    code = done.returncode or 0
    number = -code if code < 0 else code - 128 if code > 128 else 0
    name = signal.Signals(number).name if number in set(signal.Signals) else f"exit code {code}"
    if step in {"start", "import"}:
        text = f"the library does not load ({name}): {done.output.strip()[-300:]}"
        return failure(FailureClass.ENV_ERROR, text)
    why = {
        "SIGFPE": "the usual cause is a circular buffer with page size 0",
        "SIGSEGV": "the usual cause is a circular buffer, or arguments, on cores where the kernel is not",
    }.get(name, "look at the descriptors given to it")
    text = f"the real ttnn ends its process ({name}) at step {step}; {why}"
    return failure(FailureClass.CRASH, text, excerpt=done.output[-2000:].replace(os.sep * 2, os.sep))
