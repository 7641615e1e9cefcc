#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/tile_move_copy.h"
#include "api/dataflow/circular_buffer.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    constexpr uint32_t in_a = tt::CBIndex::c_0;
    constexpr uint32_t in_b = tt::CBIndex::c_1;
    constexpr uint32_t in_c = tt::CBIndex::c_2;
    constexpr uint32_t out = tt::CBIndex::c_16;
    CircularBuffer cb_a(in_a);
    CircularBuffer cb_b(in_b);
    CircularBuffer cb_c(in_c);
    CircularBuffer cb_out(out);

    compute_kernel_hw_startup(in_a, out);
    for (uint32_t i = 0; i < count; ++i) {
        cb_a.wait_front(1);
        cb_b.wait_front(1);
        cb_c.wait_front(1);
        tile_regs_acquire();
        copy_init(in_a);
        copy_tile(in_a, 0, 0);
        copy_init(in_b);
        copy_tile(in_b, 0, 1);
        copy_init(in_c);
        copy_tile(in_c, 0, 2);
        mul_binary_tile_init();
        mul_binary_tile(0, 1, 0);
        add_binary_tile_init();
        add_binary_tile(0, 2, 0);
        tile_regs_commit();
        tile_regs_wait();
        cb_out.reserve_back(1);
        pack_tile(0, out);
        cb_out.push_back(1);
        tile_regs_release();
        cb_a.pop_front(1);
        cb_b.pop_front(1);
        cb_c.pop_front(1);
    }
}
