"""A device that answers, refuses, hangs, dies or is lost: what a session makes of it, and what it leaves behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import proc
from op_pipeline.models import Failure, FailureClass
from op_pipeline.remote.session import Session
from op_pipeline.remote.vetting import unsafe
from op_pipeline.testing.device import COPY, SOURCE, VALUES, Desk, body, kernel, place, run

K = FailureClass
ERROR = "{tree}/copy.cpp:6:3: error: 'noc_async_reed' was not declared"


def test_an_operation_runs_with_the_real_addresses(desk: Desk, session: Session) -> None:
    for _ in range(2):
        assert np.array_equal(run(session, desk), VALUES)
    assert not desk.dirty.why()
    session.close()
    assert desk.calls() == []
    assert "closed in order" in desk.log("library-1.txt")


def test_values_are_the_judges_business(desk: Desk, session: Session) -> None:
    desk.does("wrong")
    assert np.array_equal(run(session, desk), VALUES + 1)
    desk.does("nothing")
    assert np.isnan(run(session, desk)).all(), "the output of the run before must not be found again"
    desk.does("writes over")
    told, _ = session.execute(body(desk.tree), [VALUES])  # type: ignore[misc]
    assert told["changed"] == [0]


RAISED: dict[str, tuple[str, FailureClass, str, str]] = {
    "refusal": ("raise TT_FATAL @ a.cpp:1: x%info:%page size 100 does not fit%backtrace:%b", K.PROTOCOL_ERROR, "page size 100", ""),
    "memory": ("raise TT_THROW @ a:1: x%info:%grow to 1641824 B which is beyond max L1 size%backtrace:", K.OUT_OF_MEMORY, "1641824", ""),
    "compile": ("raise brisc build failed. Log:%" + ERROR, K.COMPILE_ERROR, "noc_async_reed", "copy.cpp"),
    "alignment": (
        "stop UndefinedBehavior: noc_cmd_ctrl: read: alignment of src_addr=0x100040 and dst_addr=0x19d64 does not match",
        K.PROTOCOL_ERROR, "aligned alike", "copy.cpp",
    ),
    "overrun": ("stop tile_rd_bytes: DRAM read overrun", K.PROTOCOL_ERROR, "past the end", "copy.cpp"),
    "no init": ("stop UndefinedBehavior: mop_expander: outer_loop_len=0", K.PROTOCOL_ERROR, "compute_kernel_hw_startup", ""),
    "dst": ("stop UnsupportedFunctionality: tensix_elw_op: dst_row=2560", K.PROTOCOL_ERROR, "too large", ""),
    "not in the simulator": ("stop UnsupportedFunctionality: tensix_foo: bar=1", K.PROTOCOL_ERROR, "simulator lacks it", ""),
    "crash": ("crash", K.CRASH, "SIGSEGV", ""),
    "exit": ("exit", K.CRASH, "status 3", ""),
}  # fmt: skip


def test_what_the_library_and_the_simulator_say(desk: Desk) -> None:
    session = desk.session(**vars(desk.simulated()))
    for name, (does, kind, words, file) in RAISED.items():
        desk.does(does.format(tree=desk.tree))
        found = run(session, desk)
        assert isinstance(found, Failure), name
        assert (found.kind, found.file) == (kind, file), (name, found)
        assert words in found.message, (name, found.message)
    desk.does("right")
    assert np.array_equal(run(session, desk), VALUES), "each failure costs one operation, not the session"
    session.close()
    assert desk.calls() == [], "a simulator is not reset"


def test_a_hang_is_triaged_ended_and_reset(desk: Desk) -> None:
    # By its words one would take it for ours.
    words = "import time; time.sleep(600)  # worker.py pytest tt-smi"
    bystander = proc.Conversation([sys.executable, "-c", words], cwd=desk.folder, env=proc.clean_environment())
    session = desk.session(operation_seconds=1.0)
    try:
        desk.does("hang")
        found = run(session, desk)
        assert isinstance(found, Failure)
        assert found.kind is K.HANG_DEADLOCK
        assert "cb_reserve_back" in found.message
        assert found.file == "copy.cpp"
        assert "cb_reserve_back" in desk.log("triage-1.txt")
        assert desk.calls() == ["-r 0", "-ls"]
        assert not desk.dirty.why()
        desk.does("right")
        assert np.array_equal(run(session, desk), VALUES)
        assert bystander.wait(0) is None, "processes of others are left alone"
    finally:
        session.close()
        bystander.stop()
        bystander.close()


def test_the_librarys_own_time_out_is_a_hang_too_and_two_are_enough(desk: Desk) -> None:
    session = desk.session(triage=())
    desk.does("raise TIMEOUT: device timeout, potential hang detected, the device is unrecoverable")
    kinds = [run(session, desk).kind for _ in range(2)]
    assert kinds == [K.HANG_UNKNOWN] * 2
    assert desk.calls() == ["-r 0", "-ls"] * 2
    desk.does("right")
    found = run(session, desk)
    assert found.kind is K.HANG_UNKNOWN
    assert found.message.startswith("not run")
    session.close()


def test_a_simulator_that_hangs_is_ended_by_our_deadline_alone(desk: Desk) -> None:
    session = desk.session(**vars(desk.simulated()) | {"operation_seconds": 0.5})
    desk.does("hang")
    found = run(session, desk)
    assert found.kind is K.HANG_UNKNOWN
    assert "within 0.5 s" in found.message
    assert desk.calls() == []
    session.close()


@pytest.mark.parametrize(
    ("smi", "words"),
    [
        ("fails", "failed with status 1: reset failed"),
        ("fails and exits 0", "does not list device 0"),
        ("hangs", "did not come back within"),
    ],
)
def test_a_reset_is_believed_only_when_the_card_is_seen_again(desk: Desk, smi: str, words: str) -> None:
    session = desk.session(operation_seconds=0.5, reset_seconds=0.7, triage=())
    desk.does("hang")
    desk.smi_does(smi)
    assert run(session, desk).kind is K.HANG_UNKNOWN, "the hang is the candidate's; what follows is not"
    desk.does("right")
    found = run(session, desk)
    assert found.kind is K.ENV_ERROR
    assert words in found.message
    assert "hung or died" in desk.dirty.why()
    assert "-r 0" in desk.log("tt-smi.log")
    session.close()


def test_a_device_that_is_lost_says_nothing_about_the_operation(desk: Desk, session: Session) -> None:
    desk.does("raise the ARC core is not responding")
    found = run(session, desk)
    assert found.kind is K.ENV_ERROR
    assert "lost" in found.message
    desk.does("no device")
    found = run(session, desk)
    assert found.kind is K.ENV_ERROR
    assert "no chips detected" in found.message


def test_a_library_that_does_not_come_up(desk: Desk) -> None:
    desk.does("slow start")
    session = desk.session(start_seconds=0.5)
    found = run(session, desk)
    assert found.kind is K.ENV_ERROR
    assert "did not come up" in found.message
    assert desk.calls() == [], "reset only after a hang"
    (desk.folder / "library/ttnn.py").write_text("raise ImportError('libtt_metal.so: no such file')")
    session = desk.session()
    found = run(session, desk)
    assert found.kind is K.ENV_ERROR
    assert "libtt_metal.so" in found.message
    session.close()


UNSAFE: dict[str, dict[str, Any]] = {
    "define": {"defines": [["X", "1;touch there"]]},
    "define's name": {"defines": [["X=$(touch there)", "1"]]},
    "quote": {"risc": "TRISC", "defines": [["X", "'"]]},
    "named argument": {"named_compile_time_args": [["a b", 1]]},
    "path": {"source": "/tree/$(touch there).cpp"},
}  # fmt: skip


def test_texts_that_a_shell_would_read_are_refused(desk: Desk, session: Session) -> None:
    for name, changes in UNSAFE.items():
        found = run(session, desk, **changes)
        assert isinstance(found, Failure), name
        assert found.kind is K.PROTOCOL_ERROR, name
        assert "must not have" in found.message, name
    assert not (desk.folder / "there").exists()
    assert not isinstance(run(session, desk, defines=[["A", "-1.5"], ["B", "BinaryOpType::ADD"]]), Failure)
    # Those of compute kernels go into a header.
    chain = [["SFPU_OP_CHAIN_0", "exp_tile_init<false>(); exp_tile(0);"]]
    compute = {"kernels": [kernel(desk.tree, risc="TRISC", defines=chain)]}
    assert unsafe(compute) is None
    assert unsafe({"kernels": [kernel(desk.tree, defines=chain)]}) is not None


def test_what_it_cannot_run_is_said_and_no_verdict(desk: Desk, session: Session) -> None:
    sharded = body(desk.tree)
    sharded["inputs"][0]["sharding"] = {"layout": "HEIGHT_SHARDED"}
    bound = body(desk.tree)
    bound["launches"][0]["image"]["circular_buffers"] = [{"globally_allocated": True}]
    twice = body(desk.tree)
    twice["output"] = place(SOURCE, memory="L1")
    outside = body(desk.tree, cores=[[0, 0], [8, 0]])
    for request, words in (
        (sharded, "sharded"), (bound, "circular buffers in a tensor"), (twice, "same address"),
        (body(desk.tree, names={}), "") , (body(desk.tree, include_paths=["/x"]), "include paths"),
        (body(desk.tree, names={"args": 1}), "Metal 2.0"), (outside, "grid of 8x8"),
    ):  # fmt: skip
        found = session.execute(request, [VALUES])
        if not words:
            assert not isinstance(found, Failure)
            continue
        assert isinstance(found, Failure)
        assert found.kind is K.ENV_ERROR
        assert words in found.message


def test_tensors_between_launches_get_memory_of_their_own(desk: Desk, session: Session) -> None:
    request = body(desk.tree)
    middle = 0x102040
    first, second = request["launches"][0], body(desk.tree)["launches"][0]
    for launch in (first, second):
        launch["live"].append(["DRAM", middle, 2048])
    desk.does("raise to be looked at")
    first["image"]["kernels"] = [kernel(desk.tree, runtime_args=[{"core": [0, 0], "values": [SOURCE, middle, 4]}])]
    found = session.execute({**request, "launches": [first, second]}, [VALUES])
    assert isinstance(found, Failure)
    said = [int(word) for word in found.message.partition("[")[2].partition("]")[0].split(",")]
    assert said[0] >= 0x40000000  # the stand-in's addresses begin there
    assert said[1] >= 0x40000000
    assert said[0] != said[1]


def test_the_environment_of_the_library(desk: Desk) -> None:
    from op_pipeline.remote.process import environment  # noqa: PLC0415

    made = environment(desk.settings, "/tree", Path("/scratch"), Path("/logs"))
    assert made["TT_METAL_KERNEL_PATH"] == "/tree"
    assert made["TT_METAL_CACHE"] == "/scratch/cache"
    assert "triage-by-library.txt" in made["TT_METAL_DISPATCH_TIMEOUT_COMMAND_TO_EXECUTE"]
    assert "TT_METAL_DISPATCH_TIMEOUT_COMMAND_TO_EXECUTE" not in environment(
        desk.simulated(), "/tree", Path("/scratch"), Path("/logs")
    )


# The emulator's ttnn in the library's place: its `generic_op` runs kernels.
EMULATOR = """
import os
import sys
del sys.modules["ttnn"]
from op_pipeline import emulator
ttnn = emulator.activate()
ttnn.to_dtype = lambda tensor, dtype: tensor  # its to_numpy gives floats already
if not hasattr(ttnn, "synchronize_device"):
    ttnn.synchronize_device = lambda device: None
"""


def test_a_program_that_is_built_again_computes_the_same(desk: Desk) -> None:
    (desk.folder / "library/ttnn.py").write_text(EMULATOR)
    request = body(desk.tree)
    request["launches"][0]["image"]["circular_buffers"] = [
        {
            "index": 0, "total_size": 2048, "page_size": 2048, "format": 5, "tile_height": 32, "tile_width": 32,
            "globally_allocated": False, "cores": [[0, 0]],
        }
    ]  # fmt: skip
    cache = os.environ.get("OP_PIPELINE_CACHE", str(desk.folder / "cache"))
    env = {**desk.settings.env, "OP_PIPELINE_CACHE": cache}
    session = desk.session(**vars(desk.simulated()) | {"env": env, "operation_seconds": 60.0})
    answer = session.execute(request, [VALUES])
    assert not isinstance(answer, Failure), answer
    assert np.array_equal(answer[1][0], VALUES)
    assert answer[0]["changed"] == []
    (desk.tree / "copy.cpp").write_text(COPY.replace("page < get_arg_val<uint32_t>(2)", "page < 3"))
    answer = session.execute(request, [VALUES])
    assert not isinstance(answer, Failure), answer
    tiles = answer[1][0].reshape(2, 32, 2, 32)
    assert np.isnan(tiles[1, :, 1]).all(), "a tile that no kernel wrote"
    assert not np.isnan(tiles[1, :, 0]).any()
    session.close()
