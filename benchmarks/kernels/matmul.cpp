// One block of c_0 @ c_1 in DST, over all of k.
#include "api/compute/common.h"
#include "api/compute/matmul.h"
#include "api/compute/pack.h"

constexpr uint32_t rows = get_compile_time_arg_val(0), columns = get_compile_time_arg_val(1);
constexpr uint32_t depth = get_compile_time_arg_val(2), kt = get_compile_time_arg_val(3);

void kernel_main() {
    compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16);
    matmul_block_init(0, 1, 0, columns, rows, depth);
    tile_regs_acquire();
    for (uint32_t k = 0; k < kt; k += depth) {
        cb_wait_front(0, rows * depth);
        cb_wait_front(1, depth * columns);
        for (uint32_t i = 0; i < depth; ++i) matmul_block(0, 1, i, i * columns, 0, 0, columns, rows, depth);
        cb_pop_front(0, rows * depth);
        cb_pop_front(1, depth * columns);
    }
    tile_regs_commit();
    cb_reserve_back(16, rows * columns);
    tile_regs_wait();
    for (uint32_t i = 0; i < rows * columns; ++i) pack_tile(i, 16);
    tile_regs_release();
    cb_push_back(16, rows * columns);
}
