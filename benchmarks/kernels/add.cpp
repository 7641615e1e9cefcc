// c_16 = c_0 + c_1, tile by tile.
#include "api/compute/common.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/pack.h"

constexpr uint32_t batch = get_compile_time_arg_val(0);

void kernel_main() {
    const uint32_t count = get_arg_val<uint32_t>(0);
    compute_kernel_hw_startup(0, 1, 16);
    add_init(0, 1);
    for (uint32_t tile = 0; tile < count; tile += batch) {
        cb_wait_front(0, batch);
        cb_wait_front(1, batch);
        cb_reserve_back(16, batch);
        tile_regs_acquire();
        for (uint32_t i = 0; i < batch; ++i) add_tiles(0, 1, i, i, i);
        tile_regs_commit();
        tile_regs_wait();
        for (uint32_t i = 0; i < batch; ++i) pack_tile(i, 16);
        tile_regs_release();
        cb_push_back(16, batch);
        cb_pop_front(0, batch);
        cb_pop_front(1, batch);
    }
}
