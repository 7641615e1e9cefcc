// ht x wt tiles to wt x ht tiles, each transposed.
#include "api/compute/transpose.h"

void kernel_main() {
    constexpr uint32_t ht = get_compile_time_arg_val(0), wt = get_compile_time_arg_val(1);
    compute_kernel_hw_startup(0, 16);
    transpose_init(0);
    cb_wait_front(0, ht * wt);
    cb_reserve_back(16, ht * wt);
    for (uint32_t h = 0; h < ht; ++h) {
        for (uint32_t w = 0; w < wt; ++w) {
            tile_regs_acquire();
            transpose_tile(0, h * wt + w, 0);
            tile_regs_commit();
            tile_regs_wait();
            pack_tile<true>(0, 16, w * ht + h);
            tile_regs_release();
        }
    }
    cb_push_back(16, ht * wt);
    cb_pop_front(0, ht * wt);
}
