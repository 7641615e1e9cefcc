"""No false refusal: generated operations, the example, and the kernels of an installed ttnn."""

from __future__ import annotations

from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from op_pipeline.backends.template import generate
from op_pipeline.spec import load_spec
from op_pipeline.static_checks import Severity, check

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted((ROOT / "tests/specs").glob("*.md"))
OPERATIONS = "ttnn/cpp/ttnn/operations"


def grown(path: Path, tree: Path, last: int) -> list[str]:
    spec = load_spec(path)
    for stage in range(last + 1):
        for name, text in generate(spec, stage).items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text, encoding="utf-8")
    test = f"tests/ttnn/unit_tests/operations/{spec.category}/test_{spec.operation}.py"
    return [str(finding) for finding in check(tree, spec.operation_path, tests=(test,))]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_generated_operations_have_no_finding(path: Path, tmp_path: Path) -> None:
    assert grown(path, tmp_path, 7) == []


@pytest.mark.parametrize("stage", range(7))
def test_nor_have_the_stages_before(stage: int, tmp_path: Path) -> None:
    found = grown(ROOT / "tests/specs/swiglu.md", tmp_path, stage)
    assert [line for line in found if " error: " in line] == []


def test_the_example_has_none() -> None:
    assert check(ROOT / "docs/examples/swish", f"{OPERATIONS}/eltwise/swish") == ()
    assert check(ROOT / "tests/emulator/tree", f"{OPERATIONS}/eltwise/multiply_add") == ()


FAMILIES = ROOT / "tests/emulator/families"


def test_kernels_of_every_family_have_no_error(tmp_path: Path) -> None:
    compute = sorted(path.stem for path in FAMILIES.glob("*.cpp") if path.stem not in {"reader", "writer"})
    assert len(compute) >= 9
    for name in compute:
        kernels = {f"compute/{name}.cpp": name, "dataflow/reader.cpp": "reader", "dataflow/writer.cpp": "writer"}
        for place, source in kernels.items():
            path = tmp_path / f"{OPERATIONS}/other/{name}/device/kernels/{place}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((FAMILIES / f"{source}.cpp").read_text(encoding="utf-8"), encoding="utf-8")
        found = check(tmp_path, f"{OPERATIONS}/other/{name}")
        assert [str(item) for item in found if item.severity is Severity.ERROR] == [], name


def wheel() -> Path | None:
    """Folder of an installed, real ttnn that ships its operations' sources."""
    found = find_spec("ttnn")
    places = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    above = [parent for place in places for parent in (place, place.parent)]
    return next((root for root in above if (root / OPERATIONS).is_dir()), None)


@pytest.mark.slow
@pytest.mark.skipif(wheel() is None, reason="no real ttnn is installed")
def test_the_vendors_own_operations() -> None:
    """Certain errors only of kinds that are right about real code, too: assembly, and data read on the host."""
    root = wheel()
    assert root is not None
    folders = {path.parent for path in (root / OPERATIONS).rglob("device") if "kernels" not in path.parts}
    counts: Counter[str] = Counter()
    for folder in sorted(folders):
        found = check(root, folder.relative_to(root).as_posix())
        counts.update(item.rule for item in found if item.severity is Severity.ERROR)
    assert set(counts) <= {"SRC001", "HST004"}, counts
