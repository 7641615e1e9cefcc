"""The embedded target: an emulator of the device with the `ttnn` that programs it.

`activate()` makes `import ttnn` mean the emulator's module; nothing is imported before that, as most of op_pipeline
does not need it.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

_SUBMODULES = ("core", "creation", "device", "generic", "operation", "types")
OPERATIONS_VARIABLE = "OP_PIPELINE_OPERATIONS"
_loaded_operations: dict[Path, ModuleType] = {}


def activate() -> ModuleType:
    """Make this process's `ttnn` the emulator's, register the kernel compiler, load the operations of the environment.

    OP_PIPELINE_OPERATIONS is a list of built operations, separated by os.pathsep. Idempotent. ImportError when the
    package was installed without its C++ part, RuntimeError when another `ttnn` is loaded already.
    """
    loaded = sys.modules.get("ttnn")
    module = importlib.import_module("op_pipeline.emulator.ttnn")
    if loaded is not None and loaded is not module:
        raise RuntimeError("another ttnn is loaded in this process; activate the emulator before importing ttnn")
    if loaded is None:
        sys.modules["ttnn"] = module
        for name in _SUBMODULES:
            sys.modules[f"ttnn.{name}"] = importlib.import_module(f"op_pipeline.emulator.ttnn.{name}")
        _register_compiler()
    for path in filter(None, os.environ.get(OPERATIONS_VARIABLE, "").split(os.pathsep)):
        load_operation(path)
    return module


def _register_compiler() -> None:
    from op_pipeline.emulator import _ttnn  # noqa: PLC0415

    _ttnn._set_kernel_compiler(_compile_kernels)  # noqa: SLF001 - private to this package


def _compile_kernels(requests: Sequence[Mapping[str, Any]]) -> list[str]:
    """`toolchain.compile_kernels`, loaded by the first dispatch: workers of a gate never compile."""
    from op_pipeline.emulator import toolchain  # noqa: PLC0415

    return toolchain.compile_kernels(requests)


def load_operation(path: str | Path) -> ModuleType:
    """Import a built operation, or the package of one in Python, and attach its functions to `ttnn`; its module.

    The file's stem is the module's name; a folder `<name>` is imported as `ttnn.operations.<name>`. A file is loaded
    once per process. ImportError when it cannot be loaded.
    """
    ttnn = sys.modules["ttnn"] if "ttnn" in sys.modules else activate()
    from op_pipeline.emulator.ttnn.operation import Operation  # noqa: PLC0415

    file = Path(path).resolve()
    if file in _loaded_operations:
        return _loaded_operations[file]
    if file.is_dir():
        package = _import_package(file)
        setattr(ttnn, file.name, getattr(package, file.name))
        return _loaded_operations.setdefault(file, package)
    name = file.name.partition(".")[0]
    loader = importlib.machinery.ExtensionFileLoader(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader)
    if spec is None:
        raise ImportError(f"{file} is not an extension module", name=name, path=str(file))
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    for attribute, function in vars(module).items():
        if callable(function) and not attribute.startswith("_"):
            setattr(ttnn, attribute, Operation(f"ttnn.{attribute}", function))
    _loaded_operations[file] = module
    return module


def _import_package(folder: Path) -> ModuleType:
    """The package as the real library would import it from its folder of operations."""
    operations = sys.modules.get("ttnn.operations")
    if operations is None:
        operations = sys.modules["ttnn.operations"] = ModuleType("ttnn.operations")
        operations.__path__ = []
        sys.modules["ttnn"].operations = operations  # type: ignore[attr-defined]
    operations.__path__ = [str(folder.parent), *operations.__path__]
    return importlib.import_module(f"ttnn.operations.{folder.name}")


def open_device(*, grid: tuple[int, int] = (8, 8), device_id: int = 0) -> Any:
    """An emulated device with `grid` = (columns, rows) worker cores. RuntimeError for an impossible grid."""
    from op_pipeline.emulator.ttnn import device  # noqa: PLC0415

    return device.open_device(device_id=device_id, grid=grid)
