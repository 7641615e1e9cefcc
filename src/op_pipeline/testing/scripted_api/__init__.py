"""A scripted Messages API on loopback: drives genuine clients through whole agent loops without a key or a network.

    script = Script([
        Reply([use("Write", file_path=path, content="hello")]),
        lambda request: Reply([text("done" if not request.results()[0].is_error else "denied")]),
    ])
    with ScriptedAPI(script, stages={"api": other_script}) as api:
        ...  # a client with api.environment()
    api.assert_clean()

Standard library only.
"""

from __future__ import annotations

from op_pipeline.testing.scripted_api.faults import (
    ApiError,
    Drop,
    Fault,
    Hang,
    Malformed,
    Silent,
    StreamError,
    Truncate,
)
from op_pipeline.testing.scripted_api.messages import Block, Reply, Request, ToolAnswer, text, thinking, use
from op_pipeline.testing.scripted_api.script import Answer, Script, Step
from op_pipeline.testing.scripted_api.server import KEY, ScriptedAPI

__all__ = [
    "KEY",
    "Answer",
    "ApiError",
    "Block",
    "Drop",
    "Fault",
    "Hang",
    "Malformed",
    "Reply",
    "Request",
    "Script",
    "ScriptedAPI",
    "Silent",
    "Step",
    "StreamError",
    "ToolAnswer",
    "Truncate",
    "text",
    "thinking",
    "use",
]
