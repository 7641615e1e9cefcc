// ProgramSpec and ProgramRunArgs to a ProgramDescriptor with names.
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt_stl/assert.hpp>

#include <set>

#include "arguments.hpp"
#include "resources.hpp"
#include "spec_index.hpp"

namespace op_emulator {
namespace {

using namespace tt::tt_metal;
using namespace tt::tt_metal::experimental;

// One kernel in the making: its words, and the names that count them.
struct Draft {
    const KernelSpec& spec;
    KernelDescriptor kernel{};
    KernelNames names{};
};

void add_source(Draft& draft) {
    KernelDescriptor& kernel = draft.kernel;
    if (const auto* path = std::get_if<std::filesystem::path>(&draft.spec.source)) {
        kernel.kernel_source = path->string();
    } else {
        kernel.kernel_source = std::get<KernelSpec::SourceCode>(draft.spec.source).code;
        kernel.source_type = KernelDescriptor::SourceType::SOURCE_CODE;
    }
    const auto& options = draft.spec.compiler_options;
    kernel.defines.assign(options.defines.begin(), options.defines.end());
    kernel.compiler_include_paths = options.include_paths;
    kernel.opt_level = options.opt_level;
}

// The usual two places have names in a descriptor.
KernelDescriptor::ConfigDescriptor place_of(const DataMovementHardwareConfig::DataMovement1XXConfig& place) {
    const bool dedicated = place.noc_mode == NOC_MODE::DM_DEDICATED_NOC;
    if (dedicated && place.processor == DataMovementProcessor::RISCV_1 && place.noc == NOC::NOC_0) {
        return ReaderConfigDescriptor{};
    }
    if (dedicated && place.processor == DataMovementProcessor::RISCV_0 && place.noc == NOC::NOC_1) {
        return WriterConfigDescriptor{};
    }
    return DataMovementConfigDescriptor{place.processor, place.noc, place.noc_mode};
}

void add_config(Draft& draft, const Resources& resources) {
    if (const auto* movement = std::get_if<DataMovementHardwareConfig>(&draft.spec.hw_config)) {
        draft.kernel.config = place_of(*movement->config_1xx);
        return;
    }
    const auto& compute = std::get<ComputeHardwareConfig>(draft.spec.hw_config);
    ComputeConfigDescriptor config;
    config.math_fidelity = compute.fpu_math_fidelity;
    config.fp32_dest_acc_en = compute.enable_32_bit_dest;
    config.dst_full_sync_en = !compute.double_buffer_dest;
    config.bfp8_pack_precise = compute.config_1xx && compute.config_1xx->bfp_pack_precision_mode == Precision::Precise;
    config.math_approx_mode = compute.sfpu_precision_mode == Precision::Approximate;
    for (const auto& [buffer, mode] : compute.unpack_modes) {
        if (mode != UnpackMode::UnpackToDest) continue;
        config.unpack_to_dest_mode.resize(64, UnpackToDestMode::Default);
        config.unpack_to_dest_mode[resources.buffers.at(*buffer)] = UnpackToDestMode::UnpackToDestFp32;
    }
    draft.kernel.config = std::move(config);
}

void add_named_arguments(Draft& draft) {
    using Kind = KernelNames::ArgumentKind;
    const auto& schema = draft.spec.runtime_arg_schema;
    auto& args = draft.names.args;
    for (const std::string& name : schema.runtime_arg_names) args.push_back({name, Kind::Runtime, draft.names.varargs++});
    std::uint32_t word = 0;
    for (const std::string& name : schema.common_runtime_arg_names) args.push_back({name, Kind::Common, word++});
    for (const auto& [name, value] : draft.spec.compile_time_args) {
        args.push_back({name, Kind::CompileTime, value});
        draft.kernel.named_compile_time_args.emplace_back(name, value);
    }
    draft.kernel.compile_time_args = draft.spec.advanced_options.compile_time_varargs;
    draft.names.compile_time_varargs = static_cast<std::uint32_t>(draft.kernel.compile_time_args.size());
}

void add_buffers(Draft& draft, const Resources& resources) {
    std::set<std::string> seen;  // one accessor may stand for both ends
    for (const DFBBinding& binding : draft.spec.dfb_bindings) {
        if (!seen.insert(binding.accessor_name).second) continue;
        const std::string& buffer = *binding.dfb_spec_name;
        draft.names.dfbs.push_back({binding.accessor_name, buffer, resources.buffers.at(buffer)});
    }
    for (const SemaphoreBinding& binding : draft.spec.semaphore_bindings) {
        draft.names.semaphores.push_back(
            {binding.accessor_name, resources.semaphores.at(*binding.semaphore_spec_name)});
    }
}

// What of a tensor of varying shape is an argument behind its address.
tensor_accessor::ArgsConfig runtime_fields(const TensorParameter& parameter) {
    using tensor_accessor::ArgConfig;
    if (!parameter.relaxations.dynamic_tensor_shape) return ArgConfig::None;
    if (parameter.spec.memory_config().is_sharded()) return ArgConfig::RuntimeTensorShape;
    const bool varies = parameter.spec.layout() == Layout::ROW_MAJOR && !parameter.relaxations.match_page_size;
    return varies ? ArgConfig::RuntimePageSize : ArgConfig::None;
}

void add_tensors(Draft& draft, const ProgramSpec& spec, const ProgramRunArgs& arguments) {
    auto& common = draft.kernel.common_runtime_args;
    for (const TensorBinding& binding : draft.spec.tensor_bindings) {
        const TensorParameter& parameter = *find_named(spec.tensor_parameters, binding.tensor_parameter_name);
        const Buffer& buffer = mesh_tensor_of(*arguments.tensor_args.get(parameter.unique_id)).mesh_buffer();
        auto& words = draft.kernel.compile_time_args;
        draft.names.tensors.push_back(
            {binding.accessor_name, static_cast<std::uint32_t>(words.size()), static_cast<std::uint32_t>(common.size())});
        common.push_back(buffer.address());
        TensorAccessorArgs(buffer, runtime_fields(parameter)).append_to(words, common);
    }
    for (const auto& sequence : draft.spec.advanced_options.tensor_binding_sequences) {
        draft.names.sequences.emplace_back(sequence.sequence_name, sequence.members);
    }
}

void add_scratchpads(Draft& draft, const ProgramSpec& spec, std::size_t number, std::vector<PlacedScratchpad>& placed) {
    auto& common = draft.kernel.common_runtime_args;
    for (const ScratchpadBinding& binding : draft.spec.scratchpad_bindings) {
        const auto* pad = find_named(spec.scratchpads, binding.scratchpad_spec_name);
        draft.names.scratchpads.push_back(
            {binding.accessor_name, static_cast<std::uint32_t>(common.size()), pad->size_per_node});
        const auto place = std::ranges::find(placed, *pad->unique_id, &PlacedScratchpad::name);
        place->users.emplace_back(number, common.size());
        common.push_back(0);
    }
}

const KernelRunArgs& arguments_of(const ProgramRunArgs& arguments, const KernelSpec& kernel) {
    static const KernelRunArgs none{};
    const auto found = std::ranges::find(arguments.kernel_run_args, kernel.unique_id, &KernelRunArgs::kernel);
    return found == arguments.kernel_run_args.end() ? none : *found;
}

void check_kernel_arguments(const ProgramSpec& spec, const ProgramRunArgs& arguments) {
    std::set<KernelSpecName> seen;
    for (const KernelRunArgs& given : arguments.kernel_run_args) {
        TT_FATAL(
            find_named(spec.kernels, given.kernel), "arguments are given for kernel '{}', which the program does not declare",
            *given.kernel);
        TT_FATAL(seen.insert(given.kernel).second, "arguments of kernel '{}' are given twice", *given.kernel);
    }
}

void describe_kernel(
    const ProgramSpec& spec, const KernelSpec& kernel, const ProgramRunArgs& arguments, const Resources& resources,
    DescribedProgram& described) {
    Draft draft{kernel};
    const KernelRunArgs& given = arguments_of(arguments, kernel);
    draft.kernel.core_ranges = nodes_of(units_where(spec, [&](const KernelSpec& other) { return &other == &kernel; }));
    add_source(draft);
    add_config(draft, resources);
    add_named_arguments(draft);
    draft.kernel.runtime_args = runtime_words(kernel, given, draft.kernel.core_ranges);
    draft.kernel.common_runtime_args = common_words(kernel, given);
    add_buffers(draft, resources);
    add_tensors(draft, spec, arguments);
    add_scratchpads(draft, spec, described.names.size(), described.scratchpads);
    const auto& more = given.advanced_options.common_runtime_varargs;
    auto& common = draft.kernel.common_runtime_args;
    draft.names.common_varargs = static_cast<std::uint32_t>(common.size());
    common.insert(common.end(), more.begin(), more.end());
    described.program.kernels.push_back(std::move(draft.kernel));
    described.names.push_back(std::move(draft.names));
}

}  // namespace

DescribedProgram describe_program(
    const ProgramSpec& spec, const ProgramRunArgs& arguments, distributed::MeshDevice& device) {
    check_program_spec(spec);
    check_kernel_arguments(spec, arguments);
    check_tensor_arguments(spec, arguments, device);
    DescribedProgram described;
    const Resources resources = place_resources(spec, arguments, described.program);
    for (const ScratchpadSpec& pad : spec.scratchpads) {
        const auto units = units_where(spec, [&](const KernelSpec& kernel) { return binds(kernel, pad.unique_id); });
        described.scratchpads.push_back({*pad.unique_id, pad.size_per_node, nodes_of(units), {}});
    }
    for (const KernelSpec& kernel : spec.kernels) describe_kernel(spec, kernel, arguments, resources, described);
    return described;
}

}  // namespace op_emulator
