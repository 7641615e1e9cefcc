"""The candidate under test: make tensors, call it, look at its launch, judge what it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.kit.contract import Array, Contract, Dtypes, Input
from op_pipeline.gates.kit.design import names
from op_pipeline.gates.kit.failure import GateFailure, first_line, from_exception, require
from op_pipeline.gates.kit.inputs import Sample, sample
from op_pipeline.gates.kit.surroundings import Surroundings
from op_pipeline.models import FailureClass

# What is wrong when a launch ends in a phase; a phase is noted when it is entered.
PHASES = ("validate", "output_specs", "output_tensors", "program_factory", "descriptor", "dispatch")
_PHASE_KIND = {"validate": FailureClass.VALIDATION_MISSING, "dispatch": FailureClass.PROTOCOL_ERROR}
# Host errors that ttnn tells apart by their words only; the words are those of ttnn 0.81.1.
_HOST_ERRORS = (
    ("Cannot open kernel source file", FailureClass.COMPILE_ERROR),
    ("beyond max L1 size", FailureClass.OUT_OF_MEMORY),
    ("clash with L1 buffers", FailureClass.OUT_OF_MEMORY),
    ("Out of Memory:", FailureClass.OUT_OF_MEMORY),
)
POISON = (1000.0, float("nan"))


@dataclass(frozen=True)
class Inspection:
    """One launch as the emulator recorded it, and the error that ended the call, if one did."""

    launch: Any
    error: Exception | None

    def passed(self, phase: str) -> bool:
        """Whether the launch got through `phase`."""
        phases = list(self.launch.phases) if self.launch is not None else []
        if phase not in phases:
            return False
        # A descriptor that is there has passed; what refuses it afterwards, without dispatch, is the lowering.
        described = phase == "descriptor" and self.error is None and self.launch.program is not None
        return described or phase != phases[-1] or (self.error is None and not self.launch.error)

    def require(self, phase: str) -> None:
        """Raise GateFailure unless the launch got through `phase`."""
        if self.passed(phase):
            return
        if self.error is None:
            raise GateFailure(FailureClass.NOT_IMPLEMENTED, f"the call launched no device operation (phase {phase})")
        raise launch_failure(self.launch, self.error) from self.error


def launch_failure(launch: Any, error: Exception) -> GateFailure:
    """Classify an exception of a call with legal arguments by how far its launch got."""
    declared = from_exception(error)
    if declared is not None:
        return declared
    phase = launch.phases[-1] if launch is not None and launch.phases else ""
    worded = (kind for words, kind in _HOST_ERRORS if phase and words in first_line(error))
    kind = next(worded, _PHASE_KIND.get(phase, FailureClass.NOT_IMPLEMENTED))
    if isinstance(error, TypeError) and not phase:
        kind = FailureClass.SIGNATURE_MISMATCH
    where = f"in phase {phase!r} of its launch" if phase else "before it launched a device operation"
    file, line = place_of(str(error))
    return GateFailure(
        kind, f"legal arguments, but the call failed {where}: {first_line(error)}", file=file, line=line,
        excerpt=str(error)[:4000],
    )  # fmt: skip


def place_of(text: str) -> tuple[str, int]:
    """File and line of `TT_FATAL @ file:line: …`, else nothing."""
    head, at, rest = text.partition(" @ ")
    if not at or not head.startswith("TT_"):
        return "", 0
    file, _, tail = rest.partition(":")
    digits = tail.partition(":")[0].strip()
    return (file, int(digits)) if digits.isdigit() else ("", 0)


class Operation:
    """The candidate's operation on a target. Raises GateFailure from the start when it does not exist."""

    def __init__(self, contract: Contract, surroundings: Surroundings) -> None:
        self.contract = contract
        self.surroundings = surroundings
        self.ttnn: Any = surroundings.load_operation()
        name = contract.operation
        require(hasattr(self.ttnn, name), FailureClass.MISSING_SYMBOL, f"ttnn has no operation {name!r}")
        self.function = getattr(self.ttnn, name)
        require(callable(self.function), FailureClass.SIGNATURE_MISMATCH, f"ttnn.{name} is not callable")

    def sample(self, case: str, dtype: str, kind: str = "randn") -> Sample:
        """Seeded inputs and parameters of one call, by the labels of the contract."""
        contract = self.contract
        return sample(contract, contract.cases[case], contract.dtypes[dtype], kind, self.surroundings.seed)

    def memory(self, name: str) -> Any:
        """The memory config called `dram_interleaved` or `l1_interleaved`."""
        return self.ttnn.L1_MEMORY_CONFIG if name.startswith("l1") else self.ttnn.DRAM_MEMORY_CONFIG

    def tensor(self, array: Array, dtype: str, item: Input, *, grid: str = "8x8", **changes: Any) -> Any:
        """A tensor as the contract wants input `item`; `changes` (layout, memory_config, device, pad_value) deviate."""
        settings = {
            "dtype": getattr(self.ttnn, dtype),
            "layout": self.ttnn.TILE_LAYOUT if item.layout == "tile" else self.ttnn.ROW_MAJOR_LAYOUT,
            "device": self.surroundings.device(grid),
            "memory_config": self.memory(item.memory),
            **changes,
        }
        if settings["device"] is None:
            settings.pop("memory_config")
        try:
            return self.ttnn.from_torch(np.ascontiguousarray(array), **settings)
        except Exception as error:
            what = f"a {dtype} tensor of shape {array.shape} with {settings['layout']} for input {item.name!r}"
            raise GateFailure(FailureClass.ENV_ERROR, f"the target cannot make {what}: {first_line(error)}") from error

    def tensors(self, drawn: Sample, *, grid: str = "8x8", **changes: Any) -> list[Any]:
        """All inputs of a sample, in order."""
        return [
            self.tensor(drawn.arrays[item.name], drawn.dtypes.inputs[item.name], item, grid=grid, **changes)
            for item in self.contract.inputs
        ]

    def run(
        self, drawn: Sample, *, grid: str = "8x8", pad_value: float | None = None, memory_config: Any = None
    ) -> Array:
        """Call the operation to its end; its output as an array (bfloat16 as float32), shape and dtype checked."""
        inspected, output = self._call(
            drawn, dispatch=True, grid=grid, pad_value=pad_value, memory_config=memory_config
        )
        if inspected.error is not None:
            raise launch_failure(inspected.launch, inspected.error) from inspected.error
        require(output is not None, FailureClass.SHAPE_MISMATCH, "the call returned None instead of a tensor")
        array = np.asarray(output.to_numpy())
        shape = tuple(output.shape)
        wanted = drawn.case.output_shape
        require(
            shape == wanted == array.shape, FailureClass.SHAPE_MISMATCH, f"output has shape {shape}, expected {wanted}"
        )
        dtype = plain_name(output.dtype)
        message = f"output has dtype {dtype}, expected {drawn.dtypes.output}"
        require(dtype == drawn.dtypes.output, FailureClass.DTYPE_MISMATCH, message)
        return array

    def inspect(
        self,
        drawn: Sample,
        *,
        grid: str = "8x8",
        memory_config: Any = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Inspection:
        """Launch without running kernels: what was validated, allocated and described."""
        return self._call(drawn, dispatch=False, grid=grid, memory_config=memory_config, parameters=parameters)[0]

    def call(
        self, drawn: Sample, *, replace: Mapping[str, Any] | None = None, parameters: Mapping[str, Any] | None = None
    ) -> Any:
        """A plain call with some tensors or parameters of the sample replaced; exceptions come through."""
        tensors = dict(zip(self.contract.input_names, self.tensors(drawn), strict=True))
        return self.function(*{**tensors, **(replace or {})}.values(), **{**drawn.parameters, **(parameters or {})})

    def sharded(self, shape: tuple[int, ...]) -> Any:
        """A height-sharded L1 memory config for a tensor of this shape, one shard on one core."""
        rows = -(-int(np.prod(shape[:-1])) // 32) * 32
        columns = -(-shape[-1] // 32) * 32
        return self.ttnn.create_sharded_memory_config(
            (rows, columns),
            core_grid=self.ttnn.CoreGrid(y=1, x=1),
            strategy=self.ttnn.ShardStrategy.HEIGHT,
            use_height_and_width_as_shard_shape=True,
        )

    def _call(
        self,
        drawn: Sample,
        *,
        dispatch: bool,
        grid: str = "8x8",
        memory_config: Any = None,
        parameters: Mapping[str, Any] | None = None,
        pad_value: float | None = None,
    ) -> tuple[Inspection, Any]:
        from op_pipeline.emulator import inspection  # noqa: PLC0415

        changes = {} if pad_value is None else {"pad_value": pad_value}
        tensors = self.tensors(drawn, grid=grid, **changes)
        keywords: dict[str, Any] = {**drawn.parameters, **(parameters or {})}
        if memory_config is not None:
            keywords["memory_config"] = memory_config
        output, error = None, None
        with inspection.record(dispatch=dispatch) as log:
            try:
                output = self.function(*tensors, **keywords)
            except Exception as caught:  # noqa: BLE001 - judged by how far the launch got
                error = caught
        launch = next((item for item in log.launches if self._is_own(item)), None)
        return Inspection(launch, error), output

    def _is_own(self, launch: Any) -> bool:
        return str(launch.operation).rpartition("::")[2] == f"{self.contract.pascal}DeviceOperation"

    def expected(self, drawn: Sample) -> Array:
        """The golden on the sample, in float64."""
        return self.contract.expected(drawn.arrays, drawn.parameters)


def plain_name(value: object) -> str:
    """`DataType.BFLOAT16`, `BFLOAT16` or `bfloat16` → `bfloat16`."""
    return str(value).rpartition(".")[2].rpartition("::")[2].lower()


def judge_values(actual: Array, expected: Array, dtypes: Dtypes, tolerance: Mapping[str, Any]) -> str:
    """The verdict on values, on raw arrays only. Returns its figures; raises GateFailure with the reasons."""
    limits = tolerance[dtypes.output]
    verdict = numerics.compare(
        actual, expected, pcc_limit=limits["pcc"], rel_l2_limit=limits["rel_l2"], dtype=dtypes.output
    )
    if not verdict:
        raise GateFailure(FailureClass(verdict.kind), str(verdict))
    return str(verdict)


def expect_refusal(call: Any, words: Sequence[str]) -> None:
    """`call` must raise RuntimeError (TT_FATAL) whose message holds all words; else GateFailure validation_missing."""
    wanted = " and ".join(repr(word) for word in words)
    try:
        call()
    except GateFailure:
        raise  # the arguments could not be made: nothing was refused
    except RuntimeError as error:
        text = str(error)
        # Of a TT_FATAL only the message counts: the condition in its first line names the tensor by accident.
        message = text.partition("info:\n")[2] if text.startswith("TT_") else text
        message = message.partition("backtrace:")[0]
        missing = [word for word in words if not names(message.lower(), word.lower())]
        if missing:
            file, line = place_of(text)
            message = f"refused, but the message does not name {wanted}: {first_line(error)}"
            raise GateFailure(FailureClass.VALIDATION_MISSING, message, file=file, line=line) from error
        return
    except Exception as error:
        message = f"raised {first_line(error)} instead of a TT_FATAL that names {wanted}"
        raise GateFailure(FailureClass.VALIDATION_MISSING, message) from error
    raise GateFailure(FailureClass.VALIDATION_MISSING, f"not refused; expected a TT_FATAL that names {wanted}")
