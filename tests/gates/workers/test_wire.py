"""The wire between judge and workers: what goes in comes out, and nothing else is taken."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from op_pipeline.gates.workers.wire import (
    DTYPES,
    HEAD,
    MAGIC,
    Closed,
    Exchange,
    Late,
    Message,
    WireError,
    decode,
    encode,
    receive,
    send,
)


def parts(frame: bytes) -> tuple[bytes, bytes]:
    _, text, _ = HEAD.unpack(frame[: HEAD.size])
    return frame[HEAD.size : HEAD.size + text], frame[HEAD.size + text :]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 1, 33)])
def test_arrays_come_back_bit_for_bit(dtype: str, shape: tuple[int, ...]) -> None:
    bits = np.random.default_rng(1).integers(0, 256, (*shape, np.dtype(dtype).itemsize), np.uint8)
    array = np.frombuffer(bits.tobytes(), dtype).reshape(shape)
    back = decode(*parts(encode(Message({"a": [1, None]}, (array, array)))))
    assert back.body == {"a": [1, None]}
    assert [(item.dtype, item.shape, item.tobytes()) for item in back.arrays] == [
        (array.dtype, shape, array.tobytes())
    ] * 2
    assert back.arrays[0].flags.writeable


def test_a_view_travels_as_its_values() -> None:
    array = np.arange(24, dtype=np.float32).reshape(4, 6)[::2, ::-1].T
    assert np.array_equal(decode(*parts(encode(Message({}, (array,))))).arrays[0], array)


@pytest.mark.parametrize("array", [np.zeros(2, np.complex64), np.asarray([object()]), np.asarray(["a"])])
def test_other_arrays_do_not_travel(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="do not travel"):
        encode(Message({}, (array,)))


FLOATS = b"\0" * 16


@pytest.mark.parametrize(
    ("text", "payload", "words"),
    [
        ("{", b"", "no JSON"),
        ("[" * 200_000, b"", "no JSON"),
        ("[1]", b"", "no object"),
        ('{"body": 1, "arrays": []}', b"", "no object"),
        ('{"body": {}}', b"", "describe"),
        ('{"body": {}, "arrays": {}}', b"", "describe"),
        ('{"body": {}, "arrays": []}', b"x", "1 bytes follow"),
        ('{"body": {}, "arrays": [["float32", [5]]]}', FLOATS, "20 bytes"),
        ('{"body": {}, "arrays": [["float32", [3]]]}', FLOATS, "4 bytes follow"),
        ('{"body": {}, "arrays": [["object", [2]]]}', FLOATS, "object"),
        ('{"body": {}, "arrays": [["O", [2]]]}', FLOATS, "no array"),
        ('{"body": {}, "arrays": [["float32", [-4]]]}', FLOATS, "shape"),
        ('{"body": {}, "arrays": [["float32", [true, 4]]]}', FLOATS, "shape"),
        ('{"body": {}, "arrays": [["float32", [4.0]]]}', FLOATS, "shape"),
        ('{"body": {}, "arrays": [["float32", 4]]}', FLOATS, "no array"),
        ('{"body": {}, "arrays": [["float32", [1000000, 1000000, 1000000, 1000000]]]}', FLOATS, "bytes is described"),
        ('{"body": {}, "arrays": [["float32", [1,1,1,1,1,1,1,1,4]]]}', FLOATS, "shape"),
        (json.dumps({"body": {}, "arrays": [["uint8", [0]]] * 65}), b"", "describe"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, payload: bytes, words: str) -> None:
    with pytest.raises(WireError, match=words):
        decode(text.encode(), payload)


@dataclass
class Wire:
    """Both ends: the judge's exchange, and the worker's descriptors."""

    exchange: Exchange
    requests: int
    replies: int
    errors: int
    beside: list[bytes] = field(default_factory=list)

    def serve(self, *frames: bytes, after: float = 0.0) -> threading.Thread:
        def work() -> None:
            receive(self.requests)
            time.sleep(after)
            for frame in frames:
                view = memoryview(frame)
                while view:
                    view = view[os.write(self.replies, view) :]

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread


@pytest.fixture
def wire() -> Iterator[Wire]:
    (requests, into), (out, replies), (beside, errors) = os.pipe(), os.pipe(), os.pipe()
    seen: list[bytes] = []
    made = Wire(Exchange(into, out, beside, seen.append), requests, replies, errors, seen)
    yield made
    for descriptor in (requests, into, out, replies, beside, errors):
        os.close(descriptor)


def test_a_large_message_there_and_back(wire: Wire) -> None:
    array = np.random.default_rng(2).standard_normal((300, 1000))
    thread = wire.serve(encode(Message({"n": 1}, (array,))))
    back = wire.exchange.call(Message({"x": "y" * 200_000}, (array,)), 20)
    thread.join()
    assert np.array_equal(back.arrays[0], array)


def test_what_stands_beside_is_taken_while_waiting(wire: Wire) -> None:
    def work() -> None:
        receive(wire.requests)
        for _ in range(300):
            os.write(wire.errors, b"x" * 4096)  # far more than a pipe holds
        send(wire.replies, Message({"ok": True}))

    threading.Thread(target=work, daemon=True).start()
    assert wire.exchange.call(Message({}), 20).body == {"ok": True}
    wire.exchange.drain()
    assert sum(map(len, wire.beside)) == 300 * 4096


GOOD = encode(Message({}))


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b"hello, this is a line of text\n", "not with"),
        (HEAD.pack(MAGIC, 1 << 31, 0), "at most"),
        (HEAD.pack(MAGIC, 0, 1 << 40), "at most"),
        (HEAD.pack(MAGIC, 2, 0) + b"{}", "no object"),
    ],
)
def test_a_reply_that_is_none(wire: Wire, frame: bytes, words: str) -> None:
    wire.serve(frame)
    with pytest.raises(WireError, match=words):
        wire.exchange.call(Message({}), 20)


def test_the_limits_of_one_call(wire: Wire) -> None:
    wire.serve(encode(Message({}, (np.zeros(100, np.float32),))))
    with pytest.raises(WireError, match=r"at most 1000 \+ 399"):
        wire.exchange.call(Message({}), 20, max_json=1000, max_arrays=399)


@pytest.mark.parametrize("frame", [b"", GOOD[:5], GOOD[:-3]])
def test_silence_is_late(wire: Wire, frame: bytes) -> None:
    wire.serve(frame)
    with pytest.raises(Late):
        wire.exchange.call(Message({}), 0.2)


def test_a_request_nobody_reads_is_late(wire: Wire) -> None:
    with pytest.raises(Late):
        wire.exchange.call(Message({}, (np.zeros(1 << 20),)), 0.2)


@pytest.mark.parametrize("frame", [b"", GOOD[:5], GOOD[:-3]])
def test_the_end_of_a_worker(frame: bytes) -> None:
    (requests, into), (out, replies), (beside, errors) = os.pipe(), os.pipe(), os.pipe()
    exchange = Exchange(into, out, beside, lambda _: None)
    os.write(replies, frame)
    os.close(replies)
    os.close(errors)
    with pytest.raises(Closed):
        exchange.call(Message({}), 20)
    os.close(requests)
    with pytest.raises(Closed):
        exchange.call(Message({}), 20)
    for descriptor in (into, out, beside):
        os.close(descriptor)


def test_a_stream_that_ends_is_closed() -> None:
    out, into = os.pipe()
    send(into, Message({"a": 1}))
    os.close(into)
    assert receive(out).body == {"a": 1}
    with pytest.raises(Closed):
        receive(out)
    os.close(out)
