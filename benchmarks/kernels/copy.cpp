// c_16 = c_0, tile by tile.
#include "api/compute/common.h"
#include "api/compute/pack.h"
#include "api/compute/tile_move_copy.h"

constexpr uint32_t batch = get_compile_time_arg_val(0);

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    compute_kernel_hw_startup(0, 16);
    copy_init(0);
    for (uint32_t tile = 0; tile < count; tile += batch) {
        cb_wait_front(0, batch);
        cb_reserve_back(16, batch);
        tile_regs_acquire();
        for (uint32_t i = 0; i < batch; ++i) copy_tile(0, i, i);
        tile_regs_commit();
        tile_regs_wait();
        for (uint32_t i = 0; i < batch; ++i) pack_tile(i, 16);
        tile_regs_release();
        cb_push_back(16, batch);
        cb_pop_front(0, batch);
    }
}
