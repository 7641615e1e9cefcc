"""The contract as the gate's process reads it: plain data from the sealed JSON beside the tests, and the golden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.shapes import Rules, rules_of
from op_pipeline.models import FailureClass
from op_pipeline.numerics import Limits

Array = npt.NDArray[Any]
Scalar = float | int | bool


@dataclass(frozen=True)
class Input:
    """One tensor input; `domain` bounds the values tests draw."""

    name: str
    dtypes: tuple[str, ...]
    layout: str
    memory: str
    rank: tuple[int, int]
    domain: tuple[float, float] | None


@dataclass(frozen=True)
class Parameter:
    """One scalar parameter; `usual` is its default, or a value of its range."""

    name: str
    type: str
    default: Scalar | None
    range: tuple[float, float] | None
    usual: Scalar

    def value(self) -> Scalar:
        """The usual value, under the name the spec's own class has for it."""
        return self.usual


@dataclass(frozen=True)
class Case:
    """Shapes of one test case by input name, and of the output."""

    label: str
    shapes: dict[str, tuple[int, ...]]
    output_shape: tuple[int, ...]

    @property
    def output_tiles(self) -> int:
        """Tiles of the output, padding included."""
        return tiles_of(self.output_shape)


@dataclass(frozen=True)
class Dtypes:
    """One combination of dtypes by input name, and the output's."""

    label: str
    inputs: dict[str, str]
    output: str


def tiles_of(shape: tuple[int, ...]) -> int:
    """Number of 32×32 tiles that hold a tensor of this logical shape."""
    height, width = (1, 1, *shape)[-2:]
    return int(np.prod(shape[:-2], dtype=np.int64)) * -(-height // 32) * -(-width // 32)


@dataclass(frozen=True)
class Contract:
    """All a gate knows of the spec."""

    folder: Path
    data: dict[str, Any]
    inputs: tuple[Input, ...]
    parameters: tuple[Parameter, ...]
    cases: dict[str, Case]
    dtypes: dict[str, Dtypes]

    @classmethod
    def load(cls, folder: Path) -> Contract:
        """The contract of the gate in `folder`."""
        return cls.of(json.loads((folder / "contract.json").read_text(encoding="utf-8")), folder)

    @classmethod
    def of(cls, data: dict[str, Any], folder: Path) -> Contract:
        """The contract of plain data; a golden in Python lies in `folder`."""
        return cls(
            folder=folder,
            data=data,
            inputs=tuple(_input(item) for item in data["inputs"]),
            parameters=tuple(_parameter(item) for item in data["parameters"]),
            cases={
                label: Case(label, {k: tuple(v) for k, v in item["shapes"].items()}, tuple(item["output_shape"]))
                for label, item in data["cases"].items()
            },
            dtypes={label: Dtypes(label, item["inputs"], item["output"]) for label, item in data["dtypes"].items()},
        )

    def __getattr__(self, name: str) -> Any:
        # The plain fields: operation, pascal, category, namespace, operation_path, digest, formula, golden, …
        try:
            return self.__dict__["data"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs in order."""
        return tuple(item.name for item in self.inputs)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters in order."""
        return tuple(item.name for item in self.parameters)

    @property
    def source(self) -> Path:
        """A file beside which a Python golden lies: its sealed copy is in the gate's folder."""
        return self.folder / "contract.json"

    def limits(self, dtype: str) -> Limits:
        """How near an output of `dtype` must be. KeyError for one the operation does not have."""
        return Limits(**self.data["tolerance"][dtype])

    @cached_property
    def expression(self) -> Any:
        """The formula as an expression; None when the golden is a Python function."""
        from op_pipeline.spec.formula import parse  # noqa: PLC0415 - stages that need no values start without it

        return None if self.formula is None else parse(self.formula, self.input_names, self.parameter_names)

    @cached_property
    def rules(self) -> Rules:
        """Which shapes go together."""
        return rules_of(self.data, self.expression)

    @cached_property
    def _golden(self) -> Any:
        from op_pipeline.spec.golden import golden  # noqa: PLC0415 - stages that need no values start without it

        return golden(cast("Any", self))

    def expected(self, inputs: Mapping[str, Array], parameters: Mapping[str, Scalar]) -> npt.NDArray[np.float64]:
        """The golden in float64 on the values that the tensors hold. GateFailure when the golden itself fails."""
        from op_pipeline.errors import PipelineError  # noqa: PLC0415

        values = {name: np.asarray(array, dtype=np.float64) for name, array in inputs.items()}
        try:
            return np.asarray(self._golden(values, dict(parameters)), dtype=np.float64)
        except PipelineError as error:
            raise GateFailure(FailureClass.UNKNOWN, f"the golden fails: {error}") from error


def _input(item: Mapping[str, Any]) -> Input:
    domain = item.get("domain")
    return Input(
        name=item["name"],
        dtypes=tuple(item["dtypes"]),
        layout=item["layout"],
        memory=item["memory"],
        rank=(int(item["rank"][0]), int(item["rank"][1])),
        domain=None if domain is None else (float(domain[0]), float(domain[1])),
    )


def _parameter(item: Mapping[str, Any]) -> Parameter:
    bounds = item.get("range")
    return Parameter(
        name=item["name"],
        type=item["type"],
        default=item["default"],
        range=None if bounds is None else (float(bounds[0]), float(bounds[1])),
        usual=item["usual"],
    )
