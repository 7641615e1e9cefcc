"""Classify what a gate run found: failure class, cost and one suggested action. Pure; starts nothing, reads no file.

Structured reports come first. Text is the last resort, and only lines that begin with a path of the candidate count:
an error message that merely contains a word like "kernel" says nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

from op_pipeline.models import Cost, Failure, FailureClass, GateRun, TestOutcome, TestResult

K = FailureClass

_CHEAP = frozenset({K.BUILD_ERROR, K.COMPILE_ERROR, K.LINK_ERROR, K.MISSING_SYMBOL})

_ACTIONS = {
    K.ENV_ERROR: "Repair the machine's setup (compiler, installation, disk); the operation was not judged.",
    K.TAMPERED_GATE: "Leave the gate's files alone; they were restored. Change the operation instead.",
    K.HANG_DEADLOCK: "Match pushes and pops of the circular buffers in the deadlock table, kernel by kernel.",
    K.HANG_UNKNOWN: "Look for a loop without end: a wait for what nobody writes, a negative count cast to unsigned.",
    K.CRASH: "Look at the host code or kernel named: it ended its process (signal or exit), or wrote on descriptors.",
    K.UNBOUND_OUTPUT: "Let the kernels compute the output from the inputs' memory; host code must not compute values.",
    K.OUT_OF_MEMORY: "Make circular buffers or the per-core block smaller so that all fit into L1.",
    K.BUILD_ERROR: "Fix the C++ error at the given line; later errors may follow from the first.",
    K.COMPILE_ERROR: "Fix the kernel's compile error at the given line; use names of the current API only.",
    K.LINK_ERROR: "Define what is declared: check namespace, signature and that the file is listed in sources.cmake.",
    K.MISSING_SYMBOL: "Add the missing function or source file under the name the contract gives.",
    K.SIGNATURE_MISMATCH: "Bring the bound function's arguments, order, defaults and keywords in line with the spec.",
    K.VALIDATION_MISSING: "Add or correct this requirement's TT_FATAL; its message names subject and requirement.",
    K.CONTRACT_INCOMPLETE: "Complete the front matter of the design document at the key that is named.",
    K.NOT_IMPLEMENTED: "Implement the part that this stage asks for; it is a stub or absent.",
    K.SHAPE_MISMATCH: "Correct compute_output_specs: shape, layout and memory follow from the spec's output.",
    K.DTYPE_MISMATCH: "Correct the output's dtype in compute_output_specs, and the formats of its circular buffer.",
    K.NUMERICAL_MISMATCH: "Check the order of operations, the operands of each tile call, and where DST is rounded.",
    K.NAN_OR_INF: "Look for reads of memory nobody wrote, missing waits, intermediate overflow, division by zero.",
    K.PROTOCOL_ERROR: "Follow the rule the message states (CB, DST, NoC or arguments) at the given kernel line.",
    K.WRITE_OUTSIDE_SCOPE: "Edit only files inside the write scope; the others were restored.",
    K.NO_CHANGE: "Write the files this stage asks for; the last attempt changed nothing.",
    K.LIMIT_REACHED: "Raise the limit, or split the work into smaller steps.",
    K.UNKNOWN: "Read the excerpt; run the test alone with `pipeline gate` to see all of its output.",
}

# Root causes before what follows from them: an operation that does not build fails every test.
_ORDER = (
    K.ENV_ERROR, K.TAMPERED_GATE, K.LIMIT_REACHED, K.WRITE_OUTSIDE_SCOPE, K.NO_CHANGE, K.CONTRACT_INCOMPLETE,
    K.BUILD_ERROR, K.LINK_ERROR, K.MISSING_SYMBOL, K.COMPILE_ERROR, K.SIGNATURE_MISMATCH, K.CRASH, K.HANG_DEADLOCK,
    K.HANG_UNKNOWN, K.OUT_OF_MEMORY, K.UNBOUND_OUTPUT, K.PROTOCOL_ERROR, K.NOT_IMPLEMENTED, K.VALIDATION_MISSING,
    K.SHAPE_MISMATCH, K.DTYPE_MISMATCH, K.NAN_OR_INF, K.NUMERICAL_MISMATCH, K.UNKNOWN,
)  # fmt: skip

# `path:line[:column]: error: text`, as g++, clang and the linker write it, at the start of a line.
_DIAGNOSTIC = re.compile(
    r"^(?P<file>[^\s:()]+):(?P<line>\d+)(?::\d+)?: (?:fatal )?(?:error: )?(?P<message>(?:undefined reference|.*).*)$",
    re.MULTILINE,
)
_OWN = re.compile(r"(?:^|/)(?P<path>ttnn/(?:cpp/)?ttnn/operations/.+)$")
EXCERPT = 4000


def cost_of(kind: FailureClass) -> Cost:
    """What a failed attempt of this class costs its stage: compile-like ones are cheap, all others hard."""
    return Cost.CHEAP if kind in _CHEAP else Cost.HARD


def action_for(kind: FailureClass) -> str:
    """The one suggested action."""
    return _ACTIONS[kind]


def failure(kind: FailureClass, message: str, **fields: object) -> Failure:
    """A Failure with cost and action of its class filled in."""
    return Failure(kind, message, cost_of(kind), action_for(kind), **fields)  # type: ignore[arg-type]


def classify(run: GateRun, tree: Path | None = None) -> tuple[Failure, ...]:
    """The failures of a run, worst first, equal ones of several tests merged; () when every test passed.

    Broken surroundings are the only failure then: nothing can be said of the candidate.
    """
    if run.env_problem:
        return (failure(K.ENV_ERROR, run.env_problem, excerpt=run.output_tail[-EXCERPT:]),)
    found = [_of_result(result, tree) for result in run.results if result.outcome is not TestOutcome.PASSED]
    if run.timed_out and not any(item.kind is K.HANG_UNKNOWN for item in found):
        found.append(failure(K.HANG_UNKNOWN, "stopped at the deadline between two tests", excerpt=run.output_tail))
    merged = _merged(found)
    return tuple(sorted(merged, key=lambda item: _ORDER.index(item.kind)))


def _of_result(result: TestResult, tree: Path | None) -> Failure:
    file, line, kind, message = result.file, result.line, result.kind, result.message
    if result.outcome is TestOutcome.HUNG:
        kind = kind or K.HANG_UNKNOWN
    elif result.outcome is TestOutcome.SKIPPED:
        kind, message = K.UNKNOWN, f"skipped, and a skipped test is not a passed one: {message}"
    if kind is None:
        kind, file, line, message = _from_text(result, tree)
    return failure(
        kind, message or "no message", file=_relative(file, tree), line=line, test=result.test,
        excerpt=result.excerpt[:EXCERPT],
    )  # fmt: skip


def _from_text(result: TestResult, tree: Path | None) -> tuple[FailureClass, str, int, str]:
    for match in _DIAGNOSTIC.finditer(f"{result.message}\n{result.excerpt}"):
        path, message = _own_path(match["file"], tree), match["message"]
        if not path or not ("undefined reference" in message or "error: " in match[0]):
            continue
        if "undefined reference" in message:
            kind = K.LINK_ERROR
        else:
            kind = K.COMPILE_ERROR if "/kernels/" in path else K.BUILD_ERROR
        return kind, path, int(match["line"]), message
    return K.UNKNOWN, result.file, result.line, result.message


def _own_path(file: str, tree: Path | None) -> str:
    """The path below the tree's root when it is the candidate's, else an empty string."""
    relative = _relative(file, tree)
    match = _OWN.search(relative if not relative.startswith("/") or tree is None else "")
    return match["path"] if match else ""


def _relative(file: str, tree: Path | None) -> str:
    if tree is None:
        return file
    for root in (str(tree), str(tree.resolve())):
        if file.startswith(root + "/"):
            return file[len(root) + 1 :]
    return file


def _merged(found: list[Failure]) -> list[Failure]:
    groups: dict[tuple[object, ...], list[Failure]] = {}
    for item in found:
        groups.setdefault((item.kind, item.message, item.file, item.line), []).append(item)
    merged = []
    for items in groups.values():
        first = items[0]
        more = f" (and {len(items) - 1} more tests)" if len(items) > 1 else ""
        merged.append(
            failure(
                first.kind,
                first.message + more,
                file=first.file,
                line=first.line,
                test=first.test,
                excerpt=first.excerpt,
            )
        )
    return merged
