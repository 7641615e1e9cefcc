"""Tools of `op_pipeline.backends.tools` as an in-process MCP server: they run in this program, not in the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import anyio
from claude_agent_sdk import SdkMcpTool, create_sdk_mcp_server

from op_pipeline.backends.tools import TOOLS, Tool, Toolbox, call_tool

if TYPE_CHECKING:
    from op_pipeline.events import AnyEvent

SERVER = "op"
TOOL_NAMES = tuple(f"mcp__{SERVER}__{tool.name}" for tool in TOOLS)


def tool_server(box: Toolbox) -> dict[str, Any]:
    """`mcp_servers` with the tools of one attempt. Must be made, and used, within a running event loop.

    Calls run one after the other, in a thread; their events are emitted on the loop's own thread. A box serves one
    server after the other: what it counts is the attempt's.
    """
    loop = asyncio.get_running_loop()

    def hand_over(event: AnyEvent) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the attempt is over, and so is its log
            loop.call_soon_threadsafe(box.emit, event)

    one_at_a_time = anyio.Lock()
    box.route = hand_over
    return {SERVER: create_sdk_mcp_server(SERVER, tools=[_wrapped(tool, box, one_at_a_time) for tool in TOOLS])}


def _wrapped(tool: Tool, box: Toolbox, one_at_a_time: anyio.Lock) -> SdkMcpTool[Any]:
    async def handler(arguments: dict[str, Any]) -> dict[str, Any]:
        async with one_at_a_time:
            # A turn that is stopped does not wait for the child, which has a deadline of its own.
            answer = await anyio.to_thread.run_sync(call_tool, box, tool.name, arguments, abandon_on_cancel=True)
        return {"content": [{"type": "text", "text": answer.text}], "is_error": not answer.ok}

    return SdkMcpTool(tool.name, tool.description, tool.schema, handler)
