// Rows of tiles in blocks of `block` tiles, from a buffer or through DST.
#include "api/compute/experimental/fast_untilize.h"
#include "api/compute/pack_untilize.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t ht = get_compile_time_arg_val(0), wt = get_compile_time_arg_val(1), block = get_compile_time_arg_val(2);
    compute_kernel_hw_startup(0, 16);
#if defined(FROM_DST)
    copy_init(0);
    pack_untilize_dest_init<block, wt>(16);
#elif defined(FAST)
    fast_untilize_init<wt>(0, 16);
#else
    pack_untilize_init<block, wt>(0, 16);
#endif
    for (uint32_t h = 0; h < ht; ++h) {
        cb_reserve_back(16, wt);
        for (uint32_t b = 0; b < wt / block; ++b) {
            cb_wait_front(0, block);
#if defined(FROM_DST)
            tile_regs_acquire();
            for (uint32_t i = 0; i < block; ++i) copy_tile(0, i, i);
            tile_regs_commit();
            tile_regs_wait();
            pack_untilize_dest<block, wt>(16, 1, b);
            tile_regs_release();
#elif defined(FAST)
            fast_untilize_block<wt>(0, 16);
#else
            pack_untilize_block<block, wt>(0, 1, 16, b);
#endif
            cb_pop_front(0, block);
        }
        cb_push_back(16, wt);
    }
    pack_untilize_uninit(16);
}
