"""The program's outer shape: help, version, unknown verbs, exit codes, colour, speed."""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline import __version__, proc
from op_pipeline.cli import app as app_module
from op_pipeline.cli.app import VERBS, run_program
from op_pipeline.cli.output import Output, wants_color
from op_pipeline.errors import ConfigError, EmptyGate, InfrastructureError, LimitReached, Paused, PipelineError, Problem

Pipeline = Callable[..., "tuple[int, str, str]"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_help_lists_verbs_examples_and_exit_codes(pipeline: Pipeline, arguments: list[str]) -> None:
    code, out, err = pipeline(*arguments)
    assert (code, err) == (0, "")
    assert out.startswith("Usage: pipeline")
    assert all(f"  {verb} " in out for verb in VERBS)
    assert "pipeline run spec.md" in out
    assert "130 interrupted" in out


def test_version(pipeline: Pipeline) -> None:
    assert pipeline("--version") == (0, f"op-pipeline {__version__}\n", "")


@pytest.mark.parametrize("verb", ["check", "init", "schema", "agents"])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_verb_has_help(pipeline: Pipeline, verb: str, flag: str) -> None:
    code, out, _ = pipeline(verb, flag)
    assert code == 0
    assert out.startswith(f"Usage: pipeline {verb}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek"], "no such verb 'chek' (did you mean 'check'?)"),
        (["frobnicate"], "no such verb 'frobnicate'; verbs: run, resume"),
        (["check", "--frob"], "No such option"),
        (["schema"], "Missing argument"),
        (["--color", "blue", "schema", "spec"], "--color is one of auto, always, never, not 'blue'"),
    ],
)
def test_wrong_usage_is_code_2_with_a_hint(pipeline: Pipeline, arguments: list[str], message: str) -> None:
    code, out, err = pipeline(*arguments)
    assert (code, out) == (2, "")
    assert message in err


class Scripted:
    """A verb module whose command raises what it is given: a plug in the table, as any verb is."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def register(self, app: object) -> None:
        def check(arguments: list[str] | None = None) -> None:
            raise self.error

        app.command("check")(check)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (PipelineError("red", hint="look"), 1, "error: red\nhint: look\n"),
        (ConfigError("wrong"), 2, "error: wrong\n"),
        (LimitReached("money"), 4, "error: money\n"),
        (EmptyGate("nothing"), 5, "error: nothing\n"),
        (Paused("wait"), 6, "error: wait\n"),
        (InfrastructureError("no git"), 7, "error: no git\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (ConfigError(problems=[Problem("a.md", 3, "x", "no"), Problem("a.md", 0, "", "ho")], hint="h"), 2,
         "a.md:3: x: no\na.md: ho\nerror: 2 problems\nhint: h\n"),
    ],
)  # fmt: skip
def test_errors_become_messages_and_codes(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    monkeypatch.setitem(sys.modules, "op_pipeline.cli.check", Scripted(error))
    assert pipeline("check") == (code, "", said)


def test_an_internal_error_leaves_a_report(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    monkeypatch.setitem(sys.modules, "op_pipeline.cli.check", Scripted(ZeroDivisionError("oh")))
    code, out, err = pipeline("check")
    (report,) = (tmp_path / "logs").glob("crash-*.txt")
    assert (code, out) == (3, "")
    assert err.startswith(
        f"error: internal error: ZeroDivisionError: oh\nhint: the full report is in logs/{report.name}"
    )
    text = report.read_text()
    assert f"op-pipeline {__version__}" in text
    assert "argv: ['check']" in text
    assert "Traceback" in text


def test_debug_shows_the_traceback(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "op_pipeline.cli.check", Scripted(PipelineError("red")))
    assert "Traceback" not in pipeline("check")[2]
    assert "Traceback" in pipeline("--debug", "check")[2]


@pytest.mark.parametrize(
    ("when", "environment", "tty", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour(when: str, environment: dict[str, str], tty: bool, expected: bool) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: tty  # type: ignore[method-assign]
    assert wants_color(when, stream, environment) is expected
    out = Output(stderr=stream, environment=environment).configure(color=when)
    out.error("x")
    assert ("\x1b[31m" in stream.getvalue()) is expected


def test_stdout_holds_the_result_and_stderr_the_rest() -> None:
    stdout, stderr = io.StringIO(), io.StringIO()
    out = Output(stdout, stderr, {})
    out.result("answer")
    out.progress("working")
    out.progress("detail", level=1)
    out.configure(quiet=True).progress("more")
    out.warn("careful")
    out.table(["a", "long heading"], [("one", 1), ("three", 22)])
    assert stdout.getvalue() == "answer\na      long heading\none    1\nthree  22\n"
    assert stderr.getvalue() == "working\nwarning: careful\n"


def test_json_owns_stdout() -> None:
    stdout, stderr = io.StringIO(), io.StringIO()
    out = Output(stdout, stderr, {}).configure(json=True)
    out.result("text")
    out.table(["a"], [("b",)])
    out.data({"path": Path("x"), "text": "ä"})
    out.error("bad", hint="so")
    assert [json.loads(line) for line in stdout.getvalue().splitlines()] == [
        {"path": "x", "text": "ä"},
        {"v": 1, "error": {"message": "bad", "hint": "so"}},
    ]
    assert stderr.getvalue() == "error: bad\nhint: so\n"


def test_nobody_is_asked_without_a_terminal() -> None:
    out = Output(io.StringIO(), io.StringIO(), {})
    assert not out.interactive
    assert out.confirm("sure?", default=True)
    assert not out.confirm("sure?")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"set -o pipefail; {sys.executable} -m op_pipeline schema spec | head -1"
    run = proc.run(["bash", "-c", command], env=environment())
    assert (run.returncode, run.output) == (0, "{\n")


def test_help_imports_no_verb_and_nothing_heavy() -> None:
    code = (
        "import sys; from op_pipeline.cli import main; main(['--help']); "
        "print([m for m in sys.modules if m.split('.')[0] in ('pydantic', 'rich', 'yaml', 'numpy', 'git', 'jinja2')"
        " or m.startswith('op_pipeline.cli.')])"
    )
    run = proc.run([sys.executable, "-c", code], env=environment())
    assert run.output.splitlines()[-1] == "['op_pipeline.cli.output', 'op_pipeline.cli.app']"


def test_help_is_fast() -> None:
    """CPU time, so that a busy machine does not decide; on an idle one the wall time is the same."""
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert proc.run([sys.executable, "-m", "op_pipeline", "--help"], env=environment()).returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.15, seconds


def test_usage_errors_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_program(["check", "--json", "--frob"]) == 2
    assert "No such option" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_every_verb_of_the_table_registers_itself() -> None:
    folder = Path(app_module.__file__).parent
    for verb in VERBS:
        assert (folder / f"{verb}.py").is_file(), verb
