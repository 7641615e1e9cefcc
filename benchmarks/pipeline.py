"""Times of the program itself: start of the command line, a cold and a warm run of the example, the harness's share.

Every figure stands beside a reference taken in the same run, because machines differ and drift. Run it with
`make bench`, or `python benchmarks/pipeline.py [SPEC]` in an environment where op-pipeline is installed.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from op_pipeline import proc

ROOT = Path(__file__).resolve().parent.parent
PIPELINE = Path(sys.executable).with_name("pipeline")
IDENTITY = {f"GIT_{who}_{what}": "bench@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
STARTS = 11


def seconds(argv: list[str], cwd: Path, **env: str) -> float:
    """Wall time of one process that must succeed."""
    done = proc.run(argv, cwd=cwd, env={**os.environ, **IDENTITY, **env}, deadline=600)
    if not done:
        sys.exit(f"{' '.join(argv)}: {done.output[-2000:]}")
    return done.seconds


def workspace(folder: Path, spec: Path) -> Path:
    """A git repository that holds nothing but the spec."""
    folder.mkdir()
    shutil.copy(spec, folder / "spec.md")
    for argv in (["git", "init", "-q"], ["git", "add", "-A"], ["git", "commit", "-q", "-m", "spec"]):
        seconds(argv, folder)
    return folder


def startup(folder: Path) -> None:
    """`pipeline --help` against the bare interpreter."""
    bare = [seconds([sys.executable, "-c", "pass"], folder) for _ in range(STARTS)]
    shown = [seconds([str(PIPELINE), "--help"], folder) for _ in range(STARTS)]
    ratio = median(shown) / median(bare)
    print(f"pipeline --help        {1000 * median(shown):6.0f} ms   {ratio:5.2f} x bare interpreter")


def run(name: str, folder: Path, cache: Path, spec: Path, reference: float | None) -> float:
    """One whole run in a new workspace; prints its wall time and the harness's share of it."""
    place = workspace(folder, spec)
    wall = seconds(
        [str(PIPELINE), "run", "spec.md", "-q", "--backend", "template"], place, OP_PIPELINE_CACHE=str(cache)
    )
    results = json.loads(next(place.glob("logs/2*/run_results.json")).read_text(encoding="utf-8"))
    overheads = [stage["overhead_seconds"] for stage in results["stages"]]
    if results["status"] != "green":
        sys.exit(f"{name} run ended {results['status']}")
    ratio = "" if reference is None else f"   {wall / reference:5.2f} x cold"
    print(f"{name} run               {wall:6.1f} s {ratio}")
    share = 100 * sum(overheads) / wall
    middle, most = 1000 * median(overheads), 1000 * max(overheads)
    print(f"  harness overhead     {middle:6.0f} ms a stage (median), {most:.0f} ms at most")
    print(f"                       {share:6.1f} % of the wall time")
    return wall


def main(spec: Path) -> None:
    """Everything, in about two minutes."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        startup(folder)
        cold = run("cold", folder / "cold", folder / "cache", spec, None)
        run("warm", folder / "warm", folder / "cache", spec, cold)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples/swish/spec.md")
