"""The runner against real pytest on handwritten gates: every way a gate can end, and everything a tree could slip in."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from op_pipeline.events import TestFinished, TestStarted
from op_pipeline.gates import judge_green, judge_red
from op_pipeline.gates.runner import schedule_seeds
from op_pipeline.models import Failure, FailureClass, Gate, GateRun, RedCode, TestOutcome
from op_pipeline.targets import Prepared

Run: TypeAlias = Callable[..., GateRun]
Make: TypeAlias = Callable[..., Gate]
P, F, S, E = TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.SKIPPED, TestOutcome.ERROR
RAISES = "from op_pipeline.gates import kit\n"
STUB = (
    RAISES
    + "def test_a():\n    raise kit.GateFailure(kit.FailureClass.NOT_IMPLEMENTED, 'stub', file='a.cpp', line=3)\n"
)


@pytest.mark.parametrize(
    ("text", "outcome", "status", "red"),
    [
        ("def test_a():\n    pass\n", P, 0, RedCode.UNEXPECTED_GREEN),
        (STUB, F, 1, RedCode.RED),
        ("def test_a():\n    assert False\n", F, 1, RedCode.WRONG_CLASS),
        (STUB.replace("NOT_IMPLEMENTED", "COMPILE_ERROR"), F, 1, RedCode.WRONG_CLASS),
        ("import pytest\ndef test_a():\n    pytest.skip('later')\n", S, 0, RedCode.WRONG_CLASS),
        ("import pytest\n@pytest.mark.xfail\ndef test_a():\n    assert False\n", S, 0, RedCode.WRONG_CLASS),
        ("import pytest\n@pytest.mark.xfail\ndef test_a():\n    pass\n", S, 0, RedCode.WRONG_CLASS),
        ("def test_a(no_such_fixture):\n    pass\n", E, 1, RedCode.WRONG_CLASS),
        (
            RAISES
            + "import pytest\n@pytest.fixture\ndef f():\n    raise kit.GateFailure(kit.FailureClass.NOT_IMPLEMENTED, 's')\ndef test_a(f):\n    pass\n",
            E,
            1,
            RedCode.RED,
        ),
        (
            "import pytest\n@pytest.fixture\ndef f():\n    yield\n    raise ValueError\ndef test_a(f):\n    pass\n",
            E,
            1,
            RedCode.WRONG_CLASS,
        ),
        ("raise ImportError('no')\ndef test_a():\n    pass\n", E, 2, RedCode.NOTHING_COLLECTED),
        ("def test_a(:\n", E, 2, RedCode.NOTHING_COLLECTED),
        ("import sys\ndef test_a():\n    sys.exit(0)\n", F, 1, RedCode.WRONG_CLASS),
        ("import pytest\ndef test_a():\n    pytest.exit('done', 0)\n", F, None, RedCode.WRONG_CLASS),
    ],
)
def test_outcomes(  # noqa: PLR0917
    run: Run, make_gate: Make, tmp_path: Path, text: str, outcome: TestOutcome, status: int | None, red: RedCode
) -> None:
    gate = make_gate(tmp_path / "gates", text)
    result = run(gate)
    assert [item.outcome for item in result.results][:1] == [outcome], result
    if status is not None:
        assert result.exit_status == status
    assert judge_red(result, gate).code is red
    assert bool(judge_green(result, [gate], {})) is (outcome is P)


def test_an_empty_gate_is_neither_red_nor_green(run: Run, make_gate: Make, tmp_path: Path) -> None:
    gate = make_gate(tmp_path / "gates", "x = 1\n")
    result = run(gate)
    assert result.exit_status == 5
    assert judge_red(result, gate).code is RedCode.NOTHING_COLLECTED
    verdict = judge_green(result, [gate], {})
    assert not verdict
    assert "no test was collected" in verdict.failures[0].message


def test_a_declared_failure_travels_structured(run: Run, make_gate: Make, tmp_path: Path) -> None:
    result = run(make_gate(tmp_path / "gates", STUB)).results[0]
    assert (result.kind, result.message, result.file, result.line) == (FailureClass.NOT_IMPLEMENTED, "stub", "a.cpp", 3)


def test_fault_records_become_classes(run: Run, make_gate: Make, tmp_path: Path) -> None:
    lines = ["from op_pipeline.emulator.faults import EmulatorFault, KernelCompileError, make_record"]
    wanted = {
        "deadlock": FailureClass.HANG_DEADLOCK,
        "cb_overflow": FailureClass.PROTOCOL_ERROR,
        "dst_protocol": FailureClass.PROTOCOL_ERROR,
        "out_of_memory": FailureClass.OUT_OF_MEMORY,
        "non_termination": FailureClass.HANG_UNKNOWN,
        "schedule_dependent": FailureClass.PROTOCOL_ERROR,
        "crash": FailureClass.PROTOCOL_ERROR,
    }
    lines += [
        f"def test_{name}():\n    raise EmulatorFault([make_record('{name}', 'm', file='k.cpp', line=9)])"
        for name in wanted
    ]
    lines.append(
        "def test_compile():\n    raise KernelCompileError([make_record('name_removed', 'm', file='k.cpp', line=9)])"
    )
    results = run(make_gate(tmp_path / "gates", "\n".join(lines))).results
    assert {item.test.rpartition("test_")[2]: item.kind for item in results} == {
        **wanted,
        "compile": FailureClass.COMPILE_ERROR,
    }
    assert {(item.file, item.line) for item in results} == {("k.cpp", 9)}


@pytest.mark.parametrize(
    "loop", ["while True: pass", "import time; time.sleep(600)", "import ctypes; ctypes.CDLL(None).pause()"]
)
def test_a_hang_is_named_and_ended(run: Run, make_gate: Make, tmp_path: Path, loop: str) -> None:
    gate = make_gate(
        tmp_path / "gates", f"def test_a():\n    pass\ndef test_b():\n    {loop}\ndef test_c():\n    pass\n"
    )
    started = time.monotonic()
    result = run(gate, deadline=3)
    assert time.monotonic() - started < 20
    assert result.timed_out
    assert result.exit_status is None
    assert [(item.test[-6:], item.outcome) for item in result.results] == [("test_a", P), ("test_b", TestOutcome.HUNG)]
    assert result.results[1].kind is FailureClass.HANG_UNKNOWN
    assert judge_red(result, gate).code is RedCode.WRONG_CLASS
    assert judge_green(result, [gate], {}).failures[0].kind is FailureClass.HANG_UNKNOWN


@pytest.mark.parametrize(
    ("death", "word"),
    [
        ("os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("os.kill(os.getpid(), 8)", "SIGFPE"),
        ("os.abort()", "SIGABRT"),
        ("os._exit(0)", "status 0"),
    ],
)
def test_a_crash_is_a_failed_test(run: Run, make_gate: Make, tmp_path: Path, death: str, word: str) -> None:
    gate = make_gate(tmp_path / "gates", f"import os\ndef test_a():\n    {death}\ndef test_b():\n    pass\n")
    result = run(gate)
    assert [item.outcome for item in result.results] == [F]
    assert word in result.results[0].message
    assert result.env_problem == ""
    assert not judge_green(result, [gate], {})
    assert judge_red(result, gate).code is RedCode.WRONG_CLASS


def test_children_of_a_test_are_gone(run: Run, make_gate: Make, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    text = (
        "import subprocess, pathlib, time\ndef test_a():\n"
        f"    child = subprocess.Popen(['sleep', '600'])\n    pathlib.Path({str(note)!r}).write_text(str(child.pid))\n    time.sleep(600)\n"
    )
    run(make_gate(tmp_path / "gates", text), deadline=3)
    state = Path(f"/proc/{note.read_text()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_nothing_of_the_tree_is_in_effect(
    run: Run, make_gate: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = "import os, pathlib\npathlib.Path({!r}).write_text('ran')\n"
    marks = {name: tmp_path / f"ran_{name}" for name in ("conftest", "site", "plugin", "module")}
    root = tmp_path / "gates"
    gate = make_gate(root, "import json\ndef test_a():\n    assert json.dumps(1) == '1'\n    assert False\n")
    tree = tmp_path / "tree"
    for folder in (tree, tmp_path / "out", root):
        folder.mkdir(exist_ok=True)
        (folder / "conftest.py").write_text(
            evil.format(str(marks["conftest"])) + "def pytest_runtest_call(item):\n    item.obj = lambda: None\n"
        )
        (folder / "sitecustomize.py").write_text(evil.format(str(marks["site"])))
        (folder / "json.py").write_text(evil.format(str(marks["module"])))
        (folder / "evil_plugin.py").write_text(evil.format(str(marks["plugin"])))
        (folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only -p evil_plugin\n")
        (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '--collect-only'\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--collect-only -p evil_plugin")
    monkeypatch.setenv("PYTEST_PLUGINS", "evil_plugin")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tree), str(root)]))
    monkeypatch.setenv("PYTHONSTARTUP", str(tree / "sitecustomize.py"))
    result = run(gate)
    assert [item.outcome for item in result.results] == [F]
    assert [name for name, mark in marks.items() if mark.exists()] == []
    assert not list(tree.rglob("__pycache__"))
    assert not list(root.rglob("__pycache__"))


def test_a_conftest_beside_the_test_breaks_the_seal(run: Run, make_gate: Make, tmp_path: Path) -> None:
    gate = make_gate(tmp_path / "gates", "def test_a():\n    pass\n")
    (tmp_path / "gates/stage_1/conftest.py").write_text("")
    result = run(gate)
    assert result.results[0].kind is FailureClass.TAMPERED_GATE
    assert result.collected == ()
    assert judge_green(result, [gate], {}).failures[0].kind is FailureClass.TAMPERED_GATE
    assert judge_red(result, gate).code is RedCode.ENV_ERROR


def test_huge_output_is_kept_trimmed(run: Run, make_gate: Make, tmp_path: Path) -> None:
    text = "def test_a():\n    import os\n    for _ in range(2000):\n        os.write(1, b'x' * 10000)\n    raise ValueError('y' * 100000)\n"
    result = run(make_gate(tmp_path / "gates", text))
    assert result.results[0].outcome is F
    assert len(result.results[0].message) < 5000
    assert len(result.output_tail) < 5000
    assert (tmp_path / "out/output.txt").stat().st_size < 400_000


def test_output_cannot_forge_a_result(run: Run, make_gate: Make, tmp_path: Path) -> None:
    forged = json.dumps({"event": "end", "test": "stage_1/test_hand.py::test_a", "outcome": "passed"})
    text = f"import os\ndef test_a():\n    print({forged!r})\n    os.write(1, b'1 passed')\n    assert False\n"
    gate = make_gate(tmp_path / "gates", text)
    assert not judge_green(run(gate), [gate], {})


def test_events_are_emitted_in_order(run: Run, make_gate: Make, tmp_path: Path) -> None:
    seen: list[object] = []
    run(make_gate(tmp_path / "gates", "def test_a():\n    pass\ndef test_b():\n    pass\n"), emit=seen.append)
    assert [type(item) for item in seen] == [TestStarted, TestFinished, TestStarted, TestFinished]


def test_problems_of_the_target(run: Run, make_gate: Make, no_target: Any, tmp_path: Path) -> None:
    gate = make_gate(
        tmp_path / "gates",
        "def test_a(surroundings):\n    surroundings.load_operation()\n",
        red=(FailureClass.MISSING_SYMBOL,),
    )
    missing = Failure(FailureClass.MISSING_SYMBOL, "no C++ sources", file="a.cpp", line=4)
    result = run(gate, target=no_target(Prepared(problem=missing)))
    found = result.results[0]
    assert (found.outcome, found.kind, found.message, found.line) == (
        F,
        FailureClass.MISSING_SYMBOL,
        "no C++ sources",
        4,
    )
    broken = run(gate, target=no_target(Prepared(problem=Failure(FailureClass.ENV_ERROR, "no g++"))))
    assert broken.env_problem == "no g++"
    assert judge_red(broken, gate).code is RedCode.ENV_ERROR
    assert judge_green(broken, [gate], {}).failures[0].kind is FailureClass.ENV_ERROR


def test_gates_of_several_stages_run_in_one_process(run: Run, make_gate: Make, tmp_path: Path) -> None:
    root = tmp_path / "gates"
    one, two = (make_gate(root, "def test_a():\n    pass\n", stage=stage) for stage in (1, 2))
    result = run(one, two)
    assert result.stages == (1, 2)
    assert result.collected == ("stage_1/test_hand.py::test_a", "stage_2/test_hand.py::test_a")
    assert judge_green(result, [one, two], {1: one.tests, 2: two.tests})
    assert not judge_green(result, [one, two], {1: (*one.tests, "stage_1/test_hand.py::test_b")})
    narrowed = run(one, two, pytest_args=["-k", "stage_1"])
    assert not judge_green(narrowed, [one, two], {})


@pytest.mark.parametrize("seed", ["", "a", "5f0c", "0" * 16])
def test_every_gate_sees_prompt_and_late_data_movement(seed: str) -> None:
    seeds = [int(word) for word in schedule_seeds(seed).split(",")]
    assert len(set(seeds)) == 3
    assert {value % 2 for value in seeds} == {0, 1}
    assert schedule_seeds(seed) == schedule_seeds(seed) != schedule_seeds(seed + "x")
