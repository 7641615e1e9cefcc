"""The command line that runs a command inside, for each strength."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from op_pipeline.sandbox.rules import DEVICES, PROC_FILES, Rules, existing, readable

_LAUNCHER = str(Path(__file__).with_name("launch.py"))
_SHARED = (Path("/tmp"), Path("/dev/shm"))  # noqa: S108 - private ones with bubblewrap
_OUR_OWN = 3  # bubblewrap twice, or the first process of a namespace


def launcher(plan: dict[str, Any], command: Sequence[str]) -> list[str]:
    """`launch.py` with a plan and a command."""
    return [sys.executable, "-I", "-S", "-B", _LAUNCHER, json.dumps(plan, separators=(",", ":")), *command]


def in_bubblewrap(program: str, command: Sequence[str], rules: Rules) -> list[str]:
    """Own view of the file system, of processes and of the network."""
    inner = launcher({"inside": _inside(rules, own_users=True)}, command)
    around = [program, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    around += ["--proc", "/proc", "--dev", "/dev", *_temporary(rules), *_mounts(rules)]
    # The rest of the view lies in memory that no limit counts, so nothing is written there.
    around += ["--remount-ro", "/dev", "--remount-ro", "/", "--"]
    return launcher({**_outer(rules), "around": [*around, *inner], "namespaces": False}, ())


def in_landlock(command: Sequence[str], rules: Rules, *, namespaces: bool) -> list[str]:
    """The machine's file system, with refusals."""
    files = {
        # Own processes only, with namespaces; else of the command itself, which keeps the launcher's number.
        "read": [*map(str, readable(rules)), *(("/proc",) if namespaces else ("/proc/self", *PROC_FILES))],
        "write": [str(path) for path in existing((*rules.write, *(_SHARED if rules.temporary else ())))],
        "devices": list(DEVICES),
    }
    return _without_bubblewrap(command, rules, files, namespaces=namespaces)


def in_limits(command: Sequence[str], rules: Rules, *, namespaces: bool) -> list[str]:
    """The machine's file system as it is."""
    return _without_bubblewrap(command, rules, None, namespaces=namespaces)


def _without_bubblewrap(
    command: Sequence[str], rules: Rules, files: dict[str, list[str]] | None, *, namespaces: bool
) -> list[str]:
    inside = _inside(rules, files=files, own_users=namespaces)
    return launcher({**_outer(rules), "inside": inside, "around": [], "namespaces": namespaces}, command)


def _outer(rules: Rules) -> dict[str, Any]:
    return {"processes": rules.processes + _OUR_OWN}


def _inside(rules: Rules, *, own_users: bool, files: dict[str, list[str]] | None = None) -> dict[str, Any]:
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    return {
        "cpu_seconds": rules.cpu_seconds,
        "file_bytes": rules.file_bytes,
        "memory": rules.memory,
        "processes": rules.processes + _OUR_OWN,
        "own_users": own_users and release >= (5, 14),
        "files": files,
    }


def _temporary(rules: Rules) -> list[str]:
    if rules.temporary is None:
        return ["--dir", "/tmp"]  # noqa: S108 - a private one
    return [word for folder in _SHARED for word in ("--bind", str(rules.temporary), str(folder))]


def _mounts(rules: Rules) -> list[str]:
    """Outer folders first, so that an inner one lies on top; what an outer one brings already is left out.

    A path that leads through symbolic links is there under the name it leads to, and under its own.
    """
    given = dict.fromkeys(readable(rules), "--ro-bind")
    given.update(dict.fromkeys(existing(rules.write), "--bind"))
    kinds = {path.resolve(): kind for path, kind in given.items()}
    names = [(path, path.resolve()) for path in given] + [(path, path) for path in kinds]
    mounted: dict[Path, str] = {}
    words: list[str] = []
    for path, real in sorted(dict.fromkeys(names), key=lambda pair: (len(pair[0].parts), pair)):
        around = next((mounted[folder] for folder in path.parents if folder in mounted), "")
        if around == kinds[real] or (around and path != real):
            continue
        mounted[path] = kinds[real]
        words += [kinds[real], str(real), str(path)]
    return words
