"""The SDK's messages as lines of a transcript: model responses put together again from their blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from claude_agent_sdk import (
    AssistantMessage,
    ResultMessage,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from op_pipeline.backends.transcript import Places, TranscriptWriter

if TYPE_CHECKING:
    from op_pipeline.backends import Task

_SYNTHETIC = "<synthetic>"  # the CLI's own remarks, as on API errors
_COUNTS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


@dataclass
class _Turn:
    """A response whose blocks are still coming: one SDK message per block, the same id on all of them."""

    identifier: str
    model: str
    lane: str
    content: list[dict[str, Any]] = field(default_factory=list)
    stop_reason: str | None = None
    usage: dict[str, int] = field(default_factory=dict)


class Recorder:
    """Writes an attempt's transcript. Feed it every message; `begin` before each query."""

    def __init__(self, task: Task) -> None:
        self._task = task
        run = task.out_dir.parents[2]
        self._writer = TranscriptWriter(task.out_dir, Places(task.tree, run, task.project or run.parents[1]))
        self._open: dict[str, _Turn] = {}
        self._number = 0
        self._versions: dict[str, str] = {}

    def begin(self, prompt: str, system: str, versions: Mapping[str, str]) -> None:
        """A new CLI process is asked `prompt`."""
        self._open.clear()
        task = self._task
        self._writer.write("start", stage=task.stage.number, attempt=task.attempt, versions=dict(versions))
        self._writer.write("prompt", text=prompt, system=system)

    def feed(self, message: object) -> None:
        """Take one message of the SDK."""
        match message:
            case StreamEvent():
                self._partial(message)
            case AssistantMessage():
                self._assistant(message)
            case UserMessage():
                self._user(message)
            case ResultMessage():
                self._close_all()
                reason = message.terminal_reason or message.subtype
                self._writer.write("end", reason=reason, is_error=bool(message.is_error))
            case SystemMessage():
                pass
            case _:
                pass

    def _turn(self, lane: str, identifier: str, model: str) -> _Turn:
        """The open response of that lane; one with another id ends the one before."""
        turn = self._open.get(lane)
        if turn is None or turn.identifier != identifier:
            self._close(lane)
            turn = self._open[lane] = _Turn(identifier, model, lane)
        return turn

    def _partial(self, message: StreamEvent) -> None:
        lane, event = message.parent_tool_use_id or "", message.event
        if event.get("type") == "message_start":
            started = event.get("message", {})
            turn = self._turn(lane, str(started.get("id", "")), str(started.get("model", "")))
            turn.usage = _counts(started.get("usage"))
        elif event.get("type") == "message_delta" and lane in self._open:
            turn = self._open[lane]
            turn.stop_reason = event.get("delta", {}).get("stop_reason")
            turn.usage |= _counts(event.get("usage"))

    def _assistant(self, message: AssistantMessage) -> None:
        if message.model == _SYNTHETIC:
            return
        turn = self._turn(message.parent_tool_use_id or "", message.message_id or "", message.model)
        turn.content += [data for block in message.content if (data := _block(block))]
        turn.usage = turn.usage or _counts(message.usage)

    def _user(self, message: UserMessage) -> None:
        lane = message.parent_tool_use_id or ""
        blocks = message.content if isinstance(message.content, list) else []
        results = [
            {"call": block.tool_use_id, "text": result_text(block.content), "is_error": bool(block.is_error)}
            for block in blocks
            if isinstance(block, ToolResultBlock)
        ]
        if results:
            self._close(lane)
            self._writer.write("results", lane=lane, results=results)

    def _close_all(self) -> None:
        for lane in list(self._open):
            self._close(lane)

    def _close(self, lane: str) -> None:
        turn = self._open.pop(lane, None)
        if turn is None or not turn.content:
            return
        self._number += 1
        calls = any(block["type"] == "tool_use" for block in turn.content)
        self._writer.write(
            "turn",
            lane=lane,
            n=self._number,
            id=turn.identifier,
            model=turn.model,
            content=turn.content,
            stop_reason=turn.stop_reason or ("tool_use" if calls else "end_turn"),
            usage=turn.usage,
        )


def result_text(content: object) -> str:
    """Text of a tool's result, whichever way it is given."""
    if isinstance(content, list):
        return "\n".join(str(item["text"]) for item in content if isinstance(item, dict) and item.get("text"))
    return "" if content is None else str(content)


def _block(block: object) -> dict[str, Any]:
    """A content block as the Messages API has it; empty for kinds that cannot be played again."""
    match block:
        case TextBlock():
            return {"type": "text", "text": block.text}
        case ThinkingBlock():
            return {"type": "thinking", "thinking": block.thinking, "signature": block.signature}
        case ToolUseBlock():
            return {"type": "tool_use", "id": block.id, "name": block.name, "input": block.input}
        case _:
            return {}


def _counts(data: object) -> dict[str, int]:
    if not isinstance(data, Mapping):
        return {}
    return {name: int(data[name]) for name in _COUNTS if isinstance(data.get(name), int)}
