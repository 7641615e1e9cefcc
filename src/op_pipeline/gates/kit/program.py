"""What stage 5 asks of a program description: circular buffers, work split, argument lists. No kernel runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from op_pipeline.gates.kit.contract import Case, Contract
from op_pipeline.gates.kit.design import CircularBuffer, Design, Kernel
from op_pipeline.gates.kit.failure import require
from op_pipeline.gates.kit.split import Share, require_partition, units_of_output
from op_pipeline.models import FailureClass

PROTOCOL = FailureClass.PROTOCOL_ERROR
L1_BYTES = 1_499_136  # L1 of a Wormhole worker core that programs may use, as ttnn 0.81.1 reports it
L1_ALIGNMENT = 16  # bytes; where pages of a circular buffer begin
STRIDES = ("stride", "step")  # words of the argument that tells how far apart a core's units are
TILE_BYTES = {
    "bfloat16": 2048, "float32": 4096, "int32": 4096, "uint32": 4096, "uint16": 2048, "uint8": 1024,
    "bfloat8_b": 1088, "bfloat4_b": 576,
}  # fmt: skip
_FORMAT = {
    "float16_b": "bfloat16", "float32": "float32", "bfp8_b": "bfloat8_b", "bfp4_b": "bfloat4_b", "int32": "int32",
    "uint32": "uint32", "uint16": "uint16", "uint8": "uint8",
}  # fmt: skip
_READS = {
    "runtime_args": re.compile(r"\bget_arg_val\s*<[^>]*>\s*\(\s*(\d+)\s*\)"),
    "common_runtime_args": re.compile(r"\bget_common_arg_val\s*<[^>]*>\s*\(\s*(\d+)\s*\)"),
    "compile_time_args": re.compile(r"\bget_compile_time_arg_val\s*\(\s*(\d+)\s*\)"),
}
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)

Core = tuple[int, int]


class Program:
    """A recorded program and the design it should follow."""

    def __init__(self, recorded: Mapping[str, Any], design: Design, contract: Contract, case: Case) -> None:
        self._recorded = recorded
        self._design = design
        self._contract = contract
        self._case = case

    @property
    def circular_buffers(self) -> list[Mapping[str, Any]]:
        """As recorded."""
        return list(self._recorded["circular_buffers"])

    def kernels(self, role: str) -> list[Mapping[str, Any]]:
        """The recorded kernels with the path the design gives to `role`: one, or one for each group of cores."""
        path = self._design.kernels[role].path
        found: list[Mapping[str, Any]] = [
            kernel for kernel in self._recorded["kernels"] if str(kernel["name"]).endswith(path)
        ]
        have = ", ".join(str(kernel["name"]) for kernel in self._recorded["kernels"]) or "none"
        require(found, PROTOCOL, f"the program has no kernel {path} ({role} of the design); it has {have}")
        return found

    def check_circular_buffers(self, dtypes: str) -> None:
        """Every row of the design is there with enough whole pages of its dtype, and each core's L1 holds them all."""
        by_index: dict[int, list[Mapping[str, Any]]] = {}
        taken: set[tuple[int, Core]] = set()
        for buffer in self.circular_buffers:
            index = int(buffer["index"])
            for core in _cores(buffer["cores"]):  # groups of cores may have a buffer each
                twice = f"circular buffer c_{index} is configured twice on core {core}"
                require((index, core) not in taken, PROTOCOL, twice)
                taken.add((index, core))
            by_index.setdefault(index, []).append(buffer)
        for row in self._design.circular_buffers:
            require(row.index in by_index, PROTOCOL, f"circular buffer c_{row.index} ({row.name}) is not configured")
            dtype = self._design.dtype_of(row, self._contract, dtypes)
            for buffer in by_index[row.index]:
                self._check_pages(buffer, row, dtype)
        extra = sorted(set(by_index) - {row.index for row in self._design.circular_buffers})
        require(not extra, PROTOCOL, f"circular buffers {extra} are configured but are not in the design")
        self._check_l1()

    def _check_pages(self, buffer: Mapping[str, Any], row: CircularBuffer, dtype: str) -> None:
        name, pages = row.name, row.pages_of(self._case) or 1
        total, page = int(buffer["total_size"]), int(buffer["page_size"])
        have = _FORMAT.get(str(buffer["format"]).rpartition("::")[2].rpartition(".")[2].lower(), str(buffer["format"]))
        require(have == dtype, PROTOCOL, f"{name}: format {buffer['format']}, the design says {dtype}")
        if row.page == "tile":
            tile = TILE_BYTES[dtype]
            require(page == tile, PROTOCOL, f"{name}: page size {page}, one {dtype} tile has {tile} bytes")
        aligned = page > 0 and page % L1_ALIGNMENT == 0
        require(aligned, PROTOCOL, f"{name}: page size {page} is no multiple of {L1_ALIGNMENT} bytes")
        require(total % page == 0, PROTOCOL, f"{name}: total size {total} is no multiple of the page size {page}")
        # A push of n pages needs the ring to hold a multiple of n: the design's page count is what kernels push by.
        enough = total // page >= pages and (total // page) % pages == 0
        require(enough, PROTOCOL, f"{name}: {total // page} pages, the design says {pages}")

    def _check_l1(self) -> None:
        used: dict[Core, int] = {}
        for buffer in self.circular_buffers:
            for core in _cores(buffer["cores"]):
                used[core] = used.get(core, 0) + int(buffer["total_size"])
        for core, size in used.items():
            message = f"circular buffers of core {core} take {size} bytes, L1 has {L1_BYTES}"
            require(size <= L1_BYTES, FailureClass.OUT_OF_MEMORY, message)

    def check_work_split(self, grid: str) -> None:
        """The writers' shares hold every unit of the output exactly once; reader and compute count the same.

        A split that only shows when the program runs is left to gate 6; the cores must be of the grid all the same.
        """
        if self._design.observed:
            require_partition(dict.fromkeys(self._arguments("writer"), Share(0, 0)), 0, "unit", grid)
            return
        split = self._design.work_split
        total = units_of_output(split["unit"], split["total"], self._case, self._contract.output["layout"])
        shares = self._shares()
        require_partition(shares, total, split["unit"].replace("_", " "), grid)
        for role in ("reader", "compute"):
            self._check_same_counts(role, shares, grid)

    def _shares(self) -> dict[Core, Share]:
        """The units of every core on which the writer is placed."""
        plan = self._design.kernels["writer"]
        start, count = plan.position("start"), plan.position("num")
        assert start is not None
        assert count is not None
        stride = next((at for word in STRIDES if (at := plan.position(word)) is not None), None)
        return {
            core: Share(args[start], args[count], 1 if stride is None else args[stride])
            for core, args in self._arguments("writer").items()
        }

    def _check_same_counts(self, role: str, shares: Mapping[Core, Share], grid: str) -> None:
        writer = self._design.kernels["writer"]
        name = writer.runtime[writer.position("num") or 0]
        plan = self._design.kernels.get(role)
        if plan is None or name not in plan.runtime:
            return  # another count, or one at compile time: the run of stage 6 deadlocks if it is wrong
        for core, args in self._arguments(role).items():
            have = args[plan.runtime.index(name)]
            wanted = shares[core].count if core in shares else 0
            message = f"grid {grid}, core {core}: {role} works on {have} units ({name}), the writer on {wanted}"
            require(have == wanted, PROTOCOL, message)

    def _arguments(self, role: str) -> dict[Core, list[int]]:
        """Runtime arguments by core: every core of the kernel has as many as the design names, idle ones too."""
        plan = self._design.kernels[role]
        found: dict[Core, list[int]] = {}
        for recorded in self.kernels(role):
            given = {_core(key): list(values) for key, values in _pairs(recorded["runtime_args"])}
            for core in _cores(recorded["cores"]):
                require(core not in found, PROTOCOL, f"{role} is placed twice on core {core}")
                # A core of a kernel that takes none need not be listed.
                listed = core in given or not plan.runtime
                require(listed, PROTOCOL, f"{role} is placed on core {core} without runtime arguments")
                found[core] = given.get(core, [])
                _check_count(role, core, len(found[core]), plan)
        return found

    def check_arguments(self, tree: Path) -> None:
        """No kernel source reads an argument that the host does not set (literal indices; when the source exists)."""
        for role, plan in self._design.kernels.items():
            arguments = self._arguments(role)
            path = tree / plan.path
            if not path.is_file():
                continue
            text = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), path.read_text(encoding="utf-8"))
            counts = {
                "runtime_args": min((len(values) for values in arguments.values()), default=0),
                **{
                    kind: min(len(recorded.get(kind) or ()) for recorded in self.kernels(role))
                    for kind in ("common_runtime_args", "compile_time_args")
                },
            }
            for kind, pattern in _READS.items():
                _check_reads(pattern, text, counts[kind], kind.replace("_", " "), plan.path)


@dataclass(frozen=True)
class Programs:
    """All programs of one call; each check is made of every one of them."""

    programs: Sequence[Program]

    def check_circular_buffers(self, dtypes: str) -> None:
        """See Program."""
        for program in self.programs:
            program.check_circular_buffers(dtypes)

    def check_work_split(self, grid: str) -> None:
        """See Program."""
        for program in self.programs:
            program.check_work_split(grid)

    def check_arguments(self, tree: Path) -> None:
        """See Program."""
        for program in self.programs:
            program.check_arguments(tree)


def _check_count(role: str, core: Core, have: int, plan: Kernel) -> None:
    wanted = len(plan.runtime)
    named = f"the design names {wanted}: {', '.join(plan.runtime)}"
    message = f"{role} on core {core} gets {have} runtime arguments, {named}"
    require(have == wanted, PROTOCOL, message)


def _check_reads(pattern: re.Pattern[str], text: str, count: int, kind: str, path: str) -> None:
    for match in pattern.finditer(text):
        index = int(match[1])
        line = text.count("\n", 0, match.start()) + 1
        message = f"{path}:{line} reads {kind} {index}, the host sets {count}"
        require(index < count, PROTOCOL, message, file=path, line=line)


def _pairs(runtime_args: Any) -> list[tuple[Any, Any]]:
    return list(runtime_args.items()) if isinstance(runtime_args, Mapping) else [tuple(pair) for pair in runtime_args]


def _core(value: Any) -> Core:
    return int(value[0]), int(value[1])


def _cores(values: Any) -> list[Core]:
    return [_core(value) for value in values]
