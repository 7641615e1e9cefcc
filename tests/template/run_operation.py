"""Child process of test_end_to_end: build the operation of a tree, run it on every case, print the worst errors as JSON.

python run_operation.py SPEC TREE GRID_X GRID_Y
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from op_pipeline import numerics
from op_pipeline.emulator import activate, load_operation, open_device
from op_pipeline.emulator.operation_build import build_operation
from op_pipeline.spec import golden, load_spec


def main(spec_path: str, tree: str, *grid: str) -> None:
    spec = load_spec(Path(spec_path))
    built = build_operation(Path(tree) / spec.operation_path)
    if built.library is None:
        sys.exit("\n".join(map(str, built.problems)))
    ttnn = activate()
    load_operation(built.library)
    device = open_device(grid=(int(grid[0]), int(grid[1])))
    compute = golden(spec)
    random = np.random.default_rng(7)
    found = []
    for case in spec.shapes:
        for dtype in dict.fromkeys(name for item in spec.inputs for name in item.dtypes):
            arrays, tensors, held = {}, [], {}
            for item, shape in zip(spec.inputs, case, strict=True):
                own = dtype if dtype in item.dtypes else item.dtypes[0]
                held[item.name] = own
                low, high = item.domain or (-8.0, 8.0)
                arrays[item.name] = numerics.round_to(random.uniform(low, high, shape), own).astype(np.float32)
                tensors.append(
                    ttnn.from_torch(arrays[item.name], dtype=getattr(ttnn, own), layout=ttnn.TILE_LAYOUT, device=device)
                )
            parameters = {item.name: item.value() for item in spec.parameters}
            output = np.asarray(getattr(ttnn, spec.operation)(*tensors, **parameters).to_numpy(), dtype=np.float64)
            expected = compute(arrays, parameters)
            error = float(np.linalg.norm(output - expected) / max(float(np.linalg.norm(expected)), 1e-30))
            found.append({"shape": list(output.shape), "expected_shape": list(expected.shape), "dtype": str(spec.output_dtype(held)), "rel_l2": error})
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
