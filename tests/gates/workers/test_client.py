"""The judge's end of a worker, against workers that misbehave: real processes that answer by hand."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.workers.client import Command, Worker, how_it_ended
from op_pipeline.models import FailureClass
from op_pipeline.proc import clean_environment

K = FailureClass
SERVER = """
import os, sys, time
sys.path.insert(0, {package!r})
from op_pipeline.gates.workers.serving import serve
from op_pipeline.gates.workers.wire import Message
def act(body, arrays):
    {act}
    return Message({{"echo": body["word"]}}, arrays)
serve({{"hello": lambda body, arrays: Message({{}}), "act": act}})
"""
Make = Callable[[str], Worker]


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Make]:
    made: list[Worker] = []

    def make(act: str) -> Worker:
        package = str(Path(__file__).resolve().parents[3] / "src")
        script = tmp_path / f"worker{len(made)}.py"
        script.write_text(SERVER.format(package=package, act=act), encoding="utf-8")
        command = Command((sys.executable, "-I", "-B", str(script)), tmp_path, clean_environment())
        made.append(Worker("host worker", command))
        return made[-1]

    yield make
    for item in made:
        item.close()


def ask(worker: Worker, word: str = "x", seconds: float = 20.0) -> object:
    return worker.request("act", {"word": word}, seconds=seconds, doing="calling").body["echo"]


def test_a_worker_answers_again_and_again(worker: Make) -> None:
    good = worker("print('to stdout'); os.write(1, b'and there')")
    assert [ask(good, word) for word in "abc"] == ["a", "b", "c"]
    assert good.started == 1


DEATHS = [
    ("os._exit(0)", K.CRASH, "ended itself with status 0 while calling"),
    ("sys.exit(3)", K.CRASH, "ended itself with status 3"),
    ("os.kill(os.getpid(), 11)", K.CRASH, "SIGSEGV"),
    ("os.kill(os.getpid(), 9)", K.CRASH, "SIGKILL"),
    ("os._exit(139)", K.CRASH, "SIGSEGV"),
    ("os._exit(124)", K.CRASH, "too many processes"),
    ("[os.close(fd) for fd in range(3, 256) if os.path.exists(f'/proc/self/fd/{fd}')]; time.sleep(60)", K.CRASH, "wire"),
    ("os.write(65, b'a forged answer, as long as a head is')", K.CRASH, "an answer that is none"),
    ("os.fork() or time.sleep(60)", K.CRASH, "started processes"),
    ("os.fork()", K.CRASH, "started processes"),
    ("os.write(2, b'x' * (33 << 20))", K.CRASH, "writes without end"),
]


@pytest.mark.parametrize(("act", "kind", "words"), DEATHS)
def test_each_misbehaviour_has_its_class_and_the_next_request_a_new_worker(
    worker: Make, tmp_path: Path, act: str, kind: FailureClass, words: str
) -> None:
    bad = worker(f"if body['word'] == 'bad': {act}" if ";" not in act else f"body['word'] == 'bad' and exec({act!r})")
    with pytest.raises(GateFailure, match=words) as caught:
        ask(bad, "bad")
    assert caught.value.kind is kind
    assert "host worker" in caught.value.message
    assert (ask(bad, "good"), bad.started) == ("good", 2)


def test_silence_is_a_hang(worker: Make) -> None:
    slow = worker("if body['word'] == 'bad': print('thinking', flush=True); time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(GateFailure, match="did not answer within 1 s") as caught:
        ask(slow, "bad", 1.0)
    assert time.monotonic() - started < 15
    assert caught.value.kind is K.HANG_UNKNOWN
    assert "thinking" in caught.value.excerpt
    assert ask(slow) == "x"


@pytest.mark.parametrize("text", ["import sys; sys.exit('no library')", "print('hello, I speak first')", "import nothing"])
def test_a_worker_that_does_not_start_is_a_matter_of_the_machine(tmp_path: Path, text: str) -> None:
    command = Command((sys.executable, "-I", "-c", text), tmp_path, clean_environment())
    with pytest.raises(GateFailure, match="cannot be started") as caught:
        Worker("device worker", command).greet()
    assert caught.value.kind is K.ENV_ERROR


@pytest.mark.parametrize(
    ("status", "words"), [(-9, "SIGKILL"), (134, "SIGABRT"), (1, "status 1"), (0, "status 0"), (255, "status 255")]
)
def test_ends_in_words(status: int, words: str) -> None:
    assert words in how_it_ended(status)
