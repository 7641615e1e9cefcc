"""TemplateBackend: plays every agent of the cpp flow without a model, from the spec alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline.backends.template.design import PYTHON_FLOW, Design
from op_pipeline.backends.template.factory_builder import build
from op_pipeline.backends.template.families import design
from op_pipeline.backends.template.host_python.generator import host_files
from op_pipeline.backends.template.planner import plan
from op_pipeline.backends.template.scaffolder import scaffold
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.models import AgentOutcome, Cost, Failure, FailureClass, Usage
from op_pipeline.spec import Spec

if TYPE_CHECKING:
    from op_pipeline.backends import Task
    from op_pipeline.events import AnyEvent

FLOWS = ("cpp", PYTHON_FLOW)
STAGES = range(8)


def files_of_stage(found: Design, stage: int) -> dict[str, str]:
    """Everything the owner of `stage` writes, by path below the tree's root. ValueError for a stage outside 0–7."""
    if stage not in STAGES:
        raise ValueError(f"stage {stage} is not one of 0 to 7")
    if stage == 0:
        return plan(found)
    if found.spec.flow == PYTHON_FLOW and stage <= 6:
        return host_files(found, stage)
    if stage <= 3:
        return scaffold(found, stage)
    if stage <= 6:
        return build(found, stage)
    if "compute" in found.kernels:
        return {found.kernels["compute"].path: found.text.compute(found)}
    return {found.kernels["reader"].path: found.text.reader(found)}


def generate(spec: Spec, stage: int) -> dict[str, str]:
    """Files of one stage for a spec. Raises UnsupportedSpecError for what this backend cannot generate."""
    if spec.flow not in FLOWS:
        raise UnsupportedSpecError(f"flow: {spec.flow}", f"it plays the agents of the flows {' and '.join(FLOWS)}")
    return files_of_stage(design(spec), stage)


class TemplateBackend:
    """Deterministic: the same spec and stage give the same bytes, whatever the tree holds or earlier attempts did."""

    name = "template"

    def attempt(self, task: Task, emit: Callable[[AnyEvent], None]) -> AgentOutcome:  # noqa: ARG002 - it has no messages
        """Write the files of the task's stage. An unsupported construct is an outcome that names it."""
        started = time.monotonic()
        try:
            files = generate(task.spec, task.stage.number)
        except UnsupportedSpecError as error:
            failure = Failure(
                FailureClass.NOT_IMPLEMENTED,
                str(error),
                Cost.HARD,
                action="run this stage with another backend, or change the spec",
                file=str(task.spec.source),
            )
            return AgentOutcome(summary=str(error), usage=_usage(started), failure=failure, final=True)
        changed = [path for path, text in files.items() if _write(task.tree / path, text)]
        summary = f"wrote {', '.join(changed)}" if changed else "every file of this stage already stood as it should"
        return AgentOutcome(summary=summary, usage=_usage(started), final=not changed)


def _write(path: Path, text: str) -> bool:
    """Put `text` there; False when it already stood so."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def _usage(started: float) -> Usage:
    return Usage(dollars=0.0, seconds=time.monotonic() - started)
