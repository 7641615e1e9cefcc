"""What the library and clang say → failures with class, the user's line and a sentence that one can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from op_pipeline.emulator import diagnostics
from op_pipeline.failures import failure
from op_pipeline.models import Failure, FailureClass

# The library's own refusals (TT_FATAL, TT_THROW): condition, then the text that a reader needs, then a backtrace.
_INFO = re.compile(r"\binfo:\s*\n(?P<text>.*?)(?:\nbacktrace:|\Z)", re.DOTALL)
_GIVEN = re.compile(r"Invoked with types?: (?P<types>.+?)\s*$", re.DOTALL)
_CALL = re.compile(r"^(?P<name>[\w.]+)\(\): incompatible function arguments")
_NOTE = re.compile(r"^(?P<file>/[^:\n]+):(?P<line>\d+):\d+: note: .*(?:requested here|in call to)")
_ERROR = re.compile(r"^(?P<file>[^\s:][^:\n]*):\d+:\d+: (?:fatal )?error: ")
_FULL = re.compile(r"out of memory|grow to \d+ B|beyond max L1|not enough space|clash with", re.IGNORECASE)
_NO_KERNEL = re.compile(r"cannot open kernel source|kernel file .* doesn't exist", re.IGNORECASE)
_CLASSES = ((_FULL, FailureClass.OUT_OF_MEMORY), (_NO_KERNEL, FailureClass.MISSING_SYMBOL))
_ARGUMENTS = {
    "KernelDescriptor": "compile_time_args are integers from 0 to 2**32-1, defines and named_compile_time_args lists "
    "of pairs (of defines: text and text), config and core_ranges keywords that must be there",
    "CBFormatDescriptor": "buffer_index is 0 to 255, data_format a ttnn dtype such as ttnn.bfloat16, page_size bytes",
    "CBDescriptor": "total_size is bytes, core_ranges a CoreRangeSet, format_descriptors a list",
    "ProgramDescriptor": "kernels, semaphores and cbs are lists of descriptors",
    "CoreRangeSet": "a list of CoreRange, made from two CoreCoord each",
}


def host_failure(raised: Mapping[str, Any]) -> Failure:
    """The failure for an exception of a check: its class, its place in the user's files, its text without backtrace."""
    file, line = raised["place"] or ("", 0)
    kind, text = _refusal(raised["type"], raised["text"])
    return failure(kind, f"the real ttnn refuses it: {text}", file=file, line=line, excerpt=raised["text"][:4000])


def _refusal(error: str, text: str) -> tuple[FailureClass, str]:
    if error == "TypeError":
        call, given = _CALL.search(text), _GIVEN.search(text)
        name = call["name"] if call else ""
        said = text.partition("The following")[0] + (given["types"] if given else "")
        owner = next((word for word in _ARGUMENTS if word in said), "")
        if given:
            says = f"{owner or name}: wrong arguments, given {' '.join(given['types'].split())[:300]}"
            return FailureClass.SIGNATURE_MISMATCH, f"{says}; {_ARGUMENTS[owner]}" if owner else says
        return FailureClass.SIGNATURE_MISMATCH, text.splitlines()[0]
    if error in {"AttributeError", "ImportError", "ModuleNotFoundError"}:
        return FailureClass.MISSING_SYMBOL, f"{error}: {text.splitlines()[0] if text else ''}"
    if error in {"SyntaxError", "NameError", "IndentationError"}:
        return FailureClass.BUILD_ERROR, f"{error}: {text.splitlines()[0]}"
    info = _INFO.search(text)
    said = " ".join((info["text"] if info else text.partition("backtrace:")[0]).split())[:600]
    kind = next((kind for pattern, kind in _CLASSES if pattern.search(said)), FailureClass.PROTOCOL_ERROR)
    return kind, said or error


def compile_failures(report: Sequence[Mapping[str, Any]], tree: Path) -> list[Failure]:
    """Failures of all kernels and processors, equal ones once. A line in a header becomes the user's that led there."""
    found: dict[tuple[str, int, str], Failure] = {}
    for entry in report:
        if not entry["code"]:
            continue
        for file, line, text in _places(entry, tree):
            kind = FailureClass.LINK_ERROR if entry["step"] == "link" else FailureClass.COMPILE_ERROR
            message = f"{text} (compiled against tt-metal's own headers for {entry['processor']})"
            excerpt = entry["said"][:4000]
            found.setdefault((file, line, text), failure(kind, message, file=file, line=line, excerpt=excerpt))
    return list(found.values())


def _places(entry: Mapping[str, Any], tree: Path) -> list[tuple[str, int, str]]:
    source = _relative(entry["source"], tree)
    if entry["step"] == "link":
        said = [line for line in entry["said"].splitlines() if line.strip()] or ["does not link"]
        return [(source, 0, _link_text(line)) for line in said]
    own = (str(tree), str(tree.resolve()))
    errors = [item for item in diagnostics.parse(_with_notes_first(entry["said"], own), own) if item.level == "error"]
    if not errors:
        return [(source, 0, entry["said"].strip()[:300] or "the compiler gave no reason")]
    places = [(_relative(item.file, tree), item.line, item.text) for item in errors]
    mine = [place for place in places if not place[0].startswith("/")]
    return (mine or [(source, 0, places[0][2])])[:8]


def _with_notes_first(said: str, own: tuple[str, ...]) -> str:
    """Clang names the user's line in a note below an error that stands in a header; the reader wants it above."""
    lines, error = said.splitlines(), -1
    for number, line in enumerate(list(lines)):
        if _ERROR.match(line):
            error = number
        note = _NOTE.match(line)
        if note and error >= 0 and note["file"].startswith(own):
            lines[error] = f"In file included from {note['file']}:{note['line']}:\n{lines[error]}"
            error = -1
    return "\n".join(lines)


def _link_text(line: str) -> str:
    if "kernel_main" in line:
        return "the kernel has no kernel_main: define `void kernel_main()`"
    if "too much data: " in line:
        return f"too large for the processor's memory: {line.partition('too much data: ')[2]}"
    return line.partition("error: ")[2] or line


def _relative(file: str, tree: Path) -> str:
    for root in (tree, tree.resolve()):
        if file.startswith(f"{root}/"):
            return file[len(str(root)) + 1 :]
    return file
