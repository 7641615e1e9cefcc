"""Prints the kernels of a data movement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from op_pipeline.backends.template.compute_kernel import BufferNames, compute_body
from op_pipeline.backends.template.design import Design
from op_pipeline.backends.template.movement_formula import NAMES, Axes, Movement, Sources, locate
from op_pipeline.backends.template.program import Program
from op_pipeline.backends.template.rendering import render


@dataclass(frozen=True)
class MovementKernels:
    """The reader brings each tile or row of the output together; a compute kernel follows where one is needed."""

    movements: tuple[Movement, ...]
    axes: Axes
    program: Program | None

    def reader(self, found: Design) -> str:
        """Reads what each page of the output consists of."""
        return render("movement_reader.cpp.j2", found, **self._values(found))

    def writer(self, found: Design) -> str:
        """Writes tiles or rows."""
        rows = found.spec.output.layout == "row_major"
        return render("movement_row_writer.cpp.j2" if rows else "writer.cpp.j2", found)

    def stub(self, found: Design) -> str:
        """Without a compute kernel a reader of empty pages, else a compute kernel that packs a constant."""
        if self.program is None:
            return render("movement_stub_reader.cpp.j2", found)
        copies = self.program.graph[self.program.root].op == "load"  # of integers, too, which a fill is not
        return render("movement_stub.cpp.j2", found, movements=self.movements, copies=copies)

    def compute(self, found: Design) -> str:
        """Exchange of rows and columns, and what is computed element by element."""
        assert self.program is not None
        names = BufferNames(
            {buffer.key: buffer.name for buffer in found.buffers},
            {buffer.key: found.formats(buffer) for buffer in found.buffers},
            {item.name: "TRANSPOSED" for item in self.movements if item.transposed},
        )
        body = compute_body(self.program, names, tuple(item.name for item in self.movements))
        buffers = [buffer for buffer in found.buffers if buffer.key != "scratch"]
        return render(
            "compute.cpp.j2",
            found,
            program=self.program,
            body=body,
            first_source=names.names[body.first_source],
            buffers=buffers,
        )

    def _values(self, found: Design) -> dict[str, Any]:
        names = [argument.name.removesuffix("_accessor") for argument in found.kernels["reader"].accessors]
        index = {name: position for position, name in enumerate(names)}
        layouts = {item.name: item.layout for item in found.spec.inputs}
        sources = Sources(self.axes, index, lambda name, dimension: f"{name}_{NAMES[dimension]}")
        bodies = {item.name: locate(item, sources) for item in self.movements}
        return {
            "movements": self.movements,
            "names": names,
            "layouts": layouts,
            "bodies": bodies,
            "targets": {item.name: "output" if self.program is None else item.name for item in self.movements},
            "by_rows": found.spec.output.layout == "row_major",
            "pads": any("PADDING" in line for lines in bodies.values() for line in lines),
            "runs": any(not item.by_tiles and not item.by_rows for item in self.movements),
            "sized": sorted({name for item in self.movements for name in item.inputs}),
        }
