"""The kernel writer: stage 7, the formula as a compute kernel. Reader and writer of stage 6 stay as they are."""

from __future__ import annotations

from op_pipeline.backends.template.compute_kernel import compute_body
from op_pipeline.backends.template.design import Design
from op_pipeline.backends.template.rendering import render


def write_kernels(found: Design) -> dict[str, str]:
    """Text of the compute kernel by its path below the tree's root."""
    body = compute_body(found.program, found.names, found.spec.input_names)
    first_source = found.names.names[body.first_source]
    return {found.kernels["compute"].path: render("compute.cpp.j2", found, body=body, first_source=first_source)}
