// `count` tiles from `start` on, `batch` at a time, from circular buffer 16.
#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/tensor_accessor.h"

constexpr uint32_t batch = get_compile_time_arg_val(0);

void kernel_main() {
    const uint32_t start = get_arg_val<uint32_t>(0), count = get_arg_val<uint32_t>(1);
    constexpr auto args = TensorAccessorArgs<1>();
    const auto output = TensorAccessor(args, get_arg_val<uint32_t>(2));
    Noc noc;
    CircularBuffer cb(16);
    const uint32_t bytes = cb.get_tile_size();
    for (uint32_t tile = start; tile < start + count; tile += batch) {
        cb.wait_front(batch);
        for (uint32_t i = 0; i < batch; ++i) {
            noc.async_write(cb, output, bytes, {.offset_bytes = i * bytes}, {.page_id = tile + i});
        }
        noc.async_write_barrier();
        cb.pop_front(batch);
    }
}
