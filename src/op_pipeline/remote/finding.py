"""Which device the user means and whether all that it needs is here; nothing is started but the library's Python."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from op_pipeline import proc
from op_pipeline.mock.library import SETTING, environment_folder
from op_pipeline.remote.settings import Kind, Settings

SOC = "soc_descriptor.yaml"
COMPILER = Path("compiler/bin/riscv-tt-elf-g++")  # below a folder `sfpi`
LOCKS = Path("/tmp")  # noqa: S108 - all users of a machine have to meet in one folder that all may write to
_OPERATION_SECONDS = {"simulator": 300.0, "hardware": 60.0}
_OWN_SECONDS = 10
_ASK_SECONDS = 60.0
_SET_BY_US = frozenset(
    {"TT_METAL_KERNEL_PATH", "TT_METAL_CACHE", "TT_METAL_LOGS_PATH", "TT_METAL_MOCK_CLUSTER_DESC_PATH"}
)
_PASSED_ON = ("PYTHONPATH", "LD_LIBRARY_PATH", "ARCH_NAME")
_ASK = """
import importlib.util as util
found = util.find_spec("ttnn")
print((list(found.submodule_search_locations or []) or [found.origin])[0] if found else "")
"""


@dataclass(frozen=True)
class Missing:
    """Why there is no device, and what to do about it."""

    reason: str
    remedy: str

    def __bool__(self) -> bool:
        return False


def find_device(
    kind: Kind,
    environment: Mapping[str, str],
    cache: Path,
    *,
    devices: Path = Path("/dev"),
    installed: Path = Path("/opt/tenstorrent"),
) -> Settings | Missing:
    """The device that the environment names (docs/targets.md has the variables), or what is missing first."""
    python = _python(environment, cache)
    if isinstance(python, Missing):
        return python
    package = _package(python, environment)
    if isinstance(package, Missing):
        return package
    if not _has_compiler(environment, package, installed):
        return Missing("the vendor's compiler (SFPI) is not here", "install Tenstorrent's SFPI release package")
    try:
        seconds = float(environment.get("OP_PIPELINE_DEVICE_SECONDS") or _OPERATION_SECONDS[kind])
        number = int(environment.get("OP_PIPELINE_DEVICE") or 0)
    except ValueError as error:
        return Missing(f"OP_PIPELINE_DEVICE or OP_PIPELINE_DEVICE_SECONDS is no number: {error}", "correct it")
    if kind == "simulator":
        return _simulator(environment, python, seconds)
    return _card(environment, python, package, number, seconds, devices)


def _python(environment: Mapping[str, str], cache: Path) -> Path | Missing:
    named = environment.get(SETTING, "")
    if named:
        return Path(named)
    home = environment.get("TT_METAL_HOME", "")
    built = Path(home) / "python_env" / "bin" / "python"
    if home and built.exists():
        return built
    installed = environment_folder(cache) / "bin" / "python"
    if installed.exists():
        return installed
    remedy = f"set {SETTING} to the Python of an environment with ttnn, or TT_METAL_HOME to a built checkout"
    return Missing("no Python with ttnn was found", remedy)


def _package(python: Path, environment: Mapping[str, str]) -> Path | Missing:
    remedy = f"install ttnn there, or name another one with {SETTING}"
    try:
        env = proc.clean_environment(**passed_on(environment))
        done = proc.run([python, "-B", "-c", _ASK], env=env, deadline=_ASK_SECONDS, split_errors=True)
    except proc.CommandNotFound as error:
        return Missing(str(error), remedy)
    package = done.output.strip()
    if not done or not package:
        return Missing(f"{python} has no ttnn {done.errors.strip()[-200:]}".rstrip(), remedy)
    return Path(package)


def _has_compiler(environment: Mapping[str, str], package: Path, installed: Path) -> bool:
    roots = [environment[name] for name in ("TT_METAL_RUNTIME_ROOT", "TT_METAL_HOME") if environment.get(name)]
    folders: list[Path] = [Path(root) / "runtime" / "sfpi" for root in (*roots, str(package))]
    folders.append(installed / "sfpi")
    return any((folder / COMPILER).is_file() for folder in folders)


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """What of the user's environment reaches the library: where it is, and its own settings."""
    return {
        name: value
        for name, value in environment.items()
        if (name.startswith("TT_METAL_") and name not in _SET_BY_US) or name in _PASSED_ON
    }


def _simulator(environment: Mapping[str, str], python: Path, seconds: float) -> Settings | Missing:
    library = environment.get("TT_METAL_SIMULATOR", "")
    if not library:
        return Missing(
            "TT_METAL_SIMULATOR is not set", "set it to the simulator's library (libttsim_wh.so, libttsim_bh.so)"
        )
    if not Path(library).is_file():
        return Missing(f"TT_METAL_SIMULATOR={library}: no such file", "correct it")
    if not (Path(library).parent / SOC).is_file():
        return Missing(f"no {SOC} beside {library}", f"copy the board's soc descriptor of tt-metal there as {SOC}")
    env = {
        **passed_on(environment),
        "TT_METAL_SLOW_DISPATCH_MODE": "1",
        "TT_METAL_DISABLE_SFPLOADMACRO": "1",
        "TT_METAL_INSPECTOR_RPC": "0",  # no listener
        "OMPI_MCA_btl": "self",
    }
    return Settings("simulator", 0, str(python), env, operation_seconds=seconds)


def _card(  # noqa: PLR0917 - everything that makes it
    environment: Mapping[str, str], python: Path, package: Path, number: int, seconds: float, devices: Path
) -> Settings | Missing:
    node = devices / "tenstorrent" / str(number)
    if not node.exists():
        return Missing(
            f"no {node}", "a Tenstorrent card and its kernel driver (tt-kmd); OP_PIPELINE_DEVICE chooses one"
        )
    if not os.access(node, os.R_OK | os.W_OK):
        return Missing(f"{node} may not be opened by this user", "ask for the right to open it")
    smi = environment.get("OP_PIPELINE_TT_SMI") or shutil.which("tt-smi", path=environment.get("PATH"))
    if not smi:
        return Missing(
            "no tt-smi, without which a card cannot be reset", "pip install tt-smi, or set OP_PIPELINE_TT_SMI"
        )
    env = {
        # A simulator that the user has set up is not what was asked for.
        **{name: value for name, value in passed_on(environment).items() if name != "TT_METAL_SIMULATOR"},
        "TT_METAL_OPERATION_TIMEOUT_SECONDS": str(_OWN_SECONDS),
        "TT_METAL_VISIBLE_DEVICES": str(number),
        "OMPI_MCA_btl": "self",
    }
    lock = environment.get("OP_PIPELINE_DEVICE_LOCK") or str(LOCKS / f"op-pipeline-device-{number}.lock")
    return Settings(
        "hardware", number, str(python), env, lock=lock, smi=smi, node=str(node),
        triage=_triage(environment, python, package), operation_seconds=seconds, own_seconds=_OWN_SECONDS,
    )  # fmt: skip


def _triage(environment: Mapping[str, str], python: Path, package: Path) -> tuple[str, ...]:
    """tt-triage, which says where the processors of a hung device stand; () when it is not there."""
    home = environment.get("TT_METAL_HOME", "")
    scripts = [*([Path(home) / "tools" / "tt-triage.py"] if home else []), package.parent / "triage" / "triage.py"]
    return next(((str(python), str(script)) for script in scripts if script.is_file()), ())
