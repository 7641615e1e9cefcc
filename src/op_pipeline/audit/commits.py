"""A stage's commit against the log: message, parent, tree, scope, certificate, verdict. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from op_pipeline.audit.runs import RunLog
from op_pipeline.audit.story import Story
from op_pipeline.audit.values import StageAudit
from op_pipeline.models import RedCode
from op_pipeline.repo import Record, Repository, changed_paths, matches, message_of

REQUIRED = ("Operation", "Run", "Stage", "Agent", "Attempt", "Gate", "Target", "Inputs", "Version")
_REGULAR = {"100644", "100755", "000000"}
_GIT_NAMES = frozenset({".git", ".gitattributes", ".gitignore", ".gitmodules", ".mailmap"})
_RUN_ID = re.compile(r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[a-z0-9_]+-[0-9a-f]{4}$")


@dataclass(frozen=True)
class Subject:
    """One commit, what the log tells of it, and where to put what is found."""

    repository: Repository
    record: Record
    trailers: dict[str, str]
    log: RunLog
    story: Story
    found: StageAudit


def check_trailers(record: Record, trailers: dict[str, str], found: StageAudit) -> bool:
    """Whether the commit names its run as every commit of a stage does."""
    missing = [key for key in REQUIRED if not trailers.get(key)]
    if missing:
        found.differ("trailers", "all that a stage's commit has", f"none called {', '.join(missing)}")
    if not _RUN_ID.match(record.run):
        found.differ("trailer Run", "the id of a run", record.run)
        return False
    return True


def check_commit(s: Subject) -> None:
    """Everything about a commit that needs no gate to be run."""
    _identity(s)
    _log_position(s)
    _verdict(s)
    _certificate(s)
    _scope(s)


def _identity(s: Subject) -> None:
    record, story, found = s.record, s.story, s.found
    found.compare("commit", story.commit, record.commit)
    if story.intent is None:
        found.skip("the log tells no intent of the commit")
        return
    found.compare("tree of the commit", story.intent.tree, record.tree)
    found.compare("parent of the commit", story.intent.parent, record.parent)
    written = message_of(s.repository.git, record.commit)
    for was, now in _other_lines(story.intent.message, written):
        found.differ("message of the commit", was, now)


def _other_lines(recorded: str, written: str) -> Iterator[tuple[str, str]]:
    one, two = recorded.strip().splitlines(), written.strip().splitlines()
    for line in one:
        if line not in two:
            key = line.partition(":")[0]
            yield line, next((other for other in two if other.startswith(f"{key}:")), "")
    known = {line.partition(":")[0] for line in one}
    yield from (("", line) for line in two if line.partition(":")[0] not in known)


def _log_position(s: Subject) -> None:
    """The commit names the log's chain before it: a log that was chained anew does not have that."""
    number, _, chain = s.trailers.get("Log", "").partition(" ")
    if not number.isdecimal():
        s.found.skip("the commit does not name its place in the log: a log that was written anew would not show")
        return
    s.found.compare(f"chain of the log at event {number}", chain, s.log.reading.chains.get(int(number), ""))


def _verdict(s: Subject) -> None:
    """The tree that was judged is the one committed, by the gates that stand there."""
    story, found = s.story, s.found
    if story.green is None:
        found.differ("green", "a gate run before the commit", "none in the log")
        return
    green = story.green
    found.compare("green", True, green.green)
    found.compare("stages judged together", tuple(sorted(story.gates)), green.stages)
    others = {name: outcome for name, outcome in story.tests.items() if outcome != "passed"}
    for name, outcome in others.items():
        found.differ(f"green, {name}", "passed", outcome)
    found.compare("tests that passed", green.passed, len(story.tests) - len(others))
    found.compare("tests collected", green.collected, len(story.tests))
    if green.tree:
        found.compare("tree that was judged", green.tree, s.record.tree)
    elif story.turn is None:
        found.skip("an old log: it does not tell which tree was judged")
    if story.turn is not None:
        found.compare("tree that the agent left", story.turn.tree, s.record.tree)
    own = story.gates[story.stage].gate_digest if story.stage in story.gates else ""
    found.compare("gate", s.record.gate, own[:16])
    for number, digest in zip(green.stages, green.gates, strict=False):
        rendered = story.gates.get(number)
        if rendered is not None and rendered.gate_digest:
            found.compare(f"gate {number} that judged", rendered.gate_digest, digest)


def _certificate(s: Subject) -> None:
    """RED: on the tree before, by the same gate, in the same surroundings, of the tests that then were green."""
    red, found, record = s.story.red, s.found, s.record
    if red is None:
        found.differ("red", "a check before the attempt", "none in the log")
        return
    found.compare("red", RedCode.RED, red.code)
    own = [name for name in s.story.tests if name.startswith(f"stage_{record.stage}/")]
    found.compare_sets("tests that were red", red.ids, own)
    if not red.gate:
        found.skip("an old log: its certificate is bound to no gate and no surroundings")
        return
    found.compare("gate that was red", record.gate, red.gate[:16])
    if s.story.green is not None:
        found.compare("surroundings of red and green", red.environment, s.story.green.environment)
    text = f"{red.tree} {len(red.ids)} test{'' if len(red.ids) == 1 else 's'} {','.join(red.classes)}"
    found.compare("trailer Red", s.trailers.get("Red", ""), text)
    before = s.repository.git.line("rev-parse", f"{record.commit}^^{{tree}}")
    if s.story.attempt:
        found.compare("tree that was red", red.tree, before)
        return
    # Satisfied early: red on the tree before its agent began, and nothing is changed by this commit.
    history = s.repository.git("log", "--first-parent", "--format=%T", f"{record.commit}^", "--").split()
    if red.tree not in history:
        found.differ("tree that was red", red.tree, "no commit before this one has it")


def _scope(s: Subject) -> None:
    """What the commit changes, the agent may write; a stage that was satisfied already changes nothing."""
    changed = changed_paths(s.repository.git, f"{s.record.commit}^", s.record.commit)
    if s.story.attempt and (s.story.begun is None or not s.story.begun.scope):
        s.found.skip("the log does not tell the agent's write scope")
        return
    scope = s.story.begun.scope if s.story.begun is not None else ()
    for path, mode in changed.items():
        if not matches(path, scope):
            s.found.differ("files of the commit", "inside the agent's write scope", f"{path} outside it")
        elif mode not in _REGULAR or not _GIT_NAMES.isdisjoint(path.split("/")):
            s.found.differ("files of the commit", "regular files that steer no git", path)
