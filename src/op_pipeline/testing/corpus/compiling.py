"""Compiles kernels of the corpus, as far as their errors go: two at a time, with the precompiled prelude."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from op_pipeline import proc
from op_pipeline.emulator import compiler as machine
from op_pipeline.emulator import toolchain
from op_pipeline.emulator.kernel_source import KernelRequest, translation_unit
from op_pipeline.testing.corpus.kernels import Kernel, whole_text
from op_pipeline.testing.corpus.names import names_of
from op_pipeline.testing.corpus.settings import settings_of

PARALLEL = 2
_BUFFERS = tuple(
    {"index": index, "format": 5, "page_size": 2048, "tile_height": 32, "tile_width": 32} for index in range(32)
)
_NO_FILE = re.compile(r"fatal error: ([^:]+): No such file")
_ERROR = re.compile(r"(?:^|\s)(?:fatal )?error: |internal compiler error")


@dataclass(frozen=True)
class Outcome:
    """Whether a kernel compiled, and the compiler's lines when it did not."""

    kernel: Kernel
    errors: tuple[str, ...]
    seconds: float

    @property
    def compiled(self) -> bool:
        """No error."""
        return not self.errors


def request_for(root: Path, kernel: Kernel) -> KernelRequest:
    """The kernel with the macros, words and names its host would give it."""
    text = whole_text(root, kernel)
    setting = settings_of(kernel.short(), text)
    known = names_of(text, setting.values)
    return KernelRequest(
        name=kernel.path,
        text=(root / kernel.path).read_text(encoding="utf-8"),
        path=str(root / kernel.path),
        risc=kernel.risc,
        root=str(root),
        compile_time_args=known.words,
        named_compile_time_args=known.named_words,
        defines=tuple(setting.defines.items()),
        compute={"fp32_dest_acc_en": setting.fp32},
        circular_buffers=_BUFFERS,
        names=known.names,
    )


def compile_all(root: Path, kernels: Sequence[Kernel], work: Path) -> list[Outcome]:
    """Every kernel once, in the order given; `work` is a folder for the generated sources."""
    compiler = machine.find_compiler()
    flags = toolchain.kernel_flags(compiler)  # made once, not by every worker

    def one(kernel: Kernel) -> Outcome:
        return _compile(compiler, flags, request_for(root, kernel), kernel, work)

    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(one, kernels))


def _compile(
    compiler: machine.Compiler, flags: Sequence[str], request: KernelRequest, kernel: Kernel, work: Path
) -> Outcome:
    folder = Path(tempfile.mkdtemp(dir=work))
    unit = folder / "unit.cpp"
    unit.write_text(translation_unit(request), encoding="utf-8")
    includes = [flag for each in request.include_folders() for flag in ("-I", each)]
    argv = [compiler.path, *compiler.flags(), *flags, *includes, "-fsyntax-only", "-fmax-errors=15"]
    try:
        lost: list[str] = []
        while True:
            done = proc.run(
                [*argv, "-idirafter", str(folder / "absent"), str(unit)],
                env=machine.environment(), deadline=machine.COMPILE_SECONDS,
            )  # fmt: skip
            errors = [line for line in done.output.splitlines() if _ERROR.search(line)]
            if not done and not errors:
                errors = [f"error: the compiler ended with {done.returncode}: {done.output.strip()[-200:]}"]
            absent = _NO_FILE.search(done.output)
            if absent is None or absent[1] in lost:
                break
            # An empty header in its place shows what else is missing; the kernel has failed all the same.
            lost.append(absent[1])
            (folder / "absent" / absent[1]).parent.mkdir(parents=True, exist_ok=True)
            (folder / "absent" / absent[1]).touch()
        return Outcome(kernel, (*(f"fatal error: {name}: No such file" for name in lost), *errors), done.seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
