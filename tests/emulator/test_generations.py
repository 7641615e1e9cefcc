from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.emulator import compiler, generations
from op_pipeline.emulator.header_scan import declared_names
from op_pipeline.emulator.kernel_source import KernelRequest, late_header

TABLE = generations.load()
KERNEL = compiler.KERNEL_HEADERS
API_HEADERS = sorted(
    path.relative_to(KERNEL).as_posix() for top in ("api", "experimental") for path in (KERNEL / top).rglob("*.h*")
)


@pytest.mark.parametrize(
    ("name", "status", "header"),
    [
        ("exp_tile", "present", "api/compute/eltwise_unary/exp.h"),
        ("compute_kernel_hw_startup", "present", "api/compute/compute_kernel_hw_startup.h"),
        ("Noc", "present", "api/dataflow/noc.h"),
        ("TensorAccessor", "present", "api/tensor/tensor_accessor.h"),
        ("get_compile_time_arg_val", "present", "api/compile_time_args.h"),
        ("copy_tile_init", "deprecated", "api/compute/tile_move_copy.h"),
        ("acquire_dst", "deprecated", "api/compute/reg_api.h"),
        ("mm_init", "removed", ""),
        ("binary_op_init_common", "removed", ""),
        ("no_such_name", "unknown", ""),
    ],
)
def test_the_table_of_the_current_release(name: str, status: str, header: str) -> None:
    standing = TABLE.standing(name)
    assert standing.status == status
    assert header in (*standing.headers, "")
    assert bool(standing.advice) == (status in {"deprecated", "removed"})


def test_members_of_the_main_objects_are_known() -> None:
    assert {"async_read", "async_write", "async_read_barrier", "async_writes_flushed"} <= TABLE.members("Noc")
    assert {"reserve_back", "push_back", "wait_front", "pop_front"} <= TABLE.members("CircularBuffer")
    assert TABLE.members("NoSuchClass") == frozenset()


@pytest.mark.parametrize(("typo", "meant"), [("tile_regs_aquire", "tile_regs_acquire"), ("qqqqq", "")])
def test_a_typo_is_recognised(typo: str, meant: str) -> None:
    assert TABLE.similar(typo) == meant


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dataflow_api.h", "api/dataflow/dataflow_api.h"),
        ("compute_kernel_api/tile_move_copy.h", "api/compute/tile_move_copy.h"),
        ("api/compute/common.h", ""),
    ],
)
def test_old_include_paths_lead_to_the_new(old: str, new: str) -> None:
    assert generations.removed_header(old) == new
    assert not new or new in TABLE.headers


def test_every_replacement_is_a_name_of_the_release() -> None:
    words = {word.split("<")[0].split("(")[0] for advice in generations.REMOVED.values() for word in advice.replace(",", " ").split()}
    named = {word for word in words if "_" in word and "/" not in word and "`" not in word and not word.startswith("kernel_main")}
    assert named
    assert {word for word in named if TABLE.standing(word).status not in {"present", "deprecated"}} == set()


# --- the guard against a lenient emulator: our headers may not show what the release does not -----------------------


@lru_cache(maxsize=2)
def preprocessed(risc: str) -> dict[str, str]:
    """Text that each API header for this RISC contributes when all are included, macros expanded."""
    late = late_header(KernelRequest("k.cpp", "", "", risc))
    wanted = [path for path in API_HEADERS if path.startswith("api/compute/") == (risc == "TRISC")]
    includes = "".join(f'#include "{path}"\n' for path in wanted)
    found = compiler.find_compiler()
    constants = "constexpr bool APPROX = false; constexpr bool DST_ACCUM_MODE = false;\n" if risc == "TRISC" else ""
    unit = f'{late}#include "op_emulator/prelude.h"\n{constants}#include "op_emulator/late.h"\n{includes}'
    done = proc.run(
        [found.path, "-std=c++20", "-E", "-DARCH_WORMHOLE", "-DKERNEL_BUILD", "-isystem", str(KERNEL), "-x", "c++", "-"],
        env=compiler.environment(), stdin_text=unit, deadline=60,
    )  # fmt: skip
    assert done, done.output[:2000]
    texts: dict[str, list[str]] = {}
    current = ""
    for line in done.output.splitlines():
        if line.startswith("# "):
            file = line.split('"')[1]
            current = file.removeprefix(f"{KERNEL}/") if file.startswith(f"{KERNEL}/") else ""
        elif current:
            texts.setdefault(current, []).append(line)
    return {path: "\n".join(lines) for path, lines in texts.items()}


def shown(header: str) -> set[str]:
    """Free names that one of our API headers declares itself; the emulator's own namespace is not the user's."""
    risc = "TRISC" if header.startswith("api/compute/") else "NCRISC"
    texts = [(KERNEL / header).read_text(), preprocessed(risc).get(header, "")]
    names = {item.name for text in texts for item in declared_names(text) if not item.owner}
    return {name for name in names if not name.startswith(("op_emulator::", "OP_EMULATOR_", "std::"))}


@pytest.mark.parametrize("header", API_HEADERS)
def test_a_header_shows_nothing_that_the_release_does_not_show_there(header: str) -> None:
    assert header in TABLE.headers, "the release has no header of this path"
    assert shown(header) - TABLE.visible(header) == set()


@pytest.mark.parametrize("owner", ["Noc", "CircularBuffer", "TensorAccessor", "DataflowBuffer", "Semaphore", "CoreLocalMem"])
def test_our_objects_have_no_member_of_their_own(owner: str) -> None:
    ours = {
        item.name
        for path in API_HEADERS
        for item in declared_names((KERNEL / path).read_text())
        if item.owner == owner and item.kind == "function"
    }
    assert ours
    assert ours - TABLE.members(owner) == set()


def test_no_removed_name_is_declared_anywhere() -> None:
    for path in sorted(KERNEL.rglob("*.h*")):
        declared = {item.name for item in declared_names(path.read_text())}
        assert declared & (set(generations.REMOVED) - {"MAIN"}) == set(), path


# --- the script ---------------------------------------------------------------------------------------------------


def wheel(folder: Path, text: str) -> Path:
    headers = folder / "ttnn/tt_metal/hw/inc/api/compute"
    headers.mkdir(parents=True)
    (headers / "new.h").write_text('#include "below.h"\n' + text)
    below = folder / "ttnn/tt_metal/hw/ckernels/wormhole_b0/metal/llk_api"
    below.mkdir(parents=True)
    (below / "below.h").write_text("void llk_below();")
    info = folder / "ttnn-9.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: ttnn\nVersion: 9.1.0\n")
    return folder


def test_a_wheel_is_scanned_into_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = wheel(tmp_path, '[[deprecated("Use fresh_tile() instead, removed after 01-02-2030")]] void old_tile();\nvoid fresh_tile();')
    target = tmp_path / "api-9.1.0.json"
    assert generations.main(["scan", str(folder), "--output", str(target)]) == 0
    assert "2 headers" in capsys.readouterr().out
    table = generations.Generation(json.loads(target.read_text()))
    assert table.version == "9.1.0"
    assert table.standing("fresh_tile").headers == ("api/compute/new.h",)
    assert table.standing("old_tile").advice == "use fresh_tile, goes after 01-02-2030"
    assert table.visible("api/compute/new.h") == {"old_tile", "fresh_tile", "llk_below"}


def test_scanning_twice_gives_the_same_text(tmp_path: Path) -> None:
    folder = wheel(tmp_path, "void b();\nvoid a();")
    for name in ("one", "two"):
        generations.write(generations.scan(folder), tmp_path / name)
    assert (tmp_path / "one").read_text() == (tmp_path / "two").read_text()


@pytest.mark.parametrize(
    ("text", "told"), [("void mm_init();", "listed as removed but declared: mm_init"), (None, "no tt_metal/hw/inc/api")]
)
def test_what_contradicts_the_hand_kept_list_is_refused(
    text: str | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = wheel(tmp_path, text) if text else tmp_path
    assert generations.main(["scan", str(folder), "--output", str(tmp_path / "x.json")]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()
