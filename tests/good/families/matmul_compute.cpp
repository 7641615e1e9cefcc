#include <cstdint>

#include "api/compute/matmul.h"

constexpr uint32_t cb_a = tt::CBIndex::c_0, cb_b = tt::CBIndex::c_1, cb_output = tt::CBIndex::c_16;

void kernel_main() {
    const uint32_t num_units = get_arg_val<uint32_t>(0);
    constexpr uint32_t kt = get_compile_time_arg_val(0);
    compute_kernel_hw_startup<SrcOrder::Reverse>(cb_a, cb_b, cb_output);
    matmul_init(cb_a, cb_b);
    for (uint32_t i = 0; i < num_units; ++i) {
        tile_regs_acquire();
        for (uint32_t k = 0; k < kt; ++k) {
            cb_wait_front(cb_a, 1);
            cb_wait_front(cb_b, 1);
            matmul_tiles(cb_a, cb_b, 0, 0, 0);
            cb_pop_front(cb_a, 1);
            cb_pop_front(cb_b, 1);
        }
        tile_regs_commit();
        cb_reserve_back(cb_output, 1);
        tile_regs_wait();
        pack_tile(0, cb_output);
        tile_regs_release();
        cb_push_back(cb_output, 1);
    }
}
