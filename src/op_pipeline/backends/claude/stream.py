"""The CLI's messages as events of the run, and what they cost while the turn is under way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from claude_agent_sdk import (
    AssistantMessage,
    ResultMessage,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from op_pipeline.events import AgentMessage, AgentSession, ModelAsked, ModelCall, Note, ToolCall, ToolResult

if TYPE_CHECKING:
    from op_pipeline.events import AnyEvent

_LONG = 2000
_DENIED = re.compile(r"denied by your permission settings|[Pp]ermission to use .* denied|requires approval")
_NOTED = frozenset({"api_retry", "model_fallback", "compact_boundary", "model_refusal_fallback"})
_SHOWN = ("file_path", "notebook_path", "command", "pattern", "path", "description", "query")


@dataclass
class Stream:
    """Turns messages into events. `tokens` counts this turn's, calls not finished included; `tools` are under way.

    `rule_for(tool, path)` names the deny rule that holds for a path, '' for none.

    `expected` is what the next call will take: by estimate at first, then what the last one took.
    """

    emit: Callable[[AnyEvent], None]
    versions: dict[str, str]
    on_session: Callable[[str], None]
    record: Callable[[object], None] | None = None
    expected: int = 0
    tokens: int = 0
    session: str = ""
    model: str = ""
    tools: set[str] = field(default_factory=set)
    said: str = ""
    error: str = ""
    _call: dict[str, int] = field(default_factory=dict)
    rule_for: Callable[[str, str], str] = lambda _tool, _path: ""
    _calls: dict[str, tuple[str, str]] = field(default_factory=dict)
    _call_model: str = ""
    _caller: str = ""

    def feed(self, message: object) -> ResultMessage | None:
        """One message; the result when it is that."""
        if self.record is not None:
            self.record(message)
        match message:
            case ResultMessage():
                return message
            case SystemMessage():
                self._system(message.subtype, message.data)
            case StreamEvent():
                self._partial(message)
            case AssistantMessage():
                self.error = message.error or self.error
                for block in message.content:
                    self._assistant(block)
            case UserMessage():
                for block in message.content if isinstance(message.content, list) else ():
                    if isinstance(block, ToolResultBlock):
                        self._result(block)
            case _:
                pass
        return None

    def _system(self, subtype: str, data: dict[str, Any]) -> None:
        if subtype == "init":
            self.session, self.model = str(data.get("session_id", "")), str(data.get("model", ""))
            self.on_session(self.session)
            versions = {**self.versions, "cli": str(data.get("claude_code_version", "unknown"))}
            tools = tuple(str(tool) for tool in data.get("tools", ()))
            self.emit(AgentSession(session=self.session, model=self.model, versions=versions, tools=tools))
        elif subtype in _NOTED:
            kept = {key: value for key, value in data.items() if key not in {"type", "subtype", "uuid", "session_id"}}
            self.emit(Note(kind=subtype, text=json.dumps(kept, default=str)[:_LONG]))
        elif subtype == "status" and data.get("status") == "requesting":
            self.emit(ModelAsked(tokens=self.expected))
        elif subtype == "status" and data.get("status") == "compacting":
            self.emit(Note(kind="compacting", text="the conversation is being summarised"))

    def _partial(self, message: StreamEvent) -> None:
        """Token counts of calls: the only place where those of the answer are true before the turn ends."""
        event = message.event
        if event.get("type") == "message_start":
            started = event.get("message", {})
            self._call, self._call_model = _usage(started.get("usage")), str(started.get("model", ""))
            self.tokens += sum(self._call.values())
            self._caller = message.parent_tool_use_id or ""
        elif event.get("type") == "message_delta":
            before = sum(self._call.values())
            self._call = {**self._call, **_usage(event.get("usage"))}
            self.tokens += sum(self._call.values()) - before
            self.cut()

    def cut(self) -> None:
        """Tell of the call under way as far as it came: it has been paid, whether its answer was read or not."""
        if not self._call:
            return
        call, self._call = self._call, {}
        self.expected = sum(call.values())
        self.emit(
            ModelCall(
                model=self._call_model,
                input_tokens=call.get("input_tokens", 0),
                output_tokens=call.get("output_tokens", 0),
                cache_read_tokens=call.get("cache_read_input_tokens", 0),
                cache_write_tokens=call.get("cache_creation_input_tokens", 0),
                subagent=self._caller,
            )
        )

    def _assistant(self, block: object) -> None:
        match block:
            case TextBlock():
                self.said = block.text
                self.emit(AgentMessage(text=block.text))
            case ToolUseBlock():
                self.tools.add(block.id)
                summary = next((str(block.input[key]) for key in _SHOWN if key in block.input), "")
                self._calls[block.id] = (block.name, summary)
                self.emit(
                    ToolCall(tool=block.name, call=block.id, summary=summary[:200], arguments=_short(block.input))
                )
            case _:
                pass

    def _result(self, block: ToolResultBlock) -> None:
        self.tools.discard(block.tool_use_id)
        text = block.content if isinstance(block.content, str) else _joined(block.content)
        tool, target = self._calls.pop(block.tool_use_id, ("", ""))
        if block.is_error and _DENIED.search(text) and not text.startswith("PreToolUse:"):  # the hook tells by itself
            rule = self.rule_for(tool, target) or "the permissions of this agent"
            self.emit(Note(kind="denied", text=f"{tool}: {target}: denied by {rule}"))
        self.emit(ToolResult(call=block.tool_use_id, ok=not block.is_error, summary=text[:_LONG]))


def _usage(data: object) -> dict[str, int]:
    if not isinstance(data, dict):
        return {}
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return {name: int(data[name]) for name in names if isinstance(data.get(name), int)}


def _short(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments with long texts cut: the whole is in the diff, and in the CLI's transcript."""
    return {key: _cut(value) for key, value in arguments.items()}


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONG:
        return f"{value[:_LONG]}… [{len(value)} characters]"
    return value


def _joined(content: object) -> str:
    if not isinstance(content, list):
        return ""
    return "\n".join(str(item.get("text", "")) for item in content if isinstance(item, dict))
