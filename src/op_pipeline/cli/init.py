"""`pipeline init`: a workspace with an example spec; never overwrites a file."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Annotated, Literal

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption
from op_pipeline.errors import InfrastructureError
from op_pipeline.resources import list_resources

EXAMPLE = """\
---
operation: swish                # becomes ttnn.swish
category: eltwise               # eltwise | reduction | normalization | matmul | data_movement | other
flow: cpp
inputs:
  - name: x
    dtypes: [bfloat16, float32]
    layout: tile
    memory: dram_interleaved
    rank: [2, 4]
parameters:
  - {name: beta, type: float, default: 1.0}
output: {shape: x.shape, dtype: x.dtype, layout: tile}
formula: x * sigmoid(beta * x)  # NumPy-style golden; or golden: golden.py:swish
tolerance:                      # these are the defaults
  bfloat16: {pcc: 0.999, rel_l2: 0.02}
  float32: {pcc: 0.99999, rel_l2: 0.0001}
shapes:
  - [1, 1, 32, 32]              # one tile
  - [1, 1, 64, 96]              # several, not square
  - [2, 3, 128, 64]             # a batch
  - [1, 1, 50, 70]              # padding in both directions
---
# swish

Scales each element by the sigmoid of itself. Replace this by your operation: what it does, what it refuses, and what
happens at the edges.
"""
SETTINGS = """\
[tool.op-pipeline]
# backend = "template"          # who plays the agents
# target = "emulator"           # where operations run
"""
IGNORE = "logs/\n__pycache__/\n"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("init")(init)


def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; made if it does not exist.")] = Path(),
    agents: Annotated[bool, typer.Option("--agents", help="Copy the agents and flows, to change them.")] = False,
    references: Annotated[bool, typer.Option("--references", help="Copy the references, to change them.")] = False,
    json: JsonOption = False,
) -> None:
    """Make a workspace. What exists is left as it is; the shipped agents serve until you copy and change them."""
    out = output_of(ctx).configure(json=json)
    files: dict[str, str] = {"spec.md": EXAMPLE, "pyproject.toml": SETTINGS, ".gitignore": IGNORE}
    files |= {**_copies("agents", "*.yaml"), **_schemas()} if agents else {}
    files |= _copies("references", "*.md") if references else {}
    written: list[str] = []
    kept: list[str] = []
    for name, text in files.items():
        (written if _write(folder / name, text) else kept).append(name)
    if ".gitignore" in kept:
        _ignore_logs(folder / ".gitignore", written)
    for name in written:
        out.result(f"made {folder / name}")
    for name in kept:
        out.result(f"kept {folder / name}")
    out.data({"v": 1, "folder": str(folder), "made": written, "kept": kept})
    if not any((above / ".git").exists() for above in (folder.resolve(), *folder.resolve().parents)):
        where = "" if folder == Path() else f" -C {folder}"
        git = f"git{where}"
        out.progress(f"next: git init {folder} && {git} add -A && {git} commit -m start  (runs need a repository)")
    out.progress(f"next: pipeline check {folder / 'spec.md'}")


def _copies(kind: Literal["agents", "references"], pattern: str) -> dict[str, str]:
    shipped = list_resources(kind, None, pattern)
    return {f"{kind}/{name}": path.read_text(encoding="utf-8") for name, path in shipped.items()}


def _schemas() -> dict[str, str]:
    """What the copied files name in their first line, for the editor."""
    from op_pipeline.config import json_schema  # noqa: PLC0415 - keeps the plain init fast

    return {f"docs/schema/{kind}.json": f"{dumps(json_schema(kind), indent=2)}\n" for kind in ("agent", "flow")}


def _write(path: Path, text: str) -> bool:
    """Write a new file; False when it exists. Raises InfrastructureError where the disk refuses."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        if path.is_file():
            return False
        raise InfrastructureError(f"{path} is in the way: not a file, or {path.parent} is not a folder") from None
    except OSError as error:
        reason = str(error.strerror or error).lower()
        raise InfrastructureError(f"cannot write {path}: {reason}", hint="choose a folder you may write to") from None
    return True


def _ignore_logs(path: Path, written: list[str]) -> None:
    """Add logs/ to a .gitignore that lacks it: the one file that is added to, since a log in git helps nobody."""
    text = path.read_text(encoding="utf-8")
    if not any(line.strip().rstrip("/").lstrip("/") in {"logs", "logs/*"} for line in text.splitlines()):
        separator = "" if not text or text.endswith("\n") else "\n"
        path.write_text(f"{text}{separator}logs/\n", encoding="utf-8")
        written.append(".gitignore (logs/ added)")
