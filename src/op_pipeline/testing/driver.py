"""Run the tiny project's pipeline and do something to this process when a certain event is written.

`python -m op_pipeline.testing.driver ROOT SCRIPT ACTION EVENT [KEY=NUMBER …]`. ACTION: kill (SIGKILL), int (SIGINT),
int2 (twice), term (SIGTERM), full (no file may grow any more). EVENT: `name`, `name:stage`, `name:stage:purpose`, or
`#17+8`: 8 ms after event number 17, wherever the program then is.
Further words go into the request. Says the next command; ends with the run's exit code.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from op_pipeline.engine import Interrupts, Request, run_pipeline
from op_pipeline.errors import PipelineError
from op_pipeline.events import AnyEvent
from op_pipeline.testing.gates import ScriptGates


def matches(event: AnyEvent, wanted: str) -> bool:
    """Whether this is the event meant."""
    if wanted.startswith("#"):
        return event.seq >= int(wanted[1:].partition("+")[0])
    name, _, rest = wanted.partition(":")
    stage, _, purpose = rest.partition(":")
    return (
        event.event == name
        and (not stage or str(event.stage) == stage)
        and (not purpose or getattr(event, "purpose", "") == purpose)
    )


def act(action: str, root: Path) -> None:
    """Do it."""
    if action == "full":
        size = (root / "logs" / "latest" / "events.jsonl").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
        return
    number = {"kill": signal.SIGKILL, "int": signal.SIGINT, "term": signal.SIGTERM, "int2": signal.SIGINT}[action]
    os.kill(os.getpid(), number)
    if action == "int2":
        os.kill(os.getpid(), number)


def _number(text: str) -> int | float:
    return int(text) if text.isdecimal() else float(text)


def main(root: Path, script: str, action: str, wanted: str, *words: str) -> int:
    """Run; the exit code."""
    wishes: dict[str, Any] = {key: _number(value) for key, value in (word.split("=", 1) for word in words)}
    done = False

    def report(event: AnyEvent) -> None:
        nonlocal done
        if not done and matches(event, wanted):
            done = True
            pause = float(wanted.partition("+")[2] or 0) / 1000 if wanted.startswith("#") else 0.0
            if pause:
                threading.Timer(pause, act, (action, root)).start()
            else:
                act(action, root)

    interrupts = Interrupts()
    request = Request(root / "spec.md", root, backend=f"scripted:{script}", **wishes)
    with interrupts.installed():
        try:
            result = run_pipeline(request, report, interrupts=interrupts, keeper=ScriptGates())
        except PipelineError as error:
            sys.stdout.write(f"{type(error).__name__}: {error}\n")
            return error.exit_code
    sys.stdout.write(f"{result.next_command}\n")
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
