"""What the library, the simulator and tt-triage say → a failure with class, kernel file and a sentence to act on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from op_pipeline.failures import failure
from op_pipeline.mock.messages import host_failure
from op_pipeline.models import Failure, FailureClass

_TEXT = 4000
# The simulator ends its process with one such line; `unit` is the part of the chip that complains.
_SIMULATOR = re.compile(
    r"(?P<kind>UndefinedBehavior|UnsupportedFunctionality|UnimplementedFunctionality): (?P<unit>\w+): (?P<text>[^\n]*)"
)
_BARE = re.compile(r"(?P<unit>tile_(?:rd|wr)_bytes|t_tile_mmio_\w+): (?P<text>[^\n]*)")
_COMPUTE = re.compile(r"^(?:mop_expander|tensix_|unpack|pack|math|sfpu)")
_HINTS = (
    ("alignment", "source and destination of a NOC transfer must be aligned alike: 32 bytes for DRAM, 16 for L1"),
    ("overrun", "the address is past the end of the memory: look at page index and page size"),
    (
        "outer_loop_len=0",
        "the unit was not set up: compute_kernel_hw_startup and the operation's init come before its use",
    ),
    ("dst_row=", "the tile index in DST is too large"),
    ("t_tile_mmio", "a store or load outside of L1"),
)
_HANG = re.compile(r"potential hang detected|TIMEOUT: device timeout|dispatch timeout", re.IGNORECASE)
_LOST = re.compile(
    r"no (?:tenstorrent )?(?:chips?|devices?) (?:were )?(?:detected|found)|device (?:is )?lost|arc (?:core )?(?:is )?"
    r"(?:not responding|hung)|reads? (?:of )?0x?ffffffff|cannot open /dev/tenstorrent|hugepage",
    re.IGNORECASE,
)
_DIAGNOSTIC = re.compile(r"^(?P<file>/[^\s:()]+):(?P<line>\d+):(?:\d+:)? (?:fatal )?error: (?P<text>.+)$", re.MULTILINE)
_WAITS = re.compile(r"\b(cb_wait_front|cb_reserve_back|wait_front|reserve_back|noc_semaphore_wait\w*)\b")
_COMMANDS = {"read": re.compile(r"\bnoc_?async_read|\.async_read|async_read_"), "write": re.compile(r"async_write")}


def is_hang(text: str) -> bool:
    """Whether the library itself noticed that an operation did not end."""
    return _HANG.search(text) is not None


def is_lost(text: str) -> bool:
    """Whether the device is not there any more: that says nothing about the operation."""
    return _LOST.search(text) is not None


def raised(told: Mapping[str, Any], image: Mapping[str, Any], tree: str) -> Failure:
    """An exception of the library while a program was built, launched or read back."""
    text = str(told.get("text", ""))
    if is_lost(text):
        return failure(FailureClass.ENV_ERROR, f"the device is lost: {_line(text)}", excerpt=text[:_TEXT])
    by_simulator = simulator_error(text, image, tree)
    if by_simulator is not None:
        return by_simulator
    for match in _DIAGNOSTIC.finditer(text):
        file = relative(match["file"], tree)
        if not file.startswith("/"):
            message = f"{match['text']} (the library's own compiler)"
            return failure(
                FailureClass.COMPILE_ERROR, message, file=file, line=int(match["line"]), excerpt=text[:_TEXT]
            )
    return host_failure({"type": told.get("type", ""), "text": text, "place": None})


def simulator_error(text: str, image: Mapping[str, Any], tree: str) -> Failure | None:
    """The rule of the chip that the simulator saw broken; None when the text has no such line."""
    match = _SIMULATOR.search(text) or _BARE.search(text)
    if match is None:
        return None
    said = " ".join(match[0].split())
    hint = next((hint for word, hint in _HINTS if word in said), "")
    if not hint and "Undefined" not in said and match.re is _SIMULATOR:
        hint = "either the kernel uses the unit in a way there is not, or the simulator lacks it"
    message = f"the simulator stops: {said}" + (f" ({hint})" if hint else "")
    file = relative(_kernel(match["unit"], match["text"], image), tree)
    return failure(FailureClass.PROTOCOL_ERROR, message, file=file, excerpt=text[-_TEXT:])


def hang(seconds: float, noticed: str, triage: str, image: Mapping[str, Any], tree: str) -> Failure:
    """An operation that did not end. A deadlock where the triage shows a processor in a wait for another one."""
    waits = sorted({match[1] for match in _WAITS.finditer(triage)})
    kind = FailureClass.HANG_DEADLOCK if waits else FailureClass.HANG_UNKNOWN
    by = "the library's time-out" if noticed else f"{seconds:g} s"
    where = f"; triage shows {', '.join(waits)}" if waits else ""
    files = [relative(str(item["source"]), tree) for item in image["kernels"] if not item["is_source_text"]]
    file = next((name for name in files if triage and Path(name).name in triage), "")
    message = f"the operation did not end within {by}{where}"
    return failure(kind, message, file=file, excerpt=(triage or noticed)[:_TEXT])


def relative(file: str, tree: str) -> str:
    """Below the work tree where it is there."""
    for root in (tree, str(Path(tree).resolve())):
        if file.startswith(f"{root}/"):
            return file[len(root) + 1 :]
    return file


def _kernel(unit: str, text: str, image: Mapping[str, Any]) -> str:
    """The source of the only kernel that can have done it; empty when there are several or none."""
    kernels = [item for item in image["kernels"] if not item["is_source_text"]]
    if _COMPUTE.match(unit):
        return _only([item for item in kernels if item["risc"] == "TRISC"])
    movers = [item for item in kernels if item["risc"] != "TRISC"]
    word = next((word for word in _COMMANDS if text.startswith(word)), "")
    if unit.startswith("tile_rd"):
        word = "read"
    elif unit.startswith("tile_wr"):
        word = "write"
    return _only([item for item in movers if not word or _COMMANDS[word].search(_source(item))])


def _only(kernels: Sequence[Mapping[str, Any]]) -> str:
    return str(kernels[0]["source"]) if len(kernels) == 1 else ""


def _source(kernel: Mapping[str, Any]) -> str:
    try:
        return Path(kernel["source"]).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _line(text: str) -> str:
    return " ".join(text.partition("backtrace:")[0].split())[:300]
