"""Touched files show, whatever was done to hide it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline.repo import Stillness


def swap_and_swap_back(file: Path) -> None:
    times = file.stat()
    file.write_text("another")
    file.write_text("content")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def by_renaming(file: Path) -> None:
    file.rename(file.with_name("aside"))
    file.with_name("aside").rename(file)


def folder_by_renaming(file: Path) -> None:
    file.parent.rename(file.parent.with_name("aside"))
    file.parent.with_name("aside").rename(file.parent)


def visitor(file: Path) -> None:
    (file.parent / "visitor").write_text("")
    (file.parent / "visitor").unlink()


def linked(file: Path) -> None:
    os.link(file, file.parent.parent / "other name")


@pytest.mark.parametrize(
    ("act", "touched"),
    [
        (lambda file: file.read_text(), set()),
        (swap_and_swap_back, {"file"}),
        (by_renaming, {"file", "folder"}),
        (folder_by_renaming, {"folder"}),
        (visitor, {"folder"}),
        (linked, {"file"}),
        (lambda file: file.unlink(), {"file", "folder"}),
        (lambda file: file.chmod(0o755), {"file"}),
    ],
)
def test_touched_files_and_folders(tmp_path: Path, act: Callable[[Path], object], touched: set[str]) -> None:
    file = tmp_path / "folder" / "file"
    file.parent.mkdir()
    file.write_text("content")
    still = Stillness.of([file, file.parent, tmp_path / "never there"])
    act(file)
    assert {path.name for path in still.broken()} == touched
