"""What an agent is told, whichever backend plays it: one renderer from agent, stage and earlier failures to text.

The text depends on the task alone (no clock, no absolute path), so that a replayed attempt sends what the recorded one
sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from op_pipeline.config import agent_scope, render_prompt
from op_pipeline.models import Failure
from op_pipeline.references import load_section
from op_pipeline.spec.model import FrontMatter

if TYPE_CHECKING:
    from op_pipeline.backends import Task
    from op_pipeline.config import AgentSpec, StageSpec
    from op_pipeline.spec import Spec

MAX_DESIGN = 60_000
MAX_EXCERPT = 4_000
MAX_FILES = 60
_STAGE_SECTION = re.compile(r"^gates\.md#stage-(\d+)-")

_TURN = """\
## How a turn works
You work alone, in a git work tree whose root is the current folder; paths here are relative to it. When you stop, the
program runs the stage's gate and those of all earlier stages, and commits when they are green. It does that itself:
do not commit, and leave branches and the index alone.

You may create, change and delete files that match these patterns and no others:
{scope}
Whatever else changed is put back, and the attempt counts as failed. Gate files are sealed. Nobody reads questions: when
something is unclear, take the reading that the spec supports best, and name it in your last message."""

_REPAIR = "\n\nFind the cause of the first failure before you edit: those after it often follow from it."


@dataclass(frozen=True)
class Prompt:
    """`system` says who the agent is and what it may do; `user` is the task of one attempt."""

    system: str
    user: str

    @property
    def text(self) -> str:
        """Both in one text, for programs that know no system prompt."""
        return f"{self.system}\n\n{self.user}"


def render_task(task: Task) -> Prompt:
    """The prompt of one attempt.

    System: mission, rules of a turn, write scope, and the agent's reference sections; those of gates.md that are about
    another stage are left out. User: contract, design document, files there are, goal, gate, earlier failures.
    """
    scope = "\n".join(f"- {glob}" for glob in agent_scope(task.agent, task.spec))
    parts = [render_prompt(task.agent, task.spec).strip(), _TURN.format(scope=scope)]
    if texts := [text for _, text in reference_sections(task.agent, task.stage, task.project)]:
        parts.append("\n\n".join(["# References", *texts]))
    stage = task.stage
    user = [
        f"# Stage {stage.number}, {stage.name}, of the operation `{task.spec.operation}`",
        _block("Contract, complete with its defaults", contract_text(task.spec), "yaml"),
        f"sha256 of the spec's file: {task.spec.digest}",
        _block("Spec", task.spec.prose, "md"),
        _design(task),
        _files(task),
        f"## Goal\n{stage.goal.strip()}",
        f"## What the gate checks\n{task.gate_description.strip()}" if task.gate_description.strip() else "",
        f"## Attempt {task.attempt}: what failed before\n{render_failures(task.previous)}" if task.previous else "",
        f"Bring stage {stage.number} to green.",
    ]
    return Prompt("\n\n".join(parts), "\n\n".join(part for part in user if part))


def render_repair(task: Task) -> str:
    """What an agent that still has the conversation is told after a failed attempt: what failed, nothing it knows."""
    head = f"Attempt {task.attempt} at stage {task.stage.number}, {task.stage.name}. The last one failed:"
    return f"{head}\n\n{render_failures(task.previous)}"


def render_failures(failures: Sequence[Failure]) -> str:
    """Failures as the gate classified them, worst first, each with place, action and excerpt."""
    shown = [_failure(number, item) for number, item in enumerate(failures, 1)]
    return "\n\n".join(shown) + (_REPAIR if len(shown) > 1 else "")


def contract_text(spec: Spec) -> str:
    """The spec's front matter as YAML, with defaults filled in."""
    data = spec.model_dump(mode="json", include=set(FrontMatter.model_fields), exclude_none=True)
    return yaml.safe_dump(data, sort_keys=False, default_flow_style=None, width=120, allow_unicode=True)


def reference_sections(agent: AgentSpec, stage: StageSpec, project: Path | None) -> list[tuple[str, str]]:
    """(name, text) of the sections this agent reads at this stage, in its own order."""
    wanted: list[tuple[str, str]] = []
    for name in agent.pipeline.reads:
        about = _STAGE_SECTION.match(name)
        if about is None or int(about[1]) == stage.number:
            wanted.append((name, f"<!-- {name} -->\n{load_section(name, project).strip()}"))
    return wanted


def _failure(number: int, item: Failure) -> str:
    place = f"{item.file}:{item.line}" if item.file and item.line else item.file
    lines = [f"{number}. {item.kind}: {item.message.strip()}"]
    lines += [f"   {key}: {value}" for key, value in (("at", place), ("test", item.test), ("do", item.action)) if value]
    text = "\n".join(lines)
    if not item.excerpt.strip():
        return text
    excerpt = item.excerpt.rstrip()
    kept = excerpt if len(excerpt) <= MAX_EXCERPT else f"[start left out]\n{excerpt[-MAX_EXCERPT:]}"
    return f"{text}\n{_fenced(kept, 'text')}"


def _design(task: Task) -> str:
    """The planner's document, when there is one; a link is not followed, since it may lead out of the tree."""
    relative = f"{task.spec.operation_path}/{task.spec.operation}_design.md"
    path = task.tree / relative
    if path.is_symlink() or not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    if len(text) > MAX_DESIGN:
        text = f"{text[:MAX_DESIGN]}\n[cut here; the file goes on]"
    return _block(f"Design document, {relative}", text, "md")


def _files(task: Task) -> str:
    root = task.tree / task.spec.operation_path
    found = sorted(path.relative_to(task.tree).as_posix() for path in root.rglob("*") if path.is_file())
    if not found:
        return f"## Files\n{task.spec.operation_path} holds no file yet."
    more = [f"- and {len(found) - MAX_FILES} more"] if len(found) > MAX_FILES else []
    return "\n".join([f"## Files in {task.spec.operation_path}", *(f"- {name}" for name in found[:MAX_FILES]), *more])


def _block(title: str, text: str, language: str) -> str:
    return f"## {title}\n{_fenced(text.strip(), language)}" if text.strip() else ""


def _fenced(text: str, language: str) -> str:
    """A code block whose fence is longer than any in the text, so that the text cannot end it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
