"""What makes a green stage mean something, in figures: gates are certified, attacked, and held against good work.

`python benchmarks/trust.py [PART...] [--json] [--mutants N]` in an environment where op-pipeline is installed with its
test tools. Without parts all are run, in about ten minutes on two quiet cores. Exit code 1 when a figure is not what it
must be.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from xml.etree import ElementTree as ET

from certificates import OPERATIONS, certificate, certified, grow
from op_pipeline import proc, sandbox
from op_pipeline.certify import Certificate, Status
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, render_gate, run_gates
from op_pipeline.gates.kit.reachable import margins
from op_pipeline.gates.runner import schedule_seeds
from op_pipeline.gates.workers.commands import scratch_folder, worker_commands
from op_pipeline.models import GateRun
from op_pipeline.spec import Spec, load_spec
from op_pipeline.static_checks import RULES, check
from op_pipeline.targets import load_target
from op_pipeline.testing.accuracy.measure import DTYPES, measure
from op_pipeline.testing.accuracy.operations import OPERATIONS as GOLDENS

ROOT = Path(__file__).resolve().parent.parent
SPECS = [ROOT / "examples/swish/spec.md", *sorted((ROOT / "tests/specs").glob("*.md"))]
REPEATS = 5
CERTIFICATE_SECONDS = 60.0  # most that a certificate may take, on two quiet cores
SHARE = 0.05  # most that everything else in a gate may add to its run time


@dataclass
class Options:
    """What the command line asked for."""

    mutants: int
    jobs: int


@dataclass
class Figures:
    """One part: numbers, a line or more for people, and what is not as it must be."""

    numbers: Mapping[str, float]
    lines: list[str]
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def require(self, holds: bool, problem: str) -> Figures:
        """Note the problem unless it holds."""
        if not holds:
            self.problems.append(problem)
        return self


@dataclass(frozen=True)
class Suite:
    """A pytest run: names and outcomes of what was not skipped, which are attacks, and all it printed."""

    cases: tuple[tuple[str, bool], ...]
    attacks: tuple[bool, ...]
    output: str

    def of(self, name: str = "") -> list[bool]:
        """Whether each case of a test function passed; of all functions without a name."""
        return [passed for case, passed in self.cases if not name or case.partition("[")[0] == name]


def suite(path: str, jobs: int = 0) -> Suite:
    """Run tests of this repository."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        argv = [sys.executable, "-m", "pytest", path, "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
        done = proc.run([*argv, "-n", str(jobs)], cwd=ROOT, env=dict(os.environ), deadline=3600)
        if not report.is_file():
            sys.exit(f"{path}: {done.output[-2000:]}")
        cases = [case for case in ET.parse(report).iter("testcase") if case.find("skipped") is None]
        return Suite(
            tuple(
                (str(case.get("name")), case.find("failure") is None and case.find("error") is None) for case in cases
            ),
            tuple(case.find("properties/property[@name='attack']") is not None for case in cases),
            done.output,
        )


def zoo(options: Options) -> Figures:
    """RED and GREEN decided on runs of every kind."""
    del options
    ran = suite("tests/gates/zoo")
    told = re.search(r"zoo: (\d+) gate runs, (\d+) of them real; (\d+) wrong decisions", ran.output)
    if told is None:
        return Figures({}, ["no summary"], [f"the zoo says nothing: {ran.output[-500:]}"])
    runs, real, wrong = (int(number) for number in told.groups())
    found = Figures(
        {"runs": runs, "real": real, "wrong": wrong}, [f"{runs} gate runs ({real} real), {wrong} decided wrongly"]
    )
    return found.require(not wrong, "decisions are wrong").require(runs >= 60, "fewer than 60 runs")


def reachable(options: Options) -> Figures:
    """GREEN can be reached: what an honest implementation in device precision uses of the tolerance."""
    del options
    used: list[tuple[float, str]] = []
    refused = []
    for path in SPECS:
        spec = load_spec(path)
        for margin in margins(spec, elements=1 << 18):
            used.append((margin.used, f"{spec.operation} {margin.dtype}"))
            refused += [] if margin else [f"{spec.operation}: {margin.refusal}"]
    worst, where = max(used)
    example = ", ".join(f"{share:.1%} ({what.split()[1]})" for share, what in used if what.startswith("swish "))
    middle = median(share for share, _ in used)
    line = f"{len(used)} combinations of {len(SPECS)} specs: {middle:.1%} of a limit used (median), "
    line += f"{worst:.1%} at most ({where}), {len(refused)} refused"
    numbers = {
        "specs": len(SPECS),
        "combinations": len(used),
        "median": middle,
        "worst": worst,
        "refused": len(refused),
    }
    return Figures(numbers, [line, f"swish: {example}"], refused)


def mutation(options: Options) -> Figures:
    """Wrong variants of generated operations, and whether the gates judge what kernels write."""
    made: list[Certificate] = []
    lines = []
    for name in ("swish", *OPERATIONS):
        with tempfile.TemporaryDirectory() as folder:
            if name == "swish":
                spec = load_spec(SPECS[0])
                grow(spec, Path(folder) / "tree")
                made.append(certified(spec, Path(folder), options.mutants))
            else:
                made.append(certificate(Path(folder), name, options.mutants))
        one = made[-1]
        bound = one.bound.value_tests if one.bound is not None and one.bound.holds else 0
        lines.append(
            f"{one.operation}: {len(one.of(Status.KILLED))} of {one.counted} killed, "
            f"{bound} value tests bound to the kernels, {one.seconds:.0f} s"
        )
        lines += [f"  lives: {item.kind}: {item.id}: {item.reason}" for item in one.of(Status.SURVIVED)]
    killed, counted = sum(len(one.of(Status.KILLED)) for one in made), sum(one.counted for one in made)
    alive = [item for one in made for item in one.of(Status.SURVIVED)]
    trivial, excused = sum(item.trivial for item in alive), sum(item.excused for item in alive)
    total = f"{killed} of {counted} killed ({killed / counted:.1%}), {trivial} trivial ones live, {excused} excused"
    slowest = max(one.seconds for one in made)
    numbers = {
        "operations": len(made), "killed": killed, "counted": counted, "trivial_alive": trivial, "alive": len(alive),
        "excused": excused, "bound": sum(one.bound is not None and one.bound.holds for one in made),
        "slowest_seconds": slowest,
    }  # fmt: skip
    found = Figures(numbers, [total, *lines], [problem for one in made for problem in one.problems()])
    if options.mutants > DEFAULT_MUTANTS:
        return found
    return found.require(slowest <= CERTIFICATE_SECONDS, f"a certificate took {slowest:.0f} s")


def accuracy(options: Options) -> Figures:
    """What the accuracy check alone catches, on goldens of all categories."""
    del options
    results = [measure(operation, dtype) for operation in GOLDENS for dtype in DTYPES]
    total, alive = sum(len(result.kills) for result in results), sum(len(result.alive) for result in results)
    refused = sum(bool(result.refused) for result in results)
    numbers = {"mutants": total, "alive": alive, "honest": len(results), "honest_refused": refused}
    line = f"{total} wrong outputs, {alive} alive (reasons: docs/accuracy.md); {len(results)} honest, {refused} refused"
    return Figures(numbers, [line]).require(not refused, "honest work is refused")


def static(options: Options) -> Figures:
    """Rules that read sources, and what they say of good work."""
    del options
    findings = []
    for path in SPECS:
        with tempfile.TemporaryDirectory() as folder:
            spec = load_spec(path)
            grow(spec, Path(folder))
            findings += [f"{spec.operation}: {found}" for found in check(Path(folder), spec.operation_path)]
    numbers = {"rules": len(RULES), "operations": len(SPECS), "findings": len(findings)}
    return Figures(numbers, [f"{len(RULES)} rules, {len(findings)} findings on {len(SPECS)} good operations"], findings)


def good(options: Options) -> Figures:
    """Good implementations as engineers could write them, through every gate."""
    passed = suite("tests/good", options.jobs).of("test_a_good_implementation_passes_every_gate")
    refused = passed.count(False)
    found = Figures(
        {"implementations": len(passed), "refused": refused}, [f"{len(passed)} good implementations, {refused} refused"]
    )
    return found.require(not refused, "good work is refused").require(len(passed) >= 30, "fewer than 30")


def attacks(options: Options) -> Figures:
    """Attackers on the gates, the log, the repository and the judge: each must end as docs/attacks.md says."""
    ran = suite("tests/attacks", options.jobs)
    ends = [passed for (_, passed), attack in zip(ran.cases, ran.attacks, strict=True) if attack]
    others = ends.count(False)
    found = Figures(
        {"attacks": len(ends), "not_in_their_class": others},
        [f"{len(ends)} attacks, {others} of them green or otherwise than docs/attacks.md says"],
    )
    failed = ", ".join(name for name, passed in ran.cases if not passed)
    return found.require(not failed, f"failed: {failed}").require(len(ends) >= 40, "fewer than 40 attacks")


def cost(options: Options) -> Figures:
    """What sandbox, separate processes and static checks add to runs of all gates."""
    del options
    strength = sandbox.strength()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["OP_PIPELINE_CACHE"] = str(folder / "cache")  # so that the first run builds
        spec = load_spec(SPECS[0])
        grow(spec, folder / "tree")
        runs = [_all_gates(spec, folder, f"{number}", strength) for number in range(REPEATS + 1)]
        starts = _starts(spec, folder / "tree", strength)
        del os.environ["OP_PIPELINE_CACHE"]
    reading = (test.seconds for run in runs[1:] for test in run.results if "sources" in test.test.rpartition("::")[2])
    built, first = median(run.seconds for run in runs[1:]), runs[0].seconds + runs[0].build_seconds
    parts = {
        "sandbox": max(0.0, starts["confined"] - starts["apart"]),
        "workers": max(0.0, starts["apart"] - starts["alone"]),
        "static_checks": sum(reading) / REPEATS,
    }
    added = sum(parts.values())
    numbers = {"first_seconds": first, "built_seconds": built, "added_seconds": added}
    numbers |= {f"{key}_seconds": value for key, value in parts.items()}
    numbers |= {"share_of_first": added / first, "share_of_built": added / built}
    each = ", ".join(f"{key.replace('_', ' ')} {value:.2f} s" for key, value in parts.items())
    lines = [
        f"{added:.2f} s a gate run ({each})",
        f"{added / first:.1%} of all gates of swish after an edit ({first:.1f} s: builds, compiles kernels)",
        f"{added / built:.1%} of all gates run again ({built:.1f} s: everything is cached; median of {REPEATS})",
    ]
    return Figures(numbers, lines).require(added < SHARE * first, f"more than {SHARE:.0%} of a gate's run time")


def _all_gates(spec: Spec, folder: Path, seed: str, strength: sandbox.Strength) -> GateRun:
    gates = [render_gate(stage, spec, folder / "gates", None) for stage in load_flow(spec.flow, None).stages]
    run = run_gates(
        gates,
        spec=spec,
        tree=folder / "tree",
        target=load_target("emulator"),
        out=folder / "out",
        seed=seed,
        deadline=300,
        confine=strength,
    )
    if not judge_green(run, gates, {}):
        sys.exit(f"{spec.operation} does not pass its gates: {run.output_tail}")
    return run


# What a judge does before its first test: with workers it waits for them, without it loads the device itself.
JUDGE = """
import json, sys
from op_pipeline.gates.workers.pair import Pair
pair = Pair.of(json.load(sys.stdin)) if sys.argv[1] == "apart" else None
if pair is not None:
    pair.start(("host", "device"))
import pytest
import op_pipeline.gates.kit.plugin, op_pipeline.gates.stream, op_pipeline.gates.kit
if pair is None:
    from op_pipeline import emulator
    emulator.activate()
else:
    pair.host.greet()
    pair.device.greet()
    pair.close()
"""


def _starts(spec: Spec, tree: Path, strength: sandbox.Strength) -> dict[str, float]:
    """Seconds until a judge can begin, median: alone, with workers that are not confined, with confined ones."""
    prepared = load_target("emulator").prepare(spec, tree)
    seconds: dict[str, list[float]] = {"alone": [], "apart": [], "confined": []}
    for how in [*seconds] * (2 * REPEATS):  # in turn, as machines drift
        with scratch_folder() as scratch:
            wrapped = sandbox.Strength.LIMITS if how == "apart" else strength
            commands = worker_commands(prepared, tree, scratch, 60, schedule_seeds("1"), wrapped)
            if how == "apart":  # under limits, what is confined stands at the end of the command line
                for command in commands.values():
                    command["argv"] = command["argv"][command["argv"].index(sys.executable, -4) :]
            argv = [sys.executable, "-c", JUDGE, "alone" if how == "alone" else "apart"]
            done = proc.run(argv, stdin_text=json.dumps({"workers": commands}), deadline=60)
            if not done:
                sys.exit(f"a judge did not begin: {done.output}")
            seconds[how].append(done.seconds)
    return {how: median(found) for how, found in seconds.items()}


DEFAULT_MUTANTS = 80
PARTS: dict[str, Callable[[Options], Figures]] = {
    "zoo": zoo, "reachable": reachable, "mutation": mutation, "accuracy": accuracy, "static": static, "good": good,
    "attacks": attacks, "cost": cost,
}  # fmt: skip


def main() -> int:
    """Run the parts and print their figures."""
    parser = argparse.ArgumentParser(description="Figures that say what a green stage means.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--json", action="store_true", help="one object on stdout")
    parser.add_argument(
        "--mutants", type=int, default=DEFAULT_MUTANTS, metavar="N", help="of each operation (default 80)"
    )
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="processes for good implementations (default 2)"
    )
    given = parser.parse_args()
    if unknown := [name for name in given.parts if name not in PARTS]:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    options = Options(given.mutants, given.jobs)
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, sandbox {sandbox.strength()}"
    machine += f", load {os.getloadavg()[0]:.1f} before"  # times mean little on a machine that is busy
    results: dict[str, Figures] = {}
    print(machine, file=sys.stderr if given.json else sys.stdout)
    for name in given.parts or PARTS:
        started = time.monotonic()
        found = results[name] = PARTS[name](options)
        found.seconds = round(time.monotonic() - started, 1)
        first, *others = found.lines
        text = [f"{name:10} {first}  [{found.seconds:.0f} s]", *(f"{'':10} {line}" for line in others)]
        text += [f"{'':10} NOT AS IT MUST BE: {problem}" for problem in found.problems]
        print("\n".join(text), file=sys.stderr if given.json else sys.stdout, flush=True)
    if given.json:
        print(
            json.dumps({"v": 1, "machine": machine, "parts": {name: asdict(found) for name, found in results.items()}})
        )
    return 1 if any(found.problems for found in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
