"""Finds the ttnn wheel, whose kernels are the corpus: installed, unpacked, or as a file. Nothing of it is loaded."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.emulator.generations import CURRENT

VARIABLE = "OP_PIPELINE_TTNN_WHEEL"
_SOURCES = "ttnn/ttnn/cpp/"  # within the wheel: operations, their kernels and the headers beside them
_RELEASE = re.compile(r"ttnn-(\d+(?:\.\d+)*(?:\.?(?:rc|dev|post)\d+)?)(?:\.dist-info|-.*)")
_SUFFIXES = (".cpp", ".hpp", ".h", ".inl", ".inc")


@dataclass(frozen=True)
class Wheel:
    """`root` has `ttnn/cpp/ttnn/operations` and none of the device's own headers; `origin` is where it comes from."""

    root: Path
    version: str
    origin: str


@dataclass(frozen=True)
class NoWheel:
    """Why there are no kernels to look at."""

    reason: str


def find_wheel() -> Wheel | NoWheel:
    """The wheel that OP_PIPELINE_TTNN_WHEEL names (a folder or a .whl file), else the installed package `ttnn`.

    A wheel of another release than the emulator's headers is refused: its names would be other ones.
    """
    named = os.environ.get(VARIABLE, "").strip()
    found = _named(Path(named).expanduser().absolute()) if named else _installed()
    if isinstance(found, Wheel) and found.version not in ("", CURRENT):
        return NoWheel(f"{found.origin} is ttnn {found.version}; the emulator's headers are those of {CURRENT}")
    return found


def _named(place: Path) -> Wheel | NoWheel:
    if place.is_file():
        return _file(place)
    for sources in (place / "ttnn/ttnn/cpp", place / "ttnn/cpp", place / "cpp"):
        if (sources / "ttnn/operations").is_dir():
            return Wheel(_root_for(sources), _version_beside(place), str(place))
    return NoWheel(f"{VARIABLE} names {place}, which is neither a .whl file nor an unpacked ttnn wheel")


def _installed() -> Wheel | NoWheel:
    try:
        package = importlib.metadata.distribution("ttnn")
    except importlib.metadata.PackageNotFoundError:
        return NoWheel(f"ttnn is not installed, and {VARIABLE} names no wheel (pip download --no-deps ttnn=={CURRENT})")
    sources = Path(str(package.locate_file(_SOURCES)))
    if not (sources / "ttnn/operations").is_dir():
        return NoWheel(f"the installed ttnn {package.version} has no kernels below {sources}")
    return Wheel(_root_for(sources), package.version, "the installed package ttnn")


def _version_beside(place: Path) -> str:
    """The release a wheel's metadata folder names; "" when somebody took it away."""
    names = [found[1] for folder in place.glob("ttnn-*.dist-info") if (found := _RELEASE.match(folder.name))]
    return names[0] if len(names) == 1 else ""


def _root_for(sources: Path) -> Path:
    """A folder with `ttnn/cpp` and nothing else: beside the sources there may be the device's headers."""
    key = hashlib.sha256(str(sources.resolve()).encode()).hexdigest()[:16]
    root = cache_folder() / "corpus" / key
    (root / "ttnn").mkdir(parents=True, exist_ok=True)
    link = root / "ttnn/cpp"
    if not link.is_symlink():
        aside = Path(tempfile.mkdtemp(dir=root)) / "cpp"
        aside.symlink_to(sources.resolve(), target_is_directory=True)
        aside.replace(link)
        aside.parent.rmdir()
    return root


def _file(wheel: Path) -> Wheel | NoWheel:
    """Unpacks the sources of a .whl file into the cache, once."""
    release = _RELEASE.match(wheel.name)
    if wheel.suffix != ".whl" or release is None:
        return NoWheel(f"{wheel} is no .whl file of ttnn")
    state = wheel.stat()
    key = hashlib.sha256(f"{wheel.resolve()}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()[:16]
    root = cache_folder() / "corpus" / key
    if not root.is_dir():
        try:
            _unpack(wheel, root)
        except (OSError, zipfile.BadZipFile) as error:
            return NoWheel(f"{wheel} cannot be unpacked: {error}")
    return Wheel(root, release[1], str(wheel))


def _unpack(wheel: Path, root: Path) -> None:
    root.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".new-", dir=root.parent))
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(_SOURCES) and name.endswith(_SUFFIXES):
                archive.extract(name, aside)
    if not (aside / _SOURCES).is_dir():
        shutil.rmtree(aside)
        raise OSError(f"it has nothing below {_SOURCES}")
    try:
        (aside / "ttnn").rename(root)  # ttnn/ttnn/cpp becomes <root>/ttnn/cpp
    except OSError:
        if not root.is_dir():  # another process was here first
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
