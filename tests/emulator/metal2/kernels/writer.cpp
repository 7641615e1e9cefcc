#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/dataflow_buffer.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "experimental/kernel_args.h"

void kernel_main() {
    const uint32_t start = get_arg(args::start);
    const auto dst = TensorAccessor(tensor::dst);
    DataflowBuffer out(dfb::out);
    Noc noc;
    for (uint32_t tile = start; tile < start + get_arg(args::count); ++tile) {
        out.wait_front(1);
        noc.async_write(out, dst, out.get_entry_size(), {.offset_bytes = 0}, {.page_id = tile});
        noc.async_write_barrier();
        out.pop_front(1);
    }
}
