"""The contract: what stands in a spec's front matter, as strict frozen models. Each field's text is its schema help."""

from __future__ import annotations

import keyword
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    WithJsonSchema,
    model_validator,
)

from op_pipeline.numerics import Limits
from op_pipeline.spec.expression import needs_matrix_unit
from op_pipeline.spec.formula import parse
from op_pipeline.spec.shapes import Shape, evaluate_output_shape
from op_pipeline.spec.strict import Strict
from op_pipeline.spec.tolerance import DType, Tolerance

Category = Literal["eltwise", "reduction", "normalization", "matmul", "data_movement", "other"]
Layout = Literal["tile", "row_major"]
Memory = Literal["dram_interleaved", "l1_interleaved", "height_sharded", "width_sharded", "block_sharded"]
Scalar: TypeAlias = float | int | bool

# Python's own are added; `ttnn`, `device` and `memory_config` are names in every generated signature.
_RESERVED = frozenset(
    """
    alignas alignof asm auto bool break case catch char class concept const consteval constexpr continue decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline
    int long mutable namespace new noexcept nullptr operator private protected public register requires return
    short signed sizeof static struct switch template this throw true try typedef typeid typename union unsigned
    using virtual void volatile while xor and or not ttnn tt std prim device memory_config shape dtype output
    """.split()  # noqa: SIM905 - a list of eighty strings is no easier to read
)


def _usable_name(name: str) -> str:
    if name in _RESERVED or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is a reserved word in C++, Python or every operation's signature")
    if "__" in name or name.endswith("_"):
        raise ValueError(f"{name!r} is not plain snake_case")
    return name


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=48), AfterValidator(_usable_name)]
Dimension = Annotated[StrictInt, Field(ge=1, le=2**24)]
Bounds = tuple[float, float]


def _as_cases(value: Any) -> Any:
    """`[[1, 32]]` (one input) and `[[[1, 32], [1, 1]]]` (several) both become cases × inputs × dimensions."""
    if isinstance(value, list):
        return [[case] if isinstance(case, list) and case and not isinstance(case[0], list) else case for case in value]
    return value


_SHAPES_SCHEMA = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "array",
        "minItems": 1,
        "items": {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1}},
            ]
        },
    },
}
Cases = Annotated[
    tuple[tuple[tuple[Dimension, ...], ...], ...],
    BeforeValidator(_as_cases),
    Field(min_length=1, max_length=64),
    WithJsonSchema(_SHAPES_SCHEMA),
]


class InputSpec(Strict):
    """One tensor input."""

    name: Name
    """Name in the Python signature and in the formula."""
    dtypes: Annotated[tuple[DType, ...], Field(min_length=1)]
    """Data types the operation accepts."""
    layout: Layout = "tile"
    """Layout the operation requires."""
    memory: Memory = "dram_interleaved"
    """Where the tensor lives when tests make it."""
    rank: tuple[Annotated[StrictInt, Field(ge=1, le=8)], Annotated[StrictInt, Field(ge=1, le=8)]] = (2, 4)
    """Least and greatest rank accepted."""
    domain: Bounds | None = None
    """Interval of the values tests draw; without it they draw from all finite values."""

    @model_validator(mode="after")
    def _ordered(self) -> InputSpec:
        if self.rank[0] > self.rank[1]:
            raise ValueError(f"rank {list(self.rank)}: the first must not be greater than the second")
        if self.domain is not None and self.domain[0] >= self.domain[1]:
            raise ValueError(f"domain {list(self.domain)}: the first must be less than the second")
        if len(set(self.dtypes)) != len(self.dtypes):
            raise ValueError(f"dtypes {list(self.dtypes)}: one stands twice")
        return self


class ParameterSpec(Strict):
    """One scalar parameter."""

    name: Name
    """Name in the Python signature and in the formula."""
    type: Literal["float", "int", "bool"]
    """Type in C++ and Python."""
    default: StrictFloat | StrictInt | StrictBool | None = None
    """Default value; without one the parameter is required, and needs a range."""
    range: Bounds | None = None
    """Least and greatest value accepted; others are refused by the operation's validation."""
    description: str = ""
    """One line for the documentation."""

    @model_validator(mode="after")
    def _consistent(self) -> ParameterSpec:
        if self.range is not None and self.range[0] >= self.range[1]:
            raise ValueError(f"range {list(self.range)}: the first must be less than the second")
        if self.range is not None and self.type == "bool":
            raise ValueError("a bool has no range")
        if self.range is not None and self.type == "int" and math.ceil(self.range[0]) > self.range[1]:
            raise ValueError(f"range {list(self.range)} holds no integer")
        if self.default is None:
            if self.range is None and self.type != "bool":
                raise ValueError("without a default, a range is needed so that tests have a value")
            return self
        fits = {"float": (float, int), "int": (int,), "bool": (bool,)}[self.type]
        if not isinstance(self.default, fits) or isinstance(self.default, bool) != (self.type == "bool"):
            raise ValueError(f"default {self.default!r} is not of type {self.type}")
        if self.range is not None and not self.range[0] <= self.default <= self.range[1]:
            raise ValueError(f"default {self.default} is out of range {list(self.range)}")
        return self

    def value(self) -> Scalar:
        """The default, or a value inside the range for a required parameter."""
        if self.default is not None:
            return float(self.default) if self.type == "float" else self.default
        if self.range is None:
            return False
        middle = (self.range[0] + self.range[1]) / 2
        return middle if self.type == "float" else max(math.floor(middle), math.ceil(self.range[0]))


class OutputSpec(Strict):
    """The one output."""

    shape: Annotated[str, Field(min_length=1)]
    """`x.shape`, or a quoted list of integer expressions: "[x.shape[0], x.shape[1], x.shape[2], 1]"."""
    dtype: Annotated[str, Field(min_length=1)]
    """`x.dtype` or the name of a data type."""
    layout: Layout = "tile"
    """Layout of the output."""
    memory: str | None = None
    """`x.memory` or a memory kind, for callers that give no memory_config; default: as the first input."""


class FrontMatter(Strict):
    """The contract of one TTNN operation: front matter of spec.md."""

    operation: Name
    """Name of the operation, snake_case; becomes ttnn.<operation>."""
    category: Category
    """Folder and namespace below ttnn/operations."""
    flow: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = "cpp"
    """Name of a flow in agents/flows."""
    inputs: Annotated[tuple[InputSpec, ...], Field(min_length=1, max_length=8)]
    """Tensor inputs in the order of the signature."""
    parameters: tuple[ParameterSpec, ...] = ()
    """Scalar parameters, after the inputs in the signature."""
    output: OutputSpec
    """The output."""
    formula: Annotated[str, Field(min_length=1)] | None = None
    """NumPy-style golden over inputs and parameters. Either this or `golden`."""
    golden: Annotated[str, Field(pattern=r"^[^:]+\.py:[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """Golden in Python, file:function, relative to the spec: golden.py:swish. Either this or `formula`."""
    tolerance: Tolerance = Tolerance()
    """How near the golden is near enough, for all data types or for each."""
    shapes: Cases
    """Test cases: for one input a list of shapes, for several a list of lists, one shape per input."""


def output_dtypes(contract: FrontMatter) -> tuple[str, ...]:
    """Names of all data types the output may have; none when it is that of an input that does not exist."""
    name, dot, attribute = contract.output.dtype.partition(".")
    if not (dot and attribute == "dtype"):
        return (contract.output.dtype,)
    return next((tuple(item.dtypes) for item in contract.inputs if item.name == name), ())


class Spec(FrontMatter):
    """A checked spec: the contract, the prose below it, and the names that follow from it."""

    source: Path
    prose: str = ""
    digest: str = ""
    headings: tuple[tuple[int, str, int], ...] = ()
    """Headings of the prose: (level, title, line in the file)."""
    lines: Mapping[str, int] = {}
    """Line in the file of top-level keys of the contract."""

    def in_flow(self, flow: str | None) -> Spec:
        """The same contract for another flow; itself when none is named."""
        return self if flow is None or flow == self.flow else self.model_copy(update={"flow": flow})

    @property
    def pascal(self) -> str:
        """PascalCase name: `leaky_relu` → `LeakyRelu`."""
        return "".join(part[:1].upper() + part[1:] for part in self.operation.split("_"))

    @property
    def operation_path(self) -> str:
        """Folder of the operation in a tt-metal tree, posix: C++ operations and Python ones live apart."""
        if self.flow == "generic-op":
            return f"ttnn/ttnn/operations/{self.operation}"
        return f"ttnn/cpp/ttnn/operations/{self.category}/{self.operation}"

    @property
    def namespace(self) -> str:
        """C++ namespace of the operation's implementation."""
        return f"ttnn::operations::{self.category}::{self.operation}"

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs in order."""
        return tuple(item.name for item in self.inputs)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters in order."""
        return tuple(item.name for item in self.parameters)

    def output_shape(self, case: tuple[Shape, ...]) -> Shape:
        """Output shape for one case (a shape per input, in input order). Raises ShapeError."""
        return evaluate_output_shape(self.output.shape, dict(zip(self.input_names, case, strict=True)))

    def output_dtype(self, input_dtypes: Mapping[str, str]) -> str:
        """Name of the output's data type for the inputs' ones. KeyError for an input that is not given."""
        name, dot, attribute = self.output.dtype.partition(".")
        return input_dtypes[name] if dot and attribute == "dtype" else self.output.dtype

    def output_dtypes(self) -> tuple[str, ...]:
        """Names of all data types the output may have."""
        return output_dtypes(self)

    def limits(self, dtype: str) -> Limits | None:
        """How near outputs of `dtype` must be; None when a reference run in that format has to tell (gates)."""
        return self.tolerance.limits(dtype, matrix_unit=self.sums())

    def sums(self) -> bool:
        """Whether the operation adds up elements. A golden in Python does not tell: then the category does."""
        if self.formula is None:
            return self.category in {"reduction", "normalization", "matmul"}
        return needs_matrix_unit(parse(self.formula, self.input_names, self.parameter_names))

    def output_memory(self) -> str:
        """The memory kind of the output when the caller gives none."""
        memory = self.output.memory or f"{self.inputs[0].name}.memory"
        name = memory.removesuffix(".memory")
        return next((item.memory for item in self.inputs if item.name == name), memory)
