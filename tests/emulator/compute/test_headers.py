"""Compute headers as kernels meet them: compiled by the toolchain, run on the emulated device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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


def test_split_include_of_an_operation_that_is_not_modelled_says_so(program: Callable[..., Any]) -> None:
    made = program(defines=[("SFPU_OP_DIGAMMA_INCLUDE", "1")])
    made.change("compute", EXP, EXP + "\n" + SPLIT)
    assert any("not modelled" in record["message"] for record in made.records())


def test_removed_name_is_no_alias(program: Callable[..., Any]) -> None:
    made = program()
    made.change("compute", "compute_kernel_hw_startup(tt::CBIndex::c_0, tt::CBIndex::c_16);", "add_tiles_init(0, 1);")
    assert made.records()[0]["fault_class"] in {"compile_error", "name_removed"}
