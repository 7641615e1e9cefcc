"""Make the environment of the genuine library: a Python that its wheels fit, a folder in the cache, two packages."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from op_pipeline import proc
from op_pipeline.errors import InfrastructureError
from op_pipeline.mock.library import PYTHONS, VERSION, Absent, Library, ask, environment_folder

PACKAGES = (f"ttnn=={VERSION}", "ziglang>=0.15,<0.17")
_SECONDS = 1800.0
_VERSION = "import sys; print(*sys.version_info[:2])"


def install(cache: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> Library:
    """The library in an environment below `cache`, made when it is not there. About 1 GB.

    Raises InfrastructureError: no Python of a fitting version, or pip's own words.
    """
    folder = environment_folder(cache)
    python = folder / "bin" / "python"
    known = ask(python) if python.exists() else None
    if isinstance(known, Library) and known.zig is not None:
        return known
    base = find_python(environment)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        say(f"environment of {base} in {folder}")
        _do([base, "-m", "venv", made], "cannot make an environment")
        say(f"pip install {' '.join(PACKAGES)}")
        _do([made / "bin" / "python", "-m", "pip", "install", "--quiet", *PACKAGES], "pip cannot install the library")
        made.rename(folder)  # programs of the environment are called by path; only pip's scripts name the old one
    finally:
        shutil.rmtree(made, ignore_errors=True)
    found = ask(python)
    if isinstance(found, Absent):
        raise InfrastructureError(f"installed, but not usable: {found.reason}", hint=f"remove {folder} and try again")
    return found


def find_python(environment: Mapping[str, str]) -> Path:
    """A Python of a version in PYTHONS: this one, one of PATH, one that pyenv has. InfrastructureError without."""
    for candidate in _candidates(environment):
        done = proc.run([candidate, "-I", "-c", _VERSION], deadline=20.0)
        words = done.output.split()
        if done and tuple(map(int, words[:2])) in PYTHONS:
            return candidate
    versions = " or ".join(".".join(map(str, version)) for version in PYTHONS)
    raise InfrastructureError(
        f"ttnn {VERSION} has wheels for Python {versions} only, and none is here",
        hint=f"install one (apt install python{PYTHONS[-1][0]}.{PYTHONS[-1][1]}-venv, uv, pyenv), then try again",
    )


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    if sys.version_info[:2] in PYTHONS:
        yield Path(sys.executable)
    for major, minor in reversed(PYTHONS):
        found = shutil.which(f"python{major}.{minor}", path=environment.get("PATH"))
        if found:
            yield Path(found)
    roots = [environment.get("PYENV_ROOT", ""), os.path.join(environment.get("HOME", ""), ".pyenv")]  # noqa: PTH118
    for root in filter(None, roots):
        for major, minor in reversed(PYTHONS):
            yield from sorted(Path(root).glob(f"versions/{major}.{minor}.*/bin/python"), reverse=True)


def _do(words: list[str | Path], problem: str) -> None:
    done = proc.run(words, deadline=_SECONDS, env={**proc.clean_environment(), **_index_settings()})
    if not done:
        raise InfrastructureError(f"{problem}: {done.output.strip()[-1500:]}", hint="see `pip config list`")


def _index_settings() -> dict[str, str]:
    """Where the user's pip looks for packages, and through which proxy."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or name.lower() in {"http_proxy", "https_proxy", "no_proxy", "ssl_cert_file"}
    }
