"""A whole run of the tiny project with Claude as its agents: mistakes, recovery, commits, and what the log tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline.engine import Request, RunResult, run_pipeline
from op_pipeline.events import AnyEvent
from op_pipeline.models import FailureClass, RunStatus
from op_pipeline.testing import TOY_PATH, ScriptGates, git, tiny_project
from op_pipeline.testing.desk import marked_processes
from op_pipeline.testing.scripted_api import ApiError, Reply, Script, ScriptedAPI, text, use

pytestmark = pytest.mark.claude_cli
DONE = Reply([text("done")])
K = FailureClass


class Project:
    """The tiny project, and runs of it."""

    def __init__(self, root: Path) -> None:
        self.root = tiny_project(root)
        (self.root / "pyproject.toml").write_text(
            '[tool.op-pipeline]\nmodel = "claude-sonnet-5"\n[tool.op-pipeline.claude]\ncli_retries = 0\nturn_retries = 0\n'
        )
        self.tampering = root.parent / "claude-that-tampers"
        gamma = self.root / "agents" / "gamma.yaml"
        gamma.write_text(gamma.read_text() + "maxTurns: 2\n")
        git(self.root, "add", "-A")
        git(self.root, "commit", "-qm", "settings")
        self.events: list[AnyEvent] = []

    def tamper(self) -> None:
        """Let a Claude Code be used that no hook, rule or sandbox holds: at stage 2 it works on gate and tree, once."""
        import claude_agent_sdk  # noqa: PLC0415

        cli = Path(claude_agent_sdk.__file__).with_name("_bundled") / "claude"
        once = self.root.parent / "once"
        self.tampering.write_text(
            f"""#!/bin/sh
            case "$ANTHROPIC_CUSTOM_HEADERS" in *"X-Op-Stage: validation"*)
            if mkdir {once}; then
              for file in {self.root}/logs/2*/gates/stage_2/test_*.py; do echo "# EVIL" >> $file; done
              echo mine > README
            fi ;;
            esac
            exec {cli} "$@"
            """
        )
        self.tampering.chmod(0o755)
        settings = self.root / "pyproject.toml"
        settings.write_text(f'{settings.read_text()}cli = "{self.tampering}"\n')

    def path(self, stage: int) -> str:
        return str(self.root / "logs" / "worktrees" / "toy" / TOY_PATH / f"{stage}.txt")

    def write(self, stage: int, content: str = "GOOD\n") -> Reply:
        return Reply([use("Write", file_path=self.path(stage), content=content)])

    def run(self, **wishes: object) -> RunResult:
        self.events.clear()
        request = Request(self.root / "spec.md", self.root, backend="claude", **wishes)  # type: ignore[arg-type]
        return run_pipeline(request, self.events.append, keeper=ScriptGates())

    def subjects(self) -> list[str]:
        return git(self.root, "log", "--reverse", "--format=%s", "main..op/toy").splitlines()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    pytest.importorskip("claude_agent_sdk")
    return Project(tmp_path / "project")


def test_run_recovers_from_mistakes_and_the_log_tells(
    project: Project, scripted_api: Callable[..., ScriptedAPI]
) -> None:
    gate = project.root / "stage_tests" / "test_api.py.j2"
    project.tamper()
    scripted_api(
        stages={
            "spec": [project.write(0), DONE],
            "api": [
                Reply([use("Write", file_path=str(gate), content="EVIL")]),  # an attempt on the gate
                project.write(1, "BUILD\n"),  # does not build: cheap
                DONE,
                Reply([use("Read", file_path=project.path(1))]),
                Reply([use("Edit", file_path=project.path(1), old_string="BUILD", new_string="GOOD")]),
                DONE,
            ],
            "validation": [project.write(2), DONE, project.write(2, "wrong\n"), DONE, project.write(2), DONE],
            "correctness": [project.write(3), Reply([use("Glob", pattern="*")])],  # cut; what is written is judged
        }
    )
    result = project.run()
    assert result.status is RunStatus.GREEN, result.reason
    assert [subject.partition(": ")[2] for subject in project.subjects()] == [
        "stage 0 spec",
        "stage 1 api",
        "stage 2 validation",
        "stage 3 correctness",
    ]
    kinds = [event.kind for event in project.events if event.event == "failure_classified"]
    assert kinds == [K.BUILD_ERROR, K.TAMPERED_GATE, K.WRITE_OUTSIDE_SCOPE, K.NUMERICAL_MISMATCH]
    told = [event.text for event in project.events if event.event == "note" and event.kind == "denied"]
    assert told == [f"Write: {gate}: denied by Edit(/{gate.parent}/**)"]
    assert (project.root / "logs/worktrees/toy/README").read_text() == "A project.\n"
    assert "EVIL" not in gate.read_text()
    assert len([event for event in project.events if event.event == "tool_result" and not event.ok]) == 1
    finished = [event for event in project.events if event.event == "attempt_finished"]
    assert len(finished) == 7
    assert [item.kind for item in finished[-1].failures] == [K.LIMIT_REACHED]
    assert all(event.dollars for event in finished)
    assert not marked_processes(project.root)


def test_refused_credentials_stop_the_run_at_once_and_green_stages_stay(
    project: Project, scripted_api: Callable[..., ScriptedAPI]
) -> None:
    api = scripted_api(
        stages={"spec": [project.write(0), DONE], "api": Script(forever=ApiError(401, "invalid x-api-key"))}
    )
    result = project.run()
    assert not result
    assert "refused the credentials" in result.reason + "".join(f.message for f in result.failures)
    assert len([event for event in project.events if event.event == "attempt_started" and event.stage == 1]) == 1
    assert len(project.subjects()) == 1
    before = len(api.requests)
    scripted_api(
        stages={
            "api": [project.write(1), DONE],
            "validation": [project.write(2), DONE],
            "correctness": [project.write(3), DONE],
        }
    )
    again = project.run(run=result.run)
    assert again.status is RunStatus.GREEN, again.reason
    assert before == len(api.requests)
    assert len(project.subjects()) == 4
