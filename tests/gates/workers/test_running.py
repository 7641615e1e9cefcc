"""What the judge compiles comes from the work tree, whatever the host worker calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from op_pipeline.gates.kit import GateFailure
from op_pipeline.gates.workers.client import Command, Worker
from op_pipeline.gates.workers.described import Launch
from op_pipeline.gates.workers.running import Programs
from op_pipeline.models import FailureClass

SOURCE = "ttnn/k.cpp"
COMPUTE = {
    "math_fidelity": 4, "fp32_dest_acc_en": False, "dst_full_sync_en": False, "math_approx_mode": False,
    "unpack_to_dest_fp32": [],
}  # fmt: skip


def launch(tree: Path, name: str, include_paths: list[str]) -> Launch:
    kernel: dict[str, Any] = {
        "name": name, "source": str(tree / SOURCE), "is_source_text": False, "risc": "BRISC", "noc": 1,
        "compute": COMPUTE, "compile_time_args": [], "named_compile_time_args": [], "defines": [],
        "include_paths": include_paths, "cores": [[0, 0]], "runtime_args": [], "common_runtime_args": [],
        "names": None,
    }  # fmt: skip
    image = {
        "name": "program", "kernels": [kernel], "circular_buffers": [], "semaphores": [], "scratchpads": [],
    }  # fmt: skip
    return Launch("Operation", (), (), (), "", None, None, image, ())


@pytest.mark.parametrize(
    ("name", "include", "kind", "said"),
    [
        (SOURCE, [], FailureClass.COMPILE_ERROR, "no source of the work tree"),
        (f"work/tree/{SOURCE}", [], FailureClass.PROTOCOL_ERROR, "not in the work tree"),
        (SOURCE, [".."], FailureClass.PROTOCOL_ERROR, "not in the work tree"),
    ],
    ids=["as it is", "a name that makes the tree larger", "an include folder outside"],
)
def test_a_header_outside_of_the_tree_is_refused(
    tmp_path: Path, name: str, include: list[str], kind: FailureClass, said: str
) -> None:
    tree = tmp_path / "work" / "tree"
    (tree / "ttnn").mkdir(parents=True)
    (tmp_path / "work" / "outside.h").write_text("\n")
    (tree / SOURCE).write_text('#include "../../outside.h"\nvoid kernel_main() {}\n')
    programs = Programs(Worker("device worker", Command(("false",), tmp_path, {})), tree)
    with pytest.raises(GateFailure, match=said) as failure:
        programs.compiled(launch(tree, name, [str(tree / folder) for folder in include]))
    assert failure.value.kind is kind
