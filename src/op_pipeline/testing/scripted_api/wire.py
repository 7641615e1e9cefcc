"""Replies in the two forms of the Messages API: one JSON object, or server-sent events."""

from __future__ import annotations

import json
from typing import Any

from op_pipeline.testing.scripted_api.messages import Block, Reply


def as_json(reply: Reply, model: str) -> dict[str, Any]:
    """The whole message."""
    return {
        "id": reply.identifier,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [dict(block) for block in reply.content],
        "stop_reason": reply.reason,
        "stop_sequence": None,
        "usage": reply.usage(),
    }


def as_events(reply: Reply, model: str) -> list[bytes]:
    """The message as a stream: start, three events per block, delta with the reason and true token count, stop."""
    start = as_json(reply, model) | {"content": [], "stop_reason": None, "usage": {**reply.usage(), "output_tokens": 1}}
    events = [_event("message_start", message=start)]
    for index, block in enumerate(reply.content):
        opening, deltas = _parts(block)
        events.append(_event("content_block_start", index=index, content_block=opening))
        events += [_event("content_block_delta", index=index, delta=delta) for delta in deltas]
        events.append(_event("content_block_stop", index=index))
    delta = {"stop_reason": reply.reason, "stop_sequence": None}
    return [*events, _event("message_delta", delta=delta, usage=reply.usage()), _event("message_stop")]


def error_event(kind: str, message: str) -> bytes:
    """The event that ends a stream in an error."""
    return _event("error", error={"type": kind, "message": message})


def raw_event(name: str, payload: str) -> bytes:
    """An event with any payload."""
    return f"event: {name}\ndata: {payload}\n\n".encode()


def _event(name: str, **data: Any) -> bytes:
    return raw_event(name, json.dumps({"type": name, **data}))


def _parts(block: Block) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """How a block opens in a stream, and the deltas that fill it."""
    if block["type"] == "text":
        return {"type": "text", "text": ""}, [{"type": "text_delta", "text": block["text"]}]
    if block["type"] == "thinking":
        opening = {"type": "thinking", "thinking": "", "signature": ""}
        signature = {"type": "signature_delta", "signature": block["signature"]}
        return opening, [{"type": "thinking_delta", "thinking": block["thinking"]}, signature]
    if block["type"] == "tool_use":
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
    return dict(block), []
