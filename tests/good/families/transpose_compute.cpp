#include <cstdint>

#include "api/compute/transpose.h"

constexpr uint32_t cb_x = tt::CBIndex::c_0, cb_output = tt::CBIndex::c_16;

void kernel_main() {
    const uint32_t num_units = get_arg_val<uint32_t>(0);
    compute_kernel_hw_startup(cb_x, cb_output);
    transpose_init(cb_x);
    for (uint32_t i = 0; i < num_units; ++i) {
        cb_wait_front(cb_x, 1);
        tile_regs_acquire();
        transpose_tile(cb_x, 0, 0);
        tile_regs_commit();
        cb_reserve_back(cb_output, 1);
        tile_regs_wait();
        pack_tile(0, cb_output);
        tile_regs_release();
        cb_push_back(cb_output, 1);
        cb_pop_front(cb_x, 1);
    }
}
