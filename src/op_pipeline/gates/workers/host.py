"""Host worker: `python -I -B host.py`. Loads the built operation; its calls are recorded and run no kernel.

What its tensors hold was made up for it (decoys). All it can say is what a call would launch.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn


def main() -> NoReturn:
    """Serve the judge."""
    gc.disable()  # until all is loaded: see `serve`
    try:
        import op_pipeline  # noqa: F401, PLC0415 - is it importable in isolated mode?
    except ImportError:  # run from a source tree that is not installed
        sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from op_pipeline.gates.workers.serving import serve  # noqa: PLC0415

    host = Host()
    serve({name.removeprefix("do_"): getattr(host, name) for name in dir(host) if name.startswith("do_")})


class Host:
    """Objects by number, devices by grid, and the requests on them."""

    def __init__(self) -> None:
        from op_pipeline import emulator  # noqa: PLC0415

        self._emulator = emulator
        self._ttnn = emulator.activate()
        self._devices: dict[str, Any] = {}
        self._objects: dict[int, Any] = {}
        self._last = 0

    def do_hello(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """Ready, and no candidate code loaded yet."""
        del body, arrays
        return _message({"ready": True})

    def do_load(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """Load built operations. `error` and whether it was the loader's when one cannot be loaded."""
        from op_pipeline.gates.workers.serving import error_data  # noqa: PLC0415

        del arrays
        try:
            for path in body["paths"]:
                self._emulator.load_operation(path)
        except Exception as error:  # noqa: BLE001 - the judge says what it means
            return _message({"failed": error_data(error), "linking": isinstance(error, ImportError)})
        return _message({})

    def do_look(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """What a public name is: there, callable, its documentation, its overloads with default values."""
        del arrays
        found = getattr(self._ttnn, str(body["name"]), None)
        bound = found if hasattr(found, "__nb_signature__") else getattr(found, "function", None)
        overloads = _python_signature(found) or [
            [str(entry[0]), [_plain(value) for value in (entry[2] or ())] if len(entry) > 2 else []]
            for entry in getattr(bound, "__nb_signature__", ())
        ]
        return _message(
            {
                "there": found is not None,
                "callable": callable(found),
                "doc": str(getattr(found, "__doc__", "") or ""),
                "overloads": overloads,
            }
        )

    def do_tensor(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """A tensor with given values: on the device of a grid, or on the host when `grid` is null."""
        self._release(body["release"])
        settings = {
            "dtype": getattr(self._ttnn, body["dtype"]),
            "layout": self._value(body["layout"]),
            "device": None if body["grid"] is None else self._device(body["grid"]),
        }
        if body["memory"] is not None:
            settings["memory_config"] = self._value(body["memory"])
        if body["pad_value"] is not None:
            settings["pad_value"] = float(body["pad_value"])
        return _message({"result": self._described(self._ttnn.from_torch(arrays[0], **settings))})

    def do_get(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """An attribute below `ttnn`, by its dotted path."""
        del arrays
        return _message({"result": self._described(self._named(body["path"]))})

    def do_call(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """Call a name below `ttnn`: what it returned or raised, and every launch, none of them dispatched."""
        from op_pipeline.emulator import inspection  # noqa: PLC0415
        from op_pipeline.gates.workers.serving import error_data  # noqa: PLC0415

        del arrays
        self._release(body["release"])
        function = self._named(body["path"])
        positional = [self._value(value) for value in body["args"]]
        keywords = {str(name): self._value(value) for name, value in body["kwargs"].items()}
        reply: dict[str, Any] = {}
        with inspection.record(dispatch=False) as log:
            try:
                reply["result"] = self._described(function(*positional, **keywords))
            except Exception as error:  # noqa: BLE001 - the judge says what it means
                reply["raised"] = error_data(error)
        reply["launches"] = [_plain(vars(launch)) for launch in log.launches]
        return _message(reply)

    def _release(self, numbers: list[int]) -> None:
        """Forget objects; tensors give their memory back."""
        for number in numbers:
            self._objects.pop(number, None)

    def _device(self, grid: str) -> Any:
        if grid not in self._devices:
            across, down = (int(word) for word in grid.split("x"))
            self._devices[grid] = self._emulator.open_device(grid=(across, down))
        return self._devices[grid]

    def _named(self, path: str) -> Any:
        found: Any = self._ttnn
        for name in path.split("."):
            found = getattr(found, name)
        return found

    def _value(self, value: Any) -> Any:
        """An argument: plain data, `{"object": number}`, `{"name": path}` or `{"device": grid}`."""
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "object" in value:
            return self._objects[value["object"]]
        return self._device(value["device"]) if "device" in value else self._named(value["name"])

    def _described(self, value: Any) -> dict[str, Any]:
        """A result: plain data as it is, anything else by number, a tensor with what it says of itself."""
        if value is None or isinstance(value, (bool, int, float, str)):
            return {"kind": "plain", "value": value}
        self._last += 1
        self._objects[self._last] = value
        told = {"kind": "object", "number": self._last, "type": type(value).__name__, "text": repr(value)[:200]}
        if isinstance(value, self._ttnn.Tensor):
            told |= {"kind": "tensor", **_tensor(value)}
        return told


def _python_signature(function: Any) -> list[list[Any]]:
    """Signature of a function in Python in the form of nanobind's; [] for any other."""
    import inspect  # noqa: PLC0415 - not needed for operations in C++

    if not inspect.isfunction(function):
        return []
    parameters = list(inspect.signature(function).parameters.values())
    defaults = [item.default for item in parameters if item.default is not inspect.Parameter.empty]
    numbers = iter(range(len(defaults)))
    bare = [
        item.replace(
            annotation=inspect.Parameter.empty,
            default=item.default if item.default is inspect.Parameter.empty else _Default(next(numbers)),
        )
        for item in parameters
    ]
    text = f"def {function.__name__}{inspect.Signature(bare)}"
    return [[text, [_plain(value) for value in defaults]]]


class _Default:
    """Stands for a default value in a signature, as in nanobind's."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"\\{self.number}"


def _tensor(tensor: Any) -> dict[str, Any]:
    on_device = "DEVICE" in str(tensor.storage_type()).upper()
    return {
        "shape": [int(extent) for extent in tensor.shape],
        "dtype": _bare(tensor.dtype),
        "layout": _bare(tensor.layout),
        "memory": _bare(tensor.memory_config().buffer_type) if on_device else None,
        "address": int(tensor.buffer_address()) if on_device else None,
    }


def _bare(value: object) -> str:
    """`DataType.BFLOAT16` → `BFLOAT16`."""
    return str(value).rpartition(".")[2].rpartition("::")[2]


def _plain(value: Any) -> Any:
    """Data that JSON holds: tuples as lists, dictionaries with other keys than text as lists of pairs."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        if all(isinstance(name, str) for name in value):
            return {name: _plain(item) for name, item in value.items()}
        return [[_plain(name), _plain(item)] for name, item in value.items()]
    return str(value)


def _message(body: dict[str, Any]) -> Any:
    from op_pipeline.gates.workers.wire import Message  # noqa: PLC0415

    return Message(body)


if __name__ == "__main__":
    main()
