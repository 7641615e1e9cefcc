"""`pipeline lint`: findings like a compiler's, as JSON, with an exit code; on a spec and on a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Pipeline = Callable[..., "tuple[int, str, str]"]
FIXTURES = Path(__file__).resolve().parents[1] / "static_checks/fixtures"


def test_errors_are_printed_and_end_with_1(pipeline: Pipeline) -> None:
    code, out, err = pipeline("lint", str(FIXTURES / "NOC002/bad/op"))
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "op/kernels/writer.cpp:17:9: error: no barrier since the write out of these pages in line 16 [NOC002]",
        "    call noc_async_writes_flushed or noc_async_write_barrier between the write and the pop",
        "1 error, 0 warnings",
    ]


@pytest.mark.parametrize(
    ("example", "last"), [("base/good/op", "0 errors, 0 warnings"), ("CB006/bad/op", "0 errors, 1 warning")]
)
def test_warnings_are_no_failure(pipeline: Pipeline, example: str, last: str) -> None:
    code, out, _ = pipeline("lint", str(FIXTURES / example))
    assert (code, out.splitlines()[-1]) == (0, last)


def test_json(pipeline: Pipeline) -> None:
    code, out, _ = pipeline("lint", "--json", str(FIXTURES / "ARG001/bad/op"))
    assert code == 1
    (finding,) = json.loads(out)["findings"]
    assert finding.pop("remedy")
    assert finding == {
        "file": "op/kernels/compute.cpp",
        "line": 4,
        "column": 59,
        "rule": "ARG001",
        "reason": "argument 1 is read, and the host sets 1",
        "severity": "error",
    }


def test_kernel_paths_start_at_the_tree(pipeline: Pipeline, tmp_path: Path) -> None:
    place = tmp_path / "work/ttnn/cpp/ttnn/operations/eltwise"
    shutil.copytree(FIXTURES / "CB001/bad/op", place / "op")
    factory = place / "op/op_program_factory.cpp"
    factory.write_text(
        factory.read_text(encoding="utf-8").replace('"op/', '"ttnn/cpp/ttnn/operations/eltwise/op/'), encoding="utf-8"
    )
    code, out, _ = pipeline("lint", str(place / "op"))
    assert (code, out.partition(":")[0]) == (1, "ttnn/cpp/ttnn/operations/eltwise/op/kernels/writer.cpp")


def test_a_spec_names_its_operation(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline("init")
    tree = tmp_path / "tree"
    shutil.copytree(FIXTURES / "NOC003/bad/op", tree / "ttnn/cpp/ttnn/operations/eltwise/swish")
    code, out, _ = pipeline("lint", "--tree", str(tree))
    assert (code, out.splitlines()[-1]) == (1, "1 error, 0 warnings")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lint", "no/such"], "no such folder"),
        (["lint", "."], "0 errors"),
        (["lint", ".", "--tree", "other"], "is not below"),
        (["lint"], "spec.md: no such file"),
    ],
)
def test_wrong_places(pipeline: Pipeline, arguments: list[str], words: str) -> None:
    code, out, err = pipeline(*arguments)
    assert words in out + err
    assert code == (0 if words.startswith("0") else 2)
