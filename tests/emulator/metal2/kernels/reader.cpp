#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/dataflow_buffer.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "experimental/kernel_args.h"

void kernel_main() {
    const uint32_t start = get_arg(args::start);
    const auto a = TensorAccessor(tensor::a);
    const auto b = TensorAccessor(tensor::b);
    const auto c = TensorAccessor(tensor::c);
    DataflowBuffer dfb_a(dfb::a), dfb_b(dfb::b), dfb_c(dfb::c);
    const uint32_t bytes = dfb_a.get_entry_size();
    Noc noc;
    for (uint32_t tile = start; tile < start + get_arg(args::count); ++tile) {
        dfb_a.reserve_back(1);
        dfb_b.reserve_back(1);
        dfb_c.reserve_back(1);
        noc.async_read(a, dfb_a, bytes, {.page_id = tile}, {.offset_bytes = 0});
        noc.async_read(b, dfb_b, bytes, {.page_id = tile}, {.offset_bytes = 0});
        noc.async_read(c, dfb_c, bytes, {.page_id = tile}, {.offset_bytes = 0});
        noc.async_read_barrier();
        dfb_a.push_back(1);
        dfb_b.push_back(1);
        dfb_c.push_back(1);
    }
}
