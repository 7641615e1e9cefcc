"""What of a described program this way of running can take, and which of its texts a compiler command may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from op_pipeline.failures import failure
from op_pipeline.models import Failure, FailureClass

# The library writes defines, names and paths into commands that a shell may read.
_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_PATH = re.compile(r"/[\w./+-]*\Z")
_VALUE = re.compile(r"[\w\s.,:()<>=+*/%!?{}\[\];-]*\Z")
_PLAIN_VALUE = re.compile(r"[\w.,:+*/%=-]*\Z")


def unsafe(image: Mapping[str, Any]) -> Failure | None:
    """A text of the candidate that could be read as a command; None when there is none."""
    for kernel in image["kernels"]:
        if not kernel["is_source_text"] and not _PATH.match(str(kernel["source"])):
            return _refused("the path of a kernel", str(kernel["source"]))
        # Defines of compute kernels go into a header.
        pattern = _VALUE if kernel["risc"] == "TRISC" else _PLAIN_VALUE
        for name, value in kernel["defines"]:
            if not _NAME.match(str(name)) or not pattern.match(str(value)):
                return _refused("a define", f"{name}={value}")
        for name, _ in kernel["named_compile_time_args"]:
            if not _NAME.match(str(name)):
                return _refused("a named argument", str(name))
    return None


def beyond(launches: Sequence[Mapping[str, Any]], places: Sequence[Mapping[str, Any]]) -> str:
    """What this target cannot run yet; empty when it can."""
    if any(place.get("sharding") for place in places):
        return "sharded tensors"
    for launch in launches:
        image = launch["image"]
        if any(item["globally_allocated"] for item in image["circular_buffers"]):
            return "circular buffers in a tensor's memory"
        if image.get("scratchpads") or any(item.get("names") for item in image["kernels"]):
            return "kernels with named resources (Metal 2.0)"
        if any(item["include_paths"] for item in image["kernels"]):
            return "kernels with include paths of their own"
    addresses = [(place["memory"], place["address"]) for place in places]
    if len({address for _, address in addresses}) < len(set(addresses)):
        return "tensors in DRAM and L1 with the same address"
    return ""


def _refused(what: str, text: str) -> Failure:
    message = f"{what} has characters that the library's compiler command must not have: {text[:100]!r}"
    return failure(FailureClass.PROTOCOL_ERROR, message)
