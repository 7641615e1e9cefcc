"""The spec as the plain data that gate templates and the gate's child process read.

The child must start fast and know nothing of pydantic; and what a gate tests must be sealed with it. So everything that
needs the spec's own code (output shapes, output dtypes) is worked out here, once, when the gate is rendered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from op_pipeline.gates.shapes import illegal_shapes, rules_of
from op_pipeline.numerics import EXACT
from op_pipeline.spec.expression import moves_only
from op_pipeline.spec.formula import parse

if TYPE_CHECKING:
    from op_pipeline.spec import Spec

# Every kind shows another class of wrong implementation; see kit.inputs for what each holds.
KINDS = ("randn", "row_affine", "heavy_tailed", "edge")
# Worker grids (x, y) for the inspection of the work split: the default, one core, uneven, a single row.
GRIDS = ("8x8", "1x1", "3x5", "7x1")
# Boards of host checks by the genuine library: one of each architecture.
BOARDS = ["n150", "p150"]


PYTHON_FLOW = "generic-op"


def contract_of(spec: Spec) -> dict[str, Any]:
    """The contract as JSON data: the spec's fields, cases and dtype combinations by label, requirements."""
    dtypes = _dtypes(spec)
    contract = {
        "operation": spec.operation,
        "pascal": spec.pascal,
        **_face(spec),
        "category": spec.category,
        "namespace": spec.namespace,
        "operation_path": spec.operation_path,
        "digest": spec.digest,
        "inputs": [_plain(item) for item in spec.inputs],
        "parameters": [{**_plain(item), "usual": item.value()} for item in spec.parameters],
        "output": {"layout": str(spec.output.layout), "memory": spec.output_memory(), "shape": spec.output.shape},
        "formula": spec.formula,
        "golden": None if spec.golden is None else golden_file(spec)[0] + ":" + golden_file(spec)[1],
        "tolerance": {},
        "tolerance_line": spec.lines.get("tolerance", 0),
        "spec_file": spec.source.name,
        "cases": _cases(spec),
        "dtypes": dtypes,
    }
    contract["requirements"] = _requirements(spec, contract)
    return contract | {"tolerance": _tolerances(spec, contract)}


def _face(spec: Spec) -> dict[str, str]:
    """What differs between a C++ operation and one in Python: launch, public name, folder of kernels, exceptions."""
    if spec.flow == PYTHON_FLOW:
        folder = f"{spec.operation_path}/kernels"
        return {"flow": spec.flow, "launches": "generic_op", "public_name": spec.operation, "kernel_folder": folder}
    return {
        "flow": spec.flow,
        "launches": f"{spec.pascal}DeviceOperation",
        "public_name": f"ttnn.{spec.operation}",
        "kernel_folder": f"{spec.operation_path}/device/kernels",
    }


def dump(contract: Mapping[str, Any]) -> str:
    """Text of the contract file beside a gate."""
    return json.dumps(contract, indent=1, sort_keys=True) + "\n"


def golden_file(spec: Spec) -> tuple[str, str]:
    """Name, without folder, of the Python file with the golden, and of its function."""
    path, _, function = str(spec.golden).rpartition(":")
    return PurePath(path).name, function


def _plain(item: Any) -> dict[str, Any]:
    data = item.model_dump(mode="json")
    assert isinstance(data, dict)
    return data


def shape_label(shapes: Sequence[Sequence[int]]) -> str:
    """`2x3x64x32`, or one such word per input when they differ."""
    words = ["x".join(str(extent) for extent in shape) for shape in shapes]
    return words[0] if len(set(words)) == 1 else "_".join(words)


def _cases(spec: Spec) -> dict[str, dict[str, Any]]:
    names = [item.name for item in spec.inputs]
    cases: dict[str, dict[str, Any]] = {}
    for case in spec.shapes:
        shapes = [list(shape) for shape in case]
        cases.setdefault(
            shape_label(shapes),
            {"shapes": dict(zip(names, shapes, strict=True)), "output_shape": list(spec.output_shape(case))},
        )
    return cases


def _dtypes(spec: Spec) -> dict[str, dict[str, Any]]:
    """One combination per dtype any input allows; an input that does not allow it keeps its first one."""
    wanted = dict.fromkeys(str(dtype) for item in spec.inputs for dtype in item.dtypes)
    combinations: dict[str, dict[str, Any]] = {}
    for dtype in wanted:
        chosen = {item.name: dtype if dtype in item.dtypes else str(item.dtypes[0]) for item in spec.inputs}
        label = dtype if set(chosen.values()) == {dtype} else "_".join(chosen.values())
        combinations.setdefault(label, {"inputs": chosen, "output": str(spec.output_dtype(chosen))})
    return combinations


def _tolerances(spec: Spec, contract: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Limits (pcc, rel_l2) by the output's dtype. Where the spec leaves it to a reference run, it is run."""
    found: dict[str, dict[str, float]] = {}
    for label, combination in contract["dtypes"].items():
        limits = spec.limits(combination["output"])
        if _exact(spec, combination):
            limits = EXACT
        elif limits is None:
            # Here, not above: only this rare case needs NumPy and the inputs' generator.
            from op_pipeline.gates.kit.contract import Contract  # noqa: PLC0415
            from op_pipeline.gates.kit.reachable import measured_limits  # noqa: PLC0415

            whole = Contract.of(contract, spec.source.parent / PurePath(str(spec.golden)).parent)
            limits = measured_limits(whole, whole.dtypes[label])
        found.setdefault(combination["output"], {"pcc": limits.pcc, "rel_l2": limits.rel_l2})
    return found


def _exact(spec: Spec, combination: dict[str, Any]) -> bool:
    """Whether numbers are moved as they are, and the spec says nothing else: then they must come out as they are.

    Of float32 the path through the source registers leaves 10 bits; that the usual limit for it refuses as well.
    """
    if spec.formula is None or spec.tolerance != type(spec.tolerance)():
        return False
    same = set(combination["inputs"].values()) == {combination["output"]}
    expression = parse(spec.formula, spec.input_names, spec.parameter_names)
    return same and combination["output"] == "bfloat16" and moves_only(expression)


def _requirements(spec: Spec, contract: dict[str, Any]) -> list[dict[str, Any]]:
    """What must be refused: id, subject (input, parameter or memory_config) and the word its message must hold.

    `checked`: whether a gate can violate it. Sharded inputs cannot be made on the emulator, which has interleaved
    tensors only; that requirement must be stated and stays unverified there. `illegal`: shapes of the subject that do
    not go with the others of the first case.
    """
    found: list[tuple[str, str, list[Any]]] = []
    for position, item in enumerate(spec.inputs):
        found += [(item.name, word, []) for word in ("dtype", "layout", "rank", "device", "memory")]
        illegal = _illegal_shapes(spec, contract, position)
        if illegal:
            found.append((item.name, "shape", illegal))
    found += [(item.name, "range", []) for item in spec.parameters if item.range is not None]
    if spec.output_memory().endswith("interleaved"):
        found.append(("memory_config", "memory", []))
    return [
        {
            "id": f"{subject}.{word}",
            "subject": subject,
            "word": word,
            "checked": word != "memory" or subject == "memory_config",
            "illegal": illegal,
        }
        for subject, word, illegal in found
    ]


def _illegal_shapes(spec: Spec, contract: dict[str, Any], position: int) -> list[list[int]]:
    """What follows from the formula; with a golden in Python, that inputs which always share a shape must share it."""
    # The gate's first case: the contract is written with its keys in order.
    case = min(spec.shapes, key=shape_label)
    first = dict(zip(spec.input_names, (tuple(shape) for shape in case), strict=True))
    name = spec.inputs[position].name
    if spec.formula is None:
        same = position > 0 and all(case[position] == case[0] for case in spec.shapes)
        return [[*first[name][:-1], first[name][-1] + 32]] if same else []
    expression = parse(spec.formula, spec.input_names, spec.parameter_names)
    return [list(shape) for shape in illegal_shapes(rules_of(contract, expression), first, name)]
