"""The compile cache stays within bounds and never loses what may be in use."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from op_pipeline.emulator import cache_pruning, toolchain

KILO = 1024


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(tmp_path))
    return tmp_path


def entry(cache: Path, name: str, hours: float, kilobytes: int = 100) -> Path:
    path = cache / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(kilobytes * KILO))
    used = time.time() - hours * 3600
    os.utime(path, (used, used))
    return path


def test_what_was_used_longest_ago_goes_first(cache: Path) -> None:
    names = ["kernels/aa/1.so", "objects/bb/2.o", "operations/cc/op.so", "precompiled/dd/forced.h.gch", "kernels/ee/5.so"]
    paths = [entry(cache, name, hours=10 - i) for i, name in enumerate(names)]
    assert cache_pruning.prune(500 * KILO) == 0
    assert all(path.exists() for path in paths)
    assert cache_pruning.prune(400 * KILO) == 200 * KILO
    assert [path.exists() for path in paths] == [False, False, True, True, True]
    cache_pruning.touch(paths[2])
    cache_pruning.prune(150 * KILO)
    assert [path.exists() for path in paths[2:]] == [True, False, False]
    assert not paths[3].parent.exists()


def test_what_was_used_lately_stays_however_large(cache: Path) -> None:
    fresh = entry(cache, "kernels/aa/1.so", hours=0.5, kilobytes=900)
    old = entry(cache, "kernels/aa/2.so", hours=3)
    assert cache_pruning.prune(KILO) == 100 * KILO
    assert fresh.exists()
    assert not old.exists()


def test_a_compilation_prunes_and_a_hit_is_a_use(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = {"name": "k.cpp", "source": "void kernel_main() {}\n", "is_source_text": True, "risc": "BRISC"}
    library = Path(toolchain.compile_kernels([request])[0])
    old = entry(cache, "objects/aa/old.o", hours=100, kilobytes=3 * KILO)
    os.utime(library, (0, 0))
    assert toolchain.compile_kernels([request]) == [str(library)]
    assert time.time() - library.stat().st_mtime < 60
    monkeypatch.setenv("OP_PIPELINE_CACHE_MB", "1")
    toolchain.compile_kernels([{**request, "source": "void kernel_main() { }\n"}])
    assert old.exists()  # somebody looked a moment ago
    (cache / ".pruned").unlink()
    toolchain.compile_kernels([{**request, "source": "void kernel_main() {  }\n"}])
    assert not old.exists()
    assert library.exists()
