// (x - mean) * rsqrt(variance + eps) * gamma + beta along rows of wt tiles; c_1: 1/N as scaler, c_2, c_3: gamma and beta
// in row 0. c_24 means, c_25 differences, c_26 squares, c_27 factors, c_28 and c_29 products.
#include "api/compute/bcast.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/rsqrt.h"
#include "api/compute/reduce.h"

constexpr uint32_t kWidth = get_compile_time_arg_val(1);

template <typename Operation>
void each_tile(uint32_t out, Operation operation) {
    cb_reserve_back(out, kWidth);
    for (uint32_t w = 0; w < kWidth; ++w) {
        tile_regs_acquire();
        operation(w);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, out);
        tile_regs_release();
    }
    cb_push_back(out, kWidth);
    if (out != 16) cb_wait_front(out, kWidth);
}

template <bool factor>
void mean(uint32_t in, uint32_t out) {
    reduce_init<PoolType::AVG, ReduceDim::REDUCE_ROW>(in, 1, out);
    tile_regs_acquire();
    for (uint32_t w = 0; w < kWidth; ++w) reduce_tile<PoolType::AVG, ReduceDim::REDUCE_ROW>(in, 1, w, 0, 0);
    if constexpr (factor) {
        binop_with_scalar_tile_init();
        add_unary_tile(0, 0x3727C5AC);  // 1e-5
        rsqrt_tile_init();
        rsqrt_tile(0);
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
    constexpr uint32_t ht = get_compile_time_arg_val(0);
    compute_kernel_hw_startup(0, 1, 16);
    cb_wait_front(1, 1);
    cb_wait_front(2, kWidth);
    cb_wait_front(3, kWidth);
    for (uint32_t h = 0; h < ht; ++h) {
        cb_wait_front(0, kWidth);
        mean<false>(0, 24);
        sub_bcast_cols_init(0, 24);
        each_tile(25, [](uint32_t w) { sub_tiles_bcast_cols(0, 24, w, 0, 0); });
        mul_init(25, 25);
        each_tile(26, [](uint32_t w) { mul_tiles(25, 25, w, w, 0); });
        mean<true>(26, 27);
        mul_bcast_cols_init(25, 27);
        each_tile(28, [](uint32_t w) { mul_tiles_bcast_cols(25, 27, w, 0, 0); });
        mul_bcast_rows_init(28, 2);
        each_tile(29, [](uint32_t w) { mul_tiles_bcast_rows(28, 2, w, w, 0); });
        add_bcast_rows_init(29, 3);
        each_tile(16, [](uint32_t w) { add_tiles_bcast_rows(29, 3, w, w, 0); });
        cb_pop_front(0, kWidth);
        cb_pop_front(24, 1);
        cb_pop_front(27, 1);
        for (uint32_t cb : {25, 26, 28, 29}) cb_pop_front(cb, kWidth);
    }
    cb_pop_front(1, 1);
    cb_pop_front(2, kWidth);
    cb_pop_front(3, kWidth);
}
