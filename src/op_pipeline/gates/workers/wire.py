"""Frames between the judge and a worker: a head, JSON, raw array bytes. Nothing in them is ever executed or unpickled.

    magic (4 bytes) | length of the JSON (u32, big endian) | length of the arrays (u64) | JSON | arrays

The JSON is `{"body": …, "arrays": [[dtype, shape], …]}`; arrays follow one another, C order, little endian. Whatever
does not fit, in size or in form, is a WireError: the reader does not trust the writer.
"""

from __future__ import annotations

import json
import math
import os
import select
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"OPW1"
HEAD = struct.Struct(">4sIQ")
MAX_JSON = 64 << 20  # a program on 64 cores takes less than a megabyte
MAX_ARRAYS = 1 << 30
MAX_COUNT = 64
MAX_RANK = 8
DTYPES = ("float32", "float64", "int32", "uint32", "uint16", "uint8", "int8")
_CHUNK = 1 << 20

Array = npt.NDArray[Any]


class WireError(Exception):
    """The other side does not speak this protocol."""


class Closed(WireError):  # noqa: N818 - said as it is
    """The other side is gone."""


class Late(Exception):  # noqa: N818 - said as it is
    """No whole frame came within the deadline."""


@dataclass(frozen=True)
class Message:
    """One request or reply: JSON data and arrays beside it."""

    body: dict[str, Any]
    arrays: tuple[Array, ...] = field(default=())


def encode(message: Message) -> bytes:
    """The frame of a message. ValueError for a dtype that does not travel or a frame beyond the limits."""
    parts, described = [], []
    for array in message.arrays:
        if array.dtype.name not in DTYPES:
            raise ValueError(f"arrays of dtype {array.dtype} do not travel")
        described.append([array.dtype.name, list(array.shape)])
        parts.append(np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
    text = json.dumps({"body": message.body, "arrays": described}).encode()
    size = sum(map(len, parts))
    if len(text) > MAX_JSON or size > MAX_ARRAYS or len(parts) > MAX_COUNT:
        raise ValueError(f"a frame of {len(text)} + {size} bytes and {len(parts)} arrays is beyond the limits")
    return b"".join((HEAD.pack(MAGIC, len(text), size), text, *parts))


def lengths(head: bytes, max_json: int = MAX_JSON, max_arrays: int = MAX_ARRAYS) -> tuple[int, int]:
    """Bytes of JSON and of arrays that follow a head. WireError when they cannot be meant."""
    magic, text, size = HEAD.unpack(head)
    if magic != MAGIC:
        raise WireError(f"a frame begins with {MAGIC!r}, not with {magic!r}")
    if text > max_json or size > max_arrays:
        raise WireError(f"a frame of {text} + {size} bytes; at most {max_json} + {max_arrays} are taken")
    return int(text), int(size)


def decode(text: bytes, payload: bytes) -> Message:
    """The message of a frame's two parts. WireError when they do not fit the form."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WireError(f"a frame's text is no JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("body"), dict):
        raise WireError("a frame's body is no object")
    return Message(data["body"], _arrays(data.get("arrays"), payload))


def _arrays(described: object, payload: bytes) -> tuple[Array, ...]:
    if not isinstance(described, list) or len(described) > MAX_COUNT:
        raise WireError("a frame does not describe its arrays")
    found, at = [], 0
    for entry in described:
        name, shape = _described(entry)
        dtype = np.dtype(name).newbyteorder("<")
        size = math.prod(shape) * dtype.itemsize
        if at + size > len(payload):
            raise WireError(f"an array of {size} bytes is described, {len(payload) - at} are there")
        array = np.frombuffer(payload, dtype, math.prod(shape), at).reshape(shape)
        found.append(array.astype(np.dtype(name)))
        at += size
    if at != len(payload):
        raise WireError(f"{len(payload) - at} bytes follow the last array")
    return tuple(found)


def _described(entry: object) -> tuple[str, tuple[int, ...]]:
    if not isinstance(entry, list) or len(entry) != 2 or entry[0] not in DTYPES or not isinstance(entry[1], list):
        raise WireError(f"no array is described by {str(entry)[:80]}")
    shape = entry[1]
    if len(shape) > MAX_RANK or any(type(extent) is not int or not 0 <= extent <= MAX_ARRAYS for extent in shape):
        raise WireError(f"no array has the shape {str(shape)[:80]}")
    return str(entry[0]), tuple(shape)


def send(descriptor: int, message: Message) -> None:
    """Write a message; blocks. BrokenPipeError when the reader is gone."""
    view = memoryview(encode(message))
    while view:
        view = view[os.write(descriptor, view[:_CHUNK]) :]


def receive(descriptor: int) -> Message:
    """Read a message; blocks. Closed at the end of the stream."""
    text, size = lengths(_exactly(descriptor, HEAD.size))
    return decode(_exactly(descriptor, text), _exactly(descriptor, size))


def _exactly(descriptor: int, size: int) -> bytes:
    parts, missing = [], size
    while missing:
        part = os.read(descriptor, min(missing, _CHUNK))
        if not part:
            raise Closed("the stream ended")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


class Exchange:
    """One request and its reply under a deadline, while `beside` (stderr) is drained: neither side can block us."""

    def __init__(self, into: int, out: int, beside: int, on_text: Callable[[bytes], None]) -> None:
        self._into, self._out, self._beside, self._on_text = into, out, beside, on_text
        for descriptor in (into, out, beside):
            os.set_blocking(descriptor, False)

    def call(
        self, message: Message, seconds: float, *, max_json: int = MAX_JSON, max_arrays: int = MAX_ARRAYS
    ) -> Message:
        """Send and wait. Late after `seconds`; Closed when the worker is gone; WireError for a reply that is none."""
        until = time.monotonic() + seconds
        self._write(encode(message), until)
        text, size = lengths(self._read(HEAD.size, until), max_json, max_arrays)
        return decode(self._read(text, until), self._read(size, until))

    def _write(self, frame: bytes, until: float) -> None:
        view = memoryview(frame)
        while view:
            self._wait((self._into,), until)
            try:
                view = view[os.write(self._into, view[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise Closed("the worker reads no more") from None

    def _read(self, size: int, until: float) -> bytes:
        parts, missing = [], size
        while missing:
            self._wait((), until)
            try:
                part = os.read(self._out, min(missing, _CHUNK))
            except BlockingIOError:
                continue
            if not part:
                raise Closed("the worker ended its answer")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _wait(self, writing: Sequence[int], until: float) -> None:
        """Until the wire is ready for the next step; what comes beside is taken meanwhile."""
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise Late
            reading = () if writing else (self._out,)
            ready, free, _ = select.select([*reading, *self._drained()], writing, [], min(left, 1.0))
            if self._beside in ready:
                self.drain()
            if free or self._out in ready:
                return

    def _drained(self) -> tuple[int, ...]:
        return (self._beside,) if self._beside >= 0 else ()

    def drain(self) -> None:
        """Take what stands beside, without waiting and without following a writer that never ends."""
        for _ in range(16):
            if self._beside < 0:
                return
            try:
                part = os.read(self._beside, 65536)
            except BlockingIOError:
                return
            except OSError:
                part = b""
            if not part:
                self._beside = -1
                return
            self._on_text(part)
            if len(part) < 65536:
                return
