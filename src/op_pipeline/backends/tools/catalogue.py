"""The table of tools: name, description, schema of the input, function. Calls are checked against the schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from op_pipeline.backends.tools.gate import run_gate
from op_pipeline.backends.tools.program import emulate, inspect_program
from op_pipeline.backends.tools.reference import read_reference
from op_pipeline.backends.tools.toolbox import Answer, Toolbox, refusal
from op_pipeline.errors import PipelineError
from op_pipeline.gates.contract import KINDS


@dataclass(frozen=True)
class Tool:
    """One tool. `schema` is the JSON schema of its input object."""

    name: str
    description: str
    schema: dict[str, Any]
    function: Callable[..., Answer]


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


_CALL: dict[str, dict[str, Any]] = {
    "shapes": {
        "type": "array",
        "items": {"type": "array", "items": {"type": "integer", "minimum": 1}},
        "description": "One logical shape for each input, or one for all of them. Default: the spec's first case.",
    },
    "dtype": {"type": "string", "description": "Data type of the inputs, one the spec allows. Default: its first."},
    "parameters": {"type": "object", "description": "Values of the operation's parameters. Default: the usual ones."},
    "grid": {
        "type": "string",
        "pattern": "^[1-9][0-9]?x[1-9][0-9]?$",
        "description": "Worker cores, columns x rows. Default: 8x8.",
    },
}

TOOLS: tuple[Tool, ...] = (
    Tool(
        "run_gate",
        "Build the operation and run this stage's gate on the tree as it is now. Answers with what failed: class, "
        "message, file and line, suggested action. Runs are limited in number; the gate is run again after your turn.",
        _object(earlier={"type": "boolean", "description": "Also run the gates of all earlier stages."}),
        run_gate,
    ),
    Tool(
        "read_reference",
        "Read one section of the reference texts, named as file.md#section. Without a section: the list of all.",
        _object(section={"type": "string", "description": "Such as kernels.md#circular-buffers."}),
        read_reference,
    ),
    Tool(
        "inspect_program",
        "Call the operation up to its program descriptor, without running kernels: output specs, kernels with their "
        "compile-time and runtime arguments on the first cores, circular buffers with formats and pages.",
        _object(**_CALL),
        inspect_program,
    ),
    Tool(
        "emulate",
        "Run the operation once on the emulator with seeded inputs and compare with the golden: summary of values, "
        "comparison, pages through circular buffers with waits and fill, bytes over the NOC, and faults (deadlock, "
        "protocol, memory) as records with kernel, core and line.",
        _object(
            **_CALL,
            kind={"type": "string", "enum": list(KINDS), "description": "Kind of input values. Default: randn."},
            seed={"type": "integer", "description": "Seed of values and schedules. Default: 0."},
        ),
        emulate,
    ),
)


def call_tool(box: Toolbox, name: str, arguments: Mapping[str, Any]) -> Answer:
    """Call a tool by name. Wrong arguments and surroundings that fail are answers, not exceptions."""
    tool = next((tool for tool in TOOLS if tool.name == name), None)
    if tool is None:
        return refusal(f"no tool {name!r}; there are: {', '.join(tool.name for tool in TOOLS)}")
    problem = _problem(tool.schema, arguments)
    if problem:
        return refusal(problem)
    try:
        return tool.function(box, **arguments)
    except PipelineError as error:
        return refusal(f"{error}; {error.hint}" if error.hint else str(error))


def _problem(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """The part of JSON schema that the table uses; '' when the arguments fit."""
    properties = schema["properties"]
    for name, value in arguments.items():
        if name not in properties:
            return f"no argument {name!r}; there are: {', '.join(properties) or 'none'}"
        wrong = _mismatch(properties[name], value)
        if wrong:
            return f"argument {name!r}: {wrong}"
    return ""


_PYTHON = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def _mismatch(schema: Mapping[str, Any], value: object) -> str:
    kind = schema["type"]
    if not isinstance(value, _PYTHON[kind]) or (kind == "integer" and isinstance(value, bool)):
        return f"{value!r} is no {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{value!r} is none of {', '.join(schema['enum'])}"
    if "minimum" in schema and isinstance(value, int) and value < schema["minimum"]:
        return f"{value} is below {schema['minimum']}"
    if "pattern" in schema and not re.search(schema["pattern"], str(value)):
        return f"{value!r} does not have the form {schema['pattern']}"
    if isinstance(value, list):
        return next((wrong for item in value if (wrong := _mismatch(schema["items"], item))), "")
    return ""
