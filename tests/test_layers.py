"""Holds the layering of docs/architecture.md: who may import whom, and one door for each outside thing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "op_pipeline"

# A layer may import from its own row and the rows above it. The emulator is a package beside the ladder.
LADDER: tuple[frozenset[str], ...] = (
    frozenset({"errors", "models", "__init__"}),
    frozenset({"events", "proc", "resources", "numerics", "sandbox", "yamlfile"}),
    frozenset({"config", "spec", "references", "repo", "static_checks"}),
    frozenset({"gates", "failures", "mock", "remote", "targets", "backends", "state", "report"}),
    frozenset({"certify", "emulate"}),
    frozenset({"doctor", "engine", "export", "testing"}),
    frozenset({"audit"}),
    frozenset({"cli", "__main__"}),
)
EMULATOR_MAY_IMPORT = frozenset({"errors", "models", "proc", "emulator", "__init__"})
MAY_IMPORT_EMULATOR = frozenset({"doctor", "emulate", "gates", "targets", "backends", "cli", "emulator", "mock", "testing"})
DOORS: dict[str, frozenset[str]] = {
    "subprocess": frozenset({"proc"}),
    "git": frozenset({"repo"}),
    "claude_agent_sdk": frozenset({"backends"}),
    "rich": frozenset({"cli"}),
    "tree_sitter": frozenset({"static_checks"}),
    "tree_sitter_cpp": frozenset({"static_checks"}),
    "typer": frozenset({"cli"}),
}


def modules() -> list[Path]:
    """Every Python module of the package but templates, data, and files that run outside of it by path."""
    return sorted(path for path in PACKAGE.rglob("*.py") if not {"templates", "_data", "standin"} & {*path.parts})


def room(path: Path) -> str:
    """First name below the package: the module or subpackage a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Absolute dotted names that a file imports at run time, function-local imports included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = ("op_pipeline", *path.relative_to(PACKAGE).parent.parts)
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            prefix = ".".join(part for part in (base, node.module or "") if part)
            names.update(f"{prefix}.{alias.name}" for alias in node.names)
    return names


def own_rooms(path: Path) -> set[str]:
    """Rooms of this package that a file imports."""
    return {
        name.split(".")[1] if len(name.split(".")) > 1 else "__init__"
        for name in imported(path)
        if name.split(".")[0] == "op_pipeline"
    } - {"__version__"}


def level(name: str) -> int:
    for index, row in enumerate(LADDER):
        if name in row:
            return index
    pytest.fail(f"module {name!r} has no place in the layers: add it to LADDER and docs/architecture.md")


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_downwards(path: Path) -> None:
    here = room(path)
    for other in sorted(own_rooms(path) - {here}):
        if here == "emulator":
            assert other in EMULATOR_MAY_IMPORT, f"emulator imports {other}"
        elif other == "emulator":
            assert here in MAY_IMPORT_EMULATOR, f"{here} imports the emulator"
        else:
            assert level(other) <= level(here), f"{here} imports {other}, which is above it"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_one_door_for_each_outside_thing(path: Path) -> None:
    for name in imported(path):
        owners = DOORS.get(name.split(".")[0])
        assert owners is None or room(path) in owners, f"{room(path)} imports {name}"


def test_report_reads_folders_only() -> None:
    paths = [path for path in modules() if room(path) == "report"]
    assert paths
    for path in paths:
        assert "engine" not in own_rooms(path)


def test_no_import_cycle_between_rooms() -> None:
    edges: dict[str, set[str]] = {}
    for path in modules():
        edges.setdefault(room(path), set()).update(own_rooms(path) - {room(path), "__init__"})
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name in done:
            return
        for other in sorted(edges.get(name, ())):
            visit(other, (*trail, name))
        done.add(name)

    for name in sorted(edges):
        visit(name, ())


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 360
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 50, f"{node.name} has {length} lines"
