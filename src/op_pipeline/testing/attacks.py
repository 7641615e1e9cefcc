"""What an attack of the suite is, and the page that lists them all.

`python -m op_pipeline.testing.attacks tests/attacks` prints docs/attacks.md.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AGENT, HOST, KERNEL, RECORD = (
    "agent, while it may write",
    "host code of the operation",
    "kernel code",
    "someone with the log or the repository",
)
WHO = (AGENT, HOST, KERNEL, RECORD)
IN_VAIN = "in vain"  # nothing happens, and the work is judged as what it is

HEAD = """# Attacks

`tests/attacks` has {count} scripted attackers that want a green stage, or a commit, without the work. Each runs against
the real thing (git, compilers, sandbox, gates) and must end in what stands here; none may reach green. The suite prints
this table with the outcomes. `python -m op_pipeline.testing.attacks tests/attacks` prints this page.

"In vain": nothing happens, and the work is judged as what it is. Under `limits` (docs/sandbox.md) some of the attacks
of host code are possible; those tests are skipped there. Wrong work that only looks done is in `tests/gates`, mutants
in `pipeline gate --certify`, forged records and the audit differences they end in are in `tests/audit`.
"""
TAIL = """
## What is open

- A kernel is native code in the emulator's own process for the run. It has no system calls but memory, time and its
  answer, but it can write into the emulator's bookkeeping and so hide a broken rule of the device (a missing barrier,
  say). Its output must still be right on inputs it cannot predict, under three schedules.
- Where the sandbox is only `limits`, host code can do what the user can: trace or end processes of the same user that
  are not marked against it (judge and device worker are), read the user's files, write into the compile cache.
- An agent that may write outside of its work tree (no sandbox around its shell) can change the installed program and
  the compile cache. `pipeline audit` on another machine finds what that let through.
- Compilers run unconfined: a source that makes one read a file of the machine is refused afterwards, with the file's
  name and nothing of its text, but it was read. Clang's assembler does not tell what `.incbin` reads; g++ is preferred.
"""


@dataclass(frozen=True)
class Attack:
    """One attacker: who it is, what it tries, what it must end in (words of a class, or IN_VAIN), how it is done."""

    name: str
    who: str
    what: str
    ends: str
    act: Any = None
    words: str = ""  # that the reason must hold

    def __post_init__(self) -> None:
        if self.who not in WHO:
            raise ValueError(f"nobody attacks as {self.who!r}")


def collected(folder: Path) -> list[Attack]:
    """All attacks of the test modules in a folder, in the order of the modules. ValueError for a name used twice."""
    found: list[Attack] = []
    for module in sorted(folder.glob("test_*.py")):
        found += runpy.run_path(str(module)).get("ATTACKS", ())
    names = [(attack.who, attack.name) for attack in found]
    if len(set(names)) != len(names):
        raise ValueError("two attacks of one attacker have one name")
    return found


def page(attacks: Sequence[Attack]) -> str:
    """The page's text."""
    parts = [HEAD.format(count=len(attacks))]
    for who in WHO:
        rows = [attack for attack in attacks if attack.who == who]
        parts.append(f"\n## By: {who}\n\n| attack | what it does | ends in |\n|---|---|---|\n")
        parts += [f"| {attack.name} | {attack.what} | {attack.ends} |\n" for attack in rows]
    return "".join(parts) + TAIL


if __name__ == "__main__":
    sys.stdout.write(page(collected(Path(sys.argv[1]))))
