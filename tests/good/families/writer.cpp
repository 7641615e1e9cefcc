#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    const uint32_t output_addr = get_arg_val<uint32_t>(0);
    const uint32_t num_units = get_arg_val<uint32_t>(1);
    const uint32_t start_unit = get_arg_val<uint32_t>(2);
    const uint32_t stride = get_arg_val<uint32_t>(3);

    constexpr uint32_t unit_tiles = get_compile_time_arg_val(0);
    constexpr auto output_args = TensorAccessorArgs<1>();
    const auto output_accessor = TensorAccessor(output_args, output_addr);

    Noc noc;
    CircularBuffer cb_output(tt::CBIndex::c_16);
    const uint32_t tile_bytes = get_tile_size(tt::CBIndex::c_16);

    for (uint32_t i = 0; i < num_units; ++i) {
        for (uint32_t w = 0; w < unit_tiles; ++w) {
            const uint32_t page = (start_unit + i * stride) * unit_tiles + w;
            cb_output.wait_front(1);
            noc.async_write(cb_output, output_accessor, tile_bytes, {.offset_bytes = 0}, {.page_id = page});
            noc.async_writes_flushed();
            cb_output.pop_front(1);
        }
    }
    noc.async_write_barrier();
}
