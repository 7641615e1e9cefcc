// What each run of a ProgramSpec gives anew: values of the named arguments, tensors, sizes of buffers.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <tt-metalium/experimental/metal2_host_api/advanced_options.hpp>
#include <tt-metalium/experimental/metal2_host_api/kernel_spec.hpp>
#include <tt-metalium/experimental/tensor/mesh_tensor.hpp>

namespace tt::tt_metal::experimental {

struct ProgramRunArgs {
    struct KernelRunArgs {
        KernelSpecName kernel;
        using RuntimeArgValues = Table<std::string, Table<NodeCoord, std::uint32_t>>;  // by name, then by node
        RuntimeArgValues runtime_arg_values;
        using CommonRuntimeArgValues = Table<std::string, std::uint32_t>;
        CommonRuntimeArgValues common_runtime_arg_values;
        AdvancedKernelRunArgs advanced_options;
    };
    Group<KernelRunArgs> kernel_run_args;

    using TensorArgument = std::variant<std::reference_wrapper<const MeshTensor>>;
    Table<TensorParamName, TensorArgument> tensor_args;

    struct DFBRunOverrides {
        DFBSpecName dfb;
        std::optional<std::uint32_t> entry_size = std::nullopt;
        std::optional<std::uint32_t> num_entries = std::nullopt;
    };
    Group<DFBRunOverrides> dfb_run_overrides;
};

using KernelRunArgs = ProgramRunArgs::KernelRunArgs;
using DFBRunOverrides = ProgramRunArgs::DFBRunOverrides;
using TensorArgument = ProgramRunArgs::TensorArgument;

inline const MeshTensor& mesh_tensor_of(const TensorArgument& argument) {
    return std::get<std::reference_wrapper<const MeshTensor>>(argument).get();
}

// For code that knows all arguments of one node at a time.
inline void AddRuntimeArgsForNode(
    KernelRunArgs::RuntimeArgValues& runtime_arg_values, const NodeCoord& node,
    std::initializer_list<std::pair<std::string, std::uint32_t>> named_values) {
    for (const auto& [name, value] : named_values) runtime_arg_values[name][node] = value;
}
inline KernelRunArgs::RuntimeArgValues MakeRuntimeArgsForSingleNode(
    const NodeCoord& node, std::initializer_list<std::pair<std::string, std::uint32_t>> named_values) {
    KernelRunArgs::RuntimeArgValues values;
    AddRuntimeArgsForNode(values, node, named_values);
    return values;
}

}  // namespace tt::tt_metal::experimental
