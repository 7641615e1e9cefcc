"""Limits in four currencies: what stops an attempt, what is told, and that neither resume nor kill forgets a cent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.backends.scripted import ScriptedBackend
from op_pipeline.engine import RunResult
from op_pipeline.events import ModelAsked
from op_pipeline.models import Limits, RunStatus, StageStatus
from op_pipeline.state import Workspace, fold
from op_pipeline.testing import STAGES, TOY_PATH, Bench, git, tiny_project, write_good


def call(dollars: float | None = 0.1, tokens: int = 1000) -> dict[str, Any]:
    """A model call of that price and size."""
    return {"usage": {"dollars": dollars, "input_tokens": tokens - 100, "output_tokens": 100, "model": "m"}}


def turns(stage: int, *texts: str, calls: int = 2, **price: Any) -> list[list[dict[str, Any]]]:
    """Attempts of so many calls each that write one text after the other."""
    return [[*[call(**price)] * calls, write_good(stage, text)] for text in texts]


@pytest.fixture
def paid(bench: Bench) -> Bench:
    """Every stage takes two calls and turns green at its first attempt: $0.20 and 2000 tokens each."""
    bench.play({number: turns(number, "GOOD\n") * 9 for number, _, _ in STAGES})
    return bench


def hits(bench: Bench) -> list[tuple[int | None, str, str]]:
    return [(event.stage, event.scope, event.limit) for event in bench.seen if event.event == "limit_hit"]


def calls_of(bench: Bench, run: str) -> int:
    return sum(event.event == "model_call" for event in bench.log(run))


def set_in_flow(bench: Bench, **keys: float) -> None:
    """Give every stage further keys."""
    path = bench.root / "agents/flows/tiny.yaml"
    flow = json.loads(path.read_text())
    path.write_text(json.dumps({**flow, "stages": [{**stage, **keys} for stage in flow["stages"]]}))


def assert_stopped(result: RunResult, text: str, flag: str) -> None:
    assert (result.status, result.exit_code) == (RunStatus.LIMIT_REACHED, 4)
    assert text in result.reason
    assert result.next_command == f"pipeline resume {result.run} {flag}".strip()


@pytest.mark.parametrize(
    ("wish", "limit", "reason", "flag", "calls"),
    [
        ("max_dollars", 0.5, "the run's limit of $0.50 is reached: $0.50 spent", "--max-dollars 1.00", 5),
        ("max_dollars", 0.45, "$0.45 is reached: $0.50 spent", "--max-dollars 0.90", 5),
        ("max_dollars", 0.4, "$0.40 is reached: $0.40 spent", "--max-dollars 0.80", 4),
        ("max_tokens", 4500, "4,500 tokens is reached: 5,000 used", "--max-tokens 9000", 5),
        ("max_attempts", 2, "2 attempts is reached: 2 made", "--max-attempts 4", 4),
    ],
)
def test_a_run_stops_at_its_limit_and_goes_on_with_a_higher_one(
    paid: Bench, all_commits: list[str], *, wish: str, limit: float, reason: str, flag: str, calls: int
) -> None:
    result = paid.run(**{wish: limit})
    assert_stopped(result, reason, flag)
    assert hits(paid) == [(2, "run", wish.removeprefix("max_"))]
    assert calls_of(paid, result.run) == calls
    assert paid.commits() == all_commits[:2]
    assert fold(paid.log(result.run)).stages[2].status is StageStatus.LIMIT_REACHED

    again = paid.run(run=result.run, **{wish: limit})  # nothing is forgotten between processes
    assert again.exit_code == 4
    assert calls_of(paid, result.run) == calls
    higher = float(flag.split()[1])
    assert paid.run(run=result.run, **{wish: higher if wish == "max_dollars" else int(higher)})
    assert paid.commits() == all_commits


@pytest.mark.parametrize(
    ("key", "limit", "currency"), [("max_dollars", 0.3, "dollars"), ("max_tokens", 3000, "tokens")]
)
def test_a_stage_stops_at_its_own_limit(
    paid: Bench, all_commits: list[str], key: str, limit: float, currency: str
) -> None:
    paid.play(
        {0: turns(0, "GOOD\n"), 1: turns(1, "BAD", "GOOD\n", "GOOD\n"), 2: turns(2, "GOOD\n"), 3: turns(3, "GOOD\n")}
    )
    set_in_flow(paid, **{key: limit})
    result = paid.run()
    assert_stopped(result, f"raise {key} in ", "")
    assert hits(paid) == [(1, "stage", currency)]
    assert calls_of(paid, result.run) == 2 + 3
    assert paid.commits() == all_commits[:1]
    assert paid.run(run=result.run).exit_code == 4
    assert calls_of(paid, result.run) == 2 + 3
    set_in_flow(paid, **{key: limit * 3})
    assert paid.run(run=result.run)
    assert paid.commits() == all_commits
    assert calls_of(paid, result.run) == 2 + 3 + 2 + 2 + 2  # stages 0 and 1 are not paid again


def test_hard_and_cheap_failures_of_a_stage_are_limits_of_their_own(paid: Bench) -> None:
    paid.play({1: turns(1, "BAD", "BUILD", "BUILD\n", "GOOD\n")})
    result = paid.run(max_cheap=2)
    assert (result.status, result.exit_code) == (RunStatus.RED, 1)
    assert "1 hard, 2 cheap" in result.reason
    assert hits(paid) == [(1, "stage", "attempts")]


@pytest.mark.parametrize("scope", ["run", "stage"])
def test_time_ends_the_attempt_under_way_and_counts_over_processes(
    paid: Bench, all_commits: list[str], scope: str
) -> None:
    paid.play({1: [[{"sleep": 30}, write_good(1)], [{"sleep": 30}], [write_good(1)]]})
    wish: dict[str, Any] = {"max_time": 2.0} if scope == "run" else {}
    if scope == "stage":
        set_in_flow(paid, max_time=1.0)
    result = paid.run(**wish)
    assert_stopped(result, f"the {scope}'s limit of", "--max-time 5" if scope == "run" else "")
    assert hits(paid) == [(1, scope, "seconds")]
    progress = fold(paid.log(result.run))
    assert (progress.watch if scope == "run" else progress.stages[1].watch).seconds < 10
    assert paid.run(run=result.run, **wish).exit_code == 4
    assert paid.kinds("attempt_started") == []
    paid.play({1: [[], [write_good(1)]]})
    if scope == "stage":
        set_in_flow(paid, max_time=60.0)
    assert paid.run(run=result.run)
    assert paid.commits() == all_commits


def test_a_turn_that_ended_at_a_limit_is_judged_and_may_be_green(paid: Bench, all_commits: list[str]) -> None:
    again = {number: turns(number, "GOOD\n") for number in (0, 2, 3)}
    paid.play({**again, 1: [[call(), write_good(1), call(), call()]]})
    result = paid.run(max_dollars=0.4)
    assert_stopped(result, "stage 2: the run's limit of $0.40 is reached", "--max-dollars 0.80")
    assert paid.commits() == all_commits[:2]
    assert calls_of(paid, result.run) == 4


def test_green_of_a_turn_that_ended_at_a_limit_is_not_lost_by_a_kill(paid: Bench, all_commits: list[str]) -> None:
    again = {number: turns(number, "GOOD\n") for number in (0, 2, 3)}
    paid.play({**again, 1: [[call(), write_good(1), call(), call()]]})
    assert paid.run_apart("kill", "gate_finished:1:green", max_dollars=0.4).returncode == -9
    result = paid.run(run=Workspace(paid.root).find_run().id, max_dollars=0.4)
    assert_stopped(result, "stage 2: the run's limit of $0.40 is reached", "--max-dollars 0.80")
    assert paid.commits() == all_commits[:2]
    assert paid.kinds("attempt_started") == []


def test_a_killed_attempt_is_charged_what_it_had_used(paid: Bench, all_commits: list[str]) -> None:
    done = paid.run_apart("kill", "model_call:1", max_dollars=0.4)
    assert done.returncode == -9
    run = Workspace(paid.root).find_run().id
    before = fold(paid.log(run)).spent
    assert (round(before.dollars, 6), before.tokens, before.attempts) == (0.3, 3000, 1)
    result = paid.run(run=run, max_dollars=0.4)
    assert_stopped(result, "$0.40 spent", "--max-dollars 0.80")
    assert calls_of(paid, run) == 4
    assert paid.run(run=run, max_dollars=5.0)
    assert paid.commits() == all_commits
    results = json.loads((result.folder / "run_results.json").read_text())
    assert round(results["used"]["dollars"], 6) == round(0.1 * calls_of(paid, run), 6)
    assert sum(row["input_tokens"] for row in results["stages"]) == 900 * calls_of(paid, run)
    assert results["limits"] == {"dollars": 5.0, "tokens": None, "attempts": None, "seconds": None}


def test_unknown_prices_are_said_and_tokens_hold_in_place_of_dollars(paid: Bench) -> None:
    paid.play({number: turns(number, "GOOD\n", dollars=None, tokens=400_000) * 2 for number, _, _ in STAGES})
    result = paid.run(max_dollars=1.0)
    assert_stopped(result, "in place of dollars that nobody knows", "--max-tokens 2400000")
    warned = [event.message for event in paid.seen if event.event == "warning"]
    assert len(warned) == 1
    assert "the price of 800,000 tokens is not known" in warned[0]
    assert "1,000,000 tokens for each dollar, 200,000 tokens left" in warned[0]
    assert calls_of(paid, result.run) == 3
    assert json.loads((result.folder / "run_results.json").read_text())["used"]["dollars"] is None
    set_limit = paid.run(run=result.run, max_dollars=1.0, max_tokens=10_000_000)
    assert set_limit.status is RunStatus.GREEN


def test_a_price_that_becomes_known_at_the_turns_end_is_dollars(paid: Bench) -> None:
    paid.play({0: [[call(None), write_good(0)]]})
    result = paid.run(max_dollars=9.0)
    assert fold(paid.log(result.run)).stages[0].dollars is None
    told = [e.model_copy(update={"dollars": 0.7}) if e.event == "attempt_finished" and e.stage == 0 else e
            for e in paid.log(result.run)]  # fmt: skip
    assert fold(told).stages[0].dollars == 0.7


def test_a_call_that_was_under_way_at_a_kill_is_charged_by_estimate(paid: Bench) -> None:
    paid.run()
    log = paid.log()
    cut = next(n for n, event in enumerate(log) if event.event == "model_call" and event.stage == 1) + 1
    asked = ModelAsked(stage=1, attempt=1, tokens=700)
    before, died = fold(log[:cut]).spent, [*log[:cut], asked]
    assert fold(died).spent == before, "a call that may still be answered"
    assert fold([*died, log[cut]]).spent.tokens == before.tokens + 1000, "it was answered"
    resumed = fold([*died, log[0]]).spent
    assert (resumed.tokens, resumed.unpriced, resumed.cost) == (before.tokens + 700, 700, None)


def test_the_backend_is_told_what_is_left(tmp_path: Path) -> None:
    bench = Bench(tiny_project(tmp_path / "p", max_dollars=3.0))
    agent = bench.root / "agents/alpha.yaml"
    agent.write_text(agent.read_text() + "  maxTokens: 5000\n")
    seen: list[Any] = []
    original = ScriptedBackend.attempt

    def spy(self: ScriptedBackend, task: Any, emit: Any) -> Any:
        seen.append((task.stage.number, task.dollars_left, task.tokens_left, dict(task.knobs)))
        return original(self, task, emit)

    bench.play({number: turns(number, "GOOD\n") for number, _, _ in STAGES})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedBackend, "attempt", spy)
        assert bench.run(max_dollars=3.1, max_tokens=20_000)
    assert [(n, round(d, 6), t) for n, d, t, _ in seen] == [
        (0, 3.0, 5000), (1, 2.9, 18_000), (2, 2.7, 16_000), (3, 2.5, 14_000),
    ]  # fmt: skip
    flow = bench.root / "agents/flows/tiny.yaml"
    knobs = {"dollars": f"max_dollars in {flow}", "tokens": "maxTokens in agents/alpha.yaml"}
    assert seen[0][3] == {**knobs, "seconds": f"attempt_deadline of stage 0 in {flow}"}
    assert (seen[1][3]["dollars"], seen[1][3]["tokens"]) == ("--max-dollars", "--max-tokens")


def test_limits_stand_in_the_log_and_in_the_header(paid: Bench) -> None:
    result = paid.run(max_dollars=0.5, max_time=600.0, sources={"max_dollars": "--max-dollars"})
    started = paid.seen[0]
    assert started.limits == Limits(dollars=0.5, seconds=600.0)
    assert started.failures_allowed == (6, 10)
    header = json.loads((result.folder / "run.json").read_text())["limits"]
    assert header["max_dollars"] == {"value": 0.5, "source": "--max-dollars"}
    paid.run(run=result.run, max_dollars=2.0)
    assert (round(paid.seen[0].used.dollars, 6), paid.seen[0].used.tokens) == (0.5, 5000)
    assert paid.seen[0].used.seconds > 0
    assert json.loads((result.folder / "run.json").read_text())["limits"]["max_dollars"]["value"] == 2.0


def test_a_higher_budget_in_an_agents_file_makes_nothing_stale(paid: Bench) -> None:
    paid.run()
    for agent in ("alpha", "beta", "gamma"):
        path = paid.root / f"agents/{agent}.yaml"
        path.write_text(path.read_text() + "  budgetUsd: 50\n  timeout: 60\n  maxTokens: 9\n")
    assert paid.run()
    assert paid.kinds("stage_stale", "attempt_started") == []


@pytest.mark.parametrize("moment", ["attempt_finished:1", "failure_classified:1"])
def test_a_violation_is_not_forgotten_by_a_kill(paid: Bench, moment: str) -> None:
    paid.play(
        {
            1: [
                [write_good(1), {"write": "README", "text": "mine now"}],
                [write_good(1), {"write": f"{TOY_PATH}/x", "text": ""}],
            ]
        }
    )
    assert paid.run_apart("kill", moment).returncode == -9
    run = Workspace(paid.root).find_run().id
    assert paid.run(run=run)
    kinds = [(event.attempt, str(event.kind)) for event in paid.log(run) if event.event == "failure_classified"]
    assert kinds == [(1, "write_outside_scope")]
    assert git(paid.root, "show", "op/toy:README") == "A project."
