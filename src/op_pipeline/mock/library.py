"""Where the genuine ttnn library is: an environment of its own, because it has wheels for few Pythons only."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from op_pipeline import proc

VERSION = "0.81.1"
"""The release everything here was measured with."""
PYTHONS = ((3, 10), (3, 12))
"""Pythons that release has wheels for."""
SETTING = "OP_PIPELINE_TTNN_PYTHON"
"""Environment variable with the Python of an environment that has ttnn."""
_SECONDS = 60.0
# Nothing is imported: ttnn's own import starts its device layer.
_ASK = """
import importlib.metadata as data, importlib.util as util, json, sys
def version(name):
    try: return data.version(name)
    except data.PackageNotFoundError: return ""
def folder(name):
    found = util.find_spec(name)
    return list(found.submodule_search_locations or [""])[0] if found else ""
print(json.dumps({"python": list(sys.version_info[:2]), "version": version("ttnn"), "package": folder("ttnn"),
                  "zig": folder("ziglang")}))
"""


@dataclass(frozen=True)
class Library:
    """An installed ttnn. `package` is its folder; `zig` the compiler of package ziglang, None without it."""

    python: Path
    package: Path
    version: str
    zig: Path | None


@dataclass(frozen=True)
class Absent:
    """No usable library: why, and what to do about it."""

    reason: str
    remedy: str

    def __bool__(self) -> bool:
        return False


def environment_folder(cache: Path) -> Path:
    """Where `install` puts the environment."""
    return cache / "ttnn" / VERSION


def find_library(cache: Path, environment: Mapping[str, str]) -> Library | Absent:
    """The library the user names, the one installed into the cache, or the one of this Python; the first that is there.

    A place that the user names is not passed over in silence when it has no ttnn.
    """
    remedy = "pipeline target install mock"
    named = environment.get(SETTING, "")
    if named:
        return _explained(ask(Path(named)), f"{SETTING}={named}", remedy)
    installed = environment_folder(cache) / "bin" / "python"
    if installed.exists():
        return _explained(ask(installed), str(installed), remedy)
    found = ask(Path(sys.executable))
    return found or Absent("no environment with ttnn was found", remedy)


def _explained(found: Library | Absent, where: str, remedy: str) -> Library | Absent:
    return Absent(f"{where}: {found.reason}", remedy) if isinstance(found, Absent) else found


def ask(python: Path) -> Library | Absent:
    """The library of the environment of `python`."""
    try:
        done = proc.run([python, "-I", "-c", _ASK], deadline=_SECONDS, split_errors=True)
    except proc.CommandNotFound as error:
        return Absent(str(error), "")
    if not done:
        return Absent(f"its Python does not run: {done.errors.strip()[-200:]}", "")
    told = json.loads(done.output)
    if not told["package"]:
        return Absent(f"Python {told['python'][0]}.{told['python'][1]} without ttnn", "")
    package = Path(told["package"])
    if not (package / "tt_metal" / "pre-compiled").is_dir():
        return Absent(f"{package} is not the ttnn library", "")
    zig = Path(told["zig"]) / "zig" if told["zig"] else None
    return Library(python, package, told["version"], zig if zig is not None and zig.is_file() else None)
