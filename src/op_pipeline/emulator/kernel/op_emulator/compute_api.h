// What the compute headers call in the runtime: the ABI between a compiled compute kernel and libop_emulator.
// Names and signatures that kernels see stand in kernel/api/compute/**; here is one entry per mechanism.
#pragma once
#include <stdint.h>

#include "abi.h"
#include "data_format.h"
#include "sfpu_ops.h"
#include "where.h"

namespace op_emulator::compute {

enum class Binary : uint8_t { Add, Sub, Mul };
enum class Broadcast : uint8_t { None = 0, Col = 1, Row = 2, Scalar = 3 };
enum class Reuse : uint8_t { None = 0, DestToSrcA = 1, DestToSrcB = 2 };
enum class Pool : uint8_t { Sum, Avg, Max, Min };
enum class ReduceDim : uint8_t { Row, Col, Scalar };
enum class PackRelu : uint8_t { None = 0, Zero = 1, MinThreshold = 2, MaxThreshold = 3 };

// --- DST registers ---------------------------------------------------------------------------------------------
OP_EMULATOR_API void regs_acquire(Where where);
OP_EMULATOR_API void regs_commit(Where where);
OP_EMULATOR_API void regs_wait(Where where);
OP_EMULATOR_API void regs_release(Where where);
OP_EMULATOR_API void legacy_acquire(Where where);  // acquire and wait in one
OP_EMULATOR_API void legacy_release(Where where);  // commit and release in one

// --- configuration ----------------------------------------------------------------------------------------------
OP_EMULATOR_API void hw_startup(uint32_t srca_cb, uint32_t srcb_cb, uint32_t pack_cb, Where where);
OP_EMULATOR_API void reconfig_srca(uint32_t cb, Where where);
OP_EMULATOR_API void reconfig_srcb(uint32_t cb, Where where);
OP_EMULATOR_API void reconfig_pack(uint32_t cb, Where where);
// With the claimed old operand: nothing happens when both have the same format, whatever is configured now.
OP_EMULATOR_API void reconfig_srca_from(uint32_t old_cb, uint32_t new_cb, Where where);
OP_EMULATOR_API void reconfig_srcb_from(uint32_t old_cb, uint32_t new_cb, Where where);
OP_EMULATOR_API void reconfig_pack_from(uint32_t old_cb, uint32_t new_cb, Where where);

// --- matrix unit (FPU) --------------------------------------------------------------------------------------------
OP_EMULATOR_API void copy_init(
    uint32_t cb, bool transpose_faces, bool transpose_within, const char* name, Where where);
OP_EMULATOR_API void copy_tile(uint32_t cb, uint32_t tile, uint32_t dst, const char* name, Where where);
OP_EMULATOR_API void binary_init(
    Binary op, Broadcast broadcast, uint32_t cb0, uint32_t cb1, bool accumulate, bool full, const char* name,
    Where where);
OP_EMULATOR_API void binary_tiles(
    Binary op, Broadcast broadcast, uint32_t cb0, uint32_t cb1, uint32_t tile0, uint32_t tile1, uint32_t dst,
    uint32_t row, const char* name, Where where);
OP_EMULATOR_API void reuse_init(Binary op, Reuse reuse, uint32_t cb, const char* name, Where where);
OP_EMULATOR_API void reuse_tiles(
    Binary op, Reuse reuse, uint32_t cb, uint32_t tile, uint32_t dst, const char* name, Where where);
// x - anchor + (anchor - mean): columns 0 and 16 of the second operand, over `tiles` tiles of the first.
OP_EMULATOR_API void compensated_sub_init(uint32_t cb, uint32_t mean_cb, Where where);
OP_EMULATOR_API void compensated_sub(
    uint32_t cb, uint32_t mean_cb, uint32_t tile, uint32_t dst, uint32_t tiles, Where where);
OP_EMULATOR_API void unary_bcast_init(Broadcast broadcast, uint32_t cb, Where where);
OP_EMULATOR_API void unary_bcast(Broadcast broadcast, uint32_t cb, uint32_t tile, uint32_t dst, Where where);
OP_EMULATOR_API void transpose_init(uint32_t cb, Where where);
OP_EMULATOR_API void transpose_tile(uint32_t cb, uint32_t tile, uint32_t dst, const char* name, Where where);
OP_EMULATOR_API void transpose_dest_init(bool wide, bool faces, Where where);
OP_EMULATOR_API void transpose_dest(bool wide, bool faces, uint32_t dst, Where where);
// Block of `columns` x `rows` DST tiles; `inner` is the width of in0 in tiles. Each call adds one product of tiles.
struct MatmulBlock {
    uint32_t columns, rows, inner;
};
OP_EMULATOR_API void matmul_init(
    uint32_t in0, uint32_t in1, bool transpose, const MatmulBlock& block, const char* name, Where where);
OP_EMULATOR_API void matmul(
    uint32_t in0, uint32_t in1, uint32_t tile0, uint32_t tile1, uint32_t dst, const MatmulBlock& block,
    const char* name, Where where);
OP_EMULATOR_API void reduce_init(Pool pool, ReduceDim dim, uint32_t cb, uint32_t scaler_cb, uint32_t out_cb, Where where);
OP_EMULATOR_API void reduce_tile(
    Pool pool, ReduceDim dim, uint32_t cb, uint32_t scaler_cb, uint32_t tile, uint32_t scaler_tile, uint32_t dst,
    const char* name, Where where);
OP_EMULATOR_API void reduce_uninit(Where where);
// The two halves of reduce_init: what the matrix unit does, and what the packer lets through.
OP_EMULATOR_API void reduce_math_init(Pool pool, ReduceDim dim, uint32_t cb, uint32_t scaler_cb, Where where);
OP_EMULATOR_API void reduce_mask(ReduceDim dim, uint32_t out_cb, Where where);

// --- tilize, untilize: they hand DST over themselves ------------------------------------------------------------
OP_EMULATOR_API void tilize_init(uint32_t cb, uint32_t columns, uint32_t out_cb, const char* name, Where where);
OP_EMULATOR_API void tilize_block(
    uint32_t cb, uint32_t columns, uint32_t out_cb, uint32_t tile, uint32_t out_tile, const char* name, Where where);
OP_EMULATOR_API void tilize_uninit(const char* name, Where where);
OP_EMULATOR_API void untilize_init(uint32_t cb, Where where);
OP_EMULATOR_API void untilize_block(uint32_t cb, uint32_t columns, uint32_t out_cb, Where where);
OP_EMULATOR_API void untilize_uninit(Where where);
OP_EMULATOR_API void pack_untilize_init(
    uint32_t out_cb, uint32_t block, uint32_t full, const char* name, Where where);
OP_EMULATOR_API void pack_untilize_block(
    uint32_t cb, uint32_t rows, uint32_t out_cb, uint32_t block, uint32_t full, uint32_t block_index, Where where);
OP_EMULATOR_API void pack_untilize_dest(
    uint32_t out_cb, uint32_t rows, uint32_t block, uint32_t full, uint32_t block_index, uint32_t dst, Where where);
OP_EMULATOR_API void pack_untilize_uninit(uint32_t out_cb, Where where);

// --- packer -------------------------------------------------------------------------------------------------------
OP_EMULATOR_API void pack_init(uint32_t cb, Where where);
OP_EMULATOR_API void pack_tile(uint32_t dst, uint32_t cb, uint32_t tile, bool out_of_order, Where where);
OP_EMULATOR_API void pack_block(uint32_t dst, uint32_t cb, uint32_t tiles, Where where);
OP_EMULATOR_API void pack_relu(PackRelu mode, uint32_t threshold, Where where);
OP_EMULATOR_API void pack_l1_accumulate(bool enable, Where where);

// --- vector unit (SFPU) -------------------------------------------------------------------------------------------
inline constexpr uint32_t kAllFaces = 0xF;
// How an operation is called; what it does not use stays 0.
struct SfpuCall {
    uint32_t in[4];     // DST indices of the operands
    uint32_t out;       // DST index of the result
    uint32_t value[3];  // scalar parameters: bits of a float, or an integer, as the operation defines
    uint32_t faces;     // which of the four faces are computed, bit 0 the first
    DataFormat format;  // integer operations and typecast: type of the operands
    DataFormat to;      // typecast: type of the result
    bool nearest;       // store rounds to nearest although the operation truncates by default
    bool packer;        // issued by the packer's thread: works on the tiles the packer waited for
};
OP_EMULATOR_API void sfpu_init(SfpuInit init, Where where);
OP_EMULATOR_API void sfpu_init_values(
    SfpuInit init, uint32_t value0, uint32_t value1,
    Where where);  // kept for the operation
OP_EMULATOR_API void sfpu(SfpuOp op, const SfpuCall& call, Where where);
OP_EMULATOR_API void sfpu_seed(SfpuInit init, uint32_t seed, uint32_t stream, Where where);
OP_EMULATOR_API void sfpu_reduce(
    Pool pool, ReduceDim dim, DataFormat format, uint32_t dst, uint32_t columns, uint32_t rows, Where where);
// Clears the 32 running values of an exponential moving average.
OP_EMULATOR_API void ema_clear(Where where);

// --- statistics in the vector unit's registers: one mean and sum of squares per column ----------------------------
struct StatsCall {  // what the functions of api/compute/welford.h have in common
    const char* name;
    Where where;
    uint32_t dst = 0;   // input tile, or first of the two (mean, then squares) that hold the state
    uint32_t slot = 0;  // group within the state tiles
    bool dual = false;  // two accumulators, to be added
};
OP_EMULATOR_API void stats_init(SfpuInit init, bool clear, Where where);
OP_EMULATOR_API void stats_clear(const StatsCall& call);
// Welford's update with rows [first, first + rows); `reciprocals`, if any, holds the bits of 1 / (index + 1).
OP_EMULATOR_API void stats_update(
    const StatsCall& call, uint32_t index, uint32_t first, uint32_t rows, const uint32_t* reciprocals);
enum class StatsPass : uint8_t { FirstSum, Sum, Squares };  // FirstSum takes the anchor from the first row
OP_EMULATOR_API void stats_accumulate(const StatsCall& call, StatsPass pass, uint32_t first, uint32_t rows);
OP_EMULATOR_API void stats_finish_mean(const StatsCall& call, uint32_t reciprocal, bool retain_anchor);
OP_EMULATOR_API void stats_save(const StatsCall& call);
OP_EMULATOR_API void stats_restore(const StatsCall& call);
OP_EMULATOR_API void stats_anchor(const StatsCall& call, bool save);
enum class StatsForm : uint8_t { Row, VarianceRow, SplitRow, Face, CombinedFace, CombinedFaceSum };
OP_EMULATOR_API void stats_finalize(const StatsCall& call, StatsForm form, float reciprocal);
OP_EMULATOR_API void stats_combine(const StatsCall& call, uint32_t total_reciprocal, uint32_t block_count);

// --- sorting: each column of DST tiles 0 and 1 is 64 values, tiles 2 and 3 hold their indices --------------------
enum class TieOrder : uint8_t { None, Ascending, Descending };
struct SortCall {
    const char* name;
    Where where;
    uint32_t dst = 0;
    bool fused = false;    // the index is in the value's low half; tiles 2 and 3 take no part
    bool stamped = false;  // the low `tag_bits` of a value are its rank
    TieOrder tie = TieOrder::None;
    uint32_t tag_bits = 16;
};
OP_EMULATOR_API void sort_init(bool fused, bool stamped, uint32_t tag_bits, Where where);
OP_EMULATOR_API void sort_local(
    const SortCall& call, bool ascending, uint32_t end_phase, uint32_t start_phase, uint32_t end_step,
    uint32_t start_step);
OP_EMULATOR_API void sort_merge(const SortCall& call, bool smallest, uint32_t iteration, uint32_t k);
OP_EMULATOR_API void sort_rebuild(
    const SortCall& call, bool ascending, uint32_t iteration, uint32_t k, uint32_t log_k, bool skip_second);
OP_EMULATOR_API void sort_fuse(const SortCall& call, bool largest);
OP_EMULATOR_API void sort_defuse(const SortCall& call, bool largest, uint32_t tiles);
OP_EMULATOR_API void sort_stamp(const SortCall& call, bool largest, uint32_t tile, uint32_t rank);
OP_EMULATOR_API void sort_strip(const SortCall& call);
OP_EMULATOR_API void sort_fold_zeros(const SortCall& call);
OP_EMULATOR_API void sort_check_indices(const SortCall& call);  // a tile of uint16

}  // namespace op_emulator::compute
