"""Options of one CLI process: tools, permissions, protection. Every value was measured on the pinned version."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claude_agent_sdk import AgentDefinition, ClaudeAgentOptions, HookMatcher

from op_pipeline.backends.claude.credentials import SECRETS
from op_pipeline.backends.claude.guard import Guard
from op_pipeline.config import agent_scope, load_agents, render_prompt

if TYPE_CHECKING:
    from op_pipeline.backends import Task

_BUFFER = 64 << 20  # one line of the CLI's output may hold a whole file
_HOOK_SECONDS = 30
_SHELL = "Bash"


@dataclass(frozen=True)
class Conversation:
    """What differs from turn to turn. `budget` counts the whole session, as the CLI does."""

    task: Task
    system: str
    resume: str
    model: str | None
    fallback: str | None
    budget: float | None
    environment: dict[str, str]
    cli: Path
    sandboxed: bool
    strict: bool
    servers: dict[str, Any] = field(default_factory=dict)
    server_tools: tuple[str, ...] = ()


def options_for(talk: Conversation, stderr: Callable[[str], None], on_denied: Callable[[str, str], None]) -> Any:
    """ClaudeAgentOptions. `on_denied(tool, reason)` is told of refused calls."""
    task = talk.task
    tools = [tool for tool in task.agent.tools if tool not in task.agent.disallowed_tools]
    return ClaudeAgentOptions(
        cwd=task.tree,
        cli_path=talk.cli,
        model=talk.model,
        fallback_model=talk.fallback,
        effort=task.agent.effort,
        # A resumed session would otherwise keep the prompt it began with.
        system_prompt={"type": "custom", "prompt": talk.system, "snapshot": False},
        tools=[tool for tool in tools if not tool.startswith("mcp__")],
        allowed_tools=list(talk.server_tools),
        disallowed_tools=list(task.agent.disallowed_tools),
        permission_mode="acceptEdits",
        max_turns=task.agent.max_turns,
        max_budget_usd=talk.budget,
        resume=talk.resume or None,
        setting_sources=[],
        strict_mcp_config=True,
        mcp_servers=dict(talk.servers),
        skills=[],
        agents=_subagents(task) if {"Agent", "Task"} & set(tools) else None,
        settings=json.dumps(settings_for(talk)),
        hooks={"PreToolUse": [_hook(task, on_denied)]},
        max_buffer_size=_BUFFER,
        include_partial_messages=True,
        forward_subagent_text=True,  # a recording without it could not be replayed
        verbatim_prompts=True,
        env=talk.environment,
        stderr=stderr,
    )


def settings_for(talk: Conversation) -> dict[str, Any]:
    """The settings layer no file can override. Deny rules here, unlike those among the options, reach the sandbox."""
    protected = protected_paths(talk.task)
    deny = [f"Edit(/{path}{tail})" for path in protected for tail in ("", "/**")]
    gates = sorted({str(gate.root) for gate in talk.task.gates})
    deny += [f"Read(/{root}/**)" for root in gates]
    settings: dict[str, Any] = {"permissions": {"deny": deny}, "attribution": {"commit": "", "pr": ""}}
    if talk.sandboxed:
        settings["sandbox"] = {
            "enabled": True,
            "failIfUnavailable": talk.strict,
            "autoAllowBashIfSandboxed": True,
            "allowUnsandboxedCommands": False,
            "credentials": {"envVars": [{"name": name, "mode": "deny"} for name in SECRETS]},
            "filesystem": {"denyRead": gates},
        }
    return settings


def protected_paths(task: Task) -> list[Path]:
    """What no agent may change, whatever its scope: git, the run's folder with its gates and log, templates, agents."""
    tree = task.tree.resolve()
    run = task.out_dir.resolve().parents[2] if len(task.out_dir.resolve().parents) > 2 else task.out_dir.resolve()
    roots = [tree / name for name in (".git", "stage_tests", "agents", "logs", ".claude")]
    roots += [run, *(gate.root.resolve() for gate in task.gates)]
    if task.project is not None:
        roots += [task.project.resolve() / name for name in (".git", "stage_tests", "agents")]
    return list(dict.fromkeys(roots))


def deny_rule(task: Task, tool: str, path: str) -> str:
    """The rule of `settings_for` by which a tool is refused a path, as it stands there; '' when none does."""
    reads = tool in {"Read", "Glob", "Grep"}
    roots = [gate.root.resolve() for gate in task.gates] if reads else protected_paths(task)
    at = task.tree.resolve() / path
    return next((f"{'Read' if reads else 'Edit'}(/{root}/**)" for root in roots if at.is_relative_to(root)), "")


def _hook(task: Task, on_denied: Callable[[str, str], None]) -> HookMatcher:
    guard = Guard(task.tree, agent_scope(task.agent, task.spec), protected_paths(task))

    async def before_tool(call: Any, _identifier: str | None, _context: Any) -> Any:
        reason = guard.refusal(str(call["tool_name"]), call["tool_input"])
        if not reason:
            return {}
        on_denied(str(call["tool_name"]), reason)
        decision = {"permissionDecision": "deny", "permissionDecisionReason": reason}
        return {"hookSpecificOutput": {"hookEventName": "PreToolUse", **decision}}

    # An exception in a hook lets the call through unless it is told to block.
    return HookMatcher(hooks=[before_tool], timeout=_HOOK_SECONDS, on_failure="block")


def _subagents(task: Task) -> dict[str, AgentDefinition]:
    """The other agents, for one that may delegate; they are held to the delegating agent's scope."""
    return {
        agent.name: AgentDefinition(
            description=agent.description,
            prompt=render_prompt(agent, task.spec),
            tools=[tool for tool in agent.tools if tool not in {"Agent", "Task"}],
            disallowedTools=list(agent.disallowed_tools) or None,
            model=agent.model,
            maxTurns=agent.max_turns,
        )
        for agent in load_agents(task.project)
        if agent.name != task.agent.name
    }


def needs_sandbox(task: Task) -> bool:
    """Whether the agent has a shell at all."""
    return _SHELL in task.agent.tools and _SHELL not in task.agent.disallowed_tools
