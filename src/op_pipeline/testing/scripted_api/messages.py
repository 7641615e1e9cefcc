"""What goes over the wire: requests as a script sees them, and the replies it gives."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Block = Mapping[str, Any]
_numbers = itertools.count(1)


def text(content: str) -> Block:
    """A block of prose."""
    return {"type": "text", "text": content}


def thinking(content: str, signature: str = "scripted") -> Block:
    """A block of thought."""
    return {"type": "thinking", "thinking": content, "signature": signature}


def use(tool: str, /, **arguments: Any) -> Block:
    """A call of a tool: `use("Write", file_path=…, content=…)`. Every call gets an id of its own."""
    return {"type": "tool_use", "id": f"toolu_{next(_numbers):08d}", "name": tool, "input": arguments}


@dataclass(frozen=True)
class Reply:
    """One model turn. `stop_reason` follows from the blocks when it is not given; `delay` is in seconds."""

    content: Sequence[Block] = ()
    stop_reason: str | None = None
    input_tokens: int = 100
    output_tokens: int = 10
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    delay: float = 0.0
    identifier: str = field(default_factory=lambda: f"msg_{next(_numbers):08d}")

    @property
    def reason(self) -> str:
        """Why the turn ended."""
        calls = any(block["type"] == "tool_use" for block in self.content)
        return self.stop_reason or ("tool_use" if calls else "end_turn")

    def usage(self) -> dict[str, int]:
        """Token counts in the API's names."""
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cache_read_input_tokens": self.cache_read_tokens,
            "cache_creation_input_tokens": self.cache_write_tokens,
        }


@dataclass(frozen=True)
class ToolAnswer:
    """Result of a tool as the client sent it back."""

    call: str
    text: str
    is_error: bool


@dataclass(frozen=True)
class Request:
    """One request. Header names are in lower case; `number` counts from 1 over the whole server."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def stage(self) -> str:
        """Value of the header X-Op-Stage."""
        return self.headers.get("x-op-stage", "")

    @property
    def subagent(self) -> str:
        """Id of the subagent that asks; empty for the main conversation."""
        return self.headers.get("x-claude-code-agent-id", "")

    @property
    def session(self) -> str:
        """Id of the client's session."""
        return self.headers.get("x-claude-code-session-id", "")

    @property
    def model(self) -> str:
        """Name of the model asked for."""
        return str(self.body.get("model", ""))

    @property
    def streaming(self) -> bool:
        """Whether server-sent events are wanted."""
        return bool(self.body.get("stream"))

    @property
    def tools(self) -> tuple[str, ...]:
        """Names of the tools on offer."""
        return tuple(str(tool.get("name", "")) for tool in self.body.get("tools") or ())

    def system_text(self) -> str:
        """The system prompt, parts joined."""
        return _joined(self.body.get("system"))

    def user_texts(self) -> tuple[str, ...]:
        """Text of every user message that has some, oldest first."""
        found = [_joined(message.get("content")) for message in self._of("user")]
        return tuple(item for item in found if item)

    def all_text(self) -> str:
        """System prompt and every text of the conversation: for what must, or must not, have been said."""
        messages = [_joined(message.get("content")) for message in self.body.get("messages", ())]
        return "\n".join([self.system_text(), *messages])

    def results(self) -> tuple[ToolAnswer, ...]:
        """Tool results in the last user message; a message of role `system` may follow it."""
        users = self._of("user")
        content = users[-1].get("content") if users else None
        blocks = content if isinstance(content, list) else []
        return tuple(
            ToolAnswer(str(block.get("tool_use_id", "")), _joined(block.get("content")), bool(block.get("is_error")))
            for block in blocks
            if block.get("type") == "tool_result"
        )

    def last_result_text(self) -> str:
        """Text of those results."""
        return "\n".join(answer.text for answer in self.results())

    def _of(self, role: str) -> list[Mapping[str, Any]]:
        return [message for message in self.body.get("messages", ()) if message.get("role") == role]


def _joined(content: object) -> str:
    """Text of a string or of a list of blocks."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(str(block["text"]) for block in content if isinstance(block, dict) and block.get("text"))
