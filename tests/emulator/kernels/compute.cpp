#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/tile_move_copy.h"
#include "api/dataflow/circular_buffer.h"

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    CircularBuffer in(tt::CBIndex::c_0);
    CircularBuffer out(tt::CBIndex::c_16);
    compute_kernel_hw_startup(tt::CBIndex::c_0, tt::CBIndex::c_16);
    for (uint32_t i = 0; i < count; ++i) {
        in.wait_front(1);
        out.reserve_back(1);
        tile_regs_acquire();
        copy_init(tt::CBIndex::c_0);
        copy_tile(tt::CBIndex::c_0, 0, 0);
        exp_tile_init();
        exp_tile(0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, tt::CBIndex::c_16);
        tile_regs_release();
        out.push_back(1);
        in.pop_front(1);
    }
}
