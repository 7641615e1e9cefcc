"""What a user asks to run, turned into a call: shapes, dtypes, values, parameters. Wrong wishes are ConfigErrors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from op_pipeline import numerics
from op_pipeline.errors import ConfigError, did_you_mean
from op_pipeline.gates.contract import KINDS
from op_pipeline.gates.kit.contract import Case, Contract, Dtypes, Input, Parameter
from op_pipeline.gates.kit.inputs import Sample, sample

if TYPE_CHECKING:
    from op_pipeline.spec import Spec

Shape = tuple[int, ...]
MOST_ELEMENTS = 2**26  # of all inputs together


@dataclass(frozen=True)
class Wish:
    """One call as it is asked for; what is left out is as in the spec's first case.

    `shapes` by input, "" for all of them; `arrays` by input, rounded to the dtype; `parameters` by name, as text.
    """

    case: str = ""
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    dtype: str = ""
    kind: str = "randn"
    seed: str = "0"
    grid: str = "8x8"
    parameters: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, Any] = field(default_factory=dict)


def sample_of(contract: Contract, spec: Spec, wish: Wish) -> Sample:
    """The call: values drawn as gates draw them, but where arrays are given. Raises ConfigError."""
    if wish.kind not in KINDS:
        raise _unknown("--kind", "kind of inputs", wish.kind, KINDS)
    names = contract.input_names
    for flag, given in (("--input", wish.arrays), ("--shape", [name for name in wish.shapes if name])):
        for name in given:
            if name not in names:
                raise _unknown(flag, "input", name, names)
    dtypes = _dtypes(contract, wish.dtype)
    drawn = sample(contract, _case(contract, spec, wish), dtypes, wish.kind, wish.seed)
    arrays = {name: _rounded(name, wish.arrays[name], dtypes.inputs[name]) for name in wish.arrays}
    parameters = {name: _parameter(contract, name, text) for name, text in wish.parameters.items()}
    return replace(drawn, arrays={**drawn.arrays, **arrays}, parameters={**drawn.parameters, **parameters})


def _dtypes(contract: Contract, label: str) -> Dtypes:
    if label and label not in contract.dtypes:
        raise _unknown("--dtype", "dtype", label, contract.dtypes)
    return contract.dtypes[label or next(iter(contract.dtypes))]


def _case(contract: Contract, spec: Spec, wish: Wish) -> Case:
    if wish.case and wish.case not in contract.cases:
        raise _unknown("--case", "case", wish.case, contract.cases, f"--shape for shapes that {spec.source.name} lacks")
    listed = contract.cases[wish.case or next(iter(contract.cases))]
    shapes = dict(listed.shapes)
    for name in contract.input_names:
        asked = wish.shapes.get(name, wish.shapes.get(""))
        given = None if name not in wish.arrays else tuple(np.shape(wish.arrays[name]))
        if asked is not None and given is not None and asked != given:
            raise ConfigError(
                f"--input {name}: its array has shape {_words(given)}, --shape says {_words(asked)}",
                hint="leave --shape out: arrays bring their own",
            )
        shapes[name] = given or asked or shapes[name]
    if shapes == listed.shapes:
        return listed
    return _checked(contract, spec, shapes)


def _checked(contract: Contract, spec: Spec, shapes: dict[str, Shape]) -> Case:
    """A case of shapes that the spec does not list."""
    told = ", ".join(f"{name} {_words(shape)}" for name, shape in shapes.items())
    listed = f"cases of the spec: {', '.join(contract.cases)}"
    for item in contract.inputs:
        _check_shape(item, shapes[item.name], listed)
    if sum(math.prod(shape) for shape in shapes.values()) > MOST_ELEMENTS:
        raise ConfigError(f"{told}: more than {MOST_ELEMENTS} elements together", hint="take smaller shapes")
    try:
        output = spec.output_shape(tuple(shapes[name] for name in contract.input_names))
    except ValueError as error:
        raise ConfigError(f"{told}: {error}", hint=listed) from error
    if contract.rules.output(shapes) is None:
        raise ConfigError(f"shapes that do not go together in this operation: {told}", hint=listed)
    return Case("_".join(map(_words, shapes.values())), shapes, tuple(output))


def _check_shape(item: Input, shape: Shape, hint: str) -> None:
    low, high = item.rank
    if not low <= len(shape) <= high:
        rank = f"{low}" if low == high else f"{low} to {high}"
        raise ConfigError(f"input {item.name!r} has rank {rank}; {_words(shape)} has {len(shape)}", hint=hint)
    if not all(extent > 0 for extent in shape):
        raise ConfigError(f"input {item.name!r}: {_words(shape)} has no elements", hint=hint)


def _rounded(name: str, array: Any, dtype: str) -> Any:
    values = np.asarray(array)
    if values.dtype.kind not in "fiub":
        raise ConfigError(f"--input {name}: an array of {values.dtype} holds no numbers", hint="save it as float32")
    return numerics.round_to(values, dtype)


def _parameter(contract: Contract, name: str, text: str) -> Any:
    known = {item.name: item for item in contract.parameters}
    if name not in known:
        raise _unknown("--param", "parameter", name, known)
    item = known[name]
    value = _value(item, text)
    if item.range is not None and not item.range[0] <= value <= item.range[1]:
        low, high = item.range
        raise ConfigError(f"--param {name}: {text} is outside of its range", hint=f"from {low:g} to {high:g}")
    return value


def _value(item: Parameter, text: str) -> Any:
    try:
        if item.type == "bool":
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        return int(text) if item.type == "int" else float(text)
    except (KeyError, ValueError):
        raise ConfigError(f"--param {item.name}: {text!r} is no {item.type}", hint=f"usual: {item.usual}") from None


def _unknown(flag: str, what: str, name: str, known: Iterable[str], more: str = "") -> ConfigError:
    known = list(known)
    listed = ", ".join(known) or "none"
    return ConfigError(
        f"{flag}: no {what} {name!r}{did_you_mean(name, known)}",
        hint=f"there is: {listed}{f'; {more}' if more else ''}",
    )


def _words(shape: Iterable[int]) -> str:
    return "x".join(map(str, shape))
