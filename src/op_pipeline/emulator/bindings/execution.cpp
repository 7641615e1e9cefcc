#include "op_emulator/execution.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <tt-metalium/mesh_device.hpp>

#include "bindings.hpp"
#include "image.hpp"
#include "records.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;

namespace {

nb::list requests_of(nb::handle record) {
    const ProgramImage image = image_from(record);
    nb::list requests;
    for (const KernelRequest& request : kernel_requests(image)) requests.append(request_record(request));
    return requests;
}

// `launches`: (image, live, libraries); `inputs`: (host tensor, address). The output as host tensor, the reports, and
// of each input whether it was written over.
nb::tuple run(
    distributed::MeshDevice& device, const nb::list& launches,
    const std::vector<std::pair<Tensor, std::uint64_t>>& inputs, const TensorSpec& output, std::uint64_t output_address,
    std::uint32_t trace_events) {
    std::vector<DescribedLaunch> described;
    for (const nb::handle launch : launches) described.push_back(launch_from(launch[0], launch[1], launch[2]));
    std::vector<PlacedTensor> placed;
    for (const auto& [tensor, address] : inputs) placed.push_back({tensor.tensor_spec(), address, tensor.host_bytes()});
    Executed executed = execute(device.chip(), described, placed, {output, output_address, {}}, trace_events);
    nb::list reports;
    for (const RunReport& report : executed.reports) reports.append(report_record(report));
    return nb::make_tuple(
        Tensor(std::make_shared<HostBytes>(std::move(executed.pages)), output), reports, executed.changed);
}

// One dictionary per launch: number of events there were, seed, and the kept ones as bytes of TraceEvent.
nb::list traces() {
    nb::list list;
    for (const auto& ring : recorded_traces()) {
        if (!ring) continue;  // the launch did not come to its first run
        std::string bytes;
        const std::uint64_t kept = ring->kept();
        bytes.reserve(kept * sizeof(TraceEvent));
        for (std::uint64_t i = 0; i < kept; ++i) {
            const TraceEvent event = ring->event(i);
            bytes.append(reinterpret_cast<const char*>(&event), sizeof event);
        }
        nb::dict record;
        record["recorded"] = ring->recorded();
        record["seed"] = ring->seed;
        record["events"] = nb::bytes(bytes.data(), bytes.size());
        list.append(record);
    }
    return list;
}

}  // namespace

void bind_execution(nb::module_& module) {
    module.def("_kernel_requests", &requests_of, "image"_a.none());
    module.def(
        "_execute", &run, "device"_a, "launches"_a, "inputs"_a, "output"_a, "output_address"_a, "trace_events"_a = 0);
    module.def("_traces", &traces);
}

}  // namespace op_emulator::bindings
