"""What the default target, the sandbox and the backends need."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from op_pipeline import proc, sandbox
from op_pipeline.doctor.values import Finding
from op_pipeline.errors import PipelineError

_SECONDS = 60.0
# A concept and a shared object: the newest language feature that kernels use, and the linker.
_LINE = (
    "#include <concepts>\ntemplate <std::integral T> T twice(T x) { return x + x; }\nint four() { return twice(2); }\n"
)


def local_findings(wanted: str, cli: str | None, environment: Mapping[str, str]) -> list[Finding]:
    """In the order in which they matter."""
    return [
        _compiler(),
        _extension(),
        _cache(),
        _git(),
        _sandbox(wanted),
        _bubblewrap(),
        _landlock(),
        _socat(),
        _claude(cli),
        _credentials(environment),
    ]


def first_line(text: str) -> str:
    """The first line with anything in it, without its margins."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _compiler() -> Finding:
    from op_pipeline.emulator.compiler import HOW_TO_GET_ONE, environment, find_compiler  # noqa: PLC0415

    allows = "building operations and running kernels in the emulator"
    try:
        compiler = find_compiler()
    except PipelineError as error:
        return Finding("compiler", False, str(error), allows, error.hint or HOW_TO_GET_ONE, needed=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "line.cpp"
        source.write_text(_LINE, encoding="utf-8")
        argv = [compiler.path, *compiler.flags(), "-shared", str(source), "-o", str(source.with_suffix(".so"))]
        tried = proc.run(argv, env=environment(), deadline=_SECONDS)
    name = f"{compiler.family} {compiler.version}, {compiler.path}"
    if not tried:
        why = next((line for line in tried.output.splitlines() if "error" in line), first_line(tried.output))
        return Finding("compiler", False, f"{name} does not compile C++20: {why}", allows, HOW_TO_GET_ONE, needed=True)
    return Finding("compiler", True, f"{name}, compiles C++20", allows, HOW_TO_GET_ONE, needed=True)


def _extension() -> Finding:
    from op_pipeline.emulator.compiler import library_folder  # noqa: PLC0415

    allows = "the emulator, which is the default target"
    remedy = "install op-pipeline again with pip, for this Python"
    try:
        folder = library_folder()
    except PipelineError as error:
        return Finding("emulator", False, str(error), allows, remedy, needed=True)
    # In a process of its own: a library that was built for another Python may end it.
    tried = proc.run([sys.executable, "-c", "import op_pipeline.emulator._ttnn"], deadline=_SECONDS)
    if not tried:
        why = tried.output.strip().rpartition("\n")[2] or f"status {tried.returncode}"
        return Finding("emulator", False, f"does not load: {why}", allows, remedy, needed=True)
    return Finding("emulator", True, str(folder), allows, remedy, needed=True)


def _cache() -> Finding:
    from op_pipeline.emulator.compiler import cache_folder  # noqa: PLC0415

    folder = cache_folder()
    allows = "compiled kernels that are used again"
    remedy = "name a folder that can be written in OP_PIPELINE_CACHE"
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        detail = f"{folder} cannot be written: {error.strerror}"
        return Finding("cache", False, detail, allows, remedy, needed=True)
    size = f"{_size(folder) / 1e6:.0f} MB" if folder.exists() else "empty"
    return Finding("cache", True, f"{folder}, {size}", allows, remedy, needed=True)


def _size(folder: Path) -> int:
    """Bytes of all files below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - thousands of files
    return total


def _answer(name: str, *words: str) -> tuple[bool, str]:
    """Whether a program on PATH ends well when asked `words`, and what it says first."""
    found = shutil.which(name)
    if found is None:
        return False, "not on PATH"
    tried = proc.run([found, *words], env=proc.clean_environment(), deadline=_SECONDS)
    said = first_line(tried.output) or f"status {tried.returncode}"
    return bool(tried), said if tried else f"{found} does not work: {said}"


def _git() -> Finding:
    found, said = _answer("git", "--version")
    return Finding("git", found, said, "runs: each stage is a commit", "install git", needed=True)


def _sandbox(wanted: str) -> Finding:
    allows = "confines the code that gates run (docs/sandbox.md)"
    try:
        strength = sandbox.strength(wanted)
    except PipelineError as error:
        return Finding("sandbox", False, str(error), allows, error.hint, needed=True)
    here = sandbox.possible()
    notes = tuple(f"does not stop: {what}" for what in here.remaining(strength))
    remedy = "" if strength is sandbox.Strength.BUBBLEWRAP else sandbox.HOW_TO_GET_ONE
    return Finding("sandbox", True, f"gates use {strength}", allows, remedy, needed=True, notes=notes)


def _bubblewrap() -> Finding:
    problem = sandbox.bubblewrap_problem()
    said = problem or _answer("bwrap", "--version")[1]
    return Finding("bubblewrap", not problem, said, "the strongest sandbox for gates", sandbox.HOW_TO_GET_ONE)


def _landlock() -> Finding:
    here = sandbox.possible()
    said = here.landlock or f"ABI {here.landlock_abi}"
    if not here.landlock:
        said += f"; no namespaces: {here.namespaces}" if here.namespaces else ", with namespaces"
    return Finding("landlock", not here.landlock, said, "a sandbox for gates without bubblewrap", "Linux 6.2 or newer")


def _socat() -> Finding:
    found, said = _answer("socat", "-V")
    said = "installed" if found else said
    allows = "with bubblewrap: a sandbox for shell commands of the claude backend"
    return Finding("socat", found, said, allows, "install socat (Debian, Ubuntu: apt-get install socat)")


def _claude(cli: str | None) -> Finding:
    from op_pipeline.backends.claude.surroundings import bundled_cli  # noqa: PLC0415

    path = Path(cli) if cli else bundled_cli()
    allows = "backend claude"
    remedy = "install claude-agent-sdk again with pip" if cli is None else "correct claude.cli in pyproject.toml"
    if not path.is_file() or not os.access(path, os.X_OK):
        return Finding("claude-cli", False, f"{path} is no program", allows, remedy)
    with tempfile.TemporaryDirectory() as folder:  # it may keep notes
        env = proc.clean_environment(CLAUDE_CONFIG_DIR=folder, HOME=folder)
        tried = proc.run([path, "--version"], env=env, deadline=_SECONDS)
    said = first_line(tried.output) or f"status {tried.returncode}"
    return Finding("claude-cli", bool(tried), said, allows, remedy)


def _credentials(environment: Mapping[str, str]) -> Finding:
    from op_pipeline.backends.claude.credentials import find_credentials  # noqa: PLC0415

    found = find_credentials(environment)
    allows = "backend claude; without it, backend template works offline"
    return Finding("credentials", found.found, found.why, allows, "set ANTHROPIC_API_KEY, or a gateway's variables")
