// The tiles of both factors that one block of the result needs, `depth` columns and rows of tiles at a time.
#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/tensor_accessor.h"

constexpr uint32_t rows = get_compile_time_arg_val(0), columns = get_compile_time_arg_val(1);
constexpr uint32_t depth = get_compile_time_arg_val(2), kt = get_compile_time_arg_val(3), nt = get_compile_time_arg_val(4);

void kernel_main() {
    const uint32_t row = get_arg_val<uint32_t>(0), column = get_arg_val<uint32_t>(1);
    constexpr auto args0 = TensorAccessorArgs<5>();
    constexpr auto args1 = TensorAccessorArgs<args0.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(args0, get_arg_val<uint32_t>(2));
    const auto b = TensorAccessor(args1, get_arg_val<uint32_t>(3));
    Noc noc;
    CircularBuffer cb0(0), cb1(1);
    const uint32_t bytes = cb0.get_tile_size();
    for (uint32_t k = 0; k < kt; k += depth) {
        cb0.reserve_back(rows * depth);
        cb1.reserve_back(depth * columns);
        for (uint32_t i = 0; i < rows * depth; ++i) {
            noc.async_read(
                a, cb0, bytes, {.page_id = (row + i / depth) * kt + k + i % depth}, {.offset_bytes = i * bytes});
        }
        for (uint32_t i = 0; i < depth * columns; ++i) {
            noc.async_read(
                b, cb1, bytes, {.page_id = (k + i / columns) * nt + column + i % columns}, {.offset_bytes = i * bytes});
        }
        noc.async_read_barrier();
        cb0.push_back(rows * depth);
        cb1.push_back(depth * columns);
    }
}
