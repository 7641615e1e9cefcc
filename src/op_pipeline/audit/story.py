"""What a run's log tells of each commit it made: the events that led to it, picked from all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from op_pipeline import events as ev
from op_pipeline.models import RedCode

Rendered = ev.StageStarted | ev.StageKept  # both tell a stage's template, digest and classes


@dataclass(frozen=True)
class Story:
    """How a stage became a commit. None and empty: the log does not tell, as older ones do not tell all."""

    run: str
    stage: int
    commit: str
    tree: str
    attempt: int
    process: ev.RunStarted | None = None
    gates: dict[int, Rendered] = field(default_factory=dict)  # of this stage and those before it
    red: ev.RedChecked | None = None
    begun: ev.AttemptStarted | None = None
    turn: ev.AttemptFinished | None = None
    green: ev.GateFinished | None = None
    tests: dict[str, str] = field(default_factory=dict)  # outcomes in the green run
    intent: ev.Committing | None = None


class _Teller:
    """Takes the events of a run in order and remembers the last of each kind, by stage."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.process: ev.RunStarted | None = None
        self.gates: dict[int, Rendered] = {}
        self.last: dict[int, Story] = {}
        self.tests: dict[str, str] = {}
        self.stories: dict[str, Story] = {}

    def take(self, event: ev.AnyEvent | ev.RawEvent) -> None:
        """One event."""
        if isinstance(event, ev.RunStarted):
            self.process = event
        if isinstance(event, ev.RawEvent) or event.stage is None:
            return
        number = event.stage
        story = self.last.get(number, Story(self.run, number, "", "", 0))
        match event:
            case ev.StageStarted() | ev.StageKept():
                self.gates[number] = event
            case ev.GateStarted():
                self.tests = {}
            case ev.TestFinished():
                self.tests[event.test] = str(event.outcome)
            case ev.Committed():
                self._end(story, event)
            case _:
                pass
        self.last[number] = self._with(story, event)

    def _with(self, story: Story, event: ev.AnyEvent) -> Story:
        match event:
            case ev.StageStarted() | ev.StageKept():
                return replace(story, red=None)
            case ev.RedChecked():
                # A check that was not red is no certificate, unless there is no other.
                keeps = story.red is not None and story.red.code is RedCode.RED and event.code is not RedCode.RED
                return story if keeps else replace(story, red=event)
            case ev.AttemptStarted():
                return replace(story, begun=event, turn=None, green=None, tests={})
            case ev.AttemptFinished():
                return replace(story, turn=event)
            case ev.GateFinished(purpose="green"):
                return replace(story, green=event, tests=dict(self.tests), process=self.process)
            case ev.Committing():
                return replace(story, intent=event)
            case _:
                return story

    def _end(self, story: Story, event: ev.Committed) -> None:
        known = {number: gate for number, gate in self.gates.items() if number <= story.stage}
        if not event.attempt:  # satisfied by earlier work: no turn of an agent's led to it
            story = replace(story, begun=None, turn=None)
        self.stories[event.commit] = replace(
            story,
            commit=event.commit,
            tree=event.tree,
            attempt=event.attempt or 0,
            gates=dict(sorted(known.items())),
        )


def stories_of(run: str, events: Iterable[ev.AnyEvent | ev.RawEvent]) -> dict[str, Story]:
    """Commit id → its story, in the order of the log."""
    teller = _Teller(run)
    for event in events:
        teller.take(event)
    return teller.stories
