"""What targets beyond the emulator need: the real library, compilers for its kernels, a simulator, a card."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from op_pipeline import proc
from op_pipeline.doctor.values import Finding
from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.mock import Library, find_library
from op_pipeline.remote.finding import SOC

_COMPILER = Path("compiler/bin/riscv-tt-elf-g++")  # below the folder `sfpi`
_SECONDS = 20.0
UNTRIED = "this target was built without one at hand: it was tried with stand-in programs only"
_INSTALL = "pipeline target install mock"


def real_findings(environment: Mapping[str, str], devices: Path, installed: Path) -> list[Finding]:
    """In the order in which one gets them."""
    home = environment.get("TT_METAL_HOME", "")
    return [
        *_library(environment, cache_folder()),
        _sfpi([*([Path(home) / "runtime" / "sfpi"] if home else []), installed / "sfpi"]),
        _tt_metal(home),
        _simulator(environment.get("TT_METAL_SIMULATOR", "")),
        _card(devices),
        _reset(environment),
    ]


def _for_target(name: str, what: str) -> str:
    return f"target {name}: {what}"


def _library(environment: Mapping[str, str], cache: Path) -> list[Finding]:
    """The genuine ttnn, and clang for its headers: wherever `--also mock` would find them."""
    found = find_library(cache, environment)
    here = isinstance(found, Library)
    version = f"{found.version}, {found.python}" if isinstance(found, Library) else found.reason
    zig = found.zig if isinstance(found, Library) else None
    host = _for_target("mock", "host code against the real library, without a card")
    kernels = _for_target("mock", "kernels against the real headers, without the vendor's compiler")
    return [
        Finding("ttnn", here, version, host, _INSTALL),
        Finding("ziglang", zig is not None, str(zig or "not beside ttnn"), kernels, _INSTALL),
    ]


def _sfpi(roots: Iterable[Path]) -> Finding:
    allows = _for_target("simulator", "kernels as the device runs them")
    remedy = "install Tenstorrent's SFPI release package, or build tt-metal and set TT_METAL_HOME"
    on_path = shutil.which(_COMPILER.name)
    for compiler in (*(root / _COMPILER for root in roots), *([Path(on_path)] if on_path else [])):
        if not compiler.is_file():
            continue
        try:
            tried = proc.run([compiler, "--version"], env=proc.clean_environment(), deadline=_SECONDS)
        except proc.CommandNotFound as error:
            return Finding("sfpi", False, str(error), allows, remedy)
        said = next(iter(tried.output.splitlines()), "") or f"status {tried.returncode}"
        return Finding("sfpi", bool(tried), f"{said}, {compiler}", allows, remedy)
    return Finding("sfpi", False, f"no {_COMPILER.name}", allows, remedy)


def _tt_metal(home: str) -> Finding:
    allows = _for_target("simulator", "a checkout of tt-metal to build and run in")
    remedy = "set TT_METAL_HOME to a checkout of tt-metal"
    if not home:
        return Finding("tt-metal", False, "TT_METAL_HOME is not set", allows, remedy)
    lacking = [name for name in ("tt_metal", "ttnn") if not (Path(home) / name).is_dir()]
    if lacking:
        return Finding("tt-metal", False, f"TT_METAL_HOME={home} has no folder {lacking[0]}", allows, remedy)
    return Finding("tt-metal", True, home, allows, remedy)


def _simulator(path: str) -> Finding:
    allows = _for_target("simulator", "gates on the simulated device")
    remedy = "set TT_METAL_SIMULATOR to the simulator's library (libttsim_wh.so, libttsim_bh.so)"
    if not path:
        return Finding("simulator", False, "TT_METAL_SIMULATOR is not set", allows, remedy)
    if not Path(path).exists():
        return Finding("simulator", False, f"TT_METAL_SIMULATOR={path}: no such file", allows, remedy)
    if not (Path(path).parent / SOC).is_file():
        remedy = "copy the board's soc descriptor of tt-metal there under that name"
        return Finding("simulator", False, f"no {SOC} beside {path}", allows, remedy)
    return Finding("simulator", True, path, allows, remedy, notes=(UNTRIED,))


def _card(devices: Path) -> Finding:
    allows = _for_target("hardware", "gates on the card")
    remedy = "a Tenstorrent card and its kernel driver (tt-kmd)"
    folder = devices / "tenstorrent"
    cards = sorted([*(folder.iterdir() if folder.is_dir() else ()), *devices.glob("tenstorrent[0-9]*")])
    if not cards:
        return Finding("card", False, f"no {folder}/*", allows, remedy)
    usable = [card for card in cards if os.access(card, os.R_OK | os.W_OK)]
    if not usable:
        return Finding(
            "card", False, f"{cards[0]} may not be opened by this user", allows, "ask for the right to open it"
        )
    return Finding("card", True, ", ".join(map(str, usable)), allows, remedy, notes=(UNTRIED,))


def _reset(environment: Mapping[str, str]) -> Finding:
    allows = _for_target("hardware", "a card that hung is reset, without which none is used")
    found = environment.get("OP_PIPELINE_TT_SMI") or shutil.which("tt-smi", path=environment.get("PATH"))
    remedy = "pip install tt-smi, or set OP_PIPELINE_TT_SMI"
    if not found or not os.access(found, os.X_OK):
        return Finding("tt-smi", False, f"no program {found or 'tt-smi'}", allows, remedy)
    return Finding("tt-smi", True, found, allows, remedy)
