#include <cstdint>

#include "api/compute/bcast.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/reduce.h"

constexpr uint32_t cb_x = tt::CBIndex::c_0, cb_ones = tt::CBIndex::c_1, cb_output = tt::CBIndex::c_16;
constexpr uint32_t cb_max = tt::CBIndex::c_24, cb_exp = tt::CBIndex::c_25, cb_sum = tt::CBIndex::c_26;
constexpr uint32_t width_tiles = get_compile_time_arg_val(0);

template <PoolType pool>
void reduce_row(uint32_t in, uint32_t out) {
    reduce_init<pool, ReduceDim::REDUCE_ROW>(in, cb_ones, out);
    tile_regs_acquire();
    for (uint32_t w = 0; w < width_tiles; ++w) reduce_tile<pool, ReduceDim::REDUCE_ROW>(in, cb_ones, w, 0, 0);
    if constexpr (pool == PoolType::SUM) {
        recip_tile_init();
        recip_tile(0);
    }
    tile_regs_commit();
    cb_reserve_back(out, 1);
    tile_regs_wait();
    pack_tile(0, out);
    tile_regs_release();
    cb_push_back(out, 1);
    reduce_uninit();
    cb_wait_front(out, 1);
}

void kernel_main() {
    const uint32_t num_units = get_arg_val<uint32_t>(0);
    compute_kernel_hw_startup(cb_x, cb_ones, cb_output);
    cb_wait_front(cb_ones, 1);
    for (uint32_t i = 0; i < num_units; ++i) {
        cb_wait_front(cb_x, width_tiles);
        reduce_row<PoolType::MAX>(cb_x, cb_max);
        sub_bcast_cols_init(cb_x, cb_max);
        exp_tile_init();
        cb_reserve_back(cb_exp, width_tiles);
        for (uint32_t w = 0; w < width_tiles; ++w) {
            tile_regs_acquire();
            sub_tiles_bcast_cols(cb_x, cb_max, w, 0, 0);
            exp_tile(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_tile(0, cb_exp);
            tile_regs_release();
        }
        cb_push_back(cb_exp, width_tiles);
        cb_pop_front(cb_x, width_tiles);
        cb_pop_front(cb_max, 1);
        cb_wait_front(cb_exp, width_tiles);
        reduce_row<PoolType::SUM>(cb_exp, cb_sum);
        mul_bcast_cols_init(cb_exp, cb_sum);
        for (uint32_t w = 0; w < width_tiles; ++w) {
            tile_regs_acquire();
            mul_tiles_bcast_cols(cb_exp, cb_sum, w, 0, 0);
            tile_regs_commit();
            cb_reserve_back(cb_output, 1);
            tile_regs_wait();
            pack_tile(0, cb_output);
            tile_regs_release();
            cb_push_back(cb_output, 1);
        }
        cb_pop_front(cb_exp, width_tiles);
        cb_pop_front(cb_sum, 1);
    }
    cb_pop_front(cb_ones, 1);
}
