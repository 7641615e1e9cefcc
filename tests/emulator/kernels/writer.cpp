#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/tensor_accessor.h"

void kernel_main() {
    const uint32_t address = get_arg_val<uint32_t>(0);
    const uint32_t count = get_arg_val<uint32_t>(1);
    const uint32_t start = get_arg_val<uint32_t>(2);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto output = TensorAccessor(args, address);

    Noc noc;
    CircularBuffer cb(tt::CBIndex::c_16);
    const uint32_t bytes = cb.get_tile_size();
    for (uint32_t tile = start; tile < start + count; ++tile) {
        cb.wait_front(1);
        noc.async_write(cb, output, bytes, {.offset_bytes = 0}, {.page_id = tile});
        noc.async_write_barrier();
        cb.pop_front(1);
    }
}
