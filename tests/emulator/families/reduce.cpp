// One reduction of ht x wt tiles, type and dimension from the host as in ttnn.
#include "api/compute/reduce.h"

void kernel_main() {
    constexpr uint32_t ht = get_compile_time_arg_val(0), wt = get_compile_time_arg_val(1);
    constexpr bool rows = REDUCE_DIM == ReduceDim::REDUCE_ROW, columns = REDUCE_DIM == ReduceDim::REDUCE_COL;
    constexpr uint32_t results = rows ? ht : columns ? wt : 1;
    compute_kernel_hw_startup(0, 1, 16);
    reduce_init<REDUCE_OP, REDUCE_DIM>(0, 1, 16);
    cb_wait_front(0, ht * wt);
    cb_wait_front(1, 1);
    cb_reserve_back(16, results);
    for (uint32_t i = 0; i < results; ++i) {
        tile_regs_acquire();
        if constexpr (rows) {
            for (uint32_t w = 0; w < wt; ++w) reduce_tile<REDUCE_OP, REDUCE_DIM>(0, 1, i * wt + w, 0, 0);
        } else if constexpr (columns) {
            for (uint32_t h = 0; h < ht; ++h) reduce_tile<REDUCE_OP, REDUCE_DIM>(0, 1, h * wt + i, 0, 0);
        } else {
            for (uint32_t t = 0; t < ht * wt; ++t) reduce_tile<REDUCE_OP, REDUCE_DIM>(0, 1, t, 0, 0);
        }
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, 16);
        tile_regs_release();
    }
    reduce_uninit();
    cb_push_back(16, results);
    cb_pop_front(0, ht * wt);
    cb_pop_front(1, 1);
}
