"""The factory-builder: stages 4 (output specification), 5 (program factory), 6 (kernels that move data)."""

from __future__ import annotations

from op_pipeline.backends.template.design import Buffer, Design, KernelPlan
from op_pipeline.backends.template.rendering import render
from op_pipeline.backends.template.requirements import host_name
from op_pipeline.backends.template.scaffolder import device_operation


def build(found: Design, stage: int) -> dict[str, str]:
    """Files of stage 4, 5 or 6 by path below the tree's root; only what that stage adds or changes."""
    device = f"{found.spec.operation_path}/device"
    name = found.spec.operation
    if stage == 4:
        return {f"{device}/{name}_device_operation.cpp": device_operation(found, 4)}
    if stage == 5:
        return {f"{device}/{name}_program_factory.cpp": _factory(found)}
    return {
        found.kernels["writer"].path: found.text.writer(found),
    } | (
        {
            found.kernels["reader"].path: found.text.reader(found),
            found.kernels["compute"].path: found.text.stub(found),
        }
        if "compute" in found.kernels
        else {found.kernels["reader"].path: found.text.stub(found)}
    )


def _factory(found: Design) -> str:
    code = " ".join([*(scalar.cpp for scalar in found.scalars), *found.work.count, *found.host_lines])
    headers = [
        *(["bit"] if found.scalars else []),
        *(["cmath"] if any(name in code for name in _CMATH) else []),
        *(["limits"] if "std::numeric_limits" in code else []),
        *(["algorithm"] if "std::max" in code or "std::min" in code else []),
    ]
    float32_inputs = [host_name(item.name) for item in found.spec.inputs if "float32" in item.dtypes]
    condition = [f"{name}.dtype() == DataType::FLOAT32" for name in float32_inputs] or [
        "output.dtype() == DataType::FLOAT32"
    ]
    arguments = [argument.cpp for kernel in found.kernels.values() for argument in kernel.arguments]
    return render(
        "program_factory.cpp.j2",
        found,
        stage=5,
        host_headers=sorted(headers),
        fp32_buffers=[buffer for buffer in found.buffers if is_unpacked_to_dest(found, buffer)],
        varies=[buffer.key for buffer in found.buffers if len(found.formats(buffer)) > 1],
        float32_condition=" || ".join(condition),
        reads_attributes=any("attributes." in text for text in (code, *arguments)),
        compile_time={role: _compile_time(role, kernel) for role, kernel in found.kernels.items()},
        formats={buffer.format for buffer in found.buffers},
        page_rows=any(buffer.page_bytes for buffer in found.buffers),
    )


_CMATH = ("std::pow", "std::exp", "std::log", "std::sqrt", "std::abs", "std::floor", "std::ceil", "std::nearbyint",
          "std::sin", "std::cos", "std::tan", "std::asin", "std::acos", "std::atan", "std::erf")  # fmt: skip


def _compile_time(role: str, kernel: KernelPlan) -> list[str]:
    """The host's lines that append the kernel's compile-time arguments."""
    to = f"{role}.compile_time_args"
    return [
        *(f"TensorAccessorArgs(*{tensor.cpp}.buffer()).append_to({to});" for tensor in kernel.accessors),
        *(f"{to}.push_back({constant.cpp});" for constant in kernel.constants),
    ]


def is_unpacked_to_dest(found: Design, buffer: Buffer) -> bool:
    """Whether float32 tiles of the buffer go straight to DST."""
    return found.fp32_dest_acc_en and buffer.to_dest and found.may_be_float32(buffer)
