"""What an operation's host code sets for its kernels: macros and compile-time values, read off the factories.

Two tables: macros whose meaning is the same wherever they occur, and what single kernels need beyond them. A feature
(`FUSE_GAMMA`, `PACK_RELU`, …) is switched on where that makes more of the kernel's text compile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Setting:
    """For kernels whose path matches `pattern`: macros, values by argument name or by position as text, 32-bit DST."""

    pattern: str
    defines: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, int] = field(default_factory=dict)
    fp32: bool = False


_ADD = "compute_kernel_lib::BinaryFpuOp::Add"

# Given when the kernel, or a header of the wheel that it includes, uses the name.
EVERYWHERE: Mapping[str, str] = {
    "ELTWISE_OP": "add_tiles",
    "ELTWISE_OP_TYPE": "EltwiseBinaryType::ELWADD",
    "BINARY_OP": "add_tiles",
    "BINARY_OP_TYPE": "EltwiseBinaryType::ELWADD",
    "BINARY_SFPU_OP": "add_binary_tile",
    "BINARY_SFPU_INIT": "add_binary_tile_init();",
    "TERNARY_SFPU_OP_INIT": "where_tile_init",
    "TERNARY_SFPU_OP_FUNC": "where_tile<DataFormat::Float16_b>",
    "PROCESS_LHS_ACTIVATIONS(i)": "",
    "PROCESS_RHS_ACTIVATIONS(i)": "",
    "PROCESS_POST_ACTIVATIONS(i)": "",
    "BCAST_INPUT": "1",
    "FILL_TILE_WITH_FIRST_ELEMENT": "fill_tile_with_first_element_bfloat16",
    "FILL_TILE_WITH_FIRST_ELEMENT_B": "fill_tile_with_first_element_bfloat16",
    "FILL_TILE_WITH_FIRST_ELEMENT_C": "fill_tile_with_first_element_bfloat16",
    "FILL_TILE_WITH_FIRST_ROW": "fill_tile_with_first_row_bfloat16",
    "FILL_TILE_WITH_FIRST_ROW_B": "fill_tile_with_first_row_bfloat16",
    "FILL_TILE_WITH_FIRST_ROW_C": "fill_tile_with_first_row_bfloat16",
    "FILL_TILE_WITH_FIRST_COLUMN": "fill_tile_with_first_column_bfloat16",
    "FILL_TILE_WITH_FIRST_COLUMN_B": "fill_tile_with_first_column_bfloat16",
    "FILL_TILE_WITH_FIRST_COLUMN_C": "fill_tile_with_first_column_bfloat16",
    "FILL_TILE_WITH_FIRST_ROW_RM": "fill_tile_with_first_row_rm_bfloat16",
    "FILL_TILE_WITH_FIRST_ROW_RM_B": "fill_tile_with_first_row_rm_bfloat16",
    "FILL_TILE_WITH_FIRST_COLUMN_RM": "fill_tile_with_first_column_rm_bfloat16",
    "FILL_TILE_WITH_FIRST_COLUMN_RM_B": "fill_tile_with_first_column_rm_bfloat16",
    "FILL_WITH_VALUE": "fill_with_val_bfloat16",
    "ADDCMUL_DATA_FORMAT": "DataFormat::Int32",
    "COPY_DEST_DATA_FORMAT": "DataFormat::Float16_b",
    "BF16_ROUNDING_MODE": "DstRoundingMode::NearestEven",
    "REDUCE_OP": "ckernel::PoolType::SUM",
    "REDUCE_DIM": "ckernel::ReduceDim::REDUCE_ROW",
    "BCAST_OP": "add_tiles_bcast",
    "BCAST_LLKOP": "EltwiseBinaryType::ELWADD",
    "BCAST_DIM": "BroadcastType::ROW",
    "CHAIN_BCAST_OP": _ADD,
    "CHAIN_BCAST_DIM": "compute_kernel_lib::BroadcastDim::Row",
    "FILL_PAD_DATA_FMT": "DataFormat::Float16_b",
    "FILL_PAD_FILL_FN": "fill_tile_bitcast",
    "FILL_PAD_FILL_ARG": "fill_bits",
    "MASK_ELEM_UINT": "uint16_t",
    "MASK_VALUE": "0x3F80u",
    "NUM_BYTES": "4",
    "TILE_HW_VAL": "1024",
    "CLAMP_BITS": "0x7f7f0000u",
    "FILL_TILE": "fill_tile",
    "EXP_APPROX": "false",
    "WHERE_DATA_FORMAT": "Float16_b",
    "WELFORD_TWO_PASS_STREAMING_CB_TILES": "4",
}

# One value of a parameter by its name, where the usual ones of names.py do not do.
VALUES: Mapping[str, int] = {
    "datum_size_bytes": 2,
    "element_sz_bytes": 2,
    "padding_value_num_bytes": 2,
    "j_end": 2,
    "j_start": 0,
    "seq_id": 0,
}

KERNELS: tuple[Setting, ...] = (
    Setting(r"kernels_ng/compute/.*_(row|col|scalar)_bcast\.cpp$", {"SRC_BCAST": "1", "SRC_BCAST_B": "0"}),
    Setting(r"eltwise_binary_sfpu_kernel", {"BINARY_SFPU_OP": "add_binary_tile(i * 2, i * 2 + 1, i * 2);"}),
    Setting(r"mac_tss_kernel", {"SFPU_OP_CHAIN_0": "fill_tile_init();"}),
    Setting(r"where_sfpu|where_no_bcast|eltwise_where", {
        "BINARY_SFPU_INIT": "where_tile_init();", "BINARY_SFPU_OP": "where_tile<DataFormat::Float16_b>",
        "WHERE_TTS": "1"}),
    Setting(r"ternary_addc_ops", {
        "TERNARY_SFPU_OP_INIT": "addcmul_tile_init", "TERNARY_SFPU_OP_FUNC": "addcmul_tile<DataFormat::Float16_b>"}),
    Setting(r"accumulation_compute", {"BINARY_OP": "add_binary_tile", "BINARY_OP_INIT": "add_binary_tile_init"}),
    # Readers that size their blocks by the capacity of DST are told how compute is configured.
    Setting(r"reduction/generic/.*/dataflow/", {"ENABLE_FP32_DEST_ACC": "0", "DST_SYNC_FULL": "0"}),
    Setting(r"scatter/", {}, {"index_element_size": 4, "input_is_fp32": 0}),
    Setting(r"reader_argmax_interleaved_multicore", {}, {"reduce_all": 0}),
    Setting(r"/topk[a-z_]*\.cpp$", fp32=True),
    Setting(r"writer_welford_hw", {}, {"num_partials": 2, "H": 32}),
)  # fmt: skip
_DEFINED = re.compile(r"^\s*#\s*define\s+(\w+)", re.MULTILINE)


def settings_of(short: str, text: str) -> Setting:
    """Macros and values for the kernel at `short` whose own text and that of its headers is `text`."""
    given = set(_DEFINED.findall(text))
    used = set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", text))
    defines = {name: value for name, value in EVERYWHERE.items() if name.split("(")[0] in used - given}
    if any(name.startswith("HAS_ACTIVATIONS") for name in used):
        defines.update({f"PROCESS_{side}_ACTIVATIONS(i)": "" for side in ("LHS", "RHS", "POST")})
    values = dict(VALUES)
    for setting in KERNELS:
        if re.search(setting.pattern, short):
            defines.update(setting.defines)
            values.update(setting.values)
    fp32 = any(setting.fp32 and re.search(setting.pattern, short) for setting in KERNELS)
    return Setting(short, defines, values, fp32)
