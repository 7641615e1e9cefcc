"""What a run showed, as text, as plain data, and as a trace file's content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from op_pipeline.emulator import l1_map, trace, traffic

if TYPE_CHECKING:
    from op_pipeline.emulate.running import Outcome
    from op_pipeline.gates.kit.inputs import Sample

CORNER = (3, 4)  # rows and columns shown of a tensor
NO_GATE = "compared as gates compare; this is no gate, and one draw of inputs only"


def as_text(outcome: Outcome) -> str:
    """Everything for a reader, in sections; what a failed run did not get to is left out."""
    sections = [("values", "\n".join(_values(outcome)))]
    report = outcome.report
    sections.append(("circular buffers and kernels", traffic.as_text(report)))
    for number, launch in enumerate(report.get("launches") or ()):
        which = f", launch {number}" if len(report["launches"]) > 1 else ""
        sections.append((f"DST{which}", traffic.dst_as_text(launch, _modes(outcome.launches[number].image))))
        sections.append((f"NOC bytes{which}", traffic.noc_as_text(launch)))
    for number, maps in enumerate(_maps(outcome)):
        which = f", launch {number}" if len(outcome.launches) > 1 else ""
        sections.append((f"L1 while it runs{which}", l1_map.as_text(maps)))
    sections.append(("warnings", "\n".join(report.get("warnings") or ())))
    return "\n\n".join(f"{title}\n{_indented(text)}" for title, text in sections if text)


def as_data(outcome: Outcome) -> dict[str, Any]:
    """The same as plain data, for JSON."""
    drawn, report = outcome.drawn, outcome.report
    return {
        "ok": outcome.failure is None,
        "grid": outcome.grid,
        "seed": outcome.seed,
        "kind": drawn.kind,
        "parameters": drawn.parameters,
        "inputs": {name: _tensor(array, drawn.dtypes.inputs[name]) for name, array in drawn.arrays.items()},
        "output": None if outcome.output is None else _tensor(outcome.output, drawn.dtypes.output),
        "golden": None if outcome.expected is None else _tensor(outcome.expected, "float64"),
        "comparison": _comparison(outcome),
        "failure": None if outcome.failure is None else asdict(outcome.failure),
        "faults": [dict(record) for record in outcome.faults],
        "launches": [
            {
                "name": launch["name"],
                "circular_buffers": launch["circular_buffers"],
                "kernels": [
                    {**kernel, "noc": traffic.noc_bytes(kernel), "dst_mode": mode if kernel["dst_capacity"] else None}
                    for kernel, mode in zip(launch["kernels"], _modes(described.image), strict=True)
                ],
            }
            for launch, described in zip(report.get("launches") or (), outcome.launches, strict=False)
        ],
        "l1": [[group.as_data() for group in maps] for maps in _maps(outcome)],
        "warnings": list(report.get("warnings") or ()),
        "build_seconds": outcome.build_seconds,
        "seconds": outcome.seconds,
    }


def trace_of(outcome: Outcome, about: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a Chrome trace file of what was recorded, fault included."""
    launches = [
        trace.Recorded(described.image, int(told["recorded"]), int(told["seed"]), told["events"])
        for described, told in zip(outcome.launches, outcome.traces, strict=False)
    ]
    return trace.chrome(launches, faults=outcome.faults, about=about)


def call_text(drawn: Sample) -> str:
    """The call in one line: shapes, dtypes, parameters."""
    words = [f"{name} {_shape(array)} {drawn.dtypes.inputs[name]}" for name, array in drawn.arrays.items()]
    words += [f"{name}={value}" for name, value in drawn.parameters.items()]
    return ", ".join(words)


def _values(outcome: Outcome) -> Iterator[str]:
    drawn = outcome.drawn
    for name, array in drawn.arrays.items():
        yield from _shown(name, array, drawn.dtypes.inputs[name])
    if outcome.output is None:
        return
    yield from _shown("output", outcome.output, drawn.dtypes.output)
    yield from _shown("golden", outcome.expected, "float64")
    compared = _comparison(outcome)
    assert compared is not None
    limits = outcome.limits
    correlation, error = float(compared["pcc"]), float(compared["rel_l2"])
    yield f"pcc {correlation:.6f} (at least {limits.pcc:g}), relative L2 {error:.3g} (below {limits.rel_l2:g})"
    worst = compared["largest_difference"]
    value, got, golden = (float(worst[key]) for key in ("value", "got", "golden"))  # "nan" is a text there
    yield f"largest difference {value:.4g} at {tuple(worst['at'])}: {got:.7g}, golden {golden:.7g}"
    verdict = "within the tolerance" if compared["within_tolerance"] else "not within the tolerance"
    yield f"{verdict} ({NO_GATE})"
    yield from (f"  {reason}" for reason in compared["reasons"])


def _shown(name: str, array: Any, dtype: str) -> Iterator[str]:
    values = np.asarray(array, np.float64)
    matrix = values.reshape(-1, values.shape[-1]) if values.ndim else values.reshape(1, 1)
    rows, columns = CORNER
    cut = "" if matrix.shape[1] <= columns else " …"
    yield f"{name} {_shape(array)} {dtype}"
    for row in matrix[:rows, :columns]:
        yield "  " + " ".join(f"{value:>12.6g}" for value in row) + cut
    if len(matrix) > rows:
        yield "  …"


def _tensor(array: Any, dtype: str) -> dict[str, Any]:
    values = np.asarray(array, np.float64)
    matrix = values.reshape(-1, values.shape[-1]) if values.ndim else values.reshape(1, 1)
    finite = values[np.isfinite(values)]
    return {
        "shape": list(values.shape),
        "dtype": dtype,
        "corner": [[_number(value) for value in row] for row in matrix[: CORNER[0], : CORNER[1]]],
        "minimum": float(finite.min()) if finite.size else None,
        "maximum": float(finite.max()) if finite.size else None,
        "not_finite": int(values.size - finite.size),
    }


def _number(value: float) -> float | str:
    return float(value) if np.isfinite(value) else str(value)  # JSON has no NaN


def _comparison(outcome: Outcome) -> dict[str, Any] | None:
    verdict = outcome.comparison
    if verdict is None:
        return None
    got, want = np.asarray(outcome.output, np.float64), np.asarray(outcome.expected, np.float64)
    with np.errstate(invalid="ignore"):
        error = np.nan_to_num(np.abs(got - want), nan=0.0)
    at = np.unravel_index(int(np.argmax(error)), error.shape)
    return {
        "within_tolerance": bool(verdict),
        "note": NO_GATE,
        **{name: _number(value) for name, value in verdict.figures.items()},
        "limits": {"pcc": outcome.limits.pcc, "rel_l2": outcome.limits.rel_l2},
        "largest_difference": {
            "value": _number(error[at]), "at": [int(index) for index in at], "got": _number(got[at]),
            "golden": _number(want[at]),
        },
        "reasons": list(verdict.reasons),
    }  # fmt: skip


def _modes(image: Mapping[str, Any]) -> list[str]:
    """How each kernel's DST is set; a section is half of DST unless it is in full sync."""
    return [
        f"{'32' if kernel['compute']['fp32_dest_acc_en'] else '16'}-bit, "
        f"{'full' if kernel['compute']['dst_full_sync_en'] else 'half'} sync"
        for kernel in image["kernels"]
    ]


def _maps(outcome: Outcome) -> Sequence[tuple[l1_map.CoreMap, ...]]:
    names = {address: name for (memory, address), name in outcome.places.items() if memory == "L1"}
    width = int(outcome.grid.partition("x")[0])
    return [
        l1_map.core_maps(launch.image, launch.live, width, names)
        for launch in outcome.launches
        if launch.image is not None
    ]


def _shape(array: Any) -> str:
    return "x".join(map(str, np.shape(array))) or "scalar"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
