// What few programs need: arguments without a name, tensors by number, buffers that share their memory.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <tt-metalium/experimental/metal2_host_api/node_coord.hpp>
#include <tt-metalium/experimental/metal2_host_api/utility/group.hpp>
#include <tt-metalium/experimental/metal2_host_api/utility/table.hpp>
#include <tt_stl/strong_type.hpp>

namespace tt::tt_metal::experimental {

using DFBSpecName = ttsl::StrongType<std::string, struct DFBSpecNameTag>;

struct KernelAdvancedOptions {
    std::uint32_t num_runtime_varargs = 0;         // get_vararg(i)
    std::uint32_t num_common_runtime_varargs = 0;  // get_common_vararg(i)
    Table<Nodes, std::uint32_t> num_runtime_varargs_per_node;  // where it is another number
    std::vector<std::uint32_t> compile_time_varargs;           // get_compile_time_vararg<i>()

    struct TensorBindingSequence {
        std::string sequence_name;         // tensor::<sequence_name>, a tuple
        std::vector<std::string> members;  // accessor names of tensor bindings
    };
    Group<TensorBindingSequence> tensor_binding_sequences;
};

struct DFBAdvancedOptions {
    Group<DFBSpecName> alias_with;  // share one memory; each names all others
    bool allow_instance_multi_binding = false;
};

struct AdvancedKernelRunArgs {
    using Varargs = std::vector<std::uint32_t>;
    Table<NodeCoord, Varargs> runtime_varargs;
    Varargs common_runtime_varargs;
};

struct SemaphoreAdvancedOptions {
    std::uint32_t initial_value = 0;
    std::uint32_t max_value = 15;  // of semaphores of compute kernels, which this chip has not
};

}  // namespace tt::tt_metal::experimental
