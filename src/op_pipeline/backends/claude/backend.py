"""The claude backend: which conversation an attempt belongs to, what it is told, and when it is tried again."""

from __future__ import annotations

import functools
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from op_pipeline.backends.claude.memory import Memory, added
from op_pipeline.backends.claude.surroundings import (
    MARK,
    bundled_cli,
    end_leftovers,
    environment_for,
    sandbox_problem,
    tied_cli,
)
from op_pipeline.backends.claude.verdict import allowed_dollars
from op_pipeline.backends.prompting import render_repair, render_task
from op_pipeline.backends.tools import Toolbox
from op_pipeline.backends.transcript import redacting, redactor
from op_pipeline.config import ClaudeSettings, load_agent
from op_pipeline.errors import ConfigError, InfrastructureError
from op_pipeline.events import Note, Warned
from op_pipeline.models import AgentOutcome, Cost, Failure, FailureClass, Usage

if TYPE_CHECKING:
    from op_pipeline.backends import Task
    from op_pipeline.backends.claude.verdict import Ending
    from op_pipeline.events import AnyEvent

PINNED = "0.2.186"
DEBUGGER = "debugger"
_DEBUGGED = frozenset(
    {
        FailureClass.HANG_DEADLOCK,
        FailureClass.HANG_UNKNOWN,
        FailureClass.NUMERICAL_MISMATCH,
        FailureClass.NAN_OR_INF,
    }
)
_GO_ON = "The connection to the model failed. Go on where you stopped; look at the files first."
_AFTER_CRASH = (
    "The program was stopped during your turn, and files of this turn were put back to where they were before it. "
    "Look at the files before you rely on what you remember of them. The task stands:"
)
_HISTORY = "## What other conversations tried\nEach line is what the gate found after an attempt, oldest first."
_SHOWN_FAILURES = 12
_CHARACTERS_PER_TOKEN = 4
_TOOLS_TOKENS = 6000  # what Claude Code's own text and six tools take: 26 KB
_GRACE_SECONDS = 6.0  # a CLI whose parent died needs up to four to end its shell commands


@dataclass(frozen=True)
class ClaudeBackend:
    """Plays agents through claude-agent-sdk: one CLI process per attempt, one conversation per line of thought."""

    settings: ClaudeSettings = ClaudeSettings()  # noqa: RUF009 - frozen
    model: str | None = None
    name: str = "claude"

    @classmethod
    def configured(cls, project: Path | None) -> ClaudeBackend:
        """With the settings of a workspace."""
        from op_pipeline.config import load_settings  # noqa: PLC0415

        settings = load_settings(project)
        return cls(settings.claude, settings.model)

    def attempt(self, task: Task, emit: Callable[[AnyEvent], None]) -> AgentOutcome:
        """One attempt. Whatever the CLI, the network or the model does ends in an outcome within the task's deadline.

        Raises InfrastructureError only when the run's folder cannot be written.
        """
        started = time.monotonic()
        problem = self._missing()
        if problem is not None:
            return AgentOutcome(problem.message, Usage(), problem, final=True)
        from op_pipeline.backends.claude.apart import run_apart  # noqa: PLC0415 - imports anyio, as the SDK does

        attempt = Attempt(self, task, emit)
        try:
            outcome = run_apart(attempt.run)
        finally:
            end_leftovers(attempt.memory.mark)
        return replace(outcome, usage=replace(outcome.usage, seconds=time.monotonic() - started))

    def _missing(self) -> Failure | None:
        """What is not installed; the SDK is imported here for the first time."""
        try:
            import claude_agent_sdk  # noqa: F401, PLC0415
        except ImportError as error:
            message = f"claude-agent-sdk cannot be imported: {error}"
            return _env(message, f"pip install claude-agent-sdk=={PINNED}, then `pipeline resume`.")
        if self.settings.sandbox == "strict" and (why := sandbox_problem()):
            message = f"sandbox = strict, and shell commands cannot be sandboxed: {why}"
            return _env(
                message, "apt install bubblewrap socat, or sandbox = auto in pyproject.toml, then `pipeline resume`."
            )
        return None


def _env(message: str, action: str) -> Failure:
    return Failure(FailureClass.ENV_ERROR, message, Cost.HARD, action)


class Attempt:
    """One attempt under way."""

    def __init__(self, backend: ClaudeBackend, task: Task, emit: Callable[[AnyEvent], None]) -> None:
        self.settings = backend.settings
        self.chosen_model = backend.model
        self.redact = redactor()
        self.emit = redacting(emit)
        # Absolute: the CLI runs in the tree, and its settings are about absolute paths.
        self.task = replace(task, tree=task.tree.resolve(), out_dir=task.out_dir.resolve())
        self.folder = self.task.out_dir.parent / "claude"
        self.config = self.folder / "config"
        try:
            self.config.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InfrastructureError(f"cannot make {self.config}: {error.strerror}") from error
        self.memory = Memory.load(self.folder)
        self.usage = Usage()
        self.streamed = 0  # tokens of all turns as they came, those of a CLI that died included
        self.box = Toolbox(self.task, self.emit)

    async def run(self) -> AgentOutcome:
        """Turns until one ends well, or for good."""
        import anyio  # noqa: PLC0415

        prompt = self._open()
        self._write_prompt(prompt)
        again = 0
        while True:
            ending = await self._turn(prompt)
            if ending.lost and self.memory.session:
                self.emit(Note(kind="recovery", text="the conversation was not found; a new one begins"))
                self.memory.forget(self.task.agent.name)
                prompt = self._full()
                continue
            if ending.fresh:
                self.memory.forget("")
            pause = self.settings.retry_wait * 2**again
            if not ending.again or again >= self.settings.turn_retries or not self._room_for(pause):
                break
            again += 1
            assert ending.failure is not None
            self.emit(Note(kind="recovery", text=f"{ending.failure.message}; again in {pause:.0f} s, number {again}"))
            await anyio.sleep(pause)
            prompt = _GO_ON if self.memory.session else prompt
        self.memory.open = 0
        self.memory.save()
        hopeless = ending.failure is not None and ending.failure.kind is FailureClass.ENV_ERROR
        failure = ending.failure
        if failure is not None:
            clean = {key: self.redact(getattr(failure, key)) for key in ("message", "excerpt")}
            failure = replace(failure, **clean)
        return AgentOutcome(self.redact(ending.summary), self.usage, failure, final=hopeless)

    def _room_for(self, pause: float) -> bool:
        """Whether limits leave anything for another turn after that pause."""
        tokens = self._tokens_left()
        in_time = time.monotonic() + pause < self.task.deadline
        return in_time and self._dollars_left() > 0 and (tokens is None or tokens > 0)

    def _tokens_left(self) -> int | None:
        used = max(self.streamed, self.usage.tokens)
        return None if self.task.tokens_left is None else self.task.tokens_left - used

    def _dollars_left(self) -> float:
        return allowed_dollars(self.task) - (self.usage.dollars or 0.0)

    def _open(self) -> str:
        """Choose the conversation and what is said in it."""
        memory, previous = self.memory, self.task.previous
        crashed = memory.open == self.task.attempt
        end_leftovers(memory.mark, _GRACE_SECONDS)
        if memory.session and not crashed and memory.attempts:
            memory.hypotheses += any(item.cost is Cost.HARD for item in previous)
        tired = memory.hypotheses >= self.settings.fresh_after
        debug = any(item.kind in _DEBUGGED for item in previous) and memory.agent != DEBUGGER and tired
        agent = DEBUGGER if debug or (memory.agent == DEBUGGER and not tired) else self.task.agent.name
        self._become(agent)
        if tired:
            self.emit(Note(kind="escalation", text=self._why_fresh(agent)))
            memory.forget(agent)
        elif memory.session:
            return self._continued(crashed=crashed)
        else:
            memory.forget(agent)
        return self._full()

    def _continued(self, *, crashed: bool) -> str:
        if crashed:
            return f"{_AFTER_CRASH}\n\n{render_task(self.task).user}"
        return render_repair(self.task) if self.task.previous else _GO_ON

    def _why_fresh(self, agent: str) -> str:
        return f"{self.memory.hypotheses} hypotheses failed; a fresh conversation begins, agent {agent}"

    def _become(self, agent: str) -> None:
        """Let the debugger work in place of the stage's own agent, within that agent's scope and budget."""
        if agent != DEBUGGER or self.task.agent.name == DEBUGGER:
            return
        try:
            debugger = load_agent(DEBUGGER, self.task.project)
        except ConfigError as error:
            self.emit(Warned(message=f"no debugger agent: {error}"))
            return
        own = self.task.agent.pipeline
        limits = {"edits": own.edits, "budget_usd": own.budget_usd, "timeout": own.timeout}
        pipeline = debugger.pipeline.model_copy(update=limits)
        self.task = replace(self.task, agent=debugger.model_copy(update={"pipeline": pipeline}))

    def _full(self) -> str:
        """The whole task, with what earlier conversations of this stage failed with."""
        history = self._history()
        return "\n\n".join(part for part in (render_task(self.task).user, history) if part)

    def _history(self) -> str:
        paths = sorted(self.task.out_dir.parent.glob("attempt-*/failure.json"), key=_number)
        lines = [line for line in map(_first_failure, paths) if line]
        return "\n".join([_HISTORY, *lines[-_SHOWN_FAILURES:]]) if len(lines) > 1 else ""

    async def _turn(self, prompt: str) -> Ending:
        from op_pipeline.backends.claude.options import deny_rule, options_for  # noqa: PLC0415 - imports the SDK
        from op_pipeline.backends.claude.recorder import Recorder  # noqa: PLC0415
        from op_pipeline.backends.claude.stream import Stream  # noqa: PLC0415
        from op_pipeline.backends.claude.turn import Watch, take_turn  # noqa: PLC0415

        memory, task = self.memory, self.task
        memory.mark, memory.open = secrets.token_hex(8), task.attempt
        memory.attempts += 1
        memory.save()
        self.box.environment = {MARK: memory.mark}
        conversation = self._conversation()
        recorder = Recorder(task)
        recorder.begin(prompt, conversation.system, _versions())
        asked = memory.context + (len(conversation.system) + len(prompt)) // _CHARACTERS_PER_TOKEN + _TOOLS_TOKENS
        rules = functools.partial(deny_rule, task)
        stream = Stream(self.emit, _versions(), self._met, recorder.feed, expected=asked, rule_for=rules)
        watch = Watch(task, task.deadline, self.settings.idle_seconds, self._tokens_left(), stream)
        options = options_for(conversation, watch.errors.append, self._denied)
        try:
            ending = await take_turn(options, prompt, watch)
        finally:
            self.streamed += stream.tokens
            memory.context = stream.expected
            if watch.result is not None:
                # What a CLI that died has counted may come with the session's next report, or never. Its calls are in
                # the log, by which the attempt is charged the larger of both: nothing is added here.
                models: Any = watch.result.model_usage
                self.usage = added(self.usage, memory.take(watch.result.total_cost_usd, models))
            memory.save()
        stream.cut()
        return ending

    def _met(self, session: str) -> None:
        """The session is known: from here on a killed process can go on with it."""
        if session != self.memory.session:
            self.memory.session = session
            self.memory.save()

    def _denied(self, tool: str, reason: str) -> None:
        self.emit(Note(kind="denied", text=f"{tool}: {reason}"))

    def _conversation(self) -> Any:
        from op_pipeline.backends.claude.options import Conversation, needs_sandbox  # noqa: PLC0415
        from op_pipeline.backends.claude.tools import TOOL_NAMES, tool_server  # noqa: PLC0415

        task, memory, settings = self.task, self.memory, self.settings
        sandboxed = settings.sandbox != "off" and needs_sandbox(task) and self._sandbox()
        headers = {"X-Op-Stage": task.stage.name, "X-Op-Attempt": str(task.attempt)}
        return Conversation(
            task=task,
            system=render_task(task).system,
            resume=memory.session,
            model=self._model(),
            fallback=settings.fallback_model,
            budget=memory.dollars + max(0.0001, self._dollars_left()),
            environment=environment_for(settings, self.config, memory.mark, headers) | self._tool_time(),
            cli=tied_cli(self.folder, Path(settings.cli) if settings.cli else bundled_cli()),
            sandboxed=sandboxed,
            strict=settings.sandbox == "strict",
            servers=tool_server(self.box),
            server_tools=TOOL_NAMES,
        )

    def _tool_time(self) -> dict[str, str]:
        """A gate run may take as long as the attempt; the CLI's own limit for tools is shorter."""
        return {"MCP_TOOL_TIMEOUT": str(max(1000, round((self.task.deadline - time.monotonic()) * 1000)))}

    def _model(self) -> str | None:
        by_name = self.settings.models
        agent = self.task.agent
        named = by_name.get(self.task.stage.name) or by_name.get(agent.name) or self.chosen_model or agent.model
        return None if named == "inherit" else named

    def _sandbox(self) -> bool:
        if problem := sandbox_problem():
            self.emit(Warned(message=f"shell commands of this agent run without a sandbox: {problem}"))
            return False
        return True

    def _write_prompt(self, prompt: str) -> None:
        path = self.task.out_dir / "prompt.md"
        try:
            path.write_text(f"{render_task(self.task).system}\n\n{prompt}\n", encoding="utf-8")
        except OSError as error:
            raise InfrastructureError(f"cannot write {path}: {error.strerror}") from error


def _versions() -> dict[str, str]:
    import claude_agent_sdk  # noqa: PLC0415

    return {"claude-agent-sdk": claude_agent_sdk.__version__}


def _first_failure(path: Path) -> str:
    """The worst failure of an attempt in a line; empty when it cannot be read."""
    try:
        first = json.loads(path.read_text(encoding="utf-8"))[0]
        return f"- attempt {_number(path)}: {first['kind']}: {first['message']}"[:400]
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return ""


def _number(path: Path) -> int:
    digits = path.parent.name.rpartition("-")[2]
    return int(digits) if digits.isdecimal() else 0
