from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from op_pipeline.emulator.kernel_cache import Entry, warnings_of, write_atomically


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def tree(folder: Path, header: str = "int a;") -> Path:
    folder.mkdir(parents=True)
    (folder / "own.h").write_text(header)
    return folder


def compiled(folder: Path, content: bytes = b"machine code") -> Path:
    path = folder / "fresh.so"
    path.write_bytes(content)
    return path


def add(root: Path, content: bytes = b"machine code", warnings: tuple[dict[str, object], ...] = ()) -> Path:
    return Entry("first", str(root)).add(compiled(root, content), [str(root / "own.h")], warnings)


def test_what_was_added_is_found(tmp_path: Path) -> None:
    root = tree(tmp_path / "one")
    assert Entry("first", str(root)).find() is None
    library = add(root)
    assert Entry("first", str(root)).find() == library
    assert library.read_bytes() == b"machine code"
    assert not (root / "fresh.so").exists()


def test_a_changed_header_is_another_library_and_going_back_finds_the_old_one(tmp_path: Path) -> None:
    root = tree(tmp_path / "one")
    old = add(root)
    (root / "own.h").write_text("int b;")
    assert Entry("first", str(root)).find() is None
    new = add(root, b"other code")
    assert new != old
    (root / "own.h").write_text("int a;")
    assert Entry("first", str(root)).find() == old


def test_a_deleted_header_is_a_miss(tmp_path: Path) -> None:
    root = tree(tmp_path / "one")
    add(root)
    (root / "own.h").unlink()
    assert Entry("first", str(root)).find() is None


def test_the_same_content_in_another_work_tree_is_found(tmp_path: Path) -> None:
    library = add(tree(tmp_path / "one"))
    assert Entry("first", str(tree(tmp_path / "two"))).find() == library
    assert Entry("first", str(tree(tmp_path / "three", "int z;"))).find() is None


def test_headers_outside_the_tree_count_too(tmp_path: Path) -> None:
    root, outside = tree(tmp_path / "one"), tree(tmp_path / "outside")
    Entry("first", str(root)).add(compiled(root), [str(outside / "own.h")], ())
    assert Entry("first", str(root)).find() is not None
    (outside / "own.h").write_text("changed")
    assert Entry("first", str(root)).find() is None


def test_kinds_do_not_mix(tmp_path: Path) -> None:
    root = tree(tmp_path / "one")
    add(root)
    assert Entry("first", str(root), "objects", ".o").find() is None


def test_warnings_stay_with_the_library(tmp_path: Path) -> None:
    root = tree(tmp_path / "one")
    assert warnings_of(add(root)) == []
    assert warnings_of(add(root, warnings=({"fault_class": "deprecated"},))) == [{"fault_class": "deprecated"}]


@pytest.mark.parametrize("content", ["", "{", '{"no": "list"}'])
def test_a_damaged_index_is_a_miss_and_is_repaired(content: str, tmp_path: Path, cache: Path) -> None:
    root = tree(tmp_path / "one")
    library = add(root)
    index = next(cache.rglob("*.deps"))
    index.write_text(content)
    assert Entry("first", str(root)).find() is None
    assert add(root) == library
    assert Entry("first", str(root)).find() == library


def test_writers_at_the_same_time_leave_one_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "file.json"
    texts = [json.dumps([number] * 5000) for number in range(8)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda text: write_atomically(target, text), texts * 5))
    assert target.read_text() in texts
    assert [path.name for path in target.parent.iterdir()] == ["file.json"]


def sourced(root: Path, text: str, *folders: Path) -> Entry:
    source = root / "unit.cpp"
    source.write_text(text)
    return Entry("first", str(root), source=str(source), text=text, folders=tuple(map(str, folders)))


@pytest.mark.parametrize("text", ['#include "other.h"', '#if __has_include("other.h")\n#endif', "#  include <other.h>"])
def test_a_header_that_now_stands_in_front_is_a_miss(tmp_path: Path, text: str) -> None:
    root = tree(tmp_path / "one")
    entry = sourced(root, text, root / "near", root)
    library = entry.add(compiled(root), [str(root / "own.h")], ())
    assert entry.find() == library
    (root / "near").mkdir()
    (root / "near" / "other.h").write_text("int a;")
    assert entry.find() is None


def test_a_header_in_front_of_what_a_header_includes_is_a_miss(tmp_path: Path) -> None:
    root = tree(tmp_path / "one", '#include "other.h"')
    entry = sourced(root, '#include "own.h"', root)
    library = entry.add(compiled(root), [str(root / "own.h")], ())
    assert entry.find() == library
    (root / "other.h").write_text("int a;")
    assert entry.find() is None


def test_what_a_macro_includes_is_not_remembered(tmp_path: Path) -> None:
    entry = sourced(tree(tmp_path / "one"), "#include WHAT")
    assert entry.add(compiled(tmp_path / "one"), [], ()).exists()
    assert entry.find() is None


def test_a_source_or_header_that_changed_meanwhile_is_not_remembered(tmp_path: Path) -> None:
    root = tree(tmp_path / "one")
    entry = sourced(root, "int a;")
    header, now = str(root / "own.h"), (root / "own.h").stat().st_ctime_ns
    (root / "unit.cpp").write_text("int b;")
    changed = max(now, (root / "unit.cpp").stat().st_ctime_ns)
    assert entry.add(compiled(root), [header], (), since=changed).read_bytes() == b"machine code"
    assert entry.find() is None
    (root / "unit.cpp").write_text("int a;")
    restored = (root / "unit.cpp").stat().st_ctime_ns
    entry.add(compiled(root), [header], (), since=min(now, restored) - 1)
    assert entry.find() is None
    library = entry.add(compiled(root), [header], (), since=max(now, restored))
    assert entry.find() == library


def test_what_was_read_from_a_pipe_is_not_remembered(tmp_path: Path) -> None:
    root = tree(tmp_path / "one")
    entry = sourced(root, "int a;")
    (root / "unit.cpp").unlink()
    os.mkfifo(root / "unit.cpp")
    entry.add(compiled(root), [], (), since=2**63)
    assert entry.find() is None
