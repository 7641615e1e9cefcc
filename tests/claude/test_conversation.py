"""Repair, resumption, escalation: which conversation an attempt belongs to and what is said in it."""

from __future__ import annotations

import json

from op_pipeline.models import FailureClass
from op_pipeline.testing.desk import Desk
from op_pipeline.testing.scripted_api import ApiError, Reply, text, use

K = FailureClass
DONE = Reply([text("done")])


def test_first_attempt_is_told_everything_and_its_edit_lands(desk: Desk) -> None:
    outcome = desk.attempt(Reply([use("Write", file_path=str(desk.target), content="GOOD\n")]), DONE)
    assert outcome.failure is None
    assert outcome.summary == "done"
    assert desk.target.read_text() == "GOOD\n"
    first = desk.api.requests[0]
    assert "Write the files of toy." in first.system_text()
    assert "ttnn/cpp/ttnn/operations/eltwise/toy/**" in first.system_text()
    for needed in ("formula: x * 2", "0.txt says GOOD", "The file 0.txt says GOOD."):
        assert needed in first.all_text()
    assert first.stage == "spec"
    assert first.headers["x-op-attempt"] == "1"
    assert set(desk.tools) <= set(first.tools)
    assert "Bash" not in first.tools
    assert "formula: x * 2" in (desk.stage_folder / "attempt-1" / "prompt.md").read_text()


def test_log_names_versions_calls_results_and_tokens(desk: Desk) -> None:
    desk.attempt(Reply([text("look"), use("Read", file_path=str(desk.tree / "README"))]), DONE)
    session = desk.of("agent_session")[0]
    assert session.versions == {"claude-agent-sdk": "0.2.186", "cli": "2.1.329"}
    assert session.session == desk.api.requests[0].session
    call, result = desk.of("tool_call")[0], desk.of("tool_result")[0]
    assert (call.tool, call.call) == ("Read", result.call)
    assert "A project." in result.summary
    assert result.ok
    assert [event.text for event in desk.of("agent_message")] == ["look", "done"]
    assert [(c.model, c.input_tokens, c.output_tokens) for c in desk.of("model_call")] == [
        ("claude-sonnet-5", 100, 10),
        ("claude-sonnet-5", 100, 10),
    ]


def test_repair_goes_on_in_the_same_conversation_with_the_failure(desk: Desk) -> None:
    """A failure that is cheap is no failed hypothesis, so one is not enough for a fresh conversation."""
    desk.settings = desk.settings.model_copy(update={"fresh_after": 1})
    desk.attempt(DONE)
    session = desk.api.requests[0].session
    desk.attempt(DONE, attempt=2, previous=desk.failures(K.COMPILE_ERROR))
    request = desk.api.requests[0]
    assert request.session == session
    assert "it is compile_error" in request.user_texts()[-1]
    assert "formula: x * 2" in request.all_text()  # said in the first attempt
    assert "formula: x * 2" not in request.user_texts()[-1]


def test_only_what_an_attempt_added_is_counted(desk: Desk) -> None:
    """The CLI's totals are of the whole session."""
    one = desk.attempt(Reply([text("a")], input_tokens=1000, output_tokens=100)).usage
    two = desk.attempt(Reply([text("b")], input_tokens=3000, output_tokens=10), attempt=2).usage
    assert (one.input_tokens, one.output_tokens) == (1000, 100)
    assert (two.input_tokens, two.output_tokens) == (3000, 10)
    assert one.dollars is not None
    assert two.dollars is not None
    assert round(one.dollars / two.dollars, 3) == round((1000 + 5 * 100) / (3000 + 5 * 10), 3)
    known = json.loads((desk.stage_folder / "claude" / "conversation.json").read_text())
    assert abs(known["dollars"] - one.dollars - two.dollars) < 1e-9


def test_price_of_an_unknown_model_is_unknown_not_a_number(desk: Desk) -> None:
    desk.agent_changes = {"model": "house-model-7b"}
    usage = desk.attempt(DONE).usage
    assert usage.dollars is None
    assert usage.input_tokens == 100


def test_fresh_conversation_after_failed_hypotheses_knows_what_was_tried(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"fresh_after": 2})
    sessions = []
    for number in (1, 2, 3, 4):
        previous = desk.failures(K.SHAPE_MISMATCH) if number > 1 else ()
        desk.attempt(DONE, attempt=number, previous=previous)
        sessions.append(desk.api.requests[0].session)
        failed = [{"kind": "shape_mismatch", "message": f"shape of attempt {number}"}]
        (desk.stage_folder / f"attempt-{number}" / "failure.json").write_text(json.dumps(failed))
    assert sessions[0] == sessions[1]
    assert sessions[2] != sessions[1]
    assert sessions[3] == sessions[2]
    assert "2 hypotheses failed" in desk.notes("escalation")[0]


def test_hang_is_handed_to_the_debugger_in_the_owners_scope(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"fresh_after": 1})
    desk.attempt(DONE)
    session = desk.api.requests[0].session
    for number in (1, 2):
        folder = desk.stage_folder / f"attempt-{number}"
        folder.mkdir(exist_ok=True)
        failed = [{"kind": "hang_deadlock", "message": f"stuck {number}"}]
        (folder / "failure.json").write_text(json.dumps(failed))
    desk.attempt(
        Reply([use("Write", file_path=str(desk.tree / "README"), content="x")]),
        DONE,
        attempt=3,
        previous=desk.failures(K.HANG_DEADLOCK),
    )
    request = desk.api.requests[0]
    assert request.session != session
    assert "hypothes" in request.system_text()
    assert "ttnn/cpp/ttnn/operations/eltwise/toy/**" in request.system_text()
    assert "attempt 2: hang_deadlock: stuck 2" in request.all_text()
    assert "agent debugger" in desk.notes("escalation")[0]
    assert (desk.tree / "README").read_text() == "A project.\n"


def test_lost_conversation_begins_anew_with_the_whole_task(desk: Desk) -> None:
    desk.attempt(DONE)
    path = desk.stage_folder / "claude" / "conversation.json"
    known = json.loads(path.read_text())
    path.write_text(json.dumps({**known, "session": "00000000-0000-4000-8000-000000000000"}))
    outcome = desk.attempt(DONE, attempt=2, previous=desk.failures(K.COMPILE_ERROR))
    assert outcome.failure is None
    assert "formula: x * 2" in desk.api.requests[0].user_texts()[-1]
    assert "not found" in desk.notes("recovery")[0]


def test_turn_is_tried_again_in_its_conversation_when_that_may_help(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"turn_retries": 2})
    written = Reply([use("Write", file_path=str(desk.target), content="GOOD\n")])
    outcome = desk.attempt(written, ApiError(529), ApiError(529), DONE)
    assert outcome.failure is None
    assert len(desk.notes("recovery")) == 2
    assert "529 (overloaded)" in desk.notes("recovery")[0]
    sessions = {request.session for request in desk.api.requests}
    assert len(sessions) == 1
    assert outcome.usage.input_tokens == 200


def test_subagent_has_a_script_of_its_own_and_the_same_scope(desk: Desk) -> None:
    desk.tools = (*desk.tools, "Agent")
    inside = str(desk.target)
    outside = str(desk.tree / "README")
    outcome = desk.attempt(
        Reply([use("Agent", description="write", prompt="Write 0.txt", subagent_type="beta")]),
        DONE,
        subagents=[
            [
                Reply([use("Write", file_path=outside, content="BAD")]),
                Reply([use("Write", file_path=inside, content="GOOD\n")]),
                Reply([text("written")]),
            ]
        ],
    )
    assert outcome.failure is None
    assert desk.target.read_text() == "GOOD\n"
    assert (desk.tree / "README").read_text() == "A project.\n"
    assert "outside your write scope" in desk.notes("denied")[0]
    assert outcome.usage.input_tokens == 500
