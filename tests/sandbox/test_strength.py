"""Which strength is taken, and what is said when the wanted one is not possible."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline import proc, sandbox
from op_pipeline.errors import ConfigError, InfrastructureError
from op_pipeline.sandbox import Strength


@pytest.fixture(autouse=True)
def _no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OP_PIPELINE_SANDBOX", raising=False)


def test_auto_takes_the_strongest() -> None:
    here = sandbox.possible()
    possible = [it for it in Strength if not here.problem(it)]
    assert sandbox.strength() is possible[0] is here.strongest


def test_without_bubblewrap_the_next_one_is_taken(without_bubblewrap: Callable[..., None]) -> None:
    without_bubblewrap()
    here = sandbox.possible()
    assert here.bubblewrap == "bubblewrap is not installed"
    assert sandbox.strength() is (Strength.LIMITS if here.landlock else Strength.LANDLOCK)
    with pytest.raises(InfrastructureError, match="not possible here: bubblewrap is not installed") as told:
        sandbox.strength("bubblewrap")
    assert "apt-get install bubblewrap" in told.value.hint
    assert told.value.exit_code == 7


def test_a_bubblewrap_that_does_not_work_is_not_taken(without_bubblewrap: Callable[..., None]) -> None:
    without_bubblewrap("echo 'bwrap: No permissions to create a new namespace' >&2; exit 1")
    why = "bubblewrap does not work here: bwrap: No permissions to create a new namespace"
    assert sandbox.bubblewrap_problem() == why == sandbox.possible().bubblewrap
    assert sandbox.strength() is not Strength.BUBBLEWRAP


def test_a_strength_that_was_found_out_is_not_tried_again(without_bubblewrap: Callable[..., None]) -> None:
    without_bubblewrap('echo > "$0.was-started"; exit 1')
    rules = sandbox.Rules((), (), 1 << 30, 20, 1 << 20, 40)
    assert str(shutil.which("bwrap")) in sandbox.confined(["true"], rules, wanted=Strength.BUBBLEWRAP)[5]
    assert not Path(f"{shutil.which('bwrap')}.was-started").exists()
    with pytest.raises(InfrastructureError, match="status 1"):
        sandbox.confined(["true"], rules, wanted="bubblewrap")


def test_the_environment_chooses_and_an_argument_overrules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP_PIPELINE_SANDBOX", "limits")
    assert sandbox.strength() is Strength.LIMITS
    if not sandbox.possible().landlock:
        assert sandbox.strength("landlock") is Strength.LANDLOCK
    monkeypatch.setenv("OP_PIPELINE_SANDBOX", "none")
    with pytest.raises(ConfigError, match=r"OP_PIPELINE_SANDBOX: sandbox is one of auto, strict, .*, not 'none'"):
        sandbox.strength()


# The kernel takes 16 layers of Landlock and no more.
LAYERED = """
from op_pipeline import sandbox
from op_pipeline.errors import InfrastructureError
from op_pipeline.sandbox import launch
try:
    for _ in range(20):
        launch.landlock({"write": ["/"]})
except OSError:
    pass
print(sandbox.strength())
try:
    sandbox.strength("strict")
except InfrastructureError as error:
    print(error, error.hint, sep="\\n")
"""


def test_strict_refuses_limits_only(without_bubblewrap: Callable[..., None]) -> None:
    if sandbox.possible().strongest is not Strength.LIMITS:
        assert sandbox.strength("strict") is sandbox.possible().strongest
    without_bubblewrap()
    chosen, refusal, hint = proc.run([sys.executable, "-c", LAYERED], deadline=60).output.splitlines()
    assert chosen == "limits"
    assert refusal.startswith("sandbox = strict, and code cannot be confined here: bubblewrap is not installed; ")
    assert "andlock" in refusal
    assert "apt-get install bubblewrap" in hint
