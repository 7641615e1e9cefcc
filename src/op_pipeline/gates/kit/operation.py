"""The candidate under test: make tensors, call it, look at its launch, judge what it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.kit import running
from op_pipeline.gates.kit.agreement import require_agreement
from op_pipeline.gates.kit.contract import Array, Contract, Dtypes, Input
from op_pipeline.gates.kit.design import names
from op_pipeline.gates.kit.failure import GateFailure, first_line, require
from op_pipeline.gates.kit.inputs import Sample, draw, generator, sample
from op_pipeline.gates.kit.launches import Call, Inspection, place_of
from op_pipeline.gates.kit.provenance import Provenance
from op_pipeline.gates.kit.surroundings import Surroundings
from op_pipeline.models import FailureClass

POISON = (1000.0, float("nan"))


class Operation:
    """The candidate's operation, called in the host worker, run in the device worker; both answer with data only.

    Raises GateFailure from the start when it does not exist.
    """

    def __init__(self, contract: Contract, surroundings: Surroundings) -> None:
        self.contract = contract
        self.surroundings = surroundings
        self.provenance = Provenance(contract)
        self._decoy: tuple[Sample, Sample] | None = None
        host, name = surroundings.host, contract.operation
        found = host.look(name)
        if found is None:
            raise GateFailure(FailureClass.MISSING_SYMBOL, f"ttnn has no operation {name!r}")
        require(found.is_callable, FailureClass.SIGNATURE_MISMATCH, f"ttnn.{name} is not callable")
        self.function = found
        self.ttnn: Any = surroundings.ttnn

    def sample(self, case: str, dtype: str, kind: str = "randn") -> Sample:
        """Seeded inputs and parameters of one call, by the labels of the contract."""
        contract = self.contract
        return sample(contract, contract.cases[case], contract.dtypes[dtype], kind, self.surroundings.seed)

    def decoy(self, drawn: Sample) -> Sample:
        """What host code sees of a sample: the same parameters, other values of the same kind."""
        if self.surroundings.shows_values:
            return drawn
        if self._decoy is None or self._decoy[0] is not drawn:
            other = sample(self.contract, drawn.case, drawn.dtypes, drawn.kind, self.surroundings.decoy_seed)
            self._decoy = (drawn, replace(other, parameters=drawn.parameters))
        return self._decoy[1]

    def memory(self, name: str) -> Any:
        """The memory config called `dram_interleaved` or `l1_interleaved`."""
        return self.ttnn.L1_MEMORY_CONFIG if name.startswith("l1") else self.ttnn.DRAM_MEMORY_CONFIG

    def tensor(self, array: Array, dtype: str, item: Input, *, grid: str = "8x8", **changes: Any) -> Any:
        """A tensor as the contract wants input `item`; `changes` (layout, memory_config, device, pad_value) deviate.

        It has the array's shape and values of its own: no value that a test draws gets to host code.
        """
        if not self.surroundings.shows_values:
            array = draw(item, array.shape, dtype, "randn", generator(self.surroundings.decoy_seed, item.name))
        return self._placed(array, dtype, item, grid, changes)

    def tensors(self, drawn: Sample, *, grid: str = "8x8", **changes: Any) -> list[Any]:
        """All inputs of a sample, in order, with the values of its decoy."""
        arrays = self.decoy(drawn).arrays
        return [
            self._placed(arrays[item.name], drawn.dtypes.inputs[item.name], item, grid, changes)
            for item in self.contract.inputs
        ]

    def _placed(self, array: Array, dtype: str, item: Input, grid: str, changes: Mapping[str, Any]) -> Any:
        layout = changes.get("layout", getattr(self.ttnn, f"{_layout(item.layout)}_LAYOUT"))
        on_device = changes.get("device", grid) is not None
        memory = changes.get("memory_config", self.memory(item.memory)) if on_device else None
        where = grid if on_device else None
        try:
            return self.surroundings.host.tensor(array, dtype, layout, where, memory, changes.get("pad_value"))
        except GateFailure:
            raise
        except Exception as error:
            what = f"a {dtype} tensor of shape {array.shape} with {layout} for input {item.name!r}"
            raise GateFailure(FailureClass.ENV_ERROR, f"the target cannot make {what}: {first_line(error)}") from error

    def run(
        self, drawn: Sample, *, grid: str = "8x8", pad_value: float | None = None, memory_config: Any = None
    ) -> Array:
        """The output (bfloat16 as float32) of a call on the sample, shape and dtype checked.

        Host code describes the call on decoys; what it described runs on the sample, in another process.
        """
        self.surroundings.device_worker.start()  # loads while the host worker describes
        call = self.describe(drawn, grid=grid, memory_config=memory_config)
        return self.run_described(drawn, call, grid=grid, pad_value=pad_value)

    def run_described(self, drawn: Sample, call: Call, *, grid: str = "8x8", pad_value: float | None = None) -> Array:
        """The output of a call that the host worker has described; see `run`."""
        output = running.output_of(self, drawn, call, grid=grid, pad_value=pad_value)
        self.provenance.note(self.decoy(drawn), output)
        return output

    def judge(self, drawn: Sample, output: Array) -> str:
        """Figures of an output of `run` that agrees with the golden. GateFailure when not, with the cause if known."""
        try:
            return judge_values(output, self.expected(drawn), drawn.dtypes, self.contract.tolerance)
        except GateFailure as failure:
            raise self.provenance.explained(failure, drawn, self.decoy(drawn), output) from None

    def inspect(
        self,
        drawn: Sample,
        *,
        grid: str = "8x8",
        memory_config: Any = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Inspection:
        """Launch without running kernels: what was validated, allocated and described."""
        return self.describe(drawn, grid=grid, memory_config=memory_config, parameters=parameters).inspection

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

    def describe(
        self,
        drawn: Sample,
        *,
        grid: str = "8x8",
        memory_config: Any = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Call:
        """Call the operation in the host worker: what it answered, its launches, the tensors it was given.

        GateFailure when a launch describes one program and would run another.
        """
        tensors = self.tensors(drawn, grid=grid)
        keywords: dict[str, Any] = {**drawn.parameters, **(parameters or {})}
        if memory_config is not None:
            keywords["memory_config"] = memory_config
        reply = self.surroundings.host.call(self.contract.operation, tensors, keywords)
        for item in reply.launches:
            require_agreement(item, self.surroundings.tree)
        own = [item for item in reply.launches if self._is_own(item)]
        return Call(Inspection(own[-1] if own else None, reply.error, own), reply, tensors)

    def _is_own(self, launch: Any) -> bool:
        return bool(str(launch.operation).rpartition("::")[2] == self.contract.launches)

    def expected(self, drawn: Sample) -> Array:
        """The golden on the sample, in float64."""
        return self.contract.expected(drawn.arrays, drawn.parameters)


def _layout(name: str) -> str:
    return "TILE" if name == "tile" else "ROW_MAJOR"


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


def expect_refusal(
    call: Any, words: Sequence[str], *, kinds: tuple[type[Exception], ...] = (RuntimeError,)
) -> None:
    """`call` must raise one of `kinds` (a TT_FATAL) whose message holds all words; else validation_missing."""
    wanted = " and ".join(repr(word) for word in words)
    try:
        call()
    except GateFailure:
        raise  # the arguments could not be made: nothing was refused
    except kinds as error:
        text = str(error)
        # Of a TT_FATAL only the message counts: the condition in its first line names the tensor by accident.
        message = text.partition("info:\n")[2] if text.startswith("TT_") else text
        message = message.partition("backtrace:")[0]
        missing = [word for word in words if not names(message.lower(), word.lower())]
        file, line = place_of(text)
        if "/emulator/host/" in file:  # the candidate's own files are named relative to its tree
            # The library's words may name an input by accident: 'a' in "a device tensor needs a device".
            message = f"refused by ttnn and not by the operation, which must name {wanted}: {first_line(error)}"
            raise GateFailure(FailureClass.VALIDATION_MISSING, message) from error
        if missing:
            message = f"refused, but the message does not name {wanted}: {first_line(error)}"
            raise GateFailure(FailureClass.VALIDATION_MISSING, message, file=file, line=line) from error
        return
    except Exception as error:
        message = f"raised {first_line(error)} instead of a TT_FATAL that names {wanted}"
        raise GateFailure(FailureClass.VALIDATION_MISSING, message) from error
    raise GateFailure(FailureClass.VALIDATION_MISSING, f"not refused; expected a TT_FATAL that names {wanted}")
