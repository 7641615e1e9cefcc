// Reads like reader.cpp, but with every kind of name a program can bind.
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/dataflow_buffer.h"
#include "api/dataflow/noc.h"
#include "api/scratchpad.h"
#include "api/semaphore.h"
#include "api/tensor/noc_traits.h"
#include "experimental/kernel_args.h"

TT_KERNEL void read(uint32_t count, uint32_t start, uint32_t stride) {
    constexpr uint32_t inputs = get_arg(args::inputs);
    static_assert(inputs == std::tuple_size_v<decltype(tensor::inputs)> && get_compile_time_vararg<1>() == 9);
    const auto each = make_tensor_accessors(tensor::inputs);
    const auto tensors = make_abstract_tensor_accessor_wrappers(each);
    DataflowBuffer buffers[inputs] = {dfb::a, dfb::b, dfb::c};
    Scratchpad<uint32_t> pad(scratch::pad);
    Semaphore done(sem::done);
    Noc noc;
    const uint32_t bytes = get_common_vararg(1);
    ASSERT(get_vararg(0) == start && pad.size_in_bytes() == bytes && get_common_vararg(0) == 7);
    for (uint32_t tile = start; tile < start + count; ++tile) {
        for (uint32_t input = 0; input < inputs; ++input) {
            noc.async_read(tensors[input], pad, bytes, {.page_id = tile * stride}, {.offset_bytes = 0});
            noc.async_read_barrier();
            buffers[input].reserve_back(1);
            auto to = buffers[input].scoped_write_lock().get_ptr();
            for (uint32_t word = 0; word < pad.size(); ++word) {
                to[word] = pad[word];
            }
            buffers[input].push_back(1);
        }
        done.up(1);
    }
}
