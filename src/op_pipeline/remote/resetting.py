"""Reset a card and see that it is back. tt-smi is not believed: it can fail and exit 0, and it can hang."""

from __future__ import annotations

import re
import time
from pathlib import Path

from op_pipeline import proc
from op_pipeline.remote.settings import Settings

_LIST_SECONDS = 30.0
_BOARD = re.compile(r"wormhole|blackhole|grayskull|\b[npe]\d{2,3}\b", re.IGNORECASE)


def reset(settings: Settings, logs: Path) -> str:
    """Reset the card; why it is not usable afterwards, empty when it is.

    What tt-smi said is kept in `logs`. The last proof is the library, which has to open the device afterwards.
    """
    said = _run(settings, ("-r", str(settings.number)), settings.reset_seconds, logs)
    if said.timed_out:
        return f"tt-smi -r {settings.number} did not come back within {settings.reset_seconds:g} s"
    if said.returncode != 0:
        return f"tt-smi -r {settings.number} failed with status {said.returncode}: {_end(said)}"
    return listed(settings, logs) or ""


def listed(settings: Settings, logs: Path) -> str:
    """Why the card does not enumerate; empty when tt-smi lists it and its device file is there."""
    if not Path(settings.node).exists():
        return f"{settings.node} is gone"
    said = _run(settings, ("-ls",), min(_LIST_SECONDS, settings.reset_seconds), logs)
    if said.timed_out:
        return "tt-smi -ls did not come back"
    if said.returncode != 0:
        return f"tt-smi -ls failed with status {said.returncode}: {_end(said)}"
    lines = [line for line in said.output.splitlines() if _BOARD.search(line)]
    if not any(re.match(rf"\W*{settings.number}\b", line) for line in lines):
        return f"tt-smi -ls does not list device {settings.number}: {_end(said)}"
    return ""


def _run(settings: Settings, words: tuple[str, ...], seconds: float, logs: Path) -> proc.Completed:
    argv = (settings.smi, *words)
    try:
        done = proc.run(argv, env=proc.clean_environment(), deadline=seconds)
    except proc.CommandNotFound as error:
        done = proc.Completed(argv, 127, str(error), 0.0, timed_out=False)
    how = "at its deadline" if done.timed_out else f"with status {done.returncode}"
    with (logs / "tt-smi.log").open("a", encoding="utf-8") as log:
        stamp = time.strftime("%H:%M:%S")
        log.write(f"{stamp} {' '.join(argv)}: ended {how} after {done.seconds:.1f} s\n{done.output}\n")
    return done


def _end(said: proc.Completed) -> str:
    return " ".join(said.output.split())[-300:] or "it said nothing"
