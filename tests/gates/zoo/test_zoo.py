"""Runs of every kind, valid and invalid, and the decision that each must have: 0 may be wrong.

Where pytest's own behaviour is the point the runs are real, all made once by one fixture; else they are values.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.gates import judge_green, judge_red, run_gates
from op_pipeline.gates.seal import write
from op_pipeline.models import Failure, FailureClass, Gate, GateRun, RedCode, TestOutcome, TestResult
from op_pipeline.spec import load_spec
from op_pipeline.targets import Prepared

K, R = FailureClass, RedCode
P, F, E, S, H = (
    TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED, TestOutcome.HUNG,
)  # fmt: skip
GREEN = ""  # no failure: the run is green

HEAD = "import os, signal, sys, time, unittest\nimport pytest\nfrom op_pipeline.gates import kit\n"
STUB = "def fail(kind='NOT_IMPLEMENTED'):\n    raise kit.GateFailure(kit.FailureClass[kind], 'stub')\n"
A = "def test_a():\n    fail()\n"
B = "def test_b():\n    fail()\n"
PASS = "def test_a():\n    pass\n"
GUARD = "@pytest.mark.guard\ndef test_g():\n    "
FIXTURE = "@pytest.fixture\ndef f():\n    {}\ndef test_a(f):\n    pass\n"


@dataclass(frozen=True)
class Real:
    """A gate file, how it is run, and what must be decided. `tests`: ids without the file, where not its functions."""

    text: str
    red: RedCode
    green: str | None = K.UNKNOWN  # class of the first failure; None: any
    tests: tuple[str, ...] | None = None
    more: dict[str, str] = field(default_factory=dict)  # further files of the gate
    after: Callable[[Path], object] = lambda _: None  # done to the gate's folder once it is sealed
    args: tuple[str, ...] = ()
    prepared: Prepared = field(default_factory=Prepared)
    deadline: float = 60.0
    says: str = ""


REAL: dict[str, Real] = {
    "hangs": Real(A + "def test_h():\n    time.sleep(600)\n", R.WRONG_CLASS, K.HANG_UNKNOWN, deadline=9, says="deadline"),
    "fails as declared": Real(A, R.RED, K.NOT_IMPLEMENTED),
    "fails as declared, and prints a lot": Real(
        "def test_a():\n    print('x' * 5_000_000)\n    fail()\n", R.RED, K.NOT_IMPLEMENTED
    ),
    "fails as declared, and says otherwise": Real(
        'def test_a():\n    print(\'{"event": "end", "outcome": "passed"}\')\n    fail()\n', R.RED, K.NOT_IMPLEMENTED
    ),
    "fails as declared with a unicode name": Real("def test_größe():\n    fail()\n", R.RED, K.NOT_IMPLEMENTED),
    "fails as declared in a class": Real(
        "class TestA:\n    def test_a(self):\n        fail()\n", R.RED, K.NOT_IMPLEMENTED, tests=("TestA::test_a",)
    ),
    "fails as declared in a fixture": Real(FIXTURE.format("fail()"), R.RED, K.NOT_IMPLEMENTED),
    "fails as declared, after another error": Real(
        "def test_a():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n        fail()\n", R.RED, K.NOT_IMPLEMENTED
    ),
    "a name that is missing, declared": Real("def test_a():\n    fail('MISSING_SYMBOL')\n", R.RED, K.MISSING_SYMBOL),
    "a guard passes": Real(A + GUARD + "pass\n", R.RED, K.NOT_IMPLEMENTED),
    "a guard fails as declared": Real(A + GUARD + "fail()\n", R.RED, K.NOT_IMPLEMENTED),
    "a guard fails otherwise": Real(A + GUARD + "assert False\n", R.WRONG_CLASS, K.NOT_IMPLEMENTED, says="test_g"),
    "a guard is skipped": Real(A + GUARD + "pytest.skip('x')\n", R.WRONG_CLASS, K.NOT_IMPLEMENTED, says="skipped"),
    "guards only": Real(GUARD + "pass\n", R.UNEXPECTED_GREEN, GREEN),
    "passes": Real(PASS, R.UNEXPECTED_GREEN, GREEN),
    "one of two passes": Real(PASS + B, R.UNEXPECTED_GREEN, K.NOT_IMPLEMENTED, says="1 of 2"),
    "another class": Real("def test_a():\n    fail('COMPILE_ERROR')\n", R.WRONG_CLASS, K.COMPILE_ERROR),
    "a bare assert": Real("def test_a():\n    assert False, 'not_implemented'\n", R.WRONG_CLASS, says="no declared class"),
    "an import error that is not declared": Real("def test_a():\n    import no_such_module\n", R.WRONG_CLASS),
    "a fixture that does not exist": Real("def test_a(nothing):\n    fail()\n", R.WRONG_CLASS),
    "an error at teardown": Real(FIXTURE.format("yield\n    raise ValueError"), R.WRONG_CLASS),
    "skipped": Real("def test_a():\n    pytest.skip('later')\n", R.WRONG_CLASS, says="skipped"),
    "skipped by a mark of the file": Real("pytestmark = pytest.mark.skip('no')\n" + A, R.WRONG_CLASS, says="skipped"),
    "a file that skips itself": Real("pytest.importorskip('no_such_module')\n" + A, R.NOTHING_COLLECTED),
    "expected to fail, and fails": Real("@pytest.mark.xfail\n" + A, R.WRONG_CLASS, says="skipped"),
    "expected to fail, and passes": Real("@pytest.mark.xfail\n" + PASS, R.WRONG_CLASS, says="skipped"),
    "expected strictly to fail, and passes": Real("@pytest.mark.xfail(strict=True)\n" + PASS, R.WRONG_CLASS),
    "deselected": Real(A + B, R.IDS_CHANGED, K.NOT_IMPLEMENTED, args=("-k", "test_a"), says="test_b"),
    "parametrised otherwise": Real(
        "@pytest.mark.parametrize('x', ['1', '3'])\ndef test_a(x):\n    fail()\n",
        R.IDS_CHANGED, K.NOT_IMPLEMENTED, tests=("test_a[1]", "test_a[2]"), says="test_a[3]",
    ),
    "parametrised twice the same": Real(
        "@pytest.mark.parametrize('x', ['1', '1'])\ndef test_a(x):\n    fail()\n",
        R.IDS_CHANGED, K.NOT_IMPLEMENTED, tests=("test_a[1]",),
    ),
    "a test more, which passes": Real(PASS + B, R.IDS_CHANGED, K.NOT_IMPLEMENTED, tests=("test_b",), says="not rendered"),
    "a test less, all pass": Real(PASS, R.IDS_CHANGED, tests=("test_a", "test_b"), says="missing"),
    "no test": Real("x = 1\n", R.NOTHING_COLLECTED),
    "cannot be imported": Real("raise ImportError('no')\n" + A, R.NOTHING_COLLECTED, says="ImportError"),
    "cannot be parsed": Real("def test_a(:\n", R.NOTHING_COLLECTED, tests=("test_a",)),
    "one file of two cannot be imported": Real(
        A, R.IDS_CHANGED, more={"test_more.py": "raise ImportError\ndef test_m():\n    pass\n"}, says="test_more"
    ),
    "exits 0": Real("def test_a():\n    os._exit(0)\n", R.WRONG_CLASS, None),
    "sys.exit(0)": Real("def test_a():\n    sys.exit(0)\n", R.WRONG_CLASS),
    "pytest.exit": Real(A + "def test_x():\n    pytest.exit('done', 0)\n", R.WRONG_CLASS, None),
    "interrupted": Real("def test_a():\n    raise KeyboardInterrupt\n", R.WRONG_CLASS, None),
    "killed": Real("def test_a():\n    os.kill(os.getpid(), signal.SIGKILL)\n", R.WRONG_CLASS, None, says="SIGKILL"),
    "crashes": Real("def test_a():\n    os.kill(os.getpid(), signal.SIGSEGV)\n", R.WRONG_CLASS, None, says="SIGSEGV"),
    "pytest does not start": Real(A, R.ENV_ERROR, K.ENV_ERROR, args=("--no-such-option",)),
    "broken surroundings, said by a test": Real("def test_a():\n    fail('ENV_ERROR')\n", R.ENV_ERROR, K.ENV_ERROR),
    "broken surroundings": Real(
        PASS, R.ENV_ERROR, K.ENV_ERROR, prepared=Prepared(problem=Failure(K.ENV_ERROR, "no compiler")), says="no compiler"
    ),
    "a gate that was edited": Real(
        A, R.ENV_ERROR, K.TAMPERED_GATE, after=lambda root: (root / "test_hand.py").write_text(PASS), says="changed"
    ),
    "a file beside the gate": Real(
        A, R.ENV_ERROR, K.TAMPERED_GATE, after=lambda root: (root / "conftest.py").write_text(""), says="extra"
    ),
    "a gate that is gone": Real(
        A, R.ENV_ERROR, K.TAMPERED_GATE, after=lambda root: (root / "test_hand.py").unlink(), says="missing"
    ),
}  # fmt: skip

SPEC = """---
operation: swish
category: eltwise
flow: cpp
inputs: [{name: x, dtypes: [bfloat16]}]
output: {shape: x.shape, dtype: x.dtype}
formula: x * 2
shapes: [[1, 1, 32, 32], [1, 1, 40, 50]]
---
# swish
"""


class NoTarget:
    """Builds nothing."""

    name = "none"

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared

    def prepare(self, *_: Any, **__: Any) -> Prepared:
        return self.prepared

    def identity(self) -> dict[str, str]:
        return {}


def gate_of(case: Real, root: Path) -> Gate:
    texts = {"stage_1/test_hand.py": HEAD + STUB + case.text}
    texts |= {f"stage_1/{name}": text for name, text in case.more.items()}
    ids = [f"stage_1/test_hand.py::{name}" for name in case.tests] if case.tests is not None else []
    for name, text in texts.items() if case.tests is None else ():
        functions = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        ids += [f"{name}::{function}" for function in functions if function.startswith("test_")]
    files = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    return Gate(1, "hand", root, files, "hand", "hand", (K.NOT_IMPLEMENTED, K.MISSING_SYMBOL), "", tuple(ids), texts)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[GateRun, Gate]]:
    """Every real run of the zoo, two at a time."""
    base = tmp_path_factory.mktemp("zoo")
    (base / "spec.md").write_text(SPEC, encoding="utf-8")
    (base / "tree").mkdir()
    spec = load_spec(base / "spec.md")

    def run(name: str) -> tuple[GateRun, Gate]:
        case, folder = REAL[name], base / str(list(REAL).index(name))
        gate = gate_of(case, folder / "gates")
        write(gate)
        case.after(gate.root / "stage_1")
        made = run_gates(
            [gate], spec=spec, tree=base / "tree", target=NoTarget(case.prepared), out=folder / "out", seed="7",
            deadline=case.deadline, pytest_args=case.args,
        )  # fmt: skip
        return made, gate

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(REAL, pool.map(run, REAL), strict=True))


def decided_wrongly(run: GateRun, gate: Gate, code: RedCode, first: str | None) -> str:
    """What is wrong with the two decisions on a run; '' when both are as they must be."""
    red, green = judge_red(run, gate), judge_green(run, [gate], {gate.stage: gate.tests})
    if red.code is not code or bool(red) is not (code is R.RED):
        return f"red: {red}"
    if bool(green) is not (first == GREEN):
        return f"green: {green}"
    return f"green: {green}" if first and green.failures[0].kind != first else ""


@pytest.mark.parametrize("name", REAL)
def test_real_runs(runs: dict[str, tuple[GateRun, Gate]], name: str) -> None:
    case, (run, gate) = REAL[name], runs[name]
    assert not decided_wrongly(run, gate, case.red, case.green)
    assert case.says in judge_red(run, gate).reason


TA, TB, TG = (f"stage_4/test_x.py::test_{name}" for name in "abg")
DECLARED = (K.NOT_IMPLEMENTED, K.SHAPE_MISMATCH)


def result(test: str, outcome: TestOutcome, kind: FailureClass | None = None) -> TestResult:
    return TestResult(test, outcome, guard=test == TG, kind=kind, message="m")


RED_RUN = GateRun(
    (4,), (result(TA, F, K.NOT_IMPLEMENTED), result(TB, E, K.SHAPE_MISMATCH), result(TG, P)), (TA, TB, TG), 1, False, 1.0, "t"
)  # fmt: skip
GREEN_RUN = replace(RED_RUN, results=tuple(result(test, P) for test in (TA, TB, TG)), exit_status=0)


def fails_with(kind: FailureClass) -> GateRun:
    return replace(RED_RUN, results=(result(TA, F, kind), *RED_RUN.results[1:]))


# name → run, classes that its gate declares, code of RED, class of the first failure of GREEN (None: any)
Value = tuple[GateRun, tuple[FailureClass, ...], RedCode, str | None]
VALUES: dict[str, Value] = {
    "red": (RED_RUN, DECLARED, R.RED, K.NOT_IMPLEMENTED),
    "green": (GREEN_RUN, DECLARED, R.UNEXPECTED_GREEN, GREEN),
    "red in another order": (
        replace(RED_RUN, results=RED_RUN.results[::-1], collected=RED_RUN.collected[::-1]), DECLARED, R.RED, K.NOT_IMPLEMENTED
    ),
    "green in another order": (
        replace(GREEN_RUN, results=GREEN_RUN.results[::-1], collected=GREEN_RUN.collected[::-1]), DECLARED, R.UNEXPECTED_GREEN, GREEN
    ),
    "an id twice": (replace(RED_RUN, collected=(TA, TB, TG, TG)), DECLARED, R.IDS_CHANGED, K.NOT_IMPLEMENTED),
    "an id twice, all pass": (replace(GREEN_RUN, collected=(TA, TB, TG, TG)), DECLARED, R.IDS_CHANGED, K.UNKNOWN),
    "ran twice": (replace(RED_RUN, results=(*RED_RUN.results, RED_RUN.results[0])), DECLARED, R.WRONG_CLASS, K.NOT_IMPLEMENTED),
    "ran twice, passed": (replace(GREEN_RUN, results=(*GREEN_RUN.results, result(TA, P))), DECLARED, R.WRONG_CLASS, K.UNKNOWN),
    "one did not run": (replace(GREEN_RUN, results=GREEN_RUN.results[:2]), DECLARED, R.WRONG_CLASS, K.UNKNOWN),
    "a stray pass": (replace(GREEN_RUN, results=(*GREEN_RUN.results, result(TA + "2", P))), DECLARED, R.UNEXPECTED_GREEN, K.UNKNOWN),
    "hung": (
        replace(RED_RUN, results=(*RED_RUN.results[:2], result(TG, H, K.HANG_UNKNOWN)), timed_out=True, exit_status=None),
        DECLARED, R.WRONG_CLASS, K.HANG_UNKNOWN,
    ),
    "stopped after all had passed": (
        replace(GREEN_RUN, timed_out=True, exit_status=None), DECLARED, R.WRONG_CLASS, K.HANG_UNKNOWN
    ),
    "a hang, declared": (fails_with(K.HANG_DEADLOCK), (K.HANG_DEADLOCK, *DECLARED), R.RED, K.HANG_DEADLOCK),
    "all skipped": (
        replace(GREEN_RUN, results=tuple(result(test, S) for test in (TA, TB, TG))), DECLARED, R.WRONG_CLASS, K.UNKNOWN
    ),
    "nothing, status 0": (replace(GREEN_RUN, results=(), collected=()), DECLARED, R.NOTHING_COLLECTED, K.UNKNOWN),
    "surroundings, all passed": (replace(GREEN_RUN, env_problem="disk full"), DECLARED, R.ENV_ERROR, K.ENV_ERROR),
    "surroundings, all red": (replace(RED_RUN, env_problem="disk full"), DECLARED, R.ENV_ERROR, K.ENV_ERROR),
    "another stage's run": (replace(GREEN_RUN, stages=(3,)), DECLARED, R.UNEXPECTED_GREEN, K.UNKNOWN),
    **{
        f"red with status {status}": (replace(RED_RUN, exit_status=status), DECLARED, R.WRONG_CLASS, K.NOT_IMPLEMENTED)
        for status in (2, 3, 4, 5, None)
    },
    **{
        f"green with status {status}": (
            replace(GREEN_RUN, exit_status=status), DECLARED, R.UNEXPECTED_GREEN if status == 1 else R.WRONG_CLASS, K.UNKNOWN
        )
        for status in (1, 2, 3, 4, 5, None)
    },
    # A gate that was tampered with was not run, whatever its gate declares.
    **{
        f"{kind}, declared": (fails_with(kind), (kind, *DECLARED), R.ENV_ERROR if kind is K.TAMPERED_GATE else R.RED, None)
        for kind in K
    },
    **{
        f"{kind}, not declared": (fails_with(kind), (K.NAN_OR_INF,), R.ENV_ERROR if kind is K.TAMPERED_GATE else R.WRONG_CLASS, None)
        for kind in K
    },
}  # fmt: skip


def gate_for(classes: tuple[FailureClass, ...]) -> Gate:
    return Gate(4, "x", Path(), {}, "", "", red=classes, tests=(TA, TB, TG))


@pytest.mark.parametrize("name", VALUES)
def test_values(name: str) -> None:
    run, classes, code, first = VALUES[name]
    gate = gate_for(classes)
    assert not decided_wrongly(run, gate, code, first)
    red = judge_red(run, gate)
    assert red.ids == tuple(sorted(run.collected))
    kinds = {item.kind for item in run.results if item.outcome is not P}
    assert set(red.classes) == (kinds if red else set())


@pytest.mark.parametrize("ids", [(TA, TB), (TA, TB, TG, TA + "2"), (TA, TB, TA), ()])
def test_green_with_other_ids_than_red_is_not_green(ids: tuple[str, ...]) -> None:
    gate = gate_for(DECLARED)
    verdict = judge_green(GREEN_RUN, [gate], {4: ids})
    assert not verdict
    assert "compared with its red run" in verdict.failures[0].message
    assert judge_green(GREEN_RUN, [gate], {4: (TG, TB, TA), 5: ids})


def test_the_zoo_is_large_has_every_kind_and_nothing_is_decided_wrongly(
    runs: dict[str, tuple[GateRun, Gate]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert {case.red for case in REAL.values()} | {value[2] for value in VALUES.values()} == set(R)
    wrong = [name for name, case in REAL.items() if decided_wrongly(*runs[name], case.red, case.green)]
    for name, (run, classes, code, first) in VALUES.items():
        wrong += [name] if decided_wrongly(run, gate_for(classes), code, first) else []
    count = len(REAL) + len(VALUES)
    with capsys.disabled():
        print(f"\nzoo: {count} gate runs, {len(REAL)} of them real; {len(wrong)} wrong decisions")
    assert not wrong
    assert len(REAL) >= 40
    assert count >= 60
