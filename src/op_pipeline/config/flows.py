"""Flows: the ordered stages of one way to build an operation, who owns each, its gate and its budget."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from op_pipeline.config.agents import load_agent
from op_pipeline.errors import ConfigError, Problem, did_you_mean
from op_pipeline.models import FailureClass
from op_pipeline.resources import find_resource, list_resources
from op_pipeline.yamlfile import YamlFile, check_model, read_yaml

FOLDER = "flows"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class StageSpec(_Strict):
    """One stage: what is to be reached, who works on it, which gate decides."""

    number: Annotated[int, Field(ge=0, le=99)]
    """Position; stages are numbered from 0 without gaps."""
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    """Identifier; stands in logs and commit subjects."""
    agent: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    """Who owns the stage."""
    gate: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+\.py\.j2$")]
    """Template of the gate in stage_tests/."""
    also: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+\.py\.j2$")], ...] = ()
    """Templates of further tests of the gate; `--also mock` adds those of stage_tests/mock."""
    red: Annotated[tuple[FailureClass, ...], Field(min_length=1)]
    """Failure classes the gate must show before the first attempt."""
    goal: Annotated[str, Field(min_length=1)]
    """What the agent is asked to reach, in a sentence or two."""
    max_hard: Annotated[int, Field(ge=1, le=50)] = 6
    """Failed attempts of the hard kind before the stage is given up."""
    max_cheap: Annotated[int, Field(ge=0, le=100)] = 10
    """Failed attempts of the cheap kind (does not compile, does not link) before the same."""
    gate_deadline: Annotated[float, Field(gt=0)] = 120.0
    """Seconds one gate run may take."""
    attempt_deadline: Annotated[float, Field(gt=0)] = 900.0
    """Seconds one attempt may take."""
    max_dollars: Annotated[float, Field(gt=0)] | None = None
    """Most dollars of all attempts in a run; none without."""
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    """Most tokens of the same, cached ones included; none without."""
    max_time: Annotated[float, Field(gt=0)] | None = None
    """Most seconds of the stage in a run, gates included; none without."""


class FlowFile(_Strict):
    """A flow: agents and the stages each owns, in order."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    """Identifier; also the file's name and the value of `flow:` in a spec."""
    description: str = ""
    """One line for listings."""
    available: bool = True
    """Whether specs may use it."""
    reason: str = ""
    """Why not, when it is not available."""
    stages: Annotated[tuple[StageSpec, ...], Field(min_length=1)]
    """The stages in order."""


class FlowSpec(FlowFile):
    """A checked flow."""

    source: Path
    digest: str = ""

    def stage(self, number: int) -> StageSpec:
        """The stage of that number. Raises ConfigError naming the stages there are."""
        if not 0 <= number < len(self.stages):
            known = ", ".join(f"{stage.number} {stage.name}" for stage in self.stages)
            raise ConfigError(f"flow {self.name!r} has no stage {number}", hint=f"stages: {known}")
        return self.stages[number]


def flow_names(project: Path | None) -> tuple[str, ...]:
    """Names of all flows, the project's and the shipped ones."""
    files = list_resources("agents", project, "*.yaml")
    return tuple(Path(file).stem for file in files if Path(file).parent.as_posix() == FOLDER)


def read_flow(name: str, project: Path | None) -> FlowSpec:
    """The flow `name`, available or not. Raises ConfigError with all problems of its file."""
    known = flow_names(project)
    if name not in known:
        raise ConfigError(f"no flow {name!r}{did_you_mean(name, known)}", hint=f"flows: {', '.join(known)}")
    path = find_resource("agents", f"{FOLDER}/{name}.yaml", project)
    source = read_yaml(path)
    flow, problems = check_model(FlowFile, source)
    if flow is not None:
        problems += _consistency(flow, source, path)
    if flow is None or problems:
        raise ConfigError(problems=sorted(problems, key=lambda problem: problem.line))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return FlowSpec.model_construct(**dict(flow), source=path, digest=digest)


def load_flow(name: str, project: Path | None) -> FlowSpec:
    """The flow `name`. Raises ConfigError with all problems, and for a flow that is not available yet."""
    flow = read_flow(name, project)
    if not flow.available:
        usable = [other for other in flow_names(project) if other != name and read_flow(other, project).available]
        raise ConfigError(f"flow {name!r} is not available: {flow.reason}", hint=f"available: {', '.join(usable)}")
    return flow


def _consistency(flow: FlowFile, source: YamlFile, path: Path) -> list[Problem]:
    problems: list[Problem] = []
    if flow.name != path.stem:
        problems.append(source.problem(("name",), f"{flow.name!r} stands in the file of {path.stem!r}"))
    if not flow.available and not flow.reason:
        problems.append(source.problem(("available",), "a flow that is not available needs a reason"))
    seen: dict[str, int] = {}
    for index, stage in enumerate(flow.stages):
        if stage.number != index:
            problems.append(source.problem(("stages", index, "number"), f"{stage.number} stands where {index} is due"))
        if stage.name in seen:
            where = ("stages", index, "name")
            problems.append(source.problem(where, f"{stage.name!r} is already the name of stage {seen[stage.name]}"))
        seen.setdefault(stage.name, index)
    return problems


def check_flow(flow: FlowSpec, project: Path | None) -> tuple[Problem, ...]:
    """Everything a flow refers to and that is not there: agents that do not load, gate templates that do not exist."""
    source = read_yaml(flow.source)
    problems: list[Problem] = []
    agents_done: set[str] = set()
    for index, stage in enumerate(flow.stages):
        if stage.agent not in agents_done:
            agents_done.add(stage.agent)
            try:
                load_agent(stage.agent, project)
            except ConfigError as error:
                problems += error.problems or [source.problem(("stages", index, "agent"), str(error))]
        try:
            find_resource("stage_tests", stage.gate, project)
        except ConfigError as error:
            problems.append(source.problem(("stages", index, "gate"), str(error)))
    return tuple(problems)
