#include "arguments.hpp"

#include <tt_stl/assert.hpp>

#include "spec_index.hpp"

namespace op_emulator {
namespace {

using namespace tt::tt_metal;
using namespace tt::tt_metal::experimental;

void check_names(const KernelSpec& kernel, const KernelRunArgs& given) {
    const auto& schema = kernel.runtime_arg_schema;
    const auto declared = [](const Group<std::string>& names, const std::string& name) {
        return std::ranges::find(names, name) != names.end();
    };
    for (const auto& [name, values] : given.runtime_arg_values) {
        TT_FATAL(
            declared(schema.runtime_arg_names, name), "kernel '{}' declares no runtime argument '{}', but a value is given",
            *kernel.unique_id, name);
    }
    for (const auto& [name, value] : given.common_runtime_arg_values) {
        TT_FATAL(
            declared(schema.common_runtime_arg_names, name),
            "kernel '{}' declares no common runtime argument '{}', but a value is given", *kernel.unique_id, name);
    }
}

void check_nodes(const KernelSpec& kernel, const KernelRunArgs& given, const CoreRangeSet& cores) {
    const auto check = [&](const NodeCoord& node, const std::string& what) {
        TT_FATAL(
            cores.contains(node), "{} of kernel '{}' is set for node {}, where the kernel does not run", what,
            *kernel.unique_id, node);
    };
    for (const auto& [name, values] : given.runtime_arg_values) {
        for (const auto& [node, value] : values) check(node, "runtime argument '" + name + "'");
    }
    for (const auto& [node, values] : given.advanced_options.runtime_varargs) check(node, "a vararg");
}

std::size_t varargs_of(const KernelSpec& kernel, const NodeCoord& node) {
    for (const auto& [nodes, count] : kernel.advanced_options.num_runtime_varargs_per_node) {
        if (nodes_of(nodes).contains(node)) return count;
    }
    return kernel.advanced_options.num_runtime_varargs;
}

std::vector<std::uint32_t> words_of(const KernelSpec& kernel, const KernelRunArgs& given, const NodeCoord& node) {
    std::vector<std::uint32_t> words;
    for (const std::string& name : kernel.runtime_arg_schema.runtime_arg_names) {
        const auto* values = given.runtime_arg_values.get(name);
        const std::uint32_t* value = values ? values->get(node) : nullptr;
        TT_FATAL(value, "runtime argument '{}' of kernel '{}' is not set for node {}", name, *kernel.unique_id, node);
        words.push_back(*value);
    }
    const auto* more = given.advanced_options.runtime_varargs.get(node);
    const std::size_t count = more ? more->size() : 0, expected = varargs_of(kernel, node);
    TT_FATAL(
        count == expected, "kernel '{}' declares {} varargs for node {}, {} are given", *kernel.unique_id, expected, node,
        count);
    if (more) words.insert(words.end(), more->begin(), more->end());
    return words;
}

}  // namespace

KernelDescriptor::RuntimeArgs runtime_words(
    const KernelSpec& kernel, const KernelRunArgs& given, const CoreRangeSet& cores) {
    check_names(kernel, given);
    check_nodes(kernel, given, cores);
    KernelDescriptor::RuntimeArgs all;
    for (const CoreCoord& node : corerange_to_cores(cores)) {
        std::vector<std::uint32_t> words = words_of(kernel, given, node);
        if (!words.empty()) all.emplace_back(node, std::move(words));
    }
    return all;
}

std::vector<std::uint32_t> common_words(const KernelSpec& kernel, const KernelRunArgs& given) {
    std::vector<std::uint32_t> words;
    for (const std::string& name : kernel.runtime_arg_schema.common_runtime_arg_names) {
        const std::uint32_t* value = given.common_runtime_arg_values.get(name);
        TT_FATAL(value, "common runtime argument '{}' of kernel '{}' is not set", name, *kernel.unique_id);
        words.push_back(*value);
    }
    const std::size_t count = given.advanced_options.common_runtime_varargs.size();
    TT_FATAL(
        count == kernel.advanced_options.num_common_runtime_varargs,
        "kernel '{}' declares {} common varargs, {} are given", *kernel.unique_id,
        kernel.advanced_options.num_common_runtime_varargs, count);
    return words;
}

void check_tensor_arguments(
    const ProgramSpec& spec, const ProgramRunArgs& arguments, const distributed::MeshDevice& device) {
    for (const auto& [name, argument] : arguments.tensor_args) {
        TT_FATAL(
            find_named(spec.tensor_parameters, name), "a tensor is given for '{}', which is no tensor parameter", *name);
    }
    for (const TensorParameter& parameter : spec.tensor_parameters) {
        const auto* argument = arguments.tensor_args.get(parameter.unique_id);
        TT_FATAL(argument, "no tensor is given for tensor parameter '{}'", *parameter.unique_id);
        const MeshTensor& tensor = mesh_tensor_of(*argument);
        TT_FATAL(
            tensor.mesh_buffer().is_allocated() && tensor.mesh_buffer().device() == &device,
            "the tensor given for '{}' is not allocated on this device", *parameter.unique_id);
        TT_FATAL(
            tensorspecs_match_with_relaxation(parameter.spec, tensor.tensor_spec(), parameter.relaxations),
            "the tensor given for '{}' is {}, the parameter is declared as {}", *parameter.unique_id, tensor.tensor_spec(),
            parameter.spec);
    }
}

}  // namespace op_emulator

namespace tt::tt_metal::experimental {

bool tensorspecs_match_with_relaxation(const TensorSpec& a, const TensorSpec& b, const TensorSpecRelaxations& relaxation) {
    if (a == b) return true;
    if (a.data_type() != b.data_type() || a.layout() != b.layout() || a.memory_config() != b.memory_config()) return false;
    if (relaxation.dynamic_tensor_shape) {
        return (relaxation.relax_logical_rank || a.logical_shape().rank() == b.logical_shape().rank()) &&
               (!relaxation.match_page_size || a.compute_page_size_bytes() == b.compute_page_size_bytes());
    }
    return relaxation.match_padded_shape_only && a.padded_shape() == b.padded_shape();
}

}  // namespace tt::tt_metal::experimental
