"""A small program that acts as an agent CLI: it reads a prompt, works in the current folder, talks, and ends.

What it knows of its task it has from the prompt. `--habit` is how it goes about it.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess  # noqa: TID251 - a program of its own, not part of the package
import sys
import time
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompt-file")
    parser.add_argument("--habit", default="diligent")
    parser.add_argument("--note", default="")
    options = parser.parse_args()
    prompt = Path(options.prompt_file).read_text() if options.prompt_file else sys.stdin.read()
    stage = re.search(r"^# Stage (\d+),", prompt, re.MULTILINE)
    folder = re.search(r"^- (ttnn/\S+)/\*\*$", prompt, re.MULTILINE)
    wanted = re.search(r"^## Goal\n(\S+) says (\w+)$", prompt, re.MULTILINE)
    if not (stage and folder and wanted):
        print("this prompt does not say what to do", file=sys.stderr)
        return 64
    target = Path(folder[1]) / wanted[1]
    print(f"\x1b[32mstage {stage[1]}\x1b[0m: writing {target} {options.note}".rstrip(), flush=True)
    told = re.findall(r"^\d+\. (\w+): (.*)$", prompt, re.MULTILINE)
    return HABITS[options.habit](target, f"{wanted[2]}\n", [kind for kind, _ in told])


def write(target: Path, text: str) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return 0


def diligent(target: Path, text: str, told: list[str]) -> int:
    write(target, text)
    print("done", flush=True)
    return 0


def learning(target: Path, text: str, told: list[str]) -> int:
    return write(target, text if "numerical_mismatch" in told else "WRONG\n")


def straying(target: Path, text: str, told: list[str]) -> int:
    if "write_outside_scope" not in told:
        Path("README").write_text("mine now\n")
    return write(target, text)


def committing(target: Path, text: str, told: list[str]) -> int:
    write(target, text)
    for words in (["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "by myself"]):
        subprocess.run(["git", *words], check=True)
    return 0


def failing(target: Path, text: str, told: list[str]) -> int:
    if told:
        return write(target, text)
    write(target, "HALF\n")
    print("error: quota exceeded for this month", file=sys.stderr, flush=True)
    return 3


def dying(target: Path, text: str, told: list[str]) -> int:
    if not told:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(target, text)


def dawdling(target: Path, text: str, told: list[str]) -> int:
    if told:
        return write(target, text)
    child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, 1); time.sleep(60)"])
    print(f"pids {os.getpid()} {child.pid}", flush=True)
    time.sleep(60)
    return 0


def lingering(target: Path, text: str, told: list[str]) -> int:
    write(target, text)
    time.sleep(60)
    return 0


def telling(target: Path, text: str, told: list[str]) -> int:
    print("variables " + " ".join(sorted(os.environ)), flush=True)
    print(f"401 for key {os.environ.get('APPRENTICE_KEY')}", flush=True)
    return write(target, text)


def talkative(target: Path, text: str, told: list[str]) -> int:
    print("\n".join(f"thought {number}" for number in range(20_000)), flush=True)
    return write(target, text)


HABITS = {
    habit.__name__: habit
    for habit in (diligent, learning, straying, committing, failing, dying, dawdling, lingering, telling, talkative)
}

if __name__ == "__main__":
    sys.exit(main())
