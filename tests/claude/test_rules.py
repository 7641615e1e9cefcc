"""The rules of the claude backend that need no CLI: credentials, environment, guard, accounts."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.backends import choose_backend, load_backend
from op_pipeline.backends.claude import find_credentials
from op_pipeline.backends.claude.apart import run_apart
from op_pipeline.backends.claude.credentials import PASSED_ON
from op_pipeline.backends.claude.guard import Guard
from op_pipeline.backends.claude.memory import Memory
from op_pipeline.backends.claude.surroundings import environment_for, tied_cli
from op_pipeline.config import ClaudeSettings

SCOPE = ("ttnn/op/**", "tests/*.txt")


@pytest.mark.parametrize(
    ("variables", "backend", "reason"),
    [
        ({}, "template", "none of ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "  "}, "template", "none of"),
        ({"ANTHROPIC_API_KEY": "k"}, "claude", "ANTHROPIC_API_KEY is set"),
        (
            {"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_BASE_URL": "u"},
            "claude",
            "AUTH_TOKEN is set for ANTHROPIC_BASE_URL",
        ),
        ({"ANTHROPIC_BASE_URL": "http://gateway"}, "template", "none of"),
        ({"CLAUDE_CODE_OAUTH_TOKEN": "t"}, "claude", "CLAUDE_CODE_OAUTH_TOKEN is set"),
        ({"CLAUDE_CODE_USE_BEDROCK": "1"}, "claude", "(Bedrock)"),
        ({"CLAUDE_CODE_USE_BEDROCK": "0"}, "template", "none of"),
        ({"CLAUDE_CODE_USE_VERTEX": "true", "ANTHROPIC_API_KEY": "k"}, "claude", "(Vertex)"),
        ({"CLAUDE_CODE_USE_FOUNDRY": "1"}, "claude", "(Foundry)"),
    ],
)
def test_auto_takes_claude_where_there_are_credentials_and_says_why(
    variables: dict[str, str], backend: str, reason: str
) -> None:
    chosen, why = choose_backend("auto", variables)
    assert chosen == backend
    assert reason in why
    assert all(value not in why for value in variables.values() if len(value) > 4)
    assert find_credentials(variables).found is (backend == "claude")


def test_named_backend_stands_for_itself() -> None:
    assert choose_backend("template", {"ANTHROPIC_API_KEY": "k"})[0] == "template"
    assert load_backend("claude").name == "claude"


def test_sdk_is_not_imported_before_it_is_used() -> None:
    code = "import sys; from op_pipeline.backends import load_backend; load_backend('claude'); "
    done = proc.run([sys.executable, "-c", code + "print('claude_agent_sdk' in sys.modules, 'anyio' in sys.modules)"])
    assert done.output.split() == ["False", "False"]


def test_environment_blanks_all_but_the_list(tmp_path: Path) -> None:
    ambient = dict.fromkeys(PASSED_ON, "kept") | {
        "ANTHROPIC_MODEL": "x",
        "CLAUDECODE": "1",
        "CLAUDE_CODE_ENTRYPOINT": "cli",
        "CLAUDE_CONFIG_DIR": "/home/me/.claude",
        "PATH": "/bin",
        "AWS_REGION": "eu-west-1",
    }
    ambient["ANTHROPIC_CUSTOM_HEADERS"] = "X-Team: a"
    made = environment_for(ClaudeSettings(), tmp_path, "m", {"X-Op-Stage": "api"}, ambient)
    merged = {**ambient, **made}
    assert merged["ANTHROPIC_MODEL"] == merged["CLAUDECODE"] == merged["CLAUDE_CODE_ENTRYPOINT"] == ""
    assert all(merged[name] == "kept" for name in PASSED_ON - {"ANTHROPIC_CUSTOM_HEADERS"})
    assert merged["ANTHROPIC_CUSTOM_HEADERS"] == "X-Team: a\nX-Op-Stage: api"
    assert merged["CLAUDE_CONFIG_DIR"] == str(tmp_path)
    assert merged["PATH"] == "/bin"
    quiet = ("DISABLE_TELEMETRY", "DISABLE_AUTOUPDATER", "DISABLE_ERROR_REPORTING")
    for name in (*quiet, "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS"):
        assert merged[name] == "1"
    assert merged["PYTHONDONTWRITEBYTECODE"] == "1"


def test_wrapper_passes_arguments_on_and_becomes_the_program(tmp_path: Path) -> None:
    script = tied_cli(tmp_path, Path("/bin/echo"))
    assert proc.run([script, "a b", "$c"]).output == "a b $c\n"
    assert tied_cli(tmp_path, Path("/bin/echo")) == script


@pytest.fixture
def guard(tmp_path: Path) -> Guard:
    tree = tmp_path / "tree"
    (tree / "ttnn" / "op").mkdir(parents=True)
    (tree / "ttnn" / "op" / "away").symlink_to("/etc")
    return Guard(tree, SCOPE, [tmp_path])


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("ttnn/op/a.cpp", True),
        ("ttnn/op/device/kernels/b.cpp", True),
        ("tests/a.txt", True),
        ("tests/deep/a.txt", False),
        ("ttnn/other/a.cpp", False),
        ("ttnn/op/../other/a.cpp", False),
        ("../outside", False),
        ("/etc/passwd", False),
        ("~/.bashrc", False),
        ("ttnn/op/away/passwd", False),
        ("ttnn/operation.cpp", False),
        ("", False),
    ],
)
def test_paths_of_file_tools(guard: Guard, path: str, allowed: bool) -> None:
    for tool, key in (("Write", "file_path"), ("Edit", "file_path"), ("NotebookEdit", "notebook_path")):
        assert (guard.refusal(tool, {key: path}) == "") is allowed
    assert guard.refusal("Read", {"file_path": path}) == ""


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        ("ls -l && cat a | grep b", False),
        ("echo x > ttnn/op/a.cpp", False),
        ("echo x >> README", True),
        ("echo x 2> README", True),
        ("make 2>&1 | tail", False),
        ("make > /dev/null 2>&1", False),
        ("rm -f ttnn/op/a.cpp", False),
        ("rm -f README 2>/dev/null", True),
        ("cd ttnn/op && echo x > a.cpp", False),
        ("cd ttnn && echo x > b.cpp", True),
        ("sed -i s/a/b/ ttnn/op/a.cpp", False),
        ("sed -i -e s/a/b/ README", True),
        ("sed -n 1,3p README", False),
        ("cp README ttnn/op/copy", False),
        ("cp ttnn/op/a.cpp README", True),
        ("mv README ttnn/op/a", True),
        ("echo x | tee README", True),
        ("dd if=/dev/zero of=README", True),
        ("FOO=1 touch README", True),
        ("mkdir -p ttnn/op/device", False),
        ("mkdir build", True),
        ("git status; git diff HEAD", False),
        ("git -C . commit -m x", True),
        ("git checkout -- .", True),
        ("echo 'a > b'", False),
        ('python -c "x = 1 > 2"', False),
        ("echo x > $OUT", False),
        ("echo x > /tmp/scratch-of-a-test", False),
        ("echo 'unbalanced", False),
        ("echo a\necho b > README", True),
    ],
)
def test_what_a_shell_command_visibly_writes(guard: Guard, command: str, refused: bool) -> None:
    assert bool(guard.refusal("Bash", {"command": command})) is refused


def test_only_differences_of_a_sessions_totals_are_counted(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "conversation.json")
    model = {"inputTokens": 10, "outputTokens": 2, "cacheReadInputTokens": 5, "costBasis": "list"}
    one = memory.take(0.5, {"m": dict(model)})
    two = memory.take(0.8, {"m": {**model, "inputTokens": 30}})
    assert (one.dollars, one.input_tokens, one.output_tokens) == (0.5, 15, 2)
    assert two.dollars == pytest.approx(0.3)
    assert (two.input_tokens, two.output_tokens) == (20, 0)
    anew = memory.take(0.1, {"m": {**model, "inputTokens": 1}})  # totals were lost with a killed process
    assert anew.dollars == pytest.approx(0.1)
    assert anew.input_tokens == 6


def test_unknown_price_counts_only_when_that_model_was_used(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "conversation.json")
    house = {"inputTokens": 10, "outputTokens": 1, "costBasis": "unknown"}
    known = {"inputTokens": 10, "outputTokens": 1, "costBasis": "list"}
    assert memory.take(0.5, {"house": house}).dollars is None
    assert memory.take(0.7, {"house": house, "known": known}).dollars == pytest.approx(0.2)


def test_memory_survives_a_broken_file_and_unknown_keys(tmp_path: Path) -> None:
    memory = Memory.load(tmp_path)
    memory.session, memory.hypotheses = "s", 2
    memory.save()
    assert Memory.load(tmp_path) == memory
    path = tmp_path / "conversation.json"
    path.write_text('{"session": "s", "of a later version": 1}')
    assert Memory.load(tmp_path).session == "s"
    for text in ("{", "[]", ""):
        path.write_text(text)
        assert not Memory.load(tmp_path).session


def test_loop_apart_returns_raises_and_is_cancelled_in_order() -> None:
    import anyio.lowlevel  # noqa: PLC0415

    ended: list[str] = []

    async def value() -> int:
        await anyio.lowlevel.checkpoint()
        return 3

    async def error() -> int:
        raise ValueError("told")

    async def forever() -> int:
        try:
            await anyio.sleep(60)
        finally:
            ended.append("in order")
        return 0

    assert run_apart(value) == 3
    with pytest.raises(ValueError, match="told"):
        run_apart(error)
    started = time.monotonic()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores SIGINT
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_apart(forever)
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == ["in order"]
    assert time.monotonic() - started < 2
