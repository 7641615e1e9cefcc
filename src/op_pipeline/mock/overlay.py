"""The folder that the library takes for its own root: links to the installed one, and a stand-in for the compiler.

Chosen by environment variables only, and never where a run on hardware would look: objects made here must not be
taken for the vendor's. The first line of the compiler's version decides which precompiled firmware the library takes,
so it is read from that firmware.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Literal

from op_pipeline.errors import InfrastructureError
from op_pipeline.mock.library import Library

Level = Literal["host", "compile"]
STANDIN = Path(__file__).parent / "standin"
COMPILER = Path("runtime/sfpi/compiler/bin/riscv-tt-elf-g++")
"""Where the library looks for the vendor's compiler, below its root."""


def version_line(package: Path) -> str:
    """What the vendor's compiler of this release says first. InfrastructureError when the release does not tell."""
    stated = package / "tt_metal" / "sfpi-version"
    text = stated.read_text() if stated.is_file() else ""
    release = dict(re.findall(r"^sfpi_(version|build)='([^']+)'", text, re.MULTILINE))
    for firmware in sorted((package / "tt_metal" / "pre-compiled").glob("*/brisc/brisc.elf")):
        found = re.search(rb"GCC: \((tenstorrent/sfpi:[^)]+)\) ([0-9.]+)", firmware.read_bytes())
        if found:
            name, number = found[1].decode(), found[2].decode()
            wanted = f"tenstorrent/sfpi:{release.get('version')}[{release.get('build')}]"
            if name != wanted:
                raise InfrastructureError(
                    f"the firmware of {package} was made by {name}, its sfpi-version says {wanted}",
                    hint="install the ttnn release that this version of op-pipeline was made for",
                )
            return f"riscv-tt-elf-g++ ({name}) {number}"
    raise InfrastructureError(
        f"no precompiled firmware in {package / 'tt_metal' / 'pre-compiled'} names its compiler",
        hint="install the ttnn wheel from the package registry; a build from source has none",
    )


def overlay(library: Library, level: Level, cache: Path) -> Path:
    """The overlay root for a level, made when it is not there. One for each library, level and text of the stand-in."""
    settings = {
        "version": version_line(library.package),
        "level": level,
        "zig": str(library.zig or ""),
        "stubs": "",
    }
    folder = cache / "mock" / _digest(library, settings)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            _fill(Path(made) / "root", folder, library, settings)
            try:
                (Path(made) / "root").rename(folder)
            except OSError:
                if not folder.exists():  # else another process was faster
                    raise
    return folder


def _digest(library: Library, settings: dict[str, str]) -> str:
    digest = hashlib.sha256(json.dumps([str(library.python), str(library.package), library.version, settings]).encode())
    for file in sorted(STANDIN.rglob("*")):
        if file.is_file() and file.suffix in {".py", ".h"}:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:20]


def _fill(made: Path, folder: Path, library: Library, settings: dict[str, str]) -> None:
    """Build the root at `made`; it will stand at `folder`."""
    made.mkdir()
    for item in library.package.iterdir():
        if item.name != "runtime":
            (made / item.name).symlink_to(item)
    (made / "runtime").mkdir()
    for item in (library.package / "runtime").iterdir():
        if item.name != "sfpi":
            (made / "runtime" / item.name).symlink_to(item)
    compiler = made / COMPILER
    shutil.copytree(STANDIN, compiler.parent, ignore=shutil.ignore_patterns("__pycache__", "__init__.py"))
    (made / "runtime" / "sfpi" / "include").mkdir()
    final = folder / COMPILER.parent
    settings = {**settings, "stubs": str(final / "stubs")}
    (compiler.parent / "settings.json").write_text(json.dumps(settings))
    words = f"{_quoted(library.python)} -ISB {_quoted(final / 'compiler.py')} {_quoted(final / 'settings.json')}"
    compiler.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    compiler.chmod(0o755)


def _quoted(word: object) -> str:
    text = str(word)
    if "'" in text:
        raise InfrastructureError(f"{text}: a path with a quotation mark cannot be used", hint="use another one")
    return f"'{text}'"
