#include "circular_buffer_layout.hpp"

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/tt_align.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "device.hpp"

namespace op_emulator {
namespace {

using namespace tt::tt_metal;
using distributed::MeshDevice;

constexpr std::uint32_t kCircularBuffers = 32;  // per Wormhole core

using Taken = std::set<std::pair<CoreXY, std::uint32_t>>;

bool is_modelled(tt::DataFormat format) { return tile_bytes(static_cast<DataFormat>(format)) != 0; }

void check_format(const CBDescriptor& descriptor, const CBFormatDescriptor& format) {
    const unsigned index = format.buffer_index;
    TT_FATAL(
        index < kCircularBuffers, "circular buffer index {} is out of range: this chip has {} (0 to {})", index,
        kCircularBuffers, kCircularBuffers - 1);
    TT_FATAL(format.page_size > 0, "circular buffer {} has a page size of 0", index);
    TT_FATAL(
        descriptor.total_size > 0 && descriptor.total_size % format.page_size == 0,
        "circular buffer {}: total size {} B must be divisible by page size {} B", index, descriptor.total_size,
        format.page_size);
    TT_FATAL(
        is_modelled(format.data_format), "circular buffer {}: format {} is not modelled by the emulator", index,
        format.data_format);
}

std::vector<CoreXY> core_list(const CBDescriptor& descriptor, const MeshDevice& device) {
    const CoreCoord grid = device.compute_with_storage_grid_size();
    std::vector<CoreXY> cores;
    for (const CoreCoord& core : corerange_to_cores(descriptor.core_ranges)) {
        TT_FATAL(
            core.x < grid.x && core.y < grid.y, "circular buffer: core {} is outside the worker grid {}x{}", core, grid.x,
            grid.y);
        cores.push_back({static_cast<std::uint32_t>(core.x), static_cast<std::uint32_t>(core.y)});
    }
    return cores;
}

void claim_indices(const CBDescriptor& descriptor, const std::vector<CoreXY>& cores, Taken& taken) {
    for (const CBFormatDescriptor& format : descriptor.format_descriptors) {
        for (const CoreXY& core : cores) {
            TT_FATAL(
                taken.emplace(core, format.buffer_index).second, "circular buffer index {} is declared twice on core {}-{}",
                format.buffer_index, core.x, core.y);
        }
    }
}

// A circular buffer on the memory of a tensor: its place within that buffer.
std::uint32_t place_on_tensor(const CBDescriptor& descriptor) {
    const Buffer& buffer = *descriptor.buffer;
    TT_FATAL(buffer.is_allocated(), "circular buffer on a tensor: the tensor at {:#x} was deallocated", buffer.address());
    TT_FATAL(buffer.is_l1(), "Only L1 buffers can have an associated circular buffer!");
    const std::uint64_t end = std::uint64_t{descriptor.address_offset} + descriptor.total_size;
    TT_FATAL(
        end <= buffer.aligned_size_per_bank(), "circular buffer on a tensor: requested {} B from offset {}, but the tensor has {} B on each core",
        descriptor.total_size, descriptor.address_offset, buffer.aligned_size_per_bank());
    return buffer.address() + descriptor.address_offset;
}

}  // namespace

std::uint32_t place_in_l1(
    std::uint64_t bytes, const CoreRangeSet& ranges, const std::vector<CoreXY>& cores, const MeshDevice& device, Tops& tops) {
    const ChipShape& chip = device.chip().shape();
    std::uint64_t address = chip.l1_unreserved_base;
    for (const CoreXY& core : cores) {
        if (const auto top = tops.find(core); top != tops.end()) address = std::max(address, top->second);
    }
    // Pages are filled straight from DRAM, so they start where DRAM pages may start.
    address = tt::align(address, std::uint64_t{std::max(chip.dram_alignment, chip.l1_alignment)});
    const std::uint64_t end = address + bytes;
    for (const CoreXY& core : cores) tops[core] = end;
    if (end > chip.l1_size) {
        TT_THROW(
            "Statically allocated circular buffers on core range {} grow to {} B which is beyond max L1 size of {} B",
            ranges, end, chip.l1_size);
    }
    const std::uint64_t tensors = device.allocator()->lowest_l1_address();
    if (end > tensors) {
        TT_THROW(
            "Statically allocated circular buffers on core range {} clash with L1 buffers: the lowest tensor is at {}, "
            "circular buffers end at {}",
            ranges, tensors, end);
    }
    return static_cast<std::uint32_t>(address);
}

std::vector<CircularBufferImage> lay_out_circular_buffers(
    const std::vector<CBDescriptor>& descriptors, MeshDevice& device, Tops& tops) {
    std::vector<CircularBufferImage> images;
    Taken taken;
    for (const CBDescriptor& descriptor : descriptors) {
        TT_FATAL(!descriptor.format_descriptors.empty(), "a circular buffer without format descriptor has no index");
        TT_FATAL(descriptor.remote_format_descriptors.empty(), "remote circular buffers are not modelled by the emulator");
        for (const auto& format : descriptor.format_descriptors) check_format(descriptor, format);
        const auto cores = core_list(descriptor, device);
        TT_FATAL(
            !cores.empty(), "circular buffer {} is placed on no core", descriptor.format_descriptors.front().buffer_index);
        claim_indices(descriptor, cores, taken);
        const bool on_tensor = descriptor.buffer != nullptr;
        const std::uint32_t address =
            on_tensor ? place_on_tensor(descriptor)
                      : place_in_l1(descriptor.total_size, descriptor.core_ranges, cores, device, tops);
        for (const CBFormatDescriptor& format : descriptor.format_descriptors) {
            const TileDescriptor tile = format.tile.value_or(TileDescriptor());
            images.push_back(
                {format.buffer_index, address, descriptor.total_size, format.page_size,
                 static_cast<DataFormat>(format.data_format), tile.height, tile.width, on_tensor, cores});
        }
    }
    return images;
}

}  // namespace op_emulator
