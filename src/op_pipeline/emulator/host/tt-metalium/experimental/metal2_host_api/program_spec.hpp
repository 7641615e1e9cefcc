// What of a program never changes: kernels, what they share, and where they run.
#pragma once
#include <string>

#include <tt-metalium/experimental/metal2_host_api/dataflow_buffer_spec.hpp>
#include <tt-metalium/experimental/metal2_host_api/kernel_spec.hpp>
#include <tt-metalium/experimental/metal2_host_api/scratchpad_spec.hpp>
#include <tt-metalium/experimental/metal2_host_api/semaphore_spec.hpp>
#include <tt-metalium/experimental/metal2_host_api/tensor_parameter.hpp>

namespace tt::tt_metal::experimental {

// Kernels that run together on each of these nodes.
struct WorkUnitSpec {
    std::string name;
    Group<KernelSpecName> kernels;
    Nodes target_nodes;
};

struct ProgramSpec {
    std::string name;
    Group<KernelSpec> kernels;
    Group<DataflowBufferSpec> dataflow_buffers;
    Group<CrossNodeDataflowBufferSpec> cross_node_dataflow_buffers;
    Group<SemaphoreSpec> semaphores;
    Group<ScratchpadSpec> scratchpads;
    Group<TensorParameter> tensor_parameters;
    Group<WorkUnitSpec> work_units;
};

}  // namespace tt::tt_metal::experimental
