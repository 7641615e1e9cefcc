"""What an export would write: files of the operation, edits of the build, and what is in the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline.errors import ConfigError
from op_pipeline.export.integration import Step, steps
from op_pipeline.repo import Git, Repository, branch_name, read_ledger

if TYPE_CHECKING:
    from op_pipeline.spec import Spec

_LANDMARKS = ("tt_metal", "ttnn/CMakeLists.txt")
_ALIAS = re.compile(r"^add_library\((TTNN::Ops::[\w:]+) ALIAS ", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """An operation as committed: bytes and whether executable by path; `stages` are green in that commit."""

    operation: str
    category: str
    is_cpp: bool
    commit: str
    stages: tuple[int, ...]
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Export:
    """A plan. `files`: new content by path; `edited`: whole new text of build files; `done` and `manual` are steps.

    `blocked` are files of the checkout that an export would overwrite and git could not give back.
    """

    source: Source
    checkout: Path
    files: Mapping[str, bytes]
    unchanged: tuple[str, ...]
    edited: Mapping[str, str]
    steps: tuple[Step, ...]
    done: tuple[Step, ...]
    manual: tuple[Step, ...]
    blocked: tuple[str, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether all of it is there already."""
        return not (self.files or self.steps or self.manual)


def source_of(repository: Repository, spec: Spec) -> Source:
    """The operation on its branch. Raises ConfigError when there is no commit of it."""
    name = branch_name(spec.operation)
    tip = repository.commit_of(f"refs/heads/{name}")
    ledger = read_ledger(repository.git, tip, spec.operation) if tip else {}
    if not ledger:
        raise ConfigError(f"no green stage of {spec.operation} on branch {name}", hint="pipeline run first")
    commit = ledger[max(ledger)].commit
    unit_test = f"tests/ttnn/unit_tests/operations/{spec.category}/test_{spec.operation}.py"
    files = _files(repository.git, commit, [spec.operation_path, unit_test])
    is_cpp = spec.operation_path.startswith("ttnn/cpp/")
    return Source(spec.operation, spec.category, is_cpp, commit, tuple(ledger), files)


def _files(git: Git, commit: str, paths: list[str]) -> dict[str, bytes]:
    listed = git("ls-tree", "-r", "-z", commit, "--", *paths)
    found: dict[str, bytes] = {}
    for entry in filter(None, listed.split("\0")):
        head, _, path = entry.partition("\t")
        mode, kind, blob = head.split()
        if kind != "blob" or mode == "120000":
            raise ConfigError(f"{path} is no ordinary file and is not exported")
        found[path] = git("cat-file", "blob", blob).encode("utf-8", "surrogateescape")
    return found


def plan_export(source: Source, checkout: Path) -> Export:
    """Compare with the checkout; changes nothing. Raises ConfigError for a folder that is no checkout of tt-metal."""
    lacking = [name for name in _LANDMARKS if not (checkout / name).exists()]
    if lacking:
        raise ConfigError(f"{checkout} is no checkout of tt-metal: it has no {lacking[0]}", hint="give its root")
    new = {path: data for path, data in source.files.items() if _read(checkout / path) != data}
    unchanged = tuple(path for path in source.files if path not in new)
    wanted = steps(source.operation, source.category, _target(source)) if source.is_cpp else ()
    texts: dict[str, str] = {}
    done: list[Step] = []
    manual: list[Step] = []
    todo: list[Step] = []
    for step in wanted:
        text = texts.get(step.file) or _text(checkout / step.file)
        if text is not None and step.is_done(text):
            done.append(step)
            continue
        edited = None if text is None else step.add(text)
        if edited is None:
            manual.append(step)
        else:
            texts[step.file] = edited
            todo.append(step)
    blocked = _blocked(checkout, [path for path in new if (checkout / path).exists()])
    return Export(
        source, checkout, new, unchanged, texts, tuple(todo), tuple(done), tuple(manual), tuple(blocked)
    )  # fmt: skip


def write(plan: Export, *, force: bool = False) -> None:
    """Write files and edits. Raises ConfigError when that would lose something, unless forced."""
    if plan.blocked and not force:
        raise ConfigError(
            f"{plan.blocked[0]} in the checkout differs and is not committed there",
            hint="commit or remove it, or use --force",
        )
    for path, data in plan.files.items():
        (plan.checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (plan.checkout / path).write_bytes(data)
    for path, text in plan.edited.items():
        (plan.checkout / path).write_bytes(text.encode("utf-8"))


def _target(source: Source) -> str:
    """The alias that the operation's own CMakeLists.txt gives its target."""
    for path, data in source.files.items():
        if path.endswith(f"/{source.operation}/CMakeLists.txt"):
            found = _ALIAS.search(data.decode("utf-8", "replace"))
            if found:
                return found[1]
    raise ConfigError(
        f"{source.operation} has no CMakeLists.txt that names its target (add_library(TTNN::Ops::... ALIAS ...))",
        hint="stage 3 writes it; run up to there first",
    )


def _blocked(checkout: Path, paths: list[str]) -> list[str]:
    """Of the paths those whose content git does not have: changed, untracked, or no repository at all."""
    if not paths:
        return []
    status = Git(checkout).attempt("status", "--porcelain", "-z", "--untracked-files=all", "--ignored", "--", *paths)
    if not status:
        return paths
    return [entry[3:] for entry in status.output.split("\0") if entry]


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _text(path: Path) -> str | None:
    """As it stands, line ends included."""
    data = _read(path)
    return None if data is None else data.decode("utf-8")
