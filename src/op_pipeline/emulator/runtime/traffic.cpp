// What a program moved: the counters of cores and fibres, added up when all kernels have returned.
#include <algorithm>
#include <tuple>

#include "scheduler.hpp"

namespace op_emulator {
namespace {

void add(CbTraffic& traffic, const CbState& cb, CoreXY core) {
    const CbCounts counts{cb.received, cb.acked, cb.waited_front, cb.waited_back, cb.highest_fill};
    CbCounts& all = traffic.all;
    all.pushed += counts.pushed;
    all.popped += counts.popped;
    all.waited_front += counts.waited_front;
    all.waited_back += counts.waited_back;
    all.highest_fill = std::max(all.highest_fill, counts.highest_fill);
    if (traffic.cores == 0 || counts.pushed + counts.popped > traffic.busiest.pushed + traffic.busiest.popped) {
        std::tie(traffic.busiest, traffic.busiest_core, traffic.pages) = std::tie(counts, core, cb.pages);
    }
    ++traffic.cores;
}

void add(KernelTraffic& traffic, const Fibre& fibre) {
    const NocCounts& counts = fibre.noc;
    traffic.all.read += counts.read;
    traffic.all.written += counts.written;
    traffic.all.read_dram += counts.read_dram;
    traffic.all.written_dram += counts.written_dram;
    traffic.all.multicast += counts.multicast;
    traffic.compute_calls += fibre.compute.calls;
    traffic.dst_capacity = std::max(traffic.dst_capacity, fibre.compute.dst_capacity);
    traffic.dst_most = std::max(traffic.dst_most, fibre.compute.dst_most);
    if (traffic.cores == 0 || counts.read + counts.written > traffic.busiest.read + traffic.busiest.written) {
        std::tie(traffic.busiest, traffic.busiest_core) = std::tie(counts, fibre.context.core);
    }
    ++traffic.cores;
}

}  // namespace

ComputeUse compute_use(const Fibre& fibre) {
    return fibre.context.compute != nullptr ? compute_use(*fibre.context.compute) : fibre.compute;
}

void count_traffic(RunReport& report) {
    for (std::uint32_t index = 0; index < kCircularBuffers; ++index) {
        CbTraffic traffic;
        traffic.index = index;
        for (const CoreState& core : program().cores) {
            if (core.buffers[index].declared) {
                add(traffic, core.buffers[index], core.xy);
            }
        }
        if (traffic.cores != 0) {
            report.circular_buffers.push_back(traffic);
        }
    }
    for (const KernelImage& kernel : program().image->kernels) {
        KernelTraffic& traffic = report.kernels.emplace_back();
        traffic.name = kernel.name;
        traffic.risc = risc_name(kernel.risc);
        for (const auto& fibre : scheduler().fibres()) {
            if (fibre->context.kernel == &kernel) {
                add(traffic, *fibre);
            }
        }
    }
}

}  // namespace op_emulator
