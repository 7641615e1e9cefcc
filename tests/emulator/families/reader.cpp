// Whole tensors, one after the other, each into the circular buffer of its index.
#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/tensor_accessor.h"

template <typename Args>
void read(const Args& args, uint32_t index) {
    const uint32_t address = get_arg_val<uint32_t>(4 * index);
    const uint32_t pages = get_arg_val<uint32_t>(4 * index + 1);
    const uint32_t page_bytes = get_arg_val<uint32_t>(4 * index + 2);
    const uint32_t tiles = get_arg_val<uint32_t>(4 * index + 3);
    const auto input = TensorAccessor(args, address);
    Noc noc;
    CircularBuffer cb(index);
    cb.reserve_back(tiles);
    for (uint32_t page = 0; page < pages; ++page) {
        noc.async_read(input, cb, page_bytes, {.page_id = page}, {.offset_bytes = page * page_bytes});
    }
    noc.async_read_barrier();
    cb.push_back(tiles);
}

template <uint32_t index, uint32_t count, uint32_t offset>
void read_from() {
    if constexpr (index < count) {
        constexpr auto args = TensorAccessorArgs<offset>();
        read(args, index);
        read_from<index + 1, count, args.next_compile_time_args_offset()>();
    }
}

void kernel_main() { read_from<0, get_compile_time_arg_val(0), 1>(); }
