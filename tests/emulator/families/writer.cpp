#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/tensor_accessor.h"

void kernel_main() {
    const uint32_t address = get_arg_val<uint32_t>(0);
    const uint32_t pages = get_arg_val<uint32_t>(1);
    const uint32_t page_bytes = get_arg_val<uint32_t>(2);
    const uint32_t tiles = get_arg_val<uint32_t>(3);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto output = TensorAccessor(args, address);
    Noc noc;
    CircularBuffer cb(tt::CBIndex::c_16);
    cb.wait_front(tiles);
    for (uint32_t page = 0; page < pages; ++page) {
        noc.async_write(cb, output, page_bytes, {.offset_bytes = page * page_bytes}, {.page_id = page});
    }
    noc.async_write_barrier();
    cb.pop_front(tiles);
}
