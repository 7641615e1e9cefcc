"""What a stage's result was made from, and which part of it has changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline import __version__
from op_pipeline.resources import find_resource

if TYPE_CHECKING:
    from op_pipeline.config import AgentSpec, FlowSpec, StageSpec
    from op_pipeline.spec import Spec

_DIGITS = 12


def stage_inputs(
    spec: Spec, flow: FlowSpec, agent: AgentSpec, stage: StageSpec, project: Path | None
) -> dict[str, str]:
    """Short digests of everything a green stage depends on besides the commit before it.

    Budgets and deadlines are left out: they change how long one tries, not what comes out.
    """
    template = find_resource("stage_tests", stage.gate, project)
    files = sorted({read.partition("#")[0] for read in agent.pipeline.reads})
    references = [find_resource("references", name, project).read_bytes() for name in files]
    tries = {"budget_usd", "max_tokens", "timeout"}
    author = agent.model_dump(
        mode="json",
        exclude_defaults=True,
        exclude={"source": True, "digest": True, "max_turns": True, "pipeline": tries},
    )
    kept = (flow.name, stage.number, stage.name, stage.agent, stage.gate, sorted(map(str, stage.red)), stage.goal)
    return {
        "spec": short_digest(spec.digest.encode()),
        "agent": short_digest(repr(author).encode()),
        "references": short_digest(b"\0".join(references)),
        "template": short_digest(template.read_bytes()),
        "flow": short_digest(repr(kept).encode()),
        "tool": __version__,
    }


def why_stale(recorded: Mapping[str, str], current: Mapping[str, str], *, agent: str, template: str) -> tuple[str, ...]:
    """One reason for each input that differs; () when the stage's result still stands."""
    names = {
        "spec": "the spec changed",
        "agent": f"agent {agent!r} changed",
        "references": f"a reference that agent {agent!r} reads changed",
        "template": f"gate template {template!r} changed",
        "flow": "the stage's definition in the flow changed",
        "tool": f"op-pipeline changed from {recorded.get('tool', 'unknown')} to {current.get('tool', 'unknown')}",
    }
    return tuple(reason for key, reason in names.items() if recorded.get(key) != current.get(key))


def short_digest(data: bytes) -> str:
    """As it stands in a commit's trailer `Inputs`."""
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
