// What may be said of one kernel of a ProgramSpec.
#include "check.hpp"

#include <tt_stl/assert.hpp>

#include <cctype>
#include <map>
#include <set>

#include "spec_index.hpp"

namespace op_emulator {
namespace {

using namespace tt::tt_metal;
using namespace tt::tt_metal::experimental;

bool is_identifier(const std::string& name) {
    const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; };
    const auto word = [&](char c) { return letter(c) || std::isdigit(static_cast<unsigned char>(c)); };
    return !name.empty() && letter(name.front()) && std::ranges::all_of(name, word);
}

void check_accessor(const std::string& kernel, const char* space, const std::string& name) {
    TT_FATAL(
        is_identifier(name) && name.size() <= MAX_ACCESSOR_NAME_LENGTH,
        "kernel '{}': accessor name '{}' ({}::) must be a C++ identifier of at most {} characters", kernel, name, space,
        MAX_ACCESSOR_NAME_LENGTH);
}

void check_source(const KernelSpec& kernel) {
    const auto* path = std::get_if<std::filesystem::path>(&kernel.source);
    const bool given = path ? !path->empty() : !std::get<KernelSpec::SourceCode>(kernel.source).code.empty();
    TT_FATAL(given, "kernel '{}' has no source", *kernel.unique_id);
    TT_FATAL(
        kernel.num_threads == 1, "kernel '{}': num_threads is {}, a kernel of this chip has 1 thread", *kernel.unique_id,
        kernel.num_threads);
}

void check_dfb_bindings(const ProgramSpec& spec, const KernelSpec& kernel) {
    const std::string& name = *kernel.unique_id;
    std::set<std::pair<DFBSpecName, DFBEndpointType>> ends;
    std::map<std::string, DFBSpecName> accessors;
    for (const DFBBinding& binding : kernel.dfb_bindings) {
        const std::string& buffer = *binding.dfb_spec_name;
        check_accessor(name, "dfb", binding.accessor_name);
        const auto* declared = find_named(spec.dataflow_buffers, binding.dfb_spec_name);
        TT_FATAL(declared, "kernel '{}' binds dataflow buffer '{}', which the program does not declare", name, buffer);
        const bool producer = binding.endpoint_type == DFBEndpointType::PRODUCER;
        TT_FATAL(
            ends.emplace(binding.dfb_spec_name, binding.endpoint_type).second,
            "kernel '{}' binds dataflow buffer '{}' twice as {}", name, buffer, producer ? "producer" : "consumer");
        const auto [known, is_new] = accessors.emplace(binding.accessor_name, binding.dfb_spec_name);
        TT_FATAL(
            is_new || known->second == binding.dfb_spec_name, "kernel '{}': dfb::{} stands for both '{}' and '{}'", name,
            binding.accessor_name, *known->second, buffer);
        TT_FATAL(
            binding.access_pattern != DFBAccessPattern::BLOCKED &&
                (!producer || binding.access_pattern == DFBAccessPattern::STRIDED),
            "kernel '{}': dataflow buffer '{}' cannot be {} in this access pattern", name, buffer,
            producer ? "produced" : "consumed");
        TT_FATAL(
            !kernel.is_compute_kernel() || declared->data_format_metadata,
            "dataflow buffer '{}' is bound to compute kernel '{}', so data_format_metadata must be set", buffer, name);
    }
}

// Semaphores, scratchpads and tensors: declared, each accessor once, and the resource once where `once`.
template <typename Binding, typename Resource, typename Declared>
void check_bindings(
    const KernelSpec& kernel, const std::vector<Binding>& bindings, Resource Binding::*resource, const Declared& declared,
    const char* space, const char* what, bool once) {
    std::set<std::string> accessors;
    std::set<Resource> bound;
    for (const Binding& binding : bindings) {
        const std::string& name = *kernel.unique_id;
        check_accessor(name, space, binding.accessor_name);
        TT_FATAL(
            find_named(declared, binding.*resource), "kernel '{}' binds {} '{}', which the program does not declare", name,
            what, *(binding.*resource));
        TT_FATAL(
            accessors.insert(binding.accessor_name).second, "kernel '{}': {}::{} is bound twice", name, space,
            binding.accessor_name);
        TT_FATAL(
            bound.insert(binding.*resource).second || !once, "kernel '{}' binds {} '{}' twice", name, what,
            *(binding.*resource));
    }
}

void check_sequences(const KernelSpec& kernel) {
    std::set<std::string> names;
    for (const TensorBinding& binding : kernel.tensor_bindings) names.insert(binding.accessor_name);
    const std::set<std::string> tensors = names;
    for (const auto& sequence : kernel.advanced_options.tensor_binding_sequences) {
        check_accessor(*kernel.unique_id, "tensor", sequence.sequence_name);
        TT_FATAL(
            names.insert(sequence.sequence_name).second, "kernel '{}': tensor::{} is bound twice", *kernel.unique_id,
            sequence.sequence_name);
        std::set<std::string> seen;
        for (const std::string& member : sequence.members) {
            TT_FATAL(
                tensors.contains(member) && seen.insert(member).second,
                "kernel '{}': the sequence tensor::{} names '{}' twice, or no tensor of that name is bound",
                *kernel.unique_id, sequence.sequence_name, member);
        }
    }
}

void check_argument_names(const KernelSpec& kernel) {
    std::set<std::string> seen;
    const auto add = [&](const std::string& name) {
        TT_FATAL(is_identifier(name), "kernel '{}': argument '{}' is no C++ identifier", *kernel.unique_id, name);
        TT_FATAL(seen.insert(name).second, "kernel '{}': args::{} is declared twice", *kernel.unique_id, name);
    };
    for (const std::string& name : kernel.runtime_arg_schema.runtime_arg_names) add(name);
    for (const std::string& name : kernel.runtime_arg_schema.common_runtime_arg_names) add(name);
    for (const auto& [name, value] : kernel.compile_time_args) add(name);
}

void check_unpack_modes(const ProgramSpec& spec, const KernelSpec& kernel) {
    const auto* compute = std::get_if<ComputeHardwareConfig>(&kernel.hw_config);
    if (!compute) return;
    for (const auto& [buffer, mode] : compute->unpack_modes) {
        TT_FATAL(
            binds(kernel, buffer), "kernel '{}': unpack_modes names dataflow buffer '{}', which it does not bind",
            *kernel.unique_id, *buffer);
    }
    for (const DFBBinding& binding : kernel.dfb_bindings) {
        if (binding.endpoint_type != DFBEndpointType::CONSUMER) continue;
        const UnpackMode* mode = compute->unpack_modes.get(binding.dfb_spec_name);
        TT_FATAL(
            !mode || *mode != UnpackMode::UnpackToDest || compute->enable_32_bit_dest,
            "kernel '{}': dataflow buffer '{}' cannot be unpacked to DST without enable_32_bit_dest", *kernel.unique_id,
            *binding.dfb_spec_name);
        const auto format = find_named(spec.dataflow_buffers, binding.dfb_spec_name)->data_format_metadata;
        TT_FATAL(
            mode || !compute->enable_32_bit_dest || format != tt::DataFormat::Float32,
            "kernel '{}' takes Float32 from dataflow buffer '{}' with enable_32_bit_dest: unpack_modes must say whether it "
            "is unpacked to DST or to the sources",
            *kernel.unique_id, *binding.dfb_spec_name);
    }
}

}  // namespace

void check_kernel_spec(const ProgramSpec& spec, const KernelSpec& kernel) {
    check_source(kernel);
    check_dfb_bindings(spec, kernel);
    check_bindings(
        kernel, kernel.semaphore_bindings, &SemaphoreBinding::semaphore_spec_name, spec.semaphores, "sem", "semaphore", true);
    check_bindings(
        kernel, kernel.scratchpad_bindings, &ScratchpadBinding::scratchpad_spec_name, spec.scratchpads, "scratch",
        "scratchpad", true);
    check_bindings(
        kernel, kernel.tensor_bindings, &TensorBinding::tensor_parameter_name, spec.tensor_parameters, "tensor",
        "tensor parameter", false);
    TT_FATAL(
        !kernel.is_compute_kernel() || kernel.semaphore_bindings.empty(),
        "compute kernel '{}' binds semaphore '{}': compute kernels of this chip have no semaphores", *kernel.unique_id,
        *kernel.semaphore_bindings.front().semaphore_spec_name);
    check_sequences(kernel);
    check_argument_names(kernel);
    check_unpack_modes(spec, kernel);
    const auto* movement = std::get_if<DataMovementHardwareConfig>(&kernel.hw_config);
    TT_FATAL(
        !movement || movement->config_1xx, "kernel '{}' moves data, so hw_config needs config_1xx (processor and NOC)",
        *kernel.unique_id);
}

}  // namespace op_emulator
