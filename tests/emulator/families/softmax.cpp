// Softmax along rows of wt tiles. c_1 holds ones as scaler; c_24 maxima, c_25 exponentials, c_26 reciprocal sums.
#include "api/compute/bcast.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/reduce.h"

template <PoolType pool>
void reduce_row(uint32_t in, uint32_t out, uint32_t wt) {
    reduce_init<pool, ReduceDim::REDUCE_ROW>(in, 1, out);
    tile_regs_acquire();
    for (uint32_t w = 0; w < wt; ++w) reduce_tile<pool, ReduceDim::REDUCE_ROW>(in, 1, w, 0, 0);
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
    constexpr uint32_t ht = get_compile_time_arg_val(0), wt = get_compile_time_arg_val(1);
    compute_kernel_hw_startup(0, 1, 16);
    cb_wait_front(1, 1);
    for (uint32_t h = 0; h < ht; ++h) {
        cb_wait_front(0, wt);
        reduce_row<PoolType::MAX>(0, 24, wt);
        sub_bcast_cols_init(0, 24);
        exp_tile_init();
        cb_reserve_back(25, wt);
        for (uint32_t w = 0; w < wt; ++w) {
            tile_regs_acquire();
            sub_tiles_bcast_cols(0, 24, w, 0, 0);
            exp_tile(0);
            tile_regs_commit();
            tile_regs_wait();
            pack_tile(0, 25);
            tile_regs_release();
        }
        cb_push_back(25, wt);
        cb_pop_front(0, wt);
        cb_pop_front(24, 1);
        cb_wait_front(25, wt);
        reduce_row<PoolType::SUM>(25, 26, wt);
        mul_bcast_cols_init(25, 26);
        for (uint32_t w = 0; w < wt; ++w) {
            tile_regs_acquire();
            mul_tiles_bcast_cols(25, 26, w, 0, 0);
            tile_regs_commit();
            cb_reserve_back(16, 1);
            tile_regs_wait();
            pack_tile(0, 16);
            tile_regs_release();
            cb_push_back(16, 1);
        }
        cb_pop_front(25, wt);
        cb_pop_front(26, 1);
    }
    cb_pop_front(1, 1);
}
