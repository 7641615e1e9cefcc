"""The planner: writes the design of stage 0, whose front matter gate 0 reads."""

from __future__ import annotations

from typing import Any

import yaml

from op_pipeline.backends.template.design import Buffer, Design
from op_pipeline.backends.template.rendering import render


def plan(found: Design) -> dict[str, str]:
    """Text of `{op}_design.md` by its path below the tree's root."""
    text = render(
        "design.md.j2",
        found,
        front_matter=yaml.safe_dump(front_matter(found), sort_keys=False, width=1000),
        explanation=found.explanation,
        shapes=_shapes(found),
    )
    return {f"{found.spec.operation_path}/{found.spec.operation}_design.md": text}


def front_matter(found: Design) -> dict[str, Any]:
    """The machine-read part of the design."""
    spec, computes = found.spec, "compute" in found.kernels
    return {
        "operation": spec.operation,
        "spec_sha256": spec.digest,
        "circular_buffers": [_buffer(buffer) for buffer in found.buffers],
        "work_split": {"unit": found.work.unit, "total": found.work.total, "order": "row_major"}
        | ({"split": found.work.split} if found.work.split else {}),
        "kernels": {
            name: {"path": kernel.path, "compile_time": list(kernel.compile_time), "runtime": list(kernel.runtime)}
            for name, kernel in found.kernels.items()
        },
        **({"compute": {"fp32_dest_acc_en": found.fp32_dest_acc_en, "math_fidelity": "HiFi4"}} if computes else {}),
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
    } | ({"page": "row"} if buffer.page_bytes else {})


def _shapes(found: Design) -> str:
    return ", ".join(
        " and ".join("×".join(map(str, shape)) for shape in dict.fromkeys(case)) for case in found.spec.shapes
    )
