"""Prints the kernels of a matrix product."""

from __future__ import annotations

from dataclasses import dataclass

from op_pipeline.backends.template.compute_kernel import BufferNames, compute_body
from op_pipeline.backends.template.design import Design
from op_pipeline.backends.template.epilogue import Epilogue
from op_pipeline.backends.template.matmul_formula import Extra, Product
from op_pipeline.backends.template.rendering import render
from op_pipeline.backends.template.stub import stub_fill


@dataclass(frozen=True)
class MatmulKernels:
    """Reader and writer of blocks of tiles; the compute kernel walks along K and finishes with the epilogue."""

    product: Product
    extras: tuple[Extra, ...]
    epilogue: Epilogue

    def reader(self, found: Design) -> str:
        """Reads the blocks of both operands along K, then the tiles that the epilogue needs."""
        return render("matmul_reader.cpp.j2", found, product=self.product, extras=self.extras)

    def writer(self, found: Design) -> str:
        """Writes the tiles of a block."""
        return render("matmul_writer.cpp.j2", found)

    def stub(self, found: Design) -> str:
        """Takes all blocks and writes a constant."""
        fill = stub_fill(found.spec) or "0.0f"
        return render("matmul_stub.cpp.j2", found, product=self.product, extras=self.extras, fill=fill)

    def compute(self, found: Design) -> str:
        """The product and what the formula does to it."""
        common = {"product": self.product, "epilogue": self.epilogue, "program": self.epilogue.program}
        if self.epilogue.in_place:
            headers = {op.header for op in self.epilogue.program.operations()}
            return render("matmul_compute.cpp.j2", found, headers=_headers(headers), **common)
        names = BufferNames(
            {buffer.key: buffer.name for buffer in found.buffers},
            {buffer.key: found.formats(buffer) for buffer in found.buffers},
            self.epilogue.broadcasts,
        )
        sources = (self.product.name, *(extra.name for extra in self.extras))
        body = compute_body(self.epilogue.program, names, sources)
        targets = [target for section in self.epilogue.program.schedule.sections for _, target in section.packs]
        return render(
            "matmul_compute.cpp.j2",
            found,
            headers=_headers({*body.headers, "api/compute/reconfig_data_format.h"}),
            body=body,
            first_source=names.names[body.first_source],
            same_sources=not names.may_differ(list(dict.fromkeys([body.first_source, *sources]))),
            same_targets=not names.may_differ(list(dict.fromkeys(targets))),
            **common,
        )


def _headers(others: set[str]) -> list[str]:
    own = {"api/compute/common.h", "api/compute/matmul.h", "api/dataflow/circular_buffer.h"}
    return sorted(own | others)
