// c_16 = relu(c_0 @ c_1 + row 0 of c_2): the product goes through c_24.
#include "api/compute/bcast.h"
#include "api/compute/eltwise_unary/relu.h"
#include "api/compute/matmul.h"

void kernel_main() {
    constexpr uint32_t mt = get_compile_time_arg_val(0), kt = get_compile_time_arg_val(1), nt = get_compile_time_arg_val(2);
    compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16);
    cb_wait_front(0, mt * kt);
    cb_wait_front(1, kt * nt);
    cb_wait_front(2, nt);
    for (uint32_t m = 0; m < mt; ++m) {
        for (uint32_t n = 0; n < nt; ++n) {
            reconfig_data_format<SrcOrder::Reverse>(0, 1);
            pack_reconfig_data_format(24);
            matmul_init(0, 1);
            tile_regs_acquire();
            for (uint32_t k = 0; k < kt; ++k) matmul_tiles(0, 1, m * kt + k, k * nt + n, 0);
            tile_regs_commit();
            cb_reserve_back(24, 1);
            tile_regs_wait();
            pack_tile(0, 24);
            tile_regs_release();
            cb_push_back(24, 1);

            cb_wait_front(24, 1);
            reconfig_data_format(24, 2);
            pack_reconfig_data_format(16);
            add_bcast_rows_init(24, 2);
            relu_tile_init();
            tile_regs_acquire();
            add_tiles_bcast_rows(24, 2, 0, n, 0);
            relu_tile(0);
            tile_regs_commit();
            cb_reserve_back(16, 1);
            tile_regs_wait();
            pack_tile(0, 16);
            tile_regs_release();
            cb_push_back(16, 1);
            cb_pop_front(24, 1);
        }
    }
    cb_pop_front(0, mt * kt);
    cb_pop_front(1, kt * nt);
    cb_pop_front(2, nt);
}
