"""Where the text does not decide, the checker is silent; and what it has to see through to decide."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from op_pipeline.static_checks import check

BASE = Path(__file__).parent / "fixtures/base/good"
READER, WRITER, COMPUTE = (f"op/kernels/{name}.cpp" for name in ("reader", "writer", "compute"))
FACTORY = "op/op_program_factory.cpp"


def rules(tmp_path: Path, *edits: tuple[str, str, str]) -> set[str]:
    """Rules broken by the base with these texts replaced."""
    tree = tmp_path / "tree"
    shutil.copytree(BASE, tree)
    for name, old, new in edits:
        text = (tree / name).read_text(encoding="utf-8")
        assert old in text, (name, old)
        (tree / name).write_text(text.replace(old, new), encoding="utf-8")
    return {finding.rule for finding in check(tree, "op")}


LOOP = "for (uint32_t tile = start_id; tile < start_id + num_tiles; ++tile) {"
PUSH = "cb_push_back(cb_in, 1);"

# Each of these breaks a rule in its plain form.
UNDECIDED = {
    "a helper that may wait for the read": (READER, "noc_async_read_barrier();", "finish_reads();"),
    "a lambda that may push the rest": (READER, LOOP, "const auto more = [&]() { cb_push_back(cb_in, 3); };\n" + LOOP),
    "a macro that may hold anything": (READER, PUSH, "PUSH_ALL\n        " + PUSH),
    "a macro as a statement": (READER, PUSH + "\n    }", "}\n    FLUSH_TILES;"),
    "a template of unknown constants": (WRITER, "cb_out.pop_front(1);", "cb_out.pop_front(pages_of<out_id>());"),
    "a branch": (READER, PUSH, "if (tile != 7) {\n            cb_push_back(cb_in, 1);\n        }"),
    "an early return": (READER, LOOP, "if (num_tiles == 0) {\n        return;\n    }\n    " + LOOP),
    "a loop left early": (READER, PUSH, PUSH + "\n        if (tile == 3) {\n            break;\n        }"),
    "a loop whose variable jumps": (READER, PUSH, PUSH + "\n        tile += get_arg_val<uint32_t>(2);"),
    "a while loop": (READER, LOOP, "uint32_t tile = start_id;\n    while (tile++ < start_id + num_tiles) {"),
    "a computed buffer": (READER, "cb_push_back(cb_in, 1)", "cb_push_back(cb_in + tile % 2, 1)"),
    "a preprocessor switch": (READER, PUSH, "#ifdef TWICE\n        cb_push_back(cb_in, 1);\n#endif\n        " + PUSH),
    "text that is no C++": (READER, PUSH, PUSH + "\n        }}}} <<< ((("),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_the_text_does_not_decide_is_no_finding(tmp_path: Path, name: str) -> None:
    assert rules(tmp_path, UNDECIDED[name]) == set()


LEGAL = {
    "an unlinked count": [(FACTORY, "writer.emplace_runtime_args(core, {output.buffer(), tiles, start_id});", "fill(writer, core);")],
    "a buffer of the tensor's own memory": [
        (FACTORY, "buffer(in_index, tt::DataFormat::Float16_b, 2, all_cores)", "cb_descriptor_from_sharded_tensor(in_index, x)"),
        (READER, "cb_reserve_back(cb_in, 1);", ""),
    ],
    "arguments set in a loop over a list": [
        (FACTORY, "compute.emplace_runtime_args(core, {tiles});", "compute.emplace_runtime_args(core, list_of(tiles));"),
        (COMPUTE, "get_arg_val<uint32_t>(0)", "get_arg_val<uint32_t>(5)"),
    ],
    "compile-time arguments that depend": [
        (FACTORY, "compute.compile_time_args = {in_index};", "if (x.dtype() == y) {\n        compute.compile_time_args = {in_index};\n    }"),
        (COMPUTE, "get_compile_time_arg_val(0)", "get_compile_time_arg_val(3)"),
    ],
    "the last page of several is used after a pop": [
        (COMPUTE, "        cb_pop_front(cb_in, 1);\n    }", "        cb_pop_front(cb_in, 1);\n    }\n    cb_wait_front(cb_in, 0);"),
    ],
    "wait before commit, in one block": [
        (COMPUTE, "tile_regs_commit();\n        cb_reserve_back(cb_out, 1);\n        tile_regs_wait();", "tile_regs_wait();\n        tile_regs_commit();\n        cb_reserve_back(cb_out, 1);"),
    ],
    "a barrier for the transactions of one id": [
        (READER, "noc_async_read_page(tile, tensor, l1_address);\n        noc_async_read_barrier();", "noc_async_read_set_trid(1);\n        noc_async_read_page(tile, tensor, l1_address);\n        noc_async_read_barrier_with_trid(1);"),
    ],
    "a full barrier": [(WRITER, "    noc.async_write_barrier();\n", "    noc.async_full_barrier();\n")],
    "8 tiles in DST": [(COMPUTE, "copy_tile(cb_in, 0, 0);\n        exp_tile(0);", "copy_tile(cb_in, 0, 7);\n        exp_tile(7);")],
}  # fmt: skip


@pytest.mark.parametrize("name", LEGAL)
def test_legal_ways_to_write_it(tmp_path: Path, name: str) -> None:
    assert rules(tmp_path, *LEGAL[name]) <= {"ARG005"}


SEEN_THROUGH = {
    "an object for the buffer": (
        [(READER, "constexpr uint32_t cb_in = tt::CBIndex::c_0;", "CircularBuffer cb(tt::CBIndex::c_0);\n    constexpr uint32_t cb_in = 0;"), (READER, PUSH, "cb.push_back(2);")],
        {"CB001"},
    ),
    "an object made of an expression": (
        [(READER, LOOP, "CircularBuffer cb(cb_in + 0);\n    " + LOOP), (READER, PUSH, "cb.push_back(2);")],
        {"CB001"},
    ),
    "an end computed before the loop": (
        [(READER, LOOP, "const uint32_t end = start_id + num_tiles + 1;\n    for (uint32_t tile = start_id; tile < end; ++tile) {")],
        {"CB001"},
    ),
    "a nested loop of constant rounds": (
        [(READER, PUSH, "for (uint32_t part = 0; part < 4; part += 2) {\n            cb_reserve_back(cb_in, 1);\n            cb_push_back(cb_in, 1);\n        }")],
        {"CB001"},
    ),
    "a constant condition": (
        [(READER, "constexpr uint32_t cb_in", "constexpr uint32_t twice = 1;\n    constexpr uint32_t cb_in"), (READER, PUSH, PUSH + "\n        if constexpr (twice) {\n            cb_reserve_back(cb_in, 1);\n            cb_push_back(cb_in, 1);\n        }")],
        {"CB001"},
    ),
    "both arms of a branch alike": (
        [(READER, PUSH, "if (tile == 3) {\n            cb_push_back(cb_in, 2);\n        } else {\n            cb_push_back(cb_in, 2);\n        }")],
        {"CB001"},
    ),
    "reads in a loop, the barrier after all of it": (
        [(READER, "noc_async_read_page(tile, tensor, l1_address);\n        noc_async_read_barrier();", "for (uint32_t row = 0; row < 32; ++row) {\n            noc_async_read(tensor.get_noc_addr(tile), l1_address + row * 64, 64);\n        }")],
        {"NOC001", "NOC004"},
    ),
    "DST indices of a loop": (
        [(COMPUTE, "copy_tile(cb_in, 0, 0);", "for (uint32_t i = 0; i < 9; ++i) {\n            copy_tile(cb_in, 0, i);\n        }")],
        {"DST001"},
    ),
    "pages of a helper of the factory": ([(FACTORY, "pages * page_size", "2 * pages * page_size"), (COMPUTE, "cb_wait_front(cb_in, 1)", "cb_wait_front(cb_in, 5)")], {"CB004"}),
    "a descriptor written as a list": (
        [(FACTORY, '    KernelDescriptor compute;\n    compute.kernel_source = "op/kernels/compute.cpp";\n', '    KernelDescriptor compute{.kernel_source = "op/kernels/compute.cpp"};\n'), (COMPUTE, "get_arg_val<uint32_t>(0)", "get_arg_val<uint32_t>(1)")],
        {"ARG001"},
    ),
    "a vector of arguments": (
        [(FACTORY, "    compute.compile_time_args = {in_index};", "    std::vector<uint32_t> given = {in_index};\n    compute.compile_time_args = std::move(given);"), (COMPUTE, "get_compile_time_arg_val(0)", "get_compile_time_arg_val(1)")],
        {"ARG002"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN_THROUGH)
def test_what_is_seen_through(tmp_path: Path, name: str) -> None:
    edits, expected = SEEN_THROUGH[name]
    assert rules(tmp_path, *edits) == expected


def test_nothing_there_is_nothing_found(tmp_path: Path) -> None:
    (tmp_path / "op").mkdir()
    assert check(tmp_path, "op") == check(tmp_path, "no/such/folder") == ()


def test_files_outside_the_tree_are_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("import ttnn\nttnn.ReaderConfig()\n", encoding="utf-8")
    (tmp_path / "tree/op").mkdir(parents=True)
    (tmp_path / "tree/op/link.py").symlink_to(outside / "secret.py")
    assert check(tmp_path / "tree", "op") == check(tmp_path / "tree", "../outside") == ()


def test_very_deep_text_is_not_decided(tmp_path: Path) -> None:
    (tmp_path / "op/kernels").mkdir(parents=True)
    deep = "void kernel_main() { uint32_t x = " + "(" * 5000 + "1" + ")" * 5000 + "; " + "{" * 5000 + "}" * 5000 + "}\n"
    (tmp_path / "op/kernels/a.cpp").write_text(deep, encoding="utf-8")
    assert check(tmp_path, "op") == ()
