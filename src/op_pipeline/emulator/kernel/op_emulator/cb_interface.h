// A core's own record of one circular buffer. A snapshot: writing to it does nothing, so it cannot be written to.
#pragma once
#include "abi.h"
#include "macros.h"

#if defined(COMPILE_FOR_TRISC)
constexpr uint32_t cb_addr_shift = 4;  // compute kernels count L1 in units of 16 bytes
#else
constexpr uint32_t cb_addr_shift = 0;
#endif

struct LocalCBInterface {
    uint32_t fifo_size;
    uint32_t fifo_limit;
    uint32_t fifo_page_size;
    uint32_t fifo_num_pages;
    uint32_t fifo_rd_ptr;
    uint32_t fifo_wr_ptr;
};

FORCE_INLINE const LocalCBInterface get_local_cb_interface(uint32_t cb_id, OP_EMULATOR_HERE) {
    const op_emulator::abi::CbLayout layout = op_emulator::abi::cb_layout(cb_id, where);
    return {
        layout.total_size >> cb_addr_shift,
        (layout.address + layout.total_size) >> cb_addr_shift,
        layout.page_size >> cb_addr_shift,
        layout.pages,
        op_emulator::abi::cb_read_pointer(cb_id, where) >> cb_addr_shift,
        op_emulator::abi::cb_write_pointer(cb_id, where) >> cb_addr_shift,
    };
}
