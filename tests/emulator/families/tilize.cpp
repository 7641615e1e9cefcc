#include "api/compute/tilize.h"

void kernel_main() {
    constexpr uint32_t ht = get_compile_time_arg_val(0), wt = get_compile_time_arg_val(1);
    compute_kernel_hw_startup(0, 16);
    tilize_init(0, wt, 16);
    for (uint32_t h = 0; h < ht; ++h) {
        cb_wait_front(0, wt);
        cb_reserve_back(16, wt);
        tilize_block(0, wt, 16);
        cb_push_back(16, wt);
        cb_pop_front(0, wt);
    }
    tilize_uninit(0, 16);
}
