"""What a compilation read: the compiler's list and the assembler's, and which of it is not allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.emulator.compiler import Compiler, environment, find_compiler
from op_pipeline.emulator.sources_read import files_read, foreign, listing_flags


@pytest.mark.parametrize(
    ("compiler", "assembler", "expected"),
    [
        ("k.so: unit.cpp /a/one.h \\\n /a/two.h\n", "", ["unit.cpp", "/a/one.h", "/a/two.h"]),
        ("k.so: /a/with\\ space.h /a/b/../one.h\n", "", ["/a/with space.h", "/a/one.h"]),
        ("k.so:\n", "k.o: /tmp/x.s /a/data\n", ["/tmp/x.s", "/a/data"]),
    ],
)
def test_both_lists_are_read(tmp_path: Path, compiler: str, assembler: str, expected: list[str]) -> None:
    (tmp_path / "k.d").write_text(compiler)
    if assembler:
        (tmp_path / "k.a.d").write_text(assembler)
    assert files_read(tmp_path, "k") == expected


@pytest.fixture
def compiler() -> Compiler:
    found = find_compiler()
    if found.family != "gcc":
        pytest.skip("clang's assembler keeps no list")
    return found


@pytest.mark.parametrize(
    ("line", "is_foreign"),
    [
        ("", False),
        ("#include <vector>", False),
        ('#include "own.h"', False),
        ('#include "link.h"', True),
        ('#include "ABSOLUTE"', True),
        ("#include <ABSOLUTE>", True),
        ('#define WHAT "ABSOLUTE"\n#include WHAT', True),
        ('#include "../outside/secret.h"', True),
        ('#include_next "../outside/secret.h"', True),
        ('asm(".inc" "bin \\"ABSOLUTE\\"");', True),
        ('asm(".include \\"ABSOLUTE\\"");', True),
    ],
)
def test_what_lies_outside_is_named(tmp_path: Path, compiler: Compiler, line: str, is_foreign: bool) -> None:
    secret = tmp_path / "outside" / "secret.h"
    tree, work = tmp_path / "tree", tmp_path / "work"
    for folder in (secret.parent, tree, work):
        folder.mkdir()
    for path in (secret, tree / "own.h"):
        path.write_text("\n")
    (tree / "link.h").symlink_to(secret)
    (tree / "unit.cpp").write_text(line.replace("ABSOLUTE", str(secret)) + "\n")
    flags = listing_flags(compiler, work, "unit")
    argv = [compiler.path, *flags, "-I", str(tree), "-c", str(tree / "unit.cpp"), "-o", str(work / "unit.o")]
    done = proc.run(argv, env=environment(), deadline=60)
    assert done, done.output
    found = foreign(compiler, files_read(work, "unit"), [tree, work])
    assert [Path(name).resolve() for name in found] == ([secret] if is_foreign else [])
