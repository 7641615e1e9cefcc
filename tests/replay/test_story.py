"""A whole operation through the real SDK and CLI, by a model that errs on the way, and the same again from its recording."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.backends.template.backend import generate
from op_pipeline.engine import Request, run_pipeline
from op_pipeline.models import RunStatus
from op_pipeline.spec import Spec, load_spec
from op_pipeline.state import RunFolder
from op_pipeline.testing import build_file_tree, git, init_repository
from op_pipeline.testing.replay import rehearse, replay
from op_pipeline.testing.scripted_api import Reply, ScriptedAPI, text, use
from op_pipeline.testing.scripted_api import Request as Asked

SPEC = """\
---
operation: swish
category: eltwise
flow: cpp
inputs:
  - {name: x, dtypes: [bfloat16], layout: tile, memory: dram_interleaved, rank: [2, 4]}
parameters:
  - {name: beta, type: float, default: 1.0, range: [0.1, 4.0], description: slope}
output: {shape: x.shape, dtype: x.dtype, layout: tile}
formula: x * sigmoid(beta * x)
shapes: [[1, 1, 40, 50]]
---
# swish
"""
FACTORY = "device/swish_program_factory.cpp"
WRITER = "device/kernels/dataflow/writer_swish.cpp"
COMPUTE = "device/kernels/compute/swish.cpp"


class Model:
    """Writes what the template backend would, stage by stage, with mistakes put in by hand."""

    def __init__(self, root: Path, spec: Spec) -> None:
        self.root, self.spec = root, spec
        self.tree = root / "logs" / "worktrees" / "swish"
        self.known: dict[str, str] = {}
        self.stages: dict[str, list[Any]] = {}

    def path(self, name: str) -> str:
        return str(self.tree / self.spec.operation_path / name)

    def read(self, *names: str) -> Reply:
        return Reply([text("Let me look."), *(use("Read", file_path=self.path(name)) for name in names)])

    def edit(self, name: str, old: str, new: str) -> Reply:
        return Reply([use("Edit", file_path=self.path(name), old_string=old, new_string=new)])

    def tool(self, name: str, **arguments: Any) -> Reply:
        return Reply([use(f"mcp__op__{name}", **arguments)])

    def end(self, said: str) -> Reply:
        return Reply([text(said)])

    def write(self, number: int, mistake: tuple[str, str, str] = ("", "", "")) -> list[Reply]:
        """Turns that read what is there already and write the stage's files; a mistake is file, right and wrong text."""
        files = {name: body for name, body in generate(self.spec, number).items() if self.known.get(name) != body}
        old = [use("Read", file_path=str(self.tree / name)) for name in files if name in self.known]
        self.known |= files
        at, right, wrong = mistake
        calls = []
        for name, body in files.items():
            assert not at or not name.endswith(f"/swish/{at}") or right in body
            said = body.replace(right, wrong) if at and name.endswith(f"/swish/{at}") else body
            calls.append(use("Write", file_path=str(self.tree / name), content=said))
        return [*([Reply(old)] if old else []), Reply(calls)]

    def tell(self) -> dict[str, list[Any]]:
        return {
            "spec": [
                self.tool("read_reference", section="contract.md#the-design-document"),
                *self.write(0),
                self.end("The design is written."),
            ],
            "api": [
                *self.write(1, ("swish.cpp", "TT_THROW(", "TT_THROWN(")),
                Reply([use("Write", file_path=self.path(COMPUTE), content="void kernel_main() {}\n")]),
                self.end("The files are there; a kernel I may not write."),
                self.read("swish.cpp"),
                self.edit("swish.cpp", "TT_THROWN(", "TT_THROW("),
                self.tool("run_gate"),
                self.end("A misspelt macro; the gate is green now."),
            ],
            "validation": [*self.write(2), self.end("Validation is complete.")],
            "registration": [*self.write(3), self.end("Documented.")],
            "device_operation": [
                self.look_at_gate,
                self.change_gate,
                *self.write(4),
                self.end("The gate cannot be changed; so I did the work."),
            ],
            "program_factory": [*self.write(5), self.tool("inspect_program", grid="2x2"), self.end("As designed.")],
            "kernel_compilation": [
                *self.write(6, (WRITER, "wait_front(1)", "wait_front(2)")),
                self.read(FACTORY),
                self.edit(FACTORY, "c_16, output_format, 2", "c_16, output_format, 1"),
                self.end("The writer takes tiles in pairs; one page must do."),
                self.read(FACTORY),
                self.edit(FACTORY, "c_16, output_format, 1", "c_16, output_format, 2"),
                self.end("Two pages then."),
                self.tool("emulate", shapes=[[1, 1, 32, 32]]),
                self.read(WRITER),
                self.edit(WRITER, "wait_front(2)", "wait_front(1)"),
                self.end("A core with one tile has no pair: the writer waited for ever."),
            ],
            "correctness": [
                self.read(COMPUTE),
                *self.write(7, (COMPUTE, "mul_unary_tile(0, beta_bits);", "")),
                self.end("Values should be right."),
                self.tool("emulate", parameters={"beta": 2.0}),
                self.read(COMPUTE),
                self.restore_beta,
                self.tool("run_gate"),
                self.end("beta was never used."),
            ],
        }

    def gate(self) -> str:
        return str(next((self.root / "logs").glob("2*/gates/stage_4/test_*.py")))

    def look_at_gate(self, _asked: Asked) -> Reply:
        return Reply([text("What does the gate want?"), use("Read", file_path=self.gate())])

    def change_gate(self, asked: Asked) -> Reply:
        assert asked.results()[0].is_error
        beside = str(Path(self.gate()).with_name("conftest.py"))  # no file that must be read first
        return Reply([use("Write", file_path=beside, content="collect_ignore_glob = ['test_*']\n")])

    def restore_beta(self, asked: Asked) -> Reply:
        right = generate(self.spec, 7)[f"{self.spec.operation_path}/{COMPUTE}"]
        assert "beta_bits = get_arg_val" in asked.last_result_text()
        return Reply([use("Write", file_path=self.path(COMPUTE), content=right)])


def story(folder: RunFolder) -> list[str]:
    """What the log tells: one word per event that matters."""
    told = []
    events: list[Any] = folder.events()
    for event in events:
        match event.event:
            case "failure_classified":
                told.append(f"{event.stage}.{event.attempt} failed: {event.kind}")
            case "note" if event.kind == "denied":
                told.append(f"{event.stage}.{event.attempt} denied: {event.text.partition(':')[0]}")
            case "gate_finished" if event.purpose == "agent":
                told.append(f"{event.stage}.{event.attempt} looked: {'green' if event.green else 'red'}")
            case "committed":
                told.append(f"{event.stage}.{event.attempt} committed")
            case "tool_result" if not event.ok:
                told.append(f"{event.stage}.{event.attempt} refused")
            case "tool_call" if event.tool.startswith("mcp__"):
                told.append(f"{event.stage}.{event.attempt} used: {event.tool.rpartition('__')[2]}")
    return list(dict.fromkeys(told))


TOLD = [
    "0.1 used: read_reference",
    "0.1 committed",
    "1.1 denied: Write",
    "1.1 refused",
    "1.1 failed: build_error",
    "1.2 used: run_gate",
    "1.2 looked: green",
    "1.2 committed",
    "2.1 committed",
    "3.1 committed",
    "4.1 denied: Read",
    "4.1 refused",
    "4.1 denied: Write",
    "4.1 committed",
    "5.1 used: inspect_program",
    "5.1 committed",
    "6.1 failed: protocol_error",
    "6.2 failed: hang_deadlock",
    "6.2 failed: protocol_error",
    "6.3 used: emulate",
    "6.3 committed",
    "7.1 failed: numerical_mismatch",
    "7.2 used: emulate",
    "7.2 used: run_gate",
    "7.2 looked: green",
    "7.2 committed",
]


@pytest.mark.slow
def test_a_model_that_errs_recovers_and_the_recording_says_the_same(
    tmp_path: Path, scripted_api: Callable[..., ScriptedAPI]
) -> None:
    root = init_repository(build_file_tree(tmp_path / "project", {"spec.md": SPEC, ".gitignore": "logs/\n"}))
    spec = load_spec(root / "spec.md")
    scripted_api([], stages=Model(root, spec).tell())
    started = time.monotonic()
    result = run_pipeline(Request(root / "spec.md", root, backend="claude"), lambda event: None)
    seconds = time.monotonic() - started
    folder = RunFolder(result.folder)
    assert result.status is RunStatus.GREEN, (result.reason, story(folder))
    assert story(folder) == TOLD
    events: list[Any] = folder.events()
    refused = [event.summary for event in events if event.event == "tool_result" and not event.ok]
    assert "outside your write scope" in refused[0]
    assert len([answer for answer in refused if "denied by your permission settings" in answer]) == 2, "read and write"
    denied = [event.text for event in events if event.event == "note" and event.kind == "denied"]
    assert f"{COMPUTE} is outside your write scope" in denied[0]
    gates = folder.path.resolve() / "gates"
    beside = f"{gates}/stage_4/conftest.py"
    assert denied[2] == f"Write: {beside}: denied by Edit(/{folder.path.resolve()}/**)"
    assert denied[1].endswith(f"denied by Read(/{gates}/**)"), denied
    final = {name: (root / "logs/worktrees/swish" / name).read_text() for name in generate(spec, 7)}
    assert final == generate(spec, 7)

    rehearsal = rehearse(folder, root, tmp_path / "again")
    done = replay(rehearsal, Request(rehearsal.spec, rehearsal.workspace, backend="claude"), lambda event: None)
    assert done, str(done.divergence)
    assert done.turns == done.recorded
    assert done.result is not None
    assert story(RunFolder(done.result.folder)) == TOLD
    trees = [git(place, "rev-parse", "op/swish^{tree}") for place in (root, rehearsal.workspace)]
    assert trees[0] == trees[1]
    spent = f"{done.turn_seconds:.1f} s of it in {done.turns} turns"
    print(f"told in {seconds:.1f} s; replayed in {done.seconds:.1f} s, {spent}: {done.times_faster:.0f} times faster")
    assert done.modelled_seconds == 10 * done.turns  # how much faster is measured by benchmarks/claude.py
