"""What a CLI process runs in: its environment, the wrapper that ends it with this program, its sandbox."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shlex
import shutil
import signal
import stat
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from op_pipeline import sandbox
from op_pipeline.backends.claude.credentials import PASSED_ON
from op_pipeline.config.claude import ClaudeSettings

MARK = "OP_PIPELINE_TURN"
_DEATH_SECONDS = 10.0  # on a busy machine a killed process takes its time
_FOREIGN = ("ANTHROPIC_", "CLAUDE")
_QUIET = (
    "DISABLE_TELEMETRY",
    "DISABLE_AUTOUPDATER",
    "DISABLE_ERROR_REPORTING",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
)
# PR_SET_PDEATHSIG is 1 (linux/prctl.h); for systems without setpriv.
_TIE = "import ctypes,os,sys;ctypes.CDLL(None).prctl(1,15);os.execv(sys.argv[1],sys.argv[1:])"


def bundled_cli() -> Path:
    """Where the CLI lies in the SDK's package, which is not imported for it. It may not be there."""
    package = importlib.util.find_spec("claude_agent_sdk")
    origin = package.origin if package is not None else None
    return Path(origin or "claude_agent_sdk/__init__.py").with_name("_bundled") / "claude"


def environment_for(
    settings: ClaudeSettings,
    config: Path,
    mark: str,
    headers: Mapping[str, str],
    ambient: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Variables to lay over the ambient ones; the SDK cannot unset, and an empty value counts as not set.

    Every ambient ANTHROPIC_* and CLAUDE* variable that is not on the list is blanked: one that another program left
    behind would otherwise redirect the run. `headers` go with every request.
    """
    ambient = os.environ if ambient is None else ambient
    blank = {name: "" for name in ambient if name.startswith(_FOREIGN) and name not in PASSED_ON}
    own = [ambient.get("ANTHROPIC_CUSTOM_HEADERS", ""), *(f"{name}: {value}" for name, value in headers.items())]
    return {
        **blank,
        **dict.fromkeys(_QUIET, "1"),
        "ANTHROPIC_CUSTOM_HEADERS": "\n".join(line for line in own if line),
        "API_TIMEOUT_MS": str(round(settings.request_seconds * 1000)),
        "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
        "CLAUDE_CODE_MAX_RETRIES": str(settings.cli_retries),
        "CLAUDE_CONFIG_DIR": str(config),
        "PYTHONDONTWRITEBYTECODE": "1",
        MARK: mark,
    }


def tied_cli(folder: Path, cli: Path) -> Path:
    """A script in `folder` that becomes the CLI and is sent TERM when this program dies; the CLI itself elsewhere."""
    if sys.platform != "linux":
        return cli
    setpriv = shutil.which("setpriv")
    tie = [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else [sys.executable, "-S", "-c", _TIE]
    script = folder / "claude"
    text = f'#!/bin/sh\nexec {shlex.join([*tie, str(cli)])} "$@"\n'
    if not script.is_file() or script.read_text(encoding="utf-8") != text:
        script.write_text(text, encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def sandbox_problem() -> str:
    """Why shell commands cannot be sandboxed here; empty when they can."""
    missing = [name for name, program in (("bubblewrap", "bwrap"), ("socat", "socat")) if not shutil.which(program)]
    if missing:
        return f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not installed"
    return sandbox.bubblewrap_problem()


def end_leftovers(mark: str, grace: float = 0.0) -> int:
    """Kill what a turn started and left running; returns how many processes that were.

    A CLI that is killed leaves its shell commands behind. They carry the turn's mark in their environment. During
    `grace` seconds they may end by themselves: a CLI that does so saves what its session has cost.
    """
    until = time.monotonic() + grace
    while (found := _marked(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    ended: set[int] = set()
    until = time.monotonic() + _DEATH_SECONDS
    while found and time.monotonic() < until:  # again: a shell may have started another command meanwhile
        for number in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)
        ended.update(found)
        time.sleep(0.02)
        found = _marked(mark)
    return len(ended)


def _marked(mark: str) -> list[int]:
    """Ids of the processes with that mark; none for an empty one."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*") if mark and sys.platform == "linux" else ():
        with contextlib.suppress(OSError):  # ended meanwhile, or another user's
            if wanted in (entry / "environ").read_bytes().split(b"\0") and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found
