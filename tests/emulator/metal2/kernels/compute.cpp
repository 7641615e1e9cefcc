#include "api/compute/common.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/tile_move_copy.h"
#include "api/dataflow/dataflow_buffer.h"
#include "experimental/kernel_args.h"

void kernel_main() {
    DataflowBuffer a(dfb::a), b(dfb::b), c(dfb::c), out(dfb::out);
    compute_kernel_hw_startup(dfb::a, dfb::out);
    for (uint32_t i = 0; i < get_arg(args::count); ++i) {
        a.wait_front(1);
        b.wait_front(1);
        c.wait_front(1);
        tile_regs_acquire();
        copy_init(dfb::a);
        copy_tile(dfb::a, 0, 0);
        copy_init(dfb::b);
        copy_tile(dfb::b, 0, 1);
        copy_init(dfb::c);
        copy_tile(dfb::c, 0, 2);
        mul_binary_tile_init();
        mul_binary_tile(0, 1, 0);
        add_binary_tile_init();
        add_binary_tile(0, 2, 0);
        tile_regs_commit();
        tile_regs_wait();
        out.reserve_back(1);
        pack_tile(0, dfb::out);
        out.push_back(1);
        tile_regs_release();
        a.pop_front(1);
        b.pop_front(1);
        c.pop_front(1);
    }
}
