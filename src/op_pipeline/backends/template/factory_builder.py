"""The factory-builder: stages 4 (output specification), 5 (program factory), 6 (kernels that move data)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from op_pipeline.backends.template.design import Buffer, Design
from op_pipeline.backends.template.rendering import render
from op_pipeline.backends.template.requirements import host_name
from op_pipeline.backends.template.scaffolder import device_operation
from op_pipeline.spec import Spec, golden
from op_pipeline.spec.model import Scalar

CLEARLY_WRONG = 0.3
"""Relative L2 error from which a stub cannot be taken for the operation: the loosest tolerance a spec may state."""
MAX_ASSIGNMENTS = 64


def build(found: Design, stage: int) -> dict[str, str]:
    """Files of stage 4, 5 or 6 by path below the tree's root; only what that stage adds or changes."""
    device = f"{found.spec.operation_path}/device"
    name = found.spec.operation
    if stage == 4:
        return {f"{device}/{name}_device_operation.cpp": device_operation(found, 4)}
    if stage == 5:
        return {f"{device}/{name}_program_factory.cpp": _factory(found)}
    return {
        found.kernels["reader"].path: render("reader.cpp.j2", found),
        found.kernels["writer"].path: render("writer.cpp.j2", found),
        found.kernels["compute"].path: render("compute_stub.cpp.j2", found, fill=stub_fill(found)),
    }


def _factory(found: Design) -> str:
    program = found.program
    wide = program.fp32_dest_acc_en
    inputs_and_intermediates = [buffer for buffer in found.buffers if buffer.key != "output"]
    scalars = " ".join(scalar.cpp for scalar in program.runtime_scalars)
    headers = [
        *(["bit"] if program.runtime_scalars else []),
        *(["cmath"] if any(name in scalars for name in _CMATH) else []),
        *(["limits"] if "std::numeric_limits" in scalars else []),
        *(["algorithm"] if "std::max" in scalars or "std::min" in scalars else []),
    ]
    tensors = [f"{host_name(item.name)}.buffer()" for item in found.spec.inputs]
    float32_inputs = [host_name(item.name) for item in found.spec.inputs if "float32" in item.dtypes]
    condition = [f"{name}.dtype() == DataType::FLOAT32" for name in float32_inputs] or [
        "output.dtype() == DataType::FLOAT32"
    ]
    return render(
        "program_factory.cpp.j2",
        found,
        stage=5,
        fp32=wide,
        host_headers=sorted(headers),
        intermediates=[buffer for buffer in found.buffers if isinstance(buffer.key, int)],
        fp32_buffers=[buffer for buffer in inputs_and_intermediates if wide and found.may_be_float32(buffer)],
        always_fp32={buffer.key: not _varies(found, buffer) for buffer in inputs_and_intermediates},
        float32_condition=" || ".join(condition),
        reader_arguments=[*tensors, "num_tiles_per_core", "start_id"],
        compute_arguments=["num_tiles_per_core", *(f"{scalar.name}_bits" for scalar in program.runtime_scalars)],
    )


_CMATH = ("std::pow", "std::exp", "std::log", "std::sqrt", "std::abs", "std::floor", "std::ceil", "std::nearbyint",
          "std::sin", "std::cos", "std::tan", "std::asin", "std::acos", "std::atan", "std::erf")  # fmt: skip


def _varies(found: Design, buffer: Buffer) -> bool:
    return len(found.names.formats[buffer.key]) > 1


def stub_fill(found: Design) -> str | None:
    """What the stub writes: None for the first input, else a literal.

    A stub that comes near the golden would make stage 7 green before its kernel exists. Gates draw other parameters
    than the defaults, and `x + steps` is the identity for 0 steps; so each candidate is judged by the parameters that
    suit it best, and the first that is clearly wrong even then is taken.
    """
    random = np.random.default_rng(0)
    shape = (64, 64)
    inputs = {
        item.name: random.uniform(*item.domain, shape) if item.domain is not None else random.standard_normal(shape)
        for item in found.spec.inputs
    }
    compute = golden(found.spec)
    expected = [compute(inputs, values) for values in _assignments(found.spec)]
    candidates: dict[str | None, np.ndarray] = {None: inputs[found.spec.inputs[0].name]}
    candidates |= {f"{value}f": np.full(shape, value) for value in (0.0, 1.0, 2.0)}
    errors = {fill: min(_relative_error(values, one) for one in expected) for fill, values in candidates.items()}
    wrong = (fill for fill, error in errors.items() if error > CLEARLY_WRONG)
    return next(wrong, max(errors, key=lambda fill: errors[fill]))


def _relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    finite = np.isfinite(expected)
    error = float(np.linalg.norm((actual - expected)[finite]))
    size = float(np.linalg.norm(expected[finite]))
    return error / size if size else (np.inf if error else 0.0)


def _assignments(spec: Spec) -> Iterator[dict[str, Scalar]]:
    """Parameter values at which formulas degenerate: the default, 0, 1 and the ends of the range."""
    options: list[list[Scalar]] = []
    for item in spec.parameters:
        low, high = item.range or (-math.inf, math.inf)
        ends = [bound for bound in (low, high) if math.isfinite(bound)]
        values = [item.value(), *(value for value in (0, 1, *ends) if low <= value <= high)]
        options.append([{"bool": bool, "int": int, "float": float}[item.type](value) for value in values])
    choices = itertools.product(*(dict.fromkeys(values) for values in options))
    for choice in itertools.islice(choices, MAX_ASSIGNMENTS):
        yield dict(zip(spec.parameter_names, choice, strict=True))
