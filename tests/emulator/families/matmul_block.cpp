// c_16 = c_0 @ c_1 in one block of DST, accumulated over slices of k in L1.
#include "api/compute/matmul.h"

void kernel_main() {
    constexpr uint32_t mt = get_compile_time_arg_val(0), kt = get_compile_time_arg_val(1), nt = get_compile_time_arg_val(2);
    compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16);
    matmul_block_init(0, 1, 0, nt, mt, kt);
    cb_wait_front(0, mt * kt);
    cb_wait_front(1, kt * nt);
    cb_reserve_back(16, mt * nt);
    for (uint32_t k = 0; k < kt; ++k) {
        tile_regs_acquire();
        matmul_block(0, 1, k, k * nt, 0, 0, nt, mt, kt);
        tile_regs_commit();
        tile_regs_wait();
        pack_reconfig_l1_acc(k == 0 ? 0 : 1);
        for (uint32_t i = 0; i < mt * nt; ++i) pack_tile<true>(i, 16, i);
        tile_regs_release();
    }
    cb_push_back(16, mt * nt);
    cb_pop_front(0, mt * kt);
    cb_pop_front(1, kt * nt);
}
