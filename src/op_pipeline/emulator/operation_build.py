"""Builds the host code of one C++ operation into an extension module; only what changed is compiled again.

The same sources go unchanged into tt-metal, where its own CMake builds them; here each file is compiled on its own,
against the emulator's headers, and linked with a generated module that calls the operation's bind function.
"""

from __future__ import annotations

import re
import shutil
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from op_pipeline import proc
from op_pipeline.emulator import cache_pruning, host_headers, kernel_cache, sources_read
from op_pipeline.emulator import compiler as machine
from op_pipeline.emulator.compiler import Compiler
from op_pipeline.emulator.diagnostics import link_errors, parse
from op_pipeline.emulator.faults import ToolchainMissing
from op_pipeline.errors import Problem

PARALLEL = 2
MAX_PROBLEMS = 12
FLAGS = ("-O0", "-fvisibility=hidden", "-fno-strict-aliasing", "-Werror=return-type", "-DNB_SHARED")
# Precompiled: the standard library and nanobind. A name of ttnn must come from an include of the source itself, so
# headers of ttnn are in front only of sources that include what they use of them.
PLAIN = "op_emulator/precompiled.hpp"
_PYTHON_SYMBOL = re.compile(r"_?Py[A-Z_]\w*\Z|Py_\w+\Z")
_BIND = re.compile(r"\bvoid\s+(bind_\w+)\s*\(\s*(?:::)?(?:nb|nanobind)\s*::\s*module_\s*&")
_NAMESPACE = re.compile(r"^\s*namespace\s+([\w:]+)\s*\{", re.MULTILINE)


@dataclass(frozen=True)
class BuildResult:
    """The extension module, or why there is none. `compiled` counts the files that were not in the cache."""

    library: Path | None
    problems: tuple[Problem, ...]
    seconds: float
    compiled: int = 0


@dataclass(frozen=True)
class _Source:
    """One file to compile; `text` is given for the generated one."""

    path: Path
    text: str


@dataclass(frozen=True)
class _Place:
    """Folder of the operation and root of the work tree it stands in."""

    operation: Path
    root: Path


def build_operation(folder: Path) -> BuildResult:
    """Build the operation that stands in `folder`, `…/ttnn/cpp/ttnn/operations/{category}/{operation}`.

    All `.cpp` files but those below a folder named `kernels` are compiled. Problems are values; raises
    ToolchainMissing when there is no compiler. The file's stem is the module's name.
    """
    started = time.monotonic()
    place = _Place(folder.resolve(), _root(folder.resolve()))
    sources = operation_sources(place.operation)
    stub = _module_stub(place)
    if isinstance(stub, Problem):
        return BuildResult(None, (stub,), time.monotonic() - started)
    compiler = machine.find_compiler()
    jobs = [_Source(path, path.read_text(encoding="utf-8", errors="replace")) for path in sources]
    jobs.append(_Source(place.operation / f"{place.operation.name}_module.cpp", stub))
    objects, problems, compiled = _compile_all(compiler, place, jobs)
    if problems:
        return BuildResult(None, tuple(problems[:MAX_PROBLEMS]), time.monotonic() - started, compiled)
    library = _link(compiler, place, objects)
    if isinstance(library, Path):
        return BuildResult(library, (), time.monotonic() - started, compiled)
    return BuildResult(None, tuple(library[:MAX_PROBLEMS]), time.monotonic() - started, compiled)


def operation_sources(folder: Path) -> list[Path]:
    """Host sources of an operation: every `.cpp` that is not a kernel, sorted."""
    return sorted(path for path in folder.rglob("*.cpp") if "kernels" not in path.relative_to(folder).parts[:-1])


def _root(folder: Path) -> Path:
    """Root of the tt-metal tree: the folder that holds `ttnn/cpp/ttnn/operations`, else the operation's own."""
    for parent in folder.parents:
        if folder.is_relative_to(parent / "ttnn" / "cpp" / "ttnn" / "operations"):
            return parent
    return folder


def _module_stub(place: _Place) -> str | Problem:
    """The module's source. Its name is the operation's, its content what `bind_…_operation` binds."""
    name = place.operation.name
    header = place.operation / f"{name}_nanobind.hpp"
    if not header.is_file():
        return Problem(str(header), 0, "", f"missing: it must declare bind_{name}_operation(nb::module_&)")
    text = header.read_text(encoding="utf-8", errors="replace")
    bind, namespace = _BIND.search(text), _NAMESPACE.search(text)
    if bind is None:
        return Problem(str(header), 0, "", f"declares no `void bind_{name}_operation(nb::module_& mod)`")
    call = f"{namespace[1]}::{bind[1]}" if namespace else bind[1]
    includes = f'#include <nanobind/nanobind.h>\n#include "{name}_nanobind.hpp"\n'
    return f"{includes}NB_MODULE({name}, module) {{ ::{call}(module); }}\n"


def _includes(place: _Place) -> tuple[str, ...]:
    """The emulator's headers first, so that a complete tt-metal tree around the operation does not replace them."""
    import nanobind  # noqa: PLC0415 - needed only when something is built

    python = sysconfig.get_path("include")
    if not Path(python, "Python.h").is_file():
        raise ToolchainMissing(f"Python.h is not in {python}", hint="install Python's headers (Debian: python3-dev)")
    folders = [machine.HOST_HEADERS, machine.RUNTIME_HEADERS, nanobind.include_dir(), python]
    return tuple(word for folder in folders for word in ("-isystem", str(folder))) + _tree_includes(place)


def _tree_includes(place: _Place) -> tuple[str, ...]:
    folders = (place.root / "ttnn" / "cpp", place.root / "ttnn", place.root)
    return tuple(word for folder in folders for word in ("-isystem", str(folder)))


def _headers_digest() -> str:
    import nanobind  # noqa: PLC0415

    return machine.text_digest(
        machine.folder_digest(machine.HOST_HEADERS), machine.folder_digest(machine.RUNTIME_HEADERS),
        nanobind.__version__, sysconfig.get_path("include"), sysconfig.get_config_var("VERSION") or "",
    )  # fmt: skip


def _compile_all(
    compiler: Compiler, place: _Place, jobs: Sequence[_Source]
) -> tuple[list[Path], list[Problem], int]:
    """Objects in the order of the sources, problems of all that failed, and how many were compiled."""
    digest, includes = _headers_digest(), _includes(place)
    entries = [_entry(compiler, place, job, digest) for job in jobs]
    objects: dict[_Source, Path | list[Problem]] = {}
    missing = []
    for job, entry in zip(jobs, entries, strict=True):
        found = entry.find()
        if found is None:
            missing.append((job, entry))
        else:
            objects[job] = found
    if missing:
        # Long files first, so that two workers end together.
        missing.sort(key=lambda pair: -len(pair[0].text))
        forced = _precompiled(compiler, place, [job for job, _ in missing], digest)
        with ThreadPoolExecutor(PARALLEL) as pool:
            answers = pool.map(
                lambda pair: _compile(compiler, place, pair[0], pair[1], (*FLAGS, *includes, *forced[pair[0]])), missing
            )
            objects.update(zip((job for job, _ in missing), answers, strict=True))
    problems = [problem for job in jobs for problem in _as_problems(objects[job])]
    return [path for job in jobs if isinstance(path := objects[job], Path)], problems, len(missing)


def _precompiled(
    compiler: Compiler, place: _Place, jobs: Sequence[_Source], digest: str
) -> dict[_Source, tuple[str, ...]]:
    """Flags that bring in the precompiled headers of each source."""
    # Without the tree's folders: a precompiled header must not depend on it.
    shared = (*FLAGS, *_includes(place)[: -len(_tree_includes(place))])
    names = {
        job: host_headers.PRECOMPILED
        if host_headers.fits(job.text, job.path, (str(place.operation),), str(place.root))
        else PLAIN
        for job in jobs
    }
    flags = {name: machine.precompiled(compiler, shared, name, digest) for name in dict.fromkeys(names.values())}
    for forced in flags.values():
        cache_pruning.touch(Path(forced[-1]))
    return {job: flags[name] for job, name in names.items()}


def _as_problems(answer: Path | list[Problem]) -> list[Problem]:
    return answer if isinstance(answer, list) else []


def _entry(compiler: Compiler, place: _Place, job: _Source, headers: str) -> kernel_cache.Entry:
    first = machine.text_digest(
        compiler.identity, *compiler.flags(), *FLAGS, headers, _relative(place, str(job.path)), job.text
    )
    source = str(job.path) if job.path.is_file() else ""
    folders = (str(place.operation), *_tree_includes(place)[1::2])
    return kernel_cache.Entry(first, str(place.root), "objects", ".o", source, job.text, folders)


def _relative(place: _Place, file: str) -> str:
    return file.removeprefix(f"{place.root}/")


def _compile(
    compiler: Compiler, place: _Place, job: _Source, entry: kernel_cache.Entry, flags: Sequence[str]
) -> Path | list[Problem]:
    entry.folder().mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=entry.folder()))
    since = work.stat().st_ctime_ns
    try:
        source = job.path
        if not source.is_file():
            source = work / job.path.name
            source.write_text(job.text, encoding="utf-8")
        argv = [
            compiler.path, *compiler.flags(), *flags, "-I", str(place.operation),
            f"-fmacro-prefix-map={place.root}/=", "-c", str(source), "-o", str(work / "object.o"),
            *sources_read.listing_flags(compiler, work, "object"),
        ]  # fmt: skip
        done = proc.run(argv, env=machine.environment(), deadline=machine.COMPILE_SECONDS)
        read = sources_read.files_read(work, "object") if done else sources_read.files_named(done.output)
        foreign = sources_read.foreign(compiler, read, [place.root, work, machine.EMULATOR, *_includes(place)[1::2]])
        if foreign:
            message = f"the file reads {foreign[0]}, which is no source of the work tree: {sources_read.REMEDY}"
            return [Problem(str(job.path), 0, "", message)]
        if not done:
            return _compile_problems(done, place, job)
        own = [path for path in read if path.startswith(f"{place.root}/") and path != str(job.path)]
        return entry.add(work / "object.o", own, (), since=since)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _compile_problems(done: proc.Completed, place: _Place, job: _Source) -> list[Problem]:
    if done.timed_out:
        return [Problem(str(job.path), 0, "", f"compilation took more than {machine.COMPILE_SECONDS:g} s")]
    errors = [item for item in parse(done.output, [str(place.operation), str(place.root)]) if item.level == "error"]
    problems = [Problem(item.file, item.line, "", item.text) for item in errors]
    return list(dict.fromkeys(problems)) or [Problem(str(job.path), 0, "", " ".join(done.output.split())[-600:])]


def _link(compiler: Compiler, place: _Place, objects: Sequence[Path]) -> Path | list[Problem]:
    """The module, from the cache when these objects have been linked before."""
    library = machine.library_folder()
    key = machine.text_digest(compiler.identity, str(library), *(str(path) for path in objects))
    target = machine.cache_folder() / "operations" / key[:32] / f"{place.operation.name}.so"
    if target.exists():
        cache_pruning.touch(target)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        argv = [
            compiler.path, "-shared", *map(str, objects), "-o", str(work / target.name), "-L", str(library),
            "-lop_emulator", "-lnanobind", "-Wl,--as-needed", f"-Wl,-rpath,{library}",
            # Python's symbols come from the interpreter, so unresolved ones are warnings to the linker, sorted below.
            "-Wl,-z,defs", "-Wl,--warn-unresolved-symbols",
        ]  # fmt: skip
        done = proc.run(argv, env=machine.environment(), deadline=machine.COMPILE_SECONDS)
        problems = _link_problems(done.output, place)
        if problems or not done:
            return problems or [Problem(str(place.operation), 0, "", " ".join(done.output.split())[-600:])]
        (work / target.name).replace(target)
        return target
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _link_problems(output: str, place: _Place) -> list[Problem]:
    """Every symbol that nobody defines, or two files do, at the line that uses it."""
    problems = []
    for error in link_errors(output):
        if _PYTHON_SYMBOL.match(error.symbol):
            continue
        file, line = _used_at(error.symbol, error.file, place)
        if error.library:
            message = f"cannot find {error.library}"
        elif error.twice:
            message = f"multiple definition of '{error.symbol}'"
        else:
            message = f"undefined reference to '{error.symbol}': declared and used, but no source file defines it"
        problems.append(Problem(file, line, "", message))
    return problems


def _used_at(symbol: str, unit: str, place: _Place) -> tuple[str, int]:
    """File and line of the first mention of a symbol, in the file the linker names when it is one of ours."""
    called = re.sub(r"<[^()]*>|\(.*", "", symbol).strip().rsplit(" ", 1)[-1].rsplit("::", 1)[-1]
    sources = operation_sources(place.operation)
    sources.sort(key=lambda path: path.name != Path(unit).name)
    sources += sorted(place.operation.rglob("*.hpp"))
    mention = re.compile(rf"\b{re.escape(called)}\s*[(<]|\b{re.escape(called)}\b") if called else None
    for path in sources if mention else ():
        for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if mention is not None and mention.search(text):
                return str(path), number
    return str(place.operation / unit) if unit else str(place.operation), 0
