// A kernel of a ProgramSpec: its source, what it is bound to by name, and the names of its arguments.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include <tt-metalium/experimental/metal2_host_api/advanced_options.hpp>
#include <tt-metalium/experimental/metal2_host_api/compute_hardware_config.hpp>
#include <tt-metalium/experimental/metal2_host_api/data_movement_hardware_config.hpp>
#include <tt-metalium/experimental/metal2_host_api/scratchpad_spec.hpp>
#include <tt-metalium/experimental/metal2_host_api/semaphore_spec.hpp>
#include <tt-metalium/experimental/metal2_host_api/tensor_parameter.hpp>

namespace tt::tt_metal::experimental {

using KernelSpecName = ttsl::StrongType<std::string, struct KernelSpecNameTag>;

inline constexpr std::size_t MAX_ACCESSOR_NAME_LENGTH = 64;

struct KernelSpec {
    KernelSpecName unique_id;

    struct SourceCode {
        std::string code;
    };
    std::variant<std::filesystem::path, SourceCode> source;

    std::uint32_t num_threads = 1;  // 1 on this chip

    bool is_data_movement_kernel() const { return std::holds_alternative<DataMovementHardwareConfig>(hw_config); }
    bool is_compute_kernel() const { return std::holds_alternative<ComputeHardwareConfig>(hw_config); }

    struct CompilerOptions {
        using IncludePaths = std::vector<std::filesystem::path>;
        using Defines = Table<std::string, std::string>;
        using OptLevel = tt::tt_metal::KernelBuildOptLevel;

        IncludePaths include_paths;
        Defines defines;
        OptLevel opt_level = OptLevel::O2;  // kept, without effect here
    };
    CompilerOptions compiler_options = {};

    struct DFBBinding {
        enum class EndpointType { PRODUCER, CONSUMER };
        enum class AccessPattern { STRIDED, ALL, BLOCKED };

        DFBSpecName dfb_spec_name;
        std::string accessor_name;  // dfb::<accessor_name>
        EndpointType endpoint_type;
        AccessPattern access_pattern = AccessPattern::STRIDED;
    };
    Group<DFBBinding> dfb_bindings;

    struct SemaphoreBinding {
        SemaphoreSpecName semaphore_spec_name;
        std::string accessor_name;  // sem::<accessor_name>
    };
    Group<SemaphoreBinding> semaphore_bindings;

    struct ScratchpadBinding {
        ScratchpadSpecName scratchpad_spec_name;
        std::string accessor_name;  // scratch::<accessor_name>
    };
    Group<ScratchpadBinding> scratchpad_bindings;

    struct TensorBinding {
        TensorParamName tensor_parameter_name;
        std::string accessor_name;  // tensor::<accessor_name>
    };
    Group<TensorBinding> tensor_bindings;

    using CompileTimeArgs = Table<std::string, std::uint32_t>;
    CompileTimeArgs compile_time_args;  // args::<name>, a constant

    struct RuntimeArgSchema {
        Group<std::string> runtime_arg_names;         // args::<name>, of each node
        Group<std::string> common_runtime_arg_names;  // args::<name>, the same on all nodes
    };
    RuntimeArgSchema runtime_arg_schema{};

    std::variant<DataMovementHardwareConfig, ComputeHardwareConfig> hw_config;
    KernelAdvancedOptions advanced_options;
};

using DFBEndpointType = KernelSpec::DFBBinding::EndpointType;
using DFBAccessPattern = KernelSpec::DFBBinding::AccessPattern;
using DFBBinding = KernelSpec::DFBBinding;
using TensorBinding = KernelSpec::TensorBinding;
using SemaphoreBinding = KernelSpec::SemaphoreBinding;
using ScratchpadBinding = KernelSpec::ScratchpadBinding;

inline DFBBinding ProducerOf(DFBSpecName dfb_spec_name, std::string accessor_name) {
    return {std::move(dfb_spec_name), std::move(accessor_name), DFBEndpointType::PRODUCER};
}
inline DFBBinding ConsumerOf(
    DFBSpecName dfb_spec_name, std::string accessor_name, DFBAccessPattern access_pattern = DFBAccessPattern::STRIDED) {
    return {std::move(dfb_spec_name), std::move(accessor_name), DFBEndpointType::CONSUMER, access_pattern};
}

}  // namespace tt::tt_metal::experimental
