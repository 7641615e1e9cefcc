"""Compute headers as kernels meet them: compiled by the toolchain, run on the emulated device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

SPLIT = '#include "api/compute/eltwise_unary/sfpu_split_includes.h"'
EXP = '#include "api/compute/eltwise_unary/exp.h"'


def test_compute_header_in_a_reader_is_a_compile_error(program: Callable[..., Any]) -> None:
    made = program()
    made.reader = '#include "api/compute/common.h"\n' + made.reader
    record = made.records()[0]
    assert record["fault_class"] == "compile_error"
    assert "for compute kernels" in record["message"]


def test_split_include_gives_the_operation_only_with_its_define(program: Callable[..., Any]) -> None:
    made = program(defines=[("SFPU_OP_EXP_INCLUDE", "1")])
    made.change("compute", EXP, SPLIT)
    result, expected = made.run()
    assert np.linalg.norm(result - expected) / np.linalg.norm(expected) < 0.005
    made.defines = []
    assert any("exp_tile" in record["message"] for record in made.records())


def test_header_of_another_chip_declares_nothing(program: Callable[..., Any]) -> None:
    made = program(defines=[("SFPU_OP_SOFTCAP_INCLUDE", "1")])
    made.change("compute", EXP, EXP + "\n" + SPLIT)
    result, expected = made.run()
    assert np.linalg.norm(result - expected) / np.linalg.norm(expected) < 0.005
    made.change("compute", "void kernel_main() {", "void kernel_main() { softcap_tile_init();")
    assert any("softcap_tile_init" in record["message"] for record in made.records())


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("sfpi::dst_reg[0] = sfpi::dst_reg[0] + 1.0f;", "sfpi"),
        ("TTI_SFPLOAD(0, 0, 3, 0);", "TTI_SFPLOAD"),
        ("tiled_prod_tile(0);", "tiled_prod_tile"),
        ("softcap_tile(0, 0, 0);", "softcap_tile"),
    ],
)
def test_what_the_device_has_and_the_emulator_not_is_named(
    program: Callable[..., Any], statement: str, named: str
) -> None:
    made = program()
    made.change("compute", "void kernel_main() {", f"void kernel_main() {{ {statement}")
    record = made.records()[0]
    assert record["fault_class"] == "not_modelled"
    assert record["message"].startswith(named)


def test_removed_name_is_no_alias(program: Callable[..., Any]) -> None:
    made = program()
    made.change("compute", "compute_kernel_hw_startup(tt::CBIndex::c_0, tt::CBIndex::c_16);", "add_tiles_init(0, 1);")
    assert made.records()[0]["fault_class"] in {"compile_error", "name_removed"}


GENERATED = """
static_assert(unpack_src_format[0] == static_cast<unsigned char>(DataFormat::Float16_b));
static_assert(pack_dst_format[5] == static_cast<unsigned char>(DataFormat::Invalid), "not declared");
static_assert(pack_tile_r_dim[16] == 32 && MATH_FIDELITY == MathFidelity::HiFi4);
static_assert(DST_SYNC_MODE == DstSync::SyncHalf && !DST_ACCUM_MODE);
#if !defined(UCK_CHLKC_MATH) || !defined(UCK_CHLKC_PACK)
#error "one context stands for all three processors"
#endif
"""


def test_constants_that_the_devices_build_generates(program: Callable[..., Any]) -> None:
    made = program()
    made.change("compute", "void kernel_main", GENERATED + "void kernel_main")
    result, expected = made.run()
    assert np.linalg.norm(result - expected) / np.linalg.norm(expected) < 0.005


def test_headers_that_stand_for_several(program: Callable[..., Any]) -> None:
    made = program()
    made.change("compute", EXP, '#include "api/compute/softmax.h"\n#include "api/compute/layernorm.h"\n'
                '#include "api/compute/experimental/fast_untilize.h"\n#include "tt-metalium/constants.hpp"')
    result, expected = made.run()
    assert np.linalg.norm(result - expected) / np.linalg.norm(expected) < 0.005
