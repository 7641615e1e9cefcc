"""The planner: writes the design of stage 0, whose front matter gate 0 reads."""

from __future__ import annotations

from typing import Any

import yaml

from op_pipeline.backends.template.design import Buffer, Design
from op_pipeline.backends.template.program import tile_op
from op_pipeline.backends.template.rendering import render


def plan(found: Design) -> dict[str, str]:
    """Text of `{op}_design.md` by its path below the tree's root."""
    text = render(
        "design.md.j2",
        found,
        front_matter=yaml.safe_dump(front_matter(found), sort_keys=False, width=1000),
        steps=_steps(found),
        rounding=_rounding(found),
        input_buffers=", ".join(f"`cb_{item.name}`" for item in found.spec.inputs),
        intermediates=_intermediates(found),
        scalar_note=_scalar_note(found),
        shapes=_shapes(found),
    )
    return {f"{found.spec.operation_path}/{found.spec.operation}_design.md": text}


def front_matter(found: Design) -> dict[str, Any]:
    """The machine-read part of the design."""
    spec = found.spec
    return {
        "operation": spec.operation,
        "spec_sha256": spec.digest,
        "circular_buffers": [_buffer(buffer) for buffer in found.buffers],
        "work_split": {"unit": "tile", "total": "output.physical_volume / 1024", "order": "row_major"},
        "kernels": {
            name: {"path": kernel.path, "compile_time": list(kernel.compile_time), "runtime": list(kernel.runtime)}
            for name, kernel in found.kernels.items()
        },
        "compute": {"fp32_dest_acc_en": found.program.fp32_dest_acc_en, "math_fidelity": "HiFi4"},
        "requirements": [{"id": item.id, "what": item.what, "message": item.message} for item in found.requirements],
    }


def _buffer(buffer: Buffer) -> dict[str, Any]:
    return {
        "index": buffer.index,
        "name": buffer.name,
        "purpose": buffer.purpose,
        "producer": buffer.producer,
        "consumer": buffer.consumer,
        "pages": buffer.pages,
        "dtype": buffer.dtype,
    }


def _intermediates(found: Design) -> list[Buffer]:
    return [buffer for buffer in found.buffers if isinstance(buffer.key, int)]


def _steps(found: Design) -> list[dict[str, str]]:
    graph = found.program.graph
    steps = [step for section in found.program.schedule.sections for step in section.steps]
    return [
        {"call": tile_op(step.op).call.format(format=found.program.dst_format), "text": graph[step.node].text}
        for step in steps
        if step.op not in {"copy", "move"}
    ] or [{"call": "copy_tile", "text": graph[found.program.root].text}]


def _rounding(found: Design) -> str:
    count = found.program.graph.rounding_operations(found.program.root)
    if not found.program.fp32_dest_acc_en:
        return "At most one operation rounds, so a 16-bit DST loses nothing that the bfloat16 output would keep."
    if count > 1:
        return (
            f"{count} operations round. In a 16-bit DST each would cost up to 2^-8 relative, so DST holds float32 "
            "(`fp32_dest_acc_en`) and half as many tiles."
        )
    return "Some tensor may be float32, so DST holds float32 (`fp32_dest_acc_en`)."


def _scalar_note(found: Design) -> str:
    if not found.program.runtime_scalars:
        return "The formula has no parameters; its literals are constants of the compute kernel."
    names = ", ".join(
        f"`{scalar.name}`" if scalar.name == scalar.text else f"`{scalar.name}` = `{scalar.text}`"
        for scalar in found.program.runtime_scalars
    )
    return f"Scalars ({names}) are computed on the host and passed as float32 bits: a new value does not recompile."


def _shapes(found: Design) -> str:
    return ", ".join("×".join(map(str, case[0])) for case in found.spec.shapes)
