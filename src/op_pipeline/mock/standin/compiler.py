"""Stands where the library looks for the vendor's compiler: `python -ISB compiler.py SETTINGS WORDS...`.

Level `host` writes empty objects. Level `compile` has stock clang compile and lld link what it is given, and writes
what they say into a report. In either case what comes out is an executable that traps: nothing made here may run.
"""

from __future__ import annotations

import json
import os
import subprocess  # noqa: TID251 - runs outside of the program
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import clang
import elf

_LIMIT = 40_000


def main(settings: dict[str, Any], words: list[str]) -> int:
    """Play the compiler; its exit code."""
    if "--version" in words:
        sys.stdout.write(f"{settings['version']}\n")
        return 0
    output = Path(words[words.index("-o") + 1])
    if "c++-header" in words:
        return 1  # then nothing is precompiled
    if "-c" in words:
        return _compile(settings, words, output)
    return _link(settings, words, output)


def _compile(settings: dict[str, Any], words: list[str], output: Path) -> int:
    if settings["level"] == "host":
        output.touch()
        if "-MF" in words:  # without it the library says that it cannot cache
            Path(words[words.index("-MF") + 1]).write_text(f"{output}:\n")
        return 0
    done, seconds = _timed(clang.compile_command(words, Path(settings["zig"]), Path(settings["stubs"])))
    _report("compile", done.returncode, done.stderr, seconds)
    sys.stderr.write(done.stderr)
    return done.returncode


def _link(settings: dict[str, Any], words: list[str], output: Path) -> int:
    code = 0
    if settings["level"] == "compile":
        with tempfile.TemporaryDirectory() as folder:
            linked = Path(folder) / "kernel.elf"
            done, seconds = _timed(clang.link_command(words, Path(settings["zig"]), linked))
            overflow = elf.too_much_data(linked) if linked.is_file() else ""
        missing = clang.undefined(done.stderr)
        errors = [line for line in done.stderr.splitlines() if "error:" in line]
        said = "\n".join([*errors, *(f"undefined symbol: {name}" for name in missing)])
        said += f"\nerror: too much data: {overflow}" if overflow else ""
        code = 1 if done.returncode or missing or overflow else 0
        _report("link", code, said, seconds)
        sys.stderr.write(said)
    firmware = next(word.partition("=")[2] for word in words if word.startswith("-Wl,--just-symbols="))
    exported = elf.symbols(Path(firmware))
    output.write_bytes(elf.trap_executable(exported["__fw_export_text_end"], exported["__fw_export_ldm_end"]))
    return code


def _timed(command: list[str]) -> tuple[subprocess.CompletedProcess[str], float]:
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return done, time.monotonic() - started


def _report(step: str, code: int, said: str, seconds: float) -> None:
    """One line into the report. The library builds for five processors at once: a single write keeps lines whole."""
    where = Path.cwd()  # .../kernels/<name>/<hash>/<processor>
    line = {"processor": where.name, "kernel": where.parent.parent.name, "source": _source(where), "step": step}
    text = json.dumps({**line, "code": code, "said": said[:_LIMIT], "seconds": round(seconds, 3)}) + "\n"
    handle = os.open(os.environ["OP_PIPELINE_MOCK_REPORT"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, text.encode())
    finally:
        os.close(handle)


def _source(where: Path) -> str:
    """The kernel's own file: the last quoted include of the file that the library writes around it."""
    for name in ("kernel_includes.hpp", "chlkc_math.cpp"):
        around = where.parent / name
        if around.is_file():
            lines = [line for line in around.read_text().splitlines() if line.startswith("#include")]
            return lines[-1].partition('"')[2].rstrip('"') if lines else ""
    return ""


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2:]))
