"""Rules of a compute kernel: each fault beside a legal neighbour that must pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

HEADERS = (
    "common", "tile_move_copy", "eltwise_binary", "bcast", "compute_kernel_api", "eltwise_unary/exp", "eltwise_unary/recip",
    "eltwise_unary/relu", "eltwise_unary/fill", "eltwise_unary/negative", "eltwise_unary/typecast", "eltwise_unary/eltwise_unary",
    "eltwise_unary/binop_with_scalar", "add_int_sfpu", "eltwise_binary_sfpu", "mask", "matmul", "reduce", "transpose",
    "transpose_dest", "tilize", "untilize", "pack_untilize",
)
# Buffers: 0 and 1 bfloat16, 2 float32, 3 int32, 4 uint16 inputs; 16 bfloat16, 17 float32, 18 int32 outputs.
START = "compute_kernel_hw_startup(0, 1, 16);"
UNARY = "compute_kernel_hw_startup(0, 16); copy_init(0);"
PACK = "tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"

MATMUL = "compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16);"
SUM_ROW, MAX_ROW, MAX_COL = (
    f"<PoolType::{pool}, ReduceDim::REDUCE_{dim}>" for pool, dim in (("SUM", "ROW"), ("MAX", "ROW"), ("MAX", "COL")))
REDUCE = f"{START} reduce_init{MAX_ROW}(0, 1, 16); tile_regs_acquire(); reduce_tile{MAX_ROW}(0, 1, 0, 0, 0);"


class Row(NamedTuple):
    """A kernel body; `/*!*/` marks the line the fault must name."""

    name: str
    body: str
    fault: str = ""
    message: str = ""
    options: tuple[str, ...] = ()


LEGAL = [
    Row("unary", f"{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0); {PACK}"),
    Row("one_init_before_a_loop", f"""{UNARY} exp_tile_init();
        for (int i = 0; i < 3; ++i) {{ tile_regs_acquire(); copy_tile(0, 0, 0); exp_tile(0); tile_regs_commit();
        tile_regs_wait(); pack_tile<true>(0, 16, 0); tile_regs_release(); }}"""),
    Row("general_init_does_not_end_another", f"""{UNARY} exp_tile_init(); negative_tile_init();
        tile_regs_acquire(); copy_tile(0, 0, 0); exp_tile(0); negative_tile(0); {PACK}"""),
    Row("inits_alternate", f"""{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0);
        exp_tile_init(); exp_tile(0); recip_tile_init(); recip_tile(0); {PACK}"""),
    Row("wait_before_commit", f"""{UNARY} tile_regs_acquire(); tile_regs_wait(); copy_tile(0, 0, 0);
        tile_regs_commit(); pack_tile(0, 16); tile_regs_release();"""),
    Row("pack_before_commit", f"""{UNARY} tile_regs_acquire(); tile_regs_wait(); copy_tile(0, 0, 0); pack_tile(0, 16);
        copy_tile(0, 0, 1); pack_tile(1, 16); tile_regs_commit(); tile_regs_release();"""),
    Row("two_sections_in_flight", f"""{UNARY}
        tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_commit(); tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_commit();
        tile_regs_wait(); pack_tile(0, 16); tile_regs_release(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"""),
    Row("deprecated_registers", f"{UNARY} acquire_dst(); copy_tile(0, 0, 0); pack_tile(0, 16); release_dst();"),
    Row("deprecated_init", f"unary_op_init_common(0, 16); tile_regs_acquire(); copy_tile(0, 0, 0); {PACK}"),
    Row("last_tile_16_bit", f"{UNARY} tile_regs_acquire(); copy_tile(0, 0, 7); copy_tile(0, 0, 0); {PACK}"),
    Row("last_tile_fp32", f"{UNARY} tile_regs_acquire(); copy_tile(0, 0, 3); copy_tile(0, 0, 0); {PACK}", options=("fp32",)),
    Row("last_tile_full_sync", f"{UNARY} tile_regs_acquire(); copy_tile(0, 0, 15); copy_tile(0, 0, 0); {PACK}",
        options=("full_sync",)),
    Row("last_tile_fp32_full_sync", f"{UNARY} tile_regs_acquire(); copy_tile(0, 0, 7); copy_tile(0, 0, 0); {PACK}",
        options=("fp32", "full_sync")),
    Row("copy_after_binary", f"""{START} add_init(0, 1); tile_regs_acquire(); add_tiles(0, 1, 0, 0, 0);
        copy_init(0); copy_tile(0, 0, 1); {PACK}"""),
    Row("maths_only_init", f"""{START} add_init(0, 1); binary_tiles_init<false, EltwiseBinaryType::ELWMUL>(0, 1);
        tile_regs_acquire(); mul_tiles(0, 1, 0, 0, 0); {PACK}"""),
    Row("format_reconfigured", f"""{UNARY} reconfig_data_format_srca(2); tile_regs_acquire(); copy_tile(2, 0, 0); {PACK}"""),
    Row("format_reconfigured_from", f"""{UNARY} reconfig_data_format_srca(0, 2); tile_regs_acquire(); copy_tile(2, 0, 0);
        {PACK}"""),
    Row("second_source_reconfigured", f"""{START} reconfig_data_format(0, 2); add_init(0, 2); tile_regs_acquire();
        add_tiles(0, 2, 0, 0, 0); {PACK}"""),
    Row("packer_reconfigured", f"""{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_commit(); tile_regs_wait();
        pack_reconfig_data_format(17); pack_tile(0, 17); tile_regs_release();"""),
    Row("reverse_order", """compute_kernel_hw_startup<SrcOrder::Reverse>(2, 0, 16); copy_init(0); tile_regs_acquire();
        copy_tile(0, 0, 0); tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"""),
    Row("reuse_of_an_unwritten_tile", f"""{START} add_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(0);
        tile_regs_acquire(); add_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(0, 0, 0); {PACK}"""),
    Row("integers_in_a_wide_dst", """compute_kernel_hw_startup(3, 18); copy_init(3); add_int_tile_init(); tile_regs_acquire();
        copy_tile(3, 0, 0); add_int_tile<DataFormat::Int32>(0, 0, 0); tile_regs_commit(); tile_regs_wait(); pack_tile(0, 18);
        tile_regs_release();""", options=("fp32",)),
    Row("typecast_before_pack", """compute_kernel_hw_startup(3, 16); copy_init(3);
        typecast_tile_init<(uint32_t)DataFormat::Int32, (uint32_t)DataFormat::Float16_b>(); tile_regs_acquire();
        copy_tile(3, 0, 0); typecast_tile<(uint32_t)DataFormat::Int32, (uint32_t)DataFormat::Float16_b>(0);
        tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();""", options=("fp32",)),
    Row("matmul_accumulates", f"""{MATMUL} matmul_init(0, 1); tile_regs_acquire(); matmul_tiles(0, 1, 0, 0, 0);
        matmul_tiles(0, 1, 0, 0, 0); {PACK}"""),
    Row("matmul_of_one_tile_after_block_init", f"""{MATMUL} matmul_block_init(0, 1); tile_regs_acquire();
        matmul_tiles(0, 1, 0, 0, 0); {PACK}"""),
    Row("matmul_formats_reversed", """compute_kernel_hw_startup<SrcOrder::Reverse>(0, 2, 16); matmul_init(0, 2);
        tile_regs_acquire(); matmul_tiles(0, 2, 0, 0, 0); tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16);
        tile_regs_release();"""),
    Row("bias_after_matmul", f"""{MATMUL} matmul_init(0, 1); tile_regs_acquire(); matmul_tiles(0, 1, 0, 0, 0);
        add_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(0);
        add_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(0, 0, 0); {PACK}"""),
    Row("reduce_then_uninit_then_copy", f"""{REDUCE} {PACK} reduce_uninit(); copy_init(0); tile_regs_acquire();
        copy_tile(0, 0, 0); tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"""),
    Row("function_of_a_reduction", f"{REDUCE} recip_tile_init(); recip_tile(0); {PACK} reduce_uninit();"),
    Row("sum_of_rows_takes_the_scaler_first", f"""compute_kernel_hw_startup(2, 0, 16); reduce_init{SUM_ROW}(0, 2, 16);
        tile_regs_acquire(); reduce_tile{SUM_ROW}(0, 2, 0, 0, 0); {PACK} reduce_uninit();"""),
    Row("transpose", f"{UNARY} transpose_init(0); tile_regs_acquire(); transpose_tile(0, 0, 0); {PACK}"),
    Row("tilize_then_copy", f"""compute_kernel_hw_startup(0, 16); tilize_init(0, 1, 16); tilize_block(0, 1, 16);
        tilize_uninit(0, 16); copy_init(0); tile_regs_acquire(); copy_tile(0, 0, 0); {PACK}"""),
    Row("untilize_then_pack", f"""compute_kernel_hw_startup(0, 16); pack_untilize_init<1>(0, 16);
        pack_untilize_block<1>(0, 1, 16); pack_untilize_uninit(16); tile_regs_acquire(); copy_tile(0, 0, 0); {PACK}"""),
    Row("nothing_at_all", START),
]

FAULTS = [
    Row("no_startup", "copy_init(0); /*!*/", "startup_missing", "compute_kernel_hw_startup"),
    Row("acquire_before_startup", "tile_regs_acquire(); /*!*/", "startup_missing", "tile_regs_acquire"),
    Row("no_acquire", f"{UNARY}\ncopy_tile(0, 0, 0); /*!*/", "dst_protocol", "without DST acquired"),
    Row("sfpu_after_commit", f"""{UNARY} exp_tile_init(); tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_commit();
        exp_tile(0); /*!*/""", "dst_protocol", "exp_tile without DST acquired"),
    Row("acquire_twice", f"{UNARY} tile_regs_acquire();\ntile_regs_acquire(); /*!*/", "dst_protocol", "not committed"),
    Row("no_wait", f"{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_commit();\npack_tile(0, 16); /*!*/",
        "dst_protocol", "pack_tile without tile_regs_wait"),
    Row("no_wait_before_commit", f"{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0);\npack_tile(0, 16); /*!*/",
        "dst_protocol", "pack_tile without tile_regs_wait"),
    Row("no_commit", f"""{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_wait(); pack_tile(0, 16);
        tile_regs_release(); /*!*/""", "dst_protocol", "has not committed"),
    Row("commit_without_acquire", f"{UNARY}\ntile_regs_commit(); /*!*/", "dst_protocol", "tile_regs_commit without"),
    Row("release_without_wait", f"{UNARY} tile_regs_acquire(); tile_regs_commit();\ntile_regs_release(); /*!*/",
        "dst_protocol", "tile_regs_release without tile_regs_wait"),
    Row("write_after_early_pack", f"""{UNARY} tile_regs_acquire(); tile_regs_wait(); copy_tile(0, 0, 0); pack_tile(0, 16);
        copy_tile(0, 0, 0); /*!*/""", "dst_protocol", "after a pack_tile of it"),
    Row("never_released", f"""{UNARY} for (int i = 0; i < 100; ++i) {{
        tile_regs_acquire(); /*!*/
        copy_tile(0, 0, 0); tile_regs_commit(); }}""", "dst_protocol", "none released"),
    Row("ends_acquired", f"{UNARY} tile_regs_acquire();", "dst_protocol", "never committed"),
    Row("ends_committed", f"{UNARY} tile_regs_acquire(); tile_regs_commit();", "dst_protocol", "never released"),
    Row("ends_waiting", f"{UNARY} tile_regs_wait();", "dst_protocol", "never comes"),
    Row("index_16_bit", f"{UNARY} tile_regs_acquire();\ncopy_tile(0, 0, 8); /*!*/", "dst_index", "has 8 tiles"),
    Row("index_fp32", f"{UNARY} tile_regs_acquire();\ncopy_tile(0, 0, 4); /*!*/", "dst_index", "has 4 tiles", ("fp32",)),
    Row("index_of_pack", f"""{UNARY} tile_regs_acquire(); tile_regs_commit(); tile_regs_wait();
        pack_tile(9, 16); /*!*/""", "dst_index", "pack_tile: DST index 9"),
    Row("pack_unwritten", f"""{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_commit(); tile_regs_wait();
        pack_tile(1, 16); /*!*/""", "dst_unwritten", "packs DST tile 1"),
    Row("read_unwritten", f"{UNARY} exp_tile_init(); tile_regs_acquire();\nexp_tile(0); /*!*/", "dst_unwritten", "exp_tile reads"),
    Row("stale_after_release", f"""{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0); {PACK}
        tile_regs_acquire(); tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); /*!*/""", "dst_unwritten", "DST tile 0"),
    Row("no_copy_init", "compute_kernel_hw_startup(0, 16); tile_regs_acquire();\ncopy_tile(0, 0, 0); /*!*/",
        "init_missing", "copy_init(c_0)"),
    Row("add_without_init", f"{START} tile_regs_acquire();\nadd_tiles(0, 1, 0, 0, 0); /*!*/", "init_missing", "add_init(c_0, c_1)"),
    Row("add_after_mul_init", f"{START} mul_init(0, 1); tile_regs_acquire();\nadd_tiles(0, 1, 0, 0, 0); /*!*/",
        "init_mismatch", "mul_init at"),
    Row("add_after_copy_init", f"{START} copy_init(0); tile_regs_acquire();\nadd_tiles(0, 1, 0, 0, 0); /*!*/",
        "init_mismatch", "copy_init at"),
    Row("copy_after_add_init", f"{START} add_init(0, 1); tile_regs_acquire();\ncopy_tile(0, 0, 0); /*!*/",
        "init_mismatch", "add_init at"),
    Row("wrong_broadcast", f"""{START} add_bcast_rows_init(0, 1); tile_regs_acquire();
        add_tiles_bcast_cols(0, 1, 0, 0, 0); /*!*/""", "init_mismatch", "add_bcast_rows_init at"),
    Row("wrong_side", f"""{START} add_reuse_dest_init<EltwiseBinaryReuseDestType::DEST_TO_SRCA>(0); tile_regs_acquire();
        add_reuse_dest_tiles<EltwiseBinaryReuseDestType::DEST_TO_SRCB>(0, 0, 0); /*!*/""", "init_mismatch", "add_reuse_dest_init at"),
    Row("maths_init_without_unpacker", f"{START}\nbinary_tiles_init<false, EltwiseBinaryType::ELWADD>(0, 1); /*!*/",
        "init_missing", "full_init"),
    Row("no_sfpu_init", f"{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0);\nexp_tile(0); /*!*/",
        "sfpu_init_missing", "exp_tile without exp_tile_init"),
    Row("general_sfpu_init_missing", f"{UNARY} exp_tile_init(); tile_regs_acquire(); copy_tile(0, 0, 0);\nrelu_tile(0); /*!*/",
        "sfpu_init_missing", "relu_tile_init"),
    Row("constants_replaced", f"""{UNARY} exp_tile_init(); recip_tile_init(); tile_regs_acquire(); copy_tile(0, 0, 0);
        exp_tile(0); /*!*/""", "init_mismatch", "recip_tile_init at"),
    Row("approximate_mode_differs", f"""{UNARY} exp_tile_init(); tile_regs_acquire(); copy_tile(0, 0, 0);
        exp_tile<true>(0); /*!*/""", "init_mismatch", "approx = true"),
    Row("source_format", f"{UNARY} tile_regs_acquire();\ncopy_tile(2, 0, 0); /*!*/", "format_not_reconfigured", "c_2 holds Float32"),
    Row("second_source_format", f"{START} add_init(0, 2); tile_regs_acquire();\nadd_tiles(0, 2, 0, 0, 0); /*!*/",
        "format_not_reconfigured", "srcB"),
    Row("stale_old_operand", f"""{UNARY} reconfig_data_format_srca(2, 2); tile_regs_acquire();
        copy_tile(2, 0, 0); /*!*/""", "format_not_reconfigured", "c_2"),
    Row("packer_format", f"""{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0); tile_regs_commit(); tile_regs_wait();
        pack_tile(0, 17); /*!*/""", "format_not_reconfigured", "the packer"),
    Row("integers_in_a_narrow_dst", "compute_kernel_hw_startup(3, 18); copy_init(3); tile_regs_acquire();\ncopy_tile(3, 0, 0); /*!*/",
        "dst_format", "16-bit DST"),
    Row("float_operation_on_integers", """compute_kernel_hw_startup(3, 18); copy_init(3); exp_tile_init(); tile_regs_acquire();
        copy_tile(3, 0, 0);
        exp_tile(0); /*!*/""", "dst_format", "holds Int32", ("fp32",)),
    Row("integer_operation_on_floats", f"""{UNARY} add_int_tile_init(); tile_regs_acquire(); copy_tile(0, 0, 0);
        add_int_tile<DataFormat::Int32>(0, 0, 0); /*!*/""", "dst_format", "holds floats", ("fp32",)),
    Row("integers_packed_as_floats", """compute_kernel_hw_startup(4, 16); copy_init(4); tile_regs_acquire(); copy_tile(4, 0, 0);
        tile_regs_commit(); tile_regs_wait();
        pack_tile(0, 16); /*!*/""", "dst_format", "DST holds UInt16"),
    Row("integers_in_the_matrix_unit", """compute_kernel_hw_startup(3, 3, 16); add_init(3, 3); tile_regs_acquire();
        add_tiles(3, 3, 0, 0, 0); /*!*/""", "dst_format", "matrix unit", ("fp32",)),
    Row("unpack_to_dest_in_the_matrix_unit", """compute_kernel_hw_startup(2, 2, 17); add_init(2, 2); tile_regs_acquire();
        add_tiles(2, 2, 0, 0, 0); /*!*/""", "unpack_mode", "UnpackToDestFp32", ("fp32", "unpack_fp32")),
    Row("mask_elsewhere", f"""{UNARY} mask_tile_init(); tile_regs_acquire(); copy_tile(0, 0, 0); copy_tile(0, 0, 2);
        mask_tile(0, 2); /*!*/""", "bad_argument", "tile after the data"),
    Row("transpose_of_32_bits_by_the_unpacker", "compute_kernel_hw_startup(2, 16);\ncopy_init(2, 1); /*!*/",
        "not_modelled", "transpose"),
    Row("matmul_without_init", f"{MATMUL} tile_regs_acquire();\nmatmul_tiles(0, 1, 0, 0, 0); /*!*/",
        "init_missing", "matmul_init(c_0, c_1)"),
    Row("matmul_after_another_init", f"""{MATMUL} matmul_init(0, 1); copy_init(0); tile_regs_acquire();
        matmul_tiles(0, 1, 0, 0, 0); /*!*/""", "init_mismatch", "copy_init at"),
    Row("matmul_block_of_other_dimensions", f"""{MATMUL} matmul_block_init(0, 1, 0, 2, 1, 1); tile_regs_acquire();
        matmul_block(0, 1, 0, 0, 0, 0, 1, 1, 1); /*!*/""", "init_mismatch", "1x2"),
    Row("matmul_block_larger_than_dst", f"""{MATMUL} matmul_block_init(0, 1, 0, 1, 9, 1); tile_regs_acquire();
        for (uint32_t i = 0; i < 1; ++i) matmul_block(0, 1, 0, 0, 8, 0, 1, 9, 1); /*!*/""", "dst_index", "has 8 tiles"),
    Row("matmul_block_of_no_tiles", f"{MATMUL}\nmatmul_block_init(0, 1, 0, 0, 1, 1); /*!*/", "bad_argument", "at least 1"),
    Row("matmul_in_regular_order", """compute_kernel_hw_startup(0, 2, 16); matmul_init(0, 2); tile_regs_acquire();
        matmul_tiles(0, 2, 0, 0, 0); /*!*/""", "format_not_reconfigured", "second operand (srcA)"),
    Row("matmul_beyond_what_was_waited_for", f"""{MATMUL} matmul_init(0, 1); tile_regs_acquire();
        matmul_tiles(0, 1, 0, 1, 0); /*!*/""", "cb_read_before_wait", "page 1"),
    Row("matmul_onto_integers", """compute_kernel_hw_startup<SrcOrder::Reverse>(0, 4, 16); copy_init(4);
        tile_regs_acquire(); copy_tile(4, 0, 0); reconfig_data_format_srca(1); matmul_init(0, 1);
        matmul_tiles(0, 1, 0, 0, 0); /*!*/""", "dst_format", "holds UInt16"),
    Row("reduce_without_init", f"{START} tile_regs_acquire();\nreduce_tile{MAX_ROW}(0, 1, 0, 0, 0); /*!*/",
        "init_missing", "PoolType::MAX, ReduceDim::REDUCE_ROW"),
    Row("reduce_along_another_dimension", f"""{START} reduce_init{MAX_COL}(0, 1, 16); tile_regs_acquire();
        reduce_tile{MAX_ROW}(0, 1, 0, 0, 0); /*!*/""", "init_mismatch", "REDUCE_COL"),
    Row("sum_of_rows_in_the_order_of_the_maximum", f"""compute_kernel_hw_startup(0, 2, 16); reduce_init{SUM_ROW}(0, 2, 16);
        tile_regs_acquire();
        reduce_tile{SUM_ROW}(0, 2, 0, 0, 0); /*!*/""", "format_not_reconfigured", "c_2 holds Float32"),
    Row("reduce_uninit_missing", f"""{REDUCE} {PACK} copy_init(0); tile_regs_acquire(); copy_tile(0, 0, 0);
        tile_regs_commit(); tile_regs_wait();
        pack_tile(0, 16); /*!*/""", "uninit_missing", "reduce_uninit()"),
    Row("transpose_without_init", f"{UNARY} tile_regs_acquire();\ntranspose_tile(0, 0, 0); /*!*/", "init_mismatch",
        "transpose_init(c_0)"),
    Row("transpose_dest_of_another_width", f"""{UNARY} tile_regs_acquire(); copy_tile(0, 0, 0); transpose_dest_init<true>();
        transpose_dest<true>(0); /*!*/""", "bad_argument", "16 bits wide"),
    Row("tilize_uninit_missing", """compute_kernel_hw_startup(0, 16); tilize_init(0, 1, 16); tilize_block(0, 1, 16);
        copy_init(0); tile_regs_acquire();
        copy_tile(0, 0, 0); /*!*/""", "uninit_missing", "call tilize_uninit"),
    Row("tilize_inside_a_section", """compute_kernel_hw_startup(0, 16); tilize_init(0, 1, 16); tile_regs_acquire();
        tilize_block(0, 1, 16); /*!*/""", "dst_protocol", "acquires and releases DST itself"),
    Row("tilize_of_another_width", "compute_kernel_hw_startup(0, 16); tilize_init(0, 1, 16);\ntilize_block(0, 2, 16); /*!*/",
        "init_mismatch", "tilize_init(c_0, 2, c_16)"),
    Row("tilize_without_init", f"{UNARY}\ntilize_block(0, 1, 16); /*!*/", "init_mismatch", "tilize_init(c_0, 1, c_16)"),
    Row("untilize_without_init", f"{UNARY}\npack_untilize_block<1>(0, 1, 16); /*!*/", "init_missing", "pack_untilize_init"),
    Row("untilize_of_another_width", """compute_kernel_hw_startup(0, 16); pack_untilize_init<2>(0, 16);
        pack_untilize_block<1>(0, 1, 16); /*!*/""", "init_mismatch", "was for <2, 2>"),
    Row("untilize_wider_than_dst", "compute_kernel_hw_startup(0, 16);\npack_untilize_init<9>(0, 16); /*!*/", "bad_argument",
        "8 DST tiles"),
    Row("untilize_uninit_missing", """compute_kernel_hw_startup(0, 16); pack_untilize_init<1>(0, 16); tile_regs_acquire();
        copy_tile(0, 0, 0); tile_regs_commit(); tile_regs_wait();
        pack_tile(0, 16); /*!*/""", "uninit_missing", "pack_untilize_uninit(c_16)"),
    Row("undeclared_buffer", "compute_kernel_hw_startup(0, 31); /*!*/", "cb_undeclared", "c_31"),
]
ROWS = {row.name: row for row in (*LEGAL, *FAULTS)}


@pytest.fixture(scope="session")
def driver(make_driver: Any) -> Any:
    return make_driver({row.name: row.body for row in ROWS.values()}, HEADERS)


def run(driver: Any, row: Row, folder: Path) -> Any:
    ones = np.ones(1024)
    dtypes = ("bfloat16", "bfloat16", "float32", "int32", "uint16")
    return driver.run(
        row.name, *row.options, folder=folder,
        inputs={index: (dtype, driver.encode(ones, dtype)) for index, dtype in enumerate(dtypes)},
        outputs={16: ("bfloat16", 4), 17: ("float32", 4), 18: ("int32", 4)},
    )


def test_names_are_unique() -> None:
    assert len(ROWS) == len(LEGAL) + len(FAULTS)


@pytest.mark.parametrize("name", [row.name for row in LEGAL])
def test_legal_kernel_passes(driver: Any, name: str, tmp_path: Path) -> None:
    done = run(driver, ROWS[name], tmp_path)
    assert (done.fault, done.message) == ("", "")


@pytest.mark.parametrize("name", [row.name for row in FAULTS])
def test_fault_is_reported_where_it_happens(driver: Any, name: str, tmp_path: Path) -> None:
    row = ROWS[name]
    done = run(driver, row, tmp_path)
    assert done.fault == row.fault
    assert row.message in f"{done.message} {done.hint}"
    marked = [number for number, text in enumerate(_body_lines(driver, name)) if "/*!*/" in text]
    if marked:
        start = driver.source[: driver.source.index(f"case_{name}() {{")].count("\n") + 1
        assert done.line == start + marked[0]


def _body_lines(driver: Any, name: str) -> list[str]:
    start = driver.source.index(f"case_{name}() {{")
    return list(driver.source[start : driver.source.index("\n}\n", start)].splitlines())


def test_second_startup_is_a_warning(make_driver: Any, driver: Any, tmp_path: Path) -> None:
    done = run(make_driver({"twice": START + START}, HEADERS), Row("twice", ""), tmp_path)
    assert not done.fault
    assert "called again" in done.warnings[0]
