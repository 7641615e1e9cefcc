"""`pipeline agents`: who there is, what each may touch, read and cost; and moving them to and from Claude Code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from op_pipeline.cli.agent_files import export_agents, import_agents
from op_pipeline.cli.app import new_app, output_of
from op_pipeline.cli.output import JsonOption

if TYPE_CHECKING:
    from op_pipeline.config import AgentSpec


def register(app: typer.Typer) -> None:
    """Add the verb with its two parts."""
    agents = new_app(invoke_without_command=True, help="List the agents, or show one.")
    agents.callback()(_default)
    agents.command("list")(list_agents)
    agents.command("show")(show_agent)
    agents.command("export")(export_agents)
    agents.command("import")(import_agents)
    app.add_typer(agents, name="agents")


def _default(ctx: typer.Context, json: JsonOption = False) -> None:
    """List the agents, or show one with its scope, references and limits."""
    if ctx.invoked_subcommand is None:
        list_agents(ctx, json)


def _project() -> Path | None:
    from op_pipeline.config import find_project  # noqa: PLC0415 - keeps the other verbs fast

    return find_project(Path.cwd())


def _origin(agent: AgentSpec, project: Path | None) -> str:
    own = project is not None and agent.source.resolve().is_relative_to((project / "agents").resolve())
    return "project" if own else "shipped"


def _stages(project: Path | None) -> dict[str, list[str]]:
    """Agent → the stages it owns, as `flow number`."""
    from op_pipeline.config import flow_names, read_flow  # noqa: PLC0415

    owned: dict[str, list[str]] = {}
    for name in flow_names(project):
        flow = read_flow(name, project)
        for stage in flow.stages:
            owned.setdefault(stage.agent, []).append(f"{flow.name} {stage.number}")
    return owned


def _spans(stages: Sequence[str]) -> str:
    """`cpp 1, cpp 2, cpp 3` as `cpp 1-3`; `-` for none."""
    spans: dict[str, list[int]] = {}
    for name, _, number in (stage.rpartition(" ") for stage in stages):
        spans.setdefault(name, []).append(int(number))
    found = []
    for name, numbers in spans.items():
        whole = len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] + 1))
        found.append(f"{name} {numbers[0]}-{numbers[-1]}" if whole else f"{name} {','.join(map(str, numbers))}")
    return ", ".join(found) or "-"


def list_agents(ctx: typer.Context, json: JsonOption = False) -> None:
    """All agents by name."""
    from op_pipeline.config import load_agents  # noqa: PLC0415

    out = output_of(ctx).configure(json=json or None)
    project = _project()
    owned = _stages(project)
    agents = load_agents(project)
    out.table(
        ["agent", "model", "stages", "from", "description"],
        [
            (
                agent.name,
                agent.model,
                _spans(owned.get(agent.name, [])),
                _origin(agent, project),
                agent.description.split(". ")[0].rstrip("."),
            )
            for agent in agents
        ],
    )
    out.data({"v": 1, "agents": [{**_facts(agent, project), "stages": owned.get(agent.name, [])} for agent in agents]})


def show_agent(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which agent.")],
    prompt: Annotated[bool, typer.Option("--prompt", help="Print the whole prompt, too.")] = False,
    json: JsonOption = False,
) -> None:
    """One agent with its write scope, references and limits."""
    from op_pipeline.config import load_agent  # noqa: PLC0415

    out = output_of(ctx).configure(json=json or None)
    project = _project()
    agent = load_agent(name, project)
    facts = _facts(agent, project)
    width = max(len(key) for key in facts)
    for key, value in facts.items():
        lines = [str(item) for item in value] if isinstance(value, list) else [str(value)]
        for number, line in enumerate(lines or ["-"]):
            out.result(f"{key if number == 0 else '':<{width}}  {line}")
    if prompt:
        out.result(f"\n{agent.prompt.rstrip()}")
    out.data({"v": 1, **facts, "prompt": agent.prompt})


def _facts(agent: AgentSpec, project: Path | None) -> dict[str, Any]:
    return {
        "name": agent.name,
        "description": " ".join(agent.description.split()),
        "file": str(agent.source),
        "from": _origin(agent, project),
        "model": agent.model,
        "effort": agent.effort or "-",
        "tools": list(agent.tools),
        "edits": list(agent.pipeline.edits),
        "reads": list(agent.pipeline.reads),
        "maxTurns": agent.max_turns,
        "budgetUsd": agent.pipeline.budget_usd,
        "maxTokens": agent.pipeline.max_tokens or "-",
        "timeout": agent.pipeline.timeout,
        "digest": agent.digest[:12],
    }
