"""Which files a compilation read, held against those it may read: nothing of the machine gets into a candidate.

`#include`, `#embed` and their kin stand in the compiler's list (-MD), `.incbin` and `.include` in that of the GNU
assembler (--MD). Clang's own assembler keeps no such list.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable
from pathlib import Path

from op_pipeline import proc
from op_pipeline.emulator.compiler import Compiler, cache_folder, environment

_PLACE = re.compile(r"^(?:In file included from |\s+from )?(/[^:\n]+):\d+", re.MULTILINE)
REMEDY = "include files of the work tree, of tt-metal and of the standard library only"


def listing_flags(compiler: Compiler, work: Path, name: str) -> tuple[str, ...]:
    """Flags that make a compilation write its lists to `work`."""
    assembler = ("-Wa,--MD," + str(work / f"{name}.a.d"),) if compiler.family == "gcc" else ()
    return ("-MD", "-MF", str(work / f"{name}.d"), *assembler)


def files_read(work: Path, name: str) -> list[str]:
    """All files that were read, as the tools name them, relative ones joined to `work`."""
    found: dict[str, None] = {}
    for suffix in (".d", ".a.d"):
        path = work / f"{name}{suffix}"
        if path.is_file():
            _, _, listed = path.read_text(encoding="utf-8", errors="replace").replace("\\\n", " ").partition(": ")
            for word in listed.replace("\\ ", "\0").split():
                found[os.path.normpath(word.replace("\0", " "))] = None
    return list(found)


def files_named(output: str) -> list[str]:
    """Files that a compiler's messages point into: a failed compilation leaves no list, and its messages quote."""
    return list(dict.fromkeys(_PLACE.findall(output)))


def foreign(compiler: Compiler, read: Iterable[str], allowed: Iterable[Path | str]) -> list[str]:
    """Those of the files read that lie, links resolved, neither below `allowed` nor among the compiler's own headers.

    Temporary files of the compiler itself do not count: they are gone by now.
    """
    roots = [os.path.realpath(root) + "/" for root in allowed if str(root)]
    roots += [*_own_folders(compiler), os.path.realpath(cache_folder() / "precompiled") + "/"]
    real = {name: os.path.realpath(name) for name in read}
    return [
        name for name, path in real.items() if not path.startswith(tuple(roots)) and os.path.lexists(path)
    ]


@functools.lru_cache(maxsize=8)
def _own_folders(compiler: Compiler) -> tuple[str, ...]:
    """Where this compiler looks for headers without being told."""
    done = proc.run([compiler.path, "-E", "-v", "-x", "c++", os.devnull], env=environment(), deadline=20)
    _, _, listed = done.output.partition("#include <...> search starts here:")
    listed, _, _ = listed.partition("End of search list")
    return tuple(os.path.realpath(line.split(" (")[0].strip()) + "/" for line in listed.splitlines() if line.strip())
