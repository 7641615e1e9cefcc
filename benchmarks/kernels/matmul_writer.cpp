// One block of the result.
#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/tensor_accessor.h"

constexpr uint32_t rows = get_compile_time_arg_val(0), columns = get_compile_time_arg_val(1), nt = get_compile_time_arg_val(2);

void kernel_main() {
    const uint32_t row = get_arg_val<uint32_t>(0), column = get_arg_val<uint32_t>(1);
    constexpr auto args = TensorAccessorArgs<3>();
    const auto output = TensorAccessor(args, get_arg_val<uint32_t>(2));
    Noc noc;
    CircularBuffer cb(16);
    const uint32_t bytes = cb.get_tile_size();
    cb.wait_front(rows * columns);
    for (uint32_t i = 0; i < rows * columns; ++i) {
        noc.async_write(
            cb, output, bytes, {.offset_bytes = i * bytes},
            {.page_id = (row + i / columns) * nt + column + i % columns});
    }
    noc.async_write_barrier();
    cb.pop_front(rows * columns);
}
