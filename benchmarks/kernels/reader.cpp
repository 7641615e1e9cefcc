// `count` tiles from `start` on, of one or two tensors, `batch` at a time; the i-th tensor into circular buffer i.
#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/tensor_accessor.h"

constexpr uint32_t inputs = get_compile_time_arg_val(0), batch = get_compile_time_arg_val(1);

template <typename Accessor>
void read(Noc& noc, const Accessor& input, CircularBuffer& cb, uint32_t first, uint32_t bytes) {
    cb.reserve_back(batch);
    for (uint32_t i = 0; i < batch; ++i) {
        noc.async_read(input, cb, bytes, {.page_id = first + i}, {.offset_bytes = i * bytes});
    }
}

void kernel_main() {
    const uint32_t start = get_arg_val<uint32_t>(0), count = get_arg_val<uint32_t>(1);
    constexpr auto args0 = TensorAccessorArgs<2>();
    constexpr auto args1 = TensorAccessorArgs<inputs == 2 ? args0.next_compile_time_args_offset() : 2>();
    const auto a = TensorAccessor(args0, get_arg_val<uint32_t>(2));
    const auto b = TensorAccessor(args1, get_arg_val<uint32_t>(3));
    Noc noc;
    CircularBuffer cb0(0), cb1(1);
    const uint32_t bytes = cb0.get_tile_size();
    for (uint32_t tile = start; tile < start + count; tile += batch) {
        read(noc, a, cb0, tile, bytes);
        if constexpr (inputs == 2) read(noc, b, cb1, tile, bytes);
        noc.async_read_barrier();
        cb0.push_back(batch);
        if constexpr (inputs == 2) cb1.push_back(batch);
    }
}
