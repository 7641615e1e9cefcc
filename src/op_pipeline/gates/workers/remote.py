"""Things of the host worker as the judge holds them: names, objects, tensors, and the calls on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from op_pipeline.gates.kit.failure import GateFailure, from_exception
from op_pipeline.gates.workers.client import Worker
from op_pipeline.gates.workers.described import Reply, TensorInfo, Unfit, exception
from op_pipeline.models import FailureClass

CALL_SECONDS = 60.0


class Host:
    """The host worker's requests. Loads the operation when the first one is made, and again in a fresh worker."""

    def __init__(self, worker: Worker, libraries: Sequence[str]) -> None:
        self.worker = worker
        self._libraries = list(libraries)
        self._loaded = 0
        self._broken: GateFailure | None = None
        self._released: list[int] = []

    def load(self) -> None:
        """Load what was built. GateFailure when it cannot be loaded, or ended its process the first time."""
        self.worker.greet()
        if self._broken is not None:
            raise GateFailure(self._broken.kind, self._broken.message, excerpt=self._broken.excerpt)
        if self._loaded == self.worker.started:
            return
        try:
            self._load()
        except GateFailure as failure:
            self._broken = failure
            raise
        self._loaded = self.worker.started
        self._released.clear()

    def _load(self) -> None:
        body = self._asked("load", {"paths": self._libraries}, doing="loading the built operation")
        if "failed" not in body:
            return
        error = self._checked(lambda: exception(body["failed"]))
        if body.get("linking"):
            raise GateFailure(FailureClass.LINK_ERROR, f"the built operation cannot be loaded: {error}") from error
        message = f"the operation's binding fails: {error}"
        raise (from_exception(error) or GateFailure(FailureClass.MISSING_SYMBOL, message)) from error

    def look(self, name: str) -> Function | None:
        """The function `ttnn.<name>` with documentation and signatures; None when there is none, or no callable."""
        self.load()
        body = self._asked("look", {"name": name}, doing=f"looking at ttnn.{name}")
        return self._checked(lambda: Function(self, name, body)) if body.get("there") is True else None

    def tensor(  # noqa: PLR0917 - all that makes a tensor
        self, array: Any, dtype: str, layout: Any, grid: str | None, memory: Any, pad_value: float | None = None
    ) -> Tensor:
        """A tensor with these values. Raises what `ttnn.from_torch` raises."""
        self.load()
        body = {
            "dtype": dtype, "layout": encoded(layout), "grid": grid, "pad_value": pad_value,
            "memory": None if memory is None else encoded(memory), "release": self._forgotten(),
        }  # fmt: skip
        reply = self._reply("tensor", body, (np.ascontiguousarray(array),), doing="making a tensor")
        if not isinstance(reply.value, TensorInfo):
            raise self.worker.nonsense("a tensor was asked for")
        return Tensor(self, reply.value)

    def get(self, path: str) -> Any:
        """An attribute below `ttnn`: plain data, or a handle."""
        self.load()
        return self.held(self._reply("get", {"path": path}, doing=f"looking up ttnn.{path}"))

    def call(self, path: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Reply:
        """Call `ttnn.<path>`, recorded and without dispatch. What it raised is in the reply."""
        self.load()
        body = {
            "path": path,
            "args": [encoded(value) for value in args],
            "kwargs": {name: encoded(value) for name, value in kwargs.items()},
            "release": self._forgotten(),
        }
        return self._reply("call", body, doing=f"calling ttnn.{path}")

    def held(self, reply: Reply) -> Any:
        """The result of a reply as the judge holds it."""
        if reply.kind == "tensor":
            return Tensor(self, reply.value)
        return Object(self, *reply.value) if reply.kind == "object" else reply.value

    def forget(self, number: int, process: int) -> None:
        """An object is not needed any more; the worker is told with the next request."""
        if process == self._loaded:
            self._released.append(number)

    def _forgotten(self) -> list[int]:
        released, self._released = self._released, []
        return released

    def _reply(self, do: str, body: dict[str, Any], arrays: Sequence[Any] = (), *, doing: str) -> Reply:
        answer = self._asked(do, body, arrays, doing=doing)
        reply: Reply = self._checked(lambda: Reply.parse(answer))
        return reply

    def _asked(self, do: str, body: dict[str, Any], arrays: Sequence[Any] = (), *, doing: str) -> dict[str, Any]:
        answer = self.worker.request(do, body, arrays, seconds=CALL_SECONDS, doing=doing).body
        if "error" in answer:
            raise self._checked(lambda: exception(answer["error"]))
        return answer

    def _checked(self, parse: Any) -> Any:
        try:
            return parse()
        except Unfit as error:
            raise self.worker.nonsense(str(error)) from None


class Object:
    """Something in the host worker. `text` is what it says of itself."""

    def __init__(self, host: Host, number: int, kind: str, text: str) -> None:
        self._host, self._number, self._process = host, number, host.worker.started
        self.kind, self.text = kind, text

    @property
    def number(self) -> int:
        """Its number there. GateFailure when the worker that held it is gone."""
        if self._process != self._host.worker.started:
            raise GateFailure(FailureClass.CRASH, f"the host worker that held this {self.kind} has ended")
        return self._number

    def __del__(self) -> None:
        self._host.forget(self._number, self._process)

    def __repr__(self) -> str:
        return f"<{self.kind} in the host worker: {self.text}>"


class Tensor(Object):
    """A tensor in the host worker: its description. The values it holds there are decoys."""

    def __init__(self, host: Host, info: TensorInfo) -> None:
        super().__init__(host, info.number, "Tensor", f"{info.shape} {info.dtype} {info.layout} {info.memory}")
        self.info = info
        self.shape, self.dtype, self.layout = info.shape, info.dtype, info.layout


class Remote:
    """A name below `ttnn` in the host worker, looked up when it is used; `value()` looks it up now."""

    def __init__(self, host: Host, path: str = "") -> None:
        self._host, self._path = host, path

    def __getattr__(self, name: str) -> Remote:
        if name.startswith("__"):
            raise AttributeError(name)
        return Remote(self._host, f"{self._path}.{name}" if self._path else name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there; kernels do not run. Raises what the candidate raised, by its builtin name."""
        reply = self._host.call(self._path, args, kwargs)
        if reply.error is not None:
            raise reply.error
        return self._host.held(reply)

    def value(self) -> Any:
        """What the name stands for: plain data, or a handle."""
        return self._host.get(self._path)

    def __repr__(self) -> str:
        return f"ttnn.{self._path}" if self._path else "ttnn"


class Function(Remote):
    """A public operation with its documentation and its signatures, as nanobind keeps them."""

    def __init__(self, host: Host, name: str, told: Mapping[str, Any]) -> None:
        super().__init__(host, name)
        doc, overloads = told.get("doc"), told.get("overloads")
        if not isinstance(doc, str) or not isinstance(overloads, list):
            raise Unfit("an operation has a documentation and overloads")
        self.__doc__ = doc
        self.is_callable = told.get("callable") is True
        self.__nb_signature__ = tuple(_overload(entry) for entry in overloads)


def _overload(entry: Any) -> tuple[str, str, tuple[Any, ...]]:
    if (
        not isinstance(entry, list)
        or len(entry) != 2
        or not isinstance(entry[0], str)
        or not isinstance(entry[1], list)
    ):
        raise Unfit("an overload is a text and default values")
    return entry[0], "", tuple(entry[1])


class DeviceName:
    """A device of the host worker, by its worker grid."""

    def __init__(self, grid: str) -> None:
        self.grid = grid


def encoded(value: Any) -> Any:
    """An argument as it travels. TypeError for something that is neither plain data nor of the host worker."""
    if isinstance(value, Object):
        return {"object": value.number}
    if isinstance(value, Remote):
        return {"name": value._path}  # noqa: SLF001 - the other half of the class
    if isinstance(value, DeviceName):
        return {"device": value.grid}
    if isinstance(value, (list, tuple)):
        return [encoded(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be handed to the host worker")
