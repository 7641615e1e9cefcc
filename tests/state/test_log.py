"""The event log: one line per event, whole or absent."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from op_pipeline import events as ev
from op_pipeline.errors import InfrastructureError
from op_pipeline.models import Cost, FailureClass, RunStatus, StageStatus
from op_pipeline.state import EventLog, Progress, Workspace, fold, new_run_id, operation_lock, write_atomic


def written(path: Path, *events: ev.AnyEvent) -> EventLog:
    log = EventLog(path, "run-1")
    for event in events:
        log.emit(event)
    return log


def test_base_fields_are_completed_and_lines_read_back(tmp_path: Path) -> None:
    path = tmp_path / "run" / "events.jsonl"
    seen: list[ev.AnyEvent] = []
    log = EventLog(path, "run-1", on_event=seen.append)
    log.emit(ev.Note(kind="hypothesis", text="ümläut\nand a line"), stage=3, attempt=2)
    log.emit(ev.AttemptFinished(ok=True, dollars=None), stage=3, attempt=2)
    log.emit(ev.Warned(message="x"))
    assert ev.read_events(path) == seen
    assert [(event.seq, event.run, event.stage, event.attempt) for event in seen] == [
        (1, "run-1", 3, 2),
        (2, "run-1", 3, 2),
        (3, "run-1", None, None),
    ]
    assert seen[0].ts.endswith("Z")


def test_every_line_is_on_disk_before_the_next_step(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    counts: list[int] = []
    log = EventLog(path, "r", on_event=lambda _: counts.append(len(path.read_text().splitlines())))
    for number in range(3):
        log.emit(ev.Warned(message=str(number)))
    assert counts == [1, 2, 3]


def test_a_torn_last_line_is_tolerated_and_closed(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written(path, ev.Warned(message="whole")).close()
    with path.open("a") as file:
        file.write('{"v":1,"event":"warn')
    assert len(ev.read_events(path)) == 1
    written(path, ev.Warned(message="after")).close()
    assert [event.message for event in ev.read_events(path) if isinstance(event, ev.Warned)] == ["whole", "after"]


def test_unknown_events_and_fields_are_kept_raw(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = [{"event": "teleported", "x": 1}, {"event": "warning", "message": "m", "new_field": 2}, [1], "text"]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    found = ev.read_events(path)
    assert [event.event for event in found] == ["teleported", "warning"]
    assert all(isinstance(event, ev.RawEvent) for event in found)
    assert fold(found).stages == {}
    assert ev.read_events(tmp_path / "absent") == []


def test_a_full_disk_is_said_and_leaves_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = written(path, ev.Warned(message="before"))
    before = path.read_bytes()
    pid = os.fork()
    if pid == 0:  # the limit must not hit the test's own process
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, resource.RLIM_INFINITY))
        try:
            log.emit(ev.Warned(message="x" * 100))
        except InfrastructureError as error:
            os._exit(0 if "cannot write the event log" in str(error) else 2)
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert path.read_bytes() == before


def test_no_space_left_comes_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").symlink_to("/dev/full")
    log = EventLog(tmp_path / "events.jsonl", "r")
    with pytest.raises(InfrastructureError, match="No space left") as caught:
        log.emit(ev.Warned(message="x"))
    assert "pipeline resume" in caught.value.hint
    assert log.seq == 0


def test_a_log_that_cannot_be_opened_is_infrastructure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match="cannot write the event log"):
        EventLog(tmp_path / "file" / "events.jsonl", "r")


def test_replacing_a_file_is_whole_or_nothing(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a.json", "one")
    write_atomic(tmp_path / "a.json", "two")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    with pytest.raises(InfrastructureError, match="cannot write"):
        write_atomic(tmp_path / "absent" / "a.json", "x")


def at(event: ev.AnyEvent, stage: int | None = 1, attempt: int | None = None) -> ev.AnyEvent:
    return event.model_copy(update={"stage": stage, "attempt": attempt})


START = ev.RunStarted(operation="toy", spec="s", flow="f", backend="b", target="t", branch="op/toy")


def failed(kind: FailureClass, cost: Cost, attempt: int) -> list[ev.AnyEvent]:
    return [
        at(ev.AttemptFinished(ok=True, tree=f"t{attempt}", dollars=0.5), attempt=attempt),
        at(ev.FailureClassified(kind=kind, cost=cost, message="m"), attempt=attempt),
    ]


def test_events_add_up_to_a_state() -> None:
    events = [
        START,
        at(ev.StageStarted(name="api", agent="a")),
        *failed(FailureClass.BUILD_ERROR, Cost.CHEAP, 1),
        *failed(FailureClass.UNKNOWN, Cost.HARD, 2),
        at(ev.AttemptFinished(ok=True, tree="t3"), attempt=3),
    ]
    stage = fold(events).stages[1]
    assert stage.status is StageStatus.RUNNING
    assert [(a.number, a.judged, a.cost) for a in stage.attempts.values()] == [
        (1, True, Cost.CHEAP),
        (2, True, Cost.HARD),
        (3, False, Cost.HARD),
    ]
    done = fold([*events, at(ev.Committed(commit="c", tree="t3", branch="b", subject="s"), attempt=3)]).stages[1]
    assert (done.status, done.commit, done.attempts[3].judged) == (StageStatus.GREEN, "c", True)


def test_a_fresh_round_goes_on_counting() -> None:
    events = [
        at(ev.StageStarted(name="api", agent="a")),
        *failed(FailureClass.UNKNOWN, Cost.HARD, 1),
        at(ev.StageFinished(name="api", status=StageStatus.RED)),
        at(ev.StageStarted(name="api", agent="a")),
    ]
    stage = fold(events).stages[1]
    assert (stage.attempts, stage.past) == ({}, 1)


def test_the_same_events_give_the_same_state_however_they_come() -> None:
    events = [START, at(ev.StageStarted(name="api", agent="a")), ev.RunFinished(status=RunStatus.RED, seconds=1.0)]
    stepwise = Progress()
    for event in events:
        stepwise.add(event)
    assert stepwise.as_json() == fold(events).as_json()
    assert json.loads(json.dumps(stepwise.as_json()))["status"] == "red"


def test_the_lock_is_free_again_when_its_process_is_gone(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with operation_lock(tmp_path, "toy", "theirs"):
            os.write(writer, b"x")
            signal.pause()
    os.read(reader, 1)
    with pytest.raises(InfrastructureError, match=f"pid {pid} on .*, run theirs"), operation_lock(tmp_path, "toy", "r"):
        pass
    with operation_lock(tmp_path, "other", "r"):
        pass
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    with operation_lock(tmp_path, "toy", "ours"):
        assert json.loads((tmp_path / "toy.json").read_text())["run"] == "ours"


def test_runs_are_found_by_part_of_their_id(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    place.prepare()
    ids = ["2026-01-01T00-00-00Z-toy-aaaa", "2026-01-02T00-00-00Z-toy-bbbb", new_run_id("leaky_relu")]
    for name in ids:
        place.create_run(name)
    (place.logs / "worktrees").mkdir()
    assert [run.id for run in place.runs()] == sorted(ids, reverse=True)
    assert place.find_run().id == max(ids)
    assert place.find_run("bbbb").id == ids[1]
    with pytest.raises(Exception, match="2 runs are called 'toy'"):
        place.find_run("toy")
    assert (place.logs / ".gitignore").read_text() == "*\n"
