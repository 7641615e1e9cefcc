#include "resources.hpp"

#include <tt_stl/assert.hpp>

#include "spec_index.hpp"

namespace op_emulator {
namespace {

using namespace tt::tt_metal;
using namespace tt::tt_metal::experimental;

// Numbers that are taken, each with the nodes where.
class Numbers {
public:
    Numbers(std::uint32_t count, const char* what) : count_(count), what_(what) {}

    std::uint32_t take(const CoreRangeSet& nodes, const std::string& name) {
        for (std::uint32_t number = 0; number < count_; ++number) {
            const auto here = [&](const auto& taken) { return taken.first == number && taken.second.intersects(nodes); };
            if (std::ranges::none_of(taken_, here)) {
                taken_.emplace_back(number, nodes);
                return number;
            }
        }
        TT_THROW("{} '{}' is one too many: a node of this chip has {}", what_, name, count_);
    }

private:
    std::uint32_t count_;
    const char* what_;
    std::vector<std::pair<std::uint32_t, CoreRangeSet>> taken_;
};

struct Size {
    std::uint32_t entry = 0, entries = 0;
};

Size size_of(const DataflowBufferSpec& buffer, const ProgramRunArgs& arguments) {
    Size size{buffer.entry_size, buffer.num_entries};
    for (const DFBRunOverrides& override : arguments.dfb_run_overrides) {
        if (override.dfb != buffer.unique_id) continue;
        size = {override.entry_size.value_or(size.entry), override.num_entries.value_or(size.entries)};
    }
    TT_FATAL(
        size.entry > 0 && size.entries > 0, "dataflow buffer '{}' has {} entries of {} bytes", *buffer.unique_id,
        size.entries, size.entry);
    return size;
}

CBFormatDescriptor format_of(const DataflowBufferSpec& buffer, std::uint32_t index, std::uint32_t entry_size) {
    // A buffer between data movers needs no format; bytes are what they move.
    CBFormatDescriptor format{
        static_cast<std::uint8_t>(index), buffer.data_format_metadata.value_or(tt::DataFormat::Float16_b), entry_size};
    if (buffer.tile_format_metadata) format.tile = TileDescriptor(*buffer.tile_format_metadata);
    return format;
}

CoreRangeSet nodes_of_buffer(const ProgramSpec& spec, const DataflowBufferSpec& buffer) {
    return nodes_of(units_where(spec, [&](const KernelSpec& kernel) { return binds(kernel, buffer.unique_id); }));
}

Buffer* lender(const DataflowBufferSpec& buffer, const ProgramRunArgs& arguments) {
    return buffer.borrowed_from ? &mesh_tensor_of(*arguments.tensor_args.get(*buffer.borrowed_from)).mesh_buffer() : nullptr;
}

}  // namespace

Resources place_resources(const ProgramSpec& spec, const ProgramRunArgs& arguments, ProgramDescriptor& program) {
    Resources resources;
    Numbers indices(32, "dataflow buffer"), ids(16, "semaphore");
    std::map<std::string, std::size_t> placed;  // of aliases: which descriptor
    for (const DFBRunOverrides& override : arguments.dfb_run_overrides) {
        TT_FATAL(
            find_named(spec.dataflow_buffers, override.dfb),
            "the size of dataflow buffer '{}' is set, which the program does not declare", *override.dfb);
    }
    for (const DataflowBufferSpec& buffer : spec.dataflow_buffers) {
        const CoreRangeSet nodes = nodes_of_buffer(spec, buffer);
        const Size size = size_of(buffer, arguments);
        const std::uint32_t index = resources.buffers[*buffer.unique_id] = indices.take(nodes, *buffer.unique_id);
        const CBFormatDescriptor format = format_of(buffer, index, size.entry);
        const auto& partners = buffer.advanced_options.alias_with;
        const auto partner = std::ranges::find_if(partners, [&](const auto& name) { return placed.contains(*name); });
        if (partner != partners.end()) {
            CBDescriptor& shared = program.cbs[placed[**partner]];
            TT_FATAL(
                shared.core_ranges == nodes && shared.total_size == size.entry * size.entries,
                "dataflow buffers '{}' and '{}' are aliases on different nodes or of different size", **partner,
                *buffer.unique_id);
            shared.format_descriptors.push_back(format);
            continue;
        }
        placed[*buffer.unique_id] = program.cbs.size();
        program.cbs.push_back({size.entry * size.entries, nodes, {format}, {}, lender(buffer, arguments), 0});
    }
    for (const SemaphoreSpec& semaphore : spec.semaphores) {
        const CoreRangeSet nodes = nodes_of(semaphore.target_nodes);
        TT_FATAL(!nodes.empty(), "semaphore '{}' has no nodes", *semaphore.unique_id);
        const std::uint32_t id = resources.semaphores[*semaphore.unique_id] = ids.take(nodes, *semaphore.unique_id);
        program.semaphores.push_back({id, tt::CoreType::WORKER, nodes, semaphore.advanced_options.initial_value});
    }
    return resources;
}

}  // namespace op_emulator
