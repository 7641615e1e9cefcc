"""The replay itself: a scripted API that speaks the recorded turns and checks what it is asked."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from op_pipeline.backends.transcript import Exchange, Places, mapped, redactor
from op_pipeline.engine import Gatekeeper, Interrupts, Request, RunResult, run_pipeline
from op_pipeline.errors import PipelineError
from op_pipeline.events import AttemptFinished, GateFinished
from op_pipeline.models import AgentOutcome, Cost, Failure, FailureClass, GateRun, Usage
from op_pipeline.testing.replay.comparison import Comparison, Divergence, difference, essence
from op_pipeline.testing.replay.workspace import Rehearsal
from op_pipeline.testing.scripted_api import ApiError, Reply, Script, ScriptedAPI
from op_pipeline.testing.scripted_api import Request as Asked

if TYPE_CHECKING:
    from op_pipeline.backends import Backend, Task
    from op_pipeline.events import AnyEvent

SECONDS_PER_TURN = 10.0  # of a model that really thinks
_FOREIGN = ("ANTHROPIC_", "CLAUDE")
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"})


@dataclass(frozen=True)
class Replayed:
    """How a replay ended. True when nothing differed. `turns` of `recorded` model turns were asked for.

    `turn_seconds` is what the agents' turns took, Claude Code and its tools included but for gate runs.
    """

    divergence: Divergence | None
    turns: int
    recorded: int
    verdicts: int
    seconds: float
    workspace: Path
    result: RunResult | None = None
    turn_seconds: float = 0.0

    @property
    def modelled_seconds(self) -> float:
        """What a model of ten seconds a turn would have taken for the same turns."""
        return self.turns * SECONDS_PER_TURN

    @property
    def times_faster(self) -> float:
        """The turns against those of such a model."""
        return self.modelled_seconds / self.turn_seconds if self.turn_seconds else 0.0

    def __bool__(self) -> bool:
        return self.divergence is None


def replay(
    rehearsal: Rehearsal,
    request: Request,
    report: Callable[[AnyEvent], None],
    *,
    keeper: Gatekeeper | None = None,
    interrupts: Interrupts | None = None,
) -> Replayed:
    """Make the run again in its new workspace. No network but loopback, no credentials, no costs.

    It stops at the first difference, which is named. `keeper` runs the gates.
    """
    comparison = Comparison.of(rehearsal.run.events())
    player = Player(rehearsal, comparison)
    result: RunResult | None = None
    started = time.monotonic()

    turn_seconds: list[float] = []

    def see(event: AnyEvent) -> None:
        turn_seconds.append(_turn_seconds(event))
        comparison.see(event)
        report(event)

    with ScriptedAPI(Script(forever=player.answer, name="recording")) as api, _alone(api.environment()):
        try:
            result = run_pipeline(
                request,
                see,
                keeper=Seeded(keeper or Gatekeeper(), comparison),
                backend=Played(_claude(request), player),
                interrupts=interrupts,
            )
        except PipelineError as error:
            if comparison.first is None:
                comparison.found.append(Divergence(f"the replay could not go on: {error}"))
    if comparison.first is None and (left := player.left()) is not None:
        comparison.found.append(left)
    return Replayed(
        comparison.first,
        player.turns,
        sum(len(item.exchanges) for item in rehearsal.recordings.values()),
        comparison.verdicts,
        time.monotonic() - started,
        rehearsal.workspace,
        result,
        sum(turn_seconds),
    )


def _turn_seconds(event: AnyEvent) -> float:
    """What an event adds to the time of turns: that of attempts, without the gate runs within them."""
    if isinstance(event, AttemptFinished):
        return event.seconds
    if isinstance(event, GateFinished) and event.purpose == "agent":
        return -(event.seconds + event.build_seconds)
    return 0.0


def _claude(request: Request) -> Backend:
    from op_pipeline.backends import load_backend  # noqa: PLC0415 - imports the SDK

    return load_backend("claude", request.workspace)


@contextmanager
def _alone(environment: Mapping[str, str]) -> Iterator[None]:
    """Nothing of the user's credentials, gateways and proxies is in effect; afterwards it is again."""
    saved = dict(os.environ)
    for name in saved:
        if name.startswith(_FOREIGN) or name.upper() in _PROXIES:
            del os.environ[name]
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


class Player:
    """Answers requests with the recorded turns, each after a look at what is asked."""

    def __init__(self, rehearsal: Rehearsal, comparison: Comparison) -> None:
        self._rehearsal, self.comparison = rehearsal, comparison
        self._redact = redactor({})
        self._used: dict[tuple[str, int, str], int] = {}
        self._lanes: dict[tuple[str, int], list[str]] = {}
        self.places: Places | None = None
        self.turns = 0

    def answer(self, asked: Asked) -> Reply | ApiError:
        """The next recorded turn of that stage, attempt and lane; 403, which nobody retries, after a difference."""
        stage, attempt = asked.stage, int(asked.headers.get("x-op-attempt", "0"))
        recording = self._rehearsal.recordings.get((stage, attempt))
        lane = self._lane(stage, attempt, asked.subagent)
        exchanges = [item for item in recording.exchanges if item.lane == lane] if recording else []
        used = self._used.get((stage, attempt, lane), 0)
        if self.comparison.first is not None:
            return ApiError(403, "the replay has left its recording")
        if recording is None or used >= len(exchanges):
            return self._differs("the model is asked for a turn that was not recorded", stage, attempt, used + 1)
        exchange = exchanges[used]
        what = self._difference(exchange, asked, strict=not recording.again)
        if what:
            return self._differs(what, stage, attempt, used + 1)
        self._used[stage, attempt, lane] = used + 1
        self.turns += 1
        return self._reply(exchange)

    def left(self) -> Divergence | None:
        """The first recorded turn that was not asked for."""
        for (stage, attempt), recording in self._rehearsal.recordings.items():
            used = sum(count for (name, number, _), count in self._used.items() if (name, number) == (stage, attempt))
            if used < len(recording.exchanges):
                return Divergence("recorded, but the replay did not come to it", stage, attempt, used + 1)
        return None

    def _lane(self, stage: str, attempt: int, subagent: str) -> str:
        """Subagents have ids of their own in each run: they are matched in the order in which they appear."""
        if not subagent:
            return ""
        recording = self._rehearsal.recordings.get((stage, attempt))
        lanes = list(dict.fromkeys(item.lane for item in recording.exchanges if item.lane)) if recording else []
        seen = self._lanes.setdefault((stage, attempt), [])
        if subagent not in seen:
            seen.append(subagent)
        index = seen.index(subagent)
        return lanes[index] if index < len(lanes) else subagent

    def _differs(self, what: str, stage: str, attempt: int, turn: int) -> ApiError:
        self.comparison.found.append(Divergence(what, stage, attempt, turn))
        return ApiError(403, f"the replay has left its recording: {what}")

    def _neutral(self, text: str) -> str:
        text = self.places.neutral(text) if self.places is not None else text
        return str(self._redact(text))

    def _difference(self, exchange: Exchange, asked: Asked, *, strict: bool) -> str:
        if exchange.prompt and strict:
            texts = [self._neutral(text) for text in asked.user_texts()]
            if not any(essence(exchange.prompt) in essence(text) for text in texts[-3:]):
                return f"the prompt differs: {difference(exchange.prompt, texts[-1] if texts else '')}"
            system = self._neutral(asked.system_text())
            if essence(exchange.system) not in essence(system):
                return f"the system prompt differs: {_within(exchange.system, system)}"
        answers = {answer.call: answer for answer in asked.results()}
        for result in exchange.results:
            answer = answers.get(str(result["call"]))
            if answer is None:
                return f"the result of call {result['call']} is missing"
            if answer.is_error != bool(result["is_error"]):
                return (
                    f"a tool that {'failed' if result['is_error'] else 'worked'} does so no longer: {answer.text[:160]}"
                )
            what = difference(str(result["text"]), self._neutral(answer.text))
            if what:
                return f"the result of a tool differs: {what}"
        return ""

    def _reply(self, exchange: Exchange) -> Reply:
        places = self.places
        content = mapped(exchange.content, places.local) if places is not None else exchange.content
        usage = exchange.usage
        return Reply(
            content,
            exchange.stop_reason,
            input_tokens=usage.get("input_tokens", 0),
            output_tokens=usage.get("output_tokens", 0),
            cache_read_tokens=usage.get("cache_read_input_tokens", 0),
            cache_write_tokens=usage.get("cache_creation_input_tokens", 0),
            identifier=exchange.identifier,
        )


def _within(recorded: str, now: str) -> str:
    """The first recorded line that is not among the lines of now."""
    have = set(essence(now).splitlines())
    gone = next((line for line in essence(recorded).splitlines() if line not in have), "")
    return f"{gone[:160]!r} is gone" if gone else "the same lines in another order"


@dataclass
class Played:
    """The claude backend between recorded turns: it costs nothing, and has no turn after a difference."""

    inner: Backend
    player: Player
    name: str = "replay"
    _stopped: bool = field(default=False, repr=False)

    def attempt(self, task: Task, emit: Callable[[AnyEvent], None]) -> AgentOutcome:
        """One attempt, for real but for the model."""
        first = self.player.comparison.first
        if first is not None:
            return _stop(first)
        run = task.out_dir.resolve().parents[2]
        self.player.places = Places(task.tree, run, task.project or run.parents[1])
        outcome = self.inner.attempt(task, emit)
        first = self.player.comparison.first
        usage = replace(outcome.usage, dollars=0.0)
        return _stop(first) if first is not None else replace(outcome, usage=usage)


def _stop(first: Divergence) -> AgentOutcome:
    failure = Failure(FailureClass.LIMIT_REACHED, f"the replay has left its recording: {first}", Cost.HARD)
    return AgentOutcome(failure.message, Usage(), failure)


class Seeded(Gatekeeper):
    """A gatekeeper whose runs draw the values that the recorded runs drew."""

    def __init__(self, inner: Gatekeeper, comparison: Comparison) -> None:
        self._inner, self._comparison = inner, comparison

    def run(self, gates: Any, *, out: Path, seed: str, **more: Any) -> GateRun:
        """Run with the recorded seed where there is one."""
        kind, stage = out.parent.name, out.parent.parent.name.partition("-")[0]
        recorded = ""
        if kind in {"red", "certificate"}:
            recorded = self._comparison.seed("red", int(stage), None, int(kind == "certificate"))
        elif kind.startswith("attempt-"):
            recorded = self._comparison.seed("green", int(stage), int(kind.rpartition("-")[2]), 0)
        return self._inner.run(gates, out=out, seed=recorded or seed, **more)
