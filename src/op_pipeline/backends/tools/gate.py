"""`run_gate`: the stage's gate on the tree as it stands. The engine runs it again itself; this run decides nothing."""

from __future__ import annotations

from op_pipeline import sandbox
from op_pipeline.backends.tools.toolbox import Answer, Toolbox, refusal
from op_pipeline.events import GateFinished, GateStarted
from op_pipeline.failures import classify
from op_pipeline.gates import judge_green, run_gates
from op_pipeline.models import Gate, GateRun, GreenVerdict

SHOWN = 5  # failures; the first is the one to mend


def run_gate(box: Toolbox, *, earlier: bool = False) -> Answer:
    """Run the sealed gate, with `earlier` all gates before it as well; the classified result."""
    task, target = box.task, box.target
    if not task.gates or target is None:
        return refusal("this attempt has no gate that can be run")
    if box.gate_runs >= box.gate_limit:
        return refusal(
            f"the {box.gate_limit} gate runs of this attempt are used up; end your turn, the gate is run then"
        )
    deadline = box.seconds(task.stage.gate_deadline * (2 if earlier else 1))
    if deadline <= 1:
        return refusal("no time is left in this attempt for a gate run; end your turn, the gate is run then")
    box.gate_runs += 1
    gates = list(task.gates) if earlier else [task.gates[-1]]
    numbers = tuple(gate.stage for gate in gates)
    seed = box.seed("gate", box.gate_runs)
    strength = sandbox.strength(task.sandbox)
    box.tell(GateStarted(stages=numbers, purpose="agent", target=target.name, sandbox=str(strength)))
    run = run_gates(
        gates,
        spec=task.spec,
        tree=task.tree,
        target=target,
        out=box.folder("run_gate"),
        seed=seed,
        deadline=deadline,
        emit=box.tell,
        confine=strength,
    )
    verdict = _verdict(box, run, gates)
    box.tell(GateFinished.of(run, purpose="agent", green=verdict.green, seed=seed))
    return _answer(box, run, verdict)


def _verdict(box: Toolbox, run: GateRun, gates: list[Gate]) -> GreenVerdict:
    verdict = judge_green(run, gates, {})
    failures = classify(run, box.task.tree)  # with paths relative to the tree
    return GreenVerdict(verdict.green, failures or verdict.failures, verdict.passed)


def _answer(box: Toolbox, run: GateRun, verdict: GreenVerdict) -> Answer:
    if run.env_problem:
        return refusal(f"the gate could not be run, and that is not your doing: {run.env_problem}")
    failures = [box.failure(failure) for failure in verdict.failures]
    data = {
        "green": verdict.green,
        "passed": verdict.passed,
        "tests": len(run.collected),
        "failures": failures[:SHOWN],
        "runs_left": box.gate_limit - box.gate_runs,
    }
    if len(failures) > SHOWN:
        data["more_failures"] = len(failures) - SHOWN
    if verdict.green:
        data["note"] = "green here; the verdict is given on fresh values, together with all earlier gates"
    return Answer(data)
