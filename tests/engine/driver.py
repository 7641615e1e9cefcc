"""Run the tiny project's pipeline and do something to this process at an event: `driver.py ROOT SCRIPT ACTION EVENT …`.

ACTION: kill (SIGKILL), int (SIGINT), term (SIGTERM), full (no file may grow any more). EVENT: `name`, `name:stage` or
`gate_started:stage:purpose`. Further words are key=value for the request. Prints the result's exit code last.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from op_pipeline.engine import Interrupts, Request, run_pipeline
from op_pipeline.errors import PipelineError
from op_pipeline.events import AnyEvent
from op_pipeline.testing import ScriptGates


def matches(event: AnyEvent, wanted: str) -> bool:
    name, _, rest = wanted.partition(":")
    stage, _, purpose = rest.partition(":")
    return (
        event.event == name
        and (not stage or str(event.stage) == stage)
        and (not purpose or getattr(event, "purpose", "") == purpose)
    )


def act(action: str, root: Path) -> None:
    if action == "full":
        size = (root / "logs" / "latest" / "events.jsonl").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
        return
    number = {"kill": signal.SIGKILL, "int": signal.SIGINT, "term": signal.SIGTERM, "int2": signal.SIGINT}[action]
    os.kill(os.getpid(), number)
    if action == "int2":
        os.kill(os.getpid(), number)


def main(root: Path, script: str, action: str, wanted: str, *words: str) -> int:
    wishes: dict[str, Any] = dict(word.split("=", 1) for word in words)
    numbers = {key: int(wishes.pop(key)) for key in ("first", "last") if key in wishes}
    done = False

    def report(event: AnyEvent) -> None:
        nonlocal done
        if not done and matches(event, wanted):
            done = True
            act(action, root)

    interrupts = Interrupts()
    request = Request(root / "spec.md", root, backend=f"scripted:{script}", **numbers, **wishes)
    with interrupts.installed():
        try:
            result = run_pipeline(request, report, interrupts=interrupts, keeper=ScriptGates())
        except PipelineError as error:
            print(f"{type(error).__name__}: {error}")
            return error.exit_code
    print(result.next_command)
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
