"""Make the certificate of one operation's gates, or read it from the cache when nothing it depends on has changed."""

from __future__ import annotations

import functools
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from op_pipeline import sandbox
from op_pipeline.certify.bound import check_bound
from op_pipeline.certify.choosing import Job, chosen
from op_pipeline.certify.models import Certificate, MutantResult, Status, from_data
from op_pipeline.certify.reasons import excuse
from op_pipeline.certify.running import Surface, described, run_mutants
from op_pipeline.certify.source import Source
from op_pipeline.certify.zoo import MUTATIONS, Candidate, Mutant, Mutation, NotApplicable, read_candidate
from op_pipeline.errors import PipelineError
from op_pipeline.gates import digest_of, environment_of
from op_pipeline.models import Gate
from op_pipeline.spec import Spec
from op_pipeline.targets import Target

Told = Callable[[MutantResult], None]
LEAST_DEADLINE = 20.0  # seconds for one mutant
MOST = 80  # mutants that are run when nobody says how many: about a minute on two cores


def certify(
    spec: Spec,
    tree: Path,
    gates: Sequence[Gate],
    target: Target,
    *,
    cache: Path | None = None,
    most: int = MOST,
    mutations: Sequence[Mutation] = MUTATIONS,
    confine: str = "auto",
    told: Told = lambda _: None,
) -> Certificate:
    """Make mutants of the operation in `tree`, run `gates` on each, and say what became of them.

    `cache` is a folder of earlier certificates. At most `most` mutants are run, spread over all ways of being wrong
    in `mutations`. `confine` as in run_gates. `told` hears each result as it comes, from a worker's thread.
    Raises PipelineError when the operation itself does not pass its gates.
    """
    started = time.monotonic()
    strength = sandbox.strength(confine)  # first: a certificate of a weaker sandbox is not handed out for a strict one
    key = digest(spec, tree, gates, target, most, mutations, confine=confine)
    file = cache / f"{spec.operation}-{key[:16]}.json" if cache is not None else None
    known = _read(file)
    if known is not None:
        return known
    with tempfile.TemporaryDirectory(prefix="op-certify-") as scratch:
        surface = Surface(spec, tree, gates, target, Path(scratch), key[:16], 120.0, strength)
        run = _baseline(surface)
        bound = check_bound(surface)
        surface = replace(surface, deadline=max(LEAST_DEADLINE, 8 * run))
        possible, idle = _jobs(read_candidate(spec, tree), mutations)
        jobs = chosen(possible, most, spec.digest)
        ran = run_mutants(surface, jobs, told)
    mutants = tuple(excuse(result, spec) for result in (*ran, *idle))
    made = Certificate(
        operation=spec.operation,
        category=spec.category,
        spec=spec.digest,
        gates={str(gate.stage): gate.digest for gate in gates},
        tree=tree_digest(spec, tree),
        environment=environment(target),
        mutants=mutants,
        left_out=len(possible) - len(jobs),
        bound=bound,
        seconds=round(time.monotonic() - started, 1),
    )
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(made.as_data(), indent=1) + "\n", encoding="utf-8")
    return made


def _baseline(surface: Surface) -> float:
    """Seconds the gates take on the operation as it is. Raises PipelineError unless they are green."""
    run, failures = surface.run(surface.tree, [gate.stage for gate in surface.gates], stop=False)
    if failures:
        first = failures[0]
        where = f" ({first.file}:{first.line})" if first.file else ""
        raise PipelineError(
            f"{surface.spec.operation} does not pass its own gates: {first.test}: {first.message}{where}",
            hint="mutants are made from a correct implementation; make it green first: pipeline gate 7 --upto",
        )
    return run.seconds + run.build_seconds


def _jobs(candidate: Candidate, mutations: Sequence[Mutation]) -> tuple[list[Job], list[MutantResult]]:
    """Mutants to run, and results of those that are not: equivalent ones and mutations that found no place."""
    jobs: list[Job] = []
    idle: list[MutantResult] = []
    texts = {source.path: source for source in (*candidate.kernels.values(), *candidate.host)}
    for mutation in mutations:
        if mutation.categories and candidate.spec.category not in mutation.categories:
            continue
        try:
            made = list(mutation.make(candidate))
        except NotApplicable as why:
            idle.append(described((mutation, Mutant("", "", {})), Status.NOT_APPLICABLE, reason=str(why)))
            continue
        for mutant in made:
            same = mutant.same or _unchanged(mutant, texts)
            if same:
                idle.append(described((mutation, mutant), Status.EQUIVALENT, reason=same))
            else:
                jobs.append((mutation, mutant))
    return jobs, idle


def _unchanged(mutant: Mutant, sources: dict[str, Source]) -> str:
    for path, text in mutant.texts.items():
        if text != sources[path].text and Source(path, text).tokens() != sources[path].tokens():
            return ""
    return "the text is the same but for comments and white space"


def digest(  # noqa: PLR0917 - everything it is made from
    spec: Spec,
    tree: Path,
    gates: Sequence[Gate],
    target: Target,
    most: int,
    mutations: Sequence[Mutation] = MUTATIONS,
    *,
    confine: str = "auto",
) -> str:
    """Of everything a certificate depends on."""
    parts = [spec.digest, tree_digest(spec, tree), environment(target), str(most), sandbox.strength(confine).value]
    parts += [f"{item.level} {item.kind} {item.name}" for item in mutations]
    parts += [f"{gate.stage}:{gate.digest}" for gate in gates]
    return _sha(*(part.encode() for part in parts))


def tree_digest(spec: Spec, tree: Path) -> str:
    """Of the operation's files, its unit test and what lists it, names and contents: all that gates look at."""
    folder = tree / spec.operation_path
    test = tree / "tests/ttnn/unit_tests/operations" / spec.category / f"test_{spec.operation}.py"
    build = (parent / "CMakeLists.txt" for parent in folder.parents if parent.is_relative_to(tree))
    files = {*folder.rglob("*"), test, *build}
    kept = sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts)
    return _sha(*(part for path in kept for part in (path.relative_to(tree).as_posix().encode(), path.read_bytes())))


def environment(target: Target) -> str:
    """Of what judges (program, compiler, interpreter) and of the code that makes and runs mutants."""
    return digest_of({**environment_of(target), "zoo": zoo_digest()})


@functools.cache
def zoo_digest() -> str:
    """Of this room's sources."""
    folder = Path(__file__).resolve().parent
    return _sha(*(path.read_bytes() for path in sorted(folder.rglob("*.py"))))


def _sha(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()


def _read(file: Path | None) -> Certificate | None:
    if file is None or not file.is_file():
        return None
    try:
        return from_data(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
