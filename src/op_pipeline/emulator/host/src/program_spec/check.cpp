// What a ProgramSpec must fulfil as a whole: names resolve, everything declared is used, ends of buffers meet.
#include "check.hpp"

#include <tt_stl/assert.hpp>

#include <set>

#include "spec_index.hpp"

namespace op_emulator {
namespace {

using namespace tt::tt_metal;
using namespace tt::tt_metal::experimental;

template <typename Entry>
void check_unique(const std::vector<Entry>& entries, const char* what) {
    std::set<std::string> names;
    for (const Entry& entry : entries) {
        TT_FATAL(!entry.unique_id.get().empty(), "a {} has no unique_id", what);
        TT_FATAL(names.insert(*entry.unique_id).second, "two {}s have the name '{}'", what, *entry.unique_id);
    }
}

void check_buffer(const ProgramSpec& spec, const DataflowBufferSpec& buffer) {
    const std::string& name = *buffer.unique_id;
    TT_FATAL(
        buffer.entry_size > 0 && buffer.num_entries > 0, "dataflow buffer '{}' has {} entries of {} bytes", name,
        buffer.num_entries, buffer.entry_size);
    TT_FATAL(
        !buffer.tile_format_metadata || buffer.data_format_metadata,
        "dataflow buffer '{}': tile_format_metadata needs data_format_metadata", name);
    if (buffer.borrowed_from) {
        const auto* tensor = find_named(spec.tensor_parameters, *buffer.borrowed_from);
        TT_FATAL(
            tensor, "dataflow buffer '{}' is borrowed from tensor parameter '{}', which the program does not declare", name,
            **buffer.borrowed_from);
        TT_FATAL(
            tensor->spec.memory_config().buffer_type() == BufferType::L1,
            "dataflow buffer '{}' is borrowed from tensor parameter '{}', which does not lie in L1", name,
            **buffer.borrowed_from);
    }
    for (const DFBSpecName& other : buffer.advanced_options.alias_with) {
        const auto* partner = find_named(spec.dataflow_buffers, other);
        TT_FATAL(
            partner && other != buffer.unique_id, "dataflow buffer '{}' is an alias of '{}', which is no other buffer", name,
            *other);
        TT_FATAL(
            std::ranges::find(partner->advanced_options.alias_with, buffer.unique_id) !=
                partner->advanced_options.alias_with.end(),
            "dataflow buffer '{}' is an alias of '{}', but not the other way round", name, *other);
        TT_FATAL(
            partner->entry_size * partner->num_entries == buffer.entry_size * buffer.num_entries,
            "dataflow buffers '{}' and '{}' are aliases of different size", name, *other);
    }
}

void check_used(const ProgramSpec& spec) {
    const auto bound = [&](const auto& has) { return std::ranges::any_of(spec.kernels, has); };
    for (const DataflowBufferSpec& buffer : spec.dataflow_buffers) {
        TT_FATAL(
            bound([&](const KernelSpec& kernel) { return binds(kernel, buffer.unique_id); }),
            "dataflow buffer '{}' is bound by no kernel", *buffer.unique_id);
    }
    for (const ScratchpadSpec& pad : spec.scratchpads) {
        TT_FATAL(pad.size_per_node > 0, "scratchpad '{}' has 0 bytes", *pad.unique_id);
        TT_FATAL(
            bound([&](const KernelSpec& kernel) { return binds(kernel, pad.unique_id); }),
            "scratchpad '{}' is bound by no kernel", *pad.unique_id);
    }
    for (const TensorParameter& tensor : spec.tensor_parameters) {
        const bool lent = std::ranges::any_of(
            spec.dataflow_buffers, [&](const auto& buffer) { return buffer.borrowed_from == tensor.unique_id; });
        const auto has = [&](const KernelSpec& kernel) {
            return std::ranges::find(kernel.tensor_bindings, tensor.unique_id, &TensorBinding::tensor_parameter_name) !=
                   kernel.tensor_bindings.end();
        };
        TT_FATAL(
            lent || bound(has), "tensor parameter '{}' is bound by no kernel and lends its memory to no dataflow buffer",
            *tensor.unique_id);
    }
}

// --- work units ---------------------------------------------------------------------------------------------------
using Kernels = std::vector<const KernelSpec*>;

Kernels kernels_of(const ProgramSpec& spec, const WorkUnitSpec& unit) {
    Kernels kernels;
    TT_FATAL(!unit.kernels.empty(), "work unit '{}' has no kernels", unit.name);
    for (const KernelSpecName& name : unit.kernels) {
        const auto* kernel = find_named(spec.kernels, name);
        TT_FATAL(kernel, "work unit '{}' names kernel '{}', which the program does not declare", unit.name, *name);
        TT_FATAL(
            std::ranges::find(kernels, kernel) == kernels.end(), "work unit '{}' names kernel '{}' twice", unit.name, *name);
        kernels.push_back(kernel);
    }
    TT_FATAL(!nodes_of(unit.target_nodes).empty(), "work unit '{}' has no nodes", unit.name);
    return kernels;
}

void check_ends(const WorkUnitSpec& unit, const Kernels& kernels, const DataflowBufferSpec& buffer) {
    Kernels producers, consumers;
    for (const KernelSpec* kernel : kernels) {
        for (const DFBBinding& binding : kernel->dfb_bindings) {
            if (binding.dfb_spec_name != buffer.unique_id) continue;
            (binding.endpoint_type == DFBEndpointType::PRODUCER ? producers : consumers).push_back(kernel);
        }
    }
    if (producers.empty() && consumers.empty()) return;
    const auto check = [&](const Kernels& ends, const char* what) {
        TT_FATAL(!ends.empty(), "dataflow buffer '{}' has no {} in work unit '{}'", *buffer.unique_id, what, unit.name);
        TT_FATAL(
            ends.size() == 1 || buffer.advanced_options.allow_instance_multi_binding,
            "dataflow buffer '{}' has two {}s in work unit '{}': '{}' and '{}'", *buffer.unique_id, what, unit.name,
            *ends[0]->unique_id, *ends[1]->unique_id);
    };
    check(producers, "producer");
    check(consumers, "consumer");
}

void check_processors(const WorkUnitSpec& unit, const Kernels& kernels) {
    const KernelSpec* compute = nullptr;
    const KernelSpec* movement = nullptr;
    for (const KernelSpec* kernel : kernels) {
        if (kernel->is_compute_kernel()) {
            TT_FATAL(
                !compute, "work unit '{}' has two compute kernels: '{}' and '{}'", unit.name, *compute->unique_id,
                *kernel->unique_id);
            compute = kernel;
            continue;
        }
        if (movement) {
            const auto& one = *std::get<DataMovementHardwareConfig>(movement->hw_config).config_1xx;
            const auto& other = *std::get<DataMovementHardwareConfig>(kernel->hw_config).config_1xx;
            TT_FATAL(
                one.processor != other.processor && one.noc_mode == other.noc_mode &&
                    (one.noc_mode == NOC_MODE::DM_DYNAMIC_NOC || one.noc != other.noc),
                "kernels '{}' and '{}' of work unit '{}' need the same processor or NOC", *movement->unique_id,
                *kernel->unique_id, unit.name);
        }
        movement = kernel;
    }
}

void check_scratchpads(const ProgramSpec& spec, const WorkUnitSpec& unit, const Kernels& kernels) {
    for (const ScratchpadSpec& pad : spec.scratchpads) {
        TT_FATAL(
            std::ranges::count_if(kernels, [&](const KernelSpec* kernel) { return binds(*kernel, pad.unique_id); }) <= 1,
            "scratchpad '{}' is bound by two kernels of work unit '{}': it belongs to one", *pad.unique_id, unit.name);
    }
}

void check_work_units(const ProgramSpec& spec) {
    TT_FATAL(!spec.work_units.empty(), "the program has no work units, so its kernels run nowhere");
    for (std::size_t i = 0; i < spec.work_units.size(); ++i) {
        const WorkUnitSpec& unit = spec.work_units[i];
        const Kernels kernels = kernels_of(spec, unit);
        for (std::size_t j = 0; j < i; ++j) {
            TT_FATAL(
                !nodes_of(unit.target_nodes).intersects(nodes_of(spec.work_units[j].target_nodes)),
                "work units '{}' and '{}' share a node", spec.work_units[j].name, unit.name);
        }
        check_processors(unit, kernels);
        for (const DataflowBufferSpec& buffer : spec.dataflow_buffers) check_ends(unit, kernels, buffer);
        check_scratchpads(spec, unit, kernels);
    }
    for (const KernelSpec& kernel : spec.kernels) {
        TT_FATAL(
            !units_where(spec, [&](const KernelSpec& other) { return &other == &kernel; }).empty(),
            "kernel '{}' is in no work unit, so it runs nowhere", *kernel.unique_id);
    }
}

}  // namespace

CoreRangeSet nodes_of(const Nodes& nodes) {
    if (const auto* node = std::get_if<NodeCoord>(&nodes)) return CoreRangeSet(CoreRange(*node));
    if (const auto* range = std::get_if<NodeRange>(&nodes)) return CoreRangeSet(*range);
    return std::get<NodeRangeSet>(nodes);
}

CoreRangeSet nodes_of(const WorkUnits& units) {
    std::vector<CoreRange> ranges;
    for (const WorkUnitSpec* unit : units) {
        const CoreRangeSet nodes = nodes_of(unit->target_nodes);
        ranges.insert(ranges.end(), nodes.ranges().begin(), nodes.ranges().end());
    }
    return CoreRangeSet(std::move(ranges));
}

void check_program_spec(const ProgramSpec& spec) {
    TT_FATAL(!spec.kernels.empty(), "the program has no kernels");
    TT_FATAL(
        spec.cross_node_dataflow_buffers.empty(),
        "dataflow buffer '{}' goes between nodes, which is not modelled by the emulator",
        *spec.cross_node_dataflow_buffers.front().dfb_spec.unique_id);
    check_unique(spec.kernels, "kernel");
    check_unique(spec.dataflow_buffers, "dataflow buffer");
    check_unique(spec.semaphores, "semaphore");
    check_unique(spec.scratchpads, "scratchpad");
    check_unique(spec.tensor_parameters, "tensor parameter");
    for (const DataflowBufferSpec& buffer : spec.dataflow_buffers) check_buffer(spec, buffer);
    for (const KernelSpec& kernel : spec.kernels) check_kernel_spec(spec, kernel);
    check_used(spec);
    check_work_units(spec);
}

}  // namespace op_emulator
