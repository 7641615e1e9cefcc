"""The reference function of a spec: its formula, or a function in a Python file beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from op_pipeline.errors import ConfigError, Problem
from op_pipeline.spec.evaluate import Array, Scalar, evaluate
from op_pipeline.spec.formula import parse

if TYPE_CHECKING:
    from op_pipeline.spec.model import Spec

Golden = Callable[[Mapping[str, npt.ArrayLike], Mapping[str, Scalar]], Array]


def golden(spec: Spec) -> Golden:
    """float64 arrays by input name and values by parameter name → float64 array.

    Raises ConfigError when a golden file cannot be loaded; the function it returns raises ConfigError when that file's
    function fails. Parameters that are left out take their default.
    """
    compute = _from_formula(spec) if spec.formula is not None else _from_file(spec)

    def call(inputs: Mapping[str, npt.ArrayLike], parameters: Mapping[str, Scalar]) -> Array:
        values = {item.name: item.value() for item in spec.parameters} | dict(parameters)
        return compute(inputs, values)

    return call


def _from_formula(spec: Spec) -> Golden:
    expr = parse(str(spec.formula), spec.input_names, spec.parameter_names)
    return lambda inputs, parameters: evaluate(expr, inputs, parameters)


def _from_file(spec: Spec) -> Golden:
    file, _, name = str(spec.golden).rpartition(":")
    path = spec.source.parent / file
    module = ModuleType(f"golden_of_{spec.operation}")
    module.__file__ = str(path)
    try:  # compiled here and not imported: no .pyc, so a changed file is never missed
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)  # noqa: S102 - the user's own file
        function = module.__dict__[name]
    except Exception as error:  # whatever the user's file raises is a mistake in that file
        raise _failure(spec, file, f"cannot be loaded: {type(error).__name__}: {error}") from error

    def call(inputs: Mapping[str, npt.ArrayLike], parameters: Mapping[str, Scalar]) -> Array:
        arrays = {key: np.asarray(value, dtype=np.float64) for key, value in inputs.items()}
        try:
            with np.errstate(all="ignore"):
                return np.asarray(function(**arrays, **parameters), dtype=np.float64)
        except Exception as error:
            raise _failure(spec, file, f"{name} failed: {type(error).__name__}: {error}") from error

    return call


def _failure(spec: Spec, file: str, message: str) -> ConfigError:
    return ConfigError(problems=[Problem(str(spec.source.parent / file), 0, "", message)])
